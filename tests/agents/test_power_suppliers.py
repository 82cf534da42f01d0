"""The laws of suppliers of power: queues, other customers, expansion, prices and a finite pool, worked by hand."""

import pytest

from agents.columns import ColumnModel
from agents.power_suppliers import PowerSupplier
from agents.supplier_parameters import PowerSupplierProfile, SupplierParameters
from agents.units import WEEKS_PER_YEAR

EXACT = 1e-12
A_WEEK = 100.0
ROUND = {
    "capacity_mw_per_year": A_WEEK * WEEKS_PER_YEAR, "book_at_start_mw": 0.0, "cloud_share_at_start": 0.0,
    "under_way_at_start_mw": 0.0, "build_weeks": 50, "usd_per_mw": 2e6, "normal_book_weeks": 100.0,
    "price_elasticity": 0.5, "expansion": 0.1, "expansion_weeks": 80,
}  # fmt: skip


def laws(**changed: float) -> SupplierParameters:
    """A square-root law of expansion, prices that move by a tenth a week, others who order ahead within 50 weeks."""
    values = {"expansion_exponent": 0.5, "power_price_memory_weeks": 10.0, "others_ahead_weeks": 50.0}
    return SupplierParameters.model_validate({**values, **changed})


def supplier(**changed: object) -> PowerSupplier:
    """A maker of 100 MW a week."""
    profile = PowerSupplierProfile.model_validate({**ROUND, **changed})
    return PowerSupplier(ColumnModel(rng=1), 0, "turbines", profile)


def test_the_promised_date_is_the_book_at_today_s_pace_and_the_time_to_build() -> None:
    """10,000 MW at 100 a week are 100 weeks; with 50 a week under way, half of which counts, 80."""
    one = supplier()
    assert one.lead_weeks(10_000.0) == pytest.approx(150.0, rel=EXACT)
    one.invest(0, 50.0, 80)
    assert one.lead_weeks(10_000.0) == pytest.approx(130.0, rel=EXACT)
    assert supplier(output_factor=0.5).lead_weeks(10_000.0) == pytest.approx(250.0, rel=EXACT)  # queues twice as long


def test_others_order_what_they_need_less_at_a_higher_price_and_more_as_years_go_by() -> None:
    one = supplier(other_need_mw_per_year=40.0 * WEEKS_PER_YEAR, other_need_growth_per_year=0.1, other_elasticity=0.5)
    assert one.others_order(laws(), 0.0, 0.0, 0.0) == pytest.approx(40.0, rel=EXACT)
    assert one.others_order(laws(), 2.0, 0.0, 0.0) == pytest.approx(40.0 * 1.21, rel=EXACT)
    one.price_usd = 8e6
    assert one.others_order(laws(), 0.0, 0.0, 0.0) == pytest.approx(20.0, rel=EXACT)
    assert supplier().others_order(laws(), 0.0, 5000.0, 100.0) == 0.0


def test_others_order_ahead_as_the_book_gets_longer_and_wait_as_it_gets_shorter() -> None:
    """Need 40 a week, book of 100 weeks: they want 4,000 in it. With 3,000 there they order 20 a week more."""
    one = supplier(other_need_mw_per_year=40.0 * WEEKS_PER_YEAR)
    assert one.others_order(laws(), 0.0, 10_000.0, 3000.0) == pytest.approx(60.0, rel=EXACT)
    assert one.others_order(laws(), 0.0, 10_000.0, 5000.0) == pytest.approx(20.0, rel=EXACT)
    assert one.others_order(laws(), 0.0, 10_000.0, 9000.0) == 0.0


def test_a_maker_adds_by_the_root_of_how_far_its_book_is_over_normal() -> None:
    """A book of 500 weeks, normal 100: a gap of 4, so 0.1 x 2 of capacity; what is under way then counts."""
    one = supplier()
    one.review_capacity(5, laws(), 50_000.0)
    assert one.expanding == pytest.approx(20.0, rel=EXACT)
    assert one.expansions[85] == one.expanding
    one.review_capacity(18, laws(), 50_000.0)  # 500 / 120 - 1
    assert one.expanding == pytest.approx(20.0 + 10.0 * (5.0 / 1.2 - 1.0) ** 0.5, rel=EXACT)
    before = one.expanding
    one.review_capacity(31, laws(), 9000.0)
    assert one.expanding == before


def test_the_price_follows_the_book_and_falls_with_a_short_one() -> None:
    """Four normal books: twice the price in the end, a tenth of the way a week; a short book counts as half of one."""
    one = supplier()
    one.review_price(laws(), 40_000.0)
    assert one.price_usd == pytest.approx(2e6 * 2.0**0.1, rel=EXACT)
    one.price_usd = 2e6
    one.review_price(laws(), 0.0)
    assert one.price_usd == pytest.approx(2e6 * 0.5**0.05, rel=EXACT)


def test_a_pool_of_sites_gets_slower_and_dearer_as_it_is_used_up_and_never_grows() -> None:
    one = supplier(pool_mw=1000.0, pool_premium=1.5)
    assert one.output_mw() == pytest.approx(A_WEEK, rel=EXACT)
    one.pool_mw = 400.0
    one.review_price(laws(), 0.0)
    one.review_capacity(0, laws(), 1e9)
    assert one.output_mw() == pytest.approx(40.0, rel=EXACT)
    assert one.price_usd == pytest.approx(2e6 * 1.9, rel=EXACT)
    assert one.expanding == 0.0
