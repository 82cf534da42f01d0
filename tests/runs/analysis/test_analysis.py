"""Sensitivity finds what matters and how much, discovery finds the region, on functions whose answers are known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from runs.analysis.discovery import discover, read_condition
from runs.analysis.points import AnalysisError, Points
from runs.analysis.sensitivity import partial_rank_correlation, sensitivity
from runs.analysis.tables import find_region
from runs.sweep.samplers import draw

NAMES = ("a", "b", "c")


class Stub:
    """As much of a sweep's results as an analysis asks for: which sampler drew what."""

    def __init__(self, sampler: str, samples: int) -> None:
        uncertainties: dict[str, Any] = {name: {} for name in NAMES}
        document = {"sampler": sampler, "samples": samples, "seed": 3, "uncertainties": uncertainties, "ensemble": None}
        self.record = type("Record", (), {"document": document})()
        self.unit = draw(sampler, samples, len(NAMES), 3)


def explain(sampler: str, samples: int, function: Any, lost: int = 0) -> pd.DataFrame:
    stub: Any = Stub(sampler, samples)
    found = function(stub.unit)
    found[:lost] = np.nan
    points = Points(NAMES, stub.unit, {("y", "baseline"): found}, ("baseline",))
    return sensitivity(stub, points, "y", "baseline")


def value(frame: pd.DataFrame, parameter: str, measure: str) -> float:
    return float(frame[(frame["parameter"] == parameter) & (frame["measure"] == measure)]["value"].iloc[0])


@pytest.mark.parametrize("lost", [0, 1])
def test_sobol_indices_are_the_shares_of_variance_of_an_additive_function(lost: int) -> None:
    pytest.importorskip("SALib")
    frame = explain("saltelli", 512, lambda u: 4.0 * u[:, 0] + 2.0 * u[:, 1], lost)
    for parameter, share in (("a", 0.8), ("b", 0.2), ("c", 0.0)):
        assert value(frame, parameter, "S1") == pytest.approx(share, abs=0.06)
        assert value(frame, parameter, "ST") == pytest.approx(share, abs=0.06)
    assert list(dict.fromkeys(frame["parameter"])) == ["a", "b", "c"]
    leading = frame[frame["measure"] == "ST"]
    assert ((leading["low"] <= leading["value"]) & (leading["value"] <= leading["high"])).all()


def test_an_interaction_shows_in_the_total_index_alone() -> None:
    pytest.importorskip("SALib")
    frame = explain("saltelli", 512, lambda u: (u[:, 0] - 0.5) * (u[:, 1] - 0.5))
    assert value(frame, "a", "S1") == pytest.approx(0.0, abs=0.15)
    assert value(frame, "a", "ST") == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("lost", [0, 5])
def test_elementary_effects_are_the_slopes_of_a_linear_function(lost: int) -> None:
    pytest.importorskip("SALib")
    frame = explain("morris", 20, lambda u: 3.0 * u[:, 0] - 7.0 * u[:, 1] + u[:, 2], lost)
    assert list(dict.fromkeys(frame["parameter"])) == ["b", "a", "c"]
    for parameter, slope in (("a", 3.0), ("b", 7.0), ("c", 1.0)):
        assert value(frame, parameter, "mu_star") == pytest.approx(slope)
        assert value(frame, parameter, "sigma") == pytest.approx(0.0, abs=1e-9)


def test_partial_rank_correlation_holds_the_others_fixed() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 3))
    x[:, 1] += 2.0 * x[:, 0]
    found = partial_rank_correlation(x, np.exp(x[:, 0]) + 0.0 * x[:, 1])
    assert found[0] > 0.95
    assert abs(found[1]) < 0.06, "it goes along with the first, but does nothing by itself"
    assert abs(found[2]) < 0.06


def test_a_latin_hypercube_is_read_by_rank_with_intervals_that_hold_zero_for_what_does_nothing() -> None:
    frame = explain("latin-hypercube", 200, lambda u: np.exp(3.0 * u[:, 0]) - u[:, 1]).set_index("parameter")
    assert frame.index[0] == "a"
    low, high = frame["low"].to_dict(), frame["high"].to_dict()
    assert low["a"] > 0.9
    assert high["b"] < 0.0
    assert low["c"] < 0.0 < high["c"]


def test_an_outcome_that_is_always_the_same_or_too_few_samples_are_refused() -> None:
    with pytest.raises(AnalysisError, match="is the same in every finished run"):
        explain("latin-hypercube", 50, lambda u: 0.0 * u[:, 0])
    with pytest.raises(AnalysisError, match="at least 7"):
        explain("latin-hypercube", 6, lambda u: u[:, 0])


def test_discovery_finds_the_box_that_holds_the_cases() -> None:
    unit = draw("sobol", 1024, 5, 1)
    cases = (unit[:, 1] > 0.7) & (unit[:, 3] < 0.4)
    box = discover(list("abcde"), unit, cases)
    assert set(box.limits) == {"b", "d"}
    (low, upper, _), (lower, high, _) = box.limits["b"], box.limits["d"]
    assert upper == np.inf
    assert lower == -np.inf
    assert low == pytest.approx(0.7, abs=0.04)
    assert high == pytest.approx(0.4, abs=0.04)
    assert box.coverage > 0.9
    assert box.density > 0.9
    assert box.mass == pytest.approx(0.12, abs=0.02)
    assert max(limit.chance for limit in box.limits.values()) < 1e-6


def test_discovery_sets_no_limit_where_cases_fall_by_luck() -> None:
    unit = draw("sobol", 256, 3, 1)
    cases = np.random.default_rng(2).random(256) < 0.3
    box = discover(NAMES, unit, cases)
    assert all(limit.chance <= 0.05 for limit in box.limits.values())
    assert box.density < 0.6


def test_discovery_needs_cases_and_others() -> None:
    unit = draw("sobol", 64, 3, 1)
    for cases in (np.zeros(64, dtype=bool), np.ones(64, dtype=bool)):
        with pytest.raises(AnalysisError, match="another threshold"):
            discover(NAMES, unit, cases)
    with pytest.raises(AnalysisError, match="at least 20"):
        discover(NAMES, unit[:10], np.arange(10) > 4)


@pytest.mark.parametrize(("text", "share"), [("y > -1", "every one"), ("y < -1", "none")])
def test_a_threshold_that_splits_nothing_is_answered_with_one_that_does(text: str, share: str) -> None:
    unit = draw("sobol", 64, 3, 1)
    points = Points(NAMES, unit, {("y", "baseline"): unit[:, 0]}, ("baseline",))
    with pytest.raises(AnalysisError, match=f"{share} of 64 samples") as refused:
        find_region(points, "baseline", text, ["y"])
    better = str(refused.value).rsplit("'", 2)[1]
    assert find_region(points, "baseline", better, ["y"]).coverage > 0.9


@pytest.mark.parametrize(("text", "words"), [("y", "not a condition"), ("z > 1", "no such outcome"), ("y > x", "'x'")])
def test_a_condition_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(AnalysisError, match=words):
        read_condition(text, ["y"])
