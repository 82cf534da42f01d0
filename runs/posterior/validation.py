"""The scoreboard of the posterior: printed, written as CSV, and put into docs/calibration.md."""

from pathlib import Path

from calibration.ensemble import read_ensembles
from calibration.scores import all_cells
from calibration.shipped import FOLDER
from calibration.targets import load_targets
from model import write_atomically
from runs.one_run.run_folder import check_new_file
from runs.places import DOCS
from runs.posterior.current_members import current, scale_shifts
from runs.scores.score_text import as_markdown, print_scores, renew
from runs.terminal.console import console
from runs.terminal.startup_line import early_line

# Characters of the widest table where the output is no terminal.
WIDTH = 160
PAGE = DOCS / "calibration.md"


def print_validation(
    posterior: Path | None,
    store: Path | None,
    workers: int | None,
    table: Path | None,
    scale: str | None,
    *,
    docs: bool,
) -> None:
    """Score every cell and print it; raises JevonsError.

    `posterior` is the folder of ensembles, `store` keeps runs of members, `table` is a new file for the cells as CSV,
    `scale` asks for a comparison with that scale, and `docs` renews the tables of the page.
    """
    if table is not None:
        check_new_file(table, "--csv")
    out, err = (console(stderr=aside, width=WIDTH, highlight=False) for aside in (False, True))
    ensembles = current(read_ensembles(posterior or FOLDER), store, workers, err)
    targets = load_targets()
    with early_line("jevons: scoring"):
        board = all_cells(ensembles, targets)
    if table is not None:  # before printing: the reader of standard output may leave early
        write_atomically(table, board.to_csv(index=False))
    print_scores(out, board, ensembles, targets)
    if scale is not None:
        out.print(scale_shifts(ensembles[-1], scale, targets, workers, err), soft_wrap=True)
    if table is not None:
        out.print(f"every cell: {table}", markup=False, soft_wrap=True)
    if docs:
        renew(PAGE, as_markdown(board, ensembles, targets, posterior or FOLDER))
        out.print(f"tables renewed: {PAGE}", markup=False, soft_wrap=True)
