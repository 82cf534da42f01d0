"""Damage is found: a file with one flipped bit is refused, made again, or read as it was; so is a file of another kind.

A flip is unnoticed where reading gives something else without a word.
"""

import json
import logging
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import runs
from calibration import shipped
from calibration.ensemble import read_ensemble
from calibration.store.run_store import RunStore
from calibration.store.sealed_files import read_json, read_table, sealed_json, table_bytes
from calibration.waves import Plan
from model import InferenceMarket, JevonsError
from runs.cli import execute
from runs.experiments.cache import Cache
from runs.experiments.members import members
from runs.experiments.run_series import Record
from runs.experiments.verdicts import COLUMNS, EFFECTS, VERDICTS, kept
from runs.one_run.run_folder import write_manifest, write_observables
from runs.posterior import fit_session
from runs.sweep.parts import read_part, write_run
from runs.sweep.sweep import Sweep
from runs.sweep.sweep_folder import StoreError
from runs.view.result_sets import RunFolders
from tests.conftest import SmallMarket
from tests.runs.sweep.tiny import TINY, result_set

FLIPS, SEED = 100, 11
SERIES = (("price_paid", "market", "api", "USD/Mtok"), ("tokens_served", "market", "all", "token/month"))
FRAME = pd.DataFrame(
    {
        "date": pd.date_range("2023-01-02", periods=40, freq="7D"),
        "observable": "rent",
        "entity": "market",
        "segment": "all",
        "value": np.linspace(2.0, 3.0, 40),
        "unit": "USD/GPU-hour",
    }
)


class Kind(NamedTuple):
    """A kind of file: an undamaged one in a folder of its own, and how the product reads it, as plain values."""

    file: Path
    read: Callable[[Path], Any]


def loose_part(folder: Path) -> None:
    """Unpack the second part of a sweep, as if it had been interrupted before it was packed."""
    layout = runs.open(folder).layout
    for run, found in read_part(layout, 1, ["served"]).items():
        write_run(layout, run, found)
    layout.series_part(1).unlink()
    layout.runs_part(1).unlink()


def read_sweep(file: Path) -> Any:
    folder = file.parent if file.parent.name not in ("parts", "loose") else file.parent.parent
    found = runs.open(folder)
    asked = found.query("select sum(value) as s, count(*) as n from observables where observable = 'tokens_served'")
    frame = found.frame("tokens_served").sort_values(["run", "entity", "segment", "date"])
    return found.plan.to_pylist(), found.runs.to_csv(), frame["value"].tolist(), asked["n"].tolist(), found.series


def plan_of_fit(file: Path) -> Any:
    fit_session._reserve(file.parent, Plan())
    return None


def table_of(file: Path) -> Any:
    columns: list[Any] = read_table(file).to_pandas().to_numpy().tolist()
    return columns


@pytest.fixture
def kinds(tmp_path: Path, whole_sweep: Path, small_market: SmallMarket) -> dict[str, Kind]:
    """One undamaged file of each kind."""
    found: dict[str, Kind] = {}

    def place(name: str) -> Path:
        folder = tmp_path / "whole" / name
        folder.mkdir(parents=True)
        return folder

    for name in ("sweep.json", "plan.parquet", "parts/series-00000.parquet", "parts/runs-00001.parquet"):
        folder = Path(shutil.copytree(whole_sweep, place(name) / "sweep"))
        found[name] = Kind(folder / name, read_sweep)
    folder = Path(shutil.copytree(whole_sweep, place("loose") / "sweep"))
    loose_part(folder)
    found["loose"] = Kind(folder / "loose" / "0000022.run", read_sweep)
    store = RunStore(place("store"))
    store.write("key", {"y": 2.5, "z": 1e12})
    found["store"] = Kind(store.file("key"), lambda file: RunStore(file.parent).get("key"))
    cache = Cache(place("cache"))
    cache.write("key", Record(date(2023, 1, 2), SERIES, np.ones((30, 2), np.float32)))
    found["cache"] = Kind(cache.file("key"), read_cache)
    state = small_market("2023-03-01").save(place("state") / "state.npz")
    found["state"] = Kind(state, read_state)
    ensemble = Path(shutil.copy(shipped.ENSEMBLE, place("ensemble")))
    found["ensemble"] = Kind(ensemble, lambda file: repr(read_ensemble(file)) + str(read_ensemble(file).values.sum()))
    found["members"] = Kind(Path(shutil.copy(ensemble, place("members"))), members.__wrapped__)
    folder = place("claims")
    for name, columns in COLUMNS.items():
        row = {column: [1.5] if column == "effect" else ["Q14"] for column in columns}
        (folder / name).write_bytes(table_bytes(pa.table(row)))
        found[name] = Kind(folder / name, lambda file: repr(kept(file.parent)))
    folder = place("fit")
    plan_of_fit(folder / "plan.json")
    found["fit"] = Kind(folder / "plan.json", plan_of_fit)
    folder = place("run")
    write_observables(FRAME, folder)
    write_manifest({"scenario": {"name": "baseline"}, "seed": 7}, folder)
    for name in ("manifest.json", "observables.parquet"):
        found[name] = Kind(folder / name, read_run_folder)
    return found


def read_cache(file: Path) -> Any:
    record = Cache(file.parent).get("key")
    return None if record is None else (record.names, record.values.tolist())


def read_state(file: Path) -> Any:
    market = InferenceMarket.load(file)
    market.step()
    return market.observables.values.tolist()


def read_run_folder(file: Path) -> Any:
    shown = RunFolders(file.parent.parent, (file.parent,))
    return shown.table.to_csv(), shown.series("rent", "market", "all").to_csv()


def damaged_copies(kinds: dict[str, Kind], tmp_path: Path, count: int) -> Iterator[tuple[str, Kind, int]]:
    """Yield copies of the kinds in turn, each in a folder of its own, with one bit flipped, and which bit."""
    luck, names = random.Random(SEED), sorted(kinds)
    for number in range(count):
        name = names[number % len(names)]
        kind = kinds[name]
        top = tmp_path / "whole" / name
        while not top.is_dir():  # several kinds share a folder
            top = kind.file.parent
        copy = Path(shutil.copytree(top, tmp_path / "damaged" / str(number) / "folder"))
        file = copy / kind.file.relative_to(top)
        content = bytearray(file.read_bytes())
        bit = luck.randrange(8 * len(content))
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
        yield name, Kind(file, kind.read), bit
        shutil.rmtree(copy)


@pytest.mark.slow
def test_none_of_a_hundred_flipped_bits_is_unnoticed(
    kinds: dict[str, Kind], tmp_path: Path, whole_sweep: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Readers refuse in one line, say that a run is made again, or read what was written; a resumed sweep is whole."""
    whole = {name: repr(kind.read(kind.file)) for name, kind in kinds.items()}
    unnoticed, noticed = [], 0
    for name, kind, bit in damaged_copies(kinds, tmp_path, FLIPS):
        caplog.clear()
        try:
            read = repr(kind.read(kind.file))
        except JevonsError as error:
            assert "\n" not in str(error)
            assert "damaged" in str(error) or "other code" in str(error), error
            noticed += 1
        else:
            said = [record for record in caplog.records if record.levelno >= logging.WARNING]
            noticed += bool(said)
            if not said and read != whole[name]:
                unnoticed.append((name, bit))
        if kind.read is read_sweep and name != "sweep.json":
            folder = kind.file.parent if name == "plan.parquet" else kind.file.parent.parent
            Sweep(TINY, folder).run(engine="serial")
            assert result_set(folder) == result_set(whole_sweep), (name, bit)
    assert unnoticed == []
    assert noticed >= 0.9 * FLIPS, "most flips hit something that is read"


def test_one_flipped_bit_among_the_values_of_a_part_is_found_by_every_reader_and_mended(
    whole_sweep: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(whole_sweep, tmp_path / "sweep"))
    part = folder / "parts" / "series-00000.parquet"
    content = bytearray(part.read_bytes())
    content[len(content) // 3] ^= 4
    part.write_bytes(content)
    readers: list[Callable[[Any], Any]] = [
        lambda found: found.frame("tokens_served"),
        lambda found: found.quantiles("tokens_served"),
        lambda found: found.query("select max(value) from observables where observable = 'tokens_served'"),
    ]
    for read in readers:
        with pytest.raises(StoreError, match=r"damaged.*jevons sweep --out .* repairs it"):
            read(runs.open(folder))
    sweep = Sweep(out=folder)
    sweep.run(engine="serial")
    assert sweep.outcome is not None
    assert sweep.outcome.done_now == 20
    assert result_set(folder) == result_set(whole_sweep)


@pytest.fixture(scope="module")
def other_sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny sweep with other seeds: the files have the same names, columns and rows, and other values."""
    return Sweep({**TINY, "seed": 8}, tmp_path_factory.mktemp("other") / "sweep").run(engine="serial").layout.root


@pytest.mark.parametrize(
    "names",
    [
        ("parts/series-00000.parquet", "parts/runs-00000.parquet"),
        ("parts/series-00000.parquet",),
        ("parts/runs-00000.parquet",),
        ("loose/0000022.run",),
    ],
    ids=["a part", "its series", "its run table", "one run"],
)
def test_results_of_another_sweep_are_refused_by_every_reader_and_done_again(
    names: tuple[str, ...], other_sweep: Path, whole_sweep: Path, tmp_path: Path
) -> None:
    folder, other = (Path(shutil.copytree(sweep, tmp_path / sweep.parent.name)) for sweep in (whole_sweep, other_sweep))
    for root in (folder, other):
        loose_part(root)
    for name in names:
        shutil.copy(other / name, folder / name)
    readers: list[Callable[[Any], Any]] = [
        lambda found: found.frame("tokens_served"),
        lambda found: found.query("select max(value) from observables where observable = 'tokens_served'"),
    ]
    for read in readers:
        with pytest.raises(StoreError, match=r"is of another sweep.*jevons sweep --out .* repairs it"):
            read(runs.open(folder))
    sweep = Sweep(out=folder)
    sweep.run(engine="serial")
    assert sweep.outcome is not None
    assert sweep.outcome.damaged
    assert result_set(folder) == result_set(whole_sweep)


def test_an_edited_plan_is_refused_and_restored_from_the_design(whole_sweep: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(whole_sweep, tmp_path / "sweep"))
    plan = pd.read_parquet(folder / "plan.parquet")
    plan["seed"] += 1
    plan.to_parquet(folder / "plan.parquet", index=False)
    with pytest.raises(StoreError, match="is not the plan that was written; jevons sweep with the design"):
        Sweep(out=folder).run(engine="serial")
    Sweep(TINY, folder).run(engine="serial")
    assert result_set(folder) == result_set(whole_sweep)


FOREIGN = {
    "nothing": b"",
    "zeros": bytes(4),
    "text": b"hello\n",
    "json": b"[1]",
    "other json": b'{"a": 1}',
    "zip": b"PK\x03\x04 no archive",
    "deep": b"[" * 100_000,
    "table": table_bytes(pa.table({"a": [1, 2]})),
}


@pytest.mark.slow
@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_file_of_another_kind_is_refused_in_one_line_or_made_again(
    foreign: str, kinds: dict[str, Kind], caplog: pytest.LogCaptureFixture
) -> None:
    for name, kind in kinds.items():
        caplog.clear()
        content = kind.file.read_bytes()
        kind.file.write_bytes(FOREIGN[foreign])
        try:
            found = kind.read(kind.file)
        except JevonsError as error:
            assert "\n" not in str(error)
            assert kind.file.name in str(error), (name, error)
        else:
            assert found is None, (name, found)
            assert "damaged" in caplog.text, name
        kind.file.write_bytes(content)


@pytest.mark.parametrize("name", [VERDICTS, EFFECTS])
def test_a_damaged_table_of_claims_is_refused_before_anything_runs(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(FOREIGN["table"])
    assert execute(["claims", "run", "Q14", "--out", str(tmp_path)]) == 2
    assert "is not the file that belongs there" in capsys.readouterr().err
    assert not list((tmp_path / "runs").glob("*")) if (tmp_path / "runs").exists() else True


def test_a_checksum_covers_every_byte_and_a_file_without_one_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "plain.parquet"
    FRAME.to_parquet(path)
    assert table_of(path) == FRAME.to_numpy().tolist()
    document = tmp_path / "plain.json"
    document.write_text(json.dumps({"a": 1}))
    assert read_json(document) == {"a": 1}
    document.write_text(sealed_json({"a": 1, "b": [1.5, None]}))
    assert read_json(document) == {"a": 1, "b": [1.5, None]}
    document.write_text(document.read_text().replace("1.5", "1.6"))
    with pytest.raises(JevonsError, match="is damaged: its checksum does not match"):
        read_json(document)
