"""Products: research brings out generations, pricing sets what they cost, and plans follow."""

import math
from typing import TYPE_CHECKING

import numpy as np

from agents.choice import Floats, Ints, Tasks
from agents.workloads import BINS, harder
from model.phase import phase
from model.plans import Terms, expected

if TYPE_CHECKING:
    from model.market import InferenceMarket


@phase(
    reads="compute, algorithms",
    writes="catalogue: capability, FLOP per token, thinking ceiling",
    finite=("catalogue.capability", "catalogue.flop", "catalogue.ceiling", "catalogue.window"),
)
def research(market: "InferenceMarket") -> None:
    """Labs turn research compute into capability; generations that are due come out."""
    p, m = market.parameters, market.parameters.mechanisms
    speedup = market.productivity()
    ceiling = p.demand.thinking_ceiling if m.thinking_effort else 0.0
    today, algorithms = market.clock.date, market.progress.algorithms.tolist()
    for lab in market.labs:
        lab.train(p.labs, algorithms[lab.index], speedup)
        if lab.due(market.catalogue, p.labs, today):
            release = lab.generation(p.labs, ceiling, today)
            release.commit(market.catalogue, lab.index, market.clock.week)
            market.catalogue_changed()
            if m.efficiency and market.catalogue.generation[lab.index] > 1:
                lab.software_gain += math.log(p.labs.generation_jump)


def software_efficiency(market: "InferenceMarket") -> Floats:
    """Return tokens per GPU-hour relative to the start, by lab (L,): common growth that fades, a jump a generation."""
    return np.exp(market.progress.software + np.array([lab.software_gain for lab in market.labs]))


def gpu_hours_per_mtok(market: "InferenceMarket") -> Floats:
    """Return H100e-hours per million output tokens, by lab and tier (L, T)."""
    base = market.parameters.labs.gpt4_gpu_hours_per_mtok * market.catalogue.flop
    return base / software_efficiency(market)[:, None]


def unit_costs(market: "InferenceMarket") -> Floats:
    """Return the cost of a million output tokens (L, T) in USD: GPU-hours, their idle part included, at the rent."""
    rents = np.array([lab.rent for lab in market.labs])
    return market.hours_per_mtok * rents[:, None] / market.parameters.labs.target_utilisation


@phase(
    reads="unit cost, load, rivals",
    writes="list prices; plans: which tier and effort each task would take",
    finite=("catalogue.price", "plans.share", "plans.work"),
)
def pricing(market: "InferenceMarket") -> None:
    """Labs review list prices each quarter and at releases; plans are made anew where something changed."""
    p, catalogue, week = market.parameters, market.catalogue, market.clock.week
    market.hours_per_mtok = gpu_hours_per_mtok(market)
    market.unit_cost = unit_costs(market)
    for i in np.logical_or.reduce(catalogue.available, axis=1).nonzero()[0].tolist():
        lab = market.labs[i]
        fresh = catalogue.released[i] == week
        if fresh or lab.reviews_prices(p.labs, week):
            lab.review_markup(p.labs)
            sold = catalogue.available & market.open_since("api_date")[:, None]
            catalogue.price[i] = lab.list_prices(catalogue, sold, market.unit_cost[i], p.labs, bool(fresh))
            catalogue.version[i] += 1
        if not p.mechanisms.sticky_prices:
            catalogue.price[i] = lab.clearing_prices(catalogue, market.unit_cost[i], p.labs)
            catalogue.version[i] += 1
        if fresh:
            first = catalogue.available[i] & np.isnan(catalogue.entry_price[i])
            catalogue.entry_price[i, first] = catalogue.price[i, first]
    for lab in market.labs:
        reviews = lab.reviews_policy(p.labs, week)
        if reviews:
            lab.review_scarcity(p.labs)
        if market.planned[lab.index] != catalogue.version[lab.index]:
            make_plan(market, lab.index, market.all_rows, market.tasks)
            expect_of_applications(market, lab.index)
            market.planned[lab.index] = catalogue.version[lab.index]
        elif reviews:
            make_plan(market, lab.index, market.routed_rows, market.routed_tasks)
        if reviews:
            market.ranks[lab.index] = rank_workloads(market, lab.index)


def rank_workloads(market: "InferenceMarket", lab: int) -> Ints:
    """Return the ranks (W,) in which a lab serves workloads when it is short: by what a GPU-hour is worth on each.

    A metered task is worth what it brings in; any other what keeping its customer is worth, if it succeeds
    (`value_usd`); both times `commitment`. Per GPU-hour of the average task as planned.
    """
    plans = market.plans
    _, usd, hours = expected(plans.of(lab), kind_prices(market, lab), market.hours_per_mtok[lab])
    paid = usd.sum(axis=1) / BINS
    kept = market.retention * plans.success[lab] * plans.runs[lab]
    worth = np.where(market.metered, paid * (1.0 - market.discount), kept) * market.commitment
    order = (-worth / np.maximum(hours, 1e-12)).argsort(kind="stable")
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    return ranks


def kind_prices(market: "InferenceMarket", labs: int | slice = slice(None)) -> Floats:
    """Return list prices by lab, tier and token kind (L, T, 4), USD per token; of one lab (T, 4)."""
    p = market.parameters.labs
    ratios = np.array([p.input_price_ratio, p.input_price_ratio * p.cached_price_ratio, 1.0, 1.0])
    return market.catalogue.price[labs, :, None] * ratios * 1e-6


def expect_of_applications(market: "InferenceMarket", lab: int) -> None:
    """Derive from a lab's plan what applications' tasks take: tokens, and USD at list prices less the discount.

    Both follow from plan and prices, and change with them: metered tasks are planned anew whenever prices change.
    """
    rows = market.application_rows
    tokens, usd, _ = expected(market.plans.of(lab), kind_prices(market, lab), market.hours_per_mtok[lab])
    paid = 1.0 - market.discount[rows]
    market.application_tokens[lab] = tokens[rows].ravel()
    market.application_usd[lab] = (usd[rows] * paid[:, None]).ravel()


def make_plan(market: "InferenceMarket", lab: int, rows: Ints, tasks: Tasks) -> None:
    """Make a lab's plan for workloads `rows` with their `tasks`: metered ones see list prices, flat ones unit cost.

    Unit cost is multiplied by the lab's scarcity. What metered tasks pay changes with the catalogue's version.
    """
    p, catalogue = market.parameters, market.catalogue
    rebound = p.mechanisms.rebound
    price = catalogue.price[lab] if rebound else np.nan_to_num(catalogue.entry_price[lab], nan=1e6)
    cost = market.unit_cost[lab] * (market.labs[lab].scarcity if rebound else 1.0)
    terms = Terms(price, cost, market.metered[rows], market.discount[rows])
    tasks = harder(tasks, market.ambition[rows], market.metered[rows], p.demand)
    market.plans.make(lab, rows, tasks, catalogue, terms, market.tastes, p.labs)
