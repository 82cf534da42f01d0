"""Does the method find parameters that are known? Simulation-based calibration on the market's own runs.

Each replicate takes a run of the first wave, whose parameters are a draw from the prior, as the truth: its outputs plus
a discrepancy and an observation error are the data, and the posterior is sampled with an emulator that never saw
that point. If the method is right, the rank of the true value among the posterior's draws is uniform (Talts et
al. 2018, arXiv 1804.06788). Rows alone are recovered from: signs and shapes are statements about one world, which most
draws from the prior break, and what a truth breaks is no data of it. No run is made for it.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from calibration.csv_table import csv_text
from calibration.emulator import Emulator, fit_emulator
from calibration.information import Known
from calibration.posterior import FREEDOM, TAU_SCALE, sample_posterior
from calibration.space import Space
from calibration.store.jobs import Engine, Failure
from calibration.waves import Wave, training
from model import JevonsError

Floats = NDArray[np.float64]

DRAWS = 99
BINS = 10


@dataclass(frozen=True)
class Recovery:
    """Ranks (replicates, parameters) of the truth among DRAWS posterior draws, 0 to DRAWS, and correlations.

    `correlation` (parameters,): of the posterior means with the truths over replicates: 0 where the data say nothing.
    """

    ranks: NDArray[np.int64]
    correlation: Floats

    def histogram(self) -> NDArray[np.int64]:
        """Counts (parameters, BINS) of ranks."""
        bins = self.ranks * BINS // (DRAWS + 1)
        return np.stack([np.bincount(column, minlength=BINS) for column in bins.T])

    def p_values(self) -> Floats:
        """Probability (parameters,) of ranks at least as uneven as these, were they uniform (chi-squared)."""
        counts = self.histogram()
        expected = len(self.ranks) / BINS
        return np.asarray(chi2.sf(((counts - expected) ** 2 / expected).sum(axis=1), BINS - 1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Replicate:
    """One recovery: an emulator that never saw the truth, the synthetic figures, and the truth's coordinates (d,)."""

    emulator: Emulator
    known: Known
    truth: Floats
    seed: int


def recover_one(job: Replicate) -> tuple[NDArray[np.int64], Floats]:
    """Ranks (d,) of the truth among the posterior's draws, and the posterior's mean (d,)."""
    sample = sample_posterior(job.emulator, job.known, draws=DRAWS, seed=job.seed)
    return (sample.z < job.truth).sum(axis=0), sample.z.mean(axis=0)


def recover(
    space: Space, known: Known, wave: Wave, engine: Engine, *, seed: int = 1, replicates: int = 60, folds: int = 5
) -> Recovery:
    """Recover the parameters of `replicates` runs of the first wave (all of them where there are fewer)."""
    known = replace(known, shapes=())
    z, outputs = training([wave], known)
    generator = np.random.default_rng(seed)
    chosen = generator.permutation(len(z))[: min(replicates, len(z))]
    fold = np.arange(len(z)) % folds
    jobs = []
    for part in range(folds):
        emulator = fit_emulator(z[fold != part], outputs[fold != part])
        jobs += [
            Replicate(emulator, synthetic(known, outputs[i], generator), z[i], int(i))
            for i in chosen
            if fold[i] == part
        ]
    done = {}
    for job, result in engine.map(recover_one, jobs):
        if isinstance(result, Failure):
            raise JevonsError(f"a recovery broke off: {result.error}")
        done[job] = result
    truth = np.array([job.truth for job in jobs])
    means = np.array([done[job][1] for job in jobs])
    correlation = np.array([np.corrcoef(means[:, k], truth[:, k])[0, 1] for k in range(len(space))])
    return Recovery(np.array([done[job][0] for job in jobs]), correlation)


def synthetic(known: Known, outputs: Floats, generator: np.random.Generator) -> Known:
    """A run's outputs (rows,) as figures: with a discrepancy and an observation error, as the likelihood has them."""
    tau = abs(generator.normal(0.0, TAU_SCALE))
    error = np.sqrt(known.sd**2 + tau**2) * generator.standard_t(FREEDOM, len(outputs))
    return _Shifted(known.origin, known.targets, known.shapes, tuple((outputs + error).tolist()))


@dataclass(frozen=True)
class _Shifted(Known):
    """What is known with other disclosed values."""

    values: tuple[float, ...] = ()

    @property
    def centre(self) -> Floats:
        """The synthetic figures."""
        return np.array(self.values)


def recovery_csv(space: Space, found: Recovery) -> str:
    """Return the rank histograms as CSV text, one row a parameter."""
    columns = {"path": space.paths, "correlation_with_truth": found.correlation, "p_uniform": found.p_values()}
    bins = pd.DataFrame(found.histogram(), columns=[f"bin_{i + 1}" for i in range(BINS)])
    table = pd.concat([pd.DataFrame(columns), bins], axis=1)
    return csv_text(table, {"correlation_with_truth": "+.2f", "p_uniform": ".3f"})
