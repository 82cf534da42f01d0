"""Signs and shapes measured on series that can be worked out by hand."""

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from calibration.scoreboard import Series
from calibration.shapes import SHAPES_PATH, Shape, Term, load_shapes, measure
from calibration.typed_rows import RowError

WEEKS = np.arange("2024-01-01", "2026-01-05", 7, dtype="datetime64[D]")
YEARS = (WEEKS - WEEKS[0]).astype(np.float64) / 365.25
KEY, OTHER = ("tokens", "market", "all"), ("revenue", "market", "all")
INDEX = {KEY: Series(WEEKS, 10.0 ** (2.0 * YEARS), "u"), OTHER: Series(WEEKS, 10.0 ** (0.5 * YEARS), "v")}
SPAN = (date(2024, 6, 15), date(2025, 6, 15))
SHAPE = Shape("X", "growth", "at_least", 1.0, 0.1, Term(*KEY, *SPAN), Term(*OTHER, *SPAN), SPAN[1], "test", "")


def test_growth_is_stated_in_decades_a_year_beyond_that_of_the_other_series() -> None:
    assert measure(SHAPE, INDEX) == pytest.approx(1.5, abs=0.01)
    assert measure(dataclasses.replace(SHAPE, than=None), INDEX) == pytest.approx(2.0, abs=0.01)


def test_a_level_is_the_mean_over_its_dates() -> None:
    flat = {KEY: Series(WEEKS, np.full(len(WEEKS), 0.2), "share")}
    assert measure(dataclasses.replace(SHAPE, kind="level", than=None), flat) == pytest.approx(0.2)


def test_a_shape_holds_on_its_own_side_of_the_bound_only() -> None:
    assert SHAPE.holds(1.0)
    assert not SHAPE.holds(0.99)
    assert dataclasses.replace(SHAPE, sense="at_most").holds(0.99)
    assert not SHAPE.holds(float("nan"))


def test_a_run_that_lacks_the_series_or_has_no_logarithm_gives_no_value() -> None:
    assert np.isnan(measure(SHAPE, {KEY: INDEX[KEY]}))
    assert np.isnan(measure(SHAPE, {**INDEX, OTHER: Series(WEEKS, np.zeros(len(WEEKS)), "v")}))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("at_least", "more_or_less", "shape S01"),
        ("tokens_served,", "tokens_server,", "no observable 'tokens_server'; did you mean 'tokens_served'"),
    ],
)
def test_an_unknown_sense_or_series_is_refused_by_the_name_of_its_row(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = SHAPES_PATH.read_text(encoding="utf-8").replace(old, new, 1)
    path = tmp_path / "shapes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RowError, match=message):
        load_shapes(path)
