"""What a response is: a change of the market, and readings of the treated run beside the untreated one."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from runs.experiments.run_series import Floats, Key, ln
from runs.experiments.shocks import Treatment

Capacity = Literal["free", "binding"]
Kind = Literal["elasticity", "ratio", "percent", "points", "level", "largest fall"]
Series = Mapping[Key, Floats]
UNITS: Mapping[str, str] = {
    "elasticity": "elasticity", "ratio": "ratio", "percent": "%", "points": "points", "level": "%", "largest fall": "%",
}  # fmt: skip
CUT = 0.8
"""What is left of prices after the cut."""
DIGITS = 9
"""Digits after the point that are kept: beyond them two equal runs differ by the order of a sum."""
ASKED = ("tokens_served", "tokens_unserved")


@dataclass(frozen=True)
class Reading:
    """One number of a response, of the mean over the `over` weeks that end `horizon` weeks after the change.

    `observables` are added up. `kind`: "elasticity" ln(treated / untreated) / ln(CUT); "ratio" treated / untreated;
    "percent" 100 (ratio - 1); "points" 100 (treated - untreated); "level" 100 untreated; "largest fall" in percent from
    one week to the next in the untreated run. Without a horizon it reads from the change to the end.
    `evidence` says where `expected` (low, high) comes from.
    """

    what: str
    kind: Kind
    observables: tuple[str, ...]
    horizon: int | None
    entity: str = "market"
    segment: str = "all"
    over: int = 4
    expected: tuple[float, float] | None = None
    evidence: str = "none"

    @property
    def keys(self) -> tuple[Key, ...]:
        """The series that it reads."""
        return tuple((name, self.entity, self.segment) for name in self.observables)

    def of(self, untreated: Series, treated: Series, week: int) -> float:
        """Return the number; `week` is that of the change. NaN where it is not defined, such as a ratio to nothing."""
        return round(self._of(untreated, treated, week), DIGITS) + 0.0  # no minus zero

    def _of(self, untreated: Series, treated: Series, week: int) -> float:
        old, new = (self._window(series, week) for series in (untreated, treated))
        if self.kind == "largest fall":
            return _largest_fall(old)
        before, after = float(old.mean()), float(new.mean())
        match self.kind:
            case "elasticity":
                return ln(after, before) / math.log(CUT)
            case "points":
                return 100.0 * (after - before)
            case "level":
                return 100.0 * before
            case _:
                ratio = after / before if before > 0.0 else float("nan")
                return ratio if self.kind == "ratio" else 100.0 * (ratio - 1.0)

    def _window(self, series: Series, week: int) -> Floats:
        total = np.sum([series[key] for key in self.keys], axis=0)
        if self.horizon is None:
            return np.asarray(total[week:])
        end = week + self.horizon
        return np.asarray(total[end - self.over : end])


def _largest_fall(series: Floats) -> float:
    """Return the largest fall from one week to the next, in percent of the former; zero where nothing falls."""
    old, new = series[:-1], series[1:]
    falls = 1.0 - new[old > 0.0] / old[old > 0.0]
    return 100.0 * float(max(falls.max(initial=0.0), 0.0))


@dataclass(frozen=True)
class Response:
    """A change and what is read. `change` makes a treatment from the date it takes effect; None changes nothing.

    `done` says what is changed. With capacity "free" both runs have compute to spare from half a year before. With
    `replayed` models and list prices are those of the untouched run in both.
    """

    name: str
    done: str
    day: str
    capacity: Capacity
    change: Callable[[str], Treatment] | None
    readings: tuple[Reading, ...]
    replayed: bool = False
