"""Which sizes of model a lab trains for its tiers: quality on a concave frontier against the cost of serving."""

from typing import NamedTuple

import numpy as np

from agents.choice import Floats
from agents.lab_parameters import LabParameters

SIZE_RANGES = ((-1.0, 1.0), (-1.7, -0.4), (-3.0, -1.2))
"""log10 sizes that each tier may have, relative to the best size: flagship, standard, light."""
FIRST_SIZES = (-0.35, -1.0, -1.7)
"""log10 sizes of a lab's first models, relative to the best size."""
CANDIDATES = 15
LEAST_STEP = 0.3
"""Least distance between the sizes of two tiers (log10)."""
ORDER = (0, 1, 2, 0)
"""Tiers in the order in which a lab designs them; the flagship again once the others are known."""


class Sizes(NamedTuple):
    """Sizes of model: FLOP per token relative to GPT-4, and what they can do (log10 E)."""

    flop: Floats
    capability: Floats


def best_size(frontier: float, p: LabParameters) -> float:
    """Return log10 of the size that makes the most of a research frontier (log10 E), relative to GPT-4."""
    return float(np.log10(p.best_size_at_start) + p.size_growth * frontier)


def sizes(frontier: float, relative: Floats, p: LabParameters) -> Sizes:
    """Return models of sizes relative to the best one (log10): capability falls with the square of the distance.

    The frontier is concave: were it a line, the most profitable size would always be the largest or the smallest.
    """
    return Sizes(10.0 ** (best_size(frontier, p) + relative), frontier - p.size_curvature * relative**2)


def candidates(frontier: float, tier: int, flop: Floats, p: LabParameters) -> Sizes:
    """Return the sizes that a lab considers for a tier: smaller than the tier above and larger than the tier below.

    flop: (T,) sizes of all tiers as they stand.
    """
    low, high = SIZE_RANGES[tier]
    standing = np.log10(flop) - best_size(frontier, p)
    if tier > 0:
        high = min(high, float(standing[tier - 1]) - LEAST_STEP)
        low = min(low, high - LEAST_STEP)
    elif len(flop) > 1:
        low = min(max(low, float(standing[1]) + LEAST_STEP), high)
    return sizes(frontier, np.linspace(low, high, CANDIDATES), p)


def first_sizes(frontier: float, p: LabParameters) -> Sizes:
    """Return the sizes of a lab's first models, and of those that are not sold by the token."""
    return sizes(frontier, np.array(FIRST_SIZES), p)
