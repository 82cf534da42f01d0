"""A claim on trial: its arms, what is measured on them, the rule, and how its mechanism is switched off."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from runs.experiments.rules import Effect, Measure, read_region
from runs.experiments.shocks import Treatment

CONTROL = "control"
RULES = Path(__file__).with_name("decision_rules.toml")
Q4 = {year: (f"{year}-10-07", f"{year}-12-23") for year in (2023, 2024, 2025, 2026)}
"""First and last day of weeks in the last quarter of a year, without its holidays."""


@dataclass(frozen=True)
class Claim:
    """One causal claim as an experiment that can fail.

    `arms` by name change the scenario of a pair; the arm "control" is the pair's scenario itself unless it is given.
    `until`: last day that any measure reads, by arm in `ends` where an arm is read less far. A claim is supported where
    every measure with a rule supports it, refuted where one refutes it. `off` switches the mechanism that the claim
    needs off in every arm, the control included: then the experiment must not support it. `depends` says what the
    verdict depends on.
    """

    id: str
    measures: tuple[Measure, ...]
    until: str
    off: Treatment
    depends: str
    arms: Mapping[str, Treatment]
    ends: Mapping[str, str]

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
        Measure(key, rule["gloss"], effects[key], *(read_region(rule.get(side)) for side in ("supported", "refuted")))
        for key, rule in row["measures"].items()
    )
    return Claim(name, measures, until, off, row["depends"], arms or {}, ends or {})


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))
