"""A run on disk: first as a file of its own, then as rows of a part that holds a hundred runs.

What is written depends on the runs alone, not on when, where or in which order they were finished.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from calibration.store.jobs import Failure
from calibration.store.packed_series import pack_series, seal, unpack_series, unseal
from calibration.store.sealed_files import DamagedError, check_file, read_table, table_bytes
from runs.sweep.sweep_folder import Layout, StoreError, write_file

Name = tuple[str, str, str, str]
OK, FAILED = "ok", "failed"
# What a part says of itself: the sweep, and the number of the part.
SWEEP = b"sweep"
FOREIGN = "is of another sweep, or of another place in this one"


@dataclass(frozen=True)
class RunResult:
    """What is kept of a run that ended: values (series, weeks) of `names` from `start` on, and its outcomes."""

    start: str
    names: tuple[Name, ...]
    values: NDArray[np.float32]
    outcomes: Mapping[str, float]


Found = RunResult | Failure


def write_run(layout: Layout, run: int, found: Found) -> None:
    """Write a run that has ended as a file of its own; raises `StoreError`.

    The file is not forced to the disk, as parts are, because writing it must cost next to nothing. It survives the
    death of every process. Should the power fail before the system has written it, it is found damaged or missing,
    and the run is done again.
    """
    head: dict[str, Any] = {"run": run, "sweep": layout.sweep}
    if isinstance(found, Failure):
        content = pack_series(head | asdict(found), np.empty(0, np.float32))
    else:
        head |= {"start": found.start, "names": found.names, "outcomes": dict(found.outcomes)}
        content = pack_series(head, found.values)
    write_file(layout.loose_run(run), seal(content), durable=False)


def read_run(layout: Layout, run: int) -> Found | None:
    """Read a run that has a file of its own, None where there is none; raises `DamagedError`."""
    path = layout.loose_run(run)
    try:
        content = unseal(path.read_bytes())
    except FileNotFoundError:
        return None
    head, values = unpack_series(content) if content is not None else ({}, np.empty(0, np.float32))
    if head.get("run") != run:
        raise DamagedError(f"{path.name}: does not hold what was written")
    if head.get("sweep") != layout.sweep:
        raise DamagedError(f"{path.name}: {FOREIGN}")
    if "error" in head:
        return Failure(head["error"], head["trace"])
    return RunResult(head["start"], tuple(map(tuple, head["names"])), values, head["outcomes"])


def column_name(name: Sequence[str]) -> str:
    """Return the column of a series in a part: observable.entity.segment."""
    return ".".join(name[:3])


def read_part(layout: Layout, block: int, outcomes: Sequence[str]) -> dict[int, Found]:
    """Read the runs of a packed block; raises `DamagedError`, and FileNotFoundError where it is not packed."""
    rows = check_part(layout, block).to_pylist()
    found: dict[int, Found] = {row["run"]: Failure(row["error"], row["trace"]) for row in rows if row["status"] != OK}
    if len(found) == len(rows):
        return found
    table = read_table(layout.series_part(block))
    names = series_of(table.schema)
    runs, dates = table["run"].to_numpy(), table["date"].to_numpy()
    values = np.stack([table[column_name(name)].to_numpy() for name in names])
    for row in rows:
        if row["status"] == OK:
            inside = runs == row["run"]
            start = str(dates[inside][0].astype("datetime64[D]"))
            found[row["run"]] = RunResult(start, names, values[:, inside], {name: row[name] for name in outcomes})
    return found


def check_part(layout: Layout, block: int) -> pa.Table:
    """Return the run table of a packed block after checking its files; raises what `read_part` raises."""
    series = layout.series_part(block)
    rows = read_table(layout.runs_part(block))
    _check_origin(layout, block, layout.runs_part(block), rows.schema.metadata)
    try:
        weeks = sum(rows["weeks"].to_pylist())
        if weeks:
            found = check_series(layout, block).num_rows
            if found != weeks:
                raise DamagedError(f"{series}: {found} rows where {weeks} belong")
        return rows.replace_schema_metadata(None)
    except FileNotFoundError:
        raise DamagedError(f"{series}: is missing") from None
    except (KeyError, TypeError) as error:
        raise DamagedError(f"{series}: {error}") from None


def check_series(layout: Layout, block: int) -> pq.FileMetaData:
    """Return what the file of a block's series says of itself, after checking it; raises what `read_part` raises."""
    file = layout.series_part(block)
    check_file(file)
    try:
        found = pq.read_metadata(file)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise DamagedError(f"{file}: {error}") from None
    _check_origin(layout, block, file, found.metadata)
    return found


def _check_origin(layout: Layout, block: int, file: Path, notes: Mapping[bytes, bytes] | None) -> None:
    """Check that a file is that part of that sweep; raises `DamagedError`."""
    if notes is None or notes.get(SWEEP) != _origin(layout, block):
        raise DamagedError(f"{file}: {FOREIGN}")


def _origin(layout: Layout, block: int) -> bytes:
    return f"{layout.sweep} part {block}".encode()


def series_of(schema: pa.Schema) -> tuple[Name, ...]:
    """Return the series of a part, in the order of its columns."""
    found = []
    for column in schema:
        if column.name not in ("run", "date"):
            note = {key.decode(): value.decode() for key, value in (column.metadata or {}).items()}
            found.append((note["observable"], note["entity"], note["segment"], note["unit"]))
    return tuple(found)


def pack(layout: Layout, block: int, plan: pa.Table, outcomes: Sequence[str]) -> None:
    """Compose the part of a block from runs on their own and from the part that is there, then remove those files.

    Raises `StoreError` where a run of the block is missing or the disk refuses.
    """
    runs = layout.block_runs(block, plan.num_rows)
    try:
        found = read_part(layout, block, outcomes)
    except (FileNotFoundError, DamagedError):
        found = {}
    for run in runs:
        try:
            alone = read_run(layout, run)
        except DamagedError as error:
            raise StoreError(f"{layout.root}: {error}; start the sweep again to repair it") from None
        if alone is not None:
            found[run] = alone
        if run not in found:
            raise StoreError(f"{layout.root}: run {run} is missing; start the sweep again to repair it")
    results = {run: one for run in runs if isinstance(one := found[run], RunResult)}
    if results:
        _write_series(layout, block, results)
    table = run_table(plan.slice(runs.start, len(runs)), found, outcomes)
    table = table.replace_schema_metadata({SWEEP: _origin(layout, block)})
    write_file(layout.runs_part(block), table_bytes(table, compression="zstd"))
    for run in runs:
        with contextlib.suppress(OSError):
            layout.loose_run(run).unlink(missing_ok=True)


def series_table(results: Mapping[int, RunResult], names: Sequence[Name]) -> pa.Table:
    """Return the weekly series of runs as a table: run, date and a column a series; run after run."""
    weeks = [one.values.shape[1] for one in results.values()]
    dates = [np.datetime64(one.start) + 7 * np.arange(one.values.shape[1]) for one in results.values()]
    arrays = [pa.array(np.repeat(np.array(list(results), np.int32), weeks)), pa.array(np.concatenate(dates))]
    fields = [pa.field("run", pa.int32()), pa.field("date", pa.date32())]
    values = np.concatenate([_rows(one, names) for one in results.values()], axis=1)
    for name, column in zip(names, values, strict=True):
        arrays.append(pa.array(column))
        note = dict(zip(("observable", "entity", "segment", "unit"), name, strict=True))
        fields.append(pa.field(column_name(name), pa.float32(), metadata=note))
    return pa.table(arrays, schema=pa.schema(fields))


def _rows(result: RunResult, names: Sequence[Name]) -> NDArray[np.float32]:
    """Return the values of some series of a run, without a copy where they are all of them."""
    if result.names == names:
        return result.values
    place = {name: number for number, name in enumerate(result.names)}
    return result.values[[place[name] for name in names]]


def _write_series(layout: Layout, block: int, results: Mapping[int, RunResult]) -> None:
    """Write the weekly series of a block; raises `StoreError` where its runs have different ones."""
    first, *others = results
    names = results[first].names
    for run in others:
        if results[run].names != names:
            raise StoreError(f"run {run} records other series than run {first}: they do not fit in one part")
    options: dict[str, Any] = {
        "compression": "zstd",
        "compression_level": -3,  # a few per cent larger than level 1, and a fifth quicker
        "use_dictionary": ["run", "date"],
        "column_encoding": {column_name(name): "BYTE_STREAM_SPLIT" for name in names},
        "write_statistics": ["run", "date"],
    }
    table = series_table(results, names).replace_schema_metadata({SWEEP: _origin(layout, block)})
    write_file(layout.series_part(block), table_bytes(table, **options))


def run_table(plan: pa.Table, found: Mapping[int, Found], outcomes: Sequence[str]) -> pa.Table:
    """Return rows of the plan with what came of each: status, error, trace, weeks and the outcomes (null if none)."""
    rows = [_outcome_row(found.get(run)) for run in plan["run"].to_pylist()]
    kinds = {"status": pa.string(), "error": pa.string(), "trace": pa.string(), "weeks": pa.int32()}
    kinds |= dict.fromkeys(outcomes, pa.float64())
    for name, kind in kinds.items():
        plan = plan.append_column(name, pa.array([row.get(name) for row in rows], kind))
    return plan


def _outcome_row(found: Found | None) -> Mapping[str, Any]:
    if isinstance(found, RunResult):
        return {**found.outcomes, "status": OK, "weeks": found.values.shape[1]}
    if isinstance(found, Failure):
        return {"status": FAILED, "error": found.error, "trace": found.trace, "weeks": 0}
    return {"weeks": 0}
