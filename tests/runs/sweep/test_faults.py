"""Whatever kills a sweep, it loses the runs under way at most, and ends with the bytes of one that nothing befell."""

import contextlib
import itertools
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import runs
from model import InferenceMarket
from runs.sweep import worker
from runs.sweep.sweep import Sweep
from runs.sweep.sweep_folder import StoreError, locked
from runs.sweep.sweep_state import inspect
from tests.runs.sweep.tiny import RUNS, TINY, result_set

ROOT = Path(__file__).resolve().parents[3]
CODE = """
import sys
from runs import Sweep
from tests.runs.sweep.tiny import TINY
sweep = Sweep(TINY, sys.argv[1])
print("ready", flush=True)
sweep.run(workers=2)
"""


class Background:
    """A process that says one line when it is ready; whatever becomes of it, its end of the pipe is closed."""

    def __init__(self, code: str, folder: Path, word: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            assert stream.readline() == f"{word}\n"
        self.pid = self._process.pid

    def kill(self) -> None:
        """End it at once, with SIGKILL."""
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        return self._process.wait()

    def ended(self) -> bool:
        return self._process.poll() is not None


def start(folder: Path) -> Background:
    """A sweep in a process of its own, with two workers."""
    return Background(CODE, folder, "ready")


def finished(folder: Path) -> int:
    """How many runs are on disk."""
    state = inspect(runs.open(folder).layout, RUNS, repair=False)
    return len(state.ok) + len(state.failed)


def wait_for(folder: Path, count: int) -> None:
    end = time.monotonic() + 120.0
    while not (folder / "sweep.json").exists() or finished(folder) < count:
        assert time.monotonic() < end, f"no {count} runs after two minutes"
        time.sleep(0.01)


def workers_of(pid: int) -> list[int]:
    """The workers of a process: the children of it that run jobs."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = stat.read_text().rpartition(")")[2].split()[1]
            if parent == str(pid) and b"popen_loky_posix" in stat.with_name("cmdline").read_bytes():
                found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_the_result_set_is_the_same_at_any_worker_count(whole: Path, tmp_path: Path, workers: int) -> None:
    Sweep(TINY, tmp_path / "sweep").run(workers=workers)
    assert result_set(tmp_path / "sweep") == result_set(whole)


@pytest.mark.slow
def test_a_sweep_killed_at_random_moments_ends_with_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    luck, folder = random.Random(5), tmp_path / "sweep"
    before = 0
    for _ in range(4):
        process = start(folder)
        wait_for(folder, min(before + luck.randrange(1, 9), RUNS - 1))
        time.sleep(luck.uniform(0.0, 0.05))
        process.kill()
        time.sleep(0.1)
        now = finished(folder)
        assert now >= before
        before = now
    time.sleep(0.5)  # a worker that was at work may still have kept its run
    before = finished(folder)
    sweep = Sweep(TINY, folder)
    sweep.run(workers=2)
    assert sweep.outcome is not None
    assert sweep.outcome.done_now == RUNS - before, "nothing finished is done again"
    assert result_set(folder) == result_set(whole)


@pytest.mark.slow
def test_workers_killed_at_random_moments_cost_nothing(whole: Path, tmp_path: Path) -> None:
    luck, folder = random.Random(6), tmp_path / "sweep"  # two deaths: a third of the same run would be a failure
    process = start(folder)
    killed = 0
    while not process.ended():
        workers = workers_of(process.pid)
        if workers and killed < 2 and (folder / "sweep.json").exists() and finished(folder) > 4 * killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(luck.choice(workers), signal.SIGKILL)
                killed += 1
        time.sleep(luck.uniform(0.005, 0.05))
    assert process.wait() == 0
    assert killed >= 1
    assert result_set(folder) == result_set(whole)


@pytest.mark.slow
def test_a_second_sweep_in_the_folder_is_refused_and_the_first_goes_on(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    process = start(folder)
    wait_for(folder, 1)
    with pytest.raises(StoreError, match=rf"runs in this folder already \(process {process.pid} on "):
        Sweep(TINY, folder).run(engine="serial")
    assert process.wait() == 0
    assert result_set(folder) == result_set(whole)


def test_the_lock_of_a_process_that_was_killed_does_not_hold(copy: Path) -> None:
    code = "import sys, time; from pathlib import Path; from runs.sweep.sweep_folder import locked\n"
    code += "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    holder = Background(code, copy, "held")
    with pytest.raises(StoreError, match="already"), locked(copy):
        pass
    holder.kill()
    assert (copy / ".lock").read_text().startswith(f"process {holder.pid} ")
    with locked(copy):
        pass


@pytest.mark.parametrize("name", ["series-00000.parquet", "runs-00001.parquet"])
@pytest.mark.parametrize("left", [0, 1000])
def test_a_truncated_part_is_noticed_by_readers_and_made_again(whole: Path, copy: Path, name: str, left: int) -> None:
    os.truncate(copy / "parts" / name, left)
    with pytest.raises(StoreError, match="repairs it"):
        _ = runs.open(copy).runs
    sweep = Sweep(out=copy)
    sweep.run(engine="serial")
    assert sweep.outcome is not None
    assert len(sweep.outcome.damaged) == 1
    assert result_set(copy) == result_set(whole)
    assert (copy / "log" / "damaged" / f"{name}.1").exists()


def test_a_truncated_or_scribbled_run_is_done_again(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, market, begun = tmp_path / "sweep", InferenceMarket, itertools.count()

    def break_off(scenario: Any, rng: int) -> Any:
        if next(begun) == 8:
            raise KeyboardInterrupt
        return market(scenario, rng=rng)

    monkeypatch.setattr(worker, "InferenceMarket", break_off)
    with pytest.raises(KeyboardInterrupt):
        Sweep(TINY, folder).run(engine="serial")
    monkeypatch.setattr(worker, "InferenceMarket", market)
    assert finished(folder) == 8
    first, second, third = sorted((folder / "loose").glob("0*.run"))[:3]
    os.truncate(first, first.stat().st_size // 2)
    content = bytearray(second.read_bytes())
    content[1000] ^= 0xFF  # among the values
    second.write_bytes(content)
    (folder / "loose" / f".{third.name}.ab.partial").write_bytes(b"half a file")
    sweep = Sweep(TINY, folder)
    sweep.run(engine="serial")
    assert sweep.outcome is not None
    assert len(sweep.outcome.damaged) == 2
    assert result_set(folder) == result_set(whole)


def limited(folder: Path, size: int, engine: str = "serial") -> "subprocess.CompletedProcess[str]":
    """A sweep in a process that may not write files beyond `size` bytes, as on a disk that is full."""
    code = CODE.replace("workers=2", f"engine={engine!r}").replace("print(", "0 and print(")

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_files_that_cannot_grow_end_the_sweep_with_one_line_and_lose_nothing(
    whole: Path, tmp_path: Path, engine: str
) -> None:
    folder = tmp_path / "sweep"
    part = (whole / "parts" / "series-00000.parquet").stat().st_size
    done = limited(folder, part - 1, engine)
    assert done.returncode == 1
    assert "StoreError" in done.stderr.splitlines()[-1]
    assert "cannot be written: file too large; what is finished is kept" in done.stderr.splitlines()[-1]
    there = finished(folder)
    assert there >= 20 - 4, "runs fit, their part does not"
    assert list(folder.rglob("*.partial")) == []
    sweep = Sweep(TINY, folder)
    sweep.run(workers=2)
    assert sweep.outcome is not None
    assert sweep.outcome.done_now == RUNS - there
    assert result_set(folder) == result_set(whole)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight mebibytes, where we may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("mount") is None, reason="no mount")
def test_a_full_disk_ends_the_sweep_with_one_line_and_the_same_command_goes_on(whole: Path, small_disk: Path) -> None:
    folder, ballast = small_disk / "sweep", small_disk / "ballast"
    ballast.write_bytes(bytes(8 * 2**20 - 400_000))
    with pytest.raises(StoreError, match="no space left on device; what is finished is kept"):
        Sweep(TINY, folder).run(workers=2)
    there = finished(folder)
    assert 1 < there < RUNS
    assert list(folder.rglob("*.partial")) == []
    ballast.unlink()
    sweep = Sweep(TINY, folder)
    sweep.run(workers=2)
    assert sweep.outcome is not None
    assert sweep.outcome.done_now == RUNS - there
    assert result_set(folder) == result_set(whole)


def test_a_run_that_raises_is_kept_with_its_traceback_and_can_be_done_again(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, market = tmp_path / "sweep", InferenceMarket

    def explode(scenario: Any, rng: int) -> Any:
        if rng % 4 == 0:
            raise ArithmeticError(f"seed {rng}\nis unlucky")
        return market(scenario, rng=rng)

    monkeypatch.setattr(worker, "InferenceMarket", explode)
    Sweep(TINY, folder).run(engine="serial")
    table = runs.open(folder).runs
    failed = table[table["status"] == "failed"]
    assert set(failed.index) == set(table.index[table["seed"] % 4 == 0]) != set()
    assert (failed["error"] == [f"ArithmeticError: seed {seed} is unlucky" for seed in failed["seed"]]).all()
    assert failed["trace"].str.contains("in explode").all()
    assert failed["served"].isna().all()
    assert failed["demand.thinking_ceiling"].notna().all()
    assert table.loc[table["status"] == "ok", "served"].notna().all()
    assert set(runs.open(folder).frame("tokens_served", "market")["run"]) == set(table.index) - set(failed.index)

    again = Sweep(TINY, folder)
    again.run(engine="serial")
    assert again.outcome is not None
    assert again.outcome.done_now == 0, "failures are not repeated unasked"
    monkeypatch.setattr(worker, "InferenceMarket", market)
    again.run(engine="serial", retry_failed=True)
    assert again.outcome.done_now == len(failed)
    assert result_set(folder) == result_set(whole)


@pytest.mark.slow
def test_results_can_be_read_while_the_sweep_is_under_way(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    process = start(folder)
    wait_for(folder, 5)
    results = runs.open(folder)
    table = results.runs
    assert len(table) == RUNS
    assert 5 <= (table["status"] == "ok").sum() < RUNS
    frame = results.frame("tokens_served", "market", "all")
    assert 5 <= frame["run"].nunique() < RUNS
    process.kill()


def test_a_lost_or_damaged_plan_is_restored_from_the_design(whole: Path, copy: Path) -> None:
    for content in (None, b"PAR1"):
        (copy / "plan.parquet").unlink()
        if content is not None:
            (copy / "plan.parquet").write_bytes(content)
        with pytest.raises(StoreError, match=f"with the design and --out {copy} restores it"):
            Sweep(out=copy).run(engine="serial")
        Sweep(TINY, copy).run(engine="serial")
        assert result_set(copy) == result_set(whole)
