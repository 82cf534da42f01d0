"""The page's charts as a figure: both paths, the date of the branch and the levers that were moved.

A chart of the first screen says what it shows in a sentence, so that it can be passed on alone.
"""

import io
import math
import re
import textwrap
import threading
from collections.abc import Sequence
from itertools import zip_longest

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from calibration.targets import Target
from model import JevonsError, version
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
from runs.terminal.short_numbers import short
from runs.view.answer import answer, answer_beside
from runs.view.baseline_file import shipped_baseline
from runs.view.cards import title_of
from runs.view.dates import day_words
from runs.view.difference_sentence import difference_sentence
from runs.view.download import BASELINE, SCENARIO, Snapshot
from runs.view.download_charts import Chart, Trace, chosen_charts
from runs.view.measures import point_words
from runs.view.moment import YEAR, Moment
from runs.view.number_words import figure_words
from runs.view.scenario_ranges import range_sentence, ranges_of
from runs.view.shown_figures import shown_figures
from runs.view.story import band_of, band_words

FORMATS = ("png", "svg")
CREDIT = f"Simulated with jevons {version()}, a model of the market for AI inference. Not a forecast."
COLUMNS = 2
# Height of a line of small text, inches.
LINE = 0.165
BEFORE = "#A9B1BC"
BAND_ALPHA = 0.14
# Letters in a line of the title.
TITLE_LETTERS = 76
LETTERS = {
    "k": "10^3 (thousand)",
    "M": "10^6 (million)",
    "B": "10^9 (billion)",
    "T": "10^12 (trillion)",
    "Q": "10^15 (quadrillion)",
}
# Settings of matplotlib are global: one figure is drawn at a time.
_drawing = threading.Lock()


def figure(view: Snapshot, chart: str, kind: str) -> bytes:
    """Return a chart (or all small ones) as the page shows it, as `kind`: png or svg. Raises JevonsError for others."""
    if kind not in FORMATS:
        raise JevonsError(f"figure as {kind!r}: no such format; formats are {' and '.join(FORMATS)}")
    chosen = chosen_charts(chart)
    alone = len(chosen) == 1
    first = _first_week(view, chosen[0]) if alone else 0
    board = Board(_dates_only(view, first), shown_figures())
    buffer = io.BytesIO()
    with _drawing, matplotlib.rc_context({**shared_style(), "svg.fonttype": "none"}):
        columns = 1 if alone else COLUMNS
        rows = math.ceil(len(chosen) / columns)
        title, below = _words_above(view, chosen[0]) if alone else ("The market for AI inference", [])
        units = _units(" ".join([title, *below]), view, chosen[0], first) if alone else []
        told = [
            line
            for words in (*view.words, *_band_words(chosen), *_point_words(chosen), *units, CREDIT)
            for line in textwrap.wrap(words, 115 if alone else 150)
        ]
        above = len(below) + title.count("\n")
        size = (8.4, 5.0 + LINE * (len(told) + above)) if alone else (11.0, 2.9 * rows + 1.0 + LINE * len(told))
        drawn = new_figure(title, size)
        _place(drawn, len(told), above)
        top = 0.42 + 0.2 * title.count("\n")
        drawn.text(0.008, 1.0 - top / size[1], "\n".join(below), ha="left", va="top", fontsize=9.5, color=BLACK)
        for place, one in enumerate(chosen):
            _draw_chart(drawn.add_subplot(rows, columns, place + 1), board, view, one, first, alone=alone)
        footnote(drawn, keys=_keys(view, chosen), told="\n".join(told), marks=_mark_colour(chosen))
        if kind == "png":
            save_png(drawn, buffer)
        else:
            drawn.savefig(buffer, format=kind, metadata={"Date": None})
    return buffer.getvalue()


def _words_above(view: Snapshot, chart: Chart) -> tuple[str, list[str]]:
    """Return the title and the lines below it: the finding, and for a chart of the first screen question and answer."""
    if chart.measure is None:
        return chart.title, []
    weeks, name = view.scenario.clock.week, title_of(view.setup)
    if view.baseline is None:
        told = answer(chart.measure, view.scenario, weeks)
        title = _first_clause(told)
        told = told if told != f"{title}." else ""
    else:
        sentence = difference_sentence(Moment(view.scenario, weeks), Moment(view.baseline, weeks), view.branch)
        finding = _first_clause(sentence)
        title, rest = f"{name}, {finding[:1].lower()}{finding[1:]}", sentence[len(finding) + 1 :].strip()
        told = f"{answer_beside(chart.measure, view.scenario, view.baseline, weeks, name)} {rest[:1].upper()}{rest[1:]}"
        days = (view.dates[-1].date() - view.scenario.clock.start).days
        told = f"{told} {range_sentence(ranges_of(view.setup, shipped_baseline()), days)}".strip()
    lines = textwrap.wrap(_unbroken(told), 105)
    return "\n".join(textwrap.wrap(_unbroken(title or chart.caption), TITLE_LETTERS)), [chart.caption, *lines]


def _first_clause(told: str) -> str:
    """Return what comes before the first semicolon, full stop, or colon behind more than a date."""
    first = re.split(r"[;.](?=\s|$)", told)[0]
    head, _, rest = first.partition(": ")
    return head if rest and len(head.split()) > len(["By", "December", "2028"]) else first


def _first_week(view: Snapshot, chart: Chart) -> int:
    """Return the first week drawn: on the first screen that is a year before the paths part, if both are shown."""
    if chart.measure is None or view.branch is None:
        return 0
    parted = view.scenario.clock.week_of(view.branch) if view.branch > view.dates[0].date() else 0
    return min(max(parted - YEAR, 0), max(len(view.dates) - YEAR, 0))


def _place(drawn: Figure, below: int, above: int) -> None:
    """Give charts their room: margins in inches, for lines of text `below` and `above` them.

    Matplotlib's own layout would draw every label twice to find it.
    """
    width, height = drawn.get_size_inches()
    drawn.set_layout_engine(None)
    drawn.texts[0].set_y(1.0 - 0.1 / height)
    drawn.subplots_adjust(
        left=0.8 / width, right=1.0 - 1.4 / width, top=1.0 - (0.72 + (above and 0.1) + 0.18 * above) / height,
        bottom=(0.75 + LINE * below) / height,
        wspace=0.58, hspace=0.3,
    )  # fmt: skip


def _dates_only(view: Snapshot, first: int) -> pd.DataFrame:
    """Return the first and the last date drawn as a table of a run: the frame of time that figures share."""
    first_last = view.dates[[first, -1]]
    return pd.DataFrame({"date": first_last, "observable": "", "entity": "", "segment": "", "value": 0.0, "unit": ""})


def _keys(view: Snapshot, chosen: Sequence[Chart]) -> list[Artist]:
    """Return the legend's entries in the colours drawn; grey stands for curves of many colours."""
    measured = len(chosen) == 1 and chosen[0].measure is not None
    colour = chosen[0].traces[0].colour if measured else "grey"
    keys: list[Artist] = [key(SCENARIO if view.baseline else BASELINE, colour=colour)]
    if view.baseline is not None:
        line = key(BASELINE)
        line.set_color(BEFORE)
        keys.append(line)
    if _band_words(chosen):
        keys.append(Patch(facecolor=_band_colour(view), alpha=BAND_ALPHA, label="band"))
    return keys


def _mark_colour(chosen: Sequence[Chart]) -> str:
    """Return the colour of the disclosed figures; where a figure has several, grey stands for them."""
    if len(chosen) > 1 or chosen[0].measure is None:
        return GREY
    pointed = [trace for trace in chosen[0].traces if trace.actuals]
    return BLACK if any(any(trace.owners) for trace in pointed) else HEX[pointed[0].colour] if pointed else GREY


def _units(above: str, view: Snapshot, chart: Chart, first: int) -> list[str]:
    """Say what the letters behind numbers mean, in the words `above` a chart and on it from week `first` on."""
    values = np.concatenate([trace.values(run)[first:] for trace in chart.traces for run in view.paths.values()])
    shown = [value for value in values.tolist() if value > 0.0]
    text = " ".join([above.replace("\u00a0", " "), *map(short, (min(shown), max(shown)) if shown else ())])
    used = [letter for letter in LETTERS if re.search(rf"\d {letter}\b", text)]
    return [f"{', '.join(f'{letter} = {LETTERS[letter]}' for letter in used)}."] if used else []


def _draw_chart(axes: Axes, board: Board, view: Snapshot, chart: Chart, first: int, *, alone: bool) -> None:
    """Draw a chart from week `first` on; one that is `alone` in its figure has the last values beside its names."""
    dates = view.dates.to_numpy()[first:]
    _draw_band(axes, view, chart)
    before = _draw_baseline(axes, view, chart, first)
    ends = [(_labelled(BASELINE, value, chart), "grey", value) for value in before[:1] if chart.measure]
    read = [(trace, trace.values(view.scenario)[first:]) for trace in chart.traces]
    for order, (trace, values) in enumerate(read):
        if not (values > 0.0).any():
            continue
        colour = HEX[trace.colour]
        axes.plot(dates, values, DASHES[trace.dash], color=colour, linewidth=trace.width, zorder=3.0 - 0.1 * order)
        _draw_points(axes, board, trace, colour)
        last = float(values[np.isfinite(values)][-1])
        ends.append((_labelled(trace.label, last, chart) if alone else trace.label, trace.colour, last))
    if chart.gap and len(read) > 1:
        axes.fill_between(dates, read[0][1], read[1][1], color=HEX[read[1][0].colour], alpha=0.15, linewidth=0)
    averaged = {trace.averaged for trace in chart.traces}
    named = ", ".join(filter(None, (chart.title, *(averaged if len(averaged) == 1 else ()))))
    told = named if chart.measure is not None or not alone else chart.caption
    axes.set_title(told, pad=18.0 if alone else 6.0)
    finish(axes, board, chart.unit if ends else "", log=chart.scale == "log")
    if chart.scale == "share":
        percent_axis(axes)
        axes.set_ylabel("share")
    _mark_branch(axes, view, alone=alone)
    if ends:
        write_labels(axes, ends, 0.08 if alone else 0.115)
    else:
        axes.text(0.5, 0.5, "nothing to show in this run", transform=axes.transAxes, ha="center", color=GREY)


def _labelled(name: str, value: float, chart: Chart) -> str:
    """Return a curve's name with its last value, which no line break divides."""
    return f"{name}: {_unbroken(figure_words(value, chart.unit))}"


def _unbroken(text: str) -> str:
    """Return a text in which no line break divides a number from its letter."""
    return re.sub(r"(?<=\d) (?=[kMBTQ]\b)", "\u00a0", text)


def _band_words(chosen: Sequence[Chart]) -> list[str]:
    """Say what the band of the first screen's charts is of."""
    return [words for one in chosen if one.measure and (words := band_words(one.measure, shipped_baseline()))]


def _point_words(chosen: Sequence[Chart]) -> list[str]:
    return [words for one in chosen if one.measure and (words := point_words(one.measure))]


def _band_colour(view: Snapshot) -> str:
    return HEX["blue"] if view.baseline is None else BEFORE


def _draw_band(axes: Axes, view: Snapshot, chart: Chart) -> None:
    """Draw the interval of the fitted ensemble that the first screen shows; it does not widen the axis."""
    shipped = shipped_baseline()
    band = band_of(chart.measure, shipped) if chart.measure is not None else None
    if band is None or shipped is None:
        return
    start = day_number(shipped.recording.clock.start)
    days = [start + day for day in band.days]
    axes.fill_between(days, band.low, band.high, color=_band_colour(view), alpha=BAND_ALPHA, linewidth=0, zorder=0.5)


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


def _draw_baseline(axes: Axes, view: Snapshot, chart: Chart, first: int) -> list[float]:
    """Draw the baseline's curves in grey; returns the last value of each."""
    ends: list[float] = []
    if view.baseline is None:
        return ends
    for trace in chart.traces:
        before = trace.values(view.baseline)[first:]
        if (before > 0.0).any():
            dates = view.dates.to_numpy()[first : first + len(before)]
            axes.plot(dates, before, DASHES[trace.dash], color=BEFORE, linewidth=1.7)
            ends.append(float(before[np.isfinite(before)][-1]))
    return ends


def _mark_branch(axes: Axes, view: Snapshot, *, alone: bool) -> None:
    if view.branch is None or not view.dates[0].date() <= view.branch <= view.dates[-1].date():
        return
    place = day_number(view.branch)
    axes.axvline(place, color=BLACK, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    if alone:
        day = "the start" if view.branch <= view.scenario.clock.start else day_words(view.branch)
        side = "left" if place < sum(axes.get_xlim()) / 2.0 else "right"
        axes.annotate(f"{title_of(view.setup)} from {day}", (place, 1.0), (0, 2), ("data", "axes fraction"),
                      "offset points", ha=side, va="bottom", fontsize=8.5, color=GREY)  # fmt: skip
