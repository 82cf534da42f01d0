"""What is taken away is what is on screen: both paths, the branch, the levers, the page's names and numbers."""

import io
import re
import threading
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model import InferenceMarket, JevonsError, Scenario
from runs.charts.palette import HEX
from runs.view.address import Lever, Setup
from runs.view.answer import answer, answer_beside
from runs.view.dates import day_words
from runs.view.download import Change, Snapshot, differences, long_parquet, scenario_toml, snapshot, stem, wide_csv
from runs.view.download_charts import ALL_CHARTS, charts, chosen_charts
from runs.view.download_figure import CREDIT, figure
from runs.view.headline import headline
from runs.view.make_baseline import record
from runs.view.measures import SERVED, UNSERVED, measures
from runs.view.number_words import figure_words
from runs.view.panels import curves, pack, panels
from runs.view.recording import Recording
from runs.view.story import packed

BRANCH = date(2024, 1, 1)
LEVERS = (Lever("mechanisms.agents", False, BRANCH), Lever("power_supplier.turbines.output_factor", 0.3, BRANCH))
SETUP = Setup(scale="small", levers=LEVERS)
Both = tuple[Recording, Recording]


def session(whole: Recording | None, baseline: Recording | None = None, setup: Setup = SETUP, week: int = 999) -> Any:
    weeks = 0 if whole is None else min(week, whole.clock.week)
    return SimpleNamespace(lock=threading.RLock(), whole=whole, baseline=baseline, setup=setup, week=weeks)


@pytest.fixture(scope="module")
def both() -> Both:
    baseline = InferenceMarket(Scenario.load("baseline", scale="small"), rng=7).run(until="2023-12-31")
    branch = baseline.branch(changes={lever.path: lever.value for lever in LEVERS})
    return Recording.of(branch.run(until="2024-12-30")), Recording.of(baseline.run(until="2024-12-30"))


@pytest.fixture(scope="module")
def view(both: Both) -> Snapshot:
    return snapshot(session(*both))


def test_a_view_says_its_run_its_branch_and_its_levers_in_words(view: Snapshot) -> None:
    assert view.branch == BRANCH
    assert view.words == [
        "Your levers, seed 7, to 30 December 2024",
        "From 1 January 2024: Agents on → off; Deliveries of turbines 1 → 0.3",
    ]


def test_only_the_weeks_shown_are_taken_away(both: Both) -> None:
    shown = snapshot(session(*both, week=60))
    assert len(pd.read_csv(io.BytesIO(wide_csv(shown)))) == len(shown.dates) == 60
    assert shown.words[0].endswith(day_words(shown.dates[-1].date()))


def test_levers_from_the_start_are_told_and_a_value_that_comes_back_is_too() -> None:
    base = Scenario.load("baseline", scale="small")
    path = "demand.thinking_ceiling"
    usual = base.parameters.get(path)
    moved = base.replace({path: 2.0 * usual}, changes=((date(2024, 1, 1), {path: 3.0 * usual}),))
    told = [(one.day, one.after) for one in differences(moved, base)]
    assert told == [(base.start, 2.0 * usual), (date(2024, 1, 1), 3.0 * usual)]
    assert differences(base, base) == ()
    assert Change(base.start, "mechanisms.cascades", True, False).words.endswith("on → off")


def test_the_wide_table_has_the_pages_numbers_on_both_paths_and_their_difference(view: Snapshot, both: Both) -> None:
    table = pd.read_csv(io.BytesIO(wide_csv(view)))
    assert table["date"].tolist()[:2] == ["2023-01-02", "2023-01-09"]
    assert len(table) == both[0].clock.week
    names = [name for name in table.columns if name.endswith(", scenario")]
    assert len(names) == len(curves())  # every curve of the page, under a name of its own
    blocks = [np.frombuffer(pack(of), dtype=np.float32).reshape(len(curves()), -1) for of in both]
    for place, name in enumerate(names):
        stem_of = name.removesuffix(", scenario")
        scenario, baseline = (table[f"{stem_of}, {path}"].to_numpy() for path in ("scenario", "baseline"))
        np.testing.assert_allclose(scenario, blocks[0][place], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(baseline, blocks[1][place], rtol=1e-6, atol=1e-9)
        difference = table[f"{stem_of}, difference"].to_numpy()
        scale = np.abs(baseline).max() + 1e-9
        np.testing.assert_allclose(difference / scale, (scenario - baseline) / scale, atol=1e-6)
        per_cent = table[f"{stem_of}, change_percent"].to_numpy()
        some = baseline != 0.0
        np.testing.assert_allclose(per_cent[some], 100.0 * difference[some] / baseline[some], rtol=1e-4, atol=1e-4)
        assert np.isnan(per_cent[~some]).all()
    assert any("turned away, mean of 13 weeks (share)" in name for name in names)


@pytest.mark.parametrize("key", list(measures()))
def test_the_large_chart_is_taken_away_as_it_is_drawn(view: Snapshot, both: Both, key: str) -> None:
    measure = measures()[key]
    table = pd.read_csv(io.BytesIO(wide_csv(view, f"measure-{key}")))
    drawn = np.frombuffer(packed(measure, both[0]), dtype=np.float32).reshape(len(measure.lines), -1)
    columns = [name for name in table.columns if name.endswith(", scenario")]
    np.testing.assert_allclose(table[columns].to_numpy().T, drawn, rtol=1e-6)
    assert [line.label for line in measure.lines] == [trace.label for trace in charts()[f"measure-{key}"].traces]


def test_a_tile_and_the_table_say_the_same(view: Snapshot, both: Both) -> None:
    tiles = {tile["label"]: tile for tile in headline(*both, both[0].clock.week, BRANCH)["tiles"]}
    last = pd.read_csv(io.BytesIO(wide_csv(view, "scarcity"))).iloc[-1]
    for path, said in (("scenario", "value"), ("baseline", "baseline")):
        unserved = last[f"turned away, mean of 13 weeks (share), {path}"]
        assert figure_words(unserved, "share") == tiles["Turned away"][said]


def test_the_baseline_itself_is_one_path(both: Both) -> None:
    alone = snapshot(session(both[1], setup=Setup(scale="small")))
    names = list(pd.read_csv(io.BytesIO(wide_csv(alone, "capacity"))).columns)
    assert names[0] == "date"
    assert all(name.endswith(", scenario") for name in names[1:])
    assert alone.branch is None
    assert alone.changes == ()
    assert alone.words == ["Baseline, seed 7, to 30 December 2024"]


def test_everything_recorded_has_both_paths(view: Snapshot, both: Both) -> None:
    table = pd.read_parquet(io.BytesIO(long_parquet(view)))
    for name, run in zip(("scenario", "baseline"), both, strict=True):
        rows = table[table["path"] == name]
        expected = run.observables.frame()
        assert len(rows) == len(expected)
        np.testing.assert_array_equal(rows["value"], expected["value"])


def test_the_scenario_file_has_the_levers_and_says_so(view: Snapshot, both: Both) -> None:
    read = Scenario.parse(scenario_toml(view).decode())
    assert read.changes == SETUP.build().changes
    assert read.parameters_at(BRANCH).mechanisms.agents is False
    assert read.title == "Baseline, levers moved"
    assert "Agents on → off" in read.description
    squeeze = Setup("power-squeeze", scale="small")
    untouched = snapshot(session(*both, setup=squeeze))
    assert Scenario.parse(scenario_toml(untouched).decode()) == squeeze.build()


def test_every_chart_has_a_title_of_its_own() -> None:
    titles = [chart.title for chart in charts().values()]
    assert len(set(titles)) == len(titles) == len(measures()) + len(panels())
    assert [chart.title for chart in chosen_charts(ALL_CHARTS)] == [panel.title for panel in panels()]


@pytest.mark.parametrize("chart", ["tokens", "measure-tokens", ALL_CHARTS])
def test_a_figure_prints_both_paths_the_branch_and_the_levers(view: Snapshot, chart: str) -> None:
    assert figure(view, chart, "png").startswith(b"\x89PNG")
    drawing = figure(view, chart, "svg").decode()
    words = re.findall(r">([^<>]+)</text>", drawing)
    labels = ("served", "asked for") if chart == "measure-tokens" else ("consumers", "embedded")
    for wanted in ("scenario", "baseline", *view.words, CREDIT):
        assert wanted in words, wanted
    named = {word.partition(":")[0] for word in words}
    assert set(labels) <= named
    if chart == "measure-tokens":
        assert "Google, all products" in words  # whose the disclosed figures are
    if chart != ALL_CHARTS:
        assert "Your levers from 1 January 2024" in words
    else:
        assert {panel.title for panel in panels()} <= {word.partition(",")[0] for word in words}


def test_a_figure_of_the_first_screen_says_what_it_shows_with_the_last_values_and_the_band(
    view: Snapshot, both: Both
) -> None:
    week = both[0].clock.week
    drawing = figure(view, "measure-tokens", "svg").decode().replace("\u00a0", " ")
    words = re.findall(r">([^<>]+)</text>", drawing)
    state = headline(*both, week, BRANCH)
    told = " ".join(words)
    assert answer_beside(measures()["tokens"], *both, week, "Your levers") in told
    above = told[: told.index("When AI gets cheaper, who runs out of compute?")].strip()  # the question comes below
    finding = above.partition("Your levers, by December 2024: ")[2]
    assert finding
    assert state["sentence"].startswith(f"By December 2024: {finding}")
    rest = state["sentence"].removeprefix(f"By December 2024: {finding}")
    assert rest[0] in ";."
    assert rest[1:].strip()[1:] in told  # what the title does not say is said below, and nothing twice
    assert told.count(finding) == 1
    assert {"scenario", "baseline", "band"} <= set(words)
    assert f"stroke: {HEX['blue'].lower()}" in drawing[drawing.index('id="legend_1"') :]  # as the curve served
    assert "T = 10^12 (trillion)" in told
    assert "<dc:date>" not in drawing
    tile = state["tiles"][1]
    assert f"served: {tile['value']}" in words
    assert f"baseline: {tile['baseline']}" in words
    assert "Band: nine in ten of 128 fitted runs, with model error" in told
    alone = snapshot(session(both[1], setup=Setup(scale="small")))
    drawing = figure(alone, "measure-tokens", "svg").decode().replace("\u00a0", " ")
    assert answer(measures()["tokens"], both[1], week) in " ".join(re.findall(r">([^<>]+)</text>", drawing))


def test_a_figure_of_the_first_screen_begins_a_year_before_the_paths_part(both: Both) -> None:
    late = Setup(scale="small", levers=(Lever("mechanisms.agents", False, date(2024, 7, 1)),))
    for setup, begins in ((late, False), (SETUP, True)):
        drawing = figure(snapshot(session(*both, setup=setup)), "measure-rent", "svg").decode()
        assert ("2023" in re.findall(r">([^<>]+)</text>", drawing)) == begins


def test_before_the_branch_a_baseline_as_it_is_shipped_differs_in_nothing() -> None:
    """It holds seven digits: what is below them is no difference."""
    run = InferenceMarket(Scenario.load("baseline", scale="small"), rng=7).run(until="2023-03-31")
    kept = record(run)
    assert (kept.observables.series("tokens_served") != run.observables.series("tokens_served")).any()
    shown = snapshot(session(Recording.of(run), kept, Setup("power-squeeze", scale="small")))
    table = pd.read_csv(io.BytesIO(wide_csv(shown)))
    differences_of = table[[name for name in table.columns if name.endswith(", difference")]].to_numpy()
    assert len(differences_of) == run.clock.week
    assert not differences_of.any()


def test_a_figure_of_nothing_but_zeros_is_drawn_and_explains_no_units() -> None:
    names: list[Any] = [(*SERVED, "token/month"), (*UNSERVED, "share")]
    run = Recording.made(date(2023, 1, 2), date(2023, 12, 31), names, np.tile([2e12, 0.0], (30, 1)))
    view = Snapshot(Setup(scale="small"), run, None)
    drawing = figure(view, "measure-unserved", "svg").decode()
    assert "nothing to show in this run" in drawing
    assert "10^" not in drawing
    assert "T = 10^12" in figure(view, "measure-tokens", "svg").decode()


def test_an_unknown_chart_or_format_is_refused_with_the_names_there_are(view: Snapshot) -> None:
    with pytest.raises(JevonsError, match="charts are all, measure-tokens"):
        figure(view, "nothing", "png")
    with pytest.raises(JevonsError, match="formats are png and svg"):
        figure(view, "tokens", "gif")
    with pytest.raises(JevonsError, match="charts are"):
        wide_csv(view, "nothing")


def test_nothing_can_be_taken_away_before_there_is_a_run(both: Both) -> None:
    for whole in (None, Recording.of(both[0], 0)):
        with pytest.raises(JevonsError, match="nothing of this run has been simulated"):
            snapshot(session(whole, both[1]))


def test_files_are_named_after_the_view() -> None:
    assert stem(SETUP) == "jevons-baseline-small-seed7-levers"
    assert stem(Setup("price-war")) == "jevons-price-war-default-seed7"
