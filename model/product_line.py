"""The product line: at a release a lab takes for each tier the size of model that brings the most profit."""

import math

import numpy as np

from agents.choice import Floats, Options, Tasks, choose
from agents.metered_demand import quality_of
from agents.model_sizes import ORDER, Sizes, candidates, first_sizes
from model.metered import bill_of, full_values, paid_prices, tasks_today
from model.plans import work_of
from model.world import World


def designed_sizes(world: World, lab: int) -> Sizes:
    """Return the sizes of a lab's new tiers: each in turn the most profitable of its candidates, the others given.

    Profit counts what customers of today's sizes would pay at the prices that the lab would ask, less the cost with the
    shadow price of a GPU-hour; rivals stay as they are. The first models of a lab have the usual sizes.
    """
    owner, p = world.labs[lab], world.parameters.labs
    line = first_sizes(owner.frontier, p)
    catalogue = world.catalogue
    sells = world.constants.selling(world.clock.week)[:, lab].any()
    designs = world.parameters.mechanisms.product_line and sells
    if not designs or catalogue.generation[lab] < 1 or not catalogue.available[lab].all():
        return line
    sizes, price = Sizes(catalogue.flop[lab].copy(), catalogue.capability[lab].copy()), catalogue.price[lab].copy()
    tasks = tasks_today(world).of(world.constants.metered_rows)
    for tier in ORDER:
        offered = candidates(owner.frontier, tier, sizes.flop, p)
        asked = _asked(world, lab, offered.flop, catalogue.price[lab, tier])
        best = int(np.argmax(_profit(world, lab, tier, tasks, offered, asked, sizes, price)))
        sizes.flop[tier], sizes.capability[tier] = offered.flop[best], offered.capability[best]
        price[tier] = asked[best]
    return sizes


def hours_per_mtok(world: World, flop: Floats) -> Floats:
    """Return H100e-hours per million output tokens of models of some sizes (FLOP per token relative to GPT-4)."""
    p = world.parameters.labs
    return p.gpt4_gpu_hours_per_mtok * (flop + p.least_size) / np.exp(world.exogenous.software)


def _unit_cost(world: World, lab: int, flop: Floats) -> Floats:
    """Return the cost of a million output tokens of models of some sizes, shadow price included, USD."""
    owner = world.labs[lab]
    cost = hours_per_mtok(world, flop) * owner.rent / world.parameters.labs.target_utilisation
    return cost * np.exp(owner.shadow_price)


def _asked(world: World, lab: int, flop: Floats, old: float) -> Floats:
    """Return the list prices that the lab would ask for models of some sizes in a tier whose price is `old`."""
    p, owner = world.parameters, world.labs[lab]
    plain = _unit_cost(world, lab, flop) / np.exp(owner.shadow_price)
    wish = owner.wished_prices(plain, float(world.metered.share[lab]), p.labs, p.metered)
    return owner.list_prices(np.full_like(wish, old), wish, p.labs, fresh=True)


def _profit(
    world: World, lab: int, tier: int, tasks: Tasks, offered: Sizes, asked: Floats, line: Sizes, price: Floats
) -> Floats:
    """Return the profit of each candidate for a tier (candidate,), USD a week, with the lab's other tiers given.

    tasks: those that pay by the token; line, price: of the lab's tiers (T,).
    """
    p, k, c = world.parameters, world.constants, world.catalogue
    others = [t for t in range(len(price)) if t != tier]
    sizes = np.concatenate((offered.flop, line.flop[others]))
    able = np.concatenate((offered.capability, line.capability[others]))
    prices = np.concatenate((asked, price[others]))
    ceiling, window = (
        np.concatenate((np.full(len(asked), a[lab, tier]), a[lab, others])) for a in (c.ceiling, c.window)
    )
    usd = paid_prices(world, prices)
    chosen = choose(tasks, Options(able, ceiling, window, *usd), k.tastes)
    bill = bill_of(chosen.tokens, *usd)
    cost = work_of(tasks, chosen, p.labs) * _unit_cost(world, lab, sizes)
    quality = k.quality_weight[:, None, None] * quality_of(chosen.success, able, k.agentic, p.metered)
    worth = quality - np.log(bill / full_values(world)[:, :, None])
    return _expected_profit(world, lab, worth, bill - cost, len(asked))


def _expected_profit(world: World, lab: int, worth: Floats, margin: Floats, count: int) -> Floats:
    """Return expected profit by candidate: tasks of every class, the lab's share of them, and the margin of each.

    worth, margin: (metered, bin, candidate and then other tiers).
    """
    p, k, offer = world.parameters.metered, world.constants, world.metered.offer
    beta, alpha = p.lab_substitution, p.value_tail
    within = beta * p.tier_substitution
    mine, rest = worth[..., :count], worth[..., count:]
    others = np.logaddexp.reduce(within * rest, axis=-1, keepdims=True)
    line = np.logaddexp(within * mine, others)  # logarithms throughout: powers of far worths leave the floats' range
    bins = line.shape[1]
    by_lab = (np.logaddexp.reduce(alpha * line / within, axis=1) - math.log(bins)) / alpha  # (metered, candidate)
    standing = (world.metered.reputation + k.metered_reach)[:, lab, None]
    before = beta * offer.class_worth[:, None]
    rivals = np.exp(before) * (1.0 - offer.lab_share[:, lab, None])
    own = np.where(k.selling(world.clock.week)[:, lab, None], np.exp(beta * (by_lab + standing)), 0.0)
    growth = (np.log(rivals + own) - before) / beta
    tasks = world.metered.tasks[:, None] * np.exp(alpha * growth) * own / (rivals + own)
    part = np.exp(alpha * (line / within - by_lab[:, None])) / bins
    paid = np.exp(within * mine - line) * margin[..., :count]
    for other in range(rest.shape[-1]):
        paid = paid + np.exp(within * rest[..., other : other + 1] - line) * margin[..., count + other, None]
    return (tasks * (part * paid).sum(axis=1)).sum(axis=0)
