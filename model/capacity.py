"""Capacity: labs contract compute, rents clear, hyperscalers order; chips, shells and power arrive and are paid for."""

import numpy as np

from agents.capacity_plan import CHIPS, POWER, SHELLS
from agents.choice import Floats, Ints, any_of
from agents.labs import Lab
from model import chips, power, shells
from model.capex import billed, pay_suppliers
from model.fleet import Delivery, technology
from model.ledger import check_fleet, check_orders
from model.ordering import hyperscalers_order
from model.phases import phase
from model.rent import clear_rent, follow_need
from model.world import World

NEARLY_ALL = 0.985
"""Part of the power that chips could draw above which they do not wait for it."""
LATE_BOOK = 1.15
"""Book of a chip maker, relative to the normal, from which its chips come late."""


@phase(
    reads="needs, revenue, cash",
    writes="contracts, rent, orders for chips, shells and power",
    finite=("rent", "contracts", "chip_book.waiting", "shell_book.waiting", "power_book.waiting"),
)
def investment(world: World) -> None:
    """Labs learn, split compute and contract; the rent clears; hyperscalers learn, order and cancel."""
    p, m, week = world.parameters, world.parameters.mechanisms, world.clock.week
    live = world.fleet.live(unlimited=not m.supply_limits)
    _labs_learn(world)
    follow_need(world)
    for lab in world.labs:
        if lab.reviews_policy(p.labs, week):
            if m.training_split:
                lab.split_compute(p.labs, unlimited=not m.supply_limits)
            _contract(world, lab, lab.seek_compute(p.labs, unlimited=not m.supply_limits), live)
    clear_rent(world, live)
    hyperscalers_order(world, live)


def _labs_learn(world: World) -> None:
    p, outcome = world.parameters, world.outcome
    hours = outcome.used_hours.sum(axis=2)
    need = outcome.need_hours.sum(axis=(1, 2)).tolist()
    used, free = hours.sum(axis=1).tolist(), (hours @ world.constants.unpaid).tolist()
    earned = world.revenue.sum(axis=1).tolist()
    for i, lab in enumerate(world.labs):
        lab.rent += (world.rent - lab.rent) / p.hyperscalers.contract_rent_memory_weeks
        held = max(used[i] / p.labs.target_utilisation, 1e-9)
        lab.observe(p.labs, need[i], earned[i], held, free[i] / p.labs.target_utilisation)


def _contract(world: World, lab: Lab, sought: float, live: Floats) -> None:
    """Move a lab's contracts towards what it seeks, as far as its clouds have free capacity; shrink pro rata."""
    held = lab.held_h100e
    if sought <= held:
        lab.contracts *= sought / max(held, 1e-9)
        return
    let = world.contracts.sum(axis=0)
    limited = world.parameters.mechanisms.supply_limits
    share = world.parameters.hyperscalers.contract_share if limited else 1.0
    limit = np.where(world.constants.own_cloud[lab.index], lab.profile.parent_share if limited else 1.0, share) * live
    taken = np.where(world.constants.own_cloud[lab.index], lab.contracts, let)
    free = np.maximum(np.minimum(limit - taken, live - let), 0.0) * world.constants.cloud_of[lab.index]
    lab.contracts += free * min((sought - held) / max(sum(free.tolist()), 1e-9), 1.0)


@phase(
    reads="order books",
    writes="capacity; payments for chips, shells and power; suppliers' capacity and prices",
    finite=("fleet.installed", "fleet.operating", "fleet.connected_mw", "fleet.shells_mw"),
)
def delivery(world: World) -> None:
    """Chips, shells and power arrive, old vintages retire, hyperscalers pay; suppliers review capacity and prices."""
    p, week, clouds = world.parameters, world.clock.week, len(world.hyperscalers)
    unlimited = not p.mechanisms.supply_limits
    tech = world.technology = technology(p.hyperscalers, p.suppliers, world.exogenous)
    fleet, names = world.fleet, world.constants.cloud_names
    opening = fleet.installed.copy()

    shipped = chips.ship(world, tech, unlimited=unlimited)
    chip_cost = shipped * chips.prices(world)[:, None]
    retired = fleet.install(week, shipped.sum(axis=0), tech.density)
    started, finished = shells.build(world, week, unlimited=unlimited)
    begun, connected = (mw[:, :clouds] for mw in power.connect(world, week, unlimited=unlimited))
    brought = world.constants.brings_shell @ connected
    fleet.shells_mw += finished.sum(axis=0) + brought
    fleet.connected_mw += connected.sum(axis=0)
    world.delivered = Delivery(
        chips=shipped,
        retired=retired,
        finished=finished,
        connected=connected,
        chip_cost=chip_cost,
        shell_cost=billed(world, started, finished, [one.price_usd for one in world.builders]),
        power_cost=billed(world, begun, connected, [one.price_usd for one in world.power_suppliers]),
    )
    live = fleet.live(unlimited=unlimited)
    fit_contracts(world, live)
    check_fleet(week, opening, fleet.installed, world.delivered, world.contracts.sum(axis=0), live, names)
    pay_suppliers(world)
    world.held_down_by = held_down_by(world)
    chips.review(world, tech, week)
    shells.review(world, started, week)
    power.review(world, week)
    for book in (world.chip_book, world.shell_book, world.power_book):
        check_orders(week, book)


def fit_contracts(world: World, live: Floats) -> None:
    """Scale contracts down where the live fleet has shrunk below them."""
    let = world.contracts.sum(axis=0)
    if any_of(let > live):
        factor = np.minimum(np.divide(live, let, out=np.ones_like(live), where=let > 0.0), 1.0)
        for lab in world.labs:
            lab.contracts *= factor


def held_down_by(world: World) -> Ints:
    """Return what holds each hyperscaler's live capacity down today (H,), as places in LIMITS.

    Power or shells where chips wait for them; else chips where most of its makers' books are long; else whatever
    limited the orders that it placed last: it has what it ordered.
    """
    fleet, found = world.fleet, []
    late = chips.book_weeks(world, world.technology) > LATE_BOOK * world.constants.normal_chip_book
    scarce = (chips.mix(world) @ late).tolist() if any_of(late) else [0.0] * len(world.hyperscalers)
    parts = zip(
        world.hyperscalers, fleet.draw_mw.tolist(), fleet.connected_mw.tolist(), fleet.shells_mw.tolist(), scarce,
        strict=True,
    )  # fmt: skip
    unlimited = not world.parameters.mechanisms.supply_limits
    for cloud, draw, connected, built, part in parts:
        if not unlimited and min(connected, built) < NEARLY_ALL * draw:
            found.append(POWER if connected <= built else SHELLS)
        else:
            found.append(CHIPS if part > 0.5 else cloud.orders_limited_by)
    return np.array(found)
