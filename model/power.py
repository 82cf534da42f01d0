"""Power: suppliers serve their books and connect; other customers order too; suppliers expand and set prices."""

import numpy as np

from agents.capacity_plan import UNLIMITED_WEEKS
from agents.choice import Floats
from model.world import World


def ranks(world: World) -> Floats:
    """Return how strongly each customer presses for slots (P, C): 1 + `slot_premium` x what it loses / price.

    What it loses: USD a year for a MW that it waits for. Others press with 1. Nothing bounds what a slot may be worth.
    """
    premium = world.parameters.suppliers.slot_premium
    worth = [cloud.worth_of_power for cloud in world.hyperscalers]
    return np.array([[*(1.0 + premium * loss / one.price_usd for loss in worth), 1.0] for one in world.power_suppliers])


def connect(world: World, week: int, *, unlimited: bool) -> tuple[Floats, Floats]:
    """Serve the books; return what was started and what was connected (P, C), MW.

    Promised dates slip. Where supply is unlimited hyperscalers are all served, and connected in UNLIMITED_WEEKS.
    """
    p, book, clouds = world.parameters.suppliers, world.power_book, len(world.hyperscalers)
    for one, total, theirs in zip(
        world.power_suppliers, book.waiting.sum(axis=(1, 2)).tolist(), book.waiting[:, :, -1].sum(axis=1).tolist(),
        strict=True,
    ):  # fmt: skip
        amount = one.others_order(p, world.exogenous.years, total, theirs)
        if amount > 0.0:
            book.waiting[one.index, 0, -1] += amount
            book.ordered[one.index, -1] += amount
    started = book.serve(np.array([one.output_mw() for one in world.power_suppliers]), ranks(world))
    weeks = [int(one.profile.build_weeks * (1.0 + p.slip)) for one in world.power_suppliers]
    if unlimited:
        rest = book.waiting[:, :, :clouds].sum(axis=1)
        book.waiting[:, :, :clouds] = 0.0
        started[:, :clouds] += rest
        weeks = [UNLIMITED_WEEKS for _ in weeks]
    book.begin(started, weeks, week)
    for one, mw in zip(world.power_suppliers, started.sum(axis=1).tolist(), strict=True):
        if one.is_finite:
            one.pool_mw = max(one.pool_mw - mw, 0.0)
    return started, book.arrive(week)


def review(world: World, week: int) -> None:
    """Let suppliers take in additions, and in turn review capacity; prices move every week."""
    p, book = world.parameters.suppliers, world.power_book
    book.look()
    for one, total in zip(world.power_suppliers, book.waiting.sum(axis=(1, 2)).tolist(), strict=True):
        one.open_week(week, one.profile.scrapped_per_year)
        if (week + one.index) % p.review_weeks == 0:
            one.review_capacity(week, p, total)
        one.review_price(p, total)
