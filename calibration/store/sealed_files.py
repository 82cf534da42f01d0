"""Files that notice damage: Parquet tables and JSON documents that carry a checksum (SHA-256) of themselves.

Text files, such as CSV, have theirs in a file `SHA256SUMS` beside them, as the tool sha256sum writes and checks it. A
file without a checksum, such as a user's own table, is read as it is. A flipped bit either breaks the checksum, and the
file is refused, or it hits the name of the checksum, and the content is whole.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from calibration.store.code_fingerprint import digest
from model import JevonsError, reason_of

SEAL, BLANK = b"jevons-sha256:", b"0" * 64
JSON_SEAL = "sha256"
SUMS = "SHA256SUMS"


class DamagedError(JevonsError):
    """A file that is cut short or does not hold what was written."""


def table_bytes(table: pa.Table, **options: Any) -> bytes:
    """Return a table as a Parquet file whose metadata hold the checksum of all its bytes."""
    sink = BytesIO()
    with pq.ParquetWriter(sink, table.schema, **options) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"checksum": (SEAL + BLANK).decode()})
    content = sink.getvalue()
    head, seal, tail = content.rpartition(SEAL)
    return b"".join((head, seal, sha256(content).hexdigest().encode(), tail[len(BLANK) :]))


def check_file(path: Path) -> None:
    """Check a Parquet file against its checksum, once a process as long as size and times of the file stay the same.

    Raises DamagedError, FileNotFoundError, and JevonsError where the file cannot be read.
    """
    try:
        found = path.stat()
        _check(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise JevonsError(f"{path}: cannot be read: {reason_of(error)}") from None


@lru_cache(maxsize=100_000)
def _check(path: Path, *_stamp: int) -> None:
    content = path.read_bytes()
    at = content.rfind(SEAL) + len(SEAL)
    if at < len(SEAL):
        return
    view, end = memoryview(content), at + len(BLANK)
    found = sha256(view[:at])
    found.update(BLANK)
    found.update(view[end:])
    if found.hexdigest().encode() != content[at:end]:
        raise DamagedError(f"{path}: is damaged: its checksum does not match its content")


def check_files(paths: Iterable[Path]) -> None:
    """Check several files side by side; raises what `check_file` raises."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(check_file, paths))


def read_table(path: Path, columns: Sequence[str] | None = None, needs: Iterable[str] = ()) -> pa.Table:
    """Return a checked Parquet table; raises what `check_file` raises.

    Any other file, and a table without a column that it `needs`, is a DamagedError.
    """
    check_file(path)
    try:
        table = pq.read_table(path, columns=columns, partitioning=None)  # pyright: ignore[reportArgumentType]
        _check_names(path, needs, table.column_names)
        return table
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DamagedError(f"{path}: is not a Parquet table, or is damaged: {str(error).splitlines()[0]}") from None


def _check_names(path: Path, needs: Iterable[str], there: Iterable[str]) -> None:
    if missing := sorted(set(needs) - set(there)):
        raise DamagedError(f"{path}: is not the file that belongs there (it has no {missing[0]})")


def sums_of(texts: Mapping[str, str]) -> str:
    """Return the content of `SHA256SUMS` for text files by name."""
    return "".join(f"{sha256(text.encode()).hexdigest()}  {name}\n" for name, text in texts.items())


def check_sum(path: Path) -> None:
    """Check a file against `SHA256SUMS` beside it, where that names it; raises what `check_file` raises."""
    try:
        listed = path.with_name(SUMS).read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        sums = [line.split() for line in listed.splitlines()]
        found = sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return
    except OSError as error:
        raise JevonsError(f"{path}: cannot be read: {reason_of(error)}") from None
    if any(line[1:] == [path.name] and line[0] != found for line in sums):
        raise DamagedError(f"{path}: is damaged: its checksum in {SUMS} does not match its content")


def sealed_json(content: Mapping[str, Any]) -> str:
    """Return plain values as a JSON document with a checksum."""
    plain = json.loads(json.dumps(content))
    return json.dumps({**plain, JSON_SEAL: digest(plain)}, indent=1, ensure_ascii=False) + "\n"


def read_json(path: Path, needs: Iterable[str] = ()) -> dict[str, Any]:
    """Return a checked JSON document, which has the keys that it `needs`; raises what `read_table` raises."""
    try:
        content: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise JevonsError(f"{path}: cannot be read: {reason_of(error)}") from None
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{path}: is damaged: {error}") from None
    seal = content.pop(JSON_SEAL, None) if isinstance(content, dict) else ""
    if seal is not None and seal != digest(content):
        raise DamagedError(f"{path}: is damaged: its checksum does not match its content")
    _check_names(path, needs, content)
    return dict(content)
