"""Runs are made once, kept at once, and survive an interruption."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.store.jobs import Failure, Job
from calibration.store.packed_series import pack_series, read_head, seal, unpack_series, unseal
from calibration.store.run_store import RunStore, Store, good, succeeded
from model import JevonsError
from runs.engines.engine import SerialEngine

JOBS = [Job((("demand.steepness", 1.0 + i),), seed) for i in range(4) for seed in (1, 2)]


def double(job: Job) -> dict[str, float]:
    return {"y": 2.0 * job.overrides[0][1] + job.seed, "missing": float("nan")}


class Counting(SerialEngine):
    """Counts the runs that are made; stops like Ctrl-C after a number of them, and fails some."""

    def __init__(self, stop_after: int = 1000, fail_seed: int = -1, error: str = "ValueError: no") -> None:
        self.made, self.stop_after, self.fail_seed, self.error = 0, stop_after, fail_seed, error

    def map(self, work: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        for job in jobs:
            if self.made == self.stop_after:
                raise KeyboardInterrupt
            self.made += 1
            yield job, (Failure(self.error) if job.seed == self.fail_seed else work(job))


def made_again(folder: Path) -> int:
    """How many of the runs a new store makes."""
    engine = Counting()
    RunStore(folder).ensure(JOBS, engine, double)
    return engine.made


def test_a_run_is_made_once_whatever_asks_for_it(tmp_path: Path) -> None:
    engine = Counting()
    first = RunStore(tmp_path).ensure([*JOBS, *JOBS], engine, double)
    again = RunStore(tmp_path).ensure(JOBS, engine, double)
    assert engine.made == len(JOBS)
    assert str(first) == str([*again, *again])
    assert [run["y"] for run in good(again)] == [double(job)["y"] for job in JOBS]


def test_runs_of_work_that_reads_something_else_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for made, reads in enumerate(("", lambda: "", "prices"), 1):
        monkeypatch.setattr(double, "reads", reads, raising=False)
        assert made_again(tmp_path) == (0 if made == 2 else len(JOBS))


def test_an_interrupted_store_goes_on_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        RunStore(tmp_path).ensure(JOBS, Counting(stop_after=5), double)
    assert made_again(tmp_path) == len(JOBS) - 5


def test_a_run_that_fails_is_kept_as_a_failure_and_the_rest_goes_on(tmp_path: Path) -> None:
    results = RunStore(tmp_path).ensure(JOBS, Counting(fail_seed=2), double)
    assert [isinstance(result, Failure) for result in results] == [job.seed == 2 for job in JOBS]
    with pytest.raises(JevonsError, match="members: 4 of 8 runs failed, the first: ValueError: no"):
        succeeded(results, "members")
    assert made_again(tmp_path) == 0


def test_a_worker_that_died_is_tried_again_the_next_time(tmp_path: Path) -> None:
    dying = Counting(fail_seed=2, error="WorkerDied: the worker process died 3 times with this job")
    results = RunStore(tmp_path).ensure(JOBS, dying, double)
    assert [isinstance(result, Failure) for result in results] == [job.seed == 2 for job in JOBS]
    assert made_again(tmp_path) == len(JOBS) // 2


@pytest.mark.parametrize("change", [lambda content: content[:40], lambda content: content[:-1] + b"!", lambda _: b""])
def test_a_damaged_run_is_named_and_made_again(
    tmp_path: Path, change: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    RunStore(tmp_path).ensure(JOBS, SerialEngine(), double)
    damaged = min(tmp_path.iterdir())
    damaged.write_bytes(change(damaged.read_bytes()))
    assert made_again(tmp_path) == 1
    assert [damaged.name in message for message in caplog.messages] == [True]
    assert made_again(tmp_path) == 0


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JevonsError, match="runs are kept in a folder, give another one"):
        Store(tmp_path / "file" / "below", bytes, bytes)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (0,), (2, 0)])
def test_a_packed_table_is_read_back_with_its_head_and_aligned(shape: tuple[int, ...], compress: bool) -> None:
    values = np.random.default_rng(1).random(shape, dtype=np.float32)
    for note in ("", "a", "gr\u00fc\u00df\n", "x" * 1000):
        content = unseal(seal(pack_series({"note": note}, values, compress=compress)))
        assert content is not None
        head, found = unpack_series(content)
        assert head["note"] == read_head(content)["note"] == note
        assert np.array_equal(found, values)
        assert found.shape == shape
        assert found.flags.aligned


def test_every_changed_byte_of_a_sealed_content_is_noticed() -> None:
    sealed = seal(b"content")
    for place in range(len(sealed)):
        assert unseal(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]) is None
    assert all(unseal(sealed[:length]) is None for length in range(len(sealed)))
