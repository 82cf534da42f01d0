"""The laws of all suppliers: additions take their time, a gap brings more without a bound, prices move slowly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.columns import ColumnModel
from agents.suppliers import Supplier, expansion, moved_price
from agents.units import WEEKS_PER_YEAR

EXACT = 1e-12


def supplier(capacity: float = 100.0) -> Supplier:
    """Somebody who can make 100 a week."""
    return Supplier(ColumnModel(rng=1), 0, "one", None, capacity, 5.0)


def test_an_addition_is_ready_after_its_lead_and_counts_as_under_way_until_then() -> None:
    one = supplier()
    one.invest(3, 20.0, 10)
    seen = []
    for week in range(3, 16):
        one.open_week(week, 0.0)
        seen.append((one.capacity, one.expanding))
    assert seen == [(100.0, 20.0)] * 10 + [(120.0, 0.0)] * 3


def test_capacity_wears_out_evenly() -> None:
    one = supplier()
    for week in range(52):
        one.open_week(week, 0.1)
    assert one.capacity == pytest.approx(100.0 * (1.0 - 0.1 / WEEKS_PER_YEAR) ** 52, rel=EXACT)


def test_an_addition_follows_a_power_of_the_gap() -> None:
    """Rate 0.3, exponent 0.5: nothing without a gap, 0.3 at a gap of 1, 0.6 at a gap of 4."""
    assert [expansion(0.3, 0.5, gap) for gap in (-2.0, 0.0, 1.0, 4.0)] == pytest.approx([0.0, 0.0, 0.3, 0.6], rel=EXACT)


@given(gap=st.floats(1e-3, 1e6), exponent=st.floats(0.2, 1.0))
def test_no_gap_is_so_large_that_a_larger_one_brings_no_more(gap: float, exponent: float) -> None:
    """A cap, or a law that saturates, would be a written path again. Twice the gap brings 2^exponent times as much."""
    assert expansion(0.3, exponent, 2.0 * gap) == pytest.approx(2.0**exponent * expansion(0.3, exponent, gap), rel=1e-9)


def test_a_price_goes_its_part_of_the_way_in_logarithms() -> None:
    price = 10.0
    for _ in range(26):
        price = moved_price(price, 20.0, 26.0)
    assert price == pytest.approx(20.0 * 0.5 ** ((1.0 - 1.0 / 26.0) ** 26), rel=EXACT)
    assert 10.0 * 2.0 ** (1.0 - math.exp(-1.0)) == pytest.approx(price, rel=0.02)
