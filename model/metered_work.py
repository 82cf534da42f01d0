"""The state of metered work: what labs' models are worth to those who pay by the token, what runs, and who pays."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from agents.catalogue import TIERS
from agents.choice import Floats
from agents.metered_demand import Flags, Offer
from agents.metered_parameters import MeteredParameters
from agents.workloads import BINS


@dataclass
class MeteredWork:
    """What is remembered of metered work. Dimensions: metered (class of work), lab."""

    STATE = (
        "offer", "usd_per_task", "tasks", "cutoff", "cutoff_target", "integrating", "worth", "share_of_reach",
        "horizon", "reputation", "share", "coding_budget",
    )  # fmt: skip

    offer: Offer  # what labs' models are worth to customers today
    usd_per_task: Float[Floats, "metered lab"]  # of an average task
    tasks: Float[Floats, " metered"]  # asked for this week
    cutoff: Float[Floats, " metered"]  # ln of the least value of a task that runs, relative to the reference
    cutoff_target: Float[Floats, " metered"]  # ln of the least value of a task that is worth running
    integrating: Bool[Flags, " metered"]  # something is on sale, so that cut-offs have begun to move
    worth: Float[Floats, " metered"]  # value of the work that runs over what is paid for it
    share_of_reach: Float[Floats, " metered"]  # part of the wage bill in reach that is taken
    horizon: float  # hours of the longest task that the best models do half of the time
    reputation: Float[Floats, " lab"]  # with customers who pay by the token, in ln of value for a dollar
    share: Float[Floats, " lab"]  # of metered revenue, remembered
    coding_budget: float  # USD a year that employers grant for coding agents

    @classmethod
    def start(cls, classes: int, first_lab: Float[Floats, " lab"], p: MeteredParameters) -> "MeteredWork":
        """Return the state before anything was sold; first_lab: one for the lab that will sell first, else zero."""
        labs, tiers = len(first_lab), len(TIERS)
        offer = Offer(
            tier_share=np.full((classes, BINS, labs, tiers), 1.0 / tiers),
            bin_share=np.full((classes, labs, BINS), 1.0 / BINS),
            worth=np.zeros((classes, labs)),
            lab_share=np.zeros((classes, labs)),
            class_worth=np.zeros(classes),
        )
        return cls(
            offer=offer,
            usd_per_task=np.zeros((classes, labs)),
            tasks=np.zeros(classes),
            cutoff=np.zeros(classes),
            cutoff_target=np.zeros(classes),
            integrating=np.zeros(classes, dtype=np.bool_),
            worth=np.ones(classes),
            share_of_reach=np.zeros(classes),
            horizon=1.0,
            reputation=np.zeros(labs),
            share=first_lab,
            coding_budget=p.coding_budget_at_start_usd,
        )
