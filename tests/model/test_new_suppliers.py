"""A scenario's file adds makers of chips, suppliers of power and builders, which get orders and are recorded."""

import numpy as np
import pytest

from model import InferenceMarket, JevonsError, Scenario
from tests.model.states import TINY

ADDED = """
title = "A start-up, a reactor and a second builder"

[chip_maker.start-up]
title = "Start-up"
standing = 0.5
owner_standing = 0.5
wafers_per_month = 2000
markup = 2.0
cost_ratio = 0.8

[power_supplier.reactors]
title = "Small reactors"
capacity_mw_per_year = 3000
book_at_start_mw = 0
cloud_share_at_start = 1.0
under_way_at_start_mw = 0
build_weeks = 60
usd_per_mw = 1500000
usd_per_mwh = 50
normal_book_weeks = 60
price_elasticity = 0.5
expansion = 0.05
expansion_weeks = 100
scrapped_per_year = 0
other_need_mw_per_year = 0
other_need_growth_per_year = 0
other_elasticity = 0
pool_mw = 0
pool_premium = 0
brings_shell = false

[builder.modular]
title = "Modular halls"
capacity_mw_per_year = 4000
book_at_start_mw = 0
under_way_at_start_mw = 0
build_weeks = 40
usd_per_mw = 11000000
expansion = 0.3
"""


def scenario(text: str = ADDED) -> Scenario:
    """A small scenario with new suppliers."""
    return Scenario.parse(text).replace(TINY)


def test_new_suppliers_get_orders_deliver_are_paid_and_are_recorded() -> None:
    market = InferenceMarket(scenario(), rng=3).run("2025-12-31")
    for book, name in (("chip_book", "start-up"), ("power_book", "reactors"), ("shell_book", "modular")):
        place = list(getattr(market.world, book).makers).index(name)
        assert getattr(market.world, book).done[place].sum() > 0.0, name
    ledger = market.world.ledger
    for account in ("chip.start-up", "power.reactors", "builder.modular"):
        assert ledger.cash[ledger.of[account]] > 0.0
    for observable, name in (("chip_price", "start-up"), ("power_book", "reactors"), ("shell_capacity", "modular")):
        assert np.isfinite(market.observables.series(observable, name)).all()
    assert {"chip.start-up", "power.reactors", "builder.modular"} < set(market.networks.supply())
    again = InferenceMarket.resume(market.capture())
    market.run("2026-02-28")
    again.run("2026-02-28")
    assert np.array_equal(market.observables.values, again.observables.values, equal_nan=True)


def test_a_new_builder_may_leave_its_normal_queue_and_its_price_elasticity_to_the_default() -> None:
    shipped, left = scenario().parameters.builder["contractors"], scenario().parameters.builder["modular"]
    stated = "expansion = 0.3\nnormal_book_weeks = 13\nprice_elasticity = 0.5\n"
    own = scenario(ADDED.replace("expansion = 0.3\n", stated)).parameters.builder["modular"]
    assert (left.normal_book_weeks, left.price_elasticity) == (shipped.normal_book_weeks, shipped.price_elasticity)
    assert (own.normal_book_weeks, own.price_elasticity) == (13.0, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("markup = 2.0\n", "", "chip_maker.start-up: no such chip_maker; .* also needs markup"),
        ("build_weeks = 40", "build_weeks = 400", "builder.modular.build_weeks = 400.*from 4 to 260"),
        ("[builder.modular]", "[builder.aws]", "aws: two would have this name in the record"),
        ('title = "Start-up"', 'title = "Start-up"\nowner = "nobody"', "chip_maker.start-up.owner = 'nobody'"),
    ],
)
def test_what_is_missing_or_cannot_be_is_refused_in_one_line(old: str, new: str, message: str) -> None:
    with pytest.raises(JevonsError, match=message) as error:
        scenario(ADDED.replace(old, new))
    assert "\n" not in str(error.value)
