"""What disclosed figures say of a claim: whether they settle it by themselves, and which of them the model misses."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from calibration.ensemble import Ensemble, read_ensemble, weighted_quantile
from calibration.information import BAND_SD, off_scale, on_scale, sd_of
from calibration.posterior import FREEDOM
from calibration.shipped import ENSEMBLE
from calibration.targets import Target, load_targets
from runs.experiments.rules import HIGH, LOW, Region, Verdict

# Draws of discrepancy and observation error a member.
DRAWS = 200
# A figure settles its part of a claim where so much of what it may be, given its band, lies on one side.
SETTLED = 0.95


@dataclass(frozen=True)
class Reading:
    """A number read off disclosed figures, and what supports or refutes.

    The sum of multiples of rows (`total`), or of their logarithms (`ln`) and the logarithm of `times`.
    """

    gloss: str
    total: Mapping[str, float]
    ln: Mapping[str, float]
    times: float
    supported: Region | None
    refuted: Region | None

    def of(self, targets: Mapping[str, Target]) -> tuple[float, float]:
        """Return value and standard deviation: bands are central 90% intervals of independent normal errors."""
        value = sum(k * targets[name].value for name, k in self.total.items()) + math.log(self.times)
        value += sum(k * math.log(targets[name].value) for name, k in self.ln.items())
        sds = [k * (targets[name].high - targets[name].low) / BAND_SD for name, k in self.total.items()]
        sds += [k * math.log(targets[name].high / targets[name].low) / BAND_SD for name, k in self.ln.items()]
        return value, math.hypot(*sds)


@dataclass(frozen=True)
class Settled:
    """What figures alone say: the verdict, the probability of the other side, and the readings in words."""

    verdict: Verdict
    wrong: float
    words: str


@dataclass(frozen=True)
class Fact:
    """A disclosed figure beside what the members predict for it: 5%, 50% and 95%, in the row's unit."""

    target: Target
    low: float
    median: float
    high: float

    @property
    def missed(self) -> bool:
        """Whether the figure lies outside the central 90% of what the members predict, or they give no number."""
        return not self.low <= self.target.value <= self.high

    def __str__(self) -> str:
        """Return the figure and the interval in words."""
        one = self.target
        name = " ".join(part for part in (one.observable, one.entity, one.segment) if part not in ("market", "all"))
        what = f"{one.id} ({name}, {one.window})"
        return f"{what} is {one.value:.3g}, the members give {self.median:.3g} [{self.low:.3g}, {self.high:.3g}]"


@cache
def rows() -> Mapping[str, Target]:
    """Return the disclosed figures by id."""
    return {target.id: target for target in load_targets()}


@cache
def fitted(file: Path = ENSEMBLE) -> Ensemble | None:
    """Return the ensemble that claims are tried on; None where there is none."""
    return read_ensemble(file) if file.is_file() else None


def fit_scale(other: str) -> str:
    """Return the scale at which the members' own outputs were made; `other` without an ensemble."""
    ensemble = fitted()
    return other if ensemble is None else str(ensemble.provenance["scale"])


def settle(readings: Sequence[Reading], targets: Mapping[str, Target]) -> Settled | None:
    """Return what figures alone say: supported where all readings support, refuted where one refutes, else None.

    The probability of the other side is, of a refuted claim, that of the support by the reading that refutes; of a
    supported one, that some reading refutes, at most the sum.
    """
    supports, refutes = [], []
    for one in readings:
        value, sd = one.of(targets)
        sides = [0.0 if side is None else side.probability(value, sd) for side in (one.supported, one.refuted)]
        supports.append(sides[0])
        refutes.append(sides[1])
    words = described(readings, targets)
    if any(share >= SETTLED for share in refutes):
        wrong = min(yes for yes, no in zip(supports, refutes, strict=True) if no >= SETTLED)
        return Settled("refuted", wrong, words)
    if supports and all(share >= SETTLED for share in supports):
        return Settled("supported", min(sum(refutes), 1.0), words)
    return None


def described(readings: Sequence[Reading], targets: Mapping[str, Target]) -> str:
    """Return readings in words, each with its value and half the width of its 90% interval."""
    found = [(one.gloss, *one.of(targets)) for one in readings]
    return "; ".join(f"{gloss}: {value:.3g} +- {BAND_SD / 2.0 * sd:.2g}" for gloss, value, sd in found)


def predicted(target: Target, ensemble: Ensemble) -> Fact:
    """Return a disclosed figure beside the members' prediction.

    Each member's own output, plus Student's t of its discrepancy tau and the figure's observation error; a share ends
    at one. Both are fixed draws, so that the answer is the same every time. A figure that the members were not asked
    for has no prediction (NaN).
    """
    if target.id not in ensemble.ids:
        return Fact(target, np.nan, np.nan, np.nan)
    values = np.array([on_scale(target, value) for value in ensemble.output(target.id).tolist()])
    there = np.isfinite(values)
    values, tau, weight = values[there], ensemble.tau[there], ensemble.weight[there]
    random, shape = np.random.default_rng(20260630), (len(values), DRAWS)
    noise = tau[:, None] * random.standard_t(FREEDOM, shape) + sd_of(target) * random.standard_normal(shape)
    draws = values[:, None] + noise
    if target.unit == "share":
        draws = np.minimum(draws, on_scale(target, 1.0))
    found = weighted_quantile(draws.ravel(), np.repeat(weight, DRAWS), [LOW, 0.5, HIGH])
    low, median, high = off_scale(target, np.asarray(found)).tolist()
    return Fact(target, low, median, high)
