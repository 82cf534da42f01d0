"""The charts of the page as files draw them: the large one by measure, and the small ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.targets import Target
from model import JevonsError
from runs.charts.curves import Curve
from runs.charts.readings import window_words
from runs.view.measures import Line, Measure, measures, points_of
from runs.view.panels import Panel, panels, shown_values
from runs.view.recording import Recorded
from runs.view.shown_figures import shown_figures

ALL_CHARTS = "all"


@dataclass(frozen=True)
class Trace:
    """A curve: its name on the page, how it is drawn, over which weeks it is averaged (words), and its figures.

    `owners`: whose each disclosed figure is, where it is not that of the curve itself.
    """

    label: str
    colour: str
    dash: str
    width: float
    averaged: str
    values: Callable[[Recorded], NDArray[np.float64]]
    actuals: tuple[Target, ...]
    owners: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The name, with the weeks over which the curve is averaged if it is."""
        return ", ".join(filter(None, (self.label, self.averaged)))


@dataclass(frozen=True)
class Chart:
    """A chart: title, one line below it, scale (log, linear, share), unit, curves; `gap` names what is shaded.

    `measure`: the measure of the first screen that it draws, None for a small chart.
    """

    title: str
    caption: str
    scale: str
    unit: str
    traces: tuple[Trace, ...]
    gap: str = ""
    measure: Measure | None = None


@cache
def charts() -> Mapping[str, Chart]:
    """Return the charts by key: the measures of the large chart, then the small charts."""
    large = {f"measure-{key}": _of_measure(measure) for key, measure in measures().items()}
    return large | {panel.key: _of_panel(panel) for panel in panels()}


def chosen_charts(key: str) -> tuple[Chart, ...]:
    """Return the chart of this key, or all small charts. Raises JevonsError for an unknown key."""
    if key == ALL_CHARTS:
        return tuple(charts()[panel.key] for panel in panels())
    if key not in charts():
        raise JevonsError(f"chart = {key!r}: no such chart; charts are {', '.join((ALL_CHARTS, *charts()))}")
    return (charts()[key],)


def _of_measure(measure: Measure) -> Chart:
    colours = ("blue", "vermillion" if measure.gap else "green")
    traces: list[Trace] = []
    for line, colour in zip(measure.lines, colours, strict=False):
        points = points_of(line, shown_figures())
        actuals, owners = tuple(target for target, _ in points), tuple(owner for _, owner in points)
        traces.append(Trace(line.label, colour, "solid", 2.4, line.averaged, partial(_line, line), actuals, owners))
    return Chart(measure.label, measure.question, measure.scale, measure.unit, tuple(traces), measure.gap, measure)


def _line(line: Line, run: Recorded) -> NDArray[np.float64]:
    return line.values(run)


def _of_panel(panel: Panel) -> Chart:
    traces = tuple(_of_curve(curve) for curve in panel.curves)
    return Chart(panel.title, panel.caption, panel.scale, panel.unit, traces)


def _of_curve(curve: Curve) -> Trace:
    look: dict[str, Any] = {"colour": curve.colour, "dash": curve.dash, "width": curve.width}
    actuals = tuple(curve.actuals(shown_figures()))
    averaged = window_words(curve.observable)
    return Trace(curve.label, averaged=averaged, values=partial(shown_values, curve), actuals=actuals, **look)
