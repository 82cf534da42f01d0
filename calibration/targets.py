"""Dated targets in the model's own observables: what a run is held against."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from calibration.typed_rows import RowError, read_rows
from model import declared_series, unknown_series

Statistic = Literal["mean", "level", "ratio", "year_total", "quarter_total"]

# Statistics that sum a weekly flow over a calendar period, and its months.
TOTALS: dict[str, int] = {"year_total": 12, "quarter_total": 3}
TARGETS_PATH = Path(__file__).parent / "data" / "targets.csv"

Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Firms = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Target:
    """One dated number with the band within which a run meets it.

    `unit` is the unit of the series (observable, entity, segment), or `ratio` for the statistic *ratio*;
    `start` and `end` are inclusive; `published` is the day from which the figure was public. Raises ValueError when the
    fields contradict each other.
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
    published: date
    source: Text
    note: str = ""

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"start {self.start} is after end {self.end}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value:g} is outside its band {self.low:g}..{self.high:g}")
        months = TOTALS.get(self.statistic)
        if months is not None and not _spans(self.start, self.end, months):
            period = self.statistic.removesuffix("_total")
            raise ValueError(f"a {self.statistic} spans one calendar {period}, not {self.start}..{self.end}")
        if self.statistic == "ratio" and self.start == self.end:
            raise ValueError(f"a ratio needs two dates, both are {self.end}")

    @property
    def series(self) -> tuple[str, str, str]:
        """The series this target reads: (observable, entity, segment)."""
        return (self.observable, self.entity, self.segment)

    @property
    def window(self) -> str:
        """The dates that matter, for a table: one date, a range, two dates of a ratio, a year, or a quarter."""
        start, end = self.start, self.end
        windows = {"level": f"{end}", "ratio": f"{start} -> {end}", "year_total": f"{start.year}"}
        windows["quarter_total"] = f"{start.year} Q{(start.month + 2) // 3}"
        return windows.get(self.statistic, f"{start}..{end}")


def _spans(start: date, end: date, months: int) -> bool:
    """Whether two dates are the first and the last day of a calendar period of so many months."""
    after = end + timedelta(days=1)
    first = start.day == after.day == 1 and start.month % months == 1
    return first and (after.year - start.year) * 12 + after.month - start.month == months


def load_targets(path: Path | None = None, firms: Firms = ()) -> tuple[Target, ...]:
    """Read and check the shipped targets, or those of another CSV file with the same columns.

    `firms`: the kinds of firms of the market that is held against them, and the names of each; the shipped ones by
    default. Raises RowError naming file, line and row for a missing column, an unreadable value, a value outside its
    band, an unknown statistic, a repeated id, another unit than that of its series, or a series that the market does
    not record.
    """
    ids: set[str] = set()

    def check(target: Target) -> None:
        if target.id in ids:
            raise ValueError("the id is used twice")
        ids.add(target.id)
        problem = _series_problem(target.series, None if target.statistic == "ratio" else target.unit, firms)
        if problem is not None:
            raise ValueError(problem)

    return read_rows(path or TARGETS_PATH, Target, "target", check=check)


def check_series(where: str, series: tuple[str, str, str]) -> None:
    """Check that the market records a series; raises RowError, which begins with `where`."""
    problem = _series_problem(series, None, ())
    if problem is not None:
        raise RowError(f"{where}: {problem}")


def _series_problem(series: tuple[str, str, str], unit: str | None, firms: Firms) -> str | None:
    """Say what is wrong with a series or its unit, where one is given; None where nothing is."""
    known = declared_series(firms)
    problem = unknown_series(series, known)
    if problem is None and unit not in (None, known[series].unit):
        return f"{series[0]} is in {known[series].unit}, not in {unit}"
    return problem
