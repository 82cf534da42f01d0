"""How the figures look: actuals over lines, labels at line ends, short-form axes.

Figures are built with matplotlib's object-oriented interface on the Agg canvas: no display and no global state.
"""

import textwrap
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from calibration.shipped import ORIGIN, Part, part_of
from calibration.targets import Target
from runs.charts.curves import END_OF_DATA, Curve
from runs.charts.palette import HEX, hyperscalers, labs, with_others
from runs.charts.readings import window
from runs.terminal.short_numbers import short

BLACK, GREY = HEX["ink"], HEX["grey"]
ORANGE, SKY, GREEN, YELLOW = HEX["orange"], HEX["sky"], HEX["green"], HEX["yellow"]
BLUE, VERMILLION, PURPLE = HEX["blue"], HEX["vermillion"], HEX["purple"]

# Marker and whether it is filled: solid for figures that the shipped ensemble saw, open for later ones.
MARKS: dict[Part, tuple[str, bool]] = {"fitted": ("o", True), "scored": ("s", False)}
PART_WORDS: dict[Part, str] = {"fitted": f"disclosed by {ORIGIN:%B %Y}", "scored": "disclosed later"}
WEEK = pd.Timedelta(days=7)
DASHES: dict[str, Literal["-", "--", ":"]] = {"solid": "-", "dash": "--", "dot": ":"}
# A log axis shows at most this many decades below its largest value: the first small values would squeeze the rest.
LOG_DECADES = 5.0
# Marks the line at the end of data, whose ends are not values of the axis.
END_GID = "end of data"
# A period longer than this many days is drawn as wide as it is.
LONG_PERIOD = 45.0
# Letters in a line of a label beside a curve.
LABEL_WIDTH = 18
# Dots per inch of files.
DPI = 150.0


@cache
def shared_style() -> Any:
    """Return the settings of matplotlib that all figures share, from `figures.toml`.

    Not a style sheet of matplotlib: those are read through its global settings, which the server replaces.
    """
    return tomllib.loads(Path(__file__).with_name("figures.toml").read_text(encoding="utf-8"))


class Board:
    """The run's long table by series, and the figures disclosed for its dates.

    `frame` has the columns date, observable, entity, segment, value, unit.
    """

    def __init__(self, frame: pd.DataFrame, targets: Sequence[Target]) -> None:
        self._frame = frame.sort_values("date")
        groups = self._frame.groupby(["observable", "entity", "segment"], sort=False, observed=True).indices
        self._rows: dict[Any, Any] = dict(groups)
        self.labs = with_others(labs(), self._entities("weekly_users"))
        self.hyperscalers = with_others(hyperscalers(), self._entities("installed_compute"))
        dates = self._frame["date"]
        self.first: pd.Timestamp | None = pd.Timestamp(dates.iloc[0]) if len(dates) else None
        self.last: pd.Timestamp | None = pd.Timestamp(dates.iloc[-1]) if len(dates) else None
        self.disclosed: list[Target] = []
        if self.first is not None and self.last is not None:
            first, last = (self.first - WEEK).date(), (self.last + WEEK).date()
            self.disclosed = [target for target in targets if first <= target.start <= target.end <= last]

    def _entities(self, observable: str) -> list[str]:
        return [entity for name, entity, _ in self._rows if name == observable and entity != "market"]

    def series(self, observable: str, entity: str, segment: str) -> "pd.Series[float] | None":
        """Return the finite values of one series by date, or None where the run has none."""
        rows = self._rows.get((observable, entity, segment))
        if rows is None:
            return None
        values = self._frame["value"].to_numpy(dtype=float)[rows]
        finite = np.isfinite(values)
        dates = pd.DatetimeIndex(self._frame["date"].iloc[rows[finite]])
        return pd.Series(values[finite], index=dates) if len(dates) else None

    def end(self, observable: str, entity: str, segment: str) -> float | None:
        """Return a series' value in the run's last week, over its window; None where it has no value then."""
        values = self.series(observable, entity, segment)
        if values is None or values.index[-1] != self.last:
            return None
        return float(values.iloc[-window(observable) :].mean())


def day_number(day: date) -> float:
    """Return the place of a date on the axis: days since 1970-01-01."""
    return float(day.toordinal() - date(1970, 1, 1).toordinal())


def middle_day(target: Target) -> float:
    """Return where a figure belongs on the axis: a level at its date, others in the middle of their period."""
    end = day_number(target.end)
    return end if target.statistic == "level" else (day_number(target.start) + end + 1.0) / 2.0


def new_figure(title: str, size: tuple[float, float]) -> Figure:
    """Return an empty figure on the Agg canvas, with a left-aligned title that says what it shows."""
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.008, ha="left", fontsize=12, fontweight="bold", color=BLACK)
    return figure


def save_png(figure: Figure, file: Path | BinaryIO) -> None:
    """Write a figure of `new_figure` as PNG, with the pixels of `savefig` in four fifths of its time.

    `savefig` draws everything twice, the first time only to lay it out. Here the layout is computed alone.
    """
    figure.set_dpi(DPI)
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    canvas: Any = FigureCanvasAgg(figure)  # whose writing is untyped
    canvas.print_png(file, pil_kwargs={"compress_level": 3})


def draw(axes: Axes, board: Board, curves: Iterable[Curve]) -> list[Curve]:
    """Draw the curves that have anything above zero, with their actuals; returns them."""
    drawn = []
    for curve in curves:
        values = board.series(*curve.series)
        if values is None or not (values > 0.0).any():
            continue
        if curve.mean_weeks > 1:
            values = values.rolling(curve.mean_weeks, min_periods=1).mean()
        colour = HEX[curve.colour]
        axes.plot(values.index.to_numpy(), values.to_numpy(), DASHES[curve.dash], color=colour, linewidth=curve.width)
        draw_actuals(axes, curve.actuals(board.disclosed), colour)
        drawn.append(curve)
    return drawn


def draw_actuals(axes: Axes, targets: Iterable[Target], colour: str) -> None:
    """Draw points with their band as error bars, and a thin bar over the period of a long mean or yearly total."""
    for target in targets:
        start, end = day_number(target.start), day_number(target.end) + 1.0
        if target.statistic != "level" and end - start > LONG_PERIOD:
            axes.plot([start, end], [target.value, target.value], "-", color=colour, linewidth=0.9, zorder=4)
        draw_point(axes, middle_day(target), (target.low, target.value, target.high), part_of(target), colour)


def draw_point(axes: Axes, day: float, band: tuple[float, float, float], part: Part, colour: str) -> None:
    """Draw one actual at `day` (see `day_number`) with its `band` (low, value, high), marked by part."""
    low, value, high = band
    error = [[value - low], [high - value]]
    style = {"color": colour, "ecolor": BLACK, "elinewidth": 1.1, "capsize": 2.5, "zorder": 5, **_marker(part, colour)}
    axes.errorbar(day, value, yerr=error, label=PART_WORDS[part], **style)


def _marker(part: Part, colour: str) -> dict[str, Any]:
    """Return the style of an actual's mark: solid for one that the shipped ensemble saw, open for a later one."""
    marker, filled = MARKS[part]
    return {
        "linestyle": "none",
        "marker": marker,
        "markersize": 6.0,
        "markerfacecolor": colour if filled else "white",
        "markeredgecolor": BLACK if filled else colour,
        "markeredgewidth": 0.8 if filled else 1.5,
    }


def finish(axes: Axes, board: Board, unit: str, *, log: bool) -> None:
    """Set scale, limits, short-form ticks and unit, and mark the end of data.

    Call it when everything is drawn, in this panel and in those that share its value axis.
    """
    low, high = _value_range(axes, positive=log)
    if log and high > 0.0:
        axes.set_yscale("log", nonpositive="mask")
        low = max(low, high * 10.0**-LOG_DECADES)
        axes.set_ylim(low / (high / low) ** 0.05 / 1.1, high * (high / low) ** 0.05 * 1.1)
        axes.yaxis.set_minor_locator(NullLocator())  # minor ticks take a third of the drawing time
    else:
        axes.set_ylim(min(low, 0.0), 1.05 * high if high > 0.0 else 1.0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(float(value))))
    axes.set_ylabel(unit)
    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
    if board.first is None or board.last is None:
        return
    first, last, end = day_number(board.first), day_number(board.last), day_number(END_OF_DATA)
    axes.set_xlim(first - 2.0, last + 7.0)
    if first <= end < last:
        style = (0, (2, 2))
        axes.axvline(end, color=GREY, linewidth=0.9, linestyle=style, zorder=1, gid=END_GID)


def _value_range(axes: Axes, *, positive: bool) -> tuple[float, float]:
    """Return the least and largest finite value drawn in panels that share this value axis; (0, 0) without any."""
    panels = axes.get_shared_y_axes().get_siblings(axes)
    lines = [line for panel in panels for line in panel.get_lines() if line.get_gid() != END_GID]
    values = np.concatenate([np.zeros(1), *(np.asarray(line.get_ydata(), dtype=float) for line in lines)])
    kept = values[np.isfinite(values) & ((values > 0.0) | (not positive))]
    return (float(kept.min()), float(kept.max())) if len(kept) else (0.0, 0.0)


def percent_axis(axes: Axes) -> None:
    """Make the value axis one of shares, from 0 to 100 per cent."""
    axes.set_ylim(0.0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def label_ends(axes: Axes, board: Board, curves: list[Curve], gap: float = 0.062) -> None:
    """Write each curve's label at its last value (see `write_labels`)."""
    ends = [(curve, board.series(*curve.series)) for curve in curves]
    write_labels(axes, [(of.label, of.colour, float(ends.iloc[-1])) for of, ends in ends if ends is not None], gap)


def write_labels(axes: Axes, labels: Iterable[tuple[str, str, float]], gap: float = 0.062) -> None:
    """Write labels, colours and values of curves at their right ends, pushed apart to `gap` of the axes' height.

    Curves that share a label are labelled once, at the first of them.
    """
    spots: dict[str, tuple[float, str]] = {}
    for label, colour, value in labels:
        last = max(value, axes.get_ylim()[0])
        height = float(axes.transAxes.inverted().transform(axes.transData.transform((0.0, last)))[1])
        spots.setdefault(label, (min(max(height, 0.0), 1.0), colour))
    ordered = sorted(spots.items(), key=lambda spot: spot[1][0])
    heights = _spread([height for _, (height, _) in ordered], gap)
    for height, (label, (_, colour)) in zip(heights, ordered, strict=True):
        axes.annotate(
            textwrap.fill(label, LABEL_WIDTH, break_long_words=False),
            xy=(1.0, height),
            xytext=(5.0, 0.0),
            xycoords="axes fraction",
            textcoords="offset points",
            color=HEX[colour],
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )


def _spread(heights: list[float], gap: float) -> list[float]:
    """Return ascending heights, moved to be at least `gap` apart, and below the top where they fit."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    ceiling = 1.0
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed


def footnote(figure: Figure, *, keys: Sequence[Artist] = (), told: str = "", marks: str = GREY) -> None:
    """Draw the figure's common legend: `keys`, and where they are drawn, the actuals' marks and the end of data.

    `told` is written above it; `marks` is the colour of the actuals' marks.
    """
    handles = list(keys)
    drawn = {str(container.get_label()) for axes in figure.axes for container in axes.containers}
    handles += [Line2D([], [], label=one, **_marker(part, marks)) for part, one in PART_WORDS.items() if one in drawn]
    if any(line.get_gid() == END_GID for axes in figure.axes for line in axes.get_lines()):
        handles.append(Line2D([], [], color=GREY, linewidth=0.9, linestyle=(0, (2, 2)), label=END_GID))
    if handles:
        legend = figure.legend(
            handles=handles, loc="outside lower left", ncols=len(handles), handletextpad=0.5, columnspacing=1.4,
            title=told or None, alignment="left",
        )  # fmt: skip
        legend.get_title().set_fontsize(8.5)


def key(label: str, dash: str = "solid", colour: str = "grey", width: float = 1.8) -> Line2D:
    """Return a legend entry for a way to draw a line."""
    return Line2D([], [], linestyle=DASHES[dash], color=HEX[colour], linewidth=width, label=label)
