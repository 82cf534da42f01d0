"""The laws of rationing: nothing lost or made, capacity and priority kept, largest remainders first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from agents.choice import Floats, Ints
from agents.kernels.numpy_kernels import ration
from model.allocation import allocate, committed_first, fractions, share_out
from model.demand import Demand

LABS, WORKLOADS, TIERS = 2, 3, 2
EXACT = 1e-12
ROUNDING = 1e-9  # as the ledger's own tolerance: sums of a few float64 products

counts = hnp.arrays(
    np.int64,
    (LABS, WORKLOADS, TIERS),
    elements=st.one_of(st.integers(0, 50), st.integers(0, 10**15), st.sampled_from([0, 1, 10**15])),
)
capacities = hnp.arrays(np.float64, LABS, elements=st.one_of(st.floats(0.0, 1e3), st.floats(0.0, 1e12), st.just(0.0)))
priorities = hnp.arrays(np.int64, (LABS, WORKLOADS), elements=st.integers(0, 3))
shares = st.floats(0.0, 1.0)


def demand(tasks: Ints) -> Demand:
    """Tasks of three calls with 5, 0, 2 and 1 tokens; 1e-6 output-equivalent Mtok of work each."""
    tokens = tasks[..., None] * np.array([5, 0, 2, 1])
    others = np.stack((tasks, 3 * tasks, 8 * tasks), axis=-1)
    return Demand(np.concatenate((tokens, others), axis=-1), 1e-6 * tasks.astype(np.float64))


# fractions ----------------------------------------------------------------------------------------------------------


def test_everything_is_served_when_there_is_enough() -> None:
    need = np.array([[3.0, 4.0, 5.0], [0.0, 0.0, 0.0]])
    for softness in (0.0, 0.5, 1.0):
        assert fractions(need, np.array([12.0, 0.0]), np.array([[2, 1, 3]] * 2), softness).tolist() == [[1.0] * 3] * 2


def test_strict_priority_worked_by_hand() -> None:
    """Ten hours for needs 4 (second), 8 (first, in two workloads of 6 and 2), 5 (last): 8, then 2 of 4, then none."""
    found = fractions(np.array([[4.0, 6.0, 2.0, 5.0]]), np.array([10.0]), np.array([[2, 1, 1, 3]]), 0.0)
    assert found[0] == pytest.approx([0.5, 1.0, 1.0, 0.0], abs=EXACT)


def test_a_rank_that_does_not_fit_shares_pro_rata() -> None:
    found = fractions(np.array([[6.0, 2.0, 5.0]]), np.array([4.0]), np.array([[1, 1, 2]]), 0.0)
    assert found[0] == pytest.approx([0.5, 0.5, 0.0], abs=EXACT)


def test_each_lab_rations_in_its_own_order() -> None:
    found = fractions(np.array([[4.0, 4.0]] * 2), np.array([4.0, 6.0]), np.array([[0, 1], [1, 0]]), 0.0)
    assert found == pytest.approx(np.array([[1.0, 0.0], [0.5, 1.0]]), abs=EXACT)


def test_full_softness_treats_everybody_alike_and_half_lies_between() -> None:
    """Ten hours for 16: 0.625 alike; strictly 1, 0.75, 0; half-way 0.8125, 0.6875, 0.3125."""
    need, capacity, rank = np.array([[4.0, 8.0, 4.0]]), np.array([10.0]), np.array([[1, 2, 3]])
    assert fractions(need, capacity, rank, 1.0)[0] == pytest.approx([0.625] * 3, abs=EXACT)
    assert fractions(need, capacity, rank, 0.5)[0] == pytest.approx([0.8125, 0.6875, 0.3125], abs=EXACT)


@given(
    need=hnp.arrays(np.float64, (LABS, WORKLOADS), elements=st.one_of(st.just(0.0), st.floats(1e-6, 1e9))),
    capacity=capacities,
    priority=priorities,
    softness=shares,
)
def test_gpu_hours_stay_within_capacity_and_none_idle_while_asked_for(
    need: Floats, capacity: Floats, priority: Ints, softness: float
) -> None:
    found = fractions(need, capacity, priority, softness)
    assert (found >= 0.0).all()
    assert (found <= 1.0).all()
    used = (found * need).sum(axis=1)
    assert used == pytest.approx(np.minimum(capacity, need.sum(axis=1)), rel=ROUNDING, abs=1e-9)


@given(
    need=hnp.arrays(np.float64, (1, WORKLOADS), elements=st.floats(1e-3, 1e6)),
    capacity=st.floats(0.0, 1e6),
    priority=priorities,
    softness=shares,
)
def test_no_later_rank_fares_better_and_strictly_none_is_served_before_the_earlier_is_full(
    need: Floats, capacity: float, priority: Ints, softness: float
) -> None:
    mixed = fractions(need, np.array([capacity]), priority[:1], softness)[0]
    strict = fractions(need, np.array([capacity]), priority[:1], 0.0)[0]
    for first in range(WORKLOADS):
        for later in range(WORKLOADS):
            if priority[0, first] < priority[0, later]:
                assert mixed[first] >= mixed[later] - EXACT
                assert strict[later] < 1e-9 or strict[first] > 1.0 - 1e-9


# contracts ------------------------------------------------------------------------------------------------------------


def reserved(
    need: list[float], committed: list[float], capacity: float, rank: list[int], softness: float = 0.0
) -> list[float]:
    """The fractions of one lab's needs that are served where contracts reserve hours."""
    found = committed_first(np.array([need]), np.array([committed]), np.array([capacity]), np.array([rank]), softness)
    return [float(x) for x in found[0]]


def test_what_contracts_reserve_is_served_before_any_rank() -> None:
    """Six hours: three of the last rank's four are reserved; the first rank takes the other three of its five."""
    assert reserved([5.0, 4.0], [0.0, 3.0], 6.0, [0, 1]) == pytest.approx([0.6, 0.75], abs=EXACT)


def test_what_goes_beyond_the_contract_is_rationed_as_the_rest() -> None:
    """Eight hours: 2 of 6 and 2 of 4 are reserved; the other 4 and 2 share what is left, four of six, alike."""
    found = reserved([6.0, 4.0], [2.0, 2.0], 8.0, [0, 1], softness=1.0)
    assert found == pytest.approx([(2.0 + 8.0 / 3.0) / 6.0, (2.0 + 4.0 / 3.0) / 4.0], abs=EXACT)


def test_a_contract_that_is_not_used_reserves_nothing() -> None:
    """Ten hours are reserved for a need of one: the other has all but that hour."""
    assert reserved([1.0, 4.0], [10.0, 0.0], 3.0, [1, 0]) == pytest.approx([1.0, 0.5], abs=EXACT)


def test_contracts_beyond_the_capacity_are_served_alike_and_nobody_else_is() -> None:
    """Three hours for six reserved: half of each contract, of which one is for two thirds of its need."""
    assert reserved([2.0, 6.0, 1.0], [2.0, 4.0, 0.0], 3.0, [2, 1, 0]) == pytest.approx([0.5, 1.0 / 3.0, 0.0], abs=EXACT)


def test_rounding_costs_no_token_where_there_is_enough() -> None:
    """0.2 reserved and the other 0.9 - 0.2 add up to less than 0.9 in float64."""
    assert 0.2 + (0.9 - 0.2) < 0.9
    assert reserved([0.9], [0.2], 1.0, [0]) == [1.0]


def test_without_contracts_ranks_decide() -> None:
    need, capacity, rank = np.array([[4.0, 6.0, 2.0, 5.0]]), np.array([10.0]), np.array([[2, 1, 1, 3]])
    found = committed_first(need, np.zeros_like(need), capacity, rank, 0.3)
    assert found == pytest.approx(fractions(need, capacity, rank, 0.3), abs=EXACT)


needs = hnp.arrays(np.float64, (LABS, WORKLOADS), elements=st.one_of(st.just(0.0), st.floats(1e-6, 1e9)))


@given(need=needs, committed=needs, capacity=capacities, priority=priorities, softness=shares)
def test_contracts_leave_no_hour_idle_that_is_asked_for_and_get_at_least_their_part(
    need: Floats, committed: Floats, capacity: Floats, priority: Ints, softness: float
) -> None:
    found = committed_first(need, committed, capacity, priority, softness)
    assert (found >= 0.0).all()
    assert (found <= 1.0).all()
    used = (found * need).sum(axis=1)
    assert used == pytest.approx(np.minimum(capacity, need.sum(axis=1)), rel=ROUNDING, abs=1e-9)
    promised = np.minimum(need, committed)
    total = promised.sum(axis=1)
    kept = np.minimum(np.divide(capacity, total, out=np.ones(LABS), where=total > 0.0), 1.0)
    assert (found * need >= promised * kept[:, None] * (1.0 - ROUNDING) - 1e-9).all()
    assert (found[need.sum(axis=1) <= capacity] == 1.0).all()


# whole units ----------------------------------------------------------------------------------------------------------


def test_largest_remainders_are_rounded_up() -> None:
    """Halves and quarters of 5, 3, 2, 10: 2.5, 0.75, 1.5, 2.5 make 7.25: 7 taken, 5 whole, and 0.75 and one half."""
    count = np.array([[5, 10], [3, 10], [2, 10], [10, 10]])
    found = ration(count, np.array([0.5, 0.25, 0.75, 0.25]), together=1)
    assert found[:, 0].tolist() == [3, 1, 1, 2]  # of equal remainders the first
    assert found[:, 1].tolist() == [5, 3, 7, 2]  # 17.5 in all: another kind, rationed by itself


@given(data=st.data())
def test_rationing_rounds_each_cell_by_less_than_one_and_the_total_down(data: st.DataObject) -> None:
    """Counts up to 2^40, whose products with a fraction float64 holds to 2^-13."""
    count = data.draw(hnp.arrays(np.int64, (12, 1), elements=st.integers(0, 2**40)))
    fraction = data.draw(hnp.arrays(np.float64, 12, elements=shares))
    found = ration(count, fraction, together=1)
    exact = count * fraction[:, None]
    assert (found >= 0).all()
    assert (found <= count).all()
    assert np.abs(found - exact).max() < 1.0 + 2.0**-12
    assert abs(int(found.sum()) - exact.sum()) < 1.0 + 12 * 2.0**-12
    assert (found[fraction == 1.0] == count[fraction == 1.0]).all()


def test_a_served_cell_is_served_to_the_last_token_beyond_the_reach_of_float64() -> None:
    """2^53 + 1 is no float64, and still nothing of it may be turned away when all is served."""
    count = np.array([2**53 + 1, 2**60 + 3, 7])
    assert ration(count[:, None], np.ones(3), together=1)[:, 0].tolist() == count.tolist()


def test_every_part_of_a_demand_is_shared_out() -> None:
    """Half is served; of the other half 0.4 wait, of 25, 0, 10 and 5 tokens 10, 0, 4 and 2."""
    whole = demand(np.full((1, 1, 1), 10))
    taken, done, waiting, later = share_out(whole.counts, whole.work, np.array([[0.5]]), np.array([0.4]))
    half, kept = Demand(taken, done), Demand(waiting, later)
    assert kept.tokens.ravel().tolist() == [10, 0, 4, 2]
    assert kept.tasks.item() == 2
    assert kept.work.item() == pytest.approx(2e-6, rel=EXACT)
    assert (half.tasks.item(), half.calls.item(), half.thinking.item()) == (5, 15, 40)
    assert half.tokens.ravel().tolist() == [25, 0, 10, 5]
    assert half.work.item() == pytest.approx(5e-6, rel=EXACT)


# the whole ----------------------------------------------------------------------------------------------------------


@given(
    new=counts,
    backlog=counts,
    capacity=capacities,
    priority=priorities,
    patience=hnp.arrays(np.float64, WORKLOADS, elements=shares),
    softness=shares,
    committed=hnp.arrays(np.float64, (LABS, WORKLOADS), elements=st.one_of(st.just(0.0), st.floats(0.0, 1e10))),
)
def test_what_is_asked_is_served_kept_or_lost_to_the_last_token(
    new: Ints, backlog: Ints, capacity: Floats, priority: Ints, patience: Floats, softness: float, committed: Floats
) -> None:
    """In every cell, in int64, and GPU-hours within capacity."""
    hours = np.array([[2.0, 0.5], [1.0, 3.0]])
    found = allocate(demand(new), demand(backlog), hours, capacity, priority, patience, softness, committed)
    for field in ("tokens", "tasks", "calls", "thinking"):
        parts = [getattr(part, field) for part in (found.served, found.kept, found.lost)]
        asked = getattr(demand(new), field) + getattr(demand(backlog), field)
        assert all(part.dtype == np.int64 and (part >= 0).all() for part in parts)
        assert np.array_equal(sum(parts), asked)
        assert np.array_equal(getattr(found.asked, field), asked)
    assert (found.used_hours.sum(axis=(1, 2)) <= capacity * (1.0 + ROUNDING) + 1e-9).all()
    enough = found.need_hours.sum(axis=(1, 2)) <= capacity
    assert np.array_equal(found.served.tokens[enough], found.asked.tokens[enough])


def test_the_patient_part_waits_and_the_rest_walks_away() -> None:
    """Capacity for half of 100 tasks; of the 50 unserved, 0.3 come back."""
    tasks = np.full((1, 1, 1), 100)
    nothing = demand(np.zeros((1, 1, 1), dtype=np.int64))
    one, none = np.ones((1, 1)), np.zeros((1, 1))
    found = allocate(demand(tasks), nothing, one, np.array([50e-6]), np.array([[1]]), np.array([0.3]), 0.0, none)
    assert [part.tasks.item() for part in (found.served, found.kept, found.lost)] == [50, 15, 35]
    again = allocate(nothing, found.kept, one, np.array([1.0]), np.array([[1]]), np.array([0.3]), 0.0, none)
    assert again.served.tokens.sum() == 15 * 8
