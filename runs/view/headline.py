"""The state of the market at a date: the figures of the tiles, and one sentence."""

import math
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from model import declared_series
from runs.charts.curves import END_OF_DATA
from runs.charts.palette import labs
from runs.charts.readings import window, window_words
from runs.terminal.short_numbers import short
from runs.view.baseline_file import Band
from runs.view.dates import day_words, month_words
from runs.view.difference_sentence import COMPARED, difference_sentence
from runs.view.measures import TILES, UNEVEN
from runs.view.moment import YEAR, Moment
from runs.view.number_words import TILE_UNITS, difference, figure_words, range_words, value_range_words, year_change
from runs.view.recording import Recorded, Series
from runs.view.scenario_ranges import on_day

# Shares of demand turned away, mean of 13 weeks: below the first supply covers demand, from the second on it is short.
COVERED, SHORT = 0.01, 0.1
FITTED = " Fitted: where nine in ten of the fitted runs are."
HOLDS = {
    "power": "missing power",
    "shells": "unfinished data centres",
    "chips": "chips that are not delivered",
    "capital": "money",
}
"""What can hold capacity down."""


def told_series() -> list[Series]:
    """Return the series that tiles and sentences read."""
    names = ("shells_without_power", "chips_without_power", "live_compute", "revenue_run_rate", UNEVEN)
    return [
        *TILES.values(),
        *(one for parts in COMPARED.values() for one in parts),
        *((name, "market", "all") for name in names),
        *(("capacity_limit", "market", name) for name in HOLDS),
        *(("revenue_run_rate", lab, "all") for lab in labs()),
    ]


def headline(
    run: Recorded | None,
    baseline: Recorded | None,
    weeks: int,
    parted: date | None = None,
    ranges: Mapping[str, Band] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return what tiles and sentence show of a run after `weeks` weeks, beside the baseline if there is one.

    parted: the date on which the paths part. ranges: by tile, the interval in fitted runs, of the difference from the
    baseline if there is one, else of the figure.
    """
    if run is None or not run.clock.week:
        return {"tiles": [], "sentence": "", "compared": baseline is not None}
    now = Moment(run, weeks)
    other = None if baseline is None else Moment(baseline, weeks)
    return {
        "tiles": [_tile(now, other, label, series, ranges.get(label)) for label, series in TILES.items()],
        "sentence": sentence(now) if other is None else difference_sentence(now, other, parted),
        "compared": other is not None,
    }


def clock_state(run: Recorded | None, weeks: int) -> dict[str, Any]:
    """Return what the time line shows: the date, weeks shown, weeks simulated and weeks in all."""
    if run is None:
        return {"date": "", "week": 0, "reached": 0, "weeks": 0}
    clock = run.clock
    shown = clock.date_of(max(min(weeks, clock.week) - 1, 0))
    return {
        "date": day_words(shown),
        "start": clock.start.isoformat(),
        "week": min(weeks, clock.week),
        "reached": clock.week,
        "weeks": clock.weeks_total,
        "end_of_data": (END_OF_DATA - clock.start).days / 7.0,
        "end_of_data_words": f"End of the disclosed figures: {day_words(END_OF_DATA)}",
    }


def _tile(now: Moment, other: Moment | None, label: str, series: Series, band: Band | None) -> dict[str, str]:
    declared = declared_series()[series]
    unit, value = declared.unit, now.value(series)
    shown = TILE_UNITS.get(unit, unit)
    ends = None if band is None else on_day(band, (now.day - now.run.clock.start).days)
    words = value_range_words if other is None else range_words
    if unit == "share":
        shown = "of compute" if series[0] == UNEVEN else f"in {window(series[0])} weeks"
    return {
        "label": label,
        "value": figure_words(value, unit),
        "unit": shown,
        "gloss": declared.gloss
        + (f" Counted in GPU-hours, {window_words(series[0])}." if series[0] == UNEVEN else "")
        + (FITTED if ends is not None else ""),
        "change": year_change(value, now.value(series, YEAR), unit),
        "baseline": "" if other is None else figure_words(other.value(series), unit),
        "difference": "" if other is None else difference(value, other.value(series), unit),
        "range": "" if ends is None else f"fitted: {words(*ends, unit)}",
    }


def sentence(now: Moment) -> str:
    """Return the state of the market in words: who is short of what, and why."""
    names = (UNEVEN, "shells_without_power", "chips_without_power", "live_compute", "revenue_run_rate")
    unserved, waiting, dark, live, total = (now.value((name, "market", "all")) for name in names)
    parts = [f"{month_words(now.day)}: {_scarcity(unserved)}" if _scarcity(unserved) else ""]
    if dark > 0.02 * live:
        parts.append(f"{short(dark)} chips wait for a data centre or for power.")
    elif waiting > 0.0:
        parts.append(f"{short(waiting / 1000.0, 2)} GW of finished shells wait for power.")
    held = {name: now.value(("capacity_limit", "market", name)) for name in HOLDS}
    limit = max(held, key=lambda name: -1.0 if math.isnan(held[name]) else held[name])
    if held[limit] > 0.0:
        parts.append(f"Most compute is held back by {HOLDS[limit]}.")
    earned = {lab: now.value(("revenue_run_rate", lab, "all")) for lab in labs()}
    leader = max(earned, key=lambda lab: -math.inf if math.isnan(earned[lab]) else earned[lab])
    share = earned[leader] / max(total, 1e-9)
    if share > 0.0:
        parts.append(f"{labs()[leader][0]} earns {share:.0%} of all revenue.")
    return " ".join(part for part in parts if part)


def _scarcity(unserved: float) -> str:
    if math.isnan(unserved):
        return ""
    if unserved < COVERED:
        return "supply covers demand."
    if unserved < SHORT:
        return f"supply is tight: {unserved:.0%} of what was asked for in 13 weeks found no capacity."
    return f"demand outruns supply: {unserved:.0%} of what was asked for in 13 weeks found no capacity."
