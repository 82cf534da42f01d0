"""What people and programs ask of models: workloads, their tasks in bins of difficulty and value."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from agents.choice import Floats, Tasks, Tastes
from agents.parameter_groups import Group, parameter
from agents.units import WEEKS_PER_YEAR

DIFFICULTY_BINS = 8
VALUE_BINS = 4
BINS = DIFFICULTY_BINS * VALUE_BINS

Payer = Literal["flat", "surface", "metered"]
Segment = Literal["consumer", "developer", "enterprise"]
TaskClass = Literal["chat", "embedded", "api", "rag", "coding", "agent"]
SEGMENTS: tuple[str, ...] = get_args(Segment)
SUBSCRIPTIONS = ("chat-paid", "seat", "code-assist")
"""Workloads that are paid for by the month."""


# fmt: off
class DemandParameters(Group):
    """How tasks succeed, what thinking and context add, and how choices are split."""

    steepness: float = parameter(
        2.77, unit="1/log10 E", low=0.5, high=6.0, source="docs/model.md section 16",
        gloss="how sharply success rises as capability passes a task's difficulty",
    )
    thinking_gain: float = parameter(
        0.873, unit="log10 E per decade of effort", low=0.0, high=1.2, source="docs/model.md section 16",
        gloss="capability that a tenfold thinking effort adds",
    )
    thinking_ceiling: float = parameter(
        64.0, unit="hidden/visible token", low=0.0, high=1024.0, prior="loguniform", source="E024 F007",
        gloss="largest thinking effort that a fully trained reasoning model allows",
    )
    context_gain: float = parameter(
        0.14, unit="log10 E per unit of ln context", low=0.0, high=1.0, source="E020 E025",
        gloss="capability that context adds to calls, chats and retrieval chains, per log of the first tokens added",
    )
    context_fade: float = parameter(
        0.4, unit="exponent", low=0.05, high=2.0, source="E020 E025 T93",
        gloss="how fast further context adds less: at 1 each doubling adds half of what the one before added",
    )
    value_slope: float = parameter(
        0.9857, unit="ln USD per log10 E", low=0.0, high=3.0, source="docs/model.md section 16",
        gloss="how fast the value of a task rises with its difficulty",
    )
    value_noise: float = parameter(
        1.05, unit="sd of ln USD", low=0.0, high=3.0, source="docs/model.md section 16",
        gloss="spread of task values at equal difficulty",
    )
    length_slope: float = parameter(
        0.25, unit="ln token per log10 E", low=0.0, high=1.5, source="E022 E028",
        gloss="how fast tokens per task rise with its difficulty",
    )
    taste_scale: float = parameter(
        0.06, unit="share of value", low=0.005, high=0.5, source="E009 E012",
        gloss="spread of tastes over a lab's tiers: small means that the best surplus takes all",
    )
    tokens_per_second: float = parameter(
        100.0, unit="token/s", low=1.0, high=1e5, prior="loguniform", source="E128",
        gloss="speed at which a model writes and thinks, which decides how long its thinking is waited for",
    )
    impatience_factor: float = parameter(
        1.0, unit="ratio", low=0.0, high=100.0, source="choice",
        gloss="scales every workload's impatience: at 0 nobody minds waiting",
    )
    hurdle: float = parameter(
        0.0602, unit="share of value", low=0.0, high=0.8, source="choice",
        gloss="part of a task's value that integration and review cost: below it a metered task does not run",
    )
    ambition_per_year: float = parameter(
        0.5, unit="log10 E/year", low=0.0, high=4.0, source="brief 22 docs/model.md section 16",
        gloss="how fast people and firms turn to harder tasks when models do all that they had in mind",
    )
    ambition_threshold: float = parameter(
        0.7, unit="share", low=0.0, high=0.99, source="choice",
        gloss="share of the tasks in mind that must succeed before anybody thinks of harder ones",
    )
    consumer_value_factor: float = parameter(
        1.0, unit="ratio", low=0.05, high=5.0, source="choice", gloss="scales consumers' values and willingness to pay"
    )
    developer_value_factor: float = parameter(
        1.0, unit="ratio", low=0.05, high=5.0, source="choice", gloss="scales the value of developers' tasks"
    )
    enterprise_value_factor: float = parameter(
        1.0, unit="ratio", low=0.05, high=5.0, source="choice", gloss="scales the value of enterprises' tasks"
    )


class Workload(Group):
    """One kind of work: who pays, what a task is worth, how hard it is and how many tokens it takes."""

    task_class: TaskClass = parameter("api", unit="class", source="brief 16", gloss="task class")
    segment: Segment = parameter("developer", unit="segment", source="brief 42", gloss="who asks")
    payer: Payer = parameter("metered", unit="kind", source="brief 31", gloss="flat, surface or metered")
    value_usd: float = parameter(
        0.01, unit="USD/task", low=1e-6, high=1e3, prior="loguniform", source="choice",
        gloss="median value of a task at mean difficulty (to a flat payer's lab: what keeping the customer is worth)",
    )
    difficulty_mean: float = parameter(
        0.0, unit="log10 E", low=-4.0, high=6.0, source="choice", gloss="mean difficulty, relative to GPT-4"
    )
    difficulty_sd: float = parameter(
        1.5, unit="log10 E", low=0.0, high=4.0, source="docs/model.md section 16", gloss="spread of difficulty"
    )
    input_tokens: float = parameter(1000.0, unit="token/step", low=1.0, high=1e6, source="E016", gloss="first context")
    output_tokens: float = parameter(200.0, unit="token/step", low=1.0, high=1e5, source="E017", gloss="visible output")
    cached_share: float = parameter(
        0.0, unit="share", low=0.0, high=0.99, source="E033", gloss="input that is cached in a single-step task"
    )
    steps: int = parameter(
        1, unit="call/task", low=1, high=500, source="F034", gloss="calls in a task, one after another"
    )
    growth_tokens: float = parameter(
        0.0, unit="token/step", low=0.0, high=1e5, source="E032", gloss="context that each step adds for the next ones"
    )
    flexible: bool = parameter(False, unit="flag", source="E026", gloss="may lengthen its context where that pays")
    commitment: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="E014 docs/model.md section 10",
        gloss="what a lab loses by turning a task away, to what it earns by it: contracts bind, customers leave",
    )
    patience: float = parameter(
        0.3, unit="share", low=0.0, high=1.0, source="choice", gloss="unserved tasks that come back next week"
    )
    impatience: float = parameter(
        0.01, unit="1/s", low=0.0, high=10.0, prior="loguniform", source="E129 docs/model.md section 16",
        gloss="part of a median task's value that each second of waiting for hidden tokens costs",
    )
    discount: float = parameter(
        0.0, unit="share", low=0.0, high=0.95, source="docs/model.md section 16",
        gloss="rebate on list prices actually paid"
    )
# fmt: on


def task_value_factor(workload: Workload, demand: DemandParameters) -> float:
    """Return the factor that scales the value of a workload's tasks."""
    return {
        "consumer": demand.consumer_value_factor,
        "developer": demand.developer_value_factor,
        "enterprise": demand.enterprise_value_factor,
    }[workload.segment]


def tasks_of(workloads: Mapping[str, Workload], demand: DemandParameters) -> Tasks:
    """Lay every workload's tasks out in equally likely bins of difficulty and value.

    Difficulty and value noise are normal, taken at the mid-quantiles of DIFFICULTY_BINS x VALUE_BINS bins. A task of
    n steps carries its growing context along: input = n c + g n (n - 1) / 2, of which all but the first context and
    the growth itself is cached; so tokens grow with the square of the steps, cost much less. Harder tasks take more
    tokens where a task has one step, and more steps, of the same first context and output, where it has several.
    """
    difficulty_z = np.repeat(ndtri((np.arange(DIFFICULTY_BINS) + 0.5) / DIFFICULTY_BINS), VALUE_BINS)
    value_z = np.tile(ndtri((np.arange(VALUE_BINS) + 0.5) / VALUE_BINS), DIFFICULTY_BINS)
    rows = [_task_row(w, demand, difficulty_z, value_z) for w in workloads.values()]
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


def harder(tasks: Tasks, ambition: Floats, metered: NDArray[np.bool_], demand: DemandParameters) -> Tasks:
    """Return tasks that are harder by `ambition` (W,), and longer and worth more by the slopes of length and value.

    Longer in tokens of every step: how many steps they take stays.

    Only who pays for tokens has more to gain from a harder task: a subscriber pays the lab no more for it.
    """
    t, longer = tasks, np.exp(demand.length_slope * ambition)
    dearer = np.exp(demand.value_slope * ambition * metered)
    value, difficulty, inputs, outputs = raised(
        t.value_usd, t.difficulty, t.input_tokens, t.output_tokens, ambition, longer, dearer
    )
    kept = t.calls, t.flexible, t.must_serve, t.wait_usd_per_token
    return Tasks(value, difficulty, inputs, t.cached_share, outputs, *kept)


def raised(
    value_usd: Floats,
    difficulty: Floats,
    input_tokens: Floats,
    output_tokens: Floats,
    by: Floats,
    longer: Floats,
    dearer: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the first four (W, B), in their order, of tasks harder `by`, and `longer` and `dearer` times (W,)."""
    lengths = longer[:, None]
    return value_usd * dearer[:, None], difficulty + by[:, None], input_tokens * lengths, output_tokens * lengths


def _task_row(
    workload: Workload, demand: DemandParameters, difficulty_z: Floats, value_z: Floats
) -> tuple[Floats, ...]:
    """Return value, difficulty, input, cached share, output and calls per bin, each (BINS,)."""
    spread = workload.difficulty_sd * difficulty_z
    length = np.exp(demand.length_slope * spread)
    value = np.exp(demand.value_slope * spread + demand.value_noise * value_z)
    value *= task_value_factor(workload, demand) * workload.value_usd
    steps = np.maximum(np.rint(workload.steps * length), 1.0) if workload.steps > 1 else np.ones(BINS)
    scale = np.ones(BINS) if workload.steps > 1 else length
    first = workload.input_tokens * scale
    total = steps * first + workload.growth_tokens * steps * (steps - 1.0) / 2.0
    fresh = first + workload.growth_tokens * (steps - 1.0)
    cached = np.where(steps > 1.0, 1.0 - fresh / total, workload.cached_share)
    output = workload.output_tokens * scale * steps
    return value, workload.difficulty_mean + spread, total, cached, output, steps


def tastes_of(demand: DemandParameters, *, thinking: bool) -> Tastes:
    """Return the shape of choices; the effort grid is 0 and powers of two up to the ceiling, or 0 alone.

    That a model which reasons thinks at least twice as long as it speaks is a choice (E024: four times in the median).
    """
    top = demand.thinking_ceiling if thinking else 0.0
    powers = 2.0 ** np.arange(1.0, np.floor(np.log2(top)) + 1.0) if top >= 2.0 else np.empty(0)
    efforts = np.unique(np.concatenate(([0.0], powers, [top])))
    return Tastes(
        steepness=demand.steepness,
        thinking_gain=demand.thinking_gain,
        context_gain=demand.context_gain,
        context_fade=demand.context_fade,
        taste_scale=demand.taste_scale,
        hurdle=demand.hurdle,
        efforts=efforts,
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
            of={name: i for i, name in enumerate(workloads)},
            task_class=tuple(w.task_class for w in items),
            payer=tuple(w.payer for w in items),
        )
