"""Results of runs on disk: each is computed once and kept under its key."""

import json
import logging
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from calibration.store.jobs import Engine, Failure, Job, key_of
from calibration.store.packed_series import seal, unseal
from model import JevonsError, reason_of, write_atomically

R = TypeVar("R")
T = TypeVar("T")
LOG = logging.getLogger(__name__)
# How the error of a run begins whose process died.
DIED = "WorkerDied"


class Store(Generic[R]):
    """A folder of results, one file each: a checksum, then the bytes that `pack` makes of it and `unpack` reads.

    A damaged file counts as missing, and a warning says so. Files are written whole, so processes may share a folder.
    """

    def __init__(self, folder: Path, pack: Callable[[R], bytes], unpack: Callable[[memoryview], R]) -> None:
        """Open or make the folder; raises JevonsError where that fails."""
        self.folder, self._pack, self._unpack = folder, pack, unpack
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = "is a file" if folder.is_file() else f"cannot be created ({reason_of(error)})"
            raise JevonsError(f"{folder}: {why}; runs are kept in a folder, give another one") from None

    def file(self, key: str) -> Path:
        """Return where a result is kept."""
        return self.folder / f"{key}.run"

    def write(self, key: str, result: R) -> None:
        """Keep a result; raises JevonsError."""
        write_atomically(self.file(key), seal(self._pack(result)), overwrite=True)

    def get(self, key: str) -> R | None:
        """Return a result, None where it is missing or damaged."""
        return self.look(key, self._unpack)

    def look(self, key: str, read: Callable[[memoryview], T]) -> T | None:
        """Return what `read` makes of a result's bytes, None where it is missing, damaged or not a result."""
        try:
            content = unseal(self.file(key).read_bytes())
            if content is not None:
                return read(content)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise JevonsError(f"{self.file(key)}: cannot be read: {error.strerror}") from None
        except (ValueError, LookupError, TypeError, zlib.error):  # whole, but something else
            pass
        LOG.warning("jevons: %s is damaged; its run is made again", self.file(key))
        return None


Result = Mapping[str, float] | Failure
# What makes a run. Its attribute `reads`, a text or a function that returns one, says what it reads of the run.
Work = Callable[[Job], Mapping[str, float]]
# Called after every run with the job, what it gave (None for a failure) and whether it was found on disk.
Watch = Callable[[Job, Mapping[str, float] | None, bool], object]


class RunStore(Store[Result]):
    """Named numbers of runs. Failures are kept too; only the run of a worker that died is tried again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _pack, _unpack)

    def ensure(self, jobs: Iterable[Job], engine: Engine, work: Work, watch: Watch | None = None) -> list[Result]:
        """Return the result of each job in order, computing what is missing; a repeated job is run once.

        Each run is on disk as soon as it is done.
        """
        reads = getattr(work, "reads", "")
        kept = f"{getattr(work, '__name__', 'work')} {reads() if callable(reads) else reads}"
        wanted, done, missing = list(jobs), dict[Job, Result](), list[Job]()

        def note(job: Job, result: Result, *, found: bool) -> None:
            done[job] = result
            if watch is not None:
                watch(job, None if isinstance(result, Failure) else result, found)

        for job in dict.fromkeys(wanted):
            result = self.get(key_of(job, kept))
            if result is None:
                missing.append(job)
            else:
                note(job, result, found=True)
        for job, made in engine.map(work, missing):
            if not (isinstance(made, Failure) and made.error.startswith(DIED)):
                self.write(key_of(job, kept), made)
            note(job, made, found=False)
        return [done[job] for job in wanted]


def good(results: Sequence[Result]) -> list[Mapping[str, float]]:
    """Return the outputs of runs, an empty mapping for each that failed."""
    return [{} if isinstance(result, Failure) else result for result in results]


def succeeded(results: Sequence[Result], what: str) -> list[Mapping[str, float]]:
    """Return the outputs of runs; raises JevonsError saying `what` where one failed."""
    failed = [result.error for result in results if isinstance(result, Failure)]
    if failed:
        raise JevonsError(f"{what}: {len(failed)} of {len(results)} runs failed, the first: {failed[0]}")
    return good(results)


def _pack(result: Result) -> bytes:
    return json.dumps({"error": result.error} if isinstance(result, Failure) else {"outputs": dict(result)}).encode()


def _unpack(content: memoryview) -> Result:
    kept: dict[str, Any] = json.loads(bytes(content))
    return Failure(kept["error"]) if "error" in kept else kept["outputs"]
