"""The clock: weeks, Mondays and impossible dates."""

import datetime as dt
import pickle

import pytest

from agents.units import WEEKS_PER_MONTH, WEEKS_PER_YEAR
from model.clock import Clock, parse_date
from model.errors import ConservationError, JevonsError, NotFiniteError, nearest


def test_the_default_span_has_313_weeks_and_starts_on_the_first_monday_of_2023() -> None:
    clock = Clock()
    assert (clock.weeks_total, clock.week, clock.date) == (313, 0, dt.date(2023, 1, 2))


def test_a_week_holds_its_monday_to_its_sunday() -> None:
    clock = Clock()
    assert clock.week_of(dt.date(2023, 1, 8)) == 0
    assert clock.week_of("2023-01-09") == 1
    assert clock.week_of("2028-12-31") == 312
    assert clock.date_of(312) == dt.date(2028, 12, 25)


def test_a_span_that_ends_on_a_monday_includes_the_week_of_that_monday() -> None:
    assert Clock(dt.date(2023, 1, 2), dt.date(2023, 1, 8)).weeks_total == 1
    assert Clock(dt.date(2023, 1, 2), dt.date(2023, 1, 9)).weeks_total == 2


def test_advancing_moves_seven_days_and_stops_after_the_last_week() -> None:
    clock = Clock(dt.date(2023, 1, 2), dt.date(2023, 1, 15))
    clock.advance()
    assert (clock.week, clock.date, clock.finished) == (1, dt.date(2023, 1, 9), False)
    clock.advance()
    assert clock.finished
    with pytest.raises(JevonsError, match="ends on 2023-01-15"):
        clock.advance()


def test_years_and_months_have_the_mean_length_of_the_calendar() -> None:
    assert pytest.approx(12 * WEEKS_PER_MONTH, rel=1e-15) == WEEKS_PER_YEAR
    assert pytest.approx(52.17857142857143, rel=1e-15) == WEEKS_PER_YEAR


@pytest.mark.parametrize(
    ("start", "until", "message"),
    [
        (dt.date(2023, 1, 3), dt.date(2028, 12, 31), "start = 2023-01-03 is a Tuesday.*2023-01-02 and 2023-01-09"),
        (dt.date(2023, 1, 2), dt.date(2023, 1, 2), "until = 2023-01-02 is not after the start.*from 2023-01-03"),
        (dt.date(2023, 1, 2), dt.date(2041, 1, 1), "until = 2041-01-01 is out of range.*2040-12-31"),
    ],
)
def test_an_impossible_span_is_refused_with_what_is_allowed(start: dt.date, until: dt.date, message: str) -> None:
    with pytest.raises(JevonsError, match=message):
        Clock(start, until)


def test_a_day_outside_the_scenario_has_no_week() -> None:
    with pytest.raises(JevonsError, match=r"date = '2029-01-01' is out of range.*2023-01-02 to 2028-12-31"):
        Clock().week_of("2029-01-01")


@pytest.mark.parametrize(
    "value", ["2024-02-30", "2024-13-01", "2024-1-1", "20240101", "30/06/2024", "", "soon", 20240101, None, True]
)
def test_what_is_not_a_day_is_refused_with_the_form_and_the_range(value: object) -> None:
    with pytest.raises(JevonsError, match=r"^until = .*YYYY-MM-DD from 1990-01-01 to 2040-12-31$"):
        parse_date(value, "until")


def test_a_moment_with_a_time_of_day_is_not_a_date() -> None:
    with pytest.raises(JevonsError):
        parse_date(dt.datetime(2024, 6, 30, 12))


def test_iso_text_and_dates_are_read_as_they_are() -> None:
    assert parse_date("2024-02-29") == parse_date(dt.date(2024, 2, 29)) == dt.date(2024, 2, 29)


def test_errors_are_one_line_and_survive_the_way_home_from_a_worker_process() -> None:
    assert str(JevonsError("two\nlines")) == "two lines"
    for error in (ConservationError(3, "tokens openai", -2.0), NotFiniteError(4, "pricing", "price")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    assert str(ConservationError(3, "tokens openai", -2.0)) == "week 3: tokens openai does not close, it is out by -2"


def test_nearest_finds_a_name_by_its_last_part_and_lists_short_lists() -> None:
    assert nearest("ceiling", ["demand.thinking_ceiling", "demand.ceiling", "scale.users"]).startswith(
        "did you mean 'demand.ceiling'"
    )
    assert nearest("xyzzy", ["one", "two"]) == "valid names are one, two"
    assert nearest("xyzzy", [f"name{n}" for n in range(30)]).startswith("the nearest valid names are ")
