"""The `jevons` command. Everything heavy is imported inside the command that needs it, so that help is instant."""

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from runs.commands.calibrate_command import calibrate
from runs.commands.claims_command import claims, compare
from runs.commands.forecast_command import forecast
from runs.commands.observables_command import observables
from runs.commands.query_command import query
from runs.commands.report_command import report
from runs.commands.sensitivity_command import sensitivity
from runs.commands.sweep_command import sweep
from runs.commands.validate_command import validate
from runs.commands.view_command import view
from runs.terminal.console import console
from runs.terminal.path_argument import PLACE
from runs.terminal.startup_line import early_line

SCALES = ("small", "default", "large")
USAGE, INTERRUPTED = 2, 130


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from model import version

        click.echo(f"jevons {version()}")
        context.exit()


@click.group(
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.pass_context
def jevons(context: click.Context) -> None:
    """An agent-based model of the market for AI inference, 2023 to 2028.

    Labs, hyperscalers, consumers, developers, enterprises and consultancies meet week by week: tokens get cheaper,
    models think longer, agents take over work, and supply is built late.

    \b
    Examples:
      jevons run                               the baseline, beside the disclosed figures
      jevons run --scenario power-squeeze      a scenario that comes with the model
      jevons run --scale small --quiet         in seconds, for scripts
      jevons parameters --search thinking      what can be changed with --set
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@jevons.command()
@click.option(
    "--scenario",
    "name",
    default="baseline",
    show_default=True,
    metavar="NAME|FILE.toml",
    help="What to run: see `jevons scenarios`, or a file of your own.",
)
@click.option(
    "--scale",
    type=click.Choice(SCALES),
    help="How many rows stand for the world; small is simulated in seconds.  [default: the scenario's]",
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a parameter (repeatable): see `jevons parameters`.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=7,
    show_default=True,
    help="Same seed, same result, bit for bit.",
)
@click.option("--until", metavar="DATE", help="Last date to simulate, YYYY-MM-DD.  [default: the scenario's]")
@click.option("--users", metavar="N", help="Rows of consumers; short for --set scale.users=N.")
@click.option("--developers", metavar="N", help="Rows of developers; short for --set scale.developers=N.")
@click.option("--enterprises", metavar="N", help="Enterprises; short for --set scale.enterprises=N.")
@click.option(
    "--out",
    type=PLACE,
    metavar="DIR",
    help="Run folder, new or empty.  [default: a new one under runs/results]",
)
@click.option("--no-figures", is_flag=True, help="Write no figures.")
@click.option("--quiet", is_flag=True, help="Print only where the run folder is.")
def run(
    name: str,
    scale: str | None,
    assignments: tuple[str, ...],
    seed: int,
    until: str | None,
    users: str | None,
    developers: str | None,
    enterprises: str | None,
    out: Path | None,
    no_figures: bool,
    quiet: bool,
) -> int:
    """Simulate a scenario and set it beside the disclosed actuals.

    Prints every target with the accepted band, the model's value and the error, and one score a role: rows to
    calibrate may be fitted, rows to validate and forecast are only scored. The run folder holds observables.parquet
    (the long table: date, observable, entity, segment, value, unit), manifest.json and the figures.

    Ctrl-C stops after the week in progress and keeps what was recorded (exit status 130).

    \b
    Examples:
      jevons run --until 2026-03-31
      jevons run --scenario no-thinking --seed 8 --out /tmp/no-thinking
      jevons run --set demand.thinking_ceiling=64 --set mechanisms.agents=false
      jevons run --scale small --users 8000 --no-figures
    """
    started = time.perf_counter()
    with early_line("jevons: loading the model", quiet=quiet):
        from runs.one_run.run_request import RunRequest, run_scenario

    rows = {"users": users, "developers": developers, "enterprises": enterprises}
    shorthands = tuple(f"scale.{kind}={count}" for kind, count in rows.items() if count is not None)
    request = RunRequest(name, scale, (*assignments, *shorthands), seed, until, out, not no_figures, quiet, started)
    return INTERRUPTED if run_scenario(request, console(), console(stderr=True)) else 0


@jevons.command()
def scenarios() -> None:
    """List the scenarios and what each changes.

    A scenario of your own is a TOML file that says only what differs from the baseline; run it with
    `jevons run --scenario FILE.toml`.
    """
    from model import Scenario
    from runs.terminal.listings import print_scenarios

    print_scenarios(console(), [Scenario.load(name) for name in Scenario.names()])


@jevons.command()
@click.option("--search", metavar="TEXT", help="Only those that hold every word in name, unit, source or gloss.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV: name, unit, default, low, high, prior, source, gloss.")
def parameters(search: str | None, as_csv: bool) -> None:
    """Show the parameters, or search them.

    Prints name, default, unit, bounds, prior, meaning and source.

    Any of them can be changed with `jevons run --set NAME=VALUE` or in a scenario file.

    \b
    Examples:
      jevons parameters --search "lead time"
      jevons parameters --csv > parameters.csv
    """
    from runs.terminal.listings import find_parameters, parameters_csv, print_parameters

    table = find_parameters(search)
    if as_csv:
        click.echo(parameters_csv(table), nl=False)
    else:
        print_parameters(console(), table)


@jevons.command()
@click.option("--weeks", type=click.IntRange(1, 520), default=26, show_default=True, help="Length of the timed run.")
@click.option("--scale", type=click.Choice(SCALES), default="small", show_default=True, help="Scale of the timed run.")
def phases(weeks: int, scale: str) -> None:
    """Show the order of the week, with timings.

    Lists what each phase reads and writes and, from a short run of the baseline, how long it takes.
    """
    from runs.terminal.listings import phase_table, time_phases

    order, seconds = time_phases(weeks, scale)
    console().print(phase_table(order, seconds, weeks))


for command in (observables, calibrate, validate, forecast, claims, compare, sweep, query, sensitivity, report, view):
    jevons.add_command(command)


def main() -> None:
    """Run the command line: whatever the user can put right ends as one line on stderr and exit status 2."""
    status = execute()
    for stream in (sys.stdout, sys.stderr):
        _let_go(stream)
    sys.exit(status)


def _let_go(stream: Any) -> None:
    """Flush a stream, so that Python has nothing left to write, and to complain of, when it ends."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def execute(arguments: list[str] | None = None) -> int:
    """Run with `arguments` (those of the process by default); the exit status."""
    try:
        status = jevons.main(args=arguments, prog_name="jevons", standalone_mode=False)
    except click.ClickException as error:
        return _refuse(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        click.echo("jevons: interrupted", err=True)
        return INTERRUPTED
    except SystemExit as end:
        if end.code != 1:
            raise
        return 0  # so end Click and Rich where nobody reads standard output any more, as under `| head`
    except OSError as error:  # a full disk behind standard output, or what no earlier check foresaw
        place = "reading or writing failed" if error.filename is None else str(error.filename)
        return _refuse(f"{place}: {(error.strerror or str(error)).lower()}; choose another place, or make room there")
    except Exception as error:
        from model import JevonsError

        if not isinstance(error, JevonsError):
            raise
        return _refuse(str(error))
    return status if isinstance(status, int) else 0


def _refuse(message: str) -> int:
    with contextlib.suppress(OSError):  # nobody listens
        click.echo("jevons: " + " ".join(message.split()), err=True)
    return USAGE
