"""Statistics and scores, worked out by hand on short weekly series."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.scoreboard import SeriesError, UnitError, by_series, evaluate, score, score_lines, scoreboard
from calibration.shipped import ORIGIN, Part
from calibration.targets import Statistic, Target, load_targets


def run(values: Sequence[float], start: str = "2025-06-02", unit: str = "u", segment: str = "s") -> pd.DataFrame:
    """A run with one weekly series from a Monday on."""
    weeks = pd.date_range(start, periods=len(values), freq="7D")
    return pd.DataFrame(
        {"date": weeks, "observable": "o", "entity": "e", "segment": segment, "value": values, "unit": unit}
    )


def target(
    statistic: Statistic,
    start: date,
    end: date,
    value: float = 2.0,
    low: float = 1.0,
    high: float = 4.0,
    part: Part = "fitted",
    name: str = "T1",
    segment: str = "s",
) -> Target:
    unit = "ratio" if statistic == "ratio" else "u"
    published = ORIGIN if part == "fitted" else ORIGIN + timedelta(days=1)
    return Target(name, "o", "e", segment, statistic, start, end, value, low, high, unit, published, "hand")


# Weeks of Monday 2, 9 and 16 June 2025; the last one ends on Sunday 22 June.
PUBLIC = f"published by {ORIGIN}"

THREE_WEEKS = run([10.0, 20.0, 40.0])


def test_mean_weights_weeks_by_their_days_inside_the_window() -> None:
    # Saturday 7 to Tuesday 17 June: 2, 7 and 2 days.
    expected = (2 * 10 + 7 * 20 + 2 * 40) / 11
    assert evaluate(target("mean", date(2025, 6, 7), date(2025, 6, 17)), THREE_WEEKS) == expected


def test_mean_of_one_day_is_the_value_of_its_week() -> None:
    assert evaluate(target("mean", date(2025, 6, 15), date(2025, 6, 15)), THREE_WEEKS) == 20.0
    assert evaluate(target("mean", date(2025, 6, 16), date(2025, 6, 16)), THREE_WEEKS) == 40.0


def test_mean_over_whole_weeks_reaches_the_last_day_of_the_run() -> None:
    assert evaluate(target("mean", date(2025, 6, 2), date(2025, 6, 22)), THREE_WEEKS) == 70 / 3


@pytest.mark.parametrize(("day", "value"), [(2, 10.0), (8, 10.0), (9, 20.0), (22, 40.0)])
def test_level_is_the_week_that_contains_the_end(day: int, value: float) -> None:
    assert evaluate(target("level", date(2025, 6, 1), date(2025, 6, day)), THREE_WEEKS) == value


def test_ratio_divides_the_level_at_the_end_by_that_at_the_start() -> None:
    assert evaluate(target("ratio", date(2025, 6, 8), date(2025, 6, 18)), THREE_WEEKS) == 4.0


def test_ratio_has_no_unit_to_agree_with() -> None:
    other = run([10.0, 20.0], unit="anything")
    assert evaluate(target("ratio", date(2025, 6, 2), date(2025, 6, 9)), other) == 2.0


def test_ratio_over_zero_is_nan() -> None:
    assert math.isnan(evaluate(target("ratio", date(2025, 6, 2), date(2025, 6, 9)), run([0.0, 1.0])))


def test_year_total_counts_the_share_of_days_in_the_year() -> None:
    # 2025 runs from Wednesday 1 January to Wednesday 31 December: 5 days of the first week, 3 of the last.
    values = [7.0] * 53
    values[0], values[-1] = 70.0, 700.0
    year = target("year_total", date(2025, 1, 1), date(2025, 12, 31))
    assert evaluate(year, run(values, "2024-12-30")) == pytest.approx(50.0 + 51 * 7.0 + 300.0, rel=1e-14)


def test_year_total_of_a_run_that_starts_on_the_first_monday_counts_from_there() -> None:
    # 2023 starts on a Sunday: the run's first week is that of Monday 2 January, its 52nd ends on 31 December.
    year = target("year_total", date(2023, 1, 1), date(2023, 12, 31))
    assert evaluate(year, run([1.0] * 52, "2023-01-02")) == 52.0


def test_quarter_total_counts_the_share_of_days_in_the_quarter() -> None:
    # Thursday 1 January to Tuesday 31 March 2026: 4 days of the first week, 12 whole weeks, 2 days of the last.
    values = [70.0, *[1.0] * 12, 700.0]
    quarter = target("quarter_total", date(2026, 1, 1), date(2026, 3, 31))
    assert evaluate(quarter, run(values, "2025-12-29")) == pytest.approx(40.0 + 12.0 + 200.0, rel=1e-14)
    assert math.isnan(evaluate(quarter, run(values[:-1], "2025-12-29"))), "the run ends early"


def test_a_run_that_starts_a_whole_week_into_the_window_does_not_cover_it() -> None:
    assert math.isnan(evaluate(target("mean", date(2025, 5, 26), date(2025, 6, 22)), THREE_WEEKS))
    assert math.isnan(evaluate(target("mean", date(2025, 5, 25), date(2025, 6, 22)), THREE_WEEKS))


@pytest.mark.parametrize("statistic", ["mean", "level", "ratio"])
def test_a_run_that_ends_early_gives_nan(statistic: Statistic) -> None:
    assert math.isnan(evaluate(target(statistic, date(2025, 6, 10), date(2025, 6, 23)), THREE_WEEKS))


def test_a_year_total_of_a_run_that_ends_early_is_nan() -> None:
    year = target("year_total", date(2025, 1, 1), date(2025, 12, 31))
    assert math.isnan(evaluate(year, run([1.0] * 52, "2024-12-30")))


def test_a_gap_in_the_window_gives_nan() -> None:
    gap = THREE_WEEKS.drop(index=1)
    assert math.isnan(evaluate(target("mean", date(2025, 6, 2), date(2025, 6, 22)), gap))
    assert math.isnan(evaluate(target("level", date(2025, 6, 2), date(2025, 6, 10)), gap))


def test_a_missing_series_is_nan() -> None:
    assert math.isnan(evaluate(target("level", date(2025, 6, 2), date(2025, 6, 9), segment="other"), THREE_WEEKS))


def test_an_empty_run_is_nan() -> None:
    assert math.isnan(evaluate(target("level", date(2025, 6, 2), date(2025, 6, 9)), THREE_WEEKS.iloc[:0]))


def test_a_unit_mismatch_names_both_units() -> None:
    with pytest.raises(UnitError, match="target T1: o/e/s is recorded in 'v', the target is in 'u'"):
        evaluate(target("level", date(2025, 6, 2), date(2025, 6, 9)), run([1.0, 2.0], unit="v"))


def test_the_order_of_rows_and_categorical_columns_do_not_matter() -> None:
    mixed = pd.concat([run([5.0, 6.0, 7.0], segment="t"), THREE_WEEKS]).sample(frac=1.0, random_state=1)
    names = ["observable", "entity", "segment", "unit"]
    categorical = mixed.astype(dict.fromkeys(names, "category"))
    wanted = target("mean", date(2025, 6, 7), date(2025, 6, 17))
    assert evaluate(wanted, mixed) == evaluate(wanted, categorical) == evaluate(wanted, by_series(THREE_WEEKS))


def test_by_series_gives_weeks_in_order_with_values_and_unit() -> None:
    index = by_series(THREE_WEEKS.iloc[::-1])
    assert list(index) == [("o", "e", "s")]
    series = index["o", "e", "s"]
    assert list(series.weeks) == list(np.array(["2025-06-02", "2025-06-09", "2025-06-16"], dtype="datetime64[D]"))
    assert list(series.values) == [10.0, 20.0, 40.0]
    assert series.unit == "u"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.concat([run([1.0]), run([2.0])]), "o/e/s: a week occurs twice"),
        (pd.concat([run([1.0]), run([2.0], "2025-06-09", unit="v")]), "o/e/s: the series has more than one unit"),
        (run([1.0], "2025-06-03"), "the date 2025-06-03 is not a Monday"),
    ],
)
def test_a_table_that_is_not_weekly_series_is_refused(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        by_series(frame)


def level(value: float, low: float, high: float, name: str = "T1", part: Part = "fitted", day: int = 2) -> Target:
    return target("level", date(2025, 6, 1), date(2025, 6, day), value, low, high, part, name)


def test_log10_error_is_relative_to_the_value() -> None:
    # The run gives 10: inside 5..20; tenfold above 0.5..1 (value on the band's edge); a tenth of 100..400.
    targets = [level(10.0, 5.0, 20.0, "A"), level(1.0, 0.5, 1.0, "B"), level(200.0, 100.0, 400.0, "C")]
    board = scoreboard(THREE_WEEKS, targets)
    assert board["log10_error"].to_list() == pytest.approx([0.0, 1.0, math.log10(0.05)])
    assert board["inside"].to_list() == [True, False, False]


def test_exactly_twice_and_half_are_within_a_factor_of_two() -> None:
    targets = [level(5.0, 1.0, 6.0), level(20.0, 1.0, 30.0), level(4.9, 1.0, 6.0), level(20.1, 1.0, 30.0)]
    assert scoreboard(THREE_WEEKS, targets)["within_factor_two"].to_list() == [True, True, False, False]


def test_the_band_includes_its_edges() -> None:
    targets = [level(5.0, 1.0, 10.0), level(15.0, 10.0, 20.0), level(5.0, 1.0, 9.99)]
    assert scoreboard(THREE_WEEKS, targets)["inside"].to_list() == [True, True, False]


def test_a_value_that_is_not_positive_has_no_log_error_but_can_be_inside() -> None:
    board = scoreboard(run([0.0]), [level(0.5, 0.0, 1.0), level(0.5, 0.1, 1.0)])
    assert board["log10_error"].isna().all()
    assert board["inside"].to_list() == [True, False]
    assert board["within_factor_two"].to_list() == [False, False]


def test_a_row_the_run_does_not_reach_is_neither_inside_nor_within_two() -> None:
    board = scoreboard(THREE_WEEKS, [level(10.0, 5.0, 20.0, day=30)])
    assert board[["model", "log10_error"]].isna().all(axis=None)
    assert not board["inside"][0]
    assert not board["within_factor_two"][0]


def test_the_board_has_a_row_for_every_shipped_target_and_its_columns_in_order() -> None:
    board = scoreboard(THREE_WEEKS)
    assert board["id"].to_list() == [row.id for row in load_targets()]
    expected = "id observable entity segment statistic window unit target low high model log10_error "
    expected += "inside within_factor_two part source"
    assert board.columns.to_list() == expected.split()
    assert board["model"].isna().all()


@pytest.mark.parametrize("shipped", load_targets(), ids=lambda shipped: shipped.id)
def test_every_shipped_statistic_can_be_met(shipped: Target) -> None:
    """A run from the first Monday of 2023 covers each window; a constant series has its value as mean and level."""
    weeks = pd.date_range("2023-01-02", "2026-12-28", freq="7D")
    observable, entity, segment = shipped.series
    frame = pd.DataFrame({"date": weeks, "observable": observable, "entity": entity, "segment": segment})
    board = scoreboard(frame.assign(value=shipped.value, unit=shipped.unit), [shipped])
    expected = {"mean": shipped.value, "level": shipped.value, "ratio": 1.0}
    # A total counts every day; 2023 loses its first one, a Sunday, before the run starts.
    days = (shipped.end - max(shipped.start, date(2023, 1, 2))).days + 1
    wanted = expected.get(shipped.statistic, shipped.value * days / 7)
    assert board["model"].to_list() == pytest.approx([wanted], rel=1e-12)


@given(
    values=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=8), offset=st.integers(0, 55), length=st.integers(1, 55)
)
def test_mean_equals_the_average_over_days_taken_one_by_one(values: list[float], offset: int, length: int) -> None:
    first = date(2025, 6, 2) + timedelta(days=offset)
    daily = [values[day // 7] for day in range(offset, offset + length) if day // 7 < len(values)]
    model = evaluate(target("mean", first, first + timedelta(days=length - 1)), run(values))
    if len(daily) < length:
        assert math.isnan(model)
    else:
        assert model == pytest.approx(sum(daily) / length, rel=1e-12, abs=1e-300)


def test_score_counts_by_part_in_a_fixed_order() -> None:
    # The run gives 10: errors 0, log10(10 / 100) = -1 and, for the other part, not reached.
    targets = [
        level(10.0, 5.0, 20.0, "A", "scored", day=30),
        level(10.0, 5.0, 20.0, "B"),
        level(100.0, 50.0, 200.0, "C"),
    ]
    table = score(scoreboard(THREE_WEEKS, targets))
    counts = ["part", "rows", "evaluated", "inside", "within_factor_two", "without_log"]
    assert table[counts].to_numpy().tolist() == [["fitted", 2, 2, 1, 1, 0], ["scored", 1, 0, 0, 0, 0]]
    assert table["median_abs_log10"].to_list() == pytest.approx([0.5, math.nan], nan_ok=True)
    assert table["rms_log10"].to_list() == pytest.approx([math.sqrt(0.5), math.nan], nan_ok=True)


def test_score_lines_say_what_was_not_scored() -> None:
    targets = [level(0.5, 0.0, 1.0), level(10.0, 5.0, 20.0, "B", "scored", day=30)]
    assert score_lines(scoreboard(run([0.0]), targets)) == [
        f"{PUBLIC}: 1 of 1 inside the band, 0 within a factor of two (1 not positive, left out of the errors)",
        f"published after {ORIGIN}: 0 of 1 inside the band, 0 within a factor of two (1 outside the dates of the run)",
    ]
    assert score_lines(scoreboard(THREE_WEEKS, [level(10.0, 5.0, 20.0)])) == [
        f"{PUBLIC}: 1 of 1 inside the band, 1 within a factor of two, median |log10 error| 0.00, rms 0.00"
    ]
