"""The run folder: made before the run, filled atomically after it."""

import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic_core import to_json

from model import JevonsError, reason_of, write_atomically
from runs.places import RESULTS


class FolderError(JevonsError):
    """The output folder cannot be used."""


def open_folder(wanted: Path | None, scenario: str, seed: int, today: date) -> Path:
    """Create the run folder and check that it can be written, before anything is simulated.

    `wanted` is used as it is; without it, the folder is new, under `runs/results`, named by date, scenario, seed
    and the first free counter. Raises FolderError where the folder is a file, holds anything or cannot be written.
    """
    name = re.sub(r"[^\w-]+", "-", scenario).strip("-") or "scenario"
    folder = _new_folder(f"{today.isoformat()}-{name}-seed{seed}") if wanted is None else _given_folder(wanted)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FolderError(f"--out {folder}: cannot be written ({reason_of(error)})") from error
    return folder


def _given_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        used = any(folder.iterdir())
    except (FileExistsError, NotADirectoryError) as error:
        raise FolderError(f"--out {folder}: is a file, or lies below one; give a new or empty folder") from error
    except OSError as error:
        raise FolderError(f"--out {folder}: cannot be created ({reason_of(error)})") from error
    if used:
        raise FolderError(f"--out {folder}: is not empty; give a new or empty folder (nothing is overwritten)")
    return folder


def check_new_file(file: Path, flag: str) -> None:
    """Check that `file` does not exist and can be written; raises FolderError with the `flag` that names it."""
    if file.exists():
        raise FolderError(f"{flag} {file}: exists; give a new file (nothing is overwritten)")
    try:
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise FolderError(f"{flag} {file}: cannot be written ({reason_of(error)}); choose another place") from error


def _new_folder(stem: str) -> Path:
    counter = 1
    while True:
        folder = RESULTS / f"{stem}-{counter}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            counter += 1
        except OSError as error:
            raise FolderError(f"{folder}: cannot be created ({reason_of(error)}); choose a place with --out") from error
        else:
            return folder


def write_observables(frame: pd.DataFrame, folder: Path) -> Path:
    """Write the long table as `observables.parquet`; return its path."""
    path = folder / "observables.parquet"
    return write_atomically(path, lambda stream: frame.to_parquet(stream, compression="zstd", index=False))


def write_manifest(manifest: dict[str, Any], folder: Path) -> Path:
    """Write `manifest.json`; return its path. Dates become ISO strings; a number that is not finite becomes null."""
    content = to_json(manifest, indent=2, inf_nan_mode="null", fallback=_plain) + b"\n"
    return write_atomically(folder / "manifest.json", content, overwrite=True)


def _plain(value: Any) -> Any:
    """Return a NumPy scalar as a number, anything else as text."""
    return value.item() if hasattr(value, "item") else str(value)
