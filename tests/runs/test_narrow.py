"""Narrow tables leave columns out in order and split nothing but lines of words."""

import pytest
from rich.console import Console

from runs.terminal.narrow_table import TIGHT, WIDE, fit, fitted_table

HEAD = ["id", "what", "band", "90% covers"]
ROWS = [["T01*", "some long words that can be wrapped anywhere", "1.3 Q..1.5 Q", "-0.12"]]


def shown(width: int) -> list[str]:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(fitted_table("title", HEAD, ROWS, width, words=("what",), spare=("band",)))
    return capture.get().splitlines()


def test_room_for_all_keeps_every_column_on_one_line() -> None:
    found = fit(HEAD, ROWS, 120, ("what",), ("band",))
    assert found.gap == WIDE
    assert found.widths == {0: 4, 1: 44, 2: 12, 3: 10}


def test_words_are_wrapped_first_and_spare_columns_go_next() -> None:
    tight = fit(HEAD, ROWS, 40, ("what",), ("band",))
    assert (tight.gap, tight.widths) == (TIGHT, {0: 4, 1: 15, 2: 12, 3: 6})  # 37 and 3 gaps
    assert fit(HEAD, ROWS, 30, ("what",), ("band",)).widths == {0: 4, 1: 18, 3: 6}


@pytest.mark.parametrize("width", [30, 40, 60, 120])
def test_cells_that_are_no_words_stay_whole(width: int) -> None:
    lines = shown(width)
    assert max(map(len, lines)) <= width
    (row,) = [line for line in lines if "T01*" in line]
    assert "-0.12" in row
    assert ("1.3 Q..1.5 Q" in row) == (width > 30)
    assert ("left out" in " ".join(lines)) == (width == 30)
