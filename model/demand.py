"""From tasks to tokens: the week's demand, counted in whole tasks, calls and tokens."""

from typing import NamedTuple

import numpy as np

from agents.choice import Floats, Ints, over_last, split_at
from model.plans import CALLS, COUNTS, TASKS, THINKING, TOKENS, Plans


class Demand(NamedTuple):
    """What is asked of labs in a week, by lab, workload and tier.

    `counts` (L, W, T, 7) int64 in the order of `model.plans.COUNTS`: tokens by kind, tasks, model calls, and tokens of
    tasks that reason; `work` (L, W, T) output-equivalent Mtok.
    """

    counts: Ints
    work: Floats

    @classmethod
    def zeros(cls, labs: int, workloads: int, tiers: int) -> "Demand":
        """Return no demand at all."""
        shape = (labs, workloads, tiers)
        return cls(np.zeros((*shape, len(COUNTS)), dtype=np.int64), np.zeros(shape))

    @property
    def tokens(self) -> Ints:
        """Tokens by kind (L, W, T, 4)."""
        return self.counts[..., TOKENS]

    @property
    def tasks(self) -> Ints:
        """Tasks (L, W, T)."""
        return self.counts[..., TASKS]

    @property
    def calls(self) -> Ints:
        """Model calls (L, W, T)."""
        return self.counts[..., CALLS]

    @property
    def thinking(self) -> Ints:
        """Tokens of tasks that reason (L, W, T)."""
        return self.counts[..., THINKING]

    def plus(self, other: "Demand") -> "Demand":
        """Return the sum of both."""
        return Demand(self.counts + other.counts, self.work + other.work)

    def minus(self, other: "Demand") -> "Demand":
        """Return what is left of this without the other."""
        return Demand(self.counts - other.counts, self.work - other.work)


def over_tiers(counts: Ints) -> Ints:
    """Return counts (L, W, T, 7) summed over tiers."""
    summed: Ints = over_last(counts.swapaxes(2, 3))
    return summed


def spread_over_bins(amounts: Floats, bins: Floats) -> Ints:
    """Round amounts (L, W) to whole tasks and spread them over bins by their shares (L, W, BINS)."""
    tasks = np.rint(amounts).astype(np.int64)
    reached = np.rint(tasks[..., None] * bins.cumsum(axis=-1)).astype(np.int64)
    np.minimum(reached, tasks[..., None], out=reached)  # shares may add up to a little more than one
    reached[..., -1] = tasks
    reached[..., 1:] -= reached[..., :-1].copy()
    return reached


def counts_of(tasks: Ints, reached: Floats, per_task: Ints, work: Floats) -> tuple[Ints, Floats]:
    """Split tasks (L, W, B) over tiers, and return `counts` and `work` of a `Demand`; the rest as in `Plans`."""
    run = split_at(tasks, reached)
    by_tier = run.swapaxes(2, 3)[..., None, :]  # a row vector over bins for each tier
    return (by_tier @ per_task)[..., 0, :], (run * work.swapaxes(2, 3)).sum(axis=2)


def demand_of(tasks: Ints, plans: Plans) -> Demand:
    """Turn tasks (L, W, B) into demand: split over tiers as planned, then tokens, calls and work per task."""
    return Demand(*counts_of(tasks, plans.reached, plans.per_task, plans.work))
