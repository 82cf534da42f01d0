"""What decides how developers take up tools, build apps and hand tasks to agents."""

from agents.parameter_groups import Group, initial, parameter


# fmt: off
class DeveloperParameters(Group):
    """Tools, agents, API builders and their apps."""

    population: float = parameter(
        2.8e7, unit="developer", low=5e6, high=1e8, source="F150 E114", gloss="developers when the model starts"
    )
    population_growth_per_year: float = parameter(
        0.04, unit="1/year", low=-0.1, high=0.3, source="E114", gloss="growth of the number of developers"
    )
    initial_tool_share: float = initial(
        0.2862, unit="share", low=0.0, high=1.0, source="choice", gloss="developers who use an AI tool at the start"
    )
    initial_daily_share: float = initial(
        0.3, unit="share", low=0.0, high=1.0, source="choice", gloss="tool users at the start who use one daily"
    )
    initial_builder_share: float = initial(
        0.02, unit="share", low=0.0, high=1.0, source="choice", gloss="developers who build on an API at the start"
    )
    initial_app_share: float = initial(
        0.6, unit="app/builder", low=0.0, high=1.0, source="choice", gloss="builders who have an app out at the start"
    )
    tool_innovation_per_week: float = parameter(
        0.005, unit="1/week", low=0.0, high=0.1, prior="lognormal", source="choice: above durables'",
        gloss="hazard of a first AI tool",
    )
    tool_imitation_per_week: float = parameter(
        0.02967, unit="1/week", low=0.0, high=0.3, prior="lognormal",
        source="choice: fitted to surveys, above durables'",
        gloss="hazard added when all developers use one",
    )
    daily_per_week: float = parameter(
        0.0195, unit="1/week", low=0.0, high=0.2, source="F148", gloss="hazard of going from some to daily use"
    )
    agent_innovation_per_week: float = parameter(
        0.0011, unit="1/week", low=0.0, high=0.1, prior="lognormal", source="choice",
        gloss="hazard of a daily user handing tasks to agents, were all tasks worth it",
    )
    agent_imitation_per_week: float = parameter(
        0.0642, unit="1/week", low=0.0, high=0.5, prior="lognormal", source="choice",
        gloss="hazard added when all developers do so",
    )
    tool_leave_per_week: float = parameter(
        0.001, unit="1/week", low=0.0, high=0.05, source="choice",
        gloss="chance of stepping back one stage within a week",
    )
    builder_innovation_per_week: float = parameter(
        0.002, unit="1/week", low=0.0, high=0.1, prior="lognormal", source="F028 F031",
        gloss="hazard of starting to build on an API",
    )
    builder_imitation_per_week: float = parameter(
        0.0435, unit="1/week", low=0.0, high=0.3, prior="lognormal", source="F028 F031",
        gloss="hazard added when all developers build",
    )
    switch_per_week: float = parameter(
        0.008, unit="1/week", low=0.0, high=0.3, source="E014 E015", gloss="hazard of looking at other labs"
    )
    release_attention_per_week: float = parameter(
        0.1, unit="1/week", low=0.0, high=2.0, source="E014 E127",
        gloss="hazard of looking at other labs in the weeks after a flagship comes out",
    )
    quality_weight: float = parameter(
        13.0, unit="1/surplus", low=0.0, high=60.0, source="E015",
        gloss="weight of a lab's surplus in the choice of lab"
    )
    habit_weight: float = parameter(
        2.5, unit="utility", low=0.0, high=10.0, source="choice", gloss="weight of the present lab in the choice of lab"
    )
    multi_home_share: float = parameter(
        0.5, unit="share", low=0.0, high=1.0, source="choice: products use several labs at once",
        gloss="calls of apps and coding agents that are routed to whichever labs suit best, not to the lab built on",
    )
    births_per_week: float = parameter(
        0.012, unit="app/builder/week", low=0.0, high=0.5, source="choice", gloss="apps that a builder starts"
    )
    deaths_per_week: float = parameter(
        0.008, unit="1/week", low=0.0, high=0.2, source="E113", gloss="chance of an app being given up within a week"
    )
    audience_median: float = parameter(
        13.5, unit="user/app", low=0.1, high=1e5, prior="loguniform", source="choice", gloss="first audience of an app"
    )
    audience_sd: float = parameter(
        1.742, unit="sd of ln", low=0.0, high=4.0, source="E038", gloss="spread of first audiences"
    )
    audience_growth_per_week: float = parameter(
        0.028, unit="1/week", low=-0.05, high=0.2, source="choice", gloss="growth of a new app's audience"
    )
    audience_noise: float = parameter(
        0.08, unit="sd of ln per sqrt(week)", low=0.0, high=0.5, source="E038",
        gloss="spread of growth (proportional growth makes audiences heavy-tailed)",
    )
    audience_maturity_weeks: float = parameter(
        70.0, unit="week", low=4.0, high=520.0, source="choice", gloss="age at which an app's growth has faded to 1/e"
    )
    rag_interest: float = parameter(
        0.7, unit="ratio", low=0.0, high=5.0, source="choice",
        gloss="retrieval chains started per calling app, at equal worth"
    )
    agent_interest: float = parameter(
        0.3, unit="ratio", low=0.0, high=5.0, source="choice",
        gloss="agent apps started per calling app, at equal worth",
    )
    attention_weeks: int = parameter(
        3, unit="week", low=1, high=26, source="E014 E127", gloss="weeks for which a new flagship is looked at"
    )
    api_tasks_per_user: float = parameter(
        10.0, unit="task/user/week", low=0.01, high=1e4, source="choice", gloss="tasks of a calling app per user"
    )
    rag_tasks_per_user: float = parameter(
        5.0, unit="task/user/week", low=0.01, high=1e4, source="choice", gloss="tasks of a retrieval app per user"
    )
    agent_tasks_per_user: float = parameter(
        0.3, unit="task/user/week", low=0.001, high=1e3, source="choice", gloss="tasks of an agent app per user"
    )
    assist_requests_some: float = parameter(
        40.0, unit="request/week", low=0.0, high=5000.0, source="choice",
        gloss="code requests of an occasional tool user",
    )
    assist_requests_daily: float = parameter(
        250.0, unit="request/week", low=0.0, high=10000.0, source="choice", gloss="code requests of a daily tool user"
    )
    assist_paid_share: float = parameter(
        0.123, unit="share", low=0.0, high=1.0, source="F132 F141", gloss="daily tool users who pay a subscription"
    )
    reviews_per_week: float = initial(
        40.0, unit="task/week", low=0.5, high=500.0, source="E037",
        gloss="agent tasks that a developer has time to review (mean)",
    )
    reviews_sd: float = initial(
        1.0, unit="sd of ln", low=0.0, high=2.5, source="E037", gloss="spread of reviewing time: the heavy tail"
    )
    parallel_agents: float = parameter(
        1.3, unit="task/review", low=1.0, high=20.0, source="choice: few run as many as the keenest",
        gloss="agents run side by side for one reviewed result"
    )
    commits_per_week: float = parameter(
        12.0, unit="commit/developer/week", low=0.5, high=200.0, source="choice", gloss="commits without agents"
    )
    commits_per_task: float = parameter(
        0.3, unit="commit/task", low=0.0, high=10.0, source="choice", gloss="commits that an agent task leads to"
    )
    productivity_gain_daily: float = parameter(
        0.1, unit="share", low=-0.39, high=0.5, source="E115 E116", gloss="gain in output from daily tool use"
    )
    productivity_gain_agent: float = parameter(
        0.3, unit="share", low=-0.39, high=1.0, source="E115 E116 E118 F145", gloss="gain in output from coding agents"
    )
# fmt: on
