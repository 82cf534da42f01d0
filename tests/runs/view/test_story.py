"""The first screen without a browser: measures, cards, and the shipped baseline."""

import dataclasses
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from calibration.store.code_fingerprint import fingerprint
from calibration.targets import load_targets
from model import InferenceMarket, JevonsError, Scenario, declared_series
from runs.charts.curves import END_OF_DATA
from runs.terminal.short_numbers import short
from runs.view.address import Setup
from runs.view.answer import answer
from runs.view.baseline_file import SCALE, SEED, Band, Shipped, read_baseline, shipped_baseline, write_baseline
from runs.view.cards import card_words, title_of
from runs.view.controls import running_words
from runs.view.dates import day_words
from runs.view.make_baseline import record, shown_series
from runs.view.measures import measures, point_words, points_of
from runs.view.page_session import Session, Status
from runs.view.panels import curves, pack
from runs.view.story import band_of, band_words, packed, story_spec
from tests.conftest import SmallMarket

START = date(2023, 1, 2)


@pytest.fixture(scope="module")
def market(small_market: SmallMarket) -> InferenceMarket:
    return small_market("2025-06-30")


def shipped() -> Shipped:
    found = shipped_baseline()
    assert found is not None
    return found


def test_the_lines_of_a_measure_share_its_unit_and_are_recorded(market: InferenceMarket) -> None:
    for measure in measures().values():
        declared = {declared_series()[one].unit for line in measure.lines for one in line.series}
        assert declared == {"MW" if measure.unit == "GW" else measure.unit}
        assert (measure.scale == "share") == (measure.unit == "share")
        block = np.frombuffer(packed(measure, market), dtype=np.float32).reshape(len(measure.lines), -1)
        assert block.shape[1] == market.clock.week
        assert np.isfinite(block).all()
        assert measure.question.endswith("?")


def test_tokens_asked_for_are_those_served_and_those_turned_away_as_the_small_chart_has_them(
    market: InferenceMarket,
) -> None:
    served, asked = np.frombuffer(packed(measures()["tokens"], market), dtype=np.float32).reshape(2, -1)
    np.testing.assert_allclose(served, market.observables.series("tokens_served"), rtol=1e-6)
    small = np.frombuffer(pack(market), dtype=np.float32).reshape(len(curves()), -1)
    wanted = [curve.observable == "tokens_unserved" for curve in curves()]
    turned_away = small[wanted].sum(axis=0)  # by who asks; each a mean of 13 weeks
    np.testing.assert_allclose(asked - served, turned_away, rtol=1e-4, atol=float(asked.max()) * 1e-6)
    assert turned_away.max() > 0.0
    served_line, asked_line = measures()["tokens"].lines
    assert (served_line.averaged, asked_line.averaged) == ("", "turned away as mean of 13 weeks")
    assert measures()["unserved"].lines[0].averaged == "mean of 13 weeks"
    assert served_line.explained == ""
    assert asked_line.explained == "Asked for: served plus turned away (mean of 13 weeks)."


def test_power_is_shown_in_gigawatts_with_its_band() -> None:
    measure, found = measures()["power"], shipped()
    recorded = found.recording.observables.series("power")
    np.testing.assert_allclose(measure.lines[0].values(found.recording), recorded / 1000.0)
    told = answer(measure, found.recording, found.recording.clock.week)
    assert f"power {short(recorded[-1] / 1000.0)} GW (" in told
    banded = dataclasses.replace(found, bands={("power", "market", "all"): Band((0,), (2000.0,), (3000.0,))})
    assert band_of(measure, banded) == Band((0,), (2.0,), (3.0,))


def test_points_of_single_companies_are_said_to_be_that() -> None:
    assert "not the market" in point_words(measures()["tokens"])
    assert point_words(measures()["rent"]) == ""


def test_points_are_the_disclosed_figures_of_what_a_line_names() -> None:
    targets = load_targets()
    told = {target.id for line in measures()["tokens"].lines for target, _ in points_of(line, targets)}
    assert {target.series[1] for target in targets if target.id in told} == {"google", "openai"}
    spec = story_spec(measures()["tokens"], START, 313, shipped_baseline())
    drawn = [point for line in spec["lines"] for point in line["points"]]
    assert {point["id"] for point in drawn} == told
    assert spec["end_of_data"] == pytest.approx((END_OF_DATA - START).days / 7)
    assert story_spec(measures()["tokens"], START, 313, None)["band"] is None


def test_a_baseline_that_ends_outside_its_band_is_said_to_be_no_forecast() -> None:
    found, measure = shipped(), measures()["tokens"]
    last, band = float(measure.lines[0].values(found.recording)[-1]), band_of(measure, found)
    assert band is not None
    outside = "model error; the baseline, one run, ends above it."
    for high, words in ((2.0 * last, "model error."), (0.9 * last, outside)):
        edges = dataclasses.replace(band, low=(0.5 * last,), high=(high,), days=(0,))
        moved = dataclasses.replace(found, bands={measure.lines[0].series[0]: edges})
        assert band_words(measure, moved).endswith(words)


def test_every_scenario_but_the_baseline_has_a_card_with_words_of_its_own() -> None:
    words = card_words()
    assert set(words) == set(Scenario.names()) - {"baseline"}
    assert all(question.endswith("?") and line for _, question, line in words.values())
    assert title_of(Setup("power-squeeze")) == "Power squeeze"


def test_a_run_that_cannot_be_played_yet_says_why() -> None:
    squeeze = Setup("power-squeeze")
    told = {activity: running_words(Status(activity), squeeze) for activity in ("building", "hurrying", "finished")}
    assert told == {
        "building": "Power squeeze, compared with the baseline: building the market …",
        "hurrying": "Power squeeze, compared with the baseline: running to the end; then it can be played …",
        "finished": "Power squeeze, compared with the baseline: one run each, with the same seed",
    }
    assert "building the live market; then it can be played" in running_words(Status("hurrying"), Setup())


def test_the_shipped_baseline_is_that_of_the_present_code_or_says_that_it_is_old() -> None:
    """First weeks alone: the whole run takes too long here. An old file must name another code."""
    found = shipped()
    assert found.current == (found.code == fingerprint())
    weeks = 30
    day = found.recording.clock.date_of(weeks - 1)
    own = record(InferenceMarket(Scenario.load("baseline", scale=SCALE), rng=SEED).run(until=day))
    same_names = {name[:3] for name in own.observables.names} == {
        name[:3] for name in found.recording.observables.names
    }
    same = same_names and all(
        np.allclose(own.observables.series(*one), found.recording.observables.series(*one)[:weeks], rtol=1e-5)
        for one in shown_series()
    )
    assert same or not found.current


def test_an_old_baseline_is_replaced_by_the_live_one_and_said_to_be_old(monkeypatch: pytest.MonkeyPatch) -> None:
    old = replace(shipped(), code="of another model")
    assert not old.current
    monkeypatch.setattr("runs.view.page_session.shipped_baseline", lambda: old)
    monkeypatch.setattr("runs.view.page_session.SCALE", "small")
    seen: list[bool] = []
    session = Session(Setup(scale="small"), lambda: seen.append(session.status.stale))
    assert session.whole is old.recording
    session.open()
    while session.status.busy:
        session._worker.join(0.01)
    assert True in seen
    assert not session.status.stale
    assert session.whole is not old.recording
    session.close()


def test_the_shipped_baseline_reaches_the_end_and_has_an_interval_around_it() -> None:
    found = shipped()
    assert found.recording.clock.finished
    assert found.members > 50
    assert set(shown_series()) == {name[:3] for name in found.recording.observables.names}
    band = found.bands["live_compute", "market", "all"]
    assert all(low <= high for low, high in zip(band.low, band.high, strict=True))
    assert sorted(band.days) == list(band.days)


def test_a_baseline_is_read_as_it_was_written_and_damage_is_one_line(tmp_path: Path) -> None:
    found = shipped()
    again = read_baseline(write_baseline(found, tmp_path / "baseline.parquet"))
    assert again.recording.observables.frame().equals(found.recording.observables.frame())
    assert (again.bands, again.ranges, again.members, again.origin, again.code) == (
        found.bands, found.ranges, found.members, found.origin, found.code,
    )  # fmt: skip
    (tmp_path / "other.parquet").write_bytes(b"no table")
    with pytest.raises(JevonsError, match="make_baseline") as told:
        read_baseline(tmp_path / "other.parquet")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [None, b"no table"])
def test_without_a_shipped_baseline_the_page_waits_for_the_live_market(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    file = tmp_path / "baseline.parquet"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr("runs.view.baseline_file.FILE", file)
    shipped_baseline.cache_clear()
    try:
        assert shipped_baseline() is None
        assert Session(Setup(), lambda: None).shown is None
    finally:
        shipped_baseline.cache_clear()


def test_dates_are_in_words() -> None:
    assert day_words(date(2026, 1, 5)) == "5 January 2026"
