"""The laws of the fleet: chips work once installed and retire in time; live is what chips, shells and power allow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.supplier_parameters import SupplierParameters
from model.exogenous_growth import ExogenousGrowth
from model.fleet import Fleet, technology

EXACT = 1e-12
ROUNDING = 1e-9  # sums of some hundred float64 of some thousands: 1e-9 of them, and 1e-6 of a chip or MW near zero


def parameters(**changed: float) -> HyperscalerParameters:
    """Short lives and lead times, so that weeks suffice."""
    values = {"install_weeks": 3, "chip_life_weeks": 52, "density_at_start": 500.0, **changed}
    return HyperscalerParameters.model_validate(values)


def fleet(p: HyperscalerParameters, *stock: float) -> Fleet:
    """Hyperscalers with these chips."""
    return Fleet.build([HyperscalerProfile(installed_at_start_h100e=chips) for chips in stock], p)


def test_technology_follows_progress() -> None:
    """Cost falls, and what a MW and a wafer hold rises, by their indices."""
    progress = ExogenousGrowth.start(1, 1)
    progress.hardware, progress.density, progress.wafers = 0.5, 0.25, 0.1
    s = SupplierParameters.model_validate({"chip_cost_usd": 8000.0, "h100e_per_wafer": 12.0})
    found = technology(parameters(), s, progress)
    expected = [8000.0 * np.exp(-0.5), 500.0 * np.exp(0.25), 12.0 * np.exp(0.1)]
    assert found == pytest.approx(expected, rel=EXACT)


@given(
    shipped=st.lists(st.tuples(st.floats(0.0, 5000.0), st.floats(0.0, 5000.0)), min_size=6, max_size=20),
    life=st.sampled_from([52, 60]),
)
def test_the_fleet_closes_every_week(shipped: list[tuple[float, float]], life: int) -> None:
    """Opening + delivered - retired = closing, over more than a chip's life; nothing negative, live within both."""
    p = parameters(chip_life_weeks=life)
    own = fleet(p, 1000.0, 3000.0)
    for week in range(2 * life + 10):
        opening, chips = own.installed.copy(), np.array(shipped[week % len(shipped)])
        retired = own.install(week, chips, 500.0)
        assert own.installed == pytest.approx(opening + chips - retired, rel=ROUNDING, abs=1e-6)
        assert own.operating + own.transit.sum(axis=1) == pytest.approx(own.installed, rel=ROUNDING, abs=1e-6)
        assert own.vintages.sum(axis=1) == pytest.approx(own.installed, rel=ROUNDING, abs=1e-6)
        for amounts in (own.operating, own.draw_mw, own.live(), own.operating - own.live()):
            assert (amounts >= -1e-6).all()


def test_live_is_the_smallest_of_chips_shells_and_power() -> None:
    """1,000 chips at 500 a MW draw 2 MW: 500 live at 1 MW of power, 750 at 1.5 MW of shells; unlimited all."""
    own = fleet(parameters(), 1000.0, 1000.0, 1000.0)
    own.connected_mw[:], own.shells_mw[:] = [1.0, 5.0, 5.0], [5.0, 1.5, 5.0]
    assert own.live() == pytest.approx([500.0, 750.0, 1000.0], rel=EXACT)
    assert own.live(unlimited=True) == pytest.approx([1000.0] * 3, rel=EXACT)


def test_denser_chips_need_less_power() -> None:
    """1,000 old chips on 2 MW and 1,000 new ones at 1,000 a MW on 1 MW: 3 MW hold all, 1.5 MW hold half."""
    own = fleet(parameters(), 1000.0)
    own.vintages[:] = own.vintage_mw[:] = 0.0
    for week in range(4):
        own.install(week, np.array([1000.0 if week == 0 else 0.0]), 1000.0)
    assert own.draw_mw[0] == pytest.approx(3.0, rel=EXACT)
    own.connected_mw[:] = 1.5
    assert own.live()[0] == pytest.approx(1000.0, rel=EXACT)


def test_chips_work_after_installation_and_retire_after_their_life() -> None:
    own = fleet(parameters(), 0.0)
    operating = []
    for week in range(56):
        own.install(week, np.array([100.0 if week == 0 else 0.0]), 500.0)
        operating.append(round(float(own.operating[0]), 6))
    assert operating == [0.0] * 3 + [100.0] * 49 + [0.0] * 4


def test_what_retires_within_some_weeks_is_known() -> None:
    own = fleet(parameters(), 52_000.0)
    chips, mw = own.retiring(7, 0)
    assert chips[[0, 9, 51]] == pytest.approx([1000.0, 10_000.0, 52_000.0], rel=EXACT)
    assert mw[9] == pytest.approx(20.0, rel=EXACT)
