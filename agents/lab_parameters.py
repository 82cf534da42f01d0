"""What is known of each lab, and the parameters that all labs share."""

from datetime import date

from agents.parameter_groups import Group, initial, parameter


# fmt: off
class LabProfile(Group):
    """Facts about one lab: when its products enter, and where it stands when the model starts."""

    title: str = parameter("", unit="text", source="fact", gloss="name in figures")
    entry_date: date = parameter(date(2023, 1, 2), unit="date", source="fact", gloss="first model on sale")
    flagship_date: date | None = parameter(
        None, unit="date", source="fact", gloss="first flagship, where a lab enters with smaller models"
    )
    chat_date: date | None = parameter(None, unit="date", source="fact", gloss="chat app opens")
    api_date: date | None = parameter(None, unit="date", source="fact", gloss="API opens")
    coding_date: date | None = parameter(None, unit="date", source="fact", gloss="coding tools open")
    search_date: date | None = parameter(None, unit="date", source="fact", gloss="model answers in search begin")
    messenger_date: date | None = parameter(None, unit="date", source="fact", gloss="assistant in messengers begins")
    capability_at_start: float = initial(
        -0.6, unit="log10 E", low=-4.0, high=2.0, source="choice", gloss="research frontier when the model starts"
    )
    compute_at_start_h100e: float = initial(
        10000.0, unit="H100e", low=1.0, high=1e7, source="E062", gloss="compute held when the model starts"
    )
    serving_share_at_start: float = initial(
        0.35, unit="share", low=0.05, high=0.95, source="E083 E084", gloss="share of compute that serves"
    )
    capacity_factor: float = parameter(
        1.0, unit="ratio", low=0.0, high=20.0, source="choice",
        gloss="scales the compute that the lab's contracts yield: 2 doubles one lab's capacity",
    )
    cash_at_start_usd: float = initial(0.0, unit="USD", low=0.0, high=1e12, source="choice", gloss="cash at start")
    seed_funding_usd_per_year: float = parameter(
        0.0, unit="USD/year", low=0.0, high=1e12, source="choice", gloss="what investors give before there is revenue"
    )
    run_rate_at_start_usd: float = initial(
        0.0, unit="USD/year", low=0.0, high=1e12, source="brief 50", gloss="revenue run rate at start"
    )
    parent: str = initial("", unit="hyperscaler", source="fact", gloss="hyperscaler that owns the lab, if any")
    parent_share: float = parameter(
        0.6, unit="share", low=0.0, high=1.0, source="E060 E064", gloss="most that a parent's lab may hold of its fleet"
    )
    clouds: str = initial("", unit="names", source="fact", gloss="hyperscalers that it contracts with")
    reach: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="distribution of its chat app"
    )
    developer_reach: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="standing with developers who build on an API"
    )
    coding_reach: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="standing of its coding tools"
    )
    enterprise_reach: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="standing with enterprises"
    )
    surface_queries_per_week: float = parameter(
        0.0, unit="query/week", low=0.0, high=1e13, source="docs/model.md section 16",
        gloss="queries of its own surface (search or messenger) that a model could answer",
    )
    surface_reach_people: float = parameter(
        0.0, unit="person", low=0.0, high=9e9, source="F015", gloss="people who see its messenger's assistant"
    )
    training_skill: float = parameter(
        0.0, unit="log10 E/year", low=-1.0, high=1.0, source="choice",
        gloss="algorithmic progress of its own, above or below the common one",
    )


class LabParameters(Group):
    """Research, throughput, pricing and finance, common to all labs."""

    algorithmic_progress_per_year: float = parameter(
        3.0, unit="ratio/year", low=1.0, high=10.0, prior="lognormal", source="E003",
        gloss="yearly gain of effective training compute from better algorithms (exogenous)",
    )
    training_window_weeks: float = parameter(
        20.0, unit="week", low=4.0, high=104.0, source="E086", gloss="memory of the compute that makes a model"
    )
    release_step: float = parameter(
        0.4662, unit="log10 E", low=0.1, high=2.0, source="choice", gloss="gain that makes a new generation due"
    )
    standard_gap: float = parameter(
        0.322, unit="log10 E", low=0.0, high=2.0, source="choice",
        gloss="capability of the standard tier below the flagship"
    )
    light_gap: float = parameter(
        0.75, unit="log10 E", low=0.0, high=3.0, source="choice",
        gloss="capability of the light tier below the flagship",
    )
    standard_flop: float = parameter(
        0.35, unit="ratio", low=0.01, high=1.0, source="choice",
        gloss="FLOP per token of the standard tier to the flagship"
    )
    light_flop: float = parameter(
        0.08317, unit="ratio", low=0.001, high=1.0, source="choice",
        gloss="FLOP per token of the light tier to the flagship"
    )
    flop_exponent: float = parameter(
        0.25, unit="log10 FLOP per log10 E", low=0.0, high=1.0, source="E004 E131",
        gloss="how fast the FLOP per token of flagships grow with capability",
    )
    thinking_onset: float = parameter(
        1.6, unit="log10 E", low=-1.0, high=4.0, source="E029", gloss="capability at which models begin to reason"
    )
    thinking_span: float = parameter(
        1.3, unit="log10 E", low=0.05, high=4.0, source="E029", gloss="further capability until the full ceiling"
    )
    window_tokens: float = parameter(
        8000.0, unit="token", low=500.0, high=1e6, source="choice: 8,192 as sold", gloss="context window of GPT-4"
    )
    window_growth: float = parameter(
        1.0, unit="log10 token per log10 E", low=0.0, high=2.0, source="choice",
        gloss="growth of windows with capability",
    )
    gpt4_gpu_hours_per_mtok: float = parameter(
        28.0, unit="GPU-hour/Mtok", low=0.5, high=60.0, prior="loguniform", source="E006 docs/model.md section 16",
        gloss="H100e-hours that a million output tokens of GPT-4 took when the model starts",
    )
    software_growth_per_year: float = parameter(
        2.95, unit="ratio/year", low=1.0, high=6.0, prior="lognormal", source="E003 F054",
        gloss="yearly gain of serving software (exogenous)",
    )
    software_decay_per_year: float = parameter(
        0.1, unit="1/year", low=0.0, high=1.0, source="choice", gloss="rate at which the software gain itself fades"
    )
    generation_jump: float = parameter(
        1.516, unit="ratio", low=1.0, high=10.0,
        source="choice: with software growth about ten in fifteen months (F054)",
        gloss="gain of serving software with each generation",
    )
    input_weight: float = parameter(
        0.1972, unit="ratio", low=0.01, high=1.0, source="choice",
        gloss="GPU time of a fresh input token to an output one"
    )
    cached_weight: float = parameter(
        0.015, unit="ratio", low=0.0, high=1.0, source="E033", gloss="GPU time of a cached input token to an output one"
    )
    context_half: float = parameter(
        60000.0, unit="token", low=1000.0, high=1e7, source="F024", gloss="context that doubles the GPU time of a token"
    )
    target_utilisation: float = parameter(
        0.507, unit="share", low=0.1, high=0.95, source="E095 E096 E098",
        gloss="share of serving GPU-hours that demand's daily rhythm lets a lab use",
    )
    input_price_ratio: float = parameter(
        0.25, unit="ratio", low=0.02, high=1.0, source="E006 E008", gloss="price of an input token to an output one"
    )
    cached_price_ratio: float = parameter(
        0.1, unit="ratio", low=0.0, high=1.0, source="E033", gloss="price of a cached input token to a fresh one"
    )
    markup_at_entry: float = parameter(
        0.55, unit="ratio", low=0.5, high=10.0, source="E006", gloss="list price to unit cost when a lab enters"
    )
    markup_low: float = parameter(
        0.5, unit="ratio", low=0.2, high=5.0, source="E099", gloss="smallest markup that a lab accepts"
    )
    markup_high: float = parameter(
        8.0, unit="ratio", low=0.3, high=50.0, source="E100", gloss="largest markup that customers bear"
    )
    markup_settled: float = parameter(
        1.44, unit="ratio", low=0.7, high=6.0, prior="loguniform", source="T39 E009",
        gloss="markup that competition settles at when load is comfortable: rivals are no perfect substitutes",
    )
    markup_speed: float = parameter(
        0.25, unit="share", low=0.0, high=1.0, source="E006",
        gloss="part of the way from the present markup to the one borne that a review goes, in logarithms",
    )
    load_response: float = parameter(
        2.0, unit="exponent", low=0.0, high=5.0, source="choice",
        gloss="how the markup borne rises with load: as its power",
    )
    rival_premium: float = parameter(
        1.0, unit="log10 USD per log10 E", low=0.0, high=4.0, source="E009",
        gloss="price premium that better quality bears over a rival's",
    )
    rival_weight: float = parameter(
        0.454, unit="share", low=0.0, high=1.0, source="E009", gloss="how far a review moves towards matching a rival"
    )
    price_speed: float = parameter(
        0.6, unit="share", low=0.05, high=1.0, source="choice", gloss="share of the gap that a price review closes"
    )
    price_step_limit: float = parameter(
        0.35, unit="ln ratio", low=0.01, high=5.0, source="choice", gloss="largest change of a price at a review"
    )
    scarcity_speed: float = parameter(
        0.6, unit="share", low=0.01, high=1.0, source="choice",
        gloss="how far a policy review moves routing of unpriced traffic towards what scarcity asks for",
    )
    review_weeks: int = parameter(
        13, unit="week", low=1, high=104, source="choice", gloss="weeks between price reviews"
    )
    clearing_response: float = parameter(
        0.5, unit="exponent", low=0.0, high=2.0, source="choice",
        gloss="weekly price response to load where prices are not sticky",
    )
    policy_weeks: int = parameter(
        4, unit="week", low=1, high=26, source="choice", gloss="weeks between reviews of serving policy and contracts"
    )
    research_weight: float = parameter(
        1.3, unit="ratio", low=0.05, high=5.0, source="E084",
        gloss="value of research compute to that of a year's income"
    )
    split_speed: float = parameter(
        0.03, unit="logit per ln ratio", low=0.0, high=1.0, source="choice",
        gloss="how fast compute moves to where its marginal return is larger, a review",
    )
    imputed_return: float = parameter(
        2.668, unit="ratio", low=0.0, high=10.0, source="choice",
        gloss="worth of a GPU-hour on unpriced traffic, in rents",
    )
    headroom: float = parameter(
        1.15, unit="ratio", low=1.0, high=3.0, source="E098", gloss="compute sought above expected need"
    )
    race_growth_per_year: float = parameter(
        3.2, unit="ratio/year", low=1.0, high=10.0, prior="lognormal", source="E062 E064",
        gloss="growth of research compute that a lab in the race for capability aims at",
    )
    parent_budget_share: float = parameter(
        0.15, unit="share", low=0.0, high=1.0, source="choice", gloss="parent's core cash flow that its lab may spend"
    )
    surface_expansion_per_week: float = parameter(
        0.55, unit="1/week", low=0.0, high=2.0, prior="lognormal", source="brief 33",
        gloss="growth of a surface's coverage with model answers while it is rolled out, when every query is worth one",
    )
    surface_rollout_weeks: int = parameter(
        9, unit="week", low=1, high=104, source="brief 33 E015",
        gloss="weeks after the release of a generation in which a surface's coverage grows",
    )
    surface_trial_share: float = parameter(
        0.005, unit="share", low=0.0, high=0.5, source="choice", gloss="coverage of a surface with which trials begin"
    )
    forecast_weeks: float = parameter(
        26.0, unit="week", low=0.0, high=156.0, source="choice", gloss="how far ahead labs contract"
    )
    forecast_memory_weeks: float = parameter(
        16.0, unit="week", low=2.0, high=104.0, source="choice", gloss="memory of the growth that labs expect to go on"
    )
    growth_cap_per_year: float = parameter(
        3.0, unit="ratio/year", low=1.0, high=50.0, source="choice", gloss="largest growth that anybody plans for"
    )
    compute_income_share: float = parameter(
        1.0, unit="share", low=0.1, high=5.0, source="E084 E085", gloss="income that a lab commits to compute"
    )
    runway_years: float = parameter(
        2.5, unit="year", low=0.25, high=10.0, source="choice", gloss="time over which a lab spends its cash"
    )
    funding_multiple: float = parameter(
        1.5, unit="1/year", low=0.0, high=20.0, source="choice",
        gloss="yearly funding that investors offer per dollar of run rate, at the growth cap",
    )
    staff_income_share: float = parameter(
        0.25, unit="share", low=0.0, high=1.0, source="E084", gloss="income that goes to staff and other costs"
    )
    contract_growth_per_review: float = parameter(
        0.09485, unit="share", low=0.01, high=2.0, source="choice",
        gloss="largest rise of contracts at a review where a lab fills its orders; twice as far where it is short",
    )
    contract_release_per_review: float = parameter(
        0.02, unit="share", low=0.0, high=1.0, source="choice: terms of three to five years",
        gloss="contracts that run out and may be given back at a review",
    )
    congestion_memory_weeks: float = parameter(
        8.0, unit="week", low=1.0, high=52.0, source="choice", gloss="weeks over which customers notice congestion"
    )
    priority_softness: float = parameter(
        0.2, unit="share", low=0.0, high=1.0, source="E130",
        gloss="rationing: 0 serves strictly by priority, 1 everybody alike",
    )
    seat_usd_per_month: float = parameter(
        30.0, unit="USD/month", low=0.0, high=200.0, source="F089", gloss="price of an enterprise seat"
    )
    coding_usd_per_month: float = parameter(
        12.0, unit="USD/month", low=0.0, high=100.0, source="F132", gloss="price of a code-assistant subscription"
    )
# fmt: on
