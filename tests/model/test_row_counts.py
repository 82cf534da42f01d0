"""Results do not depend on how many rows stand for the world, beyond sampling noise."""

from collections.abc import Mapping

import numpy as np
import pytest

from model import InferenceMarket, Scenario

pytestmark = pytest.mark.slow
UNTIL = "2024-06-30"
SERIES = (
    ("weekly_users", "market", "consumer"),
    ("tokens_served", "market", "all"),
    ("tokens_served", "market", "enterprise"),
    ("revenue_run_rate", "market", "all"),
    ("revenue_run_rate", "market", "enterprise"),
    ("revenue_run_rate", "market", "mid-market"),
    ("developers", "market", "api"),
    ("developer_tool_use", "market", "daily"),
    ("installed_compute", "market", "all"),
    ("price_paid", "market", "api"),
)
SEEDS = range(6)


def outcomes(overrides: Mapping[str, object], scale: str, seed: int) -> np.ndarray:
    """Return the mean of the last quarter of every series, as logarithms (len(SERIES),)."""
    market = InferenceMarket(Scenario.load("baseline", scale=scale).replace(overrides), rng=seed)
    market.run(until=UNTIL)
    return np.log([market.observables.series(*name)[-13:].mean() for name in SERIES])


def assert_alike(coarse: np.ndarray, fine: np.ndarray) -> None:
    """Assert that the means over seeds (seeds, series) agree within their Monte Carlo error.

    Three standard errors of the difference, from the spread over seeds of both samples; and 3% for what the spread
    of so few seeds may miss.
    """
    error = np.sqrt(coarse.var(axis=0, ddof=1) / len(coarse) + fine.var(axis=0, ddof=1) / len(fine))
    gap = np.abs(coarse.mean(axis=0) - fine.mean(axis=0))
    worse = ~(gap <= 3.0 * error + 0.03)  # also where one of them is no number
    assert not worse.any(), {SERIES[i]: (float(gap[i]), float(error[i])) for i in np.flatnonzero(worse)}


@pytest.mark.parametrize("few", ["users", "developers", "firms"])
def test_five_times_the_rows_give_the_same_market(few: str) -> None:
    many = {"users": 20000, "developers": 7500, "firms": 300}[few]
    coarse = np.stack([outcomes({}, "small", seed) for seed in SEEDS])
    fine = np.stack([outcomes({f"scale.{few}": many}, "small", seed) for seed in SEEDS])
    assert_alike(coarse, fine)


def test_the_small_scale_agrees_with_the_default_one() -> None:
    coarse = np.stack([outcomes({}, "small", seed) for seed in SEEDS])
    fine = np.stack([outcomes({}, "default", seed) for seed in range(3)])
    assert_alike(coarse, fine)
