"""The command `jevons view`."""

from typing import TYPE_CHECKING

import click

from runs.commands import shared_options as shared
from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--host", default="127.0.0.1", metavar="ADDRESS",
              help="Where to listen; 0.0.0.0 lets other machines in.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=8765, help="0 takes any free one.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--results", type=PLACE, default="runs/results",
              metavar="DIR", help="Folder with the results of sweeps, runs and claims.")  # fmt: skip
@click.option("--scenario", metavar="NAME|FILE.toml", help="What the page begins with.  [default: baseline]")
@shared.targets
@shared.only_targets
def view(
    host: str, port: int, no_browser: bool, results: "Path", scenario: str | None, targets: "Path | None",
    only_targets: bool,
) -> None:  # fmt: skip
    """Watch the market in the browser.

    Live charts beside the disclosed actuals, the supply network, application graphs and their cascades, adoption,
    levers with the old path in grey, sweeps and claims. Everything is served from this machine; nothing is fetched.

    The address of the page holds scenario, seed and levers: copy it to share the view. Needs the extra 'view'.

    \b
    Examples:
      jevons view
      jevons view --port 9000 --no-browser
      jevons view --scenario my.toml
      jevons view --targets my-figures.csv
    """
    from runs.view.serve import serve

    serve(host, port, results, scenario, targets, only_figures=only_targets, browser=not no_browser)
