"""What a report says rests on pairs, names what failed, and reads the scores that come with the model."""

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pyarrow as pa
import pytest

from calibration.store.sealed_files import SUMS, sums_of
from model import JevonsError
from runs.analysis.failures import read_failures
from runs.analysis.paired import Effect, Found, effect, effects, short_labels
from runs.analysis.points import Points
from runs.analysis.sweep_figures import cells_for, readable_on
from runs.analysis.trust import read_frozen, read_scores
from runs.scores.score_table import HORIZONS


def found(unit: str, base: Any, mine: Any) -> Found:
    values = {"baseline": {"y": np.asarray(base, float)}, "other": {"y": np.asarray(mine, float)}}
    return Found(("baseline", "other"), "baseline", values, {"y": unit})


def compared(unit: str, base: Any, mine: Any) -> Effect:
    one = effect(found(unit, base, mine), "y", "other")
    assert one is not None
    return one


def test_a_difference_is_clear_where_95_of_100_pairs_lie_on_one_side() -> None:
    base = np.linspace(10.0, 1000.0, 100)
    change = np.full(100, 0.5)
    change[:5] = 1.5
    assert compared("USD", base, base * change).verdict == "clearly lower"
    change[:6] = 1.5
    assert compared("USD", base, base * change).verdict == "undecided"
    assert compared("USD", base, base).verdict == "the same in every pair"


def test_medians_do_not_decide_but_pairs_do() -> None:
    base = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    mine = base + np.where(np.arange(10) == 4, -0.3, 0.01)
    one = compared("share", base, mine)
    assert one.verdict == "undecided"
    assert one.sides == "higher in 9 of 10 pairs"
    assert one.middle == "+1 points"


def test_nine_pairs_on_one_side_are_too_few() -> None:
    assert compared("USD", np.ones(9), np.full(9, 2.0)).verdict == "undecided (9 pairs are too few)"
    assert compared("USD", np.ones(10), np.full(10, 2.0)).verdict == "clearly higher"


def test_a_pair_with_a_run_that_is_missing_counts_for_nothing() -> None:
    one = compared("USD", [1.0, np.nan, 2.0], [2.0, 1.0, np.nan])
    assert (one.pairs, one.up, one.down) == (1, 1, 0)
    assert effect(found("USD", [np.nan], [1.0]), "y", "other") is None


@pytest.mark.parametrize(
    ("unit", "base", "mine", "middle", "interval"),
    [
        ("USD", [10.0] * 20, [8.0] * 20, "-20%", "-20% to -20%"),
        ("USD", [10.0] * 20, [40.0] * 20, "x4", "x4 to x4"),
        ("share", [0.2] * 20, [0.23] * 20, "+3 points", "+3 points to +3 points"),
        ("hidden/visible", [0.0] * 20, [1.0] * 20, "+1 hidden/visible", "+1 hidden/visible to +1 hidden/visible"),
    ],
)
def test_differences_are_written_as_people_say_them(
    unit: str, base: Any, mine: Any, middle: str, interval: str
) -> None:
    one = compared(unit, base, mine)
    assert (one.middle, one.interval) == (middle, interval)


def test_clear_effects_come_first_and_the_largest_of_them_first() -> None:
    rng = np.random.default_rng(0)
    base = np.full(20, 10.0)
    values = {
        "baseline": dict.fromkeys(("small", "large", "noise"), base),
        "other": {"small": base * 1.1, "large": base / 3.0, "noise": base * np.exp(5.0 * rng.normal(size=20))},
    }
    ordered = effects(Found(("baseline", "other"), "baseline", values, dict.fromkeys(values["other"], "USD")))
    assert [one.outcome for one in ordered] == ["large", "small", "noise"]


@pytest.mark.parametrize(
    ("scenarios", "paths", "labels"),
    [
        (("baseline", "recession"), (), ("baseline", "recession")),
        (("baseline", "baseline"), ("labs.pace",), ("pace = 1", "pace = 2")),
        (("baseline", "recession"), ("labs.pace",), ("baseline (labs.pace = 1)", "recession (labs.pace = 2)")),
        # Without their groups the two levers would be one.
        (("baseline",) * 2, ("labs.x", "demand.x"), tuple(f"baseline (labs.x = {i}, demand.x = {i})" for i in (1, 2))),
    ],
)
def test_labels_leave_out_what_is_the_same_in_all(scenarios: Any, paths: Any, labels: Any) -> None:
    policies = [
        {"scenario": name, "levers": dict.fromkeys(paths, number)} for number, name in enumerate(scenarios, start=1)
    ]
    record = type("Record", (), {"document": {"policies": policies}})()
    results: Any = type("Results", (), {"record": record})()
    assert short_labels(results) == labels


def failed_sweep(threshold: float) -> tuple[Any, Points]:
    unit = np.random.default_rng(1).random((40, 2))
    failed = unit[:, 1] > threshold
    errors = [f"ConservationError: week {i}: out by {i}.5" if bad else None for i, bad in enumerate(failed)]
    columns = {
        "run": np.arange(40),
        "sample": np.arange(40),
        "status": np.where(failed, "failed", "ok"),
        "error": pa.array(errors),
    }
    results = type("Results", (), {"run_table": pa.table(columns)})()
    return results, Points(("a.first", "b.second"), unit, {}, ("baseline",))


def test_failures_are_counted_by_kind_and_the_parameter_that_tells_them_apart_is_named() -> None:
    failures = read_failures(*failed_sweep(0.8))
    assert failures is not None
    assert (failures.kind, failures.of_kind) == ("ConservationError", failures.count)
    assert failures.example.startswith("week ")
    assert failures.draws.startswith(f"b.second tells the {failures.count} draws")
    assert "no cause is known" not in failures.draws
    assert read_failures(*failed_sweep(2.0)) is None


def test_a_parameter_that_tells_failures_apart_by_luck_is_no_cause() -> None:
    results, points = failed_sweep(0.8)
    unrelated = Points(points.names, np.random.default_rng(2).random((40, 2)), {}, ("baseline",))
    failures = read_failures(results, unrelated)
    assert failures is not None
    assert failures.draws.endswith("so no cause is known")


def test_the_scores_are_those_of_the_page_on_calibration(tmp_path: Path) -> None:
    scores = read_scores()
    assert scores is not None
    for score in scores.sets:
        assert 0 <= score.inside <= score.rows
        assert 0 <= score.within90 <= score.rows
        assert float(score.factor) >= 1.0
    assert [score.name for score in scores.sets] == ["fitted", *HORIZONS.values()]
    assert read_scores(tmp_path / "nowhere.md") is None
    (tmp_path / "other.md").write_text("Origin 2025-09-30: Model abc,\n### Scores\n\n| rows |\n|---|\n| x |\n")
    assert read_scores(tmp_path / "other.md") is None


def test_the_frozen_forecast_is_the_newest_one(tmp_path: Path) -> None:
    head = "observable,entity,segment,unit,month,q05,q25,q50,q75,q95\n"
    for number, name in enumerate(("2026-11-25", "2026-11-25-2", "2026-11-25-10")):
        (tmp_path / name).mkdir()
        row = f"rent,market,all,USD,2027-12,{number},1,2,3,4\n"
        (tmp_path / name / "forecast.csv").write_text(head + row, encoding="utf-8")
    frozen = read_frozen("2027-12", tmp_path)
    assert frozen is not None
    assert frozen.name == "2026-11-25-10"
    assert frozen.values == {("rent", "market", "all"): (2.0, 2.0, 4.0)}
    newest = tmp_path / "2026-11-25-10" / "forecast.csv"
    newest.with_name(SUMS).write_text(sums_of({newest.name: newest.read_text()}))
    assert read_frozen("2027-12", tmp_path) == frozen
    newest.write_text(newest.read_text().replace(",2,1,", ",3,1,"))
    with pytest.raises(JevonsError, match=r"forecast\.csv: is damaged: its checksum"):
        read_frozen("2027-12", tmp_path)
    hub = "origin_date,target,entity,segment,unit,horizon,target_end_date,output_type,output_type_id,value\n"
    rows = [
        f"2026-09-03,rent,market,all,USD,15,2027-12-31,quantile,{level},{level}\n" for level in (0.01, 0.05, 0.5, 0.95)
    ]
    (tmp_path / "2027-01-01").mkdir()
    (tmp_path / "2027-01-01" / "forecast.csv").write_text(hub + "".join(rows), encoding="utf-8")
    newer = read_frozen("2027-12", tmp_path)
    assert newer is not None
    assert (newer.name, newer.values) == ("2027-01-01", {("rent", "market", "all"): (0.05, 0.5, 0.95)})
    assert read_frozen("2031-01", tmp_path / "2026-11-25") is None
    assert read_frozen("2027-12", tmp_path / "nothing") is None


def test_text_stands_out_from_every_colour_of_the_map() -> None:
    dark, light = matplotlib.colormaps["cividis"]([0.0, 1.0])
    assert readable_on(dark) == "white"
    assert readable_on(light) != "white"
    assert readable_on((0.4, 0.4, 0.45, 1.0)) == "white", "the middle of the map, where black cannot be read"


def test_the_map_has_cells_for_its_runs_and_not_more() -> None:
    assert [cells_for(runs) for runs in (1, 20, 45, 100, 1000)] == [2, 2, 3, 4, 6]
