# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Mesa and pandas
#
# `InferenceMarket` is a `mesa.Model`. This page shows what you know from Mesa, and what is different here.
#
# ## A model that steps

# %%
from model import InferenceMarket, Scenario

scenario = Scenario.load("baseline", scale="small")
market = InferenceMarket(scenario, rng=7)
market.step()  # one week
market.run(until="2024-12-31")  # to a date
market.clock.date, market.steps, market.running

# %% [markdown]
# ## Agents by type
#
# Labs, clouds and suppliers are ordinary agents. People, developers, apps and organisations are rows of columns, which look like agents when you ask for them.
# That keeps a step fast: nothing loops over people in Python.

# %%
for kind, agents in market.agents_by_type.items():
    print(f"{kind.__name__:14} {len(agents):6}")

# %%
from agents.labs import Lab
from agents.users import User

people = market.agents_by_type[User]
chat = people.select(lambda person: person.app >= 0)
print(
    len(chat),
    "of",
    len(people),
    "rows use a chat app; they ask for up to",
    f"{chat.agg('requests_bound', sum):.0f}",
    "requests",
)
market.agents_by_type[Lab].get("name")

# %% [markdown]
# `select`, `get`, `set`, `agg` and `shuffle` work on rows too. For statistics take the column, which is a NumPy array:

# %%
import numpy as np

np.bincount(market.world.users.columns.app + 1)  # rows without an app, then by app

# %% [markdown]
# ## The long table is a DataFrame
#
# You need no `DataCollector` for what the market records anyway: `jevons observables` lists it, and most of it is there by lab and by segment.

# %%
frame = market.observables.frame()
frame[(frame.observable == "weekly_users") & (frame.segment == "consumer")].groupby(
    "entity", observed=True
).value.last()

# %%
market.observables.series("tokens_served", "google", "api")[-3:]  # one series, a NumPy array

# %% [markdown]
# ## `DataCollector`, for what is yours
#
# A reporter may read the world, which holds all of the state: `market.world`.

# %%
import mesa

collector = mesa.DataCollector(
    model_reporters={"rent": lambda m: m.world.rent, "chat": lambda m: int((m.world.users.columns.app >= 0).sum())},
    agenttype_reporters={Lab: {"name": "name", "frontier": "frontier"}},
)
other = InferenceMarket(scenario, rng=7)
for _ in range(3):
    other.step()
    collector.collect(other)
collector.get_model_vars_dataframe().round(3)

# %%
collector.get_agenttype_vars_dataframe(Lab).tail(5).round(3)

# %% [markdown]
# Keep the collector outside the market, as here. A market that carries one as an attribute runs, but cannot be branched, copied or saved, and says so.
#
# ## `batch_run`
#
# `batch_run` builds the model itself and wants a `datacollector` on it, so give it a class that has one. It passes the seed under another name in Mesa 3.3 than in 3.5.

# %%
import inspect

import pandas as pd


class Collecting(InferenceMarket):
    """A market that collects its rent every week."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.datacollector = mesa.DataCollector({"seed": "seed", "rent": lambda m: m.world.rent})

    def step(self):
        super().step()
        self.datacollector.collect(self)


seeds = [1, 2, 3]
in_parameters = "rng" not in inspect.signature(mesa.batch_run).parameters
how = (
    {"parameters": {"scenario": [scenario], "rng": seeds}}
    if in_parameters
    else {"parameters": {"scenario": [scenario]}, "rng": seeds}
)
rows = mesa.batch_run(Collecting, max_steps=20, display_progress=False, **how)
pd.DataFrame(rows)[["seed", "Step", "rent"]].round(4)

# %% [markdown]
# For more than a few runs use [`jevons sweep`](../sweeps.md): it keeps each run on disk as it finishes, goes on after any interruption, and uses all cores.
#
# ## networkx
#
# Three networks, each a networkx graph of the latest week, with numbers on nodes and edges.

# %%
supply = market.networks.supply()
edges = pd.DataFrame([{"from": a, "to": b, **data} for a, b, data in supply.edges(data=True)])
edges[edges.kind == "compute"].nlargest(5, "gpu_hours")[["from", "to", "gpu_hours", "usd"]].round(0)

# %%
import networkx as nx

applications = market.networks.applications(0)
friends = market.networks.adoption(sample=500)
for name, graph in (("supply", supply), ("applications", applications), ("adoption", friends)):
    print(f"{name:13} {graph.number_of_nodes():5} nodes")
nx.write_graphml(supply, "supply.graphml")  # opens in Gephi or Cytoscape

# %% [markdown]
# ## Branches: the same past, another future
#
# A branch shares everything up to now, luck included. So the difference between two branches is the effect of the change.

# %%
as_it_is = market.branch()
doubled = market.branch(changes={"lab.openai.capacity_factor": 2.0})
for one in (as_it_is, doubled):
    one.run(until="2025-06-30")

pd.DataFrame(
    {
        name: [one.observables.latest(observable, "openai") for one in (as_it_is, doubled)]
        for name, observable in (("tokens served", "tokens_served"), ("unserved share", "demand_unserved_share"))
    },
    index=["as it is", "capacity doubled"],
).map("{:.3g}".format)

# %% [markdown]
# ## Saved states
#
# A saved market goes on bit for bit, today or in another process.

# %%
market.save("end-of-2024.state")
again = InferenceMarket.load("end-of-2024.state").run(until="2025-06-30")
again.observables.latest("tokens_served") == as_it_is.observables.latest("tokens_served")

# %% [markdown]
# A state of your own (a fund, a mood) belongs into `market.world.own`, which branches and saved states keep:
# [Your own state](../architecture.md#your-own-state). Next: [a claim on trial](own-claim.md).
