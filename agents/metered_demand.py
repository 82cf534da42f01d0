"""Demand for metered work: what is worth running at today's quality and prices, and from which lab and model.

Tasks of a class are worth more than v with frequency v^-alpha (a power law, cut off at the most valuable task), so
there is always more to do where a dollar buys more. What runs lies above a cut-off, which follows the cost of a task
slowly: integrating models into work takes time. Axes: metered (class of work), bin (of difficulty), lab, tier.
"""

from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float

from agents.choice import Floats
from agents.metered_parameters import MeteredParameters

LEAST_ACTIVE = 1e-3
"""Part of the power law that runs even where the cut-off lies above the most valuable task: trials."""
LARGEST_LAG = 0.5
"""Largest part (ln) of the gap between cut-off and its target that counts as surplus: tasks do not join by value."""
BUDGET_SHARPNESS = 4.0
"""How sharply spending bends at the budget: the norm by which both are combined."""
NOTHING = -60.0
"""Logarithm of the worth of an offer that does not exist."""

Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


class Offer(NamedTuple):
    """What labs' models are worth to customers, and how these choose.

    `tier_share` of a lab's tasks, one over tiers; `bin_share` of a lab's tasks, one over bins; `worth` ln of value for
    a dollar with a lab; `lab_share` of tasks whose lab is chosen anew each week; `class_worth` ln of value for a dollar
    with all labs.
    """

    tier_share: Float[Floats, "metered bin lab tier"]
    bin_share: Float[Floats, "metered lab bin"]
    worth: Float[Floats, "metered lab"]
    lab_share: Float[Floats, "metered lab"]
    class_worth: Float[Floats, " metered"]


def offer_of(
    log_quality: Float[Floats, "metered bin lab tier"],
    log_cost: Float[Floats, "metered bin lab tier"],
    on_sale: Bool[Flags, "metered lab tier"],
    standing: Float[Floats, "metered lab"],
    p: MeteredParameters,
) -> Offer:
    """Return how tasks are shared over labs and tiers: a nested logit in ln quality less ln cost.

    log_quality: ln of what a task done by the model is worth, relative to a task of the class that always succeeds;
    log_cost: ln of its cost over the value of a task at the reference; standing: ln of reputation and reach of a lab.
    Tiers of one lab are closer substitutes (`tier_substitution` x `lab_substitution`) than labs. Bins of a class add up
    as a power law does: twice the value for a dollar, 2^alpha times the tasks.
    """
    beta, alpha = p.lab_substitution, p.value_tail
    within = beta * p.tier_substitution
    worth = np.where(on_sale[:, None], log_quality - log_cost, NOTHING)
    by_bin, tier_share = _nest(worth, within, axis=3)
    by_lab, bin_share = _nest(by_bin, alpha, axis=1)
    by_lab = by_lab - np.log(worth.shape[1]) / alpha
    class_worth, lab_share = _nest(by_lab + standing, beta, axis=1)
    return Offer(tier_share, bin_share.swapaxes(1, 2), by_lab, lab_share, class_worth)


def _nest(worth: Floats, scale: float, axis: int) -> tuple[Floats, Floats]:
    """Return the inclusive worth of options along an axis, ln(sum exp(scale u)) / scale, and their logit shares."""
    top = worth.max(axis=axis, keepdims=True)
    weights = np.exp(scale * (worth - top))
    total = weights.sum(axis=axis, keepdims=True)
    return (top + np.log(total) / scale).squeeze(axis), weights / total


def quality_of(success: Floats, capability: Floats, agentic: Bool[Flags, " metered"], p: MeteredParameters) -> Floats:
    """Return ln of what a task is worth when an option does it (metered, bin, option): success, and horizon of agents.

    success: (metered, bin, option); capability: log10 E of the options.
    """
    hours = p.horizon_growth * np.log(10.0) * (capability - p.horizon_capability)
    return np.log(np.maximum(success, 1e-12)) + np.where(agentic[:, None, None], p.horizon_value * hours, 0.0)


def horizon_hours(capability: float, p: MeteredParameters) -> float:
    """Return the length of the tasks that models of a capability (log10 E) finish half of the time, hours."""
    return float(p.horizon_hours * 10.0 ** (p.horizon_growth * (capability - p.horizon_capability)))


def task_length(hours: float, agentic: Bool[Flags, " metered"], p: MeteredParameters) -> Float[Floats, " metered"]:
    """Return tokens and value of a task relative to those at `horizon_hours` (metered,): they grow with agents' H."""
    return np.where(agentic, (hours / p.horizon_hours) ** p.horizon_length, 1.0)


def review_burden(hours: float, agentic: Bool[Flags, " metered"], p: MeteredParameters) -> Float[Floats, " metered"]:
    """Return the cost of reviewing what agents did, relative to the cost of their work (metered,): it falls with H."""
    return np.where(agentic, p.review_burden * hours**-p.review_relief, 0.0)


def common_quality(
    best: Float[Floats, "metered bin"], log_value: Float[Floats, "metered bin"], weight: Floats, p: MeteredParameters
) -> Float[Floats, " metered"]:
    """Return ln of the quality of a class's tasks that the best offers of each bin give, were all as dear (metered,).

    Bins add up as in `offer_of`: what becomes possible in hard and valuable bins counts by the value that it opens.
    best: ln quality of the best offer; log_value: ln of a task's value, relative to the reference; weight: of ln
    quality in the worth of an offer.
    """
    alpha = p.value_tail
    with_quality, _ = _nest(weight[:, None] * best + log_value, alpha, axis=1)
    perfect, _ = _nest(log_value, alpha, axis=1)
    return (with_quality - perfect) / weight


def cutoff_target(
    offer: Offer,
    best: Float[Floats, " metered"],
    reviews: Float[Floats, " metered"],
    quality: Floats,
    p: MeteredParameters,
) -> Float[Floats, " metered"]:
    """Return ln of the least value of a task worth running, relative to the reference (metered,).

    A task must be worth its cost and its review. Quality of one offer relative to the others counts fully (weight
    `quality`), the progress that all share only by `progress_weight`: what all can do is soon expected of all.
    best: `common_quality`.
    """
    return -offer.class_worth + (quality - p.progress_weight) * best + np.log1p(reviews)


def moved_cutoff(
    cutoff: Float[Floats, " metered"],
    target: Float[Floats, " metered"],
    hours: float,
    agentic: Bool[Flags, " metered"],
    p: MeteredParameters,
) -> Float[Floats, " metered"]:
    """Return the cut-offs a week later: slowly down (integration), faster up (withdrawal).

    Agents of a long horizon help to integrate themselves: their time shrinks as H^-`integration_gain`.
    """
    faster = np.where(agentic, max(hours, 1.0) ** -p.integration_gain, 1.0)
    down = np.maximum(p.integration_weeks * faster, p.least_integration_weeks)
    gap = target - cutoff
    return cutoff + np.where(gap < 0.0, gap / down, gap / p.withdrawal_weeks)


def active(cutoff: Floats, top: Floats, p: MeteredParameters) -> Floats:
    """Return the tasks above the cut-off, relative to those above the reference: theta^-alpha - vmax^-alpha."""
    above = np.exp(-p.value_tail * cutoff)
    return np.maximum(above - np.exp(-p.value_tail * top), LEAST_ACTIVE * above)


def mean_to_least_value(cutoff: Floats, top: Floats, p: MeteredParameters) -> Floats:
    """Return the mean value of the tasks that run over the value of the least of them (truncated Pareto)."""
    alpha, r = p.value_tail, np.exp(np.minimum(cutoff - top, -0.05))
    mean: Floats = alpha / (alpha - 1.0) * (1.0 - r ** (alpha - 1.0)) / (1.0 - r**alpha)
    return mean


def value_to_spending(cutoff: Floats, target: Floats, top: Floats, reviews: Floats, p: MeteredParameters) -> Floats:
    """Return what the work that runs is worth over what is paid for it (metered,)."""
    lag = np.exp(np.minimum(np.maximum(cutoff - target, 0.0), LARGEST_LAG))
    return mean_to_least_value(cutoff, top, p) * (1.0 + reviews) * lag


def within_budget(spending: Floats, budget: Floats | float) -> Floats:
    """Return the part of the work that a budget lets through: nearly all below it, budget / spending far above."""
    ratio = spending / np.maximum(budget, 1e-9)
    part: Floats = (1.0 + ratio**BUDGET_SHARPNESS) ** (-1.0 / BUDGET_SHARPNESS)
    return part


Usd = TypeVar("Usd", float, Floats)


def moved_budget(budget: Usd, value: Usd, p: MeteredParameters) -> Usd:
    """Return budgets a week later: they follow a share of the value that the work bought with them had."""
    return budget + (p.budget_share * value - budget) / p.budget_weeks


def in_reach(
    value: Floats, wage_bill: Floats, hours: float, agentic: Bool[Flags, " metered"], p: MeteredParameters
) -> tuple[Floats, Floats]:
    """Return the part of the work that the wage bill in reach leaves room for, and the share of it that is taken.

    Agents reach F = x / (1 + x) of the wage bill (USD/year) with x = (H / `reach_hours`)^`horizon_value`, others half.
    value: USD/year of the work wanted.
    """
    x = (hours / p.reach_hours) ** p.horizon_value
    bill = wage_bill * np.where(agentic, x / (1.0 + x), 0.5)
    part = 1.0 / (1.0 + value / bill)
    return part, part * value / bill


def moved_reputation(
    reputation: Float[Floats, " lab"],
    quality: Float[Floats, " lab"],
    share: Float[Floats, " lab"],
    unserved: Float[Floats, " lab"],
    p: MeteredParameters,
) -> Float[Floats, " lab"]:
    """Return reputations a week later: they fade, gain by quality above the average sold, and lose where work is lost.

    quality: log10 E of each lab's best model in use; share: of the market's metered revenue; unserved: share of work.
    """
    ahead = np.minimum(np.maximum(quality - (share * quality).sum(), -0.6), 0.6)
    return (1.0 - p.reputation_fade) * reputation + p.reputation_gain * ahead - p.reputation_loss * unserved
