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

from calibration.discrepancy import Reach
from calibration.ensemble import Ensemble, is_current, read_ensembles, write_ensemble
from calibration.paths import MAIN, PART_OF, Fan, fans, jobs_to, trace
from calibration.shipped import FOLDER
from calibration.store.sealed_files import SUMS, check_sum
from calibration.targets import load_targets
from model import JevonsError, Scenario
from runs.cli import execute
from runs.posterior import current_members
from runs.posterior.current_members import current
from runs.posterior.forecast_folder import FORECASTS, RULE, SHARES, enter, write_forecast
from runs.scores.score_text import BEGIN, END, as_markdown, renew


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
    for words in ("rolling origins", "against baselines", "every cell that a baseline wins", "S04"):
        assert words in out
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * len(load_targets())
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


def test_the_tables_of_the_page_are_renewed_between_their_marks_only(posterior: Path, tmp_path: Path) -> None:
    from calibration.scores import all_cells

    ensembles, targets = read_ensembles(posterior), load_targets()
    text = as_markdown(all_cells(ensembles, targets), ensembles, targets, posterior)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nwhat was there before\n{END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        renew(page, text)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "what was there before" not in written
    assert written.count("### Scores") == 1
    for target in targets:
        assert f"| {target.id}" in written
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(JevonsError, match="tables: begin"):
        renew(page, text)


@pytest.mark.parametrize("name", ["identified.csv", "recovery.csv"])
def test_a_flipped_bit_in_a_table_of_the_posterior_is_refused(name: str, posterior: Path, tmp_path: Path) -> None:
    from calibration.scores import all_cells

    folder = Path(shutil.copytree(posterior, tmp_path / "posterior"))
    ensembles, targets = read_ensembles(folder), load_targets()
    board = all_cells(ensembles, targets)
    as_markdown(board, ensembles, targets, folder)
    content = (folder / name).read_bytes()
    number = re.search(rb"[1-8]", content[len(content) // 2 :])
    assert number is not None
    at = len(content) // 2 + number.start()
    (folder / name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(JevonsError, match=r"\.csv: is damaged: its checksum in SHA256SUMS does not match"):
        as_markdown(board, ensembles, targets, folder)


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
    (out / "plan.json").write_text(json.dumps({"runs": 77, "waves": 3}), encoding="utf-8")
    said = refused(capsys, "calibrate", "--out", str(out))
    assert "runs = 77" in said
    assert "--store" in said
    assert [path.name for path in out.iterdir()] == ["plan.json"]


def test_a_forecast_is_frozen(posterior: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "forecast", "--posterior", str(posterior), "--out", str(tmp_path))
    assert "frozen" in said
    said = refused(
        capsys, "forecast", "--posterior", str(posterior), "--out", str(tmp_path / "f"), "--until", "2025-01-01"
    )
    assert "2025-09-30" in said
    assert not (tmp_path / "f").exists()


def test_a_forecast_has_a_page_a_figure_and_every_month_of_every_quantile(posterior: Path, tmp_path: Path) -> None:
    months = ("2025-06", "2025-12", "2026-06")
    quantiles = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]] * 3)
    drawn = [Fan(series, "share" if i % 2 else "USD/year", months, quantiles) for i, series in enumerate(MAIN)]
    files = write_forecast(drawn, read_ensembles(posterior)[-1], Reach(0.2, 0.3), tmp_path / "frozen")
    page, table, sums, figure = (file.read_bytes() for file in files)
    assert sums.decode().splitlines() == [
        f"{hashlib.sha256(content).hexdigest()}  {file.name}"
        for file, content in zip(files, (page, table), strict=False)
    ]
    assert f"# Forecast of {dt.date.today()}" in page.decode()
    assert table.decode().count("\n") == 1 + len(MAIN) * len(months)
    assert figure.startswith(b"\x89PNG")
    with pytest.raises(FileExistsError):
        write_forecast(drawn, read_ensembles(posterior)[-1], Reach(0.2, 0.3), tmp_path / "frozen")


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


def test_fans_widen_from_the_origin_on(posterior: Path) -> None:
    ensemble = read_ensembles(posterior)[-1]
    months = [f"{year}-{month:02d}" for year in (2025, 2026, 2027) for month in range(1, 13)]
    run = {"|".join((*series, "u", month)): 1.0 for series in MAIN for month in months}
    (fan, *_) = fans(ensemble, [run] * len(ensemble), Reach(0.3, 0.3), SHARES)
    widths = np.log10(fan.quantiles[:, 4] / fan.quantiles[:, 0])
    assert fan.months == tuple(months)
    assert np.ptp(widths[:9]) < 1e-9
    assert np.all(np.diff(widths[9:]) > 0)


def test_no_interval_goes_beyond_what_can_be(posterior: Path) -> None:
    ensemble = read_ensembles(posterior)[-1]
    months = [f"{year}-{month:02d}" for year in (2027, 2028) for month in range(1, 13)]
    units = {"weekly_users": "user", "demand_unserved_share": "share"}
    run = {"|".join((*series, units.get(series[0], "u"), month)): 0.9e9 for series in MAIN for month in months}
    run |= {name: 0.5 for name in run if "|share|" in name}
    found = {fan.series: fan.quantiles for fan in fans(ensemble, [run] * len(ensemble), Reach(0.5, 0.5), SHARES)}
    consumers = Scenario.load("baseline").parameters.consumers
    population = max(float(dict(job.overrides)["consumers.population"]) for job in ensemble.jobs())
    end_of_2028 = population * (1.0 + consumers.population_growth_per_year) ** 6.0
    assert found[("weekly_users", "openai", "consumer")][-1, -1] <= end_of_2028
    assert found[("weekly_users", "openai", "consumer")][-1, -1] > 0.5 * end_of_2028  # the bound is met
    assert found[("demand_unserved_share", "market", "all")].max() == 1.0
    for part, whole in PART_OF.items():
        assert (found[part] <= found[whole]).all()
        assert found[whole].max() > 1e10  # which nothing bounds


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
