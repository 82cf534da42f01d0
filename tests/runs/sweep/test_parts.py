"""The laws of a part: what was written run by run is read back, whatever the runs are like."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from calibration.store.jobs import Failure
from runs.sweep.parts import RunResult, pack, read_part, write_run
from runs.sweep.sweep_folder import Layout, StoreError

SERIES = (("price_paid", "market", "api", "USD/Mtok"), ("tokens_served", "market", "all", "token/month"))
PLAN = pa.table({"run": list(range(5))})


def result(run: int, weeks: int, series: int = 2) -> RunResult:
    values = (100.0 * run + np.arange(series * weeks)).astype(np.float32).reshape(series, weeks)
    return RunResult("2023-01-02", SERIES[:series], values, {"last": float(values[-1, -1])})


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "sweep", 5)
    made.make()
    return made


def test_runs_of_unlike_length_and_a_failure_are_read_back_from_their_part(layout: Layout) -> None:
    """Later runs are longer, so the part outgrows what the first ones let expect; then one run is done again."""
    lengths = {0: 2, 1: 7, 3: 4, 4: 9}
    for run, weeks in lengths.items():
        write_run(layout, run, result(run, weeks))
    write_run(layout, 2, Failure("ValueError: no", "trace"))
    pack(layout, 0, PLAN, ["last"])
    write_run(layout, 2, result(2, 3))
    pack(layout, 0, PLAN, ["last"])
    found = read_part(layout, 0, ["last"])
    assert sorted(found) == list(range(5))
    assert not list(layout.loose.iterdir())
    for run, weeks in (lengths | {2: 3}).items():
        one = found[run]
        assert isinstance(one, RunResult)
        assert np.array_equal(one.values, result(run, weeks).values)
        assert one.outcomes == result(run, weeks).outcomes


def test_runs_with_other_series_and_missing_runs_make_no_part(layout: Layout) -> None:
    for run in range(4):
        write_run(layout, run, result(run, 3))
    with pytest.raises(StoreError, match="run 4 is missing"):
        pack(layout, 0, PLAN, ["last"])
    write_run(layout, 4, result(4, 3, series=1))
    with pytest.raises(StoreError, match="run 4 records other series than run 0"):
        pack(layout, 0, PLAN, ["last"])
    assert not list(layout.parts.iterdir())
    assert len(list(layout.loose.iterdir())) == 5
