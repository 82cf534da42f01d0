"""Reading and writing scenario files: TOML with errors in one line, and just the emitter that scenarios need."""

import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from model.errors import JevonsError

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read(file: Path) -> dict[str, Any]:
    """Read a TOML file; raises `JevonsError` with the reason, and the line of a mistake."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise JevonsError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise JevonsError(f"is not UTF-8 text: {error.reason} at byte {error.start}") from None
    return parse(text)


def parse(text: str) -> dict[str, Any]:
    """Read TOML text; raises `JevonsError` with the reason, and the line of a mistake."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also covers integers too long for Python to read
        message = str(error)
        place = _PLACE.search(message)
        if place is None:
            raise JevonsError(f"is not a TOML file: {message}") from None
        line = place[1] or str(text.rstrip("\n").count("\n") + 1)
        raise JevonsError(f"line {line}: is not TOML: {message[: place.start()]}") from None


def write(
    head: Mapping[str, Any], values: Mapping[str, Any], changes: Iterable[tuple[dt.date, Mapping[str, Any]]]
) -> str:
    """Write top-level keys, values by dotted path as one table a group, and dated changes."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in head.items()]
    tables: dict[str, list[str]] = {}
    for path, value in values.items():
        group, _, name = path.rpartition(".")
        tables.setdefault(group, []).append(f"{_key(name)} = {_value(value)}")
    for group, entries in tables.items():
        lines += ["", f"[{'.'.join(_key(part) for part in group.split('.'))}]", *entries]
    for day, changed in changes:
        lines += ["", "[[change]]", f"date = {day.isoformat()}", "[change.set]"]
        lines += [f"{_key(path)} = {_value(value)}" for path, value in changed.items()]
    return "\n".join(lines) + "\n"


def _key(text: str) -> str:
    return text if _BARE_KEY.fullmatch(text) else _text(text)


def _value(value: Any) -> str:
    """Write one value; None becomes an empty text, which reads back as None where a parameter allows it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return value.isoformat()
    return repr(value) if isinstance(value, int | float) else _text("" if value is None else str(value))


def _text(text: str) -> str:
    """Write a basic string; JSON escapes the same characters as TOML, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
