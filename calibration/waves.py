"""How a calibration spends its runs, and how they are made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from calibration.information import REACH_DECADES, Known
from calibration.member_run import simulate
from calibration.space import Space
from calibration.store.jobs import Engine, Failure, Job
from calibration.store.run_store import Result, RunStore, Watch, Work

Floats = NDArray[np.float64]

# Seeds that the runs over the prior share, each taking some in turn.
POOL = 16


def _silent(*_said: object) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Plan:
    """How a calibration spends its runs.

    first: runs over the prior of every parameter, which choose those that move. moving: how many move. second: runs
    over the prior of those alone. members: how many members the ensembles have. steps, last_steps: how often every
    member is moved at each origin, and at the last. replicates: how many truths the method is checked on.
    """

    first: int = 800
    moving: int = 150
    second: int = 1000
    members: int = 200
    steps: int = 2
    last_steps: int = 6
    replicates: int = 100
    seed: int = 1
    scale: str = "medium"


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
    stage: Callable[[str, int], object] = _silent
    # Called with what is done beside the runs, which may take minutes.
    note: Callable[[str], object] = _silent

    def ensure(self, jobs: Sequence[Job]) -> list[Result]:
        """Return the result of each job, from the store or made now."""
        return self.store.ensure(jobs, self.engine, self.work, self.watch)

    def make(self, space: Space, z: Floats, seeds: NDArray[np.int64], plan: Plan, name: str) -> Wave:
        """Run every point with its seed."""
        overrides = space.overrides(z)
        self.stage(name, len(overrides))
        jobs = [Job(one, seed, plan.scale) for one, seed in zip(overrides, seeds.tolist(), strict=True)]
        return Wave(z, tuple(self.ensure(jobs)))


def prior_design(dimensions: int, points: int, seed: int) -> Floats:
    """A scrambled Sobol sequence in the coordinates of the prior, (points, dimensions)."""
    sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    power = int(np.ceil(np.log2(max(points, 2))))
    uniform = sequence.random_base2(power)[:points]
    return np.asarray(ndtri(np.clip(uniform, 1e-4, 1.0 - 1e-4)), dtype=np.float64)


def training(waves: Sequence[Wave], known: Known) -> tuple[Floats, Floats]:
    """Points z (n, d) whose run did not fail, and their outputs (n, rows)."""
    runs = [run for wave in waves for run in wave.runs]
    good = np.array([not isinstance(run, Failure) for run in runs], dtype=bool)
    return np.concatenate([wave.z for wave in waves])[good], outputs_of(known, runs)


def outputs_of(known: Known, runs: Sequence[Result]) -> Floats:
    """Outputs (runs, rows) on the scale of the fit; what is missing counts as off by REACH_DECADES."""
    outputs = known.outputs([run for run in runs if not isinstance(run, Failure)])
    off = REACH_DECADES * np.where(known.sign == 0.0, 1.0, known.sign)
    return np.where(np.isfinite(outputs), outputs, known.centre - off)
