"""What decides how much metered work is asked for, and from whom."""

from agents.parameter_groups import Group, declared


class MeteredParameters(Group):
    """Value of work, integration, horizon of agents, choice among offers, budgets and reputation."""

    value_tail: float = declared("metered.value_tail")
    progress_weight: float = declared("metered.progress_weight")
    integration_weeks: float = declared("metered.integration_weeks")
    least_integration_weeks: float = declared("metered.least_integration_weeks")
    integration_gain: float = declared("metered.integration_gain")
    withdrawal_weeks: float = declared("metered.withdrawal_weeks")
    start_gap: float = declared("metered.start_gap")
    lab_substitution: float = declared("metered.lab_substitution")
    tier_substitution: float = declared("metered.tier_substitution")
    rerouted_share: float = declared("metered.rerouted_share")
    upgrade_per_week: float = declared("metered.upgrade_per_week")
    horizon_hours: float = declared("metered.horizon_hours")
    horizon_capability: float = declared("metered.horizon_capability")
    horizon_growth: float = declared("metered.horizon_growth")
    horizon_value: float = declared("metered.horizon_value")
    horizon_length: float = declared("metered.horizon_length")
    review_burden: float = declared("metered.review_burden")
    review_relief: float = declared("metered.review_relief")
    reach_hours: float = declared("metered.reach_hours")
    budget_share: float = declared("metered.budget_share")
    budget_weeks: float = declared("metered.budget_weeks")
    coding_budget_at_start_usd: float = declared("metered.coding_budget_at_start_usd")
    reputation_fade: float = declared("metered.reputation_fade")
    reputation_gain: float = declared("metered.reputation_gain")
    reputation_loss: float = declared("metered.reputation_loss")
