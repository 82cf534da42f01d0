"""A run at a week: what it is on that date, and how a sum of series has gone until then."""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from runs.charts.readings import QUARTER, smoothed, window
from runs.view.recording import Recorded, Series, series_of

YEAR = 52


@dataclass(frozen=True)
class Moment:
    """A run at a week: its recording and how many of its weeks are over."""

    run: Recorded
    weeks: int

    @property
    def day(self) -> date:
        """The Monday of the latest week shown."""
        return self.run.clock.date_of(max(min(self.weeks, self.run.clock.week) - 1, 0))

    def value(self, series: Series, ago: int = 0) -> float:
        """Return the value recorded `ago` weeks before (over its window); NaN without one."""
        last = min(self.weeks, self.run.clock.week) - ago
        if last <= 0:
            return math.nan
        values = series_of(self.run, series)
        return float(values[max(last - window(series[0]), 0) : last].mean())

    def total(self, parts: tuple[Series, ...]) -> float:
        """Return the sum of series as `value` gives them."""
        return sum(self.value(one) for one in parts)

    def quarters(self, parts: tuple[Series, ...]) -> NDArray[np.float64]:
        """Return the sum of series so far (weeks,), as the mean of a quarter: what lasts shows, noise does not."""
        return smoothed(np.sum([series_of(self.run, one)[: self.weeks] for one in parts], axis=0), QUARTER)
