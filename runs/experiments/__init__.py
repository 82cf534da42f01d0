"""Experiments: paired runs of a control and treatments, decision rules fixed beforehand, and the claims on trial.

from runs.experiments import BudgetCut, Experiment, Outcome, Rule, above, below, run_experiment

cut = Experiment(
    control=None,
    treatment=BudgetCut("2026-01-05", 0.3),
    outcomes=(Outcome("tokens", "tokens_served", start="2026-01-05", end="2026-12-28"),),
    decision=Rule("tokens", supported=above(-0.3567), refuted=below(-0.3567)),
)
print(run_experiment(cut, pairs=20))
"""

from runs.experiments.experiment import Experiment, run_experiment
from runs.experiments.rules import Measure, Region, Rule, Verdict, above, below, between, outside
from runs.experiments.shocks import (
    BudgetCut,
    CapacityStep,
    Change,
    ChipEmbargo,
    EfficiencyJump,
    Hold,
    Like,
    PriceCut,
    ReleaseJump,
    Set,
    Treatment,
    both,
)
from runs.sweep.outcomes import Outcome

__all__ = [
    "BudgetCut",
    "CapacityStep",
    "Change",
    "ChipEmbargo",
    "EfficiencyJump",
    "Experiment",
    "Hold",
    "Like",
    "Measure",
    "Outcome",
    "PriceCut",
    "Region",
    "ReleaseJump",
    "Rule",
    "Set",
    "Treatment",
    "Verdict",
    "above",
    "below",
    "between",
    "both",
    "outside",
    "run_experiment",
]
