"""The laws of labs: research and releases, prices, the split of compute, and what they seek."""

import math
from datetime import date

import numpy as np
import pytest

from agents.catalogue import Catalogue
from agents.columns import ColumnModel
from agents.lab_parameters import LabParameters, LabProfile
from agents.labs import Lab
from agents.units import HOURS_PER_WEEK, WEEKS_PER_YEAR

EXACT = 1e-12


def parameters(**changed: float) -> LabParameters:
    """Round numbers for all that the tests read."""
    return LabParameters.model_validate(
        {
            "training_window_weeks": 20.0,
            "release_step": 0.5,
            "standard_gap": 0.25,
            "light_gap": 1.0,
            "standard_flop": 0.2,
            "light_flop": 0.05,
            "flop_exponent": 0.0,
            "thinking_onset": 1.0,
            "thinking_span": 2.0,
            "window_tokens": 8000.0,
            "window_growth": 1.0,
            "target_utilisation": 0.5,
            "markup_at_entry": 2.0,
            "markup_low": 1.1,
            "markup_high": 4.0,
            "load_response": 0.5,
            "rival_premium": 1.0,
            "rival_weight": 0.5,
            "price_speed": 0.5,
            "review_weeks": 13,
            "clearing_response": 0.5,
            "policy_weeks": 4,
            "research_weight": 1.0,
            "split_speed": 0.1,
            "imputed_return": 1.0,
            "headroom": 1.1,
            "forecast_weeks": 26.0,
            "forecast_memory_weeks": 10.0,
            "growth_cap_per_year": 4.0,
            "compute_income_share": 0.5,
            "runway_years": 2.0,
            "funding_multiple": 1.0,
            "contract_growth_per_review": 0.25,
            "contract_release_per_review": 0.1,
            "race_growth_per_year": 2.0,
            **changed,
        }
    )


def lab(index: int = 0, **profile: object) -> Lab:
    """A lab with 1,000 H100e, half of which serve, from 2 January 2023."""
    facts = LabProfile.model_validate(
        {
            "entry_date": date(2023, 1, 2),
            "capability_at_start": 0.2,
            "compute_at_start_h100e": 1000.0,
            "serving_share_at_start": 0.5,
            "capacity_factor": 1.0,
            "parent": "",
            "seed_funding_usd_per_year": 0.0,
            **profile,
        }
    )
    return Lab(ColumnModel(rng=1), index, "one", facts, np.array([1.0, 0.0]))


def catalogue() -> Catalogue:
    """Two labs with nothing on sale."""
    return Catalogue.empty(2)


def load_to(one: Lab, load: float, p: LabParameters) -> None:
    """Give the lab a demand of `load` times what it can comfortably serve."""
    one.need_hours = load * one.serving_hours * p.target_utilisation


# research -----------------------------------------------------------------------------------------------------------


def test_capability_grows_with_algorithms_alone_while_compute_stays() -> None:
    one, p = lab(), parameters()
    one.train(p, 0.3, 1.0)
    assert one.frontier == pytest.approx(0.5, rel=EXACT)


def test_ten_times_the_research_compute_is_one_capability_once_it_has_sunk_in() -> None:
    """After w windows of exponential memory 1 - exp(-w) of the rise has arrived: nearly all after 400 weeks."""
    one, p = lab(), parameters()
    one.contracts = one.contracts * 10.0
    one.train(p, 0.0, 1.0)
    assert one.frontier == pytest.approx(0.2 + math.log10(1.0 + 9.0 / 20.0), rel=EXACT)
    for _ in range(400):
        one.train(p, 0.0, 1.0)
    assert one.frontier == pytest.approx(1.2, abs=1e-6)  # exp(-20) is left


def test_productive_researchers_are_worth_compute() -> None:
    first, second = lab(), lab()
    first.contracts = first.contracts * 1.3
    first.train(parameters(), 0.0, 1.0)
    second.train(parameters(), 0.0, 1.3)
    assert first.frontier == pytest.approx(second.frontier, rel=EXACT)


def test_nothing_is_due_before_entry_and_something_on_the_day() -> None:
    one, p = lab(entry_date=date(2023, 3, 14)), parameters()
    assert not one.due(catalogue(), p, date(2023, 3, 13))
    assert one.due(catalogue(), p, date(2023, 3, 14))


def test_a_release_is_due_when_the_frontier_has_moved_a_step() -> None:
    """The flagship stands at 0.2, the step is 0.5."""
    one, p, sold = lab(), parameters(), catalogue()
    one.generation(p, 64.0, date(2023, 1, 2)).commit(sold, 0, week=0)
    for frontier, due in ((0.2, False), (0.69, False), (0.71, True)):
        one.frontier = frontier
        assert one.due(sold, p, date(2030, 1, 1)) == due


def test_the_first_flagship_waits_for_its_date_and_smaller_models_sell_before() -> None:
    """Entry with models a light gap behind; then nothing, however far research is; on the date all three tiers."""
    one, p, sold = lab(flagship_date=date(2023, 3, 14)), parameters(), catalogue()
    one.generation(p, 0.0, date(2023, 1, 2)).commit(sold, 0, week=0)
    assert sold.available[0].tolist() == [False, True, True]
    assert sold.capability[0] == pytest.approx([-0.8] * 3, rel=EXACT)
    one.frontier = 9.0
    assert not one.due(sold, p, date(2023, 3, 13))
    one.frontier = 0.2
    assert one.due(sold, p, date(2023, 3, 14))
    one.generation(p, 0.0, date(2023, 3, 14)).commit(sold, 0, week=10)
    assert sold.available[0].all()
    assert sold.capability[0] == pytest.approx([0.2, -0.05, -0.8], rel=EXACT)
    assert (sold.generation[0], sold.released[0]) == (2, 10)
    assert not sold.available[1].any()


@pytest.mark.parametrize(("frontier", "ceiling"), [(0.9, 0.0), (1.0, 0.0), (2.0, 16.0), (3.0, 64.0), (5.0, 64.0)])
def test_the_thinking_ceiling_is_released_with_capability(frontier: float, ceiling: float) -> None:
    """From onset 1 over a span of 2, as the square: half-way a quarter of 64."""
    one, p = lab(), parameters()
    one.frontier = frontier
    release = one.generation(p, 64.0, date(2025, 1, 6))
    assert release.ceiling == pytest.approx([ceiling] * 3, abs=1e-9)
    assert release.window == pytest.approx([8000.0 * 10.0**frontier] * 3, rel=1e-9)
    assert release.flop == pytest.approx([1.0, 0.2, 0.05], rel=EXACT)


# prices -------------------------------------------------------------------------------------------------------------


def test_labs_take_turns_to_review_and_each_does_so_once_a_cycle() -> None:
    p = parameters()
    for index in range(4):
        one = lab(index)
        assert sum(one.reviews_prices(p, week) for week in range(26, 39)) == 1
        assert sum(one.reviews_policy(p, week) for week in range(40, 44)) == 1
    assert lab(0).reviews_policy(p, 8) != lab(1).reviews_policy(p, 8)


def test_load_is_demand_over_comfortable_capacity() -> None:
    """1,000 H100e, half serve, at 0.5: 42,000 GPU-hours a week are comfortable; a factor of two doubles them."""
    p = parameters()
    for factor in (1.0, 2.0):
        one = lab(capacity_factor=factor)
        one.need_hours = 84_000.0
        assert one.load(p) == pytest.approx(2.0 / factor, rel=EXACT)


def test_the_markup_enters_then_settles_at_what_is_borne_which_rises_with_the_load() -> None:
    """Half-way in logs from 2 to 3 at a comfortable load; to 3 sqrt(2) at twice that; bounds 1.1 and 4."""
    p = parameters(markup_settled=3.0, markup_speed=0.5)
    one = lab()
    load_to(one, 5.0, p)
    one.review_markup(p)
    assert one.markup == 2.0
    load_to(one, 1.0, p)
    one.review_markup(p)
    assert one.markup == pytest.approx(math.sqrt(2.0 * 3.0), rel=EXACT)
    one.markup = 2.0
    load_to(one, 2.0, p)
    one.review_markup(p)
    assert one.markup == pytest.approx(math.sqrt(2.0 * 3.0 * math.sqrt(2.0)), rel=EXACT)
    for _ in range(9):
        one.review_markup(p)
    assert one.markup == 4.0
    one.need_hours, idle = 0.0, parameters(markup_settled=1.2, markup_speed=1.0)
    one.review_markup(idle)
    assert one.markup == 1.1  # 1.2 sqrt(0.1) is below the least


def test_a_lasting_comfortable_load_moves_no_settled_markup() -> None:
    p, one = parameters(markup_settled=3.0, markup_speed=0.5), lab()
    one.markup = 3.0
    load_to(one, 1.0, p)
    for _ in range(20):
        one.review_markup(p)
    assert one.markup == pytest.approx(3.0, rel=EXACT)


def test_a_lab_that_can_sell_all_it_has_matches_nobody() -> None:
    one, p, sold = lab(), parameters(), catalogue()
    one.markup = 2.0
    sold.available[:] = True
    sold.price[1] = 0.5
    load_to(one, 1.0, p)
    assert one.list_prices(sold, sold.available, np.full(3, 4.0), p, fresh=True) == pytest.approx([8.0] * 3, rel=EXACT)


@pytest.mark.parametrize(
    ("load", "price"), [(0.5, 8.0), (1.0, 8.0), (1.25, math.sqrt(8.0 * 18.0)), (1.5, 18.0), (9.0, 18.0)]
)
@pytest.mark.parametrize("fresh", [True, False])
def test_a_lab_that_cannot_fill_its_orders_cuts_no_price(load: float, price: float, fresh: bool) -> None:
    """Cost 4 x markup 2 = 8, and 18 so far: the cut is made at a load of one, half made at 1.25, not at 1.5.

    A price below the target rises however short the lab is.
    """
    one, p, sold = lab(), parameters(price_speed=1.0, price_step_limit=5.0, rival_weight=0.0), catalogue()
    one.markup = 2.0
    sold.available[0] = True
    sold.price[0] = 18.0
    load_to(one, load, p)
    assert one.list_prices(sold, sold.available, np.full(3, 4.0), p, fresh) == pytest.approx([price] * 3, rel=EXACT)
    sold.price[0] = 2.0
    assert one.list_prices(sold, sold.available, np.full(3, 4.0), p, fresh) == pytest.approx([8.0] * 3, rel=EXACT)


def test_a_tier_is_matched_with_rivals_of_the_same_tier_alone() -> None:
    """A rival's light model at a hundredth of the price pulls the light tier down, not the flagship."""
    one, p, sold = lab(), parameters(), catalogue()
    one.markup = 2.0
    sold.available[:] = True
    sold.price[1:] = 8.0
    sold.price[1, 2] = 6.0
    found = one.list_prices(sold, sold.available, np.full(3, 4.0), p, fresh=True)
    assert found == pytest.approx([8.0, 8.0, math.sqrt(8.0 * 6.0)], rel=EXACT)


def test_old_prices_are_sticky_and_fresh_ones_are_not() -> None:
    """Cost 4 x markup 2 = 8 for a fresh generation; half-way from 2 to 8 in logs is 4; a step of ln 1.5 stops at 3."""
    one, p, sold = lab(), parameters(price_step_limit=5.0), catalogue()
    one.markup = 2.0
    sold.available[0] = True
    sold.price[0] = 2.0
    cost = np.full(3, 4.0)
    assert one.list_prices(sold, sold.available, cost, p, fresh=True) == pytest.approx([8.0] * 3, rel=EXACT)
    assert one.list_prices(sold, sold.available, cost, p, fresh=False) == pytest.approx([4.0] * 3, rel=EXACT)
    p = parameters(price_step_limit=math.log(1.5))
    assert one.list_prices(sold, sold.available, cost, p, fresh=False) == pytest.approx([3.0] * 3, rel=EXACT)


def test_a_cheaper_rival_of_equal_quality_pulls_prices_down_but_never_below_the_smallest_markup() -> None:
    """A rival at 2 against 8 with free capacity: half-way in logs is 4, and 4.4 is the least at a cost of 4.

    Half a capability better bears sqrt(10) times the rival's price: sqrt(8 x 6.32) = 7.11.
    """
    one, p, sold = lab(), parameters(), catalogue()
    one.markup = 2.0
    sold.available[:] = True
    sold.capability[:] = 1.0
    sold.price[1] = 2.0
    assert one.list_prices(sold, sold.available, np.full(3, 4.0), p, fresh=True) == pytest.approx([4.4] * 3, rel=EXACT)
    sold.capability[0] = 1.5
    better = math.sqrt(8.0 * 2.0 * math.sqrt(10.0))
    assert one.list_prices(sold, sold.available, np.full(3, 4.0), p, fresh=True) == pytest.approx(
        [better] * 3, rel=EXACT
    )


def test_a_lab_that_sells_no_api_is_nobodys_rival() -> None:
    one, p, sold = lab(), parameters(), catalogue()
    one.markup = 2.0
    sold.available[:] = True
    sold.price[1] = 0.1
    on_api = sold.available.copy()
    on_api[1] = False
    sold.price[2:] = 1e5
    assert one.list_prices(sold, on_api, np.full(3, 4.0), p, fresh=True) == pytest.approx([8.0] * 3, rel=EXACT)


def test_routing_follows_scarcity_by_a_part_of_the_gap_and_never_beyond_nine() -> None:
    """Load 2 asks for 4: 0.3 of the way from 1 is 1.9; any load above 3 asks for 9."""
    one, p = lab(), parameters(scarcity_speed=0.3, target_utilisation=0.5)
    one.need_hours = 2.0 * one.serving_hours * 0.5
    one.review_scarcity(p)
    assert one.scarcity == pytest.approx(1.9, rel=EXACT)
    one.need_hours *= 100.0
    for _ in range(200):
        one.review_scarcity(p)
    assert one.scarcity == pytest.approx(9.0, rel=1e-6)  # 0.7^200 of the gap is left


def test_a_surface_starts_as_a_trial_and_spreads_only_where_queries_are_worth_answering() -> None:
    """From a trial of 1%: 0.01 + 0.2 x 0.5 x 0.8 x 0.01 x 0.99 covered after a week in which half the queries run."""
    one, p = lab(), parameters(surface_trial_share=0.01, surface_expansion_per_week=0.2)
    one.expand_surface(p, runs=0.5, served=0.8, age_weeks=2)
    assert one.rollout == pytest.approx(0.01 + 0.2 * 0.5 * 0.8 * 0.01 * 0.99, rel=EXACT)
    covered = one.rollout
    one.expand_surface(p, runs=0.0, served=1.0, age_weeks=2)
    assert one.rollout == covered


def test_coverage_of_a_surface_grows_in_the_weeks_after_a_release_alone() -> None:
    one, p = lab(), parameters(surface_trial_share=0.01, surface_expansion_per_week=0.2, surface_rollout_weeks=6)
    for age in range(30):
        before = max(one.rollout, 0.01)
        one.expand_surface(p, runs=0.5, served=1.0, age_weeks=age)
        assert (one.rollout > before) == (age < 6)


def test_dear_rivals_raise_nobodys_price() -> None:
    one, p, sold = lab(), parameters(), catalogue()
    one.markup = 2.0
    sold.available[:] = True
    sold.price[1] = 1e5
    assert one.list_prices(sold, sold.available, np.full(3, 4.0), p, fresh=True) == pytest.approx([8.0] * 3, rel=EXACT)


def test_clearing_prices_chase_the_load_down_to_half_the_cost() -> None:
    """Price x load^0.5: four times the load doubles it, a quarter halves it, never below half of cost."""
    one, p, sold = lab(), parameters(), catalogue()
    sold.price[0] = 10.0
    for load, cost, price in ((4.0, 4.0, 20.0), (0.25, 4.0, 5.0), (0.25, 18.0, 9.0)):
        load_to(one, load, p)
        assert one.clearing_prices(sold, np.full(3, cost), p) == pytest.approx([price] * 3, rel=EXACT)


# compute and money --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("earning", "direction"), [(50.0, 1), (0.001, -1)])
def test_compute_moves_to_the_use_with_the_larger_marginal_return(earning: float, direction: int) -> None:
    """Research is worth a year's income of 1e7 over 500 H100e-years of hours, 2.3 USD an hour."""
    one, p = lab(), parameters()
    one.revenue_per_year = one.spent_per_year = 1e7
    one.earning_per_hour = earning
    load_to(one, 1.0, p)
    before = one.serving_share
    one.split_compute(p)
    assert math.copysign(1, one.serving_share - before) == direction


def test_compute_stays_where_marginal_returns_are_equal() -> None:
    one, p = lab(), parameters()
    one.revenue_per_year = one.spent_per_year = 1e7
    one.earning_per_hour = 1e7 / (500.0 * HOURS_PER_WEEK * WEEKS_PER_YEAR)
    load_to(one, 1.0, p)
    one.split_compute(p)
    assert one.serving_share == pytest.approx(0.5, rel=EXACT)


def test_idle_serving_capacity_is_worth_less_at_the_margin() -> None:
    """At equal returns when full, half-empty servers give compute up to research."""
    one, p = lab(), parameters()
    one.revenue_per_year = one.spent_per_year = 1e7
    one.earning_per_hour = 1e7 / (500.0 * HOURS_PER_WEEK * WEEKS_PER_YEAR)
    load_to(one, 0.5, p)
    one.split_compute(p)
    assert one.serving_share < 0.5


def test_the_split_stays_within_a_tenth_and_nine() -> None:
    one, p = lab(), parameters(split_speed=1.0)
    one.revenue_per_year = one.spent_per_year = 1e7
    for earning, share in ((1e6, 0.9), (1e-9, 0.1)):
        one.earning_per_hour = earning
        load_to(one, 1.0, p)
        for _ in range(20):
            one.split_compute(p)
        assert one.serving_share == share


def test_a_lab_seeks_more_when_demand_presses_but_no_more_than_it_can_pay() -> None:
    """Rich, it takes the largest step: 25% where it fills its orders, twice that when short; poor, it lets compute go.

    Where supply is unlimited even the poor seek all that serving needs: 5,000 H100e, 26 weeks on at 1% growth, x 1.1.
    """
    p = parameters()
    one = lab()
    one.need_growth = 0.02
    one.rent = 2.0
    one.revenue_per_year = 1e12
    for load, step in ((1.0, 0.25), (1.2, 0.35), (1.5, 0.5), (10.0, 0.5)):
        load_to(one, load, p)
        assert one.seek_compute(p, unlimited=False) == pytest.approx(1000.0 * (1.0 + step), rel=EXACT)
    one.need_growth, one.revenue_per_year = 0.01, 0.0
    assert one.seek_compute(p, unlimited=False) < 1000.0
    assert one.seek_compute(p, unlimited=True) == pytest.approx(1.1 * math.exp(0.26) * 5000.0, rel=EXACT)


def test_money_counts_income_cash_and_investors_hopes() -> None:
    """At no growth funding is a quarter of the multiple, at the cap all of it; seed money comes on top."""
    one, p = lab(seed_funding_usd_per_year=7.0), parameters()
    one.revenue_per_year = 100.0
    one.need_growth = -1.0
    assert one.funding_per_year(p) == pytest.approx(7.0 + 25.0, rel=EXACT)
    one.need_growth = 1.0
    assert one.funding_per_year(p) == pytest.approx(7.0 + 100.0, rel=EXACT)
    budget = one.budget_per_year(p)
    one.cash = 40.0
    assert one.budget_per_year(p) == pytest.approx(budget + 20.0, rel=EXACT)  # spent over two years
    one.cash = -40.0
    assert one.budget_per_year(p) == pytest.approx(budget, rel=EXACT)


def test_expected_growth_is_capped_and_never_negative() -> None:
    one, p = lab(), parameters()
    for growth, expected in ((-0.1, 0.0), (0.01, 0.01), (0.5, math.log(4.0) / WEEKS_PER_YEAR)):
        one.need_growth = growth
        assert one.expected_growth(p) == pytest.approx(expected, rel=EXACT)


def test_steady_growth_is_learnt() -> None:
    """Demand that grows by 2% a week comes to be expected to, after many memories of ten weeks."""
    one, p = lab(), parameters()
    for week in range(300):
        one.observe(p, 1000.0 * math.exp(0.02 * week), 1e6, 1e5, 0.0)
    assert one.need_growth == pytest.approx(0.02, rel=1e-6)
    assert one.revenue_per_year == pytest.approx(1e6 * WEEKS_PER_YEAR, rel=1e-6)
    assert one.earning_per_hour == pytest.approx(10.0, rel=1e-6)


def test_unpriced_traffic_is_worth_its_imputed_return() -> None:
    """1e6 USD and half of 1e5 hours unpriced at a rent of 3: (1e6 + 1.5e5) / 1e5 a serving hour, in the long run."""
    one, p = lab(), parameters()
    one.rent = 3.0
    for _ in range(300):
        one.observe(p, 1000.0, 1e6, 1e5, 5e4)
    assert one.earning_per_hour == pytest.approx(11.5, rel=1e-6)
