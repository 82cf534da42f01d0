"""The posterior of the free parameters given what was known: priors, likelihood and an ensemble sampler.

For each row the disclosed value is the model's value plus a structural discrepancy, plus the observation error that the
accepted band states, plus the emulator's error. The discrepancy's scale `tau` (decades) is not assumed but sampled with
the parameters, so that a structure that cannot reach the figures widens every interval instead of driving parameters
into corners; Student's t lets single rows miss by much without dragging the others along. A bound contributes the
probability that it is kept. The sampler is emcee (Foreman-Mackey et al. 2013) with differential-evolution moves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr

from calibration.emulator import Emulator
from calibration.information import Known

Floats = NDArray[np.float64]

FREEDOM = 5.0
# Scale of the half-normal prior of the structural discrepancy, in decades: a tenth is a quarter either way.
TAU_SCALE = 0.1
# Where tau is looked for, evenly on its logarithm.
TAU_GRID = np.geomspace(0.003, 0.6, 60)
T_CONSTANT = float(gammaln((FREEDOM + 1.0) / 2.0) - gammaln(FREEDOM / 2.0) - 0.5 * np.log(FREEDOM * np.pi))


@dataclass(frozen=True)
class Sample:
    """Draws from a posterior: coordinates z (n, d) and discrepancy tau (n,).

    `steps` is the integrated autocorrelation time in steps (the largest over parameters), `acceptance` the share of
    moves that were accepted.
    """

    z: Floats
    tau: Floats
    steps: float
    acceptance: float


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
        log_likelihood(known, outputs, np.full(len(outputs), tau), variance)
        + float(log_prior(np.empty((1, 0)), np.log([tau]))[0])
        for tau in TAU_GRID
    ]
    density = np.stack(columns, axis=1)
    top = density.max(axis=1, keepdims=True)
    share = np.exp(density - top)
    reached = np.cumsum(share, axis=1) / share.sum(axis=1, keepdims=True)
    place = np.minimum((reached < draws[:, None]).sum(axis=1), len(TAU_GRID) - 1)
    return top[:, 0] + np.log(share.sum(axis=1)), TAU_GRID[place]


def log_prior(z: Floats, log_tau: Floats) -> Floats:
    """Log prior density (n,): standard normal coordinates, half-normal tau, stated for its logarithm."""
    return np.asarray(-0.5 * (z**2).sum(axis=1) - 0.5 * (np.exp(log_tau) / TAU_SCALE) ** 2 + log_tau, dtype=np.float64)


def sample_posterior(
    emulator: Emulator, known: Known, *, draws: int, seed: int, power: float = 1.0, steps: int = 3000
) -> Sample:
    """Draw from prior x likelihood^power under the emulator.

    4 (d + 1) walkers start within half the spread of the prior; the first half of the steps is thrown away. The same
    arguments give the same draws.
    """
    import emcee
    from emcee.moves import DEMove, DESnookerMove

    dimensions = emulator.dimensions + 1

    def log_density(position: Floats) -> Floats:
        z, log_tau = position[:, :-1], np.clip(position[:, -1], -9.0, 2.0)
        likelihood = log_likelihood(known, emulator.predict(z), np.exp(log_tau), emulator.variance)
        density = log_prior(z, position[:, -1]) + power * likelihood
        return np.where(np.isfinite(density), density, -np.inf)

    generator = np.random.default_rng(seed)
    walkers = 4 * dimensions
    start = generator.standard_normal((walkers, dimensions)) * 0.5
    start[:, -1] = np.log(TAU_SCALE) + 0.3 * start[:, -1]
    moves = [(DEMove(), 0.8), (DESnookerMove(), 0.2)]
    sampler = emcee.EnsembleSampler(walkers, dimensions, log_density, moves=moves, vectorize=True)
    sampler.random_state = np.random.RandomState(seed).get_state()
    sampler.run_mcmc(start, steps, progress=False)
    chain = np.asarray(sampler.get_chain(discard=steps // 2))
    time = float(np.max(emcee.autocorr.integrated_time(chain, quiet=True, tol=0)))
    flat = chain.reshape(-1, dimensions)
    chosen = flat[generator.choice(len(flat), size=draws, replace=draws > len(flat))]
    return Sample(chosen[:, :-1], np.exp(chosen[:, -1]), time, float(np.mean(sampler.acceptance_fraction)))


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


def effective_size(weight: Floats) -> float:
    """Kish's effective sample size of weights."""
    return float(weight.sum() ** 2 / (weight**2).sum())
