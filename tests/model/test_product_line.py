"""Labs' choice of sizes where models are worth next to nothing."""

import warnings

import numpy as np
import pytest

from model import InferenceMarket, Scenario
from model.product_line import _expected_profit

SMALL = {
    "scale.users": 400, "scale.developers": 250, "scale.enterprises": 14, "scale.firms": 10,
    "scale.applications_mean": 200.0,
}  # fmt: skip


@pytest.mark.parametrize("level", [0.0, -30.0, -500.0])
def test_profit_of_models_that_are_worth_next_to_nothing_is_a_number(level: float) -> None:
    """exp(-500 x 6) is no float; the better of two candidates still brings more."""
    market = InferenceMarket(Scenario.load("baseline").replace(SMALL), rng=1).run(until="2024-06-30")
    world = market.world
    classes, bins = len(world.constants.metered_rows), 12
    worth = np.full((classes, bins, 3), level)
    worth[..., 1] += 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = _expected_profit(world, 0, worth, np.ones_like(worth), 2)
    assert np.isfinite(found).all()
    assert found[1] >= found[0] >= 0.0
    assert (found[1] > found[0]) == (level > -500.0)  # at -500 no customer comes to either
