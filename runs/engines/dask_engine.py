"""The cluster engine: jobs go to a Dask scheduler, which survives the death of its workers."""

import importlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from runs.engines.engine import TRIES, EngineError, Failure, attempt, default_workers, failure_of

J = TypeVar("J")
R = TypeVar("R")

CONNECT_SECONDS = 20
# Jobs sent to the scheduler ahead of time for each thread of a worker: enough to keep the worker busy.
AHEAD = 4


class DaskEngine:
    """Runs jobs on the workers of a Dask scheduler, or of a cluster of local processes where no address is given.

    The workers need this project at the same version and, for a sweep, the same folder under the same path. Raises
    `EngineError` where Dask is not installed or no scheduler answers.
    """

    def __init__(self, scheduler: str | None = None, workers: int | None = None) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
            dask: Any = importlib.import_module("dask")
        except ImportError:
            raise EngineError("the engine dask needs the extra 'cluster': pip install 'jevons[cluster]'") from None
        self._distributed = distributed
        dask.config.set({"distributed.scheduler.allowed-failures": TRIES - 1})
        try:
            if scheduler is None:
                self._client: Any = distributed.Client(
                    n_workers=workers or default_workers(), threads_per_worker=1, dashboard_address=None
                )
            else:
                self._client = distributed.Client(scheduler, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            place = "no local cluster starts" if scheduler is None else f"no Dask scheduler answers at {scheduler}"
            raise EngineError(f"{place}: {error}") from error

    def close(self) -> None:
        """Leave the scheduler; a cluster that was started here ends."""
        self._client.close()

    def map(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Failure]]:
        """Yield each job with its result or its failure, in order of completion."""
        remaining, under_way = iter(jobs), {}
        done = self._distributed.as_completed(raise_errors=False)

        def submit(job: J) -> None:
            future = self._client.submit(partial(attempt, work), job, pure=False)
            under_way[future] = job
            done.add(future)

        try:
            for job in islice(remaining, AHEAD * self._threads()):
                submit(job)
            for future in done:
                job = under_way.pop(future)
                result = self._result(future)
                future.release()
                for following in islice(remaining, 1):
                    submit(following)
                yield job, result
        finally:
            self._client.cancel(list(under_way), force=True)

    def _threads(self) -> int:
        return max(1, int(sum(self._client.nthreads().values())))

    def _result(self, future: Any) -> Any:
        """Return the result in a finished future; an error of Dask itself is a `Failure`."""
        try:
            return future.result()
        except self._distributed.KilledWorker as error:
            return Failure(f"WorkerDied: the worker died {TRIES} times with this job: {error}")
        except Exception as error:  # noqa: BLE001 - a job that cannot be unpickled or a result that cannot be sent
            return failure_of(error)
