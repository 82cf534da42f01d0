"""A replayed market sells what the other run sold: bit for bit the same without a cut, at four fifths with one."""

from typing import Any

import numpy as np
import pytest

from model import InferenceMarket
from runs.responses.replayed_market import KEPT_PRICES, ReplayedMarket, offer_of
from tests.runs.experiments.small import small_pairs

BEGINS, UNTIL = "2023-10-02", "2024-06-30"
# A change without an effect: dated changes make plans anew, so both runs of a pair have one on the same date.
IDLE = {"labs.clearing_response": 0.123}
Runs = tuple[InferenceMarket, InferenceMarket, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def runs() -> Runs:
    """Return the market when the runs part, the run that is followed, and its offers."""
    (pair,) = small_pairs(1)
    market, offers = InferenceMarket(pair.base, rng=pair.seed), list[dict[str, Any]]()
    begun = None
    while market.clock.date.isoformat() <= UNTIL:
        if market.clock.date.isoformat() == BEGINS:
            begun = market.branch()
            market = market.branch(changes=IDLE)
        market.step()
        offers.append(offer_of(market.world))
    assert begun is not None
    return begun, market, offers


def follow(begun: InferenceMarket, offers: list[dict[str, Any]], changes: dict[str, float]) -> ReplayedMarket:
    replayed = ReplayedMarket.resume(begun.branch(changes=KEPT_PRICES | changes).capture())
    replayed.follow(offers)
    return replayed


def test_without_a_cut_it_is_the_run_that_it_follows(runs: Runs) -> None:
    begun, followed, offers = runs
    replayed = follow(begun, offers, {}).run(UNTIL)
    np.testing.assert_array_equal(replayed.observables.values, followed.observables.values)


def test_a_cut_holds_in_every_week_whatever_it_does_to_demand_and_compute(runs: Runs) -> None:
    begun, followed, offers = runs
    changes = {f"lab.{name}.price_factor": 0.8 for name in begun.world.lab_names}
    changes |= {f"lab.{name}.capacity_factor": 0.5 for name in begun.world.lab_names}
    replayed = follow(begun, offers, changes).run(UNTIL)
    first = begun.clock.week
    assert len(np.unique(followed.observables.series("price_list", "openai", "standard")[first:])) > 2
    for lab in begun.world.lab_names:
        for tier in ("flagship", "standard", "light"):
            old, new = (one.observables.series("price_list", lab, tier) for one in (followed, replayed))
            np.testing.assert_array_equal(new[:first], old[:first])
            np.testing.assert_allclose(new[first:], 0.8 * old[first:], rtol=1e-12)
        for observable, segment in (("capability", "flagship"), ("generation", "flagship"), ("frontier", "research")):
            old, new = (one.observables.series(observable, lab, segment) for one in (followed, replayed))
            np.testing.assert_array_equal(new, old)
    asked = [one.observables.series("demand_unserved_share")[-1] for one in (followed, replayed)]
    assert asked[0] != asked[1]
