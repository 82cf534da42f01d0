"""What hyperscalers pay: suppliers as works proceed, other costs, interest and dividends; and what lenders add."""

import numpy as np

from agents.choice import Floats
from agents.units import HOURS_PER_WEEK, WEEKS_PER_YEAR
from model.world import World


def billed(world: World, started: Floats, finished: Floats, prices: list[float]) -> Floats:
    """Return what is due for works (makers, H), USD: a deposit at the start, the rest at the end, at today's price."""
    deposit = world.parameters.suppliers.deposit
    return np.asarray((deposit * started + (1.0 - deposit) * finished) * np.array(prices)[:, None])


def pay_suppliers(world: World) -> None:
    """Let hyperscalers pay suppliers, other costs, interest and dividends; lenders cover what is missing."""
    p, ledger, delivered, fleet = world.parameters.hyperscalers, world.ledger, world.delivered, world.fleet
    unlimited = not world.parameters.mechanisms.supply_limits
    drawn_mw = fleet.draw_mw if unlimited else np.minimum(fleet.draw_mw, fleet.powered_mw)
    rents = ledger.received_by_each("clouds", ("tenants", "labs"))
    core = np.array([cloud.core_cash_per_year for cloud in world.hyperscalers])
    debt = np.array([cloud.net_debt_usd for cloud in world.hyperscalers])
    world.other_capex = other_capex(world) / WEEKS_PER_YEAR
    ledger.pay_each("clouds", "utilities", drawn_mw * (HOURS_PER_WEEK * p.power_usd_per_mwh))
    ledger.pay_each("clouds", "households", p.operating_cost_share * rents + world.other_capex)
    ledger.pay_each(
        "clouds", "investors", (p.payout_share * core + p.interest_per_year * np.maximum(debt, 0.0)) / WEEKS_PER_YEAR
    )
    before = ledger.net_received("clouds")
    for makers, cost in (
        ("chip_makers", delivered.chip_cost),
        ("builders", delivered.shell_cost),
        ("power_suppliers", delivered.power_cost),
    ):
        ledger.pay_each("clouds", makers, cost.T)
    world.capex_paid = delivered.capex()
    _settle_with_lenders(world, rents, before)


def other_capex(world: World) -> Floats:
    """Return the capex that has nothing to do with AI (H,), USD a year."""
    growth = (1.0 + world.parameters.hyperscalers.other_capex_growth_per_year) ** world.exogenous.years
    return np.array([cloud.profile.other_capex_usd_per_year for cloud in world.hyperscalers]) * growth


def _settle_with_lenders(world: World, rents: Floats, left: Floats) -> None:
    """Let investors lend what is missing and take back what is over; cash beyond what is kept is paid out."""
    p, ledger = world.parameters.hyperscalers, world.ledger
    flows = zip(
        world.hyperscalers, ledger.balances("clouds").tolist(), rents.tolist(), left.tolist(),
        world.capex_paid.tolist(), strict=True,
    )  # fmt: skip
    lent, returned = np.zeros(len(world.hyperscalers)), np.zeros(len(world.hyperscalers))
    for cloud, balance, rent, flow, capex in flows:
        cloud.observe_money(rent, flow)
        cloud.net_debt_usd += capex - flow
        over = max(-p.cash_kept * cloud.core_cash_per_year - cloud.net_debt_usd, 0.0)
        paid_out = min(over, max(balance, 0.0))
        repaid = min(cloud.lent_usd, max(balance - paid_out, 0.0))
        lent[cloud.index] = max(-balance, 0.0)
        returned[cloud.index] = paid_out + repaid
        cloud.net_debt_usd += paid_out
        cloud.lent_usd += lent[cloud.index] - repaid
    ledger.pay_each("investors", "clouds", lent)
    ledger.pay_each("clouds", "investors", returned)
