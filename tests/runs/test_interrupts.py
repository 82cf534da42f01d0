"""Ctrl-C at any moment: one line that is true, exit status 130, and nothing lost that a command said it keeps."""

import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import tomli_w

from calibration.ensemble import read_ensembles, write_ensemble
from calibration.store.sealed_files import read_json, read_table
from model import JevonsError, write_atomically
from runs.commands import INTERRUPTED
from runs.experiments.verdicts import kept
from runs.one_run import run_folder
from runs.one_run.run_folder import CLAIM, FolderError, claimed, written
from tests.runs.sweep.tiny import RUNS, TINY, result_set

ROOT = Path(__file__).resolve().parents[2]
START = "from runs.start import main; print('up', flush=True); main()"
MOMENTS, SEED = 10, 21
RUN = ("run", "--scale", "small", "--until", "2023-04-01")


def jevons(arguments: tuple[str, ...], moment: float | None = None) -> tuple[int, str, float]:
    """Run the command line, with Ctrl-C (to all its processes, as a terminal does) `moment` seconds after its start.

    Returns exit status, standard error and seconds.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", START, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    if moment is not None:
        time.sleep(moment)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=300)
    return process.returncode, error, time.monotonic() - began


def interrupt(arguments: tuple[str, ...], longest: float, check: Callable[[int, str], None]) -> None:
    """Interrupt a command at ten moments and check each time what it said and left."""
    luck = random.Random(SEED)
    for number in range(MOMENTS):
        status, error, _ = jevons(arguments, 0.02 + longest * (number + luck.random()) / MOMENTS)
        assert "Traceback" not in error, error
        assert "Exception ignored" not in error, error
        assert status in (0, INTERRUPTED), error
        assert (status == 0) != ("jevons: interrupted" in error), error
        check(status, error)


@pytest.mark.slow
def test_an_interrupted_run_is_whole_and_said_to_be_kept_or_leaves_nothing(tmp_path: Path) -> None:
    _, _, longest = jevons((*RUN, "--out", str(tmp_path / "whole")))
    folder = tmp_path / "run"

    def check(status: int, error: str) -> None:
        assert folder.exists() == (status == 0 or "kept" in error), error
        if folder.exists():
            record = read_json(folder / "manifest.json")
            weeks = len(set(read_table(folder / "observables.parquet")["date"].to_pylist()))
            assert weeks == record["weeks"] > 0
            assert (record["status"] == "interrupted") == (f"interrupted after week {weeks} " in error)
            assert not (folder / CLAIM).exists()
            folder.rename(tmp_path / f"kept-{len(list(tmp_path.iterdir()))}")

    interrupt((*RUN, "--out", str(folder)), longest, check)


@pytest.mark.slow
def test_an_interrupted_sweep_loses_no_finished_run(tmp_path: Path, whole_sweep: Path) -> None:
    design, folder = tmp_path / "design.toml", tmp_path / "sweep"
    design.write_text(tomli_w.dumps(TINY))
    before = 0

    def check(_status: int, _error: str) -> None:
        nonlocal before
        import runs

        if (folder / "sweep.json").exists():
            state = runs.open(folder).state
            assert state.damaged == []
            assert len(state.ok) >= before
            before = len(state.ok)

    command = ("sweep", str(design), "--out", str(folder), "--workers", "2")
    interrupt(command, 6.0, check)
    assert jevons(command)[0] == 0
    assert before <= RUNS
    assert result_set(folder) == result_set(whole_sweep)


@pytest.mark.slow
def test_an_interrupted_page_ends_with_one_line_at_every_moment_of_its_start_and_while_it_is_served() -> None:
    pytest.importorskip("solara")
    longest = 8.0  # it is served after some three seconds, on a busy machine later

    def check(status: int, error: str) -> None:
        assert status == INTERRUPTED
        assert error.splitlines()[-1] == "jevons: interrupted"
        assert [line for line in error.splitlines() if line and not line.startswith("jevons: ")] == []

    interrupt(("view", "--port", "0", "--no-browser"), longest, check)


@pytest.fixture
def posterior(tmp_path: Path) -> Path:
    """The shipped ensembles with two members each, at small scale."""
    for one in read_ensembles():
        two, weight = slice(2), one.weight[:2] / one.weight[:2].sum()
        small = replace(one, values=one.values[two], weight=weight, seed=one.seed[two], tau=one.tau[two])
        scale = {**one.provenance, "scale": "small"}
        write_ensemble(replace(small, outputs=one.outputs[two], provenance=scale), tmp_path / "posterior")
    return tmp_path / "posterior"


@pytest.mark.slow
def test_an_interrupted_forecast_is_not_frozen_and_the_same_command_goes_on(tmp_path: Path, posterior: Path) -> None:
    store, place = str(tmp_path / "store"), tmp_path / "forecasts"
    common = ("forecast", "--posterior", str(posterior), "--store", store, "--until", "2026-10-31", "--workers", "2")
    assert jevons((*common, "--out", str(tmp_path / "first")))[0] == 0
    _, _, longest = jevons((*common, "--out", str(tmp_path / "whole")))  # its runs are there
    files = sorted(file.name for file in (tmp_path / "whole").iterdir())
    folder = place / "now"

    def check(status: int, _error: str) -> None:
        if status == 0:
            assert sorted(file.name for file in folder.iterdir()) == files
            folder.rename(tmp_path / f"frozen-{len(list(tmp_path.iterdir()))}")
        assert not place.exists() or list(place.iterdir()) == []

    interrupt((*common, "--out", str(folder)), longest, check)


@pytest.mark.slow
def test_interrupted_claims_calibrations_and_scores_say_so_and_go_on(tmp_path: Path, posterior: Path) -> None:
    claims, table = tmp_path / "claims", tmp_path / "cells.csv"
    commands = {
        ("claims", "run", "Q14", "--members", "2", "--workers", "2", "--out", str(claims)): 8.0,
        ("calibrate", "--workers", "2", "--out", str(tmp_path / "fit")): 5.0,
        ("validate", "--posterior", str(posterior), "--store", str(tmp_path / "store"), "--csv", str(table)): 5.0,
    }

    def check(_status: int, _error: str) -> None:
        kept(claims)
        if (tmp_path / "fit" / "plan.json").exists():
            read_json(tmp_path / "fit" / "plan.json", needs=("members",))
        if table.exists():
            assert table.read_text().endswith("\n")
            table.unlink()
        assert list(tmp_path.rglob(".*.partial")) == []

    for command, longest in commands.items():
        interrupt(command, longest, check)


@pytest.mark.slow
def test_interrupted_readers_of_a_sweep_leave_whole_files_and_the_sweep_as_it_was(
    tmp_path: Path, whole_sweep: Path
) -> None:
    import runs

    sweep, before = str(whole_sweep), result_set(whole_sweep)
    page, figure, pairs = tmp_path / "page.html", tmp_path / "tornado.png", tmp_path / "pairs"
    ends = {page: b"</html>", figure: b"IEND\xaeB`\x82"}
    compare = ("compare", "baseline", "unlimited-supply", "--outcome", "revenue", "--until", "2023-01-20")
    commands = {
        ("report", sweep, "--out", str(page)): 6.0,
        ("sensitivity", sweep, "--figure", str(figure)): 5.0,
        ("query", sweep, "select * from runs", "--csv"): 2.0,
        (*compare, "--seeds", "4", "--workers", "2", "--out", str(pairs)): 8.0,
    }

    def check(status: int, _error: str) -> None:
        assert result_set(whole_sweep) == before
        assert list(tmp_path.rglob(".*.partial")) == []
        for file, end in ends.items():
            if file.exists():
                assert file.read_bytes().rstrip().endswith(end)
                file.unlink()
        if (pairs / "sweep.json").exists():
            state = runs.open(pairs).state
            assert state.damaged == []
            assert status != 0 or len(state.ok) == 8

    for command, longest in commands.items():
        interrupt(command, longest, check)


FINALIZER = """
class Dying:
    def __del__(self):
        interrupt()

lose = Dying
"""
COMPILED = """
import numpy.lib.npyio
from scipy.stats.qmc import Sobol

numpy.lib.npyio.NpzFile.__getitem__ = lambda *_: interrupt()
lose = lambda: Sobol(2)
"""


@pytest.mark.parametrize("where", [FINALIZER, COMPILED], ids=["finalizer", "compiled function"])
def test_ctrl_c_that_python_drops_comes_again(where: str) -> None:
    """Python prints and drops what is raised in such places; the command would go on as if nothing had been said."""
    start = "import os, signal, time, runs.cli, runs.start"
    interrupt = "def interrupt(): os.kill(os.getpid(), signal.SIGINT); time.sleep(5)"
    end = "def command(): lose(); time.sleep(60)\nruns.cli.main = command; runs.start.main()"
    started = [sys.executable, "-c", f"{start}\n{interrupt}\n{where}\n{end}"]
    ended = subprocess.run(started, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert (ended.returncode, ended.stderr) == (INTERRUPTED, "jevons: interrupted\n")


def test_what_fails_after_ctrl_c_is_not_blamed_on_anything_else() -> None:
    """An import that Ctrl-C breaks off looks as if the package were not there."""
    code = """if True:
        import os, signal
        import runs.cli, runs.start
        from model import JevonsError

        def command(**_):
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                raise JevonsError("needs the extra 'analysis'") from None

        runs.cli.jevons.main = command
        runs.start.main()
    """
    started = [sys.executable, "-c", code]
    ended = subprocess.run(started, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert (ended.returncode, ended.stderr) == (INTERRUPTED, "jevons: interrupted\n")


def test_of_two_runs_begun_in_one_folder_one_is_refused(tmp_path: Path) -> None:
    """Whatever the order in which both look, claim and end."""
    with claimed(tmp_path):
        with pytest.raises(FolderError, match="another run writes there, or was killed"), claimed(tmp_path):
            pass
        with pytest.raises(FolderError, match="another run writes there"):
            run_folder.open_folder(tmp_path, "baseline", 7, date.today())
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(FolderError, match="is not empty"), claimed(tmp_path):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


def test_of_two_writers_of_one_file_one_is_refused(tmp_path: Path) -> None:
    """Both find no file and write; the second that ends does not overwrite the first."""
    both, refused = threading.Barrier(2), []

    def write(text: str) -> None:
        def content(stream: object) -> None:
            both.wait(10)
            stream.write(text.encode())  # type: ignore[attr-defined]

        try:
            write_atomically(tmp_path / "file", content)
        except JevonsError as error:
            refused.append((text, str(error)))

    threads = [threading.Thread(target=write, args=(text,)) for text in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((loser, message),) = refused
    assert "exists already" in message
    assert (tmp_path / "file").read_text() == ({"one", "two"} - {loser}).pop()


def test_a_run_that_its_folder_cannot_take_is_kept_elsewhere_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = tmp_path / "gone"

    def write(folder: Path) -> Path:
        return write_atomically(folder / "observables.parquet", b"a run of an hour")

    with pytest.raises(JevonsError, match=r"gone/.*: cannot be written: .*; the run is kept in ") as no:
        written(write, gone)
    place = Path(str(no.value).rpartition("kept in ")[2])
    assert (place / "observables.parquet").read_bytes() == b"a run of an hour"
    assert written(write, tmp_path) == tmp_path / "observables.parquet"


def test_a_disk_without_space_for_a_run_is_noticed_before_the_run(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk."""
    handler, limits = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, limits[1]))
    try:
        with pytest.raises(FolderError, match=r"cannot be written \(file too large\)"), claimed(tmp_path):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []
