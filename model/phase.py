"""Phases of the week: what each reads and writes, how long it took, and that what it wrote is finite."""

import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

from agents.columns import NotANumberError
from agents.kernels import kernel
from model.errors import NotFiniteError


@dataclass(frozen=True)
class Phase:
    """One row of the week's table: its name, what happens, what it reads and writes."""

    name: str
    summary: str
    reads: str
    writes: str


PhaseFunction = Callable[[Any], None]
FEW = 4
"""So many columns are looked at one by one: to load a loop for them would take longer than it saves in a run."""


def _finite(values: Any) -> bool:
    """Say whether numbers are finite: where the sum of their squares is, which is quickest to find, all of them are."""
    if isinstance(values, np.ndarray):
        flat = values.ravel()
        return math.isfinite(flat.dot(flat)) or bool(np.isfinite(values).all())
    return math.isfinite(values)


@kernel("model.loops", _finite)
def all_finite(*values: Any) -> bool:
    """Say whether all of some arrays and numbers are finite."""
    return all(map(_finite, values))


def phase(*, reads: str, writes: str, finite: tuple[str, ...] = ()) -> Callable[[PhaseFunction], PhaseFunction]:
    """Make a function of the market a phase: timed, described, and checked for NaN in the columns `finite`.

    `finite` are dotted paths from the market to arrays or numbers. Raises NotFiniteError with week, phase and column,
    also for what agents say they read that is no number.
    """

    def decorate(function: PhaseFunction) -> PhaseFunction:
        name = function.__name__
        written = attrgetter(*finite) if finite else None

        @functools.wraps(function)
        def run(market: Any) -> None:
            started = time.perf_counter()
            try:
                function(market)
            except NotANumberError as error:
                raise NotFiniteError(market.clock.week, name, str(error)) from None
            if written is not None:
                values = written(market) if len(finite) > 1 else (written(market),)
                if not (all(map(_finite, values)) if len(values) <= FEW else all_finite(*values)):
                    path = next(path for path, value in zip(finite, values, strict=True) if not _finite(value))
                    raise NotFiniteError(market.clock.week, name, path)
            spent = time.perf_counter() - started
            market.phase_seconds[name] = market.phase_seconds.get(name, 0.0) + spent

        summary = (function.__doc__ or "").strip().partition("\n")[0]
        run.row = Phase(name, summary, reads, writes)  # type: ignore[attr-defined]
        return run

    return decorate
