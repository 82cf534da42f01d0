"""The laws of labs: research and releases, shadow prices and list prices, the split of compute, what they seek."""

import math
from datetime import date

import numpy as np
import pytest

from agents.catalogue import Catalogue
from agents.columns import ColumnModel
from agents.lab_parameters import LabParameters, LabProfile
from agents.labs import LARGEST_MOVE, LEAST_LOAD, NO_PRICE, Lab
from agents.metered_parameters import MeteredParameters
from agents.model_sizes import Sizes, first_sizes
from agents.units import HOURS_PER_WEEK, WEEKS_PER_YEAR

EXACT = 1e-12


def parameters(**changed: float) -> LabParameters:
    """Round numbers for all that the tests read."""
    return LabParameters.model_validate(
        {
            "training_window_weeks": 20.0,
            "release_step": 0.5,
            "best_size_at_start": 2.0,
            "size_growth": 0.3,
            "size_curvature": 0.4,
            "thinking_onset": 1.0,
            "thinking_span": 2.0,
            "window_tokens": 8000.0,
            "window_growth": 1.0,
            "target_utilisation": 0.5,
            "comfortable_load": 0.8,
            "shadow_speed": 0.05,
            "most_shadow_price": 6.0,
            "perceived_substitution": 1.0,
            "market_elasticity": 1.2,
            "menu_cost": 0.25,
            "price_step_limit": 0.3,
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


LINE = Sizes(np.array([3.0, 0.5, 0.1]), np.array([0.2, -0.05, -0.8]))
"""Models of three sizes: FLOP per token, and log10 E."""


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
    """From the frontier of 0.2 at which the last generation came out, whatever its models can do; the step is 0.5."""
    one, p, sold = lab(), parameters(), catalogue()
    weak = Sizes(LINE.flop, LINE.capability - 1.0)
    one.generation(weak, p, 64.0, date(2023, 1, 2)).commit(sold, 0, week=0)
    for frontier, due in ((0.2, False), (0.69, False), (0.71, True)):
        one.frontier = frontier
        assert one.due(sold, p, date(2030, 1, 1)) == due
    one.generation(LINE, p, 64.0, date(2030, 1, 1)).commit(sold, 0, week=360)
    assert not one.due(sold, p, date(2030, 1, 8))
    one.frontier = 1.22
    assert one.due(sold, p, date(2030, 1, 8))


def test_a_generation_has_the_sizes_of_its_line() -> None:
    one, p, sold = lab(), parameters(), catalogue()
    one.generation(LINE, p, 0.0, date(2023, 1, 2)).commit(sold, 0, week=7)
    assert sold.available[0].all()
    assert sold.flop[0].tolist() == LINE.flop.tolist()
    assert sold.capability[0].tolist() == LINE.capability.tolist()
    assert (sold.generation[0], sold.released[0]) == (1, 7)
    assert not sold.available[1].any()


def test_the_first_flagship_waits_for_its_date_and_smaller_models_sell_before() -> None:
    """Entry with no model better than the standard one; then nothing, however far research is; on the date all three.

    What waits for its date is not on sale, and a light model that beat the standard one would lose its lead.
    """
    one, p, sold = lab(flagship_date=date(2023, 3, 14)), parameters(), catalogue()
    line = Sizes(LINE.flop, np.array([0.2, -0.05, 0.1]))
    one.generation(line, p, 0.0, date(2023, 1, 2)).commit(sold, 0, week=0)
    assert sold.available[0].tolist() == [False, True, True]
    assert sold.capability[0].tolist() == [-0.05, -0.05, -0.05]
    one.frontier = 9.0
    assert not one.due(sold, p, date(2023, 3, 13))
    one.frontier = 0.2
    assert one.due(sold, p, date(2023, 3, 14))
    one.generation(LINE, p, 0.0, date(2023, 3, 14)).commit(sold, 0, week=10)
    assert sold.available[0].all()
    assert sold.capability[0].tolist() == LINE.capability.tolist()
    assert (sold.generation[0], sold.released[0]) == (2, 10)


@pytest.mark.parametrize(("best", "ceiling"), [(0.9, 0.0), (1.0, 0.0), (2.0, 16.0), (3.0, 64.0), (5.0, 64.0)])
def test_the_thinking_ceiling_is_released_with_capability(best: float, ceiling: float) -> None:
    """From onset 1 over a span of 2, as the square: half-way a quarter of 64. The best model on sale counts."""
    p, line = parameters(), Sizes(LINE.flop, np.array([best, best - 0.25, best - 1.0]))
    release = lab().generation(line, p, 64.0, date(2025, 1, 6))
    assert release.ceiling == pytest.approx([ceiling] * 3, abs=1e-9)
    assert release.window == pytest.approx([8000.0 * 10.0**best] * 3, rel=1e-9)
    early = lab(flagship_date=date(2025, 1, 7)).generation(line, p, 64.0, date(2025, 1, 6))
    assert early.window == pytest.approx([8000.0 * 10.0 ** (best - 0.25)] * 3, rel=1e-9)


def test_the_first_line_of_a_lab_is_a_generation() -> None:
    """At a frontier of 0.2 the flagship is 0.35 decades below the best size: 0.4 x 0.35^2 less capable."""
    one, p = lab(), parameters()
    release = one.generation(first_sizes(one.frontier, p), p, 64.0, date(2023, 1, 2))
    assert release.capability[0] == pytest.approx(0.2 - 0.4 * 0.35**2, rel=EXACT)
    assert release.flop[0] == pytest.approx(2.0 * 10.0 ** (0.3 * 0.2 - 0.35), rel=EXACT)


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


def test_the_shadow_price_follows_the_load_between_nothing_and_its_largest() -> None:
    """A load e times the comfortable 0.8 adds 0.05 a week to its ln, up to ln 6; an e-th takes as much, down to 0."""
    one, p = lab(), parameters()
    for load, expected in ((0.8 * math.e, 0.05), (0.8 * math.e**2, 0.15), (0.8, 0.15), (0.8 / math.e, 0.1)):
        load_to(one, load, p)
        one.follow_shadow_price(p)
        assert one.shadow_price == pytest.approx(expected, rel=1e-9)
    for load, last in ((100.0, math.log(6.0)), (0.01, 0.0)):
        load_to(one, load, p)
        for _ in range(100):
            one.follow_shadow_price(p)
        assert one.shadow_price == pytest.approx(last, abs=EXACT)


def test_a_lab_without_demand_lowers_its_shadow_price_as_at_the_least_load() -> None:
    one, p = lab(), parameters()
    one.shadow_price = 1.0
    one.follow_shadow_price(p)
    assert one.shadow_price == pytest.approx(1.0 + 0.05 * math.log(LEAST_LOAD / 0.8), rel=EXACT)


def metered(**changed: float) -> MeteredParameters:
    """Customers with an elasticity of substitution between labs of 2."""
    return MeteredParameters.model_validate({"lab_substitution": 2.0, **changed})


@pytest.mark.parametrize(
    ("share", "shadow", "price"), [(0.25, 1.0, 9.0), (0.25, 2.0, 18.0), (0.0, 1.0, 8.0), (0.75, 1.0, 14.0)]
)
def test_the_wish_is_cost_and_shadow_price_times_what_the_elasticity_allows(
    share: float, shadow: float, price: float
) -> None:
    """Cost 4, elasticity 2 (1 - share) + 1.2 share: 1.8 at a quarter of the market, and 4 x 1.8 / 0.8 = 9.

    Without a share 2, so twice the cost; with three quarters 1.4, so 3.5 times. The scarcer the dearer: x shadow.
    """
    one, p = lab(), parameters()
    one.shadow_price = math.log(shadow)
    found = one.wished_prices(np.array([4.0, 2.0, 1.0]), share, p, metered())
    assert found == pytest.approx([price, price / 2.0, price / 4.0], rel=EXACT)


@pytest.mark.parametrize(("substitution", "believed", "share"), [(2.0, 1.2, 1.0), (1.6, 1.2, 0.99)])
def test_no_lab_believes_in_an_elasticity_near_one(substitution: float, believed: float, share: float) -> None:
    """1.2 and less count as 1.25: five times the cost, never more."""
    one, p = lab(), parameters(market_elasticity=believed)
    found = one.wished_prices(np.full(3, 4.0), share, p, metered(lab_substitution=substitution))
    assert found == pytest.approx([20.0] * 3, rel=EXACT)


def test_labs_that_think_customers_loyal_ask_more() -> None:
    """Believing in 0.75 times the substitution that there is: e = 1.5, three times the cost."""
    p = parameters(perceived_substitution=0.75)
    assert lab().wished_prices(np.full(3, 4.0), 0.0, p, metered()) == pytest.approx([12.0] * 3, rel=EXACT)


def test_no_price_brings_more_profit_than_the_wish() -> None:
    """Trying prices from cost to ten times that: demand P^-e at a full cost of 4 x 1.5 and e = 2 x 0.6 + 1.2 x 0.4."""
    one, p = lab(), parameters()
    one.shadow_price = math.log(1.5)
    tried = np.geomspace(6.0, 60.0, 100_001)
    profit = (tried - 6.0) * tried**-1.68
    wish = one.wished_prices(np.full(3, 4.0), 0.4, p, metered())
    assert wish == pytest.approx([tried[np.argmax(profit)]] * 3, rel=1e-4)  # the step is 2.3e-5


def listed(old: float, wish: float, *, fresh: bool) -> float:
    """The new list price of a tier, as a factor of the old one."""
    found = lab().list_prices(np.full(3, old), np.full(3, wish), parameters(), fresh=fresh)
    assert found.tolist() == [found[0]] * 3
    return float(found[0] / old)


@pytest.mark.parametrize("gap", [0.24, -0.24, 0.0])
@pytest.mark.parametrize("fresh", [True, False])
def test_a_price_point_stays_within_the_menu_cost_also_across_generations(gap: float, fresh: bool) -> None:
    assert listed(10.0, 10.0 * math.exp(gap), fresh=fresh) == 1.0


@pytest.mark.parametrize("gap", [0.26, 0.29, -0.26, -0.29])
@pytest.mark.parametrize("fresh", [True, False])
def test_beyond_the_menu_cost_the_price_goes_to_the_wish(gap: float, fresh: bool) -> None:
    assert listed(10.0, 10.0 * math.exp(gap), fresh=fresh) == pytest.approx(math.exp(gap), rel=EXACT)


@pytest.mark.parametrize("factor", [2.0, 0.5, 100.0, 0.01])
def test_a_review_moves_a_price_by_at_most_a_step(factor: float) -> None:
    """exp(0.3) up or down, however far the wish."""
    assert listed(10.0, 10.0 * factor, fresh=False) == pytest.approx(math.exp(math.copysign(0.3, factor - 1.0)))


def test_a_new_generation_moves_a_price_to_a_far_wish_but_by_at_most_three_times() -> None:
    for factor, moved in ((2.0, 2.0), (0.4, 0.4), (2.99, 2.99), (100.0, LARGEST_MOVE), (0.01, 1.0 / LARGEST_MOVE)):
        assert listed(10.0, 10.0 * factor, fresh=True) == pytest.approx(moved, rel=EXACT)


def test_reviews_approach_a_wish_in_steps_and_stop_within_the_menu_cost() -> None:
    """Twice the price is ln 2 = 0.69 away: two steps of 0.3, and the 0.09 left are not worth a new menu."""
    one, p, price, gaps = lab(), parameters(), np.full(3, 10.0), []
    for _ in range(4):
        price = one.list_prices(price, np.full(3, 20.0), p, fresh=False)
        gaps.append(math.log(price[0] / 10.0))
    assert gaps == pytest.approx([0.3, 0.6, 0.6, 0.6])


@pytest.mark.parametrize("fresh", [True, False])
def test_what_was_never_sold_takes_the_wish_and_each_tier_has_its_own_price(fresh: bool) -> None:
    """A catalogue begins with prices that stand for none; a tier beside it keeps its price, another moves."""
    assert (catalogue().price == NO_PRICE).all()
    found = lab().list_prices(np.array([NO_PRICE, 10.0, 10.0]), np.array([30.0, 11.0, 13.0]), parameters(), fresh=fresh)
    assert found == pytest.approx([30.0, 10.0, 13.0], rel=EXACT)


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


def test_a_lab_without_cash_spends_what_staff_leave_and_pays_back() -> None:
    """Of a run rate of 100 staff get 30: 70, less 40 owed over two years, and 32 of investors are 82."""
    one = lab(seed_funding_usd_per_year=7.0)
    p = parameters(staff_income_share=0.3, compute_income_share=0.9)
    one.revenue_per_year, one.need_growth, one.cash = 100.0, -1.0, -40.0
    assert one.budget_per_year(p) == pytest.approx(82.0, rel=EXACT)
    assert one.budget_per_year(parameters(staff_income_share=0.3, compute_income_share=0.5)) == pytest.approx(62.0)
    one.cash = -1e6
    assert one.budget_per_year(p) == 0.0


def test_a_lab_without_cash_gives_compute_back_as_fast_as_contracts_grow_and_no_more_than_it_cannot_pay() -> None:
    """It holds 1,000 at 1 USD an hour and can pay for 100. A tenth of contracts ends at a review, without cash 25%."""
    one, p = lab(), parameters(funding_multiple=0.0, staff_income_share=0.25, compute_income_share=0.75)
    load_to(one, 1.0, p)
    one.rent, one.revenue_per_year = 1.0, 100.0 * HOURS_PER_WEEK * WEEKS_PER_YEAR / 0.75
    one.cash = 0.0
    assert one.seek_compute(p, unlimited=False) == pytest.approx(900.0, rel=EXACT)
    one.cash = -1e-9
    assert one.seek_compute(p, unlimited=False) == pytest.approx(750.0, rel=EXACT)
    one.revenue_per_year *= 8.0
    assert one.seek_compute(p, unlimited=False) == pytest.approx(800.0, rel=1e-9)


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
