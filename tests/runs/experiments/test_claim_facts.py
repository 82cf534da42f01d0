"""What disclosed figures say of a claim: readings of them, what settles it, and what the members miss."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.stats import norm

from calibration.ensemble import Ensemble
from calibration.targets import Target
from runs.experiments.disclosed_facts import Reading, predicted, rows, settle
from runs.experiments.registry import claims
from runs.experiments.rules import above, below


def row(name: str, value: float, low: float, high: float) -> Target:
    given = ("tokens_served", "google", "all", "mean", date(2025, 1, 1), date(2025, 1, 31), value, low, high)
    return Target(name, *given, "token/month", date(2025, 2, 1), "made up")  # type: ignore[arg-type]


ROWS = {"A": row("A", 4.0, 3.0, 5.0), "B": row("B", 2.0, 1.0, 4.0), "C": row("C", 100.0, 99.0, 101.0)}


def reading(total: dict[str, float], ln: dict[str, float], times: float = 1.0) -> Reading:
    return Reading("x", total, ln, times, above(0.5), below(-0.5))


def ensemble(values: list[float], tau: float) -> Ensemble:
    n = len(values)
    one = np.ones(n)
    outputs = np.array(values)[:, None]
    return Ensemble(
        date(2025, 6, 30), (), np.empty((n, 0)), one / n, np.arange(n), tau * one, ("A",), outputs, {"scale": "small"}
    )


def test_a_sum_of_rows_has_the_error_of_independent_bands() -> None:
    value, sd = reading({"A": 1.0, "C": -0.5}, {}).of(ROWS)
    assert value == pytest.approx(-46.0)
    assert sd == pytest.approx(math.sqrt(2.0**2 + 1.0**2) / (2.0 * norm.ppf(0.95)))


def test_logarithms_of_rows_add_up_with_that_of_a_factor() -> None:
    value, sd = reading({}, {"A": 1.0, "B": -2.0}, times=math.e).of(ROWS)
    assert value == pytest.approx(1.0)
    widths = math.log(5.0 / 3.0), 2.0 * math.log(4.0)
    assert sd == pytest.approx(math.hypot(*widths) / (2.0 * norm.ppf(0.95)))


def test_a_clear_figure_settles_and_one_within_its_error_does_not() -> None:
    sure, unsure, against = reading({"A": 1.0}, {}), reading({}, {"B": 1.0}), reading({"A": -1.0}, {})
    settled = settle([sure], ROWS)
    assert settled is not None
    assert settled.verdict == "supported"
    assert settle([unsure], ROWS) is None
    assert settle([sure, unsure], ROWS) is None, "every part of the sentence has to be settled"
    refuted = settle([sure, unsure, against], ROWS)
    assert refuted is not None
    assert refuted.verdict == "refuted"
    assert settle([], ROWS) is None


def test_the_probability_of_the_other_side_is_that_of_the_errors_of_the_bands() -> None:
    target = {"A": row("A", 1.2, 0.6, 1.8)}
    settled = settle([reading({"A": 1.0}, {})], target)
    assert settled is not None
    assert settled.wrong == pytest.approx(norm.cdf(-0.5, 1.2, 0.6 / norm.ppf(0.95)))


def test_a_fact_within_the_members_spread_is_no_miss_and_one_beyond_it_is() -> None:
    values = np.linspace(3.0, 6.0, 40).tolist()
    assert not predicted(ROWS["A"], ensemble(values, 0.0)).missed
    far = predicted(replace(ROWS["A"], value=40.0, low=38.0, high=42.0), ensemble(values, 0.0))
    assert far.missed
    assert far.low < far.median < far.high < 10.0


def test_the_discrepancy_of_the_members_widens_what_they_predict() -> None:
    target = replace(ROWS["A"], value=8.0, low=7.9, high=8.1)
    assert predicted(target, ensemble([4.0] * 50, 0.01)).missed
    wide = predicted(target, ensemble([4.0] * 50, 0.3))
    assert not wide.missed
    # Student's t with five degrees of freedom has its 95% quantile at 2.015.
    assert math.log10(wide.high / 4.0) == pytest.approx(2.015 * 0.3, rel=0.05)


def test_a_share_is_predicted_to_be_at_most_one() -> None:
    share = replace(ROWS["A"], observable="revenue_share", unit="share", value=0.9, low=0.8, high=0.99)
    assert predicted(share, ensemble([0.9] * 20, 0.5)).high == pytest.approx(1.0)


def test_members_without_a_number_miss_the_fact() -> None:
    assert predicted(ROWS["A"], ensemble([float("nan")] * 4, 0.1)).missed
    assert predicted(ROWS["B"], ensemble([2.0] * 4, 0.1)).missed, "the members were not asked for it"


@pytest.mark.parametrize("name", list(claims()))
def test_facts_and_figures_of_a_claim_are_rows_of_the_targets(name: str) -> None:
    one = claims()[name]
    named = {*one.facts, *(row for reading in one.figures for row in (*reading.total, *reading.ln))}
    assert named <= rows().keys()
    assert all(reading.supported is not None and reading.refuted is not None for reading in one.figures)
