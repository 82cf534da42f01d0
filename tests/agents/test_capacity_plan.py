"""The laws of a hyperscaler's plan, worked by hand: hurdle, what is wanted, what is promised, orders, cuts, money."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.capacity_plan import (
    CAPITAL,
    CHIPS,
    DEMAND,
    POWER,
    SHELLS,
    Holdings,
    Offers,
    Outlook,
    Planner,
    Way,
    hurdle,
    part_due,
    taken_share,
    worth_of_power,
)
from agents.hyperscaler_parameters import HyperscalerParameters
from agents.units import WEEKS_PER_YEAR

EXACT = 1e-12
WEEKS = 400
ROUND = {
    "reserve": 1.0, "capital_charge_per_year": 0.4, "power_usd_per_mwh": 100.0, "catch_up": 0.5, "plan_weeks": 200.0,
    "chip_plan_weeks": 80.0, "chip_least_weeks": 20.0,
    "shell_plan_weeks": 120.0, "power_ahead": 1.5, "shells_ahead": 1.2, "chips_ahead": 1.0,
    "cancelled_per_order": 0.1, "install_weeks": 10,
}  # fmt: skip
GRID = Way(150.0, 100.0, 1e6, 60.0, 100.0, math.inf, brings_shell=False)
ENGINES = Way(50.0, 25.0, 2e6, 60.0, 20.0, math.inf, brings_shell=False)


def parameters(**changed: float) -> HyperscalerParameters:
    """Round numbers for all that the tests read."""
    return HyperscalerParameters.model_validate({**ROUND, **changed})


def offers(**changed: object) -> Offers:
    """Chips at 20,000 USD in 60 weeks, shells at 8 million a MW in 100, both ways to power; 500 H100e a MW."""
    values = {
        "chip_usd": 20_000.0, "chip_weeks": 60.0, "chip_pace": 1e9, "shell_usd_per_mw": 8e6, "shell_weeks": 100.0,
        "power_usd_per_mw": 2e6, "ways": (GRID, ENGINES), "density": 500.0, "density_growth": 0.0, "price_fall": 0.0,
    }  # fmt: skip
    return Offers(**{**values, **changed})  # type: ignore[arg-type]


def holdings(**changed: object) -> Holdings:
    """50,000 chips on 100 MW, nothing on order, and 100 MW of power and shells."""
    nothing = np.zeros(WEEKS)
    values = {
        "chips": 50_000.0, "draw_mw": 100.0, "chips_retiring": nothing, "draw_retiring": nothing,
        "chips_on_order": 0.0, "power_mw": 100.0, "power_coming": nothing, "power_queued": [0.0, 0.0],
        "shells_mw": 100.0, "shells_coming": nothing, "shells_queued": 0.0,
    }  # fmt: skip
    return Holdings(**{**values, **changed})  # type: ignore[arg-type]


def flat(value: float) -> Outlook:
    """Demand that stays at `value` H100e at a rent of 1 USD, with an elasticity of one."""
    return Outlook(value, 0.0, 0.0, 2.0, 1.0)


def planner(
    wanted: float, own: Holdings | None = None, offered: Offers | None = None, slip: float = 0.0, **changed: float
) -> Planner:
    """A planner who wants so many chips at all dates."""
    p, offered = parameters(**changed), offered or offers()
    return Planner(p, flat(wanted * hurdle(p, offered, 0.0)), offered, own or holdings(), slip)


def test_the_hurdle_is_the_charge_on_chip_and_site_and_the_electricity() -> None:
    """20,000 + 10 million / 500 = 40,000 USD x 0.4 over 8,766 hours, and 2 kW at 0.10 USD."""
    assert hurdle(parameters(), offers(), 0.0) == pytest.approx(16_000.0 / 8766.0 + 0.2, rel=EXACT)
    later = offers(price_fall=math.log(2.0), density_growth=math.log(2.0))
    assert hurdle(parameters(), later, 1.0) == pytest.approx(8_000.0 / 8766.0 + 0.1, rel=EXACT)


def test_a_megawatt_is_worth_the_margin_on_its_chips_and_what_idle_ones_cost() -> None:
    p, cost = parameters(), hurdle(parameters(), offers(), 0.0)
    assert worth_of_power(p, offers(), cost - 0.1, 0.0) == 0.0
    assert worth_of_power(p, offers(), cost + 1.0, 0.0) == pytest.approx(500.0 * 8766.0, rel=EXACT)
    assert worth_of_power(p, offers(), cost, 0.25) == pytest.approx(500.0 * 20_000.0 * 0.4 * 0.25, rel=EXACT)


def test_the_trend_fades_to_the_long_run() -> None:
    """1.1 a year falls to 0.1 with an e-folding of 2 years: in 2 years 0.2 + 2 (1 - 1/e)."""
    seen = Outlook(1.0, 1.1, 0.1, 2.0, 1.0)
    assert seen.log_growth(2.0) == pytest.approx(0.2 + 2.0 * (1.0 - math.exp(-1.0)), rel=EXACT)
    assert seen.log_growth(0.01) == pytest.approx(0.011, rel=0.01)


def test_as_many_chips_are_wanted_as_earn_the_hurdle() -> None:
    """Twice the hurdle halves them; growth of ln 2 a year doubles them; the reserve comes on top."""
    p, cost = parameters(reserve=1.1), hurdle(parameters(), offers(), 0.0)
    assert Planner(p, flat(1e5 * cost), offers(), holdings(), 0.0).chips_wanted(50.0) == pytest.approx(1.1e5, rel=EXACT)
    grows = Outlook(1e5 * cost, math.log(2.0), math.log(2.0), 2.0, 1.0)
    found = Planner(p, grows, offers(), holdings(), 0.0).chips_wanted(WEEKS_PER_YEAR)
    assert found == pytest.approx(2.2e5, rel=EXACT)


def test_power_is_wanted_for_the_chips_wanted_as_far_as_they_can_be_had() -> None:
    """100,000 wanted, 50,000 there: 200 MW. At 500 chips a week from the 10th week on, by week 30 20 MW more, x 1.5."""
    assert planner(1e5).power_wanted(30.0) == pytest.approx(200.0, rel=EXACT)
    assert planner(1e5, offered=offers(chip_pace=500.0)).power_wanted(30.0) == pytest.approx(180.0, rel=EXACT)
    assert planner(0.0).power_wanted(30.0) == 0.0


def test_promises_count_until_their_date_and_what_slips_still_counts() -> None:
    """60 MW come in week 65. Promised for week 50 and 30% late, they count at 50 weeks, and not before."""
    late = planner(1e5, holdings(power_coming=np.where(np.arange(WEEKS) >= 65, 60.0, 0.0)), slip=0.3)
    assert late.power_covered(50.0, [0.0, 0.0]) == pytest.approx(100.0 + 60.0, rel=EXACT)
    assert late.power_covered(45.0, [0.0, 0.0]) == pytest.approx(100.0, rel=EXACT)


def test_what_is_queued_comes_evenly_between_the_time_to_build_and_a_newcomers_date() -> None:
    """Of 7 MW queued at the grid (100 to 150 weeks) a half comes by week 125; of 5 of engines (25 to 50) 4 by 45."""
    waits = planner(1e5, holdings(power_queued=[7.0, 5.0]))
    for weeks, due in ((25.0, 0.0), (45.0, 4.0), (50.0, 5.0), (125.0, 8.5), (150.0, 12.0)):
        assert waits.power_covered(weeks, [0.0, 0.0]) == pytest.approx(100.0 + due, rel=EXACT)
    assert waits.power_covered(149.0, [1.0, 2.0]) == pytest.approx(100.0 + 7.0 * 49.0 / 50.0 + 7.0, rel=EXACT)
    assert waits.power_covered(150.0, [1.0, 2.0]) == pytest.approx(100.0 + 15.0, rel=EXACT)
    assert part_due(GRID._replace(weeks=100.0), 99.0) == 0.0  # nobody waits: all comes after the time to build
    assert part_due(GRID._replace(weeks=100.0), 100.0) == 1.0


def test_half_a_gap_is_ordered_the_cheap_way_and_the_rest_sooner_where_that_is_worth_it() -> None:
    """100 MW missing at both dates: 50 by the grid. Engines cost a million more and win 100 weeks."""
    worth = 1e6 / (100.0 / WEEKS_PER_YEAR)  # a year for which they are worth just what they cost more
    ordered, cancelled = planner(1e5).power_orders(worth)
    assert ordered == pytest.approx([50.0, 25.0], rel=EXACT)
    assert cancelled == [0.0, 0.0]
    assert planner(1e5).power_orders(0.0)[0] == pytest.approx([50.0, 0.0], rel=EXACT)


def test_nobody_orders_so_much_of_a_fast_way_that_it_comes_later_than_a_cheaper_one() -> None:
    slow = offers(ways=(GRID, ENGINES._replace(pace_mw=0.1)))  # 100 weeks sooner, at 0.1 MW a week
    assert planner(1e5, offered=slow).power_orders(1e12)[0] == pytest.approx([50.0, 10.0], rel=1e-6)


def test_a_date_beyond_the_planning_horizon_is_worth_little() -> None:
    far = offers(ways=(GRID._replace(weeks=400.0), ENGINES))
    assert planner(1e5, offered=far).power_orders(0.0)[0] == pytest.approx([50.0 * 0.25, 0.0], rel=EXACT)


def test_a_finite_pool_is_taken_as_far_as_it_goes() -> None:
    few = offers(ways=(GRID, ENGINES._replace(left_mw=3.0)))
    assert planner(1e5, offered=few).power_orders(1e12)[0] == pytest.approx([50.0, 3.0], rel=1e-6)


def test_a_dearer_way_is_taken_by_half_where_it_is_worth_what_it_costs_more() -> None:
    assert [taken_share(x, 1.0) for x in (0.0, 0.5, 1.0, 2.0)] == pytest.approx([1.0, 0.8, 0.5, 0.2], rel=EXACT)
    assert taken_share(1.0, 0.0) == taken_share(1e6, 1e-200) == 0.0


def test_a_tenth_of_what_is_over_is_cancelled_as_far_as_it_waits() -> None:
    """Wanted are 100 MW; covered are 300, of which 18 may be over: 182 x 0.1, of 150 in the queue at most 12%."""
    own = holdings(power_mw=150.0, power_queued=[150.0, 0.0])
    ordered, cancelled = planner(5e4, own).power_orders(0.0)
    assert ordered == [0.0, 0.0]
    assert cancelled == pytest.approx([min(18.2, 18.0), 0.0], rel=EXACT)


def test_shells_follow_what_is_wanted_within_the_power_that_can_be_had() -> None:
    """200 MW wanted in 100 weeks. Power then: 100, and of 50 weeks x 20 MW of engines a hundredth: 110, x 1.2 = 132."""
    assert planner(1e5).shell_orders([0.0, 0.0], 0.01) == pytest.approx((16.0, 0.0, True), rel=EXACT)
    assert planner(1e5).shell_orders([0.0, 0.0], 1.0) == pytest.approx((50.0, 0.0, False), rel=EXACT)


def test_sites_bring_their_shells_along() -> None:
    ways = (GRID, ENGINES._replace(brings_shell=True))
    found, *_ = planner(1e5, offered=offers(ways=ways)).shell_orders([0.0, 30.0], 1.0)
    assert found == pytest.approx(0.5 * 70.0, rel=EXACT)


def test_chips_are_ordered_as_far_as_promised_power_and_shells_hold_them() -> None:
    """100,000 wanted. With 100 MW of both 50,000 fit, all there. With 160 and 140 MW promised 20,000 more do."""
    assert planner(1e5).chip_orders() == (0.0, 0.0, POWER)
    some = holdings(power_mw=160.0, shells_mw=140.0)
    assert planner(1e5, some).chip_orders() == pytest.approx((14_000.0, 0.0, SHELLS), rel=EXACT)
    plenty = holdings(power_mw=900.0, shells_mw=900.0)
    assert planner(1e5, plenty).chip_orders() == pytest.approx((35_000.0, 0.0, DEMAND), rel=EXACT)
    late = offers(chip_weeks=90.0)
    assert planner(1e5, plenty, late).chip_orders()[2] == CHIPS


def test_chips_on_order_beyond_what_is_wanted_are_cancelled() -> None:
    """50,000 there and 60,000 on order of 60,000 wanted: 50,000 over, of which 6% of the fleet may stay: 4,700 go."""
    own = holdings(chips_on_order=60_000.0, power_mw=900.0, shells_mw=900.0)
    assert planner(6e4, own).chip_orders() == pytest.approx((0.0, 4700.0, DEMAND), rel=EXACT)


def test_orders_are_cut_alike_to_what_there_is_money_for() -> None:
    own = holdings(power_mw=160.0, shells_mw=140.0)
    full = planner(1e5, own).plan(1e6, 1.0, 1e30)
    cost = planner(1e5, own).cost(full)
    half = planner(1e5, own).plan(1e6, 1.0, 0.5 * cost)
    assert half.limited_by == CAPITAL
    assert (half.chips, half.shells) == pytest.approx((0.5 * full.chips, 0.5 * full.shells), rel=EXACT)
    assert half.power == pytest.approx([0.5 * mw for mw in full.power], rel=EXACT)
    assert planner(1e5, own).plan(1e6, 1.0, -1.0).chips == 0.0


@given(
    wanted=st.floats(0.0, 1e7), power=st.floats(0.0, 1e4), shells=st.floats(0.0, 1e4), on_order=st.floats(0.0, 1e6),
    queued=st.floats(0.0, 1e4), worth=st.floats(0.0, 1e8),
    room=st.integers(-(10**14), 10**14).map(lambda cents: cents / 100),
)  # fmt: skip
def test_no_plan_orders_or_cancels_less_than_nothing_or_costs_more_than_there_is(
    wanted: float, power: float, shells: float, on_order: float, queued: float, worth: float, room: float
) -> None:
    own = holdings(power_mw=power, shells_mw=shells, chips_on_order=on_order, power_queued=[queued, queued])
    mine = planner(wanted, own)
    plan = mine.plan(worth, 0.2, room)
    amounts = [plan.chips, plan.shells, plan.cancelled_chips, plan.cancelled_shells, *plan.power, *plan.cancelled_power]
    assert min(amounts) >= 0.0
    assert mine.cost(plan) <= max(room, 0.0) * (1.0 + 1e-9)
    assert plan.cancelled_chips <= on_order
    assert max(plan.cancelled_power) <= queued


def test_without_limits_all_that_is_wanted_is_ordered_at_once_in_the_cheapest_way() -> None:
    plan = planner(1e5, holdings(chips_on_order=10_000.0)).unlimited_plan(1)
    assert (plan.chips, plan.shells) == pytest.approx((40_000.0, 100.0), rel=EXACT)
    assert plan.power == pytest.approx([0.0, 100.0], rel=EXACT)
