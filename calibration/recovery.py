"""Does the method find what is known? Simulation-based calibration on the market's own runs.

Each replicate takes the run of a member at the prior as the truth: what it gave for the rows that were public in the
middle of the data, plus a discrepancy and an observation error, are the figures. Members are moved to them by an
emulator that never saw that run. If the method is right, the rank of the truth among the members is uniform (Talts et
al. 2018, arXiv 1804.06788), for its parameters and for the rows that became public later. No run is made for it.
Signs and shapes are left out: they are statements about one world, which most draws from the prior break.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from calibration.csv_table import csv_text
from calibration.emulator import Emulator, fit_emulator
from calibration.information import Known
from calibration.posterior import FREEDOM
from calibration.smoother import TAU, Fit, Members, aim
from calibration.store.jobs import Engine, Failure
from calibration.waves import Wave, training
from model import JevonsError

Floats = NDArray[np.float64]

# Members of each replicate: ranks are 0 to DRAWS.
DRAWS = 99
BINS = 10
# Parts of the runs: each is left out of the emulator that its own truths are judged with.
FOLDS = 5
# Steps of the members, which differ only in the weights of Student's t.
STEPS = 4


@dataclass(frozen=True)
class Recovery:
    """What was recovered: names, and ranks (replicates, names) of the truth among DRAWS members, 0 to DRAWS.

    `correlation` (names,): of the members' means with the truths over replicates: 0 where the figures say nothing.
    """

    names: tuple[str, ...]
    ranks: NDArray[np.int64]
    correlation: Floats

    def histogram(self) -> NDArray[np.int64]:
        """Counts (names, BINS) of ranks."""
        bins = self.ranks * BINS // (DRAWS + 1)
        return np.stack([np.bincount(column, minlength=BINS) for column in bins.T])

    def p_values(self) -> Floats:
        """Probability (names,) of ranks at least as uneven as these, were they uniform (chi-squared)."""
        counts = self.histogram()
        expected = len(self.ranks) / BINS
        return np.asarray(chi2.sf(((counts - expected) ** 2 / expected).sum(axis=1), BINS - 1), dtype=np.float64)

    def coverage(self, share: float = 0.9) -> Floats:
        """Share (names,) of truths inside the central interval that holds `share` of the members."""
        cut = 0.5 * (1.0 - share) * (DRAWS + 1)
        return np.asarray(((self.ranks >= cut) & (self.ranks < DRAWS + 1 - cut)).mean(axis=0), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Replicate:
    """One recovery: an emulator of all rows that never saw the truth, what is known and the truth, with its outputs.

    The first rows of the emulator are those that are known, the others are forecast.
    """

    emulator: Emulator
    known: Known
    truth: Floats
    outputs: Floats
    seed: int


def recover_one(job: Replicate) -> tuple[NDArray[np.int64], Floats]:
    """Ranks of the truth among the members, parameters first and then forecast rows, and the members' means."""
    random, rows = np.random.default_rng(job.seed), len(job.known.ids)
    fitted = job.emulator.of_rows(slice(0, rows))
    spread = np.sqrt(job.known.sd**2 + TAU**2 + fitted.variance)
    # The truth's run has an emulator's error already: what is disclosed is off it by discrepancy and observation alone.
    miss = np.sqrt(job.known.sd**2 + TAU**2) * random.standard_t(FREEDOM, rows)
    synthetic = job.outputs[:rows] + np.where(job.known.sign == 0.0, miss, 0.0)
    start = random.standard_normal((DRAWS, len(job.truth)))
    figures = synthetic + spread * random.standard_normal((DRAWS, rows))
    z = start
    for _ in range(STEPS):
        z = aim(z, start, fitted.predict(z), fitted.slopes, job.known.sign, figures, spread, 0.0 * spread)
    ahead = job.emulator.of_rows(slice(rows, None))
    forecast = ahead.predict(z) + np.sqrt(ahead.variance) * random.standard_normal((DRAWS, len(ahead.variance)))
    found, truth = np.hstack([z, forecast]), np.concatenate([job.truth, job.outputs[rows:]])
    return (found < truth).sum(axis=0), found.mean(axis=0)


def recover(fit: Fit, first: Wave, members: Members, known: Known, ahead: Known, engine: Engine) -> Recovery:
    """Recover `plan.replicates` members at the prior from what they gave for `known`, and forecast the rows of `ahead`.

    `first` are other runs over the prior of the parameters that move, which the emulators learn from too. Raises
    JevonsError where a recovery breaks off.
    """
    known, ahead = (replace(one, shapes=()) for one in (known, ahead))
    both = replace(known, targets=known.targets + ahead.targets)
    prior = Wave(members.start, members.runs)
    z, outputs = training([prior], both)
    more_z, more = training([first], both)
    fold = np.arange(len(z)) % FOLDS
    emulators = [
        fit_emulator(np.vstack([z[fold != part], more_z]), np.vstack([outputs[fold != part], more]))
        for part in range(FOLDS)
    ]
    jobs = [
        Replicate(emulators[fold[i]], known, z[i], outputs[i], int(i)) for i in range(min(fit.plan.replicates, len(z)))
    ]
    done = {}
    for job, result in engine.map(recover_one, jobs):
        if isinstance(result, Failure):
            raise JevonsError(f"a recovery broke off: {result.error}")
        done[job.seed] = result
    truth = np.array([np.concatenate([job.truth, job.outputs[len(known.ids) :]]) for job in jobs])
    means = np.array([done[job.seed][1] for job in jobs])
    correlation = np.array([_correlation(means[:, k], truth[:, k]) for k in range(truth.shape[1])])
    names = (*(fit.space.paths[i] for i in fit.moving.places), *ahead.ids)
    return Recovery(names, np.array([done[job.seed][0] for job in jobs]), correlation)


def _correlation(one: Floats, other: Floats) -> float:
    """Return the correlation of two columns, zero where one of them is constant."""
    return float(np.corrcoef(one, other)[0, 1]) if np.ptp(one) > 0.0 and np.ptp(other) > 0.0 else 0.0


def recovery_csv(found: Recovery) -> str:
    """Return the rank histograms as CSV text, one row a parameter or forecast row."""
    columns = {
        "name": found.names,
        "correlation_with_truth": found.correlation,
        "p_uniform": found.p_values(),
        "covered_by_90": found.coverage(),
    }
    bins = pd.DataFrame(found.histogram(), columns=[f"bin_{i + 1}" for i in range(BINS)])
    table = pd.concat([pd.DataFrame(columns), bins], axis=1)
    return csv_text(table, {"correlation_with_truth": "+.2f", "p_uniform": ".3f", "covered_by_90": ".2f"})
