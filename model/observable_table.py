"""The observables that a run records, declared once in `model/data/observables.csv`; read without pandas or Mesa."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from model.errors import nearest, show

TABLE = Path(__file__).parent / "data" / "observables.csv"
PROFILES = Path(__file__).parents[1] / "agents" / "data"

Series = tuple[str, str, str]
"""Observable, entity, segment."""


class Observable(NamedTuple):
    """What a run records under one name: its unit, of whom, for which segments, how it is computed, what it means.

    `entities` are kinds: lab, hyperscaler, market. An observable with other segments for some of them has a row each.
    """

    name: str
    unit: str
    entities: tuple[str, ...] = ("market",)
    segments: tuple[str, ...] = ("all",)
    formula: str = ""
    gloss: str = ""


@cache
def declared_observables() -> tuple[Observable, ...]:
    """Return the rows of the table, in order."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return tuple(
            Observable(
                row["name"],
                row["unit"],
                tuple(row["entities"].split()),
                tuple(row["segments"].split()),
                row["formula"],
                row["gloss"],
            )
            for row in csv.DictReader(file)
        )


@cache
def declared_series() -> Mapping[Series, Observable]:
    """Return every series that a run records with the labs and hyperscalers of the data, and its row of the table."""
    names = {"lab": _names("labs"), "hyperscaler": _names("hyperscalers"), "market": ["market"]}
    return {
        (row.name, entity, segment): row
        for row in declared_observables()
        for segment in row.segments
        for kind in row.entities
        for entity in names[kind]
    }


def _names(table: str) -> list[str]:
    with (PROFILES / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return [row["name"] for row in csv.DictReader(file)]


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
