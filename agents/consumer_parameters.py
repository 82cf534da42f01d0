"""What decides how consumers take up chat, choose an app, subscribe and ask."""

from agents.parameter_groups import Group, initial, parameter


# fmt: off
class ConsumerParameters(Group):
    """Adoption of chat, competition between apps, subscriptions and the pace of requests."""

    population: float = parameter(
        3.649e+09, unit="person", low=1e8, high=5.4e9, source="choice: online adults in early 2023",
        gloss="people who could use a chat app when the model starts",
    )
    population_growth_per_year: float = parameter(
        0.02, unit="1/year", low=-0.05, high=0.1, source="choice", gloss="growth of the online population"
    )
    initial_share: float = initial(
        0.008, unit="share", low=0.0, high=0.5, source="choice: about a month after the first chat app",
        gloss="people who use chat weekly at the start",
    )
    innovation_per_week: float = parameter(
        0.0009, unit="1/week", low=0.0, high=0.02, prior="lognormal", source="E053",
        gloss="hazard of taking up chat without seeing anybody use it",
    )
    imitation_per_week: float = parameter(
        0.05608, unit="1/week", low=0.0, high=0.5, prior="lognormal",
        source="choice: fitted to users, far above durables'",
        gloss="hazard added when all contacts use chat",
    )
    innovativeness_sd: float = initial(
        0.5841, unit="sd of ln", low=0.0, high=3.0, source="choice", gloss="spread of people's readiness to adopt"
    )
    appeal_power: float = parameter(
        1.407, unit="exponent", low=0.0, high=5.0, source="choice",
        gloss="how strongly the success of the best free answer speeds adoption",
    )
    leave_per_week: float = parameter(
        0.004, unit="1/week", low=0.0, high=0.1, source="choice", gloss="hazard of giving chat up when served well"
    )
    congestion_leave_per_week: float = parameter(
        0.0112, unit="1/week", low=0.0, high=1.0, source="choice",
        gloss="hazard added when every request is turned away"
    )
    switch_per_week: float = parameter(
        0.01, unit="1/week", low=0.0, high=0.3, source="E015", gloss="chance of looking at other apps within a week"
    )
    quality_weight: float = parameter(
        4.51, unit="1/success", low=0.0, high=30.0, source="E015", gloss="weight of answer quality in the choice of app"
    )
    brand_weight: float = parameter(
        0.583, unit="exponent", low=0.0, high=1.5, source="choice",
        gloss="weight of an app's present share in its choice"
    )
    contacts: int = initial(
        8, unit="contact/person", low=1, high=64, source="choice", gloss="contacts that each person names"
    )
    distant_contacts: float = initial(
        0.3, unit="share", low=0.0, high=1.0, source="choice", gloss="contacts outside the neighbourhood"
    )
    requests_per_day: float = initial(
        4.167, unit="request/user/day", low=0.5, high=20.0, source="E050",
        gloss="requests that human time allows when every answer succeeds (mean)",
    )
    requests_sd: float = initial(
        1.0, unit="sd of ln", low=0.0, high=2.5, source="E050", gloss="spread of requests over people"
    )
    engagement_floor: float = parameter(
        0.4, unit="share", low=0.0, high=1.0, source="choice", gloss="share of requests made even if answers fail"
    )
    subscription_usd_per_month: float = parameter(
        20.0, unit="USD/month", low=0.0, high=200.0, source="docs/model.md section 16",
        gloss="price of a chat subscription"
    )
    willingness_usd_per_month: float = initial(
        8.689, unit="USD/month", low=0.0, high=100.0, source="docs/model.md section 16",
        gloss="median user's value of the answers that a subscription adds, were it the whole of success",
    )
    willingness_sd: float = initial(
        1.228, unit="sd of ln", low=0.0, high=4.0, source="choice", gloss="spread of willingness to pay"
    )
    subscription_perk: float = parameter(
        0.3, unit="success", low=0.0, high=1.0, source="choice",
        gloss="what priority, limits and features of a subscription are worth, beside better answers",
    )
    subscription_inertia: float = parameter(
        0.4, unit="share", low=0.0, high=1.0, source="choice",
        gloss="how far worth may fall below the price before a user cancels"
    )
    review_weeks: int = parameter(
        26, unit="week", low=1, high=52, source="choice", gloss="weeks between a user's reviews of the subscription"
    )
# fmt: on
