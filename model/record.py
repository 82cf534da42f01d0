"""Recording: every week the books are closed and the week's facts are kept; observables follow from them."""

import math
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np

from agents.choice import Floats
from agents.developers import AGENT
from agents.plan_menu import sold_at
from agents.units import WEEKS_PER_YEAR
from model.demand import over_tiers
from model.derive import derive
from model.errors import NotFiniteError
from model.facts import LAB_FACTS, Facts
from model.phases import phase
from model.plans import TOKENS, expected_tokens
from model.traffic import of_organisations
from model.world import World

_lab_facts = attrgetter(*LAB_FACTS)


@phase(reads="everything", writes="the week's facts")
def record(world: World) -> None:
    """Close the books of the week and keep its facts, from which the observables are derived when somebody looks."""
    world.ledger.close_week(world.clock.week)
    check_finite(world)
    if world.pending.full:
        settle(world)
    world.observables.read_own(world)
    world.pending.keep(world.clock.week, facts_of(world))


def settle(world: World) -> None:
    """Derive and write the observables of the weeks whose facts are kept."""
    if (kept := world.pending.take()) is not None:
        weeks, facts = kept
        block = world.observables.block()
        derive(world, weeks, facts, block)
        world.observables.write(int(weeks[0]), block)


def facts_of(world: World) -> Facts:
    """Return the facts of the week that ends: they are views of the market, to be kept by copying."""
    kinds = world.constants.metered_of["applications"]
    outcome, catalogue, fleet, labs = world.outcome, world.catalogue, world.fleet, len(world.labs)
    menus = world.menus
    return Facts(
        asked=over_tiers(outcome.asked.counts),
        served=over_tiers(outcome.served.counts),
        waiting=over_tiers(outcome.kept.counts),
        need_hours=outcome.need_hours,
        used_hours=outcome.used_hours,
        capacity_hours=world.capacity_hours,
        hours_per_mtok=world.hours_per_mtok,
        unit_cost=world.unit_cost,
        revenue=world.revenue,
        large_share=world.large_share,
        available=catalogue.available,
        price=world.charged_prices,
        capability=catalogue.capability,
        ceiling=catalogue.ceiling,
        released=catalogue.released,
        generation=catalogue.generation,
        labs=np.array([_lab_facts(lab) for lab in world.labs]),
        contracts=world.contracts,
        installed=fleet.installed,
        operating=fleet.operating,
        on_order=world.chip_book.waiting.sum(axis=(0, 1)),
        draw_mw=fleet.draw_mw,
        live=fleet.live(unlimited=not world.parameters.mechanisms.supply_limits),
        connected_mw=fleet.connected_mw,
        shells_mw=fleet.shells_mw,
        held_down_by=world.held_down_by,
        orders_limited_by=np.array([cloud.orders_limited_by for cloud in world.hyperscalers]),
        cancelled=np.array(cancelled_orders(world)),
        suppliers=np.array(supplier_facts(world)),
        outside_used=world.outside_used,
        outside_serving_share=world.outside_serving_share,
        capex_paid=world.capex_paid,
        other_capex=world.other_capex,
        rent=world.rent,
        people_per_row=world.people_per_row,
        users=world.users.app_counts(labs),
        payers=world.users.payer_counts(labs),
        plan_price=sold_at(menus.price),
        plan_allowance=menus.allowance * menus.limit[:, None] * menus.offered,
        plan_share=menus.share,
        seat_price=sold_at(menus.seat_price),
        completion_price=sold_at(menus.completion_price),
        developers_per_row=world.developers_per_row,
        accounts=world.developers.account_counts(labs),
        builders=world.developers.builders(),
        agent_users=world.developers.tool_users(labs)[:, AGENT],
        tool_use=np.array(world.developers.stage_shares()),
        productivity=world.productivity(),
        apps=world.developers.app_counts(labs),
        app_spread=world.developers.app_spread(world.clock.week),
        apps_without_slot=world.apps_without_slot,
        adoption=world.enterprises.shares(),
        enterprises=np.array(enterprise_facts(world)),
        organisation_tokens=organisation_tokens(world),
        organisation_usd=of_organisations(world, world.metered.usd_per_task[kinds].T) * WEEKS_PER_YEAR,
        application_labs=world.enterprises.columns.lab,
        seats=world.enterprises.seats_by_lab(labs),
        ambition=world.ambition,
        urgency=world.urgency,
        implementers=world.implementers,
    )


def cancelled_orders(world: World) -> list[Floats]:
    """Return what hyperscalers have cancelled since the start: chips (H,) H100e, shells and power (H,) MW."""
    books = (world.chip_book, world.shell_book, world.power_book)
    return [book.cancelled.sum(axis=0)[: len(world.hyperscalers)] for book in books]


def supplier_facts(world: World) -> list[tuple[float, float, float]]:
    """Return capacity, price (USD) and book of every chip maker, supplier of power and builder, in this order."""
    books = (
        *zip(world.chip_makers, world.chip_book.waiting.sum(axis=(1, 2)).tolist(), strict=True),
        *zip(world.power_suppliers, world.power_book.waiting.sum(axis=(1, 2)).tolist(), strict=True),
        *zip(world.builders, world.shell_book.waiting.sum(axis=(1, 2)).tolist(), strict=True),
    )
    return [(one.capacity, one.price_usd, book) for one, book in books]


def enterprise_facts(world: World) -> tuple[float, float, float]:
    """Return three facts of large organisations: AI-enabled share of applications, amplification, IT's backlog.

    The backlog (months) is the mean over applications of those that use AI at all.
    """
    c, large = world.enterprises.columns, world.enterprises.large
    weight = c.weight[large].astype(np.float64)
    enabled = float(c.enabled[large] @ weight) / float(c.applications[large] @ weight)
    amplification = float(world.graphs.amplification[large] @ weight) / float(weight.sum())
    at_work = weight * c.applications[large] * (c.stage[large] > 0)
    return enabled, amplification, float(c.it_backlog[large] @ at_work) / max(float(at_work.sum()), 1e-9)


def organisation_tokens(world: World) -> Floats:
    """Return tokens a week that one organisation of each row is served for its applications (enterprises,).

    Work that had waited is served to those who ask now, in proportion to what they ask for.
    """
    rows = world.constants.application_rows
    parts = world.demanded.counts, world.outcome.served.counts
    new, served = (counts[:, rows, :, TOKENS].sum(axis=(2, 3)) for counts in parts)
    planned = expected_tokens(world.plans, rows)
    return of_organisations(world, planned * (served / np.maximum(new, 1)))


def check_finite(world: World) -> None:
    """Check that labs, hyperscalers, exogenous progress and cash hold no NaN; raises NotFiniteError naming it.

    Phases check what they write to columns and tables; these are many numbers, so they are added up first.
    """
    owners: tuple[Any, ...] = (
        *world.labs, *world.hyperscalers, *world.chip_makers, *world.power_suppliers, *world.builders, world.exogenous,
    )  # fmt: skip
    total = sum(sum(_reader(owner.STATE)(owner)) for owner in owners)
    for array in (world.exogenous.algorithms, world.exogenous.core_cash, world.ledger.cash):
        total += sum(array.tolist())
    if math.isfinite(total):
        return
    for owner in (*owners, world.ledger):
        for name in owner.STATE:
            if not np.isfinite(getattr(owner, name)).all():
                where = getattr(owner, "name", type(owner).__name__.lower())
                raise NotFiniteError(world.clock.week, "record", f"{where}.{name}")


@cache
def _reader(names: tuple[str, ...]) -> Callable[[Any], tuple[float, ...]]:
    """Return what reads the numbers in a class's STATE; contracts are checked by the phase that writes them."""
    arrays = ("contracts", "algorithms", "core_cash", "expansions")
    return attrgetter(*(name for name in names if name not in arrays))
