"""Plans: for every lab, how each workload's tasks would be run with it, made anew when its catalogue changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import TIERS, Catalogue
from agents.choice import TOKEN_KINDS, Floats, Ints, Options, Tasks, Tastes, choose, reached_by
from agents.kernels import kernel
from agents.lab_parameters import LabParameters
from agents.workloads import BINS

COUNTS = (*TOKEN_KINDS, "tasks", "calls", "thinking")
"""What is counted in whole numbers: tokens by kind, tasks, model calls, and all tokens of tasks that reason."""
TOKENS, TASKS, CALLS, THINKING = slice(0, len(TOKEN_KINDS)), 4, 5, 6


@dataclass(frozen=True)
class Terms:
    """What decides a lab's plan besides its catalogue: prices in USD per million output tokens, per tier (T,).

    `list_price` metered workloads face; `unit_cost` routes flat and surface workloads; `metered`, `discount` (W,).
    """

    list_price: Floats
    unit_cost: Floats
    metered: NDArray[np.bool_]
    discount: Floats


@dataclass
class Plans:
    """How tasks run, by lab (L), workload (W), bin (B) and tier (T).

    `share` (L, W, B, T) of tasks that take the tier (the rest do not run) and `reached`, its sum over tiers so far;
    `per_task` (L, W, T, B, 7) whole numbers per task in the order of COUNTS; `work` (L, W, T, B) output-equivalent
    Mtok per task (GPU-hours but for the tier's GPU-hours per Mtok). Means over bins, (L, W): `success` of what runs,
    `surplus` of the best tier as a share of value (at least zero), `runs` the share that runs.
    """

    STATE = ("share", "reached", "per_task", "work", "success", "surplus", "runs")

    share: Floats
    reached: Floats
    per_task: Ints
    work: Floats
    success: Floats
    surplus: Floats
    runs: Floats

    @classmethod
    def empty(cls, labs: int, workloads: int) -> "Plans":
        """Return plans under which nothing runs."""
        by_bin = (labs, workloads, BINS, len(TIERS))
        by_tier = (labs, workloads, len(TIERS), BINS)
        return cls(
            share=np.zeros(by_bin),
            reached=np.zeros(by_bin),
            per_task=np.zeros((*by_tier, len(COUNTS)), dtype=np.int64),
            work=np.zeros(by_tier),
            success=np.zeros(by_bin[:2]),
            surplus=np.zeros(by_bin[:2]),
            runs=np.zeros(by_bin[:2]),
        )

    @property
    def tokens(self) -> Ints:
        """Tokens per task by kind (L, W, T, B, 4)."""
        return self.per_task[..., TOKENS]

    def make(
        self,
        lab: int,
        rows: Ints,
        tasks: Tasks,
        catalogue: Catalogue,
        terms: Terms,
        tastes: Tastes,
        p: LabParameters,
    ) -> None:
        """Make one lab's plan for the workloads `rows` anew; `tasks` and `terms` are theirs."""
        chosen = choose(tasks, _options(lab, catalogue, terms, p), tastes)
        self.share[lab, rows] = chosen.share
        self.reached[lab, rows] = reached_by(chosen.share)
        longer = tasks.input_tokens / (tasks.calls * p.context_half)
        weights = 1e-6 * np.array([p.input_weight, p.cached_weight, 1.0, 1.0])
        made = per_task_of(chosen.tokens, tasks.calls, chosen.effort, chosen.context, longer, weights)
        self.per_task[lab, rows], self.work[lab, rows] = made
        share, chosen_success = (x.reshape(len(rows), -1) for x in (chosen.share, chosen.success))
        run = share.sum(axis=1)
        self.success[lab, rows] = (share * chosen_success).sum(axis=1) / np.where(run > 0.0, run, 1.0)
        self.surplus[lab, rows] = np.maximum(chosen.best, 0.0).sum(axis=1) / BINS
        self.runs[lab, rows] = run / BINS


@kernel("model.loops")
def per_task_of(
    tokens: Ints, calls: Floats, effort: Floats, context: Floats, longer: Floats, weights: Floats
) -> tuple[Ints, Floats]:
    """Return `per_task` (W, T, B, 7) and `work` (W, T, B) of plans.

    Input counts less than output, all more in long contexts. tokens: (W, B, T, 4); calls: (W, B); effort, context:
    (W, B, T); longer: (W, B) part that a context multiple of one adds to the work; weights: (4,) Mtok of output that a
    token of each kind equals.
    """
    equivalent = (tokens * weights).sum(axis=-1)
    work = equivalent * (longer[:, :, None] * context + 1.0)
    workloads, bins, tiers = effort.shape
    counts = np.empty((workloads, tiers, bins, len(COUNTS)), dtype=np.int64)
    counts[..., TOKENS] = by_tier = tokens.swapaxes(1, 2)
    counts[..., TASKS] = 1
    counts[..., CALLS] = np.rint(calls)[:, None, :]
    counts[..., THINKING] = by_tier.sum(axis=-1) * (effort > 0.0).swapaxes(1, 2)
    return counts, work.swapaxes(1, 2)


def _options(lab: int, catalogue: Catalogue, terms: Terms, p: LabParameters) -> Options:
    """Return the lab's options as each workload sees them, prices in USD per token (W, T)."""
    metered = terms.metered[:, None]
    paid = terms.list_price[None, :] * (1.0 - terms.discount)[:, None]
    output = np.where(metered, paid, terms.unit_cost[None, :]) * 1e-6
    input_ratio = np.where(metered, p.input_price_ratio, p.input_weight)
    cached_ratio = np.where(metered, p.input_price_ratio * p.cached_price_ratio, p.cached_weight)
    return Options(
        capability=catalogue.capability[lab],
        ceiling=catalogue.ceiling[lab],
        window=catalogue.window[lab],
        available=catalogue.available[lab],
        input_price=output * input_ratio,
        cached_price=output * cached_ratio,
        output_price=output,
    )
