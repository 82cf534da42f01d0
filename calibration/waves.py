"""Waves of runs: a design over the prior, an emulator, and again where the emulator expects the posterior."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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

# The first wave takes this share of the runs: it also serves the earlier origins and the recovery test.
FIRST_SHARE = 0.5
# Powers of the likelihood that later waves aim at: from the broad to the narrow.
POWERS = (0.3, 1.0)
# Seeds that all points share, each taking some in turn. Were they the same at every point, an emulator would learn what
# is peculiar to them.
POOL = 16


@dataclass(frozen=True)
class Plan:
    """How a calibration spends its runs; `seeds` runs a point."""

    runs: int = 4000
    waves: int = 3
    seeds: int = 2
    members: int = 200
    seed: int = 1
    scale: str = "medium"
    steps: int = 3000

    def points(self) -> tuple[int, ...]:
        """Points of each wave."""
        total = max(self.runs // self.seeds, 16)
        if self.waves == 1:
            return (total,)
        first = round(total * FIRST_SHARE)
        rest = [(total - first) // (self.waves - 1)] * (self.waves - 1)
        return (first, *rest)


@dataclass(frozen=True)
class Wave:
    """Points z (n, d) and, by point, the runs of every seed."""

    z: Floats
    runs: tuple[tuple[Result, ...], ...]


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
        """Run every point with as many seeds as planned, taken from the common pool in turn."""
        overrides = space.overrides(z)
        self.stage(name, len(overrides) * plan.seeds)
        jobs = [
            Job(one, (i * plan.seeds + k) % POOL + 1, plan.scale)
            for i, one in enumerate(overrides)
            for k in range(plan.seeds)
        ]
        results = self.ensure(jobs)
        return Wave(z, tuple(tuple(results[i : i + plan.seeds]) for i in range(0, len(results), plan.seeds)))


def prior_design(dimensions: int, points: int, seed: int) -> Floats:
    """A scrambled Sobol sequence in the coordinates of the prior, (points, dimensions)."""
    sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    power = int(np.ceil(np.log2(max(points, 2))))
    uniform = sequence.random_base2(power)[:points]
    return np.asarray(ndtri(np.clip(uniform, 1e-4, 1.0 - 1e-4)), dtype=np.float64)


def training(waves: Sequence[Wave], known: Known) -> tuple[Floats, Floats, Floats]:
    """Points z (n, d), their mean outputs (n, rows), and the pooled variance between seeds (rows,).

    Points of which a run failed are left out. A number that a run does not give counts as a miss by as much as can be
    told.
    """
    z, means, spreads = [], [], []
    for wave in waves:
        for point, runs in zip(wave.z, wave.runs, strict=True):
            good = [run for run in runs if not isinstance(run, Failure)]
            if len(good) < len(runs):
                continue
            outputs = outputs_of(known, good)
            z.append(point)
            means.append(outputs.mean(axis=0))
            if len(good) > 1:
                spreads.append(outputs.var(axis=0, ddof=1))
    noise = np.mean(spreads, axis=0) if spreads else np.zeros(len(known.ids))
    return np.array(z), np.array(means), np.asarray(noise, dtype=np.float64)


def outputs_of(known: Known, runs: Sequence[Result]) -> Floats:
    """Outputs (runs, rows) on the scale of the fit; what is missing counts as off by REACH_DECADES."""
    outputs = known.outputs([run for run in runs if not isinstance(run, Failure)])
    off = REACH_DECADES * np.where(known.sign == 0.0, 1.0, known.sign)
    return np.where(np.isfinite(outputs), outputs, known.centre - off)


def train(waves: Sequence[Wave], known: Known, around: Sample | None = None) -> Emulator:
    """Fit the emulator to all waves, weighted towards a sample where there is one.

    Its variance is that of one run with a seed of its own around the guess: the leave-one-out error of a point's
    mean and the part of the seeds' variance that the mean averages out.
    """
    z, outputs, noise = training(waves, known)
    weights = None if around is None else closeness(z, around.z.mean(axis=0), around.z.std(axis=0))
    emulator = fit_emulator(z, outputs, weights)
    seeds = len(waves[0].runs[0])
    return replace(emulator, variance=emulator.variance + noise * (1.0 - 1.0 / seeds))


def first_wave(space: Space, plan: Plan, runs: Runs) -> Wave:
    """Run the design over the prior; it depends on no data at all."""
    return runs.make(space, prior_design(len(space), plan.points()[0], plan.seed), plan, "wave 1")


def later_waves(space: Space, plan: Plan, known: Known, first: Wave, runs: Runs) -> tuple[list[Wave], Sample]:
    """Run the other waves, each where the emulator of those before puts the posterior; all waves, the last sample."""
    waves = [first]
    sample = None
    points = plan.points()
    for number in range(1, len(points) + 1):
        power = 1.0 if number == len(points) else float(np.interp(number, (1, max(len(points) - 1, 2)), POWERS))
        runs.note(f"fitting the emulator and sampling the posterior after wave {number}")
        emulator = train(waves, known, sample)
        draws = max(2000, points[min(number, len(points) - 1)])
        sample = sample_posterior(emulator, known, draws=draws, seed=plan.seed + number, power=power, steps=plan.steps)
        if number < len(points):
            waves.append(runs.make(space, sample.z[: points[number]], plan, f"wave {number + 1}"))
    assert sample is not None
    return waves, sample
