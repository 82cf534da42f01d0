"""What an ensemble says that a disclosed figure will be: members' values, the discrepancy, the disclosure's error."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from calibration.discrepancy import (
    FREEDOM,
    Process,
    Processes,
    Times,
    anchor_of,
    decades,
    disclosed,
    noise_of,
    times_of,
)
from calibration.ensemble import Ensemble, is_current, read_ensemble, weighted_quantile
from calibration.families import family_of
from calibration.information import known_at
from calibration.shipped import PRIOR
from calibration.targets import Target

Floats = NDArray[np.float64]

# A density is this many values of equal weight, at the middles of as many equal parts of its probability.
POINTS = 400
SHARES = (np.arange(POINTS) + 0.5) / POINTS
# The discrepancy of a member is so many values of equal weight.
PARTS = (np.arange(51) + 0.5) / 51


@dataclass(frozen=True, slots=True)
class Anchor:
    """The known figure that a forecast starts from: its times, each member's miss there, the disclosure's variance."""

    times: Times
    miss: Floats
    noise: float


def anchor_to(row: Target | None, ensemble: Ensemble) -> Anchor | None:
    """The members' misses at a known figure; None without one, or where a member has no number for it."""
    if row is None or row.id not in ensemble.ids:
        return None
    miss = disclosed(row) - decades(ensemble.output(row.id))
    return Anchor(times_of(row), miss, noise_of(row)) if np.isfinite(miss).all() else None


def forecast(
    values: Floats, times: Times, process: Process, anchor: Anchor | None = None, noise: float = 0.0
) -> tuple[Floats, Floats, float]:
    """Middle and scale of each member's forecast (n,), and its degrees of freedom; `values` (n,) in decades.

    `noise` is the variance of the disclosure's error. The equations are in `calibration.discrepancy`.
    """
    own, values = process.covariance(times, times) + noise, process.drawn(values)
    if anchor is None:
        return values, np.full(len(values), np.sqrt(own)), FREEDOM
    here = process.covariance(anchor.times, anchor.times) + anchor.noise
    both = process.covariance(anchor.times, times)
    w, miss = both / here, process.drawn(anchor.miss)
    scale = np.sqrt((own - w * both) * (FREEDOM + miss**2 / here) / (FREEDOM + 1.0))
    return values + w * miss, scale, FREEDOM + 1.0


def mixture(middle: Floats, scale: Floats, freedom: float, weight: Floats, most: Floats | float = np.inf) -> Floats:
    """Return the members' forecasts together: POINTS values of equal weight, in order; none is above `most`."""
    draws = np.minimum(middle[:, None] + scale[:, None] * student.ppf(PARTS, freedom), most)
    spread = np.repeat(weight / len(PARTS), len(PARTS))
    return np.asarray(weighted_quantile(draws.ravel(), spread, SHARES.tolist()), dtype=np.float64)


def predict(target: Target, ensemble: Ensemble, processes: Processes, known: Sequence[Target]) -> Floats:
    """The ensemble's density of a row's disclosed value, (POINTS,) decades; NaN where no member has a number.

    It is anchored to the nearest of the `known` figures of its series. Neither the row's value nor its band is used.
    """
    family = family_of(target.observable)
    process = processes[family]
    values = decades(ensemble.output(target.id))
    there = np.isfinite(values)
    if not there.any():
        return np.full(POINTS, np.nan)
    times = times_of(target)
    anchor = anchor_to(anchor_of(target.series, times[0][0], known), ensemble)
    middle, scale, freedom = forecast(values, times, process, anchor, process.disclosure**2)
    return mixture(middle[there], scale[there], freedom, ensemble.weight[there], _most(target))


def fit_table(
    ensemble: Ensemble, targets: Sequence[Target], processes: Processes, prior: Ensemble | None = None
) -> pd.DataFrame:
    """One row a target at an ensemble's origin: what the ensemble says of it, in the target's unit.

    Columns: id, fitted (seen by the fit), median, q05, q25, q75, q95, error (of the median, decades; NaN where there is
    no logarithm), inside (the median in the band), in90; with draws from the `prior` also prior_q025, prior_median,
    prior_q975 and reached (the figure is inside). Fitted rows are anchored to nothing, others to what was known.
    The prior's interval has the disclosure's error and no discrepancy: what the structure alone can give.
    """
    known, fitted = known_at(ensemble.origin, targets).targets, set(ensemble.provenance["fitted"])
    rows = []
    for target in targets:
        if target.id not in ensemble.ids:
            continue
        seen = target.id in fitted
        density = predict(target, ensemble, processes, () if seen else known)
        row = {"id": target.id, "fitted": seen, **_said(target, density)}
        if prior is not None and target.id in prior.ids:
            row |= _prior(target, prior, processes[family_of(target.observable)].disclosure)
        rows.append(row)
    return pd.DataFrame(rows)


def _said(target: Target, density: Floats) -> dict[str, float | bool]:
    low, lower, median, upper, high = (10.0 ** np.quantile(density, [0.05, 0.25, 0.5, 0.75, 0.95])).tolist()
    error = float(np.log10(median / target.value)) if target.value > 0.0 else float("nan")
    quantiles = {"median": median, "q05": low, "q25": lower, "q75": upper, "q95": high}
    inside, in90 = target.low <= median <= target.high, low <= target.value <= high
    return {**quantiles, "error": error, "inside": inside, "in90": in90}


def _prior(target: Target, prior: Ensemble, noise: float) -> dict[str, float | bool]:
    values = decades(prior.output(target.id))
    there = np.isfinite(values)
    if not there.any():
        return {"prior_q025": float("nan"), "prior_median": float("nan"), "prior_q975": float("nan"), "reached": False}
    flat = np.full(int(there.sum()), noise)
    density = mixture(values[there], flat, np.inf, prior.weight[there], _most(target))
    low, median, high = (10.0 ** np.quantile(density, [0.025, 0.5, 0.975])).tolist()
    return {"prior_q025": low, "prior_median": median, "prior_q975": high, "reached": low <= target.value <= high}


def read_prior(folder: Path) -> Ensemble | None:
    """The draws from the prior beside a folder's ensembles; None where there are none, or the model has changed."""
    path = folder / PRIOR
    prior = read_ensemble(path) if path.is_file() else None
    return prior if prior is not None and is_current(prior) else None


def _most(target: Target) -> float:
    """A share ends at one."""
    return 0.0 if target.unit == "share" else float("inf")
