"""Reading a sweep's results, also while it still runs: the run table, the series, quantiles."""

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from calibration.store.sealed_files import DamagedError, check_files, read_table
from model import JevonsError, nearest
from runs.sweep.parts import (
    FAILED,
    OK,
    Found,
    Name,
    RunResult,
    check_part,
    check_series,
    column_name,
    read_run,
    run_table,
    series_of,
    series_table,
)
from runs.sweep.sweep_folder import Layout, StoreError
from runs.sweep.sweep_record import Record, read_plan, read_record
from runs.sweep.sweep_state import State, inspect

if TYPE_CHECKING:
    import pandas as pd

# Rows of a long table that fit the memory of a usual machine; more are refused with a way out.
MAX_ROWS = 100_000_000
LONG = ("run", "date", "observable", "entity", "segment", "value", "unit")


class Results:
    """The results of a sweep in a folder. Raises `StoreError` where it holds none, or a part is damaged."""

    def __init__(self, root: str | Path) -> None:
        layout = Layout(Path(root))
        found = read_record(layout)
        if found is None:
            raise StoreError(f"{layout.root}: holds no sweep (there is no {layout.record.name})")
        self.record: Record = found
        self.layout = found.layout(layout.root)

    @cached_property
    def plan(self) -> pa.Table:
        """The plan, a row a run."""
        return read_plan(self.layout)

    @property
    def outcomes(self) -> list[str]:
        """The names of the outcomes."""
        return [outcome.name for outcome in self.record.outcomes]

    @property
    def state(self) -> State:
        """Which runs are finished, which failed, which are missing, as of now."""
        return inspect(self.layout, self.record.runs, repair=False)

    @cached_property
    def run_table(self) -> pa.Table:
        """The run table: the plan with status (ok, failed, null for one still to do), error, trace and outcomes."""
        total, tables = self.record.runs, []
        for block in self.layout.blocks(total):
            runs = self.layout.block_runs(block, total)
            loose = self._loose(runs)  # before the part is tried: see `_block`
            with self._repairable():
                try:
                    tables.append(check_part(self.layout, block))
                except FileNotFoundError:
                    tables.append(run_table(self.plan.slice(runs.start, len(runs)), loose, self.outcomes))
        return pa.concat_tables(tables)

    @property
    def runs(self) -> "pd.DataFrame":
        """The run table in pandas, a row a run, with its number as the index."""
        frame: pd.DataFrame = self.run_table.to_pandas()
        return frame.set_index("run")

    @cached_property
    def series(self) -> tuple[Name, ...]:
        """The series that are kept: observable, entity, segment and unit of each; none before a run is finished."""
        with self._repairable():
            for block in self._packed():
                check_series(self.layout, block)
                return series_of(pq.read_schema(self.layout.series_part(block)))
            for run in range(self.record.runs):
                found = read_run(self.layout, run)
                if isinstance(found, RunResult):
                    return found.names
        return ()

    def parts(self) -> list[Path]:
        """Return the files of packed series, in order, each checked: DuckDB reads them without a check."""
        blocks = self._packed()
        files = [self.layout.series_part(block) for block in blocks]
        with self._repairable():
            check_files(files)
            for block in blocks:
                check_series(self.layout, block)
        return files

    def _packed(self) -> list[int]:
        """Return the blocks whose series are packed."""
        return [block for block in self.layout.blocks(self.record.runs) if self.layout.series_part(block).exists()]

    def select(self, observable: Any = None, entity: Any = None, segment: Any = None) -> list[Name]:
        """Return the series that match; each of the three is a name, a list of names or None for all.

        Raises `JevonsError`, which names the nearest, for a name that no series has, and where nothing matches.
        """
        wanted = [
            None if one is None else set(one) if isinstance(one, Collection) and not isinstance(one, str) else {one}
            for one in (observable, entity, segment)
        ]
        for what, names in zip(("observable", "entity", "segment"), wanted, strict=True):
            for one in sorted(map(str, names or ())):
                self.check_name(what, one)
        found = [name for name in self.series if all(w is None or name[i] in w for i, w in enumerate(wanted))]
        if not found and self.series:
            raise JevonsError(f"no series has observable {observable}, entity {entity} and segment {segment} together")
        return found

    def check_name(self, what: str, name: str) -> None:
        """Check that a series is kept whose `what` (observable, entity, segment) is `name`; raises `JevonsError`."""
        there = {series[("observable", "entity", "segment").index(what)] for series in self.series}
        if there and name not in there:
            raise JevonsError(f"{what} = {name!r}: the sweep keeps no such series; {nearest(name, there)}")

    def wide(self, names: Sequence[Name]) -> pa.Table:
        """Return series as columns: run, date, and one column each named observable.entity.segment; by run and date."""
        return self.wide_beside((), names)

    def wide_beside(self, parts: Collection[Path], names: Sequence[Name]) -> pa.Table:
        """Return the same table of the runs that are in none of `parts`, as `parts` returned them."""
        columns = ["run", "date", *map(column_name, names)]
        kinds = {"run": pa.int32(), "date": pa.date32()}
        schema = pa.schema([pa.field(name, kinds.get(name, pa.float32())) for name in columns])
        tables = [schema.empty_table()]
        for block in self.layout.blocks(self.record.runs):
            if self.layout.series_part(block) not in parts:
                tables += self._block(block, names, columns)
        return pa.concat_tables([table.replace_schema_metadata(None).cast(schema) for table in tables])

    def _block(self, block: int, names: Sequence[Name], columns: Sequence[str]) -> list[pa.Table]:
        """Return the columns of a block, in one table or one a run.

        A sweep that still runs may pack the block, and take its loose files away, at any moment.
        """
        if not self.layout.runs_part(block).exists():
            loose = self._loose(self.layout.block_runs(block, self.record.runs))
            if not self.layout.runs_part(block).exists():
                ok = {run: one for run, one in loose.items() if isinstance(one, RunResult)}
                return [series_table(ok, names)] if ok else []
        file = self.layout.series_part(block)
        with self._repairable():
            if not file.exists():
                return []
            check_series(self.layout, block)
            return [read_table(file, columns)]

    def frame(self, observable: Any = None, entity: Any = None, segment: Any = None, **where: Any) -> "pd.DataFrame":
        """Return the long table in pandas: run, date, observable, entity, segment, value, unit.

        Each of the three is a name, a list of names, or None for all; `where` narrows runs by columns of the run table,
        such as scenario="baseline". Raises `JevonsError` for names that are not there and for tables beyond memory.
        """
        import pandas as pd

        names = self.select(observable, entity, segment)
        runs = self._where(where)
        weeks = self.run_table["weeks"].to_numpy()
        total = int((weeks if runs is None else weeks[runs]).sum()) * len(names)  # before anything is read
        if total > MAX_ROWS:
            raise JevonsError(
                f"{total:,} rows would not fit in memory: name an observable, entity or scenario, or ask with "
                "jevons query"
            )
        wide = self.wide(names)
        if runs is not None:
            wide = wide.filter(pa.array(np.isin(wide["run"].to_numpy(), runs)))
        count, rows = len(names), wide.num_rows
        data: dict[str, Any] = {
            "run": np.tile(wide["run"].to_numpy(), count),
            "date": np.tile(wide["date"].to_numpy().astype("datetime64[s]"), count),
        }
        for place, what in enumerate(("observable", "entity", "segment", "unit")):
            known, codes = np.unique(np.array([name[place] for name in names], dtype=str), return_inverse=True)
            labels = pd.Index(known.tolist())
            data[what] = pd.Categorical.from_codes(np.repeat(np.asarray(codes, np.int32), rows), labels)
        data["value"] = np.concatenate([wide[column_name(name)].to_numpy() for name in names]) if names else np.zeros(0)
        return pd.DataFrame({column: data[column] for column in LONG})

    def quantiles(
        self,
        observable: str,
        entity: str = "market",
        segment: str | None = None,
        q: Sequence[float] = (0.05, 0.5, 0.95),
        **where: Any,
    ) -> "pd.DataFrame":
        """Return quantiles over runs of one series, a row a week and a column a quantile.

        `segment` is by default "all", or where there is no such series the first one.
        """
        import pandas as pd

        if not all(isinstance(share, float | int) and 0.0 <= share <= 1.0 for share in q):
            raise JevonsError(f"q = {q!r}: give shares from 0 to 1")
        names = self.select(observable, entity, segment)
        if not names:
            check_finished(self)
        name = next((one for one in names if one[2] == "all"), names[0])
        wide, runs = self.wide([name]), self._where(where)
        if runs is not None:
            wide = wide.filter(pa.array(np.isin(wide["run"].to_numpy(), runs)))
        dates, rows = np.unique(wide["date"].to_numpy(), return_inverse=True)
        values = wide[column_name(name)].to_numpy()
        order = np.argsort(rows, kind="stable")
        groups = np.split(values[order], np.cumsum(np.bincount(rows, minlength=len(dates)))[:-1]) if len(dates) else []
        table = np.array([np.quantile(group, q) for group in groups]).reshape(len(dates), len(q))
        return pd.DataFrame(table, index=pd.DatetimeIndex(dates.astype("datetime64[s]"), name="date"), columns=list(q))

    def query(self, sql: str) -> "pd.DataFrame":
        """Ask in SQL: see `runs.sweep.query`."""
        from runs.sweep.query import query

        return query(self, sql)

    def _where(self, where: dict[str, Any]) -> Any:
        """Return the numbers of the runs that match, None for all."""
        if not where:
            return None
        table = self.run_table
        keep = np.ones(table.num_rows, dtype=np.bool_)
        for column, value in where.items():
            if column not in table.column_names:
                raise JevonsError(f"{column}: no such column of the run table; {nearest(column, table.column_names)}")
            wanted = value if isinstance(value, list | tuple | set) else [value]
            keep &= np.array([one in wanted for one in table[column].to_pylist()], dtype=np.bool_)
        return table["run"].to_numpy()[keep]

    def _loose(self, runs: range) -> dict[int, Found]:
        with self._repairable():
            return {run: found for run in runs if (found := read_run(self.layout, run)) is not None}

    @contextlib.contextmanager
    def _repairable(self) -> Iterator[None]:
        """Say how to repair a file that cannot be read."""
        try:
            yield
        except (DamagedError, pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise StoreError(f"{self.layout.root}: {error}; jevons sweep --out {self.layout.root} repairs it") from None


def commonest_error(results: Results) -> str:
    """Return the error of most failed runs, with their number, in one line."""
    errors = Counter(error for error in results.run_table["error"].to_pylist() if error is not None)
    error, count = errors.most_common(1)[0]
    return f"the commonest error, of {count}: {error}"


def look_at_errors(results: Results) -> str:
    """Return the command that lists the error of each failed run."""
    return f"jevons query {results.layout.root} \"select run, error from runs where status = 'failed'\""


def check_finished(results: Results) -> None:
    """Check that a run has finished; raises `JevonsError` with the error of most that failed."""
    counts = Counter(results.run_table["status"].to_pylist())
    if counts[OK]:
        return
    root, failed = results.layout.root, counts[FAILED]
    if not failed:
        raise JevonsError(f"{root}: no run is finished yet; jevons sweep --out {root} goes on")
    waiting = f", {counts[None]} are still to do" if counts[None] else ""
    raise JevonsError(
        f"{root}: {failed} of {results.record.runs} runs failed{waiting}; {commonest_error(results)}; "
        f"see {look_at_errors(results)}"
    )
