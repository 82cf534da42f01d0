"""`jevons forecast`: fan charts and a table to 2028, dated and frozen."""

from typing import Any

import click

from runs.commands import shared_options as shared
from runs.terminal.path_argument import PLACE


@click.command()
@click.option("--until", default="2028-12-31", metavar="DATE", help="Last date, YYYY-MM-DD.")
@shared.posterior
@click.option("--out", type=PLACE, metavar="DIR", help="A new folder.  [default: docs/forecasts/TODAY]")
@shared.store
@shared.workers
@click.option("--why", default="", metavar="TEXT", help="Why it replaces the last one, for docs/forecasts/README.md.")
@shared.targets
@shared.only_targets
@shared.resumable
def forecast(**options: Any) -> None:
    """Forecast the main observables from the posterior, and freeze the forecast.

    Paths are anchored to the last disclosed figures. Writes fan charts (50 and 90%), 23 quantiles a month in the format
    of the forecast hubs and a page with a table into a folder named by today's date, so that later disclosures can
    judge it. An existing folder is never written to. The list of forecasts beside the folder, if there is one, then
    shows it first, as the current one.

    With figures of your own the paths are anchored to those too, and --out says where the forecast goes.
    """
    from runs.posterior.forecast_folder import make_forecast
    from runs.terminal.console import console

    for file in make_forecast(**options, err=console(stderr=True)):
        click.echo(f"  {file}")
