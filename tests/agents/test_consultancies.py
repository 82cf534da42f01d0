"""The laws of consultancies: unbiased surveys, late publications, urgency that fades, and pure selection."""

import numpy as np
import pytest

from agents.columns import ColumnModel, Population
from agents.consultancies import Consultancy, speedup
from agents.consultancy_parameters import ConsultancyParameters
from agents.enterprise_parameters import EnterpriseParameters
from agents.enterprises import Enterprise, Enterprises, OfficeMarket
from agents.streams import Streams

EXACT = 1e-12
STAGE = np.array([0, 1, 2, 3], dtype=np.int8)
WEIGHT = np.array([40.0, 30.0, 20.0, 10.0], dtype=np.float32)
ALIKE = np.ones(4)


def parameters(**changed: float) -> ConsultancyParameters:
    """Three firms, each with a survey a half-year, published after ten weeks as it is."""
    return ConsultancyParameters.model_validate(
        {
            "firms": 3,
            "survey_weeks": 26,
            "publication_lag_weeks": 10,
            "sample": 2000,
            "inflation": 1.0,
            "urgency_weight": 0.8,
            "return_weight": 0.0,
            "urgency_half_life_weeks": 50.0,
            "selection": 0.5,
            "staff_speed_per_week": 0.1,
            "staff_effect": 0.6,
            **changed,
        }
    )


def firm(index: int = 0) -> Consultancy:
    """A consultancy."""
    return Consultancy(ColumnModel(rng=1), index)


def test_firms_take_turns_and_each_surveys_once_a_cycle() -> None:
    p = parameters()
    weeks = [[w for w in range(52, 78) if firm(i).surveys_now(p, w)] for i in range(3)]
    assert all(len(found) == 1 for found in weeks)
    assert len({found[0] for found in weeks}) == 3


def test_surveys_are_unbiased_over_organisations_not_rows() -> None:
    """60% use something and 10% in three functions, by weight: the mean of 50 samples within five standard errors."""
    p, streams = parameters(sample=500), Streams(2)
    found = [firm().survey(p, streams, week, STAGE, ALIKE, WEIGHT, ALIKE) for week in range(50)]
    error = 1.0 / np.sqrt(50 * 500)
    assert np.mean([s.any_use for s in found]) == pytest.approx(0.6, abs=5 * error * np.sqrt(0.6 * 0.4))
    assert np.mean([s.three_functions for s in found]) == pytest.approx(0.1, abs=5 * error * np.sqrt(0.1 * 0.9))


def test_firms_draw_samples_of_their_own() -> None:
    p, streams = parameters(sample=200), Streams(2)
    found = {firm(i).survey(p, streams, 5, STAGE, ALIKE, WEIGHT, ALIKE).any_use for i in range(6)}
    assert len(found) > 1


def test_equal_ability_and_equal_growth_show_no_advantage() -> None:
    found = firm().survey(parameters(), Streams(1), 0, STAGE, np.full(4, 1.7), WEIGHT, np.full(4, 1.3))
    assert found.advantage == pytest.approx(1.0, rel=EXACT)


def test_growth_shows_in_full_where_abilities_are_equal() -> None:
    """Leaders in production have grown by a half since the start, laggards by a fifth."""
    found = firm().survey(parameters(), Streams(1), 0, STAGE, ALIKE, WEIGHT, np.array([1.2, 1.2, 1.5, 1.5]))
    assert found.advantage == pytest.approx(1.5 / 1.2, rel=EXACT)


def test_growth_counts_organisations_not_rows() -> None:
    """Leaders, of whom 20 have doubled and 10 have not: 5/3, within five errors of a sample of 2,000 (600 leaders)."""
    found = firm().survey(parameters(), Streams(1), 0, STAGE, ALIKE, WEIGHT, np.array([1.0, 1.0, 2.0, 1.0]))
    assert found.advantage == pytest.approx(5 / 3, abs=5 * np.sqrt(2 / 9 / 600))


def test_selection_alone_makes_leaders_lead() -> None:
    """Leaders of ability 4, laggards of 1: 4^0.5 = 2 times the growth, and nothing of it is an effect."""
    ability = np.array([1.0, 1.0, 4.0, 4.0])
    found = firm().survey(parameters(), Streams(1), 0, STAGE, ability, WEIGHT, ALIKE)
    assert found.advantage == pytest.approx(2.0, rel=EXACT)
    none = firm().survey(parameters(selection=0.0), Streams(1), 0, STAGE, ability, WEIGHT, ALIKE)
    assert none.advantage == pytest.approx(1.0, rel=EXACT)


def test_selection_emerges_from_adoption() -> None:
    """Organisations that adopt by ability come out ahead in a survey though nobody grows; with equal ones none."""
    open_ = np.ones(1, dtype=np.bool_)
    one = np.ones(1)
    market = OfficeMarket(
        open_, open_, one, one, one, one, one, ~open_, urgency=0.0, implementers=1.0, productivity=1.0
    )
    for spread, low, high in ((0.8, 1.1, 10.0), (0.0, 1.0 - EXACT, 1.0 + EXACT)):
        p = EnterpriseParameters.model_validate(
            {
                "initial_pilot_share": 0.0,
                "initial_three_functions_share": 0.0,
                "pilot_per_week": 0.05,
                "production_per_week": 0.05,
                "spread_per_week": 0.0,
                "abandon_per_week": 0.0,
                "ability_sd": spread,
            }
        )
        people = Enterprises(Population(None, Enterprise, 400), p, 500.0, Streams(3), firms=0)
        for week in range(25):
            people.columns.stage[:] = people.decide_stage(week, market)
        c = people.columns
        found = firm().survey(parameters(), Streams(3), 0, c.stage, c.ability, np.ones(400), c.output)
        assert low < found.advantage < high


def test_a_sample_without_leaders_or_laggards_shows_no_advantage() -> None:
    for stage in (0, 3):
        found = firm().survey(
            parameters(), Streams(1), 0, np.full(4, stage), ALIKE, WEIGHT, np.array([1.0, 1.0, 2.0, 2.0])
        )
        assert found.advantage == 1.0


def test_a_survey_is_published_after_its_lag_and_not_a_week_before() -> None:
    one, p = firm(), parameters()
    one.pending = [[5.0, 0.6, 0.1, 1.0]]
    one.publish(p, 14)
    assert (one.published, len(one.pending)) == ([], 1)
    one.publish(p, 15)
    assert (one.published, one.pending) == ([15.0, 0.6, 0.1, 1.0], [])


def test_the_latest_of_several_surveys_counts_and_later_ones_wait() -> None:
    one, p = firm(), parameters()
    one.pending = [[1.0, 0.1, 0.0, 1.0], [2.0, 0.2, 0.0, 1.0], [9.0, 0.9, 0.0, 1.0]]
    one.publish(p, 12)
    assert one.published[1] == 0.2
    assert one.pending == [[9.0, 0.9, 0.0, 1.0]]


def test_published_shares_are_inflated_but_never_above_all() -> None:
    one, p = firm(), parameters(inflation=1.5)
    one.pending = [[0.0, 0.8, 0.1, 1.0]]
    one.publish(p, 10)
    assert one.published[1:3] == pytest.approx([1.0, 0.15], rel=EXACT)


def test_urgency_starts_with_a_publication_and_halves() -> None:
    """0.8 x 0.6 + 0.5 x ln 2, half of it after 50 weeks; leaders behind laggards take nothing away."""
    one, p = firm(), parameters(return_weight=0.5)
    assert one.urgency(p, 20) == 0.0
    one.published = [20.0, 0.6, 0.1, 2.0]
    full = 0.48 + 0.5 * np.log(2.0)
    assert one.urgency(p, 20) == pytest.approx(full, rel=EXACT)
    assert one.urgency(p, 70) == pytest.approx(full / 2.0, rel=EXACT)
    one.published = [20.0, 0.6, 0.1, 0.5]
    assert one.urgency(p, 20) == pytest.approx(0.48, rel=EXACT)


def test_staff_follows_what_is_wanted_from_this_firm() -> None:
    """A third of 300, a tenth of the gap a week: 10, then 19; (1 - 0.9^200) of 100 in the end."""
    one, p = firm(), parameters()
    for expected in (10.0, 19.0):
        one.staff(p, 300.0)
        assert one.staffed == pytest.approx(expected, rel=EXACT)
    for _ in range(200):
        one.staff(p, 300.0)
    assert one.staffed == pytest.approx(100.0, rel=1e-8)


def test_implementers_speed_up_as_far_as_they_go_round() -> None:
    p = parameters()
    assert speedup(p, 0.0, 10.0) == 1.0
    assert speedup(p, 5.0, 10.0) == pytest.approx(1.3, rel=EXACT)
    assert speedup(p, 50.0, 10.0) == pytest.approx(1.6, rel=EXACT)
    assert speedup(p, 5.0, 0.0) == 1.0
