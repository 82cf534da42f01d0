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
    from runs.terminal.console import console
    from runs.terminal.startup_line import early_line

    with early_line(f"jevons: reading {folder}") as shown:
        from runs.sweep.query import chunks, first_rows, print_table, print_tables
        from runs.sweep.results import Results

        results = Results(folder)
        if sql is None:
            _ = results.run_table, results.series  # read while the line is shown
            shown()
            print_tables(console(), results)
        elif as_csv:
            for number, part in enumerate(chunks(results, sql)):
                shown()
                click.echo(part.to_csv(index=False, header=not number), nl=False)
        else:
            frame = first_rows(results, sql, limit + 1)
            shown()
            print_table(console(), frame, limit)
            if not results.series:
                click.echo(f"jevons: no run of {folder} is finished yet: observables and wide are empty", err=True)
