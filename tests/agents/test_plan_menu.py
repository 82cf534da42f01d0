"""Menus of subscription plans: who takes which plan, what a menu earns, and what a review changes."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from agents.lognormal import share_above
from agents.plan_menu import (
    ALLOWANCES,
    NOT_SOLD,
    PRICE_POINTS,
    Customers,
    Menu,
    benefit,
    earned,
    plan_shares,
    reviewed_menu,
    reviewed_price,
    sold_at,
)

PHI = NormalDist().cdf
EXACT = 1e-12
QUANTILES = ndtri((np.arange(20_000) + 0.5) / 20_000)
UNSOLD = Menu(np.full(3, NOT_SOLD), np.array([0.5, 1.0, 32.0]))


def customers(**changed: float) -> Customers:
    """Users whose median values all usual use at 3 USD a month, and who cost a dollar of it."""
    values = {"worth": 3.0, "spread": 1.7, "delegated": 0.0, "tail": 1.25, "paid_cost": 1.0, "free_cost": 0.2,
              "limit": 1.0, **changed}  # fmt: skip
    return Customers(**values)


def test_nobody_pays_for_what_is_not_sold() -> None:
    assert sold_at(np.array([20.0, NOT_SOLD])).tolist() == [20.0, 0.0]


def test_the_first_part_of_an_allowance_is_worth_most_and_more_than_all_counts_as_far_as_agents_succeed() -> None:
    """With a tail of 2 as the square root: a quarter of the use is worth half, four times as much is worth twice."""
    allowance = np.array([0.25, 1.0, 4.0, 4.0, 4.0])
    found = benefit(allowance, np.array([0.9, 0.9, 0.0, 0.5, 1.0]), 2.0)
    assert found == pytest.approx([0.5, 1.0, 1.0, 1.5, 2.0], rel=EXACT)


def test_users_take_the_plan_with_the_largest_surplus() -> None:
    """Plans of 10, 20 and 90 USD are worth 1, 1.5 and 2.5 times x. From 10 on the first pays, from 20 the second.

    From 70 on the third is better. The share between is that of the willingness between.
    """
    price, worth = np.array([10.0, 20.0, 90.0]), np.array([1.0, 1.5, 2.5])
    reached = share_above(np.array([10.0, 20.0, 70.0]), 1.0, 2.0)
    expected = [reached[0] - reached[1], reached[1] - reached[2], reached[2]]
    assert plan_shares(price, worth, 2.0) == pytest.approx(expected, rel=EXACT)


def test_a_plan_that_others_dominate_has_no_users() -> None:
    """15 USD for 1 against 10 for 1.5: nobody takes it, and others are as if it were not there."""
    price, worth = np.array([15.0, 10.0, NOT_SOLD]), np.array([1.0, 1.5, 2.5])
    found = plan_shares(price, worth, 1.0)
    assert found == pytest.approx([0.0, float(share_above(np.array(10.0 / 1.5), 1.0, 1.0)), 0.0], rel=EXACT, abs=1e-12)


@given(
    price=st.lists(st.sampled_from([*PRICE_POINTS.tolist(), NOT_SOLD]), min_size=3, max_size=3),
    worth=st.lists(st.floats(0.1, 3.0), min_size=3, max_size=3),
)
def test_shares_are_those_of_users_who_choose_one_by_one(price: list[float], worth: list[float]) -> None:
    """Twenty thousand users, at the quantiles of willingness, each with the largest surplus."""
    prices, value = np.array(price), np.cumsum(worth)
    surplus = np.exp(1.5 * QUANTILES)[:, None] * np.append(0.0, value) - np.append(0.0, prices)
    taken = np.bincount(surplus.argmax(axis=1), minlength=4)[1:] / len(QUANTILES)
    assert plan_shares(prices, value, 1.5) == pytest.approx(taken, abs=2e-4)


def test_a_menu_earns_its_prices_less_what_use_costs_beyond_free_use() -> None:
    """One plan of 6 USD for half of the usual use, of which nine tenths can be used: worth 0.45^0.2 of 3 USD.

    It costs 0.45 USD, and saves 0.45 of the 0.2 USD that free use would cost.
    """
    c = customers(limit=0.9)
    taken = 1.0 - PHI(np.log(6.0 / (3.0 * 0.45**0.2)) / 1.7)
    profit, revenue = earned(np.array([6.0, NOT_SOLD, NOT_SOLD]), np.array([0.5, 1.0, 32.0]), c)
    assert float(revenue) == pytest.approx(6.0 * taken, rel=1e-9)
    assert float(profit) == pytest.approx((6.0 - 0.45 * 1.0 + 0.45 * 0.2) * taken, rel=1e-9)


def test_a_first_menu_has_one_plan_at_the_price_that_brings_the_most_where_use_costs_nothing() -> None:
    """Without cost there is nothing to gain by a smaller plan, and without agents nothing by a larger one."""
    c = customers(paid_cost=0.0, free_cost=0.0)
    found = reviewed_menu(UNSOLD, c, 0.05)
    income = [usd * (1.0 - PHI(np.log(usd / 3.0) / 1.7)) for usd in PRICE_POINTS]
    assert found.price.tolist() == [NOT_SOLD, PRICE_POINTS[int(np.argmax(income))], NOT_SOLD]
    assert found.allowance[1] == 1.0


def test_agents_that_succeed_make_room_for_a_power_plan_and_dear_use_for_a_basic_one() -> None:
    plain, able, dear = (
        reviewed_menu(UNSOLD, customers(**changed), 0.05).price < NOT_SOLD
        for changed in ({}, {"delegated": 0.8, "spread": 2.0}, {"paid_cost": 15.0})
    )
    assert plain.tolist() == [False, True, False]
    assert able.tolist() == [False, True, True]
    assert dear.tolist() == [True, True, False]


def test_a_menu_stays_unless_a_change_brings_more_than_the_menu_cost() -> None:
    """The worth of use falls by a tenth: the best price is lower, but not enough is gained by it."""
    now = reviewed_menu(UNSOLD, customers(), 0.05)
    less = customers(worth=2.4)
    assert reviewed_menu(now, less, 0.0).price[1] < now.price[1]
    kept = reviewed_menu(now, less, 0.05)
    assert (kept.price.tolist(), kept.allowance.tolist()) == (now.price.tolist(), now.allowance.tolist())
    assert reviewed_menu(now, customers(worth=0.6), 0.05).price[1] < now.price[1]


@given(worth=st.floats(0.3, 30.0), delegated=st.floats(0.0, 1.0), paid=st.floats(0.0, 20.0), limit=st.floats(0.25, 1.0))
def test_a_review_never_earns_less_and_larger_plans_cost_more(
    worth: float, delegated: float, paid: float, limit: float
) -> None:
    c = customers(worth=worth, delegated=delegated, paid_cost=paid, limit=limit)
    before = Menu(np.array([8.0, 20.0, 200.0]), np.array([0.25, 1.0, 16.0]))
    after = reviewed_menu(before, c, 0.01)
    assert earned(*after, c)[0] >= earned(*before, c)[0] - 1e-12
    sold = after.price < NOT_SOLD
    assert (np.diff(after.allowance[sold]) > 0.0).all()
    assert all(a in ALLOWANCES[plan] for plan, a in enumerate(after.allowance.tolist()))


def test_a_single_product_has_the_price_that_brings_the_most_and_keeps_it_within_the_menu_cost() -> None:
    """At a median of 45, a spread of 0.7 and a cost of 1: 40 brings 22.1 USD a month, 30 and 50 less."""
    profit = {usd: (1.0 - PHI(np.log(usd / 45.0) / 0.7)) * (usd - 1.0) for usd in PRICE_POINTS.tolist()}
    best = max(profit, key=profit.__getitem__)
    assert reviewed_price(NOT_SOLD, 45.0, 0.7, 1.0, 0.05) == best == 40.0
    near = max(usd for usd in profit if usd < best)
    gain = profit[best] / profit[near] - 1.0
    assert reviewed_price(near, 45.0, 0.7, 1.0, 2.0 * gain) == near
    assert reviewed_price(near, 45.0, 0.7, 1.0, 0.0) == best
    assert reviewed_price(10.0 * best, 45.0, 0.7, 1.0, 0.05) == best


def test_scarce_hours_raise_the_price_of_a_seat() -> None:
    assert reviewed_price(NOT_SOLD, 45.0, 0.7, 20.0, 0.05) > reviewed_price(NOT_SOLD, 45.0, 0.7, 1.0, 0.05)
