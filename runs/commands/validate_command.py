"""`jevons validate`: the whole scoreboard from the shipped ensemble."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from rich.console import Console

    from calibration.ensemble import Ensemble
    from calibration.targets import Target

# Members compared between scales.
COMPARED = 16
# Where runs of members are kept, those of forecasts too.
MEMBERS = Path(__file__).parent / "results" / "members"
DOCS = Path(__file__).resolve().parent.parent / "docs" / "calibration.md"


@click.command()
@click.option(
    "--posterior",
    type=PLACE,
    metavar="DIR",
    help="Folder of ensembles.  [default: the shipped ones]",
)
@click.option(
    "--store",
    type=PLACE,
    default=MEMBERS,
    metavar="DIR",
    help="Where runs are kept, to go on from, where members have to be run again.",
)
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes, where members have to be run again.")
@click.option("--csv", "table", type=PLACE, metavar="FILE", help="Also write every cell as CSV (a new file).")
@click.option(
    "--at-scale",
    type=click.Choice(("default", "large")),
    help="Also run the heaviest members with other row counts, and say where they differ (a minute or more).",
)
@click.option("--docs", is_flag=True, help="Also renew the tables of docs/calibration.md.")
def validate(
    posterior: Path | None, store: Path, workers: int | None, table: Path | None, at_scale: str | None, docs: bool
) -> int:
    """Score the posterior against every disclosed figure and against simple forecasts.

    For each figure: its value, the ensemble's median and 50 and 90% interval, the error and whether it lies inside;
    then scores by role, the rolling origins, skill against baselines, and every cell that a baseline wins. What
    the members' runs gave is kept beside them; where the model or the figures have changed since, they are run again,
    once: interrupted and given again, it goes on.
    """
    from calibration.ensemble import read_ensembles
    from calibration.scores import all_cells
    from calibration.shipped import FOLDER
    from calibration.targets import load_targets
    from model import write_atomically
    from runs.one_run.run_folder import check_new_file
    from runs.scores.score_text import as_markdown, print_scores, renew, wide_console

    if table is not None:
        check_new_file(table, "--csv")
    out, err = wide_console(), wide_console(stderr=True)
    ensembles = current(read_ensembles(posterior or FOLDER), store, workers, err)
    targets = load_targets()
    board = all_cells(ensembles, targets)
    if table is not None:  # first, lest the reader of the rest leaves early
        write_atomically(table, board.to_csv(index=False))
    print_scores(out, board, ensembles, targets)
    if at_scale is not None:
        print_shifts(out, ensembles[-1], at_scale, targets, workers, err)
    if table is not None:
        out.print(f"every cell: {table}", markup=False, soft_wrap=True)
    if docs:
        renew(DOCS, as_markdown(board, ensembles, targets, posterior or FOLDER))
        out.print(f"tables renewed: {DOCS}", markup=False, soft_wrap=True)
    return 0


def current(
    ensembles: "Sequence[Ensemble]", store: Path, workers: int | None, err: "Console"
) -> "tuple[Ensemble, ...]":
    """The ensembles with outputs of this model and these targets: as they are, or run again with a note.

    Runs are kept in the folder `store`.
    """
    from calibration.ensemble import is_current, run_again
    from calibration.store.run_store import RunStore
    from runs.engines.choose_engine import open_engine
    from runs.terminal.fit_progress import FitProgress

    stale = [one for one in ensembles if not is_current(one)]
    if not stale:
        return tuple(ensembles)
    err.print(
        "the model or the targets changed since the ensembles were made: their members are run again", soft_wrap=True
    )
    found = []
    with open_engine("processes", workers) as engine, FitProgress(err) as progress:
        runs = RunStore(store)
        for one in ensembles:
            if is_current(one):
                found.append(one)
                continue
            progress.stage(f"members, {one.origin}", len(one))
            found.append(run_again(one, runs, engine, progress.watch))
    return tuple(found)


def print_shifts(
    out: "Console", ensemble: "Ensemble", scale: str, targets: "Sequence[Target]", workers: int | None, err: "Console"
) -> None:
    """Run the heaviest members at another scale and print where the mean change stands out from its error."""
    import tempfile

    from calibration.scales import shifts
    from calibration.store.run_store import RunStore
    from runs.engines.choose_engine import open_engine
    from runs.terminal.fit_progress import FitProgress

    with (
        tempfile.TemporaryDirectory() as folder,
        open_engine("processes", workers) as engine,
        FitProgress(err) as progress,
    ):
        progress.stage(f"{COMPARED} members at scale {scale}", COMPARED)
        found = shifts(ensemble, scale, COMPARED, targets, RunStore(Path(folder)), engine, progress.watch)
    sure = [one for one in found if abs(one.mean) > max(2.0 * one.error, 0.02)]
    names = ", ".join(f"{one.target} {one.mean:+.2f} (+-{one.error:.2f})" for one in sure) or "none"
    middle = sorted(abs(one.mean) for one in found)[len(found) // 2]
    out.print(
        f"{COMPARED} members at scale {scale}: median change of a row {middle:.3f} decades; more than 0.02 and two "
        f"standard errors: {names}",
        soft_wrap=True,
    )
