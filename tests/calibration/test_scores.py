"""Scores against closed forms and values worked out by hand; what is scored, what is counted, what is compared."""

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, ttest_1samp

from calibration import scores
from calibration.discrepancy import processes_at
from calibration.ensemble import read_ensembles, weighted_quantile
from calibration.predictive import POINTS, SHARES, fit_table
from calibration.scores import (
    COLUMNS,
    all_cells,
    by_anchor,
    by_entrant,
    by_horizon,
    diebold_mariano,
    figures,
    harvey,
    horizon_of,
    losing_figures,
    matched,
    pit_table,
    relative_wis,
    summary,
    unseen,
)
from calibration.targets import load_targets
from tests.calibration.made import ensemble, level

ORIGIN = date(2024, 6, 30)


def board(*cells: tuple[str, str, str, str, float], horizon: int = 1) -> pd.DataFrame:
    """Cells of (origin, id, series, entrant, wis)."""
    made = pd.DataFrame(cells, columns=["origin", "id", "series", "entrant", "wis"]).assign(horizon=horizon, family="f")
    numbers = dict.fromkeys(("error", "crps", "width", "pit"), 0.1)
    return made.assign(**numbers, inside=True, in50=True, in90=True)


def test_weighted_quantiles_agree_with_repeated_values() -> None:
    values, weight = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 1.0, 1.0])
    repeated = np.repeat(values, weight.astype(int))
    for share in (0.25, 0.5, 0.75):
        found = weighted_quantile(values, weight, share)
        assert np.quantile(repeated, share, method="hazen") == pytest.approx(found, abs=0.5)
    assert weighted_quantile(np.array([1.0, np.nan, 3.0]), np.ones(3), 0.5) == pytest.approx(2.0)


def scored(truth: float, density: np.ndarray) -> dict[str, float]:
    cell = pd.DataFrame([["o", "T", "s", "f", 1, True, "market", truth, truth - 0.1, truth + 0.1]], columns=COLUMNS)
    (found,) = scores._scored(cell, density[None, :]).to_dict("records")
    return {str(name): value for name, value in found.items()}


@pytest.mark.parametrize("truth", [0.0, 1.0, -2.5])
def test_the_scores_of_a_normal_density_are_the_closed_forms(truth: float) -> None:
    """CRPS: Gneiting and Raftery 2007, equation 21. WIS: Bracher and others 2021, equation 1, from its definition."""
    found = scored(truth, norm.ppf(SHARES))
    closed = truth * (2.0 * norm.cdf(truth) - 1.0) + 2.0 * norm.pdf(truth) - 1.0 / np.sqrt(np.pi)
    assert found["crps"] == pytest.approx(closed, abs=0.005)
    alphas = [0.02, 0.05, *np.arange(0.1, 0.91, 0.1)]
    wis = 0.5 * abs(truth)
    for alpha in alphas:
        low, high = norm.ppf(alpha / 2.0), norm.ppf(1.0 - alpha / 2.0)
        missed = max(low - truth, 0.0) + max(truth - high, 0.0)
        wis += alpha / 2.0 * (high - low + 2.0 / alpha * missed)
    assert found["wis"] == pytest.approx(wis / (len(alphas) + 0.5), abs=0.005)
    assert found["pit"] == pytest.approx(norm.cdf(truth), abs=1.0 / POINTS)
    assert found["width"] == pytest.approx(2.0 * 1.6449, abs=0.02)
    assert (found["in50"], found["in90"]) == (abs(truth) < 0.67, abs(truth) < 1.64)
    assert found["error"] == pytest.approx(-truth, abs=0.01)
    assert found["inside"] == (truth == 0.0)


def test_a_figure_is_scored_at_every_origin_before_it_was_public_and_never_where_it_was_fitted() -> None:
    rows = [
        level("before", date(2024, 3, 31), 1.0),
        level("late", date(2024, 3, 31), 1.0, published=date(2024, 9, 1)),
        level("after", date(2024, 9, 30), 1.0),
        level("zero", date(2024, 9, 30), 0.0),
    ]
    outputs = {row.id: [1.0, 2.0] for row in rows}
    assert [row.id for row in unseen(ensemble(ORIGIN, outputs), rows)] == ["late", "after"]
    assert [row.id for row in unseen(ensemble(ORIGIN, outputs, fitted=["late"]), rows)] == ["after"]
    cells = all_cells([ensemble(ORIGIN, outputs), ensemble(date(2024, 9, 30), outputs)], rows)
    market = cells[cells["entrant"] == "market"]
    assert market[["origin", "id"]].to_numpy().tolist() == [["2024-06-30", "late"], ["2024-06-30", "after"]]
    assert market["horizon"].tolist() == [0, 1]


def test_horizons_are_quarters_to_the_end_of_the_window() -> None:
    days = [date(2024, 6, 30), date(2024, 9, 30), date(2024, 10, 5), date(2025, 6, 30), date(2026, 12, 31)]
    assert [horizon_of(level("T", day, 1.0), ORIGIN) for day in days] == [0, 1, 2, 4, 8]


def test_figures_are_counted_and_not_cells() -> None:
    made = board(("a", "T1", "s", "market", 1.0), ("b", "T1", "s", "market", 3.0), ("a", "T2", "s", "market", 5.0))
    assert figures(made)["wis"].tolist() == [2.0, 5.0]
    assert summary(made)["wis"] == pytest.approx(3.5)
    assert summary(made)["figures"] == 2.0


def test_two_are_compared_where_both_forecast_and_whole_series_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    made = board(
        ("a", "T1", "s", "market", 1.0), ("a", "T1", "s", "common growth", 4.0),
        ("a", "T2", "s", "market", 2.0), ("a", "T2", "s", "common growth", 4.0),
        ("a", "T3", "r", "market", 6.0), ("a", "T3", "r", "common growth", 4.0),
        ("a", "T4", "q", "market", 99.0),
        ("a", "T5", "p", "market", 3.0), ("a", "T5", "p", "common growth", 4.0),
    )  # fmt: skip
    assert np.isnan(relative_wis(made)[1:3]).all(), "three series show too little"
    monkeypatch.setattr(scores, "LEAST_SERIES", 3)
    ratio, low, high, count = relative_wis(made)
    assert count == 4
    # Of 27 draws of three series one is s three times; next come two of s with p. So with r at the other end.
    assert [ratio, low, high] == pytest.approx([12.0 / 16.0, 9.0 / 20.0, 15.0 / 12.0])
    assert set(matched(made)["id"]) == {"T1", "T2", "T3", "T5"}
    alone = by_entrant(made).set_index("rival")
    assert alone.loc["common growth", "ratio"] == pytest.approx(0.75)
    assert alone.loc["none", "figures"] == 1, "T4"
    assert relative_wis(made[made["entrant"] == "market"])[3] == 0
    (lost,) = losing_figures(made).to_dict("records")
    assert (lost["id"], lost["better"]) == ("T3", {"common growth": (4.0, 6.0)})


def test_the_test_of_few_origins_is_students_where_nothing_overlaps() -> None:
    """At one quarter ahead the correction makes the variance that of n - 1: the usual t-test."""
    loss = np.array([0.3, -0.1, 0.4, 0.2, 0.5, 0.1])
    assert harvey(loss, 1) == pytest.approx(ttest_1samp(loss, 0.0).pvalue)
    assert np.isnan(harvey(loss, 4)), "fewer than two origins a quarter ahead"
    assert np.isnan(harvey(np.ones(5), 1)), "no variance"


def test_overlapping_errors_are_corrected_as_harvey_leybourne_and_newbold_say() -> None:
    """By hand: n = 4, h = 2, differences -1, 1, 3, 5; covariances 5 and 5/4; variance 15/8; correction (1 + 1/2)/4."""
    statistic = 2.0 / np.sqrt(7.5 / 4.0) * np.sqrt(1.5 / 4.0)
    from scipy.stats import t as student

    assert harvey(np.array([-1.0, 1.0, 3.0, 5.0]), 2) == pytest.approx(2.0 * student.sf(statistic, 3))
    cells = [
        (origin, "T", "s", entrant, 10.0 + loss * (entrant == "market"))
        for origin, loss in zip("abcd", (-1.0, 1.0, 3.0, 5.0), strict=True)
        for entrant in ("market", "common growth")
    ]
    assert list(diebold_mariano(board(*cells, horizon=2))) == pytest.approx([2.0 * student.sf(statistic, 3), 4])


def test_the_pool_is_half_market_and_half_common_growth_and_only_where_both_forecast() -> None:
    days = [date(2023, 6, 30), date(2023, 12, 31), date(2024, 9, 30)]
    rows = [*(level(f"T{i}", day, 10.0**i) for i, day in enumerate(days)), level("X", days[-1], 1.0, observable="rent")]
    cells = all_cells([ensemble(ORIGIN, {row.id: [row.value, 2.0 * row.value] for row in rows})], rows)
    kinds = cells.groupby("id")["entrant"].apply(set)
    assert kinds["T2"] == set(scores.ENTRANTS)
    assert kinds["X"] == {"market"}
    one = cells[cells["id"] == "T2"].set_index("entrant")
    pool = one.loc["pool", "pit"]
    assert pool == pytest.approx(one.loc[["market", "common growth"], "pit"].mean(), abs=0.01)


def test_a_market_that_knows_wins_and_covers_and_one_that_is_far_off_loses() -> None:
    targets = load_targets()
    shipped = read_ensembles()[4]
    noise = np.random.default_rng(1).standard_normal((len(shipped), len(targets)))
    values = np.array([t.value for t in targets])
    for factor, better in ((1.0, True), (100.0, False)):
        outputs = factor * values * 10.0 ** (0.03 * noise)
        one = dataclasses.replace(
            shipped, ids=tuple(t.id for t in targets), outputs=outputs, tau=np.full(len(shipped), 0.05)
        )
        cells = all_cells([one], targets)
        assert (relative_wis(cells)[0] < 0.8) is better
        never_seen = summary(cells[cells["horizon"] > 0])
        assert (never_seen["in90"] > 0.9) is better
        assert (never_seen["median_abs"] < 0.05) is better
    table = by_horizon(cells)
    assert set(table["horizon"]) <= {0, 1, 2, 4, 8}
    assert pit_table(cells)["fifth1"].max() > 0.9, "all figures far below"


def test_cells_tell_whether_an_earlier_figure_of_their_series_was_public() -> None:
    first, second = level("T1", date(2024, 3, 31), 1.0), level("T2", date(2024, 9, 30), 1.0)
    other = dataclasses.replace(level("T3", date(2024, 9, 30), 1.0), entity="anthropic")
    one = ensemble(ORIGIN, {name: [1.0, 2.0] for name in ("T1", "T2", "T3")})
    known, new = by_anchor(all_cells([one], [first, second, other]))
    assert (set(known["id"]), set(new["id"])) == ({"T2"}, {"T3"})
    assert set(known["horizon"]) == {1}


def test_a_row_without_any_value_is_not_scored_and_a_share_ends_at_one() -> None:
    rows = [level("T1", date(2024, 9, 30), 0.9), level("T2", date(2024, 9, 30), 1.0)]
    share = dataclasses.replace(rows[0], unit="share", high=1.0)
    one = ensemble(ORIGIN, {"T1": [0.95, 0.99], "T2": [float("nan")] * 2}, tau=0.5)
    cells = all_cells([one], [share, rows[1]])
    assert set(cells["id"]) == {"T1"}
    table = fit_table(one, [share, rows[1]], processes_at([one], ORIGIN, rows)).set_index("id")
    assert table.loc["T1", "q95"] == pytest.approx(1.0)
    assert np.isnan(table["median"]["T2"])
    assert not table.loc["T2", "inside"]
    assert not table.loc["T2", "in90"]


def test_the_table_of_the_latest_origin_anchors_what_it_did_not_see_and_names_what_the_prior_does_not_reach() -> None:
    seen, later = level("T1", date(2024, 3, 31), 10.0, band=1.001), level("T2", date(2024, 4, 1), 10.0, band=1.001)
    later = dataclasses.replace(later, published=date(2024, 9, 1))
    one = ensemble(ORIGIN, {"T1": [5.0] * 4, "T2": [5.0] * 4}, tau=0.5, fitted=("T1",))
    prior = ensemble(ORIGIN, {"T1": [1.0, 20.0, 30.0, 90.0], "T2": [20.0, 21.0, 22.0, 23.0]})
    table = fit_table(one, [seen, later], processes_at([one], ORIGIN, [seen, later]), prior).set_index("id")
    assert table.loc["T1", "median"] == pytest.approx(5.0, rel=0.01), "what was fitted is shown as the fit has it"
    assert table.loc["T2", "median"] == pytest.approx(10.0, rel=0.02), "a day after a figure of 10"
    assert table["reached"].tolist() == [True, False]
    assert table["fitted"].tolist() == [True, False]
