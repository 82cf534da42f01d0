"""Hyperscalers: how they forecast demand, order chips and powered shells, and what a GPU-hour costs them."""

import math
from typing import Any, NamedTuple

import mesa

from agents.choice import clamp
from agents.parameter_groups import Group, parameter
from agents.units import WEEKS_PER_YEAR

UNLIMITED_SHELL_WEEKS = 8
"""Weeks to build and power a shell where supply is unlimited."""
FIRST_GROWTH_PER_YEAR = 3.0
"""Growth of demand that hyperscalers expect before they have seen any: a threefold year."""
DEMAND_MEMORY_WEEKS = 8.0
INCOME_MEMORY_WEEKS = 13.0


# fmt: off
class HyperscalerProfile(Group):
    """Facts about one hyperscaler when the model starts."""

    title: str = parameter("", unit="text", source="fact", gloss="name in figures")
    big_four: bool = parameter(False, unit="flag", source="E076-E079", gloss="counts towards the big-4 capex figure")
    installed_at_start_h100e: float = parameter(
        60000.0, unit="H100e", low=0.0, high=1e8, source="E057 E060", gloss="accelerators when the model starts"
    )
    core_cash_flow_usd_per_year: float = parameter(
        5e10, unit="USD/year", low=0.0, high=1e13, source="choice: operating cash flow reported for 2023",
        gloss="operating cash flow of its other business",
    )
    core_cash_growth_per_year: float = parameter(
        0.15, unit="1/year", low=-0.5, high=1.0, source="choice", gloss="growth of that cash flow"
    )
    other_capex_usd_per_year: float = parameter(
        2e10, unit="USD/year", low=0.0, high=1e12, source="E076-E079 E082", gloss="capex that is not for AI"
    )


class HyperscalerParameters(Group):
    """Chips, shells, power, capital and rents."""

    chip_output_at_start_per_week: float = parameter(
        7310.0, unit="H100e/week", low=100.0, high=1e6, source="E054 E055 E057",
        gloss="chip output when the model starts"
    )
    chip_growth_at_start_per_year: float = parameter(
        6.28, unit="ratio/year", low=1.0, high=20.0, prior="lognormal", source="E057",
        gloss="largest growth of chip output (in H100e) when the model starts (exogenous)",
    )
    chip_growth_floor_per_year: float = parameter(
        1.7, unit="ratio/year", low=1.0, high=10.0, prior="lognormal", source="choice",
        gloss="largest growth of chip output in the long run (exogenous)",
    )
    chip_growth_decay_years: float = parameter(
        3.538, unit="year", low=0.2, high=20.0, source="choice", gloss="time in which growth falls to that floor"
    )
    chip_backlog_weeks: float = parameter(
        26.0, unit="week", low=2.0, high=104.0, source="choice: two to four quarters from order to delivery",
        gloss="order backlog at which chip makers expand as fast as they can",
    )
    install_weeks: int = parameter(
        9, unit="week", low=1, high=52, source="E061", gloss="weeks from a chip's delivery to its operation"
    )
    chip_life_weeks: int = parameter(
        260, unit="week", low=52, high=520, source="choice", gloss="weeks after which a chip is retired"
    )
    chip_price_at_start_usd: float = parameter(
        27000.0, unit="USD/H100e", low=1000.0, high=1e5, source="E066 E067",
        gloss="price of a chip when the model starts"
    )
    price_performance_per_year: float = parameter(
        1.37, unit="ratio/year", low=1.0, high=3.0, prior="lognormal", source="E066",
        gloss="yearly gain of hardware price-performance (exogenous)",
    )
    server_ratio: float = parameter(
        1.17, unit="ratio", low=1.0, high=3.0, source="choice: with shells near the all-in ratio at the start",
        gloss="cost of a chip with its server and network to the chip"
    )
    all_in_ratio: float = parameter(
        1.84, unit="ratio", low=1.0, high=4.0, source="E067", gloss="all-in cost of capacity to the price of its chips"
    )
    density_at_start: float = parameter(
        500.0, unit="H100e/MW", low=100.0, high=2000.0, source="E062 E065", gloss="accelerators per MW at the start"
    )
    density_growth_per_year: float = parameter(
        1.25, unit="ratio/year", low=1.0, high=2.0, source="E062 E065",
        gloss="growth of accelerators per MW (exogenous)"
    )
    shell_weeks: int = parameter(
        91, unit="week", low=4, high=260, source="E070 E072", gloss="weeks from the order of a shell to its completion"
    )
    shell_pipeline_mw_per_week: float = parameter(
        35.0, unit="MW/week", low=0.0, high=2000.0, source="choice",
        gloss="shells completed a week at the start, from orders and conversions made before",
    )
    shell_pipeline_growth_per_year: float = parameter(
        2.4, unit="ratio/year", low=1.0, high=10.0, source="choice", gloss="growth of completions from those orders"
    )
    power_mw_per_week: float = parameter(
        130.0, unit="MW/week", low=1.0, high=5000.0, source="E073 E075",
        gloss="power that grids and generators can connect a week at the start (exogenous)",
    )
    power_growth_per_year: float = parameter(
        1.3, unit="ratio/year", low=0.8, high=4.0, prior="lognormal", source="choice",
        gloss="growth of that power (exogenous)",
    )
    shell_usd_per_mw: float = parameter(
        8500000.0, unit="USD/MW", low=1e6, high=1e8,
        source="choice: with servers near the all-in ratio at the start",
        gloss="cost of a powered shell without chips",
    )
    power_usd_per_mwh: float = parameter(
        80.0, unit="USD/MWh", low=10.0, high=500.0, source="choice", gloss="price of electricity"
    )
    capital_share: float = parameter(
        0.65, unit="share", low=0.05, high=2.0, source="E076-E079 E082", gloss="core cash flow that AI capex may take"
    )
    reinvestment: float = parameter(
        1.2, unit="ratio", low=0.0, high=5.0, source="choice", gloss="AI capex per dollar of compute rents received"
    )
    forecast_memory_weeks: float = parameter(
        26.0, unit="week", low=4.0, high=156.0, source="choice", gloss="memory of growth that is expected to go on"
    )
    growth_cap_per_year: float = parameter(
        4.0, unit="ratio/year", low=1.0, high=20.0, source="E060 brief 34", gloss="largest growth that is planned for"
    )
    order_weeks: int = parameter(4, unit="week", low=1, high=26, source="choice", gloss="weeks between orders")
    reserve: float = parameter(
        1.104, unit="ratio", low=1.0, high=2.0, source="choice", gloss="capacity ordered above the forecast"
    )
    contract_share: float = parameter(
        0.75, unit="share", low=0.1, high=1.0, source="choice",
        gloss="largest share of its live fleet that labs other than its own may hold"
    )
    outside_share_at_start: float = parameter(
        0.65, unit="share", low=0.0, high=1.0, source="E083",
        gloss="demand of other tenants (ranking, vision, science, start-ups) at the start, to the fleet of then",
    )
    outside_growth_per_year: float = parameter(
        4.43, unit="ratio/year", low=0.5, high=10.0, source="E057 less labs",
        gloss="first growth of other tenants' demand"
    )
    outside_growth_floor_per_year: float = parameter(
        1.4, unit="ratio/year", low=0.5, high=5.0, source="choice", gloss="long-run growth of other tenants' demand"
    )
    outside_growth_decay_years: float = parameter(
        2.4, unit="year", low=0.2, high=20.0, source="choice", gloss="time in which that growth falls to the floor"
    )
    outside_elasticity: float = parameter(
        0.8, unit="elasticity", low=0.0, high=3.0, source="choice", gloss="how other tenants' demand falls with rent"
    )
    outside_inference_share: float = parameter(
        0.3332, unit="share", low=0.0, high=1.0, source="E083", gloss="inference within other tenants' use"
    )
    cloud_margin: float = parameter(
        0.35, unit="share", low=-0.5, high=3.0, source="choice", gloss="rent above the full cost of a GPU-hour"
    )
    depreciation_years: float = parameter(
        4.5, unit="year", low=1.0, high=10.0, source="docs/model.md section 16",
        gloss="years over which capacity is written off"
    )
    rent_response: float = parameter(
        0.05, unit="ln ratio per unit of load", low=0.0, high=1.0, source="choice",
        gloss="weekly change of the rent when demand is twice the fleet",
    )
    rent_reversion: float = parameter(
        0.04, unit="1/week", low=0.0, high=1.0, source="choice", gloss="pull of the rent towards cost plus margin"
    )
    contract_rent_memory_weeks: float = parameter(
        40.0, unit="week", low=1.0, high=260.0, source="choice",
        gloss="weeks over which contract rents follow the spot rent"
    )
    contract_years: float = parameter(
        3.5, unit="year", low=0.5, high=15.0, source="choice",
        gloss="term of compute contracts, for the backlog in dollars"
    )
# fmt: on


class Orders(NamedTuple):
    """One order: chips (H100e) and shells (MW)."""

    chips_h100e: float
    shells_mw: float


class Hyperscaler(mesa.Agent):
    """A builder and owner of compute. The fleet's arrays hold what it owns; this object holds what it believes."""

    STATE = ("demand_h100e", "growth", "rents_per_year", "spent_per_year")

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
