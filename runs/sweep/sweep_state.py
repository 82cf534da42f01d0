"""Where a sweep stands: which runs are finished, which failed, which blocks are packed; and repair of its folder."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calibration.store.sealed_files import DamagedError
from model import reason_of
from runs.sweep.parts import OK, RunResult, check_part, read_run
from runs.sweep.sweep_folder import Layout, StoreError, remove_partials


@dataclass
class State:
    """The runs in `layout` by result; `loose` are those with files of their own, `damaged` says what was set aside.

    `runs` are those looked at: all of the sweep's `total`, or those of one shard.
    """

    total: int
    layout: Layout
    runs: range
    ok: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    loose: set[int] = field(default_factory=set)
    damaged: list[str] = field(default_factory=list)

    def finish(self, run: int, *, ok: bool) -> None:
        """Note a run that has ended and has a file of its own."""
        (self.ok if ok else self.failed).add(run)
        (self.failed if ok else self.ok).discard(run)
        self.loose.add(run)

    def missing(self) -> list[int]:
        """Return the runs that have neither a result nor a failure."""
        return [run for run in self.runs if run not in self.ok and run not in self.failed]

    def ready(self, block: int) -> bool:
        """Whether every run of a block has ended and at least one is not packed yet."""
        runs = self.layout.block_runs(block, self.total)
        ended = all(run in self.ok or run in self.failed for run in runs)
        return ended and any(run in self.loose for run in runs)

    def blocks(self) -> range:
        """Return the numbers of the blocks that hold `runs`."""
        return range(self.runs.start // self.layout.block, -(-self.runs.stop // self.layout.block))


def inspect(layout: Layout, total: int, *, repair: bool, only: range | None = None) -> State:
    """Look through a sweep's folder and check that every file is whole; files of single runs are read.

    `only` looks at these runs and leaves the others, which are being done elsewhere.
    `repair` (under the lock only) removes what killed writers left, sets damaged files aside in `log/damaged`, so
    that their runs are done again, and removes files of single runs that a part holds already. Raises `StoreError`.
    """
    state = State(total, layout, range(total) if only is None else only)
    try:
        if repair:
            remove_partials(layout.root)
        for block in state.blocks():
            _inspect_part(layout, block, state, repair=repair)
        for run in sorted(run for run in _loose_runs(layout) if only is None or run in only):
            _inspect_run(layout, run, state, repair=repair)
    except OSError as error:
        raise StoreError(f"{layout.root}: cannot be looked through: {reason_of(error)}") from error
    return state


def _inspect_part(layout: Layout, block: int, state: State, *, repair: bool) -> None:
    try:
        rows = check_part(layout, block).select(["run", "status"]).to_pylist()
    except FileNotFoundError:
        return
    except DamagedError as error:
        state.damaged.append(str(error))
        if repair:
            _set_aside(layout, [layout.runs_part(block), layout.series_part(block)])
        return
    for row in rows:
        if row["run"] in state.runs:
            (state.ok if row["status"] == OK else state.failed).add(row["run"])


def _inspect_run(layout: Layout, run: int, state: State, *, repair: bool) -> None:
    file = layout.loose_run(run)
    if run in state.ok or not 0 <= run < state.total:
        if repair:  # the part was written, and its writer was killed before it could remove the file
            file.unlink(missing_ok=True)
        return
    try:
        found = read_run(layout, run)
    except DamagedError as error:
        state.damaged.append(str(error))
        if repair:
            _set_aside(layout, [file])
        return
    if found is not None:
        state.finish(run, ok=isinstance(found, RunResult))


def forget_failures(layout: Layout, state: State) -> list[int]:
    """Take failures off the books, so that their runs are done again; returns their numbers."""
    failed = sorted(state.failed)
    for run in failed:
        layout.loose_run(run).unlink(missing_ok=True)
    state.loose -= state.failed
    state.failed.clear()
    return failed


def _loose_runs(layout: Layout) -> Iterator[int]:
    """Yield the numbers of runs that have files of their own."""
    yield from (int(file.stem) for file in layout.loose.glob("*.run") if file.stem.isdecimal())


def _set_aside(layout: Layout, files: Sequence[Path]) -> None:
    """Move files to `log/damaged` under names that are free: nothing is thrown away."""
    folder = layout.log / "damaged"
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        number = 1
        while (target := folder / f"{file.name}.{number}").exists():
            number += 1
        with contextlib.suppress(FileNotFoundError):
            file.rename(target)
