"""A market that sells what another run sold, at that run's list prices, whatever its own labs would do.

Without it the effect of a price cut is blurred: labs, rivals included, answer it at their next reviews, and what it
does to their compute and customers moves the dates and sizes of their models.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from model import InferenceMarket, World, insert_phase, phase

KEPT_PRICES = {"labs.price_reviews": False}
OF_LABS = ("frontier", "released_frontier")
"""What research writes to labs themselves; the rest is in the catalogue."""
MOVES = ("available", "capability", "flop", "ceiling", "window", "price")
"""What `World.used` has of the catalogue: customers of a tier move to its new models week by week."""


def offer_of(world: World) -> dict[str, Any]:
    """Return copies of what labs sell and customers use this week, by name.

    The catalogue's arrays, those of MOVES of what is in use (`used_price` and so on), menus (`menu_price` and so on),
    and OF_LABS (L,).
    """
    catalogue = {name: getattr(world.catalogue, name).copy() for name in world.catalogue.STATE}
    used = {f"used_{name}": getattr(world.used, name).copy() for name in MOVES}
    used |= {f"menu_{name}": getattr(world.menus, name).copy() for name in world.menus.STATE}
    return catalogue | used | {name: np.array([getattr(lab, name) for lab in world.labs]) for name in OF_LABS}


def _followed(world: World) -> dict[str, Any]:
    return {name: path[world.clock.week] for name, path in world.own["offers"].items()}


@phase(reads="own", writes="models in use and labs' research, as they were in the run that is followed")
def replay_use(world: World) -> None:
    """Customers use what they did in the run that is followed; it is all that is on sale while they move."""
    offer = _followed(world)
    for name in MOVES:
        getattr(world.used, name)[...] = offer[f"used_{name}"]
        getattr(world.catalogue, name)[...] = offer[f"used_{name}"]
    for lab in world.labs:
        for name in OF_LABS:
            setattr(lab, name, float(offer[name][lab.index]))


@phase(reads="own", writes="catalogue and menus, as they were in the run that is followed")
def replay_offers(world: World) -> None:
    """What is on sale, and at which prices, is what the run that is followed had on sale this week."""
    offer = _followed(world)
    for name in world.catalogue.STATE:
        getattr(world.catalogue, name)[...] = offer[name]
    for name in world.menus.STATE:
        getattr(world.menus, name)[...] = offer[f"menu_{name}"]


class ReplayedMarket(InferenceMarket):
    """Follows the offers of another run from when KEPT_PRICES hold: `price_factor` alone changes what labs charge."""

    week = insert_phase(
        insert_phase(InferenceMarket.week, replay_use, after="research"), replay_offers, after="pricing"
    )

    def follow(self, offers: Sequence[dict[str, Any]]) -> None:
        """Take the `offers` of every week since the start (`offer_of`)."""
        self.world.own["offers"] = {name: np.array([offer[name] for offer in offers]) for name in offers[0]}
