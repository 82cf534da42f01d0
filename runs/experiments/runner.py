"""Running what experiments ask for: every run once, pasts shared, in any engine, and never twice.

Runs that differ by dated changes alone share a past. A job takes all runs of one past and one seed: it simulates the
trunk and branches at each change, so a treatment costs only the weeks after it.
"""

import gc
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console

from model import InferenceMarket, JevonsError, Scenario
from runs.engines.engine import Engine, Failure
from runs.experiments.cache import Cache, Request, changes_of, kept
from runs.experiments.probes import Reading, probe
from runs.experiments.run_series import Record
from runs.sweep.sweep_progress import SweepProgress

Readings = list[list[Reading]]


class Leaf(NamedTuple):
    """One run of a job: its name in the cache, its dated changes, and the last day that is read."""

    digest: str
    changes: tuple[tuple[str, str], ...]
    until: str


class Job(NamedTuple):
    """All runs of one past and one seed. `overrides` as JSON; `state` is a saved state to go on from."""

    folder: str
    scale: str
    start: str
    end: str
    overrides: str
    state: str | None
    seed: int
    every: bool
    leaves: tuple[Leaf, ...]


class Sink(NamedTuple):
    """Where runs go, and whether with every observable."""

    cache: Cache
    every: bool


def plan(requests: Iterable[Request], cache: Cache) -> list[Job]:
    """Return the jobs for what the cache does not hold; a run asked for twice goes to the later day.

    Runs that are there already but too short are run again. Jobs go pair by pair, those with most runs first, so that
    what is stopped half-way has whole pairs.
    """
    wanted: dict[str, Request] = {}
    for request in requests:
        known = wanted.get(request.digest)
        if known is None or request.until > known.until:
            wanted[request.digest] = request
    groups: dict[tuple[str, str, int], list[Request]] = {}
    for request in wanted.values():
        if not cache.holds(request):
            key = (request.trunk, request.scenario.until.isoformat(), request.seed)
            groups.setdefault(key, []).append(request)
    jobs = [_job(cache, group) for group in groups.values()]
    return sorted(jobs, key=lambda job: (job.seed, -len(job.leaves)))


def _job(cache: Cache, group: Sequence[Request]) -> Job:
    first = group[0]
    leaves = tuple(Leaf(one.digest, one.changes, one.until.isoformat()) for one in group)
    scenario = first.scenario
    return Job(
        str(cache.folder),
        scenario.scale,
        scenario.start.isoformat(),
        scenario.until.isoformat(),
        json.dumps(dict(scenario.overrides), default=str),
        None if first.state is None else str(first.state),
        first.seed,
        first.every,
        leaves,
    )


def do(job: Job) -> list[str]:
    """Simulate a job and write its runs; returns a line for each that failed. JevonsError where none can begin."""
    cache = Cache(Path(job.folder))
    if job.state is not None:
        market = InferenceMarket.load(job.state)
        leaves = [leaf._replace(changes=added(changes_of(market.scenario), leaf.changes)) for leaf in job.leaves]
    else:
        scenario = Scenario(
            scale=job.scale,
            start=date.fromisoformat(job.start),
            until=date.fromisoformat(job.end),
            overrides=json.loads(job.overrides),
        )
        market, leaves = InferenceMarket(scenario, rng=job.seed), list(job.leaves)
    failures = _grow(market, leaves, [], Sink(cache, job.every))
    del market
    gc.collect()
    return failures


def added(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the dated changes of `after`, in order, that `before` does not have."""
    known, more = Counter(before), []
    for change in after:
        if known[change]:
            known[change] -= 1
        else:
            more.append(change)
    return tuple(more)


def _grow(market: InferenceMarket, leaves: Sequence[Leaf], readings: Readings, sink: Sink) -> list[str]:
    """Run a market on, branching where runs have their next change, and write those that have none left.

    Returns a line for each run that failed: a branch that breaks off does not take others with it.
    """
    failures: list[str] = []
    left = sorted(leaves, key=lambda leaf: leaf.changes[:1] or (("9999", ""),))  # who has no change left comes last
    try:
        while left and left[0].changes:
            day, values = change = left[0].changes[0]
            _advance(market, date.fromisoformat(day), readings)
            mine = [leaf._replace(changes=leaf.changes[1:]) for leaf in left if leaf.changes[:1] == (change,)]
            left = left[len(mine) :]
            failures += _branch(market, values, mine, list(readings), sink)
        if left:
            last = max(date.fromisoformat(leaf.until) for leaf in left)
            _advance(market, last + timedelta(days=1), readings)
            record = _record(market, readings, every=sink.every)
            for leaf in left:
                sink.cache.write(leaf.digest, record)
    except JevonsError as error:
        failures += [str(error)] * len(left)
    return failures


def _branch(market: InferenceMarket, values: str, leaves: Sequence[Leaf], readings: Readings, sink: Sink) -> list[str]:
    """Grow the branch that begins with a change (JSON); returns a line for each run that failed."""
    try:
        child = market.branch(changes=json.loads(values))
    except JevonsError as error:
        return [str(error)] * len(leaves)
    failures = _grow(child, leaves, readings, sink)
    del child
    gc.collect()
    return failures


def _advance(market: InferenceMarket, day: date, readings: Readings) -> None:
    """Simulate the weeks that start before a day."""
    while market.clock.date < day and not market.clock.finished:
        market.step()
        readings.append(probe(market.world))


def _record(market: InferenceMarket, readings: Readings, *, every: bool) -> Record:
    """Return what is kept of a market: its observables, and the probes of the weeks that were watched."""
    observables, weeks = market.observables, market.clock.week
    keep = kept()
    places = [i for i, name in enumerate(observables.names) if every or name.observable in keep]
    names = [tuple(observables.names[i]) for i in places]
    probed = [name for name, _ in readings[0]] if readings else []
    seen = np.full((weeks, len(probed)), np.nan)
    if readings:
        seen[weeks - len(readings) :] = [[value for _, value in week] for week in readings]
    values = np.concatenate((observables.values[:weeks][:, places], seen), axis=1).astype(np.float32)
    return Record(market.clock.start, (*names, *probed), values)  # type: ignore[arg-type]


def run(requests: Sequence[Request], cache: Cache, engine: Engine, console: Console | None) -> list[str]:
    """Run what the cache lacks; returns one line for each run that failed. Progress goes to `console`, if any."""
    jobs = plan(requests, cache)
    total = sum(len(job.leaves) for job in jobs)
    failures: list[str] = []
    if not total:
        return failures
    with SweepProgress(console, total, 0, 0) as progress:
        for job, result in engine.map(do, jobs):
            failed = [result.error] * len(job.leaves) if isinstance(result, Failure) else result
            failures += failed
            for number in range(len(job.leaves)):
                progress.step(ok=number >= len(failed))
    return failures


def refuse(failures: Sequence[str]) -> None:
    """Raise JevonsError for the first of the failures, if there are any."""
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        raise JevonsError(f"a run failed: {failures[0]}{more}; what finished is kept, the same command goes on")
