"""`jevons responses`: how the market answers cuts in prices, more compute, richer customers and a slump."""

from typing import TYPE_CHECKING

import click

from runs.commands import shared_options as shared
from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("names", nargs=-1, metavar="[prices-free slump ...]")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=8, metavar="N", help="Number of pairs.")
@shared.pairs_scale
@click.option("--from", "start", metavar="DATE", help="When every change takes effect.  [default: a date for each]")
@click.option("--posterior", is_flag=True, help="Take a member of the shipped ensemble for each pair.")
@click.option("--csv", type=PLACE, metavar="FILE", help="Also write the table there, a new file.")
@click.option("--figure", type=PLACE, metavar="FILE", help="Also draw it there as PNG, a new file.")
@click.option("--docs", is_flag=True, help="Also renew the table and the figure of docs/responses.md.")
@shared.workers
def responses(
    names: tuple[str, ...],
    seeds: int,
    scale: str,
    start: str | None,
    posterior: bool,
    csv: "Path | None",
    figure: "Path | None",
    docs: bool,
    workers: int | None,
) -> None:
    """Measure the market's structural responses with paired runs, and print them beside the evidence.

    The treated and the untreated run of a pair have the same seed and past. With capacity free no compute binds; with
    capacity binding it does where it is short, and customers are turned away: these are two questions. Where prices
    are cut, models and list prices are those of the untreated run, so that no lab's answer blurs the effect.

    \b
    Examples:
      jevons responses
      jevons responses prices-free prices-binding --seeds 20 --from 2026-03-02
      jevons responses --scale default --csv responses.csv --figure responses.png
    """
    from runs.responses.response_session import Session
    from runs.terminal.console import console

    session = Session(names, seeds, scale, start, posterior, csv, figure, workers, docs)
    for file in session.run(console(), console(stderr=True)):
        click.echo(f"  {file}")
