"""Running what experiments ask for: every run once, pasts shared, in any engine, and never twice.

Runs that differ by dated changes alone share a past. A trunk takes all runs of one past and one seed: it is simulated
once and branches at each change, so a treatment costs only the weeks after it.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console

from calibration.store.jobs import Changes, Engine, Failure, Job, Overrides, changes_of
from model import InferenceMarket, JevonsError, declared_observables, unknown_series
from runs.experiments.cache import Cache, Request, kept
from runs.experiments.probes import Reading, probe
from runs.experiments.run_series import Record
from runs.sweep.sweep_progress import SweepProgress

Readings = list[list[Reading]]
Name = tuple[str, str, str, str]


class Leaf(NamedTuple):
    """One run of a trunk: its key in the cache, its dated changes, and the last day that is read."""

    digest: str
    changes: Changes
    until: date


class Trunk(NamedTuple):
    """All runs of one past and one seed. `past` is the job without its dated changes."""

    folder: str
    past: Job
    every: bool
    leaves: tuple[Leaf, ...]


class Sink(NamedTuple):
    """Where runs go, and whether with every observable."""

    cache: Cache
    every: bool


def plan(requests: Iterable[Request], cache: Cache) -> list[Trunk]:
    """Return the trunks for what the cache does not hold; a run asked for twice goes to the later day.

    Runs that are there already but too short are run again. Trunks go pair by pair, those with most runs first, so that
    what is stopped half-way has whole pairs.
    """
    wanted: dict[str, Request] = {}
    for request in requests:
        known = wanted.get(request.digest)
        if known is None or request.until > known.until:
            wanted[request.digest] = request
    groups: dict[tuple[Job, bool], list[Leaf]] = {}
    for request in wanted.values():
        if not cache.holds(request):
            past = request.job._replace(changes=(), until="")
            leaf = Leaf(request.digest, request.job.changes, request.until)
            groups.setdefault((past, request.every), []).append(leaf)
    trunks = [Trunk(str(cache.folder), *key, tuple(leaves)) for key, leaves in groups.items()]
    return sorted(trunks, key=lambda trunk: (trunk.past.seed, -len(trunk.leaves)))


def do(trunk: Trunk) -> list[str]:
    """Simulate a trunk and write its runs; returns a line for each that failed. JevonsError where none can begin."""
    cache, past = Cache(Path(trunk.folder)), trunk.past
    if past.state is not None:
        market = InferenceMarket.load(past.state)
        leaves = [leaf._replace(changes=added(changes_of(market.scenario), leaf.changes)) for leaf in trunk.leaves]
    else:
        market, leaves = InferenceMarket(past.scenario(), rng=past.seed), list(trunk.leaves)
    failures = _grow(market, leaves, [], Sink(cache, trunk.every))
    del market
    gc.collect()
    return failures


def added(before: Changes, after: Changes) -> Changes:
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
    left = sorted(leaves, key=lambda leaf: repr(leaf.changes[:1] or (("9999",),)))  # without changes: last
    try:
        while left and left[0].changes:
            day, values = change = left[0].changes[0]
            _advance(market, date.fromisoformat(day), readings)
            mine = [leaf._replace(changes=leaf.changes[1:]) for leaf in left if leaf.changes[:1] == (change,)]
            left = left[len(mine) :]
            failures += _branch(market, values, mine, list(readings), sink)
        if left:
            last = max(leaf.until for leaf in left)
            _advance(market, last + timedelta(days=1), readings)
            record = _record(market, readings, every=sink.every)
            for leaf in left:
                sink.cache.write(leaf.digest, record)
    except JevonsError as error:
        failures += [str(error)] * len(left)
    return failures


def _branch(
    market: InferenceMarket, values: Overrides, leaves: Sequence[Leaf], readings: Readings, sink: Sink
) -> list[str]:
    """Grow the branch that begins with a change; returns a line for each run that failed."""
    try:
        child = market.branch(changes=dict(values))
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
        found = probe(market.world)
        check_probes(tuple(name for name, _ in found), tuple(name for name, _ in (readings or [found])[0]))
        readings.append(found)


@cache
def check_probes(names: tuple[Name, ...], before: tuple[Name, ...]) -> None:
    """Check the names of a week's readings, of which a run keeps one series each; raises JevonsError.

    No probe may have the name of an observable or of another probe, and all weeks must have the same ones as `before`.
    """
    known = {one.name for one in declared_observables()}
    counts = Counter(name[:3] for name in names)
    for name in (*names, *before):
        where = f"probe {'.'.join(name[:3])}"
        if name[0] in known:
            raise JevonsError(
                f"{where}: {name[0]} is an observable, which a run keeps too; give the probe another name"
            )
        if counts[name[:3]] > 1:
            raise JevonsError(f"{where}: there are two of this name, of which one would be lost; rename one")
        if name not in names:
            raise JevonsError(f"{where} is missing in a later week: {unknown_series(name, names)}")
        if name not in before:
            raise JevonsError(f"{where} was not there in the first week: {unknown_series(name, before)}")


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
    trunks = plan(requests, cache)
    total = sum(len(trunk.leaves) for trunk in trunks)
    failures: list[str] = []
    if not total:
        return failures
    with SweepProgress(console, total, 0, 0) as progress:
        for trunk, result in engine.map(do, trunks):
            failed = [result.error] * len(trunk.leaves) if isinstance(result, Failure) else result
            failures += failed
            for number in range(len(trunk.leaves)):
                progress.step(ok=number >= len(failed))
    return failures


def refuse(failures: Sequence[str]) -> None:
    """Raise JevonsError for the first of the failures, if there are any."""
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        raise JevonsError(f"a run failed: {failures[0]}{more}; what finished is kept, the same command goes on")
