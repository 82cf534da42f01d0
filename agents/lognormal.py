"""Lognormal populations: how many are above a threshold, where only the middle of many is simulated."""

import math

import numpy as np
from scipy.special import ndtr

from agents.choice import Floats


def share_above(threshold: Floats | float, median: Floats | float, spread: Floats | float) -> Floats:
    """Return the share of a lognormal that lies above a threshold: of people to whom something is worth its price.

    threshold, median: in one unit; spread: sd of the logarithm, at zero all are alike and those at the threshold count.
    Shapes as NumPy broadcasts them.
    """
    gap = np.log(np.maximum(median, 1e-12)) - np.log(np.maximum(threshold, 1e-12))
    return np.where(np.asarray(spread) > 0.0, ndtr(gap / np.maximum(spread, 1e-9)), gap >= 0.0)


def median_of(mean: Floats, spread: Floats | float) -> Floats:
    """Return the median of a lognormal with this mean; spread: sd of the logarithm."""
    return np.asarray(mean * np.exp(-0.5 * np.square(spread)))


def spread_of_mean(spread: float, many: float) -> float:
    """Return the spread (sd of ln) of the mean of `many` lognormals, each of this spread: Fenton's approximation.

    The mean has the same mean and a variance so many times smaller: s^2 = ln(1 + (exp(spread^2) - 1) / many).
    Source: Fenton (1960), The sum of log-normal probability distributions in scatter transmission systems.
    """
    return math.sqrt(math.log1p(math.expm1(spread * spread) / max(many, 1.0)))
