"""Shards of a sweep, merged, give the bytes of one sweep; another type of processor is refused or noted."""

import contextlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from calibration.store.code_fingerprint import processor
from model import JevonsError
from runs.commands.sweep_command import sweep as command
from runs.sweep import sweep_record, worker
from runs.sweep.shard import Shard, lock_for
from runs.sweep.sweep import Sweep
from runs.sweep.sweep_folder import Layout, StoreError, locked
from runs.sweep.sweep_record import read_record
from tests.runs.sweep.tiny import RUNS, TINY, result_set

SHARDS = ("1/3", "2/3", "3/3")


def shard(folder: Path, share: str) -> None:
    Sweep(TINY, folder).run(engine="serial", shard=share)


def test_shards_done_in_any_order_and_merged_are_the_sweep_of_one_machine(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shard(folder, "3/3")
    shard(folder, "1/3")
    assert list((folder / "parts").iterdir()) == []
    with pytest.raises(
        StoreError, match=r"--merge: 9 of 26 runs are not in .* \(the first is run 8\); run their shards"
    ):
        Sweep(out=folder).run(engine="serial", merge=True)
    shard(folder, "2/3")
    Sweep(out=folder).run(engine="serial", merge=True)
    assert result_set(folder) == result_set(whole)


def test_a_sweep_without_merge_does_the_runs_of_shards_that_are_missing(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shard(folder, "2/3")
    sweep = Sweep(TINY, folder)
    sweep.run(engine="serial")
    assert sweep.outcome is not None
    assert sweep.outcome.done_now == RUNS - len(Shard(2, 3).runs(RUNS))
    assert result_set(folder) == result_set(whole)


@pytest.mark.parametrize("count", [1, 3, 26, 40])
def test_every_run_belongs_to_one_shard(count: int) -> None:
    runs = [run for number in range(1, count + 1) for run in Shard(number, count).runs(RUNS)]
    assert runs == list(range(RUNS))


def test_shards_run_side_by_side_but_no_shard_twice_and_no_sweep_of_the_whole(copy: Path) -> None:
    layout = Layout(copy)
    with lock_for(layout, Shard(1, 3)):
        with lock_for(layout, Shard(2, 3)):
            pass
        with pytest.raises(StoreError, match="already"), lock_for(layout, Shard(1, 3)):
            pass
        with pytest.raises(StoreError, match="already"), lock_for(layout, None):
            pass
    with lock_for(layout, None), pytest.raises(StoreError, match="already"), lock_for(layout, Shard(1, 3)):
        pass


def test_a_shard_leaves_the_half_written_files_of_others_alone(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shard(folder, "1/3")
    half = folder / "loose" / ".0000020.run.ab.partial"
    half.write_bytes(b"another job is writing this")
    shard(folder, "2/3")
    assert half.exists()


def test_shards_that_begin_together_settle_one_after_the_other(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    layout = Layout(folder)
    layout.make()
    with locked(layout.log, "settle.lock"), pytest.raises(StoreError), locked(layout.log, "settle.lock"):
        pass
    shard(folder, "1/3")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--shard", "0/3"], "is not one of N shares"),
        (["--shard", "4/3"], "is not one of N shares"),
        (["--shard", "three"], "is not one of N shares"),
        (["--shard", "1/3", "--merge"], "--shard does one share of the runs, --merge none"),
        (["--shard", "1/3", "--restart"], "--shard does one share of the runs"),
        (["--merge", "--retry-failed"], "--merge none"),
        (["--patience", "-1"], "--patience"),
    ],
)
def test_shards_that_make_no_sense_are_refused_in_one_line(copy: Path, options: list[str], words: str) -> None:
    before = result_set(copy)
    design = copy.with_name("design.toml")
    design.write_text('until = "2023-01-20"\nscale = "small"\n')
    source = [str(design)] if "--restart" in options else []
    folder = copy.with_name("new") if "--restart" in options else copy
    result = CliRunner().invoke(command, [*source, "--out", str(folder), *options])
    if isinstance(result.exception, JevonsError):
        assert words in str(result.exception)
        assert "\n" not in str(result.exception)
    else:
        assert result.exit_code == 2
        assert words in result.output
    assert result_set(copy) == before


OTHER = "x86_64 baseline, BLAS Prescott, glibc-2.36"


def test_another_type_of_processor_is_refused_or_noted(
    whole: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = processor()
    monkeypatch.setattr(sweep_record, "processor", lambda: OTHER)
    with pytest.raises(StoreError, match=rf"other versions or processor \(processor {own[:8]}.*, now {OTHER}\)"):
        Sweep(out=copy).run(engine="serial")
    assert result_set(copy) == result_set(whole)
    Sweep(out=copy).run(engine="serial", accept_code_change=True)
    record = read_record(Layout(copy))
    assert record is not None
    assert [stretch["processor"] for stretch in record.codes] == [own, OTHER]
    Sweep(out=copy).run(engine="serial")  # what was accepted once is known


def test_a_worker_on_another_type_of_processor_is_refused_or_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sweep"
    monkeypatch.setattr(worker, "processor", lambda: OTHER)
    with pytest.raises(StoreError, match="this worker has another type of processor"):
        Sweep(TINY, folder).run(engine="serial")
    with contextlib.suppress(FileNotFoundError):
        assert list((folder / "loose").iterdir()) == [], "no run counts as failed"
    Sweep(TINY, folder).run(engine="serial", accept_code_change=True)
    record = read_record(Layout(folder))
    assert record is not None
    assert record.processors == {processor(), OTHER}
