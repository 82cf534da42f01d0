"""What a run has recorded: enough for charts, tiles and sentences, without the market itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model import Clock, Observables

Series = tuple[str, str, str]
"""Observable, entity and segment."""


class Recorded(Protocol):
    """A run so far: a market, or what one has left behind."""

    @property
    def clock(self) -> Clock:
        """The week after the latest one recorded."""
        ...

    @property
    def observables(self) -> Observables:
        """The series so far."""
        ...


@dataclass(frozen=True)
class Recording:
    """The series of a run up to a week. It never changes, so that any thread may read it."""

    clock: Clock
    observables: Observables

    @classmethod
    def of(cls, run: Recorded, weeks: int | None = None) -> "Recording":
        """Copy the first `weeks` of a run, by default all that it has."""
        clock = run.clock
        reached = clock.week if weeks is None else min(weeks, clock.week)
        return cls.made(clock.start, clock.until, run.observables.names, run.observables.values[:reached])

    @classmethod
    def made(cls, start: date, until: date, names: Sequence[Any], values: NDArray[np.float64]) -> "Recording":
        """Return a recording of values (weeks, series); `names` are those of `Observables`."""
        clock = Clock(start, until, len(values))
        observables = Observables(clock)
        if len(values):
            observables.restore(names, values)
        return cls(clock, observables)


def series_of(run: Recorded, series: Series) -> NDArray[np.float64]:
    """Return a series so far (weeks,); NaN where this run has none of that name, such as a lab that is not in it."""
    try:
        return run.observables.series(*series)
    except KeyError:
        return np.full(run.clock.week, np.nan)
