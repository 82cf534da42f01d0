"""Rents: other tenants' demand, and a spot market that clears over slow contracts."""

import math

import numpy as np

from agents.choice import Floats
from agents.units import HOURS_PER_WEEK
from model.world import World

MOST_CONTRACTED = 0.88
"""Part of what labs leave that other tenants may hold under contract: some is always let by the week."""
MOST_OVER_CONTRACTS = 3.0
"""Most that the spot rent may clear at, over contract rents: tenants do without."""


def follow_need(world: World) -> None:
    """Remember what labs' customers ask for (GPU-hours): other tenants serve the same people."""
    need = sum(lab.need_hours for lab in world.labs)
    if world.served_need <= 0.0:
        world.served_need = world.served_need_at_start = need
    world.served_need += (need - world.served_need) / world.parameters.hyperscalers.outside_serving_memory_weeks


def outside_demand(world: World) -> tuple[float, float]:
    """Return what other tenants would train and serve with at the rent of the start (H100e).

    Training grows by itself. What they serve grows with what labs' customers ask for, to a power: ranking, open models
    and AI inside other products have the same users.
    """
    p = world.parameters.hyperscalers
    stock = sum(h.profile.installed_at_start_h100e for h in world.hyperscalers)
    start = p.outside_share_at_start * stock * p.outside_value_factor**p.outside_elasticity
    training = (1.0 - p.outside_serving_at_start) * start * math.exp(world.exogenous.tenants)
    grown = world.served_need / world.served_need_at_start if world.served_need_at_start > 0.0 else 1.0
    return training, p.outside_serving_at_start * start * grown**p.outside_serving_follows


def clear_rent(world: World, live: Floats) -> None:
    """Let the spot market clear over contracts, and other tenants take what they want of what labs left.

    Tenants under contract answer to the rent of contracts, the others and labs that seek more than they hold to the
    spot rent. The rent goes a part of the way to the one that clears.
    """
    p, e = world.parameters.hyperscalers, world.parameters.hyperscalers.outside_elasticity
    training, serving = outside_demand(world)
    value = (training + serving) * world.rent_at_start**e
    world.outside_serving_share = serving / max(training + serving, 1e-9)
    left = np.maximum(live - world.contracts.sum(axis=0), 0.0)
    free = max(sum(left.tolist()), 1e-9)
    held = min((1.0 - p.spot_share) * value * world.contract_rent**-e, MOST_CONTRACTED * free)
    unmet = sum(max(lab.sought_h100e - lab.held_h100e, 0.0) for lab in world.labs)
    bids = p.spot_share * value + unmet * world.contract_rent**e
    clearing = (bids / (free - held)) ** (1.0 / e)
    clearing = min(max(clearing, p.rent_floor), MOST_OVER_CONTRACTS * world.contract_rent)
    world.rent *= (clearing / world.rent) ** p.rent_speed
    world.contract_rent += (world.rent - world.contract_rent) / p.contract_rent_memory_weeks
    by_the_week = min(p.spot_share * value * world.rent**-e, free - held)
    world.outside_wanted = held + by_the_week
    world.outside_rent = (held * world.contract_rent + by_the_week * world.rent) / max(world.outside_wanted, 1e-9)
    world.outside_used = left * min(world.outside_wanted / free, 1.0)
    world.outside_value = value


def value_of_clouds(world: World, live: Floats) -> Floats:
    """Return what tenants of each hyperscaler would take at a rent of 1 USD per H100e-hour (H,), H100e.

    Labs' contracts and their part of labs' unmet wishes at contract rents, and their part of other tenants.
    """
    unmet = [max(lab.sought_h100e - lab.held_h100e, 0.0) for lab in world.labs]
    open_to = world.constants.cloud_of * live
    spread = np.array(unmet) / np.maximum(open_to.sum(axis=1), 1e-9)
    labs = world.contracts.sum(axis=0) + spread @ open_to
    outside = world.outside_value / max(sum(live.tolist()), 1e-9)
    return np.asarray(labs * world.contract_rent**world.parameters.hyperscalers.outside_elasticity + outside * live)


def rents_paid(world: World) -> Floats:
    """Return what other tenants pay each hyperscaler this week (H,), USD: its own teams among them pay nobody."""
    paying = 1.0 - world.parameters.hyperscalers.own_use_share
    return np.asarray(world.outside_used * (HOURS_PER_WEEK * world.outside_rent * paying))
