"""`jevons calibrate`, `validate` and `forecast`: what a user meets."""

import csv
import dataclasses
import datetime as dt
import hashlib
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from calibration.discrepancy import Process, Processes, decades, processes_at
from calibration.ensemble import Ensemble, is_current, read_ensembles, write_ensemble
from calibration.families import FAMILIES
from calibration.information import known_at
from calibration.paths import MAIN, PART_OF, Fan, fans, jobs_to, trace
from calibration.shipped import FOLDER
from calibration.store.sealed_files import SUMS, check_sum
from calibration.targets import load_targets
from model import JevonsError, Scenario
from runs.cli import execute
from runs.marked_blocks import renew_block
from runs.posterior import current_members
from runs.posterior.current_members import current
from runs.posterior.forecast_folder import FORECASTS, LEVELS, RULE, Forecast, enter, write_forecast
from runs.posterior.validation import score_all, write_docs
from runs.scores.score_text import SCORES, TABLES, support_rows


def processes(scale: float) -> Processes:
    return dict.fromkeys(FAMILIES, Process(scale, 1.0, 0.03))


@pytest.fixture
def posterior(toy_fit: Path) -> Path:
    return toy_fit / "posterior"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert execute(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    return err


def test_validate_shows_every_figure_every_origin_and_writes_every_cell(
    posterior: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    table = tmp_path / "cells.csv"
    assert execute(["validate", "--posterior", str(posterior), "--csv", str(table)]) == 0
    out, _ = capsys.readouterr()
    for target in load_targets():
        assert target.id in out
    assert "google tokens served" in out  # in one line
    for line in out.splitlines():
        assert len(line) <= 80 or line.startswith(("*", "every cell: "))
    for words in ("scores", "against simple forecasts", "by family", "S04"):
        assert words in out
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["entrant"] for row in rows} > {"market", "common growth"}
    for row in rows:
        target = next(one for one in load_targets() if one.id == row["id"])
        assert target.published.isoformat() > row["origin"], "only what was not public yet is scored"
    assert "nothing is overwritten" in refused(capsys, "validate", "--posterior", str(posterior), "--csv", str(table))
    nowhere = str(tmp_path / "none" / "cells.csv")
    assert "cannot be written" in refused(capsys, "validate", "--posterior", str(posterior), "--csv", nowhere)


def test_validate_without_an_ensemble_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "jevons calibrate" in refused(capsys, "validate", "--posterior", str(tmp_path))


def test_members_are_run_again_where_the_model_changed_and_kept(posterior: Path, tmp_path: Path) -> None:
    last = read_ensembles(posterior)[-1]
    few = {name: getattr(last, name)[:2] for name in ("values", "weight", "seed", "tau", "outputs")}
    stale = dataclasses.replace(last, **few, provenance={**last.provenance, "model": "another"})
    console = Console(file=io.StringIO())
    (once,) = current([stale], tmp_path / "kept", 1, console)
    files = list((tmp_path / "kept").iterdir())
    (again,) = current([stale], tmp_path / "kept", 1, console)
    assert list((tmp_path / "kept").iterdir()) == files
    assert len(list((tmp_path / "kept").iterdir())) == 2
    assert is_current(once)
    assert once.provenance["fit_questions"] == last.provenance["questions"]
    assert np.array_equal(once.outputs, again.outputs, equal_nan=True)
    assert not np.array_equal(once.outputs, stale.outputs, equal_nan=True)  # which a toy gave, not the market


def test_a_figure_that_changed_since_the_fit_is_said_and_nothing_runs_again(posterior: Path) -> None:
    last = read_ensembles(posterior)[-1]
    other = dataclasses.replace(last, provenance={**last.provenance, "data": "other"})
    for one, said in ((last, False), (other, True)):
        console = Console(file=io.StringIO())
        assert current([one], None, 1, console) == (one,)
        assert isinstance(console.file, io.StringIO)
        assert ("the fit saw other figures" in console.file.getvalue()) is said


def test_the_tables_of_the_pages_are_renewed_between_their_marks_only(posterior: Path, tmp_path: Path) -> None:
    board = score_all(read_ensembles(posterior), load_targets(), posterior)
    docs = tmp_path / "docs"
    docs.mkdir()
    pages = {docs / "calibration.md": (SCORES, TABLES), tmp_path / "README.md": (SCORES,)}
    for page, marks in pages.items():
        blocks = "".join(f"<!-- {mark}: begin -->\nwhat was there before\n<!-- {mark}: end -->\n" for mark in marks)
        page.write_text(f"before\n{blocks}after\n", encoding="utf-8")
    files = [write_docs(board, docs) for _ in range(2)][-1]
    for page in pages:
        written = page.read_text(encoding="utf-8")
        assert written.startswith("before\n")
        assert written.endswith("after\n")
        assert "what was there before" not in written
    assert (docs / "calibration.md").read_text(encoding="utf-8").count("### Scores") == 1
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert len([line for line in readme.splitlines() if line.startswith("| ")]) == 1 + 4
    with (docs / "calibration-figures.csv").open(newline="", encoding="utf-8") as file:
        assert [row["id"].rstrip("*") for row in csv.DictReader(file)] == [target.id for target in load_targets()]
    assert set(files) == {*pages, docs / "calibration-figures.csv", docs / "calibration-lost.csv"}
    readme_page = tmp_path / "README.md"
    readme_page.write_text("no marks", encoding="utf-8")
    with pytest.raises(JevonsError, match="scores: begin"):
        renew_block(readme_page, SCORES, "text")


def test_an_origin_whose_k_hat_is_too_large_is_marked_as_failed(posterior: Path) -> None:
    last = read_ensembles(posterior)[-1]
    ensembles = [dataclasses.replace(last, provenance={**last.provenance, "k_hat": k}) for k in (0.7, 0.71, None)]
    head, rows = support_rows(ensembles)
    assert [row[head.index("at most 0.7?")] for row in rows] == ["yes", "FAILED", "-"]


def test_draws_from_the_prior_are_shown_where_they_come_with_the_model(
    posterior: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    folder = Path(shutil.copytree(posterior, tmp_path / "posterior"))
    last = read_ensembles(folder)[-1]
    outputs = last.outputs.copy()
    outputs[:, last.ids.index("T31")] *= 1e3
    made = write_ensemble(dataclasses.replace(last, outputs=outputs), tmp_path / "prior")
    made.rename(folder / "prior.parquet")
    assert execute(["validate", "--posterior", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "inside the central 95% of the prior" in out
    assert "T31" in out.partition("the prior hardly reaches")[2].splitlines()[0]


def test_every_text_that_comes_with_the_model_is_whole() -> None:
    for folder in (FOLDER, *(file.parent for file in FORECASTS.glob("*/forecast.csv"))):
        texts = {file.name: file for file in folder.iterdir() if file.suffix in (".csv", ".md", ".toml")}
        listed = [line.split()[1] for line in (folder / SUMS).read_text().splitlines()]
        assert sorted(texts) == sorted(listed)
        for file in texts.values():
            check_sum(file)


def test_a_folder_that_was_begun_with_other_options_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fit"
    out.mkdir()
    (out / "plan.json").write_text(json.dumps({"members": 77, "steps": 3}), encoding="utf-8")
    said = refused(capsys, "calibrate", "--out", str(out))
    assert "members = 77" in said
    assert "--store" in said
    assert [path.name for path in out.iterdir()] == ["plan.json"]


def test_a_forecast_is_frozen(posterior: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "forecast", "--posterior", str(posterior), "--out", str(tmp_path))
    assert "frozen" in said
    said = refused(
        capsys, "forecast", "--posterior", str(posterior), "--out", str(tmp_path / "f"), "--until", "2025-01-01"
    )
    assert f"origin {read_ensembles(posterior)[-1].origin}" in said
    assert not (tmp_path / "f").exists()


def test_a_forecast_has_a_page_a_figure_and_every_quantile_in_the_format_of_the_hubs(
    posterior: Path, tmp_path: Path
) -> None:
    ensemble = read_ensembles(posterior)[-1]
    months = ("2026-08", "2026-12", "2027-12")
    quantiles = np.array([np.arange(1.0, len(LEVELS) + 1.0)] * 3)
    drawn = [Fan(series, "share" if i % 2 else "USD/year", months, quantiles) for i, series in enumerate(MAIN)]
    made = Forecast(drawn, ensemble, processes(0.2), ensemble.origin, load_targets())
    files = write_forecast(made, tmp_path / "frozen")
    page, table, sums, figure = (file.read_bytes() for file in files)
    assert sums.decode().splitlines() == [
        f"{hashlib.sha256(content).hexdigest()}  {file.name}"
        for file, content in zip(files, (page, table), strict=False)
    ]
    assert f"# Forecast of {dt.date.today()}" in page.decode()
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    last = [month for month in months if month > f"{ensemble.origin:%Y-%m}"]
    assert len(rows) == len(MAIN) * len(last) * len(LEVELS)
    assert {row["output_type"] for row in rows} == {"quantile"}
    assert [float(row["output_type_id"]) for row in rows[: len(LEVELS)]] == list(LEVELS)
    assert {row["origin_date"] for row in rows} == {ensemble.origin.isoformat()}
    year = next(row for row in rows if row["target_end_date"] == "2027-12-31")
    assert int(year["horizon"]) == 12 * (2027 - ensemble.origin.year) + 12 - ensemble.origin.month
    assert figure.startswith(b"\x89PNG")
    with pytest.raises(FileExistsError):
        write_forecast(made, tmp_path / "frozen")


def test_the_newest_forecast_is_the_first_of_the_list_beside_its_folder(posterior: Path, tmp_path: Path) -> None:
    listed = tmp_path / "README.md"
    shutil.copy(FORECASTS / "README.md", listed)
    before = listed.read_text(encoding="utf-8")
    ensemble = read_ensembles(posterior)[-1]
    assert enter(tmp_path / "2027-01-01", ensemble, "a | b") == [listed]
    head, rule, rows = listed.read_text(encoding="utf-8").partition(RULE)
    first, _, rest = rows.partition("\n")
    assert first.startswith(f"| [2027-01-01](2027-01-01/README.md) | {ensemble.origin} | ")
    assert first.endswith("| a \\| b |")
    assert head + rule + rest == before
    assert enter(tmp_path / "elsewhere" / "2027-01-01", ensemble, "") == []


def test_every_frozen_forecast_is_listed_newest_first() -> None:
    folders = sorted((folder.name for folder in FORECASTS.iterdir() if folder.is_dir()), reverse=True)
    text = (FORECASTS / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[(.*?)\]", text, flags=re.MULTILINE) == folders


def test_a_fan_starts_at_the_last_disclosed_figure_and_widens_from_there(posterior: Path) -> None:
    """Members that agree on a path and were a tenth of a figure of 920 million users: the fan is lifted to it."""
    ensemble = read_ensembles(posterior)[-1]
    known = known_at(ensemble.origin, load_targets()).targets
    series = ("weekly_users", "openai", "consumer")
    last = max((t for t in known if t.series == series), key=lambda t: t.end)
    outputs = ensemble.outputs.copy()
    outputs[:, ensemble.ids.index(last.id)] = 0.1 * last.value
    lowered = dataclasses.replace(ensemble, outputs=outputs)
    months = [f"{year}-{month:02d}" for year in (2025, 2026, 2027, 2028) for month in range(1, 13)]
    run = {"|".join((*one, "u", month)): 0.1 * last.value for one in MAIN for month in months}
    found = {fan.series: fan for fan in fans(lowered, [run] * len(ensemble), processes(0.3), known, LEVELS)}
    fan, middle = found[series], LEVELS.index(0.5)
    at = fan.months.index(f"{last.end:%Y-%m}")
    # The middle of its month is up to a few weeks from the middle of its window: the miss has faded a little.
    assert fan.quantiles[at, middle] == pytest.approx(last.value, rel=0.2)
    assert (np.diff(fan.quantiles[at + 1 :, middle]) < 0.0).all(), "the miss fades"
    width = np.log10(fan.quantiles[:, LEVELS.index(0.95)] / fan.quantiles[:, LEVELS.index(0.05)])
    assert (np.diff(width[at + 1 :]) > 0.0).all()
    assert np.allclose(decades(np.full(3, 0.1 * last.value)), np.log10(0.1 * last.value))


def test_fans_end_where_people_shares_and_wholes_end(posterior: Path) -> None:
    ensemble = read_ensembles(posterior)[-1]
    known = known_at(ensemble.origin, load_targets()).targets
    months = ["2028-12"]
    units = {"weekly_users": "user", "demand_unserved_share": "share"}
    run = {"|".join((*series, units.get(series[0], "u"), month)): 0.9 if units.get(series[0]) == "share" else 1e9
           for series in MAIN for month in months}  # fmt: skip
    drawn = fans(ensemble, [run] * len(ensemble), processes(1.5), known, LEVELS)
    found = {fan.series: fan.quantiles for fan in drawn}
    consumers = Scenario.load("baseline").parameters.consumers
    population = max(float(dict(job.overrides)["consumers.population"]) for job in ensemble.jobs())
    end_of_2028 = population * (1.0 + consumers.population_growth_per_year) ** 6.0
    assert found[("weekly_users", "openai", "consumer")][-1, -1] <= end_of_2028 * 1.001
    assert found[("weekly_users", "openai", "consumer")][-1, -1] > 0.5 * end_of_2028  # the bound is met
    assert found[("demand_unserved_share", "market", "all")].max() == pytest.approx(1.0)
    for part, whole in PART_OF.items():
        assert (found[part] <= found[whole]).all()
        assert found[whole].max() > 1e10  # which nothing bounds


def test_nothing_published_after_the_origin_enters_a_fan(posterior: Path) -> None:
    first = read_ensembles(posterior)[0]
    targets = load_targets()
    poisoned = [
        dataclasses.replace(t, value=1e30, low=1e-30, high=1e40) if t.published > first.origin else t for t in targets
    ]
    run = {"|".join((*series, "u", "2027-06")): 0.5 for series in MAIN}
    one, other = (
        fans(
            first,
            [run] * len(first),
            processes_at([first], first.origin, rows),
            known_at(first.origin, rows).targets,
            LEVELS,
        )
        for rows in (targets, poisoned)
    )
    assert all(np.array_equal(a.quantiles, b.quantiles) for a, b in zip(one, other, strict=True))


def test_members_are_traced_by_month_to_the_end_asked_for(posterior: Path) -> None:
    job = jobs_to(read_ensembles(posterior)[-1], "2023-03-05")[0]
    found = trace(job)
    assert {name.rpartition("|")[2] for name in found} == {"2023-01", "2023-02"}
    assert len(found) == 2 * len(MAIN)
    assert all(np.isfinite(list(found.values())))


def test_members_of_another_model_are_run_again_with_a_note(
    posterior: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "stale"
    shutil.copytree(posterior, folder)
    one = read_ensembles(folder)[0]
    write_ensemble(dataclasses.replace(one, provenance={**one.provenance, "model": "older"}), folder)
    made = []

    def again(stale: Ensemble, *_rest: object) -> Ensemble:
        made.append(stale.origin)
        return stale

    monkeypatch.setattr(current_members, "run_again", again)
    assert execute(["validate", "--posterior", str(folder)]) == 0
    assert made == [one.origin]
    assert "run again" in capsys.readouterr().err
