"""The laws of sizes of models: a concave frontier, the models on it, and those that labs consider."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.lab_parameters import LabParameters
from agents.model_sizes import CANDIDATES, LEAST_STEP, SIZE_RANGES, best_size, candidates, first_sizes, sizes

EXACT = 1e-12
P = LabParameters.model_validate({"best_size_at_start": 2.0, "size_growth": 0.3, "size_curvature": 0.4})


def test_the_best_size_grows_with_the_frontier() -> None:
    """Twice GPT-4's FLOP per token at its frontier; a tenfold frontier makes the most of 10^0.3 times that."""
    assert best_size(0.0, P) == pytest.approx(math.log10(2.0), rel=EXACT)
    assert best_size(1.0, P) == pytest.approx(math.log10(2.0) + 0.3, rel=EXACT)


def test_capability_falls_with_the_square_of_the_distance_from_the_best_size() -> None:
    """At a frontier of 1: all of it at the best size, 0.1 less at sqrt(10) times or a sqrt(10)th, 0.4 less at ten."""
    found = sizes(1.0, np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), P)
    assert found.capability == pytest.approx([0.6, 0.9, 1.0, 0.9, 0.6], rel=EXACT)
    best = 2.0 * 10.0**0.3
    assert found.flop == pytest.approx(best * np.array([0.1, math.sqrt(0.1), 1.0, math.sqrt(10.0), 10.0]), rel=EXACT)


def test_progress_lifts_models_of_all_sizes_alike() -> None:
    """A model as far from the best size of its day gains what the frontier gains."""
    early, late = (sizes(frontier, np.array([-1.0, 0.0, 0.5]), P) for frontier in (0.5, 2.0))
    assert late.capability - early.capability == pytest.approx(np.full(3, 1.5), rel=EXACT)


@given(frontier=st.floats(-1.0, 4.0), worth=st.floats(0.0, 0.7))
def test_a_cost_that_grows_with_size_has_a_best_size_between_the_extremes(frontier: float, worth: float) -> None:
    """Where a decade of size costs `worth` of capability: `worth` / (2 x 0.4) decades below the best, not at an end."""
    relative = np.linspace(-1.0, 1.0, 2001)
    found = sizes(frontier, relative, P)
    chosen = relative[np.argmax(found.capability - worth * np.log10(found.flop))]
    assert chosen == pytest.approx(-worth / 0.8, abs=0.001)  # the step


FAR_APART = np.array([1.0, -1.05, -4.0])
"""Tiers so far apart (log10, relative to the best size) that none is in another's way."""


def standing(relative: Any) -> Any:
    """Return sizes of tiers relative to the best one of a frontier of 1 as FLOP per token."""
    return 10.0 ** (best_size(1.0, P) + np.asarray(relative))


@pytest.mark.parametrize("tier", range(3))
def test_candidates_span_the_range_of_their_tier_in_equal_ratios(tier: int) -> None:
    low, high = SIZE_RANGES[tier]
    if tier == 0:
        low = max(low, FAR_APART[1] + LEAST_STEP)
    if tier == 2:
        high = min(high, FAR_APART[1] - LEAST_STEP)
    found = candidates(1.0, tier, standing(FAR_APART), P)
    relative = np.log10(found.flop) - best_size(1.0, P)
    assert (relative[0], relative[-1]) == pytest.approx((low, high), rel=EXACT)
    assert np.diff(relative) == pytest.approx(np.full(CANDIDATES - 1, (high - low) / (CANDIDATES - 1)))
    assert found.capability == pytest.approx(1.0 - 0.4 * relative**2, rel=EXACT)


@given(tiers=st.lists(st.floats(-3.0, 1.0), min_size=3, max_size=3))
def test_tiers_stay_in_order_of_size(tiers: list[float]) -> None:
    """Whatever stands: a tier is smaller than the one above by a factor of two, and the flagship larger than it."""
    flop = standing(tiers)
    for tier in (1, 2):
        assert candidates(1.0, tier, flop, P).flop.max() <= flop[tier - 1] * 10.0**-LEAST_STEP * (1.0 + EXACT)
    least = min(flop[1] * 10.0**LEAST_STEP, standing(SIZE_RANGES[0][1]))
    assert candidates(1.0, 0, flop, P).flop.min() >= least * (1.0 - EXACT)


def test_first_models_fall_in_size_and_in_what_they_can_do() -> None:
    """Of a lab's first three models none is larger than the best size: 0.35, 1 and 1.7 decades below it."""
    found = first_sizes(0.5, P)
    assert np.log10(found.flop) - best_size(0.5, P) == pytest.approx([-0.35, -1.0, -1.7], rel=EXACT)
    assert found.capability == pytest.approx(0.5 - 0.4 * np.array([0.1225, 1.0, 2.89]), rel=EXACT)
