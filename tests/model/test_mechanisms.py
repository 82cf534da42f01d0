"""Each of the thirteen switches changes what its gloss says, and leaves the draws of all decisions alone."""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.developers import AGENT
from agents.streams import Streams
from model import InferenceMarket, Scenario
from model.parameters import Mechanisms

TINY_USERS = 800
TINY = {"scale.users": TINY_USERS, "scale.developers": 300, "scale.enterprises": 8, "scale.applications_mean": 300.0}
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
        serving = [lab.serving_share for lab in market.labs]
        notes.append((serving, market.world.enterprises.columns.stage.copy(), market.world.users.columns.app.copy()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Streams, "uniform", note)
        market = InferenceMarket(Scenario.load("baseline").replace({**TINY, **changes}), rng=7)
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


def test_rebound_off_lets_workloads_decide_at_entry_prices() -> None:
    on, off = run(), run("rebound")
    sold = off.market.world.catalogue.available
    assert (off.market.world.catalogue.price[sold] < off.market.world.catalogue.entry_price[sold]).any()
    metered = off.market.world.constants.metered
    assert off.market.world.plans.runs[0, metered].mean() < on.market.world.plans.runs[0, metered].mean()
    assert off.series("tokens_served", segment="api")[-1] < on.series("tokens_served", segment="api")[-1]


def test_efficiency_off_freezes_software_and_hardware() -> None:
    on, off = run().market, run("efficiency").market
    base = off.parameters.labs.gpt4_gpu_hours_per_mtok
    assert np.array_equal(off.world.hours_per_mtok, base * off.world.catalogue.flop)
    assert (on.world.hours_per_mtok < 0.5 * base * on.world.catalogue.flop).all()
    assert off.world.technology.chip_price_usd == off.parameters.hyperscalers.chip_price_at_start_usd
    assert on.world.technology.chip_price_usd < 0.8 * on.parameters.hyperscalers.chip_price_at_start_usd


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
    assert (
        off.market.world.fleet.on_order.sum() < 0.2 * on.market.world.fleet.on_order.sum()
    )  # what is ordered is delivered
