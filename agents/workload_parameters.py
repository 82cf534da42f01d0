"""What is known of each workload, and how tasks succeed, gain from thinking and context, and are worth."""

from typing import Literal

from agents.parameter_groups import Group, initial, parameter

Payer = Literal["flat", "surface", "metered"]
Segment = Literal["consumer", "developer", "enterprise"]
TaskClass = Literal["chat", "embedded", "api", "rag", "coding", "agent"]


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

    task_class: TaskClass = initial("api", unit="class", source="brief 16", gloss="task class")
    segment: Segment = initial("developer", unit="segment", source="brief 42", gloss="who asks")
    payer: Payer = initial("metered", unit="kind", source="brief 31", gloss="flat, surface or metered")
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
