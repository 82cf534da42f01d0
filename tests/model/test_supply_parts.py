"""Parts of a week of supply by hand: who gets slots and chips, what holds capacity down, who lends and is paid back."""

import numpy as np
import pytest

from agents.capacity_plan import CAPITAL, CHIPS, DEMAND, POWER, SHELLS
from model import InferenceMarket, Scenario, chips, power, shells
from model.capacity import held_down_by
from model.ordering import check_readable, normal, offers_to, ways_offered
from tests.model.states import TINY

EXACT = 1e-12
SUMS = 1e-9
AZURE, AWS, GOOGLE_CLOUD, META_DC, NEOCLOUD = range(5)
GRID, TURBINES, ENGINES, SITES = range(4)


def market(weeks: int = 0, **changed: float) -> InferenceMarket:
    """A small market after some weeks."""
    values = {name.replace("__", "."): value for name, value in changed.items()}
    made = InferenceMarket(Scenario.load("baseline").replace({**TINY, **values}), rng=5)
    for _ in range(weeks):
        made.step()
    return made


# power and shells -----------------------------------------------------------------------------------------------------


def test_those_who_lose_more_by_waiting_press_harder_for_slots_and_others_do_not() -> None:
    """A price of 2 million, a premium of a half: losing 1 million ranks 1.25, and 100 million 26: nothing bounds it."""
    made = market(suppliers__slot_premium=0.5)
    for supplier in made.power_suppliers:
        supplier.price_usd = 2e6
    made.hyperscalers[AZURE].worth_of_power, made.hyperscalers[AWS].worth_of_power = 1e6, 1e8
    assert power.ranks(made.world)[TURBINES] == pytest.approx([1.25, 26.0, 1.0, 1.0, 1.0, 1.0], rel=EXACT)


def test_power_is_connected_when_it_was_promised_and_a_slip_later() -> None:
    """Sites take 10 weeks and 30% more, and what is sold is gone from the pool."""
    made = market(power_supplier__sites__build_weeks=10, suppliers__slip=0.3)
    book, pool = made.world.power_book, made.power_suppliers[SITES].pool_mw
    book.place(AZURE, [0.0, 0.0, 0.0, 8.0])
    arrived = [float(power.connect(made.world, week, unlimited=False)[1][SITES, AZURE]) for week in range(15)]
    assert arrived == pytest.approx([0.0] * 13 + [8.0, 0.0], abs=1e-12)
    assert made.power_suppliers[SITES].pool_mw == pytest.approx(pool - 8.0, rel=EXACT)


def test_without_limits_hyperscalers_are_all_served_and_others_as_before() -> None:
    made = market()
    book = made.world.power_book
    book.place(AWS, [0.0, 50_000.0, 0.0, 0.0])
    others = float(book.waiting[TURBINES, :, -1].sum())
    started, _ = power.connect(made.world, 3, unlimited=True)
    assert started[TURBINES, AWS] >= 50_000.0
    assert book.waiting[:, :, :-1].sum() == 0.0
    assert 0.0 < started[TURBINES, -1] < 0.1 * others
    assert book.coming[TURBINES, AWS, 3 + 8] >= 50_000.0


def test_builders_start_what_crews_can_and_a_plan_is_split_over_them_by_crews() -> None:
    made = market()
    made.world.shell_book.place(META_DC, [1e6])
    started, _ = shells.build(made.world, 0, unlimited=False)
    assert started.sum() == pytest.approx(made.builders[0].starts_mw(), rel=SUMS)
    assert shells.split(made.world) == pytest.approx([1.0])


# chips ----------------------------------------------------------------------------------------------------------------


def test_an_owner_buys_its_own_line_and_nobody_else_s() -> None:
    made = market()
    names = list(made.parameters.chip_maker)
    mix = chips.mix(made.world)
    assert mix.sum(axis=1) == pytest.approx(np.ones(5), rel=EXACT)
    tpu, trainium = names.index("tpu"), names.index("trainium")
    assert mix[GOOGLE_CLOUD, tpu] > 0.5
    assert mix[AWS, trainium] > 0.2
    assert mix[AZURE, trainium] == 0.0
    assert mix[AZURE, tpu] < 0.1


def test_makers_ship_what_they_can_pro_rata_and_everything_without_limits() -> None:
    made = market()
    book = made.world.chip_book
    book.waiting[:] = 0.0
    book.place(AZURE, [3e6, 0.0, 0.0, 0.0])
    book.place(NEOCLOUD, [1e6, 0.0, 0.0, 0.0])
    output = float(chips.outputs(made.world, made.world.technology)[0])
    shipped = chips.ship(made.world, made.world.technology, unlimited=False)
    assert shipped[0] == pytest.approx([0.75 * output, 0.0, 0.0, 0.0, 0.25 * output], rel=SUMS)
    rest = chips.ship(made.world, made.world.technology, unlimited=True)
    assert rest.sum() == pytest.approx(4e6 - output, rel=SUMS)


def test_makers_finish_only_their_part_of_a_short_book_in_a_week_and_buyers_reckon_with_it() -> None:
    """An order of 26,000 chips, thirteen weeks to make them: 2,000 in the first week, then a thirteenth of the rest."""
    made = market(suppliers__chip_production_weeks=13.0)
    world, tech = made.world, made.world.technology
    world.chip_book.waiting[:] = 0.0
    world.chip_book.place(AZURE, [26e3, 0.0, 0.0, 0.0])
    assert float(chips.outputs(world, tech)[0]) > 26e3 / 13.0
    mix, split = chips.mix(world)[AZURE], shells.split(world)
    offers = offers_to(world, mix, split, ways_offered(world), 0.2)
    assert offers.chip_weeks == pytest.approx(13.0 + world.parameters.hyperscalers.install_weeks, rel=SUMS)
    assert chips.ship(world, tech, unlimited=False).sum() == pytest.approx(2e3, rel=SUMS)
    assert chips.ship(world, tech, unlimited=False).sum() == pytest.approx(24e3 / 13.0, rel=SUMS)


# what binds -----------------------------------------------------------------------------------------------------------


def limits(book_weeks: float, draw: float, connected: float, built: float, orders: int) -> int:
    """What holds the first hyperscaler down: books of so many weeks, so much drawn, connected and built (MW)."""
    made = market(1)
    world = made.world
    outputs = chips.outputs(world, world.technology)
    world.chip_book.waiting[:] = (outputs * book_weeks / 5.0)[:, None, None]
    world.fleet.draw_mw[0], world.fleet.connected_mw[0], world.fleet.shells_mw[0] = draw, connected, built
    made.hyperscalers[0].orders_limited_by = orders
    return int(held_down_by(world)[0])


def test_what_holds_capacity_down_today() -> None:
    """Power or shells where chips wait for them, else long books of makers, else what limited the last orders."""
    assert limits(100.0, 100.0, 90.0, 95.0, DEMAND) == POWER
    assert limits(100.0, 100.0, 95.0, 90.0, DEMAND) == SHELLS
    assert limits(100.0, 100.0, 99.0, 99.0, DEMAND) == CHIPS  # a hundredth is no shortage
    assert limits(10.0, 100.0, 99.0, 99.0, CAPITAL) == CAPITAL
    assert limits(10.0, 100.0, 99.0, 99.0, DEMAND) == DEMAND


# money ----------------------------------------------------------------------------------------------------------------


def test_net_debt_is_what_was_owed_and_lent_less_cash_and_no_account_is_overdrawn() -> None:
    """In every week; and lenders get back what they lent before cash piles up."""
    made = market()
    ledger, start = made.world.ledger, [cloud.profile.net_debt_at_start_usd for cloud in made.hyperscalers]
    for _ in range(120):
        made.step()
        cash = ledger.balances("clouds") - ledger.net_received("clouds")  # the week's payments are booked already
        for cloud, owed, mine in zip(made.hyperscalers, start, cash.tolist(), strict=True):
            assert mine >= -1.0
            assert cloud.lent_usd >= 0.0
            assert cloud.net_debt_usd == pytest.approx(owed + cloud.lent_usd - mine, rel=1e-6, abs=1e6)
            assert min(cloud.lent_usd, mine) < 1e3


def test_hyperscalers_pay_suppliers_what_suppliers_receive() -> None:
    made = market(60)
    ledger, moved = made.world.ledger, made.world.delivered
    for group, cost in (("chip_makers", moved.chip_cost), ("builders", moved.shell_cost),
                        ("power_suppliers", moved.power_cost)):  # fmt: skip
        assert ledger.received_by_each(group, ("clouds",)) == pytest.approx(cost.sum(axis=1), rel=SUMS)
    assert made.world.capex_paid.sum() == pytest.approx(
        sum(cost.sum() for cost in (moved.chip_cost, moved.shell_cost, moved.power_cost)), rel=SUMS
    )


# draws and checks -----------------------------------------------------------------------------------------------------


def test_errors_come_from_streams_of_their_own_and_one_more_hyperscaler_leaves_them_alone() -> None:
    made = market()
    few = made.world.streams.uniform("hyperscalers.error", 9, 5)
    assert np.array_equal(few, made.world.streams.uniform("hyperscalers.error", 9, 6)[:5])
    assert few[0] != made.world.streams.uniform("hyperscalers.common_error", 9, 1)[0]
    assert [normal(u) for u in (0.5, 0.0, 1.0)] == pytest.approx([0.0, -4.7534, 4.7534], abs=1e-3)


def test_plans_are_not_made_of_what_is_not_a_number() -> None:
    made = market(1)
    check_readable(made.world)
    made.builders[0].capacity = np.nan
    with pytest.raises(FloatingPointError, match=r"contractors\.capacity"):
        check_readable(made.world)
