"""How members of the ensemble weigh on a claim: shares of their runs on each side, and what makes runs differ."""

from dataclasses import dataclass

import numpy as np

from runs.experiments.rules import HIGH, LOW, Floats, Measure, Verdict, number

# A claim is decided where this share of the runs lies on one side.
DECIDED = 0.8


@dataclass(frozen=True)
class Split:
    """The variance of an effect over runs, split into that between members (parameters) and within (luck)."""

    parameters: float
    luck: float

    @property
    def share(self) -> float:
        """The parameters' part; NaN where no run differs from another."""
        total = self.parameters + self.luck
        return self.parameters / total if total > 0.0 else float("nan")


@dataclass(frozen=True)
class Weighing:
    """A claim weighed on the effects of its runs (members, seeds); NaN where an effect is not defined."""

    measure: Measure
    effects: Floats

    @property
    def supports(self) -> float:
        """The share of the runs that support the claim."""
        return self.measure.supported.share(self.effects) if self.measure.supported is not None else 0.0

    @property
    def refutes(self) -> float:
        """The share of the runs that refute the claim."""
        return self.measure.refuted.share(self.effects) if self.measure.refuted is not None else 0.0

    @property
    def between(self) -> float:
        """The share of the runs that do neither: too small an effect to matter, or none that is defined."""
        return max(1.0 - self.supports - self.refutes, 0.0)

    @property
    def verdict(self) -> Verdict:
        """The side on which at least DECIDED of the runs lie."""
        if self.supports >= DECIDED:
            return "supported"
        return "refuted" if self.refutes >= DECIDED else "undecided"

    @property
    def wrong(self) -> float:
        """The probability of the other side; zero where nothing is decided."""
        return {"supported": self.refutes, "refuted": self.supports, "undecided": 0.0}[self.verdict]

    @property
    def split(self) -> Split:
        """The variance split of the members whose effects are defined for every seed."""
        return split(self.effects[np.isfinite(self.effects).all(axis=1)])

    def __str__(self) -> str:
        """Return median and 90% interval over runs in short form."""
        known = self.effects[np.isfinite(self.effects)]
        if not len(known):
            return "not defined"
        low, median, high = np.quantile(known, [LOW, 0.5, HIGH]).tolist()
        return f"{number(median)} [{number(low)}, {number(high)}]"


def split(effects: Floats) -> Split:
    """Split the variance of effects (members, seeds) by a one-way random-effects analysis of variance.

    Luck is the mean variance within members; parameters, what the variance of members' means exceeds luck's part of it
    by, at least zero. NaN with fewer than two members or seeds.
    """
    members, seeds = effects.shape
    if members < 2 or seeds < 2:
        return Split(float("nan"), float("nan"))
    luck = float(effects.var(axis=1, ddof=1).mean())
    means = float(effects.mean(axis=1).var(ddof=1))
    return Split(max(means - luck / seeds, 0.0), luck)
