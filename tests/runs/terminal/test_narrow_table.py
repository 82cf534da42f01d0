"""Narrow tables leave columns out in order and split nothing but lines of words."""

import pytest
from rich.console import Console
from rich.text import Text

from runs.terminal.narrow_table import Cell, fitted_table

HEAD = ["id", "what", "band", "90% covers"]
ROWS: list[list[Cell]] = [
    ["T01*", "some long words that can be wrapped anywhere", Text("1.3 Q..1.5 Q", "bold"), "-0.12"]
]


def shown(width: int) -> list[str]:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(fitted_table("title", HEAD, ROWS, width, words=("what",), spare=("band",)))
    return capture.get().splitlines()


def test_room_for_all_keeps_every_cell_and_header_on_one_line() -> None:
    _, head, _, row = shown(120)
    assert head.split("   ")[0].strip() == "id"
    assert "90% covers" in head
    assert row.split() == [
        "T01*",
        "some",
        "long",
        "words",
        "that",
        "can",
        "be",
        "wrapped",
        "anywhere",
        "1.3",
        "Q..1.5",
        "Q",
        "-0.12",
    ]


def test_words_and_headers_are_wrapped_before_a_column_is_left_out() -> None:
    assert "left out" not in " ".join(shown(50))
    assert "90% covers" not in " ".join(shown(50))
    assert "left out in a narrow terminal: band" in " ".join(line.strip() for line in shown(30))


def test_a_long_word_stays_whole_beside_a_column_of_many_short_ones() -> None:
    rows = [["incomprehensibilities", "a b c d e f g h i j k l m n o p q r s t u v w x y z"]]
    console = Console(width=34)
    with console.capture() as capture:
        console.print(fitted_table(None, ["one", "two"], rows, 34, words=("one", "two"), spare=()))
    assert "incomprehensibilities" in capture.get()
    assert max(map(len, capture.get().splitlines())) <= 34


@pytest.mark.parametrize("width", [30, 50, 60, 120])
def test_cells_that_are_no_words_stay_whole(width: int) -> None:
    lines = shown(width)
    assert max(map(len, lines)) <= width
    (row,) = [line for line in lines if "T01*" in line]
    assert "-0.12" in row
    assert ("1.3 Q..1.5 Q" in row) == (width > 30)
    assert ("left out" in " ".join(lines)) == (width == 30)


def test_a_table_without_rows_shows_its_header() -> None:
    console = Console(width=60)
    with console.capture() as capture:
        console.print(fitted_table(None, HEAD, [], 60, words=("what",), spare=()))
    assert "90%" in capture.get()


def test_a_row_that_is_one_text_is_the_heading_of_a_section() -> None:
    console = Console(width=60)
    with console.capture() as capture:
        console.print(fitted_table(None, HEAD, ["first half", *ROWS], 60, words=("what",), spare=()))
    heading, *_ = [line for line in capture.get().splitlines() if "first half" in line]
    assert heading.split() == ["first", "half"]
