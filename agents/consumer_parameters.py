"""What decides how consumers take up chat, choose an app, subscribe and ask."""

from agents.parameter_groups import Group, declared


class ConsumerParameters(Group):
    """Adoption of chat, competition between apps, subscriptions and the pace of requests."""

    population: float = declared("consumers.population")
    population_growth_per_year: float = declared("consumers.population_growth_per_year")
    initial_share: float = declared("consumers.initial_share")
    innovation_per_week: float = declared("consumers.innovation_per_week")
    imitation_per_week: float = declared("consumers.imitation_per_week")
    innovativeness_sd: float = declared("consumers.innovativeness_sd")
    appeal_power: float = declared("consumers.appeal_power")
    leave_per_week: float = declared("consumers.leave_per_week")
    congestion_leave_per_week: float = declared("consumers.congestion_leave_per_week")
    switch_per_week: float = declared("consumers.switch_per_week")
    quality_weight: float = declared("consumers.quality_weight")
    brand_weight: float = declared("consumers.brand_weight")
    contacts: int = declared("consumers.contacts")
    distant_contacts: float = declared("consumers.distant_contacts")
    requests_per_day: float = declared("consumers.requests_per_day")
    requests_sd: float = declared("consumers.requests_sd")
    engagement_floor: float = declared("consumers.engagement_floor")
    subscription_usd_per_month: float = declared("consumers.subscription_usd_per_month")
    willingness_usd_per_month: float = declared("consumers.willingness_usd_per_month")
    willingness_sd: float = declared("consumers.willingness_sd")
    subscription_perk: float = declared("consumers.subscription_perk")
    subscription_inertia: float = declared("consumers.subscription_inertia")
    review_weeks: int = declared("consumers.review_weeks")
