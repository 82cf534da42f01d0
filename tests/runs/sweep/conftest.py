"""The finished sweep, and copies of it."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def whole(whole_sweep: Path) -> Path:
    return whole_sweep


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "sweep"))
