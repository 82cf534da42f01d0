"""What is known of each chip maker, supplier of power and builder, and the laws that they share."""

from agents.parameter_groups import Group, declared


class ChipMakerProfile(Group):
    """Facts about one line of AI chips when the model starts, and how its maker decides."""

    title: str = declared("chip_maker.title")
    owner: str = declared("chip_maker.owner")
    standing: float = declared("chip_maker.standing")
    owner_standing: float = declared("chip_maker.owner_standing")
    wafers_per_month: float = declared("chip_maker.wafers_per_month")
    expanding_share: float = declared("chip_maker.expanding_share")
    markup: float = declared("chip_maker.markup")
    cost_ratio: float = declared("chip_maker.cost_ratio")
    normal_book_weeks: float = declared("chip_maker.normal_book_weeks")
    price_elasticity: float = declared("chip_maker.price_elasticity")
    expansion: float = declared("chip_maker.expansion")
    expansion_weeks: int = declared("chip_maker.expansion_weeks")
    strain_weeks: float = declared("chip_maker.strain_weeks")
    caution: float = declared("chip_maker.caution")
    scrapped_per_year: float = declared("chip_maker.scrapped_per_year")
    output_factor: float = declared("chip_maker.output_factor")


class PowerSupplierProfile(Group):
    """Facts about one way to power: utilities' grid connections, makers of generation, owners of powered sites."""

    title: str = declared("power_supplier.title")
    capacity_mw_per_year: float = declared("power_supplier.capacity_mw_per_year")
    expanding_share: float = declared("power_supplier.expanding_share")
    book_at_start_mw: float = declared("power_supplier.book_at_start_mw")
    cloud_share_at_start: float = declared("power_supplier.cloud_share_at_start")
    under_way_at_start_mw: float = declared("power_supplier.under_way_at_start_mw")
    build_weeks: int = declared("power_supplier.build_weeks")
    usd_per_mw: float = declared("power_supplier.usd_per_mw")
    usd_per_mwh: float = declared("power_supplier.usd_per_mwh")
    normal_book_weeks: float = declared("power_supplier.normal_book_weeks")
    price_elasticity: float = declared("power_supplier.price_elasticity")
    expansion: float = declared("power_supplier.expansion")
    expansion_weeks: int = declared("power_supplier.expansion_weeks")
    scrapped_per_year: float = declared("power_supplier.scrapped_per_year")
    other_need_mw_per_year: float = declared("power_supplier.other_need_mw_per_year")
    other_need_growth_per_year: float = declared("power_supplier.other_need_growth_per_year")
    other_elasticity: float = declared("power_supplier.other_elasticity")
    pool_mw: float = declared("power_supplier.pool_mw")
    pool_premium: float = declared("power_supplier.pool_premium")
    brings_shell: bool = declared("power_supplier.brings_shell")
    output_factor: float = declared("power_supplier.output_factor")


class BuilderProfile(Group):
    """Facts about builders of data centres' shells."""

    title: str = declared("builder.title")
    capacity_mw_per_year: float = declared("builder.capacity_mw_per_year")
    book_at_start_mw: float = declared("builder.book_at_start_mw")
    under_way_at_start_mw: float = declared("builder.under_way_at_start_mw")
    build_weeks: int = declared("builder.build_weeks")
    usd_per_mw: float = declared("builder.usd_per_mw")
    normal_book_weeks: float = declared("builder.normal_book_weeks")
    price_elasticity: float = declared("builder.price_elasticity")
    expansion: float = declared("builder.expansion")
    expansion_weeks: int = declared("builder.expansion_weeks")
    output_factor: float = declared("builder.output_factor")


class SupplierParameters(Group):
    """What suppliers have in common: how they expand, set prices, share out slots, and are paid."""

    expansion_exponent: float = declared("suppliers.expansion_exponent")
    review_weeks: int = declared("suppliers.review_weeks")
    slip: float = declared("suppliers.slip")
    deposit: float = declared("suppliers.deposit")
    chip_production_weeks: float = declared("suppliers.chip_production_weeks")
    order_memory_weeks: float = declared("suppliers.order_memory_weeks")
    trend_memory_weeks: float = declared("suppliers.trend_memory_weeks")
    book_correction_weeks: float = declared("suppliers.book_correction_weeks")
    chip_price_memory_weeks: float = declared("suppliers.chip_price_memory_weeks")
    power_price_memory_weeks: float = declared("suppliers.power_price_memory_weeks")
    others_ahead_weeks: float = declared("suppliers.others_ahead_weeks")
    slot_premium: float = declared("suppliers.slot_premium")
    chip_substitution: float = declared("suppliers.chip_substitution")
    chip_cost_usd: float = declared("suppliers.chip_cost_usd")
    h100e_per_wafer: float = declared("suppliers.h100e_per_wafer")
    wafer_growth_per_year: float = declared("suppliers.wafer_growth_per_year")
    technology_fade_years: float = declared("suppliers.technology_fade_years")
