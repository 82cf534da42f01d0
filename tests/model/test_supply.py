"""The laws of supply: chips and shells arrive in time, in bounds and in shares, and live is what both allow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.hyperscalers import Orders
from agents.units import WEEKS_PER_YEAR
from model.exogenous_growth import ExogenousGrowth
from model.supply import Fleet, Technology, technology

EXACT = 1e-12
ROUNDING = 1e-9  # sums of some hundred float64 of some thousands: 1e-9 of them, and 1e-6 of a chip or MW near zero


def parameters(**changed: float) -> HyperscalerParameters:
    """Short lives and lead times, so that weeks suffice."""
    return HyperscalerParameters.model_validate(
        {
            "chip_output_at_start_per_week": 100.0,
            "chip_growth_at_start_per_year": 4.0,
            "chip_growth_floor_per_year": 2.0,
            "chip_growth_decay_years": 2.0,
            "chip_backlog_weeks": 10.0,
            "install_weeks": 3,
            "chip_life_weeks": 52,
            "chip_price_at_start_usd": 30_000.0,
            "server_ratio": 1.5,
            "density_at_start": 500.0,
            "shell_weeks": 8,
            "shell_pipeline_mw_per_week": 0.0,
            "shell_pipeline_growth_per_year": 1.0,
            "power_mw_per_week": 10.0,
            "shell_usd_per_mw": 1e7,
            **changed,
        }
    )


def tech(**changed: float) -> Technology:
    """Chips at 30,000 USD, 500 a MW, output at most doubling in a year, 10 MW of power a week."""
    values = {"chip_price_usd": 30_000.0, "density": 500.0, "chip_growth_per_year": 2.0, "power_mw_per_week": 10.0}
    return Technology(**{**values, **changed})


def fleet(p: HyperscalerParameters, *stock: float) -> Fleet:
    """Hyperscalers with these chips, and nothing on order."""
    built = Fleet.build([HyperscalerProfile(installed_at_start_h100e=chips) for chips in stock], p)
    built.on_order[:] = 0.0
    return built


def test_technology_follows_progress() -> None:
    """Price falls and density and power rise by their indices; chip growth goes from 4 to 2, e-folding in two years."""
    progress = ExogenousGrowth.start(1, 1)
    progress.hardware, progress.density, progress.power, progress.years = 0.5, 0.25, 0.1, 2.0
    found = technology(parameters(), progress)
    assert found.chip_price_usd == pytest.approx(30_000.0 * np.exp(-0.5), rel=EXACT)
    assert found.density == pytest.approx(500.0 * np.exp(0.25), rel=EXACT)
    assert found.power_mw_per_week == pytest.approx(10.0 * np.exp(0.1), rel=EXACT)
    assert found.chip_growth_per_year == pytest.approx(2.0 + 2.0 * np.exp(-1.0), rel=EXACT)


@given(
    orders=st.lists(st.tuples(st.floats(0.0, 5000.0), st.floats(0.0, 20.0)), min_size=6, max_size=20),
    unlimited=st.booleans(),
    life=st.sampled_from([52, 60]),
)
def test_the_fleet_closes_every_week(orders: list[tuple[float, float]], unlimited: bool, life: int) -> None:
    """Opening + delivered - retired = closing, over more than a chip's life; nothing negative, live within both."""
    p = parameters(chip_life_weeks=life)
    own = fleet(p, 1000.0, 3000.0)
    for week in range(2 * life + 10):
        order = Orders(*orders[week % len(orders)])
        own.place(week % 2, week, order, p.shell_usd_per_mw, unlimited=unlimited)
        opening, ordered = own.installed.copy(), own.on_order.copy()
        shells = own.powered_mw + own.waiting_mw + own.pipeline.sum(axis=1)
        moved = own.deliver(week, p, tech(), unlimited=unlimited)
        assert own.installed == pytest.approx(opening + moved.shipped - moved.retired, rel=ROUNDING, abs=1e-6)
        assert own.on_order == pytest.approx(ordered - moved.shipped, rel=ROUNDING, abs=1e-6)
        assert own.powered_mw + own.waiting_mw + own.pipeline.sum(axis=1) == pytest.approx(
            shells, rel=ROUNDING, abs=1e-6
        )
        assert own.operating + own.transit.sum(axis=1) == pytest.approx(own.installed, rel=ROUNDING, abs=1e-6)
        assert own.vintages.sum(axis=1) == pytest.approx(own.installed, rel=ROUNDING, abs=1e-6)
        live = own.live(unlimited=unlimited)
        for amounts in (own.on_order, own.operating, own.draw_mw, own.waiting_mw, live, own.operating - live):
            assert (amounts >= -1e-6).all()


def test_live_is_the_smaller_of_chips_and_power() -> None:
    """1,000 chips at 500 a MW draw 2 MW: at 1 MW 500 live, at 5 MW all; unlimited, power does not count."""
    own = fleet(parameters(), 1000.0, 1000.0)
    own.powered_mw[:] = [1.0, 5.0]
    assert own.live() == pytest.approx([500.0, 1000.0], rel=EXACT)
    assert own.live(unlimited=True) == pytest.approx([1000.0, 1000.0], rel=EXACT)


def test_denser_chips_need_less_power() -> None:
    """1,000 old chips on 2 MW and 1,000 new ones at 1,000 a MW on 1 MW: 3 MW hold all, 1.5 MW hold half."""
    p = parameters()
    own = fleet(p, 1000.0)
    own.vintages[:] = own.vintage_mw[:] = 0.0
    own.chip_output = 1000.0
    own.place(0, 0, Orders(1000.0, 0.0), p.shell_usd_per_mw, unlimited=False)
    for week in range(4):
        own.deliver(week, p, tech(density=1000.0), unlimited=False)
    assert own.draw_mw[0] == pytest.approx(3.0, rel=EXACT)
    own.powered_mw[:] = 1.5
    assert own.live()[0] == pytest.approx(1000.0, rel=EXACT)


def test_chips_are_shared_pro_rata_to_orders() -> None:
    """100 a week for orders of 300 and 100: 75 and 25; and they pay for what they get, server included."""
    p = parameters()
    own = fleet(p, 1000.0, 1000.0)
    own.on_order[:] = [300.0, 100.0]
    moved = own.deliver(0, p, tech(), unlimited=False)
    assert moved.shipped == pytest.approx([75.0, 25.0], rel=EXACT)
    assert moved.chip_cost == pytest.approx([75.0 * 45_000.0, 25.0 * 45_000.0], rel=EXACT)


def test_chip_output_grows_no_faster_than_its_bound_and_shrinks_slowly() -> None:
    p = parameters()
    own = fleet(p, 1000.0)
    own.on_order[:] = 1e9
    outputs = []
    for week in range(53):
        outputs.append(float(own.deliver(week, p, tech(), unlimited=False).shipped.sum()))
    growth = np.diff(np.log(outputs))
    assert growth == pytest.approx(np.log(2.0) / WEEKS_PER_YEAR, rel=1e-9)
    own.on_order[:] = 0.0
    before = float(own.chip_output)
    own.deliver(53, p, tech(), unlimited=False)
    assert float(own.chip_output) == pytest.approx(0.98 * before, rel=EXACT)


def test_chip_makers_never_ship_more_than_is_ordered_and_unlimited_ones_all_of_it() -> None:
    p = parameters()
    for unlimited, ordered, shipped in ((False, 40.0, 40.0), (False, 4000.0, 100.0), (True, 4000.0, 4000.0)):
        own = fleet(p, 1000.0)
        own.on_order[:] = ordered
        assert own.deliver(0, p, tech(), unlimited=unlimited).shipped.sum() == pytest.approx(shipped, rel=EXACT)


def test_chips_work_after_installation_and_retire_after_their_life() -> None:
    p = parameters()
    own = fleet(p, 0.0)
    own.place(0, 0, Orders(100.0, 0.0), p.shell_usd_per_mw, unlimited=False)
    operating = []
    for week in range(56):
        own.deliver(week, p, tech(), unlimited=False)
        operating.append(round(float(own.operating[0]), 6))
    assert operating == [0.0] * 3 + [100.0] * 49 + [0.0] * 4


def test_shells_take_their_time_and_are_paid_while_they_are_built() -> None:
    """8 MW: done at the far end of the pipeline, a week less than its length, or after 8 weeks at most if unlimited."""
    for unlimited, weeks in ((False, 12), (True, 12)):
        p = parameters(shell_weeks=weeks)
        own = fleet(p, 0.0)
        own.place(0, 0, Orders(0.0, 8.0), p.shell_usd_per_mw, unlimited=unlimited)
        moved = [own.deliver(week, p, tech(), unlimited=unlimited) for week in range(weeks + 2)]
        arrival = next(week for week, one in enumerate(moved) if one.powered.sum() > 0.0)
        assert arrival == (8 if unlimited else weeks - 1)
        paid = [one.shell_cost.sum() for one in moved]
        assert paid == pytest.approx([8e7 / (arrival + 1)] * (arrival + 1) + [0.0] * (weeks + 1 - arrival), rel=EXACT)
        assert own.powered_mw.sum() == pytest.approx(8.0, rel=EXACT)


def test_power_is_shared_pro_rata_and_the_rest_waits() -> None:
    """10 MW a week for 30 and 10 MW built: 7.5 and 2.5, then the same again."""
    p = parameters()
    own = fleet(p, 0.0, 0.0)
    own.waiting_mw[:] = [30.0, 10.0]
    for left in (30.0, 20.0):
        moved = own.deliver(0, p, tech(), unlimited=False)
        assert moved.powered == pytest.approx([7.5, 2.5], rel=EXACT)
        assert own.waiting_mw.sum() == pytest.approx(left, rel=EXACT)
    assert own.deliver(0, p, tech(), unlimited=True).powered.sum() == pytest.approx(20.0, rel=EXACT)


def test_what_is_owned_counts_everything_on_the_way() -> None:
    p = parameters()
    own = fleet(p, 1000.0)
    powered = float(own.powered_mw[0])
    own.place(0, 0, Orders(70.0, 3.0), p.shell_usd_per_mw, unlimited=False)
    own.waiting_mw[0] = 2.0
    assert own.owned(0) == Orders(1070.0, powered + 5.0)
