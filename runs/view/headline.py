"""The state of the market at a date in a few figures and one sentence, and how a scenario differs from the baseline."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import declared_series
from runs.charts.curves import END_OF_DATA
from runs.charts.palette import labs
from runs.charts.readings import QUARTER, smoothed, window, window_words
from runs.terminal.short_numbers import bare, short
from runs.view.dates import day_words, month_words
from runs.view.measures import LIVE, SERVED, TILES, TURNED_AWAY, UNEVEN, UNSERVED
from runs.view.recording import Recorded, Series, series_of

YEAR = 52
# Differences below these are not worth a sentence: a ratio, and a share.
SMALL_RATIO, SMALL_SHARE = 1.02, 0.01
# Shares of demand turned away, mean of 13 weeks: below the first supply covers demand, from the second on it is short.
COVERED, SHORT = 0.01, 0.1
HOLDS = {
    "power": "missing power",
    "shells": "unfinished data centres",
    "chips": "chips that are not delivered",
    "capital": "money",
}
"""What can hold capacity down."""
# Units in words that fit a tile.
TILE_UNITS = {"token/month": "a month", "USD/year": "USD a year", "USD/Mtok": "USD/Mtok"}
# What the sentence on differences tells, each a sum of series; those that part at the same time in this order.
COMPARED: Mapping[str, tuple[Series, ...]] = {
    "power": (("power", "market", "all"),),
    "chips": (LIVE,),
    "price": (("price_paid", "market", "api"),),
    "asked": (SERVED, TURNED_AWAY),
}
# Tokens served are told beside those asked for if the two differ by this factor more than in the baseline.
UNLIKE = 1.2
# A lab is said to be hit only if it has this share of the baseline's revenue.
LARGE_LAB = 0.02


@dataclass(frozen=True)
class Moment:
    """A run at a week: its recording and how many of its weeks are over."""

    run: Recorded
    weeks: int

    @property
    def day(self) -> date:
        """The Monday of the latest week shown."""
        return self.run.clock.date_of(max(min(self.weeks, self.run.clock.week) - 1, 0))

    def value(self, series: Series, ago: int = 0) -> float:
        """Return the value recorded `ago` weeks before (over its window); NaN without one."""
        last = min(self.weeks, self.run.clock.week) - ago
        if last <= 0:
            return math.nan
        values = series_of(self.run, series)
        return float(values[max(last - window(series[0]), 0) : last].mean())

    def total(self, parts: tuple[Series, ...]) -> float:
        """Return the sum of series as `value` gives them."""
        return sum(self.value(one) for one in parts)

    def quarters(self, parts: tuple[Series, ...]) -> NDArray[np.float64]:
        """Return the sum of series so far (weeks,), as the mean of a quarter: what lasts shows, noise does not."""
        return smoothed(np.sum([series_of(self.run, one)[: self.weeks] for one in parts], axis=0), QUARTER)


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


def headline(run: Recorded | None, baseline: Recorded | None, weeks: int, parted: date | None = None) -> dict[str, Any]:
    """Return what tiles and sentence show of a run after `weeks` weeks, beside the baseline if there is one.

    parted: the date on which the paths part.
    """
    if run is None or not run.clock.week:
        return {"tiles": [], "sentence": "", "compared": baseline is not None}
    now = Moment(run, weeks)
    other = None if baseline is None else Moment(baseline, weeks)
    return {
        "tiles": [_tile(now, other, *tile) for tile in TILES.items()],
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


def _tile(now: Moment, other: Moment | None, label: str, series: Series) -> dict[str, str]:
    declared = declared_series()[series]
    unit, value = declared.unit, now.value(series)
    shown = f"in {window(series[0])} weeks" if unit == "share" else TILE_UNITS.get(unit, unit)
    return {
        "label": label,
        "value": figure_words(value, unit),
        "unit": shown,
        "gloss": declared.gloss + (f" Counted in GPU-hours, {window_words(series[0])}." if series[0] == UNEVEN else ""),
        "change": year_change(value, now.value(series, YEAR), unit),
        "baseline": "" if other is None else figure_words(other.value(series), unit),
        "difference": "" if other is None else difference(value, other.value(series), unit),
    }


def figure_words(value: float, unit: str) -> str:
    """Return a value in short form without its unit; shares, which tiles show in per cent, with two digits."""
    return f"{short(100.0 * value, 2)}%" if unit == "share" and not math.isnan(value) else bare(value, unit)


def year_change(value: float, before: float, unit: str) -> str:
    """Say how a value moved in a year, in words that fit a tile."""
    if math.isnan(value) or math.isnan(before):
        return ""
    if unit == "share":
        points = 100 * (value - before)
        return "unchanged in a year" if abs(points) < 0.05 else f"{_points(points)} in a year"
    if before <= 0.0 or value <= 0.0:
        return ""
    ratio = value / before
    if max(ratio, 1.0 / ratio) < SMALL_RATIO:
        return "unchanged in a year"
    return f"{_times(ratio)} in a year"


def _points(points: float) -> str:
    """Say a difference of shares in percentage points."""
    text = f"{points:+.0f}" if abs(points) >= 1.0 else f"{points:+.1f}"
    return f"{text} point{'' if text in ('+1', '-1') else 's'}"


def _times(ratio: float) -> str:
    """Say a ratio: in per cent where it is small, as a factor where it is large."""
    if 0.5 <= ratio < 2.0:
        return f"{100 * (ratio - 1):+.0f}%"
    return f"×{short(ratio, 2)}" if ratio >= 1.0 else f"÷{short(1.0 / ratio, 2)}"


def difference(value: float, baseline: float, unit: str) -> str:
    """Say how a value differs from the baseline's: points of a share, per cent or a factor of anything else."""
    if math.isnan(value) or math.isnan(baseline):
        return "-"
    if unit == "share":
        points = 100 * (value - baseline)
        return "same" if abs(points) < 0.05 else _points(points)
    if baseline <= 0.0 or value <= 0.0:
        return "same" if value == baseline else "-"
    ratio = value / baseline
    return "same" if abs(ratio - 1.0) < 0.005 else _times(ratio)


def difference_sentence(now: Moment, other: Moment, parted: date | None) -> str:
    """Say what differs from the baseline at a date, in the order in which it came to differ, and who is hit."""
    day = now.day
    if parted is not None and day < parted:
        return f"Until {day_words(parted)} both paths are the same: what changes holds from then on."
    ratios = {name: _ratio(now.total(parts), other.total(parts)) for name, parts in COMPARED.items()}
    told = [part for part in (_chain(now, other, ratios), _turned_away(now, other, ratios["asked"])) if part]
    parts = [f"{'; '.join(told)}." if told else "", _earned(now, other), _apart(now, other)]
    if not any(parts):
        return f"By {month_words(day)} hardly anything differs from the baseline."
    return f"By {month_words(day)}: {' '.join(part for part in parts if part)}"


def _chain(now: Moment, other: Moment, ratios: Mapping[str, float]) -> str:
    """Say how supply, price and demand differ: what came to differ first comes first."""
    since: dict[str, float] = {
        name: _apart_since(now, other, COMPARED[name]) for name, ratio in ratios.items() if _differs(ratio)
    }
    linked = {"price", "asked"} <= since.keys() and abs(since["price"] - since["asked"]) < QUARTER
    if linked:  # demand follows the price where they move against each other; else the price follows demand
        against = (ratios["price"] > 1.0) != (ratios["asked"] > 1.0)
        first = min(since["price"], since["asked"])
        since |= {"price": first + (not against) * 0.5, "asked": first + against * 0.5}
    told, last = "", ""
    for name in sorted(since, key=since.__getitem__):
        one, two = (short(of.total(COMPARED[name])) for of in (now, other))
        if name == "power":
            clause = f"{_more(ratios[name], 'less', 'much')} power is connected"
        elif name == "chips":
            clause = f"{_more(ratios[name], 'fewer', 'many')} chips work"
        elif name == "price":
            clause = f"a million tokens cost {one} USD instead of {two} ({_signed(ratios[name])})"
        else:
            asked = _more(ratios[name], "fewer", "many")
            clause = f"customers ask for {asked} tokens: {one} a month instead of {two}"
        pair = {last, name}
        joined = " and " if pair == {"power", "chips"} else ", so " if linked and pair == {"price", "asked"} else "; "
        told, last = f"{told}{joined if told else ''}{clause}", name
    return told


def _turned_away(now: Moment, other: Moment, asked: float) -> str:
    """Say how much more or less of demand is turned away, and what that does to the tokens served."""
    one, two = now.value(UNSERVED), other.value(UNSERVED)
    if not abs(one - two) >= SMALL_SHARE:
        return ""
    told = f"{figure_words(one, 'share')} of demand is turned away instead of {figure_words(two, 'share')}"
    served = _ratio(now.value(SERVED), other.value(SERVED))
    if not (served <= asked / UNLIKE if one > two else served >= asked * UNLIKE):
        return told
    return f"{told}, and {_more(served, 'fewer', 'many')} tokens are served"


def _earned(now: Moment, other: Moment) -> str:
    """Say how the labs' revenue differs, and which large lab loses most."""
    every = ("revenue_run_rate", "market", "all")
    ratio = _ratio(now.value(every), other.value(every))
    before = {lab: other.value(("revenue_run_rate", lab, "all")) for lab in labs()}
    large = [lab for lab, earned in before.items() if earned >= LARGE_LAB * other.value(every)]
    lost = {lab: _ratio(now.value(("revenue_run_rate", lab, "all")), before[lab]) for lab in large}
    told = f"the labs earn {_more(ratio, 'less', 'much')}" if _differs(ratio) else ""
    worst = min(lost, key=lost.__getitem__, default="")
    if worst and lost[worst] < 1.0 and _differs(lost[worst]):
        hit = f"{labs()[worst][0]} is hit hardest ({'' if told else 'revenue '}{_signed(lost[worst])})"
        told = f"{told}; {hit}" if told else hit
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def _apart(now: Moment, other: Moment) -> str:
    """Say since when the tokens served differ; nothing where they do not."""
    week = _apart_since(now, other, (SERVED,))
    return f"Tokens served differ from {month_words(now.run.clock.date_of(week))} on." if week < now.weeks else ""


def _apart_since(now: Moment, other: Moment, parts: tuple[Series, ...]) -> int:
    """Return the week from which on a sum of series differs; the number of weeks where it does not."""
    same = [not _differs(_ratio(*pair)) for pair in zip(now.quarters(parts), other.quarters(parts), strict=False)]
    return int(np.flatnonzero(same)[-1]) + 1 if any(same) else 0


def _ratio(value: float, baseline: float) -> float:
    return float(value / baseline) if value > 0.0 and baseline > 0.0 else math.nan


def _differs(ratio: float) -> bool:
    return max(ratio, 1.0 / ratio) >= SMALL_RATIO


def _more(ratio: float, less: str, many: str) -> str:
    """Say a ratio as in 26% less, 30% more, 4 times as much."""
    if ratio >= 2.0:
        return f"{short(ratio, 2)} times as {many}"
    return f"{abs(100 * (ratio - 1)):.0f}% {less if ratio < 1.0 else 'more'}"


def _signed(ratio: float) -> str:
    """Say a ratio as in -26%, +30%, ×4."""
    return _times(ratio) if ratio >= 2.0 else f"{100 * (ratio - 1):+.0f}%"


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
