"""Observables: one number a week for each (observable, entity, segment), and the long table they make."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.choice import Floats
from model.clock import Clock
from model.errors import NotFiniteError

if TYPE_CHECKING:
    import pandas as pd


class Name(NamedTuple):
    """One series: what, of whom, which part, in which unit."""

    observable: str
    entity: str
    segment: str
    unit: str


class Row:
    """One week's values in order; names are gathered with them the first time."""

    __slots__ = ("names", "naming", "values")

    def __init__(self, *, naming: bool) -> None:
        self.naming = naming
        self.names: list[Name] = []
        self.values: list[float] = []

    def add(self, observable: str, entity: str, segment: str, unit: str, value: float) -> None:
        """Add one value."""
        self.values.append(float(value))
        if self.naming:
            self.names.append(Name(observable, entity, segment, unit))

    def add_each(self, observable: str, entities: Sequence[str], segment: str, unit: str, values: Floats) -> None:
        """Add one value for each entity."""
        self.values.extend(values.tolist())
        if self.naming:
            self.names.extend(Name(observable, entity, segment, unit) for entity in entities)

    def add_table(
        self, observable: str, entities: Sequence[str], segments: Iterable[str], unit: str, values: Floats
    ) -> None:
        """Add one value for each segment and entity; values (segments, entities)."""
        self.values.extend(values.ravel().tolist())
        if self.naming:
            self.names.extend(Name(observable, entity, segment, unit) for segment in segments for entity in entities)


class Observables:
    """The record of a run: a row a week, a column a series. Series are fixed when the first week is recorded."""

    STATE = ("values",)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.names: tuple[Name, ...] = ()
        self.values: Floats = np.empty((clock.weeks_total, 0))
        self._column: dict[tuple[str, str, str], int] = {}

    def record(self, week: int, row: "Row") -> None:
        """Write one week. Its series must be those of the first week recorded, in the same order."""
        if not self.names:
            self._fix(tuple(row.names))
        elif len(row.values) != len(self.names):
            raise ValueError(f"week {week} records {len(row.values)} series, the first week {len(self.names)}")
        self.values[week] = row.values
        if not np.isfinite(self.values[week]).all():
            name = self.names[int(np.argmin(np.isfinite(self.values[week])))]
            raise NotFiniteError(week, "record", f"{name.observable} of {name.entity}, {name.segment}")

    def row(self) -> "Row":
        """Return an empty row to fill; it gathers names only while the series are not fixed yet."""
        return Row(naming=not self.names)

    def _fix(self, names: tuple[Name, ...]) -> None:
        column = {name[:3]: i for i, name in enumerate(names)}
        if len(column) != len(names):
            raise ValueError("two series have the same name")
        self.names = names
        self._column = column
        self.values = np.full((self._clock.weeks_total, len(names)), np.nan)

    def restore(self, names: Sequence[Name], values: Floats) -> None:
        """Take up what an earlier run recorded: the names of its series, and values (weeks, series)."""
        self._fix(tuple(names))
        self.values[: len(values)] = values

    def series(self, observable: str, entity: str = "market", segment: str = "all") -> Floats:
        """Return one series so far (weeks,); KeyError where there is none."""
        return self.values[: self._clock.week, self._column[observable, entity, segment]]

    def latest(self, observable: str, entity: str = "market", segment: str = "all") -> float:
        """Return the value of the last recorded week."""
        return float(self.series(observable, entity, segment)[-1])

    def frame(self) -> "pd.DataFrame":
        """Return the long table: date (Monday), observable, entity, segment, value, unit."""
        import pandas as pd

        weeks, count = self._clock.week, len(self.names)
        dates = pd.date_range(self._clock.start, periods=weeks, freq="7D").as_unit("s")
        columns = (
            {
                field: pd.Categorical.from_codes(
                    np.repeat(np.unique([n[i] for n in self.names], return_inverse=True)[1], weeks),
                    pd.Index(np.unique([n[i] for n in self.names])),
                )
                for i, field in enumerate(Name._fields)
            }
            if count
            else {field: pd.Categorical([]) for field in Name._fields}
        )
        return pd.DataFrame(
            {
                "date": np.tile(dates.to_numpy(), count),
                "observable": columns["observable"],
                "entity": columns["entity"],
                "segment": columns["segment"],
                "value": self.values[:weeks].T.ravel(),
                "unit": columns["unit"],
            }
        )
