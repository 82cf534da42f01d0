"""The local engine: worker processes that start once and are replaced when they die.

Workers are started as fresh interpreters, which is what the start method "spawn" of `multiprocessing` does, but by
hand. Not by fork: Arrow's and the BLAS's threads do not survive it, and a forked worker would inherit the lock on the
sweep's folder and hold it after its parent's death. Not by forkserver: a third process whose death takes all along.
And not by `multiprocessing` itself: it runs the user's script again in each worker, so a sweep started from a notebook,
from standard input or without an `if __name__ == "__main__"` would fail. A start costs the imports, once a worker.
"""

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar, cast

from runs.engines.child_process import READY, receive, send
from runs.engines.engine import TRIES, EngineError, Failure, failure_of

J = TypeVar("J")
R = TypeVar("R")

BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); from runs.engines.child_process import main; main()"

# One thread a worker: two workers with two BLAS threads each would only get in each other's way.
SINGLE_THREADED = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


class _DiedError(Exception):
    """A worker ended before it answered."""


class _Worker:
    """One process and the two pipes to it. It knows the work of the last job, so that it is sent once."""

    def __init__(self) -> None:
        paths = [path or os.getcwd() for path in sys.path]
        self._process = subprocess.Popen(
            [sys.executable, "-c", BOOT, json.dumps(paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if sys.__stderr__ is None else None,  # a worker cannot do without
            env={**os.environ, **SINGLE_THREADED},
            start_new_session=True,  # Ctrl-C in the terminal goes to the parent alone
        )
        self._input, self._output = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        self._work: bytes | None = None
        if receive(self._output) != READY:
            last_words = self._last_words()
            self.stop()
            raise _DiedError(last_words)

    def do(self, work: bytes, job: bytes) -> Any:
        """Have one packed job done; raises _DiedError where the process ends first."""
        message = pickle.dumps((None if work is self._work else work, job))
        try:
            send(self._input, message)
        except OSError:
            raise _DiedError(self._last_words()) from None
        self._work = work
        answer = receive(self._output)
        if answer is None:
            raise _DiedError(self._last_words())
        return pickle.loads(answer)

    def kill(self) -> None:
        """Have the process end at once; may be called from any thread."""
        self._process.kill()

    def stop(self) -> None:
        """End the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        for stream in (self._input, self._output):
            try:
                stream.close()
            except OSError:  # what could not be flushed to a process that is gone
                continue

    def _last_words(self) -> str:
        """Say how the process ended, which it has or is about to: its pipes are closed."""
        try:
            code = self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return f"killed by signal {-code}" if code < 0 else f"ended with status {code}"


class ProcessEngine:
    """Does the jobs in `workers` processes of this machine, kept from one `map` to the next.

    Each worker holds one job at a time, so a death costs that job's progress and nothing else. Close the engine, or use
    it in a `with`; workers also end by themselves, in the middle of a job, when this process does, however it ends.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise EngineError(f"workers = {workers} is not allowed: allowed is a whole number from 1")
        self.workers = workers
        self._idle: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers that wait for work."""
        while self._idle:
            self._idle.pop().stop()

    def map(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Failure]]:
        """Yield each job with its result or its failure, in order of completion."""
        session = _Session(_pack_work(work), jobs, self.workers, self._idle)
        self._idle = []
        try:
            yield from session.results()
        finally:
            self._idle = session.finish()


@dataclass(frozen=True)
class _Broken:
    """Something that ends the whole session: the jobs raise, or no worker can be started."""

    error: BaseException


_END = object()


class _Session:
    """One `map`: a thread for each worker takes the next job, has it done and puts down the result."""

    def __init__(self, work: bytes, jobs: Iterable[Any], workers: int, idle: list[_Worker]) -> None:
        self._work = work
        self._jobs = iter(jobs)
        self._drawing = threading.Lock()
        self._stopped = False
        # Bounded: workers run ahead of a reader that is slow for a moment, but only by a few results.
        self._results: queue.Queue[Any] = queue.Queue(maxsize=4 * workers)
        self._workers: list[_Worker | None] = [*idle, *[None] * (workers - len(idle))]
        self._busy: set[_Worker] = set()
        self._threads = [threading.Thread(target=self._serve, args=(slot,), daemon=True) for slot in range(workers)]

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Yield results until every thread has ended."""
        for thread in self._threads:
            thread.start()
        running = len(self._threads)
        while running:
            found = self._results.get()
            if found is _END:
                running -= 1
            elif isinstance(found, _Broken):
                raise found.error
            else:
                yield found

    def finish(self) -> list[_Worker]:
        """Have the threads end, abandoning jobs under way, and return the workers that live on."""
        with self._drawing:
            self._stopped = True
            for worker in self._busy:
                worker.kill()
        for thread in self._threads:
            while thread.is_alive():
                _drain(self._results)
                thread.join(0.01)
        return [worker for worker in self._workers if worker is not None]

    def _serve(self, slot: int) -> None:
        try:
            while (found := self._draw()) is not None:
                self._results.put((found[0], self._do(slot, found[0])))
        except BaseException as error:  # noqa: BLE001 - it is raised again where the results are read
            self._results.put(_Broken(error))
        self._results.put(_END)

    def _draw(self) -> tuple[Any] | None:
        """Take the next job; None when there is no more or the session is over."""
        with self._drawing:
            if self._stopped:
                return None
            for job in self._jobs:
                return (job,)
            return None

    def _do(self, slot: int, job: Any) -> Any:
        """Have one job done, with another worker if its worker dies."""
        try:
            packed = pickle.dumps(job)
        except Exception as error:  # noqa: BLE001 - pickle raises whatever the object does
            return failure_of(error)
        last_words = ""
        for _ in range(TRIES):
            worker = self._worker(slot)
            with self._drawing:
                if self._stopped:
                    break
                self._busy.add(worker)
            try:
                return worker.do(self._work, packed)
            except _DiedError as death:
                last_words = str(death)
                self._workers[slot] = None
                worker.stop()
            finally:
                with self._drawing:
                    self._busy.discard(worker)
        return Failure(f"WorkerDied: the worker process died {TRIES} times with this job: {last_words}")

    def _worker(self, slot: int) -> _Worker:
        """Return the worker of a slot, started if need be; EngineError where that fails again and again."""
        worker, reason = self._workers[slot], ""
        for _ in range(TRIES + 1):
            if worker is not None:
                return worker
            try:
                worker = self._workers[slot] = _Worker()
            except (_DiedError, OSError) as error:
                reason = str(error)
        raise EngineError(f"no worker process can be started: {reason} ({sys.executable})")


def _drain(results: "queue.Queue[Any]") -> None:
    while not results.empty():
        results.get_nowait()


def _pack_work(work: Callable[[Any], Any]) -> bytes:
    """Pack the function that the workers import; EngineError where they could not."""
    function = getattr(work, "func", work)
    if getattr(function, "__module__", None) == "__main__":
        name = getattr(function, "__qualname__", repr(function))
        raise EngineError(
            f"{name} is defined in the script itself: put it into a module, so that workers can import it"
        )
    try:
        return pickle.dumps(work)
    except Exception as error:
        raise EngineError(f"{work!r} cannot be sent to a worker: {error}") from error
