"""A saved, loaded or branched market goes on bit for bit, and what cannot be loaded is refused in one line."""

import contextlib
import datetime as dt
import functools
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest
from pydantic import BaseModel

from agents.columns import Population
from agents.parameters import Group
from agents.streams import Streams
from model import InferenceMarket, JevonsError, Parameters, Scenario
from model import state as state_module
from model.starting import FIXED, is_fixed
from model.state import capture, rebuild

ROOT = Path(__file__).resolve().parents[2]
TINY = {"scale.users": 800, "scale.developers": 300, "scale.enterprises": 8, "scale.applications_mean": 300.0}
TURN = dt.date(2023, 8, 9)  # a Wednesday: the change holds from the Monday after it
CHANGES = ((TURN, {"demand.hurdle": 0.3, "labs.review_weeks": 4, "mechanisms.rebound": False}),)
SCENARIO = Scenario.load("baseline").replace(TINY, changes=CHANGES)
WEEK_OF_TURN = 32


def market_at(week: int, scenario: Scenario = SCENARIO) -> InferenceMarket:
    """A market that stands before a week."""
    return stepped(InferenceMarket(scenario, rng=11), week)


def stepped(market: InferenceMarket, week: int) -> InferenceMarket:
    """Step a market until it stands before a week."""
    while market.clock.week < week:
        market.step()
    return market


@functools.cache
def state_of_week_nine() -> state_module.State:
    """A state taken once for the tests that only start from it."""
    return capture(market_at(9))


def digest(market: InferenceMarket) -> str:
    """One number for all columns and everything recorded."""
    total = hashlib.sha256(market.observables.values.tobytes())
    for population in market.populations:
        for array in population.columns.values():
            total.update(array.tobytes())
    return total.hexdigest()


# the closed list ------------------------------------------------------------------------------------------------------

SKIPPED = {
    "phase_seconds": "wall time",
    "time": "Mesa's clock, which a fresh model starts anew",
    "random": "Mesa's generators, of which the market makes no use",
    "rng": "likewise",
    "networks": "a view of the market",
    "model": "the way back to the market",
    "recorder": "facts of weeks whose observables are derived before a state is taken",
    "_open": "what is open this week: found anew every week",
    "_app_counts": "counted anew when it is asked for",
    "_payer_counts": "likewise",
    "_tool_users": "likewise",
    "_accounts": "likewise",
}
MESA = set(vars(mesa.Model(rng=1))) - {"steps", "running"}


def leaves(value: Any, path: str, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Walk everything that can be reached from an object of this project, down to arrays, numbers and parameters."""
    if isinstance(value, Streams):
        return  # computed, not carried along
    if isinstance(value, np.ndarray | np.generic):
        yield path, (str(value.dtype), value.shape, value.tobytes())
    elif hasattr(value, "indptr"):
        yield path, (value.indptr.tobytes(), value.indices.tobytes(), value.data.tobytes())
    elif value is None or isinstance(value, bool | int | float | str | dt.date | BaseModel | Scenario):
        yield path, (type(value).__name__, repr(value) if isinstance(value, float) else value)
    elif id(value) not in above:
        for name, inner in members(value):
            yield from leaves(inner, f"{path}.{name}", (*above, id(value)))


def members(value: Any) -> list[tuple[str, Any]]:
    """What an object holds, by name."""
    if isinstance(value, dict):
        return [(str(key), inner) for key, inner in value.items()]
    if isinstance(value, list | tuple):
        return [(str(i), inner) for i, inner in enumerate(value)]
    if isinstance(value, Population):
        return list(value.columns.items())
    if type(value).__module__.partition(".")[0] not in ("agents", "model"):
        return []
    foreign = MESA if isinstance(value, mesa.Model) else set()
    caches = {name for name, made in vars(type(value)).items() if isinstance(made, functools.cached_property)}
    held = {name: getattr(value, name) for name in getattr(value, "__slots__", ())} | getattr(value, "__dict__", {})
    return [(name, inner) for name, inner in held.items() if name not in (*SKIPPED, *foreign, *caches)]


def everything(market: InferenceMarket) -> dict[str, Any]:
    """All leaves of a market by path."""
    return dict(leaves(market, "market"))


@pytest.mark.parametrize("week", [0, 1, 27, WEEK_OF_TURN, WEEK_OF_TURN + 1, 60])
def test_a_rebuilt_market_equals_the_original_in_all_that_can_be_found_by_walking_it(week: int) -> None:
    market = market_at(week)
    market.recorder.settle()
    original, again = everything(market), everything(rebuild(InferenceMarket, capture(market)))
    assert original.keys() == again.keys()
    assert [path for path in original if original[path] != again[path]] == []


def test_walking_a_market_finds_what_changes_and_the_closed_list_names_nothing_that_does_not_exist() -> None:
    before, after = market_at(1), market_at(60)
    start, end = everything(before), everything(after)
    changed = {path for path in end if start.get(path) != end[path]}
    for path in ("market.rent", "market.labs.0.frontier", "market.users.columns.app", "market.catalogue.price",
                 "market.fleet.on_order", "market.plans.share", "market.backlog.counts", "market.ledger.cash",
                 "market.consultancies.0.published.1", "market.progress.software"):  # fmt: skip
        assert path in changed or path.replace("users.columns", "populations.0") in changed, path
    for holder, owner in state_module.holders(after):
        assert [name for name in owner.STATE if not hasattr(owner, name)] == [], holder


def test_a_state_shares_no_memory_with_its_market_or_with_what_is_built_from_it() -> None:
    market = market_at(5)
    state = capture(market)
    first, before = rebuild(InferenceMarket, state), {key: array.tobytes() for key, array in state.arrays.items()}
    stepped(market, 12)
    stepped(first, 15)
    assert {key: array.tobytes() for key, array in state.arrays.items()} == before


def test_what_a_state_cannot_hold_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    market = market_at(1)
    monkeypatch.setattr(market, "urgency", object())
    with pytest.raises(TypeError, match=r"market\.urgency: a state cannot hold a object"):
        capture(market)


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
        with pytest.raises(JevonsError, match="cannot be written: No space left on device"):
            market.save(tmp_path / name, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text() == "old"


def test_a_folder_that_does_not_exist_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match="cannot be written: No such file or directory"):
        market_at(0).save(tmp_path / "nowhere" / "market.npz")


def test_a_week_that_broke_off_half_way_cannot_be_saved_or_branched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = market_at(2)
    monkeypatch.setattr(market.users, "requests", lambda *_: 1 / 0)
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
    assert "has format 99, this version reads format 1" in refused(forged(file, target, format=99))
    older = meta["parameters"] | {"demand.hurdle": "0.123"}
    assert "demand.hurdle was 0.123 when the state was saved" in refused(forged(file, target, parameters=older))
    fewer = {key: value for key, value in meta["values"].items() if key != "market.rent"}
    assert "does not fit this version of the model: market.rent" in refused(forged(file, target, values=fewer))
    more = meta["values"] | {"market.mood": 1.0}
    assert "does not fit this version of the model: market.mood" in refused(forged(file, target, values=more))
    assert "no such parameter" in refused(forged(file, target, scenario="[demand]\nhurdel = 0.1\n"))
    assert InferenceMarket.load(forged(file, target)).clock.week == 1


# branches -------------------------------------------------------------------------------------------------------------


def test_a_branch_without_changes_goes_on_as_the_original_does() -> None:
    market = market_at(20)
    branch = market.branch()
    assert digest(stepped(branch, 50)) == digest(stepped(market, 50))


def test_a_branch_leaves_the_original_as_it_is() -> None:
    market, undisturbed = market_at(20), market_at(20)
    branch = market.branch(changes={"labs.markup_low": 3.0, "mechanisms.agents": False})
    stepped(branch, 45)
    undisturbed.recorder.settle()  # as branching does
    assert everything(market) == everything(undisturbed)
    assert digest(stepped(market, 45)) == digest(stepped(undisturbed, 45))
    assert digest(branch) != digest(market)


def test_a_branch_shares_its_history_and_changes_from_the_monday_of_its_date_on() -> None:
    market = market_at(10)
    branch = market.branch("2023-07-05", {"mechanisms.thinking_effort": False, "demand.hurdle": 0.6})
    assert market.clock.week == branch.clock.week == 26
    assert branch.scenario.changes[0][0] == dt.date(2023, 7, 3)
    assert market.scenario == SCENARIO
    assert branch.parameters == market.parameters
    stepped(branch, 30)
    stepped(market, 30)
    assert not branch.parameters.mechanisms.thinking_effort
    assert market.parameters.mechanisms.thinking_effort
    values = [m.observables.values for m in (market, branch)]
    assert np.array_equal(values[0][:26], values[1][:26])
    assert not np.array_equal(values[0][26:30], values[1][26:30])


def test_a_branch_is_the_scenario_with_a_dated_change() -> None:
    changes = {"hyperscalers.cloud_margin": 0.9, "consumers.switch_per_week": 0.05}
    dated = SCENARIO.replace(changes=(*SCENARIO.changes, (dt.date(2023, 6, 5), changes)))
    branch = market_at(4).branch(dt.date(2023, 6, 5), changes)
    assert digest(stepped(branch, 45)) == digest(market_at(45, dated))


def test_later_changes_of_the_scenario_still_happen_in_a_branch() -> None:
    branch = market_at(5).branch(changes={"demand.hurdle": 0.1})
    assert stepped(branch, 6).parameters.demand.hurdle == 0.1
    assert stepped(branch, WEEK_OF_TURN + 1).parameters.demand.hurdle == 0.3


def test_a_branch_can_be_saved_loaded_and_branched_again(tmp_path: Path) -> None:
    branch = market_at(8).branch(changes={"mechanisms.cascades": False}).branch("2023-04-01", {"demand.hurdle": 0.5})
    again = InferenceMarket.load(branch.save(tmp_path / "branch"))
    assert digest(stepped(again, 40)) == digest(stepped(branch, 40))


def test_two_branches_of_one_market_are_independent() -> None:
    market = market_at(15)
    first, second = market.branch(changes={"demand.hurdle": 0.6}), market.branch(changes={"demand.hurdle": 0.6})
    stepped(first, 25)
    assert digest(stepped(second, 25)) == digest(first)


@pytest.mark.parametrize(
    ("at", "changes", "message"),
    [
        ("2023-01-09", {}, "that week is over, the market stands at 2023-03-06; allowed is a date from 2023-03-06"),
        ("2031-01-01", {}, "at = '2031-01-01' is out of range"),
        ("soon", {}, "at = 'soon' is not a day"),
        ("2024-01-01", {"demand.hurdel": 0.1}, "demand.hurdel = 0.1: no such parameter; did you mean 'demand.hurdle'"),
        (None, {"demand.hurdle": 7.0}, "demand.hurdle = 7.0 is out of bounds"),
        (None, {"mechanisms.agents": "maybe"}, "mechanisms.agents = 'maybe'"),
        (None, {"scale.users": 5000}, "row counts are set at the start and cannot change later"),
        (None, {"consumers.contacts": 9}, "built at the start and cannot change later"),
        (None, {"lab.openai.compute_at_start_h100e": 9.0}, "built at the start and cannot change later"),
    ],
)
def test_a_branch_that_cannot_be_made_is_refused_before_anything_is_simulated(
    at: str | None, changes: dict[str, Any], message: str
) -> None:
    market = rebuild(InferenceMarket, state_of_week_nine())
    week = market.clock.week
    with pytest.raises(JevonsError) as error:
        market.branch(at, changes)
    assert message in str(error.value)
    assert market.clock.week == week


def test_after_the_last_week_there_is_nothing_left_to_change() -> None:
    market = market_at(3, SCENARIO.replace(until="2023-01-22", changes=()))
    assert market.branch().clock.finished
    with pytest.raises(JevonsError, match="no week left"):
        market.branch(changes={"demand.hurdle": 0.1})
    with pytest.raises(JevonsError, match="allowed is no date: the scenario is over"):
        market.branch("2023-01-10")


# parameters that only the start reads ---------------------------------------------------------------------------------


def paths_by_class() -> dict[str, str]:
    """The group of parameters (`lab.*` for a table) that each class of groups is found under."""
    found = {}
    for name in Parameters.model_fields:
        value = getattr(Parameters.load(), name)
        table = isinstance(value, dict)
        found[type(next(iter(value.values())) if table else value).__name__] = f"{name}.*" if table else name
    return found


def test_what_only_the_start_reads_cannot_change_later(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: set[tuple[str, str]] = set()

    def spy(self: Group, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if name in type(self).model_fields:
            reads.add((type(self).__name__, name))
        return value

    monkeypatch.setattr(Group, "__getattribute__", spy, raising=False)
    market = InferenceMarket(SCENARIO, rng=11)
    at_start = reads.copy()
    reads.clear()
    stepped(market, 70)
    monkeypatch.undo()
    groups = paths_by_class()
    once = {(groups[kind], name) for kind, name in at_start - reads if kind in groups}
    assert len(once) > 30  # the spy saw something
    assert sorted(f"{group}.{name}" for group, name in once if name not in FIXED.get(group, ())) == []


def test_parameters_that_are_fixed_at_the_start_exist() -> None:
    flat = list(Parameters.load().flat())
    for group, names in FIXED.items():
        for name in names:
            some = [path for path in flat if path.endswith(f".{name}") and is_fixed(path)]
            assert some, f"{group}.{name}"
    assert not is_fixed("demand.hurdle")
    assert not is_fixed("lab.openai.reach")
