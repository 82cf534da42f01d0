"""A user's own figures: beside the shipped ones or alone, refused with line and column, and scored as not fitted."""

import csv
import dataclasses
import json
import re
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from calibration.ensemble import read_ensembles, unanswered, with_figures
from calibration.own_figures import firms_of, read_figures
from calibration.paths import MAIN
from calibration.targets import TARGETS_PATH, load_targets
from model import JevonsError, Scenario
from runs.cli import execute
from runs.posterior import forecast_folder
from tests.model.test_new_rows import FILE

HEAD = "id,observable,entity,segment,statistic,start,end,value,low,high,unit,published,source,note\n"
MINE = "MY1,weekly_users,openai,consumer,mean,2023-03-01,2023-03-31,1e8,9e7,2e8,user,2026-04-15,my notes,\n"
OVER = "T160,installed_compute,market,all,level,2025-12-31,2025-12-31,2.1e7,1.9e7,2.3e7,H100e,2026-03-15,my notes,\n"


def own(folder: Path, text: str = HEAD + MINE + OVER) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_rows_stand_beside_the_shipped_ones_and_replace_those_of_their_id(tmp_path: Path) -> None:
    shipped, found = load_targets(), read_figures(own(tmp_path))
    assert [target.id for target in found.targets] == [*(target.id for target in shipped), "MY1"]
    assert next(target.value for target in found.targets if target.id == "T160") == 2.1e7
    assert [target.id for target in found.own] == ["MY1", "T160"]
    assert [target.id for target in read_figures(own(tmp_path), only=True).targets] == ["MY1", "T160"]
    assert read_figures(None).targets == shipped


def test_a_file_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + MINE).replace("\n", "\r\n").encode())
    assert read_figures(path, only=True).targets[0].id == "MY1"


def test_a_lab_of_a_scenario_s_own_has_figures_where_that_scenario_is_run(tmp_path: Path) -> None:
    path = own(tmp_path, HEAD + MINE.replace("openai", "deepseek"))
    with pytest.raises(JevonsError, match="no entity 'deepseek'"):
        read_figures(path)
    assert read_figures(path, firms=firms_of(Scenario.parse(FILE))).own[0].entity == "deepseek"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",user,2026", ",users,2026", "mine.csv, line 2, target MY1: weekly_users is in user, not in users"),
        ("1e8,", "1e9,", "mine.csv, line 2, target MY1: value 1e+09 is outside its band 9e+07..2e+08"),
        ("weekly_users,", "weekly_user,", "line 2, target MY1: there is no observable 'weekly_user'; did you mean"),
        (",level,", ",last,", "line 3, target T160: statistic = 'last': Input should be 'mean', 'level', 'ratio'"),
        ("2026-04-15", "April", "line 2, target MY1: published = 'April': Input should be a valid date"),
        ("2026-04-15", "2026-04-31", "(write YYYY-MM-DD)"),
        ("T160,", "MY1,", "line 3, target MY1: the id is used twice"),
        (",source,note", ",source,comment", "the column 'comment' is unknown; allowed are id, observable, entity"),
        (",source,note", ",role,note", "mine.csv: the column 'source' is missing"),
        ("my notes,\nT", "my notes\nT", "line 2, target MY1: the row has more or fewer cells than the 14 columns"),
        (MINE + OVER, "", "mine.csv: it has no row"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_its_column_and_what_is_allowed(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    text = HEAD + MINE + OVER
    assert old in text
    with pytest.raises(JevonsError, match=re.escape(message)):
        read_figures(own(tmp_path, text.replace(old, new, 1)))


def test_a_file_with_semicolons_between_its_cells_is_refused_by_that_name(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match=r"mine\.csv: has ';' between cells; save it as CSV with commas"):
        read_figures(own(tmp_path, (HEAD + MINE).replace(",", ";")))


def test_the_shipped_table_has_the_columns_that_an_own_file_needs() -> None:
    assert TARGETS_PATH.read_text(encoding="utf-8").startswith(HEAD)


def test_a_bad_file_ends_the_command_before_anything_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("run", "validate", "forecast", "view"):
        for given, words in (
            (["--targets", str(tmp_path)], "cannot be read"),
            (["--targets", str(tmp_path / "none.csv")], "cannot be read"),
            (["--only-targets"], "give --targets FILE too"),
        ):
            assert execute([command, *given]) == 2
            out, err = capsys.readouterr()
            assert (out, err.count("\n")) == ("", 1)
            assert words in err
    assert execute(["validate", "--docs", "--targets", str(own(tmp_path))]) == 2
    assert "leave out --targets" in capsys.readouterr().err
    assert execute(["forecast", "--targets", str(own(tmp_path))]) == 2
    assert "--targets needs --out" in capsys.readouterr().err


def test_a_run_is_scored_by_own_figures_alone_and_its_manifest_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--targets", str(own(tmp_path)), "--only-targets", "--out", str(tmp_path / "run")]
    assert execute(["run", "--scale", "small", "--until", "2023-04-30", "--no-figures", *given]) == 0
    out, _ = capsys.readouterr()
    assert "MY1" in out
    assert "seen by no fit: MY1, T160" in out
    assert "T01 " not in out
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["own_targets"]["ids"] == ["MY1", "T160"]
    assert sum(part["rows"] for part in manifest["scores"].values()) == 2


def test_validate_scores_a_replaced_row_as_not_fitted(
    toy_fit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its members' numbers are there already, so nothing is run."""
    row = next(target for target in load_targets() if target.statistic == "mean")
    numbers = [f"{1.1 * number:g}" for number in (row.value, row.low, row.high)]
    dates = [str(row.start), str(row.end)]
    cells = ",".join([row.id, *row.series, row.statistic, *dates, *numbers, row.unit, str(row.published), "me", ""])
    table = tmp_path / "cells.csv"
    given = ["--targets", str(own(tmp_path, f"{HEAD}{cells}\n")), "--only-targets", "--csv", str(table)]
    assert execute(["validate", "--posterior", str(toy_fit / "posterior"), *given]) == 0
    assert f"{row.id}*" in capsys.readouterr().out
    with table.open(newline="", encoding="utf-8") as file:
        assert {cell["id"] for cell in csv.DictReader(file)} == {row.id}


def test_what_is_new_is_asked_of_the_members_and_kept_beside_their_other_numbers(toy_fit: Path, tmp_path: Path) -> None:
    figures, last = read_figures(own(tmp_path)), read_ensembles(toy_fit / "posterior")[-1]
    assert [target.id for target in unanswered(figures)] == ["MY1"]
    found = with_figures(last, figures, [{"MY1": float(i)} for i in range(len(last))])
    assert found.output("MY1").tolist() == list(range(len(last)))
    assert np.array_equal(found.output("T160"), last.output("T160"), equal_nan=True)
    assert "T160" not in found.provenance["fitted"]


def test_a_forecast_is_anchored_to_a_figure_of_one_s_own_and_is_that_of_the_day_it_was_published(
    toy_fit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every member says 1e8 users in all months, and so did its run for the figure; the figure is three times that."""
    row = next(row for row in load_targets() if row.series == ("weekly_users", "openai", "consumer"))
    cells = (
        f"{row.id},{','.join(row.series)},{row.statistic},{row.start},{row.end},3e8,2.9e8,3.1e8,user,2027-01-15,me,\n"
    )
    months = [f"{year}-{month:02d}" for year in range(2023, 2028) for month in range(1, 13)]
    path = {"|".join((*series, "u", month)): 1e8 for series in MAIN for month in months}
    fixed = SimpleNamespace(map=lambda _, jobs: ((job, path) for job in jobs))
    shown = SimpleNamespace(stage=lambda *_: None, watch=None)
    monkeypatch.setattr(forecast_folder, "local_workers", lambda *_: nullcontext((fixed, shown)))
    last = read_ensembles(toy_fit / "posterior")[-1]
    outputs = last.outputs.copy()
    outputs[:, last.ids.index(row.id)] = 1e8
    monkeypatch.setattr(forecast_folder, "read_ensembles", lambda _: (dataclasses.replace(last, outputs=outputs),))
    places = {"--targets": own(tmp_path, HEAD + cells), "--out": tmp_path / "mine", "--store": tmp_path / "store"}
    given = [str(part) for pair in places.items() for part in pair]
    assert execute(["forecast", "--until", "2027-12-31", "--only-targets", *given]) == 0
    with (tmp_path / "mine" / "forecast.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {one["origin_date"] for one in rows} == {"2027-01-15"}
    users = [one for one in rows if one["target"] == "weekly_users" and one["output_type_id"] == "0.5"]
    assert [one["target_end_date"] for one in users][:1] == ["2027-01-31"]
    assert all(1e8 < float(one["value"]) < 3e8 for one in users), "the miss fades"
    assert "figures published by 2027-01-15" in (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
