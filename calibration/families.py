"""Families of series whose forecasts go wrong in the same way."""

from collections.abc import Mapping

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "supply": (
        "installed_compute", "live_compute", "compute_used", "compute_share_inference", "capex",
        "serving_capacity_doubling", "demand_unserved_share",
    ),
    "users": (
        "weekly_users", "requests_per_user_day", "requests", "developers", "developer_tool_use", "enterprise_adoption",
        "agent_commit_share",
    ),
    "subscriptions and seats": ("subscribers", "enterprise_seats", "enterprise_requests"),
    "tokens": (
        "tokens_served", "reasoning_token_share", "tokens_per_request", "tokens_per_task", "requests_jump_at_release",
        "customers_over_100b_tokens", "customers_over_1t_tokens_per_year",
    ),
    "money": (
        "revenue", "revenue_run_rate", "revenue_share", "revenue_share_api", "revenue_ai_cloud", "backlog",
        "gross_margin_inference", "customers_over_1m_usd_per_year", "revenue_run_rate_per_gw",
    ),
    "prices": ("price_list", "price_paid", "price_constant_quality", "serving_unit_cost", "rent"),
}  # fmt: skip
OTHER = "other"


def family_of(observable: str) -> str:
    """The family of an observable; *other* for one that no disclosed figure is of."""
    return next((family for family, names in FAMILIES.items() if observable in names), OTHER)
