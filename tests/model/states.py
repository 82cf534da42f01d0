"""Small markets to be saved, loaded and branched, and a walk over everything that they hold."""

import datetime as dt
import functools
import hashlib
from collections.abc import Iterator
from typing import Any

import mesa
import numpy as np
from pydantic import BaseModel

from agents.columns import Population
from agents.streams import Streams
from model import InferenceMarket, Scenario
from model import state as state_module

TINY = {
    "scale.users": 800,
    "scale.developers": 300,
    "scale.enterprises": 8,
    "scale.firms": 6,
    "scale.applications_mean": 300.0,
}
CHEAP = {"hyperscalers.rent_at_start": 2.0}
"""Compute so cheap from the start that of a few hundred people some subscribe, and labs run short."""
TURN = dt.date(2023, 8, 9)  # a Wednesday: the change holds from the Monday after it
CHANGES = ((TURN, {"metered.value_tail": 1.2, "labs.review_weeks": 4, "mechanisms.rebound": False}),)
SCENARIO = Scenario.load("baseline").replace(TINY, changes=CHANGES)
WEEK_OF_TURN = 32


def market_at(week: int, scenario: Scenario = SCENARIO) -> InferenceMarket:
    """A market that stands before a week."""
    return stepped(InferenceMarket(scenario, rng=11), week)


def stepped(market: InferenceMarket, week: int) -> InferenceMarket:
    """Step a market until it stands before a week."""
    while market.clock.week < week:
        market.step()
    return market


@functools.cache
def state_of_week_nine() -> state_module.State:
    """A state taken once for the tests that only start from it."""
    return market_at(9).capture()


def digest(market: InferenceMarket) -> str:
    """One number for all columns and everything recorded."""
    total = hashlib.sha256(market.observables.values.tobytes())
    for population in market.populations:
        for array in population.columns.values():
            total.update(array.tobytes())
    return total.hexdigest()


SKIPPED = {
    "phase_seconds": "wall time",
    "time": "Mesa's clock, which a fresh model starts anew",
    "random": "Mesa's generators, which tests of own state look at",
    "rng": "likewise",
    "networks": "a view of the market",
    "before_reading": "writes the weeks that are pending",
    "model": "the way back to the market",
    "pending": "facts of weeks whose observables are derived before a state is taken",
    "_totals": "counted anew when it is asked for",
    "_stages": "likewise",
    "_shares": "likewise",
    "_builders": "likewise",
    "_accounts": "likewise",
}
MESA = set(vars(mesa.Model(rng=1))) - {"steps", "running"}


def leaves(value: Any, path: str, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Walk everything that can be reached from an object of this project, down to arrays, numbers and parameters."""
    if isinstance(value, Streams):
        return  # computed, not carried along
    if isinstance(value, np.ndarray | np.generic):
        yield path, (str(value.dtype), value.shape, value.tobytes())
    elif hasattr(value, "indptr"):
        yield path, (value.indptr.tobytes(), value.indices.tobytes(), value.data.tobytes())
    elif value is None or isinstance(value, bool | int | float | str | dt.date | BaseModel | Scenario):
        yield path, (type(value).__name__, repr(value) if isinstance(value, float) else value)
    elif id(value) not in above:
        for name, inner in members(value):
            yield from leaves(inner, f"{path}.{name}", (*above, id(value)))


def members(value: Any) -> list[tuple[str, Any]]:
    """What an object holds, by name."""
    if isinstance(value, dict):
        return [(str(key), inner) for key, inner in value.items()]
    if hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    if isinstance(value, list | tuple):
        return [(str(i), inner) for i, inner in enumerate(value)]
    if isinstance(value, Population):
        return list(value.columns.items())
    if type(value).__module__.partition(".")[0] not in ("agents", "model"):
        return []
    foreign = MESA if isinstance(value, mesa.Model) else set()
    caches = {name for name, made in vars(type(value)).items() if isinstance(made, functools.cached_property)}
    held = {name: getattr(value, name) for name in getattr(value, "__slots__", ())} | getattr(value, "__dict__", {})
    return [(name, inner) for name, inner in held.items() if name not in (*SKIPPED, *foreign, *caches)]


def everything(market: InferenceMarket) -> dict[str, Any]:
    """All leaves of a market by path."""
    return dict(leaves(market, "market"))
