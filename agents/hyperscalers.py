"""Hyperscalers: what they believe about demand, what they can pay, and what they order."""

import math
from typing import Any, ClassVar

import mesa

from agents.capacity_plan import DEMAND, Holdings, Offers, Outlook, Plan, Planner, worth_of_power
from agents.choice import clamp
from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.units import WEEKS_PER_YEAR

FIRST_GROWTH = 1.05
"""Yearly log growth of demand that hyperscalers expect before they have seen any: nearly a threefold year."""
DEMAND_MEMORY_WEEKS = 8.0
INCOME_MEMORY_WEEKS = 13.0
SURE_GROWTH = (-1.0, 2.0)
"""Yearly log growth within which numbers stay finite whatever has been seen."""
MONEY_YEARS = 1.5
"""Years of cash flow and borrowing that an order may count on: it falls due over its lead time."""


class Hyperscaler(mesa.Agent):
    """A buyer and owner of compute. The fleet holds what it owns; this object holds what it believes and owes."""

    STATE: ClassVar[tuple[str, ...]] = (
        "value", "growth", "error", "cash_per_year", "rents_per_year", "net_debt_usd", "lent_usd", "worth_of_power",
        "orders_limited_by",
    )  # fmt: skip

    def __init__(self, model: Any, index: int, name: str, profile: HyperscalerProfile) -> None:
        super().__init__(model)
        self.index = index
        self.name = name
        self.profile = profile
        self.value = 0.0  # demand at a rent of 1 USD per H100e-hour, H100e; 0 before anything was seen
        self.growth = FIRST_GROWTH
        self.error = 0.0
        self.core_cash_per_year = profile.core_cash_flow_usd_per_year
        self.cash_per_year = 0.0  # left of all receipts after all payments but AI capex, USD
        self.rents_per_year = 0.0
        self.net_debt_usd = profile.net_debt_at_start_usd
        self.lent_usd = 0.0
        self.worth_of_power = 0.0  # USD a year for a MW more
        self.orders_limited_by = DEMAND

    # beliefs ------------------------------------------------------------------------------------------------------

    def observe_demand(self, p: HyperscalerParameters, value: float, market_growth: float) -> None:
        """Learn from the week: what its tenants would pay, and how the market grows (a year, in logarithms)."""
        self.value = value if self.value <= 0.0 else self.value + (value - self.value) / DEMAND_MEMORY_WEEKS
        self.growth += (market_growth - self.growth) / p.forecast_memory_weeks

    def err(self, p: HyperscalerParameters, normal: float) -> None:
        """Let its own error about growth move on by a draw: it fades and is renewed."""
        self.error += -self.error / p.error_memory_weeks + p.error_sd * math.sqrt(2.0 / p.error_memory_weeks) * normal

    def outlook(self, p: HyperscalerParameters, common_error: float) -> Outlook:
        """Return what it expects of demand: the trend as it sees it, with its optimism and its errors."""
        growth = self.growth * (1.0 + self.profile.optimism) + self.error + common_error
        return Outlook(
            self.value,
            clamp(growth, *SURE_GROWTH),
            p.long_run_growth_per_year,
            p.growth_fade_years,
            p.outside_elasticity,
        )

    # money --------------------------------------------------------------------------------------------------------

    def observe_money(self, rents: float, left: float) -> None:
        """Learn from the week: rents received, and what was left of all receipts before AI capex (USD)."""
        self.rents_per_year += (rents * WEEKS_PER_YEAR - self.rents_per_year) / INCOME_MEMORY_WEEKS
        self.cash_per_year += (left * WEEKS_PER_YEAR - self.cash_per_year) / INCOME_MEMORY_WEEKS

    def lenders_limit(self, p: HyperscalerParameters, outlook: Outlook) -> float:
        """Return the net debt (USD) that lenders allow: a multiple of what it is expected to earn in a year."""
        growth = math.exp(clamp(outlook.log_growth(1.0), -0.5, 0.8))
        earnings = self.core_cash_per_year + (1.0 - p.operating_cost_share) * self.rents_per_year * growth
        return p.credit * self.profile.leverage * earnings

    def room(self, p: HyperscalerParameters, outlook: Outlook, falling_due: float) -> float:
        """Return what new orders may cost (USD): cash flow and new debt of the next years, less what falls due."""
        debt = max(self.lenders_limit(p, outlook) - self.net_debt_usd, 0.0)
        return MONEY_YEARS * (max(self.cash_per_year, 0.0) + p.borrowing_per_year * debt) - falling_due

    # orders -------------------------------------------------------------------------------------------------------

    def is_ordering(self, p: HyperscalerParameters, week: int) -> bool:
        """Say whether it orders this week: in turn with the others."""
        return (week + self.index) % p.order_weeks == 0

    def order(
        self,
        p: HyperscalerParameters,
        offers: Offers,
        own: Holdings,
        *,
        common_error: float,
        slip: float,
        rent: float,
        share: float,
        falling_due: float,
        powered_mw: float,
    ) -> Plan:
        """Return its orders and cancellations of chips, shells and power.

        rent: mean of the spot rent and what it earns, USD per H100e-hour; share: its part of the live fleet;
        falling_due: what is to be paid for earlier orders in the planning time, USD; powered_mw: shells with power.
        """
        outlook = self.outlook(p, common_error)
        idle = max(1.0 - powered_mw / max(own.draw_mw, 1e-9), 0.0)
        self.worth_of_power = worth_of_power(p, offers, rent, idle)
        planner = Planner(p, outlook, offers, own, slip)
        plan = planner.plan(self.worth_of_power, share, self.room(p, outlook, falling_due))
        self.orders_limited_by = plan.limited_by
        return plan

    def order_unlimited(
        self, p: HyperscalerParameters, offers: Offers, own: Holdings, *, common_error: float, cheapest: int
    ) -> Plan:
        """Return its orders where nothing limits supply."""
        self.orders_limited_by = DEMAND
        return Planner(p, self.outlook(p, common_error), offers, own, 0.0).unlimited_plan(cheapest)
