"""Menus: labs decide once or twice a year what they sell by the month, and limit its use while they are short."""

import math

import numpy as np

from agents.choice import Floats, clamp
from agents.plan_menu import NOT_SOLD, REGULAR, Customers, Menu, benefit, plan_shares, reviewed_menu, reviewed_price
from agents.units import WEEKS_PER_YEAR
from model.plans import expected_hours
from model.uptake import chat_market, completion_worth, seat_worth
from model.world import World

LEAST_LIMIT = 0.25
"""Least part of promised allowances that a short lab still serves."""
WEEKS_PER_MONTH = WEEKS_PER_YEAR / 12.0


def follow_menus(world: World) -> None:
    """Let labs review their menus in turn and tighten usage limits with load; subscribers move between plans."""
    if not world.parameters.mechanisms.menus:
        _keep_constant_prices(world)
    else:
        _labs_review(world)
        _limits_follow_load(world)
    _subscribers_follow(world)


def _keep_constant_prices(world: World) -> None:
    """One consumer plan, seats and completion at prices that nobody decides."""
    menus, p = world.menus, world.parameters
    menus.price[:], menus.share[:], menus.limit[:] = NOT_SOLD, 0.0, 1.0
    menus.price[:, REGULAR], menus.allowance[:, REGULAR] = p.consumers.subscription_usd_per_month, 1.0
    menus.seat_price[:], menus.completion_price[:] = p.labs.seat_usd_per_month, p.labs.coding_usd_per_month


def _labs_review(world: World) -> None:
    """Let labs set prices of what they begin to sell, and at a review of all that they sell by the month."""
    menus, p, week = world.menus, world.parameters.labs, world.clock.week
    due = np.array([p.price_reviews and lab.reviews_menu(p, week) for lab in world.labs])
    chats, codes = world.open_since("chat_date"), world.open_since("coding_date")
    products = (
        (_review_plans, chats & (due | ~menus.offered.any(axis=1))),
        (_review_seats, chats & (due | (menus.seat_price >= NOT_SOLD))),
        (_review_completion, codes & (due | (menus.completion_price >= NOT_SOLD))),
    )
    for review, reviewing in products:
        for lab in reviewing.nonzero()[0].tolist():
            review(world, lab, _month_costs(world, lab))


def _review_plans(world: World, lab: int, cost: Floats) -> None:
    menus = world.menus
    now, menu_cost = Menu(menus.price[lab], menus.allowance[lab]), world.parameters.labs.plan_menu_cost
    _offer(world, lab, reviewed_menu(now, chat_customers(world, lab, cost), menu_cost))


def _review_seats(world: World, lab: int, cost: Floats) -> None:
    prices, p, seat = world.menus.seat_price, world.parameters, world.constants.index.of["seat"]
    use = p.enterprises.seat_requests_per_week * float(cost[seat])
    worth, spread = float(seat_worth(world)[lab]), p.enterprises.seat_value_sd
    prices[lab] = reviewed_price(float(prices[lab]), worth, spread, use, p.labs.plan_menu_cost)


def _review_completion(world: World, lab: int, cost: Floats) -> None:
    prices, p, assist = world.menus.completion_price, world.parameters, world.constants.index.of["code-assist"]
    use = p.developers.assist_requests_daily * float(cost[assist])
    worth, spread = float(completion_worth(world)[lab]), p.developers.assist_value_sd
    prices[lab] = reviewed_price(float(prices[lab]), worth, spread, use, p.labs.plan_menu_cost)


def _limits_follow_load(world: World) -> None:
    p, limit = world.parameters.labs, world.menus.limit
    for lab in world.labs:
        if lab.reviews_policy(p, world.clock.week):
            wanted = clamp(1.0 / max(lab.load(p), 1e-9), LEAST_LIMIT, 1.0)
            limit[lab.index] += p.scarcity_speed * (wanted - limit[lab.index])


def _month_costs(world: World, lab: int) -> Floats:
    """Return what a task a week of each workload costs a lab in a month (W,), USD, at the shadow price of its hours."""
    owner = world.labs[lab]
    hour = owner.rent / world.parameters.labs.target_utilisation * math.exp(owner.shadow_price)
    return expected_hours(world.plans, lab, world.hours_per_mtok) * (hour * WEEKS_PER_MONTH)


def _offer(world: World, lab: int, menu: Menu) -> None:
    """Put a menu on offer. Subscribers of a plan that is withdrawn take the next smaller one, or the smallest."""
    menus, sold = world.menus, (menu.price < NOT_SOLD).nonzero()[0]
    share = np.zeros_like(menu.price)
    for plan, part in enumerate(menus.share[lab].tolist() if len(sold) else ()):
        share[sold[max(int((sold <= plan).sum()) - 1, 0)]] += part
    menus.price[lab], menus.allowance[lab], menus.share[lab] = *menu, share


def chat_customers(world: World, lab: int, cost: Floats) -> Customers:
    """Return what a lab knows of its chat users; cost: (W,) of a task a week, USD a month."""
    p, of, seen = world.parameters, world.constants.index.of, chat_market(world)
    asked = world.users.usual_requests(np.array([seen.success_paid[lab], seen.success_free[lab]]))
    return Customers(
        worth=float(usual_worth(world)[lab]),
        spread=p.consumers.willingness_sd,
        delegated=float(delegated(world)[lab]),
        tail=p.metered.value_tail,
        paid_cost=float(asked[0] * cost[of["chat-paid"]]),
        free_cost=float(asked[1] * cost[of["chat-free"]]),
        limit=float(world.menus.limit[lab]),
    )


def usual_worth(world: World) -> Floats:
    """Return what all usual use as a subscriber of each lab is worth to its median user (L,), USD a month."""
    p = world.parameters
    median = p.consumers.willingness_usd_per_month * p.demand.consumer_value_factor
    return median * world.users.added(chat_market(world))


def delegated(world: World) -> Floats:
    """Return how much of what chat users hand over to agents succeeds with each lab (L,)."""
    succeeds = world.plans.runs[:, world.constants.index.of["app-agent"]]
    return succeeds * float(world.parameters.mechanisms.agents)


def _subscribers_follow(world: World) -> None:
    """Move subscribers towards the plans that suit them, and work out what the average one asks for.

    They review in turn, over `review_weeks`; the first ones of a lab take what suits them.
    """
    menus, p = world.menus, world.parameters
    used = menus.allowance * menus.limit[:, None]
    worth = benefit(used, delegated(world)[:, None], p.metered.value_tail)
    menus.entry_price[:] = (menus.price / worth).min(axis=1)
    taken = plan_shares(menus.price, usual_worth(world)[:, None] * worth, p.consumers.willingness_sd) * menus.offered
    total = taken.sum(axis=1, keepdims=True)
    wanted = np.divide(taken, total, out=menus.share.copy(), where=total > 0.0)
    pace = np.where(menus.share.any(axis=1), 1.0 / p.consumers.review_weeks, 1.0)
    menus.share += pace[:, None] * (wanted - menus.share)
    menus.asked[:, 1] = (menus.share * used).sum(axis=1)
    menus.asked[:, 0] = 1.0 - (menus.share * np.minimum(used, 1.0)).sum(axis=1)
    menus.paid[:] = billed_by_the_month(menus.paid, menus.mean_price)


def billed_by_the_month(paid: Floats, price: Floats) -> Floats:
    """Return what average subscribers pay (L,), USD a month: months are paid in advance and end in turn.

    paid' = paid + (price - paid) / weeks per month, from the first price on. Source: plans are sold by the month.
    """
    return np.where(paid > 0.0, paid + (price - paid) / WEEKS_PER_MONTH, price)
