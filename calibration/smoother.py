"""An iterative ensemble smoother: each member is moved to where its own run meets the figures.

Randomised maximum likelihood (Chen and Oliver 2013, "Levenberg-Marquardt forms of the iterative ensemble smoother"):
member i begins at a draw z0 from the prior and has disclosed figures d of its own, to which errors are added as the
likelihood has them. It looks for the least

    |z - z0|^2 / 2 + sum over rows of loss((g(z) - d) / s),    s^2 = sd^2 + TAU^2,

where g is its own run with its own seed and the loss is that of Student's t. A step is Gauss and Newton's, with slopes
J of an emulator fitted to all runs so far; the emulator's error counts less from step to step:

    z* = z0 + J (J' J + V)^-1 (d - g(z) - J' (z0 - z)).

In a linear market with normal errors one step gives draws from the posterior. A move that does not lower a member's sum
is dropped, and the member's next step is half as long. Figures come one origin after another: members begin where the
last origin left them, with the same prior draw and the same errors, so nothing that became known later moves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from calibration.emulator import Emulator, fit_emulator
from calibration.information import Known
from calibration.posterior import FREEDOM
from calibration.screening import Moving
from calibration.space import Space
from calibration.store.jobs import Failure
from calibration.store.run_store import Result
from calibration.waves import Plan, Runs, Wave, outputs_of, prior_design, training

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Standard deviation of the structural discrepancy that members allow for while they move, in decades.
TAU = 0.08
# Share of the emulator's error that counts in the first steps after the prior, and in all later ones.
DOUBT, LEAST_DOUBT = (0.5, 0.25), 0.1
# Beyond this many standard deviations of the prior no member is moved.
REACH = 3.5
# By how much a member's next step is longer after one that helped (a whole one at most), and shorter after another.
LONGER, SHORTER = 1.5, 0.5
# The smallest spread of an output, in decades, that says which runs are near.
LEAST_SPREAD = 0.05


@dataclass(frozen=True)
class Members:
    """Members on their way: draws from the prior, coordinates now (n, d), seeds (n,), runs, and lengths of steps (n,).

    Coordinates are those of the parameters that move. `moves` counts the steps so far.
    """

    start: Floats
    z: Floats
    seeds: Integers
    runs: tuple[Result, ...]
    step: Floats
    moves: int = 0

    def __len__(self) -> int:
        """How many there are."""
        return len(self.z)


@dataclass(frozen=True)
class Fit:
    """What stays the same from origin to origin: parameters, which of them move, the plan, and how runs are made."""

    space: Space
    moving: Moving
    plan: Plan
    runs: Runs

    def make(self, z: Floats, seeds: Integers, name: str) -> Wave:
        """Run points z (n, d) of the parameters that move."""
        return Wave(z, self.runs.make(self.space, self.moving.full(z), seeds, self.plan, name).runs)


def begin(fit: Fit) -> Members:
    """Members at draws from the prior."""
    start = prior_design(len(fit.moving), fit.plan.members, fit.plan.seed)
    seeds = np.arange(1001, 1001 + len(start))
    return Members(start, start, seeds, fit.make(start, seeds, "members at the prior").runs, np.ones(len(start)))


def assimilate(members: Members, past: list[Wave], known: Known, fit: Fit, steps: int) -> tuple[Members, Emulator]:
    """Move members to what is known, in so many steps; the members and the last emulator.

    `past` has the runs so far, which the emulator learns from; those made here are added.
    """
    figures, spread = perturbed(known, fit.plan)
    members = replace(members, step=np.ones(len(members)))
    emulator = _train(past, members, known)
    for number in range(steps):
        outputs = _outputs(members, known)
        outputs = np.where(np.isfinite(outputs), outputs, emulator.predict(members.z))
        doubt = DOUBT[members.moves] if members.moves < len(DOUBT) else LEAST_DOUBT
        goal = aim(members.z, members.start, outputs, emulator.slopes, known.sign, figures, spread,
                   doubt * emulator.variance)  # fmt: skip
        tried = np.clip(members.z + members.step[:, None] * (goal - members.z), -REACH, REACH)
        past.append(fit.make(tried, members.seeds, f"{known.origin}, step {number + 1} of {steps}"))
        members = _better(members, tried, past[-1].runs, known, figures, spread)
        emulator = _train(past, members, known)
    return members, emulator


def perturbed(known: Known, plan: Plan) -> tuple[Floats, Floats]:
    """Each member's figures (n, rows) and the standard deviations (rows,) of their errors.

    A row has a stream of its own, so a member's error of a figure is the same at every origin. A bound has none.
    """
    spread = np.sqrt(known.sd**2 + TAU**2)
    streams = [np.random.default_rng([plan.seed, crc32(name.encode())]) for name in known.ids]
    errors = np.stack([stream.standard_normal(plan.members) for stream in streams], axis=1)
    return known.centre + np.where(known.sign == 0.0, spread * errors, 0.0), spread


def losses(z: Floats, start: Floats, outputs: Floats, known: Known, figures: Floats, spread: Floats) -> Floats:
    """Sums (n,) that members lower: distance from their prior draw and misfit; infinite where there is no run."""
    off = (outputs - figures) / spread
    rows = 0.5 * (FREEDOM + 1.0) * np.log1p(off**2 / FREEDOM)
    bounds = 0.5 * np.minimum(known.sign * off, 0.0) ** 2
    total = 0.5 * ((z - start) ** 2).sum(axis=1) + np.where(known.sign == 0.0, rows, bounds).sum(axis=1)
    return np.asarray(np.where(np.isfinite(total), total, np.inf), dtype=np.float64)


def aim(
    z: Floats, start: Floats, outputs: Floats, slopes: Floats, sign: Floats, figures: Floats, spread: Floats,
    doubt: Floats,
) -> Floats:  # fmt: skip
    """Where a whole step leads members at z (n, d) that began at `start` and give `outputs` (n, rows): (n, d).

    slopes (d, rows); figures (n, rows) with errors of `spread` (rows,) and, beside it, the variance `doubt` (rows,);
    sign (rows,) is 0 for a row. A bound that is kept pulls at nobody.
    """
    off = (outputs - figures) / spread
    # Student's t is a normal whose variance grows with the miss (iteratively reweighted least squares).
    wide = np.where(sign == 0.0, (FREEDOM + off**2) / (FREEDOM + 1.0), 1.0)
    variance = spread**2 * wide + doubt
    gap = figures - outputs - (start - z) @ slopes
    pulls = (sign == 0.0) | (sign * off < 0.0)
    inner, found = slopes.T @ slopes, start.copy()
    for i, rows in enumerate(pulls):
        system = inner[np.ix_(rows, rows)] + np.diag(variance[i, rows])
        found[i] += slopes[:, rows] @ np.linalg.solve(system, gap[i, rows])
    return found


def _better(
    members: Members, tried: Floats, made: Sequence[Result], known: Known, figures: Floats, spread: Floats
) -> Members:
    """Return the members with those moves that lowered their sums."""
    new = replace(members, z=tried, runs=tuple(made))
    before, after = (losses(one.z, one.start, _outputs(one, known), known, figures, spread) for one in (members, new))
    took = after < before
    return replace(
        members,
        z=np.where(took[:, None], tried, members.z),
        runs=tuple(b if won else a for a, b, won in zip(members.runs, made, took, strict=True)),
        step=np.where(took, np.minimum(members.step * LONGER, 1.0), members.step * SHORTER),
        moves=members.moves + 1,
    )


def _outputs(members: Members, known: Known) -> Floats:
    """Outputs (n, rows) of the members' own runs; NaN where a run failed."""
    good = np.array([not isinstance(run, Failure) for run in members.runs])
    outputs = np.full((len(members), len(known.ids)), np.nan)
    outputs[good] = outputs_of(known, members.runs)
    return outputs


def _train(past: Sequence[Wave], members: Members, known: Known) -> Emulator:
    """Fit the emulator to all runs, those more that lie near the members in what they are expected to give.

    The weights depend on the place of a run and never on what it gave, so that the fit stays unbiased.
    """
    z, outputs = training(past, known)
    rough = fit_emulator(z, outputs)
    if members.moves == 0:
        return rough
    here = rough.predict(members.z)
    off = (rough.predict(z) - np.median(here, axis=0)) / np.maximum(here.std(axis=0), LEAST_SPREAD)
    return fit_emulator(z, outputs, 1.0 / (1.0 + 0.5 * np.mean(off**2, axis=1)) ** 2)
