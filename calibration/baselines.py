"""What a sceptic would forecast from the disclosed figures alone: each baseline sees what the fit at its origin saw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from calibration.information import Known
from calibration.targets import Target
from model import Parameters

# A ceiling that figures cannot pass, for the logistic curve: shares end at one, people at their number.
CEILINGS: Mapping[str, str] = {"weekly_users": "consumers.population", "developers": "developers.population"}
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Point:
    """One disclosed figure of a series: the middle of its window in years, and the value."""

    year: float
    value: float


def history(target: Target, known: Known) -> tuple[Point, ...]:
    """Figures of the same series and kind that were known, in order of time.

    Yearly totals of a flow are compared with yearly totals only, levels and means with each other. A ratio is no
    point of its series.
    """
    flow = target.statistic == "year_total"
    rows = [
        Point(middle(t.start if t.statistic != "level" else t.end, t.end), t.value)
        for t in known.targets
        if t.series == target.series and t.statistic != "ratio" and (t.statistic == "year_total") == flow
    ]
    return tuple(sorted(rows, key=lambda point: point.year))


def forecasts(target: Target, known: Known) -> dict[str, float]:
    """Forecasts of a row by the name of the baseline; only those that the known figures allow.

    A ratio between two dates has one baseline, persistence: no change, a ratio of one.
    """
    if target.statistic == "ratio":
        return {"persistence": 1.0}
    points = history(target, known)
    when = middle(target.start if target.statistic != "level" else target.end, target.end)
    found = {name: baseline(target, points, when) for name, baseline in BASELINES.items()}
    return {name: value for name, value in found.items() if value is not None}


def _persistence(_target: Target, points: Sequence[Point], _when: float) -> float | None:
    return points[-1].value if points else None


def _drift(_target: Target, points: Sequence[Point], when: float) -> float | None:
    """The line through the last two points on the log scale."""
    return _log_line(points[-2:], when) if len(points) >= 2 else None


def _log_linear(_target: Target, points: Sequence[Point], when: float) -> float | None:
    """Least squares on the log scale through all points; the same as drift where there are two."""
    return _log_line(points, when) if len(points) >= 2 else None


def _logistic(target: Target, points: Sequence[Point], when: float) -> float | None:
    """A logistic curve towards the ceiling of the series, least squares on its logit; a share ends at one."""
    roof = ceiling(target)
    if roof is None or len(points) < 2 or not all(0.0 < point.value < roof for point in points):
        return None
    years = np.array([point.year for point in points])
    shares = np.array([point.value for point in points]) / roof
    slope, level = np.polyfit(years - years[-1], np.log(shares / (1.0 - shares)), 1)
    return float(roof / (1.0 + np.exp(-(level + slope * (when - years[-1])))))


Baseline = Callable[[Target, Sequence[Point], float], float | None]
BASELINES: Mapping[str, Baseline] = {
    "persistence": _persistence,
    "drift": _drift,
    "log-linear": _log_linear,
    "logistic": _logistic,
}


def ceiling(target: Target) -> float | None:
    """The largest value that a series can have, or None where nothing bounds it."""
    if target.unit == "share":
        return 1.0
    path = CEILINGS.get(target.observable)
    return None if path is None else float(Parameters.load().get(path))


def middle(start: date, end: date) -> float:
    """The middle of a window in years since year zero."""
    return (start.toordinal() + end.toordinal()) / 2.0 / DAYS_A_YEAR


def _log_line(points: Sequence[Point], when: float) -> float | None:
    if any(point.value <= 0.0 for point in points):
        return None
    years = np.array([point.year for point in points])
    slope, level = np.polyfit(years - years[-1], np.log([point.value for point in points]), 1)
    # A trend that leaves the range of numbers is still a forecast, only an absurd one.
    return float(np.exp(np.clip(level + slope * (when - years[-1]), -300.0, 300.0)))
