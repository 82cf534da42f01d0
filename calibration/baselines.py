"""Simple forecasts from the disclosed figures alone; each baseline sees what was public at its origin.

A baseline's middle is its rule; its density is Student's t around it, on the scale of log10, with the variance

    a^2 h + v:

h is the years between the last figure and the one that is forecast, v the variance of both disclosures, and a is learnt
by family from the baseline's own misses: it forecasts every known figure from the known ones of an earlier time. The
prior of a is log-normal around GROWTH, a factor of two either way; a figure counts once. So baselines are dealt with as
the market is (see `calibration.discrepancy`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from calibration.discrepancy import DAYS_A_YEAR, DISCLOSURE, FREEDOM, PRIOR_SPREAD, SCALES, noise_of, years_ahead
from calibration.families import family_of
from calibration.information import Known, known_at
from calibration.predictive import SHARES
from calibration.targets import TOTALS, Target

Floats = NDArray[np.float64]

# Median of the prior of a baseline's width: decades for the square root of a year.
GROWTH = 0.2
# A damped drift loses a tenth of its slope a quarter.
DAMPING_PER_YEAR = -4.0 * float(np.log(0.9))


@dataclass(frozen=True, slots=True)
class Point:
    """One disclosed figure of a series: the middle of its window in years, and the value."""

    year: float
    value: float


@dataclass(frozen=True, slots=True)
class Past:
    """What a baseline goes by: the known figures of the row's own series, and the yearly log growth of all amounts.

    `common_growth` is None where no series of an amount has two figures, and for what is not an amount: shares, prices.
    """

    points: tuple[Point, ...]
    common_growth: float | None


def history(target: Target, known: Known) -> tuple[Point, ...]:
    """Figures of the same series and kind that were known, in order of time.

    Totals of a year or a quarter are compared with such totals only, levels and means with each other. A ratio is no
    point of its series.
    """
    rows = [
        Point(middle(t.start if t.statistic != "level" else t.end, t.end), t.value)
        for t in known.targets
        if t.series == target.series and t.statistic != "ratio" and _kind(t) == _kind(target)
    ]
    return tuple(sorted(rows, key=lambda point: point.year))


def forecasts(target: Target, known: Known) -> dict[str, float]:
    """Forecasts of a row by the name of the baseline; only those that the known figures allow."""
    points, when = _past_and_time(target, known)
    past = Past(points, common_growth(known) if is_amount(target) else None)
    found = {name: baseline(target, past, when) for name, baseline in BASELINES.items()}
    return {name: value for name, value in found.items() if value is not None and value > 0.0}


def _past_and_time(target: Target, known: Known) -> tuple[tuple[Point, ...], float]:
    """A ratio between two dates counts as a series that stood at one on the first of them."""
    if target.statistic == "ratio":
        return (Point(middle(target.start, target.start), 1.0),), middle(target.end, target.end)
    return history(target, known), middle(target.start if target.statistic != "level" else target.end, target.end)


@dataclass(frozen=True, slots=True)
class Lapse:
    """A figure a baseline could have forecast: its error (decades), years since the last one, disclosures' noise."""

    baseline: str
    family: str
    error: float
    years: float
    noise: float


class Densities:
    """The baselines' densities at one origin; their widths are learnt when it is made."""

    def __init__(self, origin: date, targets: Sequence[Target]) -> None:
        self.known = known_at(origin, targets)
        self._lapses = [lapse for row in self.known.targets for lapse in _lapses(row, self.known)]
        noise = [noise_of(row) for row in self.known.targets if row.value > 0.0]
        self._noise = float(np.median(noise)) if noise else DISCLOSURE**2
        self._width: dict[tuple[str, str], float] = {}

    def of(self, target: Target) -> dict[str, Floats]:
        """Densities (POINTS,) in decades by the name of the baseline; only those that the known figures allow."""
        points, when = _past_and_time(target, self.known)
        found = {}
        for name, value in forecasts(target, self.known).items():
            years = abs(when - points[-1].year)
            scale = np.sqrt(self.width(name, family_of(target.observable)) ** 2 * years + 2.0 * self._noise)
            draws = np.log10(value) + scale * student.ppf(SHARES, FREEDOM)
            found[name] = np.minimum(draws, 0.0) if target.unit == "share" else draws
        return found

    def width(self, baseline: str, family: str) -> float:
        """How far a baseline is off after a year (decades): the posterior mean of the logarithm, on a grid."""
        if (baseline, family) not in self._width:
            density = -0.5 * np.log(SCALES / GROWTH) ** 2 / PRIOR_SPREAD**2
            for one in self._lapses:
                if (one.baseline, one.family) == (baseline, family):
                    variance = SCALES**2 * one.years + one.noise
                    density -= 0.5 * np.log(variance)
                    density -= 0.5 * (FREEDOM + 1.0) * np.log1p(one.error**2 / variance / FREEDOM)
            weight = np.exp(density - density.max())
            self._width[baseline, family] = float(np.exp(weight @ np.log(SCALES) / weight.sum()))
        return self._width[baseline, family]


def _lapses(row: Target, known: Known) -> list[Lapse]:
    """What the baselines would have said of a known figure by the known ones whose window was over before its own."""
    earlier = Known(known.origin, tuple(one for one in known.targets if years_ahead(one, row.end) < 0.0), ())
    points, when = _past_and_time(row, earlier)
    if not points or row.value <= 0.0:
        return []
    years, truth = abs(when - points[-1].year), np.log10(row.value)
    return [
        Lapse(name, family_of(row.observable), float(truth - np.log10(value)), years, 2.0 * noise_of(row))
        for name, value in forecasts(row, earlier).items()
    ]


def is_amount(target: Target) -> bool:
    """Whether a row counts something that may grow without end: tokens, people, money, compute; no share, no price."""
    return target.unit != "share" and not any(word in target.observable for word in ("price", "cost", "rent", "share"))


def common_growth(known: Known) -> float | None:
    """The median yearly log growth of all known series of amounts with two figures or more; None where there is none.

    It is the growth to expect of a series of which only one figure is known.
    """
    slopes = {}
    for target in known.targets:
        points = history(target, known) if is_amount(target) and target.statistic != "ratio" else ()
        if _is_line(points):
            slopes[target.series, _kind(target)] = _log_fit(points)[0]
    return float(np.median(list(slopes.values()))) if slopes else None


def _kind(target: Target) -> str:
    """What a row's number can be compared with: totals over the same length of time, or levels and means."""
    return target.statistic if target.statistic in TOTALS else "level"


def _persistence(_target: Target, past: Past, _when: float) -> float | None:
    return past.points[-1].value if past.points else None


def _common(_target: Target, past: Past, when: float) -> float | None:
    """The last point, carried on at the growth that amounts have in common."""
    if not past.points or past.common_growth is None:
        return None
    return past.points[-1].value * float(np.exp(past.common_growth * (when - past.points[-1].year)))


def _drift(_target: Target, past: Past, when: float) -> float | None:
    """The line through the last two points on the log scale."""
    return _log_line(past.points[-2:], when)


def _log_linear(_target: Target, past: Past, when: float) -> float | None:
    """Least squares on the log scale through all points; the same as drift where there are two."""
    return _log_line(past.points, when)


def _damped(target: Target, past: Past, when: float) -> float | None:
    """The same line, whose slope fades from the last point on."""
    if not past.points:
        return None
    ahead = when - past.points[-1].year
    faded = (1.0 - float(np.exp(-DAMPING_PER_YEAR * ahead))) / DAMPING_PER_YEAR if ahead > 0.0 else ahead
    return _drift(target, past, past.points[-1].year + faded)


Baseline = Callable[[Target, Past, float], float | None]
BASELINES: Mapping[str, Baseline] = {
    "persistence": _persistence,
    "common growth": _common,
    "drift": _drift,
    "damped drift": _damped,
    "log-linear": _log_linear,
}


def middle(start: date, end: date) -> float:
    """The middle of a window in years since year zero."""
    return (start.toordinal() + end.toordinal()) / 2.0 / DAYS_A_YEAR


def _log_line(points: Sequence[Point], when: float) -> float | None:
    if not _is_line(points):
        return None
    slope, level = _log_fit(points)
    # A trend that leaves the range of numbers is still a forecast, only an absurd one.
    return float(np.exp(np.clip(level + slope * (when - points[-1].year), -300.0, 300.0)))


def _is_line(points: Sequence[Point]) -> bool:
    """Whether points have a slope on the log scale: two times or more, and nothing that has no logarithm."""
    return len({point.year for point in points}) >= 2 and all(point.value > 0.0 for point in points)


def _log_fit(points: Sequence[Point]) -> tuple[float, float]:
    """Yearly log growth and log level at the last of two points or more, by least squares."""
    years = np.array([point.year for point in points])
    slope, level = np.polyfit(years - years[-1], np.log([point.value for point in points]), 1)
    return float(slope), float(level)
