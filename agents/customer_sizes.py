"""Large customers: how many take more than a threshold, where only the mean of many is simulated."""

import numpy as np
from scipy.special import ndtr

from agents.choice import Floats


def share_above(mean: Floats, threshold: float, spread: Floats | float) -> Floats:
    """Return the share of a lognormal of this mean that lies above a threshold.

    mean: (...) in the threshold's unit; spread: sd of the logarithm, with the same axes; at zero all are alike.
    """
    missing = np.log(threshold / np.maximum(mean, 1e-9)) + 0.5 * np.square(spread)
    return np.where(np.asarray(spread) > 0.0, ndtr(-missing / np.maximum(spread, 1e-9)), missing <= 0.0)
