"""A run as a job, its key, and the protocol of the engines that do jobs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from calibration.store.code_fingerprint import DECIDING, digest, fingerprint, processor, versions
from model import Scenario

J = TypeVar("J")
R = TypeVar("R")
Overrides = tuple[tuple[str, Any], ...]
Changes = tuple[tuple[str, Overrides], ...]

# The end of the last target.
UNTIL = "2026-12-31"
# Row counts beside the model's own scales. A run at "medium" takes little longer than a small one, because most of a
# small run does not grow with rows, and has a fifth of the variance between seeds.
ROWS: Mapping[str, Mapping[str, float]] = {
    "medium": {
        "scale.users": 15_000,
        "scale.developers": 5_000,
        "scale.enterprises": 100,
        "scale.applications_mean": 1_000.0,
    }
}


@dataclass(frozen=True)
class Failure:
    """What a job gave instead of a result: the error in one line, and the traceback (empty where a worker died)."""

    error: str
    trace: str = ""


class Engine(Protocol):
    """Runs `work` on every job, in this process or elsewhere.

    work: a function that can be pickled. jobs: hashable, can be pickled; drawn as workers become free, so they may come
    from a generator. Pairs of a job and its result come in order of completion. An exception in `work` becomes a
    `Failure`, and the other jobs go on. A job whose worker dies is tried three times in all, then it is a `Failure`
    too. Leaving the iterator early abandons the jobs under way. Raises `EngineError` where no worker can be had.
    """

    def map(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Failure]]:
        """Yield each job with its result or its failure."""
        ...


class Job(NamedTuple):
    """One run, as plain values that can be hashed and sent to a worker.

    `overrides` hold from the first week, each of `changes` from its date on. `scale` is a key of ROWS or names one of
    the model's scales. `until` is the last day to simulate; `start` and `end` are the scenario's own, by default the
    baseline's. With `state` the run continues a saved market.
    """

    overrides: Overrides
    seed: int
    scale: str = "medium"
    until: str = UNTIL
    changes: Changes = ()
    start: str | None = None
    end: str | None = None
    state: str | None = None

    @classmethod
    def of(cls, scenario: Scenario, seed: int, until: date, state: Path | None = None) -> Self:
        """Return the job of a scenario and a seed."""
        start, end = scenario.start.isoformat(), scenario.until.isoformat()
        overrides = tuple(sorted(scenario.overrides.items()))
        where = None if state is None else str(state)
        return cls(overrides, seed, scenario.scale, until.isoformat(), changes_of(scenario), start, end, where)

    def scenario(self) -> Scenario:
        """Return the scenario to simulate; raises JevonsError for parameters that the model refuses."""
        rows = ROWS.get(self.scale, {})
        fields = {"start": self.start, "until": self.end} if self.start is not None else {}
        scenario = Scenario.load("baseline", scale=None if rows else self.scale)
        changes = tuple((date.fromisoformat(day), dict(values)) for day, values in self.changes)
        return scenario.replace({**rows, **dict(self.overrides)}, changes=changes, **fields)


def changes_of(scenario: Scenario) -> Changes:
    """Return a scenario's dated changes in order, as plain values."""
    return tuple((day.isoformat(), tuple(sorted(values.items()))) for day, values in scenario.changes)


def key_of(job: Job, kept: str) -> str:
    """Return the name under which a run is kept.

    Two runs have the same key if they have the same parameters, seed, scale, dates and saved state, come from the
    same code, packages and type of processor, and keep the same numbers: `kept` says which.
    """
    decided = fingerprint(frozenset(path for path, _ in job.overrides)), versions(DECIDING), processor()
    state = None if job.state is None else sha256(Path(job.state).read_bytes()).hexdigest()
    plain = job._replace(overrides=tuple(sorted(job.overrides)), state=state)
    return digest([decided, kept, ROWS.get(job.scale), plain])[:24]
