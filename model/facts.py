"""What is kept of a week: the facts from which its observables are derived later, many weeks at once."""

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats
from agents.developers import AGENT
from agents.workloads import BINS
from model.demand import over_tiers
from model.plans import TOKENS
from model.traffic import of_organisations

if TYPE_CHECKING:
    from model.market import InferenceMarket

Table = NDArray[Any]
Number = Any
"""A number of a week; of many weeks (n,), an array."""
LAB_FACTS = ("rent", "frontier", "compute_h100e", "serving_share", "sought_h100e", "cash", "assisted")
"""Numbers that are kept of each lab, in the order of `Facts.labs`."""
_lab_facts = attrgetter(*LAB_FACTS)


class Facts(NamedTuple):
    """Facts of a week, arrays or numbers; of many weeks, arrays whose first axis is weeks.

    L labs, T tiers, W workloads, H hyperscalers, E rows of enterprises. Whatever is named like an attribute of the
    market, its catalogue or its fleet is that attribute, in its unit.
    """

    asked: Table
    """Counts that were asked for, of new work and of what waited, in the order of `model.plans.COUNTS` (L, W, 7)."""
    served: Table
    """Counts that were served (L, W, 7)."""
    waiting: Table
    """Counts that are left waiting (L, W, 7)."""
    need_hours: Table
    """GPU-hours that serving all would take (L, W, T)."""
    used_hours: Table
    """GPU-hours that serving took (L, W, T)."""
    capacity_hours: Table
    """GPU-hours that could serve (L,)."""
    hours_per_mtok: Table
    unit_cost: Table
    revenue: Table
    available: Table
    price: Table
    capability: Table
    ceiling: Table
    released: Table
    generation: Table
    labs: Table
    """Numbers of each lab in the order of LAB_FACTS (L, 7)."""
    contracts: Table
    installed: Table
    operating: Table
    on_order: Table
    draw_mw: Table
    live: Table
    """Accelerators that have power (H,), H100e."""
    powered_mw: Table
    waiting_mw: Table
    outside_used: Table
    capex_paid: Table
    rent: Number
    people_per_row: Number
    users: Table
    """Rows that use each lab's chat (L,)."""
    payers: Table
    """Rows with a subscription (L,)."""
    developers_per_row: Number
    accounts: Table
    """Rows of developers that have ever built on each lab's API (L,)."""
    builders: Number
    """Rows of developers that build on any."""
    agent_users: Table
    """Rows of developers that hand tasks to each lab's agents (L,)."""
    tool_use: Table
    """Shares of developers who use tools at all, daily, and hand tasks to agents (3,)."""
    productivity: Number
    apps: Number
    """Rows of running apps."""
    apps_without_slot: Number
    adoption: Table
    """Shares of organisations that use AI at all, in production, and in three functions (3,)."""
    enterprises: Table
    """Share of applications that are AI-enabled, and mean amplification (2,)."""
    organisation_tokens: Table
    """Tokens a week that one organisation of each row is served for its applications (E,)."""
    application_labs: Table
    """Lab that serves each row's applications (E,)."""
    seats: Table
    """Seats by lab (L,)."""
    ambition: Table
    urgency: Number
    implementers: Number

    def lab(self, name: str) -> Floats:
        """Return one of the LAB_FACTS of each lab, (..., L)."""
        return self.labs[..., LAB_FACTS.index(name)]


def facts_of(market: "InferenceMarket") -> Facts:
    """Return the facts of the week that ends: they are views of the market, to be kept by copying."""
    outcome, catalogue, fleet, labs = market.outcome, market.catalogue, market.fleet, len(market.labs)
    return Facts(
        asked=over_tiers(outcome.asked.counts),
        served=over_tiers(outcome.served.counts),
        waiting=over_tiers(outcome.kept.counts),
        need_hours=outcome.need_hours,
        used_hours=outcome.used_hours,
        capacity_hours=market.capacity_hours,
        hours_per_mtok=market.hours_per_mtok,
        unit_cost=market.unit_cost,
        revenue=market.revenue,
        available=catalogue.available,
        price=catalogue.price,
        capability=catalogue.capability,
        ceiling=catalogue.ceiling,
        released=catalogue.released,
        generation=catalogue.generation,
        labs=np.array([_lab_facts(lab) for lab in market.labs]),
        contracts=market.contracts,
        installed=fleet.installed,
        operating=fleet.operating,
        on_order=fleet.on_order,
        draw_mw=fleet.draw_mw,
        live=fleet.live(unlimited=not market.parameters.mechanisms.supply_limits),
        powered_mw=fleet.powered_mw,
        waiting_mw=fleet.waiting_mw,
        outside_used=market.outside_used,
        capex_paid=market.capex_paid,
        rent=market.rent,
        people_per_row=market.people_per_row,
        users=market.users.app_counts(labs),
        payers=market.users.payer_counts(labs),
        developers_per_row=market.developers_per_row,
        accounts=market.developers.account_counts(labs),
        builders=market.developers.builders(),
        agent_users=market.developers.tool_users(labs)[:, AGENT],
        tool_use=np.array(market.developers.stage_shares()),
        productivity=market.productivity(),
        apps=np.count_nonzero(market.apps.lab >= 0),
        apps_without_slot=market.apps_without_slot,
        adoption=market.enterprises.shares(),
        enterprises=np.array(enterprise_facts(market)),
        organisation_tokens=organisation_tokens(market),
        application_labs=market.enterprises.columns.lab,
        seats=market.enterprises.seats_by_lab(labs),
        ambition=market.ambition,
        urgency=market.urgency,
        implementers=market.implementers,
    )


def enterprise_facts(market: "InferenceMarket") -> tuple[float, float]:
    """Return the share of applications that are AI-enabled and the mean amplification over organisations."""
    c = market.enterprises.columns
    weight = c.weight.astype(np.float64)
    enabled = float(c.enabled @ weight) / float(c.applications @ weight)
    return enabled, float(market.graphs.amplification @ weight) / float(weight.sum())


def organisation_tokens(market: "InferenceMarket") -> Floats:
    """Return tokens a week that one organisation of each row is served for its applications (enterprises,).

    Work that had waited is served to those who ask now, in proportion to what they ask for.
    """
    parts = market.demanded.counts, market.outcome.served.counts
    new, served = (counts[:, market.application_rows, :, TOKENS].sum(axis=(2, 3)) for counts in parts)
    of_new = served / np.maximum(new, 1)
    planned = market.application_tokens.reshape(*new.shape, BINS) * of_new[:, :, None]
    return of_organisations(market, planned.reshape(len(new), -1))
