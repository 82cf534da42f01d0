"""`jevons calibrate`: fit the market to figures of the time up to the origin."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from runs.commands import shared_options as shared
from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from pathlib import Path


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _count(flag: str, default: int, least: int, help: str, most: int | None = None) -> Decorator:  # noqa: A002
    return click.option(flag, type=click.IntRange(least, most), default=default, help=help)


@click.command()
@_count("--first", 800, 16, "Runs over the prior of every parameter, which choose those that move.", 1_000_000)
@_count("--moving", 150, 2, "Parameters that move; the others stay at the middle of their prior.", 100_000)
@_count("--second", 1000, 2, "Runs over the prior of those that move alone.", 1_000_000)
@_count("--members", 200, 16, "Members of the ensembles.", 100_000)
@_count("--steps", 2, 1, "Steps of every member at each origin, a run each.", 20)
@_count("--last-steps", 6, 1, "Steps at the last origin.", 100)
@_count("--replicates", 100, 2, "Truths on which the method is checked.", 100_000)
@_count("--seed", 1, 0, "Seed of designs and samplers.", 2**32 - 1)
@click.option("--scale", type=click.Choice(("small", "medium", "default")), default="medium", help="Rows of a run.")
@click.option(
    "--out",
    type=PLACE,
    metavar="DIR",
    help="Folder of the results; the same one goes on.  [default: runs/results/calibration]",
)
@click.option("--store", type=PLACE, metavar="DIR", help="Where runs are kept.  [default: OUT/runs]")
@shared.workers
@click.option("--ship", is_flag=True, help="Also put the results where `validate` and `forecast` look for them.")
@shared.targets
@shared.only_targets
@shared.resumable
def calibrate(
    out: "Path | None", store: "Path | None", workers: int | None, ship: bool, targets: "Path | None",
    only_targets: bool, **plan: Any,
) -> None:  # fmt: skip
    """Fit the market to the figures that were public at each origin: the ends of quarters, and the last figure.

    Every run is kept on disk and never made twice: after Ctrl-C the same command goes on. The fit of an origin never
    reads what was published later.

    \b
    Examples:
      jevons calibrate --ship                              everything from scratch
      jevons calibrate --first 100 --moving 30 --second 60 --members 60 --steps 1  a quick look
    """
    from calibration.waves import Plan
    from runs.posterior.fit_session import FitRequest, run_fit
    from runs.terminal.console import console

    request = FitRequest(out, store, workers, ship, targets, only_targets)
    run_fit(request, Plan(**plan), console(highlight=False), console(stderr=True))
