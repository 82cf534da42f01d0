"""The laws of the random streams."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from agents.streams import SETUP, Streams

ROOT = Path(__file__).resolve().parents[2]
PINNED_UNIFORM = [13174474, 2985221, 796390, 6716906]  # in units of 2**-24


@given(st.integers(0, 2**70), st.integers(SETUP, 600), st.integers(0, 40), st.integers(0, 40))
def test_first_draws_do_not_depend_on_how_many_follow(seed: int, week: int, few: int, more: int) -> None:
    streams = Streams(seed)
    draw = streams.uniform
    assert np.array_equal(draw("adoption", week, few + more)[:few], draw("adoption", week, few))
    assert np.array_equal(draw("adoption", week, (few + more, 3))[:few], draw("adoption", week, (few, 3)))


def test_a_stream_is_its_seed_decision_and_week_alone() -> None:
    def draw(seed: int, decision: str, week: int) -> bytes:
        return Streams(seed).uniform(decision, week, 8).tobytes()

    keys = [(s, d, w) for s in (0, 1, 2**64) for d in ("", "a", "1/a", "demand") for w in (SETUP, 0, 1, 312)]
    assert len({draw(*key) for key in keys}) == len(keys)
    used = Streams(1)
    used.uniform("a", 5, 17)
    used.generator("demand", 5).random(3)
    assert used.uniform("demand", 5, 8).tobytes() == draw(1, "demand", 5)


def test_draws_are_pinned_in_any_process_and_numpy() -> None:
    code = "from agents.streams import Streams; print(Streams(7).uniform('choice', 3, 4).tolist())"
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    drawn = Streams(7).uniform("choice", 3, 4)
    assert other.stdout.strip() == str(drawn.tolist())
    assert (drawn * 2**24).astype(int).tolist() == PINNED_UNIFORM


def test_uniforms_are_float32_in_the_half_open_interval_and_uniform() -> None:
    draws = Streams(11).uniform("choice", 0, 2_000_000)
    assert draws.dtype == np.float32
    assert draws.min() >= 0
    assert draws.max() < 1
    assert kstest(draws[:200_000].astype(float), "uniform").pvalue > 1e-3  # a fixed seed: no flake


def test_weeks_of_one_decision_do_not_overlap() -> None:
    draws = np.concatenate([Streams(3).generator("walk", week).integers(0, 2**63, 5_000) for week in range(20)])
    assert len(np.unique(draws)) == len(draws)


def test_a_generator_starts_where_the_stream_does_and_is_its_own() -> None:
    streams = Streams(5)
    first, second = streams.generator("walk", 2), streams.generator("walk", 2)
    expected = streams.uniform("walk", 2, 6)
    assert np.array_equal(first.random(6, dtype=np.float32), expected)
    streams.uniform("walk", 9, 100)
    assert np.array_equal(second.random(6, dtype=np.float32), expected)


@pytest.mark.parametrize("seed", [-1, 1.0, "7", None, True, [3]])
def test_a_seed_that_is_no_non_negative_integer_is_refused(seed: Any) -> None:
    with pytest.raises(ValueError, match="seed"):
        Streams(seed)


def test_a_numpy_integer_is_the_same_seed() -> None:
    assert Streams(np.int64(9)).seed == 9  # type: ignore[arg-type]
    assert np.array_equal(Streams(np.uint8(9)).uniform("a", 0, 5), Streams(9).uniform("a", 0, 5))  # type: ignore[arg-type]


def test_a_week_before_the_set_up_is_refused() -> None:
    with pytest.raises(ValueError, match="week -2"):
        Streams(1).uniform("a", -2, 1)
