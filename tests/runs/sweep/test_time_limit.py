"""A run in a sweep may have a time limit: what takes longer is recorded as failed, and nothing else changes."""

import time
from pathlib import Path

import pytest

from model import InferenceMarket
from model.market import WeekCallback
from runs.sweep import sweep as sweep_module
from runs.sweep.sweep import Sweep
from runs.sweep.sweep_folder import StoreError
from tests.runs.sweep.endless import endless_at_five
from tests.runs.sweep.tiny import TINY, result_set


@pytest.mark.slow
def test_a_run_over_the_limit_is_recorded_as_failed_and_can_be_repeated(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = InferenceMarket.run

    def slow_once(market: InferenceMarket, until: str, progress: WeekCallback) -> InferenceMarket:
        if not (tmp_path / "slow").exists():
            (tmp_path / "slow").touch()
            time.sleep(1.1)
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


@pytest.mark.slow
def test_a_run_whose_week_never_ends_is_ended_with_its_worker_and_recorded_as_failed(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sweep_module, "do", endless_at_five)
        patched.setattr(sweep_module, "GRACE_SECONDS", 10.0)
        sweep = Sweep(TINY, tmp_path / "sweep")
        results = sweep.run(workers=2, run_timeout=20.0)
    failed = results.runs[results.runs["status"] == "failed"]
    assert failed["error"].to_dict() == {5: "RunTimeout: not finished after 20 s (--run-timeout)"}
    assert set(failed["trace"]) == {""}
    sweep.run(workers=2, retry_failed=True)
    assert result_set(tmp_path / "sweep") == result_set(whole)


@pytest.mark.parametrize("limit", [0, -1.0, float("nan"), float("inf"), "x"])
def test_a_limit_that_is_none_is_refused_before_anything_starts(limit: float, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="run_timeout = "):
        Sweep(TINY, tmp_path / "sweep").run(engine="serial", run_timeout=limit)
    assert not (tmp_path / "sweep").exists()
