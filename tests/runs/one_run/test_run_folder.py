"""A run folder is checked before the run, never overwrites anything, and holds whole files only."""

import json
import math
import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from runs.one_run import run_folder as folders
from runs.one_run.run_folder import FolderError, claimed, open_folder, write_manifest, write_observables

TODAY = date(2026, 11, 23)


def test_default_folder_takes_the_first_free_counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "RESULTS", tmp_path / "results")
    names = [open_folder(None, "baseline", 7, TODAY).name for _ in range(3)]
    assert names == [f"2026-11-23-baseline-seed7-{n}" for n in (1, 2, 3)]


def test_a_scenario_name_cannot_lead_out_of_the_results_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "RESULTS", tmp_path / "results")
    assert open_folder(None, "../../a b/c", 7, TODAY) == tmp_path / "results" / "2026-11-23-a-b-c-seed7-1"


def test_a_given_folder_may_be_new_or_empty(tmp_path: Path) -> None:
    new = tmp_path / "a" / "b"
    assert open_folder(new, "baseline", 7, TODAY) == new
    assert open_folder(new, "baseline", 7, TODAY) == new
    assert list(new.iterdir()) == []


def test_a_used_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    with pytest.raises(FolderError, match="is not empty"):
        open_folder(tmp_path, "baseline", 7, TODAY)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_a_file_and_a_path_below_a_file_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    for path in (file, file / "below"):
        with pytest.raises(FolderError, match="is a file, or lies below one"):
            open_folder(path, "baseline", 7, TODAY)
    assert file.read_text() == "kept"


def test_an_unwritable_folder_is_refused_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FolderError, match=r"cannot be written \(permission denied\)"), claimed(tmp_path):
        pass


def test_observables_read_back_as_written(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "date": pd.to_datetime(["2023-01-02", "2023-01-09"]),
            "observable": ["rent", "rent"],
            "entity": ["market", "market"],
            "segment": ["all", "all"],
            "value": [2.1, 2.2],
            "unit": ["USD/GPU-hour", "USD/GPU-hour"],
        }
    )
    pd.testing.assert_frame_equal(pd.read_parquet(write_observables(frame, tmp_path)), frame)
    assert os.listdir(tmp_path) == ["observables.parquet"]


def test_a_manifest_is_plain_json_without_nan(tmp_path: Path) -> None:
    record = {"day": TODAY, "nan": math.nan, "number": np.float64(2.5), "count": np.int64(3), "some": (1, None, True)}
    found = json.loads(write_manifest(record, tmp_path).read_text(encoding="utf-8"))
    assert len(found.pop("sha256")) == 64
    assert found == {"day": "2026-11-23", "nan": None, "number": 2.5, "count": 3, "some": [1, None, True]}
