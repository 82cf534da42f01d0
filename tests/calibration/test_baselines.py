"""Simple forecasts: their middles by rule, their widths from their own misses, and what they may not see."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from calibration.baselines import GROWTH, Densities, common_growth, forecasts
from calibration.information import Known, known_at
from calibration.targets import load_targets
from tests.calibration.made import level

TARGETS = load_targets()
ORIGIN = date(2025, 9, 30)
BY_ID = {target.id: target for target in TARGETS}


def test_baselines_see_what_was_known_and_extrapolate_it_as_their_names_say() -> None:
    known = known_at(ORIGIN, TARGETS)
    google = forecasts(BY_ID["T04"], known)
    assert google["persistence"] == 980e12
    times = (date(2025, 9, 15) - date(2025, 7, 16)).days / (date(2025, 7, 16) - date(2025, 4, 15)).days
    assert google["drift"] == pytest.approx(980e12 * (980 / 480) ** times, rel=0.01)
    assert google["log-linear"] != google["drift"]
    assert 980e12 < google["damped drift"] < google["drift"]
    assert forecasts(BY_ID["T10"], known) == {}
    growth = common_growth(known)
    assert growth is not None
    assert set(forecasts(BY_ID["T83"], known)) == {"persistence", "common growth"}, "a ratio: two dates, one figure"
    assert forecasts(BY_ID["T83"], known)["common growth"] == pytest.approx(np.exp(growth * 365 / 365.25), rel=0.05)
    assert set(forecasts(BY_ID["T21"], known)) == {"persistence"}, "costs do not grow as amounts do"
    assert "common growth" not in forecasts(BY_ID["T168"], known), "nor do rents"


def test_a_damped_drift_loses_a_tenth_of_its_slope_a_quarter() -> None:
    rows = (level("A", date(2023, 12, 31), 1.0), level("B", date(2024, 12, 31), 10.0))
    known = Known(ORIGIN, rows, ())
    grown = [forecasts(level("C", date(2025 + years, 12, 31), 1.0), known)["damped drift"] for years in (0, 40)]
    year = 366.0 / 365.25  # 2024 is a leap year
    rate = -4.0 * np.log(0.9)
    assert np.log10(grown[0] / 10.0) == pytest.approx((1.0 - np.exp(-rate * 365.0 / 365.25)) / rate / year, rel=1e-6)
    assert np.log10(grown[1] / 10.0) == pytest.approx(1.0 / rate / year, rel=1e-6), "it comes to an end"


def test_the_common_growth_is_the_median_of_what_amounts_have_shown() -> None:
    rows = [
        dataclasses.replace(BY_ID["T31"], id=f"{name}{year}", entity=name, start=date(year, 1, 1),
                            end=date(year, 12, 31), published=ORIGIN, value=value, low=0.9 * value, high=1.1 * value)
        for name, factor in (("a", 2.0), ("b", 3.0), ("c", 50.0))
        for year, value in ((2022, 1.0), (2023, factor))
    ]  # fmt: skip
    growth = common_growth(known_at(ORIGIN, rows))
    assert growth == pytest.approx(np.log(3.0), rel=1e-3)
    shares = [dataclasses.replace(row, unit="share") for row in rows]
    assert common_growth(known_at(ORIGIN, shares)) is None
    assert common_growth(known_at(ORIGIN, rows[::2])) is None, "one figure a series shows no growth"


def test_a_width_is_its_prior_without_misses_and_follows_the_baselines_own() -> None:
    """A series that doubles every half year: persistence is off by 0.3 decades after half a year, drift by nothing."""
    days = [date(year, month, 28) for year in (2022, 2023, 2024) for month in (6, 12)]
    rows = [level(f"T{i}", day, 2.0**i, band=1.001) for i, day in enumerate(days)]
    made = Densities(ORIGIN, rows)
    assert made.width("persistence", "prices") == pytest.approx(GROWTH, rel=0.02)
    assert made.width("drift", "money") < 0.1
    assert 0.3 < made.width("persistence", "money") < 0.6
    ahead = level("X", date(2026, 6, 28), 1.0)
    density = made.of(ahead)
    assert np.median(density["persistence"]) == pytest.approx(np.log10(32.0), abs=0.01)
    assert np.ptp(density["drift"]) < 0.5 * np.ptp(density["persistence"])
    later = made.of(level("X", date(2028, 6, 28), 1.0))
    assert np.ptp(later["persistence"]) > 1.3 * np.ptp(density["persistence"])
    shares = [dataclasses.replace(row, value=0.9, low=0.8, high=1.0, unit="share") for row in rows]
    assert Densities(ORIGIN, shares).of(dataclasses.replace(ahead, unit="share"))["persistence"].max() == 0.0


def test_no_baseline_sees_a_figure_that_was_published_after_the_origin() -> None:
    poisoned = [dataclasses.replace(t, value=1e30, low=1.0, high=1e40) if t.published > ORIGIN else t for t in TARGETS]
    true, other = Densities(ORIGIN, TARGETS), Densities(ORIGIN, poisoned)
    for target in TARGETS:
        mine, theirs = true.of(target), other.of(target)
        assert list(mine) == list(theirs)
        assert all(np.array_equal(mine[name], theirs[name]) for name in mine)
