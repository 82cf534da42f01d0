"""The emulator is exact where the truth is linear, and knows how far off it is where it is not."""

import numpy as np
import pytest

from calibration import emulator as module
from calibration.emulator import Emulator, fit_emulator

RNG = np.random.default_rng(5)
Z = RNG.standard_normal((300, 4)) * 0.7
SMOOTH = np.stack([0.3 * Z[:, 0] - 0.1 * Z[:, 1] * Z[:, 2], 0.2 * Z[:, 3] ** 2 + 1.0], axis=1)


def test_a_linear_truth_is_found_almost_exactly_around_any_centre() -> None:
    slopes = np.array([[0.3, 0.0], [-0.1, 0.2], [0.0, 0.0], [0.4, 0.1]])
    truth = Z @ slopes + np.array([1.0, -2.0])
    emulator = fit_emulator(Z[:200], truth[:200])
    assert emulator.dimensions == 4
    assert emulator.predict(Z[200:]) == pytest.approx(truth[200:], abs=1e-3)
    assert np.all(emulator.skill > 0.999)
    assert np.all(fit_emulator(Z[:200], SMOOTH[:200]).skill < 0.999), "what is not linear is counted as error"


def test_the_variance_is_that_of_errors_on_points_the_emulator_never_saw() -> None:
    noisy = SMOOTH + 0.1 * np.random.default_rng(1).standard_normal(SMOOTH.shape)
    emulator = fit_emulator(Z[:150], noisy[:150])
    errors = emulator.predict(Z[150:]) - noisy[150:]
    assert emulator.variance == pytest.approx(np.mean(errors**2, axis=0), rel=0.4)


def test_leave_one_out_errors_are_those_of_fits_without_each_point(monkeypatch: pytest.MonkeyPatch) -> None:
    z, y = Z[:40, :2], SMOOTH[:40, :1] + 0.05 * RNG.standard_normal((40, 1))
    # One fixed penalty, so that only leaving out is compared.
    monkeypatch.setattr(module, "PENALTIES", np.array([0.1]))
    whole = fit_emulator(z, y)
    apart = [fit_emulator(np.delete(z, i, 0), np.delete(y, i, 0)).predict(z[i : i + 1])[0, 0] for i in range(40)]
    # The scale of the penalty moves with the number of points, hence not exact.
    assert whole.variance[0] == pytest.approx(np.mean((np.array(apart) - y[:, 0]) ** 2), rel=0.05)


def test_the_variance_is_honest_with_more_features_than_points() -> None:
    generator = np.random.default_rng(8)
    z, fresh = generator.standard_normal((60, 20)), generator.standard_normal((500, 20))
    slopes = 0.1 * generator.standard_normal((20, 5))
    noise = [0.2 * generator.standard_normal((len(points), 5)) for points in (z, fresh)]
    emulator = fit_emulator(z, z @ slopes + noise[0])
    errors = emulator.predict(fresh) - fresh @ slopes - noise[1]
    # Sixty points fix a variance to a fifth or so; five outputs halve that.
    assert emulator.variance.mean() == pytest.approx(np.mean(errors**2), rel=0.35)


def test_weights_bring_the_fit_to_where_they_lie() -> None:
    bent = np.sin(3.0 * Z[:, :1])
    there = np.array([[0.5, 0.0, 0.0, 0.0]])
    near = 1.0 / (1.0 + ((Z - there) ** 2).sum(axis=1) / 0.2) ** 2
    error = abs(fit_emulator(Z, bent, near).predict(there) - np.sin(1.5))[0, 0]
    assert error < abs(fit_emulator(Z, bent).predict(there) - np.sin(1.5))[0, 0]


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="eight points"):
        fit_emulator(Z[:7], SMOOTH[:7])


def test_an_output_that_never_changes_is_predicted_as_it_is() -> None:
    emulator: Emulator = fit_emulator(Z, np.full((300, 1), 2.5))
    assert emulator.predict(Z[:3]) == pytest.approx(2.5)
    assert emulator.variance == pytest.approx(0.0, abs=1e-12)
