"""A market in one line: every figure moves with the parameters by known exponents, and with the seed by a little."""

import dataclasses
import functools
import math
import pickle
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np

from calibration.calibrate import calibrate, write_calibration
from calibration.shapes import load_shapes
from calibration.space import Space, candidates
from calibration.store.jobs import Job
from calibration.store.run_store import RunStore
from calibration.targets import Target, load_targets
from calibration.waves import Plan, Runs
from runs.engines.engine import SerialEngine

NAMES = ("demand.steepness", "demand.value_slope", "labs.research_weight", "labs.release_step", "consumers.population")
TARGETS, SHAPES = load_targets(), load_shapes()
PLAN = Plan(first=60, moving=5, second=20, members=40, steps=2, last_steps=2, replicates=2)


@functools.cache
def space() -> Space:
    known = {one.path: one for one in candidates()}
    return Space(tuple(known[name] for name in NAMES))


def work(job: Job) -> Mapping[str, float]:
    middles = {one.path: one.middle for one in space().free}
    moves = [math.log(value) - middles[path] for path, value in job.overrides]
    found = {}
    for i, target in enumerate(TARGETS):
        exponent = sum(0.3 * math.sin(1.0 + i * (j + 1)) * move for j, move in enumerate(moves))
        jitter = 0.01 * np.random.default_rng([job.seed, i]).standard_normal()
        found[target.id] = target.value * 10.0 ** (exponent + jitter)
    return found | {shape.id: shape.bound + shape.sign * shape.tolerance + 0.1 * moves[0] for shape in SHAPES}


def runs(store: RunStore) -> Runs:
    return Runs(store, SerialEngine(), work=work)


def poisoned(targets: tuple[Target, ...], origin: date) -> tuple[Target, ...]:
    """The same rows, absurd wherever they were published after the origin."""
    return tuple(
        dataclasses.replace(t, value=1e30, low=1e-30, high=1e40) if t.published > origin else t for t in targets
    )


def fit(folder: Path) -> None:
    """Calibrate the toy in a folder: its `runs`, the Calibration in `found.pickle`, and the files of `posterior`."""
    found = calibrate(space(), PLAN, TARGETS, SHAPES, runs(RunStore(folder / "runs")))
    write_calibration(found, TARGETS, folder / "posterior", SerialEngine())
    (folder / "found.pickle").write_bytes(pickle.dumps(found))
