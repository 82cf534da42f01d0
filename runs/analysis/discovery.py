"""Scenario discovery: which region of the uncertainties leads to an outcome beyond a threshold.

The patient rule induction method (PRIM; Friedman and Fisher 1999, for scenarios Bryant and Lempert 2010): a box over
all samples is peeled, a twentieth of its samples at a time, from the side that leaves the largest share of cases.
"""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model import nearest
from runs.analysis.points import AnalysisError, Floats

PEEL = 0.05
# A box with fewer samples than this says little.
FEWEST = 10
# A limit is dropped where as high a share of cases has more than this chance without it.
SIGNIFICANT = 0.05

Bools = NDArray[np.bool_]


class Limit(NamedTuple):
    """The range of one parameter (infinite where it is open), and the probability that it restricts by luck alone."""

    low: float
    high: float
    chance: float

    def __str__(self) -> str:
        if np.isfinite(self.low) and np.isfinite(self.high):
            return f"from {self.low:.4g} to {self.high:.4g}"
        return f"at least {self.low:.4g}" if np.isfinite(self.low) else f"at most {self.high:.4g}"


@dataclass(frozen=True)
class Box:
    """A region: `limits` by parameter, the least by luck first, and how well it finds the cases.

    `coverage` is the share of all cases inside, `density` the share of cases among the samples inside, `mass` the share
    of samples inside.
    """

    limits: dict[str, Limit]
    coverage: float
    density: float
    mass: float


def discover(names: Sequence[str], values: Floats, cases: Bools) -> Box:
    """Return the box with the best balance of coverage and density (their harmonic mean): values (samples, k).

    Raises `AnalysisError` where no sample or every sample is a case, or for fewer than 20 samples.
    """
    if len(cases) < 2 * FEWEST:
        raise AnalysisError(f"{len(cases)} finished samples: scenario discovery needs at least {2 * FEWEST}")
    if not cases.any() or cases.all():
        share = "none" if not cases.any() else "every one"
        raise AnalysisError(f"{share} of {len(cases)} samples is a case: choose another threshold")
    k = values.shape[1]
    peeled: list[Floats] = [np.stack([np.full(k, -np.inf), np.full(k, np.inf)])]
    while (smaller := _peel(values, cases, peeled[-1])) is not None:
        peeled.append(smaller)
    box = max(peeled, key=lambda one: _balance(_inside(values, one), cases))
    chances = _chances(values, cases, box)
    while chances and max(chances.values()) > SIGNIFICANT:  # lift the limit that is most likely luck
        box[:, max(chances, key=chances.__getitem__)] = -np.inf, np.inf
        chances = _chances(values, cases, box)
    inside = _inside(values, box)
    ordered = sorted(chances, key=chances.__getitem__)
    limits = {names[i]: Limit(float(box[0, i]), float(box[1, i]), chances[i]) for i in ordered}
    hits = float((inside & cases).sum())
    return Box(limits, hits / float(cases.sum()), hits / float(inside.sum()), float(inside.mean()))


def _inside(values: Floats, box: Floats) -> Bools:
    """Return which samples lie in a box: low and high by parameter (2, k)."""
    return np.asarray(((values >= box[0]) & (values <= box[1])).all(axis=1))


def _balance(inside: Bools, cases: Bools) -> float:
    return 2.0 * float((inside & cases).sum()) / float(inside.sum() + cases.sum())


def _peel(values: Floats, cases: Bools, box: Floats) -> Floats | None:
    """Return the box without its best slice, None where no slice can be taken."""
    inside = _inside(values, box)
    best, best_density = None, -1.0
    for column in range(values.shape[1]):
        for side in (0, 1):
            smaller = box.copy()
            smaller[side, column] = np.quantile(
                values[inside, column], (PEEL, 1.0 - PEEL)[side], method="lower" if side else "higher"
            )
            kept = _inside(values, smaller)
            if FEWEST <= kept.sum() < inside.sum() and cases[kept].mean() > best_density:
                best, best_density = smaller, float(cases[kept].mean())
    return best


def _chances(values: Floats, cases: Bools, box: Floats) -> dict[int, float]:
    """Return for each limited column how probable as many cases in the box are, without that limit's help."""
    from scipy.stats import binom

    inside, chances = _inside(values, box), {}
    for column in np.flatnonzero(np.isfinite(box).any(axis=0)).tolist():
        wider = box.copy()
        wider[:, column] = -np.inf, np.inf
        share = cases[_inside(values, wider)].mean()
        chances[column] = float(binom.sf((inside & cases).sum() - 1, inside.sum(), share))
    return chances


@dataclass(frozen=True)
class Condition:
    """Which samples are cases: an outcome above (">") or below ("<") a threshold."""

    outcome: str
    sign: str
    threshold: float

    def of(self, found: Floats) -> Bools:
        """Return which values (samples,) are cases."""
        return np.asarray(found > self.threshold if self.sign == ">" else found < self.threshold)

    def __str__(self) -> str:
        return f"{self.outcome} {self.sign} {self.threshold:g}"


def read_condition(text: str, outcomes: Sequence[str]) -> Condition:
    """Read "outcome > number" or "outcome < number"; raises `AnalysisError`."""
    parts = re.fullmatch(r"\s*(.*?)\s*([<>])\s*(.*?)\s*", text)
    if parts is None:
        raise AnalysisError(f"{text!r} is not a condition such as '{outcomes[0]} > 0.1'")
    name, sign, number = parts.groups()
    if name not in outcomes:
        raise AnalysisError(f"{text!r}: no such outcome; {nearest(name, outcomes)}")
    with contextlib.suppress(ValueError):
        if np.isfinite(threshold := float(number)):
            return Condition(name, sign, threshold)
    raise AnalysisError(f"{text!r}: {number!r} is not a finite number")
