import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from calibration.targets import load_targets
from model import InferenceMarket, Scenario
from model.scenario_file import FOLDER
from runs.charts.palette import PAYERS, hyperscalers, labs
from runs.charts.readings import series_name, smoothed, window
from runs.terminal.short_numbers import short
from runs.view.adoption_network import AdoptionNetwork
from runs.view.headline import clock_state, headline, sentence
from runs.view.measures import measures
from runs.view.moment import Moment
from runs.view.number_words import difference, year_change
from runs.view.panels import curves, pack, panels, shown_values, specification
from runs.view.recording import Recording
from tests.conftest import SmallMarket
from tests.model.test_new_rows import FILE


@pytest.fixture(scope="module")
def market(small_market: SmallMarket) -> InferenceMarket:
    return small_market("2025-06-30")


def test_the_block_holds_every_curve_as_recorded(market: InferenceMarket) -> None:
    block = np.frombuffer(pack(market), dtype=np.float32).reshape(len(curves()), market.clock.week)
    for curve, row in zip(curves(), block, strict=True):
        values = smoothed(market.observables.series(*curve.series), curve.mean_weeks)
        size = 1000.0 if curve.unit == "MW" else 1.0  # shown in GW
        np.testing.assert_array_equal(row, (values / size).astype(np.float32))
    assert np.isfinite(block).all()


def test_the_curves_of_a_panel_share_one_unit_and_those_of_shares_a_scale_of_shares() -> None:
    for panel in panels():
        assert len({curve.unit for curve in panel.curves}) == 1, panel.key
        assert (panel.curves[0].unit == "share") == (panel.scale == "share"), panel.key


def test_power_is_in_gigawatts_in_the_small_charts_as_in_the_large_one(market: InferenceMarket) -> None:
    told = {panel["key"]: panel for panel in specification([], market.clock.start, market.clock.weeks_total)["panels"]}
    assert told["power"]["unit"] == measures()["power"].unit == "GW"
    power = next(curve for curve in curves() if curve.series == ("power", "market", "all"))
    (line,) = measures()["power"].lines
    np.testing.assert_array_equal(shown_values(power, market), line.values(market))
    assert line.label == power.label


def test_a_series_has_one_name_and_one_window_on_the_page_and_in_figures() -> None:
    for curve in curves():
        assert curve.label == series_name(*curve.series)
        assert curve.mean_weeks == window(curve.observable)


def test_the_parts_of_who_pays_add_up_to_all_revenue(market: InferenceMarket) -> None:
    parts = [market.observables.series("revenue_run_rate", "market", payer) for payer in PAYERS]
    whole = market.observables.series("revenue_run_rate")
    np.testing.assert_allclose(np.sum(parts, axis=0), whole, rtol=1e-9)
    assert all(part[-1] > 0.0 for part in parts)


def test_the_page_shows_a_lab_that_a_scenario_in_its_folder_adds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in FOLDER.glob("*.toml"):
        shutil.copy(file, tmp_path)
    (tmp_path / "newcomer.toml").write_text(FILE)
    for module in ("model.scenario", "model.scenario_file"):
        monkeypatch.setattr(f"{module}.FOLDER", tmp_path)
    kept = (labs, hyperscalers, panels, curves)
    for one in kept:
        one.cache_clear()
    try:
        assert labs()["deepseek"] == ("DeepSeek", "orange")
        assert hyperscalers()["high-flyer"][0] == "High-Flyer"
        with_it, without = (
            InferenceMarket(Scenario.load(name, scale="small"), rng=7).run("2023-10-15")
            for name in ("newcomer", "baseline")
        )
        row = next(i for i, curve in enumerate(curves()) if curve.series == ("weekly_users", "deepseek", "consumer"))
        first, second = (
            np.frombuffer(pack(one), dtype=np.float32).reshape(len(curves()), -1) for one in (with_it, without)
        )
        assert first[row, -1] > 0.0
        assert not second[row].any()
        for one in (with_it, without):
            network = AdoptionNetwork(one, 300)
            assert network.legend[-1]["label"] == "DeepSeek"
            assert network.looks.max() < len(network.legend)
            assert sentence(Moment(one, one.clock.week))
    finally:
        monkeypatch.undo()
        for one in kept:
            one.cache_clear()


def test_nothing_is_packed_before_the_first_week() -> None:
    assert pack(None) == b""
    assert pack(InferenceMarket(Scenario.load("baseline", scale="small"), rng=7)) == b""


def test_a_mean_takes_the_weeks_before_and_fewer_at_the_start() -> None:
    np.testing.assert_allclose(smoothed(np.array([3.0, 5.0, 10.0, 0.0]), 2), [3.0, 4.0, 7.5, 5.0])


def test_panels_number_their_curves_in_order_and_hold_the_disclosed_points(market: InferenceMarket) -> None:
    spec = specification(load_targets(), market.clock.start, market.clock.weeks_total)
    first = 0
    for panel, told in zip(panels(), spec["panels"], strict=True):
        assert told["first"] == first
        first += len(panel.curves)
    points = {p["id"]: p for panel in spec["panels"] for curve in panel["curves"] for p in curve["points"]}
    by_id = {target.id: target for target in load_targets()}
    assert len(points) >= 20
    for key, point in points.items():
        target = by_id[key]
        times = 4 if target.statistic == "quarter_total" else 1  # at a year's rate
        found = [point[name] / times for name in ("value", "low", "high")]
        assert found == [target.value, target.low, target.high]
        assert (
            (target.start - date(2023, 1, 2)).days / 7 - 0.2 <= point["x"] <= (target.end - date(2023, 1, 2)).days / 7
        )


def test_tiles_say_run_baseline_and_difference(market: InferenceMarket) -> None:
    other = InferenceMarket(Scenario.load("no-thinking", scale="small"), rng=7).run(until="2025-06-30")
    state = headline(market, other, market.clock.week)
    tokens = state["tiles"][1]
    assert tokens["label"] == "Tokens served"
    one, two = (run.observables.latest("tokens_served") for run in (market, other))
    assert tokens["difference"] == difference(one, two, "token/month") != "same"
    assert tokens["value"] != tokens["baseline"] != ""
    assert state["sentence"].startswith("By June 2025: ")
    unserved = state["tiles"][2]
    assert f"{unserved['value']} of demand is turned away instead of {unserved['baseline']}" in state["sentence"]
    paid = [short(run.observables.latest("price_paid", "market", "api")) for run in (market, other)]
    assert f"a million tokens cost {paid[0]} USD instead of {paid[1]}" in state["sentence"]
    alone = headline(market, None, market.clock.week)
    assert alone["tiles"][1]["baseline"] == ""
    assert headline(None, None, 0)["tiles"] == []


def test_tiles_and_date_are_those_of_the_week_shown(market: InferenceMarket) -> None:
    week = market.clock.week
    earlier = headline(market, None, week - 60)["tiles"]
    assert earlier != headline(market, None, week)["tiles"]
    assert clock_state(market, week)["date"] == "30 June 2025"
    assert clock_state(market, week - 26)["date"] == "30 December 2024"


def test_before_the_date_of_the_change_the_sentence_says_so(market: InferenceMarket) -> None:
    said = headline(market, market, market.clock.week, date(2026, 1, 5))["sentence"]
    assert said == "Until 5 January 2026 both paths are the same: what changes holds from then on."
    assert "hardly anything differs" in headline(market, market, market.clock.week, date(2025, 1, 6))["sentence"]


def test_shells_that_wait_for_power_are_told_in_gigawatts() -> None:
    name = ("shells_without_power", "market", "all")
    run = Recording.made(date(2024, 1, 1), date(2024, 12, 31), [(*name, "MW")], np.array([[1200.0], [2500.0]]))
    assert sentence(Moment(run, 2)) == "2.5 GW of finished shells wait for power."


def test_the_sentence_names_scarcity_as_measured(market: InferenceMarket) -> None:
    unserved = market.observables.series("demand_unserved_share")[-13:].mean()
    assert f"{unserved:.0%} of what was asked for in 13 weeks" in sentence(Moment(market, market.clock.week))
    assert headline(market, None, market.clock.week)["tiles"][2]["value"] == f"{100 * unserved:.2g}%"


@pytest.mark.parametrize(
    ("value", "before", "unit", "said"),
    [
        (1.004, 1.0, "USD", "unchanged in a year"),
        (0.8, 1.0, "USD", "-20% in a year"),
        (30.0, 1.0, "USD", "×30 in a year"),
        (1.0, 3.0, "USD", "÷3 in a year"),
        (0.31, 0.3, "share", "+1 point in a year"),
        (0.3, 0.3, "share", "unchanged in a year"),
    ],
)
def test_a_change_in_a_year_is_said_in_words(value: float, before: float, unit: str, said: str) -> None:
    assert year_change(value, before, unit) == said


@pytest.mark.parametrize(
    ("value", "baseline", "unit", "said"),
    [(41.0, 110.0, "H100e", "÷2.7"), (99.9, 100.0, "H100e", "same"), (120.0, 100.0, "H100e", "+20%"),
     (0.45, 0.49, "share", "-4 points"), (0.0073, 0.0096, "share", "-0.2 points"), (0.0, 0.0, "USD", "same")],
)  # fmt: skip
def test_a_difference_is_said_as_points_per_cent_or_a_factor(
    value: float, baseline: float, unit: str, said: str
) -> None:
    assert difference(value, baseline, unit) == said
