"""Finished runs of the baseline, kept for all visitors: a scenario branches off one at its date.

States and recordings never change, so visitors share them and nothing else.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from model import InferenceMarket, Scenario, scenario_outlines
from runs.view.recording import Recording

# A state is kept every so many weeks of a run, and where a scenario parts from the baseline.
EVERY = 26
# Baselines kept: each takes some 40 MiB.
KEPT = 3

State = Any
"""What `InferenceMarket.capture` returns."""

GoOn = Callable[[InferenceMarket], None]


@dataclass
class Track:
    """A run from its first week on: states by weeks simulated, and the recording once it is finished."""

    scenario: Scenario
    seed: int
    states: dict[int, State] = field(default_factory=dict)
    recording: Recording | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> InferenceMarket:
        """Return the market to go on with: the latest state's, or a new one."""
        if self.states:
            return InferenceMarket.resume(self.states[max(self.states)])
        return InferenceMarket(self.scenario, rng=self.seed)


def resumed(states: Mapping[int, State], week: int, scenario: Scenario) -> InferenceMarket:
    """Return the market of the latest state up to `week`, which goes on with a scenario that is the same until then."""
    state = states[max(weeks for weeks in states if weeks <= week)]
    return InferenceMarket.resume(replace(state, scenario=scenario))


def run_on(market: InferenceMarket, states: dict[int, State], go_on: GoOn, until: int | None = None) -> None:
    """Simulate a market up to `until` weeks, by default to its end, and keep states on the way.

    go_on: called with the market before every week; raises an exception to break off.
    """
    stops = parting_weeks(market)
    last = market.clock.weeks_total if until is None else until
    while market.clock.week < last:
        go_on(market)
        week = market.clock.week
        if week not in states and (week % EVERY == 0 or week in stops):
            states[week] = market.capture()
        market.step()
    states[market.clock.week] = market.capture()


def parting_weeks(market: InferenceMarket) -> set[int]:
    """Return the weeks in which shipped scenarios part from the baseline, within the market's span."""
    clock = market.clock
    days = [day for outline in scenario_outlines() for day, _ in outline.changes]
    return {clock.week_of(day) for day in days if clock.start <= day <= clock.until}


_kept: OrderedDict[tuple[Any, ...], Track] = OrderedDict()
_lock = threading.Lock()


def baseline_track(scenario: Scenario, seed: int) -> Track:
    """Return the track of a baseline, new or kept; a caller who finds it unfinished locks it and runs it."""
    key = (scenario.scale, scenario.start, scenario.until, seed)
    with _lock:
        track = _kept.pop(key, None) or Track(scenario, seed)
        _kept[key] = track
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return track
