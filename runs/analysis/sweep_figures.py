"""Figures of a sweep: fan charts, outcomes by scenario, tornado, supply-limits map."""

import io
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.dates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter

from calibration.targets import Target
from model import write_atomically
from runs.analysis.points import Floats
from runs.analysis.sensitivity import LEADING
from runs.charts import figure_style as style
from runs.terminal.short_numbers import short, with_unit

COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY, style.BLACK, style.GREY)
ACROSS = {"axes.grid.axis": "x"}
BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.28))
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_DATES: Any = matplotlib.dates  # untyped
# Fixed, so that the same figure is the same file.
SVG: Any = {"svg.hashsalt": "jevons", "svg.fonttype": "path"}


# A log axis is taken only where more than this share of the weeks is above zero.
MOSTLY = 0.8
LONGEST_LABEL = 40
# A cell of the map with fewer runs than this says little.
RUNS_A_CELL = 5
MOST_CELLS = 6
# The outcomes that a sweep has by default.
WORDS = {
    "unserved_share_last_year": "unserved share in the last year",
    "tokens_served_end": "tokens served at the end",
    "revenue_run_rate_end": "revenue run rate at the end",
    "price_paid_end": "price paid on the API at the end",
    "live_compute_end": "live compute at the end",
    "thinking_effort_end": "thinking effort on the API at the end",
}


def plain(name: str) -> str:
    """Return the name of an outcome in words."""
    return WORDS.get(name, name.replace("_", " "))


def titled(text: str) -> str:
    """Return a text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def brief(label: str) -> str:
    """Return a label cut to what fits a figure."""
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 3]}..."


def fan(title: str, unit: str, tables: Mapping[str, pd.DataFrame], disclosed: Iterable[Target] = ()) -> Figure:
    """Draw quantiles over runs by week: the first policy as a fan, the others as medians with the outer band.

    Each table has a column a quantile of `QUANTILES` and dates as its index; `disclosed` figures are drawn over them.
    """
    with matplotlib.rc_context(style.shared_style()):
        figure = Figure(figsize=(5.4, 3.3), layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, fontsize=9.5)
        for (label, table), colour in zip(tables.items(), COLOURS, strict=False):
            days = table.index.to_numpy()
            bands = BANDS if colour == COLOURS[0] else BANDS[:1]
            for low, high, alpha in bands:
                shade = alpha if colour == COLOURS[0] else alpha / 2.0
                axes.fill_between(days, table[low], table[high], color=colour, alpha=shade, linewidth=0)
            axes.plot(days, table[0.5], color=colour, label=brief(label), linewidth=1.7)
        lines = axes.get_lines()[:]
        style.draw_actuals(axes, disclosed, style.BLACK)
        _scale(axes, unit, tables)
        place = _DATES.AutoDateLocator(minticks=3, maxticks=6)
        axes.xaxis.set_major_locator(place)
        axes.xaxis.set_major_formatter(_DATES.ConciseDateFormatter(place))
        axes.margins(x=0.01)
        if len(tables) > 1:
            axes.legend(handles=lines, loc="best", fontsize=7.5)
        return figure


def _scale(axes: Axes, unit: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Choose a log axis where medians grow more than a hundredfold, and per cent for shares."""
    medians = np.concatenate([table[0.5].to_numpy() for table in tables.values()])
    if unit == "share":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_ylim(0.0, max(1e-3, *(float(table[0.95].max()) for table in tables.values())) * 1.05)
        return
    positive = medians[medians > 0.0]
    if len(positive) > MOSTLY * len(medians) and positive.max() > 100.0 * positive.min():
        axes.set_yscale("log")
        axes.set_ylim(bottom=max(float(positive.min()) / 3.0, float(positive.max()) / 10.0**style.LOG_DECADES))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())


def comparison(outcome: str, unit: str, values: Mapping[str, Floats]) -> Figure:
    """Draw each policy's distribution of one outcome: 5 to 95% thin, 25 to 75% thick, the median a dot."""
    with matplotlib.rc_context(style.shared_style() | ACROSS):
        figure = Figure(figsize=(6.2, 0.9 + 0.42 * len(values)), layout="constrained")
        axes = figure.subplots()
        for place, (label, found) in enumerate(reversed(list(values.items()))):
            kept = found[np.isfinite(found)]
            if len(kept):
                low, left, middle, right, high = np.quantile(kept, QUANTILES)
                axes.plot([low, high], [place, place], color=style.BLUE, linewidth=1.5, alpha=0.6)
                axes.plot(
                    [left, right], [place, place], color=style.BLUE, linewidth=6, alpha=0.45, solid_capstyle="butt"
                )
                axes.plot([middle], [place], "o", color=style.BLUE, markersize=6)
            axes.text(
                -0.01, place, brief(label), transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=8.5
            )
        axes.set_yticks([])
        axes.set_ylim(-0.6, len(values) - 0.4)
        axes.spines["left"].set_visible(False)
        axes.set_title(f"{titled(plain(outcome))} ({unit})", fontsize=9.5)
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: with_unit(value, unit if unit in ("share", "ratio") else ""))
        )
        return figure


def tornado(tables: Mapping[str, pd.DataFrame], policy: str, top: int) -> Figure:
    """Draw the leading measure of each parameter with its interval, the largest on top, a panel an outcome."""
    with matplotlib.rc_context(style.shared_style() | ACROSS):
        rows = max((min(top, table["parameter"].nunique()) for table in tables.values()), default=1)
        figure = Figure(figsize=(6.6, len(tables) * (1.05 + 0.24 * rows)), layout="constrained")
        panels = np.atleast_1d(figure.subplots(len(tables), 1))
        for axes, (outcome, table) in zip(panels, tables.items(), strict=True):
            _tornado_panel(axes, f"{plain(outcome)} under {policy}", table, top)
        return figure


def _tornado_panel(axes: Axes, what: str, table: pd.DataFrame, top: int) -> None:
    shown = table[table["measure"].isin(LEADING)].head(top).iloc[::-1]
    places = np.arange(len(shown))
    value = shown["value"].to_numpy()
    axes.barh(
        places, value, color=np.where(value >= 0.0, style.BLUE, style.VERMILLION).tolist(), height=0.62, alpha=0.85
    )
    reach = np.stack([value - shown["low"].to_numpy(), shown["high"].to_numpy() - value])
    axes.errorbar(
        value, places, xerr=np.maximum(reach, 0.0), fmt="none", ecolor=style.BLACK, elinewidth=1.0, capsize=2.5
    )
    axes.set_yticks(places, shown["parameter"].tolist(), fontsize=7.5)
    axes.axvline(0.0, color=style.GREY, linewidth=0.8)
    axes.set_title(f"{titled(what)}:\n{LEADING[shown['measure'].iloc[0]]}, 95% interval", fontsize=9.0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: short(number)))


def cells_for(runs: int) -> int:
    """Return the number of cells along each axis, so that a cell holds a few of the runs."""
    return min(max(int((runs / RUNS_A_CELL) ** 0.5), 2), MOST_CELLS)


def readable_on(colour: Sequence[float]) -> str:
    """Return white or black, by contrast with a colour (red, green, blue, ...; each 0 to 1; WCAG 2)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3])
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.066 else style.BLACK


def supply_map(names: Sequence[str], x: Floats, y: Floats, found: Floats, title: str) -> Figure:
    """Draw the median of a share over two parameters: cells of the plane, each with its value; x, y, found (n,).

    Where a parameter takes few values these are the cells; else its range is cut into parts of equally many runs.
    """
    cells = cells_for(len(found))
    with matplotlib.rc_context({**style.shared_style(), "axes.grid": False}):
        figure = Figure(figsize=(6.2, 4.4), layout="constrained")
        axes = figure.subplots()
        across, x_labels = _bins(x, cells)
        up, y_labels = _bins(y, cells)
        rows, columns = range(len(y_labels)), range(len(x_labels))
        runs = pd.DataFrame({"x": across, "y": up, "found": found}).groupby(["y", "x"])["found"]
        grid = runs.median().unstack().reindex(index=rows, columns=columns).to_numpy()
        count = runs.size().unstack().reindex(index=rows, columns=columns).fillna(0).to_numpy(int)
        # Colours span what there is, and at least ten points: a small difference is no contrast.
        low = max(0.0, min(float(np.nanmin(grid)), float(np.nanmax(grid)) - 0.1))
        high = max(low + 0.1, float(np.nanmax(grid)))
        image = axes.imshow(grid, origin="lower", aspect="auto", cmap="cividis_r", vmin=low, vmax=high)
        for (row, column), value in np.ndenumerate(grid):
            number = count[row, column]
            text = f"{100 * value:.0f}%\n{number} {'run' if number == 1 else 'runs'}" if number else "no run"
            colour = readable_on(np.asarray(image.cmap(image.norm(value))).tolist()) if number else style.GREY
            axes.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
        axes.set_xticks(range(len(x_labels)), x_labels, fontsize=7.5)
        axes.set_yticks(range(len(y_labels)), y_labels, fontsize=7.5)
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        axes.set_title(title, fontsize=9.5)
        bar = figure.colorbar(image, ax=axes, shrink=0.8)
        bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        return figure


def _bins(values: Floats, cells: int) -> tuple[Any, list[str]]:
    """Return the cell of each value, and what the cells are called."""
    distinct = np.unique(values)
    if len(distinct) <= 2 * cells:
        return np.searchsorted(distinct, values), [f"{value:.3g}" for value in distinct]
    edges = np.quantile(values, np.linspace(0.0, 1.0, cells + 1))
    cell = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, cells - 1)
    return cell, [f"{low:.3g} to {high:.3g}" for low, high in itertools.pairwise(edges)]


def save(figure: Figure, file: Path) -> None:
    """Write a figure in the format of its file name; raises `JevonsError` where the disk refuses."""
    kind = file.suffix.removeprefix(".") or "png"
    with matplotlib.rc_context(style.shared_style() | SVG):
        options: dict[str, Any] = {"format": kind, "metadata": _no_date(kind)}
        write_atomically(file, lambda stream: figure.savefig(stream, **options), overwrite=True)


def svg(figure: Figure, label: str) -> str:
    """Return a figure as SVG for a page, with a label for screen readers."""
    stream = io.StringIO()
    with matplotlib.rc_context(style.shared_style() | SVG):
        figure.savefig(stream, format="svg", metadata=_no_date("svg"))
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    name = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    # Fixed sizes in points would not shrink to a narrow page; the view box stays.
    return re.sub(r'<svg ([^>]*?)width="[^"]*"', rf'<svg role="img" aria-label="{name}" \1', text, count=1).replace(
        'height="', 'data-height="', 1
    )


def _no_date(kind: str) -> dict[str, None]:
    return {"Date": None} if kind == "svg" else {"CreationDate": None} if kind == "pdf" else {}
