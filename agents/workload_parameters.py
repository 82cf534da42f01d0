"""What is known of each workload, and how tasks succeed, gain from thinking and context, and are worth."""

from typing import Literal

from agents.parameter_groups import Group, declared

Payer = Literal["flat", "surface", "metered"]
PaidBy = Literal["consumers", "vendors", "employers", "organisations"]
Segment = Literal["consumer", "developer", "enterprise"]
ASKED = (
    "chat-free", "chat-paid", "seat", "search", "messenger", "app-api", "app-rag", "app-agent",
    "code-assist", "code-agent", "ent-api", "ent-rag", "ent-agent",
)  # fmt: skip
"""Workloads that people, apps and organisations of the model ask for themselves."""
TaskClass = Literal["chat", "embedded", "api", "rag", "coding", "agent"]


class DemandParameters(Group):
    """How tasks succeed, what thinking and context add, and how choices are split."""

    steepness: float = declared("demand.steepness")
    thinking_gain: float = declared("demand.thinking_gain")
    thinking_ceiling: float = declared("demand.thinking_ceiling")
    context_gain: float = declared("demand.context_gain")
    context_fade: float = declared("demand.context_fade")
    value_slope: float = declared("demand.value_slope")
    length_slope: float = declared("demand.length_slope")
    taste_scale: float = declared("demand.taste_scale")
    tokens_per_second: float = declared("demand.tokens_per_second")
    impatience_factor: float = declared("demand.impatience_factor")
    hurdle: float = declared("demand.hurdle")
    ambition_per_year: float = declared("demand.ambition_per_year")
    ambition_threshold: float = declared("demand.ambition_threshold")
    consumer_value_factor: float = declared("demand.consumer_value_factor")
    developer_value_factor: float = declared("demand.developer_value_factor")
    enterprise_value_factor: float = declared("demand.enterprise_value_factor")


class Workload(Group):
    """One kind of work: who pays, what a task is worth, how hard it is and how many tokens it takes."""

    task_class: TaskClass = declared("workload.task_class")
    segment: Segment = declared("workload.segment")
    payer: Payer = declared("workload.payer")
    value_usd: float = declared("workload.value_usd")
    difficulty_mean: float = declared("workload.difficulty_mean")
    difficulty_sd: float = declared("workload.difficulty_sd")
    input_tokens: float = declared("workload.input_tokens")
    output_tokens: float = declared("workload.output_tokens")
    cached_share: float = declared("workload.cached_share")
    steps: int = declared("workload.steps")
    growth_tokens: float = declared("workload.growth_tokens")
    flexible: bool = declared("workload.flexible")
    commitment: float = declared("workload.commitment")
    patience: float = declared("workload.patience")
    impatience: float = declared("workload.impatience")
    discount: float = declared("workload.discount")
    top_value: float = declared("workload.top_value")
    quality_weight: float = declared("workload.quality_weight")
    wage_bill_usd_per_year: float = declared("workload.wage_bill_usd_per_year")
    committed_share: float = declared("workload.committed_share")
    paid_by: PaidBy = declared("workload.paid_by")
    asked_with: str = declared("workload.asked_with")
    asked_per_task: float = declared("workload.asked_per_task")
