"""What a claim on trial is: its arms, what is measured on them, the rule, and how its mechanism is switched off."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runs.experiments.rules import Measure
from runs.experiments.shocks import Treatment

CONTROL = "control"
Q4 = {year: (f"{year}-10-07", f"{year}-12-23") for year in (2023, 2024, 2025, 2026)}
"""First and last day of weeks in the last quarter of a year, without its holidays."""


@dataclass(frozen=True)
class Claim:
    """One causal claim as an experiment that can fail.

    `arms` by name change the scenario of a pair; the arm "control" is the pair's scenario itself unless it is given.
    `until`: last day that any measure reads, by arm in `ends` where an arm is read less far. A claim is supported where
    every measure with a rule supports it, refuted where one refutes it. `off` switches the mechanism that the claim
    needs off in every arm, the control included: then the experiment must not support it. `depends` says what the
    verdict hangs on.
    """

    id: str
    measures: tuple[Measure, ...]
    until: str
    off: Treatment
    depends: str
    arms: Mapping[str, Treatment] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)

    def end(self, arm: str) -> str:
        """Return the last day that is read of an arm."""
        return self.ends.get(arm, self.until)
