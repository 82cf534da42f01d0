"""A job on its way to another process and back: work, job and result as bytes.

The bytes are packed and read here alone, so what cannot be packed or read is a failure of that one job, and every
other error of an engine is the engine's own.
"""

import gc
import pickle
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from runs.engines.engine import EngineError, attempt, failure_of


def pack_work(work: Callable[[Any], Any]) -> bytes:
    """Return a function as bytes; raises `EngineError` where it holds what cannot be sent."""
    try:
        packed: bytes = cloudpickle.dumps(work)
    except Exception as error:
        raise EngineError(f"{work!r} cannot be sent to a worker: {error}") from error
    return packed


def answer(work: bytes, job: bytes) -> bytes:
    """Do one packed job in the worker; what cannot be loaded or packed is a failure like any other."""
    try:
        loaded_work, loaded_job = _load_work(work), pickle.loads(job)
    except Exception as error:  # noqa: BLE001 - an import behind it may raise anything
        result: Any = failure_of(error)
    else:
        result = attempt(loaded_work, loaded_job)
    try:
        packed = pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - pickle raises whatever the object does
        unsent = TypeError(f"the result cannot be pickled: {error}")
        unsent.__cause__ = error
        packed = pickle.dumps(failure_of(unsent), protocol=pickle.HIGHEST_PROTOCOL)
    _freeze_imports()
    return packed


def unpack(packed: bytes) -> Any:
    """Return the result in an answer; one that cannot be read is a `Failure`."""
    try:
        return pickle.loads(packed)
    except Exception as error:  # noqa: BLE001 - pickle raises whatever the object does
        return failure_of(error)


@cache
def _freeze_imports() -> None:
    """Leave what the first job imported out of every later garbage collection, which is quick then."""
    gc.collect()
    gc.freeze()


_load_work: Callable[[bytes], Callable[[Any], Any]] = lru_cache(maxsize=1)(pickle.loads)
