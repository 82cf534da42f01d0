"""The cluster engine: jobs go to a Dask scheduler, which survives the death of its workers."""

import contextlib
import importlib
import logging
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, TypeVar

import click

from runs.engines.engine import TRIES, EngineError, Failure, default_workers, failure_of
from runs.engines.packed_job import answer, pack_work, unpack
from runs.terminal.missing_extra import missing_extra

J = TypeVar("J")
R = TypeVar("R")

CONNECT_SECONDS = 20
# Jobs sent to the scheduler ahead of time for each thread of a worker: enough to keep the worker busy.
AHEAD = 4
# How often the workers are counted, and after how long without any the user is told.
TICK_SECONDS, SAY_SECONDS = 1.0, 10.0
# Any free port: with no address at all, Dask still serves HTTP, at port 8787, where only one cluster can be.
NO_DASHBOARD: dict[str, Any] = {"dashboard_address": "127.0.0.1:0", "scheduler_kwargs": {"dashboard": False}}
DIED = Failure(f"WorkerDied: the worker process died {TRIES} times with this job")


class DaskEngine:
    """Runs jobs on the workers of a Dask scheduler, or of a cluster of local processes where no address is given.

    The workers need this project at the same version and, for a sweep, the same folder under the same path. The loss
    of the scheduler, or `patience` seconds without a worker, is an `EngineError`, never a failure of a job. Raises
    `EngineError` where Dask is not installed or no scheduler answers.
    """

    def __init__(self, scheduler: str | None, workers: int | None, patience: float, interrupted: Event) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
            dask: Any = importlib.import_module("dask")
        except ImportError:
            raise EngineError(missing_extra("the engine dask", "cluster")) from None
        for name in ("distributed", "distributed.client"):  # a lost scheduler is one line, not pages
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._distributed, self._patience, self._interrupted = distributed, patience, interrupted
        self._seen, self._said = time.monotonic(), False
        self._place = "the local Dask cluster" if scheduler is None else f"the Dask scheduler at {scheduler}"
        dask.config.set({"distributed.scheduler.allowed-failures": TRIES - 1})
        try:
            if scheduler is None:
                self._client: Any = distributed.Client(
                    n_workers=workers or default_workers(), threads_per_worker=1, **NO_DASHBOARD
                )
            else:
                self._client = distributed.Client(scheduler, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            place = "no local cluster starts" if scheduler is None else f"no Dask scheduler answers at {scheduler}"
            raise EngineError(f"{place}: {error}") from error

    def close(self) -> None:
        """Leave the scheduler; a cluster that was started here ends."""
        with contextlib.suppress(OSError, TimeoutError):  # the scheduler is gone already
            self._client.close()

    def map(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Failure]]:
        """Yield each job with its result or its failure, in order of completion."""
        packed, remaining = pack_work(work), iter(jobs)
        under_way: dict[Any, tuple[J, bool]] = {}
        suspects: list[J] = []  # Dask blames every job of a worker that dies: these are tried again, each alone
        done: SimpleQueue[Any] = SimpleQueue()
        threads, counted, self._seen = 0, -TICK_SECONDS, time.monotonic()
        try:
            while True:
                if time.monotonic() - counted >= TICK_SECONDS:
                    threads, counted = self._count_threads(), time.monotonic()
                    if not threads and self._interrupted.is_set():
                        return
                batch, alone = list(islice(remaining, max(0, AHEAD * max(1, threads) - len(under_way)))), False
                if not batch and not under_way:
                    if not suspects:
                        return
                    batch, alone = [suspects.pop()], True
                for job in batch:
                    try:
                        content = pickle.dumps(job)
                    except Exception as error:  # noqa: BLE001 - pickle raises whatever the object does
                        yield job, failure_of(error)
                        continue
                    future = self._client.submit(answer, packed, content, pure=False)
                    under_way[future] = job, alone
                    future.add_done_callback(done.put)
                with contextlib.suppress(Empty):
                    future = done.get(timeout=TICK_SECONDS)
                    result = self._result(future)
                    future.release()
                    job, alone = under_way.pop(future)
                    if result == DIED and not alone:
                        suspects.append(job)
                    else:
                        yield job, result
        finally:
            with contextlib.suppress(Exception):  # a scheduler that is gone has nothing to cancel
                self._client.cancel(list(under_way), force=True)

    def _count_threads(self) -> int:
        """Return the threads of all workers; where there are none, say so after some seconds, and give up later."""
        try:
            threads = int(sum(self._client.nthreads().values()))
        except Exception as error:
            raise self._lost(error) from error
        if threads:
            self._seen, self._said = time.monotonic(), False
        without = time.monotonic() - self._seen
        if not threads and not without < self._patience:
            raise EngineError(f"{self._place} has had no worker for {without:.0f} s; {_GOES_ON}")
        if without >= SAY_SECONDS and not self._said:
            self._said = True
            click.echo(
                f"jevons: {self._place} has no worker; waiting for one until {self._patience:.0f} s are over "
                "(--patience); Ctrl-C ends at once, and finished runs are kept",
                err=True,
            )
        return threads

    def _result(self, future: Any) -> Any:
        """Return the result in a finished future. Jobs catch their own errors: any other is that of the cluster."""
        try:
            return unpack(future.result())
        except self._distributed.KilledWorker:  # its text names machines, and a result set must not
            return DIED
        except Exception as error:
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> EngineError:
        return EngineError(f"{self._place} was lost ({type(error).__name__}); {_GOES_ON}")


_GOES_ON = "finished runs are kept, and the same command goes on once there is a cluster again"
