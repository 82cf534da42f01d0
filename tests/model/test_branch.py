"""A branch goes on as its market would have but for its changes, and what cannot be changed is refused in one line."""

import copy
import datetime as dt
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.choice import Floats
from agents.enterprises import Enterprises, OfficeMarket
from agents.lab_parameters import LabParameters
from agents.labs import NO_PRICE, Lab
from agents.parameter_groups import Group
from model import InferenceMarket, JevonsError, Parameters
from model.record import settle
from tests.model.states import (
    SCENARIO,
    WEEK_OF_TURN,
    digest,
    everything,
    leaves,
    market_at,
    state_of_week_nine,
    stepped,
)


def test_a_branch_without_changes_goes_on_as_the_original_does() -> None:
    market = market_at(20)
    branch = market.branch()
    ends = stepped(branch, 50), stepped(market, 50)
    assert not any(
        end.world.users.columns.externally_writable or end.world.developers.columns.externally_writable for end in ends
    )  # counts are kept up in both
    assert digest(ends[0]) == digest(ends[1])


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda market: pickle.loads(pickle.dumps(market))])
@pytest.mark.parametrize("week", [0, 12])
def test_a_copy_goes_on_as_its_market_does(copied: Callable[[InferenceMarket], InferenceMarket], week: int) -> None:
    market = market_at(week)
    other = copied(market)
    assert not np.shares_memory(other.world.contracts, market.world.contracts)
    assert digest(stepped(other, week + 20)) == digest(stepped(market, week + 20))


GOES_ON: dict[str, Callable[[InferenceMarket, Path], InferenceMarket]] = {
    "branch": lambda market, _: market.branch(),
    "copy": lambda market, _: copy.deepcopy(market),
    "save and load": lambda market, folder: InferenceMarket.load(market.save(folder / "state")),
}


@pytest.mark.parametrize("way", GOES_ON)
def test_a_year_of_weeks_with_releases_and_reviews_is_the_same_week_by_week(way: str, tmp_path: Path) -> None:
    market = market_at(50, SCENARIO.replace(changes=()))
    other = GOES_ON[way](market, tmp_path)
    designed = reviewed = 0
    for week in range(50, 102):
        catalogue = market.world.catalogue
        before = catalogue.price.copy(), catalogue.generation.copy(), catalogue.available.all(axis=1)
        for each in (market, other):
            each.step()
        assert work_of(other) == work_of(market), week
        fresh = catalogue.released == week
        designed += int((fresh & before[2] & (before[1] > 0)).sum())
        reviewed += int((catalogue.price[~fresh & before[2]] != before[0][~fresh & before[2]]).sum())
    assert min(designed, reviewed) > 0
    assert digest(other) == digest(market)
    assert everything(other) == everything(market)


def work_of(market: InferenceMarket) -> dict[str, Any]:
    """What is remembered of metered work, of the models in use and of contracts."""
    world = market.world
    parts = (world.metered, world.used, world.committed_hours, world.large_share, world.catalogue)
    return {path: value for i, part in enumerate(parts) for path, value in leaves(part, str(i))}


class Hesitant(Enterprises):
    """Enterprises that stay where they are."""

    def decide_stage(self, week: int, market: OfficeMarket) -> NDArray[np.int8]:
        """Keep the stages."""
        return self.columns.stage


class Steady(Lab):
    """A lab that keeps every price of entry."""

    def list_prices(self, old: Floats, wish: Floats, parameters: LabParameters, *, fresh: bool) -> Floats:
        """Ask what was asked before."""
        return np.where(old >= NO_PRICE, wish, old)


class OtherMarket(InferenceMarket):
    """A market whose enterprises and labs behave otherwise."""

    enterprise_behaviour = Hesitant
    lab_class = Steady


def test_a_market_with_other_behaviour_runs_branches_and_is_loaded_with_it(tmp_path: Path) -> None:
    market = stepped(OtherMarket(SCENARIO, rng=7), 0)
    first = market.world.enterprises.columns.stage.copy()
    stepped(market, 30)
    assert (market.world.enterprises.columns.stage == first).all()
    usual = stepped(InferenceMarket(SCENARIO, rng=7), 30)
    assert (usual.world.enterprises.columns.stage != first).any()
    for other in (market.branch(), OtherMarket.load(market.save(tmp_path / "state.npz"))):
        assert isinstance(other, OtherMarket)
        stepped(other, 40)
        assert (other.world.enterprises.columns.stage == first).all()
        assert moved_prices(other) == 0
    assert moved_prices(stepped(usual, 40)) > 0


def moved_prices(market: InferenceMarket) -> int:
    """How many tiers have another price than at their entry."""
    catalogue = market.world.catalogue
    return int((catalogue.price != catalogue.entry_price)[catalogue.available].sum())


def test_a_branch_leaves_the_original_as_it_is() -> None:
    market, undisturbed = market_at(20), market_at(20)
    branch = market.branch(changes={"metered.rerouted_share": 0.6, "mechanisms.agents": False})
    stepped(branch, 45)
    settle(undisturbed.world)  # as branching does
    assert everything(market) == everything(undisturbed)
    assert digest(stepped(market, 45)) == digest(stepped(undisturbed, 45))
    assert digest(branch) != digest(market)


def test_a_branch_shares_its_history_and_changes_from_the_monday_of_its_date_on() -> None:
    market = market_at(10)
    branch = market.branch("2023-07-05", {"mechanisms.thinking_effort": False, "metered.value_tail": 1.1})
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
    changes = {"hyperscalers.credit": 0.9, "consumers.switch_per_week": 0.05}
    dated = SCENARIO.replace(changes=(*SCENARIO.changes, (dt.date(2023, 6, 5), changes)))
    branch = market_at(4).branch(dt.date(2023, 6, 5), changes)
    assert digest(stepped(branch, 45)) == digest(market_at(45, dated))


def test_later_changes_of_the_scenario_still_happen_in_a_branch() -> None:
    branch = market_at(5).branch(changes={"metered.value_tail": 1.1})
    assert stepped(branch, 6).parameters.metered.value_tail == 1.1
    assert stepped(branch, WEEK_OF_TURN + 1).parameters.metered.value_tail == 1.2


def test_a_branch_can_be_saved_loaded_and_branched_again(tmp_path: Path) -> None:
    branch = (
        market_at(8).branch(changes={"mechanisms.cascades": False}).branch("2023-04-01", {"metered.value_tail": 1.4})
    )
    again = InferenceMarket.load(branch.save(tmp_path / "branch"))
    assert digest(stepped(again, 40)) == digest(stepped(branch, 40))


def test_two_branches_of_one_market_are_independent() -> None:
    market = market_at(15)
    first, second = market.branch(changes={"labs.menu_cost": 0.1}), market.branch(changes={"labs.menu_cost": 0.1})
    stepped(first, 25)
    assert digest(stepped(second, 25)) == digest(first)


@pytest.mark.parametrize(
    ("at", "changes", "message"),
    [
        ("2023-01-09", {}, "that week is over, the market is at 2023-03-06; allowed is a date from 2023-03-06"),
        ("2031-01-01", {}, "at = '2031-01-01' is out of range"),
        ("soon", {}, "at = 'soon' is not a day"),
        (
            "2024-01-01",
            {"labs.menu_cots": 0.1},
            "labs.menu_cots = 0.1: no such parameter; did you mean 'labs.menu_cost'",
        ),
        (None, {"metered.value_tail": 7.0}, "metered.value_tail = 7.0 is out of bounds"),
        (None, {"mechanisms.agents": "maybe"}, "mechanisms.agents = 'maybe'"),
        (None, {"scale.users": 5000}, "row counts are set at the start and cannot change later"),
        (None, {"consumers.contacts": 9}, "built at the start and cannot change later"),
        (None, {"lab.openai.compute_at_start_h100e": 9.0}, "built at the start and cannot change later"),
    ],
)
def test_a_branch_that_cannot_be_made_is_refused_before_anything_is_simulated(
    at: str | None, changes: dict[str, Any], message: str
) -> None:
    market = InferenceMarket.resume(state_of_week_nine())
    week = market.clock.week
    with pytest.raises(JevonsError) as error:
        market.branch(at, changes)
    assert message in str(error.value)
    assert market.clock.week == week


def test_after_the_last_week_there_is_nothing_left_to_change() -> None:
    market = market_at(3, SCENARIO.replace(until="2023-01-22", changes=()))
    assert market.branch().clock.finished
    with pytest.raises(JevonsError, match="no week left"):
        market.branch(changes={"labs.menu_cost": 0.1})
    with pytest.raises(JevonsError, match="allowed is no date: the scenario is over"):
        market.branch("2023-01-10")


# parameters that only the start reads ---------------------------------------------------------------------------------


def test_what_only_the_start_reads_cannot_change_later(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: set[tuple[type[Group], str]] = set()

    def spy(self: Group, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if name in type(self).model_fields:
            reads.add((type(self), name))
        return value

    monkeypatch.setattr(Group, "__getattribute__", spy, raising=False)
    market = InferenceMarket(SCENARIO, rng=11)
    at_start = reads.copy()
    reads.clear()
    stepped(market, 70)
    monkeypatch.undo()
    once = {(kind, name) for kind, name in at_start - reads if not issubclass(kind, Parameters)}
    assert len(once) > 30  # the spy saw something
    declared = {(kind, name): kind.model_fields[name].json_schema_extra for kind, name in once}
    assert [key for key, extra in declared.items() if not (isinstance(extra, dict) and extra["at_start"])] == []


def test_what_the_start_alone_reads_is_declared_so() -> None:
    parameters = Parameters.load()
    fixed = {path for path in parameters.flat() if parameters.is_initial(path)}
    assert fixed >= {"scale.users", "lab.openai.clouds", "consumers.initial_share", "workload.ent-agent.payer"}
    assert fixed.isdisjoint({"metered.value_tail", "lab.openai.reach"})
