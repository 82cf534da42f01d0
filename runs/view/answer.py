"""The answer to the question over the large chart, from the run's own numbers."""

import math

import numpy as np
from numpy.typing import NDArray

from runs.charts.palette import labs
from runs.charts.readings import smoothed, window
from runs.terminal.short_numbers import short
from runs.view.dates import month_words
from runs.view.difference_sentence import (
    COMPARED,
    SMALL_SHARE,
    against,
    apart_since,
    differs,
    ratio_of,
    signed,
    together,
)
from runs.view.headline import COVERED, HOLDS, SHORT
from runs.view.measures import INSTALLED, LIVE, SERVED, UNEVEN, UNSERVED, Measure
from runs.view.moment import YEAR, Moment
from runs.view.number_words import TILE_UNITS, figure_words, year_change
from runs.view.recording import Recorded, Series, series_of

# The measures whose question is who runs out.
SCARCITY = ("tokens", "unserved")
# Chips that are set up and wait for a shell or for power.
DARK: Series = ("chips_without_power", "market", "all")
# What a chip is let for, USD an hour; a scenario's is told where it differs from the baseline's by this factor.
RENT: Series = ("rent", "market", "all")
LARGE_RATIO = 1.2
BECAUSE = {
    "power": "power is missing",
    "shells": "data centres are unfinished",
    "chips": "chips are missing",
    "capital": "money is missing",
}


def answer_series() -> list[Series]:
    """Return the series that answers read beside those of their measure."""
    return [
        UNSERVED,
        DARK,
        RENT,
        *((UNEVEN, lab, "all") for lab in labs()),
        *(("capacity_limit", "market", name) for name in HOLDS),
    ]


def answer(measure: Measure, run: Recorded | None, weeks: int) -> str:
    """Answer a measure's question for the first `weeks` weeks of a run; nothing before the first week."""
    if run is None or not min(weeks, run.clock.week):
        return ""
    now = Moment(run, min(weeks, run.clock.week))
    if measure.key in SCARCITY:
        return _who_runs_out(now)
    return _chips(now) if measure.key == "compute" else _levels(measure, now)


def answer_beside(measure: Measure, run: Recorded | None, baseline: Recorded | None, weeks: int, title: str) -> str:
    """Answer for a run called `title`: what is as in the baseline is said shortly, what is not in full."""
    told = answer(measure, run, weeks)
    if not told or run is None or baseline is None or not min(weeks, baseline.clock.week):
        return told
    if measure.key not in SCARCITY:
        if told == answer(measure, baseline, weeks):
            return f"{title}, as in the baseline. {told}"
        return f"{title}. {told} {_levels_there(measure, Moment(baseline, min(weeks, baseline.clock.week)))}".strip()
    now, other = (Moment(one, min(weeks, one.clock.week)) for one in (run, baseline))
    here, there = _times(now), _times(other)
    alike = [one for one, two in zip(here, there, strict=False) if one == two]
    if (here or there) and not alike:
        before = f"labs run out {_listed(there)}" if there else "nobody runs out"
        return f"{title}. {told} In the baseline {before}.{_rent(now, other)}"
    ran_out = f"labs run out {_listed(alike)}" if alike else f"nobody runs out by {month_words(now.day)}"
    only = [(name, times[len(alike) :]) for name, times in (("here", here), ("in the baseline", there))]
    ran_out += "".join(f"; {name} also {_listed(times)}" for name, times in only if times)
    return f"{title}. As in the baseline, {ran_out}.{_served_and_turned_away(now, other)}{_rent(now, other)}"


def _served_and_turned_away(now: Moment, other: Moment) -> str:
    """Say how the tokens served differ at a date, how much of demand is turned away, and why that is so."""
    served, price, asked = (ratio_of(now, other, parts) for parts in ((SERVED,), COMPARED["price"], COMPARED["asked"]))
    here, there = (of.value(UNSERVED) for of in (now, other))
    shares = f"{figure_words(here, 'share')}, baseline {figure_words(there, 'share')}"
    alike = not abs(here - there) >= SMALL_SHARE
    if not differs(served):
        return "" if alike else f" Turned away in {month_words(now.day)}: {shares}."
    since = month_words(now.run.clock.date_of(apart_since(now, other, (SERVED,))))
    many = "fewer" if served < 1.0 else "more"
    told = f" From {since} on {many} tokens are served ({signed(served)} in {month_words(now.day)})"
    if not alike:
        return f"{told}. Turned away: {shares}."
    moved = [apart_since(now, other, COMPARED[name]) for name in ("price", "asked")]
    caused = against(price, asked) and together(*moved) and (served < 1.0) == (asked < 1.0)
    why = f": tokens are {'dearer' if price > 1.0 else 'cheaper'}, so {many} are asked for" if caused else ""
    return f"{told}, {'but' if served < 1.0 else 'and'} no more is turned away ({shares}){why}."


def _rent(now: Moment, other: Moment) -> str:
    """Say when the rent of compute, a quarter's mean, is furthest from the baseline's; nothing where it hardly is."""
    here, there = (of.quarters((RENT,)) for of in (now, other))
    gap = np.nan_to_num(np.abs(np.log(here / there)))
    week = int(np.argmax(gap >= 0.99 * gap.max()))  # the first week of a plateau
    if not max(here[week] / there[week], there[week] / here[week]) >= LARGE_RATIO:
        return ""
    when = month_words(now.run.clock.date_of(week))
    rents = f"{short(here[week])} USD an hour instead of {short(there[week])}"
    return f" The rent of a chip differs most in {when}: {rents}."


def _chips(now: Moment) -> str:
    """Say how many chips work, and what keeps the others that are installed from it."""
    live, installed, dark = (now.value(one) for one in (LIVE, INSTALLED, DARK))
    others = max(installed - live - dark, 0.0)
    change = year_change(live, now.value(LIVE, YEAR), "H100e")
    told = f"{month_words(now.day)}: {short(live)} H100e work{f' ({change})' if change else ''}."
    waiting = f"{short(dark)} wait for a data centre or for power, {short(others)} are being set up"
    return f"{told} Of {short(installed)} installed, {waiting}."


def _levels_there(measure: Measure, other: Moment) -> str:
    """Say where each curve of a measure is in the baseline."""
    if measure.key == "compute":
        return f"In the baseline {short(other.value(LIVE))} work and {short(other.value(DARK))} wait."
    told = _levels(measure, other, years=False).partition(": ")[2]
    return f"In the baseline: {told}" if told else ""


def _levels(measure: Measure, now: Moment, *, years: bool = True) -> str:
    """Say where each curve of a measure is, and how it moved in a year unless `years` is False."""
    parts = []
    for line in measure.lines:
        value, before = (now.value(line.series[0], ago) / line.size for ago in (0, YEAR))
        if math.isnan(value):
            continue
        unit = "" if measure.unit == "share" else f" {TILE_UNITS.get(measure.unit, measure.unit)}"
        change = year_change(value, before, measure.unit) if years else ""
        parts.append(f"{line.label} {figure_words(value, measure.unit)}{unit}{f' ({change})' if change else ''}")
    return f"{month_words(now.day)}: {', '.join(parts)}." if parts else ""


def _who_runs_out(now: Moment) -> str:
    """Say when much of demand was turned away, by which labs and why, and how it is now."""
    share = _share(now)
    spells = _spells(share >= SHORT, window(UNEVEN))
    if not spells:
        most = figure_words(float(np.nanmax(share)), "share")
        return f"Nobody runs out by {month_words(now.day)}: at most {most} of demand is turned away in 13 weeks."
    weeks = np.concatenate([np.arange(first, last + 1) for first, last in spells])
    why = _why(now, weeks)
    who = f"{_who(now, weeks)}{f', mostly because {why}' if why else ''}"
    return f"Labs run out {_listed(_times(now))}: {who}.{_now(now, share)}"


def _share(now: Moment) -> NDArray[np.float64]:
    """Return the share of demand turned away so far (weeks,), as it is shown."""
    return smoothed(series_of(now.run, UNSERVED)[: now.weeks], window(UNEVEN))


def _times(now: Moment) -> list[str]:
    """Say when much of demand was turned away, each time in words."""
    return [_period(now, *spell) for spell in _spells(_share(now) >= SHORT, window(UNEVEN))]


def _spells(short: NDArray[np.bool_], least_gap: int) -> list[tuple[int, int]]:
    """Return first and last week of every spell; those less than `least_gap` weeks apart are one."""
    found: list[tuple[int, int]] = []
    for week in np.flatnonzero(short).tolist():
        if found and week - found[-1][1] <= least_gap:
            found[-1] = (found[-1][0], week)
        else:
            found.append((week, week))
    return found


def _period(now: Moment, first: int, last: int) -> str:
    began = month_words(now.run.clock.date_of(first))
    ended = month_words(now.run.clock.date_of(last))
    if last == now.weeks - 1:
        return f"since {began}"
    return f"in {began}" if began == ended else f"from {began} to {ended}"


def _who(now: Moment, weeks: NDArray[np.int64]) -> str:
    """Name the labs that turned much away in these weeks with their share, in the order of the table of labs."""
    turned = {
        title: float(np.mean(series_of(now.run, (UNEVEN, lab, "all"))[weeks])) for lab, (title, _) in labs().items()
    }
    turned = {title: share for title, share in turned.items() if not math.isnan(share)}
    named = {title: share for title, share in turned.items() if share >= SHORT} or turned
    first, *others = [(title, figure_words(share, "share")) for title, share in named.items()]
    told = f"{first[0]} turns away {first[1]} of demand"
    return _listed([told, *(f"{title} {share}" for title, share in others)])


def _why(now: Moment, weeks: NDArray[np.int64]) -> str:
    """Say what held most capacity down in these weeks; nothing where nothing did."""
    held = {name: float(np.mean(series_of(now.run, ("capacity_limit", "market", name))[weeks])) for name in HOLDS}
    most = max(held, key=held.__getitem__)
    return BECAUSE[most] if held[most] > 0.0 else ""


def _now(now: Moment, share: NDArray[np.float64]) -> str:
    """Say how it is at the end of a path that has been short; nothing where it still is."""
    if share[-1] >= SHORT:
        return ""
    if share[-1] >= COVERED:
        return f" In {month_words(now.day)} supply is tight."
    since = int(np.flatnonzero(share >= COVERED)[-1]) + 1
    return f" Since {month_words(now.run.clock.date_of(since))} supply covers demand."


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
