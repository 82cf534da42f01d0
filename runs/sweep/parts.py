"""A run on disk: at once as a file of its own, then as rows of a part that holds a hundred.

What is written depends on the runs alone, not on when, where or in which order they were finished.
"""

import contextlib
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from runs.sweep.layout import Layout, StoreError, write_file

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


def write_run(layout: Layout, run: int, result: RunResult) -> None:
    """Write a finished run as a file of its own; raises `StoreError`.

    Plain and uncompressed: the file lives until its block is complete, and writing it must cost next to nothing.
    """
    note = {"run": run, "start": result.start, "weeks": result.values.shape[1], "outcomes": dict(result.outcomes)}
    metadata = {b"run": json.dumps(note).encode(), b"series": _names_as_json(result.names)}
    schema = pa.schema([pa.field("value", pa.float32())], metadata=metadata)
    table = pa.table([pa.array(result.values.ravel())], schema=schema)

    def write(stream: BinaryIO) -> None:
        pq.write_table(
            table, stream, compression="none", use_dictionary=False, write_statistics=False, write_page_checksum=True
        )

    write_file(layout.loose_run(run), write)


def write_failure(layout: Layout, run: int, failure: RunFailure) -> None:
    """Write a failed run as a file of its own; raises `StoreError`."""
    text = json.dumps({"run": run, "error": failure.error, "trace": failure.trace}, indent=1)
    write_file(layout.loose_failure(run), lambda stream: stream.write(text.encode()))


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


def _read_result(file: Path, run: int) -> RunResult:
    content = file.read_bytes()
    try:
        table = pq.read_table(pa.BufferReader(content), page_checksum_verification=True)
        metadata = table.schema.metadata or {}
        note = json.loads(metadata[b"run"])
        names = tuple((str(o), str(e), str(s), str(u)) for o, e, s, u in json.loads(metadata[b"series"]))
        values = table["value"].to_numpy().reshape(len(names), int(note["weeks"]))
        if note["run"] != run:
            raise DamagedError(f"{file.name}: holds run {note['run']}")
        return RunResult(str(note["start"]), names, values, note["outcomes"])
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{file.name}: {error}") from error


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
    try:
        for run in runs:
            alone = read_run(layout, run)
            if alone is not None:
                found.put(run, alone)
    except DamagedError as error:
        raise StoreError(f"{layout.root}: {error}; start the sweep again to repair it") from None
    missing = [run for run in runs if run not in found.results and run not in found.failures]
    if missing:
        raise StoreError(f"{layout.root}: run {missing[0]} is missing; start the sweep again to repair it")
    if found.results:
        _write_series(layout.series_part(block), [(run, found.results[run]) for run in runs if run in found.results])
    _write_runs(layout.runs_part(block), plan.slice(runs.start, len(runs)), found, outcomes)
    for run in runs:
        with contextlib.suppress(OSError):
            layout.loose_run(run).unlink(missing_ok=True)
            layout.loose_failure(run).unlink(missing_ok=True)


def _write_series(file: Path, results: Sequence[tuple[int, RunResult]]) -> None:
    names = results[0][1].names
    for run, result in results:
        if result.names != names:
            raise StoreError(f"run {run} records other series than run {results[0][0]}: they do not fit in one part")
    weeks = [result.values.shape[1] for _, result in results]
    starts = [np.datetime64(result.start) for _, result in results]
    dates = np.concatenate([start + 7 * np.arange(n) for start, n in zip(starts, weeks, strict=True)])
    columns = [pa.array(np.repeat(np.array([run for run, _ in results], np.int32), weeks)), pa.array(dates)]
    fields = [pa.field("run", pa.int32()), pa.field("date", pa.date32())]
    for number, name in enumerate(names):
        columns.append(pa.array(np.concatenate([result.values[number] for _, result in results])))
        note = dict(zip(("observable", "entity", "segment", "unit"), name, strict=True))
        fields.append(pa.field(column_name(name), pa.float32(), metadata=note))
    table = pa.table(columns, schema=pa.schema(fields))
    options: dict[str, Any] = {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": ["run", "date"],
        "column_encoding": {column_name(name): "BYTE_STREAM_SPLIT" for name in names},
        "write_statistics": ["run", "date"],
        "write_page_checksum": True,
    }
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
