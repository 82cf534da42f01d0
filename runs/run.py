"""What `jevons run` does, from the request to the run folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from model import Scenario, parse_assignments, told_of_compiling
from runs.folder import open_folder, write_manifest, write_observables
from runs.manifest import manifest
from runs.progress import RunProgress
from runs.simulate import Outcome, Span, simulate, span


@dataclass(frozen=True)
class RunRequest:
    """What was asked for; `assignments` are texts PATH=VALUE."""

    scenario: str
    scale: str | None
    assignments: Sequence[str]
    seed: int
    until: str | None
    out: Path | None
    figures: bool
    quiet: bool


def run_scenario(request: RunRequest, out: Console, err: Console) -> bool:
    """Simulate and write the run folder; whether the run was interrupted.

    The folder is made first, so that a run is never lost for want of a place; it is taken away again if the run ends
    without anything to keep. Raises JevonsError for whatever the user can put right.
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
            err.print(f"jevons: interrupted after {week}; what was recorded is kept", highlight=False, soft_wrap=True)
        _keep(request, plan, outcome, folder, out)
    finally:
        if ours and not any(folder.iterdir()):
            folder.rmdir()
    return outcome.interrupted


def plan_run(request: RunRequest) -> Span:
    """Read the scenario with its changes from the request; raises JevonsError."""
    scenario = Scenario.load(request.scenario, scale=request.scale)
    return span(scenario.replace(parse_assignments(request.assignments)), request.until)


def _keep(request: RunRequest, plan: Span, outcome: Outcome, folder: Path, out: Console) -> None:
    """Write the folder, observables first; print the report."""
    from calibration.scoreboard import score, score_lines, scoreboard
    from calibration.targets import load_targets
    from runs.report import against_actuals, folder_note, print_outcome

    frame = outcome.market.observables.frame()
    files = [write_observables(frame, folder)]
    targets = load_targets()
    board = scoreboard(frame, targets)
    scores: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in score(board).to_dict("records")]
    record = manifest(plan, request.seed, outcome, scores)
    files.append(write_manifest(record, folder))
    if request.figures:
        from runs.figures import write_figures

        files += write_figures(frame, targets, folder)
    if request.quiet:
        out.print(str(folder), highlight=False, soft_wrap=True, markup=False)
        return
    note = folder_note(folder, files, record["wall_seconds"], record["peak_memory_mib"])
    print_outcome(out, against_actuals(board, targets, out.width), score_lines(board), note)
