"""What is known of each hyperscaler, and the parameters of chips, shells, power, capital and rents."""

from agents.parameter_groups import Group, initial, parameter


# fmt: off
class HyperscalerProfile(Group):
    """Facts about one hyperscaler when the model starts."""

    title: str = parameter("", unit="text", source="fact", gloss="name in figures")
    big_four: bool = initial(False, unit="flag", source="E076-E079", gloss="counts towards the big-4 capex figure")
    installed_at_start_h100e: float = initial(
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

    chip_output_at_start_per_week: float = initial(
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
    install_weeks: int = initial(
        9, unit="week", low=1, high=52, source="E061", gloss="weeks from a chip's delivery to its operation"
    )
    chip_life_weeks: int = initial(
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
    shell_weeks: int = initial(
        91, unit="week", low=4, high=260, source="E070 E072", gloss="weeks from the order of a shell to its completion"
    )
    shell_pipeline_mw_per_week: float = initial(
        35.0, unit="MW/week", low=0.0, high=2000.0, source="choice",
        gloss="shells completed a week at the start, from orders and conversions made before",
    )
    shell_pipeline_growth_per_year: float = initial(
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
