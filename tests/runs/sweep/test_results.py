"""Results: what was simulated is what is read, as tables, SQL, commands and a page."""

import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runs
from model import InferenceMarket, JevonsError, Scenario
from runs.analysis.sweep_report import write_report
from runs.cli import execute
from runs.sweep import worker
from runs.sweep.results import Results
from runs.sweep.sweep import Sweep
from tests.runs.sweep.tiny import RUNS, TINY

SUPPLY = {"chip_maker.merchant.expansion": [0.2, 0.6], "power_supplier.turbines.expansion": [0.03, 0.12]}
REFUSALS = ("overwritten", "ends in one of", "sirved", "at least 20", "leave --csv out", "no sweep")
DOCS = Path(__file__).resolve().parents[3] / "docs" / "sweeps.md"
UNSERVED = {"unserved": {"observable": "demand_unserved_share"}, **TINY["outcomes"]}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    design = {**TINY, "uncertainties": SUPPLY, "outcomes": UNSERVED}
    return Sweep(design, tmp_path_factory.mktemp("results") / "sweep").run(engine="serial")


def test_a_run_of_the_sweep_is_the_run_of_its_parameters_and_seed(results: Results) -> None:
    row: dict[str, Any] = results.run_table.slice(17, 1).to_pylist()[0]
    scenario = Scenario.load(row["scenario"]).replace({**TINY["constants"], **{path: row[path] for path in SUPPLY}})
    alone = InferenceMarket(scenario, rng=int(row["seed"])).run(until=TINY["until"]).observables.frame()
    kept = results.frame()
    kept = kept[kept["run"] == 17].drop(columns="run").reset_index(drop=True)
    names = ["date", "observable", "entity", "segment", "unit"]
    assert kept[names].astype(str).equals(alone[names].astype(str))
    assert np.array_equal(kept["value"].to_numpy(), alone["value"].to_numpy().astype(np.float32))
    served = alone[
        (alone["observable"] == "tokens_served") & (alone["entity"] == "market") & (alone["segment"] == "all")
    ]
    assert row["served"] == served["value"].iloc[-1]


def test_frames_are_narrowed_by_names_and_runs(results: Results) -> None:
    assert len(results.runs) == RUNS
    frame = results.frame(observable="tokens_served", entity=["openai", "google"], segment="all", scenario="baseline")
    assert set(frame["entity"]) == {"openai", "google"}
    assert frame["run"].nunique() == RUNS // 2
    assert len(frame) == RUNS // 2 * 2 * 3
    for names, words in (
        ({"observable": "tokens_server"}, "did you mean 'tokens_served'"),
        ({"observable": ["revenue", "tokens_server"]}, "did you mean 'tokens_served'"),
        ({"entity": "opanai"}, "did you mean 'openai'"),
        ({"planet": "mars"}, "no such column"),
    ):
        with pytest.raises(JevonsError, match=words):
            results.frame(**names)


def test_a_block_that_is_packed_while_it_is_read_is_read_from_its_part(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep goes on beside the reader: between its two looks loose files become a part."""
    shutil.copytree(results.layout.root, tmp_path / "sweep")
    reader = Results(tmp_path / "sweep")
    aside = tmp_path / "aside"
    names = results.select("tokens_served", "market", "all")
    expected = results.wide(names)
    read = reader._loose

    def packed_meanwhile(block: range) -> Any:
        found = read(block)
        for file in aside.iterdir():
            file.rename(reader.layout.parts / file.name)
        return found

    def unpack() -> None:
        aside.mkdir(exist_ok=True)
        for file in reader.layout.parts.iterdir():
            file.rename(aside / file.name)

    assert reader.series
    monkeypatch.setattr(reader, "_loose", packed_meanwhile)
    unpack()
    assert reader.wide(names).equals(expected)
    unpack()
    assert reader.query("select count(*) as weeks from wide")["weeks"].tolist() == [expected.num_rows]


def test_quantiles_are_those_of_the_frame(results: Results) -> None:
    frame = results.frame("rent", "market", "all", scenario="baseline")
    expected = frame.groupby("date")["value"].quantile(np.array([0.05, 0.5, 0.95])).unstack()
    assert np.allclose(results.quantiles("rent", scenario="baseline"), expected, rtol=1e-6)


def test_sql_sees_the_same_numbers_and_says_in_one_line_what_is_wrong(results: Results) -> None:
    pytest.importorskip("duckdb")
    found = results.query(
        "select date, quantile_cont(value, 0.5) as median from observables join runs using (run) "
        "where observable = 'rent' and scenario = 'baseline' group by date order by date"
    )
    assert np.allclose(found["median"], results.quantiles("rent", scenario="baseline")[0.5], rtol=1e-6)
    assert results.query("select count(*) as n from observables")["n"][0] == len(results.frame())
    assert results.query("select count(*) as n from series")["n"][0] == len(results.series)
    wide = results.query('select sum("rent.market.all") as total from wide')["total"][0]
    assert wide == pytest.approx(results.frame("rent")["value"].sum(), rel=1e-5)
    with pytest.raises(JevonsError, match="query: Parser Error"):
        results.query("selec 1")
    for what in ("avg(value)", "value"):
        with pytest.raises(JevonsError, match=r"'rant': .*; did you mean 'rent'"):
            results.query(f"select {what} from observables where observable = 'rant'")
    assert results.query("select value from observables where observable = 'rent' and date < '1999-01-01'").empty


def test_sql_reads_the_sweep_that_is_named_and_nothing_else_and_writes_nothing(
    results: Results, tmp_path: Path
) -> None:
    """A name with brackets stands for itself, where another folder matches it as a pattern."""
    named, other = tmp_path / "sweep[2]", tmp_path / "sweep2"
    for folder in (named, other):
        shutil.copytree(results.layout.root, folder)
    for part in (other / "parts").iterdir():
        part.write_bytes(b"")
    ask = "select sum(value) as total from observables where observable = 'revenue'"
    assert Results(named).query(ask).equals(results.query(ask))
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    for sql in (f"copy (select 1) to '{precious}'", f"select * from read_csv_auto('{precious}')", "set threads = 1"):
        with pytest.raises(JevonsError, match=r"^query: "):
            results.query(sql)
    assert precious.read_text() == "mine"


def test_the_query_of_the_docs_is_the_fan_of_the_market(results: Results) -> None:
    pytest.importorskip("duckdb")
    (sql,) = re.findall(r'jevons query DIR "(select date.*?)" --csv', DOCS.read_text(encoding="utf-8"), re.DOTALL)
    found = results.query(sql)
    expected = results.quantiles("demand_unserved_share", "market", "all", scenario="baseline")
    assert np.allclose(found[["low", "median", "high"]], expected, rtol=1e-6)


def test_the_commands_print_tables_csv_and_refuse_what_is_not_there(
    results: Results, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("duckdb")
    folder = str(results.layout.root)
    assert execute(["query", folder, "select count(*) as n from runs", "--csv"]) == 0
    assert capsys.readouterr().out == f"n\n{RUNS}\n"
    assert execute(["query", folder]) == 0
    assert "demand_unserved_share [share]: " in capsys.readouterr().out
    assert execute(["sensitivity", folder, "--outcome", "served", "--csv"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "outcome,scenario,parameter,measure,value,low,high"
    assert len(out.splitlines()) == 3
    figure = tmp_path / "tornado.svg"
    assert execute(["sensitivity", folder, "--outcome", "served", "--figure", str(figure)]) == 0
    assert figure.read_text().startswith("<?xml")
    capsys.readouterr()
    assert execute(["sensitivity", folder, "--outcome", "served", "--figure", str(figure)]) == 2
    assert execute(["sensitivity", folder, "--outcome", "served", "--figure", str(tmp_path / "tornado.gif")]) == 2
    assert not (tmp_path / "tornado.gif").exists()
    assert execute(["sensitivity", folder, "--outcome", "sirved"]) == 2
    unwritten = tmp_path / "unwritten.svg"
    assert execute(["sensitivity", folder, "--where", "served > 1", "--figure", str(unwritten)]) == 2
    assert not unwritten.exists(), "a threshold that is refused stops the command before it writes"
    assert execute(["sensitivity", folder, "--where", "served > 1", "--csv"]) == 2
    assert execute(["query", str(tmp_path), "select 1"]) == 2
    err = capsys.readouterr().err
    assert all(words in line for words, line in zip(REFUSALS, err.splitlines(), strict=True))


@pytest.mark.parametrize("sql", ["", " ; ", "-- a comment"])
def test_sql_that_asks_for_nothing_is_refused(results: Results, sql: str) -> None:
    pytest.importorskip("duckdb")
    with pytest.raises(JevonsError, match="asks for nothing"):
        results.query(sql)


def test_an_answer_is_printed_as_it_is_markup_included(results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("duckdb")
    assert execute(["query", str(results.layout.root), "select '[red]x[/nosuch]' as \"[/b]\""]) == 0
    out = capsys.readouterr().out
    assert "[red]x[/nosuch]" in out
    assert "[/b]" in out


def test_series_that_are_cut_short_are_refused_with_a_way_out(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb")
    folder = tmp_path / "sweep"
    shutil.copytree(results.layout.root, folder)
    with (folder / "parts" / "series-00000.parquet").open("r+b") as stream:
        stream.truncate(1000)
    for rest in ([], ["select 1"]):
        assert execute(["query", str(folder), *rest]) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert f"jevons sweep --out {folder} repairs it" in err


@pytest.mark.parametrize(("unlucky", "status"), [(1, 0), (2, 1)])
def test_a_sweep_says_the_commonest_error_and_its_status_is_1_where_all_runs_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], unlucky: int, status: int
) -> None:
    made = []

    def explode(scenario: Any, rng: int) -> Any:
        made.append(rng)
        if len(made) <= unlucky:
            raise ArithmeticError("out of luck")
        return InferenceMarket(scenario, rng=rng)

    monkeypatch.setattr(worker, "InferenceMarket", explode)
    constants = [f"--set={path}={value}" for path, value in TINY["constants"].items()]
    command = ["sweep", "--out", str(tmp_path / "sweep"), "--engine", "serial", "--until", "2023-01-15", *constants]
    assert execute([*command, "--replications", "2"]) == status
    out = capsys.readouterr().out
    assert f"{2 - unlucky} of 2 runs finished, {unlucky} failed" in out
    assert f"the commonest error, of {unlucky}: ArithmeticError: out of luck" in out
    assert execute([*command, "--replications", "2", "--quiet"]) == status
    assert ("all 2 runs failed" in capsys.readouterr().err) == (status == 1)


def test_sweep_command_runs_resumes_and_prints_where_results_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "sweep")
    constants = [f"--set={path}={value}" for path, value in TINY["constants"].items()]
    lever = "--lever=mechanisms.agents=true,false"
    assert execute(["sweep", "--until", "2023-01-15", lever, *constants, "--out", folder, "--engine", "serial"]) == 0
    out, err = capsys.readouterr()
    assert "2 of 2 runs finished, 0 failed (2 now)" in out
    assert f"Results: {folder}" in err.replace("\n", "")
    assert execute(["sweep", "--out", folder, "--quiet", "--engine", "serial"]) == 0
    assert capsys.readouterr().out == f"{folder}\n"
    assert list(runs.open(folder).runs["mechanisms.agents"]) == [True, False]


def test_the_report_is_one_page_that_asks_for_nothing_and_shows_every_part(results: Results, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    page = tmp_path / "report.html"
    assert execute(["report", str(results.layout.root), "--out", str(page), "--where", "served > 1"]) == 2
    assert execute(["report", str(results.layout.root), "--out", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"|url\((?!#)|@import|<script|<link', text) == []
    for words in ("Fan chart: Tokens served by week", "unserved by scenario", "What drives unserved"):
        assert f'aria-label="{words}' in text
    assert 'aria-label="Unserved share over how fast makers of chips and of turbines expand"' in text
    assert results.record.digest in text
    assert results.record.codes[0]["fingerprint"] in text
    for path in SUPPLY:
        assert path in text
    assert execute(["report", str(results.layout.root), "--out", str(page)]) == 2, "nothing is overwritten"
    first, second = (
        write_report(results, tmp_path / name, made=dt.date(2026, 11, 27)).read_bytes() for name in ("one", "two")
    )
    assert first == second, "the same day's page of the same results is the same page"


def test_the_report_says_what_the_scenarios_change_how_sure_that_is_and_what_is_not_in_it(
    results: Results, tmp_path: Path
) -> None:
    pytest.importorskip("jinja2")
    text = write_report(results, tmp_path / "page.html", made=dt.date(2026, 11, 27)).read_text(encoding="utf-8")
    flat = " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL).split())
    for words in (
        "What the scenarios change",
        "of 13 pairs",
        "A difference is clear where at least 95% of at least 10 pairs",
        "spread of these runs only",
        "The model's own error is not in them",
        "How far to trust this",
        "docs/calibration.md",
        "Made on 2026-11-27 by jevons report sweep from the sweep of the design tiny",
        "13 draws from 2 uncertain parameters",
        "every mechanism on, nothing changed",
        "Work that waits is counted again each week",
    ):
        assert words in flat
    headings = re.findall(r"<h[123][^>]*>(.*?)</h[123]>", text)
    assert len(headings) == len(set(headings)), "no two sections have the same name"
    assert "runs failed" not in flat


def test_importing_runs_gives_sweep_and_open_and_nothing_else_new() -> None:
    assert runs.__all__ == ["Sweep", "open"]
    assert runs.Sweep is Sweep
    with pytest.raises(AttributeError):
        _ = runs.Swoop
