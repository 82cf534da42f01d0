"""What a sweep refuses before anything starts: one line, and nothing lost or left behind."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import runs
from model import JevonsError
from runs.cli import execute
from runs.sweep import worker
from runs.sweep.sweep import Sweep
from runs.sweep.sweep_folder import StoreError, locked
from tests.runs.sweep.tiny import TINY, result_set


def test_a_folder_that_cannot_be_written_costs_one_line_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file, or lies below one"):
        Sweep(TINY, tmp_path / "file" / "sweep").run(engine="serial")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):  # a superuser may write anywhere: let the system say no in his place

        def refuse(*_: Any, **__: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError, match="cannot be written: permission denied"):
        Sweep(TINY, locked / "sweep").run(engine="serial")


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(StoreError, match=r"holds other files, such as thesis\.tex"):
        Sweep(TINY, tmp_path).run(engine="serial")
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_changed_design_is_refused_until_the_old_results_are_set_aside(whole: Path, copy: Path) -> None:
    other = {**TINY, "samples": 1}
    with pytest.raises(StoreError, match=r"another design \(they differ in samples\)"):
        Sweep(other, copy).run(engine="serial")
    assert result_set(copy) == result_set(whole)
    Sweep(other, copy).run(engine="serial", restart=True)
    assert len(runs.open(copy).runs) == 2
    assert result_set(copy / "log" / "superseded-1") == result_set(whole)


def test_changed_code_is_refused_unless_accepted_and_then_noted(
    whole: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = runs.open(copy).record.codes[0]
    monkeypatch.setattr("runs.sweep.sweep.code", lambda: {**now, "fingerprint": "other"})
    with pytest.raises(StoreError, match=r"begun with other code \(fingerprint .*, now other\)"):
        Sweep(TINY, copy).run(engine="serial")
    assert result_set(copy) == result_set(whole)
    Sweep(TINY, copy).run(engine="serial", accept_code_change=True)
    assert [one["fingerprint"] for one in runs.open(copy).record.codes] == [now["fingerprint"], "other"]


def test_a_worker_with_other_code_is_refused(copy: Path) -> None:
    record = runs.open(copy).record
    with pytest.raises(StoreError, match="another version of the code"):
        worker.do(worker.SweepTask(str(copy), record.digest, "other", None, 0))


@pytest.mark.parametrize(
    "change",
    [
        {"design": None}, {"design": {}}, {"digest": "x"}, {"runs": "x"}, {"runs": True}, {"code": []}, {"code": [3]},
        {"code": [{"fingerprint": "x"}]},
    ],
)  # fmt: skip
def test_a_record_that_is_not_whole_is_refused_in_one_line(copy: Path, change: dict[str, Any]) -> None:
    record = copy / "sweep.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | change))
    with pytest.raises(StoreError, match="is damaged") as refusal:
        runs.open(copy)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--workers", "0"], "'--workers': 0"),
        (["--scheduler", "tcp://127.0.0.1:1"], "--engine dask only"),
        pytest.param(
            ["--engine", "dask", "--scheduler", "nowhere"], "no Dask scheduler answers", marks=pytest.mark.slow
        ),
    ],
)
def test_a_refused_engine_leaves_no_folder_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    if "dask" in options:
        pytest.importorskip("distributed")
    folder = tmp_path / "sweep"
    assert execute(["sweep", "--until", "2023-01-15", "--out", str(folder), *options]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err
    assert not folder.exists()


def test_what_a_sweep_is_refused_for_is_all_that_it_says(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(copy):
        assert execute(["sweep", "--out", str(copy)]) == 2
    assert execute(["sweep", "--out", str(copy), "--restart"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert ["runs in this folder already" in err.splitlines()[0], "give the design" in err.splitlines()[1]] == [
        True
    ] * 2
    assert err.count("\n") == 2


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "o\udcff3"])
def test_a_folder_whose_name_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        Sweep(TINY, tmp_path / name).run(engine="serial")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match="holds no sweep"):
        runs.open(tmp_path)
    with pytest.raises(JevonsError, match="holds no sweep"):
        Sweep(out=tmp_path).run()
    assert os.listdir(tmp_path) == []
    (tmp_path / "sweep.json").write_text("{")
    with pytest.raises(JevonsError, match="is damaged"):
        runs.open(tmp_path)
    (tmp_path / "sweep.json").write_text(json.dumps({"layout": 99}))
    with pytest.raises(JevonsError, match="layout 99"):
        runs.open(tmp_path)
