"""A week of supply equals plain loops over firms: rents, beliefs, orders, deliveries, money, reviews."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import InferenceMarket, Scenario
from tests.model.states import TINY

ROUNDING = 1e-9  # sums over some hundred weeks or a few firms in another order
SUMS = 1e-6  # of an H100e, a MW or a USD, near zero


def load() -> Any:
    """The oracle, a module of this folder, which is no package."""
    file = Path(__file__).with_name("oracle_supply.py")
    spec = importlib.util.spec_from_file_location("oracle_supply", file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["oracle_supply"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


oracle = load()
# the first weeks, reviews of every supplier, books that fill, a plant out, slump and cancellations
WEEKS = (0, 1, 2, 3, 13, 14, 25, 26, 51, 78, 104, 130, 150, 157, 158, 170)
CHANGES = (
    ("2025-01-06", {"chip_maker.merchant.output_factor": 0.5, "power_supplier.grid.output_factor": 0.5}),
    ("2025-09-01", {"hyperscalers.outside_value_factor": 0.3, "hyperscalers.credit": 0.1}),
)


@cache
def weeks() -> list[tuple[Any, Any, Any]]:
    """What the oracle expects and what the market did, in chosen weeks."""
    market = InferenceMarket(Scenario.load("baseline").replace(TINY, changes=CHANGES), rng=5)
    kept = []
    for week in range(max(WEEKS) + 1):
        before = oracle.look(market.world) if week in WEEKS else None
        market.step()
        if before is not None:
            after = oracle.note(market.world)
            kept.append((oracle.Week(market.world, before, after).run(), after, market.parameters))
    return kept


CASES = pytest.mark.parametrize("case", range(len(WEEKS)), ids=[f"week {week}" for week in WEEKS])


def check(found: Any, expected: Any) -> None:
    """Compare numbers or nested lists of them."""
    assert np.array(found) == pytest.approx(np.array(expected), rel=ROUNDING, abs=SUMS)


@CASES
def test_the_rent_and_what_other_tenants_take(case: int) -> None:
    expected, after, _ = weeks()[case]
    for name in ("rent", "contract_rent", "served_need", "served_need_at_start"):
        check(getattr(after, name), getattr(expected, name))
    check(after.outside, expected.outside)
    check(after.outside_used, expected.outside_used)


@CASES
def test_what_hyperscalers_believe_and_what_limited_their_orders(case: int) -> None:
    expected, after, _ = weeks()[case]
    check((after.market_value, after.common_error), (expected.market_value, expected.common_error))
    for found, cloud in zip(after.clouds, expected.clouds, strict=True):
        check(
            [found.value, found.growth, found.error, found.worth_of_power],
            [cloud.value, cloud.growth, cloud.error, cloud.worth_of_power],
        )
        assert found.orders_limited_by == cloud.orders_limited_by
    assert after.held_down_by == expected.held_down_by


@CASES
@pytest.mark.parametrize("trade", ["chips", "shells", "power"])
def test_order_books(case: int, trade: str) -> None:
    expected, after, _ = weeks()[case]
    for name in ("ordered", "cancelled", "waiting", "coming", "done"):
        check(getattr(getattr(after, trade), name), getattr(getattr(expected, trade), name))


@CASES
def test_the_fleet(case: int) -> None:
    expected, after, _ = weeks()[case]
    for name in oracle.FLEET:
        check(after.fleet[name], expected.fleet[name])
    for name, ring in expected.rings.items():
        check(after.rings[name], ring)


@CASES
def test_what_hyperscalers_paid_earned_and_owe(case: int) -> None:
    expected, after, _ = weeks()[case]
    check(after.capex, expected.capex)
    for found, cloud in zip(after.clouds, expected.clouds, strict=True):
        names = ("rents_per_year", "cash_per_year", "net_debt_usd", "lent_usd")
        scale = 1e12  # balances are sums of rents, core cash flow and capex, of 1e9 a week and up
        assert [getattr(found, n) for n in names] == pytest.approx(
            [getattr(cloud, n) for n in names], rel=ROUNDING, abs=ROUNDING * scale
        )


@CASES
def test_suppliers_capacity_prices_and_beliefs(case: int) -> None:
    expected, after, _ = weeks()[case]
    for kind, names in (("makers", oracle.MAKER), ("ways", oracle.WAY), ("builders", oracle.BUILDER)):
        for found, firm in zip(getattr(after, kind), getattr(expected, kind), strict=True):
            check([getattr(found, name) for name in names], [getattr(firm, name) for name in names])
            check(found.ready, firm.ready)


def test_the_weeks_compared_are_those_in_which_things_happen() -> None:
    """Orders of every kind, cancellations, every limit but capital or more, and additions by every kind of supplier."""
    last = weeks()[-1][1]
    for trade in ("chips", "shells", "power"):
        assert np.array(getattr(last, trade).ordered).sum() > 0.0
    assert sum(np.array(getattr(last, trade).cancelled).sum() for trade in ("chips", "shells", "power")) > 0.0
    limits = {cloud.orders_limited_by for _, after, _ in weeks() for cloud in after.clouds}
    assert len(limits) >= 3
    assert all(sum(firm.ready) > 0.0 for kind in (last.makers, last.ways[:3]) for firm in kind)
