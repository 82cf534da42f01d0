"""Scenario files: the TOML that says what differs from the baseline, read without the parameters that it changes.

This file imports little, so that the scenarios can be listed at once. `Scenario` checks what a file says.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w

from model.dotted import flatten, nest
from model.errors import JevonsError, nearest, show

FOLDER = Path(__file__).resolve().parent / "scenarios"

KEYS = ("name", "title", "description", "scale", "start", "until", "change")

Change = tuple[dt.date, Mapping[str, Any]]


class Outline(NamedTuple):
    """What a scenario's file says, unchecked: its words, values by path from the start, and later changes."""

    name: str
    title: str
    description: str
    overrides: Mapping[str, Any]
    changes: tuple[Change, ...]


def scenario_names() -> list[str]:
    """Return the names of the scenarios that come with the model, the baseline first."""
    return sorted((file.stem for file in FOLDER.glob("*.toml")), key=lambda name: (name != "baseline", name))


def scenario_outlines() -> list[Outline]:
    """Return what the files of the scenarios that come with the model say, the baseline first."""
    outlines = []
    for name in scenario_names():
        fields = split_fields(read(FOLDER / f"{name}.toml"))
        title, description = (str(fields.get(key, "")) for key in ("title", "description"))
        changes = tuple((day, flatten(values)) for day, values in fields["changes"])
        outlines.append(Outline(name, title, description, fields["overrides"], changes))
    return outlines


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
        raise JevonsError(f"is not TOML: {error}") from None


def split_fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Sort the keys of a file into the fields of a `Scenario`: its words and days, overrides by path, and changes.

    A table `scale` may name the scale that it refines as `preset`. Raises `JevonsError` for a malformed change.
    """
    fields = {key: document[key] for key in KEYS if key in document and key != "change"}
    tables = {key: value for key, value in document.items() if key not in KEYS}
    if isinstance(document.get("scale"), Mapping):
        tables["scale"] = {key: value for key, value in document["scale"].items() if key != "preset"}
        fields["scale"] = document["scale"].get("preset", "default")
    return {**fields, "overrides": flatten(tables), "changes": _read_changes(document.get("change", []))}


def _read_changes(entries: object) -> tuple[Change, ...]:
    """Read the `[[change]]` entries of a file: a date and a table `set` each."""
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise JevonsError(f"change = {show(entries)} is not allowed: write [[change]] with date and [change.set]")
    changes: list[Change] = []
    for number, entry in enumerate(entries, 1):
        for key in entry:
            if key not in ("date", "set"):
                raise JevonsError(f"change {number}: {key}: no such key; {nearest(key, ('date', 'set'))}")
        if "date" not in entry or not isinstance(entry.get("set"), Mapping) or not entry["set"]:
            raise JevonsError(f"change {number}: a change needs a date and a table [change.set] that is not empty")
        changes.append((entry["date"], entry["set"]))
    return tuple(changes)


def write(head: Mapping[str, Any], values: Mapping[str, Any], changes: Iterable[Change]) -> str:
    """Write top-level keys, values by dotted path as one table a group, and dated changes.

    None becomes an empty text, which reads back as None where a parameter allows it.
    """
    parts = [tomli_w.dumps({**head, **_tables(values)})]
    for day, changed in changes:  # one by one: in a list, the library writes a short change on one line
        parts.append("[[change]]\n" + tomli_w.dumps({"date": day, "change": {"set": _tables(changed)}}))
    return "\n".join(parts)


def _tables(values: Mapping[str, Any]) -> dict[str, Any]:
    return nest({path: "" if value is None else value for path, value in values.items()})
