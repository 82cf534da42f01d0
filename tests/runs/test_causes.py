"""What is refused is refused at once and for its cause; what takes long says so; dates and widths are read kindly."""

import datetime as dt
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import runs
from agents import kernels
from model import InferenceMarket, JevonsError, Scenario, parse_date
from runs.cli import execute
from runs.sweep import query, results
from runs.sweep.sweep import Sweep
from runs.terminal import startup_line
from runs.terminal.console import NARROWEST, console
from tests.runs.sweep.tiny import TINY


@pytest.fixture
def failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sweep whose runs have all failed."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as planted:
        planted.setattr(InferenceMarket, "run", fail)
        Sweep({**TINY, "samples": 2}, tmp_path / "failed").run(engine="serial")
    return tmp_path / "failed"


@pytest.mark.parametrize("command", [["sensitivity"], ["report"], ["sensitivity", "--where", "served > 1"]])
def test_where_all_runs_failed_their_error_is_the_message(
    command: list[str], failed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute([*command[:1], str(failed), *command[1:]]) == 2
    err = capsys.readouterr().err
    assert "4 of 4 runs failed; the commonest error, of 4: RuntimeError: planted; see jevons query" in err


def test_an_empty_answer_about_a_sweep_without_finished_runs_says_so(
    failed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb")
    assert execute(["query", str(failed), "select * from observables"]) == 0
    assert f"no run of {failed} is finished yet" in capsys.readouterr().err


@pytest.mark.parametrize("counts", [(600, 600), (29_500,), (20, 30, 40)])
def test_too_many_levers_are_refused_before_any_policy_is_made(
    counts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a policy is made")

    monkeypatch.setattr(Scenario, "replace", fail)
    paths = ("scale.users", "scale.developers", "scale.enterprises")
    levers = {path: list(range(500, 500 + count)) for path, count in zip(paths, counts, strict=False)}
    with pytest.raises(JevonsError, match=f"{2 * np.prod(counts):,} combinations .* at most 10,000 are allowed"):
        Sweep({**TINY, "levers": levers})


def test_a_limited_query_computes_no_more_than_it_prints(whole_sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("duckdb")
    endless = "select range from runs, range(1000000000000)"
    assert execute(["query", str(whole_sweep), endless, "--limit", "5"]) == 0
    out = capsys.readouterr().out
    assert "... more rows" in out
    assert len(out.splitlines()) == 2 + 5 + 1


def test_csv_is_written_as_it_is_computed_and_an_answer_beyond_memory_is_refused(
    whole_sweep: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb")
    monkeypatch.setattr(query, "CHUNK", 1)
    monkeypatch.setattr(query, "MAX_CELLS", 4000)
    with pytest.raises(JevonsError, match="more than 4,000 cells, which would not fit in memory"):
        runs.open(whole_sweep).query("select range from range(1000000000000)")
    assert execute(["query", str(whole_sweep), "select range from range(5000) order by 1", "--csv"]) == 0
    assert capsys.readouterr().out.split() == ["range", *map(str, range(5000))]
    monkeypatch.setattr(query, "MAX_CELLS", 5000)
    assert runs.open(whole_sweep).query("select range from range(5000) order by 1")["range"].tolist() == [*range(5000)]


def test_a_frame_beyond_memory_is_refused_before_a_series_is_read(
    whole_sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = runs.open(whole_sweep)
    rows = len(found.frame("tokens_served", scenario="baseline"))
    monkeypatch.setattr(results, "MAX_ROWS", rows - 1)
    monkeypatch.setattr(results.Results, "wide", None)
    with pytest.raises(JevonsError, match=f"{rows:,} rows would not fit in memory"):
        found.frame("tokens_served", scenario="baseline")


@pytest.mark.parametrize(("columns", "width"), [("0", 100), ("-5", 100), ("wide", 100), ("", 100), ("1", NARROWEST),
                                                ("64", 64)])  # fmt: skip
def test_a_width_that_is_none_counts_as_not_given(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_terminal(_: int) -> None:
        raise OSError

    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(os, "get_terminal_size", no_terminal)
    assert console(width=100).width == width


def test_the_dates_of_tables_are_dates() -> None:
    market = InferenceMarket(Scenario.load("baseline", scale="small"), rng=7).run(until="2023-01-15")
    day = market.observables.frame()["date"].iloc[-1]
    assert isinstance(day, pd.Timestamp)
    want = day.date()
    same = (day, day.to_pydatetime(), day.to_datetime64(), np.datetime64(want), str(day), want, want.isoformat())
    assert [parse_date(one) for one in same] == [want] * len(same)
    again = InferenceMarket(Scenario.load("baseline", scale="small"), rng=7).run(until=day)
    assert again.clock.week == market.clock.week
    design = {**TINY, "until": day, "outcomes": {"a": {"observable": "tokens_served", "end": day}}}
    plain = {**design, "until": want, "outcomes": {"a": {"observable": "tokens_served", "end": want}}}
    with_stamps, with_dates = Sweep(design).design, Sweep(plain).design
    assert with_stamps is not None
    assert with_dates is not None
    assert with_stamps.digest == with_dates.digest


@pytest.mark.parametrize("value", [dt.datetime(2026, 1, 1, 0, 1), pd.Timestamp("2026-01-01", tz="UTC"), pd.NaT,
                                   np.datetime64("2026-01"), np.datetime64("2026-01-01T00:00:00.5")])  # fmt: skip
def test_a_moment_that_begins_no_day_is_refused(value: object) -> None:
    with pytest.raises(JevonsError, match="until = "):
        parse_date(value, "until")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["query", "SWEEP", "select count(*) from observables"], "jevons: reading"),
        (["sensitivity", "SWEEP"], "jevons: analysing"),
        pytest.param(["report", "SWEEP", "--out", "page.html"], "jevons: making the report", marks=pytest.mark.slow),
        (["phases", "--weeks", "1"], "1/1 weeks"),
        (["sweep", "--out", "SWEEP"], "jevons: planning the sweep"),
    ],
)
def test_long_work_shows_itself(
    command: list[str],
    words: str,
    whole_sweep: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(whole_sweep, "SWEEP")
    monkeypatch.setattr(startup_line, "LOG_PATIENCE_SECONDS", 0.0)
    execute(command)
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        "run --until 2023-01-20 --scale small --out OUT",
        "sweep --until 2023-01-20 --scale small --uncertainty demand.thinking_ceiling --samples 2 --out OUT",
        "sweep --until 2023-01-20 --scale small --uncertainty demand.thinking_ceiling --engine serial --out OUT",
        "claims run Q14 --members 2 --out OUT",
        "compare baseline price-war --outcome revenue --seeds 2 --out OUT",
        "view --no-browser --port 0",
    ],
)
def test_a_backend_that_there_is_not_is_refused_once_before_any_run(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JEVONS_BACKEND", "nunpy")
    monkeypatch.delitem(vars(kernels), "BACKEND", raising=False)  # chosen by an earlier test
    for name in kernels.numpy_kernels.__all__:
        monkeypatch.delitem(vars(kernels), name, raising=False)
    out = tmp_path / "out"
    assert execute(command.replace("OUT", str(out)).split()) == 2
    assert capsys.readouterr().err.endswith("jevons: JEVONS_BACKEND=nunpy: it is numpy or numba\n")
    assert not list(out.rglob("*.run")), "a failure that is kept would be read later"
    if command.startswith("sweep"):
        assert not out.exists()
