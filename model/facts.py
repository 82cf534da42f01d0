"""What is kept of a week: the facts from which its observables are derived later, many weeks at once."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats, Ints

Table = NDArray[Any]
Number = Any
"""A number of a week; of many weeks (n,), an array."""
LAB_FACTS = ("rent", "frontier", "compute_h100e", "serving_share", "sought_h100e", "cash", "assisted")
"""Numbers that are kept of each lab, in the order of `Facts.labs`."""


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
    large_share: Table
    """Part of organisations' payments to each lab for each workload that the large ones make (L, W)."""
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
    connected_mw: Table
    shells_mw: Table
    held_down_by: Table
    """What holds live capacity down, and what limited the orders placed last: places in LIMITS (H,)."""
    orders_limited_by: Table
    cancelled: Table
    """Orders of chips (H100e), shells and power (MW) that each hyperscaler has cancelled since the start (3, H)."""
    suppliers: Table
    """Capacity, price and book of chip makers, suppliers of power and builders, in their units (suppliers, 3)."""
    outside_used: Table
    outside_serving_share: Number
    capex_paid: Table
    other_capex: Table
    rent: Number
    people_per_row: Number
    users: Table
    """Rows that use each lab's chat (L,)."""
    payers: Table
    """Rows with a subscription (L,)."""
    plan_price: Table
    """Prices of consumer plans (L, K), USD a month; zero where a plan is not offered."""
    plan_allowance: Table
    """What each plan lets its subscribers use, in multiples of what their time allows (L, K); zero as above."""
    plan_share: Table
    """Shares of each lab's subscribers who have each plan (L, K)."""
    seat_price: Table
    completion_price: Table
    """Prices of seats and of code completion by lab (L,), USD a month; zero where there is no offer."""
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
    apps: Table
    """Rows of running apps by lab and kind (L, 3)."""
    app_spread: Number
    """Spread of apps' audiences (sd of ln)."""
    apps_without_slot: Number
    adoption: Table
    """Shares of organisations that use AI at all, in production, and in three functions (3,)."""
    enterprises: Table
    """Share of applications that are AI-enabled, mean amplification, months of IT's backlog (3,)."""
    organisation_tokens: Table
    """Tokens a week that one organisation of each row is served for its applications (E,)."""
    organisation_usd: Table
    """What one organisation of each row pays for its applications, USD a year (E,)."""
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


class PendingFacts:
    """The facts of the weeks whose observables are still to be derived, one array (weeks, ...) for each fact.

    Deriving many weeks at once costs little more than deriving one. So facts wait until somebody reads the
    observables, until parameters change, or until the room is full.
    """

    WEEKS = 320

    def __init__(self) -> None:
        self._kept: tuple[Table, ...] = ()
        self._first = 0
        self._weeks = 0

    @property
    def full(self) -> bool:
        """Whether there is no room for another week."""
        return self._weeks == self.WEEKS

    def keep(self, week: int, facts: Facts) -> None:
        """Copy the facts of a week, which must follow the week kept before."""
        if not self._kept:
            arrays = map(np.asarray, facts)
            self._kept = tuple(np.empty((self.WEEKS, *array.shape), dtype=array.dtype) for array in arrays)
        if not self._weeks:
            self._first = week
        for kept, fact in zip(self._kept, facts, strict=True):
            kept[self._weeks] = fact
        self._weeks += 1

    def take(self) -> tuple[Ints, Facts] | None:
        """Return the weeks kept (n,) and their facts as views, and forget them; None where there are no weeks."""
        if not self._weeks:
            return None
        weeks = np.arange(self._first, self._first + self._weeks)
        facts = Facts(*(kept[: self._weeks] for kept in self._kept))
        self._weeks = 0
        return weeks, facts
