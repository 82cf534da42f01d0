"""Running what responses need: one untreated run a seed, and branches of it, one for each different change."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from rich.console import Console

from calibration.store.jobs import Changes, Engine, Failure, Job, changes_of
from model import InferenceMarket, JevonsError, Scenario
from runs.experiments.members import Pair
from runs.experiments.rules import HIGH, LOW
from runs.experiments.run_series import Floats, Key
from runs.experiments.runner import added
from runs.experiments.shocks import Treatment, both, monday
from runs.responses.replayed_market import KEPT_PRICES, ReplayedMarket, offer_of
from runs.responses.response import Reading, Response
from runs.responses.response_table import free_capacity
from runs.sweep.sweep_progress import SweepProgress


class Arm(NamedTuple):
    """A run: its dated changes from the untouched one, which is `Arm()`, and whether it sells what that one sold."""

    changes: Changes = ()
    replayed: bool = False


class PairJob(NamedTuple):
    """All runs of one seed: the untouched one, its arms with the last day of each, and the series that are read."""

    base: Job
    arms: tuple[tuple[Arm, str], ...]
    keys: tuple[Key, ...]


class Measured(NamedTuple):
    """A reading over all pairs: its value in each (n,), the median and the interval from 5% to 95% of them."""

    response: Response
    reading: Reading
    values: Floats
    median: float
    low: float
    high: float


Read = dict[Arm, dict[Key, Floats]]


def arms_of(response: Response, scenario: Scenario) -> tuple[Arm, Arm]:
    """Return the untreated and the treated arm. Raises JevonsError where a change does not fit the scenario."""
    common = free_capacity(response.day) if response.capacity == "free" else None
    change = response.change(response.day) if response.change is not None else None
    untreated, treated = (_arm(response, both(*parts), scenario) for parts in ((common,), (common, change)))
    return untreated, treated


def _arm(response: Response, treatment: Treatment, scenario: Scenario) -> Arm:
    changes = added(changes_of(scenario), changes_of(treatment(scenario)))
    if response.replayed:
        begins = changes[0][0] if changes else monday(response.day).isoformat()
        return Arm(((begins, tuple(KEPT_PRICES.items())), *changes), replayed=True)
    return Arm(changes)


def last_day(response: Response, scenario: Scenario) -> date:
    """Return the last day that a response reads."""
    horizons = [reading.horizon for reading in response.readings]
    if None in horizons:
        return scenario.until
    return monday(response.day) + timedelta(weeks=max(weeks for weeks in horizons if weeks is not None), days=-1)


def job_of(pair: Pair, responses: Sequence[Response]) -> PairJob:
    """Return what a pair has to run, beyond the scenario's end where that is read. Raises JevonsError as `arms_of`."""
    until = max(pair.base.until, *(last_day(response, pair.base) for response in responses))
    scenario = pair.base.replace(until=until)
    ends: dict[Arm, date] = {}
    for response in responses:
        for arm in arms_of(response, scenario):
            ends[arm] = max(ends.get(arm, scenario.start), last_day(response, scenario))
    whole = max(ends.values())  # what is replayed is taken from the untouched run
    keys = dict.fromkeys(key for response in responses for reading in response.readings for key in reading.keys)
    arms = tuple((arm, end.isoformat()) for arm, end in ends.items() if arm != Arm())
    return PairJob(Job.of(scenario, pair.seed, whole), arms, tuple(keys))


def run_pair(job: PairJob) -> Read:
    """Run everything of one seed; returns the series of each arm, from the start on, the untouched run as `Arm()`."""
    market = InferenceMarket(job.base.scenario(), rng=job.base.seed)
    firsts = {arm.changes[0][0] for arm, _ in job.arms}
    begun, offers = {}, []
    while not market.clock.finished and market.clock.date <= date.fromisoformat(job.base.until):
        today = market.clock.date.isoformat()
        if today in firsts:
            begun[today] = market.capture()
        market.step()
        offers.append(offer_of(market.world))
    found: Read = {Arm(): _series(market, job.keys)}
    for arm, until in job.arms:
        gc.collect()  # the market of the arm before: it is a circle, and large
        state = begun[arm.changes[0][0]]
        changes = [(date.fromisoformat(day), dict(values)) for day, values in arm.changes]
        scenario = state.scenario.replace(changes=(*state.scenario.changes, *changes))
        market = (ReplayedMarket if arm.replayed else InferenceMarket).resume(replace(state, scenario=scenario))
        if isinstance(market, ReplayedMarket):
            market.follow(offers)
        market.run(until)
        found[arm] = _series(market, job.keys)
    return found


def _series(market: InferenceMarket, keys: Iterable[Key]) -> dict[Key, Floats]:
    return {key: market.observables.series(*key).copy() for key in keys}


def measure(
    responses: Sequence[Response], pairs: Sequence[Pair], engine: Engine, console: Console | None
) -> list[Measured]:
    """Run all pairs and return every reading of every response. Raises JevonsError where a run fails."""
    jobs = [job_of(pair, responses) for pair in pairs]
    read: dict[PairJob, Read] = {}
    with SweepProgress(console, len(jobs), 0, 0) as progress:
        for job, result in engine.map(run_pair, jobs):
            if isinstance(result, Failure):
                raise JevonsError(f"a run of seed {job.base.seed} failed: {result.error}")
            read[job] = result
            progress.step(ok=True)
    return [one for response in responses for one in _measured(response, pairs, [read[job] for job in jobs])]


def _measured(response: Response, pairs: Sequence[Pair], read: Sequence[Read]) -> Iterator[Measured]:
    rows = []
    for pair, runs in zip(pairs, read, strict=True):
        untreated, treated = (runs[arm] for arm in arms_of(response, pair.base))
        week = (monday(response.day) - pair.base.start).days // 7
        rows.append([reading.of(untreated, treated, week) for reading in response.readings])
    for reading, values in zip(response.readings, np.array(rows).T, strict=True):
        known = values[np.isfinite(values)]
        low, median, high = np.quantile(known, [LOW, 0.5, HIGH]).tolist() if len(known) else (np.nan,) * 3
        yield Measured(response, reading, values, median, low, high)
