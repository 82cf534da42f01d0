"""The levers of experiments on prices: what a lab charges, and whether list prices are revised."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from model import InferenceMarket, Scenario
from model.products import kind_prices

TINY = {"scale.users": 800, "scale.developers": 300, "scale.enterprises": 8, "scale.applications_mean": 300.0}
DAY = date(2024, 7, 1)
CUT = {"lab.openai.price_factor": 0.5}


def market(**changes: Any) -> InferenceMarket:
    return InferenceMarket(Scenario.load("baseline").replace({**TINY, **changes}), rng=7)


def test_a_cut_is_charged_at_once_and_no_price_rule_remembers_it() -> None:
    before = market().run(DAY - timedelta(days=1))
    plain, cut = before.branch(), before.branch(changes=CUT)
    plain.step()
    cut.step()
    assert plain.world.lab_names[0] == "openai"
    np.testing.assert_array_equal(cut.world.catalogue.price, plain.world.catalogue.price)
    np.testing.assert_allclose(kind_prices(cut.world)[0], 0.5 * kind_prices(plain.world)[0])
    np.testing.assert_array_equal(kind_prices(cut.world)[1:], kind_prices(plain.world)[1:])
    for tier in ("standard", "light"):
        old, new = (one.observables.series("price_list", "openai", tier)[-1] for one in (plain, cut))
        assert old > 0.0
        assert new == 0.5 * old
    paid = [one.observables.series("price_paid", "market", "api")[-1] for one in (plain, cut)]
    assert paid[1] < paid[0]


def test_without_reviews_a_price_once_set_stays_through_later_generations() -> None:
    frozen = market(**{"labs.price_reviews": False}).run(DAY)
    c = frozen.world.catalogue
    assert (c.generation > 1).any()
    assert c.available.any()
    np.testing.assert_array_equal(c.price[c.available], c.entry_price[c.available])
    assert (c.price[c.available] < 1e4).all()  # set by the price rule, not left at what an empty catalogue holds


def test_without_reviews_flexible_prices_stay_too() -> None:
    frozen = market(**{"labs.price_reviews": False, "mechanisms.sticky_prices": False}).run("2023-12-31")
    c = frozen.world.catalogue
    np.testing.assert_array_equal(c.price[c.available], c.entry_price[c.available])
