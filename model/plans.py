"""Plans: for every lab, how each workload's tasks would be run with it, made anew when its catalogue changes."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import TIERS, Catalogue
from agents.choice import TOKEN_KINDS, Floats, Ints, Options, Tasks, Tastes, choose, reached_by
from agents.lab_parameters import LabParameters
from agents.workloads import BINS

COUNTS = (*TOKEN_KINDS, "tasks", "calls", "thinking")
"""What is counted in whole numbers: tokens by kind, tasks, model calls, and all tokens of tasks that reason."""
TOKENS, TASKS, CALLS, THINKING = slice(0, len(TOKEN_KINDS)), 4, 5, 6


class Terms(NamedTuple):
    """What decides a lab's plan besides its catalogue: prices in USD per million output tokens, per tier (T,).

    `list_price` metered workloads face; `unit_cost` routes flat and surface workloads; `metered`, `discount` (W,).
    """

    list_price: Floats
    unit_cost: Floats
    metered: NDArray[np.bool_]
    discount: Floats


class LabPlan(NamedTuple):
    """One lab's rows of `Plans`, as views: what is written to them is written there."""

    share: Floats
    reached: Floats
    per_task: Ints
    work: Floats
    success: Floats
    surplus: Floats
    runs: Floats


@dataclass
class Plans:
    """How tasks run, by lab (L), workload (W), bin (B) and tier (T).

    `share` (L, W, B, T) of tasks that take the tier (the rest do not run) and `reached`, its sum over tiers so far;
    `per_task` (L, W, T, B, 7) whole numbers per task in the order of COUNTS; `work` (L, W, T, B) output-equivalent
    Mtok per task (times the tier's GPU-hours per Mtok: GPU-hours). Means over bins, (L, W): `success` of what runs,
    `surplus` of the best tier as a share of value (at least zero), `runs` the share that runs.
    """

    STATE = LabPlan._fields

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

    def of(self, lab: int) -> LabPlan:
        """Return one lab's plan."""
        means = self.success[lab], self.surplus[lab], self.runs[lab]
        return LabPlan(self.share[lab], self.reached[lab], self.per_task[lab], self.work[lab], *means)

    def make(
        self, lab: int, rows: Ints, tasks: Tasks, catalogue: Catalogue, terms: Terms, tastes: Tastes, p: LabParameters
    ) -> None:
        """Make one lab's plan for the workloads `rows` anew; `tasks` and `terms` are theirs."""
        chosen = choose(tasks, _options(lab, catalogue, terms, p), tastes)
        longer = tasks.input_tokens / (tasks.calls * p.context_half)
        weights = 1e-6 * np.array([p.input_weight, p.cached_weight, 1.0, 1.0])
        lengths = tasks.calls, chosen.effort, chosen.context, longer
        write_plan(self.of(lab), rows, chosen.share, chosen.success, chosen.best, chosen.tokens, *lengths, weights)


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


def write_plan(
    plan: LabPlan,
    rows: Ints,
    share: Floats,
    success: Floats,
    best: Floats,
    tokens: Ints,
    calls: Floats,
    effort: Floats,
    context: Floats,
    longer: Floats,
    weights: Floats,
) -> None:
    """Write workloads `rows` of a lab's plan, from what was chosen for their tasks.

    share, success, effort, context: (W, B, T); best: (W, B); tokens: (W, B, T, 4); the rest as in `per_task_of`.
    """
    plan.share[rows], plan.reached[rows] = share, reached_by(share)
    plan.per_task[rows], plan.work[rows] = per_task_of(tokens, calls, effort, context, longer, weights)
    parts = share.reshape(len(rows), -1)
    run = parts.cumsum(axis=1)[:, -1]  # in order: another order's last bits would change whole counts of tokens
    succeeds = (parts * success.reshape(parts.shape)).cumsum(axis=1)[:, -1]
    plan.success[rows] = succeeds / np.where(run > 0.0, run, 1.0)
    plan.surplus[rows] = np.maximum(best, 0.0).sum(axis=1) / BINS
    plan.runs[rows] = run / BINS


def expected(plan: LabPlan, prices: Floats, rates: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what a task as planned takes on average, run or not: tokens and USD (W, B), and GPU-hours (W,).

    prices: (T, 4) USD per token of each kind; rates: (T,) GPU-hours per output-equivalent Mtok.
    """
    share, kinds = plan.share.swapaxes(1, 2), range(prices.shape[1])
    tokens = sum(plan.per_task[..., k] for k in kinds)  # kind by kind: a reduction over so few takes twice as long
    usd = sum(plan.per_task[..., k] * prices[:, k, None] for k in kinds)
    hours = (share * (plan.work * rates[:, None])).sum(axis=(1, 2))
    return (share * tokens).sum(axis=1), (share * usd).sum(axis=1), hours / BINS


def _options(lab: int, catalogue: Catalogue, terms: Terms, p: LabParameters) -> Options:
    """Return the lab's options as each workload sees them."""
    metered = terms.metered[:, None]
    output = np.where(metered, terms.list_price * (1.0 - terms.discount)[:, None], terms.unit_cost) * 1e-6
    inputs = output * np.where(metered, p.input_price_ratio, p.input_weight)
    cached = output * np.where(metered, p.input_price_ratio * p.cached_price_ratio, p.cached_weight)
    c = catalogue
    return Options(c.capability[lab], c.ceiling[lab], c.window[lab], c.available[lab], inputs, cached, output)
