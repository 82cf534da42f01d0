"""The laws of hyperscalers: forecasts that err both ways, and orders within the budget."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.columns import ColumnModel
from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.hyperscalers import Hyperscaler, Orders, cost_per_gpu_hour
from agents.units import WEEKS_PER_YEAR

EXACT = 1e-12


def parameters(**changed: float) -> HyperscalerParameters:
    """Round numbers for all that the tests read."""
    return HyperscalerParameters.model_validate(
        {
            "chip_backlog_weeks": 20.0,
            "install_weeks": 6,
            "server_ratio": 1.5,
            "all_in_ratio": 2.0,
            "shell_weeks": 52,
            "shell_usd_per_mw": 1e7,
            "power_usd_per_mwh": 100.0,
            "capital_share": 0.5,
            "reinvestment": 1.0,
            "forecast_memory_weeks": 26.0,
            "growth_cap_per_year": 2.0,
            "reserve": 1.1,
            "depreciation_years": 5.0,
            **changed,
        }
    )


def hyperscaler(core: float = 1e10, demand: float = 1000.0, growth: float = 0.0) -> Hyperscaler:
    """One that has 1,000 H100e and expects `growth` a week."""
    profile = HyperscalerProfile.model_validate(
        {
            "installed_at_start_h100e": 1000.0,
            "core_cash_flow_usd_per_year": core,
            "core_cash_growth_per_year": 0.0,
            "other_capex_usd_per_year": 0.0,
        }
    )
    one = Hyperscaler(ColumnModel(rng=1), 0, "one", profile)
    one.demand_h100e, one.growth = demand, growth
    return one


def test_the_forecast_carries_growth_on_up_to_the_cap_and_down_as_well() -> None:
    """The cap is a doubling a year."""
    p, year = parameters(), WEEKS_PER_YEAR
    assert hyperscaler(growth=0.0).forecast(p, 50.0) == pytest.approx(1000.0, rel=EXACT)
    assert hyperscaler(growth=0.001).forecast(p, 50.0) == pytest.approx(1000.0 * math.exp(0.05), rel=EXACT)
    assert hyperscaler(growth=1.0).forecast(p, year) == pytest.approx(2000.0, rel=EXACT)
    assert hyperscaler(growth=-1.0).forecast(p, year) == pytest.approx(500.0, rel=EXACT)


def test_growth_that_stops_is_still_forecast_for_a_while_and_forgotten_in_the_end() -> None:
    one, p = hyperscaler(), parameters()
    for week in range(150):
        one.observe(p, 1000.0 * math.exp(0.01 * week), 0.0, 0.0)
    assert one.growth == pytest.approx(0.01, rel=1e-2)  # exp(-150 / 26) is left of the start
    peak = one.demand_h100e
    one.observe(p, 1000.0 * math.exp(0.01 * 149), 0.0, 0.0)
    assert one.forecast(p, 26.0) > 1.2 * peak  # exp(0.26), less what one week teaches
    for _ in range(300):
        one.observe(p, 1000.0, 0.0, 0.0)
    assert abs(one.growth) < 0.001


def test_rents_and_spending_are_remembered_as_yearly_rates() -> None:
    one, p = hyperscaler(), parameters()
    for _ in range(400):
        one.observe(p, 1000.0, 2e6, 3e6)
    assert one.rents_per_year == pytest.approx(2e6 * WEEKS_PER_YEAR, rel=1e-9)
    assert one.spent_per_year == pytest.approx(3e6 * WEEKS_PER_YEAR, rel=1e-9)


def test_orders_worked_by_hand() -> None:
    """No growth, reserve 1.1: 1,100 H100e less 900 owned; 1,100 at 500 a MW are 2.2 MW less 1.2 owned."""
    order = hyperscaler().order(parameters(), Orders(900.0, 1.2), 20_000.0, 500.0, unlimited=False)
    assert order.chips_h100e == pytest.approx(200.0, rel=EXACT)
    assert order.shells_mw == pytest.approx(1.0, rel=EXACT)


def test_nothing_is_ordered_where_enough_is_owned() -> None:
    order = hyperscaler().order(parameters(), Orders(1100.0, 2.3), 20_000.0, 500.0, unlimited=False)
    assert (order.chips_h100e, order.shells_mw) == (0.0, 0.0)


@given(
    core=st.floats(0.0, 1e9),
    rents=st.floats(0.0, 1e9),
    spent=st.floats(0.0, 1e9),
    demand=st.floats(0.0, 1e7),
    price=st.floats(1e3, 1e5),
)
def test_orders_stay_within_the_budget(core: float, rents: float, spent: float, demand: float, price: float) -> None:
    """Each order costs at most what is left of a year's budget over its own horizon; unlimited ones may cost more."""
    one, p = hyperscaler(core=core, demand=demand), parameters()
    one.rents_per_year, one.spent_per_year = rents, spent
    room = max(0.5 * core + rents - spent, 0.0)
    order = one.order(p, Orders(0.0, 0.0), price, 500.0, unlimited=False)
    assert 0.0 <= order.chips_h100e * price * 1.5 <= room * 26.0 / WEEKS_PER_YEAR * (1.0 + EXACT)
    assert 0.0 <= order.shells_mw * 1e7 <= room * 52.0 / WEEKS_PER_YEAR * (1.0 + EXACT)
    free = one.order(p, Orders(0.0, 0.0), price, 500.0, unlimited=True)
    assert free.chips_h100e == pytest.approx(1.1 * one.forecast(p, 26.0), rel=EXACT)


def test_a_gpu_hour_costs_its_chips_written_off_and_its_electricity() -> None:
    """20,000 USD x 2 over 5 years of 8,766 hours, and 2 kW at 0.10 USD: 0.9126 + 0.2."""
    found = cost_per_gpu_hour(parameters(), 20_000.0, 500.0)
    assert found == pytest.approx(40_000.0 / 43_830.0 + 0.2, rel=EXACT)
