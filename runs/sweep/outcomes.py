"""Outcomes: the few numbers by which runs are compared, each one statistic of one series."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.own_figures import firms_of
from model import JevonsError, Scenario, declared_series, nearest, parse_date, unknown_series
from runs.sweep.distributions import DesignError

Floats = NDArray[np.float64]

STATISTICS: Mapping[str, Callable[[Floats], float]] = {
    "mean": lambda values: float(values.mean()),
    "last": lambda values: float(values[-1]),
    "max": lambda values: float(values.max()),
    "min": lambda values: float(values.min()),
    "sum": lambda values: float(values.sum()),
    "growth": lambda values: float(values[-1] / values[0]) if values[0] else float("nan"),
}


@dataclass(frozen=True)
class Outcome:
    """`statistic` of a series over the weeks that start from `start` to `end` (both included; by default all).

    Raises `DesignError` for an unknown statistic, and for days that are no dates or end before they start.
    """

    name: str
    observable: str
    entity: str = "market"
    segment: str = "all"
    statistic: str = "mean"
    start: str | None = None
    end: str | None = None

    def __post_init__(self) -> None:
        """Check the statistic and the days."""
        if self.statistic not in STATISTICS:
            near = nearest(self.statistic, STATISTICS)
            raise DesignError(f"outcome {self.name}: statistic = {self.statistic!r}: no such statistic; {near}")
        start, end = (day and _date(self.name, key, day) for key, day in (("start", self.start), ("end", self.end)))
        if start and end and start > end:
            raise DesignError(f"outcome {self.name}: it starts on {start}, after its end on {end}")

    def of(self, dates: NDArray[np.datetime64], series: Floats) -> float:
        """Return the statistic of `series` (weeks,) at `dates` (weeks,); NaN where the window holds no week."""
        inside = np.ones(len(dates), dtype=np.bool_)
        if self.start is not None:
            inside &= dates >= np.datetime64(self.start)
        if self.end is not None:
            inside &= dates <= np.datetime64(self.end)
        return STATISTICS[self.statistic](series[inside]) if inside.any() else float("nan")

    def describe(self) -> dict[str, Any]:
        """Return what a design would say of it, without the name."""
        return {key: value for key, value in asdict(self).items() if key != "name" and value is not None}


def default_outcomes(until: dt.date) -> tuple[Outcome, ...]:
    """Return the outcomes of a design that names none: the last 52 weeks' shortage, and where the market ends."""
    year = (until - dt.timedelta(weeks=52)).isoformat()
    return (
        Outcome("unserved_share_last_year", "demand_unserved_share", statistic="mean", start=year),
        Outcome("tokens_served_end", "tokens_served", statistic="last"),
        Outcome("revenue_run_rate_end", "revenue_run_rate", statistic="last"),
        Outcome("price_paid_end", "price_paid", segment="api", statistic="last"),
        Outcome("live_compute_end", "live_compute", statistic="last"),
        Outcome("thinking_effort_end", "thinking_effort", segment="api", statistic="last"),
    )


def read_outcomes(given: Any) -> tuple[Outcome, ...]:
    """Read the table `outcomes` of a design; raises `DesignError`."""
    if not isinstance(given, Mapping) or not given:
        raise DesignError(
            "outcomes: write a table, such as [outcomes.unserved] with observable = ... and statistic = ..."
        )
    return tuple(_read_outcome(str(name), fields) for name, fields in given.items())


def _read_outcome(name: str, fields: Any) -> Outcome:
    if not isinstance(fields, Mapping) or "observable" not in fields:
        raise DesignError(f"outcome {name}: it needs at least an observable")
    if not name.isidentifier():
        raise DesignError(f"outcome {name!r}: a name is made of letters, digits and '_'")
    known = [key for key in Outcome.__dataclass_fields__ if key != "name"]
    read: dict[str, str] = {}
    for key, value in fields.items():
        if key not in known:
            raise DesignError(f"outcome {name}: {key}: no such key; {nearest(str(key), known)}")
        if key not in ("start", "end") and not isinstance(value, str):
            raise DesignError(f"outcome {name}: {key} = {value!r} is not a text")
        read[key] = value if key not in ("start", "end") else _date(name, key, value)
    return Outcome(name, **read)


def _date(name: object, key: str, value: Any) -> str:
    try:
        return parse_date(value, key).isoformat()
    except JevonsError as error:
        raise DesignError(f"outcome {name}: {error}") from None


def evaluate(
    outcomes: Sequence[Outcome],
    dates: NDArray[np.datetime64],
    values: Floats,
    column: Mapping[tuple[str, str, str], int],
) -> dict[str, float]:
    """Return every outcome of one run: values (weeks, series), `column` the place of a series by its name."""
    found = {}
    for outcome in outcomes:
        series = (outcome.observable, outcome.entity, outcome.segment)
        found[outcome.name] = outcome.of(dates, values[:, column[series]])
    return found


def check_series(
    scenarios: Iterable[Scenario], outcomes: Sequence[Outcome], observables: Sequence[str] | None = None
) -> None:
    """Check that every scenario records the series of all outcomes and these observables; raises `DesignError`."""
    firms = {firms_of(one) for one in scenarios}
    wanted: list[tuple[str, Sequence[str]]] = [("observables", (name,)) for name in observables or ()]
    wanted += [(f"outcome {one.name}", (one.observable, one.entity, one.segment)) for one in outcomes]
    for (where, series), names in itertools.product(wanted, firms):
        problem = unknown_series(series, declared_series(names))
        if problem is not None:
            raise DesignError(f"{where}: {problem}")
