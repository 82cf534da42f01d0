"""`jevons claims` and `jevons compare`: what they print, keep and refuse."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runs.cli import execute
from runs.experiments import trial
from runs.experiments.claim_entries import UNTESTABLE, entries
from runs.experiments.claim_report import write_results
from runs.experiments.claim_session import Session
from runs.experiments.registry import claims
from runs.experiments.rules import find
from runs.experiments.trial import Result, by_runs, effect_table, keep, verdict_table
from runs.experiments.verdicts import kept, read_table, shipped
from runs.experiments.weighing import Weighing

ROOT = Path(__file__).resolve().parents[3]


def made_up(name: str) -> Result:
    """Return a claim's result from effects of zero, as a trial would: for tables and pages only."""
    claim = claims()[name]
    findings = tuple(find(measure, [0.0] * 3) for measure in claim.measures)
    result = by_runs(claim, Weighing(claim.deciding, np.zeros((2, 2))))
    return replace(result, outcome="undecided", findings=findings)


def test_the_list_has_every_claim_and_says_which_cannot_be_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["claims", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert all(f"\n{name} " in out for name in entries())
    assert out.count("not testable") == len(UNTESTABLE)


def test_a_fresh_clone_lists_the_verdicts_that_come_with_the_model_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    come = shipped()
    assert set(come) == set(claims())
    assert execute(["claims", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    lines = {line.split()[0]: line for line in out.splitlines() if line.startswith((" Q", "Q"))}
    assert all(decided.verdict in lines[name] for name, decided in come.items())
    assert "verdicts of docs/claims.md" in out


def test_verdicts_of_runs_here_go_before_those_that_come_with_the_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep([made_up("Q14")], tmp_path, {})
    assert execute(["claims", "--out", str(tmp_path)]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith((" Q", "Q"))}
    assert "undecided" in lines["Q14"]
    assert "*" not in lines["Q14"]
    assert f"{shipped()['Q15'].verdict}*" in lines["Q15"]
    assert execute(["claims", "show", "Q14", "--out", str(tmp_path)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "undecided: runs (run in " in shown


def test_claims_that_end_at_the_same_moment_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading the table and writing it, the other commands have time to read it too."""

    def slow(file: Path) -> Any:
        table = read_table(file)
        time.sleep(0.1)
        return table

    monkeypatch.setattr(trial, "read_table", slow)
    names = ("Q14", "Q15", "Q28")
    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(lambda name: keep([made_up(name)], tmp_path, {}), names))
    assert tuple(kept(tmp_path)) == names
    assert all(decided.measures for decided in kept(tmp_path).values())
    assert len((tmp_path / trial.HISTORY).read_text().splitlines()) == len(names)


def test_a_claim_is_shown_with_its_verdict_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["claims", "show", "q29", "--out", str(tmp_path)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    come = shipped()["Q29"]
    assert f"Q29: {entries()['Q29'].claim}" in shown
    assert f"{come.verdict}: {come.how}" in shown
    assert len(come.measures) == 3
    assert all(effect in shown for _, effect, _ in come.measures)
    assert execute(["claims", "show", "Q18", "--out", str(tmp_path)]) == 0
    assert UNTESTABLE["Q18"] in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["claims", "run"], "--all"),
        (["claims", "run", "Q14", "--all"], "--all"),
        (["claims", "run", "Q99"], "no such claim"),
        (["claims", "show", "Q99"], "no such claim"),
        (["claims", "run", "Q18"], "not testable"),
        (["claims", "run", "Q14", "--docs", "docs"], "--docs goes with --all"),
        (["claims", "run", "Q14", "--scale", "vast"], "'vast' is not one of 'small'"),
        (["compare", "baseline", "nowhere", "--outcome", "tokens_served"], "no such scenario"),
        (["compare", "baseline", "baseline", "--outcome", "tokens_eaten", "--seeds", "2"], "no observable"),
        (["compare", "baseline", "baseline", "--outcome", "revenue:openai:all:mode"], "statistic"),
        (["compare", "baseline", "baseline", "--outcome", "revenue", "--from", "hello"], "--from = "),
        (
            [
                "compare",
                "baseline",
                "baseline",
                "--outcome",
                "revenue",
                "--from",
                "2024-01-02",
                "--until",
                "2024-01-07",
            ],
            "no week of the runs begins in between",
        ),
    ],
)
def test_mistakes_cost_one_line_and_status_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(arguments) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_verdicts_of_claims_that_were_not_tried_again_stay(tmp_path: Path) -> None:
    keep([made_up("Q14"), made_up("Q28")], tmp_path, {})
    keep([made_up("Q28")], tmp_path, {})
    table = pd.read_parquet(tmp_path / "verdicts.parquet")
    assert table["id"].tolist() == ["Q14", "Q28"]
    effects = pd.read_parquet(tmp_path / "effects.parquet")
    assert len(effects) == sum(4 + 3 * (len(claims()[name].measures) - 1) for name in ("Q14", "Q28"))
    assert (tmp_path / "history.jsonl").read_text(encoding="utf-8").count("\n") == 3


def test_tables_say_what_was_decided_and_by_which_rule() -> None:
    result = made_up("Q29")
    row = verdict_table([result]).iloc[0]
    assert row["rule"] == "supported above 1.7, refuted below 1.3"
    assert (row["supports"], row["refutes"], row["runs"]) == (0.0, 1.0, 4)
    table = effect_table([result])
    assert table["measure"].value_counts().to_dict() == {"openai": 4, "anthropic": 3, "google": 3}


def test_a_claim_that_was_settled_without_runs_takes_its_old_effects_away(tmp_path: Path) -> None:
    keep([made_up("Q14"), made_up("Q28")], tmp_path, {})
    keep([Result(claims()["Q28"], "assumed", "the prior alone", "")], tmp_path, {})
    assert [decided.verdict for decided in kept(tmp_path).values()] == ["undecided", "assumed"]
    assert set(pd.read_parquet(tmp_path / "effects.parquet")["id"]) == {"Q14"}


def test_the_page_holds_every_claim_and_every_rule(tmp_path: Path) -> None:
    names = ("Q05", "Q19", "Q29")
    session = Session(tmp_path / "out", members=5, reported=0)
    write_results([made_up(name) for name in names], session, tmp_path / "docs")
    text = (tmp_path / "docs" / "claims.md").read_text(encoding="utf-8")
    for name in (*names, *UNTESTABLE):
        assert entries()[name].claim in text
    assert "supported above 1.7, refuted below 1.3" in text
    assert "3 claims tried: 3 undecided." in text
    assert "are expected to be wrong." in text
    assert text.count("Of 2 members with 2 runs each: ") == len(names)
    found = shipped(tmp_path / "docs" / "claims.md")
    assert [(one.verdict, one.how) for one in found.values()] == [("undecided", "runs")] * len(names)
    assert found["Q29"].measures[0][1:] == ("0 [0, 0]", "supported above 1.7, refuted below 1.3")
    assert found["Q29"].reading.startswith("OpenAI's revenue with twice the compute")


def test_a_scenario_compared_with_itself_differs_in_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = tmp_path / "same.toml"
    same.write_text('title = "The same"\n')
    arguments = ["compare", "baseline", str(same), "--outcome", "tokens_served", "--until", "2023-02-27"]
    assert execute([*arguments, "--seeds", "2", "--workers", "1", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "0 [0, 0]" in out
    assert "undecided: it does" in " ".join(out.split())


def test_a_scenario_that_would_end_before_it_changes_anything_is_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["compare", "baseline", "power-squeeze", "--outcome", "tokens_served", "--until", "2023-02-27"]
    assert execute([*arguments, "--seeds", "2", "--workers", "1", "--out", str(tmp_path)]) == 2
    assert "is before all changes of power-squeeze" in capsys.readouterr().err
