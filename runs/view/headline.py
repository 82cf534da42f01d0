"""The state of the market in a few figures and one sentence."""

import math
from typing import Any

from model import InferenceMarket, declared_series
from runs.charts.curves import END_OF_DATA, QUARTER
from runs.charts.palette import labs
from runs.terminal.short_numbers import bare, short

YEAR = 52
# Goes up and down from week to week with releases: shown as a mean over a quarter.
UNEVEN = "demand_unserved_share"

Series = tuple[str, str, str]
TILES: dict[str, Series] = {
    "Tokens served": ("tokens_served", "market", "all"),
    "Turned away, 13 weeks": (UNEVEN, "market", "all"),
    "Price of GPT-4 quality": ("price_constant_quality", "market", "gpt-4-class"),
    "Revenue": ("revenue_run_rate", "market", "all"),
    "Live compute": ("live_compute", "market", "all"),
}


def headline(market: InferenceMarket | None, reference: InferenceMarket | None) -> dict[str, Any]:
    """Return what the strip at the top shows: date, week, tiles with the year's change, and a sentence."""
    if market is None:
        return {"date": "", "week": 0, "weeks": 0, "tiles": [], "sentence": ""}
    clock = market.clock
    shown = clock.date_of(max(clock.week - 1, 0))
    return {
        "date": f"{shown.day} {shown:%B %Y}",
        "iso": shown.isoformat(),
        "start": clock.start.isoformat(),
        "week": clock.week,
        "weeks": clock.weeks_total,
        "end_of_data": (END_OF_DATA - clock.start).days / 7.0,
        "tiles": [_tile(market, reference, *tile) for tile in TILES.items()],
        "sentence": sentence(market),
        "compared": reference is not None,
    }


def _tile(market: InferenceMarket, reference: InferenceMarket | None, label: str, series: Series) -> dict[str, str]:
    declared = declared_series()[series]
    unit, value = declared.unit, _value(market, *series)
    return {
        "label": label,
        "value": bare(value, unit),
        "unit": "" if unit == "share" else unit,
        "gloss": declared.gloss,
        "change": _change(value, _value(market, *series, YEAR), unit),
        "was": "" if reference is None else bare(_value(reference, *series), unit),
    }


def _change(value: float, before: float, unit: str) -> str:
    """Say how a value moved in a year, in words that fit a tile."""
    if math.isnan(value) or math.isnan(before):
        return ""
    if unit == "share":
        return f"{100 * (value - before):+.0f} points in a year"
    if before <= 0.0 or value <= 0.0:
        return ""
    ratio = value / before
    return f"×{short(ratio, 2)} in a year" if ratio >= 1.0 else f"÷{short(1.0 / ratio, 2)} in a year"


HOLDS = {
    "power": "Power holds",
    "shells": "Shells hold",
    "chips": "Makers of chips hold",
    "capital": "Money holds",
    "demand": "Demand holds",
}
"""What can hold capacity down, as the beginning of a sentence."""


def sentence(market: InferenceMarket) -> str:
    """Return the state of the market in words: who is short of what, and why."""
    if not market.clock.week:
        return "Nothing has happened yet. Press play: one step is one week."
    names = (UNEVEN, "shells_without_power", "chips_without_power", "live_compute", "revenue_run_rate")
    unserved, waiting, dark, live, total = (_value(market, name) for name in names)
    effort = _value(market, "thinking_effort", segment="api")
    parts = [_scarcity(unserved)]
    if effort >= 0.05:
        parts.append(f"Models think {short(effort, 2)} hidden tokens for each one they show.")
    if dark > 0.02 * live:
        parts.append(f"{short(dark, 2)} chips wait for power.")
    elif waiting > 0.0:
        parts.append(f"{short(waiting, 2)} MW of finished shells wait for power.")
    limit, part = max(((name, _value(market, "capacity_limit", segment=name)) for name in HOLDS), key=lambda x: x[1])
    if part > 0.0:
        parts.append(f"{HOLDS[limit]} capacity down for {part:.0%} of the fleet.")
    earned = {lab: _value(market, "revenue_run_rate", lab) for lab in labs()}
    leader = max(earned, key=lambda lab: -math.inf if math.isnan(earned[lab]) else earned[lab])
    share = earned[leader] / max(total, 1e-9)
    if share > 0.0:
        parts.append(f"{labs()[leader][0]} earns {share:.0%} of all revenue.")
    return " ".join(parts)


def _scarcity(unserved: float) -> str:
    if math.isnan(unserved):
        return ""
    if unserved < 0.01:
        return "Supply covers demand."
    if unserved < 0.1:
        return f"Supply is tight: {unserved:.0%} of what was asked for in 13 weeks found no capacity."
    return f"Demand outruns supply: {unserved:.0%} of what was asked for in 13 weeks found no capacity."


def _value(
    market: InferenceMarket, observable: str, entity: str = "market", segment: str = "all", ago: int = 0
) -> float:
    """Return the value recorded `ago` weeks before the latest (of `UNEVEN` a quarter's mean); NaN without one."""
    try:
        values = market.observables.series(observable, entity, segment)
    except KeyError:
        return math.nan
    if len(values) <= ago:
        return math.nan
    last = len(values) - ago
    return float(values[max(last - (QUARTER if observable == UNEVEN else 1), 0) : last].mean())
