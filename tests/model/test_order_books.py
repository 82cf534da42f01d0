"""The laws of order books: nothing is lost, queues are served in order or alike, promises are counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ConservationError
from model.ledger import check_orders
from model.order_books import MOST_WEEKS, OrderBook, drawn

EXACT = 1e-12
NAMES = (("one", "two"), ("a", "b"))


def book(queued: object = 0.0, under_way: object = 0.0, weeks: int = 4, stages: int = 1) -> OrderBook:
    """Two makers and two customers."""
    waits, comes = (np.broadcast_to(np.array(table, dtype=np.float64), (2, 2)).copy() for table in (queued, under_way))
    return OrderBook.opened("shells", "MW", NAMES, waits, comes, [weeks, weeks], stages=stages)


def test_a_queue_is_served_pro_rata_as_far_as_the_maker_can() -> None:
    """100 for orders of 300 and 100: 75 and 25. The other maker could do more than is there."""
    one = book([[300.0, 100.0], [30.0, 0.0]])
    assert one.serve(np.array([100.0, 100.0])) == pytest.approx(np.array([[75.0, 25.0], [30.0, 0.0]]), rel=EXACT)
    assert one.queued() == pytest.approx(np.array([[225.0, 75.0], [0.0, 0.0]]), rel=EXACT)


def test_works_arrive_after_their_weeks_and_are_counted_as_promised_meanwhile() -> None:
    one = book([[8.0, 0.0], [0.0, 2.0]])
    one.begin(one.serve(np.array([8.0, 2.0])), [5, 3], week=MOST_WEEKS - 2)  # over the end of the ring
    assert one.under_way() == pytest.approx(np.array([[8.0, 0.0], [0.0, 2.0]]), rel=EXACT)
    assert one.promised(MOST_WEEKS - 2, 0)[[3, 4, MOST_WEEKS - 1]] == pytest.approx([0.0, 8.0, 8.0], rel=EXACT)
    assert one.promised(MOST_WEEKS - 2, 1, np.array([1.0, 0.0]))[-1] == 0.0
    arrived = [float(one.arrive(MOST_WEEKS - 2 + week).sum()) for week in range(1, 7)]
    assert arrived == [0.0, 0.0, 2.0, 0.0, 8.0, 0.0]
    assert one.done.sum() == pytest.approx(10.0, rel=EXACT)


def test_what_was_ordered_before_comes_evenly() -> None:
    one = book(under_way=[[8.0, 4.0], [0.0, 0.0]], weeks=4)
    assert [float(one.arrive(week)[0, 0]) for week in range(5)] == pytest.approx([2.0] * 4 + [0.0], rel=EXACT)


def test_a_newcomer_waits_behind_those_who_came_before() -> None:
    """a has 400 in four stages; b orders 400. Of the first 100 a gets all, of the first 400 nearly all."""
    one = book([[400.0, 0.0], [0.0, 0.0]], stages=4)
    one.place(1, [400.0, 0.0])
    first = one.serve(np.array([100.0, 0.0]))[0]
    assert first[0] > 0.85 * first.sum()
    later = [one.serve(np.array([30.0, 0.0]))[0] for _ in range(20)]
    assert later[-1][1] > later[-1][0]


def test_of_those_at_the_head_the_more_pressing_take_more() -> None:
    one = book([[100.0, 100.0], [0.0, 0.0]])
    rank = np.array([[3.0, 1.0], [1.0, 1.0]])
    assert one.serve(np.array([40.0, 0.0]), rank)[0] == pytest.approx([30.0, 10.0], rel=EXACT)
    assert drawn(np.array([[10.0, 100.0]]), np.array([80.0]), np.array([[9.0, 1.0]]))[0, 0] <= 10.0


def test_orders_and_cancellations_are_counted_until_makers_look() -> None:
    one = book([[100.0, 0.0], [0.0, 0.0]])
    one.place(0, [50.0, 5.0])
    one.cancel(0, [500.0, 2.0])  # no more than waits
    assert one.cancelled == pytest.approx(np.array([[150.0, 0.0], [2.0, 0.0]]), rel=EXACT)
    assert one.look() == pytest.approx([-100.0, 3.0], rel=EXACT)
    assert one.look() == pytest.approx([0.0, 0.0])


MOVES = st.lists(
    st.tuples(st.integers(0, 1), st.floats(0.0, 500.0), st.floats(0.0, 500.0), st.floats(0.0, 300.0)),
    min_size=1, max_size=40,
)  # fmt: skip


@given(moves=MOVES, stages=st.sampled_from([1, 4]))
def test_no_order_is_lost_or_made_out_of_nothing(moves: list[tuple[int, float, float, float]], stages: int) -> None:
    """Orders = in queue + under way + done + cancelled, by maker and customer, and nothing negative."""
    one = book(50.0, 20.0, stages=stages)
    for week, (customer, ordered, cancelled, capacity) in enumerate(moves):
        one.place(customer, [ordered, 0.5 * ordered])
        one.cancel(customer, [cancelled, cancelled])
        one.begin(one.serve(np.array([capacity, 2.0 * capacity]), np.array([[2.0, 1.0], [1.0, 1.0]])), [3, 7], week)
        one.arrive(week)
        check_orders(week, one)
        assert one.waiting.min() >= -1e-9
    assert np.abs(one.imbalance()).max() < 1e-7


@pytest.mark.parametrize("field", ["waiting", "coming", "done", "cancelled", "ordered"])
def test_a_breach_is_named_with_week_cell_and_amount(field: str) -> None:
    one = book(50.0, 20.0)
    getattr(one, field)[(1, 0, 0) if field in ("waiting", "coming") else (1, 0)] += 3.0
    with pytest.raises(ConservationError) as error:
        check_orders(9, one)
    assert (error.value.week, error.value.cell) == (9, "orders of shells by a at two (MW)")
    assert error.value.amount == pytest.approx(3.0)


def test_less_than_nothing_on_order_is_a_breach_too() -> None:
    one = book()
    one.waiting[0, 0, 1], one.cancelled[0, 1] = -2.0, 2.0
    with pytest.raises(ConservationError, match=r"negative orders of shells by b at one \(MW\)"):
        check_orders(9, one)
