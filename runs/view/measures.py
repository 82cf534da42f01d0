"""The measures of the first screen: what is drawn large, in which words, and which figures the tiles show."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.targets import Target
from model import declared_series
from runs.charts.readings import shown_in, smoothed, window, window_words
from runs.view.recording import Recorded, Series, series_of

SERVED: Series = ("tokens_served", "market", "all")
TURNED_AWAY: Series = ("tokens_unserved", "market", "all")
UNSERVED: Series = ("demand_unserved_share", "market", "all")
INSTALLED: Series = ("installed_compute", "market", "all")
LIVE: Series = ("live_compute", "market", "all")
UNEVEN = "demand_unserved_share"
# What an observable adds to a curve that is a sum.
PART_NAMES = {"tokens_served": "served", "tokens_unserved": "turned away"}


@dataclass(frozen=True)
class Line:
    """A curve of the large chart: the sum of `series`, its label, and whose disclosed figures are its points."""

    label: str
    series: tuple[Series, ...]
    points: tuple[tuple[Series, str], ...] = ()

    def values(self, run: Recorded) -> NDArray[np.float64]:
        """Return the curve so far (weeks,): each series over its own window."""
        parts = [smoothed(series_of(run, one), window(one[0])) for one in self.series]
        return np.asarray(np.sum(parts, axis=0)) / self.size

    @property
    def size(self) -> float:
        """How many of the declared unit make one of that shown."""
        return shown_in(declared_series()[self.series[0]].unit)[1]

    @property
    def averaged(self) -> str:
        """Say what of the curve is a mean of several weeks; nothing where weeks are shown as they are."""
        told = {one[0]: window_words(one[0]) for one in self.series}
        if len(told) == 1:
            return told[self.series[0][0]]
        return ", ".join(f"{PART_NAMES[name]} as {words}" for name, words in told.items() if words)

    @property
    def explained(self) -> str:
        """Say in a sentence what a sum is of, or over how many weeks a curve is a mean; nothing of any other."""
        told = self.averaged
        if len(self.series) > 1:
            *_, last = self.series
            summed = " plus ".join(PART_NAMES[one[0]] for one in self.series)
            told = f"{summed} ({window_words(last[0])})"
        return f"{self.label[:1].upper()}{self.label[1:]}: {told}." if told else ""


@dataclass(frozen=True)
class Measure:
    """What the large chart can show. `lines`: the main one first; `gap`: what is shaded between the first two."""

    key: str
    label: str
    question: str
    scale: str
    lines: tuple[Line, ...]
    gap: str = ""

    @property
    def unit(self) -> str:
        """The unit in which all its lines are shown."""
        return shown_in(declared_series()[self.lines[0].series[0]].unit)[0]

    @property
    def gloss(self) -> str:
        """What the main series means, as the table of observables says."""
        return declared_series()[self.lines[0].series[0]].gloss


@cache
def words() -> Mapping[str, Any]:
    """Return the words of the first screen from `story.toml`: the question of each measure, and the cards."""
    return tomllib.loads(Path(__file__).with_name("story.toml").read_text(encoding="utf-8"))


def _lines(key: str) -> tuple[Line, ...]:
    tokens = (
        (("tokens_served", "google", "all"), "Google, all products"),
        (("tokens_served", "openai", "api"), "OpenAI, API"),
    )
    lines: dict[str, tuple[Line, ...]] = {
        "tokens": (Line("served", (SERVED,), tokens), Line("asked for", (SERVED, TURNED_AWAY))),
        "unserved": (Line("turned away", (UNSERVED,), ((UNSERVED, ""),)),),
        "compute": (
            Line("live", (LIVE,)),
            Line("installed", (INSTALLED,), ((INSTALLED, ""),)),
        ),
        "power": (Line("power", (("power", "market", "all"),)),),
        "price": (Line("GPT-4 quality", (("price_constant_quality", "market", "gpt-4-class"),)),),
        "paid": (Line("paid on the API", (("price_paid", "market", "api"),)),),
        "rent": (Line("rent", (("rent", "market", "all"),), ((("rent", "market", "all"), ""),)),),
        "revenue": (
            Line("all labs", (("revenue_run_rate", "market", "all"),)),
            Line("by the token", (("revenue_run_rate", "market", "business-api"),),
                 ((("revenue_run_rate", "market", "business-api"), ""),)),
        ),
    }  # fmt: skip
    return lines[key]


@cache
def measures() -> Mapping[str, Measure]:
    """Return the measures by key, in the order of the picker."""
    return {
        key: Measure(
            key,
            said["label"],
            said["question"],
            "share" if key == "unserved" else "log",
            _lines(key),
            said.get("gap", ""),
        )
        for key, said in words()["measures"].items()
    }


TILES: Mapping[str, Series] = {
    "Live compute": LIVE,
    "Tokens served": SERVED,
    "Turned away": UNSERVED,
    "Price paid": ("price_paid", "market", "api"),
    "Revenue": ("revenue_run_rate", "market", "all"),
}
"""The five figures under the chart."""


def points_of(line: Line, targets: Sequence[Target]) -> list[tuple[Target, str]]:
    """Return the disclosed figures of a line with what they are of; ratios have no place on an axis."""
    return [
        (target, whose)
        for series, whose in line.points
        for target in targets
        if target.series == series and target.statistic != "ratio"
    ]


def point_words(measure: Measure) -> str:
    """Say that the points of a chart are of parts of the market, where they are."""
    owned = any(whose for line in measure.lines for _, whose in line.points)
    return "Points: single companies, not the market." if owned else ""
