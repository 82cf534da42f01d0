"""Samplers: points of the unit cube, one row a sample and one column an uncertainty."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runs.sweep.distributions import DesignError
from runs.terminal.missing_extra import missing_extra

Floats = NDArray[np.float64]

# Cells of the grid on which Morris's elementary effects are taken.
MORRIS_LEVELS = 4


def _monte_carlo(count: int, dimensions: int, seed: int) -> Floats:
    return np.random.default_rng(seed).random((count, dimensions))


def _latin_hypercube(count: int, dimensions: int, seed: int) -> Floats:
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(count))


def _sobol(count: int, dimensions: int, seed: int) -> Floats:
    from scipy.stats import qmc

    if dimensions > qmc.Sobol.MAXDIM:
        raise DesignError(
            f"sampler = 'sobol' takes at most {qmc.Sobol.MAXDIM} uncertainties, the design has {dimensions}"
        )
    sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    return np.asarray(sequence.random_base2(int(count - 1).bit_length())[:count])


def _morris(count: int, dimensions: int, seed: int) -> Floats:
    """Draw `count` trajectories: count x (dimensions + 1) rows, from Morris (1991) as SALib has it."""
    from SALib.sample import morris

    return np.asarray(morris.sample(unit_problem(dimensions), count, num_levels=MORRIS_LEVELS, seed=seed))


def _saltelli(count: int, dimensions: int, seed: int) -> Floats:
    """Draw the rows that Sobol indices need: count x (dimensions + 2), from Saltelli et al. (2010) as SALib has it."""
    from SALib.sample import sobol

    if count & (count - 1):
        raise DesignError(
            f"samples = {count}: the sampler 'saltelli' needs a power of two, such as {2 ** count.bit_length()}"
        )
    return np.asarray(sobol.sample(unit_problem(dimensions), count, calc_second_order=False, seed=seed))


SAMPLERS: Mapping[str, Callable[[int, int, int], Floats]] = {
    "latin-hypercube": _latin_hypercube,
    "monte-carlo": _monte_carlo,
    "sobol": _sobol,
    "morris": _morris,
    "saltelli": _saltelli,
}
# Those whose analysis needs the same noise in every row.
STRUCTURED = ("morris", "saltelli")


def unit_problem(dimensions: int) -> dict[str, Any]:
    """Return SALib's description of the unit cube."""
    return {
        "num_vars": dimensions,
        "names": [str(number) for number in range(dimensions)],
        "bounds": [[0.0, 1.0]] * dimensions,
    }


def draw(sampler: str, count: int, dimensions: int, seed: int) -> Floats:
    """Return the points of a sampler (rows, dimensions); the same for the same seed. Raises `DesignError`."""
    try:
        return SAMPLERS[sampler](count, dimensions, seed)
    except ImportError:
        raise DesignError(missing_extra(f"sampler = {sampler!r}", "analysis")) from None
