"""The laws of plans: what each payer sees, and what a plan says about runs, tokens and work."""

import dataclasses
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from agents.catalogue import TIERS
from agents.choice import Choices, Ints, Tasks
from agents.lab_parameters import LabParameters
from agents.workloads import BINS
from model import InferenceMarket, Scenario, World
from model.metered import faced_prices, paid_prices, renew_plans
from model.plans import CALLS, TASKS, THINKING, Plans, expected_hours, expected_tokens, per_task_of, work_of

EXACT = 1e-12
TINY = {
    "scale.users": 600,
    "scale.developers": 300,
    "scale.enterprises": 8,
    "scale.firms": 5,
    "scale.applications_mean": 200.0,
}
PARAMETERS = LabParameters.model_validate({"input_weight": 0.2, "cached_weight": 0.02, "context_half": 50_000.0})


def alike(bins: int, **changed: Any) -> Tasks:
    """One workload of tasks that take two calls with 1,000 tokens in together, of which 200 cached, and 100 out."""
    every = {"value_usd": 1.0, "difficulty": 0.0, "input_tokens": 1000.0, "cached_share": 0.2, "output_tokens": 100.0,
             "calls": 2.0}  # fmt: skip
    flags = {"flexible": np.array([True]), "must_serve": np.array([False]), "wait_usd_per_token": np.zeros(1)}
    return Tasks(**{name: np.full((1, bins), value) for name, value in (every | changed).items()}, **flags)


def chosen_with(context: list[float], effort: list[float], tokens: list[list[int]], bins: int = 1) -> Choices:
    """What models of such contexts, efforts and tokens do: the same in every bin."""
    shape = (1, bins, len(context))
    return Choices(
        success=np.ones(shape),
        effort=np.broadcast_to(np.array(effort), shape),
        context=np.broadcast_to(np.array(context), shape),
        surplus=np.zeros(shape),
        tokens=np.broadcast_to(np.array(tokens), (*shape, 4)),
    )


# one task -------------------------------------------------------------------------------------------------------------


def test_work_weighs_tokens_by_kind_and_grows_with_context() -> None:
    """800 x 0.2 + 200 x 0.02 + 100 = 264 in contexts of 500: 1 + 500 / 50,000. Twice the context: twice the input."""
    chosen = chosen_with([1.0, 2.0], [0.0, 0.0], [[800, 200, 100, 0], [1600, 400, 100, 0]])
    assert work_of(alike(1), chosen, PARAMETERS)[0, 0] == pytest.approx([264e-6 * 1.01, 428e-6 * 1.02], rel=EXACT)
    assert per_task_of(alike(1), chosen)[0, 0].tolist() == [[800, 200, 100, 0, 1, 2, 0], [1600, 400, 100, 0, 1, 2, 0]]


def test_a_long_context_costs_more_than_as_many_short_ones() -> None:
    """100 times the tokens in two calls: work grows by 1 + 50,000 / 50,000 over 1 + 500 / 50,000 on top."""
    short = work_of(alike(1), chosen_with([1.0], [0.0], [[800, 200, 100, 0]]), PARAMETERS)
    long_tasks = alike(1, input_tokens=1e5, output_tokens=1e4)
    long = work_of(long_tasks, chosen_with([1.0], [0.0], [[80_000, 20_000, 10_000, 0]]), PARAMETERS)
    assert long / short == pytest.approx(100.0 * 2.0 / 1.01, rel=EXACT)


def test_hidden_tokens_count_as_work_and_all_tokens_of_their_task_as_thinking() -> None:
    """An effort of four: 400 hidden tokens."""
    chosen = chosen_with([1.0], [4.0], [[800, 200, 100, 400]])
    assert work_of(alike(1), chosen, PARAMETERS).item() == pytest.approx(664e-6 * 1.01, rel=EXACT)
    assert per_task_of(alike(1), chosen)[0, 0, 0, THINKING] == 1500


def test_models_and_bins_keep_their_places() -> None:
    tokens = np.zeros((1, 2, 3, 4), dtype=np.int64)
    tokens[..., 2] = np.arange(6).reshape(1, 2, 3)
    chosen = chosen_with([1.0, 1.0, 1.0], [0.0] * 3, [[0, 0, 0, 0]] * 3, bins=2)._replace(tokens=tokens)
    assert per_task_of(alike(2), chosen)[0, ..., 2].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert work_of(alike(2), chosen, PARAMETERS)[0] == pytest.approx(tokens[0, ..., 2] * 1.01e-6, rel=EXACT)


# many tasks -----------------------------------------------------------------------------------------------------------


def written() -> tuple[Plans, Ints]:
    """Plans of two labs for two workloads; tokens number the cells.

    Returns the plans and the tokens (W, B, L, T). A task takes the lab's tiers in 1, 2 and 5 of 8 cases and
    is in the first bin or the last; success is 0.5 in the first and 0.1 x tier in the last.
    """
    made = Plans.empty(2, 2)
    shape = (2, BINS, 2, len(TIERS))
    numbers = np.arange(np.prod(shape)).reshape(shape)
    tokens = np.zeros((2, BINS, 6, 4), dtype=np.int64)
    tokens[..., 2] = numbers.reshape(2, BINS, 6)
    success = np.full(shape, 0.5)
    success[:, -1] = [0.0, 0.1, 0.2]
    flat = (2, BINS, 6)
    chosen = Choices(success.reshape(flat), np.zeros(flat), np.ones(flat), np.zeros(flat), tokens)
    share = np.broadcast_to(np.array([1.0, 2.0, 5.0]) / 8.0, shape).copy()
    share[:, :, 1] /= 2.0  # half of the second lab's tasks do not run
    bins = np.zeros((2, 2, BINS))
    bins[..., [0, -1]] = [0.75, 0.25]
    parts: Any = (np.concatenate((part, part)) for part in alike(BINS))
    made.write(Tasks(*parts), chosen, share, bins, PARAMETERS)
    return made, numbers


def test_plans_are_written_where_they_belong() -> None:
    made, numbers = written()
    for row in range(2):
        for lab in range(2):
            assert np.array_equal(made.tokens[lab, row, :, :, 2], numbers[row, :, lab].T)
            assert made.work[lab, row] == pytest.approx(numbers[row, :, lab].T * 1.01e-6, rel=EXACT)
    assert (made.per_task[..., TASKS] == 1).all()
    assert (made.per_task[..., CALLS] == 2).all()


def test_shares_add_up_to_what_runs_and_success_is_the_mean_of_it() -> None:
    """0.75 x 0.5 + 0.25 x (2 x 0.1 + 5 x 0.2) / 8 = 0.4125 of what runs, whether all of it does or half."""
    made, _ = written()
    assert made.share[0, 1, 3] == pytest.approx([0.125, 0.25, 0.625], rel=EXACT)
    assert made.reached[0, 1, 3] == pytest.approx([0.125, 0.375, 1.0], rel=EXACT)
    assert made.bins[1, 0].tolist() == [0.75, *[0.0] * 6, 0.25]
    assert made.runs == pytest.approx(np.array([[1.0, 1.0], [0.5, 0.5]]), rel=EXACT)
    assert made.success == pytest.approx(0.4125, rel=EXACT)


def test_an_average_task_takes_the_tokens_and_hours_of_its_bins_and_tiers() -> None:
    """Three quarters in the first bin, a quarter in the last; half on each of two tiers, at 10 and 1 hours a Mtok."""
    made = Plans.empty(1, 1)
    made.bins[0, 0] = [0.75, *[0.0] * 6, 0.25]
    made.share[..., :2] = 0.5
    made.per_task[0, 0, 0, :, 0] = 100
    made.per_task[0, 0, 1, :, :4] = [10, 10, 10, 10]
    made.per_task[0, 0, 1, -1, 3] = 50
    made.work[0, 0, 0], made.work[0, 0, 1], made.work[0, 0, 2] = 2.0, 4.0, 9.0
    made.work[0, 0, 1, -1] = 8.0
    tokens, hours = expected_tokens(made, slice(1)), expected_hours(made, 0, np.array([[10.0, 1.0, 7.0]]))
    assert tokens.item() == pytest.approx(0.5 * 100 + 0.5 * (0.75 * 40 + 0.25 * 80), rel=EXACT)
    assert hours.item() == pytest.approx(0.5 * 20.0 + 0.5 * (0.75 * 4.0 + 0.25 * 8.0), rel=EXACT)


# what payers see ------------------------------------------------------------------------------------------------------


@cache
def market() -> InferenceMarket:
    """A small market at the end of 2023, in which four labs sell APIs."""
    return InferenceMarket(Scenario.load("baseline").replace(TINY), rng=3).run(until="2023-12-31")


def world_with(
    *, price: float = 1.0, cost: float = 1.0, ceiling: float = 0.0, thinking: bool = True, discount: float = 0.0
) -> World:
    """The market's world with list prices and costs scaled, plans made anew."""
    world = market().branch().world
    p, k = world.parameters, world.constants
    mechanisms = p.mechanisms.model_copy(update={"thinking_effort": thinking})
    world.parameters = p.model_copy(update={"mechanisms": mechanisms})
    world.constants = dataclasses.replace(k, discount=np.full_like(k.discount, discount))
    world.used.price *= price
    world.unit_cost = world.unit_cost * cost
    world.used.ceiling[:] = ceiling
    renew_plans(world)
    return world


def test_metered_work_faces_list_prices_and_all_other_work_the_labs_cost() -> None:
    """Doubling list prices changes the plans of metered work alone, doubling cost those of all other work alone."""
    base, dearer, costlier = world_with(), world_with(price=2.0), world_with(cost=2.0)
    metered, routed = base.constants.metered_rows, base.constants.routed_rows

    def same(one: World, other: World, rows: Any) -> bool:
        both = ([getattr(world.plans, name)[:, rows] for world in (one, other)] for name in Plans.STATE)
        return all(np.array_equal(*pair) for pair in both)

    assert same(base, dearer, routed)
    assert not same(base, dearer, metered)
    assert same(base, costlier, metered)
    assert not same(base, costlier, routed)


def test_prices_and_costs_of_each_kind_of_token() -> None:
    """At 8 USD a Mtok input costs a quarter of it, cached input a tenth of that; GPU time has weights of its own."""
    world = market().branch().world
    p, k = world.parameters.labs, world.constants
    world.used.price[:], world.unit_cost = 8.0, np.full_like(world.unit_cost, 2.0)
    for lab in world.labs:
        lab.scarcity = 1.5
    fresh, cached, output = faced_prices(world)
    api, chat = k.index.of["app-api"], k.index.of["chat-free"]
    kept = 1.0 - world.parameters.workload["app-api"].discount
    usd = 8e-6 * kept
    assert output[api] == pytest.approx(usd, rel=EXACT)
    assert fresh[api] == pytest.approx(usd * p.input_price_ratio, rel=EXACT)
    assert cached[api] == pytest.approx(usd * p.input_price_ratio * p.cached_price_ratio, rel=EXACT)
    assert output[chat] == pytest.approx(3e-6, rel=EXACT)
    assert fresh[chat] == pytest.approx(3e-6 * p.input_weight, rel=EXACT)
    assert cached[chat] == pytest.approx(3e-6 * p.cached_weight, rel=EXACT)


def test_a_discount_of_half_is_half_the_list_price() -> None:
    half, cheap = world_with(discount=0.5), world_with(price=0.5)
    price = half.used.price
    for found, expected_price in zip(paid_prices(half, price), paid_prices(cheap, 0.5 * price), strict=True):
        assert found == pytest.approx(expected_price, rel=EXACT)
    assert half.metered.offer.lab_share == pytest.approx(cheap.metered.offer.lab_share, rel=EXACT)
    assert half.metered.usd_per_task == pytest.approx(cheap.metered.usd_per_task, rel=EXACT)


def test_only_tiers_on_sale_are_used() -> None:
    """Before its flagship a lab has no tasks on one; a lab without models has none of those that it routes itself."""
    first = InferenceMarket(Scenario.load("baseline").replace(TINY), rng=3)
    first.step()
    world = first.world
    assert world.used.available[0].tolist() == [False, True, True]
    assert world.plans.share[0, :, :, 0].max() < 1e-9
    assert world.plans.share[0, world.constants.metered_rows].sum(axis=2) == pytest.approx(1.0, rel=EXACT)
    assert not world.plans.share[1:, world.constants.routed_rows].any()


def test_thinking_is_off_where_the_switch_is_or_the_models_cannot() -> None:
    assert world_with(price=0.01, cost=0.01, ceiling=64.0).plans.tokens[..., 3].any()
    for world in (world_with(price=0.01, cost=0.01, ceiling=64.0, thinking=False), world_with(price=0.01, cost=0.01)):
        assert not world.plans.tokens[..., 3].any()
        assert not world.plans.per_task[..., THINKING].any()


def test_cheaper_tokens_are_worth_more_for_a_dollar_and_lower_what_is_worth_running() -> None:
    """The rebound, along one price: every class gets more for a dollar, runs lesser tasks, and reads more."""
    worlds = [world_with(price=price, ceiling=16.0) for price in (100.0, 10.0, 1.0, 0.1)]
    rows = worlds[0].constants.metered_rows
    for dear, cheap in pairwise(worlds):
        assert (cheap.metered.offer.class_worth > dear.metered.offer.class_worth).all()
        assert (cheap.metered.cutoff_target < dear.metered.cutoff_target).all()
        assert (cheap.plans.tokens[:, rows, ..., 0] >= dear.plans.tokens[:, rows, ..., 0]).all()
    tokens = [float(world.plans.tokens[:, rows].sum()) for world in worlds]
    assert tokens == sorted(tokens)
    assert tokens[-1] > tokens[0]
