"""The laws of choice: integer draws, and the surplus kernel worked by hand on literal cases."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.choice import (
    Floats,
    Ints,
    Options,
    Tasks,
    Tastes,
    choose,
    drawn_from,
    efforts_up_to,
    labs_after,
    probability,
    reached_by,
    shares_by_surplus,
    split_at,
    with_habit,
)

EXACT = 1e-12  # a few roundings of float64 in numbers of order one


def tasks(**changed: object) -> Tasks:
    """One workload with one bin: worth 1 USD, difficulty 0, 1,000 tokens in (half cached), 100 out, one call."""
    values: dict[str, object] = {
        "value_usd": [[1.0]],
        "difficulty": [[0.0]],
        "input_tokens": [[1000.0]],
        "cached_share": [[0.5]],
        "output_tokens": [[100.0]],
        "calls": [[1.0]],
        "flexible": [False],
        "must_serve": [False],
        "wait_usd_per_token": [0.0],
        **changed,
    }
    return Tasks(**{name: np.array(value) for name, value in values.items()})


def options(**changed: object) -> Options:
    """Two models of capability ln 9 and ln 4, which succeed at steepness 1 with 0.9 and 0.8 of tasks of difficulty 0.

    A task costs 0.1 + 0.1 USD with the first (500 fresh tokens at 2e-4, 100 out at 1e-3) and half of that with the
    second; cached tokens are free. Neither thinks.
    """
    values: dict[str, object] = {
        "capability": np.log([9.0, 4.0]),
        "ceiling": [0.0, 0.0],
        "window": [1e6, 1e6],
        "input_price": [[2e-4, 1e-4]],
        "cached_price": [[0.0, 0.0]],
        "output_price": [[1e-3, 5e-4]],
        **changed,
    }
    return Options(**{name: np.array(value) for name, value in values.items()})


def tastes(**changed: object) -> Tastes:
    """Steepness 1, and a hurdle at which declining weighs half as much as a surplus of 0.7."""
    values: dict[str, object] = {
        "steepness": 1.0,
        "thinking_gain": 1.0,
        "context_gain": 0.0,
        "context_fade": 1.0,
        "taste_scale": 0.1,
        "hurdle": 0.7 - 0.1 * math.log(2.0),
        **changed,
    }
    return Tastes(**values)  # type: ignore[arg-type]


# draws ----------------------------------------------------------------------------------------------------------------


def test_probability_of_a_hazard_is_one_minus_survival() -> None:
    """A hazard of ln 2 a week strikes half; small hazards keep their digits; a large one is certain."""
    found = probability(np.array([0.0, math.log(2.0), 1e-12, 1e3]))
    assert found == pytest.approx([0.0, 0.5, 1e-12, 1.0], rel=EXACT)


def test_two_half_weeks_are_one_week() -> None:
    """Survival multiplies: two periods at half the hazard leave what one period leaves."""
    hazard = np.array([0.001, 0.3, 2.0])
    assert 1.0 - (1.0 - probability(hazard / 2.0)) ** 2 == pytest.approx(probability(hazard), rel=EXACT)


def test_drawing_cuts_the_unit_interval_at_the_cumulative_weights() -> None:
    """Weights 1, 1, 2 cut at 1/4 and 1/2, and the left edge belongs to the option that starts there."""
    uniform = np.array([0.0, 0.2499, 0.25, 0.4999, 0.5, 0.9999])
    assert drawn_from(np.array([1.0, 2.0, 4.0]), uniform).tolist() == [0, 0, 1, 1, 2, 2]


def test_drawing_takes_weights_by_row() -> None:
    """Each row has its own weights."""
    weights = np.array([[0.0, 5.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 1e-300]])
    for uniform in (0.0, 0.5, 1.0 - 2.0**-53):
        assert drawn_from(weights.cumsum(axis=1), np.full(3, uniform)).tolist() == [1, 0, 2]


@given(
    weights=st.lists(st.sampled_from([0.0, 1e-9, 0.1, 1.0, 3.0, 1e9]), min_size=2, max_size=6).filter(any),
    uniform=st.one_of(
        st.floats(0.0, 1.0), st.sampled_from([0.0, 1.0 - 2.0**-53, float(np.float32(1) - 2.0**-24), 1.0])
    ),
)
@example(weights=[1.0, 3.0, 0.0], uniform=1.0)
@example(weights=[0.0, 3.0], uniform=0.0)
def test_drawing_never_draws_an_option_without_weight(weights: list[float], uniform: float) -> None:
    """Also where a uniform that was used before and rescaled has been rounded up to one."""
    assert weights[int(drawn_from(np.cumsum(weights), np.array([uniform]))[0])] > 0.0


def split(counts: Ints, shares: Floats) -> Ints:
    """Split counts over shares."""
    return split_at(counts, reached_by(shares))


def test_splitting_rounds_cumulatively() -> None:
    """Ten over 0.25, 0.25, 0.5: bounds 2.5, 5, 10; over 1/3 each: bounds 3.3, 6.7, 10."""
    assert split(np.array([10]), np.array([[0.25, 0.25, 0.5]])).tolist() == [[2, 3, 5]]
    assert split(np.array([10]), np.full((1, 3), 1.0 / 3.0)).tolist() == [[3, 3, 4]]


def test_splitting_leaves_the_rest_idle() -> None:
    """Shares below one leave the remainder with nobody."""
    assert split(np.array([100, 7]), np.array([[0.2, 0.3], [0.0, 0.0]])).tolist() == [[20, 30], [0, 0]]


@given(
    count=st.one_of(st.integers(0, 1000), st.integers(0, 10**15), st.sampled_from([10**15 - 1, 10**15, 2**50 + 1])),
    parts=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8).filter(lambda p: sum(p) > 1e-3),
)
def test_splitting_of_shares_that_sum_to_one_loses_nothing(count: int, parts: list[float]) -> None:
    """Not one unit in 1e15, although a float64 sum of shares is one only to its last digits."""
    shares = np.array(parts) / sum(parts)
    found = split(np.array([count]), shares[None])
    assert int(found.sum()) == count
    assert (found >= 0).all()
    # two neighbouring bounds are off by less than one unit and by the roundings allowed for, 2e-15 of the count each
    assert np.abs(found - count * shares).max() <= 1.0 + 5e-15 * count


@given(count=st.integers(0, 10**15), parts=st.lists(st.floats(0.0, 0.15), min_size=1, max_size=6))
def test_splitting_never_hands_out_more_than_there_is(count: int, parts: list[float]) -> None:
    """With idle shares the sum stays within the count and no part is negative."""
    found = split(np.array([count]), np.array([parts]))
    assert 0 <= int(found.sum()) <= count
    assert (found >= 0).all()


def test_who_looks_at_labs_takes_one_by_weight_with_habit_or_without() -> None:
    """Rows at 0, 1/4, 1/2 and 3/4 of a draw that all act on; labs weigh 1 and 3, or for holders of lab 0, 9 and 3."""
    uniform, held = np.array([0.0, 0.25, 0.5, 0.74], dtype=np.float32), np.zeros(4, dtype=np.int8)
    rows, labs = labs_after(uniform, held, 0.0, 1.0, np.array([1.0, 4.0]))
    assert (rows.tolist(), labs.tolist()) == ([0, 1, 2, 3], [0, 1, 1, 1])
    _, labs = labs_after(uniform, held, 0.0, 1.0, with_habit(np.array([1.0, 3.0]), 9.0))
    assert labs.tolist() == [0, 0, 0, 0]
    _, labs = labs_after(uniform, np.full(4, -1, dtype=np.int8), 1.0, 0.0, with_habit(np.array([1.0, 3.0]), 9.0))
    assert labs.tolist() == [0, 1, 1, 1]  # who holds none has no habit


# the surplus kernel -------------------------------------------------------------------------------------------------


def test_choice_of_two_models_worked_by_hand() -> None:
    """Surplus 0.9 - 0.2 = 0.7 and 0.8 - 0.1 = 0.7."""
    found = choose(tasks(), options(), tastes())
    assert found.success[0, 0] == pytest.approx([0.9, 0.8], rel=EXACT)
    assert found.surplus[0, 0] == pytest.approx([0.7, 0.7], rel=EXACT)
    assert found.effort[0, 0].tolist() == [0.0, 0.0]
    assert found.context[0, 0].tolist() == [1.0, 1.0]
    assert found.tokens[0, 0].tolist() == [[500, 500, 100, 0], [500, 500, 100, 0]]


def test_cost_counts_relative_to_value() -> None:
    """At twice the value costs weigh half: surplus 0.9 - 0.1 and 0.8 - 0.05."""
    found = choose(tasks(value_usd=[[2.0]]), options(), tastes())
    assert found.surplus[0, 0] == pytest.approx([0.8, 0.75], rel=EXACT)


def test_cached_tokens_cost_the_cached_price() -> None:
    """500 cached tokens at 1e-4 add 0.05 to the cost with both tiers."""
    found = choose(tasks(), options(cached_price=[[1e-4, 1e-4]]), tastes())
    assert found.surplus[0, 0] == pytest.approx([0.65, 0.65], rel=EXACT)


def test_thinking_pays_only_when_tokens_are_cheap() -> None:
    """Effort 9 adds one to the logit: success 0.9 -> 9e / (9e + 1) = 0.9607, for nine times the output's cost.

    At 1e-3 USD a token that is 0.9 USD for 0.06 of value, and the least effort, 9/16, is 0.056 USD for 0.03 at most;
    at 1e-5 the largest effort is 0.009 USD.
    """
    dear = choose(tasks(), options(ceiling=[9.0, 9.0], output_price=[[1e-3, 1e-3]]), tastes())
    cheap = choose(tasks(), options(ceiling=[9.0, 9.0], output_price=[[1e-5, 1e-5]]), tastes())
    assert dear.effort[0, 0].tolist() == [0.0, 0.0]
    assert cheap.effort[0, 0].tolist() == [9.0, 9.0]
    assert cheap.success[0, 0, 0] == pytest.approx(9 * math.e / (9 * math.e + 1), rel=EXACT)
    assert cheap.surplus[0, 0, 0] == pytest.approx(9 * math.e / (9 * math.e + 1) - 0.1 - 0.01, rel=EXACT)
    assert cheap.tokens[0, 0].tolist() == [[500, 500, 100, 900]] * 2


def test_who_waits_for_an_answer_thinks_less() -> None:
    """Tokens that are free are still waited for: 100 visible tokens, 9 hidden each, at 1e-3 USD of time a token.

    At odds of failure of 1/9, a success that thinking raises by 0.1 at most is not worth 0.9 of the task's value; one
    hundred times as patient, or with a hundred times as much at stake, thinking pays.
    """
    sold = options(output_price=[[0.0, 0.0]], input_price=[[0.0, 0.0]], ceiling=[9.0, 9.0])
    for wait, value, effort in ((1e-3, 1.0, 0.0), (1e-5, 1.0, 9.0), (1e-3, 100.0, 9.0)):
        found = choose(tasks(wait_usd_per_token=[wait], value_usd=[[value]]), sold, tastes())
        assert found.effort[0, 0].tolist() == [effort, effort]
        spent = effort * 100.0 * wait / value
        assert found.surplus[0, 0] == pytest.approx(found.success[0, 0] - spent, rel=EXACT)


@given(
    price=st.floats(1e-7, 1e-2),
    ceiling=st.sampled_from([0.0, 0.4, 1.0, 3.0, 63.0, 64.0]),
    difficulty=st.floats(-3.0, 5.0),
)
def test_effort_is_the_best_part_of_the_ceiling(price: float, ceiling: float, difficulty: float) -> None:
    """Trying each finds no larger surplus: none, or the ceiling halved up to five times, from 0.5 on."""
    sold = options(ceiling=[ceiling, 100.0], output_price=[[price, price]])
    found = choose(tasks(difficulty=[[difficulty]]), sold, tastes(steepness=2.5, thinking_gain=0.5))
    for tier, top in ((0, ceiling), (1, 100.0)):
        efforts = [0.0, *(top / 2**halved for halved in range(6) if top / 2**halved >= 0.5)]
        assert found.effort[0, 0, tier] in efforts
        input_cost = (0.1, 0.05)[tier]
        by_hand = [
            1.0 / (1.0 + math.exp(-2.5 * (math.log((9.0, 4.0)[tier]) + 0.5 * math.log10(1.0 + r) - difficulty)))
            - input_cost
            - 100.0 * price * (1.0 + r)
            for r in efforts
        ]
        assert found.surplus[0, 0, tier] == pytest.approx(max(by_hand), abs=1e-12)


def test_efforts_are_parts_of_the_ceiling_worth_the_name() -> None:
    """A thirty-second of 8 is 0.25, too little to be called thinking; under a ceiling of 0.4 nothing is left."""
    found = efforts_up_to(np.array([64.0, 8.0, 0.4, 0.0]))
    assert found.tolist() == [[0, 2, 4, 8, 16, 32, 64], [0, 0, 0.5, 1, 2, 4, 8], [0] * 7, [0] * 7]


def test_context_grows_until_a_token_is_worth_its_price() -> None:
    """The gain of the last token of context equals its price, with success taken at base context and zero effort.

    s = 0.9 and 0.8; slope of success in m = c k s (1 - s) / m^2 at fade 1; input costs 0.1 and 0.05 USD a multiple, so
    with c = 1, a value of 10 USD: m^2 = 10 x 0.09 / 0.1 = 9 and 10 x 0.16 / 0.05 = 32.
    """
    found = choose(tasks(value_usd=[[10.0]], flexible=[True]), options(), tastes(context_gain=1.0))
    expected = [3.0, math.sqrt(32.0)]
    assert found.context[0, 0] == pytest.approx(expected, rel=EXACT)
    assert found.tokens[0, 0, 0].tolist() == [round(500 * expected[0])] * 2 + [100, 0]


def test_context_stays_between_the_task_and_the_window() -> None:
    """Never shorter than the task brings, never longer than the window holds, untouched where it is not flexible."""
    rich, poor = tasks(value_usd=[[1e3]], flexible=[True]), tasks(value_usd=[[1e-2]], flexible=[True])
    sold, wide = options(window=[4000.0, 500.0]), tastes(context_gain=1.0)
    assert choose(rich, sold, wide).context[0, 0].tolist() == [4.0, 1.0]
    assert choose(poor, sold, wide).context[0, 0].tolist() == [1.0, 1.0]
    assert choose(tasks(value_usd=[[1e3]]), sold, wide).context[0, 0].tolist() == [1.0, 1.0]


# who takes which tier -----------------------------------------------------------------------------------------------


def shares(surplus: object, *, must: bool = False, on_sale: object = None, **taste: object) -> Floats:
    """Shares of the tiers (lab, tier) of one workload with one bin."""
    offered = np.array(surplus, dtype=np.float64)
    sold = np.ones(offered.shape, dtype=np.bool_) if on_sale is None else np.array(on_sale)
    found: Floats = shares_by_surplus(offered[None, None], sold, np.array([must]), tastes(**taste))[0, 0]
    return found


def test_tiers_share_tasks_by_surplus_and_some_are_declined() -> None:
    """Equal weights 1, 1, and 1/2 for declining: 2/5 each; a tier 0.1 ln 2 better weighs twice: 4/7, 2/7 and 1/7.

    Each lab's tasks are shared over its own tiers alone.
    """
    found = shares([[0.7, 0.7], [0.7 + 0.1 * math.log(2.0), 0.7]])
    assert found[0] == pytest.approx([2 / 5, 2 / 5], rel=1e-10)  # the exponent divides rounding by 0.1
    assert found[1] == pytest.approx([4 / 7, 2 / 7], rel=1e-10)


def test_below_the_hurdle_a_task_does_not_run() -> None:
    """With sharp tastes a surplus of 0.7 runs at a hurdle of 0.69 and does not at 0.71."""
    for hurdle, share in ((0.69, 1.0), (0.71, 0.0)):
        found = shares([[0.7, 0.7]], taste_scale=1e-4, hurdle=hurdle)
        assert found.sum() == pytest.approx(share, abs=1e-9)  # exp(-100) is left of the other


@pytest.mark.parametrize("surplus", [0.7, -1.0, -1e3, -1e9])
def test_what_must_be_served_is_served_whatever_it_costs(surplus: float) -> None:
    """Shares of a workload that cannot decline sum to one, even where it costs many times its value."""
    assert shares([[surplus, surplus]], must=True)[0] == pytest.approx([0.5, 0.5], rel=EXACT)


def test_a_tier_that_is_not_on_sale_gets_nothing() -> None:
    """The other takes its tasks: weights 1 and 1/2, share 2/3; with none on sale nothing runs, even what must."""
    found = shares([[9.0, 0.7]], on_sale=[[False, True]])
    assert found[0].tolist() == [0.0, pytest.approx(2.0 / 3.0, rel=1e-10)]
    for must in (True, False):
        assert shares([[0.7, 0.7]], must=must, on_sale=[[False, False]])[0].tolist() == [0.0, 0.0]


@given(
    surplus=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3),
    scale=st.sampled_from([0.005, 0.06, 0.5]),
    must=st.booleans(),
)
def test_a_better_tier_never_has_the_smaller_share(surplus: list[float], scale: float, must: bool) -> None:
    """And shares with that of declining add up to one: to one by themselves where nothing may be declined."""
    found = shares([surplus], must=must, taste_scale=scale, hurdle=0.1)[0]
    assert (np.diff(found[np.argsort(surplus)]) >= 0.0).all()
    declined = 0.0 if must else 1.0 / (1.0 + sum(math.exp(min((s - 0.1) / scale, 700.0)) for s in surplus))
    assert found.sum() + declined == pytest.approx(1.0, rel=1e-9)
