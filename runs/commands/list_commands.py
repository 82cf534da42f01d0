"""`jevons scenarios`, `parameters`, `observables` and `phases`: what a user can run, change and read."""

import click

from runs.commands.shared_options import SCALES


@click.command()
@click.option("--baseline", is_flag=True, help="Also show the baseline's value of each parameter that changes.")
def scenarios(baseline: bool) -> None:
    """List the scenarios and what each changes.

    A scenario of your own is a TOML file that says only what differs from the baseline; run it with
    `jevons run --scenario FILE.toml`.
    """
    from model import scenario_outlines
    from runs.terminal.console import console
    from runs.terminal.listings import print_scenarios

    values = {}
    if baseline:
        from model import Parameters

        values = Parameters.load().flat()
    print_scenarios(console(), scenario_outlines(), values)


@click.command()
@click.option("--search", metavar="TEXT", help="Only those with every word in name, unit, source or gloss.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV: name, unit, default, low, high, prior, source, gloss.")
def parameters(search: str | None, as_csv: bool) -> None:
    """Show the parameters, or search them.

    Prints name, default, unit, bounds, prior, meaning and source. Any parameter can be changed with
    `jevons run --set NAME=VALUE` or in a scenario file.

    \b
    Examples:
      jevons parameters --search "order book"
      jevons parameters --csv > parameters.csv
    """
    from model import Parameters
    from runs.terminal.console import console
    from runs.terminal.listings import matching_rows, print_parameters, rows_as_csv

    rows = matching_rows(Parameters.load().rows(), search, ("name", "unit", "source", "gloss"))
    if as_csv:
        click.echo(rows_as_csv(rows), nl=False)
    else:
        print_parameters(console(), rows)


@click.command()
@click.option("--search", metavar="TEXT", help="Only those with every word in one of their columns.")
def observables(search: str | None) -> None:
    """Show what a run records, or search it.

    Prints name, unit, of whom and for which segments; then what it means and how it is computed.

    \b
    Examples:
      jevons observables --search "price token"
      jevons compare baseline power-squeeze --outcome price_paid:market:api
    """
    from model import declared_observables
    from runs.terminal.console import console
    from runs.terminal.listings import matching_rows, print_observables

    rows = declared_observables()
    print_observables(console(), matching_rows(rows, search, rows[0]._fields))


@click.command()
@click.option("--weeks", type=click.IntRange(1, 313), default=26, help="Length of the timed run.")
@click.option("--scale", type=click.Choice(SCALES), default="small", help="Scale of the timed run.")
def phases(weeks: int, scale: str) -> None:
    """Show the order of the week, with timings.

    Lists what each phase reads and writes and, from a short run of the baseline, how long it takes.
    """
    from runs.terminal.console import console
    from runs.terminal.listings import phase_table, time_phases

    order, seconds = time_phases(weeks, scale, console(stderr=True))
    console().print(phase_table(order, seconds, weeks))
