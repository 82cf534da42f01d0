"""The local engine: worker processes of `loky`, each in a pool of its own, so that a death costs one job only.

loky starts fresh interpreters, not forks: Arrow's and the BLAS's threads do not survive a fork, and a forked worker
would hold the lock on the sweep's folder after its parent's death. It does not run the user's script again in each
worker either, so a sweep can be started from a notebook or from standard input.
"""

import math
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from multiprocessing import Pipe, resource_tracker
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor  # type: ignore[import-untyped]

from runs.engines.engine import OVERDUE, TRIES, EngineError, Failure, Limit, failure_of, unlimited
from runs.engines.packed_job import answer, pack_work, unpack

J = TypeVar("J")
R = TypeVar("R")

# One thread a worker: two workers with two BLAS threads each would only get in each other's way. And no limit of
# memory: loky would retire a worker that has grown by 300 MB, as a market makes it, and cannot start another (below).
ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"),
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e18",
}
# How often workers are looked at whose job has a limit.
TICK_SECONDS = 0.5


class LokyEngine:
    """Runs jobs in `workers` processes of this machine, kept from one `map` to the next.

    Each worker holds one job at a time. Workers end with `close`, and by themselves, in the middle of a job, when this
    process ends. `limit` gives the most seconds of a job, None for any: a worker that takes longer is ended, and its
    job is a `Failure` that begins with OVERDUE.
    """

    def __init__(self, workers: int, limit: Limit = unlimited) -> None:
        self._workers, self._limit = workers, limit
        self._idle: list[_Worker] = []

    def close(self) -> None:
        """End the workers that wait for work."""
        while self._idle:
            self._idle.pop().kill()

    def map(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Failure]]:
        """Yield each job with its result or its failure, in order of completion."""
        mapping, remaining = _Mapping(work, self._idle, self._limit), iter(jobs)
        results: list[tuple[J, Any]] = []
        try:
            while True:
                for job in islice(remaining, self._workers - len(mapping.under_way)):
                    mapping.begin(job)
                yield from results
                if not mapping.under_way:
                    return
                results = mapping.wait()
        finally:
            for held in mapping.under_way.values():
                held.worker.kill()


class _Held(NamedTuple):
    """A job under way: its worker, how many workers died with it, and when it is overdue."""

    worker: "_Worker"
    job: Any
    deaths: int
    overdue: float


class _Mapping:
    """The jobs of one `map` that are under way."""

    def __init__(self, work: Callable[[Any], Any], idle: "list[_Worker]", limit: Limit) -> None:
        self._work = pack_work(work)
        self._idle = idle
        self._limit = limit
        self._failed_starts = 0
        self.under_way: dict[Future[bytes], _Held] = {}

    def begin(self, job: Any, deaths: int = 0) -> None:
        """Give a job to a worker that is idle or new."""
        worker = self._idle.pop() if self._idle else _Worker()
        self.under_way[worker.submit(self._work, job)] = _Held(worker, job, deaths, self._deadline(job))

    def _deadline(self, job: Any) -> float:
        limit = self._limit(job)
        return math.inf if limit is None else time.monotonic() + limit

    def wait(self) -> list[tuple[Any, Any]]:
        """Wait until a job is done and return its result; begin jobs again whose worker died."""
        results: list[tuple[Any, Any]] = []
        limited = any(held.overdue < math.inf for held in self.under_way.values())
        done = wait(self.under_way, TICK_SECONDS if limited else None, FIRST_COMPLETED).done
        for future in done:
            worker, job, deaths, _ = self.under_way.pop(future)
            try:
                result = unpack(future.result())
            except BrokenProcessPool:
                failure = self._begin_again(worker, job, deaths)
                results += [] if failure is None else [(job, failure)]
                continue
            except Exception as error:  # noqa: BLE001 - a job that cannot be pickled
                result = failure_of(error)
            self._idle.append(worker)
            results.append((job, result))
        return results + self._end_overdue()

    def _end_overdue(self) -> list[tuple[Any, Failure]]:
        """End the workers whose job takes too long; returns the jobs. The time that a worker takes to start is free."""
        ended = []
        for future, held in list(self.under_way.items()):
            if not held.worker.is_up:
                self.under_way[future] = held._replace(overdue=self._deadline(held.job))
            elif time.monotonic() > held.overdue and not future.done():
                held.worker.kill()
                del self.under_way[future]
                ended.append((held.job, Failure(f"{OVERDUE}: ended after {self._limit(held.job):g} s")))
        return ended

    def _begin_again(self, worker: "_Worker", job: Any, deaths: int) -> Failure | None:
        """Give the job of a dead worker to another, up to `TRIES` times."""
        end = worker.kill()
        if worker.started:
            self._failed_starts, deaths = 0, deaths + 1
        else:
            self._failed_starts += 1
        if self._failed_starts > TRIES:
            raise _cannot_start(end)
        if deaths == TRIES:
            return Failure(f"WorkerDied: the worker process died {TRIES} times with this job: {end}")
        self.begin(job, deaths)
        return None


class _Worker:
    """A pool of one process, and a pipe that tells this process of our end."""

    def __init__(self) -> None:
        for name in ("stdout", "stderr"):  # loky flushes both, even one that was closed before Python started
            if getattr(sys, name) is None:
                setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        lifeline, self._our_end = Pipe(duplex=False)
        resource_tracker.ensure_running()  # else it starts below, and lets Ctrl-C through again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited: Ctrl-C is for this process
        try:
            self._pool = ProcessPoolExecutor(1, initializer=_prepare, initargs=(lifeline,), env=ENVIRONMENT)
            self._start: Future[int] = self._pool.submit(os.getpid)
        except OSError as error:
            raise _cannot_start(error) from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        lifeline.close()
        self._processes = list(self._pool._processes.values())  # empty where it ended already
        # loky keeps the writing end open here too, and waits forever for the rest of a result whose sender died.
        results: Any = self._pool._result_queue
        results._writer.close()

    @property
    def is_up(self) -> bool:
        """Whether the process has come up by now, or failed to."""
        return self._start.done()

    @property
    def started(self) -> bool:
        """Whether the process has ever come up."""
        return self._start.exception() is None

    def submit(self, work: bytes, job: Any) -> "Future[bytes]":
        """Have one job done; what keeps it from being sent is the exception of the future."""
        future: Future[bytes] = Future()
        try:
            future = self._pool.submit(answer, work, pickle.dumps(job))
        except Exception as error:  # noqa: BLE001 - pickle raises whatever the object does
            future.set_exception(error)
        return future

    def kill(self) -> str:
        """End the process at once, in the middle of a job if need be, and say how it ended."""
        self._our_end.close()
        self._pool.shutdown(kill_workers=True)
        code = self._processes[0].exitcode if self._processes else 1
        return f"killed by signal {-code}" if code < 0 else f"ended with status {code}"


def _cannot_start(reason: object) -> EngineError:
    return EngineError(f"no worker process can be started: {reason} ({sys.executable})")


def _prepare(lifeline: Connection) -> None:
    """Prepare a worker: it ends when its parent does, and what a job prints goes to standard error."""

    def end_with_parent() -> None:
        lifeline.poll(None)  # nothing is ever sent, so this is the end of the pipe
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    sys.stdout = sys.stderr
