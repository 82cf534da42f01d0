"""Probes: what experiments read from a market beside its observables, once a week, as series of their own.

Observables can be compared with data; probes cannot: which kinds of task are worth running, what a lab forecasts,
which limit of supply binds, what a survey found.
"""

import numpy as np

from model import World
from runs.experiments.run_series import WEEKS_PER_MONTH

MARKET = "market"
LIMITS = ("power", "shells", "chips", "capital", "demand")
"""In the order of `World.held_down_by`."""

Reading = tuple[tuple[str, str, str, str], float]


def probe(world: World) -> list[Reading]:
    """Return this week's readings: name (observable, entity, segment, unit) and value."""
    return [*_tasks(world), *_kinds(world), *_forecasts(world), *_limits(world), *_surveys(world)]


def _tasks(world: World) -> list[Reading]:
    """Return this week's new demand (without what waits), its users, and the cost of an agent's task.

    Tokens by workload (a month), calls to APIs, people who use chat apps, and USD per task that agents were served.
    """
    masks, new = world.constants.reporting_masks, world.demanded
    agents = masks["agent"]
    tokens = new.tokens.sum(axis=(0, 2, 3)) * WEEKS_PER_MONTH
    calls = new.calls[:, masks["api"]].sum()
    done = float(world.outcome.served.tasks[:, agents].sum())
    paid = float(world.revenue[:, agents].sum())
    users = world.users.app_counts(len(world.labs)).sum() * world.people_per_row
    return [
        *(
            (("tokens_asked", MARKET, name, "token/month"), float(amount))
            for name, amount in zip(world.constants.index.names, tokens.tolist(), strict=True)
        ),
        (("calls_asked", MARKET, "api", "call/week"), float(calls)),
        (("chat_users", MARKET, "consumer", "user"), float(users)),
        (("usd_per_task", MARKET, "agent", "USD/task"), paid / max(done, 1.0)),
    ]


def _kinds(world: World) -> list[Reading]:
    """Return how many kinds of metered task are worth running, and the mean difficulty of metered tasks asked for.

    A kind is a workload and a bin of difficulty. It is worth running where its reference task is worth what it costs,
    customers' shares of labs and bins being today's: how far integration has come does not matter. The mean difficulty
    is that of each workload's tasks, averaged over workloads.
    """
    rows, metered, offer = world.constants.metered_rows, world.metered, world.metered.offer
    in_bin = np.einsum("cj,cjb->cb", offer.lab_share, offer.bin_share)  # part of a workload's tasks
    difficulty = world.constants.tasks.difficulty[rows] + world.ambition[rows, None]
    # A bin with twice the tasks that its likelihood gives it has its cut-off lower by ln 2 / value_tail.
    over_likely = np.log(np.maximum(in_bin * in_bin.shape[1], 1e-12))
    least_value = metered.cutoff_target[:, None] - over_likely / world.parameters.metered.value_tail
    tasks = world.demanded.tasks[:, rows].sum(axis=2)
    of_all = np.einsum("lc,lcb->cb", tasks, world.plans.bins[:, rows])
    asked = tasks.sum(axis=0) > 0
    mean = (of_all * difficulty).sum(axis=1)[asked] / of_all.sum(axis=1)[asked]
    return [
        (("kinds_worth_running", MARKET, "api", "kind"), float((least_value < 0.0).sum())),
        (("difficulty_asked", MARKET, "api", "log10 E"), float(mean.mean()) if asked.any() else 0.0),
    ]


def _forecasts(world: World) -> list[Reading]:
    """Return GPU-hours a week that labs need to serve, and those they expect to need after their forecast."""
    p = world.parameters.labs
    need = sum(lab.need_hours for lab in world.labs)
    expected = sum(lab.need_hours * np.exp(lab.expected_growth(p) * p.forecast_weeks) for lab in world.labs)
    return [
        (("hours_needed", MARKET, "all", "GPU-hour/week"), float(need)),
        (("hours_expected", MARKET, "all", "GPU-hour/week"), float(expected)),
    ]


def _limits(world: World) -> list[Reading]:
    """Return which limit binds: the share of the live fleet that power, shells, chips or capital hold down."""
    live = world.fleet.live(unlimited=not world.parameters.mechanisms.supply_limits)
    part = live / max(float(live.sum()), 1e-9)
    return [
        (("limit_binds", MARKET, name, "share"), float(part[world.held_down_by == place].sum()))
        for place, name in enumerate(LIMITS)
        if name != "demand"
    ]


def _surveys(world: World) -> list[Reading]:
    """Return the leaders' growth to laggards' in the newest survey, published or not (one before the first)."""
    found = [entry for firm in world.consultancies for entry in (firm.published, *firm.pending) if entry]
    newest = max(found, key=lambda entry: entry[0])[3] if found else 1.0
    return [(("leaders_advantage", MARKET, "enterprise", "ratio"), float(newest))]
