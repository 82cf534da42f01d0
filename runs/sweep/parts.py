"""A run on disk: at once as a file of its own, then as rows of a part that holds a hundred.

What is written depends on the runs alone, not on when, where or in which order they were finished.
"""

import contextlib
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from runs.sweep.sweep_folder import Layout, StoreError, write_file

Name = tuple[str, str, str, str]
OK, FAILED = "ok", "failed"


class DamagedError(Exception):
    """A file that is cut short or does not hold what it should."""


@dataclass(frozen=True)
class RunResult:
    """What is kept of a run that ended: values (series, weeks) of `names` from `start` on, and its outcomes."""

    start: str
    names: tuple[Name, ...]
    values: NDArray[np.float32]
    outcomes: Mapping[str, float]


@dataclass(frozen=True)
class RunFailure:
    """What is kept of a run that raised: one line, and the traceback."""

    error: str
    trace: str


@functools.lru_cache(maxsize=4)
def _names_as_json(names: tuple[Name, ...]) -> bytes:
    return json.dumps(names).encode()


@functools.lru_cache(maxsize=4)
def _names_of_json(text: bytes) -> tuple[Name, ...]:
    return tuple((str(o), str(e), str(s), str(u)) for o, e, s, u in json.loads(text))


def write_run(layout: Layout, run: int, result: RunResult) -> None:
    """Write a finished run as a file of its own; raises `StoreError`.

    Plain and uncompressed: the file lives until its block is complete, and writing it must cost next to nothing. So it
    is not forced to the disk either, as parts are: it outlives every process, but should the power fail before the
    system has written it, it is found damaged or missing, and the run is done again.
    """
    note = {"run": run, "start": result.start, "weeks": result.values.shape[1], "outcomes": dict(result.outcomes)}
    metadata = {b"run": json.dumps(note).encode(), b"series": _names_as_json(result.names)}
    schema = pa.schema([pa.field("value", pa.float32())], metadata=metadata)
    table = pa.table([pa.array(result.values.ravel())], schema=schema)

    def write(stream: BinaryIO) -> None:
        pq.write_table(
            table, stream, compression="none", use_dictionary=False, write_statistics=False, write_page_checksum=True
        )

    write_file(layout.loose_run(run), write, durable=False)


def write_failure(layout: Layout, run: int, failure: RunFailure) -> None:
    """Write a failed run as a file of its own; raises `StoreError`."""
    text = json.dumps({"run": run, "error": failure.error, "trace": failure.trace}, indent=1)
    write_file(layout.loose_failure(run), text)


def read_run(layout: Layout, run: int) -> RunResult | RunFailure | None:
    """Read a run that has a file of its own, None where there is none; raises `DamagedError`.

    A result takes precedence over an earlier failure.
    """
    try:
        return _read_result(layout.loose_run(run), run)
    except FileNotFoundError:
        pass
    try:
        note = json.loads(layout.loose_failure(run).read_text(encoding="utf-8"))
        return RunFailure(str(note["error"]), str(note["trace"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{layout.loose_failure(run).name}: {error}") from error


def _read_result(path: Path, run: int) -> RunResult:
    content = path.read_bytes()
    try:
        file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        table = file.read(use_threads=False)  # a hand-over to Arrow's threads would take longer than the reading
        metadata = table.schema.metadata or {}
        note = json.loads(metadata[b"run"])
        names = _names_of_json(metadata[b"series"])
        values = table["value"].to_numpy().reshape(len(names), int(note["weeks"]))
        if note["run"] != run:
            raise DamagedError(f"{path.name}: holds run {note['run']}")
        return RunResult(str(note["start"]), names, values, note["outcomes"])
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path.name}: {error}") from error


def column_name(name: Sequence[str]) -> str:
    """Return the column of a series in a part: observable.entity.segment."""
    return ".".join(name[:3])


@dataclass
class Block:
    """The runs of a part by number, results and failures."""

    results: dict[int, RunResult] = field(default_factory=dict)
    failures: dict[int, RunFailure] = field(default_factory=dict)

    def put(self, run: int, found: RunResult | RunFailure) -> None:
        """Take up a run, in the place of what is known of it."""
        self.results.pop(run, None)
        self.failures.pop(run, None)
        if isinstance(found, RunResult):
            self.results[run] = found
        else:
            self.failures[run] = found


def read_part(layout: Layout, block: int, outcomes: Sequence[str]) -> Block:
    """Read a packed block again, whole; raises `DamagedError`, and FileNotFoundError where it is not packed."""
    found = Block()
    rows = check_part(layout, block).to_pylist()
    ok = [row["run"] for row in rows if row["status"] == OK]
    for row in rows:
        if row["status"] != OK:
            found.failures[row["run"]] = RunFailure(row["error"], row["trace"])
    if not ok:
        return found
    try:
        table = pq.read_table(layout.series_part(block), page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise DamagedError(f"{layout.series_part(block).name}: {error}") from error
    names = series_of(table.schema)
    runs, dates = table["run"].to_numpy(), table["date"].to_numpy()
    values = np.stack([table[column_name(name)].to_numpy() for name in names])
    for row in rows:
        if row["status"] == OK:
            inside = runs == row["run"]
            start = str(dates[inside][0].astype("datetime64[D]"))
            kept = {name: row[name] for name in outcomes}
            found.results[row["run"]] = RunResult(start, names, np.ascontiguousarray(values[:, inside]), kept)
    return found


def check_part(layout: Layout, block: int) -> pa.Table:
    """Return the run table of a packed block, once its files are seen to be whole; raises as `read_part` does."""
    try:
        rows = pq.read_table(layout.runs_part(block), page_checksum_verification=True)
        weeks = sum(rows["weeks"].to_pylist())
        if weeks:
            found = pq.read_metadata(layout.series_part(block)).num_rows
            if found != weeks:
                raise DamagedError(f"{layout.series_part(block).name}: {found} rows where {weeks} belong")
        return rows
    except FileNotFoundError as error:
        if layout.runs_part(block).exists():
            raise DamagedError(f"{layout.series_part(block).name}: is missing") from error
        raise
    except (pa.ArrowException, OSError, KeyError) as error:
        raise DamagedError(f"part {block}: {error}") from error


def series_of(schema: pa.Schema) -> tuple[Name, ...]:
    """Return the series of a part, in the order of its columns."""
    found = []
    for column in schema:
        if column.name not in ("run", "date"):
            note = {key.decode(): value.decode() for key, value in (column.metadata or {}).items()}
            found.append((note["observable"], note["entity"], note["segment"], note["unit"]))
    return tuple(found)


def pack(layout: Layout, block: int, plan: pa.Table, outcomes: Sequence[str]) -> None:
    """Compose the part of a block from runs on their own and from the part that is there, then take those away.

    Raises `StoreError` where a run of the block is missing or the disk refuses.
    """
    runs = layout.block_runs(block, plan.num_rows)
    try:
        found = read_part(layout, block, outcomes)
    except (FileNotFoundError, DamagedError):
        found = Block()
    columns = _Columns(len(runs))
    for run in runs:
        try:
            alone = read_run(layout, run)
        except DamagedError as error:
            raise StoreError(f"{layout.root}: {error}; start the sweep again to repair it") from None
        if alone is not None:
            found.put(run, alone)
        if run in found.results:
            found.results[run] = columns.take(run, found.results[run])
        elif run not in found.failures:
            raise StoreError(f"{layout.root}: run {run} is missing; start the sweep again to repair it")
    if found.results:
        _write_series(layout.series_part(block), columns)
    _write_runs(layout.runs_part(block), plan.slice(runs.start, len(runs)), found, outcomes)
    for run in runs:
        with contextlib.suppress(OSError):
            layout.loose_run(run).unlink(missing_ok=True)
            layout.loose_failure(run).unlink(missing_ok=True)


class _Columns:
    """The values of a block's runs one after the other, a row a series: the columns of its part.

    They are copied here run by run, for fresh memory for each run and again for each column would take longer than
    reading and writing them.
    """

    def __init__(self, runs: int) -> None:
        self.names: tuple[Name, ...] = ()
        self.runs: list[int] = []
        self.dates: list[NDArray[np.datetime64]] = []
        self._runs, self._rows = runs, 0
        self._values = np.empty((0, 0), np.float32)

    @property
    def values(self) -> NDArray[np.float32]:
        """The values (series, rows), a row a week of a run."""
        return self._values[:, : self._rows]

    def take(self, run: int, result: RunResult) -> RunResult:
        """Copy a run's values; the result with its values here. Raises `StoreError` where its series differ."""
        if not self.runs:
            self.names = result.names
            self._values = np.empty((len(self.names), 0), np.float32)
        elif result.names != self.names:
            raise StoreError(f"run {run} records other series than run {self.runs[0]}: they do not fit in one part")
        weeks, first = result.values.shape[1], self._rows
        if first + weeks > self._values.shape[1]:
            longer = np.empty((len(self.names), first + (self._runs - len(self.runs)) * weeks), np.float32)
            longer[:, :first] = self.values
            self._values = longer
        self._rows += weeks
        self._values[:, first : self._rows] = result.values
        self.runs.append(run)
        self.dates.append(np.datetime64(result.start) + 7 * np.arange(weeks))
        return replace(result, values=self._values[:, first : self._rows])


def _write_series(file: Path, columns: _Columns) -> None:
    runs = np.repeat(np.array(columns.runs, np.int32), [len(dates) for dates in columns.dates])
    arrays = [pa.array(runs), pa.array(np.concatenate(columns.dates))]
    fields = [pa.field("run", pa.int32()), pa.field("date", pa.date32())]
    for name, values in zip(columns.names, columns.values, strict=True):
        arrays.append(pa.array(values))
        note = dict(zip(("observable", "entity", "segment", "unit"), name, strict=True))
        fields.append(pa.field(column_name(name), pa.float32(), metadata=note))
    options: dict[str, Any] = {
        "compression": "zstd",
        "compression_level": -3,  # a few per cent larger than level 1, and a fifth quicker
        "use_dictionary": ["run", "date"],
        "column_encoding": {column_name(name): "BYTE_STREAM_SPLIT" for name in columns.names},
        "write_statistics": ["run", "date"],
        "write_page_checksum": True,
    }
    table = pa.table(arrays, schema=pa.schema(fields))
    write_file(file, lambda stream: pq.write_table(table, stream, **options))


def _write_runs(file: Path, plan: pa.Table, found: Block, outcomes: Sequence[str]) -> None:
    table = run_table(plan, found, outcomes)
    write_file(file, lambda stream: pq.write_table(table, stream, compression="zstd", write_page_checksum=True))


def run_table(plan: pa.Table, found: Block, outcomes: Sequence[str]) -> pa.Table:
    """Return rows of the plan with what came of each: status, error, trace, weeks and the outcomes (null if none)."""
    rows = list(_outcome_rows(plan["run"].to_pylist(), found, outcomes))
    kinds = {"status": pa.string(), "error": pa.string(), "trace": pa.string(), "weeks": pa.int32()}
    kinds |= dict.fromkeys(outcomes, pa.float64())
    for name, kind in kinds.items():
        plan = plan.append_column(name, pa.array([row.get(name) for row in rows], kind))
    return plan


def _outcome_rows(runs: Sequence[int], found: Block, outcomes: Sequence[str]) -> Iterator[dict[str, Any]]:
    for run in runs:
        if run in found.results:
            result = found.results[run]
            kept = {name: result.outcomes.get(name) for name in outcomes}
            yield {"status": OK, "weeks": result.values.shape[1], **kept}
        elif run in found.failures:
            yield {"status": FAILED, "error": found.failures[run].error, "trace": found.failures[run].trace, "weeks": 0}
        else:
            yield {"status": None, "weeks": 0}
