"""Members weigh on a claim: shares on each side, and the variance split against textbook sums of squares."""

import math

import numpy as np
import pytest

from runs.experiments.rules import Measure, above, below
from runs.experiments.weighing import Weighing, split

MEASURE = Measure("x", "x", lambda _: 0.0, above(1.0), below(0.5), ("control",))


def weighing(*members: tuple[float, ...]) -> Weighing:
    return Weighing(MEASURE, np.array(members))


def by_sums_of_squares(table: list[list[float]]) -> tuple[float, float]:
    """Return variances between and within groups from the analysis-of-variance table, in plain Python."""
    groups, each = len(table), len(table[0])
    grand = math.fsum(math.fsum(row) for row in table) / (groups * each)
    between = within = 0.0
    for row in table:
        mean = math.fsum(row) / each
        between += each * (mean - grand) ** 2
        within += math.fsum((value - mean) ** 2 for value in row)
    mean_between, mean_within = between / (groups - 1), within / (groups * (each - 1))
    return max((mean_between - mean_within) / each, 0.0), mean_within


@pytest.mark.parametrize("seeds", [2, 4])
@pytest.mark.parametrize("spread", [0.0, 0.3, 2.0])
def test_the_split_is_that_of_an_analysis_of_variance(seeds: int, spread: float) -> None:
    random = np.random.default_rng(5)
    table = spread * random.normal(size=(30, 1)) + random.normal(size=(30, seeds))
    found = split(table)
    assert (found.parameters, found.luck) == pytest.approx(by_sums_of_squares(table.tolist()))


def test_the_split_finds_the_variances_that_made_the_runs() -> None:
    random = np.random.default_rng(11)
    table = 2.0 * random.normal(size=(20_000, 1)) + random.normal(size=(20_000, 2))
    found = split(table)
    assert found.parameters == pytest.approx(4.0, rel=0.05)
    assert found.luck == pytest.approx(1.0, rel=0.05)
    assert found.share == pytest.approx(0.8, abs=0.01)


def test_runs_that_are_all_alike_have_no_split_and_one_seed_tells_nothing() -> None:
    assert math.isnan(split(np.ones((5, 2))).share)
    assert math.isnan(split(np.ones((5, 1))).luck)
    assert math.isnan(split(np.ones((1, 2))).luck)


def test_a_member_without_an_effect_in_one_seed_is_left_out_of_the_split() -> None:
    whole = weighing((1.0, 2.0), (4.0, 3.0))
    holed = weighing((1.0, 2.0), (float("nan"), 9.0), (4.0, 3.0))
    assert holed.split == whole.split


def test_shares_count_every_run_and_the_gap_counts_as_neither() -> None:
    found = weighing((2.0, 2.0), (0.7, 0.0), (float("nan"), 3.0))
    assert (found.supports, found.refutes, found.between) == pytest.approx((3 / 6, 1 / 6, 2 / 6))


@pytest.mark.parametrize(
    ("effects", "verdict", "wrong"),
    [
        ([2.0] * 8 + [0.0] * 2, "supported", 0.2),
        ([2.0] * 7 + [0.0] * 3, "undecided", 0.0),
        ([2.0] * 1 + [0.7] + [0.0] * 8, "refuted", 0.1),
        ([0.7] * 10, "undecided", 0.0),
    ],
)
def test_four_of_five_runs_decide_and_the_rest_may_be_wrong(effects: list[float], verdict: str, wrong: float) -> None:
    found = weighing(*((one,) for one in effects))
    assert found.verdict == verdict
    assert found.wrong == pytest.approx(wrong)
