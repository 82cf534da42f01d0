"""The choice of an engine by its name."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event

from model import chosen_backend
from runs.engines import ENGINES
from runs.engines.engine import PATIENCE_SECONDS, Engine, EngineError, Limit, SerialEngine, default_workers, unlimited

MOST_WORKERS = 1000


@contextmanager
def open_engine(
    name: str = "processes",
    workers: int | None = None,
    scheduler: str | None = None,
    *,
    patience: float = PATIENCE_SECONDS,
    interrupted: Event | None = None,
    limit: Limit = unlimited,
) -> Iterator[Engine]:
    """Open the engine of a name for a `with`: "processes" (the default), "serial" or "dask".

    `workers`: number of local processes, by default one a processor. `scheduler`: address of a Dask scheduler, such as
    tcp://host:8786; without one a cluster of local processes is started. `patience`: seconds to wait for a first worker
    of the cluster, or for another where all have left; where `interrupted` is set meanwhile, the jobs under way are
    abandoned. `limit`: the most seconds of a job, after which its local worker is ended; the other engines do not end
    jobs. Raises `EngineError`, and JevonsError where JEVONS_BACKEND is not one that is there.
    """
    chosen_backend()  # refused here once, and not by every job
    if scheduler is not None and name != "dask":
        raise EngineError(f"a scheduler ({scheduler}) is of use with --engine dask only")
    if workers is not None and (type(workers) is not int or not 1 <= workers <= MOST_WORKERS):
        raise EngineError(f"workers = {workers!r} is not allowed: allowed is a whole number from 1 to {MOST_WORKERS}")
    if name == "serial":
        yield SerialEngine()
    elif name == "processes":
        from runs.engines.loky_engine import LokyEngine

        with closing(LokyEngine(workers or default_workers(), limit)) as local:
            yield local
    elif name == "dask":
        from runs.engines.dask_engine import DaskEngine

        with closing(DaskEngine(scheduler, workers, patience, interrupted or Event())) as cluster:
            yield cluster
    else:
        raise EngineError(f"engine = {name!r}: no such engine; there are {', '.join(ENGINES)}")
