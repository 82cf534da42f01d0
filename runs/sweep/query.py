"""SQL over a sweep: DuckDB sees the parts, and runs that are not packed yet, as a few tables.

`observables` is the long table, as a union of one branch an observable: DuckDB leaves out the branches that a condition
on the observable rules out, and so reads just the columns that are asked for. (One branch a series would read still
fewer, but planning four hundred of them takes longer than reading.)
"""

import contextlib
import re
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from model import JevonsError
from runs.sweep.parts import Name, column_name
from runs.terminal.missing_extra import missing_extra

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

# Of the 2 GB that a query of the largest sweep may take; DuckDB itself comes on top.
MEMORY = "1400MB"
# Of an answer in memory: a hundred million rows with a number and a name, some gigabytes.
MAX_CELLS = 200_000_000
# DuckDB's vectors, of 2,048 rows each, that are fetched at once.
CHUNK = 50
# A condition on the name of a series, as SQL has it.
NAMED = re.compile(r"\b(observable|entity|segment)\s*=\s*'([^']*)'", re.IGNORECASE)
NOTHING = (
    "select 0 as run, null::date as date, '' as observable, '' as entity, '' as segment, 0.0 as value, "
    "'' as unit limit 0"
)


class QueryError(JevonsError):
    """A query that DuckDB refuses."""


def query(results: Any, sql: str) -> "pd.DataFrame":
    """Return the answer to `sql` over a sweep's `Results`.

    Raises what `chunks` raises, and `QueryError` for an answer beyond memory.
    """
    import pandas as pd

    found, cells = [], 0
    for chunk in chunks(results, sql):
        found.append(chunk)
        cells += chunk.size
        if cells > MAX_CELLS:
            raise QueryError(
                f"query: the answer has more than {MAX_CELLS:,} cells, which would not fit in memory; narrow it with "
                "where, group by or limit, or write it with jevons query --csv"
            )
    return pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]


def first_rows(results: Any, sql: str, count: int) -> "pd.DataFrame":
    """Return the first rows of an answer, without computing the rest where DuckDB can do without it."""
    import pandas as pd

    found: list[pd.DataFrame] = []
    with contextlib.closing(chunks(results, sql)) as parts:
        while sum(map(len, found)) < count and (part := next(parts, None)) is not None:
            found.append(part)
    return pd.concat(found, ignore_index=True).head(count)


def chunks(results: Any, sql: str) -> "Generator[pd.DataFrame, None, None]":
    """Yield the answer to `sql` in tables of up to some 100,000 rows, at least one, as they are computed.

    Raises `QueryError` with what DuckDB says, and where DuckDB is not installed; `JevonsError` for an empty answer to a
    query that names a series which the sweep does not keep.
    """
    try:
        import duckdb
    except ImportError:
        raise QueryError(missing_extra("jevons query", "analysis")) from None
    connection = duckdb.connect()
    try:
        _make_tables(connection, results)
        _lock(connection, results)
        answer = connection.execute(sql)
        if answer is None:
            raise QueryError("query: asks for nothing; give a select, or no SQL at all to list the tables")
        frame: pd.DataFrame = answer.fetch_df_chunk(CHUNK)
        if frame.isna().all(axis=None):
            for what, name in NAMED.findall(sql):
                results.check_name(what.lower(), name)
        yield frame
        while len(frame := answer.fetch_df_chunk(CHUNK)):
            yield frame
    except duckdb.Error as error:
        raise QueryError(f"query: {' '.join(str(error).partition('LINE ')[0].split())}") from None
    finally:
        connection.close()


def _make_tables(connection: Any, results: Any) -> None:
    """Give a DuckDB connection the tables of a sweep."""
    connection.execute(f"set memory_limit = '{MEMORY}'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set parquet_metadata_cache = true")
    names = results.series
    connection.register("runs", results.run_table)
    connection.register("series", _series_table(names))
    source = _make_wide(connection, results, names)
    branches = [_branch(observable, among, source) for observable, among in by_observable(names).items()]
    connection.execute(f"create view observables as {' union all '.join(branches) or NOTHING}")


def _lock(connection: Any, results: Any) -> None:
    """Let a query read the sweep's parts and nothing else, and write nothing."""
    names = [name for file in results.parts() for name in (str(file), _literal(file))]
    connection.execute(f"set allowed_paths = [{', '.join(map(_text, names))}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _literal(file: Path) -> str:
    """Return a path with *, ? and [ escaped, which DuckDB reads as patterns."""
    return re.sub(r"([*?\[])", r"[\1]", str(file))


def by_observable(names: Sequence[Name]) -> dict[str, list[Name]]:
    """Return the series of each observable."""
    found: dict[str, list[Name]] = {}
    for name in names:
        found.setdefault(name[0], []).append(name)
    return found


def _branch(observable: str, names: Sequence[Name], source: str) -> str:
    """Return the long table of one observable: the columns of its series put under one another."""
    entities, segments = ([_text(name[place]) for name in names] for place in (1, 2))
    return (
        f"select run, date, {_text(observable)} as observable, unnest([{', '.join(entities)}]) as entity, "
        f"unnest([{', '.join(segments)}]) as segment, unnest([{', '.join(map(_column, names))}]) as value, "
        f"{_text(names[0][3])} as unit from {source}"
    )


def _make_wide(connection: Any, results: Any, names: Sequence[Name]) -> str:
    """Make the view `wide` of all parts, and of runs that are not packed yet; returns what to read it from."""
    parts = results.parts()
    source = f"read_parquet([{', '.join(_text(_literal(file)) for file in parts)}])"
    alone = results.wide_beside(parts, names)
    if alone.num_rows or not parts:
        connection.register("loose", alone)
        source = f"(select * from {source} union all by name select * from loose)" if parts else "loose"
    connection.execute(f"create view wide as select * from {source}")
    return source


def _series_table(names: Sequence[Name]) -> pa.Table:
    columns = zip(*names, strict=True) if names else [(), (), (), ()]
    kinds = dict(zip(("observable", "entity", "segment", "unit"), (list(c) for c in columns), strict=True))
    return pa.table({name: pa.array(values, pa.string()) for name, values in kinds.items()})


def _column(name: Name) -> str:
    return '"' + column_name(name).replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def print_table(console: "Console", frame: "pd.DataFrame", limit: int) -> None:
    """Print the first rows of an answer."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in frame.columns:
        table.add_column(
            Text(str(name)), overflow="fold", justify="right" if frame[name].dtype.kind in "ifu" else "left"
        )
    for row in frame.head(limit).itertuples(index=False):
        table.add_row(*(Text(_cell(value)) for value in row))
    console.print(table)
    if len(frame) > limit:
        console.print("... more rows: --limit, or --csv for all")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return ", ".join(map(_cell, value))
    return str(value).removesuffix(" 00:00:00")


def print_tables(console: "Console", results: Any) -> None:
    """Print what can be asked for: the columns of `runs`, and the series that are kept."""
    columns = ", ".join(results.run_table.column_names)
    console.print(f"runs ({results.run_table.num_rows} rows): {columns}", markup=False, soft_wrap=True)
    console.print("observables: run, date, observable, entity, segment, value, unit", soft_wrap=True)
    for observable, names in by_observable(results.series).items():
        entities = ", ".join(dict.fromkeys(name[1] for name in names))
        segments = ", ".join(dict.fromkeys(name[2] for name in names))
        console.print(
            f"  {observable} [{names[0][3]}]: {entities}; {segments}", highlight=False, markup=False, soft_wrap=True
        )
