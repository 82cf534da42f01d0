"""A replayed market sells what the other run sold: bit for bit the same without a cut, at four fifths with one."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from agents.catalogue import TIERS
from model import InferenceMarket
from runs.responses.replayed_market import KEPT_PRICES, ReplayedMarket, offer_of
from tests.runs.experiments.small import small_pairs

BEGINS, UNTIL = "2023-10-02", "2024-06-30"


class Followed(NamedTuple):
    """The market when the runs part, the run that is followed, its offers, and what its customers paid (week, L, T)."""

    begun: InferenceMarket
    market: InferenceMarket
    offers: list[dict[str, Any]]
    paid: list[Any]


@pytest.fixture(scope="module")
def run() -> Followed:
    """Return an untouched run, and itself half-way."""
    (pair,) = small_pairs(1)
    market, offers, paid = InferenceMarket(pair.base, rng=pair.seed), list[dict[str, Any]](), list[Any]()
    begun = None
    while market.clock.date.isoformat() <= UNTIL:
        if market.clock.date.isoformat() == BEGINS:
            begun = market.branch()
        market.step()
        offers.append(offer_of(market.world))
        paid.append(market.world.paid_prices)
    assert begun is not None
    return Followed(begun, market, offers, paid)


def follow(run: Followed, changes: dict[str, float]) -> ReplayedMarket:
    replayed = ReplayedMarket.resume(run.begun.branch(changes=KEPT_PRICES | changes).capture())
    replayed.follow(run.offers)
    return replayed


def test_without_a_cut_it_is_the_run_that_it_follows(run: Followed) -> None:
    replayed = follow(run, {}).run(UNTIL)
    np.testing.assert_array_equal(replayed.observables.values, run.market.observables.values)


def test_a_cut_holds_in_every_week_whatever_it_does_to_demand_and_compute(run: Followed) -> None:
    labs, first = run.begun.world.lab_names, run.begun.clock.week
    changes = {f"lab.{name}.price_factor": 0.8 for name in labs}
    changes |= {f"lab.{name}.capacity_factor": 0.1 for name in labs}
    replayed, paid = follow(run, changes), []
    while replayed.clock.date.isoformat() <= UNTIL:
        replayed.step()
        paid.append(replayed.world.paid_prices)
    np.testing.assert_array_equal(paid, 0.8 * np.array(run.paid[first:]))
    assert len(np.unique(run.paid[first:], axis=0)) == len(paid), "customers move to new models every week"
    for lab in labs:
        for tier in TIERS:
            old, new = (one.observables.series("price_list", lab, tier) for one in (run.market, replayed))
            np.testing.assert_array_equal(new[:first], old[:first])
            np.testing.assert_array_equal(new[first:], 0.8 * old[first:])
        for observable, segment in (("capability", "flagship"), ("generation", "flagship"), ("frontier", "research")):
            old, new = (one.observables.series(observable, lab, segment) for one in (run.market, replayed))
            np.testing.assert_array_equal(new, old)
    short = [one.observables.series("demand_unserved_share")[-1] for one in (run.market, replayed)]
    assert short[0] != short[1]


def test_models_in_use_follow_too_though_customers_move_to_them_at_another_pace(run: Followed) -> None:
    replayed = follow(run, {"metered.upgrade_per_week": 0.3}).run(UNTIL)
    np.testing.assert_array_equal(replayed.world.paid_prices, run.paid[-1])
    assert not np.array_equal(
        run.begun.branch(changes={"metered.upgrade_per_week": 0.3}).run(UNTIL).world.paid_prices, run.paid[-1]
    )
