"""Subscription plans: who takes which plan of a menu, and which menu brings a lab the most profit.

A plan has a price and an allowance. An allowance of one covers all that a subscriber's own time allows; beyond it a
subscriber hands work over, which succeeds as agents' work does. Prices are USD a month. K is the number of plans.
"""

from typing import NamedTuple

import numpy as np

from agents.choice import Floats
from agents.lognormal import share_above

PLANS = ("basic", "regular", "power")
"""Consumer plans that a lab may offer, in order of their allowance."""
REGULAR = 1
ALLOWANCES = ((1 / 16, 1 / 8, 1 / 4, 1 / 2), (1 / 2, 1.0), (2.0, 4.0, 8.0, 16.0, 32.0))
"""Allowances that each plan may have, in multiples of what a subscriber's own time allows."""
PRICE_POINTS = np.outer((1.0, 10.0, 100.0), (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)).ravel()
"""Round prices that a lab considers, USD a month."""
NOT_SOLD = 1e9
"""Stands for the price of a plan that is not offered: nobody pays as much."""
CHOICES = np.append(PRICE_POINTS, NOT_SOLD)
"""What a lab considers for a plan: all prices, and not to offer it."""
ORDER = (1, 2, 0, 1)
"""Plans in the order in which a lab reviews them; the regular one again once the others are known."""


class Customers(NamedTuple):
    """What a lab knows of its chat users when it reviews its menu.

    `worth` USD a month of all usual use to the median user; `spread` sd of its ln over users; `delegated` success of
    work that is handed over; `tail` of the value of tasks; `paid_cost`, `free_cost` USD a month of all usual use as a
    subscriber and for nothing; `limit` part of allowances that can be used.
    """

    worth: float
    spread: float
    delegated: float
    tail: float
    paid_cost: float
    free_cost: float
    limit: float


class Menu(NamedTuple):
    """Prices (K,) and allowances (K,) of a lab's plans; NOT_SOLD for a plan that is not offered."""

    price: Floats
    allowance: Floats


def sold_at(price: Floats) -> Floats:
    """Return prices, zero where there is no offer."""
    return np.where(price < NOT_SOLD, price, 0.0)


def benefit(allowance: Floats, delegated: Floats | float, tail: float) -> Floats:
    """Return what an allowance is worth, relative to all usual use: the most valuable tasks come first.

    Tasks worth more than v are as frequent as v^-tail, so the best part a of them is worth a^(1 - 1 / tail) of all.
    What goes beyond one's own time is handed over, and counts as far as that succeeds.
    """
    found = allowance ** (1.0 - 1.0 / tail)
    return np.where(allowance > 1.0, 1.0 + delegated * (found - 1.0), found)


def plan_shares(price: Floats, worth: Floats, spread: float) -> Floats:
    """Return the share of users on each plan (..., K): each takes the plan with the largest surplus, or no plan.

    price: (..., K); worth: (..., K) of each plan to the median user, rising with K. A user whose willingness is x times
    the median gains x worth - price, so users with more of it take the larger plans.
    """
    plans = price.shape[-1]
    low, high = price / np.maximum(worth, 1e-12), np.full(np.broadcast_shapes(price.shape, worth.shape), np.inf)
    for k in range(1, plans):
        for j in range(k):
            more = np.maximum(worth[..., k] - worth[..., j], 1e-9)
            equal = (price[..., k] - price[..., j]) / more  # where both plans are as good
            low[..., k] = np.maximum(low[..., k], equal)
            high[..., j] = np.minimum(high[..., j], equal)
    return np.maximum(share_above(low, 1.0, spread) - share_above(high, 1.0, spread), 0.0)


def earned(price: Floats, allowance: Floats, c: Customers) -> tuple[Floats, Floats]:
    """Return profit and revenue (...) of menus per user and month; price, allowance: (..., K).

    Profit is what users bring beyond what they would if they all used chat for nothing.
    """
    used = allowance * c.limit
    shares = plan_shares(price, c.worth * benefit(used, c.delegated, c.tail), c.spread)
    cost = used * c.paid_cost - np.minimum(used, 1.0) * c.free_cost
    paid = shares * price
    return (paid - shares * cost).sum(axis=-1), paid.sum(axis=-1)


def reviewed_menu(menu: Menu, c: Customers, menu_cost: float) -> Menu:
    """Return a lab's menu after its review: plan by plan, the price and allowance that bring the most, or no plan.

    A plan stays as it is unless the change brings more than `menu_cost` of what the menu earns now.
    """
    price, allowance = menu.price.copy(), menu.allowance.copy()
    for plan in ORDER:
        below, above = (allowance[some][price[some] < NOT_SOLD] for some in (slice(plan), slice(plan + 1, None)))
        sizes = [a for a in ALLOWANCES[plan] if (below < a).all() and (above > a).all()]
        prices, offered = np.tile(CHOICES, len(sizes)), np.repeat(sizes, len(CHOICES))
        tried = np.tile(price, (len(prices) + 1, 1)), np.tile(allowance, (len(prices) + 1, 1))
        tried[0][:-1, plan], tried[1][:-1, plan] = prices, offered  # the last one is the menu as it is
        profit, revenue = earned(*tried, c)
        gain = profit[:-1] - profit[-1]
        best = int(np.argmax(gain))
        if gain[best] > menu_cost * revenue[-1]:
            price[plan], allowance[plan] = prices[best], offered[best]
    return Menu(price, allowance)


def reviewed_price(price: float, worth: float, spread: float, cost: float, menu_cost: float) -> float:
    """Return the price of a product without choice of allowance after its review, by the rule of `reviewed_menu`.

    worth, spread: of the product to its customers, lognormal; cost: USD a month of serving one.
    """
    bought = share_above(PRICE_POINTS, worth, spread)
    now = float(share_above(np.array(price), worth, spread))
    gain = bought * (PRICE_POINTS - cost) - now * (price - cost)
    best = int(np.argmax(gain))
    return float(PRICE_POINTS[best]) if gain[best] > menu_cost * now * price else price
