"""The vectorised week equals plain loops over rows: exactly where it counts, to float rounding elsewhere."""

import copy
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import InferenceMarket, Scenario


def sibling(name: str) -> Any:
    """Load a module from this folder, which is no package."""
    file = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


oracle, traffic = sibling("oracle"), sibling("oracle_traffic")

# weeks of the first flagship, of entries, of a busy market, and late enough for agents and thinking
WEEKS = (0, 1, 10, 11, 38, 60, 110, 161, 162, 163, 164)
ROUNDING = 1e-9  # sums over some hundred rows or bins in another order
SINGLE = 1e-4  # float32 sums along calls, over ten layers


@cache
def weeks() -> list[tuple[Any, Any]]:
    """Simulate a market of some hundred rows that runs short of capacity; keep chosen weeks as they began and ended.

    Adoption is fast, so that hundreds of rows do something; one lab's compute is a fraction of what it sought.
    """
    scenario = Scenario.load("baseline").replace(
        {
            "scale.users": 400,
            "scale.developers": 250,
            "scale.enterprises": 14,
            "scale.applications_mean": 200.0,
            "consumers.initial_share": 0.1,
            "consumers.innovation_per_week": 0.01,
            "consumers.switch_per_week": 0.1,
            "consumers.congestion_leave_per_week": 0.2,
            "consumers.review_weeks": 4,
            "developers.initial_builder_share": 0.2,
            "developers.builder_innovation_per_week": 0.02,
            "developers.births_per_week": 0.1,
            "developers.deaths_per_week": 0.04,
            "developers.agent_innovation_per_week": 0.05,
            "developers.tool_leave_per_week": 0.01,
            "enterprises.pilot_per_week": 0.05,
            "enterprises.switch_per_week": 0.05,
            "enterprises.rate_limit": 20.0,
            "lab.openai.capacity_factor": 0.2,
        }
    )
    market = InferenceMarket(scenario, rng=11)
    kept = []
    for week in range(max(WEEKS) + 1):
        before = oracle.look(market.world) if week in WEEKS else None
        market.step()
        if week in WEEKS:
            kept.append((before, freeze(market.world)))
    return kept


class Frozen:
    """A world as it stood after one of its weeks: what later weeks write is copied, the rest is shared."""

    def __init__(self, world: Any, copies: dict[str, Any]) -> None:
        self.__dict__.update({"_world": world, **copies})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_world"], name)


def freeze(world: Any) -> Frozen:
    """Copy what a later week would write over."""
    plain = ("plans", "catalogue", "hours_per_mtok", "outcome", "demanded", "congestion", "people_per_row",
             "developers_per_row", "apps_without_slot", "ranks", "app_routing",
             "agent_routing")  # fmt: skip
    copies = {name: copy.deepcopy(getattr(world, name)) for name in plain}
    copies["graph_tasks"] = world.graphs.tasks.copy()
    copies["flows"] = world.application_flows.copy()
    for name, population in (("users", world.users.columns), ("developers", world.developers.columns),
                             ("apps", world.apps), ("enterprises", world.enterprises.columns)):  # fmt: skip
        copies[f"{name}_after"] = population.state()
    copies["rollout"] = [lab.rollout for lab in world.labs]
    return Frozen(world, copies)


CASES = pytest.mark.parametrize("case", range(len(WEEKS)), ids=[f"week {week}" for week in WEEKS])


@CASES
def test_who_uses_and_pays_for_chat_equals_the_oracle(case: int) -> None:
    before, world = weeks()[case]
    expected = oracle.consumers(world, before, oracle.see(world, before.week))
    for name in ("app", "paid", "peers"):
        assert world.users_after[name].tolist() == expected[name]


@CASES
def test_stages_tools_and_builders_equal_the_oracle(case: int) -> None:
    before, world = weeks()[case]
    expected = oracle.developers(world, before, oracle.see(world, before.week))
    for name in ("stage", "tool", "builder"):
        assert world.developers_after[name].tolist() == expected[name]


@CASES
def test_what_is_routed_freely_splits_as_the_oracle_says(case: int) -> None:
    before, world = weeks()[case]
    seen = oracle.see(world, before.week)
    for found, expected in zip(
        (world.app_routing, world.agent_routing), oracle.routing(world, before, seen), strict=True
    ):
        assert found == pytest.approx(expected, rel=ROUNDING)


@CASES
def test_apps_equal_the_oracle(case: int) -> None:
    """Who serves them, what they are and when they were born exactly; audiences to float32's 1e-6."""
    before, world = weeks()[case]
    after = world.developers_after
    output = oracle.output(world, after["stage"].tolist())
    expected = oracle.apps(world, before, oracle.see(world, before.week), after["builder"].tolist(), output)
    for name in ("lab", "kind", "bin", "born"):
        assert world.apps_after[name].tolist() == [int(x) for x in expected[name]]
    assert world.apps_after["audience"] == pytest.approx([float(x) for x in expected["audience"]], rel=1e-6)


@CASES
def test_enterprises_equal_the_oracle(case: int) -> None:
    """Stages and labs exactly; seats and enabled applications to rounding; their model tasks to float32's sums."""
    before, world = weeks()[case]
    output = oracle.output(world, world.developers_after["stage"].tolist())
    expected = oracle.enterprises(world, before, oracle.see(world, before.week), output)
    for name in ("stage", "lab", "seat_lab"):
        assert world.enterprises_after[name].tolist() == [int(x) for x in expected[name]]
    for name in ("seats", "enabled"):
        assert world.enterprises_after[name] == pytest.approx(expected[name], rel=ROUNDING, abs=1e-9)
    for row, tasks in oracle.enabled_tasks(world, before.week % 4, world.enterprises_after["enabled"].tolist()).items():
        assert world.graph_tasks[row] == pytest.approx(tasks, rel=SINGLE, abs=1e-12)
    flows = oracle.application_tasks(world, before, world.enterprises_after["lab"].tolist(), world.graph_tasks)
    assert world.flows == pytest.approx(np.array(flows), rel=ROUNDING)


@cache
def demand_by_hand(case: int) -> Any:
    """Tasks of the week by the oracle from the rows after adoption, and what they come to in tokens and work."""
    before, world = weeks()[case]
    seen = oracle.see(world, before.week)
    users, after = world.users_after, world.developers_after
    requests = oracle.chat_requests(world, before, seen, users["app"].tolist(), users["paid"].tolist())
    today = world.clock.date_of(before.week)
    open_ = {
        name: [
            any(world.catalogue.available[i]) and day is not None and day <= today
            for i, day in enumerate(getattr(lab.profile, field) for lab in world.labs)
        ]
        for name, field in (("search", "search_date"), ("messenger", "messenger_date"))
    }
    tasks = traffic.people_tasks(world, requests, world.rollout, open_)
    rows = {name: array.tolist() for name, array in after.items() if name != "reviews"} | {"reviews": after["reviews"]}
    traffic.developer_tasks(world, tasks, rows, world.apps_after)
    firms = {name: array.tolist() for name, array in world.enterprises_after.items()}
    flows = oracle.application_tasks(world, before, firms["lab"], world.graph_tasks)
    traffic.enterprise_tasks(world, tasks, firms, flows)
    return traffic.demanded(world, tasks)


def cells(array: Any) -> dict[tuple[int, ...], int]:
    """An integer array as a dictionary by cell."""
    return {tuple(int(i) for i in cell): int(array[cell]) for cell in np.ndindex(array.shape)}


@CASES
def test_tasks_calls_and_tokens_asked_equal_the_oracle_to_the_last_one(case: int) -> None:
    _, world = weeks()[case]
    whole, work = demand_by_hand(case)
    for field, expected in whole.items():
        assert cells(getattr(world.demanded, field)) == expected
    assert world.demanded.work.ravel() == pytest.approx([work[c] for c in traffic.every(world)], rel=ROUNDING)


@CASES
def test_the_order_of_rationing_equals_the_oracle_where_a_lab_has_just_reviewed_it(case: int) -> None:
    before, world = weeks()[case]
    weeks_between = world.parameters.labs.policy_weeks
    reviewed = [i for i in range(len(world.labs)) if (before.week + i) % weeks_between == 0]
    assert reviewed
    for lab in reviewed:
        if world.catalogue.available[lab].any():
            assert world.ranks[lab].tolist() == traffic.ranks(world, lab)


@CASES
def test_what_is_served_kept_and_lost_equals_the_oracle_to_the_last_token(case: int) -> None:
    """Fractions to rounding; then, from the very same fractions, every whole number exactly."""
    before, world = weeks()[case]
    whole, work = demand_by_hand(case)
    everything = {c: work[c] + float(before.backlog.work[c]) for c in traffic.every(world)}
    capacity = [hours * world.parameters.labs.target_utilisation for hours in before.serving_hours]
    found = traffic.fractions(world, everything, capacity)
    assert world.outcome.fraction == pytest.approx(np.array(found), rel=ROUNDING)
    served_share = {(i, w): float(world.outcome.fraction[i, w]) for i, w in np.ndindex(world.outcome.fraction.shape)}
    kept_share = {(i, w): float(world.constants.patience[w]) for i, w in served_share}
    for field, new in whole.items():
        waiting = cells(getattr(before.backlog, field))
        asked = {cell: new[cell] + waiting[cell] for cell in new}
        served = traffic.ration(asked, served_share)
        unserved = {cell: asked[cell] - served[cell] for cell in asked}
        kept = traffic.ration(unserved, kept_share)
        assert cells(getattr(world.outcome.served, field)) == served
        assert cells(getattr(world.outcome.kept, field)) == kept
        assert cells(getattr(world.outcome.lost, field)) == {cell: unserved[cell] - kept[cell] for cell in asked}


def test_the_weeks_compared_hold_what_there_is_to_compare() -> None:
    """Joining, leaving, switching, new and dead apps, every stage, rationing, backlog and hidden tokens all occur."""
    moves: set[str] = set()
    for before, world in weeks():
        old, new = np.array(before.users["app"]), world.users_after["app"]
        moves |= {"joins"} if ((old < 0) & (new >= 0)).any() else set()
        moves |= {"leaves"} if ((old >= 0) & (new < 0)).any() else set()
        moves |= {"switches"} if ((old >= 0) & (new >= 0) & (old != new)).any() else set()
        apps = np.array(before.apps["lab"]), world.apps_after["lab"]
        moves |= {"births"} if ((apps[0] < 0) & (apps[1] >= 0)).any() else set()
        moves |= {"deaths"} if ((apps[0] >= 0) & (apps[1] < 0)).any() else set()
        moves |= {"rationing"} if (world.outcome.fraction < 1.0).any() else set()
        moves |= {"backlog"} if before.backlog.tokens.any() else set()
        moves |= {"hidden"} if world.outcome.served.tokens[..., 3].any() else set()
        moves |= {f"developers {s}" for s in world.developers_after["stage"].tolist()}
        moves |= {f"enterprises {s}" for s in world.enterprises_after["stage"].tolist()}
        moves |= {"enabled"} if world.graph_tasks.any() else set()
        moves |= {"paid"} if world.users_after["paid"].any() else set()
    assert moves == {
        "joins", "leaves", "switches", "births", "deaths", "rationing", "backlog", "hidden", "enabled", "paid",
        *(f"{who} {stage}" for who in ("developers", "enterprises") for stage in range(4)),
    }  # fmt: skip
