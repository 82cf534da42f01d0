"""A saved and loaded market goes on bit for bit, and what cannot be loaded is refused in one line."""

import contextlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import InferenceMarket, JevonsError
from model import state as state_module
from model.record import settle
from tests.model.states import CHEAP, SCENARIO, WEEK_OF_TURN, digest, everything, market_at, stepped

ROOT = Path(__file__).resolve().parents[2]

# what a state holds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("week", [0, 1, 27, WEEK_OF_TURN, WEEK_OF_TURN + 1, 60])
def test_a_rebuilt_market_equals_the_original_in_all_that_can_be_found_by_walking_it(week: int) -> None:
    market = market_at(week)
    settle(market.world)
    original, again = everything(market), everything(InferenceMarket.resume(market.capture()))
    assert original.keys() == again.keys()
    assert [path for path in original if original[path] != again[path]] == []


def test_walking_a_market_finds_what_changes_and_the_closed_list_names_nothing_that_does_not_exist() -> None:
    busy = SCENARIO.replace(CHEAP)
    before, after = market_at(1, busy), market_at(95, busy)  # work is waiting by then
    start, end = everything(before), everything(after)
    changed = {path for path in end if start.get(path) != end[path]}
    for path in ("rent", "labs.0.frontier", "users.columns.app", "catalogue.price", "chip_book.waiting", "plans.share",
                 "backlog.counts", "used.price", "metered.offer.worth", "metered.cutoff", "metered.reputation",
                 "metered.coding_budget", "committed_hours", "large_share", "ledger.cash",
                 "consultancies.0.published.1", "exogenous.software"):  # fmt: skip
        there = f"market.world.{path}"
        assert there in changed or there.replace("world.users.columns", "populations.0") in changed, path
    for holder, owner in state_module.holders(after.world):
        assert [name for name in owner.STATE if not hasattr(owner, name)] == [], holder


def test_a_state_shares_no_memory_with_its_market_or_with_what_is_built_from_it() -> None:
    market = market_at(5)
    state = market.capture()
    first, before = InferenceMarket.resume(state), {key: array.tobytes() for key, array in state.arrays.items()}
    stepped(market, 12)
    stepped(first, 15)
    assert {key: array.tobytes() for key, array in state.arrays.items()} == before


def test_what_a_state_cannot_hold_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    market = market_at(1)
    monkeypatch.setattr(market.world, "urgency", object())
    with pytest.raises(JevonsError, match=r"world\.urgency: a state cannot hold this object: allowed are numbers"):
        market.capture()


# save and load --------------------------------------------------------------------------------------------------------

CHILD = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from model import InferenceMarket
market = InferenceMarket.load(sys.argv[2])
while market.clock.week < 45:
    market.step()
total = hashlib.sha256(market.observables.values.tobytes())
for population in market.populations:
    for array in population.columns.values():
        total.update(array.tobytes())
print(total.hexdigest())
"""


@pytest.mark.parametrize("week", [20, WEEK_OF_TURN])
def test_a_fresh_process_goes_on_bit_for_bit_also_across_a_dated_change(tmp_path: Path, week: int) -> None:
    market = market_at(week)
    file = market.save(tmp_path / "market.npz")
    command = [sys.executable, "-c", CHILD, str(ROOT), str(file)]
    child = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert child.stdout.strip() == digest(stepped(market, 45))


def test_a_loaded_market_stands_where_the_saved_one_stood(tmp_path: Path) -> None:
    market = market_at(12)
    again = InferenceMarket.load(market.save(tmp_path / "market"))
    assert again.clock == market.clock
    assert again.steps == 12
    assert again.seed == 11
    assert again.scenario == market.scenario
    assert again.observables.names == market.observables.names
    assert again.observables.frame().equals(market.observables.frame())
    assert len(again.agents) == len(market.agents)


def test_the_same_state_makes_the_same_file_and_a_loaded_market_saves_it_again(tmp_path: Path) -> None:
    market = market_at(3)
    first = market.save(tmp_path / "a").read_bytes()
    assert InferenceMarket.load(tmp_path / "a").save(tmp_path / "b").read_bytes() == first


def test_an_existing_file_is_kept_unless_overwriting_is_asked_for(tmp_path: Path) -> None:
    market, file = market_at(1), tmp_path / "market.npz"
    file.write_text("mine")
    with pytest.raises(JevonsError, match="exists already"):
        market.save(file)
    assert file.read_text() == "mine"
    market.save(file, overwrite=True)
    assert InferenceMarket.load(file).clock.week == 1
    with pytest.raises(JevonsError, match="exists already"):
        market.save(tmp_path, overwrite=True)


def test_a_save_that_fails_half_way_leaves_neither_a_file_nor_a_part_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Any, **arrays: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    market = market_at(1)
    (tmp_path / "old").write_text("old")
    monkeypatch.setattr(np, "savez", full)
    for name in ("new", "old"):
        with pytest.raises(JevonsError, match="cannot be written: no space left on device"):
            market.save(tmp_path / name, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text() == "old"


def test_a_folder_that_does_not_exist_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match="cannot be written: no such file or directory"):
        market_at(0).save(tmp_path / "nowhere" / "market.npz")


def test_a_week_that_broke_off_half_way_cannot_be_saved_or_branched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = market_at(2)
    monkeypatch.setattr(market.world.users, "requests", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        market.step()
    for attempt in (lambda: market.save(tmp_path / "x"), market.branch):
        with pytest.raises(JevonsError, match="the week of 2023-01-16 broke off half-way"):
            attempt()
    assert list(tmp_path.iterdir()) == []


def refused(file: Path) -> str:
    """What loading a file says: always a JevonsError of one line that names the file."""
    with pytest.raises(JevonsError) as error:
        InferenceMarket.load(file)
    assert str(error.value).startswith(f"{file}: ")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_files_that_are_no_saved_state_are_refused_in_one_line(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(tmp_path / "missing")
    assert "cannot be read: Is a directory" in refused(tmp_path)
    contents = {"empty": b"", "text": b"week = 3\n", "zip": b"PK\x05\x06" + 18 * b"\0", "pickle": b"\x80\x04N."}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert "is not a saved state of a market, or is damaged" in refused(tmp_path / name)
    np.save(tmp_path / "one.npy", np.arange(3))
    np.savez(tmp_path / "foreign.npz", prices=np.arange(3))
    for name in ("one.npy", "foreign.npz"):
        assert "is not a saved state" in refused(tmp_path / name)


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = market_at(1).save(tmp_path / "whole").read_bytes()
    for length in np.linspace(1, len(whole) - 1, 12).astype(int):
        (tmp_path / "cut").write_bytes(whole[:length])
        refused(tmp_path / "cut")


def test_a_flipped_byte_is_noticed_unless_it_means_nothing(tmp_path: Path) -> None:
    market = market_at(1)
    whole = market.save(tmp_path / "whole").read_bytes()
    unharmed = []
    for place in np.random.default_rng(3).integers(0, len(whole), 40).tolist():
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        (tmp_path / "damaged").write_bytes(damaged)
        with contextlib.suppress(JevonsError):
            unharmed.append(InferenceMarket.load(tmp_path / "damaged"))
    assert len(unharmed) < 10
    for again in unharmed:  # a date or an attribute of the archive
        assert everything(again) == everything(market)


def forged(file: Path, target: Path, **changes: Any) -> Path:
    """Copy a saved state with other metadata, and a checksum that fits."""
    with np.load(file) as content:
        arrays = {name: content[name] for name in content.files if name != state_module.CHECKSUM}
    meta = json.loads(arrays[state_module.META].tobytes()) | changes
    arrays[state_module.META] = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    arrays[state_module.CHECKSUM] = state_module._checksum(arrays)
    with target.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    return target


def test_content_that_does_not_match_its_checksum_is_refused(tmp_path: Path) -> None:
    file = market_at(1).save(tmp_path / "whole")
    with np.load(file) as content:
        arrays = {name: content[name] for name in content.files}
    arrays["User.app"] = arrays["User.app"] + 1
    with (tmp_path / "edited").open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    assert "its checksum does not match" in refused(tmp_path / "edited")


def test_a_state_of_another_format_version_or_parameter_table_is_refused(tmp_path: Path) -> None:
    file, target = market_at(1).save(tmp_path / "whole"), tmp_path / "other"
    meta = json.loads(zipfile.ZipFile(file).read("meta.npy").split(b"\n", 1)[1])
    assert "has format 99, this version reads format 5" in refused(forged(file, target, format=99))
    older = meta["parameters"] | {"metered.value_tail": "1.123"}
    assert "metered.value_tail was 1.123 when the state was saved" in refused(forged(file, target, parameters=older))
    fewer = {key: value for key, value in meta["values"].items() if key != "world.rent"}
    assert "does not fit this version of the model: world.rent" in refused(forged(file, target, values=fewer))
    more = meta["values"] | {"world.mood": 1.0}
    assert "does not fit this version of the model: world.mood" in refused(forged(file, target, values=more))
    assert "no such parameter" in refused(forged(file, target, scenario="[metered]\nvalue_tale = 1.1\n"))
    assert InferenceMarket.load(forged(file, target)).clock.week == 1
