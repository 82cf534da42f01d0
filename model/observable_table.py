"""The observables that a run records, declared once in `model/data/observables.csv`; read without pandas or Mesa."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from model.errors import JevonsError, nearest, show

TABLE = Path(__file__).parent / "data" / "observables.csv"
PROFILES = Path(__file__).parents[1] / "agents" / "data"
KINDS = frozenset({"builder", "chip_maker", "hyperscaler", "lab", "market", "power_supplier"})

Series = tuple[str, str, str]
"""Observable, entity, segment."""


class Observable(NamedTuple):
    """What a run records under one name: its unit, of whom, for which segments, how it is computed, what it means.

    `entities` are kinds: lab, hyperscaler, chip_maker, power_supplier, builder, market. An observable with other
    segments for some of them has a row each.
    """

    name: str
    unit: str
    entities: tuple[str, ...] = ("market",)
    segments: tuple[str, ...] = ("all",)
    formula: str = ""
    gloss: str = ""


@cache
def declared_observables() -> tuple[Observable, ...]:
    """Return the rows of the table, in order; raises JevonsError for a row that cannot be read."""
    rows = _read(TABLE)
    for line, row in enumerate(rows, start=2):
        if len(row) != len(Observable._fields) or not KINDS.issuperset(row[2].split()):
            raise JevonsError(
                f"{TABLE.name}, line {line}: it needs {', '.join(Observable._fields)}, with entities of "
                f"{', '.join(sorted(KINDS))}; put a cell with a comma in quotes"
            )
    return tuple(Observable(n, unit, tuple(e.split()), tuple(s.split()), *rest) for n, unit, e, s, *rest in rows)


@cache
def declared_series(names_of: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Mapping[Series, Observable]:
    """Return every series that a run records, and its row of the table.

    names_of: kinds of firms (lab, hyperscaler, chip_maker, power_supplier, builder) and the names of each; by default
    they are those of the data.
    """
    given = dict.fromkeys(KINDS, ()) | dict(names_of) | {"market": ("market",)}
    names = {kind: given[kind] or tuple(name for name, *_ in _read(PROFILES / f"{kind}s.csv")) for kind in given}
    return MappingProxyType(
        {
            (row.name, entity, segment): row
            for row in declared_observables()
            for segment in row.segments
            for kind in row.entities
            for entity in names[kind]
        }
    )


def _read(file: Path) -> list[list[str]]:
    """Return the rows of a CSV file below its header."""
    with file.open(newline="", encoding="utf-8") as opened:
        return list(csv.reader(opened))[1:]


def unknown_series(wanted: Sequence[str], known: Iterable[Sequence[str]]) -> str | None:
    """Say which part of a series' name none of the known series has, and which come nearest; None for a known one.

    `wanted`: an observable, or an observable, entity and segment; `known` series begin with these three.
    """
    series = [tuple(name[:3]) for name in known]
    for place, (what, part) in enumerate(zip(("observable", "entity", "segment"), wanted, strict=False)):
        there = dict.fromkeys(name[place] for name in series if name[:place] == tuple(wanted[:place]))
        if part not in there:
            subject = f"{' of '.join(wanted[:place])} has no" if place else "there is no"
            return f"{subject} {what} {show(part)}; {nearest(part, there)}"
    return None
