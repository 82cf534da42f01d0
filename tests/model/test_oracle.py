"""The vectorised week equals plain loops over rows: exactly where it counts, to float rounding elsewhere."""

import copy
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.model_sizes import Sizes
from model import InferenceMarket, Scenario, product_line
from model.metered import tasks_today


def sibling(name: str) -> Any:
    """Load a module from this folder, which is no package."""
    file = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


oracle, traffic, metered, menus = (
    sibling(name) for name in ("oracle", "oracle_traffic", "oracle_metered", "oracle_menus")
)

# weeks of the first flagship, of entries, of releases, price and menu reviews, of a busy market, and late enough for
# agents and thinking
WEEKS = (0, 1, 10, 11, 38, 59, 60, 110, 135, 151, 161, 162, 163, 164)
ROUNDING = 1e-9  # sums over some hundred rows or bins in another order
SINGLE = 1e-4  # float32 sums along calls, over ten layers


@cache
def weeks() -> list[tuple[Any, Any, Any]]:
    """Simulate a market of some hundred rows that runs short of capacity; keep chosen weeks as they began and ended.

    Adoption is fast, so that hundreds of rows do something; one lab's compute is a fraction of what it sought.
    """
    scenario = Scenario.load("baseline").replace(
        {
            "scale.users": 400,
            "scale.developers": 250,
            "scale.enterprises": 14,
            "scale.firms": 10,
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
            "lab.google.price_factor": 0.8,
        }
    )
    market = InferenceMarket(scenario, rng=11)
    MARKETS.append(market)
    kept = []
    for week in range(max(WEEKS) + 1):
        before = (oracle.look(market.world), metered.look(market.world)) if week in WEEKS else None
        if before is not None:
            DESIGNS.append(designs_today(market.world))
        market.step()
        if before is not None:
            kept.append((*before, freeze(market.world)))
    return kept


MARKETS: list[InferenceMarket] = []
DESIGNS: list[list[tuple[int, Any, Sizes]]] = []


def designs_today(world: Any) -> list[tuple[int, Any, Sizes]]:
    """The lines that labs would bring out before a week: lab, frontier and sizes, of all that have had a flagship."""
    catalogue, software = world.catalogue, world.exogenous.software
    found = []
    for lab in world.labs:
        if catalogue.generation[lab.index] > 0 and catalogue.available[lab.index].all():
            frontier = metered.Frontier(lab.frontier, software)
            found.append((lab.index, frontier, product_line.designed_sizes(world, lab.index)))
    return found


def last_world() -> Any:
    """The world after the last week compared."""
    weeks()
    return MARKETS[0].world


class Frozen:
    """A world as it stood after one of its weeks: what later weeks write is copied, the rest is shared."""

    def __init__(self, world: Any, copies: dict[str, Any]) -> None:
        self.__dict__.update({"_world": world, **copies})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_world"], name)


def freeze(world: Any) -> Frozen:
    """Copy what a later week would write over."""
    plain = ("plans", "menus", "catalogue", "used", "metered", "hours_per_mtok", "outcome", "demanded", "congestion",
             "people_per_row", "developers_per_row", "apps_without_slot", "ranks", "revenue", "large_share",
             "committed_hours")  # fmt: skip
    copies = {name: copy.deepcopy(getattr(world, name)) for name in plain}
    copies["graph_tasks"] = world.graphs.tasks.copy()
    copies["flows"] = world.application_flows.copy()
    for name, population in (("users", world.users.columns), ("developers", world.developers.columns),
                             ("apps", world.apps), ("enterprises", world.enterprises.columns)):  # fmt: skip
        copies[f"{name}_after"] = population.state()
    for name in ("rollout", "frontier", "shadow_price"):
        copies[name] = [getattr(lab, name) for lab in world.labs]
    copies["software"] = world.exogenous.software
    return Frozen(world, copies)


CASES = pytest.mark.parametrize("case", range(len(WEEKS)), ids=[f"week {week}" for week in WEEKS])


@cache
def offers_by_the_month(case: int) -> list[Any]:
    """What every lab sells by the month this week, by the oracle."""
    rows_before, before, world = weeks()[case]
    congestion = rows_before.congestion
    return [menus.offers(world, before, rows_before.menus, congestion, lab) for lab in range(len(world.labs))]


@CASES
def test_menus_and_prices_by_the_month_equal_the_oracle(case: int) -> None:
    """Prices and allowances exactly; shares of subscribers, usage limits and what follows to rounding."""
    was, _, world = weeks()[case]
    now = world.menus
    for lab, found in enumerate(offers_by_the_month(case)):
        assert now.price[lab].tolist() == found.price
        assert now.allowance[lab].tolist() == found.allowance
        assert (now.seat_price[lab], now.completion_price[lab]) == (found.seat, found.completion)
        assert now.share[lab] == pytest.approx(found.share, rel=ROUNDING, abs=1e-12)
        assert now.limit[lab] == pytest.approx(found.limit, rel=ROUNDING)
        assert now.entry_price[lab] == pytest.approx(menus.entry_price(world, found, lab), rel=ROUNDING)
        assert now.asked[lab] == pytest.approx(menus.grades(found), rel=ROUNDING, abs=1e-12)
        assert now.paid[lab] == pytest.approx(menus.paid(found, was.menus.paid[lab]), rel=ROUNDING, abs=1e-12)


def test_the_weeks_compared_hold_what_there_is_to_compare_of_menus() -> None:
    """A first menu, a review that changes one, tight usage limits, and subscribers of several plans."""
    seen: set[str] = set()
    for case in range(len(WEEKS)):
        rows_before, before, world = weeks()[case]
        was, now = rows_before.menus, world.menus
        new = now.offered.any(axis=1) & ~was.offered.any(axis=1)
        due = [(before.week + 5 * lab) % 26 == 0 for lab in range(len(world.labs))] & was.offered.any(axis=1)
        moved = (now.price != was.price).any(axis=1) | (now.seat_price != was.seat_price)
        seen |= {"first menu"} if new.any() else set()
        seen |= {"changed at a review"} if (due & moved).any() else set()
        seen |= {"usage limits"} if (now.limit < 0.9).any() else set()
        seen |= {"several plans"} if (now.share > 0.001).sum(axis=1).max() > 1 else set()
    assert seen == {"first menu", "changed at a review", "usage limits", "several plans"}


@CASES
def test_who_uses_and_pays_for_chat_equals_the_oracle(case: int) -> None:
    before, _, world = weeks()[case]
    found = offers_by_the_month(case)
    entry = [menus.entry_price(world, found[lab], lab) for lab in range(len(found))]
    expected = oracle.consumers(world, before, oracle.see(world, before.week), entry)
    for name in ("app", "paid", "peers"):
        assert world.users_after[name].tolist() == expected[name]


@CASES
def test_stages_tools_and_builders_equal_the_oracle(case: int) -> None:
    before, _, world = weeks()[case]
    expected = oracle.developers(world, before, oracle.see(world, before.week))
    for name in ("stage", "tool", "builder"):
        assert world.developers_after[name].tolist() == expected[name]


@CASES
def test_apps_equal_the_oracle(case: int) -> None:
    """Who serves them, what they are and when they were born exactly; audiences to float32's 1e-6."""
    before, _, world = weeks()[case]
    after = world.developers_after
    output = oracle.output(world, after["stage"].tolist())
    expected = oracle.apps(world, before, oracle.see(world, before.week), after["builder"].tolist(), output)
    for name in ("lab", "kind", "born"):
        assert world.apps_after[name].tolist() == [int(x) for x in expected[name]]
    assert world.apps_after["audience"] == pytest.approx([float(x) for x in expected["audience"]], rel=1e-6)


@CASES
def test_enterprises_equal_the_oracle(case: int) -> None:
    """Stages and labs exactly; seats and enabled applications to rounding; tasks per event to float32's sums."""
    before, _, world = weeks()[case]
    output = oracle.output(world, world.developers_after["stage"].tolist())
    spread, wanted = world.parameters.enterprises.seat_value_sd, []
    for lab, found in enumerate(offers_by_the_month(case)):
        wanted.append(menus.above(found.seat, menus.seat_worth(world, before.congestion, lab), spread))
    expected = oracle.enterprises(world, before, oracle.see(world, before.week), output, wanted)
    for name in ("stage", "lab", "seat_lab"):
        assert world.enterprises_after[name].tolist() == [int(x) for x in expected[name]]
    for name in ("seats", "enabled"):
        assert world.enterprises_after[name] == pytest.approx(expected[name], rel=ROUNDING, abs=1e-9)
    for row, tasks in oracle.enabled_tasks(world, before.week % 4, world.enterprises_after["enabled"].tolist()).items():
        assert world.graph_tasks[row] == pytest.approx(tasks, rel=SINGLE, abs=1e-12)


def columns(table: Any) -> dict[str, Any]:
    """Columns as lists of scalars; float32 stays float32."""
    return {name: list(array) if array.dtype == np.float32 else array.tolist() for name, array in table.items()}


@cache
def rows(case: int) -> dict[str, dict[str, Any]]:
    """Columns after the week's adoption; nothing moves rows later in the week."""
    *_, world = weeks()[case]
    tables = {"developers": world.developers_after, "apps": world.apps_after, "enterprises": world.enterprises_after}
    return {name: columns(table) for name, table in tables.items()}


@cache
def metered_by_hand(case: int) -> Any:
    """Metered work of the week by the oracle, from the rows after adoption."""
    _, before, world = weeks()[case]
    return metered.asked(world, before, rows(case), world.graph_tasks)


@cache
def demand_by_hand(case: int) -> Any:
    """Tasks of the week by the oracle from the rows after adoption, and what they come to in tokens and work."""
    before, _, world = weeks()[case]
    seen = oracle.see(world, before.week)
    users = {name: world.users_after[name].tolist() for name in ("app", "paid")}
    grades = [menus.grades(found) for found in offers_by_the_month(case)]
    requests = oracle.chat_requests(world, before, seen, users, grades)
    today = world.clock.date_of(before.week)
    open_ = {
        name: [
            any(world.catalogue.available[i]) and day is not None and day <= today
            for i, day in enumerate(getattr(lab.profile, field) for lab in world.labs)
        ]
        for name, field in (("search", "search_date"), ("messenger", "messenger_date"))
    }
    asked = traffic.people_tasks(world, requests, world.rollout, open_, rows(case))
    for lab, tasks in enumerate(metered_by_hand(case).tasks):
        for name, amount in zip(metered.classes(world), tasks, strict=True):
            asked[lab][world.constants.index.of[name]] = amount
    whole = traffic.counted(world, asked)
    return whole, *traffic.demanded(world, whole)


def cells(array: Any) -> dict[tuple[int, ...], int]:
    """An integer array as a dictionary by cell."""
    return {tuple(int(i) for i in cell): int(array[cell]) for cell in np.ndindex(array.shape)}


@CASES
def test_tasks_calls_and_tokens_asked_equal_the_oracle_to_the_last_one(case: int) -> None:
    """All tasks of a lab's workload to rounding; then, from the very same whole tasks, every count exactly."""
    *_, world = weeks()[case]
    tasks, whole, work = demand_by_hand(case)
    of, surfaces = world.constants.index.of, ("search", "messenger")  # where not every query gets an answer
    run = [w for name, w in of.items() if name not in surfaces]
    assert world.demanded.tasks[:, run].sum(axis=2).tolist() == [[row[w] for w in run] for row in tasks]
    for field, expected in whole.items():
        assert cells(getattr(world.demanded, field)) == expected
    assert world.demanded.work.ravel() == pytest.approx([work[c] for c in traffic.every(world)], rel=ROUNDING)


@CASES
def test_the_order_of_rationing_equals_the_oracle_where_a_lab_has_just_reviewed_it(case: int) -> None:
    before, _, world = weeks()[case]
    weeks_between = world.parameters.labs.policy_weeks
    reviewed = [i for i in range(len(world.labs)) if (before.week + i) % weeks_between == 0]
    assert reviewed
    for lab in reviewed:
        if world.catalogue.available[lab].any():
            assert world.ranks[lab].tolist() == traffic.ranks(world, lab)


@CASES
def test_what_is_served_kept_and_lost_equals_the_oracle_to_the_last_token(case: int) -> None:
    """Fractions to rounding; then, from the very same fractions, every whole number exactly."""
    before, _, world = weeks()[case]
    _, whole, work = demand_by_hand(case)
    everything = {c: work[c] + float(before.backlog.work[c]) for c in traffic.every(world)}
    capacity = [hours * world.parameters.labs.target_utilisation for hours in before.serving_hours]
    found = traffic.served_shares(world, everything, capacity, before.committed_hours)
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


@CASES
def test_what_contracts_reserve_follows_what_was_used(case: int) -> None:
    before, _, world = weeks()[case]
    for (lab, w), found in np.ndenumerate(world.committed_hours):
        share = list(world.parameters.workload.values())[w].committed_share
        used = sum(world.outcome.used_hours[lab, w].tolist())
        expected = before.committed_hours[lab][w]
        expected += (share * used - expected) / oracle.WEEKS_PER_YEAR
        assert found == pytest.approx(expected, rel=ROUNDING, abs=1e-12)


# metered work ---------------------------------------------------------------------------------------------------------


@CASES
def test_list_prices_and_shadow_prices_equal_the_oracle(case: int) -> None:
    _, before, world = weeks()[case]
    prices = metered.list_prices(world, before, world.catalogue, world.software)
    assert world.catalogue.price == pytest.approx(np.array(prices), rel=ROUNDING)
    shadow = [metered.shadow_price(world, before, lab) for lab in range(len(world.labs))]
    assert world.shadow_price == pytest.approx(shadow, rel=ROUNDING, abs=1e-12)


@cache
def used_by_hand(case: int) -> Any:
    """Models as customers have them this week, by the oracle."""
    _, before, world = weeks()[case]
    return metered.used_models(world, before, world.catalogue)


@CASES
def test_customers_move_to_new_models_as_the_oracle_says(case: int) -> None:
    *_, world = weeks()[case]
    expected = used_by_hand(case)
    for name in ("price", "flop", "capability", "window", "ceiling"):
        found = getattr(world.used, name)
        assert found == pytest.approx(np.array([[m[name] for m in row] for row in expected]), rel=ROUNDING, abs=1e-12)
    assert np.array_equal(world.used.available, world.catalogue.available)
    hours = [[metered.hours_per_mtok(world, m["flop"], world.software) for m in row] for row in expected]
    assert world.hours_per_mtok == pytest.approx(np.array(hours), rel=ROUNDING)


@cache
def offers_by_hand(case: int) -> list[Any]:
    """The offer to each class of metered work, by the oracle."""
    _, before, world = weeks()[case]
    return [metered.offer(world, before, used_by_hand(case), c) for c in range(len(metered.classes(world)))]


@CASES
def test_offers_and_how_customers_choose_among_them_equal_the_oracle(case: int) -> None:
    """The nested logit over labs, bins and tiers, and what an average task costs with each lab."""
    *_, world = weeks()[case]
    found = world.metered.offer
    for c, expected in enumerate(offers_by_hand(case)):
        assert found.tier_share[c].swapaxes(0, 1) == pytest.approx(
            np.array(expected.tier_share), rel=ROUNDING, abs=1e-15
        )
        assert found.bin_share[c] == pytest.approx(np.array(expected.bin_share), rel=ROUNDING, abs=1e-15)
        assert found.worth[c] == pytest.approx(expected.worth, rel=ROUNDING, abs=1e-12)
        assert found.lab_share[c] == pytest.approx(expected.lab_share, rel=ROUNDING, abs=1e-15)
        assert found.class_worth[c] == pytest.approx(expected.class_worth, rel=ROUNDING, abs=1e-12)
        assert world.metered.usd_per_task[c] == pytest.approx(expected.usd_per_task, rel=ROUNDING)


@CASES
def test_plans_of_metered_work_equal_the_oracle(case: int) -> None:
    """Whole tokens of a task exactly; work, success and what models can do to rounding."""
    *_, world = weeks()[case]
    plans, of = world.plans, world.constants.index.of
    for name, expected in zip(metered.classes(world), offers_by_hand(case), strict=True):
        for lab, b, t in np.ndindex(len(world.labs), metered.BINS, metered.TIERS):
            way = expected.done[lab][b][t]
            assert plans.tokens[lab, of[name], t, b].tolist() == way.tokens
            assert plans.work[lab, of[name], t, b] == pytest.approx(way.work, rel=ROUNDING)
        assert plans.runs[:, of[name]] == pytest.approx(expected.runs, rel=ROUNDING)
        for lab, bins in enumerate(expected.bin_share):
            shares = zip(bins, expected.tier_share[lab], expected.done[lab], strict=True)
            mean = sum(b * s * w.success for b, tiers, ways in shares for s, w in zip(tiers, ways, strict=True))
            assert plans.success[lab, of[name]] == pytest.approx(mean, rel=ROUNDING)


@CASES
def test_what_is_worth_running_equals_the_oracle(case: int) -> None:
    """The horizon, cut-offs and their targets."""
    _, before, world = weeks()[case]
    hours = metered.leading_horizon(world, before, used_by_hand(case))
    assert world.metered.horizon == pytest.approx(hours, rel=ROUNDING)
    for c, expected in enumerate(offers_by_hand(case)):
        assert world.metered.cutoff_target[c] == pytest.approx(expected.target, rel=ROUNDING, abs=1e-12)
        cutoff = metered.next_cutoff(world, before, c, expected.target, hours)
        assert world.metered.cutoff[c] == pytest.approx(cutoff, rel=ROUNDING, abs=1e-12)


@CASES
def test_who_asks_for_metered_work_within_budgets_and_wages_equals_the_oracle(case: int) -> None:
    """Tasks of each class and of each organisation, what the work is worth, and what part of the wage bill it takes."""
    *_, world = weeks()[case]
    expected, rows_of = metered_by_hand(case), world.constants.application_rows
    assert world.metered.tasks == pytest.approx([sum(column) for column in zip(*expected.tasks, strict=True)], rel=1e-9)
    assert world.flows == pytest.approx(np.array(expected.flows), rel=ROUNDING)
    assert world.metered.worth == pytest.approx(expected.worth, rel=ROUNDING)
    assert world.metered.share_of_reach == pytest.approx(expected.share_of_reach, rel=ROUNDING)
    assert world.large_share[:, rows_of] == pytest.approx(np.array(expected.large_share), rel=ROUNDING)


@CASES
def test_budgets_outputs_reputations_and_shares_of_the_market_equal_the_oracle(case: int) -> None:
    _, before, world = weeks()[case]
    budgets, coding = metered.granted(world, before, rows(case)["enterprises"], metered_by_hand(case))
    assert world.enterprises_after["budget"] == pytest.approx(budgets, rel=ROUNDING)
    assert world.metered.coding_budget == pytest.approx(coding, rel=ROUNDING)
    outputs = metered.outputs(world, before, rows(case)["enterprises"], metered_by_hand(case))
    was = np.array(before.outputs)  # the small changes of a week, to the rounding of their sums with one
    assert world.enterprises_after["output"] / was - 1.0 == pytest.approx(outputs / was - 1.0, rel=1e-6, abs=1e-14)
    assert world.metered.reputation == pytest.approx(metered.reputations(world, before), rel=ROUNDING, abs=1e-12)
    assert world.metered.share == pytest.approx(metered.market_shares(world, before), rel=ROUNDING)


def releases(case: int) -> list[int]:
    """Labs that bring out a line of their own design: not their first models."""
    _, before, world = weeks()[case]
    catalogue, found = before.catalogue, []
    for lab, released in enumerate(world.catalogue.released.tolist()):
        before_all = catalogue.available[lab].all() and catalogue.generation[lab] >= 1
        sells = any(metered.sells(world, before.week, c, lab) for c in range(len(metered.classes(world))))
        if released == before.week and before_all and sells:
            found.append(lab)
    return found


def test_sizes_of_new_models_are_the_most_profitable_ones_by_the_oracle() -> None:
    """And no tier of a line can do more than its flagship. Lines of all labs are compared in the test below."""
    seen = []
    for case in range(len(WEEKS)):
        _, before, world = weeks()[case]
        for lab in releases(case):
            line = metered.designed(world, before, lab, metered.Frontier(world.frontier[lab], world.software))
            assert world.catalogue.flop[lab] == pytest.approx([tier.flop for tier in line], rel=ROUNDING)
            able = [min(tier.capability, line[0].capability) for tier in line]
            assert world.catalogue.capability[lab] == pytest.approx(able, rel=ROUNDING, abs=1e-12)
            seen.append(lab)
    assert seen


@pytest.mark.parametrize("week", [38, 59, 110])
def test_lines_that_labs_would_bring_out_before_a_week_equal_the_oracle(week: int) -> None:
    """Whether or not they do. In these weeks some keep a flagship's price and some do not: it is designed twice."""
    _, before, world = weeks()[WEEKS.index(week)]
    classes = range(len(metered.classes(world)))
    for lab, at, found in DESIGNS[WEEKS.index(week)]:
        if any(metered.sells(world, before.week, c, lab) for c in classes):
            line = metered.designed(world, before, lab, at)
            assert found.flop == pytest.approx([tier.flop for tier in line], rel=ROUNDING)
            assert found.capability == pytest.approx([tier.capability for tier in line], rel=ROUNDING, abs=1e-12)


def test_the_profit_of_every_candidate_equals_the_oracle() -> None:
    """Of every lab and tier after the last week: as if each released a line today, its other tiers as they are."""
    world = last_world()
    before = metered.look(world)
    classes = range(len(metered.classes(world)))
    tasks = tasks_today(world).of(world.constants.metered_rows)
    sellers = [i for i in range(len(world.labs)) if any(metered.sells(world, before.week, c, i) for c in classes)]
    for lab in sellers:
        now = [getattr(world.catalogue, name)[lab] for name in metered.Tier._fields]
        line, at = list(map(metered.Tier, *now)), metered.Frontier(world.labs[lab].frontier, world.exogenous.software)
        for tier in range(metered.TIERS):
            options = metered.considered(world, before, lab, line, tier, at)
            flop, capability, price = (np.array(values) for values in zip(*options, strict=True))
            asked = product_line._asked(world, lab, flop, world.catalogue.price[lab, tier])
            assert asked == pytest.approx(price, rel=ROUNDING)
            given = Sizes(*now[:2]), now[2]
            found = product_line._profit(world, lab, tier, tasks, Sizes(flop, capability), asked, *given)
            lines = [[*line[:tier], option, *line[tier + 1 :]] for option in options]
            assert found == pytest.approx(
                [metered.profit(world, before, lab, one, at.software) for one in lines], rel=1e-9
            )
    assert len(sellers) > 3


def test_the_weeks_compared_hold_what_there_is_to_compare_of_metered_work() -> None:
    """Releases, reviews that move prices, scarcity, budgets, growth, and cut-offs that fall and that rise."""
    seen: set[str] = set()
    for case in range(len(WEEKS)):
        _, before, world = weeks()[case]
        was, now = before.catalogue.price, world.catalogue.price
        fresh = (world.catalogue.released == before.week)[:, None]
        seen |= {"release"} if releases(case) else set()
        seen |= {"price at a release"} if ((now != was) & fresh & before.catalogue.available).any() else set()
        seen |= {"price at a review"} if ((now != was) & ~fresh).any() else set()
        seen |= {"upgrade"} if (np.abs(world.used.capability - world.catalogue.capability) > 0.1).any() else set()
        seen |= {"shadow price"} if max(world.shadow_price) > 0.1 else set()
        seen |= {"scarcity"} if (world.outcome.fraction[:, world.constants.metered_rows] < 0.9).any() else set()
        down = world.metered.cutoff_target < world.metered.cutoff
        seen |= {"integration" if x else "withdrawal" for x in down.tolist()}
        firms = world.enterprises_after
        wanted = metered.unbound_flows(world, before, rows(case)["enterprises"], world.graph_tasks)
        parts = [sum(f) / sum(w) for f, w in zip(world.flows.tolist(), wanted, strict=True) if sum(w) > 0.0]
        seen |= {"budget binds" if part < 0.9 else "budget is ample" for part in parts}
        large = len(firms["lab"]) - world.parameters.scale.firms
        seen |= {"firms buy"} if (firms["lab"][large:] >= 0).any() and world.flows[large:].any() else set()
        seen |= {"contracts"} if world.committed_hours.any() else set()
        seen |= {"growth"} if np.any(firms["output"] / before.outputs > 1.0 + 1e-9) else set()
    assert seen == {
        "release", "price at a release", "price at a review", "upgrade", "shadow price", "scarcity", "integration",
        "withdrawal", "budget binds", "budget is ample", "firms buy", "contracts",
        "growth",
    }  # fmt: skip


def test_the_weeks_compared_hold_what_there_is_to_compare() -> None:
    """Joining, leaving, switching, new and dead apps, every stage, rationing, backlog and hidden tokens all occur."""
    moves: set[str] = set()
    for before, _, world in weeks():
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
