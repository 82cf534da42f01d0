"""Curves: which series of a run a chart draws, and how. The figures of a run and the page share them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from calibration.targets import TOTALS, Target
from model import declared_observables
from runs.charts.palette import ASKERS, PAYERS, labs
from runs.charts.readings import QUARTER, series_name, window

# The last day of the disclosed figures.
END_OF_DATA = date(2026, 6, 30)
# Segment that asks for tokens -> colour.
SEGMENTS = {**ASKERS, "embedded": "purple"}

__all__ = [
    "END_OF_DATA", "QUARTER", "SEGMENTS", "Curve", "by_lab", "by_payer", "by_segment", "disclosed_tokens",
]  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """One series and how it is drawn: colour a name of the palette, dash solid, dash or dot, width in points.

    `mean_weeks` smooths it by a mean over the last weeks. By default name and window are the series' own (`readings`).
    """

    observable: str
    entity: str
    segment: str
    label: str
    colour: str
    dash: str = "solid"
    mean_weeks: int = 0
    width: float = 1.8

    def __post_init__(self) -> None:
        """Take the name and the window of the series where none is given."""
        object.__setattr__(self, "label", self.label or series_name(*self.series))
        object.__setattr__(self, "mean_weeks", self.mean_weeks or window(self.observable))

    @property
    def series(self) -> tuple[str, str, str]:
        """Observable, entity and segment."""
        return (self.observable, self.entity, self.segment)

    @property
    def unit(self) -> str:
        """The unit of the series, as the table of observables has it."""
        return next(row.unit for row in declared_observables() if row.name == self.observable)

    def actuals(self, targets: Sequence[Target]) -> list[Target]:
        """Return the disclosed figures to draw over the curve; totals of revenue are drawn on the run rate.

        Ratios of two levels have no place of their own on the axis and are left out.
        """
        wanted = {self.series}
        if self.observable == "revenue_run_rate":
            wanted.add(("revenue", self.entity, self.segment))
        return [_of_a_year(one) for one in targets if one.series in wanted and one.statistic != "ratio"]


def _of_a_year(target: Target) -> Target:
    """Return a total of part of a year at a year's rate, and any other figure as it is."""
    times = 12 // TOTALS.get(target.statistic, 12)
    return replace(target, value=times * target.value, low=times * target.low, high=times * target.high)


def by_lab(
    observable: str, segment: str, of: Mapping[str, tuple[str, str]] | None = None, **style: Any
) -> tuple[Curve, ...]:
    """Return a curve for each lab with its title and colour: `of` these, or all that scenarios have."""
    styles = (labs() if of is None else of).items()
    return tuple(Curve(observable, lab, segment, title, colour, **style) for lab, (title, colour) in styles)


def by_segment(observable: str, **style: Any) -> tuple[Curve, ...]:
    """Return a curve for each segment that asks for tokens."""
    return tuple(Curve(observable, "market", s, "", colour, **style) for s, colour in SEGMENTS.items())


def by_payer(observable: str, **style: Any) -> tuple[Curve, ...]:
    """Return a curve for each segment that pays; they add up to the whole."""
    return tuple(Curve(observable, "market", s, *look, **style) for s, look in PAYERS.items())


def disclosed_tokens() -> tuple[Curve, ...]:
    """Return the curves of tokens that Google and OpenAI disclose."""
    return (
        Curve("tokens_served", "google", "all", "", "blue"),
        Curve("tokens_served", "google", "api", "", "sky", "dash"),
        Curve("tokens_served", "openai", "all", "", "green"),
        Curve("tokens_served", "openai", "api", "", "orange", "dash"),
    )
