"""What `jevons run` does, from the request to the run folder."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from model import InferenceMarket, Scenario, parse_assignments, told_of_compiling
from runs.one_run.manifest import manifest
from runs.one_run.run_folder import claimed, open_folder, release, write_manifest, write_observables, written
from runs.one_run.simulate import FinishedRun, Span, interrupts, simulate, span
from runs.terminal.run_progress import RunProgress

if TYPE_CHECKING:
    import pandas as pd

    from calibration.targets import Target


@dataclass(frozen=True)
class RunRequest:
    """What was asked for, and when (`started`, by `time.perf_counter`); `assignments` are texts PATH=VALUE."""

    scenario: str
    scale: str | None
    assignments: Sequence[str]
    seed: int
    until: str | None
    out: Path | None
    figures: bool
    quiet: bool
    started: float = field(default_factory=time.perf_counter)


def run_scenario(request: RunRequest, out: Console, err: Console) -> bool:
    """Simulate and write the run folder; whether the run was interrupted.

    The folder is made and claimed first, so that no run is lost because it cannot be written, and removed again if the
    run leaves nothing to keep. Raises JevonsError for everything that the user can put right.
    """
    plan = plan_run(request)
    ours = request.out is None or not request.out.exists()
    folder = open_folder(request.out, plan.scenario.name, request.seed, date.today())
    try:
        with claimed(folder), RunProgress(err, quiet=request.quiet) as progress, told_of_compiling(progress.compiles):
            note, report = _simulate_and_write(request, plan, folder, progress)
    finally:
        with contextlib.suppress(OSError):
            if ours and not any(folder.iterdir()):
                folder.rmdir()
    if note:
        err.print(f"jevons: interrupted {note}", highlight=False, soft_wrap=True)
    report(out)
    return bool(note)


def _simulate_and_write(
    request: RunRequest, plan: Span, folder: Path, progress: RunProgress
) -> tuple[str, Callable[[Console], None]]:
    """Return when Ctrl-C came and what is kept (empty if it did not), and what prints the report."""
    with interrupts() as early:

        def watch(market: InferenceMarket, weeks: int) -> None:
            progress.watch(market, weeks)
            if early.is_set():  # while the market was built
                raise KeyboardInterrupt

        outcome = simulate(plan, request.seed, watch)
        if not outcome.weeks:
            raise KeyboardInterrupt
        note = f"after week {outcome.weeks} ({outcome.market.clock.date} was next); what was recorded is kept"
        with interrupts() as late:  # table and manifest are written to the end, whatever ended the simulation
            progress.writes()
            release(folder)
            result = written(partial(_write, request, plan, outcome), folder)
    note = note if outcome.interrupted else ""
    if late.is_set() or (early.is_set() and not outcome.interrupted):
        note = note or "while the run was written; its table and manifest are kept, its figures are not drawn"
    elif request.figures:
        from runs.charts.run_figures import write_figures

        try:
            result.files += write_figures(result.frame, result.targets, folder, progress.draws)
        except KeyboardInterrupt:
            note = "while figures were drawn; the run's table and manifest are kept"
    return note, partial(_report, request, folder, result)


def plan_run(request: RunRequest) -> Span:
    """Read the scenario with its changes from the request; raises JevonsError."""
    scenario = Scenario.load(request.scenario, scale=request.scale)
    return span(scenario.replace(parse_assignments(request.assignments)), request.until)


@dataclass
class Written:
    """What is on disk and what the report says of it."""

    files: list[Path]
    record: dict[str, Any]
    frame: "pd.DataFrame"
    targets: "tuple[Target, ...]"
    board: "pd.DataFrame"


def _write(request: RunRequest, plan: Span, outcome: FinishedRun, folder: Path) -> Written:
    """Write table and manifest."""
    from calibration.scoreboard import score, scoreboard
    from calibration.targets import load_targets

    frame = outcome.market.observables.frame()
    files, targets = [write_observables(frame, folder)], load_targets()
    board = scoreboard(frame, targets)
    scores: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in score(board).to_dict("records")]
    record = manifest(plan, request.seed, outcome, scores)
    files.append(write_manifest(record, folder))
    return Written(files, record, frame, targets, board)


def _report(request: RunRequest, folder: Path, result: Written, out: Console) -> None:
    """Print the report, or the folder alone."""
    if request.quiet:
        out.print(str(folder), highlight=False, soft_wrap=True, markup=False)
        return
    from calibration.scoreboard import score_lines
    from runs.scores.score_table import against_actuals, folder_note, print_outcome

    whole, record = time.perf_counter() - request.started, result.record
    note = folder_note(folder, result.files, record["wall_seconds"], whole, record["peak_memory_mib"])
    lines = score_lines(result.board)
    print_outcome(out, against_actuals(result.board, result.targets, out.width), lines, note)
