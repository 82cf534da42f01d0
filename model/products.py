"""Products: research brings out generations, pricing sets what they cost, and plans follow."""

import math

import numpy as np

from agents.choice import Floats, Ints, Tasks
from agents.workloads import BINS, harder
from model.phases import phase
from model.plans import Terms, expected
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
            release = lab.generation(p.labs, ceiling, today)
            release.commit(world.catalogue, lab.index, world.clock.week)
            if m.efficiency and world.catalogue.generation[lab.index] > 1:
                lab.software_gain += math.log(p.labs.generation_jump)


def gpu_hours_per_mtok(world: World) -> Floats:
    """Return H100e-hours per million output tokens, by lab and tier (L, T).

    Serving software adds common growth that fades, and a jump with each generation.
    """
    gain = np.exp(world.exogenous.software + np.array([lab.software_gain for lab in world.labs]))
    return world.parameters.labs.gpt4_gpu_hours_per_mtok * world.catalogue.flop / gain[:, None]


def unit_costs(world: World) -> Floats:
    """Return the cost of a million output tokens (L, T) in USD: GPU-hours, their idle part included, at the rent."""
    rents = np.array([lab.rent for lab in world.labs])
    return world.hours_per_mtok * rents[:, None] / world.parameters.labs.target_utilisation


@phase(
    reads="unit cost, load, rivals",
    writes="list prices; plans: which tier and effort each task would take",
    finite=("catalogue.price", "plans.share", "plans.work"),
)
def pricing(world: World) -> None:
    """Labs review list prices each quarter and at releases; plans are made anew where something changed."""
    p, catalogue, week = world.parameters, world.catalogue, world.clock.week
    world.hours_per_mtok = gpu_hours_per_mtok(world)
    world.unit_cost = unit_costs(world)
    for i in np.logical_or.reduce(catalogue.available, axis=1).nonzero()[0].tolist():
        lab = world.labs[i]
        fresh = catalogue.released[i] == week
        if fresh or lab.reviews_prices(p.labs, week):
            _review_prices(world, i, fresh=bool(fresh))
        if p.labs.price_reviews and not p.mechanisms.sticky_prices:
            catalogue.price[i] = lab.clearing_prices(catalogue, world.unit_cost[i], p.labs)
            catalogue.version[i] += 1
        if fresh:
            first = catalogue.available[i] & np.isnan(catalogue.entry_price[i])
            catalogue.entry_price[i, first] = catalogue.price[i, first]
    for lab in world.labs:
        reviews = lab.reviews_policy(p.labs, week)
        if reviews:
            lab.review_scarcity(p.labs)
        if world.planned[lab.index] != catalogue.version[lab.index]:
            make_plan(world, lab.index, world.constants.all_rows, world.constants.tasks)
            expect_of_applications(world, lab.index)
            world.planned[lab.index] = catalogue.version[lab.index]
        elif reviews:
            make_plan(world, lab.index, world.constants.routed_rows, world.constants.routed_tasks)
        if reviews:
            world.ranks[lab.index] = rank_workloads(world, lab.index)


def _review_prices(world: World, i: int, *, fresh: bool) -> None:
    """Let a lab set list prices; without `price_reviews` only of what it never sold before."""
    p, catalogue, lab = world.parameters.labs, world.catalogue, world.labs[i]
    unpriced = catalogue.available[i] & np.isnan(catalogue.entry_price[i])
    changes = np.ones_like(unpriced) if p.price_reviews else unpriced
    if changes.any():
        lab.review_markup(p)
        sold = catalogue.available & world.open_since("api_date")[:, None]
        prices = lab.list_prices(catalogue, sold, world.unit_cost[i], p, fresh)
        catalogue.price[i] = np.where(changes, prices, catalogue.price[i])
        catalogue.version[i] += 1


def rank_workloads(world: World, lab: int) -> Ints:
    """Return the ranks (W,) in which a lab serves workloads when it is short: by what a GPU-hour is worth on each.

    A metered task is worth what it brings in; any other what keeping its customer is worth, if it succeeds
    (`value_usd`); both times `commitment`. Per GPU-hour of the average task as planned.
    """
    plans = world.plans
    _, usd, hours = expected(plans.of(lab), kind_prices(world, lab), world.hours_per_mtok[lab])
    paid = usd.sum(axis=1) / BINS
    kept = world.constants.retention * plans.success[lab] * plans.runs[lab]
    worth = (
        np.where(world.constants.metered, paid * (1.0 - world.constants.discount), kept) * world.constants.commitment
    )
    order = (-worth / np.maximum(hours, 1e-12)).argsort(kind="stable")
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    return ranks


def kind_prices(world: World, labs: int | slice = slice(None)) -> Floats:
    """Return what labs charge by lab, tier and token kind (L, T, 4), USD per token without discount; of one (T, 4)."""
    p = world.parameters.labs
    ratios = np.array([p.input_price_ratio, p.input_price_ratio * p.cached_price_ratio, 1.0, 1.0])
    return world.charged_prices[labs, :, None] * ratios * 1e-6


def expect_of_applications(world: World, lab: int) -> None:
    """Derive from a lab's plan what applications' tasks take: tokens, and USD at list prices less the discount.

    Both follow from plan and prices, and change with them: metered tasks are planned anew whenever prices change.
    """
    rows = world.constants.application_rows
    tokens, usd, _ = expected(world.plans.of(lab), kind_prices(world, lab), world.hours_per_mtok[lab])
    paid = 1.0 - world.constants.discount[rows]
    world.application_tokens[lab] = tokens[rows].ravel()
    world.application_usd[lab] = (usd[rows] * paid[:, None]).ravel()


def make_plan(world: World, lab: int, rows: Ints, tasks: Tasks) -> None:
    """Make a lab's plan for workloads `rows` with their `tasks`: metered ones see list prices, flat ones unit cost.

    Unit cost is multiplied by the lab's scarcity. What metered tasks pay changes with the catalogue's version.
    """
    p, catalogue = world.parameters, world.catalogue
    rebound = p.mechanisms.rebound
    price = world.charged_prices[lab] if rebound else np.nan_to_num(catalogue.entry_price[lab], nan=1e6)
    cost = world.unit_cost[lab] * (world.labs[lab].scarcity if rebound else 1.0)
    terms = Terms(price, cost, world.constants.metered[rows], world.constants.discount[rows])
    tasks = harder(tasks, world.ambition[rows], world.constants.metered[rows], p.demand)
    world.plans.make(lab, rows, tasks, catalogue, terms, world.constants.tastes, p.labs)
