"""Rationing: GPU-hours by priority, tokens by largest remainder, and what becomes of the rest."""

from dataclasses import dataclass

import numpy as np

from agents.choice import Floats, Ints
from model.demand import Demand


@dataclass(frozen=True)
class Allocation:
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
    total = need.sum(axis=1)
    if (total <= capacity).all():
        return np.ones_like(need)
    alike = np.divide(capacity, total, out=np.ones_like(total), where=total > capacity)
    ahead = (need[:, None, :] * (priority[:, None, :] < priority[:, :, None])).sum(axis=2)
    alongside = (need[:, None, :] * (priority[:, None, :] == priority[:, :, None])).sum(axis=2)
    left = np.maximum(capacity[:, None] - ahead, 0.0)
    strict = np.divide(left, alongside, out=np.ones_like(need), where=alongside > left)
    mixed = softness * alike[:, None] + (1.0 - softness) * strict
    mixed[total <= capacity] = 1.0
    return np.minimum(mixed, 1.0)


def ration(counts: Ints, fraction: Floats) -> Ints:
    """Take a fraction of whole counts, each cell rounded down or up by one, by largest remainder over all cells.

    fraction: of a shape that broadcasts to that of counts; the total taken is the floor of the exact total, and no
    cell exceeds its count.
    """
    taken, remainder = _round_down(counts, fraction)
    _round_up(taken.reshape(-1), remainder.reshape(-1))
    return taken


def _round_down(counts: Ints, fraction: Floats) -> tuple[Ints, Floats]:
    """Return the whole part of a fraction of counts, and what that leaves out, each of the shape of counts."""
    exact = counts * fraction
    taken = np.where(fraction >= 1.0, counts, np.minimum(exact.astype(np.int64), counts))
    return taken, (exact - taken) * (taken < counts)


def _round_up(taken: Ints, remainder: Floats) -> None:
    """Give what the remainders (n,) add up to, in whole units, to the cells of `taken` (n,) with the largest ones."""
    cells = remainder.nonzero()[0]
    if not len(cells):
        return
    left_out = remainder[cells]
    missing = int(left_out.sum() + 1e-6)
    if missing > 0:
        taken[cells[(-left_out).argsort(kind="stable")[:missing]]] += 1


def take(demand: Demand, fraction: Floats) -> Demand:
    """Take a fraction, (L, W) or one row for all labs, of a demand, in whole tokens, tasks and calls.

    Each kind of count is rationed by itself; where everything is taken, the demand itself is returned.
    """
    if (fraction >= 1.0).all():
        return demand
    whole = np.broadcast_to(fraction[:, :, None], demand.work.shape)
    each, cells = whole.ravel(), demand.work.size
    taken, remainder = _round_down(demand.counts, np.concatenate((each.repeat(4), each, each, each)))
    for first, last in ((0, 4 * cells), (4 * cells, 5 * cells), (5 * cells, 6 * cells), (6 * cells, 7 * cells)):
        _round_up(taken[first:last], remainder[first:last])
    return Demand.of(taken, demand.work * whole)


def allocate(
    new: Demand,
    backlog: Demand,
    hours_per_mtok: Floats,
    capacity: Floats,
    priority: Ints,
    patience: Floats,
    softness: float,
) -> Allocation:
    """Serve the new demand and the backlog as far as capacity goes; the patient part of the rest waits.

    hours_per_mtok: (L, T) GPU-hours per output-equivalent Mtok; capacity: (L,) GPU-hours; patience: (W,) share.
    """
    asked = new.plus(backlog)
    need = asked.work * hours_per_mtok[:, None, :]
    fraction = fractions(need.sum(axis=2), capacity, priority, softness)
    served = take(asked, fraction)
    unserved = asked.minus(served)
    kept = take(unserved, patience[None, :])
    return Allocation(
        asked=asked,
        served=served,
        kept=kept,
        lost=unserved.minus(kept),
        need_hours=need,
        used_hours=served.work * hours_per_mtok[:, None, :],
        fraction=fraction,
    )
