"""`jevons run`: one scenario, beside the disclosed actuals."""

from typing import Any

import click

from runs.commands import INTERRUPTED
from runs.commands import shared_options as shared
from runs.terminal.path_argument import PLACE


@click.command()
@click.option(
    "--scenario",
    default="baseline",
    metavar="NAME|FILE.toml",
    help="What to run: see `jevons scenarios`, or a file of your own.",
)
@click.option(
    "--scale",
    type=click.Choice(shared.SCALES),
    help="How many rows represent the world; small takes seconds.  [default: the scenario's]",
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a parameter (repeatable): see `jevons parameters`.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=7, help="Same seed, same result, bit for bit.")
@click.option("--until", metavar="DATE", help="Last date to simulate, YYYY-MM-DD.  [default: the scenario's]")
@click.option("--users", metavar="N", help="Rows of consumers; short for --set scale.users=N.")
@click.option("--developers", metavar="N", help="Rows of developers; short for --set scale.developers=N.")
@click.option("--enterprises", metavar="N", help="Enterprises; short for --set scale.enterprises=N.")
@click.option("--out", type=PLACE, metavar="DIR", help="Run folder, new or empty.  [default: one under runs/results]")
@click.option("--no-figures", is_flag=True, help="Write no figures.")
@shared.targets
@shared.only_targets
@shared.quiet
def run(assignments: tuple[str, ...], no_figures: bool, **options: Any) -> int:
    """Simulate a scenario and compare it with the disclosed actuals.

    Prints every target with the accepted band, the model's value and the error, and one score for the figures that
    the shipped ensemble saw and one for later ones. The baseline was fitted to all of them. The run folder holds
    observables.parquet (the long table: date, observable, entity, segment, value, unit), manifest.json and the figures.

    Ctrl-C stops after the week in progress and keeps what was recorded (exit status 130).

    \b
    Examples:
      jevons run --until 2026-06-30
      jevons run --scenario no-thinking --seed 8 --out /tmp/no-thinking
      jevons run --set demand.thinking_ceiling=64 --set mechanisms.agents=false
      jevons run --scale small --users 8000 --no-figures
      jevons run --targets my-figures.csv --only-targets
    """
    import time

    from runs.terminal.console import console
    from runs.terminal.startup_line import early_line

    started = time.perf_counter()
    with early_line("jevons: loading the model", quiet=options["quiet"]):
        from runs.one_run.run_request import RunRequest, run_scenario

    rows = {kind: options.pop(kind) for kind in ("users", "developers", "enterprises")}
    shorthands = tuple(f"scale.{kind}={count}" for kind, count in rows.items() if count is not None)
    request = RunRequest(assignments=(*assignments, *shorthands), figures=not no_figures, started=started, **options)
    return INTERRUPTED if run_scenario(request, console(), console(stderr=True)) else 0
