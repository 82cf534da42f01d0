"""What labs sell by the month: when they review it, how limits follow load, and how subscribers move."""

from typing import Any

import numpy as np
import pytest

from agents.plan_menu import NOT_SOLD, Menu
from agents.units import WEEKS_PER_YEAR
from model import InferenceMarket, Scenario
from model.menus import LEAST_LIMIT, _offer, billed_by_the_month, follow_menus

TINY = {"scale.users": 400, "scale.developers": 200, "scale.enterprises": 8, "scale.applications_mean": 200.0}
OPENAI, ANTHROPIC = 0, 1
EXACT = 1e-12


def market(weeks: int = 1, **changes: Any) -> InferenceMarket:
    """A tiny market after some weeks."""
    values = {name.replace("__", "."): value for name, value in changes.items()}
    made = InferenceMarket(Scenario.load("baseline").replace({**TINY, **values}), rng=3)
    for _ in range(weeks):
        made.step()
    return made


def test_a_lab_offers_plans_seats_and_completion_from_the_day_on_which_it_opens() -> None:
    menus = market().world.menus
    assert menus.offered[OPENAI].any()
    assert menus.share[OPENAI].sum() == pytest.approx(1.0, rel=EXACT)
    assert menus.seat_price[OPENAI] < NOT_SOLD
    assert menus.completion_price[OPENAI] < NOT_SOLD
    assert not menus.offered[ANTHROPIC].any()
    assert (menus.seat_price[ANTHROPIC], menus.completion_price[ANTHROPIC]) == (NOT_SOLD, NOT_SOLD)
    assert menus.mean_price[ANTHROPIC] == 0.0


@pytest.mark.parametrize("reviews", [True, False])
def test_prices_move_at_the_lab_s_own_review_only(reviews: bool) -> None:
    """Prices far from what labs wish for stay until week 26 for the first lab, and for good without reviews."""
    made = market(weeks=20, labs__price_reviews=reviews)
    menus = made.world.menus
    menus.price[OPENAI], menus.seat_price[OPENAI], menus.completion_price[OPENAI] = [NOT_SOLD, 1.0, NOT_SOLD], 1.0, 1.0
    for week in range(20, 27):
        made.step()
        prices = menus.price[OPENAI, 1], menus.seat_price[OPENAI], menus.completion_price[OPENAI]
        assert all((price > 1.0) == (reviews and week == 26) for price in prices)


def test_usage_limits_follow_load_at_policy_reviews_down_to_a_quarter() -> None:
    """At a load of 1.25 four fifths of allowances are left in the end: 0.6 of the way at a review; at 100 a quarter."""
    made = market(weeks=8)
    menus, lab, p = made.world.menus, made.world.labs[OPENAI], made.parameters.labs
    assert p.scarcity_speed == pytest.approx(0.6)
    for load, limit in ((1.25, 1.0 - 0.6 * 0.2), (100.0, 1.0 - 0.6 * (1.0 - LEAST_LIMIT)), (0.5, 1.0)):
        menus.limit[:], menus.allowance[OPENAI, 1] = 1.0, 1.0
        lab.need_hours = load * lab.serving_hours * p.target_utilisation
        follow_menus(made.world)  # week 8 is one of its policy reviews
        assert menus.limit[OPENAI] == pytest.approx(limit, rel=EXACT)
        assert menus.limit[ANTHROPIC] == 1.0


def test_a_short_lab_s_subscribers_ask_for_less_with_the_paid_grade_and_plans_are_worth_less() -> None:
    made = market(weeks=9)
    menus, world = made.world.menus, made.world
    menus.price[OPENAI], menus.allowance[OPENAI], menus.share[OPENAI] = [NOT_SOLD, 20.0, 200.0], [0.5, 1.0, 8.0], 0.0
    menus.share[OPENAI, 1:] = [0.75, 0.25]
    asked, entry = [], []
    for limit in (1.0, 0.8):
        menus.limit[OPENAI] = limit
        shares = menus.share[OPENAI].copy()
        follow_menus(world)  # week 9: nobody reviews anything
        used = limit * menus.allowance[OPENAI]
        assert menus.asked[OPENAI, 1] == pytest.approx(menus.share[OPENAI] @ used, rel=EXACT)
        assert menus.asked[OPENAI, 0] == pytest.approx(menus.share[OPENAI, 1] * (1.0 - limit), abs=EXACT)
        asked.append(menus.asked[OPENAI, 1])
        entry.append(menus.entry_price[OPENAI])
        menus.share[OPENAI] = shares
    assert asked[1] < asked[0]
    assert entry == pytest.approx([20.0, 20.0 / 0.8 ** (1.0 - 1.0 / made.parameters.metered.value_tail)], rel=EXACT)


def test_subscribers_move_to_the_plan_that_suits_them_within_a_round_of_reviews() -> None:
    """A regular plan at the price of the power plan: nobody wants it, and one in 26 leaves it a week."""
    made = market(weeks=9)
    menus = made.world.menus
    menus.price[OPENAI], menus.allowance[OPENAI], menus.share[OPENAI] = [8.0, 200.0, 200.0], [0.5, 1.0, 8.0], [0, 1, 0]
    follow_menus(made.world)
    assert menus.share[OPENAI].sum() == pytest.approx(1.0, rel=EXACT)
    assert menus.share[OPENAI, 1] >= 1.0 - 1.0 / made.parameters.consumers.review_weeks - EXACT
    assert menus.share[OPENAI, 0] > 0.03


def test_a_new_price_is_paid_from_the_next_month_on_and_the_first_one_at_once() -> None:
    """Of months 12 in 52.18 weeks end in a week: from 40 to 15 USD the first step is 25 x 12 / 52.18, 5.75 USD."""
    paid, price = np.array([40.0, 0.0, 0.0]), np.array([15.0, 20.0, 0.0])
    assert billed_by_the_month(paid, price) == pytest.approx(
        [40.0 - 25.0 * 12.0 / WEEKS_PER_YEAR, 20.0, 0.0], rel=EXACT
    )


def test_subscribers_of_a_withdrawn_plan_take_the_next_smaller_one_or_the_smallest() -> None:
    made = market()
    menus, allowance = made.world.menus, np.array([0.5, 1.0, 8.0])
    for price, share in (
        ([8.0, NOT_SOLD, 200.0], [0.5, 0.0, 0.5]),
        ([8.0, 20.0, NOT_SOLD], [0.25, 0.75, 0.0]),
        ([NOT_SOLD, NOT_SOLD, 200.0], [0.0, 0.0, 1.0]),
        ([NOT_SOLD, NOT_SOLD, NOT_SOLD], [0.0, 0.0, 0.0]),
    ):
        menus.share[OPENAI] = [0.25, 0.25, 0.5]
        _offer(made.world, OPENAI, Menu(np.array(price), allowance))
        assert menus.share[OPENAI].tolist() == share
        assert menus.price[OPENAI].tolist() == price


def test_revenue_at_decided_prices_is_all_of_it_with_menus_and_the_metered_part_without() -> None:
    for menus in (True, False):
        made = market(weeks=30, mechanisms__menus=menus)
        series = made.observables.series
        share, every = series("revenue_share_decided", "market", "all"), series("revenue", "market", "all")
        metered = series("revenue", "market", "api")
        assert every[-1] > metered[-1] > 0.0
        assert share == pytest.approx(np.ones(30) if menus else metered / every, rel=1e-9)


def test_subscribers_by_plan_add_up_to_all_subscribers() -> None:
    made = market(weeks=160)
    series = made.observables.series
    by_plan = [series("plan_subscribers", "market", plan) for plan in ("basic", "regular", "power")]
    assert sum(by_plan) == pytest.approx(series("subscribers", "market", "consumer"), rel=1e-9)
    assert sum((plan > 0.0).any() for plan in by_plan) > 1
