"""Outcomes pair by pair: what a scenario or lever changes against the baseline of the same draw and seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from runs.analysis.points import Floats, lever_words, policy_labels
from runs.sweep.results import Results
from runs.terminal.short_numbers import bare, short, with_unit

# A difference is clear where at least this share of the pairs lies on one side, of at least so many pairs.
ONE_SIDE = 0.95
FEWEST_PAIRS = 10
INTERVAL = (0.05, 0.5, 0.95)
BASELINE = "baseline"
RULE = (
    f"A difference is clear where at least {ONE_SIDE:.0%} of at least {FEWEST_PAIRS} pairs lie on the same side of "
    "zero, and undecided otherwise."
)


@dataclass(frozen=True)
class Found:
    """Outcomes of a sweep by policy and name, each (runs,), NaN for a run without one; entry i is the same pair in all.

    `policies` are labels in the order of the design; the others are compared with `base`; `units` are by outcome.
    """

    policies: tuple[str, ...]
    base: str
    values: Mapping[str, Mapping[str, Floats]]
    units: Mapping[str, str]

    @property
    def others(self) -> tuple[str, ...]:
        """The policies that are compared with `base`."""
        return tuple(label for label in self.policies if label != self.base)


def read_found(results: Results) -> Found:
    """Return the outcomes of a sweep; the base is the first policy of the scenario "baseline", else the first."""
    labels, table = short_labels(results), results.runs
    values = {
        label: {name: table.loc[table["policy"] == number, name].to_numpy(np.float64) for name in results.outcomes}
        for number, label in enumerate(labels)
    }
    scenarios = [policy["scenario"] for policy in results.record.document["policies"]]
    base = scenarios.index(BASELINE) if BASELINE in scenarios else 0
    series = {name[:3]: name[3] for name in results.series}
    units = {
        outcome.name: "ratio" if outcome.statistic == "growth"
        else series.get((outcome.observable, outcome.entity, outcome.segment), "")
        for outcome in results.record.outcomes
    }  # fmt: skip
    return Found(labels, labels[base], values, units)


def short_labels(results: Results) -> tuple[str, ...]:
    """Return a short label for each policy, without the scenario and the groups of levers where all have the same.

    Full labels where short ones would not be unique.
    """
    full = policy_labels(results)
    policies = results.record.document["policies"]
    paths = list(policies[0]["levers"])
    names = [path.rpartition(".")[2] for path in paths]
    if not paths or len(set(names)) < len(names) or len({policy["scenario"] for policy in policies}) > 1:
        return full
    return tuple(lever_words(dict(zip(names, policy["levers"].values(), strict=True))) for policy in policies)


@dataclass(frozen=True)
class Effect:
    """What a policy changes in an outcome, over pairs: median, 90% interval, and how many pairs went up and down.

    `relative` differences are shares of the base's value (0.1: a tenth more); others are in the outcome's unit.
    `size` is the distance of the medians' ratio from one, on a log scale, by which effects of all units are ordered.
    """

    outcome: str
    policy: str
    unit: str
    relative: bool
    low: float
    median: float
    high: float
    pairs: int
    up: int
    down: int
    size: float

    @property
    def same(self) -> bool:
        """Whether no pair differs."""
        return not self.up and not self.down

    @property
    def verdict(self) -> str:
        """Say how the pairs decide, by `RULE`."""
        if self.same:
            return "the same in every pair"
        if self.pairs < FEWEST_PAIRS:
            return f"undecided ({self.pairs} pairs are too few)"
        if max(self.up, self.down) >= ONE_SIDE * self.pairs:
            return "clearly higher" if self.up > self.down else "clearly lower"
        return "undecided"

    @property
    def decided(self) -> bool:
        """Whether the verdict is clear."""
        return self.verdict.startswith("clearly")

    @property
    def sides(self) -> str:
        """Say how many pairs lie on the side where more of them are."""
        if self.same:
            return f"no difference in {self.pairs} pairs"
        side, count = ("higher", self.up) if self.up >= self.down else ("lower", self.down)
        return f"{side} in {count} of {self.pairs} pairs"

    @property
    def middle(self) -> str:
        """The median difference in words."""
        return self._words(self.median)

    @property
    def interval(self) -> str:
        """The 90% interval in words."""
        return f"{self._words(self.low)} to {self._words(self.high)}"

    def _words(self, value: float) -> str:
        sign = "+" if value > 0.0 else "-" if value < 0.0 else ""
        if self.relative and self.high > 1.0:  # beyond a doubling, factors are read more easily
            return f"x{short(1.0 + value)}"
        if self.relative:
            return f"{sign}{short(100.0 * abs(value), 2)}%"
        if self.unit == "share":
            return f"{sign}{short(100.0 * abs(value), 2)} points"
        return f"{sign}{with_unit(abs(value), self.unit)}"


def effect(found: Found, outcome: str, policy: str) -> Effect | None:
    """Return what `policy` changes in `outcome`; None where no pair is finished."""
    base, mine = found.values[found.base][outcome], found.values[policy][outcome]
    both = np.isfinite(base) & np.isfinite(mine)
    base, mine = base[both], mine[both]
    if not len(base):
        return None
    unit = found.units[outcome]
    relative = unit != "share" and bool((base > 0.0).all())
    difference = mine / base - 1.0 if relative else mine - base
    low, median, high = np.quantile(difference, INTERVAL).tolist()
    up, down = int((mine > base).sum()), int((mine < base).sum())
    return Effect(
        outcome, policy, unit, relative, low, median, high, len(base), up, down, _size(base, difference, unit)
    )


def _size(base: Floats, difference: Floats, unit: str) -> float:
    """Return the change of the base's median by the median difference, as a log ratio (a total loss as 1/100)."""
    middle, change = float(np.median(base)), float(np.median(difference))
    if unit == "share" or (base <= 0.0).any():
        change = change / abs(middle) if middle else float(np.sign(change))
    return float(abs(np.log(max(1.0 + change, 0.01))))


def effects(found: Found) -> list[Effect]:
    """Return every effect of every policy, those that are clear first, the largest first."""
    every = [effect(found, outcome, policy) for policy in found.others for outcome in found.units]
    return sorted((one for one in every if one is not None), key=lambda one: (not one.decided, -one.size))


def quantile_words(values: Floats, unit: str) -> tuple[str, str]:
    """Return the median and the 90% interval over runs in words."""
    kept = values[np.isfinite(values)]
    if not len(kept):
        return "-", "-"
    return middle_and_range(np.quantile(kept, INTERVAL).tolist(), unit)


def middle_and_range(quantiles: Sequence[float], unit: str) -> tuple[str, str]:
    """Return the middle one of three quantiles with its unit, and the outer ones without."""
    low, middle, high = quantiles
    return with_unit(middle, unit), f"{bare(low, unit)} to {bare(high, unit)}"
