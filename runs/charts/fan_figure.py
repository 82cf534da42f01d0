"""Fan charts of a forecast, with the disclosed figures over them."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import ConciseDateFormatter, YearLocator
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from calibration.paths import Fan
from calibration.shipped import part_of
from calibration.targets import Target
from runs.charts.figure_style import BLUE, GREY, MARKS, VERMILLION, day_number, middle_day, shared_style
from runs.terminal.short_numbers import bare

COLUMNS = 3
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def fan_figure(fans: list[Fan], levels: Sequence[float], day: date, targets: Sequence[Target]) -> Figure:
    """Draw one panel for each observable: median, 50% and 90% bands by month, and the disclosed figures `targets`.

    After `day` nothing was used. `levels` are those of the fans' quantiles.
    """
    rows = math.ceil(len(fans) / COLUMNS)
    with mpl.rc_context(shared_style()):
        figure = Figure(figsize=(12.0, 2.6 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.subplots(rows, COLUMNS, squeeze=False)
        panels = grid.ravel().tolist()
        for axes, fan in zip(panels, fans, strict=False):
            _panel(axes, fan, levels, day, targets)
        for axes in panels[len(fans) :]:
            axes.set_visible(False)
        figure.suptitle(
            "Median, 50% and 90% intervals by month; dots: disclosed by then, open marks: disclosed later; "
            f"dashed: {day}, after which nothing was used",
            x=0.01, ha="left", fontsize=9.5,
        )  # fmt: skip
    return figure


def _panel(axes: Axes, fan: Fan, levels: Sequence[float], day: date, targets: Sequence[Target]) -> None:
    days = np.array([datetime.fromisoformat(f"{month}-15") for month in fan.months], dtype="datetime64[D]")
    low, lower, median, upper, high = fan.quantiles.T[[levels.index(share) for share in SHARES]]
    axes.fill_between(days, low, high, color=BLUE, alpha=0.15, linewidth=0)
    axes.fill_between(days, lower, upper, color=BLUE, alpha=0.3, linewidth=0)
    axes.plot(days, median, color=BLUE)
    axes.axvline(day_number(day), color=GREY, linestyle="--", linewidth=0.8)
    for target in targets:
        if target.series == fan.series and target.statistic in ("mean", "level"):
            part = part_of(target, day)
            marker, filled = MARKS[part]
            face = VERMILLION if filled else "white"
            axes.plot(
                [middle_day(target)], [target.value], marker, color=VERMILLION, markerfacecolor=face, markersize=5
            )
    if fan.unit != "share":
        axes.set_yscale("log")
        # The first small values would squeeze the rest.
        axes.set_ylim(bottom=max(float(median[-1]) / 1e5, float(np.min(median[median > 0], initial=np.inf)) / 2))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: bare(value, fan.unit)))
    years: Any = YearLocator  # matplotlib's dates are untyped
    concise: Any = ConciseDateFormatter
    axes.xaxis.set_major_locator(years())
    axes.xaxis.set_major_formatter(concise(years()))
    observable, entity, segment = fan.series
    of = "" if segment == "all" else f", {segment}"
    who = "" if entity == "market" else f"{entity} "
    axes.set_title(f"{who}{observable.replace('_', ' ')}{of} ({fan.unit})")
