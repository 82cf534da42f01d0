"""Observables: one number a week for each (observable, entity, segment), and the long table they make."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.choice import Floats
from model.clock import Clock
from model.errors import JevonsError, NotFiniteError, UnknownSeriesError, show
from model.observable_table import Observable, declared_observables, unknown_series

if TYPE_CHECKING:
    import pandas as pd


class Name(NamedTuple):
    """One series: what, of whom, which part, in which unit."""

    observable: str
    entity: str
    segment: str
    unit: str


LONG = ("date", "observable", "entity", "segment", "value", "unit")
"""Columns of the long table."""


class Block:
    """The observables of some weeks in a row (n,), in order; names are gathered with them, and units looked up."""

    __slots__ = ("_units", "columns", "names")

    def __init__(self, units: Mapping[str, str]) -> None:
        self._units = units
        self.names: list[Name] = []
        self.columns: list[Floats] = []

    def add(self, observable: str, entity: str, segment: str, values: Floats) -> None:
        """Add one series; values (n,)."""
        self.add_table(observable, (entity,), (segment,), values[:, None])

    def add_each(self, observable: str, entities: Sequence[str], segment: str, values: Floats) -> None:
        """Add one series for each entity; values (n, entities)."""
        self.add_table(observable, entities, (segment,), values)

    def add_table(self, observable: str, entities: Sequence[str], segments: Iterable[str], values: Floats) -> None:
        """Add one series for each segment and entity; values (n, segments, entities)."""
        unit = self._units.get(observable, "")  # a name that is not declared is refused when the block is written
        self.columns.append(values.reshape(len(values), -1))
        self.names.extend(Name(observable, entity, segment, unit) for segment in segments for entity in entities)


class Observables:
    """The record of a run: a row a week, a column a series. Series are fixed when the first weeks are written.

    `declared`: what must be recorded, by default the table of observables. `before_reading` is called before anything
    is read: it writes the weeks whose observables are still to be derived. `own` are series of the user's: each week,
    a function of the world returns the number to record.
    """

    def __init__(self, clock: Clock, declared: Sequence[Observable] | None = None) -> None:
        self._clock = clock
        self._declared = declared_observables() if declared is None else tuple(declared)
        self.before_reading: Callable[[], None] = lambda: None
        self.own: Mapping[Observable, Callable[[Any], float]] = {}
        self._own_readings: list[list[float]] = []
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
        """All values (weeks in all, series), read-only; NaN for weeks to come."""
        self.before_reading()
        values = self._values[:]
        values.flags.writeable = False
        return values

    def read_own(self, world: object) -> None:
        """Read the user's own series this week."""
        if self.own:
            self._own_readings.append([float(read(world)) for read in self.own.values()])

    def block(self) -> Block:
        """Return a block for the weeks to be written next."""
        return Block({row.name: row.unit for row in (*self._declared, *self.own)})

    def write(self, week: int, block: Block) -> None:
        """Write the weeks from `week` on. Their series must be those of the first block written, in the same order.

        Raises JevonsError for other series than those declared, and NotFiniteError, which names week and series, for
        a NaN or an infinity.
        """
        for own, readings in zip(self.own, zip(*self._own_readings, strict=True), strict=False):
            block.add(own.name, "market", own.segments[0], np.array(readings))
        self._own_readings = []
        if not self._names:
            self._check_declared(block.names)
            self._fix(tuple(block.names))
        elif tuple(block.names) != self._names:
            raise JevonsError(f"week {week} records {len(block.names)} series, not the {len(self._names)} of before")
        values = np.concatenate(block.columns, axis=1)
        finite = np.isfinite(values)
        if not finite.all():
            row, column = np.argwhere(~finite)[0].tolist()
            name = self._names[column]
            raise NotFiniteError(week + row, "record", f"{name.observable} of {name.entity}, {name.segment}")
        self._values[week : week + len(values)] = values

    def _check_declared(self, names: Iterable[Name]) -> None:
        """Check that what is recorded is what is declared; raises JevonsError naming the first difference."""
        others = "labs or hyperscalers"
        declared = {
            (row.name, "market" if kind == "market" else others, segment)
            for row in (*self._declared, *self.own)
            for kind in row.entities
            for segment in row.segments
        }
        recorded = {(one.observable, "market" if one.entity == "market" else others, one.segment) for one in names}
        for series in sorted(declared ^ recorded):
            fault = "declared and never recorded" if series in declared else "recorded and not declared"
            raise JevonsError(f"{', '.join(series)}: {fault}; see model/data/observables.csv and model/derive.py")

    def _fix(self, names: tuple[Name, ...]) -> None:
        column = {name[:3]: i for i, name in enumerate(names)}
        if len(column) != len(names):
            twice = next(name for i, name in enumerate(names) if column[name[:3]] != i)
            raise JevonsError(f"{', '.join(twice[:3])}: two series have the same name")
        self._names = names
        self._column = column
        self._values = np.full((self._clock.weeks_total, len(names)), np.nan)

    def restore(self, names: Sequence[Name], values: Floats) -> None:
        """Take up what an earlier run recorded: the names of its series, and values (weeks, series)."""
        self._fix(tuple(names))
        self._values[: len(values)] = values

    def series(self, observable: str, entity: str = "market", segment: str = "all") -> Floats:
        """Return one series so far (weeks,), read-only; raises UnknownSeriesError, which names the nearest one."""
        values, wanted = self.values, (observable, entity, segment)
        if not self._names:
            raise UnknownSeriesError(f"there is no series {show(observable)}: no week is recorded yet")
        if wanted not in self._column:
            raise UnknownSeriesError(unknown_series(wanted, self._column) or "")
        return values[: self._clock.week, self._column[wanted]]

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

    def frame(self) -> "pd.DataFrame":
        """Return the long table: date (Monday), observable, entity, segment, value, unit."""
        import pandas as pd

        weeks, names, values = self._clock.week, self.names, self.values
        count = len(names)
        dates = pd.date_range(self._clock.start, periods=weeks, freq="7D").as_unit("s")
        columns: dict[str, Any] = {"date": np.tile(dates.to_numpy(), count), "value": values[:weeks].T.flatten()}
        for i, field in enumerate(Name._fields):
            known, codes = np.unique(np.array([name[i] for name in names], dtype=str), return_inverse=True)
            columns[field] = pd.Categorical.from_codes(np.repeat(codes, weeks), pd.Index(known))
        return pd.DataFrame({column: columns[column] for column in LONG})
