"""The state of what labs sell by the month: menus of consumer plans, seats, code completion, and usage limits."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from agents.choice import Floats
from agents.metered_demand import Flags
from agents.plan_menu import ALLOWANCES, NOT_SOLD, PLANS, sold_at


@dataclass
class Menus:
    """Prices are USD a month, NOT_SOLD where there is no offer. Dimensions: lab, plan (of consumers), grade."""

    STATE = ("price", "allowance", "share", "limit", "entry_price", "asked", "paid", "seat_price", "completion_price")

    price: Float[Floats, "lab plan"]
    allowance: Float[Floats, "lab plan"]  # in multiples of what a subscriber's own time allows
    share: Float[Floats, "lab plan"]  # of a lab's subscribers who have each plan
    limit: Float[Floats, " lab"]  # part of allowances that can be used, below one while the lab is short
    entry_price: Float[Floats, " lab"]  # least price of a plan for what all usual use is worth
    asked: Float[
        Floats, "lab grade"
    ]  # by a subscriber per request that time allows: with the free grade, with the paid
    paid: Float[Floats, " lab"]  # by the average subscriber for the month that runs
    seat_price: Float[Floats, " lab"]
    completion_price: Float[Floats, " lab"]

    @classmethod
    def start(cls, labs: int) -> "Menus":
        """Return menus on which nothing is offered."""
        by_plan = (labs, len(PLANS))
        return cls(
            price=np.full(by_plan, NOT_SOLD),
            allowance=np.tile([sizes[-1] for sizes in ALLOWANCES], (labs, 1)),
            share=np.zeros(by_plan),
            limit=np.ones(labs),
            entry_price=np.full(labs, NOT_SOLD),
            asked=np.tile([1.0, 0.0], (labs, 1)),
            paid=np.zeros(labs),
            seat_price=np.full(labs, NOT_SOLD),
            completion_price=np.full(labs, NOT_SOLD),
        )

    @property
    def offered(self) -> Bool[Flags, "lab plan"]:
        """Which plans are on offer."""
        return self.price < NOT_SOLD

    @property
    def mean_price(self) -> Float[Floats, " lab"]:
        """What the plans of a lab's average subscriber cost today, USD a month."""
        return (self.share * sold_at(self.price)).sum(axis=1)
