"""What decides surveys, publications, urgency and implementers."""

from agents.parameter_groups import Group, initial, parameter


# fmt: off
class ConsultancyParameters(Group):
    """Surveys, publications, urgency and implementers."""

    firms: int = initial(3, unit="firm", low=1, high=20, source="brief 69-72", gloss="consultancies that publish")
    survey_weeks: int = parameter(26, unit="week", low=4, high=208, source="brief 69", gloss="weeks between surveys")
    publication_lag_weeks: int = parameter(
        20, unit="week", low=0, high=104, source="choice", gloss="weeks from a survey to its publication"
    )
    sample: int = parameter(2000, unit="organisation", low=20, high=100000, source="F156", gloss="organisations asked")
    inflation: float = parameter(
        1.0, unit="ratio", low=0.0, high=3.0, source="E108 E112",
        gloss="published to measured share: above 1 inflated, below sober",
    )
    urgency_weight: float = parameter(
        0.8, unit="1/share", low=0.0, high=5.0, source="brief 73", gloss="urgency from a published adoption of all"
    )
    return_weight: float = parameter(
        0.3, unit="1/ln ratio", low=0.0, high=3.0, source="F165", gloss="urgency from leaders' published advantage"
    )
    urgency_half_life_weeks: float = parameter(
        52.0, unit="week", low=2.0, high=520.0, source="choice", gloss="weeks in which a publication's urgency halves"
    )
    true_effect: float = parameter(
        0.1, unit="ln ratio", low=-0.5, high=1.5, source="F165",
        gloss="log growth that production adds to what surveys find; no organisation grows, its size is fixed",
    )
    selection: float = parameter(
        0.5, unit="ln ratio", low=0.0, high=2.0, source="F165",
        gloss="log growth that surveys find per log of ability, AI or not: leaders would lead anyway",
    )
    staff_speed_per_week: float = parameter(
        0.02, unit="1/week", low=0.0, high=0.5, source="choice", gloss="how fast implementers follow demand"
    )
    staff_effect: float = parameter(
        0.6, unit="share", low=0.0, high=5.0, source="brief 73",
        gloss="speed-up of production and enabling when implementers meet all demand",
    )
    fee_usd_per_organisation_year: float = parameter(
        2.0e6, unit="USD/year", low=0.0, high=1e9, source="choice", gloss="fee for a staffed implementation"
    )
# fmt: on
