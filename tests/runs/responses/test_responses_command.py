"""`jevons responses`: what it prints, writes and refuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from runs.cli import execute
from runs.responses import response_session
from runs.responses.response import Response
from runs.responses.response_report import measured_markdown, print_measured
from runs.responses.response_runs import Measured
from runs.responses.response_table import responses
from runs.terminal.console import console

VALUES = np.array([-1.2, -1.0, -0.8])


def no_runs(chosen: list[Response], *_: object) -> list[Measured]:
    """Return the same numbers for every reading, and none for the first of all."""
    known = [Measured(one, reading, VALUES, -1.0, -1.2, -0.8) for one in chosen for reading in one.readings]
    return [known[0]._replace(median=np.nan, low=np.nan, high=np.nan), *known[1:]]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_session, "measure", no_runs)


@pytest.mark.usefixtures("quick")
def test_every_response_is_printed_beside_its_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert execute(["responses", "--seeds", "3"]) == 0
    out = capsys.readouterr().out
    words = " ".join(out.split())
    assert all(f"{name}:" in words for name in responses())
    assert "E208; against: E209" in words
    assert "-1 [-1.2, -0.8]" in words
    assert "not defined" in words
    assert "3 pairs of runs at scale small, the shipped parameters" in words
    assert all(len(line) <= 120 for line in out.splitlines())


def test_the_page_s_table_has_the_expected_range_with_its_signs_and_nothing_where_none_is_known() -> None:
    lines = measured_markdown(no_runs([responses()["price-openai"]]), "three pairs").splitlines()
    assert "three pairs".capitalize() in lines[0]
    assert lines[4].endswith("| not defined | -1.55 to -0.67 | E208; against: E209 |")
    assert lines[5].endswith("| -1 [-1.2, -0.8] |  | none |")


@pytest.mark.usefixtures("quick")
def test_table_and_figure_are_written_for_the_responses_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv, figure = tmp_path / "r.csv", tmp_path / "r.png"
    chosen = ["price-google", "capacity-google", "weekly-fall"]
    options = ["--from", "2026-03-04", "--csv", str(csv), "--figure", str(figure)]
    assert execute(["responses", *chosen, *options]) == 0
    table = pd.read_csv(csv)
    assert list(table["response"].unique()) == chosen
    assert set(table["date"]) == {"2026-03-09"}  # the Monday after
    row = table.iloc[1]
    assert (row["median"], row["low"], row["high"], row["pairs"], row["horizon_weeks"]) == (-1.0, -1.2, -0.8, 3, 52)
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert str(figure) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["prices-fre"], ["prices-fre", "did you mean", "'prices-free'"]),
        (["--from", "2023-05-01"], ["--from", "2024-01-01", "2028-12-25"]),
        (["--from", "soon"], ["--from", "YYYY-MM-DD"]),
        (["--seeds", "0"], ["--seeds"]),
        (["--scale", "huge"], ["--scale", "small"]),
        (["--csv", "OLD"], ["exists already", "another path"]),
        (["--figure", "OLD"], ["exists already", "another path"]),
        (["--csv", "NEW/r.csv"], ["there is no folder"]),
        (["--csv", "SAME", "--figure", "SAME"], ["two files"]),
    ],
    ids=" ".join,
)
def test_mistakes_cost_one_line_before_any_run(
    arguments: list[str],
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a run began")

    monkeypatch.setattr(response_session, "measure", refuse)
    old = tmp_path / "old"
    old.write_text("kept")
    places = {"OLD": str(old), "NEW/r.csv": str(tmp_path / "new" / "r.csv"), "SAME": str(tmp_path / "same")}
    assert execute(["responses", *(places.get(argument, argument) for argument in arguments)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert all(word in err for word in words), err
    assert old.read_text() == "kept"


def test_a_narrow_terminal_loses_no_figure(capsys: pytest.CaptureFixture[str]) -> None:
    print_measured(console(width=72), no_runs(list(responses().values())), "")
    out = capsys.readouterr().out
    assert out.count("-1 [-1.2, -0.8]") == sum(len(one.readings) for one in responses().values()) - 1
