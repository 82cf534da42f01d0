"""A sweep from its design to its results: planned, resumed, run by an engine, packed."""

import contextlib
import os
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calibration.store.jobs import Failure
from model import JevonsError, reason_of
from runs.engines.choose_engine import open_engine
from runs.engines.engine import OVERDUE, PATIENCE_SECONDS, Engine
from runs.one_run.simulate import interrupts
from runs.places import RESULTS
from runs.sweep.design import Design, read_design
from runs.sweep.parts import write_run
from runs.sweep.plan import build_plan, check_first
from runs.sweep.shard import Shard, lock_for
from runs.sweep.sweep_folder import Layout, StoreError, locked, remove_partials
from runs.sweep.sweep_progress import Log, SweepProgress
from runs.sweep.sweep_record import Record, code, read_plan, read_record, write_plan, write_record
from runs.sweep.sweep_state import State, forget_failures, inspect
from runs.sweep.worker import Done, SweepTask, do, timed_out
from runs.terminal.path_argument import trouble

if TYPE_CHECKING:
    from rich.console import Console

    from runs.sweep.results import Results


# A month: a run that takes longer has no limit worth the name.
LONGEST_TIMEOUT = 2_592_000
# Workers look at the clock between two weeks. One that does not, because a week has no end, is ended after the limit
# and this: time to load the model and to compile kernels.
GRACE_SECONDS = 60.0


@dataclass(frozen=True)
class SweepOutcome:
    """How a call of `Sweep.run` ended: runs of the whole sweep, and those that this call did."""

    total: int
    ok: int
    failed: int
    done_now: int
    damaged: tuple[str, ...]
    interrupted: bool


class Sweep:
    """A design and the folder of its results.

    design: a TOML file, or a mapping with the same keys, or None for the one that `out` holds already; `changes` take
    the place of single keys. out: the folder, by default one under `runs/results` that belongs to this very design, so
    that the same call resumes. Raises `JevonsError`, one line, for a design that cannot be run.
    """

    def __init__(
        self, design: "str | Path | Mapping[str, Any] | None" = None, out: str | Path | None = None, **changes: Any
    ) -> None:
        if design is None and not changes and out is None:
            raise JevonsError("a sweep needs a design, or with --out the folder of one that was begun")
        self.design: Design | None = None
        if design is not None or changes:
            self.design = read_design(design if design is not None else {}, changes)
            self._plan: pa.Table | None = build_plan(self.design)
            check_first(self.design, self._plan)
            out = out or RESULTS / f"{self.design.name}-{self.design.digest[:8]}"
        assert out is not None
        self.layout = Layout(Path(out))
        self.outcome: SweepOutcome | None = None

    def run(
        self,
        *,
        engine: str = "processes",
        workers: int | None = None,
        scheduler: str | None = None,
        retry_failed: bool = False,
        accept_code_change: bool = False,
        restart: bool = False,
        run_timeout: float | None = None,
        shard: str | None = None,
        merge: bool = False,
        patience: float = PATIENCE_SECONDS,
        console: "Console | None" = None,
    ) -> "Results":
        """Do every run that is not done yet; returns the results.

        Ctrl-C ends after the runs under way (`outcome.interrupted`). `retry_failed` does failed runs again,
        `accept_code_change` continues although the code or the type of processor has changed, `restart` sets aside what
        the folder holds. `shard`, such as "3/40", does one share of the runs and leaves them as single files; `merge`
        packs what all shares have done, and does no run. `patience`: seconds to wait for workers of a cluster that has
        none. A run that takes longer than `run_timeout` seconds is recorded as failed: workers look at the clock
        between two weeks, and a local worker that does not for a minute more is ended. Raises `JevonsError`: another
        sweep runs in the folder, its design or code differ, the disk refuses, the engine is lost.
        """
        if run_timeout is not None and not (
            isinstance(run_timeout, float | int) and 0 < run_timeout <= LONGEST_TIMEOUT
        ):
            raise StoreError(f"run_timeout = {run_timeout!r}: give seconds above 0, at most {LONGEST_TIMEOUT:,}")
        self._refuse_strangers()
        if self.design is None and not self.layout.record.exists():
            raise StoreError(f"{self.layout.root}: holds no sweep; give a design")
        if self.design is None and restart:
            raise StoreError("--restart starts again from nothing: give the design")
        share = None if shard is None else Shard.parse(shard)
        if (merge and (share or retry_failed)) or (restart and (share or merge)):
            raise StoreError("--shard does one share of the runs, --merge none, --restart all, --retry-failed some")
        interrupted = Event()
        with contextlib.ExitStack() as held:
            opened = held.enter_context(
                open_engine(engine, workers, scheduler, patience=patience, interrupted=interrupted, limit=_limit)
            )
            self.layout.make()
            with lock_for(self.layout, share):
                if restart:
                    _set_aside(self.layout)
                with locked(self.layout.log, "settle.lock", wait=True):  # shards begin at the same moment
                    record = self._settle(accept_code_change=accept_code_change)
                layout = record.layout(self.layout.root)
                own = None if share is None else share.runs(record.runs)
                state = inspect(layout, record.runs, repair=own is None, only=own)
                if merge and (missing := state.missing()):
                    raise StoreError(
                        f"--merge: {len(missing)} of {state.total} runs are not in {layout.root} (the first is run "
                        f"{missing[0]}); run their shards again, or leave out --merge to do them here"
                    )
                try:
                    processors = None if accept_code_change else record.processors
                    execution = _Execution(record, state, opened, share, processors)
                    self.outcome = execution.run(
                        console, interrupted, retry_failed=retry_failed, run_timeout=run_timeout
                    )
                finally:  # an error of one worker stops the others, maybe in the middle of a file
                    held.close()
                    if share is None:
                        with contextlib.suppress(OSError):
                            remove_partials(layout.root)
        from runs.sweep.results import Results

        return Results(self.layout.root)

    def _refuse_strangers(self) -> None:
        """Refuse a folder that cannot be used, or holds anything but a sweep."""
        root = self.layout.root
        found = trouble(root)
        if found is not None:
            raise StoreError(f"--out {root}: cannot be used: {found}; give another folder")
        if not self.layout.record.exists() and root.is_dir():
            ours = {"log", "loose", "parts", ".lock", "plan.parquet", "sweep.json"}
            others = [name for name in os.listdir(root) if name not in ours and not name.endswith(".partial")]
            if others:
                raise StoreError(f"--out {root}: holds other files, such as {min(others)}; give a new folder")

    def _settle(self, *, accept_code_change: bool) -> Record:
        """Write the record and the plan of a new sweep; check that one already begun is the same."""
        now, found = code(), read_record(self.layout)
        if found is None:
            if self.design is None:
                raise StoreError(f"{self.layout.root}: holds no sweep; give a design")
            if any(self.layout.parts.iterdir()) or any(self.layout.loose.iterdir()):
                raise StoreError(f"{self.layout.record}: is missing, and there are results; --restart sets them aside")
            assert self._plan is not None
            plan = write_plan(self.layout, self._plan)
            record = Record(self.design.document, self.design.digest, self._plan.num_rows, (now,), plan)
            write_record(self.layout, record)
            return record
        if self.design is not None and found.digest != self.design.digest:
            keys = [key for key, value in self.design.document.items() if found.document.get(key) != value]
            raise StoreError(
                f"--out {self.layout.root}: holds a sweep of another design (they differ in {', '.join(keys)}); "
                "give another folder, or --restart to set that one aside and start again"
            )
        if now not in found.codes:
            if not accept_code_change:
                what = "code" if found.codes[-1]["fingerprint"] != now["fingerprint"] else "versions or processor"
                raise StoreError(
                    f"--out {self.layout.root}: was begun with other {what} ({_difference(found.codes[-1], now)}); "
                    "--accept-code-change continues and notes both, --restart sets the results aside and starts again"
                )
            found = replace(found, codes=(*found.codes, now))
            write_record(self.layout, found)
        return self._restore_plan(found)

    def _restore_plan(self, found: Record) -> Record:
        """Write the plan again if it is lost or damaged and the design is given; the record with its digest."""
        try:
            read_plan(self.layout)
        except StoreError:
            if self.design is None:
                raise
            assert self._plan is not None
            found = replace(found, plan=write_plan(self.layout, self._plan))
            write_record(self.layout, found)
        return found


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    old, new = before["versions"], now["versions"]
    changed = [f"{name} {old.get(name)}, now {new[name]}" for name in new if old.get(name) != new[name]]
    if before.get("processor") != now["processor"]:
        changed.append(f"processor {before.get('processor')}, now {now['processor']}")
    if before["fingerprint"] != now["fingerprint"]:
        changed.append(f"fingerprint {before['fingerprint']}, now {now['fingerprint']}")
    return "; ".join(changed)


def _set_aside(layout: Layout) -> None:
    """Move a sweep's files to the first free folder `superseded-N` beside its log."""
    number = 1
    while (target := layout.log / f"superseded-{number}").exists():
        number += 1
    try:
        target.mkdir()
        for path in (layout.record, layout.plan, layout.loose, layout.parts):
            with contextlib.suppress(FileNotFoundError):
                path.rename(target / path.name)
    except OSError as error:
        raise StoreError(f"{layout.root}: cannot be set aside: {reason_of(error)}") from error
    layout.make()


def _limit(task: SweepTask) -> float | None:
    """Return the seconds after which the worker of a run is ended, should it not look at the clock itself."""
    return None if task.timeout is None or task.run is None else task.timeout + GRACE_SECONDS


class _Execution:
    """One stretch of work on a sweep: tasks go to the engine, and what comes back is noted."""

    def __init__(
        self, record: Record, state: State, engine: Engine, shard: Shard | None, processors: frozenset[str] | None
    ) -> None:
        self._layout, self._record, self._state, self._engine, self._shard = state.layout, record, state, engine, shard
        self._to_pack: deque[int] = deque()
        self._task = SweepTask(str(state.layout.root.resolve()), record.digest, str(code()["fingerprint"]), processors)
        self._done_now = 0

    def run(
        self, console: "Console | None", interrupted: Event, *, retry_failed: bool, run_timeout: float | None = None
    ) -> SweepOutcome:
        """Do what is missing, then pack what is complete."""
        state, self._task = self._state, self._task._replace(timeout=run_timeout)
        if console is not None:
            lines = [f"set aside, its runs are done again: {line}" for line in state.damaged]
            for line in (f"Results: {self._layout.root}", *lines):
                console.print(line, highlight=False, markup=False, soft_wrap=True)
        if retry_failed:
            forget_failures(self._layout, state)
        if self._shard is None:
            self._to_pack.extend(block for block in state.blocks() if state.ready(block))
        missing, total = state.missing(), len(state.runs)
        progress = SweepProgress(console, total, total - len(missing), len(state.failed))
        log = Log(self._layout.log / ("events.jsonl" if self._shard is None else f"events-{self._shard}.jsonl"))
        with interrupts(interrupted), progress:
            log.write("begin", missing=len(missing), code=self._task.fingerprint)
            for task, result in self._engine.map(do, self._tasks(missing, interrupted)):
                self._take(task, result, log, progress)
            while self._to_pack:
                for task, result in self._engine.map(do, self._packing()):
                    self._take(task, result, log, progress)
            log.write("end", ok=len(state.ok), failed=len(state.failed), interrupted=interrupted.is_set())
        # A worker of an earlier, killed sweep may have put a run down again after its block was packed.
        if self._shard is None:
            inspect(self._layout, state.total, repair=True)
        return SweepOutcome(
            total, len(state.ok), len(state.failed), self._done_now, tuple(state.damaged), interrupted.is_set()
        )

    def _tasks(self, missing: list[int], interrupted: Event) -> Iterator[SweepTask]:
        """Yield the runs to do, and between them the blocks that have become complete."""
        for run in missing:
            yield from self._packing()
            if interrupted.is_set():
                return
            yield self._task._replace(run=run)

    def _packing(self) -> Iterator[SweepTask]:
        while self._to_pack:
            yield self._task._replace(block=self._to_pack.popleft())

    def _take(self, task: SweepTask, result: Done | Failure, log: Log, progress: SweepProgress) -> None:
        """Note what came of a task; raises `StoreError` where it was the store or the worker, not the run."""
        if isinstance(result, Failure) and result.error.startswith(OVERDUE):
            result = timed_out(task.timeout)
        if isinstance(result, Failure) and (task.run is None or result.error.startswith(StoreError.__name__)):
            raise StoreError(result.error.removeprefix(f"{StoreError.__name__}: "))
        took = {} if isinstance(result, Failure) else result.took()
        if task.run is None:
            self._state.loose.difference_update(self._layout.block_runs(task.block, self._state.total))
            log.write("packed", block=task.block, **took)
            return
        if isinstance(result, Failure):
            write_run(self._layout, task.run, result)
        elif result.processor not in self._record.processors:  # it was accepted
            also = {**code(), "processor": result.processor}
            self._record = replace(self._record, codes=(*self._record.codes, also))
            write_record(self._layout, self._record)
        ok = result.error is None
        log.write("run", run=task.run, error=result.error, **took)
        self._state.finish(task.run, ok=ok)
        self._done_now += 1
        progress.step(ok=ok)
        if self._shard is None and self._state.ready(task.run // self._layout.block):
            self._to_pack.append(task.run // self._layout.block)
