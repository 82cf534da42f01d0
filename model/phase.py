"""Phases of the week: what each reads and writes, how long it took, and that what it wrote is finite."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from agents.columns import NotANumberError
from model.errors import NotFiniteError

PhaseFunction = Callable[[Any], None]
FEW = 4
"""Up to so many columns are looked at in Python: to load a loop for them would take longer than it saves in a run."""


def _finite(values: Any) -> bool:
    """Say whether numbers are finite: where the sum of their squares is, which is quickest to find, all of them are."""
    if isinstance(values, np.ndarray):
        flat = values.ravel()
        return math.isfinite(flat.dot(flat)) or bool(np.isfinite(values).all())
    return math.isfinite(values)


def all_finite(*values: Any) -> bool:
    """Say whether all of some arrays and numbers are finite."""
    return all(map(_finite, values))


@dataclass(frozen=True)
class Phase:
    """A phase of the week: its name, what happens, what it reads and writes. Called with the market, it happens.

    It is timed, and what it wrote in the columns `finite`, dotted paths from the market to arrays or numbers, is looked
    through. Raises NotFiniteError with week, phase and column, also for what agents say they read that is no number.
    """

    name: str
    summary: str
    reads: str
    writes: str
    finite: tuple[str, ...]
    function: PhaseFunction

    def __call__(self, market: Any) -> None:
        """Let the phase happen."""
        started = time.perf_counter()
        try:
            self.function(market)
        except NotANumberError as error:
            raise NotFiniteError(market.clock.week, self.name, str(error)) from None
        if self.finite:
            self._check(market)
        spent = time.perf_counter() - started
        market.phase_seconds[self.name] = market.phase_seconds.get(self.name, 0.0) + spent

    @cached_property
    def _written(self) -> Callable[[Any], Any]:
        return attrgetter(*self.finite)

    def _check(self, market: Any) -> None:
        values = self._written(market) if len(self.finite) > 1 else (self._written(market),)
        if not (all(map(_finite, values)) if len(values) <= FEW else all_finite(*values)):
            path = next(path for path, value in zip(self.finite, values, strict=True) if not _finite(value))
            raise NotFiniteError(market.clock.week, self.name, path)


def phase(*, reads: str, writes: str, finite: tuple[str, ...] = ()) -> Callable[[PhaseFunction], Phase]:
    """Make a function of the market a `Phase`, named after it; the first line of its docstring says what happens."""

    def decorate(function: PhaseFunction) -> Phase:
        summary = (function.__doc__ or "").strip().partition("\n")[0]
        return Phase(function.__name__, summary, reads, writes, finite, function)

    return decorate
