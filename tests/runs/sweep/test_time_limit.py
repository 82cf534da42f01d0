"""A run in a sweep may have a time limit: what takes longer is recorded as failed, and nothing else changes."""

import contextlib
import gc
import threading
import time
from pathlib import Path

import pytest

from model import InferenceMarket
from model.market import WeekCallback
from runs.sweep import time_limit
from runs.sweep.sweep import Sweep
from runs.sweep.sweep_folder import StoreError
from runs.sweep.time_limit import RunTimeout, TimeLimit
from tests.runs.sweep.tiny import TINY, result_set


def spin(seconds: float) -> None:
    """Compute for so long, and swallow errors on the way as a user's own phase might."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(Exception):
            sum(range(100))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "GRACE_SECONDS", 0.0)


def test_between_two_weeks_a_run_over_the_limit_ends_by_itself() -> None:
    limit = TimeLimit(0.0)
    time.sleep(0.001)
    with pytest.raises(RunTimeout):
        limit.check()
    TimeLimit(60.0).check()
    TimeLimit(None).check()


def test_a_block_that_takes_too_long_ends_in_any_thread() -> None:
    ended: list[float] = []

    def work() -> None:
        began = time.monotonic()
        limit = TimeLimit(0.05)
        limit.start()
        with pytest.raises(RunTimeout):
            spin(20.0)
        limit.end()
        ended.append(time.monotonic() - began)

    work()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(ended) == 2
    assert max(ended) < 10.0


def test_a_limit_never_fires_after_its_end() -> None:
    for _ in range(300):  # the limit and the block end at about the same moment
        limit = TimeLimit(0.0005)
        with contextlib.suppress(RunTimeout):
            limit.start()
            spin(0.0004)
        limit.end()
        sum(range(1000))
    assert threading.active_count() < 50


def test_a_limit_that_is_lost_in_a_callback_is_raised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr("sys.unraisablehook", lambda _: lost.append(1))
    lost: list[int] = []

    def busy(phase: str, _info: object) -> None:  # as Dask's watch over the collector
        if phase == "stop" and not lost:
            spin(20.0)

    gc.callbacks.append(busy)
    limit = TimeLimit(0.05)
    limit.start()
    try:
        gc.collect()
        with pytest.raises(RunTimeout):
            spin(20.0)
    finally:
        limit.end()
        gc.callbacks.remove(busy)
    assert lost


@pytest.mark.slow
def test_a_run_over_the_limit_is_recorded_as_failed_and_can_be_repeated(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = InferenceMarket.run

    def slow_once(market: InferenceMarket, until: str, progress: WeekCallback) -> InferenceMarket:
        if not (tmp_path / "slow").exists():
            (tmp_path / "slow").touch()
            spin(60.0)
        return run(market, until, progress)

    with monkeypatch.context() as patched:
        patched.setattr(InferenceMarket, "run", slow_once)
        sweep = Sweep(TINY, tmp_path / "sweep")
        results = sweep.run(engine="serial", run_timeout=1.0)
    assert sweep.outcome is not None
    assert sweep.outcome.failed >= 1
    failed = results.runs[results.runs["status"] == "failed"]
    assert set(failed["error"]) == {"RunTimeout: not finished after 1 s (--run-timeout)"}
    assert set(failed["trace"]) == {""}, "where the run was is a matter of chance"
    sweep.run(engine="serial", retry_failed=True)
    assert result_set(tmp_path / "sweep") == result_set(whole), "a repeated run leaves no trace of the limit"


@pytest.mark.parametrize("limit", [0, -1.0, float("nan"), float("inf"), "x"])
def test_a_limit_that_is_none_is_refused_before_anything_starts(limit: float, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="run_timeout = "):
        Sweep(TINY, tmp_path / "sweep").run(engine="serial", run_timeout=limit)
    assert not (tmp_path / "sweep").exists()
