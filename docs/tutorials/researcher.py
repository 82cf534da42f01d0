# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A researcher's question: change one behaviour, run again, score it
#
# Suppose you doubt how organisations take up AI. In the model each one starts a pilot by chance, and peers who have started make that more likely.
# You think that a third of them wait until half of the others are in production. Does the market then fit the surveys better or worse?
#
# ## Find the rule
#
# [Architecture](../architecture.md#to-change-x-edit-y) says which file holds which rule: the uptake of organisations is `decide_stage` in
# `agents/enterprises.py`. It returns the new stage of every organisation: 0 no use, 1 pilot, 2 production, 3 three functions.
#
# ## Change it
#
# Derive a class, change one method, and name the class in a market of your own. Nothing else is touched.

# %%
import numpy as np

from agents.enterprises import Enterprises
from model import InferenceMarket, Scenario


class SomeWait(Enterprises):
    """Organisations of which a third start no pilot until half of all are in production."""

    def decide_stage(self, week, market):
        new = super().decide_stage(week, market)
        old = self.columns.stage
        cautious = np.arange(len(old)) % 3 == 0
        if (old >= 2).mean() < 0.5:
            new = np.where(cautious & (old == 0), old, new)
        return new


class CautiousMarket(InferenceMarket):
    enterprise_behaviour = SomeWait


# %% [markdown]
# `super()` draws the same random numbers as before, so both markets share their luck, and the difference is your rule alone.
#
# ## Run both, with a few seeds

# %%
UNTIL, SEEDS = "2026-06-30", (1, 2, 3)
scenario = Scenario.load("baseline", scale="small")
records = {
    kind.__name__: [kind(scenario, rng=seed).run(until=UNTIL).observables for seed in SEEDS]
    for kind in (InferenceMarket, CautiousMarket)
}

# %%
# Organisations that use AI: surveys, the shipped rule and the changed rule
import matplotlib.pyplot as plt
import pandas as pd

pd.set_option("display.width", 110)

figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for colour, (name, mine) in zip(("C0", "C1"), records.items(), strict=True):
    for number, record in enumerate(mine):
        share = record.frame().query("observable == 'enterprise_adoption' and segment == 'any-use'")
        axes.plot(pd.to_datetime(share.date), share.value, color=colour, label=None if number else name)
axes.plot(pd.to_datetime(["2023-08-15", "2025-09-15"]), [0.33, 0.79], "ko", label="surveys (T80, T81)")
axes.legend()

# %% [markdown]
# ## Score it
#
# `scoreboard` holds a run against every disclosed figure. Take the median over seeds of each figure's error, then compare.

# %%
from calibration.scoreboard import scoreboard


def errors_of(mine: list) -> pd.Series:
    """Return the median error of each figure over runs, in decades."""
    boards = [scoreboard(record.frame()).set_index("id") for record in mine]
    return pd.concat([board.log10_error for board in boards], axis=1).median(axis=1)


errors = pd.DataFrame({name: errors_of(mine) for name, mine in records.items()})
errors.abs().agg(["median", "mean"]).round(3)

# %% [markdown]
# The figures that the rule is about:

# %%
board = scoreboard(records["InferenceMarket"][0].frame()).set_index("id")
names = board[["entity", "observable", "segment"]].agg(" ".join, axis=1).rename("series")
errors.loc[["T80", "T81", "T82"]].round(2).join(names)

# %% [markdown]
# And those that moved most, wherever they are:

# %%
moved = errors.assign(change=errors.CautiousMarket.abs() - errors.InferenceMarket.abs())
moved.loc[moved.change.abs().sort_values(ascending=False).index[:6]].round(2).join(names)

# %% [markdown]
# A positive `change` means that the new rule is farther from the figure. With three seeds much of it is luck: figures of single labs move because other firms
# now choose at other times. Use 20 seeds before you believe a row. And read all rows: a rule that mends the figure you had in mind and breaks three others
# is no gain.
#
# ## What this does not show yet
#
# The other parameters were fitted with the shipped rule. So a fair comparison fits them again:
#
# 1. Put the rule into its file, with a parameter of its own where it has one ([how](../architecture.md#to-change-x-edit-y)).
# 2. Write a test that states the rule.
# 3. `jevons calibrate` fits again, `jevons validate` scores figures that the fit did not see. Report both scores, before and after.
#
# ## Add a series or a phase of your own
#
# A market can record a number of yours each week, and do something of yours between two phases:

# %%
from model import Observable, World, insert_phase, phase


@phase(reads="labs' revenue", writes="ledger")
def levy(world: World) -> None:
    """Labs pay a hundredth of last week's revenue to households."""
    world.ledger.pay_each("labs", "households", 0.01 * world.revenue.sum(axis=1))


class Levied(InferenceMarket):
    week = insert_phase(InferenceMarket.week, levy, after="settlement")
    own_series = {Observable("chat_users_in_rows", "row"): lambda world: float((world.users.columns.app >= 0).sum())}


market = Levied(scenario, rng=1).run(until="2024-06-30")
print(*[step.name for step in Levied.phases()])
market.observables.series("chat_users_in_rows")[-4:]

# %% [markdown]
# Branches, copies and saved states keep the classes, the phase and the series. Next: [your own market](own-market.md).
