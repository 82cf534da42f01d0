"""Treatments: each changes what it says, from the Monday on, relative to what was in force."""

import pytest

from model import InferenceMarket, JevonsError, Scenario
from runs.experiments.registry import claims
from runs.experiments.shocks import (
    both,
    budget_cut,
    capacity_step,
    changed,
    efficiency_jump,
    fixed,
    held,
    like,
    price_cut,
    release_jump,
    scaled,
)
from tests.runs.experiments.small import small_pairs

BASE = Scenario.load("baseline", scale="small")


def value(scenario: Scenario, path: str, day: str = "2028-12-31") -> float:
    """Return a parameter in force on a day."""
    return float(scenario.parameters_at(day).flat()[path])


def test_a_shock_holds_from_the_monday_on_or_after_its_day() -> None:
    shocked = changed("2025-07-01", {"demand.hurdle": 0.3})(BASE)
    assert value(shocked, "demand.hurdle", "2025-07-06") == value(BASE, "demand.hurdle")
    assert value(shocked, "demand.hurdle", "2025-07-07") == 0.3


def test_a_price_cut_halves_what_one_lab_charges_or_all() -> None:
    one = price_cut("2025-07-07", 0.5, "openai")(BASE)
    assert value(one, "lab.openai.price_factor") == 0.5
    assert value(one, "lab.google.price_factor") == 1.0
    every = price_cut("2025-07-07", 0.5)(BASE)
    assert {value(every, f"lab.{name}.price_factor") for name in BASE.parameters.lab} == {0.5}
    assert value(every, "lab.openai.price_factor", "2025-07-06") == 1.0
    with pytest.raises(JevonsError, match="no such lab"):
        price_cut("2025-10-06", 0.5, "nobody")(BASE)


def test_a_cut_beyond_bounds_is_refused() -> None:
    with pytest.raises(JevonsError, match="price_factor"):
        price_cut("2025-07-07", 0.01)(BASE)


def test_two_cuts_one_after_the_other_multiply() -> None:
    twice = both(price_cut("2025-07-07", 0.5), price_cut("2025-08-04", 0.5))(BASE)
    assert value(twice, "lab.meta.price_factor") == 0.25


def test_customers_pay_the_cut_price_of_models_that_are_not_repriced() -> None:
    """Two weeks after a cut by half what is paid for a token is half, tokens of the first week being much the same."""
    (pair,) = small_pairs(1)
    held_on, cut_on = "2023-06-05", "2023-07-03"
    arms = (held(held_on), both(held(held_on), price_cut(cut_on, 0.5)))
    kept, cut = (InferenceMarket(arm(pair.base), rng=pair.seed).run("2023-07-16") for arm in arms)
    for lab in ("openai", "anthropic"):
        old, new = (one.observables.series("price_list", lab, "standard") for one in (kept, cut))
        assert len(set(old[-6:].tolist())) == 1, "list prices are held"
        assert new[-1] == 0.5 * old[-1] > 0.0
    old, new = (one.observables.series("price_paid", "market", "api") for one in (kept, cut))
    assert new[-3] == old[-3]
    assert new[-1] == pytest.approx(0.5 * old[-1], rel=0.15)


def test_a_capacity_step_moves_one_lab_or_all() -> None:
    one = capacity_step("2025-10-06", 2.0, "openai")(BASE)
    assert value(one, "lab.openai.capacity_factor") == 2.0
    assert value(one, "lab.google.capacity_factor") == 1.0
    assert value(capacity_step("2025-10-06")(BASE), "lab.google.capacity_factor") == 2.0
    with pytest.raises(JevonsError, match="no such lab"):
        capacity_step("2025-10-06", 2.0, "nobody")(BASE)


def test_a_release_jump_ends_and_leaves_everything_as_it_was() -> None:
    jump = release_jump("2025-07-07", weeks=13)(BASE)
    path = "labs.algorithmic_progress_per_year"
    assert value(jump, path, "2025-10-05") > value(BASE, path)
    assert jump.parameters_at("2025-10-06") == BASE.parameters


def test_efficiency_and_budget_change_what_they_name() -> None:
    path = "labs.gpt4_gpu_hours_per_mtok"
    assert value(efficiency_jump("2025-01-06", 4.0)(BASE), path) == pytest.approx(value(BASE, path) / 4.0)
    assert value(budget_cut("2026-01-05", 0.3)(BASE), "enterprises.budget_factor") == pytest.approx(0.7)


def test_scaling_stays_within_bounds_and_keeps_whole_numbers_whole() -> None:
    assert value(scaled(1e9, ("demand.hurdle",))(BASE), "demand.hurdle") == 0.8
    assert scaled(0.5, ("workload.code-agent.steps",))(BASE).parameters.flat()["workload.code-agent.steps"] == 15


def test_holding_leaves_switches_alone_that_it_does_not_name() -> None:
    then = held("2025-07-07", prices=False)(BASE).parameters_at("2025-07-07")
    assert not then.mechanisms.developer_apps
    assert then.mechanisms.supply_limits
    assert then.labs.price_reviews
    assert not held("2025-07-07")(BASE).parameters_at("2025-07-07").labs.price_reviews


def test_likeness_takes_over_a_scenario_of_the_model() -> None:
    assert like("power-squeeze")(BASE).changes == Scenario.load("power-squeeze").changes


@pytest.mark.parametrize("name", list(claims()))
def test_every_claims_arms_fit_the_market_with_its_mechanism_on_and_off(name: str) -> None:
    claim = claims()[name]
    assert claim.off(BASE) != BASE
    for arm, treatment in claim.arms.items():
        assert both(claim.off, treatment)(BASE).until == BASE.until
        assert claim.end(arm) <= BASE.until.isoformat()


def test_what_is_set_holds_from_the_first_week() -> None:
    assert value(fixed({"demand.hurdle": 0.2})(BASE), "demand.hurdle", "2023-01-02") == 0.2
