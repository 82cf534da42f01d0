"""Signs and shapes as targets: a growth faster than another, a level above a bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from calibration.scoreboard import SeriesIndex, evaluate
from calibration.targets import Number, Target, check_series
from calibration.typed_rows import Row, read_rows

Kind = Literal["growth", "level"]
Sense = Literal["at_least", "at_most"]
SHAPES_PATH = Path(__file__).parent / "data" / "shapes.csv"
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Term:
    """A series between two dates: its growth from one to the other, or its mean over them."""

    observable: str
    entity: str
    segment: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Shape:
    """A statement that can be false: a quantity lies on one side of a bound.

    *growth*: decades a year of `term` (between the means of the months that hold its two dates) less those of
    `than`, where there is one; *level*: the mean of `term` in the unit of its series. `tolerance` is the standard
    deviation with which the bound itself is known, in the same unit; `known` is the day from which the statement
    was public.
    """

    id: str
    kind: Kind
    sense: Sense
    bound: Number
    tolerance: Annotated[Number, Field(gt=0.0)]
    term: Term
    than: Term | None
    known: date
    source: str
    note: str

    @property
    def sign(self) -> float:
        """1 where the quantity has to exceed the bound, -1 where it has to stay below."""
        return 1.0 if self.sense == "at_least" else -1.0

    def holds(self, value: float) -> bool:
        """Whether a value lies on the right side of the bound; a NaN does not."""
        return self.sign * (value - self.bound) >= 0.0


def load_shapes(path: Path | None = None) -> tuple[Shape, ...]:
    """Read the shipped shapes, or those of another CSV file with the same columns; raises RowError.

    Series that the market does not record are refused, with the nearest that it does.
    """
    shapes = read_rows(path or SHAPES_PATH, Shape, "shape", _fields)
    for shape in shapes:
        for term in filter(None, (shape.term, shape.than)):
            check_series(f"shape {shape.id}", (term.observable, term.entity, term.segment))
    return shapes


def measure(shape: Shape, index: SeriesIndex) -> float:
    """The value of a shape's quantity in a run; NaN where the run does not cover it or a logarithm does not exist."""
    if shape.kind == "level":
        return _mean(shape.term, shape.term.start, shape.term.end, index)
    value = _growth(shape.term, index)
    return value if shape.than is None else value - _growth(shape.than, index)


def measures(shapes: Sequence[Shape], index: SeriesIndex) -> dict[str, float]:
    """The value of every shape by id."""
    return {shape.id: measure(shape, index) for shape in shapes}


def _growth(term: Term, index: SeriesIndex) -> float:
    first, last = (_mean(term, *_month(day), index) for day in (term.start, term.end))
    if not (first > 0.0 and last > 0.0):
        return float("nan")
    return float(np.log10(last / first)) * DAYS_A_YEAR / (term.end - term.start).days


def _mean(term: Term, start: date, end: date, index: SeriesIndex) -> float:
    series = index.get((term.observable, term.entity, term.segment))
    if series is None:
        return float("nan")
    window = Target("shape", term.observable, term.entity, term.segment, "mean", start, end, 1.0, 1.0, 1.0,
                    series.unit, start, "shape")  # fmt: skip
    return evaluate(window, index)


def _month(day: date) -> tuple[date, date]:
    start = day.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _fields(row: Row) -> Row:
    """Return the fields of a shape: the columns of its two terms become terms."""
    names = ("observable", "entity", "segment", "start", "end")
    terms = [{name: row[f"{prefix}{name}"] for name in names} for prefix in ("", "than_")]
    return {**row, "term": terms[0], "than": terms[1] if row["than_observable"] else None}
