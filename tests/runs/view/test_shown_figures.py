"""Figures of a user's own on the page: beside the shipped ones, alone, and refused before anything is served."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calibration.targets import load_targets
from calibration.typed_rows import RowError
from runs.view import shown_figures as shown
from runs.view.measures import measures
from runs.view.story import story_spec
from tests.runs.view.test_story import START

HEAD = "id,observable,entity,segment,statistic,start,end,value,low,high,unit,published,source,note\n"
MINE = (
    "MINE1,tokens_served,google,all,mean,2025-11-01,2025-11-30,1.6e15,1.4e15,1.8e15,token/month,2025-12-10,our panel,\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "my-figures.csv"
    place.write_text(HEAD + MINE, encoding="utf-8")
    yield place
    shown.choose_figures(None, None, only=False)


def tokens() -> list[float]:
    """The points of the first screen's tokens, as the browser takes them."""
    lines = story_spec(measures()["tokens"], START, 313, None)["lines"]
    return [point["value"] for line in lines for point in line["points"]]


def test_figures_of_one_s_own_are_shown_beside_the_shipped_ones_or_alone(file: Path) -> None:
    before = tokens()
    shown.choose_figures(file, None, only=False)
    assert shown.are_own_shown()
    assert sorted(tokens()) == sorted([*before, 1.6e15])
    shown.choose_figures(file, None, only=True)
    assert tokens() == [1.6e15]
    shown.choose_figures(None, None, only=False)
    assert shown.shown_figures() == load_targets()
    assert not shown.are_own_shown()


def test_a_bad_row_is_refused(file: Path) -> None:
    file.write_text(HEAD + MINE.replace("google", "gogle"), encoding="utf-8")
    with pytest.raises(RowError, match="did you mean 'google'"):
        shown.choose_figures(file, None, only=False)
