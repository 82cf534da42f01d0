"""What `jevons run` does, from the request to the run folder."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from model import Scenario, parse_assignments, told_of_compiling
from runs.one_run.manifest import manifest
from runs.one_run.run_folder import open_folder, write_manifest, write_observables
from runs.one_run.simulate import FinishedRun, Span, simulate, span
from runs.terminal.run_progress import RunProgress


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

    The folder is made first, so that no run is lost because it cannot be written, and removed again if the run leaves
    nothing to keep. Raises JevonsError for everything that the user can put right.
    """
    plan = plan_run(request)
    ours = request.out is None or not request.out.exists()
    folder = open_folder(request.out, plan.scenario.name, request.seed, date.today())
    try:
        with RunProgress(err, quiet=request.quiet) as progress, told_of_compiling(progress.compiles):
            outcome = simulate(plan, request.seed, progress.watch)
            if not outcome.weeks:
                raise KeyboardInterrupt
            if outcome.interrupted:
                week = f"week {outcome.weeks} ({outcome.market.clock.date} was next)"
                err.print(
                    f"jevons: interrupted after {week}; what was recorded is kept", highlight=False, soft_wrap=True
                )
            report = _write(request, plan, outcome, folder, progress)
    finally:
        if ours and not any(folder.iterdir()):
            folder.rmdir()
    report(out)
    return outcome.interrupted


def plan_run(request: RunRequest) -> Span:
    """Read the scenario with its changes from the request; raises JevonsError."""
    scenario = Scenario.load(request.scenario, scale=request.scale)
    return span(scenario.replace(parse_assignments(request.assignments)), request.until)


def _write(
    request: RunRequest, plan: Span, outcome: FinishedRun, folder: Path, progress: RunProgress
) -> Callable[[Console], None]:
    """Write the folder, observables first; return what prints the report, or the folder alone."""
    progress.writes()
    from calibration.scoreboard import score, score_lines, scoreboard
    from calibration.targets import load_targets
    from runs.scores.score_table import against_actuals, folder_note, print_outcome

    frame = outcome.market.observables.frame()
    files = [write_observables(frame, folder)]
    targets = load_targets()
    board = scoreboard(frame, targets)
    scores: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in score(board).to_dict("records")]
    record = manifest(plan, request.seed, outcome, scores)
    files.append(write_manifest(record, folder))
    if request.figures:
        from runs.charts.run_figures import write_figures

        files += write_figures(frame, targets, folder, progress.draws)

    def report(out: Console) -> None:
        if request.quiet:
            out.print(str(folder), highlight=False, soft_wrap=True, markup=False)
            return
        whole = time.perf_counter() - request.started
        note = folder_note(folder, files, record["wall_seconds"], whole, record["peak_memory_mib"])
        print_outcome(out, against_actuals(board, targets, out.width), score_lines(board), note)

    return report
