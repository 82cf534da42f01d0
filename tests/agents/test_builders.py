"""The laws of builders: load, crews and prices, worked by hand."""

import pytest

from agents.builders import Builder
from agents.columns import ColumnModel
from agents.supplier_parameters import BuilderProfile, SupplierParameters
from agents.units import WEEKS_PER_YEAR

EXACT = 1e-12
ROUND = {
    "capacity_mw_per_year": 100.0 * WEEKS_PER_YEAR, "book_at_start_mw": 0.0, "under_way_at_start_mw": 0.0,
    "build_weeks": 80, "usd_per_mw": 9e6, "normal_book_weeks": 20.0, "price_elasticity": 0.5, "expansion": 0.2,
    "expansion_weeks": 13,
}  # fmt: skip
LAWS = SupplierParameters.model_validate({"expansion_exponent": 0.5})


def builder(**changed: object) -> Builder:
    """One that starts 100 MW a week."""
    return Builder(ColumnModel(rng=1), 0, "contractors", BuilderProfile.model_validate({**ROUND, **changed}))


def test_the_load_is_crews_at_work_and_the_queue_to_the_normal_one() -> None:
    """All at work and 6,000 MW in the queue, three times the 20 weeks that are normal: a load of 4."""
    one = builder()
    one.observe(100.0, 6000.0)
    assert one.load == pytest.approx(4.0, rel=EXACT)
    assert one.lead_weeks(6000.0) == pytest.approx(140.0, rel=EXACT)


def test_crews_grow_by_the_root_of_the_load_above_one_and_shrink_where_half_of_them_are_idle() -> None:
    one = builder()
    one.load = 5.0
    one.review_capacity(0, LAWS)
    assert one.expansions[13] == one.expanding == pytest.approx(100.0 * 0.2 * 2.0, rel=EXACT)
    idle = builder()
    idle.load = 0.4
    idle.review_capacity(0, LAWS)
    assert (idle.capacity, idle.expanding) == pytest.approx((97.0, 0.0), rel=EXACT)


def test_the_price_rises_with_the_load_and_falls_to_that_of_a_slack_market() -> None:
    one = builder()
    for load, factor in ((4.0, 2.0), (0.2, 0.6**0.5)):
        one.load = load
        one.review_price()
        assert one.price_usd == pytest.approx(9e6 * factor, rel=EXACT)


def test_orders_go_to_builders_with_crews_and_away_from_dear_ones() -> None:
    one = builder()
    one.price_usd = 18e6
    assert one.appeal() == pytest.approx(50.0, rel=EXACT)
    assert builder(output_factor=0.1).appeal() == pytest.approx(10.0, rel=EXACT)
