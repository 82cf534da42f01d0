"""What decides surveys, publications, urgency and implementers."""

from agents.parameter_groups import Group, declared


class ConsultancyParameters(Group):
    """Surveys, publications, urgency and implementers."""

    firms: int = declared("consultancies.firms")
    survey_weeks: int = declared("consultancies.survey_weeks")
    publication_lag_weeks: int = declared("consultancies.publication_lag_weeks")
    sample: int = declared("consultancies.sample")
    inflation: float = declared("consultancies.inflation")
    urgency_weight: float = declared("consultancies.urgency_weight")
    return_weight: float = declared("consultancies.return_weight")
    urgency_half_life_weeks: float = declared("consultancies.urgency_half_life_weeks")
    selection: float = declared("consultancies.selection")
    staff_speed_per_week: float = declared("consultancies.staff_speed_per_week")
    staff_effect: float = declared("consultancies.staff_effect")
    fee_usd_per_organisation_year: float = declared("consultancies.fee_usd_per_organisation_year")
