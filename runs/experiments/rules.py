"""Decision rules: what is measured on a pair of runs, and which values support or refute. Fixed before any run."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from model import JevonsError
from runs.experiments.run_series import Record

Floats = NDArray[np.float64]
Verdict = Literal["supported", "refuted", "undecided"]
Runs = Mapping[str, Record]
Effect = Callable[[Runs], float]

LOW, HIGH = 0.05, 0.95
INTERVAL = "5% to 95% of the pairs"


@dataclass(frozen=True)
class Region:
    """An open interval of values, or (`inverse`) all values outside it."""

    low: float = -np.inf
    high: float = np.inf
    inverse: bool = False

    def holds(self, low: float, high: float) -> bool:
        """Return whether the whole interval is in the region."""
        if self.inverse:
            return bool(high < self.low or low > self.high)
        return bool(self.low < low and high < self.high)

    def count(self, effects: Floats) -> int:
        """Return how many effects lie in the region; one that is not defined lies in none."""
        inside = (effects > self.low) & (effects < self.high)
        if self.inverse:
            inside = (effects < self.low) | (effects > self.high)
        return int(inside.sum())

    def share(self, effects: Floats) -> float:
        """Return the share of effects that lie in the region."""
        return self.count(effects) / effects.size

    def probability(self, mean: float, sd: float) -> float:
        """Return the probability of the region under a normal distribution."""
        inside = float(ndtr((self.high - mean) / sd) - ndtr((self.low - mean) / sd))
        return 1.0 - inside if self.inverse else inside

    def __str__(self) -> str:
        """Return the region in words."""
        if self.inverse:
            return f"below {self.low:.3g} or above {self.high:.3g}"
        if np.isinf(self.low):
            return f"below {self.high:.3g}"
        return f"above {self.low:.3g}" if np.isinf(self.high) else f"between {self.low:.3g} and {self.high:.3g}"


def above(value: float) -> Region:
    """Return all values above one."""
    return Region(low=value)


def below(value: float) -> Region:
    """Return all values below one."""
    return Region(high=value)


def between(low: float, high: float) -> Region:
    """Return all values between two."""
    return Region(low, high)


def outside(low: float, high: float) -> Region:
    """Return all values that are not between two."""
    return Region(low, high, inverse=True)


def read_region(text: str | None) -> Region | None:
    """Read a region such as "above 0.5" or "outside -ln(5) ln(5)"; None for None. Raises ValueError otherwise."""
    if text is None:
        return None
    kind, *bounds = text.split()
    match kind, [_number(bound) for bound in bounds]:
        case ("above", [float(value)]):
            return above(value)
        case ("below", [float(value)]):
            return below(value)
        case ("between", [float(low), float(high)]):
            return between(low, high)
        case ("outside", [float(low), float(high)]):
            return outside(low, high)
    raise ValueError(f"{text!r} is not a region: write above X, below X, between X Y or outside X Y")


def _number(text: str) -> float | None:
    """Read a number, or the logarithm of one as in "-ln(5)" or "log10(2)"; None for any other text."""
    found = re.fullmatch(r"(-?)(ln|log10|)\(?([\d.]+)\)?", text)
    if found is None:
        return None
    value = float(found[3])
    if found[2]:
        value = math.log(value) if found[2] == "ln" else math.log10(value)
    return -value if found[1] else value


@dataclass(frozen=True)
class Rule:
    """When an effect supports a claim and when it refutes it; `measure` names what it reads.

    The whole interval from 5% to 95% of the pairs must be in the region. Otherwise the effect is undecided, as it is
    where any pair has no effect (NaN). With `supported` None an effect can only refute, with `refuted` None it cannot.
    Raises JevonsError for two intervals that overlap.
    """

    measure: str
    supported: Region | None = None
    refuted: Region | None = None

    def __post_init__(self) -> None:
        """Check that no effect both supports and refutes."""
        both = [one for one in (self.supported, self.refuted) if one is not None and not one.inverse]
        if len(both) == 2 and max(one.low for one in both) < min(one.high for one in both):
            raise JevonsError(f"rule of {self.measure!r}: {self} overlap, so that an effect could be both")

    def decide(self, effects: Sequence[float] | NDArray[np.float64]) -> Verdict:
        """Return the verdict on the effects of all pairs (n,)."""
        values = np.asarray(effects, dtype=np.float64)
        if not len(values) or not np.isfinite(values).all():
            return "undecided"
        low, high = np.quantile(values, [LOW, HIGH]).tolist()
        if self.refuted is not None and self.refuted.holds(low, high):
            return "refuted"
        if self.supported is not None:
            return "supported" if self.supported.holds(low, high) else "undecided"
        return "supported"

    def __str__(self) -> str:
        """Return the rule in words."""
        words = []
        if self.supported is not None:
            words.append(f"supported {self.supported}")
        if self.refuted is not None:
            words.append(f"refuted {self.refuted}")
        return ", ".join(words)


@dataclass(frozen=True)
class Measure:
    """One number of a pair of runs: name, what it means with its unit, how it is computed, and the rule, if any.

    A measure without regions is reported and decides nothing. `arms`: the runs that one with regions reads.
    """

    name: str
    gloss: str
    effect: Effect
    supported: Region | None = None
    refuted: Region | None = None
    arms: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule | None:
        """The decision rule of the measure; None where it decides nothing."""
        if self.supported is None and self.refuted is None:
            return None
        return Rule(self.name, self.supported, self.refuted)

    def of(self, runs: Runs) -> float:
        """Return the effect in one pair; NaN where it is not defined (no tokens, no price, a ratio to no change)."""
        try:
            with np.errstate(all="ignore"):
                value = float(self.effect(runs))
        except ZeroDivisionError:
            return float("nan")
        return value if np.isfinite(value) else float("nan")


@dataclass(frozen=True)
class Finding:
    """A measure over all pairs: its median, the interval, its verdict (None for one that decides nothing)."""

    measure: Measure
    effects: NDArray[np.float64]
    median: float
    low: float
    high: float
    verdict: Verdict | None


def find(measure: Measure, effects: Sequence[float]) -> Finding:
    """Return the finding from the effects of all pairs (n,)."""
    values = np.asarray(effects, dtype=np.float64)
    known = values[np.isfinite(values)]
    low, median, high = np.quantile(known, [LOW, 0.5, HIGH]).tolist() if len(known) else (np.nan, np.nan, np.nan)
    return Finding(measure, values, median, low, high, measure.rule.decide(values) if measure.rule else None)


def interval(finding: Finding) -> str:
    """Return median and interval in short form."""
    if not np.isfinite(finding.median):
        return "not defined"
    return f"{number(finding.median)} [{number(finding.low)}, {number(finding.high)}]"


def number(value: float) -> str:
    """Return a number with three significant digits."""
    return f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def measure_pairs(measures: Sequence[Measure], pairs: Sequence[Runs | None]) -> tuple[Finding, ...]:
    """Return a finding for each measure; a pair without its runs (None) has no effect (NaN)."""
    return tuple(
        find(measure, [np.nan if runs is None else measure.of(runs) for runs in pairs]) for measure in measures
    )
