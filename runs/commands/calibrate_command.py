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
@_count("--runs", 4000, 32, "Runs of all waves together.", 1_000_000)
@_count("--waves", 3, 1, "Waves; the first has half the runs.", 9)
@_count("--seeds", 2, 1, "Runs a point, with the seeds of a common pool in turn.", 20)
@_count("--members", 200, 16, "Members of the ensemble.", 100_000)
@_count("--steps", 3000, 200, "Steps of the sampler.", 1_000_000)
@_count("--seed", 1, 0, "Seed of designs and samplers.", 2**32 - 1)
@click.option("--scale", type=click.Choice(("small", "medium", "default")), default="medium", help="Rows of a run.")
@click.option("--screen", is_flag=True, help="Choose the free parameters first, instead of reading the list.")
@_count("--trajectories", 4, 2, "Trajectories of the screening.", 1000)
@_count("--keep", 24, 1, "Parameters that the screening keeps.", 60)
@click.option(
    "--out",
    type=PLACE,
    metavar="DIR",
    help="Folder of the results; the same one goes on.  [default: runs/results/calibration]",
)
@click.option("--store", type=PLACE, metavar="DIR", help="Where runs are kept.  [default: OUT/runs]")
@shared.workers
@click.option("--ship", is_flag=True, help="Also put the results where `validate` and `forecast` look for them.")
@shared.resumable
def calibrate(
    out: "Path | None", store: "Path | None", screen: bool, trajectories: int, keep: int, workers: int | None,
    ship: bool, **plan: Any,
) -> None:  # fmt: skip
    """Fit the free parameters to figures of the time up to 2025-09-30.

    Every run is kept on disk and never made twice: after Ctrl-C the same command goes on. The fit never reads the rows
    to validate and to forecast.

    \b
    Examples:
      jevons calibrate --screen --ship           everything from scratch
      jevons calibrate --runs 400 --members 60   a quick look
    """
    from calibration.waves import Plan
    from runs.posterior.fit_session import FitRequest, run_fit
    from runs.terminal.console import console

    request = FitRequest(out, store, screen, trajectories, keep, workers, ship)
    run_fit(request, Plan(**plan), console(highlight=False), console(stderr=True))
