"""The laws of enterprises: sizes, stages, labs, seats, enabling, growth and volumes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.choice import NO_LAB
from agents.columns import Population
from agents.enterprise_parameters import EnterpriseParameters
from agents.enterprises import NO_USE, PILOT, PRODUCTION, THREE_FUNCTIONS, Enterprise, Enterprises, OfficeMarket
from agents.streams import Streams
from agents.units import WEEKS_PER_YEAR

LABS = 3
SINGLE = 1e-6  # float32 columns hold seven digits
SIZE_EXPONENT = 1.2
ALL = 10_000.0 * 100.0**SIZE_EXPONENT
"""Organisations of at least 10 employees where 10,000 have a hundred times as many."""


def parameters(**changed: float) -> EnterpriseParameters:
    """10,000 large organisations, and firms, in which nothing happens by itself unless changed."""
    return EnterpriseParameters.model_validate(
        {
            "organisations": 10_000.0,
            "smallest_employees": 1000.0,
            "smallest_firm_employees": 10.0,
            "size_exponent": SIZE_EXPONENT,
            "initial_pilot_share": 0.0,
            "initial_three_functions_share": 0.0,
            "pilot_per_week": 0.0,
            "peer_pilot_per_week": 0.0,
            "abandon_per_week": 0.0,
            "production_per_week": 0.0,
            "spread_per_week": 0.0,
            "ability_sd": 0.0,
            "switch_per_week": 0.0,
            "quality_weight": 0.0,
            "habit_weight": 0.0,
            "release_attention": 9.0,
            "seat_deal_per_week": 0.0,
            "peer_seat_deal_per_week": 0.0,
            "seat_deal_share": 0.25,
            "pilot_seats": 0.1,
            "production_seats": 0.5,
            "seat_diffusion_per_week": 0.2,
            "seat_requests_per_week": 25.0,
            "seat_concavity": 0.5,
            "applications_slope": 0.5,
            "enabling_per_window": 0.1,
            "pilot_capacity": 0.2,
            "spread_capacity": 2.0,
            "layers": 10,
            "budget_at_start_usd_per_employee": 3.0,
            "budget_factor": 1.0,
            "growth_per_gain": 0.5,
            "wage_usd_per_year": 50_000.0,
            **changed,
        }
    )


def enterprises(rows: int, firms: int = 0, applications: float = 500.0, seed: int = 4, **changed: float) -> Enterprises:
    """Large organisations in `rows` with a mean of `applications` each, and `firms` rows of smaller ones."""
    columns = Population(None, Enterprise, rows + firms)
    return Enterprises(columns, parameters(**changed), applications, Streams(seed), firms)


def market(**changed: object) -> OfficeMarket:
    """Three labs alike whose seats succeed four times in five and are worth their price to two employees in five."""
    arrays: dict[str, object] = {
        "api_open": [True] * LABS,
        "seat_open": [True] * LABS,
        "reach": [1.0] * LABS,
        "api_weights": [1.0] * LABS,
        "seat_success": [0.8] * LABS,
        "seat_wanted": [0.4] * LABS,
        "runs": [0.6] * LABS,
        "attention": [False] * LABS,
    }
    scalars = {"urgency": 0.0, "implementers": 1.0, "productivity": 1.0}
    given_scalars = {name: changed.pop(name) for name in list(changed) if name in scalars}
    return OfficeMarket(
        **{name: np.array(value) for name, value in (arrays | changed).items()},  # type: ignore[arg-type]
        **{**scalars, **given_scalars},  # type: ignore[arg-type]
    )


# sizes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [5, 30, 300])
def test_rows_stand_for_all_large_organisations(rows: int) -> None:
    weight = enterprises(rows).columns.weight
    assert weight.sum(dtype=np.float64) == pytest.approx(10_000.0, rel=SINGLE)
    assert (np.diff(weight) > 0.0).all()  # the largest organisations have rows to themselves


@pytest.mark.parametrize(("rows", "firms"), [(30, 1), (30, 20), (300, 100)])
def test_rows_of_firms_stand_for_all_down_to_the_smallest(rows: int, firms: int) -> None:
    """Pareto: 100 times as many employees are 100^1.2 times as rare. Rows of firms follow, each more by one ratio."""
    people = enterprises(rows, firms)
    weight = people.columns.weight.astype(np.float64)
    assert people.large == slice(0, rows)
    assert weight[people.large].sum() == pytest.approx(10_000.0, rel=SINGLE)
    assert weight.sum() == pytest.approx(ALL, rel=SINGLE)
    assert weight[rows] == pytest.approx(10_000.0 * (100.0 ** (SIZE_EXPONENT / firms) - 1.0), rel=SINGLE)
    assert weight[rows + 1 :] / weight[rows:-1] == pytest.approx(
        np.full(firms - 1, 100.0 ** (SIZE_EXPONENT / firms)), rel=SINGLE
    )


def test_firms_have_10_to_1000_employees_in_the_same_pareto_tail() -> None:
    """And so everybody's size falls from row to row: firms are smaller than the smallest large organisation."""
    people = enterprises(300, firms=100)
    c = people.columns
    weight, employees = c.weight.astype(np.float64), c.employees.astype(np.float64)
    larger = np.cumsum(weight) - weight / 2.0
    assert larger == pytest.approx(10_000.0 * (employees / 1000.0) ** -SIZE_EXPONENT, rel=1e-5)  # as above
    assert (np.diff(employees) < 0.0).all()
    assert employees[people.large].min() > 1000.0 > employees[300:].max()
    assert 10.0 < employees[-1] < 10.5  # the middle of a row of a twentieth of all


def test_large_organisations_are_the_same_with_and_without_firms() -> None:
    """In every column: neither sizes nor abilities, first stages or applications depend on who follows."""
    start = {"initial_pilot_share": 0.2, "initial_three_functions_share": 0.1, "ability_sd": 0.5}
    alone, among = (enterprises(60, firms, 500.0, 4, **start) for firms in (0, 15))
    for name in ("employees", "weight", "ability", "stage", "applications", "budget", "output"):
        assert np.array_equal(getattr(among.columns, name)[:60], getattr(alone.columns, name)), name


def test_first_budgets_are_in_proportion_to_employees() -> None:
    """3 USD a head, in firms too."""
    c = enterprises(30, firms=10).columns
    assert c.budget == pytest.approx(3.0 * c.employees.astype(np.float64), rel=SINGLE)


def test_firms_run_the_fewer_applications_the_smaller_but_at_least_one_a_layer() -> None:
    """They go on as size^0.5 from the smallest large one. Whole numbers of some tens: to one a row."""
    people = enterprises(60, firms=40, applications=100.0, applications_slope=0.5)
    c = people.columns
    assert (np.diff(c.applications) <= 0).all()
    expected = c.applications[59] * np.sqrt(c.employees[60:] / c.employees[59])
    assert c.applications[60:] == pytest.approx(np.maximum(expected, 10.0), abs=0.5)
    assert c.applications[-1] == 10


def test_sizes_have_a_pareto_tail() -> None:
    """Organisations above size s number n (s / smallest)^-1.2: counted at every row, to half the row's weight."""
    c = enterprises(300).columns
    weight, employees = c.weight.astype(np.float64), c.employees.astype(np.float64)
    larger = np.cumsum(weight) - weight / 2.0
    assert larger == pytest.approx(10_000.0 * (employees / 1000.0) ** -1.2, rel=1e-5)  # 1.2 x float32's seven digits
    assert (np.diff(employees) < 0.0).all()
    assert employees[0] / np.median(employees) > 100.0


def test_larger_organisations_run_more_applications_within_bounds() -> None:
    """They grow as size^0.5, clipped to 0.3 and 4 times the mean."""
    c = enterprises(300, applications=1000.0).columns
    assert (np.diff(c.applications) <= 0).all()
    assert c.applications.max() == 4000
    assert c.applications.min() >= 300
    free = (c.applications < 4000) & (c.applications > 300)
    slope = np.polyfit(np.log(c.employees[free]), np.log(c.applications[free]), 1)[0]
    assert slope == pytest.approx(0.5, abs=0.01)  # applications are whole numbers of some hundreds: 1/600 each


@pytest.mark.parametrize("firms", [0, 5, 40])
def test_first_stages_hold_their_shares_of_organisations(firms: int) -> None:
    """By weight, not by row: each share is met within the weight of one row at its edge, whatever firms do."""
    people = enterprises(200, firms, initial_pilot_share=0.2, initial_three_functions_share=0.1)
    step = float(people.columns.weight[people.large].max()) / 10_000.0
    any_use, production, three = people.shares()
    assert any_use == pytest.approx(0.3, abs=step)
    assert production == pytest.approx(0.1, abs=step)
    assert three == 0.0


def test_first_stages_hold_their_shares_of_firms() -> None:
    """Of 300 rows the heaviest holds a fiftieth of all firms, and is at most on the wrong side of each edge."""
    people = enterprises(10, firms=300, initial_pilot_share=0.2, initial_three_functions_share=0.1)
    stage, weight = people.columns.stage[10:], people.columns.weight[10:].astype(np.float64)
    step = weight.max() / weight.sum()
    assert weight[stage > NO_USE].sum() / weight.sum() == pytest.approx(0.3, abs=step)
    assert weight[stage == PRODUCTION].sum() / weight.sum() == pytest.approx(0.1, abs=step)


# stages -------------------------------------------------------------------------------------------------------------


def test_shares_are_by_weight_and_cumulative() -> None:
    people = enterprises(4)
    people.columns.weight[:] = [1.0, 2.0, 3.0, 4.0]
    people.columns.stage[:] = [THREE_FUNCTIONS, PRODUCTION, PILOT, NO_USE]
    assert people.shares() == pytest.approx([0.6, 0.3, 0.1], rel=1e-12)


def test_shares_count_large_organisations_alone() -> None:
    people = enterprises(2, firms=2)
    people.columns.weight[:] = [1.0, 3.0, 1e6, 1e6]
    people.columns.stage[:] = [THREE_FUNCTIONS, NO_USE, PILOT, PRODUCTION]
    assert people.shares() == pytest.approx([0.25, 0.25, 0.25], rel=1e-12)


def test_firms_follow_large_peers_at_the_same_hazards() -> None:
    """Nobody large uses any: no firm begins a pilot, however many firms do; half do: hazard 0.2 x 0.5 x 0.8."""
    people = enterprises(2, firms=400, peer_pilot_per_week=0.2)
    c = people.columns
    c.weight[:], c.ability[:] = 1.0, 1.0
    c.stage[2:] = np.tile([NO_USE, PILOT], 200)
    assert np.array_equal(people.decide_stage(8, market()), c.stage)
    c.stage[0] = PILOT
    uniform = people.streams.uniform("enterprises.stage", 8, 402)
    rises = (c.stage == NO_USE) & (uniform < 1.0 - np.exp(-0.2 * 0.5 * 0.8))
    assert people.decide_stage(8, market()).tolist() == (c.stage + rises).tolist()
    assert rises[2:].any()


def test_stages_rise_at_their_hazards_row_by_row() -> None:
    """Pull = success 0.8 x (1 + urgency 0.5) = 1.2; peers: half of all organisations use some."""
    people = enterprises(400, pilot_per_week=0.1, peer_pilot_per_week=0.2, production_per_week=0.2, spread_per_week=0.1)
    c = people.columns
    c.weight[:] = 1.0
    c.stage[:] = np.repeat([NO_USE, NO_USE, PILOT, PRODUCTION], 100)
    c.ability[:] = np.tile([0.5, 2.0], 200)
    hazard = np.array([(0.1 + 0.2 * 0.5) * 1.2, 0.2 * 1.2 * 1.5, 0.1 * 1.2 * 1.5, 0.0])
    uniform = people.streams.uniform("enterprises.stage", 8, 400)
    rises = uniform < 1.0 - np.exp(-hazard[c.stage] * c.ability)
    assert people.decide_stage(8, market(urgency=0.5, implementers=1.5)).tolist() == (c.stage + rises).tolist()
    assert rises.any()


@given(week=st.integers(0, 300))
def test_only_pilots_are_given_up_and_stages_stay_within_theirs(week: int) -> None:
    people = enterprises(
        200, pilot_per_week=0.1, abandon_per_week=0.05, production_per_week=0.2, spread_per_week=0.2, ability_sd=1.0
    )
    people.columns.stage[:] = np.arange(200) % 4
    moved = people.decide_stage(week, market()) - people.columns.stage
    assert set(moved.tolist()) <= {-1, 0, 1}
    assert (people.columns.stage[moved < 0] == PILOT).all()
    assert (moved[people.columns.stage == THREE_FUNCTIONS] == 0).all()


def test_nothing_moves_where_nothing_is_sold() -> None:
    people = enterprises(200, pilot_per_week=0.1, peer_pilot_per_week=0.2, production_per_week=0.2)
    people.columns.stage[:] = np.arange(200) % 4
    closed = market(api_open=[False] * LABS, seat_open=[False] * LABS)
    assert np.array_equal(people.decide_stage(3, closed), people.columns.stage)
    lab, seat = people.decide_labs(3, closed)
    assert (lab == NO_LAB).all()
    assert (seat == NO_LAB).all()


# labs and seats -----------------------------------------------------------------------------------------------------


@given(week=st.integers(0, 300), shut=st.integers(0, LABS - 1))
def test_organisations_in_use_have_an_open_lab_and_others_have_none(week: int, shut: int) -> None:
    people = enterprises(100, switch_per_week=0.1)
    people.columns.stage[:] = np.arange(100) % 2
    sold = [lab != shut for lab in range(LABS)]
    lab, seat = people.decide_labs(week, market(api_open=sold, seat_open=sold))
    for chosen in (lab, seat):
        assert ((chosen >= 0) == (people.columns.stage > NO_USE)).all()
        assert shut not in chosen


def test_habit_keeps_seats_and_a_fresh_flagship_makes_tenfold_many_look() -> None:
    """At habit ln 8 of three alike two in ten of those who look move: hazards of 0.05, and 0.5 after a flagship."""
    people = enterprises(2000, switch_per_week=0.05, habit_weight=float(np.log(8.0)))
    people.columns.stage[:], people.columns.seat_lab[:] = PILOT, 1
    for fresh, hazard in ((False, 0.05), (True, 0.5)):
        _, seat = people.decide_labs(2, market(attention=[fresh, False, False]))
        share = 0.2 * -np.expm1(-hazard)
        assert abs((seat != 1).sum() - 2000 * share) < 5 * np.sqrt(2000 * share * (1.0 - share))


def test_seats_go_to_labs_by_reach_and_quality() -> None:
    """Reach 1, 2, 1 and a success that weighs exp(10 x 0.1 ln 2) = 2 times for the third: 1, 2 and 2 in five."""
    people = enterprises(2000, quality_weight=10.0)
    people.columns.stage[:] = PILOT
    better = market(reach=[1.0, 2.0, 1.0], seat_success=[0.5, 0.5, 0.5 + 0.1 * np.log(2.0)])
    _, seat = people.decide_labs(2, better)
    for lab, share in enumerate((0.2, 0.4, 0.4)):
        assert abs((seat == lab).sum() - 2000 * share) < 5 * np.sqrt(2000 * share * (1.0 - share))


def test_applications_go_to_labs_by_the_weight_of_their_apis_without_habit() -> None:
    """Weights 1, 2, 1: of those who look, at a hazard of 0.4, half leave lab 1, and who had none takes it in half.

    Neither reach nor habit, which decide where seats go, move them.
    """
    people = enterprises(4000, switch_per_week=0.04, habit_weight=5.0)
    people.columns.stage[:], people.columns.lab[:2000] = PILOT, 1
    seen = market(api_weights=[1.0, 2.0, 1.0], reach=[9.0, 1.0, 1.0], attention=[True, False, False])
    lab, _ = people.decide_labs(2, seen)
    leaving = 0.5 * -np.expm1(-0.4)
    for moved, share in (((lab[:2000] != 1).sum(), leaving), ((lab[2000:] == 1).sum(), 0.5)):
        assert abs(moved - 2000 * share) < 5 * np.sqrt(2000 * share * (1.0 - share))


def test_seats_of_firms_count_for_the_lab_that_serves_them() -> None:
    """Two of the first with 10 seats, a thousand firms with 3, and one without a lab."""
    people = enterprises(2, firms=2)
    c = people.columns
    c.weight[:], c.seats[:], c.seat_lab[:] = [2.0, 5.0, 1000.0, 7.0], [10.0, 1.0, 3.0, 9.0], [0, 2, 2, NO_LAB]
    assert people.seats_by_lab(LABS).tolist() == [20.0, 0.0, 3005.0]


def test_seats_grow_logistically_towards_their_limit() -> None:
    """Limit 0.4 of 1,000 employees in three functions: 400.

    At half of it growth is 0.2 x 200 x 0.5 = 20, at it nothing, far above it seats are given up.
    """
    people = enterprises(5)
    c = people.columns
    c.employees[:], c.ability[:] = 1000.0, 1.0
    c.stage[:] = [THREE_FUNCTIONS, THREE_FUNCTIONS, THREE_FUNCTIONS, NO_USE, THREE_FUNCTIONS]
    c.seat_lab[:] = [0, 0, 0, 0, NO_LAB]
    c.seats[:] = [200.0, 400.0, 800.0, 100.0, 100.0]
    expected = [220.0, 400.0, 800.0 - 160.0, 100.0 - 20.0, 100.0 - 20.0]
    assert people.decide_seats(3, market()) == pytest.approx(expected, rel=SINGLE)


def test_fewer_seats_are_worth_having_where_they_are_worth_their_price_to_fewer() -> None:
    """At a price that suits 0.2 of 1,000 employees, 200 seats are as many as are worth having, and 400 too many."""
    people = enterprises(2)
    c = people.columns
    c.employees[:], c.ability[:], c.stage[:], c.seat_lab[:] = 1000.0, 1.0, THREE_FUNCTIONS, [0, 1]
    c.seats[:] = [200.0, 400.0]
    seats = people.decide_seats(3, market(seat_wanted=[0.2, 0.2, 0.9]))
    assert seats == pytest.approx([200.0, 400.0 - 0.2 * 400.0], rel=SINGLE)


def test_a_deal_brings_a_block_of_the_seats_that_are_missing() -> None:
    """A deal is certain at this hazard: a quarter of the 300 of 400 seats that are missing, and 0.2 x 100 x 0.75 grow.

    In a pilot a tenth of 400 seats is worth having: nothing is missing from 40, and nobody buys without a lab.
    """
    people = enterprises(3, seat_deal_per_week=0.1)
    c = people.columns
    c.employees[:], c.ability[:], c.weight[:] = 1000.0, 1.0, 1.0
    c.stage[:], c.seat_lab[:], c.seats[:] = (
        [THREE_FUNCTIONS, PILOT, THREE_FUNCTIONS],
        [0, 0, NO_LAB],
        [100.0, 40.0, 0.0],
    )
    assert people.decide_seats(3, market(urgency=499.0)) == pytest.approx([190.0, 40.0, 0.0], rel=SINGLE)


def test_deals_come_at_their_hazard_whatever_the_number_of_organisations_in_a_row() -> None:
    """A hazard of 0.02 x (1 + 0.5 urgency) a week: 4,000 single organisations, then as many rows of 2.5 and of 40."""
    share = 1.0 - np.exp(-0.03)
    for weight in (1.0, 2.5, 40.0):
        people = enterprises(4000, seat_deal_per_week=0.02, seat_deal_share=1.0)
        c = people.columns
        c.employees[:], c.ability[:], c.weight[:], c.stage[:], c.seat_lab[:] = 100.0, 1.0, weight, THREE_FUNCTIONS, 0
        signed = people.decide_seats(5, market(urgency=0.5)) / 40.0
        assert np.allclose(signed * weight, np.rint(signed * weight), atol=1e-5)  # whole organisations sign
        noise = np.sqrt(share * (1.0 - share) / weight / 4000)  # no more than that of organisations on their own
        assert abs(signed.mean() - share) < 4 * noise


def test_deals_are_contagious() -> None:
    """Half of the seats worth having are held: a hazard of 0.1 x 0.5; nobody signs where nobody holds any."""
    people = enterprises(4000, peer_seat_deal_per_week=0.1, seat_deal_share=1.0, seat_diffusion_per_week=0.0)
    c = people.columns
    c.employees[:], c.ability[:], c.weight[:], c.stage[:], c.seat_lab[:] = 100.0, 1.0, 1.0, THREE_FUNCTIONS, 0
    assert not people.decide_seats(5, market()).any()
    c.seats[:] = 20.0
    signed = (people.decide_seats(5, market()) > 30.0).mean()
    share = 1.0 - np.exp(-0.05)
    assert abs(signed - share) < 4 * np.sqrt(share * (1.0 - share) / 4000)


def test_organisations_that_have_grown_want_seats_as_larger_ones_do() -> None:
    """1,000 employees and twice the output: a limit of 800 seats, as 2,000 employees have."""
    people = enterprises(5)
    c = people.columns
    c.employees[:], c.output[:], c.seats[:] = [1000.0, 2000.0, 1000.0, 1000.0, 1000.0], [2.0, 1.0, 1.0, 1.0, 1.0], 200.0
    c.ability[:], c.stage[:], c.seat_lab[:] = 1.0, THREE_FUNCTIONS, 0
    grown, large, same, *_ = people.decide_seats(3, market()).tolist()
    assert grown == large == pytest.approx(200.0 + 40.0 * 0.75, rel=SINGLE)
    assert same == pytest.approx(220.0, rel=SINGLE)


def test_later_seats_ask_less() -> None:
    """25 x seats^0.5."""
    people = enterprises(3)
    people.columns.seats[:] = [0.0, 100.0, 400.0]
    assert people.seat_requests() == pytest.approx([0.0, 250.0, 500.0], rel=1e-12)


# enabling, growth and volumes ---------------------------------------------------------------------------------------


def test_enabling_worked_by_hand() -> None:
    """1,000 applications, 0.1 a window x productivity 1.5 x implementers 2 = 0.3: pilot 0.2 of that, three twice.

    Enabling stops at the 600 that are worth running, and nothing enabled is taken back.
    """
    people = enterprises(5)
    c = people.columns
    c.applications[:], c.ability[:], c.lab[:] = 1000, 1.0, 0
    c.stage[:] = [NO_USE, PILOT, PRODUCTION, THREE_FUNCTIONS, PRODUCTION]
    c.enabled[:] = [10.0, 10.0, 10.0, 10.0, 700.0]
    found, backlog = people.enable(np.arange(5), market(productivity=1.5, implementers=2.0))
    assert found == pytest.approx([10.0, 70.0, 310.0, 600.0, 700.0], rel=SINGLE)
    # A pilot has 530 left at 60 in four weeks, production 290 at 300; who does nothing has no queue.
    assert backlog / (12.0 * 7.0 * 4.0 / 365.25) == pytest.approx(
        [0.0, 530.0 / 60.0, 290.0 / 300.0, 0.0, 0.0], rel=SINGLE
    )
    c.lab[2] = NO_LAB
    assert people.enable(np.array([2]), market())[0][0] == 10.0


def test_organisations_grow_by_a_part_of_their_gain_relative_to_wages() -> None:
    """1,000 employees at 50,000 USD: a gain of 5e7 USD a year is all of the wages, and adds 0.5 a year to ln output.

    Half the gain adds half of it, a loss takes it away; who has twice the output pays twice the wages.
    """
    people = enterprises(5)
    c = people.columns
    c.employees[:], c.output[:] = 1000.0, [1.0, 1.0, 1.0, 1.0, 2.0]
    people.grow(np.array([5e7, 2.5e7, 0.0, -5e7, 5e7]))
    yearly = WEEKS_PER_YEAR * np.log(c.output / np.array([1.0, 1.0, 1.0, 1.0, 2.0]))
    assert yearly == pytest.approx([0.5, 0.25, 0.0, -0.5, 0.25], rel=1e-9)


def test_customers_above_a_volume_are_the_tail_of_a_lognormal_of_mean_one() -> None:
    """At sd 1 the median organisation has exp(-1/2) of the mean: at a threshold there, half are above; none at zero."""
    many = enterprises(40, events_sd=1.0)
    weight = many.columns.weight.astype(np.float64)
    at_median = many.above(np.full(len(weight), 100.0), 100.0 * np.exp(-0.5))
    assert at_median == pytest.approx(0.5 * weight, rel=1e-9)
    assert many.above(np.zeros(len(weight)), 1.0).max() < 1e-12
    draws = np.exp(np.random.default_rng(1).normal(-0.5, 1.0, 200_000))
    assert many.above(np.full(len(weight), 100.0), 300.0) / weight == pytest.approx((draws > 3.0).mean(), rel=0.05)


def test_without_spread_every_organisation_of_a_row_is_alike() -> None:
    many = enterprises(40, events_sd=0.0)
    assert many.above(np.full(len(many.columns), 2.0), 2.0) == pytest.approx(many.columns.weight)
    assert many.above(np.full(len(many.columns), 1.9), 2.0).max() == 0.0
