"""The laws of hyperscalers: what they believe, and what they can pay."""

import math

import numpy as np
import pytest

from agents.capacity_plan import CAPITAL, POWER
from agents.columns import ColumnModel
from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.hyperscalers import Hyperscaler
from agents.units import WEEKS_PER_YEAR
from tests.agents.test_capacity_plan import ROUND, holdings, offers

EXACT = 1e-12
BELIEFS = {
    "forecast_memory_weeks": 20.0, "long_run_growth_per_year": 0.1, "growth_fade_years": 2.0, "error_sd": 0.1,
    "error_memory_weeks": 50.0, "outside_elasticity": 1.0, "order_weeks": 4, "operating_cost_share": 0.5,
    "credit": 1.0, "borrowing_per_year": 0.5,
}  # fmt: skip


def parameters(**changed: float) -> HyperscalerParameters:
    """Round numbers for all that the tests read."""
    return HyperscalerParameters.model_validate({**ROUND, **BELIEFS, **changed})


def hyperscaler(**changed: object) -> Hyperscaler:
    """One with core cash flow of 10 billion a year, net debt of 2 and lenders who allow one year's earnings."""
    profile = HyperscalerProfile.model_validate(
        {
            "installed_at_start_h100e": 1000.0,
            "core_cash_flow_usd_per_year": 1e10,
            "core_cash_growth_per_year": 0.0,
            "other_capex_usd_per_year": 0.0,
            "net_debt_at_start_usd": 2e9,
            "leverage": 1.0,
            "optimism": 0.1,
            **changed,
        }
    )
    return Hyperscaler(ColumnModel(rng=1), 1, "one", profile)


def test_the_first_demand_is_taken_as_it_is_and_later_ones_are_averaged() -> None:
    one = hyperscaler()
    one.growth = 0.5
    one.observe_demand(parameters(), 800.0, 0.5)
    assert (one.value, one.growth) == (800.0, 0.5)
    one.observe_demand(parameters(), 1600.0, 1.5)
    assert (one.value, one.growth) == pytest.approx((900.0, 0.55), rel=EXACT)


def test_errors_fade_and_are_renewed_so_that_their_spread_stays() -> None:
    """0.1 x 0.98, and a normal number of 2 with spread 0.1 x 0.2; the spread in the long run is 0.1."""
    one = hyperscaler()
    one.error = 0.1
    one.err(parameters(), 2.0)
    assert one.error == pytest.approx(0.098 + 0.04, rel=EXACT)
    drawn, errors = np.random.default_rng(1).standard_normal(20_000), []
    for normal in drawn.tolist():
        one.err(parameters(), normal)
        errors.append(one.error)
    assert np.std(errors) == pytest.approx(0.1, rel=0.1)


def test_the_outlook_has_optimism_and_both_errors() -> None:
    one = hyperscaler()
    one.value, one.growth, one.error = 900.0, 0.5, 0.02
    seen = one.outlook(parameters(), -0.03)
    assert (seen.value, seen.growth) == pytest.approx((900.0, 0.54), rel=EXACT)
    assert (seen.long_run, seen.fade_years, seen.elasticity) == (0.1, 2.0, 1.0)


def test_rents_and_what_is_left_are_remembered_as_yearly_rates() -> None:
    one = hyperscaler()
    for _ in range(400):
        one.observe_money(2e6, -3e6)
    assert one.rents_per_year == pytest.approx(2e6 * WEEKS_PER_YEAR, rel=1e-9)
    assert one.cash_per_year == pytest.approx(-3e6 * WEEKS_PER_YEAR, rel=1e-9)


def test_room_is_cash_flow_and_new_debt_of_the_next_years_less_what_falls_due() -> None:
    """Earnings 10 + 0.5 x 4 e^0 billion; debt allowed 12, there 2; 1.5 x (3 + 0.5 x 10) - 1 = 11."""
    one = hyperscaler()
    one.rents_per_year, one.cash_per_year = 4e9, 3e9
    p, flat = parameters(), one.outlook(parameters(), 0.0)._replace(growth=0.0, long_run=0.0)
    assert one.lenders_limit(p, flat) == pytest.approx(12e9, rel=EXACT)
    assert one.room(p, flat, 1e9) == pytest.approx(11e9, rel=EXACT)
    assert one.room(parameters(credit=0.0), flat, 1e9) == pytest.approx(3.5e9, rel=EXACT)
    one.net_debt_usd = 20e9  # more than lenders allow: nothing new, and what is there stays
    assert one.room(p, flat, 1e9) == pytest.approx(3.5e9, rel=EXACT)


def order(one: Hyperscaler, falling_due: float = 0.0) -> int:
    """Let it order with 100 MW of power and shells for 50,000 chips; return what limited it."""
    plan = one.order(
        parameters(), offers(), holdings(), common_error=0.0, slip=0.3, rent=3.0, share=0.2, falling_due=falling_due,
        powered_mw=100.0,
    )  # fmt: skip
    assert one.orders_limited_by == plan.limited_by
    return plan.limited_by


def test_any_hyperscaler_can_run_out_of_capital() -> None:
    one = hyperscaler()
    one.value, one.cash_per_year = 1e6, 1e15
    assert order(one) == POWER
    assert order(one, falling_due=1e16) == CAPITAL


def test_they_order_in_turn() -> None:
    ones = [hyperscaler() for _ in range(4)]
    for index, one in enumerate(ones):
        one.index = index
    for week in range(8):
        assert sum(one.is_ordering(parameters(), week) for one in ones) == 1


def test_the_growth_that_is_believed_has_no_cap_within_what_can_be_seen() -> None:
    one = hyperscaler()
    for growth in (0.5, 1.0, 1.5):
        one.growth = growth
        assert one.outlook(parameters(), 0.0).growth == pytest.approx(1.1 * growth, rel=EXACT)
    assert math.isfinite(one.outlook(parameters(), 1e9).log_growth(10.0))
