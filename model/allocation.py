"""Rationing: GPU-hours by priority, tokens by largest remainder, and what becomes of the rest."""

from typing import NamedTuple

import numpy as np

from agents import kernels
from agents.choice import Floats, Ints
from model.demand import Demand
from model.plans import TASKS


class Allocation(NamedTuple):
    """The week's outcome: what was asked, served, kept as backlog, and given up; GPU-hours by lab and workload.

    `asked` = `served` + `kept` + `lost` in every cell; `need_hours`, `used_hours` (L, W, T); `fraction` (L, W) of the
    GPU-hours asked for that were served.
    """

    asked: Demand
    served: Demand
    kept: Demand
    lost: Demand
    need_hours: Floats
    used_hours: Floats
    fraction: Floats


def fractions(need: Floats, capacity: Floats, priority: Ints, softness: float) -> Floats:
    """Return the fraction of each need that is served, (L, W).

    need: (L, W) GPU-hours; capacity: (L,); priority: (L, W) each lab's ranks, small first. Within a lab,
    `1 - softness` of the capacity goes strictly by priority (and pro rata within a rank), `softness` of it pro rata to
    all; both are feasible, so their mixture is. With enough capacity everything is served.
    """
    total = need.cumsum(axis=1)[:, -1]  # in order: another order's last bits would change whole counts of tokens
    if (total <= capacity).all():
        return np.ones_like(need)
    alike = np.divide(capacity, total, out=np.ones_like(total), where=total > capacity)
    ahead = (need[:, None, :] * (priority[:, None, :] < priority[:, :, None])).cumsum(axis=2)[..., -1]
    alongside = (need[:, None, :] * (priority[:, None, :] == priority[:, :, None])).cumsum(axis=2)[..., -1]
    left = np.maximum(capacity[:, None] - ahead, 0.0)
    strict = np.divide(left, alongside, out=np.ones_like(need), where=alongside > left)
    mixed = softness * alike[:, None] + (1.0 - softness) * strict
    mixed[total <= capacity] = 1.0
    return np.minimum(mixed, 1.0)


def committed_first(need: Floats, committed: Floats, capacity: Floats, priority: Ints, softness: float) -> Floats:
    """Return the fraction of each need that is served where `committed` GPU-hours (L, W) are served first.

    The others take what is left as `fractions` says. Contracts that exceed the capacity are served alike.
    """
    first = np.minimum(need, committed)
    promised = first.sum(axis=1)
    kept = np.divide(capacity, promised, out=np.ones_like(promised), where=promised > capacity)
    left = np.maximum(capacity - promised, 0.0)
    rest = need - first
    served = first * kept[:, None] + rest * fractions(rest, left, priority, softness)
    found = np.divide(served, need, out=np.ones_like(need), where=need > 0.0)
    found[need.cumsum(axis=1)[:, -1] <= capacity] = 1.0  # rounding must not cost a token
    return np.minimum(found, 1.0)


def take_counts(counts: Ints, fraction: Floats) -> Ints:
    """Take a fraction (L, W) of counts (L, W, T, 7), in the order of `model.plans.COUNTS`, in whole numbers.

    Tokens of all kinds are rationed together, tasks, calls and tokens of tasks that reason each by themselves.
    """
    cells = counts.reshape(-1, counts.shape[3])
    taken = kernels.ration(counts=cells, fraction=fraction.ravel().repeat(counts.shape[2]), together=TASKS)
    return taken.reshape(counts.shape)


def share_out(counts: Ints, work: Floats, served: Floats, patience: Floats) -> tuple[Ints, Floats, Ints, Floats]:
    """Return counts and work of a demand that are served, and those that wait: `patience` (W,) of what is left.

    counts, work: as in `Demand`; served: (L, W) fraction. Counts stay whole.
    """
    if (served >= 1.0).all():
        return counts, work, np.zeros_like(counts), np.zeros_like(work)
    taken, done = take_counts(counts, served), work * served[:, :, None]
    waits = np.broadcast_to(patience, served.shape)
    return taken, done, take_counts(counts - taken, waits), (work - done) * waits[:, :, None]


def allocate(
    new: Demand,
    backlog: Demand,
    hours_per_mtok: Floats,
    capacity: Floats,
    priority: Ints,
    patience: Floats,
    softness: float,
    committed: Floats,
) -> Allocation:
    """Serve the new demand and the backlog as far as capacity goes; the patient part of the rest waits.

    hours_per_mtok: (L, T) GPU-hours per output-equivalent Mtok; capacity: (L,) GPU-hours; patience: (W,) share;
    committed: (L, W) GPU-hours that contracts reserve.
    """
    asked = new.plus(backlog)
    need = asked.work * hours_per_mtok[:, None, :]
    fraction = committed_first(need.sum(axis=2), committed, capacity, priority, softness)
    taken, done, waiting, later = share_out(asked.counts, asked.work, fraction, patience)
    served, kept = Demand(taken, done), Demand(waiting, later)
    return Allocation(
        asked=asked,
        served=served,
        kept=kept,
        lost=asked.minus(served).minus(kept),
        need_hours=need,
        used_hours=served.work * hours_per_mtok[:, None, :],
        fraction=fraction,
    )
