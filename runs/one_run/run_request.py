"""What `jevons run` does, from the request to the run folder."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from calibration.own_figures import Figures, firms_of, read_figures
from model import InferenceMarket, Scenario, parse_assignments, told_of_compiling
from runs.one_run.manifest import manifest
from runs.one_run.run_folder import MANIFEST, claimed, open_folder, write_manifest, write_observables, written
from runs.one_run.simulate import FinishedRun, Span, interrupts, simulate, span
from runs.terminal.run_progress import RunProgress

FITTED = (
    "One run is no forecast. The ensemble's 90% interval has all fitted members and the model's own error; how well it "
    "forecasts is in docs/calibration.md."
)


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
    targets: Path | None = None
    only_targets: bool = False
    started: float = field(default_factory=time.perf_counter)


def run_scenario(request: RunRequest, out: Console, err: Console) -> bool:
    """Simulate and write the run folder; whether the run was interrupted.

    The folder is made and claimed first, so that no run is lost because it cannot be written, and removed again if the
    run leaves nothing to keep. Raises JevonsError for everything that the user can put right.
    """
    plan = plan_run(request)
    figures = read_figures(request.targets, request.only_targets, firms_of(plan.scenario))
    ours = request.out is None or not request.out.exists()
    folder = open_folder(request.out, plan.scenario.name, request.seed, date.today())
    note = ""
    try:
        with (
            claimed(folder) as free,
            RunProgress(err, quiet=request.quiet) as progress,
            told_of_compiling(progress.compiles),
        ):
            outcome, draw, report = _simulate_and_write(request, plan, figures, folder, progress, free)
            if outcome.interrupted:
                note = f"after week {outcome.weeks} ({outcome.market.clock.date} was next); what was recorded is kept"
                err.print(f"jevons: interrupted {note}", highlight=False, soft_wrap=True)
            if request.figures:
                draw(progress)
        report(out)
    except KeyboardInterrupt:
        if not (folder / MANIFEST).exists():
            raise
        if not note:
            note = f"the run is kept in {folder}, without some of its figures"
            err.print(f"jevons: interrupted; {note}", highlight=False, soft_wrap=True, markup=False)
    finally:
        with contextlib.suppress(OSError):
            if ours and not any(folder.iterdir()):
                folder.rmdir()
    return bool(note)


def _simulate_and_write(
    request: RunRequest, plan: Span, figures: Figures, folder: Path, progress: RunProgress, free: Callable[[], None]
) -> tuple[FinishedRun, Callable[[RunProgress], None], Callable[[Console], None]]:
    """Return the run, and what draws its figures and prints its report.

    Ctrl-C ends the simulation only: table and manifest are written to the end, and then KeyboardInterrupt is raised.
    """
    with interrupts() as early:

        def watch(market: InferenceMarket, weeks: int) -> None:
            progress.watch(market, weeks)
            if early.is_set():  # while the market was built
                raise KeyboardInterrupt

        outcome = simulate(plan, request.seed, watch)
        if not outcome.weeks:
            raise KeyboardInterrupt
        with interrupts() as late:
            progress.writes()
            free()
            draw, report = written(lambda place: _write(request, plan, figures, outcome, place), folder)
    if late.is_set() or (early.is_set() and not outcome.interrupted):
        raise KeyboardInterrupt
    return outcome, draw, report


def plan_run(request: RunRequest) -> Span:
    """Read the scenario with its changes from the request; raises JevonsError."""
    scenario = Scenario.load(request.scenario, scale=request.scale)
    return span(scenario.replace(parse_assignments(request.assignments)), request.until)


def _write(
    request: RunRequest, plan: Span, figures: Figures, outcome: FinishedRun, folder: Path
) -> tuple[Callable[[RunProgress], None], Callable[[Console], None]]:
    """Write table and manifest; return what draws the figures, and what prints the report, or the folder alone."""
    from calibration.scoreboard import score, score_lines, scoreboard
    from runs.scores.score_table import against_actuals, folder_note, print_outcome
    from runs.scores.shipped_intervals import ensemble_intervals

    frame = outcome.market.observables.frame()
    files, targets = [write_observables(frame, folder)], figures.targets
    board = scoreboard(frame, targets)
    scores: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in score(board).to_dict("records")]
    record = manifest(plan, request.seed, outcome, scores) | _own_of(request, figures)
    files.append(write_manifest(record, folder))

    def draw(progress: RunProgress) -> None:
        from runs.charts.run_figures import write_figures

        files.extend(write_figures(frame, targets, folder, progress.draws))

    def report(out: Console) -> None:
        if request.quiet:
            out.print(str(folder), highlight=False, soft_wrap=True, markup=False)
            return
        whole = time.perf_counter() - request.started
        note = folder_note(folder, files, record["wall_seconds"], whole, record["peak_memory_mib"])
        table = against_actuals(board, targets, out.width, ensemble_intervals(targets))
        print_outcome(out, table, [*score_lines(board), _fitted(figures)], note)

    return draw, report


def _own_of(request: RunRequest, figures: Figures) -> dict[str, Any]:
    """Say in the manifest which figures were the user's own."""
    if request.targets is None:
        return {}
    own = {"file": request.targets, "only": request.only_targets, "ids": [target.id for target in figures.own]}
    return {"own_targets": own}


def _fitted(figures: Figures) -> str:
    """Say which of the figures the baseline was fitted to: the shipped ones."""
    if not figures.own:
        return FITTED
    ids = ", ".join(target.id for target in figures.own[:10]) + (", ..." if len(figures.own) > 10 else "")
    return f"Of your own, and seen by no fit: {ids}. The baseline was fitted to the shipped figures."
