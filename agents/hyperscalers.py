"""Hyperscalers: how they forecast demand, order chips and powered shells, and what a GPU-hour costs them."""

import math
from typing import Any, ClassVar, NamedTuple

import mesa

from agents.choice import clamp
from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.units import WEEKS_PER_YEAR

UNLIMITED_SHELL_WEEKS = 8
"""Weeks to build and power a shell where supply is unlimited."""
FIRST_GROWTH_PER_YEAR = 3.0
"""Growth of demand that hyperscalers expect before they have seen any: a threefold year."""
DEMAND_MEMORY_WEEKS = 8.0
INCOME_MEMORY_WEEKS = 13.0


class Orders(NamedTuple):
    """One order: chips (H100e) and shells (MW)."""

    chips_h100e: float
    shells_mw: float


class Hyperscaler(mesa.Agent):
    """A builder and owner of compute. The fleet's arrays hold what it owns; this object holds what it believes."""

    STATE: ClassVar[tuple[str, ...]] = ("demand_h100e", "growth", "rents_per_year", "spent_per_year")

    def __init__(self, model: Any, index: int, name: str, profile: HyperscalerProfile) -> None:
        super().__init__(model)
        self.index = index
        self.name = name
        self.profile = profile
        self.demand_h100e = profile.installed_at_start_h100e
        self.growth = math.log(FIRST_GROWTH_PER_YEAR) / WEEKS_PER_YEAR
        self.core_cash_per_year = profile.core_cash_flow_usd_per_year
        self.rents_per_year = 0.0
        self.spent_per_year = 0.0

    def observe(self, parameters: HyperscalerParameters, demand_h100e: float, rents: float, spent: float) -> None:
        """Learn from the week: what tenants sought (H100e), rents received and capex paid (USD)."""
        if demand_h100e > 0.0:
            smooth = self.demand_h100e + (demand_h100e - self.demand_h100e) / DEMAND_MEMORY_WEEKS
            step = math.log(smooth / max(self.demand_h100e, 1e-9))
            self.growth += (step - self.growth) / parameters.forecast_memory_weeks
            self.demand_h100e = smooth
        self.rents_per_year += (rents * WEEKS_PER_YEAR - self.rents_per_year) / INCOME_MEMORY_WEEKS
        self.spent_per_year += (spent * WEEKS_PER_YEAR - self.spent_per_year) / INCOME_MEMORY_WEEKS

    def forecast(self, parameters: HyperscalerParameters, weeks: float) -> float:
        """Return the demand (H100e) expected in `weeks`: remembered growth goes on up to a cap: it errs both ways."""
        cap = math.log(parameters.growth_cap_per_year) / WEEKS_PER_YEAR
        return self.demand_h100e * math.exp(clamp(self.growth, -cap, cap) * weeks)

    def budget_per_year(self, parameters: HyperscalerParameters) -> float:
        """Return the AI capex that cash flow and lenders allow (USD a year)."""
        return parameters.capital_share * self.core_cash_per_year + parameters.reinvestment * self.rents_per_year

    def order(
        self,
        parameters: HyperscalerParameters,
        owned: Orders,
        chip_price_usd: float,
        density: float,
        *,
        unlimited: bool,
    ) -> Orders:
        """Order what the forecast misses, as far as what the budget leaves pays for it over the lead time.

        Chips and shells are each held against the whole of what is left after capex lately paid; orders outstanding are
        not deducted, so that what falls due can exceed the budget, and lenders pay.
        `owned`: chips installed, in transit or on order (H100e) and shells powered or on order (MW).
        """
        p = parameters
        chip_horizon = p.chip_backlog_weeks + p.install_weeks
        shell_horizon = float(UNLIMITED_SHELL_WEEKS if unlimited else p.shell_weeks)
        chips = max(p.reserve * self.forecast(p, chip_horizon) - owned.chips_h100e, 0.0)
        later = p.reserve * self.forecast(p, shell_horizon)
        shells = max(later / density - owned.shells_mw, 0.0)
        if unlimited:
            return Orders(chips, shells)
        room = max(self.budget_per_year(p) - self.spent_per_year, 0.0)
        chip_room = room * chip_horizon / WEEKS_PER_YEAR / (chip_price_usd * p.server_ratio)
        shell_room = room * p.shell_weeks / WEEKS_PER_YEAR / p.shell_usd_per_mw
        return Orders(min(chips, chip_room), min(shells, shell_room))


def cost_per_gpu_hour(parameters: HyperscalerParameters, chip_price_usd: float, density: float) -> float:
    """Return the full cost (USD) of an H100e-hour: capacity written off evenly, and electricity."""
    p = parameters
    capital = chip_price_usd * p.all_in_ratio / (p.depreciation_years * 365.25 * 24.0)
    return capital + p.power_usd_per_mwh / density
