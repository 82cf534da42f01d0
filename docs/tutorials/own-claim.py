# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A claim of your own on trial
#
# *"If OpenAI halved what it charges for tokens, it would earn more from them, because volume would more than double."* Is that so, in this market?
#
# A trial has an order that matters. First you write down what would support the claim and what would refute it. Then you run. The forty shipped claims keep
# this order, with [stricter steps](../claims.md).
#
# ## 1. The measure and the rule, before any run
#
# The measure is ln(revenue with the cut / revenue without), for OpenAI's metered tokens, in the second half year after the cut. Above zero, it earns more.
# A change of less than 5% would interest nobody, so the rule leaves a gap.

# %%
from runs.experiments.rules import Rule, above, below
from runs.sweep.outcomes import Outcome

revenue = Outcome("revenue", "revenue", "openai", "api", start="2025-07-07", end="2025-12-29")
volume = Outcome("tokens", "tokens_served", "openai", "api", start="2025-07-07", end="2025-12-29")
rule = Rule("revenue", supported=above(0.05), refuted=below(-0.05))
print(rule)

# %% [markdown]
# ## 2. The treatment
#
# `lab.openai.price_factor` is what the lab charges over its list price. A treatment changes a scenario from a date on.

# %%
from runs.experiments.shocks import both, changed, fixed

cut = changed("2025-01-06", {"lab.openai.price_factor": 0.5})

# %% [markdown]
# ## 3. Run pairs
#
# In a pair, both runs have the same seed and the parameters of one member of the shipped ensemble. They differ by the treatment alone. Six pairs keep this page quick;
# a verdict needs 20 or more. `folder` keeps the runs, so that a second call costs nothing.

# %%
from pathlib import Path

from runs.engines.choose_engine import open_engine
from runs.experiments.experiment import Experiment, run_experiment

trial = Experiment(control=None, treatment=cut, outcomes=(revenue, volume), decision=rule)
with open_engine("processes", None) as engine:
    findings = run_experiment(trial, pairs=6, folder=Path("trial"), engine=engine)

# %%
for finding in findings:
    print(
        f"{finding.measure.name:8} {finding.median:+.2f} [{finding.low:+.2f}, {finding.high:+.2f}]  {finding.verdict or ''}"
    )

# %% [markdown]
# The brackets hold the interval from 5% to 95% of the pairs. The verdict is *supported* or *refuted* only where the whole interval is on one side of the rule, else *undecided*.
#
# ## 4. Could it have failed?
#
# A test that cannot fail shows nothing. Switch the mechanism off that the claim needs: without rebound, customers do not run more when tokens get cheaper. Half the price should then bring
# about half the revenue, which is ln 0.5 = -0.69.

# %%
no_rebound = fixed({"mechanisms.rebound": False})
control = Experiment(control=no_rebound, treatment=both(no_rebound, cut), outcomes=(revenue, volume), decision=rule)
with open_engine("processes", None) as engine:
    for finding in run_experiment(control, pairs=6, folder=Path("trial"), engine=engine):
        print(
            f"{finding.measure.name:8} {finding.median:+.2f} [{finding.low:+.2f}, {finding.high:+.2f}]  {finding.verdict or ''}"
        )

# %% [markdown]
# ## 5. Is it capacity?
#
# A lab that is short of compute cannot serve the customers who come. Let nothing limit supply, in both runs:

# %%
slack = fixed({"mechanisms.supply_limits": False, "lab.openai.capacity_factor": 20.0})
free = Experiment(control=slack, treatment=both(slack, cut), outcomes=(revenue, volume), decision=rule)
with open_engine("processes", None) as engine:
    for finding in run_experiment(free, pairs=6, folder=Path("trial"), engine=engine):
        print(
            f"{finding.measure.name:8} {finding.median:+.2f} [{finding.low:+.2f}, {finding.high:+.2f}]  {finding.verdict or ''}"
        )

# %% [markdown]
# ## 6. What to report
#
# - The claim, the rule, and when you wrote it: commit it before you run.
# - Median, interval, number of pairs, scale, and which ensemble.
# - The result with the mechanism off, and what the verdict depends on.
# - Whether the prior alone decides. If draws from the prior support the claim nearly always or never, the structure of the model assumed it. For the shipped claims
#   [this page](../claims-prior.md) says so.
#
# To add a claim to the list for good: a row in `calibration/data/claims.csv`, its rule in `runs/experiments/claims/decision_rules.toml`, its formulas beside them.
