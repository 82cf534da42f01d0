# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Five minutes: run, read, know what to trust
#
# You need a clone of the project and Python 3.11, 3.12 or 3.13. Here you run the market once, read what it recorded, and see how far its
# numbers can be trusted. Everything below runs at scale `small`, which has fewer rows and the same mechanisms.
#
# ## Run
#
# In a terminal [activate the environment](../get-started.md#1-run-it) first. The command prints a long table. Here it goes to a file, and we look at the first rows.

# %% language="bash"
# jevons run --scale small --until 2026-06-30 --out first-run > printed.txt
# head -n 9 printed.txt

# %% [markdown]
# Each row is a figure that some company or survey disclosed. `target` is the disclosed value; its band, what its sources allow, shows in a wider terminal. `model` is what this run
# gave. `log10` is the error: 0.00 is exact, +0.30 is twice too much, -0.30 is half. `in` and `OUT` say whether the model is inside the band. Misses are shown too.

# %% language="bash"
# grep "inside the band" printed.txt

# %% [markdown]
# **Careful:** the shipped parameters were fitted to these very figures. A good score here says how near the market can come. It is no test.
#
# ## Read the figures
#
# The run folder has five figures. This is the first; circles and squares are disclosed figures, lines are the run.

# %%
# Tokens a month by segment, and Google and OpenAI against what they disclosed
from IPython.display import Image

Image("first-run/tokens.png", width=800)

# %% [markdown]
# ## Read the numbers
#
# `observables.parquet` has every number of every week, as one long table.

# %%
import pandas as pd

record = pd.read_parquet("first-run/observables.parquet")
record.tail(3)

# %% [markdown]
# A number has a date (the Monday of its week), a name, an entity (the whole market, or one lab, cloud or supplier), a segment and a unit.
# Always choose an entity and a segment: sums over all rows count the same tokens several times.

# %%
whole = record[(record.entity == "market") & (record.segment == "all")]
table = whole.pivot(index="date", columns="observable", values="value")
years = table.groupby(table.index.astype("datetime64[s]").year)
years[["tokens_served", "revenue_run_rate", "live_compute", "demand_unserved_share"]].mean().map("{:.3g}".format)

# %% [markdown]
# What does a name mean, and in which unit is it? Ask:

# %% language="bash"
# jevons observables --search unserved

# %% [markdown]
# ## Know what to trust
#
# One run is one possible history. Another seed is another one, with the same parameters but other luck.

# %% language="bash"
# jevons run --scale small --until 2026-06-30 --seed 8 --out second-run --no-figures --quiet

# %%
other = pd.read_parquet("second-run/observables.parquet")


def last(frame: pd.DataFrame, observable: str, entity: str = "market") -> float:
    """Return the last value of a series."""
    mine = frame[(frame.observable == observable) & (frame.entity == entity) & (frame.segment == "all")]
    return float(mine.value.iloc[-1])


for name in ("tokens_served", "revenue_run_rate", "live_compute"):
    print(f"{name:18} {last(record, name):10.3g} {last(other, name):10.3g}")

# %% [markdown]
# Luck is the small part. What nobody knows about the parameters is the large part. For that the project ships *ensembles*: many parameter sets that agree
# with the figures known on some date. `jevons validate` scores them on figures that they did not see.

# %% language="bash"
# jevons validate --csv cells.csv > validated.txt

# %%
cells = pd.read_csv("cells.csv")
cells = cells[cells.entrant == "market"]
cells["miss"] = cells.error.abs()
summary = cells.groupby("horizon").agg(
    figures=("id", "nunique"), median_miss=("miss", "median"), in_90=("in90", "mean")
)
summary.round(2)

# %% [markdown]
# `horizon` is how many quarters ahead a figure was when it was forecast: at 0 its period is over but the figure not yet public, 4 is three or four, 8 five or more. `median_miss` is in decades: 0.1 is a factor of 1.26, and 0.3 a factor of two. `in_90` is the share of forecasts whose 90% interval holds the figure; [calibration](../calibration.md) counts each figure once.
#
# Trust, in this order:
#
# 1. **Comparisons of two runs with the same seed**: what a change does. Both runs share all their luck.
# 2. **Directions and orders of magnitude** of the next one or two years.
# 3. **Levels**, only with the interval of the ensemble beside them.
# 4. **A single number of a single run**: not at all.
#
# Next: [a planner's question](planner.md).
