"""A claim on trial: its arms, what is measured on them, the rule, and how its mechanism is switched off."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from runs.experiments.disclosed_facts import Reading
from runs.experiments.rules import Effect, Measure, Region, read_region
from runs.experiments.shocks import Treatment

CONTROL = "control"
RULES = Path(__file__).with_name("decision_rules.toml")
Q4 = {year: (f"{year}-10-07", f"{year}-12-23") for year in (2023, 2024, 2025, 2026)}
"""First and last day of weeks in the last quarter of a year, without its holidays."""


@dataclass(frozen=True)
class Claim:
    """One causal claim as an experiment that can fail.

    `facts`: targets that give the quantity the claim is about; `figures`: what disclosed figures alone say of it.
    Of `measures`, `deciding` decides, on at most `members` members of the ensemble. `arms` by name change the scenario
    of a pair; the arm "control" is the pair's scenario itself unless it is given. `until`: last day that any measure
    reads, by arm in `ends` where an arm is read less far. `off` switches the mechanism that the claim needs off in
    every arm, the control included: then the experiment must not support it. `depends` says what the verdict depends
    on.
    """

    id: str
    measures: tuple[Measure, ...]
    until: str
    off: Treatment
    depends: str
    arms: Mapping[str, Treatment]
    ends: Mapping[str, str]
    facts: tuple[str, ...] = ()
    figures: tuple[Reading, ...] = ()
    members: int | None = None

    @property
    def deciding(self) -> Measure:
        """The one measure that has regions."""
        (found,) = (measure for measure in self.measures if measure.arms)
        return found

    def end(self, arm: str) -> str:
        """Return the last day that is read of an arm."""
        return self.ends.get(arm, self.until)


def claim(
    name: str,
    effects: Mapping[str, Effect],
    *,
    until: str,
    off: Treatment,
    arms: Mapping[str, Treatment] | None = None,
    ends: Mapping[str, str] | None = None,
) -> Claim:
    """Return a claim: formulas by measure from here, meanings and rules from `decision_rules.toml`.

    Raises ValueError where the two do not name the same measures.
    """
    row = _rules()[name]
    if set(effects) != set(row["measures"]):
        raise ValueError(f"{name}: {RULES.name} and the formulas differ: {set(effects) ^ set(row['measures'])}")
    measures = tuple(
        Measure(key, rule["gloss"], effects[key], *_regions(rule), tuple(rule.get("arms", ())))
        for key, rule in row["measures"].items()
    )
    figures = tuple(
        Reading(one["gloss"], one.get("sum", {}), one.get("ln", {}), one.get("times", 1.0), *_regions(one))
        for one in row.get("figures", ())
    )
    given = measures, until, off, row["depends"], arms or {}, ends or {}
    return Claim(name, *given, tuple(row["facts"]), figures, row.get("members"))


def _regions(row: Mapping[str, Any]) -> tuple[Region | None, Region | None]:
    return read_region(row.get("supported")), read_region(row.get("refuted"))


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))
