"""Phases of the week: what each reads and writes, how long it took, and that what it wrote is finite."""

import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

from model.errors import NotFiniteError


@dataclass(frozen=True)
class Phase:
    """One row of the week's table: its name, what happens, what it reads and writes."""

    name: str
    summary: str
    reads: str
    writes: str


PhaseFunction = Callable[[Any], None]


def _finite(values: Any) -> bool:
    """Say whether numbers are finite: where the sum of their squares is, which is quickest to find, all of them are."""
    return math.isfinite(np.vdot(values, values)) or bool(np.isfinite(values).all())


def phase(*, reads: str, writes: str, finite: tuple[str, ...] = ()) -> Callable[[PhaseFunction], PhaseFunction]:
    """Make a function of the market a phase: timed, described, and checked for NaN in the columns `finite`.

    `finite` are dotted paths from the market to arrays or numbers. Raises NotFiniteError with week, phase and column.
    """

    def decorate(function: PhaseFunction) -> PhaseFunction:
        name = function.__name__
        getters = [(path, attrgetter(path)) for path in finite]

        @functools.wraps(function)
        def run(market: Any) -> None:
            started = time.perf_counter()
            function(market)
            for path, get in getters:
                if not _finite(get(market)):
                    raise NotFiniteError(market.clock.week, name, path)
            spent = time.perf_counter() - started
            market.phase_seconds[name] = market.phase_seconds.get(name, 0.0) + spent

        summary = (function.__doc__ or "").strip().splitlines()[0]
        run.row = Phase(name, summary, reads, writes)  # type: ignore[attr-defined]
        return run

    return decorate
