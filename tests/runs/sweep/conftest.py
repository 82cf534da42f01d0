"""A finished sweep, and copies of it."""

import shutil
from pathlib import Path

import pytest

from runs.sweep.sweep import Sweep
from tests.runs.sweep.tiny import RUNS, TINY


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted sweep in this process."""
    folder = tmp_path_factory.mktemp("whole") / "sweep"
    sweep = Sweep(TINY, folder)
    sweep.run(engine="serial")
    assert sweep.outcome is not None
    assert (sweep.outcome.ok, sweep.outcome.failed) == (RUNS, 0)
    return folder


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "sweep"))
