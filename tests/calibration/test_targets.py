"""The shipped targets and their reader."""

import csv
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

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
    role="calibrate",
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
    assert len(targets) == len(_rows("targets")) == 55
    assert {target.role for target in targets} == {"calibrate", "validate", "forecast"}
    assert {target.statistic for target in targets} == {"mean", "level", "ratio", "year_total"}


def test_columns_arrive_with_their_types() -> None:
    first = load_targets()[0]
    assert (first.id, first.series) == ("T01", ("tokens_served", "google", "all"))
    assert (first.start, first.end) == (date(2024, 5, 1), date(2024, 5, 31))
    assert (first.low, first.value, first.high) == (7e12, 9.7e12, 1.3e13)


def test_roles_follow_the_dates_of_the_data() -> None:
    for target in load_targets():
        assert (target.role == "forecast") == (target.end >= date(2026, 1, 1)), target.id
        if target.role == "validate":
            assert date(2025, 10, 1) <= target.end <= date(2025, 12, 31), target.id


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
        ("statistic", "median", "Input should be 'mean', 'level', 'ratio' or 'year_total'"),
        ("role", "fit", "Input should be 'calibrate', 'validate' or 'forecast'"),
        ("end", date(2025, 4, 30), "start 2025-05-01 is after end 2025-04-30"),
        ("unit", "", "unit\n  String should have at least 1 character"),
        ("statistic", "year_total", "a year_total spans one calendar year"),
    ],
)
def test_a_target_that_contradicts_itself_is_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(TARGET, **{field: value})  # type: ignore[arg-type]


def test_a_value_on_the_edge_of_its_band_is_accepted() -> None:
    assert replace(TARGET, value=650.0).value == 650.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("T02,", "T01,", "target T01: the id is used twice"),
        ("2024-05-01,", "2024-05-32,", "target T01: start = '2024-05-32': Input should be a valid date"),
        (",9700000000000.0,", ",many,", "target T01: value = 'many': Input should be a valid number"),
        (",brief 50,\n", ",brief 50\n", "target T31: the row has more or fewer cells than the 14 columns"),
        ("observable,entity", "entity,observable", "target T01: there is no observable 'google'"),
        ("token/month,calibrate", "token/week,calibrate", "T01: tokens_served is in token/month, not in token/week"),
        (",tokens_served,", ",tokens_server,", "target T01: there is no observable 'tokens_server'; did you mean"),
        (",google,all", ",gogle,all", "target T01: tokens_served has no entity 'gogle'; did you mean 'google'?"),
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
