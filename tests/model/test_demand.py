"""The laws of demand: tasks become runs, calls and tokens, in whole numbers and without loss."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agents.choice import reached_by
from agents.workloads import BINS
from model.demand import Demand, demand_of, spread_over_bins
from model.plans import Plans


def plans(labs: int = 1, workloads: int = 1) -> Plans:
    """Half of the tasks run on the first tier and a quarter on the second; the last tier is not used.

    A run takes (10, 5, 3, 2) tokens on the first and (1, 0, 1, 0) on the second; those on the first reason.
    """
    made = Plans.empty(labs, workloads)
    made.share[..., :] = [0.5, 0.25, 0.0]
    made.reached[:] = reached_by(made.share)
    made.per_task[:, :, 0] = [10, 5, 3, 2, 1, 3, 20]
    made.per_task[:, :, 1] = [1, 0, 1, 0, 1, 3, 0]
    made.per_task[:, :, 2] = [0, 0, 0, 0, 1, 3, 0]
    made.work[:] = np.array([0.5, 0.125, 9.0])[:, None]
    return made


def test_a_demand_worked_by_hand() -> None:
    """Eight tasks in the first bin and four in the last, with three calls each: 4 + 2 run on tier one, 2 + 1 on two."""
    tasks = np.zeros((1, 1, BINS), dtype=np.int64)
    tasks[0, 0, [0, -1]] = [8, 4]
    found = demand_of(tasks, plans())
    assert found.tasks[0, 0].tolist() == [6, 3, 0]
    assert found.calls[0, 0].tolist() == [18, 9, 0]
    assert found.tokens[0, 0].tolist() == [[60, 30, 18, 12], [3, 0, 3, 0], [0, 0, 0, 0]]
    assert found.thinking[0, 0].tolist() == [120, 0, 0]
    assert found.work[0, 0].tolist() == [3.0, 0.375, 0.0]


def test_labs_workloads_and_bins_keep_their_own_plans() -> None:
    """One task in each bin, all on the first tier, whose tokens number the cell."""
    made = plans(2, 2)
    made.reached[:] = 1.0
    made.tokens[:, :, 0, :, 0] = np.arange(4 * BINS).reshape(2, 2, BINS)
    found = demand_of(np.ones((2, 2, BINS), dtype=np.int64), made)
    assert found.tokens[..., 0, 0].ravel().tolist() == [sum(range(c * BINS, (c + 1) * BINS)) for c in range(4)]


def test_tasks_fall_into_bins_by_their_shares() -> None:
    """Ten tasks to the shares 0.25, 0.55 and 0.2 in turn: up to 2.5 and 8.0 (halves to even), so 2, 6 and 2."""
    bins = np.zeros((1, 1, BINS))
    bins[0, 0, [0, 3, 7]] = [0.25, 0.55, 0.2]
    assert spread_over_bins(np.array([[9.6]]), bins)[0, 0].tolist() == [2, 0, 0, 6, 0, 0, 0, 2]


def test_each_lab_and_workload_has_its_own_shares() -> None:
    bins = np.zeros((2, 2, BINS))
    for place in range(4):
        bins[place // 2, place % 2, place] = 1.0
    found = spread_over_bins(np.array([[1.0, 2.0], [3.0, 4.0]]), bins)
    assert [found[i, w, 2 * i + w] for i in range(2) for w in range(2)] == [1, 2, 3, 4]
    assert found.sum() == 10


shares_of_bins = st.lists(st.floats(1e-6, 1.0), min_size=BINS, max_size=BINS)


@given(count=st.one_of(st.integers(0, 100), st.integers(0, 10**15)), weights=shares_of_bins)
def test_bins_lose_no_task_and_hold_their_share_of_them(count: int, weights: list[float]) -> None:
    """Within one task, and what float64 loses of counts up to 2^50."""
    bins = np.array(weights) / sum(weights)
    found = spread_over_bins(np.array([[float(count)]]), bins[None, None])[0, 0]
    assert int(found.sum()) == count
    assert (found >= 0).all()
    assert np.abs(found - count * bins).max() <= 1.0 + count * 2.0**-50


def test_shares_that_add_up_to_more_than_one_by_rounding_take_no_task_back() -> None:
    bins = np.zeros((1, 1, BINS))
    bins[..., :3] = 1.0 / 3.0 + 1e-15
    found = spread_over_bins(np.array([[1e15]]), bins)[0, 0]
    assert found.sum() == 10**15
    assert (found >= 0).all()


@given(tasks=st.lists(st.integers(0, 10**13), min_size=BINS, max_size=BINS))
def test_a_flat_workload_runs_every_task(tasks: list[int]) -> None:
    """Shares that sum to one, as a logit makes them, lose no task; tokens are exactly runs times tokens per run."""
    made = plans()
    weight = np.exp(np.linspace(0.0, 3.0, BINS * 3).reshape(BINS, 3))
    made.reached[0, 0] = reached_by(weight / weight.sum(axis=-1, keepdims=True))
    found = demand_of(np.array(tasks).reshape(1, 1, BINS), made)
    assert int(found.tasks.sum()) == sum(tasks)
    first, second, _ = (int(n) for n in found.tasks[0, 0])
    assert [int(n) for n in found.tokens[0, 0].sum(axis=0)] == [
        10 * first + second,
        5 * first,
        3 * first + second,
        2 * first,
    ]


def test_demands_add_and_subtract_in_counts_and_work() -> None:
    def one(scale: int) -> Demand:
        return Demand(np.full((1, 1, 3, 7), scale), np.full((1, 1, 3), 0.5 * scale))

    total = one(2).plus(one(3))
    for field in ("counts", "work"):
        assert np.array_equal(getattr(total, field), getattr(one(5), field))
        assert np.array_equal(getattr(total.minus(one(3)), field), getattr(one(2), field))
        assert not getattr(Demand.zeros(1, 1, 3), field).any()
