import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import JevonsError
from runs.view.result_figures import fan_figure, map_figure
from runs.view.result_sets import RunFolders, binned, ends, fan, find_claims, find_sets, nothing_found, varied

PNG = b"\x89PNG"


def write_run(folder: Path, scenario: str, level: float) -> None:
    folder.mkdir(parents=True)
    dates = pd.date_range("2025-01-06", periods=20, freq="7D")
    frame = pd.DataFrame({"date": dates, "observable": "price_paid", "entity": "market", "segment": "api"})
    frame.assign(value=level, unit="USD/Mtok").to_parquet(folder / "observables.parquet")
    (folder / "manifest.json").write_text(json.dumps({"scenario": {"name": scenario}, "seed": 1}), encoding="utf-8")


def test_run_folders_are_one_set_with_scenarios_and_series(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "baseline", 2.0)
    write_run(tmp_path / "b", "price-war", 1.0)
    (found,) = find_sets(tmp_path)
    assert isinstance(found, RunFolders)
    assert found.table["scenario"].to_dict() == {"a": "baseline", "b": "price-war"}
    assert found.names == [("price_paid", "market", "api", "USD/Mtok")]
    assert ends(found.series("price_paid", "market", "api")).to_dict() == {"a": 2.0, "b": 1.0}


def test_a_folder_without_results_says_so_in_one_line_with_a_way_out(tmp_path: Path) -> None:
    assert find_sets(tmp_path) == find_sets(tmp_path / "none") == []
    for root in (tmp_path, tmp_path / "none"):
        assert "\n" not in nothing_found(root)
        assert "--results" in nothing_found(root)


def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "baseline", 2.0)
    (tmp_path / "a" / "observables.parquet").write_bytes(b"PAR1 no more")
    (found,) = find_sets(tmp_path)
    with pytest.raises(JevonsError, match=r"observables\.parquet"):
        found.series("price_paid", "market", "api")


def test_a_fan_is_the_quantiles_over_runs_at_each_date() -> None:
    rows = pd.DataFrame({"run": [0, 1, 2] * 2, "date": ["a"] * 3 + ["b"] * 3, "value": [1.0, 2.0, 3.0, 2.0, 4.0, 9.0]})
    table = fan(rows)
    assert table[0.5].to_dict() == {"a": 2.0, "b": 4.0}
    assert table[0.25].to_dict() == {"a": pytest.approx(1.5), "b": pytest.approx(3.0)}


def test_what_was_varied_are_the_parameters_that_differ() -> None:
    table = pd.DataFrame({"scenario": ["x", "y"], "a.b": [1.0, 2.0], "a.c": [1.0, 1.0], "outcome": [1.0, 2.0]})
    assert varied(table) == ["a.b"]


def test_many_values_are_put_into_few_equally_filled_bins() -> None:
    values = pd.Series(np.arange(600.0))
    counts = binned(values).value_counts()
    assert len(counts) == 6
    assert counts.max() - counts.min() <= 1
    few = pd.Series([1.0, 2.0, 2.0])
    assert binned(few).tolist() == few.tolist()


def test_figures_of_result_sets_are_pictures() -> None:
    dates = pd.date_range("2025-01-06", periods=5, freq="7D")
    rows = pd.DataFrame({"run": np.repeat([0, 1], 5), "date": np.tile(dates, 2), "value": np.arange(10.0)})
    assert fan_figure("Tokens", "token/month", {"baseline": rows}).startswith(PNG)
    x, y = pd.Series([1.0, 1.0, 2.0], name="a.b"), pd.Series([1.0, 2.0, 2.0], name="a.c")
    assert map_figure("Unserved", "share", x, y, pd.Series([0.1, 0.2, 0.3])).startswith(PNG)


def test_claims_are_read_where_they_lie(tmp_path: Path) -> None:
    assert find_claims(tmp_path) == ({}, [])
    words = {"id": "Q01", "verdict": "supported", "reading": "twice as many", "depends": ""}
    table = pd.DataFrame([words | {"how": "runs", "supports": 0.6}])
    (tmp_path / "claims").mkdir()
    table.to_parquet(tmp_path / "claims" / "verdicts.parquet")
    (tmp_path / "claims" / "rebound.png").write_bytes(PNG)
    found, pictures = find_claims(tmp_path)
    assert (found["Q01"].verdict, found["Q01"].how) == ("supported", "runs")
    assert pictures == [tmp_path / "claims" / "rebound.png"]
