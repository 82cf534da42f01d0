"""Plans: for every lab, how each workload's tasks would be run with it this week."""

from dataclasses import dataclass

import numpy as np

from agents.catalogue import TIERS
from agents.choice import TOKEN_KINDS, Choices, Floats, Ints, Tasks, over_last, reached_by
from agents.lab_parameters import LabParameters
from agents.workloads import BINS

COUNTS = (*TOKEN_KINDS, "tasks", "calls", "thinking")
"""What is counted in whole numbers: tokens by kind, tasks, model calls, and all tokens of tasks that reason."""
TOKENS, TASKS, CALLS, THINKING = slice(0, len(TOKEN_KINDS)), 4, 5, 6


@dataclass
class Plans:
    """How tasks run, by lab (L), workload (W), bin (B) and tier (T).

    `share` (L, W, B, T) of tasks that take the tier (the rest do not run) and `reached`, its sum over tiers so far;
    `bins` (L, W, B) of tasks that fall into each bin; `per_task` (L, W, T, B, 7) whole numbers per task in the order of
    COUNTS; `work` (L, W, T, B) output-equivalent Mtok per task (times the tier's GPU-hours per Mtok: GPU-hours). Means
    over bins, (L, W): `success` of what runs, `runs` the share that runs.
    """

    STATE = ("share", "reached", "bins", "per_task", "work", "success", "runs")

    share: Floats
    reached: Floats
    bins: Floats
    per_task: Ints
    work: Floats
    success: Floats
    runs: Floats

    @classmethod
    def empty(cls, labs: int, workloads: int) -> "Plans":
        """Return plans under which nothing runs."""
        by_bin = (labs, workloads, BINS, len(TIERS))
        by_tier = (labs, workloads, len(TIERS), BINS)
        return cls(
            share=np.zeros(by_bin),
            reached=np.zeros(by_bin),
            bins=np.full(by_bin[:3], 1.0 / BINS),
            per_task=np.zeros((*by_tier, len(COUNTS)), dtype=np.int64),
            work=np.zeros(by_tier),
            success=np.zeros(by_bin[:2]),
            runs=np.zeros(by_bin[:2]),
        )

    @property
    def tokens(self) -> Ints:
        """Tokens per task by kind (L, W, T, B, 4)."""
        return self.per_task[..., TOKENS]

    def write(self, tasks: Tasks, chosen: Choices, share: Floats, bins: Floats, p: LabParameters) -> None:
        """Write the plans of all labs for all workloads.

        chosen: of all labs' models (W, B, L x T); share: (W, B, L, T) of tasks that take each tier; bins: (W, L, B).
        """
        shape = share.shape
        self.share[:] = share.transpose(2, 0, 1, 3)
        self.reached[:] = reached_by(self.share)
        self.bins[:] = bins.swapaxes(0, 1)
        self.per_task[:] = per_task_of(tasks, chosen).reshape(*shape, -1).transpose(2, 0, 3, 1, 4)
        self.work[:] = work_of(tasks, chosen, p).reshape(shape).transpose(2, 0, 3, 1)
        run = np.einsum("wlb,wblt->lw", bins, share)
        succeeds = np.einsum("wlb,wblt,wblt->lw", bins, share, chosen.success.reshape(shape))
        self.success[:] = succeeds / np.where(run > 0.0, run, 1.0)
        self.runs[:] = run


def work_of(tasks: Tasks, chosen: Choices, p: LabParameters) -> Floats:
    """Return the output-equivalent Mtok per task (W, B, T) of the models chosen from.

    Tokens count by the GPU time that each kind takes to that of output, all more in long contexts.
    """
    weights = 1e-6 * np.array([p.input_weight, p.cached_weight, 1.0, 1.0])
    longer = tasks.input_tokens / (tasks.calls * p.context_half)
    work: Floats = over_last(chosen.tokens * weights) * (longer[:, :, None] * chosen.context + 1.0)
    return work


def per_task_of(tasks: Tasks, chosen: Choices) -> Ints:
    """Return whole numbers per task (W, B, T, 7) of the models chosen from, in the order of COUNTS."""
    counts = np.empty((*chosen.effort.shape, len(COUNTS)), dtype=np.int64)
    counts[..., TOKENS] = chosen.tokens
    counts[..., TASKS] = 1
    counts[..., CALLS] = np.rint(tasks.calls)[:, :, None]
    counts[..., THINKING] = over_last(chosen.tokens) * (chosen.effort > 0.0)
    return counts


def expected_tokens(plans: Plans, rows: slice) -> Floats:
    """Return the tokens that a task of workloads `rows` takes on average as planned, run or not (L, rows)."""
    weight = (plans.share[:, rows] * plans.bins[:, rows, :, None]).swapaxes(2, 3)
    return np.asarray((weight * over_last(plans.per_task[:, rows][..., TOKENS])).sum(axis=(2, 3)))


def expected_hours(plans: Plans, lab: int, rates: Floats) -> Floats:
    """Return the GPU-hours that a task takes on average with a lab as planned, run or not (W,).

    rates: (L, T) GPU-hours per output-equivalent Mtok.
    """
    weight = (plans.share[lab] * plans.bins[lab, ..., None]).swapaxes(1, 2)
    return np.asarray((weight * (plans.work[lab] * rates[lab, :, None])).sum(axis=(1, 2)))
