"""Readings of two runs, worked out by hand."""

import math

import numpy as np
import pytest

from runs.experiments.run_series import Key
from runs.responses.response import ASKED, Kind, Reading
from runs.responses.response_table import responses

API = ("market", "api")
REVENUE: Key = ("revenue", *API)
SERVED: Key = ("tokens_served", *API)
UNSERVED: Key = ("tokens_unserved", *API)
WEEK = 2


def of(kind: Kind, old: list[float], new: list[float], *, horizon: int | None = 3, over: int = 2) -> float:
    reading = Reading("", kind, ("revenue",), horizon, *API, over=over)
    untreated, treated = ({REVENUE: np.array(values)} for values in (old, new))
    return reading.of(untreated, treated, WEEK)


def test_the_window_ends_so_many_weeks_after_the_change() -> None:
    old = [9.0, 9.0, 9.0, 1.0, 3.0, 9.0]  # weeks 3 and 4: the second and third since week 2
    new = [9.0, 9.0, 9.0, 4.0, 4.0, 9.0]
    assert of("ratio", old, new) == 2.0
    assert of("percent", old, new) == 100.0
    assert of("points", old, new) == 200.0
    assert of("level", old, new) == 200.0
    assert of("ratio", old, new, horizon=0) == 1.0  # the two weeks before


def test_an_elasticity_is_the_log_change_of_what_is_asked_over_that_of_the_price() -> None:
    """Served and turned away are added up: 100 becomes 125, with prices at 0.8 an elasticity of minus one."""
    reading = Reading("", "elasticity", ASKED, 1, *API, over=1)
    old = {SERVED: np.array([0.0, 0.0, 60.0]), UNSERVED: np.array([0.0, 0.0, 40.0])}
    new = {SERVED: np.array([0.0, 0.0, 60.0]), UNSERVED: np.array([0.0, 0.0, 65.0])}
    assert reading.of(old, new, WEEK) == -1.0
    assert reading.of(old, old, WEEK) == 0.0


def test_the_largest_fall_is_that_of_one_week_from_the_change_on() -> None:
    old = [100.0, 1.0, 10.0, 8.0, 6.0, 9.0]  # 99% before the change; then 20%, 25%, a rise
    assert of("largest fall", old, [], horizon=None) == pytest.approx(25.0)
    assert of("largest fall", [1.0, 1.0, 2.0, 3.0], [], horizon=None) == 0.0


def test_what_is_not_defined_is_no_number() -> None:
    nothing, some = [0.0] * 6, [1.0] * 6
    assert math.isnan(of("ratio", nothing, some))
    assert math.isnan(of("percent", nothing, some))
    assert math.isnan(of("elasticity", nothing, some))


def test_only_rounding_of_sums_is_no_change() -> None:
    assert of("percent", [1.0] * 6, [1.0 + 1e-15] * 6) == 0.0


def test_every_response_says_what_it_is_measured_against() -> None:
    assert len(responses()) == 12
    for name, response in responses().items():
        assert response.name == name
        assert response.capacity in ("free", "binding")
        for reading in response.readings:
            assert reading.expected is None or reading.evidence != "none"
            assert reading.expected is None or reading.expected[0] <= reading.expected[1]
