"""Engines: every job once, whatever raises or dies, and nothing left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runs.engines.choose_engine import open_engine
from runs.engines.engine import Engine, EngineError, Failure
from tests.runs.engines import jobs
from tests.runs.engines.jobs import Mark

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=["serial", "processes", pytest.param("dask", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "dask":
        pytest.importorskip("distributed")
    with open_engine(request.param, workers=None if request.param == "serial" else 2) as opened:
        yield opened


@pytest.fixture
def processes() -> Iterator[Engine]:
    with open_engine("processes", workers=2) as opened:
        yield opened


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    with contextlib.suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False


def wait_until_gone(pid: int, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while lives(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not lives(pid)


def start_long_jobs(folder: Path) -> tuple["subprocess.Popen[bytes]", list[int]]:
    """A process with two workers in the middle of a job each, in a process group of its own."""
    code = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell takes from its background jobs
from runs.engines.choose_engine import open_engine
from tests.runs.engines import jobs
with open_engine("processes", workers=2) as engine:
    list(engine.map(jobs.wait_long, [jobs.Mark(sys.argv[1], 0), jobs.Mark(sys.argv[1], 1)]))
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "mark")], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
    )
    files = [folder / "mark.0", folder / "mark.1"]
    end = time.monotonic() + 60.0
    while not all(file.exists() and file.read_text().endswith("\n") for file in files):
        assert time.monotonic() < end, "the workers did not begin"
        time.sleep(0.02)
    workers = [int(file.read_text()) for file in files]
    assert all(map(lives, workers))
    return parent, workers


def test_each_job_comes_back_once_with_its_result_on_every_engine(engine: Engine) -> None:
    assert sorted(engine.map(jobs.square, range(20))) == [(n, n * n) for n in range(20)]
    assert list(engine.map(jobs.square, [])) == []


def test_a_worker_is_not_retired_for_its_memory_which_loky_would_say_with_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOKY_MAX_MEMORY_LEAK_SIZE", "1e6")
    with open_engine("processes", workers=1) as engine:
        results = dict(engine.map(jobs.hoard, range(4)))
    assert len(set(results.values())) == 1, "one process does all"
    assert capfd.readouterr().err == ""


def test_a_worker_whose_job_takes_too_long_is_ended_and_the_others_go_on() -> None:
    limits = {3: 0.5, 4: 60.0}
    with open_engine("processes", workers=2, limit=limits.get) as engine:
        results = dict(engine.map(jobs.never_end_at_three, range(6)))
    assert results.pop(3) == Failure("Overdue: ended after 0.5 s")
    assert results == {n: n for n in (0, 1, 2, 4, 5)}


def test_what_raises_is_a_failure_with_one_line_and_its_traceback_and_the_rest_goes_on(engine: Engine) -> None:
    results = dict(engine.map(jobs.fail_at_three, range(6)))
    failure = results.pop(3)
    assert results == {n: n for n in (0, 1, 2, 4, 5)}
    assert isinstance(failure, Failure)
    assert failure.error == "ValueError: three is not allowed"
    assert "in fail_at_three" in failure.trace
    (_, left), *_ = engine.map(jobs.leave, [4])
    assert left == Failure("SystemExit: 4", left.trace)  # type: ignore[union-attr]


def test_workers_are_kept_from_one_map_to_the_next(processes: Engine) -> None:
    first = {pid for _, pid in processes.map(jobs.who, range(8))}
    again = {pid for _, pid in processes.map(jobs.who, range(8, 16))}
    assert first == again
    assert len(first) == 2
    assert os.getpid() not in first


def test_a_result_that_cannot_be_sent_is_a_failure(processes: Engine) -> None:
    ((_, result),) = processes.map(jobs.unpicklable, [1])
    assert isinstance(result, Failure)
    assert result.error.startswith("TypeError: the result cannot be pickled: ")
    assert "unpicklable.<locals>" in result.error


def test_a_job_that_cannot_be_sent_is_a_failure_and_the_others_are_done(processes: Engine) -> None:
    unsent = [lambda: None, lambda: None, lambda: None]
    results = dict(processes.map(jobs.itself, [*unsent, 1]))
    assert results.pop(1) == 1
    assert all(isinstance(results[job], Failure) and "<lambda>" in results[job].error for job in unsent)


def test_the_job_of_a_worker_that_dies_is_done_by_another(processes: Engine, tmp_path: Path) -> None:
    marks = [Mark(str(tmp_path / "mark"), number) for number in range(5)]
    assert sorted(processes.map(jobs.die_once, marks)) == [(mark, mark.number) for mark in marks]
    assert all(len(file.read_text().split()) == 2 for file in tmp_path.iterdir())


def test_a_job_that_kills_three_workers_is_a_failure_and_the_others_are_done(processes: Engine, tmp_path: Path) -> None:
    deadly = Mark(str(tmp_path / "mark"), 0)
    ((_, result),) = processes.map(jobs.always_die, [deadly])
    assert isinstance(result, Failure)
    assert result.error.startswith("WorkerDied")
    assert "3 times" in result.error
    assert "signal 9" in result.error
    assert len((tmp_path / "mark.0").read_text().split()) == 3
    assert list(processes.map(jobs.square, [5])) == [(5, 25)]


def test_leaving_early_abandons_what_is_under_way(processes: Engine, tmp_path: Path) -> None:
    results = processes.map(jobs.note, (Mark(str(tmp_path / "m"), n) for n in range(10**6)))
    next(results)
    began = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 5.0
    assert len(list(tmp_path.iterdir())) < 1000


def test_jobs_that_raise_while_they_are_drawn_raise_where_results_are_read(processes: Engine) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        list(processes.map(jobs.square, broken()))


def test_work_may_be_a_function_of_the_script_but_not_hold_what_cannot_be_sent(processes: Engine) -> None:
    factor = 3
    assert list(processes.map(lambda number: factor * number, [1])) == [(1, 3)]
    lock = threading.Lock()
    with pytest.raises(EngineError, match="cannot be sent to a worker"):
        list(processes.map(lambda number: (lock, number), [1]))


@pytest.mark.slow
def test_a_worker_that_dies_while_it_sends_a_large_result_loses_nothing(processes: Engine, tmp_path: Path) -> None:
    mark = Mark(str(tmp_path / "mark"), 0)
    ((_, result),) = processes.map(jobs.die_while_sending, [mark])
    assert isinstance(result, bytes)
    assert len(result) == jobs.LARGE
    assert len((tmp_path / "mark.0").read_text().split()) == 2


@pytest.mark.slow
def test_the_death_of_a_worker_costs_no_other_job_a_try(processes: Engine, tmp_path: Path) -> None:
    deadly, others = Mark(str(tmp_path / "deadly"), 0), [Mark(str(tmp_path / "mark"), number) for number in range(3)]
    results = dict(processes.map(jobs.die_or_wait, [deadly, *others]))
    assert isinstance(results.pop(deadly), Failure)
    assert results == {mark: mark.number for mark in others}
    assert all(len(Path(f"{mark.file}.{mark.number}").read_text().split()) == 1 for mark in others)


@pytest.mark.slow
def test_idle_workers_that_are_killed_are_replaced(processes: Engine) -> None:
    first = {pid for _, pid in processes.map(jobs.who, range(8))}
    for pid in first:
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)
    again = {pid for _, pid in processes.map(jobs.who, range(8))}
    assert len(again) == 2
    assert not first & again


@pytest.mark.slow
def test_workers_that_cannot_start_are_an_error_of_one_line() -> None:
    code = """
import sys
from runs.engines.choose_engine import open_engine
from runs.engines.engine import EngineError
from tests.runs.engines.jobs import square
sys.executable = "/bin/false"
try:
    with open_engine("processes", 2) as engine:
        list(engine.map(square, range(9)))
except EngineError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert done.stdout.startswith("no worker process can be started: ")
    assert "(/bin/false)" in done.stdout
    assert done.stdout.count("\n") == 1


@pytest.mark.slow
def test_ctrl_c_in_the_terminal_ends_every_worker(tmp_path: Path) -> None:
    parent, workers = start_long_jobs(tmp_path)
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: to all processes of the group
    assert parent.wait(10.0) != 0
    assert all(map(wait_until_gone, workers))


@pytest.mark.slow
def test_workers_end_with_their_parent_in_the_middle_of_a_job(tmp_path: Path) -> None:
    parent, workers = start_long_jobs(tmp_path)
    parent.kill()
    parent.wait()
    assert all(map(wait_until_gone, workers))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("proceses",), "no such engine"),
        (("processes", 0), "workers = 0"),
        (("serial", None, "tcp://host:8786"), "--engine dask only"),
    ],
)
def test_an_engine_that_does_not_exist_is_refused_in_one_line(arguments: tuple[str], words: str) -> None:
    with pytest.raises(EngineError, match=words), open_engine(*arguments):
        pass


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("runs.engines.dask_engine.CONNECT_SECONDS", 0.5)
    with (
        pytest.raises(EngineError, match="no Dask scheduler answers at tcp://127"),
        open_engine("dask", None, "tcp://127.0.0.1:9"),
    ):
        pass


def test_a_worker_starts_where_standard_error_is_closed() -> None:
    code = """
from runs.engines.choose_engine import open_engine
from tests.runs.engines.jobs import square
with open_engine("processes", 1) as engine:
    print([result for _, result in engine.map(square, [3])])
"""
    script = f'exec "{sys.executable}" -c "$0" 2>&-'
    done = subprocess.run(["sh", "-c", script, code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[9]\n")


def test_a_script_without_a_main_guard_is_run_once_and_its_functions_can_be_the_work(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from runs.engines.choose_engine import open_engine
print("once", flush=True)
def double(number): return 2 * number
with open_engine("processes", 1) as engine:
    print(list(engine.map(double, [3])))
""")
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "once\n[(3, 6)]\n")
