"""Products: research brings out generations, pricing sets what they cost, and plans follow."""

import numpy as np

from agents.choice import Floats, Ints
from agents.labs import NO_PRICE, Lab
from model.menus import follow_menus
from model.metered import follow_upgrades, move_cutoffs, renew_plans
from model.phases import phase
from model.plans import expected_hours
from model.product_line import designed_sizes, hours_per_mtok
from model.world import World


@phase(
    reads="compute, algorithms",
    writes="catalogue: capability, FLOP per token, thinking ceiling",
    finite=("catalogue.capability", "catalogue.flop", "catalogue.ceiling", "catalogue.window"),
)
def research(world: World) -> None:
    """Labs turn research compute into capability; generations that are due come out."""
    p, m = world.parameters, world.parameters.mechanisms
    speedup = world.productivity()
    ceiling = p.demand.thinking_ceiling if m.thinking_effort else 0.0
    today, algorithms = world.clock.date, world.exogenous.algorithms.tolist()
    for lab in world.labs:
        lab.train(p.labs, algorithms[lab.index], speedup)
        if lab.due(world.catalogue, p.labs, today):
            line = designed_sizes(world, lab.index)
            lab.generation(line, p.labs, ceiling, today).commit(world.catalogue, lab.index, world.clock.week)


def unit_costs(world: World, flop: Floats) -> Floats:
    """Return the cost of a million output tokens (L, T) in USD of models of some sizes, the idle part included."""
    rents = np.array([lab.rent for lab in world.labs])
    return hours_per_mtok(world, flop) * rents[:, None] / world.parameters.labs.target_utilisation


@phase(
    reads="unit cost, load, rivals",
    writes="list prices; plans: which tier and effort each task would take; menus of what is sold by the month",
    finite=(
        "menus.price",
        "menus.share",
        "catalogue.price",
        "used.price",
        "plans.share",
        "plans.work",
        "metered.offer.lab_share",
        "metered.cutoff",
    ),
)
def pricing(world: World) -> None:
    """Labs review list prices each quarter and at releases; plans are made anew where something changed."""
    p, catalogue, week = world.parameters, world.catalogue, world.clock.week
    new_cost = unit_costs(world, catalogue.flop)
    for i in np.logical_or.reduce(catalogue.available, axis=1).nonzero()[0].tolist():
        if catalogue.released[i] == week or world.labs[i].reviews_prices(p.labs, week):
            _review_prices(world, i, new_cost[i], fresh=bool(catalogue.released[i] == week))
        if p.labs.price_reviews and not p.mechanisms.sticky_prices:
            prices = world.labs[i].clearing_prices(catalogue, new_cost[i], p.labs)
            catalogue.price[i] = world.used.price[i] = prices
    for lab in world.labs:
        if lab.reviews_policy(p.labs, week):
            lab.review_scarcity(p.labs)
    follow_upgrades(world)
    world.hours_per_mtok = hours_per_mtok(world, world.used.flop)
    world.unit_cost = unit_costs(world, world.used.flop)
    renew_plans(world)
    move_cutoffs(world)
    follow_menus(world)
    for lab in world.labs:
        _review_policy(world, lab)


def _review_prices(world: World, lab: int, unit_cost: Floats, *, fresh: bool) -> None:
    """Let a lab set its list prices anew; the same models at another price cost it at once.

    Without `price_reviews` only what it never sold before gets a price.
    """
    p, catalogue = world.parameters, world.catalogue
    owner, sold = world.labs[lab], catalogue.available[lab]
    before = np.where(world.used.available[lab], catalogue.price[lab], NO_PRICE)  # as of last week
    wish = owner.wished_prices(unit_cost, float(world.metered.share[lab]), p.labs, p.metered)
    asked = owner.list_prices(before, wish, p.labs, fresh=fresh)
    if not p.labs.price_reviews:
        asked = np.where(before < NO_PRICE, before, asked)
    catalogue.price[lab] = np.where(sold, asked, NO_PRICE)
    if not fresh:
        world.used.price[lab] *= catalogue.price[lab] / before
        return
    first = sold & np.isnan(catalogue.entry_price[lab])
    catalogue.entry_price[lab, first] = catalogue.price[lab, first]


def _review_policy(world: World, lab: Lab) -> None:
    """Let a lab follow its load, and rank what it serves when it is short."""
    p = world.parameters.labs
    lab.follow_shadow_price(p)
    if lab.reviews_policy(p, world.clock.week):
        world.ranks[lab.index] = rank_workloads(world, lab.index)


def rank_workloads(world: World, lab: int) -> Ints:
    """Return the ranks (W,) in which a lab serves workloads when it is short: by what a GPU-hour is worth on each.

    A metered task is worth what it brings in; any other what keeping its customer is worth, if it succeeds
    (`value_usd`); both times `commitment`. Per GPU-hour of the average task as planned.
    """
    plans, k = world.plans, world.constants
    hours = expected_hours(plans, lab, world.hours_per_mtok)
    worth = k.retention * plans.success[lab] * plans.runs[lab]
    worth[k.metered_rows] = world.metered.usd_per_task[:, lab]
    worth *= k.commitment
    order = (-worth / np.maximum(hours, 1e-12)).argsort(kind="stable")
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    return ranks


def kind_prices(world: World) -> Floats:
    """Return the prices that customers pay before discounts, by lab, tier and token kind (L, T, 4), USD per token."""
    p = world.parameters.labs
    ratios = np.array([p.input_price_ratio, p.input_price_ratio * p.cached_price_ratio, 1.0, 1.0])
    return world.paid_prices[:, :, None] * ratios * 1e-6
