"""`jevons query`: SQL over the results of a sweep."""

from typing import TYPE_CHECKING

import click

from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.argument("sql", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV rather than a table.")
@click.option("--limit", type=click.IntRange(1), default=200, help="Rows of the table at most.")
def query(folder: "Path", sql: str | None, as_csv: bool, limit: int) -> None:
    """Ask the results of a sweep in SQL (DuckDB); without SQL, list the tables.

    Tables: `runs` (a row a run: parameters, status, outcomes), `observables` (the long table: run, date, observable,
    entity, segment, value, unit), `series` (what is kept), `wide` (run, date and a column a series).

    \b
    Examples:
      jevons query DIR "select scenario, avg(unserved_share_last_year) from runs group by all"
      jevons query DIR "select date, quantile_cont(value, 0.5) as median from observables join runs using (run)
              where observable = 'demand_unserved_share' and entity = 'market' and segment = 'all'
              and scenario = 'baseline' group by date order by date"
    """
    from runs.sweep.query import print_table, print_tables
    from runs.sweep.results import Results
    from runs.terminal.console import console

    results = Results(folder)
    if sql is None:
        print_tables(console(), results)
        return
    frame = results.query(sql)
    if as_csv:
        click.echo(frame.to_csv(index=False), nl=False)
    else:
        print_table(console(), frame, limit)
