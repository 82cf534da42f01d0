"""A market that sells what another run sold, at that run's list prices, whatever its own labs would do.

Without it the effect of a price cut is blurred: labs, rivals included, answer it at their next reviews, and what it
does to their compute moves the dates and sizes of their models.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from model import InferenceMarket, World, insert_phase, phase

KEPT_PRICES = {"labs.price_reviews": False}
OF_LABS = ("frontier", "software_gain")
"""What research writes to labs themselves; the rest is in the catalogue."""


def offer_of(world: World) -> dict[str, Any]:
    """Return copies of what is on sale this week: the catalogue's arrays by name, and OF_LABS (L,)."""
    catalogue = {name: getattr(world.catalogue, name).copy() for name in world.catalogue.STATE}
    return catalogue | {name: np.array([getattr(lab, name) for lab in world.labs]) for name in OF_LABS}


@phase(reads="own", writes="catalogue and labs' research, as they were in the run that is followed")
def replay(world: World) -> None:
    """What is on sale is what the run that is followed had on sale this week; list prices are part of it."""
    offer = {name: path[world.clock.week] for name, path in world.own["offers"].items()}
    for name in world.catalogue.STATE:
        getattr(world.catalogue, name)[...] = offer[name]
    for lab in world.labs:
        for name in OF_LABS:
            setattr(lab, name, float(offer[name][lab.index]))


class ReplayedMarket(InferenceMarket):
    """Follows the offers of another run from when KEPT_PRICES hold: `price_factor` alone changes what labs charge."""

    week = insert_phase(InferenceMarket.week, replay, after="research")

    def follow(self, offers: Sequence[dict[str, Any]]) -> None:
        """Take the `offers` of every week since the start (`offer_of`)."""
        self.world.own["offers"] = {name: np.array([offer[name] for offer in offers]) for name in offers[0]}
