"""Capacity: labs contract compute, other tenants take the rest, hyperscalers order; chips and power arrive."""

import math

import numpy as np

from agents.choice import Floats, any_of, clamp
from agents.hyperscalers import cost_per_gpu_hour
from agents.labs import Lab
from agents.units import HOURS_PER_WEEK
from model.ledger import check_fleet
from model.phases import phase
from model.supply import technology
from model.world import World


@phase(
    reads="needs, revenue, cash",
    writes="contracts, rent, orders for chips and shells",
    finite=("rent", "contracts", "fleet.on_order", "fleet.pipeline"),
)
def investment(world: World) -> None:
    """Labs learn, split compute and contract; other tenants take what is left at the rent; hyperscalers order."""
    p, m, week = world.parameters, world.parameters.mechanisms, world.clock.week
    live = world.fleet.live(unlimited=not m.supply_limits)
    _labs_learn(world)
    for lab in world.labs:
        if lab.reviews_policy(p.labs, week):
            if m.training_split:
                lab.split_compute(p.labs, unlimited=not m.supply_limits)
            _contract(world, lab, lab.seek_compute(p.labs, unlimited=not m.supply_limits), live)
    _tenants(world, live)
    _hyperscalers_order(world, live)


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


def _tenants(world: World, live: Floats) -> None:
    """Let other tenants take what labs left, at a rent that follows load and cost."""
    p = world.parameters.hyperscalers
    stock = sum(h.profile.installed_at_start_h100e for h in world.hyperscalers)
    base = p.outside_share_at_start * stock * math.exp(world.exogenous.tenants)
    wanted = base * (world.rent / world.rent_at_start) ** -p.outside_elasticity
    let = world.contracts.sum(axis=0)
    left = np.maximum(live - let, 0.0)
    world.outside_wanted = wanted
    world.outside_used = left * min(wanted / max(sum(left.tolist()), 1e-9), 1.0)

    sought = sum(max(lab.sought_h100e, lab.held_h100e) for lab in world.labs)
    load = (sought + wanted) / max(sum(live.tolist()), 1e-9)
    anchor = math.log(world.cost_per_hour * (1.0 + p.cloud_margin))
    pull = p.rent_reversion * (anchor - math.log(world.rent))
    push = p.rent_response * clamp(load - 1.0, -1.0, 1.0)
    world.rent = math.exp(math.log(world.rent) + pull + push)


def _hyperscalers_order(world: World, live: Floats) -> None:
    p, week = world.parameters.hyperscalers, world.clock.week
    unlimited = not world.parameters.mechanisms.supply_limits
    wanted = wanted_of_clouds(world, live)
    rents = world.ledger.received_by_each("clouds", ("tenants", "labs"))
    seen = zip(wanted.tolist(), rents.tolist(), world.capex_paid.tolist(), strict=True)
    for cloud, (sought, rent, paid) in zip(world.hyperscalers, seen, strict=True):
        h = cloud.index
        cloud.observe(p, sought, rent, paid)
        if (week + cloud.index) % p.order_weeks == 0:
            tech = world.technology
            owned = world.fleet.owned(h)
            order = cloud.order(p, owned, tech.chip_price_usd, tech.density, unlimited=unlimited)
            world.fleet.place(h, week, order, p.shell_usd_per_mw, unlimited=unlimited)


def wanted_of_clouds(world: World, live: Floats) -> Floats:
    """Return the capacity sought from each hyperscaler (H,): contracts, labs' unmet wishes, other tenants."""
    unmet = [max(lab.sought_h100e - lab.held_h100e, 0.0) for lab in world.labs]
    open_to = world.constants.cloud_of * live
    spread = np.array(unmet) / np.maximum(open_to.sum(axis=1), 1e-9)
    outside = world.outside_wanted / max(sum(live.tolist()), 1e-9)
    return world.contracts.sum(axis=0) + spread @ open_to + outside * live


@phase(
    reads="pipelines",
    writes="capacity; payments for chips, shells and power",
    finite=("fleet.installed", "fleet.operating", "fleet.powered_mw"),
)
def delivery(world: World) -> None:
    """Chips arrive, shells are built and powered, old vintages retire; live capacity is what both allow."""
    p, m, week = world.parameters.hyperscalers, world.parameters.mechanisms, world.clock.week
    unlimited = not m.supply_limits
    tech = technology(p, world.exogenous)
    world.technology = tech
    world.cost_per_hour = cost_per_gpu_hour(p, tech.chip_price_usd, tech.density)
    fleet, names = world.fleet, world.constants.cloud_names
    opening = fleet.installed.copy()
    world.delivered = delivered = fleet.deliver(week, p, tech, unlimited=unlimited)
    live = fleet.live(unlimited=unlimited)
    fit_contracts(world, live)
    check_fleet(week, opening, fleet.installed, delivered, world.contracts.sum(axis=0), live, names)
    _pay_suppliers(world)


def fit_contracts(world: World, live: Floats) -> None:
    """Scale contracts down where the live fleet has shrunk below them."""
    let = world.contracts.sum(axis=0)
    if any_of(let > live):
        factor = np.minimum(np.divide(live, let, out=np.ones_like(live), where=let > 0.0), 1.0)
        for lab in world.labs:
            lab.contracts *= factor


def _pay_suppliers(world: World) -> None:
    """Pay chip makers, builders and utilities; lenders cover a hyperscaler's shortfall."""
    p, ledger, delivered, fleet = world.parameters.hyperscalers, world.ledger, world.delivered, world.fleet
    unlimited = not world.parameters.mechanisms.supply_limits
    drawn_mw = fleet.draw_mw if unlimited else np.minimum(fleet.draw_mw, fleet.powered_mw)
    ledger.pay_each("clouds", "chipmakers", delivered.chip_cost)
    ledger.pay_each("clouds", "builders", delivered.shell_cost)
    ledger.pay_each("clouds", "utilities", drawn_mw * (HOURS_PER_WEEK * p.power_usd_per_mwh))
    world.capex_paid = delivered.chip_cost + delivered.shell_cost
    ledger.pay_each("investors", "clouds", np.maximum(-ledger.balances("clouds"), 0.0))
