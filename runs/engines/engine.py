"""What every engine is built on: the protocol, one attempt at a job, and how a failure is reported."""

import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from calibration.store.jobs import Engine as Engine  # noqa: PLC0414 (exported)
from calibration.store.jobs import Failure as Failure  # noqa: PLC0414
from model import JevonsError

J = TypeVar("J")
R = TypeVar("R")

TRIES = 3
PATIENCE_SECONDS = 600.0
# How the error of a job begins whose worker was ended because it took too long.
OVERDUE = "Overdue"
Limit = Callable[[Any], float | None]
"""The most seconds of a job, None for any."""


def unlimited(_: Any) -> None:
    """Give no job a limit."""


class EngineError(JevonsError):
    """The engine itself does not work: no worker starts, or no scheduler answers."""


def attempt(work: Callable[[J], R], job: J) -> R | Failure:
    """Run one job; an exception becomes a `Failure`."""
    try:
        return work(job)
    except Exception as error:  # noqa: BLE001 - a job may raise anything, the others go on
        return failure_of(error)
    except SystemExit as error:
        return failure_of(error)


def failure_of(error: BaseException) -> Failure:
    """Turn an exception into a `Failure`; the same exception from the same code gives the same text."""
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return Failure(line, "".join(traceback.format_exception(error)))


class SerialEngine:
    """Runs the jobs one after the other in this process: for debugging, and to compare other engines with."""

    def map(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Failure]]:
        """Yield each job with its result or its failure, in the order given."""
        for job in jobs:
            yield job, attempt(work, job)


def default_workers() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
