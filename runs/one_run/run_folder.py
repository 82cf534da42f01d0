"""The run folder: made before the run, filled atomically after it."""

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
from pydantic_core import from_json, to_json

from calibration.store.sealed_files import sealed_json, table_bytes
from model import JevonsError, reason_of, write_atomically
from runs.places import RESULTS

T = TypeVar("T")
# Marks the folder of a run under way, and keeps the space that its table will need.
CLAIM, RESERVED_BYTES = ".running", 8 * 2**20
MANIFEST = "manifest.json"  # written last


class FolderError(JevonsError):
    """The output folder cannot be used."""


def open_folder(wanted: Path | None, scenario: str, seed: int, today: date) -> Path:
    """Create the run folder, before anything is simulated.

    `wanted` is used as it is; without it, the folder is new, under `runs/results`, named by date, scenario, seed
    and the first free counter. Raises FolderError where the folder is a file, holds anything or cannot be made.
    """
    name = re.sub(r"[^\w-]+", "-", scenario).strip("-") or "scenario"
    return _new_folder(f"{today.isoformat()}-{name}-seed{seed}") if wanted is None else _given_folder(wanted)


def _given_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_used(folder)
    except (FileExistsError, NotADirectoryError) as error:
        raise FolderError(f"--out {folder}: is a file, or lies below one; give a new or empty folder") from error
    except OSError as error:
        raise FolderError(f"--out {folder}: cannot be created ({reason_of(error)})") from error
    return folder


def _refuse_used(folder: Path, *, ours: bool = False) -> None:
    """Refuse a folder that holds anything, beside a claim of `ours`."""
    names = {path.name for path in folder.iterdir()} - ({CLAIM} if ours else set())
    if names == {CLAIM}:
        raise FolderError(f"--out {folder}: another run writes there, or was killed (then remove {CLAIM} from it)")
    if names:
        raise FolderError(f"--out {folder}: is not empty; give a new or empty folder (nothing is overwritten)")


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[Callable[[], None]]:
    """Keep an empty run folder for one process, and space on its disk until what is yielded is called.

    Raises FolderError where another run has it, or the disk is full.
    """
    mark, ours = folder / CLAIM, False
    try:
        try:
            with mark.open("xb") as stream:
                ours = True
                stream.write(bytes(RESERVED_BYTES))
        except OSError as error:
            _refuse_used(folder, ours=ours)
            raise FolderError(f"--out {folder}: cannot be written ({reason_of(error)}); choose another place") from None
        _refuse_used(folder, ours=True)  # another run may have begun and ended in the meantime
        yield lambda: os.truncate(mark, 0)
    finally:
        if ours:
            mark.unlink(missing_ok=True)


def written(write: Callable[[Path], T], folder: Path) -> T:
    """Return what `write(folder)` gives; so that no finished run is lost to a full disk, a temporary folder stands in.

    Raises JevonsError where the folder refuses, with the place where the run is kept.
    """
    try:
        return write(folder)
    except JevonsError as error:
        other = Path(tempfile.mkdtemp(prefix="jevons-run-"))
        try:
            write(other)
        except JevonsError:
            raise JevonsError(f"{error}; nor can {other}: the run is lost; the same command repeats it") from None
        raise JevonsError(f"{error}; the run is kept in {other}") from None


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
    """Write the long table as `observables.parquet`, with a checksum; return its path."""
    content = table_bytes(pa.Table.from_pandas(frame, preserve_index=False), compression="zstd")
    return write_atomically(folder / "observables.parquet", content)


def write_manifest(manifest: dict[str, Any], folder: Path) -> Path:
    """Write `manifest.json`, with a checksum; return its path.

    Dates become ISO strings; a number that is not finite becomes null.
    """
    content = from_json(to_json(manifest, inf_nan_mode="null", fallback=_plain))
    return write_atomically(folder / MANIFEST, sealed_json(content), overwrite=True)


def _plain(value: Any) -> Any:
    """Return a NumPy scalar as a number, anything else as text."""
    return value.item() if hasattr(value, "item") else str(value)
