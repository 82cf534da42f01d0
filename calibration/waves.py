"""Waves of runs: a design over the prior, then draws from ever sharper posteriors, by an emulator of the runs so far.

The likelihood counts to a rising power (ensemble smoother with multiple data assimilation, Emerick and Reynolds 2013):
no step goes further than the runs at hand let the emulator see.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from calibration.emulator import Emulator, closeness, fit_emulator
from calibration.information import REACH_DECADES, Known
from calibration.member_run import simulate
from calibration.posterior import Sample, sample_posterior
from calibration.space import Space
from calibration.store.jobs import Engine, Failure, Job
from calibration.store.run_store import Result, RunStore, Watch, Work

Floats = NDArray[np.float64]

# Draws beyond the runs of a wave that say where the next one lies.
DRAWS = 200
# Seeds that all points share, each taking some in turn. Were they the same at every point, an emulator would learn what
# is peculiar to them.
POOL = 16


@dataclass(frozen=True)
class Plan:
    """How a calibration spends its runs: those over the prior, waves of every origin and runs of each, and members."""

    first: int = 600
    waves: int = 5
    runs: int = 150
    members: int = 200
    seed: int = 1
    scale: str = "medium"

    def powers(self) -> tuple[float, ...]:
        """Powers of the likelihood after the first wave and each later one: they double up to one."""
        return tuple(2.0 ** (k - self.waves) for k in range(self.waves + 1))


@dataclass(frozen=True)
class Wave:
    """Points z (n, d) and the run of each, with a seed of its own."""

    z: Floats
    runs: tuple[Result, ...]


@dataclass(frozen=True)
class Runs:
    """What is needed to make runs: where they are kept, who makes them, and who watches."""

    store: RunStore
    engine: Engine
    watch: Watch | None = None
    work: Work = simulate
    # Called with the name of each part of the work and how many runs it needs.
    stage: Callable[[str, int], object] = lambda _name, _count: None
    # Called with what is done beside the runs, which may take minutes.
    note: Callable[[str], object] = lambda _text: None

    def ensure(self, jobs: Sequence[Job]) -> list[Result]:
        """Return the result of each job, from the store or made now."""
        return self.store.ensure(jobs, self.engine, self.work, self.watch)

    def make(self, space: Space, z: Floats, plan: Plan, name: str) -> Wave:
        """Run every point, with the seeds of the common pool in turn."""
        overrides = space.overrides(z)
        self.stage(name, len(overrides))
        return Wave(z, tuple(self.ensure([Job(one, i % POOL + 1, plan.scale) for i, one in enumerate(overrides)])))


def prior_design(dimensions: int, points: int, seed: int) -> Floats:
    """A scrambled Sobol sequence in the coordinates of the prior, (points, dimensions)."""
    sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    power = int(np.ceil(np.log2(max(points, 2))))
    uniform = sequence.random_base2(power)[:points]
    return np.asarray(ndtri(np.clip(uniform, 1e-4, 1.0 - 1e-4)), dtype=np.float64)


def training(waves: Sequence[Wave], known: Known) -> tuple[Floats, Floats]:
    """Points z (n, d) whose run did not fail, and their outputs (n, rows)."""
    runs = [run for wave in waves for run in wave.runs]
    good = np.array([not isinstance(run, Failure) for run in runs])
    return np.concatenate([wave.z for wave in waves])[good], outputs_of(known, runs)


def outputs_of(known: Known, runs: Sequence[Result]) -> Floats:
    """Outputs (runs, rows) on the scale of the fit; what is missing counts as off by REACH_DECADES."""
    outputs = known.outputs([run for run in runs if not isinstance(run, Failure)])
    off = REACH_DECADES * np.where(known.sign == 0.0, 1.0, known.sign)
    return np.where(np.isfinite(outputs), outputs, known.centre - off)


def train(waves: Sequence[Wave], known: Known, around: Sample | None = None) -> Emulator:
    """Fit the emulator to all waves, weighted towards a sample where there is one.

    Its variance is that of one run with a seed of its own around the guess.
    """
    z, outputs = training(waves, known)
    weights = None if around is None else closeness(z, around.z.mean(axis=0), around.z.std(axis=0))
    return fit_emulator(z, outputs, weights)


def first_wave(space: Space, plan: Plan, runs: Runs) -> Wave:
    """Run the design over the prior; it depends on no data at all."""
    return runs.make(space, prior_design(len(space), plan.first, plan.seed), plan, "the prior")


def later_waves(space: Space, plan: Plan, known: Known, first: Wave, runs: Runs) -> tuple[list[Wave], Emulator, Sample]:
    """Run the other waves, each where the emulator of those before puts the posterior; all waves, emulator, sample."""
    waves, powers, draws = [first], plan.powers(), max(DRAWS, plan.runs, plan.members)

    def fitted(number: int, around: Sample | None) -> tuple[Emulator, Sample]:
        runs.note(f"{known.origin}: fitting the emulator and sampling the posterior after wave {number + 1}")
        emulator = train(waves, known, around)
        return emulator, sample_posterior(
            emulator, known, draws=draws, seed=plan.seed + number + 1, power=powers[number]
        )

    emulator, sample = fitted(0, None)
    for number in range(1, len(powers)):
        name = f"{known.origin}, wave {number} of {plan.waves}"
        waves.append(runs.make(space, sample.z[: plan.runs], plan, name))
        emulator, sample = fitted(number, sample)
    return waves, emulator, sample
