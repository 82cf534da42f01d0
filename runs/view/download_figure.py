"""The page's charts as a figure: both paths, the date of the branch and the levers that were moved."""

import io
import math
import textwrap
import threading
from itertools import zip_longest

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from calibration.targets import Target
from model import JevonsError
from runs.charts.figure_style import (
    BLACK,
    DASHES,
    GREY,
    Board,
    day_number,
    draw_actuals,
    finish,
    footnote,
    key,
    middle_day,
    new_figure,
    percent_axis,
    save_png,
    shared_style,
    write_labels,
)
from runs.charts.palette import HEX
from runs.view.dates import day_words
from runs.view.download import BASELINE, SCENARIO, Snapshot
from runs.view.download_charts import Chart, Trace, chosen_charts, targets

FORMATS = ("png", "svg")
COLUMNS = 2
# Height of a line of small text, inches.
LINE = 0.165
BEFORE = "#A9B1BC"
# Settings of matplotlib are global: one figure is drawn at a time.
_drawing = threading.Lock()


def figure(view: Snapshot, chart: str, kind: str) -> bytes:
    """Return a chart (or all small ones) as the page shows it, as `kind`: png or svg. Raises JevonsError for others."""
    if kind not in FORMATS:
        raise JevonsError(f"figure as {kind!r}: no such format; formats are {' and '.join(FORMATS)}")
    chosen = chosen_charts(chart)
    board = Board(_dates_only(view), targets())
    buffer = io.BytesIO()
    with _drawing, matplotlib.rc_context({**shared_style(), "svg.fonttype": "none"}):
        alone = len(chosen) == 1
        columns = 1 if alone else COLUMNS
        rows = math.ceil(len(chosen) / columns)
        told = [line for words in view.words for line in textwrap.wrap(words, 115 if alone else 150)]
        size = (8.4, 5.0 + LINE * len(told)) if alone else (11.0, 2.9 * rows + 1.0 + LINE * len(told))
        drawn = new_figure(chosen[0].title if alone else "The market for AI inference", size)
        _place(drawn, len(told))
        for place, one in enumerate(chosen):
            _draw_chart(drawn.add_subplot(rows, columns, place + 1), board, view, one, alone=alone)
        footnote(
            drawn, keys=[key(SCENARIO if view.baseline else BASELINE), *_key_of_baseline(view)], told="\n".join(told)
        )
        if kind == "png":
            save_png(drawn, buffer)
        else:
            drawn.savefig(buffer, format=kind)
    return buffer.getvalue()


def _place(drawn: Figure, lines: int) -> None:
    """Give charts their room: margins in inches. Matplotlib's own layout would draw every label twice to find it."""
    width, height = drawn.get_size_inches()
    drawn.set_layout_engine(None)
    drawn.texts[0].set_y(1.0 - 0.1 / height)
    drawn.subplots_adjust(
        left=0.8 / width, right=1.0 - 1.3 / width, top=1.0 - 0.72 / height, bottom=(0.75 + LINE * lines) / height,
        wspace=0.58, hspace=0.3,
    )  # fmt: skip


def _dates_only(view: Snapshot) -> pd.DataFrame:
    """Return the first and the last date as a table of a run: the frame of time that figures share."""
    first_last = view.dates[[0, -1]]
    return pd.DataFrame({"date": first_last, "observable": "", "entity": "", "segment": "", "value": 0.0, "unit": ""})


def _key_of_baseline(view: Snapshot) -> list[Line2D]:
    if view.baseline is None:
        return []
    line = key(BASELINE)
    line.set_color(BEFORE)
    return [line]


def _draw_chart(axes: Axes, board: Board, view: Snapshot, chart: Chart, *, alone: bool) -> None:
    dates = view.dates.to_numpy()
    ends: list[tuple[str, str, float]] = []
    _draw_baseline(axes, view, chart)
    read = [(trace, trace.values(view.scenario)) for trace in chart.traces]
    for trace, values in read:
        if not (values > 0.0).any():
            continue
        colour = HEX[trace.colour]
        axes.plot(dates, values, DASHES[trace.dash], color=colour, linewidth=trace.width)
        _draw_points(axes, board, trace, colour)
        finite = values[np.isfinite(values)]
        ends.append((trace.label, trace.colour, float(finite[-1])))
    if chart.gap and len(read) > 1:
        axes.fill_between(dates, read[0][1], read[1][1], color=HEX[read[1][0].colour], alpha=0.15, linewidth=0)
    averaged = {trace.averaged for trace in chart.traces}
    named = ", ".join(filter(None, (chart.title, *(averaged if len(averaged) == 1 else ()))))
    axes.set_title(chart.caption if alone else named, pad=18.0 if alone else 6.0)
    finish(axes, board, chart.unit if ends else "", log=chart.scale == "log")
    if chart.scale == "share":
        percent_axis(axes)
        axes.set_ylabel("share")
    _mark_branch(axes, view, alone=alone)
    if ends:
        write_labels(axes, ends, 0.062 if alone else 0.115)
    else:
        axes.text(0.5, 0.5, "nothing to show in this run", transform=axes.transAxes, ha="center", color=GREY)


def _draw_points(axes: Axes, board: Board, trace: Trace, colour: str) -> None:
    """Draw the disclosed figures of a curve; those of somebody else in black, with a name at the latest."""
    within = {target.id for target in board.disclosed}
    latest: dict[str, Target] = {}
    for target, owner in zip_longest(trace.actuals, trace.owners, fillvalue=""):
        if isinstance(target, str) or target.id not in within:
            continue
        draw_actuals(axes, [target], BLACK if owner else colour)
        if owner and (owner not in latest or latest[owner].end < target.end):
            latest[owner] = target
    for owner, target in latest.items():
        axes.annotate(owner, (middle_day(target), target.value), (7, 0), textcoords="offset points",
                      va="center", fontsize=8.5, color=BLACK)  # fmt: skip


def _draw_baseline(axes: Axes, view: Snapshot, chart: Chart) -> None:
    if view.baseline is None:
        return
    for trace in chart.traces:
        before = trace.values(view.baseline)
        if (before > 0.0).any():
            dates = view.dates.to_numpy()[: len(before)]
            axes.plot(dates, before, DASHES[trace.dash], color=BEFORE, linewidth=1.7)


def _mark_branch(axes: Axes, view: Snapshot, *, alone: bool) -> None:
    if view.branch is None or not view.dates[0].date() <= view.branch <= view.dates[-1].date():
        return
    place = day_number(view.branch)
    axes.axvline(place, color=BLACK, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    if alone:
        axes.annotate(day_words(view.branch), (place, 1.0), (0, 2), ("data", "axes fraction"), "offset points",
                      ha="center", va="bottom", fontsize=8.5, color=GREY)  # fmt: skip
