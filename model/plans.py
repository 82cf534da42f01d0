"""Plans: for every lab, how each workload's tasks would be run with it, made anew when its catalogue changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import TIERS, Catalogue
from agents.choice import TOKEN_KINDS, Floats, Ints, Options, Tasks, Tastes, choose
from agents.lab_parameters import LabParameters
from agents.workloads import BINS


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

    `share` of tasks that take the tier (the rest do not run); `tokens` (L, W, B, T, 4) per task by kind; `work`
    output-equivalent Mtok per task (GPU-hours but for the tier's GPU-hours per Mtok); `thinking` tokens per task that
    reasons, 0 for one that does not.
    Means over bins, (L, W): `success` of what runs, `surplus` of the best tier as a share of value (at least zero),
    `runs` the share that runs.
    """

    STATE = ("share", "tokens", "work", "thinking", "success", "surplus", "runs")

    share: Floats
    tokens: Ints
    work: Floats
    thinking: Ints
    success: Floats
    surplus: Floats
    runs: Floats

    @classmethod
    def empty(cls, labs: int, workloads: int) -> "Plans":
        """Return plans under which nothing runs."""
        shape = (labs, workloads, BINS, len(TIERS))
        return cls(
            share=np.zeros(shape),
            tokens=np.zeros((*shape, len(TOKEN_KINDS)), dtype=np.int64),
            work=np.zeros(shape),
            thinking=np.zeros(shape, dtype=np.int64),
            success=np.zeros(shape[:2]),
            surplus=np.zeros(shape[:2]),
            runs=np.zeros(shape[:2]),
        )

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
        options = _options(lab, catalogue, terms, p)
        chosen = choose(tasks, options, tastes)
        call_context = tasks.input_tokens[:, :, None] * chosen.context / tasks.calls[:, :, None]
        weights = np.array([p.input_weight, p.cached_weight, 1.0, 1.0])
        self.share[lab, rows] = chosen.share
        self.tokens[lab, rows] = chosen.tokens
        equivalent = (chosen.tokens.reshape(-1, len(TOKEN_KINDS)) @ weights).reshape(call_context.shape)
        self.work[lab, rows] = equivalent * 1e-6 * (1.0 + call_context / p.context_half)
        everything = chosen.tokens[..., 0] + chosen.tokens[..., 1] + chosen.tokens[..., 2] + chosen.tokens[..., 3]
        self.thinking[lab, rows] = everything * (chosen.effort > 0.0)
        run = chosen.share.sum(axis=(1, 2))
        succeeded = (chosen.share * chosen.success).sum(axis=(1, 2))
        self.success[lab, rows] = np.divide(succeeded, run, out=np.zeros_like(run), where=run > 0.0)
        self.surplus[lab, rows] = np.maximum(chosen.best, 0.0).sum(axis=1) / BINS
        self.runs[lab, rows] = run / BINS


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
