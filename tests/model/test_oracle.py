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
        before = oracle.look(market) if week in WEEKS else None
        market.step()
        if week in WEEKS:
            kept.append((before, freeze(market)))
    return kept


class Frozen:
    """A market as it stood after one of its weeks: what later weeks write is copied, the rest is shared."""

    def __init__(self, market: Any, copies: dict[str, Any]) -> None:
        self.__dict__.update({"_market": market, **copies})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_market"], name)


def freeze(market: Any) -> Frozen:
    """Copy what a later week would write over."""
    plain = ("plans", "catalogue", "hours_per_mtok", "outcome", "demanded", "congestion", "people_per_row",
             "developers_per_row", "apps_without_slot", "ranks", "app_routing",
             "agent_routing")  # fmt: skip
    copies = {name: copy.deepcopy(getattr(market, name)) for name in plain}
    copies["graph_tasks"] = market.graphs.tasks.copy()
    copies["flows"] = market.application_flows.copy()
    for name, population in (("users", market.users.columns), ("developers", market.developers.columns),
                             ("apps", market.apps), ("enterprises", market.enterprises.columns)):  # fmt: skip
        copies[f"{name}_after"] = population.state()
    copies["rollout"] = [lab.rollout for lab in market.labs]
    return Frozen(market, copies)


CASES = pytest.mark.parametrize("case", range(len(WEEKS)), ids=[f"week {week}" for week in WEEKS])


@CASES
def test_who_uses_and_pays_for_chat_equals_the_oracle(case: int) -> None:
    before, market = weeks()[case]
    expected = oracle.consumers(market, before, oracle.see(market, before.week))
    for name in ("app", "paid", "peers"):
        assert market.users_after[name].tolist() == expected[name]


@CASES
def test_stages_tools_and_builders_equal_the_oracle(case: int) -> None:
    before, market = weeks()[case]
    expected = oracle.developers(market, before, oracle.see(market, before.week))
    for name in ("stage", "tool", "builder"):
        assert market.developers_after[name].tolist() == expected[name]


@CASES
def test_what_is_routed_freely_splits_as_the_oracle_says(case: int) -> None:
    before, market = weeks()[case]
    seen = oracle.see(market, before.week)
    for found, expected in zip(
        (market.app_routing, market.agent_routing), oracle.routing(market, before, seen), strict=True
    ):
        assert found == pytest.approx(expected, rel=ROUNDING)


@CASES
def test_apps_equal_the_oracle(case: int) -> None:
    """Who serves them, what they are and when they were born exactly; audiences to float32's 1e-6."""
    before, market = weeks()[case]
    after = market.developers_after
    output = oracle.output(market, after["stage"].tolist())
    expected = oracle.apps(market, before, oracle.see(market, before.week), after["builder"].tolist(), output)
    for name in ("lab", "kind", "bin", "born"):
        assert market.apps_after[name].tolist() == [int(x) for x in expected[name]]
    assert market.apps_after["audience"] == pytest.approx([float(x) for x in expected["audience"]], rel=1e-6)


@CASES
def test_enterprises_equal_the_oracle(case: int) -> None:
    """Stages and labs exactly; seats and enabled applications to rounding; their model tasks to float32's sums."""
    before, market = weeks()[case]
    output = oracle.output(market, market.developers_after["stage"].tolist())
    expected = oracle.enterprises(market, before, oracle.see(market, before.week), output)
    for name in ("stage", "lab", "seat_lab"):
        assert market.enterprises_after[name].tolist() == [int(x) for x in expected[name]]
    for name in ("seats", "enabled"):
        assert market.enterprises_after[name] == pytest.approx(expected[name], rel=ROUNDING, abs=1e-9)
    for row, tasks in oracle.enabled_tasks(
        market, before.week % 4, market.enterprises_after["enabled"].tolist()
    ).items():
        assert market.graph_tasks[row] == pytest.approx(tasks, rel=SINGLE, abs=1e-12)
    flows = oracle.application_tasks(market, before, market.enterprises_after["lab"].tolist(), market.graph_tasks)
    assert market.flows == pytest.approx(np.array(flows), rel=ROUNDING)


@cache
def demand_by_hand(case: int) -> Any:
    """Tasks of the week by the oracle from the rows after adoption, and what they come to in tokens and work."""
    before, market = weeks()[case]
    seen = oracle.see(market, before.week)
    users, after = market.users_after, market.developers_after
    requests = oracle.chat_requests(market, before, seen, users["app"].tolist(), users["paid"].tolist())
    today = market.clock.date_of(before.week)
    open_ = {
        name: [
            any(market.catalogue.available[i]) and day is not None and day <= today
            for i, day in enumerate(getattr(lab.profile, field) for lab in market.labs)
        ]
        for name, field in (("search", "search_date"), ("messenger", "messenger_date"))
    }
    tasks = traffic.people_tasks(market, requests, market.rollout, open_)
    rows = {name: array.tolist() for name, array in after.items() if name != "reviews"} | {"reviews": after["reviews"]}
    traffic.developer_tasks(market, tasks, rows, market.apps_after)
    firms = {name: array.tolist() for name, array in market.enterprises_after.items()}
    flows = oracle.application_tasks(market, before, firms["lab"], market.graph_tasks)
    traffic.enterprise_tasks(market, tasks, firms, flows)
    return traffic.demanded(market, tasks)


def cells(array: Any) -> dict[tuple[int, ...], int]:
    """An integer array as a dictionary by cell."""
    return {tuple(int(i) for i in cell): int(array[cell]) for cell in np.ndindex(array.shape)}


@CASES
def test_tasks_calls_and_tokens_asked_equal_the_oracle_to_the_last_one(case: int) -> None:
    _, market = weeks()[case]
    whole, work = demand_by_hand(case)
    for field, expected in whole.items():
        assert cells(getattr(market.demanded, field)) == expected
    assert market.demanded.work.ravel() == pytest.approx([work[c] for c in traffic.every(market)], rel=ROUNDING)


@CASES
def test_the_order_of_rationing_equals_the_oracle_where_a_lab_has_just_reviewed_it(case: int) -> None:
    before, market = weeks()[case]
    weeks_between = market.parameters.labs.policy_weeks
    reviewed = [i for i in range(len(market.labs)) if (before.week + i) % weeks_between == 0]
    assert reviewed
    for lab in reviewed:
        if market.catalogue.available[lab].any():
            assert market.ranks[lab].tolist() == traffic.ranks(market, lab)


@CASES
def test_what_is_served_kept_and_lost_equals_the_oracle_to_the_last_token(case: int) -> None:
    """Fractions to rounding; then, from the very same fractions, every whole number exactly."""
    before, market = weeks()[case]
    whole, work = demand_by_hand(case)
    everything = {c: work[c] + float(before.backlog.work[c]) for c in traffic.every(market)}
    capacity = [hours * market.parameters.labs.target_utilisation for hours in before.serving_hours]
    found = traffic.fractions(market, everything, capacity)
    assert market.outcome.fraction == pytest.approx(np.array(found), rel=ROUNDING)
    served_share = {(i, w): float(market.outcome.fraction[i, w]) for i, w in np.ndindex(market.outcome.fraction.shape)}
    kept_share = {(i, w): float(market.patience[w]) for i, w in served_share}
    for field, new in whole.items():
        waiting = cells(getattr(before.backlog, field))
        asked = {cell: new[cell] + waiting[cell] for cell in new}
        served = traffic.ration(asked, served_share)
        unserved = {cell: asked[cell] - served[cell] for cell in asked}
        kept = traffic.ration(unserved, kept_share)
        assert cells(getattr(market.outcome.served, field)) == served
        assert cells(getattr(market.outcome.kept, field)) == kept
        assert cells(getattr(market.outcome.lost, field)) == {cell: unserved[cell] - kept[cell] for cell in asked}


def test_the_weeks_compared_hold_what_there_is_to_compare() -> None:
    """Joining, leaving, switching, new and dead apps, every stage, rationing, backlog and hidden tokens all occur."""
    moves: set[str] = set()
    for before, market in weeks():
        old, new = np.array(before.users["app"]), market.users_after["app"]
        moves |= {"joins"} if ((old < 0) & (new >= 0)).any() else set()
        moves |= {"leaves"} if ((old >= 0) & (new < 0)).any() else set()
        moves |= {"switches"} if ((old >= 0) & (new >= 0) & (old != new)).any() else set()
        apps = np.array(before.apps["lab"]), market.apps_after["lab"]
        moves |= {"births"} if ((apps[0] < 0) & (apps[1] >= 0)).any() else set()
        moves |= {"deaths"} if ((apps[0] >= 0) & (apps[1] < 0)).any() else set()
        moves |= {"rationing"} if (market.outcome.fraction < 1.0).any() else set()
        moves |= {"backlog"} if before.backlog.tokens.any() else set()
        moves |= {"hidden"} if market.outcome.served.tokens[..., 3].any() else set()
        moves |= {f"developers {s}" for s in market.developers_after["stage"].tolist()}
        moves |= {f"enterprises {s}" for s in market.enterprises_after["stage"].tolist()}
        moves |= {"enabled"} if market.graph_tasks.any() else set()
        moves |= {"paid"} if market.users_after["paid"].any() else set()
    assert moves == {
        "joins", "leaves", "switches", "births", "deaths", "rationing", "backlog", "hidden", "enabled", "paid",
        *(f"{who} {stage}" for who in ("developers", "enterprises") for stage in range(4)),
    }  # fmt: skip
