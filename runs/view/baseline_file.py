"""The shipped baseline: what the first screen draws while the live market is still being built.

`python -m runs.view.make_baseline` makes the file. It holds the paths of the baseline at default scale and the
interval of the fitted ensemble, how far scenarios are from it in fitted runs, and the fingerprint of the code that all
this comes from.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from calibration.store.code_fingerprint import fingerprint
from model import JevonsError, declared_series, write_atomically
from runs.view.recording import Recording, Series

FILE = Path(__file__).with_name("baseline.parquet")
SCALE, SEED = "default", 7
META = b"jevons"
log = logging.getLogger(__name__)
REMAKE = "make it with `python -m runs.view.make_baseline`"


@dataclass(frozen=True)
class Band:
    """The 90% interval of a series by month: days from the start of the run (months,), low and high (months,)."""

    days: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Shipped:
    """The shipped baseline: its recording, the intervals by series, how many members they are of, and its code.

    `ranges` has the intervals of differences from the baseline, by scenario and tile.
    """

    recording: Recording
    bands: Mapping[Series, Band]
    ranges: Mapping[str, Mapping[str, Band]]
    members: int
    origin: date
    code: str

    @property
    def current(self) -> bool:
        """Whether this is the baseline of the present code and parameters."""
        return self.code == fingerprint()


def write_baseline(shipped: Shipped, file: Path = FILE) -> Path:
    """Write the file; returns its path. Raises JevonsError where it cannot be written."""
    clock, observables = shipped.recording.clock, shipped.recording.observables
    columns = {
        "|".join(name[:3]): observables.series(*name[:3]).astype(np.float32) for name in observables.names
    }  # fmt: skip
    about = {
        "start": clock.start.isoformat(), "until": clock.until.isoformat(), "members": shipped.members,
        "origin": shipped.origin.isoformat(), "code": shipped.code,
        "bands": {"|".join(series): _plain(band) for series, band in shipped.bands.items()},
        "ranges": {name: {label: _plain(band) for label, band in bands.items()}
                   for name, bands in shipped.ranges.items()},
    }  # fmt: skip
    table = pa.table(columns).replace_schema_metadata({META: json.dumps(about)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=False, column_encoding="BYTE_STREAM_SPLIT")
    return write_atomically(file, sink.getvalue().to_pybytes(), overwrite=True)


def _plain(band: Band) -> list[Any]:
    return [band.days, _short(band.low), _short(band.high)]


def _short(values: tuple[float, ...]) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


@cache
def shipped_baseline() -> Shipped | None:
    """Return what is shipped; None where the file is missing or damaged: the page then waits for the live market."""
    try:
        return read_baseline(FILE) if FILE.is_file() else None
    except JevonsError as error:
        log.warning("%s", error)
        return None


def read_baseline(file: Path) -> Shipped:
    """Read a file. Raises JevonsError where it holds no baseline."""
    try:
        table = pq.read_table(file)
        about: dict[str, Any] = json.loads(table.schema.metadata[META])
        recording = _recording(table.to_pandas(), about)
        bands = {_series(key): Band(*map(tuple, band)) for key, band in about["bands"].items()}
        ranges = {
            name: {label: Band(*map(tuple, band)) for label, band in of.items()} for name, of in about["ranges"].items()
        }
        origin = date.fromisoformat(about["origin"])
        return Shipped(recording, bands, ranges, about["members"], origin, about["code"])
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise JevonsError(f"{file}: is no baseline of the page ({error}); {REMAKE}") from None


def _recording(frame: pd.DataFrame, about: Mapping[str, Any]) -> Recording:
    names = [_series(column) for column in frame.columns]
    units = declared_series()
    named = [(*name, units[name].unit if name in units else "") for name in names]
    values: NDArray[np.float64] = frame.to_numpy(dtype=np.float64)
    start, until = date.fromisoformat(about["start"]), date.fromisoformat(about["until"])
    return Recording.made(start, until, named, values)


def _series(text: str) -> Series:
    observable, entity, segment = text.split("|")
    return (observable, entity, segment)
