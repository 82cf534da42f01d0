"""`jevons observables`: the table, and what a search finds in it."""

import pytest

from model import declared_observables
from runs.cli import execute


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def names(printed: str) -> list[str]:
    """The names at the starts of lines."""
    return [line.split()[0] for line in printed.splitlines() if line[:1].strip() and not line[0].isdigit()]


def test_every_row_is_printed_with_its_unit(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["observables"]) == 0
    printed = capsys.readouterr().out
    assert names(printed) == [row.name for row in declared_observables()]
    assert "price_paid USD/Mtok   market: api\n" in printed


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("DOUBLING half", ["serving_capacity_doubling"]),  # in the meaning
        ("big-4", ["capex"]),  # a segment
        ("thinking_gain", ["price_constant_quality"]),  # in the formula
    ],
)
def test_a_search_finds_the_rows_with_every_word(
    words: str, found: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["observables", "--search", words]) == 0
    assert names(capsys.readouterr().out) == found


def test_a_search_without_a_find_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["observables", "--search", "xyzzy"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("jevons: --search 'xyzzy': no row has all of these words in name, unit, ")
    assert err.count("\n") == 1
