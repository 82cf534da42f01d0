"""The laws of chip makers: what they ship, expect, add and charge, worked by hand."""

import math

import pytest

from agents.chip_makers import ChipMaker
from agents.columns import ColumnModel
from agents.supplier_parameters import ChipMakerProfile, SupplierParameters
from agents.units import WEEKS_PER_MONTH, WEEKS_PER_YEAR

EXACT = 1e-12
ROUND = {
    "wafers_per_month": 1000.0, "expanding_share": 0.51, "standing": 1.0, "owner_standing": 3.0, "markup": 4.0,
    "cost_ratio": 0.5, "normal_book_weeks": 20.0, "price_elasticity": 0.5, "expansion": 0.3, "expansion_weeks": 52,
    "strain_weeks": 26.0, "caution": 0.5, "scrapped_per_year": 0.0, "owner": "aws",
}  # fmt: skip
LAWS = {
    "expansion_exponent": 0.5, "order_memory_weeks": 10.0, "trend_memory_weeks": 20.0, "book_correction_weeks": 40.0,
    "chip_price_memory_weeks": 26.0, "chip_substitution": 2.0, "chip_cost_usd": 8000.0, "h100e_per_wafer": 12.0,
}  # fmt: skip


def laws() -> SupplierParameters:
    """Round numbers for all that the tests read."""
    return SupplierParameters.model_validate(LAWS)


def maker(booked_weeks: float = 20.0, **changed: object) -> ChipMaker:
    """A maker of 1,000 wafers a month, with a normal book."""
    profile = ChipMakerProfile.model_validate({**ROUND, **changed})
    return ChipMaker(ColumnModel(rng=1), 0, "line", profile, laws(), booked_weeks)


def test_output_is_wafers_times_what_they_hold_and_stops_where_a_plant_is_out() -> None:
    assert maker().output_h100e(12.0) == pytest.approx(12_000.0 / WEEKS_PER_MONTH, rel=EXACT)
    assert maker(output_factor=0.5).output_h100e(12.0) == pytest.approx(6_000.0 / WEEKS_PER_MONTH, rel=EXACT)


def test_additions_begun_before_the_start_come_ready_evenly_within_the_lead() -> None:
    one = maker()
    assert one.expanding == pytest.approx(510.0, rel=EXACT)
    for week in range(53):
        one.open_week(week, 0.0)
    assert (one.capacity, one.expanding) == pytest.approx((1510.0, 0.0), abs=1e-9)


def test_orders_and_their_trend_are_averaged() -> None:
    """From 1,000 a week a tenth of the way to 1,500: 1,050, which is ln 1.05 a week; a twentieth of it is noted."""
    one = maker()
    one.orders_per_week, one.orders_growth = 1000.0, 0.2
    one.observe_orders(laws(), 1500.0)
    assert one.orders_per_week == pytest.approx(1050.0, rel=EXACT)
    assert one.orders_growth == pytest.approx(0.2 + (math.log(1.05) * WEEKS_PER_YEAR - 0.2) / 20.0, rel=EXACT)
    one.observe_orders(laws(), -400.0)  # more cancelled than ordered counts as nothing
    assert one.orders_per_week == pytest.approx(945.0, rel=EXACT)


def test_expected_orders_are_the_trend_believed_in_part_and_a_book_to_be_worked_off() -> None:
    """1,000 a week and half of ln 2 a year, in one year: 1,414; 8,000 over a normal book of 20,000 in 40 weeks."""
    one = maker()
    one.orders_per_week, one.orders_growth = 1000.0, math.log(2.0)
    assert one.expected_orders(laws(), WEEKS_PER_YEAR, 28_000.0) == pytest.approx(1000.0 * 2**0.5 + 200.0, rel=EXACT)
    assert one.expected_orders(laws(), WEEKS_PER_YEAR, 12_000.0) == pytest.approx(1000.0 * 2**0.5 - 200.0, rel=EXACT)


def test_capacity_grows_by_the_root_of_the_gap_after_its_lead() -> None:
    """Wanted are 2,260 wafers a month, there and under way 1,000: 0.3 x 1.26^0.5 of it, in 52 weeks."""
    one = maker(expanding_share=0.0)
    one.orders_growth, one.orders_per_week = 0.0, 2260.0 * 12.0 / WEEKS_PER_MONTH
    one.review_capacity(7, laws(), one.orders_per_week * 20.0, 12.0)
    assert one.expanding == pytest.approx(1000.0 * 0.3 * 1.26**0.5, rel=1e-9)
    assert one.expansions[7 + 52] == one.expanding
    before = one.expanding
    one.orders_per_week = 100.0  # what is there is more than enough
    one.review_capacity(20, laws(), 2000.0, 12.0)
    assert one.expanding == before


def test_additions_take_longer_while_many_are_under_way() -> None:
    assert maker(expanding_share=0.0).lead_weeks() == 52.0
    assert maker(expanding_share=0.5).lead_weeks() == pytest.approx(65.0, rel=EXACT)
    assert maker(expanding_share=2.0).lead_weeks() == pytest.approx(78.0, rel=EXACT)


def test_the_markup_follows_the_book_and_the_price_the_cost() -> None:
    """A book of four normal ones doubles the markup in the end: a 26th of the way, in logarithms, is 2^(1/26)."""
    one = maker()
    assert (one.markup, one.price_usd) == pytest.approx((4.0, 16_000.0), rel=EXACT)
    one.review_price(laws(), 80.0 * 100.0, 100.0, 6000.0)
    assert one.markup == pytest.approx(4.0 * 2.0 ** (1.0 / 26.0), rel=EXACT)
    assert one.price_usd == pytest.approx(one.markup * 6000.0 * 0.5, rel=EXACT)


def test_an_owner_orders_more_of_its_own_line_and_all_order_less_of_a_line_that_has_become_dear() -> None:
    one = maker()
    assert (one.appeal("aws", laws()), one.appeal("azure", laws())) == pytest.approx((3.0, 1.0), rel=EXACT)
    one.markup = 8.0
    assert one.appeal("azure", laws()) == pytest.approx(0.25, rel=EXACT)
