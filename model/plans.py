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

    def write(self, rows: Ints, tasks: Tasks, chosen: Choices, share: Floats, bins: Floats, p: LabParameters) -> None:
        """Write the plans of all labs for workloads `rows`, of which these are the `tasks`.

        chosen: of all labs' models (W, B, L x T); share: (W, B, L, T) of tasks that take each tier; bins: (W, L, B).
        """
        workloads, counted, labs, tiers = share.shape
        counts, work = per_task_of(tasks, chosen, p)
        success = chosen.success.reshape(share.shape)
        self.share[:, rows] = by_lab = share.transpose(2, 0, 1, 3)
        self.reached[:, rows] = reached_by(by_lab)
        self.bins[:, rows] = bins.swapaxes(0, 1)
        self.per_task[:, rows] = counts.reshape(workloads, labs, tiers, counted, -1).swapaxes(0, 1)
        self.work[:, rows] = work.reshape(workloads, labs, tiers, counted).swapaxes(0, 1)
        run = np.einsum("wlb,wblt->lw", bins, share)
        succeeds = np.einsum("wlb,wblt,wblt->lw", bins, share, success)
        self.success[:, rows] = succeeds / np.where(run > 0.0, run, 1.0)
        self.runs[:, rows] = run


def per_task_of(tasks: Tasks, chosen: Choices, p: LabParameters) -> tuple[Ints, Floats]:
    """Return `per_task` (W, T, B, 7) and `work` (W, T, B) of the models chosen from.

    Work counts tokens by the GPU time that each kind takes to that of output, all more in long contexts.
    """
    weights = 1e-6 * np.array([p.input_weight, p.cached_weight, 1.0, 1.0])
    longer = tasks.input_tokens / (tasks.calls * p.context_half)
    work = over_last(chosen.tokens * weights) * (longer[:, :, None] * chosen.context + 1.0)
    workloads, bins, models = chosen.effort.shape
    counts = np.empty((workloads, models, bins, len(COUNTS)), dtype=np.int64)
    counts[..., TOKENS] = by_model = chosen.tokens.swapaxes(1, 2)
    counts[..., TASKS] = 1
    counts[..., CALLS] = np.rint(tasks.calls)[:, None, :]
    counts[..., THINKING] = over_last(by_model) * (chosen.effort > 0.0).swapaxes(1, 2)
    return counts, work.swapaxes(1, 2)


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
