"""Scoring a run against the targets, from its long table of observables alone.

A run's table has the columns date (week start, a Monday), observable, entity, segment, value, unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.shipped import ORIGIN, PARTS, part_of
from calibration.targets import Target, load_targets

DAYS_A_WEEK = 7
WEEK = np.timedelta64(DAYS_A_WEEK, "D")
FACTOR_TWO_LOG10 = float(np.log10(2.0))
WORDS = {"fitted": f"published by {ORIGIN}", "scored": f"published after {ORIGIN}"}


class UnitError(ValueError):
    """A run's series and the target that reads it are in different units."""


class SeriesError(ValueError):
    """A run's table is not a set of weekly series: a repeated week, a date off Monday or two units in one series."""


@dataclass(frozen=True, slots=True)
class Series:
    """One observable over time: `weeks` (n,) Mondays in ascending order, `values` (n,), in `unit`."""

    weeks: NDArray[np.datetime64]
    values: NDArray[np.float64]
    unit: str


SeriesIndex = Mapping[tuple[str, str, str], Series]


def by_series(frame: pd.DataFrame) -> dict[tuple[str, str, str], Series]:
    """Index a run's table by (observable, entity, segment), once for many targets.

    Raises SeriesError for a week that occurs twice, a date that is not a Monday, or a series with two units.
    """
    weeks = frame["date"].to_numpy().astype("datetime64[D]")
    values = frame["value"].to_numpy(dtype=np.float64)
    units = frame["unit"].to_numpy(dtype=object)
    off = weeks != _monday(weeks)
    if off.any():
        raise SeriesError(f"the date {weeks[off][0]} is not a Monday")
    groups = frame.groupby(["observable", "entity", "segment"], sort=False, observed=True).indices
    index: dict[tuple[str, str, str], Series] = {}
    for key, rows in cast(dict[tuple[str, str, str], NDArray[np.intp]], groups).items():
        order = rows[np.argsort(weeks[rows], kind="stable")]
        unit = str(units[order[0]])
        if (weeks[order][1:] == weeks[order][:-1]).any():
            raise SeriesError(f"{'/'.join(key)}: a week occurs twice")
        if (units[order] != unit).any():
            raise SeriesError(f"{'/'.join(key)}: the series has more than one unit")
        index[key] = Series(weeks[order], values[order], unit)
    return index


def evaluate(target: Target, run: pd.DataFrame | SeriesIndex) -> float:
    """The number that a run gives for a target, in the target's unit.

    *mean*: weeks weighted by the number of their days inside start..end; *level*: the week that contains end;
    *ratio*: level at end over level at start; *year_total*, *quarter_total*: the weekly flow summed, each week by the
    share of its days inside. NaN where the series is missing, does not cover the window, or a ratio divides by
    zero. A series whose first week is the first whole week of the window covers it (a run starts on the first
    Monday of a year); the few days before it do not count. Raises UnitError unless the units agree.
    """
    index = by_series(run) if isinstance(run, pd.DataFrame) else run
    series = index.get(target.series)
    if series is None:
        return float("nan")
    if target.statistic != "ratio" and series.unit != target.unit:
        name = "/".join(target.series)
        raise UnitError(f"target {target.id}: {name} is recorded in {series.unit!r}, the target is in {target.unit!r}")
    match target.statistic:
        case "mean":
            values, days = _window(series, target.start, target.end)
            return float(values @ days / days.sum()) if len(days) else float("nan")
        case "year_total" | "quarter_total":
            values, days = _window(series, target.start, target.end)
            return float(values @ days / DAYS_A_WEEK) if len(days) else float("nan")
        case "level":
            return _level(series, target.end)
        case "ratio":
            below = _level(series, target.start)
            return _level(series, target.end) / below if below != 0.0 else float("nan")


def scoreboard(run: pd.DataFrame | SeriesIndex, targets: Sequence[Target] | None = None) -> pd.DataFrame:
    """Return one row a target: what was disclosed, what the run gives, and how far apart they are.

    Columns: id, observable, entity, segment, statistic, window, unit, target, low, high, model (NaN where the run
    does not reach it), log10_error = log10(model / target) where both are positive, inside, within_factor_two, part
    (*fitted* or *scored* by the shipped ensemble), source. The targets default to the shipped ones.
    """
    chosen = load_targets() if targets is None else targets
    index = by_series(run) if isinstance(run, pd.DataFrame) else run
    return _board(chosen, np.array([evaluate(target, index) for target in chosen], dtype=np.float64))


def score(board: pd.DataFrame) -> pd.DataFrame:
    """One row a part: figures public by the origin of the shipped ensemble (*fitted*), and later ones (*scored*).

    Columns: part, rows, evaluated (the run gives a value), inside, within_factor_two, without_log (evaluated, but not
    positive, so without a log error), median_abs_log10 and rms_log10 over the rows that have a log error.
    """
    rows: list[dict[str, Any]] = []
    for name in PARTS:
        part = board[board["part"] == name]
        if part.empty:
            continue
        error = part["log10_error"].dropna().to_numpy(dtype=np.float64)
        evaluated = int(part["model"].notna().sum())
        rows.append(
            {
                "part": name,
                "rows": len(part),
                "evaluated": evaluated,
                "inside": int(part["inside"].sum()),
                "within_factor_two": int(part["within_factor_two"].sum()),
                "without_log": evaluated - len(error),
                "median_abs_log10": float(np.median(np.abs(error))) if len(error) else float("nan"),
                "rms_log10": float(np.sqrt(np.mean(error**2))) if len(error) else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def score_lines(board: pd.DataFrame) -> list[str]:
    """The score as one readable line a part."""
    lines: list[str] = []
    for row in score(board).to_dict("records"):
        line = f"{WORDS[row['part']]}: {row['inside']} of {row['rows']} inside the band, "
        line += f"{row['within_factor_two']} within a factor of two"
        if row["evaluated"] > row["without_log"]:
            line += f", median |log10 error| {row['median_abs_log10']:.2f}, rms {row['rms_log10']:.2f}"
        if row["without_log"]:
            line += f" ({row['without_log']} not positive, left out of the errors)"
        if late := row["rows"] - row["evaluated"]:
            line += f" ({late} outside the dates of the run)"
        lines.append(line)
    return lines


def _board(targets: Sequence[Target], model: NDArray[np.float64]) -> pd.DataFrame:
    """Set model values (targets,) beside the targets; a NaN is neither inside nor within a factor of two."""
    value = np.array([target.value for target in targets], dtype=np.float64)
    low = np.array([target.low for target in targets], dtype=np.float64)
    high = np.array([target.high for target in targets], dtype=np.float64)
    error = _log10_ratio(model, value)
    columns: dict[str, Any] = {
        name: [getattr(target, name) for target in targets]
        for name in ("id", "observable", "entity", "segment", "statistic", "window", "unit")
    }
    columns |= {"target": value, "low": low, "high": high, "model": model}
    columns |= {"log10_error": error}
    columns["inside"] = (low <= model) & (model <= high)
    # The margin forgives the rounding of log10 for a model value of exactly twice or half the target.
    columns["within_factor_two"] = np.abs(error) <= FACTOR_TWO_LOG10 + 1e-12
    columns["part"] = [part_of(target) for target in targets]
    columns["source"] = [target.source for target in targets]
    return pd.DataFrame(columns)


def _log10_ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """log10(above / below), shape (n,), NaN unless both are positive."""
    ratio = np.full(len(above), np.nan)
    positive = (above > 0) & (below > 0)
    ratio[positive] = np.log10(above[positive] / below[positive])
    return ratio


def _monday(day: Any) -> Any:
    """The Monday of the week of a day or of days (datetime64[D]); 1970-01-01 was a Thursday."""
    since_monday = (day.astype(np.int64) + 3) % DAYS_A_WEEK
    return day - since_monday.astype("timedelta64[D]")


def _level(series: Series, on: date) -> float:
    """The value of the week that contains a date, NaN where the series has none."""
    week = _monday(np.datetime64(on, "D"))
    place = int(np.searchsorted(series.weeks, week))
    if place == len(series.weeks) or series.weeks[place] != week:
        return float("nan")
    return float(series.values[place])


def _window(series: Series, start: date, end: date) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values (w,) of the weeks that overlap start..end and how many of their days do; empty unless all are there."""
    first, past = np.datetime64(start, "D"), np.datetime64(end, "D") + np.timedelta64(1, "D")
    weeks = np.arange(_monday(first), past, WEEK, dtype="datetime64[D]")
    if weeks[0] < first and len(series.weeks) and series.weeks[0] == weeks[0] + WEEK:
        weeks = weeks[1:]
    place = int(np.searchsorted(series.weeks, weeks[0])) if len(weeks) else 0
    values = series.values[place : place + len(weeks)]
    if not np.array_equal(series.weeks[place : place + len(weeks)], weeks):
        return np.empty(0), np.empty(0)
    days = np.minimum(weeks + WEEK, past) - np.maximum(weeks, first)
    return values, days.astype(np.float64)
