"""Runs are made once, kept at once, and survive an interruption."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from calibration.member_run import Job, key_of
from calibration.store import Failed, RunStore, good
from model import JevonsError
from runs.engines.engine import SerialEngine

JOBS = [Job((("demand.steepness", 1.0 + i),), seed) for i in range(4) for seed in (1, 2)]


def double(job: Job) -> dict[str, float]:
    return {"y": 2.0 * job.overrides[0][1] + job.seed, "missing": float("nan")}


class Counting(SerialEngine):
    """Counts the runs that are made; stops like Ctrl-C after a number of them, and fails some."""

    def __init__(self, stop_after: int = 1000, fail_seed: int = -1) -> None:
        self.made, self.stop_after, self.fail_seed = 0, stop_after, fail_seed

    def map(self, work: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        for job in jobs:
            if self.made == self.stop_after:
                raise KeyboardInterrupt
            self.made += 1
            yield job, (Failure("ValueError: no") if job.seed == self.fail_seed else work(job))


class Failure:
    def __init__(self, error: str) -> None:
        self.error, self.trace = error, ""


def test_a_run_is_made_once_whatever_asks_for_it(tmp_path: Path) -> None:
    engine = Counting()
    first = RunStore(tmp_path).ensure([*JOBS, *JOBS], engine, work=double)
    again = RunStore(tmp_path).ensure(JOBS, engine, work=double)
    assert engine.made == len(JOBS)
    assert str(first) == str([*again, *again])
    assert [run["y"] for run in good(again)] == [double(job)["y"] for job in JOBS]


def test_runs_of_work_that_reads_something_else_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for made, reads in enumerate(("", "", "prices"), 1):
        monkeypatch.setattr(double, "reads", reads, raising=False)
        engine = Counting()
        RunStore(tmp_path).ensure(JOBS, engine, work=double)
        assert engine.made == (0 if made == 2 else len(JOBS))


def test_an_interrupted_store_goes_on_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        RunStore(tmp_path).ensure(JOBS, Counting(stop_after=5), work=double)
    engine = Counting()
    RunStore(tmp_path).ensure(JOBS, engine, work=double)
    assert engine.made == len(JOBS) - 5


def test_a_run_that_fails_is_kept_as_a_failure_and_the_rest_goes_on(tmp_path: Path) -> None:
    results = RunStore(tmp_path).ensure(JOBS, Counting(fail_seed=2), work=double)
    assert [isinstance(result, Failed) for result in results] == [job.seed == 2 for job in JOBS]
    engine = Counting()
    RunStore(tmp_path).ensure(JOBS, engine, work=double)
    assert engine.made == 0


def test_a_worker_that_died_is_tried_again_the_next_time(tmp_path: Path) -> None:
    class Dying(Counting):
        def map(self, work: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
            for job in jobs:
                yield job, Failure("WorkerDied: the worker process died 3 times with this job")

    assert all(isinstance(result, Failed) for result in RunStore(tmp_path).ensure(JOBS, Dying(), work=double))
    engine = Counting()
    RunStore(tmp_path).ensure(JOBS, engine, work=double)
    assert engine.made == len(JOBS)


def test_a_damaged_part_is_refused_by_name(tmp_path: Path) -> None:
    RunStore(tmp_path).ensure(JOBS[:1], SerialEngine(), work=double)
    (part,) = tmp_path.glob("part-*.parquet")
    part.write_bytes(part.read_bytes()[:40])
    with pytest.raises(JevonsError, match=part.name):
        RunStore(tmp_path)


def test_the_key_of_a_run_tells_parameters_seeds_scales_and_ends_apart_but_not_their_order() -> None:
    a, b = ("demand.steepness", 1.0), ("demand.value_slope", 2.0)
    base = Job((a, b), 1)
    others = [Job((a,), 1), Job((a, b), 2), Job((a, b), 1, "default"), Job((a, b), 1, until="2025-01-01")]
    assert len({key_of(job) for job in [base, *others]}) == 5
    assert key_of(Job((b, a), 1)) == key_of(base)
