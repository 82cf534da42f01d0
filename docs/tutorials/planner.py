# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A planner's question: what does a power squeeze change?
#
# You plan sites, power or budgets, and you want to know what happens if power comes late. At the end you have a figure, a table, and a page to forward.
# Read [five minutes](five-minutes.md) first. The report at the end needs the extra `analysis`.
#
# ## What is in the scenario
#
# A scenario says only what differs from the baseline.

# %% language="bash"
# jevons scenarios | grep -A 3 power-squeeze

# %% [markdown]
# ## One pair of runs
#
# Both runs have the same seed, so they share all their luck. Until the squeeze begins they are the same run, bit for bit.

# %%
import pandas as pd

from model import InferenceMarket, Scenario

SCENARIOS = ("baseline", "power-squeeze")
runs = {name: InferenceMarket(Scenario.load(name, scale="small"), rng=7).run() for name in SCENARIOS}

# %%
WANTED = {
    "live_compute": "compute that is live (million H100e)",
    "demand_unserved_share": "demand that finds no capacity (%)",
    "price_paid": "price paid on APIs (USD per million tokens)",
    "revenue_run_rate": "revenue of labs (billion USD a year)",
}
SCALE = {"live_compute": 1e-6, "demand_unserved_share": 100, "price_paid": 1, "revenue_run_rate": 1e-9}


def yearly(market: InferenceMarket) -> pd.DataFrame:
    """Return the mean of each wanted series by year."""
    weeks = pd.to_datetime([market.clock.date_of(week) for week in range(market.clock.week)])
    columns = {}
    for name in WANTED:
        segment = "api" if name == "price_paid" else "all"
        columns[name] = market.observables.series(name, "market", segment) * SCALE[name]
    return pd.DataFrame(columns, index=weeks).groupby(weeks.year).mean()


table = pd.concat({name: yearly(market) for name, market in runs.items()}, axis=1).swaplevel(axis=1)
table = table[list(WANTED)].loc[2025:]
table.round(2).T

# %% [markdown]
# Save the table for a mail or a slide:

# %%
table.round(3).to_csv("power-squeeze.csv")

# %% [markdown]
# ## A figure

# %%
# Baseline and power squeeze: live compute, and the share of demand that finds no capacity
import matplotlib.pyplot as plt

figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for panel, name in zip(panels, ("live_compute", "demand_unserved_share"), strict=True):
    for scenario, market in runs.items():
        weeks = pd.to_datetime([market.clock.date_of(week) for week in range(market.clock.week)])
        values = pd.Series(market.observables.series(name) * SCALE[name], index=weeks)
        panel.plot(values.rolling(13).mean(), label=scenario)
    panel.set_title(WANTED[name], fontsize=10)
    panel.axvline(pd.Timestamp("2026-01-05"), color="grey", linestyle="--", linewidth=1)
panels[0].set_yscale("log")
panels[0].legend()
figure.savefig("power-squeeze.png", dpi=150)

# %% [markdown]
# ## Is that more than luck?
#
# Compare pairs of runs. Each pair has a seed of its own and the parameters of one member of the shipped ensemble, so the interval holds what is not known. Three pairs
# keep this page quick: they are too few for a clear sign. Use 20 or more.

# %% language="bash"
# jevons compare baseline power-squeeze --outcome live_compute --outcome revenue_run_rate \
#     --from 2027-01-01 --until 2027-12-31 --seeds 3

# %% [markdown]
# A `ln(B / A)` of -0.10 means that the squeeze takes about a tenth. Where the interval holds zero, say "not known", not "no effect".
#
# ## A sweep over what is uncertain
#
# Which answer you get depends on how fast makers expand. A *design* says what varies: scenarios are what is decided, uncertainties are what nobody knows.

# %%
from pathlib import Path

_ = Path("design.toml").write_text("""
name = "Power squeeze"
scale = "small"
until = 2027-12-31
scenarios = ["baseline", "power-squeeze"]
samples = 4

[uncertainties]
"power_supplier.turbines.expansion" = { distribution = "lognormal", median = 0.066, sigma = 0.3 }
"chip_maker.merchant.expansion" = [0.2, 0.6]
"suppliers.slip" = "prior"

[outcomes.live_2027]
observable = "live_compute"
start = 2027-01-01

[outcomes.unserved_2027]
observable = "demand_unserved_share"
start = 2027-01-01

[outcomes.revenue_2027]
observable = "revenue_run_rate"
start = 2027-01-01
""")

# %% language="bash"
# jevons sweep design.toml --out squeeze --quiet
# jevons report squeeze --out squeeze.html

# %% [markdown]
# Stop the sweep at any time: the same command goes on where it was. `squeeze.html` is one page that needs no network, so you can forward it as it is.
# In Python, `runs.open` reads the results:

# %%

import runs as results

found = results.open("squeeze").runs
wide = found.pivot(index="sample", columns="scenario", values=["live_2027", "unserved_2027", "revenue_2027"])
effects = pd.DataFrame(
    {
        "live compute, %": 100 * (wide["live_2027"]["power-squeeze"] / wide["live_2027"]["baseline"] - 1),
        "revenue, %": 100 * (wide["revenue_2027"]["power-squeeze"] / wide["revenue_2027"]["baseline"] - 1),
        "unserved, points": 100 * (wide["unserved_2027"]["power-squeeze"] - wide["unserved_2027"]["baseline"]),
    }
)
effects.quantile([0.1, 0.5, 0.9]).round(1)

# %% [markdown]
# ## What to write below the table
#
# - The runs say what *this model* does with a squeeze. How well it matches disclosed figures is in [the evidence](../calibration.md).
# - Levels in 2027 are far beyond any disclosed figure. Report the difference between the scenarios, not the level.
# - State scale, number of pairs or samples, and the version: `jevons --version`, or the `git` entry of a run's `manifest.json`.
#
# Next: [a researcher's question](researcher.md).
