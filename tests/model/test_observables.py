"""The laws of the record: one row a week, fixed series, and the long table."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from model.clock import Clock
from model.observables import Observables


def record(weeks: int, total: int = 4) -> tuple[Observables, Clock]:
    """Record `weeks` weeks of three series."""
    clock = Clock(dt.date(2024, 1, 1), dt.date(2024, 1, 1) + dt.timedelta(days=7 * total - 1))
    seen = Observables(clock)
    for week in range(weeks):
        row = seen.row()
        row.add_each("revenue", ("openai", "google"), "all", "USD", np.array([1.0, 2.0]) * (week + 1))
        row.add("revenue", "market", "all", "USD", 3.0 * (week + 1))
        seen.record(week, row)
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
    with pytest.raises(KeyError):
        seen.series("revenue", "nobody")


def test_an_empty_record_is_an_empty_table() -> None:
    frame = record(0)[0].frame()
    assert len(frame) == 0
    assert list(frame.columns) == ["date", "observable", "entity", "segment", "value", "unit"]


def test_a_week_with_another_number_of_series_is_refused() -> None:
    seen, _ = record(1)
    row = seen.row()
    row.add("revenue", "market", "all", "USD", 1.0)
    with pytest.raises(ValueError, match="week 1 records 1 series, the first week 3"):
        seen.record(1, row)


def test_two_series_of_one_name_are_refused() -> None:
    seen, _ = record(0)
    row = seen.row()
    row.add("revenue", "market", "all", "USD", 1.0)
    row.add("revenue", "market", "all", "EUR", 2.0)
    with pytest.raises(ValueError, match="same name"):
        seen.record(0, row)


def test_a_record_that_is_restored_goes_on() -> None:
    """Names and values of two weeks of four, taken up by a fresh record whose clock stands there."""
    seen, clock = record(2)
    again = Observables(clock)
    again.restore(seen.names, seen.values[:2])
    assert again.frame().equals(seen.frame())
    row = again.row()
    for value in (7.0, 8.0, 9.0):
        row.add("ignored", "once series are fixed", "all", "USD", value)
    again.record(2, row)
    clock.advance()
    assert again.series("revenue").tolist() == [3.0, 6.0, 9.0]
