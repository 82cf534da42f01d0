"""Options and behaviour that several commands share."""

import functools
from collections.abc import Callable
from typing import Any

import click

from runs.commands import INTERRUPTED
from runs.engines import ENGINES
from runs.terminal.path_argument import PLACE

SCALES = ("small", "default", "large")

MOST_WORKERS = 1000

workers = click.option(
    "--workers", type=click.IntRange(1, MOST_WORKERS), metavar="N", help="Local processes.  [default: one a processor]"
)
engine = click.option("--engine", type=click.Choice(ENGINES), default="processes", help="What does the runs.")
pairs = click.option("--seeds", type=click.IntRange(2, 10_000), default=20, metavar="N", help="Number of pairs.")
pairs_scale = click.option(
    "--scale", type=click.Choice(SCALES), default="small", help="How many rows represent the world."
)
posterior = click.option(
    "--posterior", type=PLACE, metavar="DIR", help="Folder of ensembles.  [default: those that come with the model]"
)
store = click.option(
    "--store", type=PLACE, metavar="DIR", help="Where runs of members are kept.  [default: runs/results/members]"
)
targets = click.option(
    "--targets",
    type=PLACE,
    metavar="FILE.csv",
    help="Figures of your own beside the shipped ones, with the columns of calibration/data/targets.csv; a row with "
    "the id of a shipped one replaces it.",
)
only_targets = click.option("--only-targets", is_flag=True, help="With --targets: those figures alone.")
quiet = click.option("--quiet", is_flag=True, help="Print only where the results are.")


def resumable(command: Callable[..., None]) -> Callable[..., int]:
    """Make a command, whose runs are all kept, say after Ctrl-C that the same command goes on."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> int:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            click.echo("jevons: interrupted; finished runs are kept: the same command goes on", err=True)
            return INTERRUPTED
        return 0

    return run
