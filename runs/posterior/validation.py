"""The scoreboard of the posterior: printed, written as CSV, and put into docs/calibration.md and README.md."""

from collections.abc import Sequence
from pathlib import Path

from calibration.discrepancy import processes_at
from calibration.ensemble import Ensemble, read_ensembles
from calibration.own_figures import read_figures
from calibration.predictive import fit_table, read_prior
from calibration.scores import all_cells
from calibration.shipped import FOLDER
from calibration.targets import Target
from model import JevonsError, write_atomically
from runs.marked_blocks import renew_block
from runs.one_run.run_folder import check_new_file
from runs.places import DOCS
from runs.posterior.current_members import current, scale_shifts, with_own
from runs.posterior.shown_scores import renew_shown
from runs.scores.score_text import (
    SCORES,
    TABLES,
    Scoreboard,
    as_markdown,
    figure_rows,
    losing_rows,
    print_scores,
    readme_table,
    write_table,
)
from runs.terminal.console import console
from runs.terminal.startup_line import early_line

# Characters of the widest table where the output is no terminal.
WIDTH = 160


def print_validation(
    posterior: Path | None,
    store: Path | None,
    workers: int | None,
    table: Path | None,
    scale: str | None,
    targets: Path | None,
    *,
    only_targets: bool,
    docs: bool,
) -> None:
    """Score every cell and print it; raises JevonsError.

    `posterior` is the folder of ensembles, `store` keeps runs of members, `table` is a new file for the cells as CSV,
    `scale` asks for a comparison with that scale, `targets` is a file of the user's own figures (beside the shipped
    ones, or with `only_targets` instead), and `docs` renews the tables of the pages.
    """
    figures = read_figures(targets, only_targets)
    if targets is not None and (docs or scale is not None):
        raise JevonsError(f"{'--docs' if docs else '--at-scale'} is for the shipped figures: leave out --targets")
    if table is not None:
        check_new_file(table, "--csv")
    out, err = (console(stderr=aside, width=WIDTH, highlight=False) for aside in (False, True))
    folder = posterior or FOLDER
    ensembles = current(read_ensembles(folder), store, workers, err)
    if targets is not None:
        ensembles = with_own(ensembles, figures, store, workers, err)
    with early_line("jevons: scoring"):  # errors ahead are learnt from all figures, whichever are shown
        board = score_all(ensembles, read_figures(targets).targets, folder).of(figures.targets)
    if table is not None:  # before printing: the reader of standard output may leave early
        write_atomically(table, board.cells.to_csv(index=False))
    print_scores(out, board)
    if scale is not None:
        out.print(scale_shifts(ensembles[-1], scale, figures.targets, workers, err), soft_wrap=True)
    if table is not None:
        out.print(f"every cell: {table}", markup=False, soft_wrap=True)
    if docs:
        for file in write_docs(board, DOCS) + renew_shown(ensembles, figures.targets, store, err):
            out.print(f"tables renewed: {file}", markup=False, soft_wrap=True)


def score_all(ensembles: Sequence[Ensemble], targets: Sequence[Target], folder: Path) -> Scoreboard:
    """Score every origin's forecasts, and set the latest ensemble beside every figure."""
    last = ensembles[-1]
    processes = processes_at(ensembles, last.origin, targets)
    fit = fit_table(last, targets, processes, read_prior(folder))
    return Scoreboard(all_cells(ensembles, targets), fit, ensembles, processes, targets)


def write_docs(board: Scoreboard, docs: Path) -> list[Path]:
    """Renew the tables of docs/calibration.md and README.md, and the tables by figure beside the former; the files."""
    page, readme = docs / "calibration.md", docs.parent / "README.md"
    renew_block(page, TABLES, as_markdown(board))
    for file in (readme, page):
        renew_block(file, SCORES, readme_table(board))
    figures = write_table(docs / "calibration-figures.csv", figure_rows(board))
    lost = write_table(docs / "calibration-lost.csv", losing_rows(board))
    return [page, readme, figures, lost]
