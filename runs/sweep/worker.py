"""What a worker does: one run from the plan to its file, or one block of runs to its part."""

import functools
import gc
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from calibration.store.code_fingerprint import ROOT, processor
from calibration.store.jobs import Failure
from model import InferenceMarket, Scenario
from runs.one_run.simulate import span
from runs.sweep.outcomes import Outcome, evaluate
from runs.sweep.parts import RunResult, pack, write_run
from runs.sweep.plan import scenario_of, uncertain_paths
from runs.sweep.sweep_folder import Layout, StoreError
from runs.sweep.sweep_record import code, read_plan, read_record


class SweepTask(NamedTuple):
    """A run of the sweep in `folder` with a design of this `digest`, or where `run` is None the packing of `block`.

    `fingerprint` is that of the code, `processors` the types of processor that may do it (None for any), `timeout` the
    most seconds that a run may take.
    """

    folder: str
    digest: str
    fingerprint: str
    processors: frozenset[str] | None
    run: int | None = None
    block: int = -1
    timeout: float | None = None


@dataclass(frozen=True)
class Done:
    """What came of a task: the error of a run that failed, seconds in all and in the market, and on what processor."""

    error: str | None
    seconds: float
    market_seconds: float
    processor: str

    def took(self) -> dict[str, float]:
        """Return the times, rounded for the log."""
        return {"seconds": round(self.seconds, 5), "market_seconds": round(self.market_seconds, 5)}


class OpenSweep:
    """A sweep as a worker knows it: read from its folder once a process."""

    def __init__(self, folder: str, digest: str) -> None:
        record = read_record(Layout(Path(folder)))
        if record is None or record.digest != digest:
            raise StoreError(
                f"{folder}: this worker does not see the sweep there; every worker needs the same folder and path"
            )
        self.layout = record.layout(Path(folder))
        self.plan: pa.Table = read_plan(self.layout)
        self.outcomes: tuple[Outcome, ...] = record.outcomes
        self.policies = [span(scenario, until) for scenario, until in record.scenarios()]
        self.uncertain = uncertain_paths(self.plan)
        keep = record.document["observables"]
        self.keep: frozenset[str] | None = None if keep is None else frozenset(keep)

    def scenario(self, row: dict[str, Any]) -> Scenario:
        """Return the scenario of a row of the plan; raises JevonsError where its parameters do not go together."""
        base = self.policies[row["policy"]].scenario
        return scenario_of(base, {path: row[path] for path in self.uncertain})


_open_sweep = functools.lru_cache(maxsize=2)(OpenSweep)


def do(task: SweepTask) -> Done:
    """Do a task. Raises `StoreError` where the folder, the disk or the code of this worker is not as it should be."""
    began = time.perf_counter()
    if task.fingerprint != code()["fingerprint"]:
        raise StoreError("this worker has another version of the code than the process that started the sweep")
    if task.processors is not None and processor() not in task.processors:
        raise StoreError(
            f"this worker has another type of processor ({processor()}) than the sweep was begun on "
            f"({', '.join(sorted(task.processors))}), so the last bits may differ; use workers of that type, or "
            "--accept-code-change, which notes both"
        )
    work = _open_sweep(task.folder, task.digest)
    if task.run is None:
        pack(work.layout, task.block, work.plan, [outcome.name for outcome in work.outcomes])
        return Done(None, time.perf_counter() - began, 0.0, processor())
    error, market_seconds = _simulate(work, task.run, task.timeout)
    gc.collect()  # a market refers to itself; without this its memory would stay until Python collects by itself
    return Done(error, time.perf_counter() - began, market_seconds, processor())


class RunTimeoutError(Exception):
    """The time limit of a run is over."""


def timed_out(seconds: float | None) -> Failure:
    """Return what is kept of a run that took longer than its limit."""
    return Failure(f"RunTimeout: not finished after {seconds:g} s (--run-timeout)")


def _simulate(work: OpenSweep, run: int, timeout: float | None) -> tuple[str | None, float]:
    """Simulate one run and write its file; the error if it failed, and the seconds it spent in the market."""
    row = work.plan.slice(run, 1).to_pylist()[0]
    began = time.perf_counter()

    def check(_: InferenceMarket) -> None:
        """Stop between two weeks, where nothing is left half done."""
        if timeout is not None and time.perf_counter() - began > timeout:
            raise RunTimeoutError

    try:
        until = work.policies[row["policy"]].until
        market = InferenceMarket(work.scenario(row), rng=row["seed"]).run(until=until, progress=check)
        _ = market.observables.values  # derived on first use, as for any run that is looked at
        seconds = time.perf_counter() - began
        result = keep(market, work.outcomes, work.keep)
    except StoreError:
        raise
    except RunTimeoutError:  # which week it was is a matter of chance
        failure = timed_out(timeout)
        write_run(work.layout, run, failure)
        return failure.error, time.perf_counter() - began
    except Exception as error:  # noqa: BLE001 - a run that raises is recorded, and the sweep goes on
        failure = Failure(" ".join(f"{type(error).__name__}: {error}".split()), _trace(error))
        write_run(work.layout, run, failure)
        return failure.error, time.perf_counter() - began
    write_run(work.layout, run, result)
    return None, seconds


def keep(market: InferenceMarket, outcomes: tuple[Outcome, ...], wanted: frozenset[str] | None) -> RunResult:
    """Return what is kept of a market that has run: the series of the observables wanted, and the outcomes."""
    observables, weeks = market.observables, market.clock.week
    values = observables.values[:weeks]
    start = np.datetime64(market.clock.start)
    column = {name[:3]: number for number, name in enumerate(observables.names)}
    found = evaluate(outcomes, start + 7 * np.arange(weeks), values, column)
    places = [i for i, name in enumerate(observables.names) if wanted is None or name.observable in wanted]
    series = values.T if len(places) == len(observables.names) else values.T[places]
    names = tuple((name.observable, name.entity, name.segment, name.unit) for name in observables.names)
    kept = names if len(places) == len(names) else tuple(names[i] for i in places)
    return RunResult(market.clock.start.isoformat(), kept, np.ascontiguousarray(series, dtype=np.float32), found)


def _trace(error: BaseException) -> str:
    """Return the traceback with paths from the project's folder on, so that it is the same on every machine."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames:
        frame.filename = frame.filename.removeprefix(f"{ROOT}/")
    return "".join([*traceback.format_list(frames), *traceback.format_exception_only(error)])
