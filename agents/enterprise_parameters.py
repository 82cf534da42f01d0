"""What decides how large organisations adopt, build, spend and approve."""

from agents.parameter_groups import Group, initial, parameter


# fmt: off
class EnterpriseParameters(Group):
    """Adoption by large organisations, their applications and what bounds their use."""

    organisations: float = initial(
        20000.0, unit="organisation", low=500.0, high=1e6, source="choice: organisations above 1,000 employees",
        gloss="large organisations in the world",
    )
    smallest_employees: float = initial(
        1000.0, unit="employee", low=50.0, high=1e5, source="E120", gloss="size of the smallest of them"
    )
    size_exponent: float = initial(
        1.221, unit="exponent", low=0.6, high=3.0, source="choice: Zipf's law of firm sizes",
        gloss="Pareto tail of sizes"
    )
    initial_pilot_share: float = initial(
        0.1908, unit="share", low=0.0, high=1.0, source="F159",
        gloss="organisations that try generative AI at the start"
    )
    initial_three_functions_share: float = initial(
        0.08, unit="share", low=0.0, high=1.0, source="F161",
        gloss="organisations that already use AI of any kind in three functions and add generative AI at once",
    )
    pilot_per_week: float = parameter(
        0.004, unit="1/week", low=0.0, high=0.1, prior="lognormal", source="F159 F160", gloss="hazard of a first pilot"
    )
    peer_pilot_per_week: float = parameter(
        0.015, unit="1/week", low=0.0, high=0.2, prior="lognormal", source="F160",
        gloss="hazard added when all peers use generative AI",
    )
    abandon_per_week: float = parameter(
        0.003, unit="1/week", low=0.0, high=0.05, source="E113", gloss="chance of giving a pilot up within a week"
    )
    production_per_week: float = parameter(
        0.014, unit="1/week", low=0.0, high=0.2, prior="lognormal", source="F162",
        gloss="hazard from pilot to production"
    )
    spread_per_week: float = parameter(
        0.019, unit="1/week", low=0.0, high=0.2, prior="lognormal", source="F162",
        gloss="hazard from production in one function to three",
    )
    ability_sd: float = initial(
        0.5, unit="sd of ln", low=0.0, high=2.0, source="F165", gloss="spread of organisations' ability to use AI"
    )
    switch_per_week: float = parameter(
        0.004, unit="1/week", low=0.0, high=0.2, source="E014", gloss="hazard of looking at other labs"
    )
    quality_weight: float = parameter(
        6.0, unit="1/surplus", low=0.0, high=60.0, source="E014", gloss="weight of surplus in the choice of lab"
    )
    habit_weight: float = parameter(
        3.0, unit="utility", low=0.0, high=10.0, source="E014", gloss="weight of the present lab: switching costs"
    )
    pilot_seats: float = parameter(
        0.15, unit="share", low=0.0, high=1.0, source="choice",
        gloss="seats worth having in a pilot, to three functions"
    )
    production_seats: float = parameter(
        0.6, unit="share", low=0.0, high=1.0, source="choice", gloss="the same in production in one function"
    )
    release_attention: float = parameter(
        9.0, unit="ratio", low=0.0, high=50.0, source="E014",
        gloss="rise of the switching hazard while a flagship is fresh"
    )
    seats_limit: float = parameter(
        0.6, unit="seat/employee", low=0.0, high=1.0, source="F089", gloss="seats when answers always succeed"
    )
    seat_trial_per_week: float = parameter(
        3e-5, unit="1/week", low=0.0, high=0.01, prior="loguniform", source="F087",
        gloss="seats bought without seeing any, as a share of the seats that would be worth having",
    )
    seat_diffusion_per_week: float = parameter(
        0.0381, unit="1/week", low=0.0, high=0.3, source="F087", gloss="growth of seats from colleague to colleague"
    )
    seat_requests_per_week: float = parameter(
        25.0, unit="request/seat/week", low=0.5, high=500.0, source="F088", gloss="requests of the keenest seats"
    )
    seat_concavity: float = parameter(
        0.95, unit="exponent", low=0.5, high=1.0, source="F088",
        gloss="requests grow as seats to this power: later seats ask less",
    )
    applications_slope: float = initial(
        0.45, unit="exponent", low=0.0, high=1.0, source="F123 E120", gloss="applications grow as size to this power"
    )
    events_per_employee: float = parameter(
        49.1, unit="event/employee/week", low=0.1, high=1e5, prior="loguniform", source="F106",
        gloss="business events that enter the application graph",
    )
    events_sd: float = parameter(
        2.0, unit="sd of ln", low=0.0, high=3.0, source="E038 brief 60",
        gloss="spread of events per employee among organisations of a size: some businesses consist of transactions",
    )
    enabling_per_window: float = parameter(
        0.00273, unit="share", low=0.0, high=0.2, source="choice",
        gloss="applications that an organisation in production can AI-enable in a four-week change window",
    )
    pilot_capacity: float = parameter(
        0.15, unit="share", low=0.0, high=1.0, source="choice",
        gloss="enabling capacity of a pilot to that of production"
    )
    spread_capacity: float = parameter(
        2.0, unit="ratio", low=1.0, high=10.0, source="choice",
        gloss="enabling capacity of three functions to that of one"
    )
    out_degree: float = initial(
        4.0, unit="edge/application", low=0.0, high=32.0, source="choice", gloss="mean calls from one application"
    )
    out_degree_exponent: float = initial(
        2.0, unit="exponent", low=1.2, high=6.0, source="choice",
        gloss="exponent of the Pareto tail (of numbers above) of the calls from applications",
    )
    hub_exponent: float = initial(
        3.0, unit="exponent", low=1.0, high=8.0, source="choice",
        gloss="concentration of calls on core systems: 1 even, larger heavier-tailed; calls fall as rank^(1/x - 1)",
    )
    layers: int = initial(
        10, unit="layer", low=2, high=30, source="E125 upper end", gloss="layers of applications from entry to leaf"
    )
    entry_share: float = initial(
        0.13, unit="share", low=0.01, high=0.9, source="E123", gloss="applications where business events enter"
    )
    trigger_probability: float = parameter(
        0.2, unit="probability", low=0.0, high=1.0, source="F126", gloss="chance that an event passes along a call"
    )
    ai_trigger_gain: float = parameter(
        0.3, unit="share", low=0.0, high=3.0, source="F126 brief 58",
        gloss="rise of that chance where the calling application is AI-enabled",
    )
    rate_limit: float = initial(
        200.0, unit="ratio", low=1.0, high=1e6, source="choice",
        gloss="most events that an application takes for a business event, times the organisation's applications",
    )
    calls_per_event: float = parameter(
        0.0448, unit="task/event", low=1e-5, high=10.0, prior="loguniform", source="F106",
        gloss="model tasks that an AI-enabled application spends on an event",
    )
    api_share: float = initial(0.5, unit="share", low=0.0, high=1.0, source="E121", gloss="applications that call")
    rag_share: float = initial(
        0.45, unit="share", low=0.0, high=1.0, source="E121", gloss="applications that retrieve (the rest are agents)"
    )
    approvals_per_employee: float = parameter(
        0.5, unit="task/employee/week", low=0.0, high=100.0, source="brief 25",
        gloss="agent tasks that people have time to approve",
    )
    ai_budget_usd_per_employee: float = parameter(
        900.0, unit="USD/employee/year", low=0.0, high=1e5, source="F151", gloss="most that is spent on model calls"
    )
    budget_factor: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="scales budgets: 0.7 is a 30% cut"
    )
# fmt: on
