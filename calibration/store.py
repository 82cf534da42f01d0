"""Runs on disk: each is kept once under its key and never made again; an interrupted calibration goes on from here."""

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from calibration.engine import Engine
from calibration.member_run import Job, key_of, simulate
from model import JevonsError

PART_RUNS = 50
PART_SECONDS = 30.0
# How an engine says that a run's process died.
DIED = "WorkerDied"

Work = Callable[[Job], Mapping[str, float]]
# Called after every run with the job, what it gave (None for a failure) and whether it was found on disk.
Watch = Callable[[Job, Mapping[str, float] | None, bool], object]


@dataclass(frozen=True)
class Failed:
    """A run that broke off, with its error in one line."""

    error: str


Result = Mapping[str, float] | Failed


class RunStore:
    """A folder of Parquet parts, each written whole in one move; a damaged part is refused by name."""

    def __init__(self, folder: Path) -> None:
        """Open or make the folder; raises JevonsError where that fails."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JevonsError(f"{folder}: cannot be used for runs ({error.strerror}); choose another --out") from error
        self._results: dict[str, Result] = {}
        self._waiting: list[dict[str, Any]] = []
        self._written = time.monotonic()
        for part in sorted(folder.glob("part-*.parquet")):
            self._take_up(part)

    def __len__(self) -> int:
        """How many runs are known."""
        return len(self._results)

    def get(self, job: Job, work: Work = simulate) -> Result | None:
        """What a run gave, or None where it was not made yet."""
        return self._results.get(_name(job, work))

    def ensure(
        self, jobs: Iterable[Job], engine: Engine, watch: Watch | None = None, work: Work = simulate
    ) -> list[Result]:
        """Results of the jobs, one for each in their order, made where they are missing; a repeated job is run once.

        What is done is on disk at the latest half a minute later, and when this ends for whatever reason.
        """
        wanted, missing = list(jobs), []
        for job in dict.fromkeys(wanted):
            found = self.get(job, work)
            if found is None:
                missing.append(job)
            elif watch is not None:
                watch(job, None if isinstance(found, Failed) else found, True)
        try:
            for job, given in engine.map(work, missing):
                result = self._keep(job, given, work)
                if watch is not None:
                    watch(job, None if isinstance(result, Failed) else result, False)
        finally:
            self.flush()
        return [self._results[_name(job, work)] for job in wanted]

    def flush(self) -> None:
        """Write what waits as one part."""
        if not self._waiting:
            return
        path = self.folder / f"part-{time.time_ns()}-{os.getpid()}.parquet"
        temporary = path.with_suffix(".partial")
        pd.DataFrame(self._waiting).to_parquet(temporary, compression="zstd", index=False)
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
        self._waiting, self._written = [], time.monotonic()

    def _keep(self, job: Job, given: Any, work: Work) -> Result:
        name = _name(job, work)
        result: Result = dict(given) if isinstance(given, Mapping) else Failed(str(getattr(given, "error", given)))
        self._results[name] = result
        if isinstance(result, Failed) and result.error.startswith(DIED):
            return result  # the machine's doing, not the model's: it is tried again the next time
        self._waiting.append(
            {
                "key": name,
                "seed": job.seed,
                "scale": job.scale,
                "overrides": json.dumps(job.overrides),
                "outputs": "" if isinstance(result, Failed) else json.dumps(result),
                "error": result.error if isinstance(result, Failed) else "",
            }
        )
        if len(self._waiting) >= PART_RUNS or time.monotonic() - self._written > PART_SECONDS:
            self.flush()
        return result

    def _take_up(self, part: Path) -> None:
        try:
            frame = pd.read_parquet(part, columns=["key", "outputs", "error"])
        except (OSError, ValueError) as error:
            raise JevonsError(f"{part} is damaged ({error}): delete it, and its runs are made again") from error
        for key, outputs, fault in frame.itertuples(index=False):
            self._results[key] = Failed(fault) if fault else json.loads(outputs)


def good(results: Sequence[Result]) -> list[dict[str, float]]:
    """The outputs of runs, an empty set for each that failed."""
    return [{} if isinstance(result, Failed) else dict(result) for result in results]


def _name(job: Job, work: Work) -> str:
    """The key of a run; other work than the market's own is told apart by its name and by what it says it reads."""
    key = key_of(job)
    return key if work is simulate else f"{key}-{getattr(work, '__name__', 'work')}{getattr(work, 'reads', '')}"
