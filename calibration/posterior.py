"""The posterior of the free parameters given what was known: the likelihood, and how far it bears out.

For each row the disclosed value is the model's value plus a structural discrepancy, plus the observation error that the
accepted band states, plus the emulator's error. The discrepancy's scale `tau` (decades) is a member's own, drawn
given its run, so that a structure that cannot reach the figures widens every interval instead of driving parameters
into corners; Student's t lets single rows miss by much without dragging the others along. A bound contributes the
probability that it is kept.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr

from calibration.information import Known

Floats = NDArray[np.float64]

FREEDOM = 5.0
# Scale of the half-normal prior of the structural discrepancy, in decades: a tenth is a quarter either way.
TAU_SCALE = 0.1
# Where tau is looked for, evenly on its logarithm.
TAU_GRID = np.geomspace(0.003, 0.6, 60)
T_CONSTANT = float(gammaln((FREEDOM + 1.0) / 2.0) - gammaln(FREEDOM / 2.0) - 0.5 * np.log(FREEDOM * np.pi))

# Above this k-hat an ensemble's weights cannot be trusted (Vehtari et al. 2024, section 3.2).
LARGEST_K_HAT = 0.7
# Of fewer importance ratios no tail can be fitted.
LEAST_RATIOS = 25


def log_likelihood(known: Known, outputs: Floats, tau: Floats, variance: Floats | float = 0.0) -> Floats:
    """Log likelihood (n,) of outputs (n, rows) with discrepancies tau (n,) and the emulator's variance (rows,)."""
    scale = np.sqrt(known.sd**2 + variance + tau[:, None] ** 2)
    off = (outputs - known.centre) / scale
    rows = T_CONSTANT - np.log(scale) - 0.5 * (FREEDOM + 1.0) * np.log1p(off**2 / FREEDOM)
    bounds = log_ndtr(known.sign * off)
    return np.asarray(np.where(known.sign == 0.0, rows, bounds).sum(axis=1), dtype=np.float64)


def marginal(known: Known, outputs: Floats, variance: Floats | float, draws: Floats) -> tuple[Floats, Floats]:
    """Log likelihood (n,) of outputs (n, rows) with tau integrated out, and a tau (n,) from its posterior given them.

    `draws` (n,) in 0..1 are the quantiles of each tau in its distribution. The integral is a sum over TAU_GRID.
    """
    columns = [
        log_likelihood(known, outputs, np.full(len(outputs), tau), variance) + log_prior_of(tau) for tau in TAU_GRID
    ]
    density = np.stack(columns, axis=1)
    top = density.max(axis=1, keepdims=True)
    share = np.exp(density - top)
    reached = np.cumsum(share, axis=1) / share.sum(axis=1, keepdims=True)
    place = np.minimum((reached < draws[:, None]).sum(axis=1), len(TAU_GRID) - 1)
    return top[:, 0] + np.log(share.sum(axis=1)), TAU_GRID[place]


def log_prior_of(tau: float) -> float:
    """Log prior density of tau: half-normal, stated for its logarithm."""
    return float(-0.5 * (tau / TAU_SCALE) ** 2 + np.log(tau))


def tail_shape(ratio: Floats) -> float | None:
    """Shape k-hat of the tail of importance ratios, of which `ratio` (n,) are the logarithms.

    Above 0.7 the weighted mean of a sample of usual size says little, whatever its effective size (Pareto smoothed
    importance sampling, Vehtari et al. 2024, arXiv 1507.02646). None of fewer than LEAST_RATIOS, or where all equal.
    """
    from arviz_stats.base.array import array_stats

    if len(ratio) < LEAST_RATIOS or not np.isfinite(ratio).all() or np.ptp(ratio) == 0.0:
        return None
    untyped: Any = array_stats
    return float(untyped.psislw(-ratio)[1])  # it takes the logarithms of the ratios' inverses


def effective_size(weight: Floats) -> float:
    """Kish's effective sample size of weights."""
    return float(weight.sum() ** 2 / (weight**2).sum())
