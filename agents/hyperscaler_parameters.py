"""What is known of each hyperscaler, and the parameters of its beliefs, plans, money and rents."""

from agents.parameter_groups import Group, declared


class HyperscalerProfile(Group):
    """Facts about one hyperscaler when the model starts."""

    title: str = declared("hyperscaler.title")
    big_four: bool = declared("hyperscaler.big_four")
    installed_at_start_h100e: float = declared("hyperscaler.installed_at_start_h100e")
    core_cash_flow_usd_per_year: float = declared("hyperscaler.core_cash_flow_usd_per_year")
    core_cash_growth_per_year: float = declared("hyperscaler.core_cash_growth_per_year")
    other_capex_usd_per_year: float = declared("hyperscaler.other_capex_usd_per_year")
    net_debt_at_start_usd: float = declared("hyperscaler.net_debt_at_start_usd")
    leverage: float = declared("hyperscaler.leverage")
    optimism: float = declared("hyperscaler.optimism")


class HyperscalerParameters(Group):
    """Beliefs, plans, money, the fleet's technology, and rents."""

    # the fleet
    install_weeks: int = declared("hyperscalers.install_weeks")
    chip_life_weeks: int = declared("hyperscalers.chip_life_weeks")
    price_performance_per_year: float = declared("hyperscalers.price_performance_per_year")
    server_ratio: float = declared("hyperscalers.server_ratio")
    density_at_start: float = declared("hyperscalers.density_at_start")
    density_growth_per_year: float = declared("hyperscalers.density_growth_per_year")
    power_usd_per_mwh: float = declared("hyperscalers.power_usd_per_mwh")
    # beliefs
    forecast_memory_weeks: float = declared("hyperscalers.forecast_memory_weeks")
    long_run_growth_per_year: float = declared("hyperscalers.long_run_growth_per_year")
    growth_fade_years: float = declared("hyperscalers.growth_fade_years")
    error_sd: float = declared("hyperscalers.error_sd")
    error_memory_weeks: float = declared("hyperscalers.error_memory_weeks")
    # plans
    order_weeks: int = declared("hyperscalers.order_weeks")
    reserve: float = declared("hyperscalers.reserve")
    capital_charge_per_year: float = declared("hyperscalers.capital_charge_per_year")
    catch_up: float = declared("hyperscalers.catch_up")
    plan_weeks: float = declared("hyperscalers.plan_weeks")
    chip_plan_weeks: float = declared("hyperscalers.chip_plan_weeks")
    chip_least_weeks: float = declared("hyperscalers.chip_least_weeks")
    shell_plan_weeks: float = declared("hyperscalers.shell_plan_weeks")
    power_ahead: float = declared("hyperscalers.power_ahead")
    shells_ahead: float = declared("hyperscalers.shells_ahead")
    chips_ahead: float = declared("hyperscalers.chips_ahead")
    cancelled_per_order: float = declared("hyperscalers.cancelled_per_order")
    # money
    payout_share: float = declared("hyperscalers.payout_share")
    operating_cost_share: float = declared("hyperscalers.operating_cost_share")
    other_capex_growth_per_year: float = declared("hyperscalers.other_capex_growth_per_year")
    interest_per_year: float = declared("hyperscalers.interest_per_year")
    credit: float = declared("hyperscalers.credit")
    borrowing_per_year: float = declared("hyperscalers.borrowing_per_year")
    cash_kept: float = declared("hyperscalers.cash_kept")
    # rents
    contract_share: float = declared("hyperscalers.contract_share")
    outside_share_at_start: float = declared("hyperscalers.outside_share_at_start")
    outside_serving_at_start: float = declared("hyperscalers.outside_serving_at_start")
    outside_serving_follows: float = declared("hyperscalers.outside_serving_follows")
    outside_serving_memory_weeks: float = declared("hyperscalers.outside_serving_memory_weeks")
    outside_growth_per_year: float = declared("hyperscalers.outside_growth_per_year")
    outside_growth_floor_per_year: float = declared("hyperscalers.outside_growth_floor_per_year")
    outside_growth_decay_years: float = declared("hyperscalers.outside_growth_decay_years")
    outside_elasticity: float = declared("hyperscalers.outside_elasticity")
    own_use_share: float = declared("hyperscalers.own_use_share")
    outside_value_factor: float = declared("hyperscalers.outside_value_factor")
    rent_at_start: float = declared("hyperscalers.rent_at_start")
    spot_share: float = declared("hyperscalers.spot_share")
    rent_speed: float = declared("hyperscalers.rent_speed")
    rent_floor: float = declared("hyperscalers.rent_floor")
    contract_rent_memory_weeks: float = declared("hyperscalers.contract_rent_memory_weeks")
    contract_years: float = declared("hyperscalers.contract_years")
