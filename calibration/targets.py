"""Dated targets in the model's own observables: what a run is held against."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field
from pydantic.dataclasses import dataclass

from calibration.typed_rows import RowError, read_rows
from model import declared_series, unknown_series

Statistic = Literal["mean", "level", "ratio", "year_total"]
Role = Literal["calibrate", "validate", "forecast"]

ROLES: tuple[Role, ...] = get_args(Role)
TARGETS_PATH = Path(__file__).parent / "data" / "targets.csv"

Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Target:
    """One dated number with the band within which a run meets it.

    `unit` is the unit of the series (observable, entity, segment), or `ratio` for the statistic *ratio*;
    `start` and `end` are inclusive. Raises ValueError when the fields contradict each other.
    """

    id: Text
    observable: Text
    entity: Text
    segment: Text
    statistic: Statistic
    start: date
    end: date
    value: Number
    low: Number
    high: Number
    unit: Text
    role: Role
    source: Text
    note: str = ""

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"start {self.start} is after end {self.end}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value:g} is outside its band {self.low:g}..{self.high:g}")
        year = self.start.year
        if self.statistic == "year_total" and (self.start, self.end) != (date(year, 1, 1), date(year, 12, 31)):
            raise ValueError(f"a year_total spans one calendar year, not {self.start}..{self.end}")
        if self.statistic == "ratio" and self.start == self.end:
            raise ValueError(f"a ratio needs two dates, both are {self.end}")

    @property
    def series(self) -> tuple[str, str, str]:
        """The series this target reads: (observable, entity, segment)."""
        return (self.observable, self.entity, self.segment)

    @property
    def window(self) -> str:
        """The dates that matter, for a table: one date, a range, two dates of a ratio, or a year."""
        start, end = self.start, self.end
        windows = {"level": f"{end}", "ratio": f"{start} -> {end}", "year_total": f"{start.year}"}
        return windows.get(self.statistic, f"{start}..{end}")


def load_targets(path: Path | None = None) -> tuple[Target, ...]:
    """Read and check the shipped targets, or those of another CSV file with the same columns.

    Raises RowError naming the row for a missing column, an unreadable value, a value outside its band,
    an unknown statistic or role, a repeated id, a series that the market does not record, or another unit than its own.
    """
    targets = read_rows(path or TARGETS_PATH, Target, "target")
    ids = [target.id for target in targets]
    for number, target in enumerate(targets):
        if target.id in ids[:number]:
            raise RowError(f"target {target.id}: the id is used twice")
        check_series(f"target {target.id}", target.series, None if target.statistic == "ratio" else target.unit)
    return targets


def check_series(where: str, series: tuple[str, str, str], unit: str | None = None) -> None:
    """Check that the market records a series, in a unit; raises RowError, which begins with `where`."""
    problem = unknown_series(series, declared_series())
    if problem is not None:
        raise RowError(f"{where}: {problem}")
    declared = declared_series()[series].unit
    if unit not in (None, declared):
        raise RowError(f"{where}: {series[0]} is in {declared}, not in {unit}")
