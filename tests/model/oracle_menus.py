"""The oracle's fourth part: what labs sell by the month, in loops over labs, plans and prices.

Written from the docstrings and from the equations of `docs/model.md`. Users of a menu are found by walking up their
willingness: from no plan to the plan that is the first to be better, and so on.
"""

import math
from itertools import product
from typing import Any, NamedTuple

WEEKS_PER_YEAR = 365.25 / 7.0
PLANS, REGULAR = 3, 1
NOT_SOLD = 1e9
POINTS = [scale * point for scale in (1.0, 10.0, 100.0) for point in (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)]
ALLOWANCES = ([0.0625, 0.125, 0.25, 0.5], [0.5, 1.0], [2.0, 4.0, 8.0, 16.0, 32.0])
LEAST_LIMIT = 0.25
Row = list[float]


class Offers(NamedTuple):
    """Prices and allowances by plan, shares of subscribers by plan, usage limit, prices of seats and completion."""

    price: Row
    allowance: Row
    share: Row
    limit: float
    seat: float
    completion: float


class Users(NamedTuple):
    """What a lab knows of its chat users."""

    worth: float
    spread: float
    delegated: float
    tail: float
    paid_cost: float
    free_cost: float
    limit: float


def above(price: float, worth: float, spread: float) -> float:
    """The part of people to whom something is worth more than its price."""
    return 0.5 * math.erfc(math.log(price / worth) / spread / math.sqrt(2.0)) if worth > 0.0 else 0.0


def benefit(allowance: float, delegated: float, tail: float) -> float:
    """What an allowance is worth relative to all usual use."""
    found = math.pow(allowance, 1.0 - 1.0 / tail)
    return found if allowance <= 1.0 else 1.0 + delegated * (found - 1.0)


def takers(price: Row, worth: Row, spread: float) -> Row:
    """The part of users on each plan, walking up from the least willing."""
    sold = [k for k in range(len(price)) if price[k] < NOT_SOLD]
    found, at, cost, value, reached = [0.0] * len(price), -1, 0.0, 0.0, 1.0
    while True:
        bar = {k: (price[k] - cost) / (worth[k] - value) for k in sold if k > at and worth[k] > value}
        if not bar:
            if at >= 0:
                found[at] = reached
            return found
        step = min(bar, key=lambda k: (bar[k], -k))
        part = above(bar[step], 1.0, spread) if bar[step] > 0.0 else 1.0
        if at >= 0:
            found[at] = max(reached - part, 0.0)
        at, cost, value, reached = step, price[step], worth[step], part


def earned(price: Row, allowance: Row, users: Users) -> tuple[float, float]:
    """Profit and revenue of a menu per user and month."""
    used = [users.limit * a for a in allowance]
    parts = takers(price, [users.worth * benefit(a, users.delegated, users.tail) for a in used], users.spread)
    profit = revenue = 0.0
    for part, usd, a in zip(parts, price, used, strict=True):
        if usd < NOT_SOLD:
            profit += part * (usd - a * users.paid_cost + min(a, 1.0) * users.free_cost)
            revenue += part * usd
    return profit, revenue


def reviewed(price: Row, allowance: Row, users: Users, menu_cost: float) -> tuple[Row, Row]:
    """The menu after a review: plan by plan the best change, if it brings enough."""
    for plan in (1, 2, 0, 1):
        now, revenue = earned(price, allowance, users)
        best: tuple[float, float, float] | None = None
        for size, usd in product(ALLOWANCES[plan], [*POINTS, NOT_SOLD]):
            others = [(k, allowance[k]) for k in range(PLANS) if k != plan and price[k] < NOT_SOLD]
            if any((a >= size) if k < plan else (a <= size) for k, a in others):
                continue
            tried = [*price[:plan], usd, *price[plan + 1 :]], [*allowance[:plan], size, *allowance[plan + 1 :]]
            gain = earned(*tried, users)[0] - now
            if best is None or gain > best[0]:
                best = gain, usd, size
        if best is not None and best[0] > menu_cost * revenue:
            price = [*price[:plan], best[1], *price[plan + 1 :]]
            allowance = [*allowance[:plan], best[2], *allowance[plan + 1 :]]
    return price, allowance


def best_price(now: float, worth: float, spread: float, cost: float, menu_cost: float) -> float:
    """The price of a single product after a review."""

    def profit(usd: float) -> float:
        return above(usd, worth, spread) * (usd - cost) if usd < NOT_SOLD else 0.0

    best = max(POINTS, key=profit)
    paid = above(now, worth, spread) * now if now < NOT_SOLD else 0.0
    return best if profit(best) - profit(now) > menu_cost * paid else now


def month_cost(world: Any, before: Any, lab: int, name: str) -> float:
    """What a task a week of a workload costs a lab in a month, at the shadow price of its GPU-hours."""
    plans, p, w = world.plans, world.parameters.labs, world.constants.index.of[name]
    hours: float = 0.0
    for b, tier in product(range(plans.bins.shape[2]), range(3)):
        share = float(plans.bins[lab, w, b]) * float(plans.share[lab, w, b, tier])
        hours += share * float(plans.work[lab, w, tier, b]) * float(world.hours_per_mtok[lab, tier])
    usd_per_hour = before.rent[lab] / p.target_utilisation * math.exp(before.shadow[lab])
    return float(hours * usd_per_hour * WEEKS_PER_YEAR / 12.0)


def success(world: Any, lab: int, name: str, congestion: Any = None) -> float:
    """Success of a workload's tasks with a lab, as far as it is served."""
    w = world.constants.index.of[name]
    return float(world.plans.success[lab, w]) * (1.0 - congestion[lab][w] if congestion else 1.0)


def seat_worth(world: Any, congestion: Any, lab: int) -> float:
    """USD a month of a seat to the median employee."""
    p = world.parameters
    value = p.enterprises.seat_value_usd_per_month * p.demand.enterprise_value_factor
    return float(value * success(world, lab, "seat", congestion))


def completion_worth(world: Any, congestion: Any, lab: int) -> float:
    """USD a month of code completion to the median daily user."""
    p = world.parameters
    value = p.developers.assist_value_usd_per_month * p.demand.developer_value_factor
    return float(value * success(world, lab, "code-assist", congestion))


def users_of(world: Any, before: Any, congestion: Any, lab: int, limit: float) -> Users:
    """What a lab knows of its users this week."""
    p = world.parameters.consumers
    paid, free = success(world, lab, "chat-paid"), success(world, lab, "chat-free")
    added = p.subscription_perk + max(paid - success(world, lab, "chat-free", congestion), 0.0)

    def requests(succeeds: float) -> float:
        return float(7.0 * p.requests_per_day * (p.engagement_floor + (1.0 - p.engagement_floor) * succeeds))

    agents = float(world.plans.runs[lab, world.constants.index.of["app-agent"]])
    return Users(
        worth=p.willingness_usd_per_month * world.parameters.demand.consumer_value_factor * added,
        spread=p.willingness_sd,
        delegated=agents if world.parameters.mechanisms.agents else 0.0,
        tail=world.parameters.metered.value_tail,
        paid_cost=requests(paid) * month_cost(world, before, lab, "chat-paid"),
        free_cost=requests(free) * month_cost(world, before, lab, "chat-free"),
        limit=limit,
    )


def offers(world: Any, before: Any, was: Any, congestion: Any, lab: int) -> Offers:
    """What a lab sells by the month this week; `was` the menus, and `before` all else, that the week starts from."""
    p, week = world.parameters, before.week
    today, profile = world.clock.date_of(week), world.labs[lab].profile
    sells = any(world.catalogue.available[lab])

    def opened(day: Any) -> bool:
        return sells and day is not None and day <= today

    due = (week + 5 * lab) % p.labs.menu_review_weeks == 0 and p.labs.price_reviews
    price, allowance, share = was.price[lab].tolist(), was.allowance[lab].tolist(), was.share[lab].tolist()
    limit, cost = float(was.limit[lab]), p.labs.plan_menu_cost
    users = users_of(world, before, congestion, lab, limit)
    if opened(profile.chat_date) and (due or min(price) >= NOT_SOLD):
        price, allowance = reviewed(price, allowance, users, cost)
        share = moved(share, [k for k in range(PLANS) if price[k] < NOT_SOLD])
    seat, completion = float(was.seat_price[lab]), float(was.completion_price[lab])
    if opened(profile.chat_date) and (due or seat >= NOT_SOLD):
        use = p.enterprises.seat_requests_per_week * month_cost(world, before, lab, "seat")
        seat = best_price(seat, seat_worth(world, congestion, lab), p.enterprises.seat_value_sd, use, cost)
    if opened(profile.coding_date) and (due or completion >= NOT_SOLD):
        use = p.developers.assist_requests_daily * month_cost(world, before, lab, "code-assist")
        worth = completion_worth(world, congestion, lab)
        completion = best_price(completion, worth, p.developers.assist_value_sd, use, cost)
    if (week + lab) % p.labs.policy_weeks == 0:
        load = before.need_hours[lab] / max(before.serving_hours[lab] * p.labs.target_utilisation, 1e-9)
        wanted = min(max(1.0 / load, LEAST_LIMIT), 1.0) if load > 0.0 else 1.0
        limit += p.labs.scarcity_speed * (wanted - limit)
    users = users._replace(limit=limit)
    values = [users.worth * benefit(limit * a, users.delegated, users.tail) for a in allowance]
    parts = takers(price, values, users.spread)
    if sum(parts) > 0.0:
        pace = 1.0 / p.consumers.review_weeks if any(share) else 1.0
        share = [s + pace * (part / sum(parts) - s) for s, part in zip(share, parts, strict=True)]
    return Offers(price, allowance, share, limit, seat, completion)


def moved(share: Row, sold: list[int]) -> Row:
    """Shares of subscribers once those of a withdrawn plan took the next smaller one, or the smallest."""
    found = [0.0] * len(share)
    for plan, part in enumerate(share if sold else []):
        found[max([k for k in sold if k <= plan], default=sold[0])] += part
    return found


def entry_price(world: Any, found: Offers, lab: int) -> float:
    """The least price of a plan, for what all usual use is worth."""
    agents = float(world.plans.runs[lab, world.constants.index.of["app-agent"]]) * world.parameters.mechanisms.agents
    tail = world.parameters.metered.value_tail
    return min(
        usd / benefit(a * found.limit, agents, tail) for usd, a in zip(found.price, found.allowance, strict=True)
    )


def paid(found: Offers, before: float) -> float:
    """What the average subscriber pays for the month that runs: of months 12 in 52.18 weeks end in a week."""
    today = sum(s * usd for s, usd in zip(found.share, found.price, strict=True) if usd < NOT_SOLD)
    return before + (today - before) * 12.0 / WEEKS_PER_YEAR if before > 0.0 else today


def grades(found: Offers) -> tuple[float, float]:
    """What a subscriber asks for with the free and with the paid grade, per request that time allows."""
    used = [a * found.limit for a in found.allowance]
    paid = sum(s * a for s, a in zip(found.share, used, strict=True))
    return 1.0 - sum(s * min(a, 1.0) for s, a in zip(found.share, used, strict=True)), paid
