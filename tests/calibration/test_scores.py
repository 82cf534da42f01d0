"""Intervals, CRPS, baselines and skill, against values worked out by hand."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from calibration.baselines import common_growth, forecasts
from calibration.discrepancy import ASSUMED, Miss, Reach, is_new, learn, misses, years_ahead
from calibration.ensemble import Ensemble, weighted_quantile
from calibration.information import known_at
from calibration.scores import DRAWS, Predictive, cells, losing_cells, predict, score_table, skill_table
from calibration.targets import ORIGIN, load_targets

TARGETS = load_targets()
NONE = Reach(0.0, 0.0)
BY_ID = {target.id: target for target in TARGETS}


def ensemble(factor: float, spread: float = 0.02, tau: float = 0.01, members: int = 400) -> Ensemble:
    """Members that give every disclosed value times a factor, log-normally spread."""
    noise = 10.0 ** (spread * np.random.default_rng(1).standard_normal((members, len(TARGETS))))
    outputs = np.array([target.value for target in TARGETS]) * factor * noise
    known = known_at(ORIGIN, TARGETS)
    weight, ids, fitted = np.full(members, 1.0 / members), tuple(t.id for t in TARGETS), {"fitted": list(known.ids)}
    seeds, taus = np.arange(members), np.full(members, tau)
    return Ensemble(ORIGIN, ("a",), np.ones((members, 1)), weight, seeds, taus, ids, outputs, fitted)


def test_weighted_quantiles_agree_with_repeated_values() -> None:
    values, weight = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 1.0, 1.0])
    repeated = np.repeat(values, weight.astype(int))
    for share in (0.25, 0.5, 0.75):
        found = weighted_quantile(values, weight, share)
        assert np.quantile(repeated, share, method="hazen") == pytest.approx(found, abs=0.5)
    assert weighted_quantile(np.array([1.0, np.nan, 3.0]), np.ones(3), 0.5) == pytest.approx(2.0)


def test_the_crps_of_a_normal_is_the_closed_form() -> None:
    draws = np.random.default_rng(2).standard_normal(40_000)
    found = Predictive(draws, np.full(len(draws), 1.0 / len(draws)), 0.0)
    # Gneiting and Raftery 2007, equation 21: sigma (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)).
    assert found.crps(0.0) == pytest.approx(2.0 / np.sqrt(2.0 * np.pi) - 1.0 / np.sqrt(np.pi), abs=0.01)
    assert found.crps(1.0) == pytest.approx(0.6024, abs=0.01)


def test_the_crps_of_a_point_is_its_absolute_error_and_weights_count() -> None:
    assert Predictive(np.array([2.0]), np.ones(1), 2.0).crps(0.5) == pytest.approx(1.5)
    heavy = Predictive(np.array([0.0, 9.0]), np.array([1.0, 0.0]), 0.0)
    assert heavy.crps(0.0) == pytest.approx(0.0)


def test_intervals_widen_with_the_years_ahead_and_not_before_the_origin() -> None:
    one = ensemble(1.0)
    past, ahead = BY_ID["T31"], BY_ID["T34"]
    widths = [
        np.ptp(predict(target, one, Reach(growth, 0.0)).quantiles())
        for target in (past, ahead)
        for growth in (0.0, 0.5)
    ]
    assert widths[0] == widths[1]
    assert widths[3] > 1.5 * widths[2]
    assert years_ahead(past, ORIGIN) == 0.0
    assert len(predict(past, one, NONE).draws) == len(one) * DRAWS


def test_an_ensemble_that_is_right_covers_and_one_that_is_far_off_does_not() -> None:
    right = score_table(cells(ensemble(1.0), TARGETS, NONE))
    wrong = score_table(cells(ensemble(3.0), TARGETS, NONE))
    assert right["cover90"].min() > 0.9
    assert right["median_abs"].max() < 0.05
    assert wrong["median_abs"].min() == pytest.approx(np.log10(3.0), abs=0.05)
    assert wrong["cover50"].max() < 0.5


def test_baselines_see_what_was_known_and_extrapolate_it_as_their_names_say() -> None:
    known = known_at(ORIGIN, TARGETS)
    google = forecasts(BY_ID["T04"], known)
    assert google["persistence"] == 980e12
    times = (date(2025, 9, 15) - date(2025, 7, 16)).days / (date(2025, 7, 16) - date(2025, 4, 15)).days
    assert google["drift"] == pytest.approx(980e12 * (980 / 480) ** times, rel=0.01)
    assert google["log-linear"] != google["drift"]
    assert "logistic" not in google
    assert forecasts(BY_ID["T10"], known) == {}
    growth = common_growth(known)
    assert growth is not None
    assert set(forecasts(BY_ID["T83"], known)) == {"persistence", "common growth"}, "a ratio: two dates, one figure"
    assert forecasts(BY_ID["T83"], known)["common growth"] == pytest.approx(np.exp(growth * 365 / 365.25), rel=0.05)
    assert set(forecasts(BY_ID["T21"], known)) == {"persistence"}, "costs do not grow as amounts do"
    assert "common growth" not in forecasts(BY_ID["T168"], known), "nor do rents"


def test_the_common_growth_is_the_median_of_what_amounts_have_shown() -> None:
    rows = [
        dataclasses.replace(BY_ID["T31"], id=f"{name}{year}", entity=name, start=date(year, 1, 1),
                            end=date(year, 12, 31), value=value, low=0.9 * value, high=1.1 * value)
        for name, factor in (("a", 2.0), ("b", 3.0), ("c", 50.0))
        for year, value in ((2022, 1.0), (2023, factor))
    ]  # fmt: skip
    growth = common_growth(known_at(ORIGIN, rows))
    assert growth == pytest.approx(np.log(3.0), rel=1e-3)
    shares = [dataclasses.replace(row, unit="share") for row in rows]
    assert common_growth(known_at(ORIGIN, shares)) is None
    assert common_growth(known_at(ORIGIN, rows[::2])) is None, "one figure a series shows no growth"


def test_no_share_is_forecast_above_one() -> None:
    one, row = ensemble(1.0), BY_ID["T91"]
    wide = predict(row, one, Reach(1.0, 1.0), new=True)
    assert wide.draws.max() == pytest.approx(0.0), "on the log scale"
    assert predict(BY_ID["T34"], one, Reach(1.0, 1.0)).draws.max() > 10.0


def test_a_logistic_curve_stays_below_its_ceiling() -> None:
    rows = [
        dataclasses.replace(BY_ID["T80"], id="X", value=0.6, high=0.7, start=date(2024, 6, 1), end=date(2024, 9, 1))
    ]
    known = known_at(ORIGIN, [*TARGETS, *rows])
    found = forecasts(BY_ID["T81"], known)
    assert 0.6 < found["logistic"] < 1.0 < found["drift"]


def test_no_baseline_sees_a_figure_that_was_disclosed_after_the_origin() -> None:
    poisoned = [dataclasses.replace(t, value=1e30, low=1.0, high=1e40) if t.end > ORIGIN else t for t in TARGETS]
    for target in TARGETS:
        assert forecasts(target, known_at(ORIGIN, poisoned)) == forecasts(target, known_at(ORIGIN, TARGETS))


def test_skill_is_a_ratio_over_the_same_cells_and_every_lost_cell_is_listed() -> None:
    board = cells(ensemble(1.02), TARGETS, NONE)
    skill = skill_table(board).set_index("baseline")
    assert skill["ratio"]["persistence"] < 0.2
    assert (
        skill["cells"]["none"] + skill["cells"]["best in hindsight"] == ((board["years"] > 0) & ~board["fitted"]).sum()
    )
    unchanged = board[(board["years"] > 0) & (board["persistence"].abs() < np.log10(1.01))]
    assert set(losing_cells(board)["id"]) == set(unchanged["id"]) == {"T182", "T189"}, "prices that stayed"
    assert skill["losses"]["persistence"] == len(unchanged)
    bad = cells(ensemble(1e4), TARGETS, NONE)
    lost = losing_cells(bad)
    assert set(lost["id"]) == set(bad[(bad["years"] > 0) & bad["persistence"].notna()]["id"])


def test_the_structural_error_follows_earlier_misses_upwards_and_never_below_what_is_assumed() -> None:
    signs = [(-1) ** i for i in range(20)]
    near = learn([Miss("a", ORIGIN, 0.02 * sign, 1.0, False, 0.01) for sign in signs])
    far = learn([Miss("a", ORIGIN, 0.6 * sign, 1.0, False, 0.01) for sign in signs])
    new = learn([Miss("a", ORIGIN, 0.6 * sign, 0.0, True, 0.01) for sign in signs])
    assert near == learn([]) == Reach(ASSUMED, ASSUMED)
    assert 0.4 < far.growth < 0.8
    assert far.novelty == ASSUMED
    assert 0.4 < new.novelty < 0.8
    assert Reach(0.3, 0.4).variance(2.0, True) == pytest.approx(0.36 + 0.16)


def test_members_without_a_value_leave_the_misses_of_the_others() -> None:
    """A ratio has no number where a member's series starts at zero: the row's miss is that of the other members."""
    early = dataclasses.replace(ensemble(2.0, members=4), origin=date(2024, 6, 30), provenance={"fitted": []})
    known = known_at(ORIGIN, TARGETS)
    row = early.ids.index("T71")
    holed = early.outputs.copy()
    holed[:2, row] = np.nan
    two = dataclasses.replace(early, outputs=holed)
    rest = dataclasses.replace(early, outputs=early.outputs[2:], weight=np.full(2, 0.5), tau=early.tau[2:])
    found, wanted = ({m.target: m for m in misses([one], known, TARGETS)} for one in (two, rest))
    assert found["T71"].error == pytest.approx(wanted["T71"].error)
    assert found["T71"].variance == pytest.approx(wanted["T71"].variance)
    assert np.isfinite([m.variance for m in found.values()]).all()
    holed[:, row] = np.nan
    assert "T71" not in {m.target for m in misses([dataclasses.replace(early, outputs=holed)], known, TARGETS)}


def test_a_series_is_new_until_one_of_its_figures_is_known() -> None:
    known = known_at(ORIGIN, TARGETS)
    assert is_new(BY_ID["T10"], known)
    assert not is_new(BY_ID["T37"], known)
    assert is_new(BY_ID["T37"], known_at(date(2024, 6, 30), TARGETS))


def test_a_row_without_any_value_is_not_scored_as_a_hit() -> None:
    one = ensemble(1.0)
    outputs = one.outputs.copy()
    outputs[:, one.ids.index("T10")] = np.nan
    board = cells(dataclasses.replace(one, outputs=outputs), TARGETS, NONE).set_index("id")
    assert not board.loc["T10", "inside"]
    assert not board.loc["T10", "in90"]
