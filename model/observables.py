"""Observables: one number a week for each (observable, entity, segment), and the long table they make."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.choice import Floats
from model.clock import Clock
from model.errors import NotFiniteError, UnknownSeriesError, nearest, show

if TYPE_CHECKING:
    import pandas as pd


class Name(NamedTuple):
    """One series: what, of whom, which part, in which unit."""

    observable: str
    entity: str
    segment: str
    unit: str


class Block:
    """The observables of some weeks in a row (n,), in order; names are gathered with them."""

    __slots__ = ("columns", "names")

    def __init__(self) -> None:
        self.names: list[Name] = []
        self.columns: list[Floats] = []

    def add(self, observable: str, entity: str, segment: str, unit: str, values: Floats) -> None:
        """Add one series; values (n,)."""
        self.add_table(observable, (entity,), (segment,), unit, values[:, None])

    def add_each(self, observable: str, entities: Sequence[str], segment: str, unit: str, values: Floats) -> None:
        """Add one series for each entity; values (n, entities)."""
        self.add_table(observable, entities, (segment,), unit, values)

    def add_table(
        self, observable: str, entities: Sequence[str], segments: Iterable[str], unit: str, values: Floats
    ) -> None:
        """Add one series for each segment and entity; values (n, segments, entities)."""
        self.columns.append(values.reshape(len(values), -1))
        self.names.extend(Name(observable, entity, segment, unit) for segment in segments for entity in entities)


class Observables:
    """The record of a run: a row a week, a column a series. Series are fixed when the first weeks are written.

    `before_reading` is called before anything is read: it writes the weeks whose observables are still to be derived.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.before_reading: Callable[[], None] = lambda: None
        self._names: tuple[Name, ...] = ()
        self._values: Floats = np.empty((clock.weeks_total, 0))
        self._column: dict[tuple[str, str, str], int] = {}

    @property
    def names(self) -> tuple[Name, ...]:
        """The series, in the order of the columns of `values`."""
        self.before_reading()
        return self._names

    @property
    def values(self) -> Floats:
        """All values (weeks in all, series); NaN for weeks to come."""
        self.before_reading()
        return self._values

    def write(self, week: int, block: Block) -> None:
        """Write the weeks from `week` on. Their series must be those of the first block written, in the same order.

        Raises ValueError for other series, NotFiniteError naming week and series for a NaN or an infinity.
        """
        if not self._names:
            self._fix(tuple(block.names))
        elif tuple(block.names) != self._names:
            raise ValueError(f"week {week} records {len(block.names)} series, not those of the first week")
        values = np.concatenate(block.columns, axis=1)
        finite = np.isfinite(values)
        if not finite.all():
            row, column = np.argwhere(~finite)[0].tolist()
            name = self._names[column]
            raise NotFiniteError(week + row, "record", f"{name.observable} of {name.entity}, {name.segment}")
        self._values[week : week + len(values)] = values

    def _fix(self, names: tuple[Name, ...]) -> None:
        column = {name[:3]: i for i, name in enumerate(names)}
        if len(column) != len(names):
            raise ValueError("two series have the same name")
        self._names = names
        self._column = column
        self._values = np.full((self._clock.weeks_total, len(names)), np.nan)

    def restore(self, names: Sequence[Name], values: Floats) -> None:
        """Take up what an earlier run recorded: the names of its series, and values (weeks, series)."""
        self._fix(tuple(names))
        self._values[: len(values)] = values

    def series(self, observable: str, entity: str = "market", segment: str = "all") -> Floats:
        """Return one series so far (weeks,). Raises UnknownSeriesError, which names the nearest, if there is none."""
        values, column = self.values, self._column.get((observable, entity, segment))
        if column is None:
            raise UnknownSeriesError(self._unknown(observable, entity, segment))
        return values[: self._clock.week, column]

    def latest(
        self, observable: str, entity: str = "market", segment: str = "all", *, default: float | None = None
    ) -> float:
        """Return the value of the last recorded week; `default`, if given, where there is no such series or no week.

        Raises UnknownSeriesError there without a default.
        """
        try:
            values = self.series(observable, entity, segment)
        except UnknownSeriesError:
            if default is None:
                raise
            return default
        return float(values[-1])

    def _unknown(self, *wanted: str) -> str:
        """Say which part of a name no series has, and which come nearest."""
        if not self._names:
            return f"there is no series {show(wanted[0])}: no week is recorded yet"
        for place, (what, part) in enumerate(zip(Name._fields, wanted, strict=False)):
            known = {name[place]: None for name in self._names if name[:place] == wanted[:place]}
            if part not in known:
                subject = f"{' of '.join(wanted[:place])} has no" if place else "there is no"
                return f"{subject} {what} {show(part)}; {nearest(part, known)}"
        raise AssertionError(f"{wanted} is a series")

    def frame(self) -> "pd.DataFrame":
        """Return the long table: date (Monday), observable, entity, segment, value, unit."""
        import pandas as pd

        weeks, names, values = self._clock.week, self.names, self.values
        count = len(names)
        dates = pd.date_range(self._clock.start, periods=weeks, freq="7D").as_unit("s")
        columns = (
            {
                field: pd.Categorical.from_codes(
                    np.repeat(np.unique([n[i] for n in names], return_inverse=True)[1], weeks),
                    pd.Index(np.unique([n[i] for n in names])),
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
                "value": values[:weeks].T.ravel(),
                "unit": columns["unit"],
            }
        )
