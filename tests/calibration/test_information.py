"""What a fit may see: what was published by its origin."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from calibration.information import BAND_SD, LINEAR_BAND_DECADES, centre_of, known_at, on_scale, sd_of
from calibration.shapes import load_shapes
from calibration.targets import Target, load_targets

ORIGIN = date(2025, 9, 30)
TARGETS, SHAPES = load_targets(), load_shapes()
DAY = date(2025, 1, 1)
ROW = Target("X1", "o", "e", "s", "level", DAY, DAY, 100.0, 10.0, 1000.0, "u", DAY, "test")


def test_a_row_is_known_once_it_is_published() -> None:
    known = known_at(ORIGIN, TARGETS, SHAPES)
    assert known.targets
    assert all(target.published <= ORIGIN for target in known.targets)
    assert all(shape.known <= ORIGIN for shape in known.shapes)
    left = {target.id for target in TARGETS} - set(known.ids)
    assert {"T04", "T06", "T32", "T50", "T142"} <= left
    assert {"T03", "T114", "T140", "T180", "T186"} <= set(known.ids)


def test_growth_that_slows_after_july_2025_is_known_only_once_october_is() -> None:
    assert "S04" not in known_at(ORIGIN, TARGETS, SHAPES).ids
    assert "S04" in known_at(date(2025, 10, 31), TARGETS, SHAPES).ids


def test_a_later_origin_knows_whatever_an_earlier_one_did() -> None:
    earlier = known_at(date(2024, 6, 30), TARGETS, SHAPES).ids
    assert set(earlier) < set(known_at(ORIGIN, TARGETS, SHAPES).ids)


def test_a_band_is_a_central_90_percent_interval_on_the_log_scale() -> None:
    assert centre_of(ROW) == pytest.approx(2.0)
    assert sd_of(ROW) * BAND_SD == pytest.approx(2.0)


def test_a_value_that_only_bounds_the_quantity_is_replaced_by_the_middle_of_its_band() -> None:
    upper = dataclasses.replace(ROW, value=1000.0)
    assert centre_of(upper) == pytest.approx(2.0)


def test_a_band_that_reaches_zero_is_compared_linearly_as_wide_as_a_usual_one() -> None:
    share = dataclasses.replace(ROW, low=0.0, value=0.05, high=0.12)
    assert on_scale(share, 0.12) - on_scale(share, 0.0) == pytest.approx(LINEAR_BAND_DECADES)


def test_a_value_without_a_logarithm_is_a_miss_and_a_missing_one_stays_missing() -> None:
    assert on_scale(ROW, 0.0) == on_scale(ROW, 1e-9) == pytest.approx(0.0)
    assert on_scale(ROW, 1.5) == pytest.approx(np.log10(1.5))
    assert np.isnan(on_scale(ROW, float("nan")))


def test_distance_counts_rows_in_standard_deviations_and_bounds_only_where_broken() -> None:
    known = known_at(ORIGIN, TARGETS, SHAPES)
    exact = np.where(known.sign == 0.0, known.centre, known.centre + known.sign)
    one_off = exact.copy()
    one_off[0] += 2.0 * known.sd[0]
    missing = exact.copy()
    missing[1] = np.nan
    found = known.distance(np.array([exact, one_off, missing]))
    assert found[0] == pytest.approx(0.0)
    assert found[1] == pytest.approx(2.0 / np.sqrt(len(exact)))
    assert np.isinf(found[2])


def test_outputs_are_bent_so_that_a_wild_run_stays_within_reach() -> None:
    known = known_at(ORIGIN, TARGETS)
    wild = known.outputs([{target.id: target.value * 1e9 for target in TARGETS}])[0]
    near = known.outputs([{target.id: target.value * 1.01 for target in TARGETS}])[0]
    rows = [i for i, target in enumerate(known.targets) if target.low > 0 and target.low < target.value < target.high]
    assert np.all(np.abs(wild - known.centre) <= 1.0)
    assert near[rows] - known.centre[rows] == pytest.approx(np.log10(1.01), rel=0.01)
