"""Screening finds what moves the rows, and only that."""

import csv
import io

import numpy as np
import pytest

from calibration.screening import elementary_effects, screening_csv, verdicts
from calibration.space import Free

NAMES = tuple(Free(f"group.p{i}", "log", 1.0, 2.0, 0.0, 9.0, "choice", 1.5) for i in range(40))
ROWS = ("T1", "T2", "T3")


def test_elementary_effects_of_a_linear_function_are_its_slopes_times_the_step() -> None:
    from SALib.sample import morris

    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-1.5, 1.5]] * 3}
    points = morris.sample(problem, 6, num_levels=4, seed=1)
    slopes = np.array([[1.0, 0.0], [-2.0, 0.5], [0.0, 0.0]])
    mean_abs, mean = elementary_effects(points, points @ slopes, 6)
    step = 2.0
    assert mean == pytest.approx(step * slopes)
    assert mean_abs == pytest.approx(step * np.abs(slopes))


def test_runs_that_failed_take_their_effects_out_without_touching_the_others() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    outputs = points @ np.array([[3.0], [5.0]])
    outputs[2] = np.nan
    mean_abs, _ = elementary_effects(points, outputs, 2)
    assert mean_abs[:, 0] == pytest.approx([3.0, 5.0])


def noise() -> tuple[np.ndarray, np.ndarray]:
    signed = 0.3 * np.random.default_rng(1).standard_normal((len(NAMES), len(ROWS)))
    return np.abs(signed), signed


def test_noise_that_every_candidate_shows_is_no_effect() -> None:
    mean_abs, mean = noise()
    found = verdicts(NAMES, ROWS, np.where(mean_abs < 0.45, 4.0, 4.4), 10.0 * mean, keep=24)
    assert not any(one.kept for one in found)


def test_a_strong_candidate_is_kept_and_its_twin_is_not() -> None:
    mean_abs, mean = noise()
    for i, factor in ((3, 1.0), (7, -0.9)):
        mean[i] = factor * np.array([4.0, -3.0, 4.5])
        mean_abs[i] = np.abs(mean[i])
    verdict = {one.free.path: one for one in verdicts(NAMES, ROWS, mean_abs, mean, keep=24)}
    assert verdict["group.p3"].kept
    assert not verdict["group.p7"].kept
    assert "group.p3" in verdict["group.p7"].reason


def test_a_rows_only_mover_is_kept_before_stronger_ones_that_add_nothing() -> None:
    mean_abs, mean = noise()
    mean[1], mean[2], mean[5] = [5.0, 1.0, 0.0], [4.0, 2.5, 0.0], [0.0, 0.0, 2.0]
    mean_abs[[1, 2, 5]] = np.abs(mean[[1, 2, 5]])
    kept = {one.free.path for one in verdicts(NAMES, ROWS, mean_abs, mean, keep=3) if one.kept}
    assert kept == {"group.p1", "group.p2", "group.p5"}


def test_the_csv_has_a_reason_for_every_candidate() -> None:
    rows = list(csv.DictReader(io.StringIO(screening_csv(verdicts(NAMES, ROWS, *noise(), keep=3)))))
    assert len(rows) == len(NAMES)
    assert all(row["reason"] for row in rows)
