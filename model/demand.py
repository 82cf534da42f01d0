"""From tasks to tokens: the week's demand, counted in whole tasks, calls and tokens."""

from dataclasses import dataclass

import numpy as np

from agents.choice import Floats, Ints, split_integers
from agents.workloads import BINS
from model.plans import Plans


@dataclass(frozen=True)
class Demand:
    """What is asked of labs in a week, by lab, workload and tier.

    `tokens` (L, W, T, 4) int64; `tasks` (L, W, T) int64; `calls` (L, W, T) int64 model calls; `work` (L, W, T)
    output-equivalent Mtok; `thinking` (L, W, T) int64 tokens of tasks that reason.
    """

    tokens: Ints
    tasks: Ints
    calls: Ints
    work: Floats
    thinking: Ints

    FIELDS = ("tokens", "tasks", "calls", "work", "thinking")

    @classmethod
    def zeros(cls, labs: int, workloads: int, tiers: int) -> "Demand":
        """Return no demand at all."""
        shape = (labs, workloads, tiers)
        whole = [np.zeros(shape, dtype=np.int64) for _ in range(3)]
        return cls(np.zeros((*shape, 4), dtype=np.int64), whole[0], whole[1], np.zeros(shape), whole[2])

    def plus(self, other: "Demand") -> "Demand":
        """Return the sum of both."""
        return Demand(*(getattr(self, name) + getattr(other, name) for name in self.FIELDS))

    def minus(self, other: "Demand") -> "Demand":
        """Return what is left of this without the other."""
        return Demand(*(getattr(self, name) - getattr(other, name) for name in self.FIELDS))


def spread_over_bins(counts: Ints) -> Ints:
    """Spread counts (...,) evenly over bins, (..., BINS), in whole tasks."""
    return np.diff(counts[..., None] * np.arange(BINS + 1) // BINS)


def demand_of(tasks: Ints, plans: Plans, calls_per_task: Ints) -> Demand:
    """Turn tasks (L, W, B) into demand: split over tiers as planned, then tokens, calls and work per task.

    calls_per_task: (W, B).
    """
    run = split_integers(tasks, plans.share)
    by_tier = run.swapaxes(2, 3)[..., None, :]  # as a row vector over bins: quicker than einsum, as exact in integers
    return Demand(
        tokens=(by_tier @ plans.tokens.swapaxes(2, 3))[..., 0, :],
        tasks=run.sum(axis=2),
        calls=np.einsum("lwbt,wb->lwt", run, calls_per_task),
        work=np.einsum("lwbt,lwbt->lwt", run.astype(np.float64), plans.work),
        thinking=np.einsum("lwbt,lwbt->lwt", run, plans.thinking),
    )
