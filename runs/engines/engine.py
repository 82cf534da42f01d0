"""Engines: who does the jobs. One protocol, the same results from each, in the order in which they are done."""

import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self, TypeVar

from calibration.store.jobs import Engine as Engine  # noqa: PLC0414 (exported)
from calibration.store.jobs import Failure as Failure  # noqa: PLC0414
from model import JevonsError

J = TypeVar("J")
R = TypeVar("R")

TRIES = 3
ENGINES = ("processes", "serial", "dask")


class EngineError(JevonsError):
    """The engine itself cannot work: no worker starts, no scheduler answers."""


def attempt(work: Callable[[J], R], job: J) -> R | Failure:
    """Do one job; an exception becomes a `Failure`."""
    try:
        return work(job)
    except Exception as error:  # noqa: BLE001 - whatever a job does, the others go on
        return failure_of(error)
    except SystemExit as error:
        return failure_of(error)


def failure_of(error: BaseException) -> Failure:
    """Return an exception as a `Failure`; the same exception from the same code gives the same text."""
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return Failure(line, "".join(traceback.format_exception(error)))


class SerialEngine:
    """Does the jobs one after the other in this process: for debugging, and to compare the others with."""

    def map(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Failure]]:
        """Yield each job with its result or its failure, in the order given."""
        for job in jobs:
            yield job, attempt(work, job)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class OpenEngine(Engine, AbstractContextManager["OpenEngine"], Protocol):
    """An engine that holds workers until it is left."""


def default_workers() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_engine(name: str = "processes", workers: int | None = None, scheduler: str | None = None) -> OpenEngine:
    """Return the engine of a name, to be used in a `with`: "processes" (the default), "serial" or "dask".

    `workers`: number of local processes, by default one a processor. `scheduler`: address of a Dask scheduler, such as
    tcp://host:8786; without one a cluster of local processes is started. Raises `EngineError`.
    """
    if scheduler is not None and name != "dask":
        raise EngineError(f"a scheduler ({scheduler}) is of use with --engine dask only")
    if workers is not None and workers < 1:
        raise EngineError(f"workers = {workers} is not allowed: allowed is a whole number from 1")
    if name == "serial":
        return SerialEngine()
    if name == "processes":
        from runs.engines.process_engine import ProcessEngine

        return ProcessEngine(workers or default_workers())
    if name == "dask":
        from runs.engines.dask_engine import DaskEngine

        return DaskEngine(scheduler, workers)
    raise EngineError(f"engine = {name!r}: no such engine; there are {', '.join(ENGINES)}")
