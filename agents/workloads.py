"""What people and programs ask of models: workloads, their tasks in bins of difficulty."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

import numpy as np
from scipy.special import ndtri

from agents.choice import Floats, Tasks, Tastes
from agents.units import WEEKS_PER_YEAR
from agents.workload_parameters import DemandParameters, PaidBy, Segment, Workload

BINS = 8
"""Bins of difficulty, equally likely where a task has to be done."""

PAYERS: tuple[str, ...] = get_args(PaidBy)
SEGMENTS: tuple[str, ...] = get_args(Segment)
SUBSCRIPTIONS = ("chat-paid", "seat", "code-assist")
"""Workloads that are paid for by the month."""


def task_value_factor(workload: Workload, demand: DemandParameters) -> float:
    """Return the factor that scales the value of a workload's tasks."""
    return {
        "consumer": demand.consumer_value_factor,
        "developer": demand.developer_value_factor,
        "enterprise": demand.enterprise_value_factor,
    }[workload.segment]


def tasks_of(workloads: Mapping[str, Workload], demand: DemandParameters) -> Tasks:
    """Lay every workload's tasks out in equally likely bins of difficulty.

    Difficulty is normal, taken at the mid-quantiles of the bins. A task of n steps carries its growing context along:
    input = n c + g n (n - 1) / 2, of which all but the first context and the growth itself is cached; so tokens grow
    with the square of the steps, cost much less. Harder tasks take more tokens where a task has one step, and more
    steps, of the same first context and output, where it has several.
    """
    z = ndtri((np.arange(BINS) + 0.5) / BINS)
    rows = [_task_row(w, demand, z) for w in workloads.values()]
    value, difficulty, tokens_in, cached, tokens_out, calls = (np.stack(column) for column in zip(*rows, strict=True))
    return Tasks(
        value_usd=value,
        difficulty=difficulty,
        input_tokens=tokens_in,
        cached_share=cached,
        output_tokens=tokens_out,
        calls=calls,
        flexible=np.array([w.flexible for w in workloads.values()]),
        must_serve=np.array([w.payer == "flat" for w in workloads.values()]),
        wait_usd_per_token=np.array([_wait_usd_per_token(w, demand) for w in workloads.values()]),
    )


def _wait_usd_per_token(workload: Workload, demand: DemandParameters) -> float:
    """Return what the time in which a model thinks one token costs: a part of a median task's value a second."""
    per_second = demand.impatience_factor * workload.impatience * workload.value_usd
    return per_second / demand.tokens_per_second


def raised_ambition(ambition: Floats, done: Floats, demand: DemandParameters) -> Floats:
    """Return how much harder tasks have become (log10 E, (W,)) a week later: they do so where nearly all are done.

    done: (W,) share of the tasks in mind that run and succeed. Above `ambition_threshold` the aspiration rises, up to
    `ambition_per_year` where all succeed; it never falls, for what is invented stays (adaptive aspiration: Simon 1955).
    """
    p = demand
    eager = np.maximum(done - p.ambition_threshold, 0.0) / (1.0 - p.ambition_threshold)
    return ambition + p.ambition_per_year / WEEKS_PER_YEAR * eager


def harder(tasks: Tasks, ambition: Floats, demand: DemandParameters) -> Tasks:
    """Return tasks that are harder by `ambition` (W,), and longer by the slope of length.

    Longer in tokens of every step: how many steps they take stays. A subscriber pays the lab no more for them.
    """
    t, lengths = tasks, np.exp(demand.length_slope * ambition)[:, None]
    return t._replace(
        difficulty=t.difficulty + ambition[:, None],
        input_tokens=t.input_tokens * lengths,
        output_tokens=t.output_tokens * lengths,
    )


def _task_row(workload: Workload, demand: DemandParameters, difficulty_z: Floats) -> tuple[Floats, ...]:
    """Return value, difficulty, input, cached share, output and calls per bin, each (BINS,)."""
    spread = workload.difficulty_sd * difficulty_z
    length = np.exp(demand.length_slope * spread)
    value = np.exp(demand.value_slope * spread)
    value *= task_value_factor(workload, demand) * workload.value_usd
    steps = np.maximum(np.rint(workload.steps * length), 1.0) if workload.steps > 1 else np.ones(BINS)
    scale = np.ones(BINS) if workload.steps > 1 else length
    first = workload.input_tokens * scale
    total = steps * first + workload.growth_tokens * steps * (steps - 1.0) / 2.0
    fresh = first + workload.growth_tokens * (steps - 1.0)
    cached = np.where(steps > 1.0, 1.0 - fresh / total, workload.cached_share)
    output = workload.output_tokens * scale * steps
    return value, workload.difficulty_mean + spread, total, cached, output, steps


def tastes_of(demand: DemandParameters) -> Tastes:
    """Return the shape of choices."""
    return Tastes(
        steepness=demand.steepness,
        thinking_gain=demand.thinking_gain,
        context_gain=demand.context_gain,
        context_fade=demand.context_fade,
        taste_scale=demand.taste_scale,
        hurdle=demand.hurdle,
    )


@dataclass(frozen=True)
class WorkloadIndex:
    """Names of workloads and their positions, and the class and payer of each (W,)."""

    names: tuple[str, ...]
    of: Mapping[str, int]
    task_class: tuple[str, ...]
    payer: tuple[str, ...]

    def span(self, names: Collection[str]) -> slice:
        """Return the rows of workloads that follow one another in the table. Raises ValueError where these do not."""
        rows = [self.of[name] for name in names]
        if rows != list(range(rows[0], rows[0] + len(rows))):
            raise ValueError(f"{', '.join(names)} do not follow one another in the table of workloads")
        return slice(rows[0], rows[-1] + 1)

    @classmethod
    def build(cls, workloads: Mapping[str, Workload]) -> "WorkloadIndex":
        """Index the workloads in their table's order."""
        items = list(workloads.values())
        return cls(
            names=tuple(workloads),
            of=MappingProxyType({name: i for i, name in enumerate(workloads)}),
            task_class=tuple(w.task_class for w in items),
            payer=tuple(w.payer for w in items),
        )
