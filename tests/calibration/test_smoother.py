"""Members that are moved: against algebra where the market is linear, and what must hold where it is not."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from calibration.emulator import fit_emulator
from calibration.information import known_at
from calibration.screening import Moving, influence, most_influential
from calibration.shapes import load_shapes
from calibration.smoother import Fit, aim, assimilate, begin, losses, perturbed
from calibration.store.run_store import RunStore
from calibration.targets import load_targets
from calibration.waves import Wave, outputs_of
from tests.calibration import toy

FAR = 1e6


def test_one_step_by_hand() -> None:
    # off = (0.6 - 1) / 0.2 = -2, so the variance of the row is 0.04 (5 + 4) / 6 = 0.06, and 0.02 of doubt beside it;
    # the gap is 1 - 0.6 - (0.2 - 0.5) 0.8 = 0.64, and z* = 0.2 + 0.8 x 0.64 / (0.8^2 + 0.08).
    one = np.ones((1, 1))
    found = aim(0.5 * one, 0.2 * one, 0.6 * one, 0.8 * one, np.zeros(1), one, np.array([0.2]), np.array([0.02]))
    assert found[0, 0] == pytest.approx(0.2 + 0.512 / 0.72)


def test_one_step_in_a_linear_market_with_normal_errors_draws_from_the_posterior_that_algebra_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("calibration.smoother.FREEDOM", 1e12)
    random = np.random.default_rng(0)
    slopes, spread = np.array([[0.6, 0.0, 0.6], [0.0, 0.6, -0.6]]), np.array([0.3, 0.4, 0.5])
    start = random.standard_normal((20_000, 2))
    disclosed = np.array([0.5, -0.3, 0.8])
    figures = disclosed + spread * random.standard_normal((20_000, 3))
    found = aim(start, start, start @ slopes, slopes, np.zeros(3), figures, spread, np.zeros(3))
    precision = np.eye(2) + (slopes / spread**2) @ slopes.T
    mean = np.linalg.solve(precision, slopes @ (disclosed / spread**2))
    assert found.mean(axis=0) == pytest.approx(mean, abs=0.02)
    assert np.cov(found.T) == pytest.approx(np.linalg.inv(precision), abs=0.01)


def test_steps_end_at_the_least_sum_that_an_optimiser_finds() -> None:
    slopes, spread = np.array([[0.5, 0.2, 0.4], [0.1, -0.4, 0.3]]), np.array([0.1, 0.2, 0.1])
    start, figures = np.array([[0.3, -0.8]]), np.array([[0.4, 0.1, 1.5]])
    known = known_at(date(2026, 9, 30), load_targets()[:3])
    assert len(known.ids) == 3

    def total(z: NDArray[np.float64]) -> float:
        return float(losses(z[None], start, z[None] @ slopes, known, figures, spread)[0])

    z = start
    for _ in range(200):
        z = aim(z, start, z @ slopes, slopes, known.sign, figures, spread, np.zeros(3))
    best = minimize(total, start[0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert z[0] == pytest.approx(best.x, abs=1e-5)


def test_a_bound_pulls_where_it_is_broken_and_only_there() -> None:
    slopes, spread = np.array([[1.0]]), np.array([0.1])
    for value, moved in ((0.5, False), (-0.5, True)):
        z = np.array([[value]])
        found = aim(z, z, z, slopes, np.ones(1), np.zeros((1, 1)), spread, np.zeros(1))
        assert bool(found[0, 0] > value) is moved
        assert found[0, 0] <= max(value, 0.0)


def test_a_members_error_of_a_figure_is_the_same_at_every_origin() -> None:
    targets = load_targets()
    early, late = (known_at(day, targets) for day in (date(2024, 12, 31), date(2026, 6, 30)))
    first, second = perturbed(early, toy.PLAN)[0], perturbed(late, toy.PLAN)[0]
    assert np.array_equal(first, second[:, [late.ids.index(name) for name in early.ids]])
    errors = (second - late.centre) / perturbed(late, toy.PLAN)[1]
    assert abs(float(np.corrcoef(errors[:, 0], errors[:, 1])[0, 1])) < 0.6


def test_no_step_raises_a_members_sum_and_most_come_nearer(tmp_path: Path) -> None:
    space = toy.space()
    fit = Fit(space, Moving(np.arange(len(space)), len(space)), toy.PLAN, toy.runs(RunStore(tmp_path)))
    known = known_at(date(2026, 6, 30), load_targets(), load_shapes())
    members = begin(fit)
    moved, _ = assimilate(members, [Wave(members.z, members.runs)], known, fit, 2)
    figures, spread = perturbed(known, toy.PLAN)
    before, after = (
        losses(one.z, one.start, outputs_of(known, one.runs), known, figures, spread) for one in (members, moved)
    )
    assert (after <= before).all()
    # Each of the 119 figures has an error that no member can meet: about half a unit of the sum.
    assert np.median(after) < 0.4 * np.median(before)


def test_the_parameters_that_move_are_those_on_which_figures_depend() -> None:
    targets = load_targets()[:2]
    z = np.random.default_rng(0).standard_normal((300, 6))
    runs = [{targets[0].id: 10.0 ** (0.5 * a), targets[1].id: 10.0 ** (0.3 * b)} for a, b in z[:, [1, 4]]]
    share = influence(z, runs, targets)
    moving = most_influential(share, 2)
    assert moving.places.tolist() == [1, 4]
    assert share[[1, 4]] == pytest.approx([0.5, 0.5], abs=0.05)
    assert moving.full(np.array([[1.0, 2.0]])).tolist() == [[0.0, 1.0, 0.0, 0.0, 2.0, 0.0]]


def test_an_emulator_of_some_rows_says_the_same_of_them() -> None:
    z = np.random.default_rng(1).standard_normal((50, 2))
    whole = fit_emulator(z, z @ np.array([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]]))
    assert np.array_equal(whole.of_rows(slice(1, None)).predict(z), whole.predict(z)[:, 1:])
