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
    output-equivalent Mtok; `thinking` (L, W, T) int64 tokens of tasks that reason. All that is counted lies in one
    array, `counts`, of which the fields are views: so sums and rationing are done at once.
    """

    tokens: Ints
    tasks: Ints
    calls: Ints
    work: Floats
    thinking: Ints

    FIELDS = ("tokens", "tasks", "calls", "work", "thinking")

    def __post_init__(self) -> None:
        """Lay what is counted out in one array."""
        whole = (self.tokens, self.tasks, self.calls, self.thinking)
        self._view(np.concatenate([amounts.ravel() for amounts in whole]))

    def _view(self, counts: Ints) -> None:
        self.__dict__.update(self.parts(counts, self.work.shape), _counts=counts)

    @staticmethod
    def parts(counts: Ints, shape: tuple[int, ...]) -> dict[str, Ints]:
        """Return the fields that lie in `counts` (..., 7 L W T), as views; shape is (L, W, T)."""
        cells = shape[0] * shape[1] * shape[2]
        whole = (*counts.shape[:-1], *shape)
        return {
            "tokens": counts[..., : 4 * cells].reshape(*whole, 4),
            "tasks": counts[..., 4 * cells : 5 * cells].reshape(whole),
            "calls": counts[..., 5 * cells : 6 * cells].reshape(whole),
            "thinking": counts[..., 6 * cells :].reshape(whole),
        }

    @property
    def counts(self) -> Ints:
        """All that is counted, (7 L W T,): tokens, tasks, calls, thinking; the fields of these names are its parts."""
        counts: Ints = self.__dict__["_counts"]
        return counts

    @classmethod
    def of(cls, counts: Ints, work: Floats) -> "Demand":
        """Return the demand whose `counts` and `work` are these arrays."""
        demand = cls.__new__(cls)
        demand.__dict__["work"] = work
        demand._view(counts)
        return demand

    @classmethod
    def zeros(cls, labs: int, workloads: int, tiers: int) -> "Demand":
        """Return no demand at all."""
        cells = labs * workloads * tiers
        return cls.of(np.zeros(7 * cells, dtype=np.int64), np.zeros((labs, workloads, tiers)))

    def plus(self, other: "Demand") -> "Demand":
        """Return the sum of both."""
        return Demand.of(self.counts + other.counts, self.work + other.work)

    def minus(self, other: "Demand") -> "Demand":
        """Return what is left of this without the other."""
        return Demand.of(self.counts - other.counts, self.work - other.work)


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
