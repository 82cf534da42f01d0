"""Chips: makers ship from their books, look at their orders, expand and set prices."""

import numpy as np

from agents.choice import Floats
from agents.units import WEEKS_PER_YEAR
from model.fleet import Technology
from model.world import World


def outputs(world: World, tech: Technology) -> Floats:
    """Return what makers can ship this week (M,), H100e."""
    return np.array([maker.output_h100e(tech.h100e_per_wafer) for maker in world.chip_makers])


def coming_outputs(world: World, tech: Technology) -> float:
    """Return what all makers together ship in a week once the additions under way are ready, H100e."""
    return sum(
        maker.output_h100e(tech.h100e_per_wafer) * (1.0 + maker.expanding / max(maker.capacity, 1e-9))
        for maker in world.chip_makers
    )


def ship(world: World, tech: Technology, *, unlimited: bool) -> Floats:
    """Ship chips pro rata to orders (M, H), H100e; all of them where supply is unlimited.

    As far as makers have capacity, and their part of the book that a week finishes: production takes its time even
    where nobody waits for it.
    """
    book = world.chip_book
    finished = book.queued().sum(axis=1) / world.parameters.suppliers.chip_production_weeks
    shipped = book.serve(np.full(len(finished), np.inf) if unlimited else np.minimum(outputs(world, tech), finished))
    book.done += shipped
    return shipped


def prices(world: World) -> Floats:
    """Return what a chip of each maker costs with its server and network (M,), USD per H100e."""
    ratio = world.parameters.hyperscalers.server_ratio
    return np.array([maker.price_usd * ratio for maker in world.chip_makers])


def mix(world: World) -> Floats:
    """Return how each hyperscaler splits an order over makers (H, M): by standing, and by how dear they have become."""
    p = world.parameters.suppliers
    appeal = [[maker.appeal(cloud.name, p) for maker in world.chip_makers] for cloud in world.hyperscalers]
    weights = np.array(appeal)
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0.0, weights / np.maximum(total, 1e-12), 1.0 / weights.shape[1])


def book_weeks(world: World, tech: Technology) -> Floats:
    """Return makers' books in weeks of what they ship (M,)."""
    return np.asarray(world.chip_book.queued().sum(axis=1) / np.maximum(outputs(world, tech), 1e-9))


def review(world: World, tech: Technology, week: int) -> None:
    """Let makers take in additions, learn from the week's orders, and in turn review capacity; prices move weekly."""
    p = world.parameters.suppliers
    queued, new = world.chip_book.queued().sum(axis=1).tolist(), world.chip_book.look().tolist()
    for maker, book, orders in zip(world.chip_makers, queued, new, strict=True):
        maker.open_week(week, maker.profile.scrapped_per_year)
        maker.observe_orders(p, orders)
        if (week + maker.index) % p.review_weeks == 0:
            gain = (
                p.wafer_growth_per_year ** (maker.lead_weeks() / WEEKS_PER_YEAR)
                if world.parameters.mechanisms.efficiency
                else 1.0
            )
            maker.review_capacity(week, p, book, tech.h100e_per_wafer * gain)
        maker.review_price(p, book, maker.output_h100e(tech.h100e_per_wafer), tech.chip_cost_usd)
