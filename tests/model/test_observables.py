"""The laws of the record: weeks in order, fixed series, and the long table."""

import datetime as dt
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from model import InferenceMarket, JevonsError, Observable, Scenario, declared_series
from model.clock import Clock
from model.errors import NotFiniteError, UnknownSeriesError
from model.observables import Block, Observables

DECLARED = (Observable("revenue", "USD", ("lab", "market"), ("all",)),)


def block(first: int, weeks: int) -> Block:
    """Three series: of two labs and their sum."""
    made, number = Block({"revenue": "USD"}), np.arange(first + 1, first + weeks + 1).astype(np.float64)
    made.add_each("revenue", ("openai", "google"), "all", np.array([1.0, 2.0]) * number[:, None])
    made.add("revenue", "market", "all", 3.0 * number)
    return made


class Watched(InferenceMarket):
    """A market that records the number of the week as a series of its own."""

    own_series: ClassVar = {Observable("age", "week", segments=("enterprise",)): lambda world: world.clock.week}


def record(weeks: int, total: int = 4) -> tuple[Observables, Clock]:
    """Write `weeks` weeks, the first alone and the others together."""
    clock = Clock(dt.date(2024, 1, 1), dt.date(2024, 1, 1) + dt.timedelta(days=7 * total - 1))
    seen = Observables(clock, DECLARED)
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
    other = Block({"revenue": "USD"})
    other.add("revenue", "market", "all", np.ones(1))
    with pytest.raises(JevonsError, match="week 1 records 1 series, not the 3 of before"):
        seen.write(1, other)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (Observable("rent", "USD/GPU-hour"), "rent, market, all: declared and never recorded"),
        (Observable("revenue", "USD", ("market",), ("api",)), "revenue, market, api: declared and never recorded"),
        (Observable("revenue", "USD", ("lab",), ("api",)), "revenue, labs or hyperscalers, api: declared and never"),
        (None, "revenue, labs or hyperscalers, all: recorded and not declared"),
    ],
)
def test_a_run_that_records_other_series_than_are_declared_is_refused(
    declared: Observable | None, message: str
) -> None:
    clock = Clock(dt.date(2024, 1, 1), dt.date(2024, 1, 28))
    with pytest.raises(JevonsError, match=message):
        Observables(clock, () if declared is None else (*DECLARED, declared)).write(0, block(0, 1))


def test_a_run_records_every_series_that_is_declared_in_its_unit_and_no_other() -> None:
    market = InferenceMarket(Scenario.load("baseline", scale="small"))
    market.step()
    assert {name[:3]: name.unit for name in market.observables.names} == {
        series: row.unit for series, row in declared_series().items()
    }


def test_a_series_of_the_users_own_is_recorded_and_survives_a_branch() -> None:
    scenario = Scenario.load("baseline", scale="small").replace({"scale.users": 200})
    market = Watched(scenario).run(until="2023-01-15")
    branch = market.branch(changes={"metered.value_tail": 1.1}).run(until="2023-01-29")
    assert branch.observables.series("age", segment="enterprise").tolist() == [0.0, 1.0, 2.0, 3.0]
    frame = branch.observables.frame()
    assert set(frame[frame["observable"] == "age"]["unit"]) == {"week"}


def test_an_array_of_a_series_cannot_change_the_record() -> None:
    with pytest.raises(ValueError, match="read-only"):
        record(2)[0].series("revenue")[0] = 1.0


def test_two_series_of_one_name_are_refused() -> None:
    twice = block(0, 1)
    twice.add("revenue", "market", "all", np.ones(1))
    with pytest.raises(JevonsError, match="same name"):
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
    again = Observables(clock, DECLARED)
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

    seen = Observables(clock, DECLARED)
    seen.before_reading = settle
    clock.advance()
    clock.advance()
    assert seen.latest("revenue", "openai") == 2.0
