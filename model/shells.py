"""Shells: builders start what is queued, finish it, look at how busy they are, expand and set prices."""

import numpy as np

from agents.capacity_plan import UNLIMITED_WEEKS
from agents.choice import Floats
from model.world import World


def build(world: World, week: int, *, unlimited: bool) -> tuple[Floats, Floats]:
    """Start what builders can; return shells started and shells finished (B, H), MW.

    Promised dates slip. Where supply is unlimited everything starts, and is there in UNLIMITED_WEEKS.
    """
    p, book = world.parameters.suppliers, world.shell_book
    capacity = [np.inf if unlimited else builder.starts_mw() for builder in world.builders]
    started = book.serve(np.array(capacity))
    late = 1.0 + p.slip
    weeks = [UNLIMITED_WEEKS if unlimited else int(one.profile.build_weeks * late) for one in world.builders]
    book.begin(started, weeks, week)
    return started, book.arrive(week)


def review(world: World, started: Floats, week: int) -> None:
    """Let builders see how busy they are, and in turn review their crews; prices follow at once."""
    p, book = world.parameters.suppliers, world.shell_book
    queued = book.queued().sum(axis=1).tolist()
    book.look()
    for builder, mw, waits in zip(world.builders, started.sum(axis=1).tolist(), queued, strict=True):
        builder.open_week(week, 0.0)
        builder.observe(mw, waits)
        if (week + builder.index) % p.review_weeks == 0:
            builder.review_capacity(week, p)
        builder.review_price()


def split(world: World) -> Floats:
    """Return how an order is split over builders (B,): by their crews, and by how dear they are."""
    appeal = np.array([builder.appeal() for builder in world.builders])
    return appeal / max(float(appeal.sum()), 1e-12)
