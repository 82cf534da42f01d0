"""`jevons validate`: the whole scoreboard from the shipped ensemble."""

from typing import Any

import click

from runs.commands import shared_options as shared
from runs.terminal.path_argument import PLACE


@click.command()
@shared.posterior
@shared.store
@shared.workers
@click.option("--csv", "table", type=PLACE, metavar="FILE", help="Also write every cell as CSV (a new file).")
@click.option(
    "--at-scale",
    "scale",
    type=click.Choice(("default", "large")),
    help="Also run some members with other row counts, and say where they differ (a minute or more).",
)
@shared.targets
@shared.only_targets
@click.option("--docs", is_flag=True, help="Also renew the tables of docs/calibration.md and README.md.")
@shared.resumable
def validate(**options: Any) -> None:
    """Score the posterior against every disclosed figure and against simple forecasts.

    For each figure: its value, the latest ensemble's median, 50 and 90% interval, the error and whether it is inside.
    Then how well earlier ensembles forecast figures that were not public yet: scores by horizon and family, beside
    simple forecasts, and every figure that one of these wins. The results of the members' runs come with the ensemble.
    Where the model or the figures have changed since, the members are run again, once; after Ctrl-C the same command
    goes on.
    """
    from runs.posterior.validation import print_validation

    print_validation(**options)
