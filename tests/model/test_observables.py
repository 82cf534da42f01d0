"""The laws of the record: weeks in order, fixed series, and the long table."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from model.clock import Clock
from model.errors import NotFiniteError, UnknownSeriesError
from model.observables import Block, Observables


def block(first: int, weeks: int) -> Block:
    """Three series: of two labs and their sum."""
    made, number = Block(), np.arange(first + 1, first + weeks + 1).astype(np.float64)
    made.add_each("revenue", ("openai", "google"), "all", "USD", np.array([1.0, 2.0]) * number[:, None])
    made.add("revenue", "market", "all", "USD", 3.0 * number)
    return made


def record(weeks: int, total: int = 4) -> tuple[Observables, Clock]:
    """Write `weeks` weeks, the first alone and the others together."""
    clock = Clock(dt.date(2024, 1, 1), dt.date(2024, 1, 1) + dt.timedelta(days=7 * total - 1))
    seen = Observables(clock)
    for first, last in ((0, min(weeks, 1)), (1, weeks)):
        if last > first:
            seen.write(first, block(first, last - first))
    for _ in range(weeks):
        clock.advance()
    return seen, clock


def test_the_long_table_has_a_row_a_week_and_series() -> None:
    seen, _ = record(2)
    frame = seen.frame()
    assert list(frame.columns) == ["date", "observable", "entity", "segment", "value", "unit"]
    found = [
        (d.date().isoformat(), e, v) for d, e, v in zip(frame["date"], frame["entity"], frame["value"], strict=True)
    ]
    assert found == [
        ("2024-01-01", "openai", 1.0),
        ("2024-01-08", "openai", 2.0),
        ("2024-01-01", "google", 2.0),
        ("2024-01-08", "google", 4.0),
        ("2024-01-01", "market", 3.0),
        ("2024-01-08", "market", 6.0),
    ]
    assert set(frame["observable"]) == {"revenue"}
    assert set(frame["segment"]) == {"all"}
    assert set(frame["unit"]) == {"USD"}
    assert pd.api.types.is_datetime64_any_dtype(frame["date"])


def test_series_hold_the_weeks_recorded_so_far() -> None:
    seen, _ = record(3)
    assert seen.series("revenue", "google").tolist() == [2.0, 4.0, 6.0]
    assert seen.latest("revenue") == 9.0
    assert seen.latest("nothing", default=0.5) == 0.5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (("revenu",), "there is no observable 'revenu'; did you mean 'revenue'?"),
        (("revenue", "opena"), "revenue has no entity 'opena'; did you mean 'openai'?"),
        (("revenue", "google", "chat"), "revenue of google has no segment 'chat'; valid names are all"),
    ],
)
def test_a_series_that_there_is_not_is_refused_with_the_nearest(name: tuple[str, ...], message: str) -> None:
    seen, _ = record(1)
    for ask in (seen.series, seen.latest):
        with pytest.raises(UnknownSeriesError) as refusal:
            ask(*name)
        assert str(refusal.value) == message
        assert isinstance(refusal.value, KeyError)


def test_before_the_first_week_there_is_no_series() -> None:
    seen, _ = record(0)
    with pytest.raises(UnknownSeriesError, match="no week is recorded yet"):
        seen.series("revenue")
    assert seen.latest("revenue", default=1.0) == 1.0


def test_an_empty_record_is_an_empty_table() -> None:
    frame = record(0)[0].frame()
    assert len(frame) == 0
    assert list(frame.columns) == ["date", "observable", "entity", "segment", "value", "unit"]


def test_weeks_with_other_series_are_refused() -> None:
    seen, _ = record(1)
    other = Block()
    other.add("revenue", "market", "all", "USD", np.ones(1))
    with pytest.raises(ValueError, match="week 1 records 1 series, not those of the first week"):
        seen.write(1, other)


def test_two_series_of_one_name_are_refused() -> None:
    twice = Block()
    twice.add("revenue", "market", "all", "USD", np.ones(1))
    twice.add("revenue", "market", "all", "EUR", np.ones(1))
    with pytest.raises(ValueError, match="same name"):
        record(0)[0].write(0, twice)


def test_a_value_that_is_no_number_is_named_with_its_week() -> None:
    seen, _ = record(1)
    made = block(1, 2)
    made.columns[0][1, 1] = np.nan
    with pytest.raises(NotFiniteError, match="week 2, phase record: revenue of google, all"):
        seen.write(1, made)


def test_a_record_that_is_restored_goes_on() -> None:
    """Names and values of two weeks of four, taken up by a fresh record whose clock stands there."""
    seen, clock = record(2)
    again = Observables(clock)
    again.restore(seen.names, seen.values[:2])
    assert again.frame().equals(seen.frame())
    again.write(2, block(2, 1))
    clock.advance()
    assert again.series("revenue").tolist() == [3.0, 6.0, 9.0]


def test_what_waits_is_derived_before_anything_is_read() -> None:
    clock = Clock(dt.date(2024, 1, 1), dt.date(2024, 1, 28))
    waiting = [block(0, 2)]

    def settle() -> None:
        if waiting:
            seen.write(0, waiting.pop())

    seen = Observables(clock)
    seen.before_reading = settle
    clock.advance()
    clock.advance()
    assert seen.latest("revenue", "openai") == 2.0
