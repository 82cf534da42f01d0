"""Each of the nineteen switches changes what its gloss says, and leaves the draws of all decisions alone."""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.developers import AGENT
from agents.model_sizes import FIRST_SIZES
from agents.streams import Streams
from agents.units import WEEKS_PER_YEAR
from model import InferenceMarket, Scenario
from model.metered import faced_prices
from model.parameters import Mechanisms
from model.traffic import of_organisations
from tests.model.states import CHEAP, TINY

ENTRY = CHEAP | {"developers.entry_usd_per_app_year": 100.0}
"""So cheap that one of a few rows starts an app now and then."""
UNTIL = "2024-06-30"
REASONING = "2025-12-31"  # models that reason come out before

DRAWN_BY = {
    "consumer_adoption": {"users.app"},
    "developer_apps": {"apps.birth"},
    "enterprise_adoption": {"enterprises.stage"},
}
"""Decisions that a switch takes away altogether; all others draw on."""

Draws = dict[tuple[str, int], NDArray[np.float32]]


@dataclass(frozen=True)
class Run:
    """A market after its run, the draws of its decisions, and rows noted after every week."""

    market: InferenceMarket
    draws: Draws
    serving: NDArray[np.float64]
    stages: NDArray[np.int8]
    apps: NDArray[np.int8]
    bills: NDArray[np.float64]
    budgets: NDArray[np.float64]

    def series(self, observable: str, entity: str = "market", segment: str = "all") -> NDArray[np.float64]:
        """One observable over the weeks."""
        return self.market.observables.series(observable, entity, segment)


@functools.cache
def run(off: str = "", until: str = UNTIL) -> Run:
    """Run with one mechanism off (or none)."""
    draws: Draws = {}
    draw = Streams.uniform

    def note(self: Streams, decision: str, week: int, size: Any) -> NDArray[np.float32]:
        found = draw(self, decision, week, size)
        draws[decision, week] = found.copy()
        return found

    changes = {f"mechanisms.{off}": False} if off else {}
    notes: list[tuple[Any, ...]] = []

    def look(market: InferenceMarket) -> None:
        world, columns = market.world, market.world.enterprises.columns
        serving = [lab.serving_share for lab in market.labs]
        usd = world.metered.usd_per_task[world.constants.metered_of["applications"]]
        bills = of_organisations(world, usd.T) * WEEKS_PER_YEAR
        rows = columns.stage, world.users.columns.app, bills, columns.budget
        notes.append((serving, *(values.copy() for values in rows)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Streams, "uniform", note)
        market = InferenceMarket(Scenario.load("baseline").replace({**TINY, **ENTRY, **changes}), rng=7)
        look(market)
        market.run(until, progress=look)
    return Run(market, draws, *(np.array(column) for column in zip(*notes, strict=True)))


@pytest.mark.parametrize("switch", Mechanisms.model_fields)
def test_a_switch_changes_the_outcome_and_leaves_the_draws_of_all_decisions_as_they_are(switch: str) -> None:
    """A decision that both runs make draws the same numbers: row by row, whatever the runs did with them.

    Where one of them asks for fewer rows the first ones are the same, for draws are prefix-stable in the row.
    """
    on, off = run().draws, run(switch).draws
    taken_away = {decision for decision, week in on.keys() - off.keys() if week >= 0}
    assert taken_away == DRAWN_BY.get(switch, set())
    assert off.keys() <= on.keys()
    for key in off:
        rows = min(len(on[key]), len(off[key]))
        assert np.array_equal(on[key][:rows], off[key][:rows]), key
    until = REASONING if switch == "thinking_effort" else UNTIL  # and yet the outcome differs
    values = run("", until).market.observables.values, run(switch, until).market.observables.values
    assert not np.array_equal(values[0], values[1], equal_nan=True)


def test_training_split_off_keeps_every_lab_s_serving_share() -> None:
    assert np.ptp(run("training_split").serving, axis=0).max() == 0.0
    assert np.ptp(run().serving, axis=0).max() > 0.05


def test_thinking_effort_off_leaves_no_hidden_token() -> None:
    on, off = run("", REASONING), run("thinking_effort", REASONING)
    assert off.series("tokens_by_kind", segment="hidden").max() == 0.0
    assert off.market.world.catalogue.ceiling.max() == 0.0
    assert on.series("tokens_by_kind", segment="hidden").max() > 0.0


def test_consumer_adoption_off_freezes_who_uses_chat() -> None:
    apps = run("consumer_adoption").apps
    assert (apps == apps[0]).all()
    assert (run().apps[-1] >= 0).sum() > 2 * (apps[0] >= 0).sum()


def test_developer_apps_off_lets_no_new_one_appear() -> None:
    off = run("developer_apps")
    assert off.market.world.apps.born[off.market.world.apps.lab >= 0].max(initial=0) <= 0
    assert run().series("apps", segment="developer")[-1] > off.series("apps", segment="developer")[-1]


def test_agents_off_leaves_no_token_of_an_agent_and_nobody_who_hands_tasks_over() -> None:
    off = run("agents", REASONING)
    assert off.series("tokens_served", segment="agent").max() == 0.0
    assert (off.market.world.developers.columns.stage == AGENT).sum() == 0
    assert run("", REASONING).series("tokens_served", segment="agent")[-1] > 0.0
    assert off.series("tokens_served", segment="api")[-1] > 0.0  # single calls stay


def test_agents_off_leaves_no_agent_work_that_budgets_or_labs_count() -> None:
    """Work that nobody asks for costs nobody anything: bills of organisations are those of the tasks asked for."""
    for off in ("", "agents"):
        world = run(off, REASONING).market.world
        k = world.constants
        assert (world.metered.tasks[k.agentic] > 0.0).all() == (off == "")
        kinds = k.agentic[k.metered_of["applications"]]
        assert bool(world.application_flows[:, kinds].any()) == (off == "")
        assert world.application_flows[:, ~kinds].any()


def test_rebound_off_lets_customers_decide_at_entry_prices_and_labs_as_if_nothing_were_scarce() -> None:
    for off, doubled in (("", 2.0), ("rebound", 1.0)):
        world = run(off).market.branch().world
        k, catalogue = world.constants, world.catalogue
        assert (catalogue.price < catalogue.entry_price)[catalogue.available].any()
        price = catalogue.entry_price if off else world.used.price
        _, _, output = faced_prices(world)
        paid = price.ravel() * (1.0 - k.discount[k.metered_rows, None]) * 1e-6
        np.testing.assert_allclose(output[k.metered_rows], paid, rtol=1e-12)
        for lab in world.labs:
            lab.scarcity *= 2.0
        np.testing.assert_allclose(faced_prices(world)[2][k.routed_rows], doubled * output[k.routed_rows], rtol=1e-12)


@pytest.mark.parametrize("off", ["", "rebound"])
def test_a_task_costs_its_payer_what_its_lab_is_paid(off: str) -> None:
    """Whatever prices customers decide by, budgets and ranks count what they pay, also where a lab charges less."""
    market = run(off).market.branch(changes={"lab.openai.price_factor": 0.5})
    for _ in range(8):  # until what was asked for before the cut, and waited, is done
        market.step()
    world = market.world
    rows = world.constants.metered_rows
    tasks = world.outcome.served.tasks.sum(axis=2)[:, rows]
    many = tasks > 10_000
    assert many.sum() > 5
    np.testing.assert_allclose(
        (world.revenue[:, rows] / np.maximum(tasks, 1))[many], world.metered.usd_per_task.T[many], rtol=0.02
    )


def test_rebound_off_keeps_cheaper_tokens_from_being_used_more() -> None:
    on, off = (run(switch, REASONING).series("tokens_served", segment="api")[-1] for switch in ("", "rebound"))
    assert 0.0 < off < 0.9 * on


def test_rebound_off_lets_no_task_grow_harder() -> None:
    assert run("rebound").market.world.ambition.max() == 0.0
    assert run().market.world.ambition.max() > 0.0


def test_efficiency_off_freezes_software_and_hardware() -> None:
    on, off = run().market, run("efficiency").market
    least = off.parameters.labs.least_size
    base, sizes = off.parameters.labs.gpt4_gpu_hours_per_mtok, [m.world.used.flop + least for m in (on, off)]
    np.testing.assert_allclose(off.world.hours_per_mtok, base * sizes[1], rtol=1e-12)
    assert (on.world.hours_per_mtok < 0.5 * base * sizes[0]).all()
    assert off.world.technology.chip_cost_usd == off.parameters.suppliers.chip_cost_usd
    assert off.world.technology.h100e_per_wafer == off.parameters.suppliers.h100e_per_wafer
    assert on.world.technology.chip_cost_usd < 0.8 * on.parameters.suppliers.chip_cost_usd


def test_enterprise_adoption_off_freezes_their_stages() -> None:
    stages = run("enterprise_adoption").stages
    assert (stages == stages[0]).all()
    assert run().stages[-1].sum() > stages[0].sum()


def test_sticky_prices_off_revises_them_every_week() -> None:
    def weeks_of_change(prices: NDArray[np.float64]) -> float:
        sold = prices[np.flatnonzero(prices)[0] :]
        return float((np.diff(sold) != 0.0).mean())

    on, off = (each.series("price_list", "openai", "standard") for each in (run(), run("sticky_prices")))
    assert weeks_of_change(on) < 0.25
    assert weeks_of_change(off) > 0.75


def test_cascades_off_lets_events_touch_only_where_they_start() -> None:
    np.testing.assert_allclose(run("cascades").series("amplification", segment="enterprise"), 1.0, rtol=1e-5)  # float32
    assert run().series("amplification", segment="enterprise").min() > 1.5


def test_coding_recursion_off_leaves_productivity_at_one() -> None:
    assert (run("coding_recursion").series("productivity", segment="developer") == 1.0).all()
    assert run().series("productivity", segment="developer")[-1] > 1.0


def test_consulting_flywheel_off_leaves_no_implementers_and_no_urgency_that_anybody_feels() -> None:
    on, off = run(), run("consulting_flywheel")
    assert (off.series("implementers", segment="enterprise") == 1.0).all()
    assert on.series("implementers", segment="enterprise").max() > 1.0
    assert on.series("urgency", segment="enterprise").max() > 0.0
    assert off.stages[-1].sum() <= on.stages[-1].sum()


def test_supply_limits_off_lets_chips_power_and_capital_never_bind() -> None:
    on, off = run(), run("supply_limits")
    assert off.series("chips_without_power").max() == 0.0
    assert off.series("live_compute")[-1] == pytest.approx(off.market.world.fleet.operating.sum())
    assert off.series("live_compute")[-1] > on.series("live_compute")[-1]
    booked = [each.market.world.chip_book.waiting.sum() for each in (on, off)]
    assert booked[1] < 0.2 * booked[0]  # what is ordered is delivered


def test_budgets_off_lets_organisations_spend_more_than_they_granted() -> None:
    """No week's bill is larger than the budget that was granted before it, unless budgets are off."""
    within = [np.divide(each.bills[1:], each.budgets[:-1]).max() for each in (run(), run("budgets"))]
    assert 0.5 < within[0] <= 1.0
    assert within[1] > 1.5


def test_reputation_off_leaves_labs_without_any() -> None:
    assert (run("reputation").market.world.metered.reputation == 0.0).all()
    assert np.abs(run().market.world.metered.reputation).max() > 0.01


def test_commitments_off_lets_a_short_lab_serve_contracts_like_all_else() -> None:
    """OpenAI is left with half as many GPU-hours again as its contracts take."""
    world, least = run().market.world, {}
    hours = np.minimum(world.outcome.need_hours[0].sum(axis=1), world.committed_hours[0]).sum()
    left = 1.5 * float(hours / world.capacity_hours[0])
    for commitments in (True, False):
        changes = {"lab.openai.capacity_factor": left, "mechanisms.commitments": commitments}
        market = run().market.branch(changes=changes)
        held = market.world.committed_hours[0]
        market.step()
        outcome = market.world.outcome
        need, used = (each[0].sum(axis=1) for each in (outcome.need_hours, outcome.used_hours))
        promised = np.minimum(need, held)
        assert promised.sum() < market.world.capacity_hours[0] < need.sum()
        some = promised > 0.0
        least[commitments] = (used[some] / promised[some]).min()
    assert least[True] >= 1.0 - 1e-9
    assert least[False] < 0.5


def test_free_entry_off_lets_apps_start_whatever_they_could_sell() -> None:
    def started(free_entry: bool, usd_per_year: float) -> int:
        changes = {"mechanisms.free_entry": free_entry, "developers.entry_usd_per_app_year": usd_per_year}
        market = run().market.branch(changes=changes)
        market.run("2025-06-29")
        apps = market.world.apps
        return int((apps.born[apps.lab >= 0] >= run().market.clock.week).sum())

    steady = started(False, 1e6)
    assert started(True, 1e6) < steady == started(False, 100.0) < started(True, 100.0)


def test_product_line_off_keeps_the_usual_distances_of_sizes() -> None:
    usual = 10.0 ** np.subtract(FIRST_SIZES[1:], FIRST_SIZES[0])
    chosen = []
    for off in ("", "product_line"):
        catalogue = run(off).market.world.catalogue
        later = catalogue.generation > 1
        assert later.any()
        chosen.append((catalogue.flop[:, 1:] / catalogue.flop[:, :1])[later] / usual)
    np.testing.assert_allclose(chosen[1], 1.0, rtol=1e-9)
    assert np.abs(np.log(chosen[0])).max() > 0.1


def test_menus_off_leaves_one_plan_seats_and_completion_at_constant_prices_without_limits() -> None:
    p, prices, limits = run("menus").market.parameters, [], []
    for off in ("", "menus"):
        menus, series = run(off).market.world.menus, run(off).series
        regular = series("plan_price", "openai", "regular"), series("plan_price", "openai", "completion")
        prices.append((*regular, series("plan_price", "openai", "seat"), menus.offered.sum(axis=1).max()))
        limits.append(series("plan_allowance", "openai", "regular").min())
    decided, constant = prices
    assert all((series > 0.0).all() for series in decided[:3])
    assert any(len(set(series.tolist())) > 1 for series in decided[:3])  # some price moved
    expected = p.consumers.subscription_usd_per_month, p.labs.coding_usd_per_month, p.labs.seat_usd_per_month
    assert all((series == usd).all() for series, usd in zip(constant[:3], expected, strict=True))
    assert constant[3] == 1
    assert limits[0] < 1.0 == limits[1]
