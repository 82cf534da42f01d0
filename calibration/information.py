"""What a fit may see: rows and shapes that were public by its origin, on the scale of the fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.shapes import Shape
from calibration.targets import Target

Floats = NDArray[np.float64]

# The ends of the quarters at which the market is fitted to what was public, beside the day of the last figure.
QUARTERS = tuple(day.date() for day in pd.date_range("2024-06-30", "2026-06-30", freq="QE"))
# A band is read as a central 90% interval.
BAND_SD = 2.0 * 1.6448536269514722
# Rows whose band reaches zero are compared linearly; their band counts as this many decades, about the median of the
# widths of the others.
LINEAR_BAND_DECADES = 0.3
# Model and disclosure are compared up to about this distance: beyond it a miss is a miss.
REACH_DECADES = 1.0
# What a model gives below this share of a disclosed value is as good as nothing, which has no logarithm.
LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Known:
    """Rows and shapes a fit sees; rows first, then shapes. `centre` and `sd` (rows,) are on the scale of the fit."""

    origin: date
    targets: tuple[Target, ...]
    shapes: tuple[Shape, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the outputs in order."""
        return (*(t.id for t in self.targets), *(s.id for s in self.shapes))

    @property
    def centre(self) -> Floats:
        """Disclosed values, then bounds of the shapes."""
        rows = [centre_of(target) for target in self.targets]
        return np.array(rows + [_shape_scale(s) * s.bound for s in self.shapes])

    @property
    def sd(self) -> Floats:
        """Standard deviations of the observation errors, then tolerances of the shapes."""
        rows = [sd_of(target) for target in self.targets]
        return np.array(rows + [_shape_scale(s) * s.tolerance for s in self.shapes])

    @property
    def sign(self) -> Floats:
        """0 for a row, 1 for a lower and -1 for an upper bound."""
        return np.array([0.0] * len(self.targets) + [shape.sign for shape in self.shapes])

    def outputs(self, runs: Sequence[Mapping[str, float]]) -> Floats:
        """Outputs of runs for these rows and shapes on the scale of the fit, (runs, outputs); NaN where there is none.

        The distance from the disclosed value is bent so that it never exceeds REACH_DECADES: a wildly wrong run
        must not decide what an emulator does elsewhere.
        """
        columns = [[on_scale(t, run.get(t.id, np.nan)) for run in runs] for t in self.targets]
        columns += [[_shape_scale(s) * run.get(s.id, np.nan) for run in runs] for s in self.shapes]
        values = np.array(columns, dtype=np.float64).reshape(len(self.ids), len(runs)).T
        return self.centre + REACH_DECADES * np.tanh((values - self.centre) / REACH_DECADES)

    def distance(self, outputs: Floats) -> Floats:
        """Root mean square distance of runs (runs, outputs) in standard deviations of the observation error, (runs,).

        A bound that is kept counts as zero. A run without one of the outputs is infinitely far.
        """
        off = (outputs - self.centre) / self.sd
        off = np.where(self.sign == 0.0, off, np.minimum(self.sign * off, 0.0))
        far = np.sqrt(np.mean(off**2, axis=1)) if off.shape[1] else np.zeros(len(off))
        return np.asarray(np.where(np.isfinite(far), far, np.inf), dtype=np.float64)


def known_at(origin: date, targets: Sequence[Target], shapes: Sequence[Shape] = ()) -> Known:
    """Rows and shapes that were public on the origin or before.

    A row is seen once it is published, even where its window reaches past the origin: what was announced in advance
    was known.
    """
    rows = tuple(t for t in targets if t.published <= origin)
    return Known(origin, rows, tuple(s for s in shapes if s.known <= origin and _last_day(s) <= origin))


def origins(targets: Sequence[Target]) -> tuple[date, ...]:
    """The days of the fits in order: those QUARTERS at which a figure was public, and the day of the last figure."""
    days = [target.published for target in targets]
    return tuple(sorted({*(day for day in QUARTERS if min(days) <= day <= max(days)), max(days)}))


def is_linear(target: Target) -> bool:
    """Whether a row is compared linearly: its band reaches zero, where logarithms end."""
    return target.low <= 0.0


def on_scale(target: Target, value: float) -> float:
    """A value in the target's unit on the scale of the fit: log10, or the share of the band for linear rows.

    On a log scale values below a hundredth of the disclosed value, zero included, count as a hundredth.
    """
    if is_linear(target):
        return value / (target.high - target.low) * LINEAR_BAND_DECADES
    if np.isnan(value):
        return float("nan")
    return float(np.log10(max(value, LEAST_SHARE * target.value)))


def off_scale(target: Target, value: Floats) -> Floats:
    """Values on the scale of the fit back in the target's unit."""
    if is_linear(target):
        return value * (target.high - target.low) / LINEAR_BAND_DECADES
    return np.asarray(10.0**value, dtype=np.float64)


def centre_of(target: Target) -> float:
    """What a row aims at on the scale of the fit: the disclosed value, or the middle of a band that it only bounds."""
    low, value, high = (on_scale(target, x) for x in (target.low, target.value, target.high))
    return value if low < value < high else 0.5 * (low + high)


def sd_of(target: Target) -> float:
    """Standard deviation of a row's observation error on the scale of the fit: the band is a 90% interval."""
    return (on_scale(target, target.high) - on_scale(target, target.low)) / BAND_SD


def _shape_scale(shape: Shape) -> float:
    """Growths are decades already; a level's tolerance counts as much as a linear row's standard deviation."""
    return 1.0 if shape.kind == "growth" else LINEAR_BAND_DECADES / BAND_SD / shape.tolerance


def _last_day(shape: Shape) -> date:
    """The last day a shape's own figures reach; a growth reads the whole months of its dates, which `known` covers."""
    return max(term.end for term in (shape.term, shape.than) if term is not None)
