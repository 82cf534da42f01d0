"""Scenario discovery: which region of the uncertainties leads to an outcome beyond a threshold.

The patient rule induction method (PRIM; Friedman and Fisher 1999, for scenarios Bryant and Lempert 2010): a box over
all samples is peeled, a twentieth of its samples at a time, from the side that leaves the largest share of cases.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Box:
    """A region: `limits` by parameter (low, high; None for no limit), and how well it finds the cases.

    `coverage` is the share of all cases inside, `density` the share of cases among the samples inside, `mass` the share
    of samples inside; `chance` by parameter is the probability that its limit restricts by luck alone.
    """

    limits: dict[str, tuple[float | None, float | None]]
    coverage: float
    density: float
    mass: float
    chance: dict[str, float]


def discover(names: Sequence[str], values: Floats, cases: Bools) -> Box:
    """Return the box with the best balance of coverage and density (their harmonic mean): values (samples, k).

    Raises `AnalysisError` where there are no cases, nothing but cases, or fewer than 20 samples.
    """
    if len(cases) < 2 * FEWEST:
        raise AnalysisError(f"{len(cases)} finished samples: scenario discovery needs at least {2 * FEWEST}")
    if not cases.any() or cases.all():
        share = "none" if not cases.any() else "every one"
        raise AnalysisError(f"{share} of {len(cases)} samples is a case: choose another threshold")
    low, high = np.full(values.shape[1], -np.inf), np.full(values.shape[1], np.inf)
    best = (low.copy(), high.copy())
    score = _balance(_inside(values, low, high), cases)
    while _peel(values, cases, low, high):
        balance = _balance(_inside(values, low, high), cases)
        if balance > score:
            best, score = (low.copy(), high.copy()), balance
    return _describe(names, values, cases, *_without_luck(values, cases, *best))


def _inside(values: Floats, low: Floats, high: Floats) -> Bools:
    return np.asarray(((values >= low) & (values <= high)).all(axis=1))


def _balance(inside: Bools, cases: Bools) -> float:
    hits = float((inside & cases).sum())
    return 2.0 * hits / float(inside.sum() + cases.sum())


def _peel(values: Floats, cases: Bools, low: Floats, high: Floats) -> bool:
    """Take the best slice off the box, in place; whether there was one to take."""
    inside = _inside(values, low, high)
    best: tuple[float, int, float, bool] | None = None
    for column in range(values.shape[1]):
        there = values[inside, column]
        for upper in (False, True):
            edge = float(np.quantile(there, 1.0 - PEEL if upper else PEEL, method="lower" if upper else "higher"))
            kept = inside & ((values[:, column] <= edge) if upper else (values[:, column] >= edge))
            if FEWEST <= kept.sum() < inside.sum():
                density = float(cases[kept].mean())
                if best is None or density > best[0]:
                    best = (density, column, edge, upper)
    if best is None:
        return False
    (high if best[3] else low)[best[1]] = best[2]
    return True


def _chance(values: Floats, cases: Bools, low: Floats, high: Floats, column: int) -> float:
    """Return the probability of as many cases in the box, were they as frequent as in the box without this limit."""
    from scipy.stats import binom

    free_low, free_high = low.copy(), high.copy()
    free_low[column], free_high[column] = -np.inf, np.inf
    inside, wider = _inside(values, low, high), _inside(values, free_low, free_high)
    return float(binom.sf((inside & cases).sum() - 1, inside.sum(), cases[wider].mean()))


def _without_luck(values: Floats, cases: Bools, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Lift limits, the least significant first, until every one left restricts by more than luck."""
    while True:
        bound = [i for i in range(len(low)) if np.isfinite(low[i]) or np.isfinite(high[i])]
        chances = {i: _chance(values, cases, low, high, i) for i in bound}
        weakest = max(chances, key=lambda i: chances[i], default=None)
        if weakest is None or chances[weakest] <= SIGNIFICANT:
            return low, high
        low[weakest], high[weakest] = -np.inf, np.inf


def _describe(names: Sequence[str], values: Floats, cases: Bools, low: Floats, high: Floats) -> Box:
    inside = _inside(values, low, high)
    bound = [i for i in range(len(low)) if math.isfinite(low[i]) or math.isfinite(high[i])]
    chance = {i: _chance(values, cases, low, high, i) for i in bound}
    ordered = sorted(bound, key=lambda i: chance[i])
    limits = {
        names[i]: (
            float(low[i]) if math.isfinite(low[i]) else None,
            float(high[i]) if math.isfinite(high[i]) else None,
        )
        for i in ordered
    }
    hits = float((inside & cases).sum())
    return Box(
        limits,
        hits / float(cases.sum()),
        hits / float(inside.sum()),
        float(inside.mean()),
        {names[i]: chance[i] for i in ordered},
    )


@dataclass(frozen=True)
class Condition:
    """Which samples are cases: an outcome above (or below) a threshold."""

    outcome: str
    above: bool
    threshold: float

    def of(self, found: Floats) -> Bools:
        """Return which values (samples,) are cases."""
        return np.asarray(found > self.threshold if self.above else found < self.threshold)

    def __str__(self) -> str:
        return f"{self.outcome} {'>' if self.above else '<'} {self.threshold:g}"


def read_condition(text: str, outcomes: Sequence[str]) -> Condition:
    """Read "outcome > number" or "outcome < number"; raises `AnalysisError`."""
    for sign in (">", "<"):
        name, found, number = (part.strip() for part in text.partition(sign))
        if found:
            if name not in outcomes:
                raise AnalysisError(f"{text!r}: no such outcome; {nearest(name, outcomes)}")
            try:
                return Condition(name, sign == ">", float(number))
            except ValueError:
                raise AnalysisError(f"{text!r}: {number!r} is not a number") from None
    raise AnalysisError(f"{text!r} is not a condition such as '{outcomes[0]} > 0.1'")
