"""A cluster that is lost, or has no workers, is never a failure of a run, and says so."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runs.engines import dask_engine
from runs.engines.choose_engine import open_engine
from runs.engines.engine import EngineError, Failure
from runs.sweep.sweep import Sweep
from tests.runs.engines import jobs
from tests.runs.engines.cluster import Cluster
from tests.runs.sweep.test_faults import finished
from tests.runs.sweep.tiny import RUNS, TINY, result_set

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers, each a process of its own."""
    pytest.importorskip("distributed")
    with contextlib.closing(Cluster(tmp_path)) as running:
        yield running


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A scheduler in this process, with no worker."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(dask_engine, "SAY_SECONDS", 0.5)
    monkeypatch.setattr(dask_engine, "TICK_SECONDS", 0.2)
    with distributed.LocalCluster(n_workers=0, processes=False, protocol="tcp", **dask_engine.NO_DASHBOARD) as started:
        yield started


def command(folder: Path, scheduler: str, *options: str) -> "subprocess.Popen[str]":
    """`jevons sweep` on a Dask scheduler, with the design that the folder holds."""
    code = "import sys; from runs.cli import main; sys.argv[0] = 'jevons'; main()"
    arguments = ["sweep", "--out", str(folder), "--engine", "dask", "--scheduler", scheduler, *options]
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def begun(folder: Path) -> None:
    """Begin the tiny sweep in a folder and stop it before its first run."""
    stop = threading.Event()
    stop.set()
    sweep = Sweep(TINY, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runs.sweep.sweep.Event", lambda: stop)
        sweep.run(engine="serial")


def test_a_killed_scheduler_ends_the_sweep_in_one_line_and_no_run_counts_as_failed(
    whole_sweep: Path, tmp_path: Path, cluster: Cluster
) -> None:
    folder = tmp_path / "sweep"
    begun(folder)
    process = command(folder, cluster.address, "--quiet")
    end = time.monotonic() + 60.0
    while finished(folder) < 1:
        assert time.monotonic() < end, "no runs are done"
        time.sleep(0.01)
    cluster.scheduler.kill()
    _, said = process.communicate(timeout=60.0)
    assert process.returncode == 2
    assert said.count("\n") == 1, said
    assert f"jevons: the Dask scheduler at {cluster.address} was lost" in said
    assert "the same command goes on" in said
    sweep = Sweep(out=folder)
    sweep.run(engine="serial")
    assert sweep.outcome is not None
    assert (sweep.outcome.ok, sweep.outcome.failed) == (RUNS, 0)
    assert result_set(folder) == result_set(whole_sweep)


def test_a_job_that_kills_its_dask_workers_fails_in_words_that_name_no_machine(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with open_engine("dask", 2) as engine:
        ((_, result),) = engine.map(jobs.always_die, [jobs.Mark(str(tmp_path / "mark"), 0)])
    assert result == Failure("WorkerDied: the worker process died 3 times with this job")


def test_jobs_that_wait_behind_a_deadly_one_are_done_and_only_that_one_fails(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    deadly, others = jobs.Mark(str(tmp_path / "deadly"), 0), [jobs.Mark(str(tmp_path / "mark"), n) for n in range(3)]
    with open_engine("dask", 1) as engine:
        results = dict(engine.map(jobs.die_or_wait, [deadly, *others]))
    assert isinstance(results.pop(deadly), Failure)
    assert results == {mark: mark.number for mark in others}


def test_jobs_after_many_that_cannot_be_sent_are_still_done() -> None:
    pytest.importorskip("distributed")
    unsent = [lambda: None for _ in range(9)]
    with open_engine("dask", 1) as engine:
        results = dict(engine.map(jobs.itself, [*unsent, 1]))
    assert results.pop(1) == 1
    assert len(results) == 9


def test_a_cluster_without_workers_is_said_and_given_up_after_a_while(
    empty: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        open_engine("dask", scheduler=empty.scheduler_address, patience=2.0) as engine,
        pytest.raises(EngineError, match="has had no worker for 2 s; finished runs are kept"),
    ):
        list(engine.map(jobs.square, range(3)))
    assert capsys.readouterr().err.count("has no worker; waiting for one until 2 s are over (--patience)") == 1


def test_workers_that_come_late_are_all_used(empty: Any) -> None:
    with open_engine("dask", scheduler=empty.scheduler_address) as engine:
        later = threading.Timer(1.0, empty.scale, [3])
        later.start()
        sent = []
        numbers = (sent.append(n) or n for n in range(400))  # type: ignore[func-returns-value]
        results = engine.map(jobs.nap, numbers)
        found = [next(results)]
        time.sleep(1.0)
        found += [next(results), next(results)]
        assert len(sent) > dask_engine.AHEAD + len(found), "as many as three workers need, not one"
        found += list(results)
    assert sorted(found) == [(n, n) for n in range(400)]


def test_the_first_ctrl_c_ends_a_sweep_that_waits_for_workers(tmp_path: Path, empty: Any) -> None:
    folder = tmp_path / "sweep"
    begun(folder)
    process = command(folder, empty.scheduler_address)
    lines = iter(process.stderr.readline, "")  # type: ignore[union-attr]
    assert any("has no worker" in line for line in lines)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=15.0)
    assert process.returncode == 130
    assert f"jevons: interrupted; jevons sweep --out {folder} goes on" in said


def test_workers_leave_what_they_imported_out_of_garbage_collections_on_every_cluster() -> None:
    pytest.importorskip("distributed")
    for name in ("dask", "processes"):
        with open_engine(name, 1) as engine:
            _, (_, frozen) = engine.map(jobs.frozen, range(2))
        assert isinstance(frozen, int)
        assert frozen > 10_000, name
