"""What is kept of a run: weekly series by name, read by window."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model import UnknownSeriesError, parse_date, unknown_series
from runs.experiments.shocks import monday

Floats = NDArray[np.float64]
Key = tuple[str, str, str]
WEEKS_PER_MONTH = 365.25 / 7.0 / 12.0


@dataclass(frozen=True)
class Record:
    """A run from `start` (a Monday): `names` (observable, entity, segment, unit), `values` (weeks, series)."""

    start: date
    names: tuple[tuple[str, str, str, str], ...]
    values: NDArray[np.float32]

    @cached_property
    def _column(self) -> dict[Key, int]:
        return {name[:3]: place for place, name in enumerate(self.names)}

    @property
    def weeks(self) -> int:
        """Weeks kept."""
        return len(self.values)

    def series(self, observable: str, entity: str = "market", segment: str = "all") -> Floats:
        """Return one series (weeks,); raises UnknownSeriesError where it is not kept."""
        key = (observable, entity, segment)
        if key not in self._column:
            raise UnknownSeriesError(f"among the series that are kept: {unknown_series(key, self._column)}")
        return self.values[:, self._column[key]].astype(np.float64)

    def week(self, day: str | date) -> int:
        """Return the number of the first week that starts on or after a day."""
        return (monday(day) - self.start).days // 7

    def window(self, series: Floats, first: str, last: str) -> Floats:
        """Return the weeks of a series (weeks,) that start from one day to another; ValueError beyond what ran."""
        begin, end = self.week(first), (parse_date(last) - self.start).days // 7 + 1
        if begin < 0 or end > self.weeks or begin >= end:
            raise ValueError(f"{first} to {last}: the run has {self.weeks} weeks from {self.start}")
        return series[begin:end]

    def mean(self, first: str, last: str, observable: str, entity: str = "market", segment: str = "all") -> float:
        """Return a series' mean over the weeks from one day to another."""
        return float(self.window(self.series(observable, entity, segment), first, last).mean())

    def asked(self, first: str, last: str, segment: str = "all", entity: str = "market") -> float:
        """Return mean tokens asked for (served or not), tokens a month."""
        return self.mean(first, last, "tokens_served", entity, segment) + self.mean(
            first, last, "tokens_unserved", entity, segment
        )

    def asked_series(self, segment: str = "all", entity: str = "market") -> Floats:
        """Return tokens asked for, served or not, (weeks,), tokens a month."""
        return self.series("tokens_served", entity, segment) + self.series("tokens_unserved", entity, segment)


def smooth(series: Floats, weeks: int) -> Floats:
    """Return means over `weeks` weeks in a row (n - weeks + 1,)."""
    total = np.concatenate(([0.0], np.cumsum(series)))
    return (total[weeks:] - total[:-weeks]) / weeks


def ln(new: float, old: float) -> float:
    """Return the log of a ratio; NaN where either part is not positive."""
    return float(np.log(new / old)) if new > 0.0 and old > 0.0 else float("nan")
