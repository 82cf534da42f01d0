"""Dated targets in the model's own observables: what a run is held against."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast, get_args

from model import JevonsError, declared_series, unknown_series

Statistic = Literal["mean", "level", "ratio", "year_total"]
Role = Literal["calibrate", "validate", "forecast"]

STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
ROLES: tuple[Role, ...] = get_args(Role)
TARGETS_PATH = Path(__file__).parent / "data" / "targets.csv"

_IDENTITY = ["id", "observable", "entity", "segment", "statistic"]
_COLUMNS = [*_IDENTITY, "start", "end", "value", "low", "high", "unit", "role", "source", "note"]


class TargetError(JevonsError, ValueError):
    """A row of targets that contradicts itself or cannot be read; the message names the row."""


@dataclass(frozen=True, slots=True)
class Target:
    """One dated number with the band within which a run meets it.

    `unit` is the unit of the series (observable, entity, segment), or `ratio` for the statistic *ratio*;
    `start` and `end` are inclusive. Raises TargetError when the fields contradict each other.
    """

    id: str
    observable: str
    entity: str
    segment: str
    statistic: Statistic
    start: date
    end: date
    value: float
    low: float
    high: float
    unit: str
    role: Role
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "observable", "entity", "segment", "unit", "source"):
            if not getattr(self, name):
                raise TargetError(f"target {self.id or '(no id)'}: {name} is empty")
        _member(self.id, "statistic", self.statistic, STATISTICS)
        _member(self.id, "role", self.role, ROLES)
        if self.start > self.end:
            raise TargetError(f"target {self.id}: start {self.start} is after end {self.end}")
        if not all(map(math.isfinite, (self.low, self.value, self.high))):
            raise TargetError(f"target {self.id}: value and band must be finite numbers")
        if not self.low <= self.value <= self.high:
            raise TargetError(f"target {self.id}: value {self.value:g} is outside its band {self.low:g}..{self.high:g}")
        self._check_window()

    def _check_window(self) -> None:
        year = self.start.year
        if self.statistic == "year_total" and (self.start, self.end) != (date(year, 1, 1), date(year, 12, 31)):
            raise TargetError(f"target {self.id}: a year_total spans one calendar year, not {self.start}..{self.end}")
        if self.statistic == "ratio" and self.start == self.end:
            raise TargetError(f"target {self.id}: a ratio needs two dates, both are {self.end}")

    @property
    def series(self) -> tuple[str, str, str]:
        """The series this target reads: (observable, entity, segment)."""
        return (self.observable, self.entity, self.segment)

    @property
    def window(self) -> str:
        """The dates that matter, for a table: one date, a range, two dates of a ratio, or a year."""
        match self.statistic:
            case "level":
                return f"{self.end}"
            case "ratio":
                return f"{self.start} -> {self.end}"
            case "year_total":
                return f"{self.start.year}"
            case "mean":
                return f"{self.start}..{self.end}"


def load_targets(path: Path | None = None) -> tuple[Target, ...]:
    """Read and check the shipped targets, or those of another CSV file with the same columns.

    Raises TargetError naming the row for a missing column, an unreadable value, a value outside its band,
    an unknown statistic or role, a repeated id, a series that the market does not record, or another unit than its own.
    """
    with (path or TARGETS_PATH).open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames is None or list(reader.fieldnames) != _COLUMNS:
            raise TargetError(f"targets need the columns {', '.join(_COLUMNS)}; got {reader.fieldnames}")
        targets = tuple(_parse(row) for row in reader)
    _check_ids(targets)
    for target in targets:
        check_series(f"target {target.id}", target.series, None if target.statistic == "ratio" else target.unit)
    return targets


def _parse(row: dict[str, str]) -> Target:
    name = row["id"]
    if None in row or None in row.values():
        raise TargetError(f"target {name}: the row has more or fewer cells than the {len(_COLUMNS)} columns")
    return Target(
        id=name,
        observable=row["observable"],
        entity=row["entity"],
        segment=row["segment"],
        statistic=cast(Statistic, row["statistic"]),
        start=_date(name, "start", row["start"]),
        end=_date(name, "end", row["end"]),
        value=_number(name, "value", row["value"]),
        low=_number(name, "low", row["low"]),
        high=_number(name, "high", row["high"]),
        unit=row["unit"],
        role=cast(Role, row["role"]),
        source=row["source"],
        note=row["note"],
    )


def _date(name: str, column: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TargetError(f"target {name}: {column} {text!r} is not a date (YYYY-MM-DD)") from None


def _number(name: str, column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise TargetError(f"target {name}: {column} {text!r} is not a number") from None


def _member(name: str, column: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise TargetError(f"target {name}: {column} {value!r} is not one of {', '.join(allowed)}")


def _check_ids(targets: Sequence[Target]) -> None:
    seen: set[str] = set()
    for target in targets:
        if target.id in seen:
            raise TargetError(f"target {target.id}: the id is used twice")
        seen.add(target.id)


def check_series(where: str, series: tuple[str, str, str], unit: str | None = None) -> None:
    """Check that the market records a series, in a unit; raises TargetError, which begins with `where`."""
    problem = unknown_series(series, declared_series())
    if problem is not None:
        raise TargetError(f"{where}: {problem}")
    declared = declared_series()[series].unit
    if unit not in (None, declared):
        raise TargetError(f"{where}: {series[0]} is in {declared}, not in {unit}")
