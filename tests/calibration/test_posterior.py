"""The sampler against what can be worked out, and weights that correct the emulator."""

import dataclasses
from datetime import date

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from calibration.emulator import Emulator, fit_emulator
from calibration.information import Known, known_at
from calibration.posterior import (
    FREEDOM,
    LEAST_RATIOS,
    effective_size,
    log_likelihood,
    marginal,
    sample_posterior,
    tail_shape,
    weights_of,
)
from calibration.shapes import load_shapes
from calibration.targets import ORIGIN, Target, load_targets

DAY = date(2025, 1, 1)


def row(name: str, value: float, sd: float) -> Target:
    """A row whose band is a 90% interval of a normal with this standard deviation in decades."""
    width = 10.0 ** (1.6448536 * sd)
    return Target(name, name, "e", "s", "level", DAY, DAY, value, value / width, value * width, "u", DAY, "t")


def test_the_likelihood_is_students_t_for_rows_and_the_chance_of_keeping_it_for_bounds() -> None:
    known = known_at(ORIGIN, load_targets(), load_shapes())
    outputs = known.centre + 0.1 * np.arange(len(known.ids)) / len(known.ids)
    scale = np.sqrt(known.sd**2 + 0.05**2 + 0.01)
    off = (outputs - known.centre) / scale
    rows = student.logpdf(off, FREEDOM) - np.log(scale)
    bounds = norm.logcdf(known.sign * off)
    expected = np.where(known.sign == 0.0, rows, bounds).sum()
    assert log_likelihood(known, outputs[None], np.array([0.05]), 0.01)[0] == pytest.approx(expected)


def test_a_linear_market_has_the_posterior_that_algebra_gives() -> None:
    z = np.random.default_rng(0).standard_normal((200, 2))
    slopes = np.array([[0.6, 0.0, 0.6], [0.0, 0.6, -0.6]])
    known = Known(DAY, tuple(row(f"R{i}", 10.0**v, 0.3) for i, v in enumerate((0.5, -0.3, 0.8))), ())
    sample = sample_posterior(fit_emulator(z, z @ slopes), known, draws=4000, seed=3)
    precision = np.eye(2) + slopes @ slopes.T / 0.3**2
    mean = np.linalg.solve(precision, slopes @ known.centre / 0.3**2)
    # Student's t and the sampled discrepancy widen the posterior somewhat; the mean stays.
    assert sample.z.mean(axis=0) == pytest.approx(mean, abs=0.1)
    widths = sample.z.std(axis=0) / np.sqrt(np.diag(np.linalg.inv(precision)))
    assert np.all((widths > 0.85) & (widths < 1.4))


def test_rows_bounds_and_discrepancy_have_the_posterior_that_quadrature_gives() -> None:
    """One parameter moves a row and a bound: the density is summed over a grid, tau integrated out."""
    bound = dataclasses.replace(load_shapes()[0], kind="growth", sense="at_least", bound=0.3, tolerance=0.1)
    known = Known(DAY, (row("R", 10.0, 0.2),), (bound,))
    emulator = Emulator(np.zeros(1), np.array([[0.8, 0.5]]), np.array([0.1, 0.0]), np.array([0.01, 0.02]), np.ones(2))
    grid = np.linspace(-5.0, 6.0, 4001)[:, None]
    density, _ = marginal(known, emulator.predict(grid), emulator.variance, np.full(len(grid), 0.5))
    density = np.exp(density - density.max() - 0.5 * grid[:, 0] ** 2)
    expected = np.interp([0.05, 0.5, 0.95], np.cumsum(density) / density.sum(), grid[:, 0])
    found = np.quantile(sample_posterior(emulator, known, draws=20_000, seed=1).z, [0.05, 0.5, 0.95])
    # The standard error of an outer quantile of 20,000 draws is 0.004.
    assert found == pytest.approx(expected, abs=0.02)


def test_what_no_row_depends_on_keeps_its_prior() -> None:
    z = np.random.default_rng(1).standard_normal((200, 2))
    known = Known(DAY, (row("R", 2.0, 0.05),), ())
    sample = sample_posterior(fit_emulator(z, 0.5 * z[:, :1]), known, draws=4000, seed=4)
    assert sample.z[:, 1].mean() == pytest.approx(0.0, abs=0.15)
    assert sample.z[:, 1].std() == pytest.approx(1.0, abs=0.12)


def test_a_structure_that_cannot_reach_the_figures_shows_as_discrepancy() -> None:
    z = np.random.default_rng(2).standard_normal((200, 1))
    emulator = fit_emulator(z, np.repeat(0.1 * z, 6, axis=1))
    near = Known(DAY, tuple(row(f"R{i}", 10.0**v, 0.03) for i, v in enumerate([0.0] * 6)), ())
    torn = Known(DAY, tuple(row(f"R{i}", 10.0**v, 0.03) for i, v in enumerate([0.4, -0.4] * 3)), ())
    fits = [sample_posterior(emulator, known, draws=1000, seed=5).tau.mean() for known in (near, torn)]
    assert fits[1] > 3.0 * fits[0]


def test_the_same_seed_gives_the_same_draws() -> None:
    z = np.random.default_rng(3).standard_normal((50, 2))
    known = Known(DAY, (row("R", 2.0, 0.05),), ())
    emulator = fit_emulator(z, z[:, :1])
    once, twice = (sample_posterior(emulator, known, draws=20, seed=6) for _ in range(2))
    assert all(np.array_equal(getattr(once, f.name), getattr(twice, f.name)) for f in dataclasses.fields(once))


def test_weights_take_draws_of_the_emulator_to_the_true_posterior() -> None:
    x = np.random.default_rng(4).standard_normal(20_000)
    weight, power = weights_of(norm.logpdf(x, 0.4, 0.9), norm.logpdf(x))
    assert power == 1.0
    assert weight @ x == pytest.approx(0.4, abs=0.03)


def test_weights_are_tempered_before_a_few_members_are_all_that_count() -> None:
    x = np.random.default_rng(5).standard_normal(500)
    weight, power = weights_of(norm.logpdf(x, 4.0, 0.1), norm.logpdf(x), least_share=0.4)
    assert power < 1.0
    assert effective_size(weight) >= 0.4 * 500
    assert weight.sum() == pytest.approx(1.0)


def test_members_without_a_likelihood_get_no_weight() -> None:
    weight, _ = weights_of(np.array([0.0, -np.inf, 0.0]), np.zeros(3))
    assert weight[1] == 0.0
    with pytest.raises(ValueError, match="no member"):
        weights_of(np.full(3, -np.inf), np.zeros(3))


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
