"""What is known of each hyperscaler, and the parameters of chips, shells, power, capital and rents."""

from agents.parameter_groups import Group, declared


class HyperscalerProfile(Group):
    """Facts about one hyperscaler when the model starts."""

    title: str = declared("hyperscaler.title")
    big_four: bool = declared("hyperscaler.big_four")
    installed_at_start_h100e: float = declared("hyperscaler.installed_at_start_h100e")
    core_cash_flow_usd_per_year: float = declared("hyperscaler.core_cash_flow_usd_per_year")
    core_cash_growth_per_year: float = declared("hyperscaler.core_cash_growth_per_year")
    other_capex_usd_per_year: float = declared("hyperscaler.other_capex_usd_per_year")


class HyperscalerParameters(Group):
    """Chips, shells, power, capital and rents."""

    chip_output_at_start_per_week: float = declared("hyperscalers.chip_output_at_start_per_week")
    chip_growth_at_start_per_year: float = declared("hyperscalers.chip_growth_at_start_per_year")
    chip_growth_floor_per_year: float = declared("hyperscalers.chip_growth_floor_per_year")
    chip_growth_decay_years: float = declared("hyperscalers.chip_growth_decay_years")
    chip_backlog_weeks: float = declared("hyperscalers.chip_backlog_weeks")
    install_weeks: int = declared("hyperscalers.install_weeks")
    chip_life_weeks: int = declared("hyperscalers.chip_life_weeks")
    chip_price_at_start_usd: float = declared("hyperscalers.chip_price_at_start_usd")
    price_performance_per_year: float = declared("hyperscalers.price_performance_per_year")
    server_ratio: float = declared("hyperscalers.server_ratio")
    all_in_ratio: float = declared("hyperscalers.all_in_ratio")
    density_at_start: float = declared("hyperscalers.density_at_start")
    density_growth_per_year: float = declared("hyperscalers.density_growth_per_year")
    shell_weeks: int = declared("hyperscalers.shell_weeks")
    shell_pipeline_mw_per_week: float = declared("hyperscalers.shell_pipeline_mw_per_week")
    shell_pipeline_growth_per_year: float = declared("hyperscalers.shell_pipeline_growth_per_year")
    power_mw_per_week: float = declared("hyperscalers.power_mw_per_week")
    power_growth_per_year: float = declared("hyperscalers.power_growth_per_year")
    shell_usd_per_mw: float = declared("hyperscalers.shell_usd_per_mw")
    power_usd_per_mwh: float = declared("hyperscalers.power_usd_per_mwh")
    capital_share: float = declared("hyperscalers.capital_share")
    reinvestment: float = declared("hyperscalers.reinvestment")
    forecast_memory_weeks: float = declared("hyperscalers.forecast_memory_weeks")
    growth_cap_per_year: float = declared("hyperscalers.growth_cap_per_year")
    order_weeks: int = declared("hyperscalers.order_weeks")
    reserve: float = declared("hyperscalers.reserve")
    contract_share: float = declared("hyperscalers.contract_share")
    outside_share_at_start: float = declared("hyperscalers.outside_share_at_start")
    outside_growth_per_year: float = declared("hyperscalers.outside_growth_per_year")
    outside_growth_floor_per_year: float = declared("hyperscalers.outside_growth_floor_per_year")
    outside_growth_decay_years: float = declared("hyperscalers.outside_growth_decay_years")
    outside_elasticity: float = declared("hyperscalers.outside_elasticity")
    outside_inference_share: float = declared("hyperscalers.outside_inference_share")
    cloud_margin: float = declared("hyperscalers.cloud_margin")
    depreciation_years: float = declared("hyperscalers.depreciation_years")
    rent_response: float = declared("hyperscalers.rent_response")
    rent_reversion: float = declared("hyperscalers.rent_reversion")
    contract_rent_memory_weeks: float = declared("hyperscalers.contract_rent_memory_weeks")
    contract_years: float = declared("hyperscalers.contract_years")
