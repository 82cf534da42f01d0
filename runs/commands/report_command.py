"""`jevons report`: a sweep as one page."""

from typing import TYPE_CHECKING

import click

from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option("--out", type=PLACE, metavar="FILE.html", help="The page.  [default: report.html in DIR/log]")
@click.option(
    "--where", "condition", metavar="'OUTCOME > X'", help="Find the region of the uncertainties that leads there."
)
def report(folder: "Path", out: "Path | None", condition: str | None) -> None:
    """Write the report of a sweep: one self-contained HTML page, readable offline and in print.

    What each scenario changes pair by pair, how far to trust it, fan charts with the disclosed figures, what drives the
    first outcome, the unserved share over how fast makers expand, failed runs, the design and where the results
    come from. A sweep that still runs is reported as far as it is.

    \b
    Examples:
      jevons report DIR
      jevons report DIR --out report.html --where 'unserved_share_last_year > 0.4'
    """
    from runs.terminal.startup_line import early_line

    with early_line(f"jevons: making the report of {folder}"):
        from model import JevonsError
        from runs.analysis.sweep_report import write_report
        from runs.sweep.results import Results

        results = Results(folder)
        if out is not None and out.exists():
            raise JevonsError(f"--out {out}: exists already; nothing is overwritten")
        written = write_report(results, out or results.layout.log / "report.html", condition)
    click.echo(str(written))
