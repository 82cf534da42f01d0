"""Orders: what suppliers offer, what a hyperscaler has and is promised, and how its plan gets into the books."""

import math
from statistics import NormalDist

import numpy as np

from agents.capacity_plan import Holdings, Offers, Plan, Way
from agents.choice import Floats
from agents.columns import NotANumberError
from agents.hyperscalers import Hyperscaler
from agents.units import HOURS_PER_WEEK, WEEKS_PER_YEAR
from model import chips, shells
from model.rent import value_of_clouds
from model.world import World

DUE_WEEKS = 78
"""Weeks within which works under way fall due for a budget."""
NORMAL = NormalDist()


def hyperscalers_order(world: World, live: Floats) -> None:
    """Let hyperscalers learn from the week, and those whose turn it is order and cancel."""
    p, week = world.parameters.hyperscalers, world.clock.week
    check_readable(world)
    _learn(world, live)
    _err(world)
    ordering = [cloud for cloud in world.hyperscalers if cloud.is_ordering(p, week)]
    if not ordering:
        return
    mix, split = chips.mix(world), shells.split(world)
    total = max(sum(live.tolist()), 1e-9)
    for cloud in ordering:
        h, ways = cloud.index, ways_offered(world)
        offers, own = offers_to(world, mix[h], split, ways, float(live[h]) / total), holdings(world, h)
        if world.parameters.mechanisms.supply_limits:
            rents = cloud.rents_per_year / max(float(live[h]) * HOURS_PER_WEEK * WEEKS_PER_YEAR, 1e-9)
            plan = cloud.order(
                p,
                offers,
                own,
                common_error=world.common_error,
                slip=world.parameters.suppliers.slip,
                rent=0.5 * (world.rent + rents),
                share=float(live[h]) / total,
                falling_due=falling_due(world, h, offers),
                powered_mw=float(world.fleet.powered_mw[h]),
            )
        else:
            cheapest = min(range(len(ways)), key=lambda j: ways[j].usd_per_mw)
            plan = cloud.order_unlimited(p, offers, own, common_error=world.common_error, cheapest=cheapest)
        place(world, cloud, plan, mix[h], split)


def check_readable(world: World) -> None:
    """Check that what plans are made of holds no NaN; raises NotANumberError naming it."""
    for name in ("chip_book", "shell_book", "power_book"):
        book = getattr(world, name)
        for field in ("waiting", "coming"):
            if not math.isfinite(getattr(book, field).sum()):
                raise NotANumberError(f"{name}.{field}")
    for cloud in world.hyperscalers:
        if not math.isfinite(cloud.net_debt_usd + cloud.value):
            raise NotANumberError(f"{cloud.name}.{'value' if math.isfinite(cloud.net_debt_usd) else 'net_debt_usd'}")
    for one in (*world.chip_makers, *world.power_suppliers, *world.builders):
        if not math.isfinite(one.price_usd + one.capacity):
            raise NotANumberError(f"{one.name}.{'capacity' if math.isfinite(one.price_usd) else 'price_usd'}")


def _learn(world: World, live: Floats) -> None:
    """Let hyperscalers see what their tenants would pay, and how the market grows."""
    p = world.parameters.hyperscalers
    value = value_of_clouds(world, live)
    before, total = world.market_value, sum(value.tolist())
    world.market_value = total if before <= 0.0 else before + (total - before) / 8.0
    growth = math.log(world.market_value / before) * WEEKS_PER_YEAR if before > 0.0 < world.market_value else None
    for cloud, mine in zip(world.hyperscalers, value.tolist(), strict=True):
        cloud.observe_demand(p, mine, cloud.growth if growth is None else growth)


def _err(world: World) -> None:
    """Let everybody's error about growth move on, and the one that all have in common."""
    p, week, streams = world.parameters.hyperscalers, world.clock.week, world.streams
    drawn = streams.uniform("hyperscalers.error", week, len(world.hyperscalers)).tolist()
    (common,) = streams.uniform("hyperscalers.common_error", week, 1).tolist()
    for cloud, uniform in zip(world.hyperscalers, drawn, strict=True):
        cloud.err(p, normal(uniform))
    renewed = p.error_sd * math.sqrt(2.0 / p.error_memory_weeks) * normal(common)
    world.common_error += -world.common_error / p.error_memory_weeks + renewed


def normal(uniform: float) -> float:
    """Return the standard normal number of a uniform one."""
    return NORMAL.inv_cdf(min(max(uniform, 1e-6), 1.0 - 1e-6))


def ways_offered(world: World) -> tuple[Way, ...]:
    """Return the ways to power as suppliers offer them this week."""
    books = world.power_book.waiting.sum(axis=(1, 2)).tolist()
    return tuple(
        Way(
            weeks=one.lead_weeks(book),
            build_weeks=one.profile.build_weeks,
            usd_per_mw=one.price_usd,
            usd_per_mwh=one.profile.usd_per_mwh,
            pace_mw=one.output_mw(),
            left_mw=max(one.pool_mw - book, 0.0) if one.is_finite else math.inf,
            brings_shell=one.profile.brings_shell,
        )
        for one, book in zip(world.power_suppliers, books, strict=True)
    )


def offers_to(world: World, mix: Floats, split: Floats, ways: tuple[Way, ...], share: float) -> Offers:
    """Return what suppliers offer a hyperscaler with a `share` of the live fleet.

    `mix` and `split`: how it splits its orders over chip makers and builders.
    """
    p, s, tech = world.parameters.hyperscalers, world.parameters.suppliers, world.technology
    moving = float(world.parameters.mechanisms.efficiency)
    fade = math.exp(-world.exogenous.years / s.technology_fade_years)
    booked = np.minimum(np.maximum(chips.book_weeks(world, tech), s.chip_production_weeks), 1e4)
    queued = world.shell_book.queued().sum(axis=1).tolist()
    leads = np.array([one.lead_weeks(book) for one, book in zip(world.builders, queued, strict=True)])
    pace = sum(way.pace_mw for way in ways)
    return Offers(
        chip_usd=float(mix @ chips.prices(world)),
        chip_weeks=float(mix @ booked) + p.install_weeks,
        chip_pace=share * chips.coming_outputs(world, tech),
        shell_usd_per_mw=float(split @ np.array([one.price_usd for one in world.builders])),
        shell_weeks=float(split @ leads),
        power_usd_per_mw=sum(way.usd_per_mw * way.pace_mw for way in ways) / max(pace, 1e-9),
        ways=ways,
        density=tech.density,
        density_growth=moving * fade * math.log(p.density_growth_per_year),
        price_fall=moving * fade * math.log(p.price_performance_per_year),
    )


def holdings(world: World, h: int) -> Holdings:
    """Return what a hyperscaler has and is promised."""
    fleet, week = world.fleet, world.clock.week
    retiring, draw_retiring = fleet.retiring(week, h)
    power = world.power_book.promised(week, h)
    shells = world.shell_book.promised(week, h) + world.power_book.promised(week, h, world.constants.brings_shell)
    return Holdings(
        chips=float(fleet.installed[h]),
        draw_mw=float(fleet.draw_mw[h] + fleet.transit_mw[h].sum()),
        chips_retiring=retiring,
        draw_retiring=draw_retiring,
        chips_on_order=float(world.chip_book.waiting[:, :, h].sum()),
        power_mw=float(fleet.connected_mw[h]),
        power_coming=power,
        power_queued=world.power_book.waiting[:, :, h].sum(axis=1).tolist(),
        shells_mw=float(fleet.shells_mw[h]),
        shells_coming=shells,
        shells_queued=float(world.shell_book.waiting[:, :, h].sum()),
    )


def falling_due(world: World, h: int, offers: Offers) -> float:
    """Return what a hyperscaler has to pay for earlier orders in the planning time, USD.

    All chips on order and queued shells; of works under way what is left after deposits, as far as they end in
    DUE_WEEKS.
    """
    rest, week = 1.0 - world.parameters.suppliers.deposit, world.clock.week
    ordered = world.chip_book.waiting[:, :, h].sum(axis=1) @ chips.prices(world)
    queued = world.shell_book.waiting[:, :, h].sum() * offers.shell_usd_per_mw
    shells_due = world.shell_book.promised(week, h)[DUE_WEEKS] * offers.shell_usd_per_mw * rest
    weeks = (week + 1 + np.arange(DUE_WEEKS)) % world.power_book.coming.shape[2]
    power_due = world.power_book.coming[:, h, weeks].sum(axis=1) @ np.array([way.usd_per_mw for way in offers.ways])
    return float(ordered + queued + shells_due + power_due * rest)


def place(world: World, cloud: Hyperscaler, plan: Plan, mix: Floats, split: Floats) -> None:
    """Put a plan's orders and cancellations into the books."""
    h = cloud.index
    if plan.cancelled_chips > 0.0:
        booked = world.chip_book.waiting[:, :, h].sum(axis=1)
        world.chip_book.cancel(h, booked * (plan.cancelled_chips / max(float(booked.sum()), 1e-12)))
    if plan.cancelled_shells > 0.0:
        booked = world.shell_book.waiting[:, :, h].sum(axis=1)
        world.shell_book.cancel(h, booked * (plan.cancelled_shells / max(float(booked.sum()), 1e-12)))
    if any(plan.cancelled_power):
        world.power_book.cancel(h, np.array(plan.cancelled_power))
    world.chip_book.place(h, mix * plan.chips)
    world.shell_book.place(h, split * plan.shells)
    world.power_book.place(h, np.array(plan.power))
