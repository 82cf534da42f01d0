"""The discrepancy: its equations by hand and by an independent oracle, what it learns, and what it may not see."""

import dataclasses
from datetime import date

import numpy as np
import pytest
from scipy.stats import multivariate_t
from scipy.stats import t as student

from calibration.discrepancy import (
    FREEDOM,
    Miss,
    Process,
    Times,
    anchor_of,
    decades,
    disclosed,
    learn,
    log_density,
    misses,
    noise_of,
    processes_at,
    times_of,
)
from calibration.ensemble import read_ensembles
from calibration.families import FAMILIES, OTHER, family_of
from calibration.information import known_at
from calibration.paths import MAIN
from calibration.predictive import PARTS, Anchor, forecast, mixture, predict
from calibration.targets import Target, load_targets
from tests.calibration.made import ensemble, level

TARGETS = load_targets()
PROCESS = Process(0.2, 2.0, 0.03)
ONE, TWO = np.array([1.0]), np.array([0.0, 1.0])


def test_every_disclosed_or_forecast_observable_is_of_one_family() -> None:
    named = [name for names in FAMILIES.values() for name in names]
    assert len(named) == len(set(named))
    assert OTHER not in {family_of(name) for name in {*(t.observable for t in TARGETS), *(s[0] for s in MAIN)}}
    assert family_of("patience") == OTHER


def test_a_forecast_is_anchored_to_the_members_own_last_miss_which_fades() -> None:
    """By hand: s = 0.2, L = 2, b = 0; half a year after a miss of 0.1 the weight is exp(-1/4)."""
    anchor = Anchor(((2024.0, 1.0),), np.array([0.1, -0.3]), 0.0)
    middle, scale, freedom = forecast(TWO, ((2024.5, 1.0),), PROCESS, anchor)
    w = np.exp(-0.25)
    assert middle == pytest.approx([0.1 * w, 1.0 - 0.3 * w])
    rest = 0.04 * (1.0 - np.exp(-0.5))
    assert scale**2 == pytest.approx([rest * (4.0 + 0.25) / 5.0, rest * (4.0 + 2.25) / 5.0])
    assert freedom == FREEDOM + 1.0
    at_once, none, _ = forecast(TWO, ((2024.0, 1.0),), PROCESS, anchor)
    assert at_once == pytest.approx([0.1, 0.7])
    assert none == pytest.approx([0.0, 0.0])
    late, wide, _ = forecast(ONE, ((2054.0, 1.0),), PROCESS, Anchor(anchor.times, np.array([0.2]), 0.0))
    assert late == pytest.approx([1.0], abs=1e-6)
    assert wide == pytest.approx([0.2])


def test_members_distances_from_their_median_count_by_the_spread_of_the_family() -> None:
    """By hand: values 0 and 1 with a spread of a half are 0.25 and 0.75; misses of 0.1 and -0.3 are 0 and -0.2."""
    half = dataclasses.replace(PROCESS, spread=0.5)
    assert half.drawn(np.array([0.0, np.nan, 1.0])).tolist() == pytest.approx([0.25, np.nan, 0.75], nan_ok=True)
    plain, scale, _ = forecast(TWO, ((2024.0, 1.0),), half)
    assert plain == pytest.approx([0.25, 0.75])
    assert scale == pytest.approx(np.full(2, 0.2))
    anchored, _, _ = forecast(TWO, ((2024.0, 1.0),), half, Anchor(((2024.0, 1.0),), np.array([0.1, -0.3]), 0.0))
    assert anchored == pytest.approx([0.25, 0.55])


def test_a_series_never_seen_is_off_by_the_stationary_scale_and_the_disclosures_error() -> None:
    middle, scale, freedom = forecast(TWO, ((2025.0, 1.0),), PROCESS, None, 0.09)
    assert middle.tolist() == [0.0, 1.0]
    assert scale == pytest.approx(np.sqrt(0.04 + 0.09))
    assert freedom == FREEDOM


def conditional(times: list[Times], noise: list[float], miss: float) -> tuple[float, float]:
    """The oracle: the second of two jointly t values given the first, by quadrature of the joint density."""
    shape = np.zeros((2, 2))
    for i, one in enumerate(times):
        for j, other in enumerate(times):
            shape[i, j] = sum(a * b * 0.04 * np.exp(-abs(t - u) / 2.0) for t, a in one for u, b in other)
        shape[i, i] += noise[i]
    grid = np.linspace(-12.0, 12.0, 240_001)
    density = multivariate_t([0.0, 0.0], shape, df=int(FREEDOM)).pdf(np.column_stack([np.full(len(grid), miss), grid]))
    density /= density.sum()
    mean = float(grid @ density)
    return mean, float(density @ (grid - mean) ** 2)


@pytest.mark.parametrize(
    "second", [((2024.75, 1.0),), ((2025.0, 1.0), (2024.0, -1.0)), ((2023.5, 1.0),)], ids=["level", "ratio", "before"]
)
def test_mean_and_variance_are_those_of_the_joint_density(second: Times) -> None:
    first: Times = ((2024.0, 1.0),)
    mean, variance = conditional([first, second], [0.01, 0.02], 0.35)
    middle, scale, freedom = forecast(np.zeros(1), second, PROCESS, Anchor(first, np.array([0.35]), 0.01), 0.02)
    assert middle[0] == pytest.approx(mean, abs=1e-3)
    assert scale[0] ** 2 * freedom / (freedom - 2.0) == pytest.approx(variance, rel=0.01)


def test_three_points_of_the_process_agree_with_a_kalman_filter() -> None:
    """With no noise the process forgets all but its last point: a filter that sees two says what one anchor says."""
    s2, length, seen = 0.04, 2.0, [(2024.0, 0.3), (2024.6, -0.1)]
    mean, variance, at = 0.0, s2, seen[0][0]
    for when, value in seen:
        decay = np.exp(-(when - at) / length)
        mean, variance = decay * mean, s2 + decay**2 * (variance - s2)
        gain = variance / variance
        mean, variance, at = mean + gain * (value - mean), (1.0 - gain) * variance, when
    decay = np.exp(-(2025.0 - at) / length)
    mean, variance = decay * mean, s2 + decay**2 * (variance - s2)
    anchor = Anchor(((2024.6, 1.0),), np.array([-0.1]), 0.0)
    middle, scale, _ = forecast(np.zeros(1), ((2025.0, 1.0),), PROCESS, anchor)
    assert middle[0] == pytest.approx(mean)
    # Student's t rescales what is left by how unusual the anchor was.
    assert scale[0] ** 2 == pytest.approx(variance * (FREEDOM + 0.01 / s2) / (FREEDOM + 1.0))


def test_the_density_of_a_miss_is_that_of_the_forecast() -> None:
    miss = Miss("a", "money", ((2024.5, 1.0),), 0.3, 0.0, 0.02, ((2024.0, 1.0),), 0.1, 0.0, 0.0, 0.01)
    anchor = Anchor(miss.anchor, np.array([miss.anchor_error]), miss.anchor_noise)
    middle, scale, freedom = forecast(np.zeros(1), miss.times, PROCESS, anchor, miss.noise)
    wanted = [student.logpdf(error, freedom, middle[0], scale[0]) for error in (0.3, -0.5)]
    process = np.array(0.2), np.array(2.0), np.array(1.0)
    found = [log_density(dataclasses.replace(miss, error=error), *process) for error in (0.3, -0.5)]
    assert float(found[0] - found[1]) == pytest.approx(wanted[0] - wanted[1])


def learnt(made: list[Miss], prior: float) -> Process:
    return learn({"money": made}, prior, {"money": 0.05})["money"]


def test_scale_is_the_prior_without_misses_and_follows_them_down_and_up() -> None:
    assert learnt([], 0.1).scale == pytest.approx(0.1, rel=0.02)
    assert learnt([], 0.1).length == pytest.approx(1.0, rel=0.02)
    made = [Miss(f"T{i}", "money", ((2025.0, 1.0),), (-1) ** i * 0.02, 0.0, 0.0) for i in range(40)]
    assert learnt(made, 0.2).scale == pytest.approx(0.02, rel=0.2)
    far = [dataclasses.replace(miss, error=30.0 * miss.error) for miss in made]
    assert learnt(far, 0.1).scale == pytest.approx(0.6, rel=0.2)


def test_a_known_process_is_found_again() -> None:
    """400 pairs half a year apart from a scale of 0.3 and a length of half a year."""
    generator = np.random.default_rng(4)
    true = np.array([[0.09, 0.09 * np.exp(-1.0)], [0.09 * np.exp(-1.0), 0.09]])
    pairs = multivariate_t([0.0, 0.0], true, df=int(FREEDOM), seed=generator).rvs(400)
    made = [
        Miss(f"T{i}", "money", ((2025.0, 1.0),), second, 0.0, 1e-6, ((2024.5, 1.0),), first, 0.0, 0.0, 1e-6)
        for i, (first, second) in enumerate(pairs.tolist())
    ]
    found = learnt(made, 0.1)
    assert found.scale == pytest.approx(0.3, rel=0.15)
    assert found.length == pytest.approx(0.5, rel=0.3)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.0])
def test_a_known_spread_is_found_again(true: float) -> None:
    """Members with a standard deviation of 0.4 whose misses have `true` times as much."""
    generator = np.random.default_rng(5)
    made = [Miss(f"T{i}", "money", ((2025.0, 1.0),), error, 0.16, 1e-6)
            for i, error in enumerate((0.4 * true * generator.standard_normal(400)).tolist())]  # fmt: skip
    assert learnt(made, 0.02).spread == pytest.approx(true, rel=0.2)
    assert learnt([], 0.1).spread == pytest.approx(1.0, rel=0.01)


def test_families_share_the_spread_and_keep_scales_of_their_own() -> None:
    """By hand: one family tells the spread, the other its own small scale; a third without misses has the spread."""
    generator = np.random.default_rng(6)
    told = [Miss(f"T{i}", "money", ((2025.0, 1.0),), error, 0.16, 1e-6)
            for i, error in enumerate((0.2 * generator.standard_normal(400)).tolist())]  # fmt: skip
    near = [Miss(f"P{i}", "prices", ((2025.0, 1.0),), (-1) ** i * 0.02, 0.0, 0.0) for i in range(40)]
    found = learn({"money": told, "prices": near, "users": []}, 0.05, dict.fromkeys(("money", "prices", "users"), 0.1))
    assert {one.spread for one in found.values()} == {found["users"].spread}
    assert found["users"].spread == pytest.approx(learnt(told, 0.05).spread, rel=1e-6)
    assert found["users"].spread == pytest.approx(0.5, rel=0.2)
    assert found["prices"].scale == pytest.approx(0.02, rel=0.2)
    assert found["users"].scale == pytest.approx(0.05, rel=0.02)


def test_a_figure_counts_once_however_often_it_was_forecast() -> None:
    one = Miss("T1", "money", ((2025.0, 1.0),), 0.5, 0.0, 0.0)
    assert learnt([one] * 7, 0.1).scale == pytest.approx(learnt([one], 0.1).scale)


def test_a_miss_is_one_of_an_earlier_origin_in_a_figure_that_was_not_public_then() -> None:
    days = [date(2024, 3, 31), date(2024, 9, 30), date(2025, 3, 31)]
    rows = [level(f"T{i}", day, 100.0) for i, day in enumerate(days)]
    early = ensemble(date(2024, 6, 30), {"T0": [50.0, 100.0], "T1": [50.0, 200.0], "T2": [100.0, 100.0]})
    (found,) = misses([early], rows[:2])
    assert (found.target, found.family, found.anchor) == ("T1", "money", times_of(rows[0]))
    half = np.log10(2.0)
    assert found.error == pytest.approx(0.0)
    assert found.variance == pytest.approx(half**2)
    assert found.anchor_error == pytest.approx(half / 2.0)
    assert found.anchor_variance == pytest.approx((half / 2.0) ** 2)
    assert found.covariance == pytest.approx(half**2 / 2.0)
    assert misses([dataclasses.replace(early, provenance={"fitted": ["T1"]})], rows[:2]) == []


def test_the_anchor_is_the_figure_of_the_series_nearest_in_time() -> None:
    rows = [level(f"T{i}", date(year, 6, 30), 1.0) for i, year in enumerate((2023, 2024, 2025))]
    assert anchor_of(rows[0].series, 2030.0, rows) == rows[2]
    assert anchor_of(rows[0].series, times_of(rows[1])[0][0], [rows[0], rows[2]]) == rows[2]
    assert anchor_of(("revenue", "other", "all"), 2030.0, rows) is None


def test_values_that_are_next_to_nothing_count_as_a_hundredth_of_the_median() -> None:
    assert decades(np.array([0.0, 1.0, 100.0, 100.0])).tolist() == pytest.approx([0.0, 0.0, 2.0, 2.0])
    assert np.isnan(decades(np.array([np.nan, 1.0]))[0])
    assert decades(np.zeros(2)).tolist() == [-9.0, -9.0]


def test_a_band_that_reaches_zero_tells_its_error_by_its_upper_half() -> None:
    row = dataclasses.replace(level("T", date(2025, 1, 1), 0.05), low=0.0, high=0.5)
    assert disclosed(row) == pytest.approx(np.log10(0.05))
    assert np.sqrt(noise_of(row)) == pytest.approx(1.0 / 1.6448536, rel=1e-6)


def test_a_mixture_has_the_quantiles_of_its_members_and_ends_where_it_must() -> None:
    alone = mixture(np.zeros(1), np.ones(1), 5.0, np.ones(1))
    assert np.quantile(alone, [0.25, 0.5, 0.75]) == pytest.approx(student.ppf([0.25, 0.5, 0.75], 5.0), abs=0.02)
    assert mixture(np.zeros(1), np.ones(1), 5.0, np.ones(1), 0.3).max() == pytest.approx(0.3)
    heavy = mixture(np.array([0.0, 9.0]), np.full(2, 0.01), 5.0, np.array([0.9, 0.1]))
    assert (heavy < 5.0).mean() == pytest.approx(0.9, abs=1.0 / len(PARTS))


def poisoned(origin: date) -> list[Target]:
    return [dataclasses.replace(t, value=1e30, low=1e-30, high=1e40) if t.published > origin else t for t in TARGETS]


def test_nothing_published_after_an_origin_enters_its_processes_or_forecasts() -> None:
    ensembles = read_ensembles()
    for one in ensembles[:2]:
        rows = poisoned(one.origin)
        assert rows != list(TARGETS)
        true, other = (processes_at(ensembles, one.origin, given) for given in (TARGETS, rows))
        assert true == other
        for mine, theirs in zip(TARGETS[::6], rows[::6], strict=True):
            densities = [
                predict(row, one, true, known_at(one.origin, given).targets)
                for row, given in ((mine, TARGETS), (theirs, rows))
            ]
            assert np.array_equal(densities[0], densities[1], equal_nan=True)
    # What was public does matter.
    moved = [dataclasses.replace(t, value=t.high) for t in TARGETS]
    assert processes_at(ensembles, ensembles[-1].origin, moved) != processes_at(
        ensembles, ensembles[-1].origin, TARGETS
    )
