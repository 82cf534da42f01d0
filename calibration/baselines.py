"""Simple forecasts from the disclosed figures alone; each baseline sees what the fit at its origin saw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from calibration.information import Known
from calibration.targets import TOTALS, Target
from model import Parameters

# A ceiling that figures cannot pass, for the logistic curve: shares end at one, people at their number.
CEILINGS: Mapping[str, str] = {"weekly_users": "consumers.population", "developers": "developers.population"}
DAYS_A_YEAR = 365.25


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
    """Forecasts of a row by the name of the baseline; only those that the known figures allow.

    A ratio between two dates counts as a series that stood at one on the first of them; a line needs two figures.
    """
    if target.statistic == "ratio":
        points: tuple[Point, ...] = (Point(middle(target.start, target.start), 1.0),)
        when = middle(target.end, target.end)
    else:
        points = history(target, known)
        when = middle(target.start if target.statistic != "level" else target.end, target.end)
    past = Past(points, common_growth(known) if is_amount(target) else None)
    found = {name: baseline(target, past, when) for name, baseline in BASELINES.items()}
    return {name: value for name, value in found.items() if value is not None}


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
        if len(points) >= 2 and all(point.value > 0.0 for point in points):
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


def _logistic(target: Target, past: Past, when: float) -> float | None:
    """A logistic curve towards the ceiling of the series, least squares on its logit; a share ends at one."""
    roof, points = ceiling(target), past.points
    if roof is None or len(points) < 2 or not all(0.0 < point.value < roof for point in points):
        return None
    years = np.array([point.year for point in points])
    shares = np.array([point.value for point in points]) / roof
    slope, level = np.polyfit(years - years[-1], np.log(shares / (1.0 - shares)), 1)
    return float(roof / (1.0 + np.exp(-(level + slope * (when - years[-1])))))


Baseline = Callable[[Target, Past, float], float | None]
BASELINES: Mapping[str, Baseline] = {
    "persistence": _persistence,
    "common growth": _common,
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
    if len(points) < 2 or any(point.value <= 0.0 for point in points):
        return None
    slope, level = _log_fit(points)
    # A trend that leaves the range of numbers is still a forecast, only an absurd one.
    return float(np.exp(np.clip(level + slope * (when - points[-1].year), -300.0, 300.0)))


def _log_fit(points: Sequence[Point]) -> tuple[float, float]:
    """Yearly log growth and log level at the last of two points or more, by least squares."""
    years = np.array([point.year for point in points])
    slope, level = np.polyfit(years - years[-1], np.log([point.value for point in points]), 1)
    return float(slope), float(level)
