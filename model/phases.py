"""Phases of the week: what each reads and writes, how long it took, and that what it wrote is finite."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from agents.columns import NotANumberError
from model.errors import JevonsError, NotFiniteError, nearest
from model.world import World

PhaseFunction = Callable[[World], None]


def _is_finite(values: Any) -> bool:
    """Say whether an array or a number is finite. No dot product: BLAS would wake its threads for every array."""
    if not isinstance(values, np.ndarray):
        return math.isfinite(values)
    return math.isfinite(values.sum()) or bool(np.isfinite(values).all())  # the sum alone may be too large


@dataclass(frozen=True)
class Phase:
    """A phase of the week: its name, what happens, what it reads and writes. Call it with the world to run it.

    Each call is timed. What the phase wrote to `finite`, dotted paths from the world to arrays or numbers, is checked.
    Raises NotFiniteError with week, phase and column, also where an agent reports that it read a NaN.
    """

    name: str
    summary: str
    reads: str
    writes: str
    finite: tuple[str, ...]
    function: PhaseFunction

    def __call__(self, world: World) -> None:
        """Run the phase on a world."""
        started = time.perf_counter()
        try:
            self.function(world)
        except NotANumberError as error:
            raise NotFiniteError(world.clock.week, self.name, str(error)) from None
        if self.finite:
            self._check(world)
        spent = time.perf_counter() - started
        world.phase_seconds[self.name] = world.phase_seconds.get(self.name, 0.0) + spent

    @cached_property
    def _written(self) -> Callable[[Any], Any]:
        return attrgetter(*self.finite)

    def _check(self, world: World) -> None:
        values = self._written(world) if len(self.finite) > 1 else (self._written(world),)
        for path, value in zip(self.finite, values, strict=True):
            if not _is_finite(value):
                raise NotFiniteError(world.clock.week, self.name, path)


def phase(*, reads: str, writes: str, finite: tuple[str, ...] = ()) -> Callable[[PhaseFunction], Phase]:
    """Make a function of the world a `Phase` of the same name; the first line of its docstring says what happens."""

    def decorate(function: PhaseFunction) -> Phase:
        summary = (function.__doc__ or "").strip().partition("\n")[0]
        return Phase(function.__name__, summary, reads, writes, finite, function)

    return decorate


def insert_phase(
    week: Sequence[Phase], new: Phase, *, before: str | None = None, after: str | None = None
) -> tuple[Phase, ...]:
    """Return the phases of a week with a new one before or after the phase of that name.

    Raises JevonsError unless exactly one of `before` and `after` is given, for a name that no phase has, and for a new
    phase whose name is taken.
    """
    names = [phase.name for phase in week]
    anchor = before if before is not None else after
    if anchor is None or (before is not None and after is not None):
        raise JevonsError(f"insert_phase: give either before or after the phase where {new.name} goes")
    if anchor not in names:
        raise JevonsError(f"{anchor!r}: no such phase; {nearest(anchor, names)}")
    if new.name in names:
        raise JevonsError(f"{new.name!r}: the week has a phase of this name already")
    at = names.index(anchor) + (after is not None)
    return (*week[:at], new, *week[at:])
