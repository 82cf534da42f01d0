"""The posterior of the free parameters given what was known: priors, likelihood and a sampler.

For each row the disclosed value is the model's value plus a structural discrepancy, plus the observation error that the
accepted band states, plus the emulator's error. The discrepancy's scale `tau` (decades) is not assumed but sampled with
the parameters, so that a structure that cannot reach the figures widens every interval instead of driving parameters
into corners; Student's t lets single rows miss by much without dragging the others along. A bound contributes the
probability that it is kept.

Student's t is a normal with a random scale, and a bound that is kept is a normal figure above it. Given those, prior
and linear emulator make the parameters normal, however many there are, and Gibbs sampling draws them in one step
(Geweke 1993; Albert and Chib 1993). Every draw is the end of a chain of its own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr, ndtr, ndtri

from calibration.emulator import Emulator
from calibration.information import Known

Floats = NDArray[np.float64]

FREEDOM = 5.0
# Scale of the half-normal prior of the structural discrepancy, in decades: a tenth is a quarter either way.
TAU_SCALE = 0.1
# Where tau is looked for, evenly on its logarithm.
TAU_GRID = np.geomspace(0.003, 0.6, 60)
T_CONSTANT = float(gammaln((FREEDOM + 1.0) / 2.0) - gammaln(FREEDOM / 2.0) - 0.5 * np.log(FREEDOM * np.pi))

# Of fewer importance ratios no tail can be fitted.
LEAST_RATIOS = 25
# Steps of each chain: parameters move freely within one, so few are needed.
SWEEPS = 20


@dataclass(frozen=True)
class Sample:
    """Draws from a posterior: coordinates z (n, d) and discrepancy tau (n,)."""

    z: Floats
    tau: Floats


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


def sample_posterior(emulator: Emulator, known: Known, *, draws: int, seed: int, power: float = 1.0) -> Sample:
    """Draw from prior x likelihood^power under the emulator; the same arguments give the same draws.

    A power below one widens the errors of all rows by its root, which flattens the likelihood as a whole.
    """
    random = np.random.default_rng(seed)
    error = emulator.variance / power + known.sd**2 * (1.0 / power - 1.0)  # beside sd^2, which the likelihood adds
    slopes, offset = emulator.slopes, emulator.predict(np.zeros((1, emulator.dimensions)))[0]
    z, tau = random.standard_normal((draws, emulator.dimensions)), np.full(draws, TAU_SCALE)
    inner = slopes.T @ slopes
    for _ in range(SWEEPS):
        guess = offset + z @ slopes
        tau = marginal(known, guess, error, random.uniform(size=draws))[1]
        figure, spread = _completed(known, guess, known.sd**2 + error + tau[:, None] ** 2, random)
        start = random.standard_normal(z.shape)
        gap = figure - offset - start @ slopes - np.sqrt(spread) * random.standard_normal(spread.shape)
        system = inner + spread[:, :, None] * np.eye(len(known.ids))
        z = start + np.linalg.solve(system, gap[:, :, None])[:, :, 0] @ slopes.T
    return Sample(z, tau)


def _completed(known: Known, guess: Floats, variance: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return figures and normal variances (n, rows) that make the likelihood of `guess` a normal one.

    A row keeps its disclosed value and takes a variance from that of its t; a bound takes a figure on its right side.
    """
    off = known.centre - guess
    weight = random.gamma(0.5 * (FREEDOM + 1.0), 2.0 / (FREEDOM + off**2 / variance))
    scale = np.sqrt(variance)
    broken = ndtr(known.sign * off / scale)  # the part of the normal around the guess on the wrong side
    inside = ndtri(np.clip(broken + random.uniform(size=broken.shape) * (1.0 - broken), 1e-12, 1.0 - 1e-12))
    bound = known.sign != 0.0
    kept = guess + known.sign * scale * inside
    return np.where(bound, kept, known.centre), np.where(bound, variance, variance / weight)


def weights_of(true: Floats, guessed: Floats, least_share: float = 0.4) -> tuple[Floats, float]:
    """Importance weights (n,) that take members from the emulator's posterior towards the market's own.

    true, guessed: log likelihoods (n,) of the members' own runs and of the emulator. The weights are the ratio to the
    largest power, one at most, that leaves an effective sample of `least_share` of the members; returned with
    that power. One: the ensemble is exact up to sampling; less: part of the emulator's error remains in it.
    """
    ratio = true - guessed
    ratio = np.where(np.isfinite(ratio), ratio, -np.inf)
    if not np.isfinite(ratio).any():
        raise ValueError("no member has a likelihood")
    ratio = ratio - ratio.max()
    for power in np.linspace(1.0, 0.0, 101)[:-1]:
        weight = np.exp(power * ratio)
        if effective_size(weight) >= least_share * len(weight):
            return weight / weight.sum(), float(power)
    weight = np.where(np.isfinite(ratio), 1.0, 0.0)
    return weight / weight.sum(), 0.0


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
