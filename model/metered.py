"""The market for metered work: what labs' models are worth to those who pay by the token, and what they ask for."""

import numpy as np
from jaxtyping import Bool, Float

from agents.choice import Floats, Ints, Options, Tasks, choose, shares_by_surplus
from agents.labs import NO_PRICE
from agents.metered_demand import (
    NOTHING,
    active,
    common_quality,
    cutoff_target,
    horizon_hours,
    in_reach,
    mean_to_least_value,
    moved_cutoff,
    offer_of,
    quality_of,
    review_burden,
    task_length,
    value_to_spending,
)
from agents.workloads import BINS, harder
from model.constants import Flags
from model.world import World


def follow_upgrades(world: World) -> None:
    """Let customers of a tier move to its new model, a share of them a week.

    `used` is what they have on average: prices, sizes and efforts move as geometric means do, the rest as
    arithmetic ones.
    """
    offered, used, part = world.catalogue, world.used, world.parameters.metered.upgrade_per_week
    new = offered.available & ~used.available
    for name in ("price", "flop"):
        now, later = getattr(used, name), getattr(offered, name)
        now[new] = later[new]
        now *= (later / now) ** part
    for name in ("capability", "window"):
        now, later = getattr(used, name), getattr(offered, name)
        now[new] = later[new]
        now += part * (later - now)
    used.ceiling[new] = offered.ceiling[new]
    used.ceiling[:] = (1.0 + used.ceiling) * ((1.0 + offered.ceiling) / (1.0 + used.ceiling)) ** part - 1.0
    used.available[:] = offered.available


def renew_plans(world: World) -> None:
    """Work out how every lab would do every workload's tasks today, and how customers would share them out."""
    p, u, k = world.parameters, world.used, world.constants
    world.metered.horizon = horizon_hours(leading_capability(world), p.metered)
    tasks, prices = tasks_today(world), faced_prices(world)
    ceiling = u.ceiling * float(p.mechanisms.thinking_effort)
    options = Options(u.capability.ravel(), ceiling.ravel(), u.window.ravel(), *prices)
    chosen = choose(tasks, options, k.tastes)
    by_tier = (*chosen.success.shape[:2], *u.available.shape)
    success = chosen.success.reshape(by_tier)[k.metered_rows]
    _ask_customers(world, success, chosen.tokens[k.metered_rows], prices)
    surplus = chosen.surplus.reshape(by_tier)[k.routed_rows]
    share, bins = np.empty(by_tier), np.full((by_tier[0], by_tier[2], BINS), 1.0 / BINS)
    share[k.routed_rows] = shares_by_surplus(surplus, u.available, tasks.must_serve[k.routed_rows], k.tastes)
    share[k.metered_rows], bins[k.metered_rows] = world.metered.offer.tier_share, world.metered.offer.bin_share
    world.plans.write(tasks, chosen, share, bins, p.labs)
    able = np.where(u.available, success, 0.0).max(axis=3).mean(axis=1)
    world.plans.runs[:, k.metered_rows] = able.T  # what models can do


def _ask_customers(world: World, success: Floats, tokens: Ints, prices: tuple[Floats, Floats, Floats]) -> None:
    """Let those who pay by the token choose, and work out what an average task costs them.

    success: (metered, B, L, T); tokens: (metered, B, L x T, 4); prices as in `faced_prices`.
    """
    rows, metered = world.constants.metered_rows, world.metered
    cost = bill_of(tokens, *(price[rows] for price in prices)).reshape(success.shape)
    _renew_offer(world, success, cost)
    paid = cost
    if not world.parameters.mechanisms.rebound:  # they choose as at the first prices, and pay those of today
        paid = bill_of(tokens, *paid_prices(world, world.paid_prices)).reshape(success.shape)
    offer = metered.offer
    metered.usd_per_task = np.einsum("cjb,cbjt,cbjt->cj", offer.bin_share, offer.tier_share, paid)


def _renew_offer(world: World, success: Floats, cost: Floats) -> None:
    """Work out what labs' models are worth to customers who pay by the token; success, cost: (metered, B, L, T)."""
    p, k = world.parameters.metered, world.constants
    value = full_values(world)[:, :, None, None]
    able = world.used.capability.ravel()
    quality = quality_of(success.reshape(*success.shape[:2], -1), able, k.agentic, p).reshape(success.shape)
    on_sale = _on_sale(world)
    weighted = k.quality_weight[:, None, None, None] * quality
    world.metered.offer = offer_of(
        weighted, np.log(cost / value), on_sale, world.metered.reputation + k.metered_reach, p
    )
    reviews = review_burden(world.metered.horizon, k.agentic, p)
    best_of_bin = np.where(on_sale[:, None], quality, NOTHING).max(axis=(2, 3))
    best = common_quality(best_of_bin, k.metered_log_value, k.quality_weight, p)
    world.metered.cutoff_target = cutoff_target(world.metered.offer, best, reviews, k.quality_weight, p)


def leading_capability(world: World) -> float:
    """Return the capability of the labs' best models in use, weighted by the labs' shares of metered revenue."""
    best = np.where(world.used.available, world.used.capability, -9.0).max(axis=1)
    return float(world.metered.share @ best)


def tasks_today(world: World) -> Tasks:
    """Return all workloads' tasks as they are today.

    Those of flat and surface workloads are harder by ambition. Metered ones are as long as agents' horizon lets them
    be, and worth the mean value of those that run.
    """
    k, p = world.constants, world.parameters
    tasks = harder(k.tasks, world.ambition, p.demand)
    worth, length = np.ones((2, len(k.metered)))
    worth[k.metered_rows] = mean_worth(world)
    length[k.metered_rows] = task_length(world.metered.horizon, k.agentic, p.metered)
    return tasks._replace(
        value_usd=tasks.value_usd * (worth * length)[:, None],
        wait_usd_per_token=tasks.wait_usd_per_token * worth,
        input_tokens=tasks.input_tokens * length[:, None],
        output_tokens=tasks.output_tokens * length[:, None],
    )


def full_values(world: World) -> Floats:
    """Return what a metered task at the reference is worth where it always succeeds (metered, B), USD."""
    k = world.constants
    return k.metered_tasks.value_usd * task_length(world.metered.horizon, k.agentic, world.parameters.metered)[:, None]


def mean_worth(world: World) -> Floats:
    """Return the mean value of the metered tasks that run, relative to the reference (metered,)."""
    k = world.constants
    return np.exp(world.metered.cutoff) * mean_to_least_value(
        world.metered.cutoff, k.top_value, world.parameters.metered
    )


def faced_prices(world: World) -> tuple[Floats, Floats, Floats]:
    """Return what tokens of fresh input, cached input and output cost each workload with each model (W, L x T), USD.

    Customers who pay by the token see prices; the others' labs see their own cost, times their scarcity.
    """
    p, k = world.parameters, world.constants
    rebound = p.mechanisms.rebound
    scarcity = np.array([lab.scarcity if rebound else 1.0 for lab in world.labs])
    price = world.paid_prices if rebound else np.nan_to_num(world.catalogue.entry_price, nan=NO_PRICE)
    output = np.zeros((len(k.metered), world.unit_cost.size))
    output[k.routed_rows] = (world.unit_cost * scarcity[:, None]).ravel() * 1e-6
    fresh, cached = output * p.labs.input_weight, output * p.labs.cached_weight
    rows = k.metered_rows
    fresh[rows], cached[rows], output[rows] = paid_prices(world, price)
    return fresh, cached, output


def paid_prices(world: World, price: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what tokens of fresh input, cached input and output cost each class (metered, option), USD.

    price: list prices of options, USD per million output tokens, of any shape.
    """
    p, k = world.parameters.labs, world.constants
    output = price.ravel() * (1.0 - k.discount[k.metered_rows, None]) * 1e-6
    inputs = output * p.input_price_ratio
    return inputs, inputs * p.cached_price_ratio, output


def bill_of(tokens: Ints, fresh: Floats, cached: Floats, output: Floats) -> Floats:
    """Return what a task costs its payer (W, B, option), USD. tokens: (W, B, option, 4); prices: (W, option)."""
    first, *others = (tokens[..., k] * price[:, None] for k, price in enumerate((fresh, cached, output, output)))
    return sum(others, first)


def move_cutoffs(world: World) -> None:
    """Let what is worth running follow what it costs, from when a class has an offer: integration takes time."""
    p, k, m = world.parameters.metered, world.constants, world.metered
    sold = _on_sale(world).any(axis=(1, 2))
    m.cutoff = np.where(sold & ~m.integrating, m.cutoff_target + p.start_gap, m.cutoff)
    m.integrating = m.integrating | sold
    moved = moved_cutoff(m.cutoff, m.cutoff_target, m.horizon, k.agentic, p)
    m.cutoff = np.where(sold, moved, m.cutoff)


def _on_sale(world: World) -> Bool[Flags, "metered lab tier"]:
    """Return which models are sold to each class of work."""
    return world.used.available & world.constants.selling(world.clock.week)[:, :, None]


def wanted(world: World) -> Float[Floats, " metered"]:
    """Return tasks of each class that are worth running today, relative to those above the reference value."""
    running = active(world.metered.cutoff, world.constants.top_value, world.parameters.metered)
    asked_for = world.metered.integrating
    if not world.parameters.mechanisms.agents:  # here, so that no budget and no lab counts them either
        asked_for = asked_for & ~world.constants.agentic
    return np.where(asked_for, running, 0.0)


def bound_by_wages(world: World, spending: Float[Floats, " metered"]) -> tuple[Floats, Floats]:
    """Return the part of the work that the wage bill in reach leaves room for, and what a dollar of it is worth.

    spending: USD a year of all that is asked for. Both (metered,).
    """
    p, k = world.parameters.metered, world.constants
    reviews = review_burden(world.metered.horizon, k.agentic, p)
    worth = value_to_spending(world.metered.cutoff, world.metered.cutoff_target, k.top_value, reviews, p)
    part, world.metered.share_of_reach = in_reach(worth * spending, k.wage_bill, world.metered.horizon, k.agentic, p)
    return part, worth
