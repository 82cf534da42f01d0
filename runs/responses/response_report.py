"""Responses on the terminal, as a CSV file and as a figure, beside the evidence."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from rich.console import Console

from runs.charts.figure_style import BLACK, BLUE, GREY, VERMILLION, new_figure, shared_style
from runs.experiments.rules import number
from runs.responses.response import UNITS
from runs.responses.response_runs import Measured
from runs.terminal.narrow_table import fitted_table

HEAD = ("reading", "unit", "median [90%]", "expected", "inside", "evidence")
COLOURS = {"free": BLUE, "binding": VERMILLION}


def print_measured(console: Console, measured: Sequence[Measured], about: str) -> None:
    """Print a section a response and a row a reading; `about` says of which runs."""
    rows: list[Sequence[str] | str] = []
    for response, group in groupby(measured, key=lambda one: one.response):
        rows.append(f"{response.name}: {response.done} ({response.day}, capacity {response.capacity})")
        rows += [_row(one) for one in group]
    table = fitted_table(None, HEAD, rows, console.width, words=("reading", "evidence"), spare=("evidence", "unit"))
    console.print(table)
    console.print(about, highlight=False, soft_wrap=True)


def _row(one: Measured) -> list[str]:
    reading = one.reading
    value = "not defined"
    if np.isfinite(one.median):
        value = f"{number(one.median)} [{number(one.low)}, {number(one.high)}]"
    if reading.expected is None:
        return [reading.what, UNITS[reading.kind], value, "-", "-", reading.evidence]
    low, high = reading.expected
    inside = "yes" if low <= one.median <= high else "no"
    expected = number(low) if low == high else f"{number(low)} to {number(high)}"
    return [reading.what, UNITS[reading.kind], value, expected, inside, reading.evidence]


def measured_table(measured: Iterable[Measured]) -> pd.DataFrame:
    """Return one row a reading, with its expected range (NaN where there is none) and the number of pairs."""
    return pd.DataFrame([
        {
            "response": response.name,
            "done": response.done,
            "date": response.day,
            "capacity": response.capacity,
            "replayed": response.replayed,
            "reading": reading.what,
            "of": reading.entity,
            "horizon_weeks": reading.horizon,
            "unit": UNITS[reading.kind],
            "median": one.median,
            "low": one.low,
            "high": one.high,
            "pairs": len(one.values),
            "expected_low": reading.expected[0] if reading.expected else np.nan,
            "expected_high": reading.expected[1] if reading.expected else np.nan,
            "evidence": reading.evidence,
        }
        for one in measured
        for response, reading in [(one.response, one.reading)]
    ])  # fmt: skip


def measured_markdown(measured: Iterable[Measured], about: str) -> str:
    """Return the block of docs/responses.md: of which runs, and a row a reading."""
    lines = [
        f"{about[0].upper()}{about[1:]}.",
        "",
        "| response | reading | unit | median [90%] | expected | evidence |",
        "|---|---|---|---|---|---|",
    ]
    for response, group in groupby(measured, key=lambda one: one.response):
        head = f"`{response.name}` {response.day}, {response.capacity}"
        for one in group:
            what, unit, value, expected, _, evidence = _row(one)
            lines.append(f"| {head} | {what} | {unit} | {value} | {'' if expected == '-' else expected} | {evidence} |")
            head = ""
    return "\n".join(lines)


def measured_figure(measured: Sequence[Measured], about: str) -> Figure:
    """Draw a panel a unit and a row a reading: point and interval, over the expected range in grey."""
    panels: dict[str, list[Measured]] = {}
    for one in measured:
        if np.isfinite(one.median):
            unit = UNITS[one.reading.kind]
            panels.setdefault("%" if unit == "points" else unit, []).append(one)
    sizes = [len(rows) for rows in panels.values()] or [1]
    with mpl.rc_context(shared_style()):
        figure = new_figure(
            "Structural responses: point and 90% interval, beside the evidence", (9.6, 1.6 + 0.24 * sum(sizes))
        )
        grid = figure.subplots(len(sizes), 1, squeeze=False, height_ratios=[size + 2.0 for size in sizes])
        for axes, (unit, rows) in zip(grid.ravel(), panels.items(), strict=False):
            _panel(axes, unit, rows)
        keys = [Line2D([], [], color=colour, marker="o", label=f"capacity {name}") for name, colour in COLOURS.items()]
        keys.append(Line2D([], [], color=GREY, linewidth=7.0, alpha=0.4, label="expected"))
        figure.legend(handles=keys, loc="outside lower left", ncols=3, title=about, alignment="left")
    return figure


def _panel(axes: Axes, unit: str, rows: Sequence[Measured]) -> None:
    for place, one in enumerate(rows):
        if one.reading.expected is not None:
            low, high = one.reading.expected
            wide: dict[str, Any] = (
                {"linewidth": 7.0, "solid_capstyle": "butt"} if high > low else {"marker": "|", "markersize": 11.0}
            )
            axes.plot([low, high], [place, place], color=GREY, alpha=0.4, zorder=1, **wide)
        colour = COLOURS[one.response.capacity]
        axes.plot([one.low, one.high], [place, place], "-", color=colour)
        axes.plot([one.median], [place], "o", color=colour, markersize=4.5)
    neutral = 1.0 if unit == "ratio" else 0.0
    axes.axvline(neutral, color=BLACK, linewidth=0.7, zorder=0)
    axes.set_yticks(range(len(rows)), [f"{one.response.name}: {one.reading.what}" for one in rows], fontsize=7.5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel(unit)
