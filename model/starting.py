"""Parameters that shape the start: what they set is built once, so a later change would do nothing, or harm."""

from typing import Any

from model.errors import JevonsError, show

FIXED: dict[str, tuple[str, ...]] = {
    "scale": ("users", "developers", "enterprises", "applications_mean"),
    "consumers": (
        "initial_share", "innovativeness_sd", "requests_per_day", "requests_sd", "willingness_usd_per_month",
        "willingness_sd", "contacts", "distant_contacts",
    ),
    "developers": (
        "initial_tool_share", "initial_daily_share", "initial_builder_share", "initial_app_share", "reviews_per_week",
        "reviews_sd",
    ),
    "enterprises": (
        "organisations", "smallest_employees", "size_exponent", "ability_sd", "initial_pilot_share",
        "initial_three_functions_share", "applications_slope", "layers", "entry_share", "out_degree",
        "out_degree_exponent", "hub_exponent", "api_share", "rag_share", "rate_limit",
    ),
    "hyperscalers": (
        "chip_output_at_start_per_week", "chip_life_weeks", "install_weeks", "shell_weeks",
        "shell_pipeline_mw_per_week", "shell_pipeline_growth_per_year",
    ),
    "consultancies": ("firms",),
    "lab.*": (
        "compute_at_start_h100e", "serving_share_at_start", "capability_at_start", "cash_at_start_usd",
        "run_rate_at_start_usd", "parent", "clouds",
    ),
    "hyperscaler.*": ("installed_at_start_h100e", "big_four"),
    "workload.*": ("task_class", "segment", "payer"),
}  # fmt: skip
"""Groups (`*` for every row of a table) and their parameters that only the start reads."""


def is_fixed(path: str) -> bool:
    """Say whether a parameter is fixed at the start; path: dotted, as in `lab.openai.clouds`."""
    group, _, name = path.rpartition(".")
    table, dot, _ = group.partition(".")
    return name in FIXED.get(f"{table}.*" if dot else group, ())


def refuse_fixed(path: str, value: Any) -> None:
    """Refuse to change a parameter that is fixed at the start; raises `JevonsError`."""
    if path.startswith("scale."):
        raise JevonsError(f"{path} = {show(value)}: row counts are set at the start and cannot change later")
    if is_fixed(path):
        raise JevonsError(
            f"{path} = {show(value)}: what this sets is built at the start and cannot change later; "
            "allowed is to override it from the start of a scenario"
        )
