"""What the live charts show: panels, their curves as one block of numbers, and the disclosed actuals as points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.shipped import part_of
from calibration.targets import Target
from runs.charts.curves import END_OF_DATA, Curve, by_lab, by_payer, by_segment, disclosed_tokens
from runs.charts.palette import ASKERS
from runs.charts.readings import shown_in, smoothed
from runs.view.recording import Recorded, series_of


@dataclass(frozen=True)
class Panel:
    """A chart: title, one line that says what to look for, scale (log, linear, share), and curves of one unit."""

    key: str
    title: str
    caption: str
    scale: str
    curves: tuple[Curve, ...]

    @property
    def unit(self) -> str:
        """The unit in which its curves are shown."""
        return shown_in(self.curves[0].unit)[0]


# fmt: off
@cache
def panels() -> tuple[Panel, ...]:
    """Return the charts in order, with a curve for each lab of the data where labs are compared."""
    return (
        Panel(
            "tokens", "Tokens served", "By who asks for them.", "log",
            (Curve("tokens_served", "market", "all", "all", "ink", width=2.4), *by_segment("tokens_served")),
        ),
        Panel(
            "disclosed", "Tokens by lab", "Points are what Google and OpenAI disclosed.", "log",
            disclosed_tokens(),
        ),
        Panel(
            "unserved", "Tokens turned away", "Asked for, but no capacity to serve them (mean of 13 weeks).",
            "log", by_segment("tokens_unserved"),
        ),
        Panel(
            "prices", "Price of a million tokens", "Constant quality collapses; what is paid falls far less.",
            "log",
            (
                Curve("price_constant_quality", "market", "gpt-4-class", "GPT-4 quality", "ink", width=2.4),
                Curve("price_paid", "market", "api", "paid on the API", "orange", width=2.4),
                *by_lab("price_list", "flagship", dash="dot", width=1.2),
            ),
        ),
        Panel(
            "capacity", "Compute", "Ordered, then installed, then powered: only live chips serve.", "log",
            (
                Curve("ordered_compute", "market", "all", "on order", "orange", "dot"),
                Curve("installed_compute", "market", "all", "installed", "ink", "dash"),
                Curve("live_compute", "market", "all", "live", "blue", width=2.4),
            ),
        ),
        Panel(
            "power", "Power and buildings", "Buildings without power and power without a building serve nobody.",
            "log",
            (
                Curve("shells", "market", "all", "shells", "orange", "dash"),
                Curve("power", "market", "all", "power", "blue", width=2.4),
            ),
        ),
        Panel(
            "rent", "Rent of a chip", "What an hour of one H100 costs; it rises where compute is scarce.", "linear",
            (Curve("rent", "market", "all", "rent", "vermillion", width=2.4),),
        ),
        Panel(
            "scarcity", "Scarcity", "How full serving capacity is, and demand turned away (mean of 13 weeks).",
            "share",
            (
                Curve("utilisation", "market", "serving", "utilisation", "blue"),
                Curve("demand_unserved_share", "market", "all", "turned away", "vermillion", width=2.4),
                Curve("compute_share_inference", "market", "all", "inference share", "green", "dash"),
            ),
        ),
        Panel(
            "revenue", "Revenue run rate", "Bars span a year or a quarter: totals at a year's rate.", "log",
            (
                Curve("revenue_run_rate", "market", "all", "all", "ink", width=2.4),
                *by_lab("revenue_run_rate", "all"),
            ),
        ),
        Panel(
            "payers", "Who pays", "The parts add up to all; dotted is what is paid by the token.", "log",
            (
                Curve("revenue_run_rate", "market", "all", "all", "ink", width=2.4),
                *by_payer("revenue_run_rate"),
                Curve("revenue_run_rate", "market", "business-api", "of this, by the token", "orange", "dot"),
            ),
        ),
        Panel("users", "Weekly users", "People who use a lab's app, or meet its assistant in a messenger.", "linear",
              by_lab("weekly_users", "consumer")),
        Panel(
            "adoption", "Adoption and thinking", "Developers, enterprises, and tokens of tasks that think first.",
            "share",
            (
                Curve("developer_tool_use", "market", "daily", "developers, daily", ASKERS["developer"]),
                Curve("developer_tool_use", "market", "agent", "with agents", ASKERS["developer"], "dash"),
                Curve("enterprise_adoption", "market", "production", "enterprises", ASKERS["enterprise"]),
                Curve("applications_enabled", "market", "enterprise", "applications", ASKERS["enterprise"], "dash"),
                Curve("reasoning_token_share", "market", "api", "thinking", "blue"),
            ),
        ),
    )


# fmt: on
@cache
def curves() -> tuple[Curve, ...]:
    """Return the curves of all charts in order."""
    return tuple(curve for panel in panels() for curve in panel.curves)


def shown_values(curve: Curve, run: Recorded) -> NDArray[np.float64]:
    """Return a curve so far (weeks,), in the unit and over the window of the page; NaN where the run lacks it."""
    return smoothed(series_of(run, curve.series), curve.mean_weeks) / shown_in(curve.unit)[1]


def pack(run: Recorded | None) -> bytes:
    """Return all curves so far as float32, (curves, weeks) in the order of `curves`; nothing before the first week."""
    if run is None or not run.clock.week:
        return b""
    block = np.zeros((len(curves()), run.clock.week), dtype=np.float32)
    known = {name[:3] for name in run.observables.names}
    for row, curve in zip(block, curves(), strict=True):
        if curve.series in known:
            row[:] = shown_values(curve, run)
    return block.tobytes()


def specification(targets: Sequence[Target], start: date, weeks_total: int) -> dict[str, Any]:
    """Return everything about the charts that does not change during a run, as the browser takes it."""
    described, first = [], 0
    for panel in panels():
        drawn = [vars(curve) | {"points": [point(t, start) for t in curve.actuals(targets)]} for curve in panel.curves]
        described.append(vars(panel) | {"unit": panel.unit, "first": first, "curves": drawn})
        first += len(drawn)
    return {
        "panels": described,
        "start": start.isoformat(),
        "weeks": weeks_total,
        "end_of_data": _week(END_OF_DATA, start),
    }


def point(target: Target, start: date) -> dict[str, Any]:
    """Return a disclosed figure as the browser draws it: place in weeks, value, band, and whether the fit saw it."""
    first, last = _week(target.start, start), _week(target.end, start)
    return {
        "id": target.id,
        "x": last if target.statistic == "level" else (first + last) / 2.0,
        "span": [first, last] if target.statistic != "level" and last - first > 6.0 else None,
        "value": target.value,
        "low": target.low,
        "high": target.high,
        "fitted": part_of(target) == "fitted",
    }


def _week(day: date, start: date) -> float:
    return (day - start).days / 7.0
