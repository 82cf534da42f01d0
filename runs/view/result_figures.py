"""Figures of result sets: fans over runs, scenarios compared, and a map over two limits."""

import io
from collections.abc import Mapping

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from runs.charts.figure_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    new_figure,
    shared_style,
)
from runs.terminal.short_numbers import short, with_unit
from runs.view.result_sets import fan

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY, YELLOW)
LOG_SPREAD = 30.0


def png(figure: Figure) -> bytes:
    """Return a figure as PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150.0)
    return buffer.getvalue()


def fan_figure(title: str, unit: str, by_scenario: Mapping[str, pd.DataFrame]) -> bytes:
    """Draw medians with the middle half and nine tenths of runs as bands; values by scenario: run, date, value."""
    with matplotlib.rc_context(shared_style()):
        figure = new_figure(title, (10.0, 4.6))
        axes = figure.subplots()
        high = low = 0.0
        for colour, (scenario, rows) in zip(COLOURS * len(by_scenario), by_scenario.items(), strict=False):
            table = fan(rows)
            dates = table.index.to_numpy()
            runs = rows["run"].nunique()
            for outer, inner, alpha in ((0.05, 0.95, 0.12), (0.25, 0.75, 0.2)):
                axes.fill_between(dates, table[outer], table[inner], color=colour, alpha=alpha, linewidth=0)
            axes.plot(dates, table[0.5], color=colour, label=f"{scenario} ({runs} run{'s' if runs > 1 else ''})")
            positive = table.to_numpy()[table.to_numpy() > 0.0]
            if len(positive):
                high, low = max(high, float(positive.max())), min(low or np.inf, float(np.quantile(positive, 0.05)))
        if unit != "share" and low > 0.0 and high / low > LOG_SPREAD:
            axes.set_yscale("log")
        axes.set_ylabel(unit)
        axes.yaxis.set_major_formatter(lambda value, _: with_unit(value, unit) if unit == "share" else short(value, 2))
        axes.legend(loc="best")
        return png(figure)


def map_figure(title: str, unit: str, across: pd.Series, up: pd.Series, outcome: pd.Series) -> bytes:
    """Draw the median outcome over two parameters, one value a run each."""
    table = pd.DataFrame({"x": across, "y": up, "z": outcome}).dropna().groupby(["y", "x"])["z"].median().unstack()
    with matplotlib.rc_context({**shared_style(), "axes.grid": False}):
        figure = new_figure(title, (8.4, 5.0))
        axes = figure.subplots()
        image = axes.imshow(table.to_numpy(), origin="lower", aspect="auto", cmap="cividis")
        axes.set_xticks(range(len(table.columns)), [short(float(value)) for value in table.columns])
        axes.set_yticks(range(len(table.index)), [short(float(value)) for value in table.index])
        axes.set_xlabel(str(across.name))
        axes.set_ylabel(str(up.name))
        middle = (float(np.nanmin(table.to_numpy())) + float(np.nanmax(table.to_numpy()))) / 2.0

        def formatted(value: float) -> str:
            return with_unit(value, unit) if unit == "share" else short(value, 3)

        for (row, column), value in np.ndenumerate(table.to_numpy()):
            colour = "white" if value < middle else "black"  # the colours' lightness rises evenly with the value
            axes.text(column, row, formatted(float(value)), ha="center", va="center", color=colour)
        figure.colorbar(image, ax=axes, label=unit, format=lambda value, _: formatted(value))
        return png(figure)
