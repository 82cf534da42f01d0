"""Demand for metered work: each formula against a case worked by hand, and the laws that all cases obey."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import metered_demand as demand
from agents.metered_parameters import MeteredParameters
from model import Scenario


@pytest.fixture(scope="module")
def p() -> MeteredParameters:
    return Scenario.load("baseline").parameters.metered.model_copy(
        update={"value_tail": 1.25, "lab_substitution": 2.0, "tier_substitution": 2.0, "progress_weight": 0.9}
    )


def offer(p: Any, quality: Any, cost: Any, standing: Any = None, on_sale: Any = None) -> demand.Offer:
    """Return the offer of labs with tiers (lab, tier) to one class whose tasks are all alike."""
    quality, cost = (np.asarray(values, dtype=np.float64)[None, None] for values in (quality, cost))
    labs, tiers = quality.shape[2:]
    on_sale = np.ones((1, labs, tiers), dtype=np.bool_) if on_sale is None else np.asarray(on_sale)[None]
    standing = np.zeros((1, labs)) if standing is None else np.asarray([standing])
    return demand.offer_of(quality, cost, on_sale, standing, p)


def test_twice_the_value_for_a_dollar_brings_four_times_the_share(p: MeteredParameters) -> None:
    found = offer(p, [[math.log(2.0)], [0.0]], [[0.0], [0.0]])
    assert found.lab_share[0] == pytest.approx([4 / 5, 1 / 5])
    assert found.class_worth[0] == pytest.approx(math.log(5.0) / 2)  # ln(4 + 1) / beta


def test_tiers_of_a_lab_are_closer_substitutes_than_labs(p: MeteredParameters) -> None:
    found = offer(p, [[math.log(2.0), 0.0]], [[0.0, 0.0]])
    assert found.tier_share[0, 0, 0] == pytest.approx([16 / 17, 1 / 17])  # 2^4 to 1
    assert found.worth[0, 0] == pytest.approx(math.log(17.0) / 4)


def test_the_same_model_under_two_names_adds_little_worth(p: MeteredParameters) -> None:
    one, two = offer(p, [[0.0]], [[0.0]]), offer(p, [[0.0, 0.0]], [[0.0, 0.0]])
    assert two.worth[0, 0] - one.worth[0, 0] == pytest.approx(math.log(2.0) / 4)


def test_what_is_not_on_sale_has_no_share(p: MeteredParameters) -> None:
    found = offer(p, [[5.0, 0.0], [0.0, 0.0]], np.zeros((2, 2)), on_sale=[[False, True], [True, True]])
    assert found.tier_share[0, 0, 0] == pytest.approx([0.0, 1.0])
    assert found.lab_share[0, 0] < 0.5


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6), st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_shares_add_up_to_one_and_a_dearer_offer_loses_share(quality: list[float], cost: list[float]) -> None:
    p = Scenario.load("baseline").parameters.metered
    table = np.reshape(cost, (2, 3))
    found = offer(p, np.reshape(quality, (2, 3)), table)
    assert found.tier_share.sum(axis=3) == pytest.approx(1.0)
    assert found.bin_share.sum(axis=2) == pytest.approx(1.0)
    assert found.lab_share.sum(axis=1) == pytest.approx(1.0)
    dearer = offer(p, np.reshape(quality, (2, 3)), table + np.array([[0.1], [0.0]]))
    assert dearer.lab_share[0, 0] < found.lab_share[0, 0]
    assert dearer.class_worth[0] < found.class_worth[0]


def test_a_fifth_off_one_labs_prices_has_the_elasticity_of_the_logit(p: MeteredParameters) -> None:
    """d ln share / d ln P = -beta (1 - share): with a share of 1/4 and beta 2, -1.5."""
    standing = [-math.log(3.0) / 2, 0.0]
    before = offer(p, [[0.0], [0.0]], [[0.0], [0.0]], standing).lab_share[0, 0]
    after = offer(p, [[0.0], [0.0]], [[-0.001], [0.0]], standing).lab_share[0, 0]
    assert before == pytest.approx(0.25)
    assert math.log(after / before) / -0.001 == pytest.approx(-1.5, rel=1e-3)


def test_bins_add_up_as_a_power_law_does(p: MeteredParameters) -> None:
    """Two equal bins, one worth twice as much for a dollar: 2^1.25 times its tasks."""
    quality = np.array([math.log(2.0), 0.0]).reshape(1, 2, 1, 1)
    found = demand.offer_of(quality, np.zeros_like(quality), np.ones((1, 1, 1), dtype=np.bool_), np.zeros((1, 1)), p)
    assert found.bin_share[0, 0, 0] / found.bin_share[0, 0, 1] == pytest.approx(2.0**1.25)
    assert found.worth[0, 0] == pytest.approx(math.log((2.0**1.25 + 1.0) / 2.0) / 1.25)


def test_the_horizon_grows_by_decades_with_capability(p: MeteredParameters) -> None:
    more = p.horizon_capability + 1.0 / p.horizon_growth
    assert demand.horizon_hours(p.horizon_capability, p) == pytest.approx(p.horizon_hours)
    assert demand.horizon_hours(more, p) == pytest.approx(10.0 * p.horizon_hours)


def test_reviews_burden_agents_only_and_shrink_with_the_horizon(p: MeteredParameters) -> None:
    agentic = np.array([False, True])
    assert demand.review_burden(1.0, agentic, p) == pytest.approx([0.0, p.review_burden])
    assert demand.review_burden(16.0, agentic, p)[1] == pytest.approx(p.review_burden / 16.0**p.review_relief)


def test_what_is_worth_running_falls_with_cost_and_counts_common_progress_in_part(p: MeteredParameters) -> None:
    """All offers cheaper by e: ln cut-off down by 1. All better by e at weight 2: down by 0.9, not by 2."""

    def target(quality: float, cost: float) -> float:
        found = offer(p, [[2.0 * quality], [2.0 * quality]], [[cost], [cost]])
        return float(demand.cutoff_target(found, np.array([quality]), np.zeros(1), np.array([2.0]), p)[0])

    assert target(0.0, -1.0) - target(0.0, 0.0) == pytest.approx(-1.0)
    assert target(1.0, 0.0) - target(0.0, 0.0) == pytest.approx(-0.9)


def test_common_quality_counts_bins_by_the_value_that_they_open(p: MeteredParameters) -> None:
    """Two bins, tasks of the first worth twice as much: 2^1.25 to 1. At weight 2 quality counts twice in a bin.

    Nothing fails: 0. All a factor e worse: -1. Only the second can be done: 1 of 2^1.25 + 1 parts is left.
    """
    log_value = np.log([[2.0, 1.0]])

    def common(first: float, second: float) -> float:
        return float(demand.common_quality(np.array([[first, second]]), log_value, np.array([2.0]), p)[0])

    assert common(0.0, 0.0) == pytest.approx(0.0, abs=1e-12)
    assert common(-1.0, -1.0) == pytest.approx(-1.0)
    assert common(-60.0, 0.0) == pytest.approx(-math.log(2.0**1.25 + 1.0) / 1.25 / 2.0)
    assert common(-0.5, 0.0) < common(0.0, -0.5)  # the valuable bin counts more


def test_the_cutoff_moves_slowly_down_and_faster_up(p: MeteredParameters) -> None:
    at, plain = np.zeros(1), np.array([False])
    assert demand.moved_cutoff(at, np.array([-1.0]), 1.0, plain, p)[0] == pytest.approx(-1.0 / p.integration_weeks)
    assert demand.moved_cutoff(at, np.array([1.0]), 1.0, plain, p)[0] == pytest.approx(1.0 / p.withdrawal_weeks)


def test_agents_with_a_long_horizon_integrate_themselves_faster(p: MeteredParameters) -> None:
    at, target, agents = np.zeros(1), np.array([-1.0]), np.array([True])
    slow, fast = (demand.moved_cutoff(at, target, hours, agents, p)[0] for hours in (1.0, 10.0))
    assert fast / slow == pytest.approx(10.0**p.integration_gain)


def test_half_the_cutoff_means_two_to_the_alpha_times_the_tasks_below_the_top(p: MeteredParameters) -> None:
    far = np.array([50.0])
    ratio = demand.active(np.array([-math.log(2.0)]), far, p) / demand.active(np.zeros(1), far, p)
    assert ratio[0] == pytest.approx(2.0**1.25)


def test_nothing_but_trials_runs_above_the_most_valuable_task(p: MeteredParameters) -> None:
    above = demand.active(np.array([2.0]), np.array([1.0]), p)
    assert above[0] == pytest.approx(demand.LEAST_ACTIVE * math.exp(-2.5))


def test_the_mean_value_of_a_truncated_power_law_is_its_integral(p: MeteredParameters) -> None:
    alpha, top = p.value_tail, math.e
    v = np.linspace(1.0, top, 400_001)
    density = v ** (-alpha - 1.0)
    mean = np.trapezoid(v * density, v) / np.trapezoid(density, v)
    assert demand.mean_to_least_value(np.zeros(1), np.ones(1), p)[0] == pytest.approx(mean, rel=1e-6)


def test_what_runs_is_worth_more_than_the_least_of_it_its_review_and_half_of_the_lag(p: MeteredParameters) -> None:
    """Mean to least value x (1 + reviews) x e^lag: half a review adds a half; a lag of 0.2 counts, of 3 as 0.5.

    Where what runs is no longer worth running there is no lag to gain from.
    """
    top, none = np.array([2.0]), np.zeros(1)
    plain = demand.mean_to_least_value(none, top, p)[0]

    def worth(target: float, reviews: float) -> float:
        return float(demand.value_to_spending(none, np.array([target]), top, np.array([reviews]), p)[0])

    assert worth(0.0, 0.0) == pytest.approx(plain)
    assert worth(0.0, 0.5) == pytest.approx(1.5 * plain)
    for target, lag in ((-0.2, 0.2), (-3.0, 0.5), (1.0, 0.0)):
        assert worth(target, 0.0) == pytest.approx(math.exp(lag) * plain)


def test_a_long_horizon_makes_the_work_of_agents_alone_worth_more(p: MeteredParameters) -> None:
    """Half of the tasks succeed: ln 1/2, and for agents of ten times the horizon 10^phi times as much."""
    able = np.array([p.horizon_capability, p.horizon_capability + 1.0 / p.horizon_growth])
    found = demand.quality_of(np.full((2, 1, 2), 0.5), able, np.array([False, True]), p)
    half = math.log(0.5)
    assert found[0, 0] == pytest.approx([half, half])
    assert found[1, 0] == pytest.approx([half, half + p.horizon_value * math.log(10.0)])


def test_a_budget_binds_softly(p: MeteredParameters) -> None:
    part = demand.within_budget(np.array([0.5, 1.0, 100.0]), np.ones(3))
    assert part == pytest.approx([(1 + 0.5**4) ** -0.25, 2**-0.25, 0.01], rel=1e-6)


def test_budgets_follow_a_share_of_value(p: MeteredParameters) -> None:
    moved = demand.moved_budget(np.array([100.0]), np.array([1000.0]), p)
    assert moved[0] == pytest.approx(100.0 + (1000.0 * p.budget_share - 100.0) / p.budget_weeks)


def test_the_wage_bill_in_reach_bounds_work(p: MeteredParameters) -> None:
    """Half of a bill of 100 is in reach: work worth 50 is done by half; agents at `reach_hours` reach half too."""
    agentic = np.array([False, True])
    part, taken = demand.in_reach(np.array([50.0, 50.0]), np.array([100.0, 100.0]), p.reach_hours, agentic, p)
    assert part == pytest.approx([0.5, 0.5])
    assert taken == pytest.approx([0.5, 0.5])
    much, _ = demand.in_reach(np.array([1e9]), np.array([100.0]), 1.0, agentic[:1], p)
    assert much[0] * 1e9 == pytest.approx(50.0, rel=1e-6)  # never more than what is in reach


def test_reputation_fades_gains_by_quality_and_loses_by_scarcity(p: MeteredParameters) -> None:
    moved = demand.moved_reputation(np.ones(2), np.array([2.0, 1.6]), np.array([0.5, 0.5]), np.array([0.0, 0.1]), p)
    kept, gain, loss = 1.0 - p.reputation_fade, 0.2 * p.reputation_gain, 0.1 * p.reputation_loss
    assert moved == pytest.approx([kept + gain, kept - gain - loss])


def test_tasks_of_agents_get_longer_with_their_horizon(p: MeteredParameters) -> None:
    lengths = demand.task_length(10.0 * p.horizon_hours, np.array([False, True]), p)
    assert lengths == pytest.approx([1.0, 10.0**p.horizon_length])
