"""The shipped targets and their reader."""

import csv
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from calibration.shipped import ORIGIN, part_of
from calibration.targets import TARGETS_PATH, Target, load_targets
from calibration.typed_rows import RowError

TARGET = Target(
    id="T1",
    observable="tokens_served",
    entity="google",
    segment="all",
    statistic="mean",
    start=date(2025, 5, 1),
    end=date(2025, 5, 31),
    value=480.0,
    low=350.0,
    high=650.0,
    unit="token/month",
    published=date(2025, 5, 20),
    source="brief 33",
)


def _write(path: Path, *edits: tuple[str, str]) -> Path:
    """A copy of the shipped file with each (old, new) replaced once."""
    text = TARGETS_PATH.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return path


def _rows(name: str) -> list[dict[str, str]]:
    with (TARGETS_PATH.parent / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_shipped_target_loads() -> None:
    targets = load_targets()
    assert len(targets) == len(_rows("targets")) == 119
    assert {target.statistic for target in targets} == {"mean", "level", "ratio", "year_total", "quarter_total"}


def test_columns_arrive_with_their_types() -> None:
    first = load_targets()[0]
    assert (first.id, first.series) == ("T01", ("tokens_served", "google", "all"))
    assert (first.start, first.end) == (date(2024, 4, 1), date(2024, 4, 30))
    assert (first.low, first.value, first.high) == (7e12, 9.7e12, 1.3e13)


def test_a_figure_may_be_fitted_where_it_was_public_by_the_origin() -> None:
    assert part_of(replace(TARGET, published=ORIGIN)) == "fitted"
    assert part_of(replace(TARGET, published=ORIGIN + timedelta(days=1))) == "scored"
    plan = replace(TARGET, start=date(2026, 1, 1), end=date(2026, 12, 31), published=date(2026, 4, 30))
    assert part_of(plan, date(2026, 4, 29)) == "scored"
    assert part_of(plan, date(2026, 4, 30)) == "fitted"


def test_a_series_has_one_unit_across_targets() -> None:
    units: dict[tuple[str, str, str], set[str]] = {}
    for target in load_targets():
        if target.statistic == "ratio":
            assert target.unit == "ratio", target.id
        else:
            units.setdefault(target.series, set()).add(target.unit)
    assert {series: unit for series, unit in units.items() if len(unit) > 1} == {}


def test_cited_evidence_exists() -> None:
    known = {row["id"] for row in _rows("evidence")}
    for target in load_targets():
        cited = set(re.findall(r"E\d{3}", target.source))
        assert cited <= known, target.id


@pytest.mark.parametrize("name", ["facts", "evidence", "claims"])
def test_ids_are_unique(name: str) -> None:
    ids = [row["id"] for row in _rows(name)]
    assert len(ids) == len(set(ids)) > 0


def test_a_repeated_fact_points_to_an_original() -> None:
    facts = {row["id"]: row for row in _rows("facts")}
    for row in facts.values():
        if row["duplicate_of"]:
            assert facts[row["duplicate_of"]]["duplicate_of"] == "", row["id"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("value", 700.0, "value 700 is outside its band 350..650"),
        ("low", float("nan"), "finite"),
        ("statistic", "median", "Input should be 'mean', 'level', 'ratio', 'year_total' or 'quarter_total'"),
        ("published", "May 2025", "Input should be a valid date"),
        ("end", date(2025, 4, 30), "start 2025-05-01 is after end 2025-04-30"),
        ("unit", "", "unit\n  String should have at least 1 character"),
        ("statistic", "year_total", "a year_total spans one calendar year, not 2025-05-01..2025-05-31"),
        ("statistic", "quarter_total", "a quarter_total spans one calendar quarter, not 2025-05-01..2025-05-31"),
    ],
)
def test_a_target_that_contradicts_itself_is_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(TARGET, **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("start", [date(2025, 2, 1), date(2025, 1, 2), date(2024, 10, 1)])
def test_three_months_that_are_no_quarter_are_refused(start: date) -> None:
    with pytest.raises(ValueError, match="spans one calendar quarter"):
        replace(TARGET, statistic="quarter_total", start=start, end=date(2025, 3, 31))
    assert replace(TARGET, statistic="quarter_total", start=date(2025, 1, 1), end=date(2025, 3, 31)).end.month == 3


def test_a_value_on_the_edge_of_its_band_is_accepted() -> None:
    assert replace(TARGET, value=650.0).value == 650.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("T02,", "T01,", "target T01: the id is used twice"),
        ("2024-04-01,", "2024-04-31,", "target T01: start = '2024-04-31': Input should be a valid date"),
        (",9.7e+12,", ",many,", "target T01: value = 'many': Input should be a valid number"),
        (",brief 50,\n", ",brief 50\n", "target T31: the row has more or fewer cells than the 14 columns"),
        (",published,", ",role,", "targets.csv: the column 'published' is missing"),
        ("observable,entity", "entity,observable", "target T01: there is no observable 'google'"),
        ("token/month,2025-05-20", "token/week,2025-05-20", "T01: tokens_served is in token/month, not in token/week"),
        (",tokens_served,", ",tokens_server,", "target T01: there is no observable 'tokens_server'; did you mean"),
        (",google,all", ",gogle,all", "target T01: tokens_served has no entity 'gogle'; did you mean 'google'?"),
        (",business-api,mean", ",busines-api,mean", "T140: revenue_run_rate of market has no segment 'busines-api'"),
        ("anthropic,business-api", "antropic,business-api", "T143: revenue_share has no entity 'antropic'; did you"),
        ("5,share,2025-12-09", "5,ratio,2025-12-09", "target T143: revenue_share is in share, not in ratio"),
    ],
)
def test_a_bad_file_is_refused_with_the_row(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RowError, match=re.escape(message)):
        load_targets(_write(tmp_path / "targets.csv", (old, new)))


def test_the_window_of_each_statistic_reads_naturally() -> None:
    year = replace(TARGET, statistic="year_total", start=date(2025, 1, 1), end=date(2025, 12, 31))
    assert TARGET.window == "2025-05-01..2025-05-31"
    assert replace(TARGET, statistic="level").window == "2025-05-31"
    assert replace(TARGET, statistic="ratio").window == "2025-05-01 -> 2025-05-31"
    assert year.window == "2025"
    assert replace(year, statistic="quarter_total", start=date(2025, 10, 1)).window == "2025 Q4"
