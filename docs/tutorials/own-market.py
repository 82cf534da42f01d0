# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own market, by files alone
#
# You need no Python for this: a scenario file adds a lab, a cloud and a workload, and a table adds figures that only you know.
# (The files are written from Python here so that the page can run. Use any editor.)
#
# ## A new lab and the cloud that it rents from
#
# A table `[lab.NAME]` adds a lab. It needs every field that the shipped labs have. The quickest way to learn which is to leave them out:

# %%
from pathlib import Path

_ = Path("too-short.toml").write_text("""
[lab.deepseek]
title = "DeepSeek"
entry_date = 2024-01-01
""")

# %% language="bash"
# jevons run --scenario too-short.toml 2>&1 | tail -n 1 | fold -s -w 110

# %% [markdown]
# `jevons parameters --search lab.openai` shows what each field means, its unit and the value of a shipped lab. Here is a whole file:

# %%
_ = Path("my-market.toml").write_text("""
title = "A fast follower with a cloud of its own, and voice"

[lab.deepseek]
title = "DeepSeek"
entry_date = 2024-01-01
api_date = 2024-05-06                 # when it sells tokens
chat_date = 2025-01-13                # when its chat app opens
capability_at_start = -0.2
compute_at_start_h100e = 5000
serving_share_at_start = 0.4
cash_at_start_usd = 1e9
seed_funding_usd_per_year = 1e9
run_rate_at_start_usd = 0
parent_share = 0
clouds = "high-flyer neocloud"
reach = 1.0
developer_reach = 0.5
coding_reach = 0.5
enterprise_reach = 0.1
surface_queries_per_week = 0
surface_reach_people = 0

[hyperscaler.high-flyer]
title = "High-Flyer"
big_four = false
installed_at_start_h100e = 10000
core_cash_flow_usd_per_year = 2e9
core_cash_growth_per_year = 0.1
other_capex_usd_per_year = 0
net_debt_at_start_usd = 0
leverage = 1.0
optimism = 0

[workload.voice]                      # people talk to their chat app and pay by the minute
task_class = "chat"
segment = "consumer"
payer = "metered"
value_usd = 0.05
difficulty_mean = 0.0
difficulty_sd = 1.5
input_tokens = 600
output_tokens = 200
cached_share = 0.0
steps = 1
growth_tokens = 0
flexible = true
commitment = 1.2
patience = 0.1
impatience = 0.02
discount = 0.0
top_value = 2.0
quality_weight = 1.0
wage_bill_usd_per_year = 1e11
committed_share = 0.1
paid_by = "consumers"
asked_with = "chat-paid"              # comes with tasks of this workload,
asked_per_task = 0.2                  # so many for each of them
""")

# %% [markdown]
# ## Figures that only you know
#
# The columns are those of the shipped table, [described here](../how-to/bring-data.md). `low` to `high` is the band in which you accept the model's value.
# A row with the id of a shipped figure replaces it.

# %%
_ = Path("my-figures.csv").write_text("""\
id,observable,entity,segment,statistic,start,end,value,low,high,unit,published,source,note
MINE1,weekly_users,deepseek,consumer,mean,2025-03-01,2025-03-31,3e7,1e7,6e7,user,2025-04-10,our panel,
MINE2,revenue_run_rate,deepseek,all,mean,2025-06-01,2025-06-30,2e8,1e8,4e8,USD/year,2025-07-05,a guess,
T160,installed_compute,market,all,level,2025-12-31,2025-12-31,2.1e7,1.9e7,2.4e7,H100e,2026-03-15,our count,
""")

# %% language="bash"
# jevons run --scenario my-market.toml --scale small --until 2026-06-30 --out mine --no-figures \
#     --targets my-figures.csv --only-targets | head -n 11

# %% [markdown]
# Without `--only-targets` your rows stand beside the shipped ones. `jevons validate --targets my-figures.csv` scores the shipped ensemble with them; the
# labs of the ensemble are the shipped ones, so leave rows about a new lab out there.
#
# A row that cannot be used is refused before anything runs, with its line, its column and what is allowed:

# %% language="bash"
# sed 's/,user,/,users,/' my-figures.csv > wrong-unit.csv
# sed 's/our panel,$/our panel/' my-figures.csv > wrong-cells.csv
# sed 's/deepseek,consumer/deepsek,consumer/' my-figures.csv > wrong-name.csv
# for file in wrong-unit.csv wrong-cells.csv wrong-name.csv; do
#     jevons run --scenario my-market.toml --targets $file 2>&1 | tail -n 1 | cut -c 1-150
# done

# %% [markdown]
# ## What the newcomer did

# %%
import pandas as pd

record = pd.read_parquet("mine/observables.parquet")
mine = record[(record.entity == "deepseek") & (record.segment == "all")]
table = mine.pivot(index="date", columns="observable", values="value")
table[["tokens_served", "revenue_run_rate", "compute_used", "demand_unserved_share"]].iloc[[70, 110, 150, -1]].map(
    "{:.3g}".format
)

# %% [markdown]
# ## Where one gets stuck
#
# - A lab without any date of something that it sells is refused: give it `api_date`, `chat_date` or another.
# - A lab gets compute from the clouds that it names. With a small cloud and many users it turns customers away: look at `demand_unserved_share`.
# - Dated changes go into `[[change]]` tables: copy one from `model/scenarios`, such as `price-war.toml`.
# - All scenarios of one sweep need the same labs, clouds and suppliers.
#
# Next: [Mesa and pandas](mesa-and-pandas.md).
