"""Shares of a lognormal population above a threshold, and its median from its mean."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy.special import ndtri

from agents.lognormal import median_of, share_above, spread_of_mean

PHI = NormalDist().cdf


def test_half_of_people_are_above_the_median_and_a_sixth_a_spread_higher() -> None:
    found = share_above(np.array([10.0, 10.0 * np.exp(0.5), 1e9]), 10.0, 0.5)
    assert found == pytest.approx([0.5, 1.0 - PHI(1.0), 0.0], rel=1e-9, abs=1e-12)


def test_nobody_is_above_a_threshold_whose_median_is_zero() -> None:
    assert share_above(np.array([1.0]), 0.0, 1.0) == pytest.approx([0.0], abs=1e-12)


def test_without_spread_all_are_alike_and_those_at_the_threshold_count() -> None:
    mean = np.array([2.0, 2.5, 3.0])
    assert share_above(2.5, median_of(mean, 0.0), 0.0).tolist() == [0.0, 1.0, 1.0]


def test_the_median_is_that_of_many_with_the_given_mean() -> None:
    """A hundred thousand people at equally likely quantiles, of spread 0.8 around the median."""
    many = median_of(np.array(5.0), 0.8) * np.exp(0.8 * ndtri((np.arange(100_000) + 0.5) / 100_000))
    assert many.mean() == pytest.approx(5.0, rel=1e-3)
    assert (many > 7.0).mean() == pytest.approx(float(share_above(7.0, median_of(np.array(5.0), 0.8), 0.8)), abs=2e-5)


def test_the_mean_of_many_has_the_variance_of_one_over_their_number() -> None:
    """Spread sqrt(ln 4): a variance of 3 squared means. That of three is 1: sqrt(ln 2); that of one stays."""
    assert spread_of_mean(math.sqrt(math.log(4.0)), 3.0) == pytest.approx(math.sqrt(math.log(2.0)), rel=1e-12)
    assert spread_of_mean(2.5, 1.0) == pytest.approx(2.5, rel=1e-12)
    assert spread_of_mean(0.0, 7.0) == 0.0
    drawn = np.random.default_rng(1).lognormal(0.0, 0.5, (20_000, 10)).mean(axis=1)
    assert np.log(drawn).std() == pytest.approx(spread_of_mean(0.5, 10.0), rel=5 / np.sqrt(2 * 20_000))
