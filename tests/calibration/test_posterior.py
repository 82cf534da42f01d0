"""The likelihood against what can be worked out, and the tail of importance ratios."""

from datetime import date

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from calibration.information import known_at
from calibration.posterior import FREEDOM, LEAST_RATIOS, log_likelihood, tail_shape
from calibration.shapes import load_shapes
from calibration.targets import Target, load_targets

DAY = date(2025, 1, 1)


def row(name: str, value: float, sd: float) -> Target:
    """A row whose band is a 90% interval of a normal with this standard deviation in decades."""
    width = 10.0 ** (1.6448536 * sd)
    return Target(name, name, "e", "s", "level", DAY, DAY, value, value / width, value * width, "u", DAY, "t")


def test_the_likelihood_is_students_t_for_rows_and_the_chance_of_keeping_it_for_bounds() -> None:
    known = known_at(date(2025, 9, 30), load_targets(), load_shapes())
    outputs = known.centre + 0.1 * np.arange(len(known.ids)) / len(known.ids)
    scale = np.sqrt(known.sd**2 + 0.05**2 + 0.01)
    off = (outputs - known.centre) / scale
    rows = student.logpdf(off, FREEDOM) - np.log(scale)
    bounds = norm.logcdf(known.sign * off)
    expected = np.where(known.sign == 0.0, rows, bounds).sum()
    assert log_likelihood(known, outputs[None], np.array([0.05]), 0.01)[0] == pytest.approx(expected)


@pytest.mark.parametrize("shape", [0.3, 0.7, 1.2])
def test_the_tail_of_pareto_ratios_has_the_shape_that_they_were_drawn_with(shape: float) -> None:
    # The logarithm of a Pareto ratio is exponential; 950 ratios count as the tail, so the error is (1 + shape) / 31.
    ratio = shape * np.random.default_rng(6).exponential(size=100_000)
    assert tail_shape(ratio) == pytest.approx(shape, abs=2.0 * (1.0 + shape) / 31.0)


def test_a_narrower_target_has_ratios_without_a_tail_and_a_wider_one_with_a_heavy_one() -> None:
    x = np.random.default_rng(7).standard_normal((2_000, 6))
    narrow, wide = (tail_shape((norm.logpdf(x, 0.0, sd) - norm.logpdf(x)).sum(axis=1)) for sd in (0.7, 2.0))
    assert narrow is not None
    assert wide is not None
    assert narrow < 0.3
    assert wide > 0.7


def test_no_tail_is_fitted_to_a_few_ratios_or_to_equal_ones() -> None:
    assert tail_shape(np.random.default_rng(8).standard_normal(LEAST_RATIOS - 1)) is None
    assert tail_shape(np.random.default_rng(8).standard_normal(LEAST_RATIOS)) is not None
    assert tail_shape(np.zeros(100)) is None
