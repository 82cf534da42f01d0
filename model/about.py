"""The version of this project, found without importing anything heavy."""

import functools
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@functools.cache
def version() -> str:
    """Return this project's version: of the installed distribution, else of the pyproject.toml beside the code."""
    try:
        return metadata.version("jevons")
    except metadata.PackageNotFoundError:
        pass
    try:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return str(project["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "unknown"
