"""The figures draw what a run recorded, skip what it did not, and put the actuals where they belong."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.image import imread

from calibration.shipped import ORIGIN
from calibration.targets import load_targets
from model import Parameters, declared_series
from runs.charts import palette
from runs.charts.curves import END_OF_DATA, Curve
from runs.charts.figure_style import END_GID, Board, _spread, day_number, middle_day, save_png, shared_style
from runs.charts.run_figures import FIGURES, write_figures
from runs.terminal.short_numbers import short

LABS = ("openai", "anthropic", "google", "meta", "open")
HYPERSCALERS = ("azure", "aws", "google-cloud", "meta-dc", "neocloud")
PNG = b"\x89PNG\r\n\x1a\n"


def synthetic_frame(weeks: int = 313, seed: int = 7) -> pd.DataFrame:
    """A long table with smooth made-up series of every observable that the figures know."""
    rng = np.random.default_rng(seed)
    t = np.arange(weeks) / 52.0
    dates = pd.date_range("2023-01-02", periods=weeks, freq="7D")
    parts: list[pd.DataFrame] = []

    def add(observable: str, entity: str, segment: str, values: np.ndarray, unit: str) -> None:
        noisy = values * np.exp(rng.normal(0.0, 0.02, weeks))
        parts.append(
            pd.DataFrame(
                {
                    "date": dates,
                    "observable": observable,
                    "entity": entity,
                    "segment": segment,
                    "value": noisy,
                    "unit": unit,
                }
            )
        )

    def rise(start: float, end: float, middle: float = 2.2, steep: float = 1.8) -> np.ndarray:
        share = 1.0 / (1.0 + np.exp(-steep * (t - middle)))
        return np.asarray(start * (end / start) ** share)

    for i, segment in enumerate(("consumer", "developer", "enterprise", "embedded")):
        served = rise(3e11 / (i + 1), 6e15 / (1.0 + 0.6 * i), 2.3 + 0.1 * i)
        add("tokens_served", "market", segment, served, "token/month")
        add("tokens_unserved", "market", segment, served * rise(0.01, 0.3), "token/month")
    add("tokens_served", "market", "all", rise(8e11, 1.5e16), "token/month")
    add("demand_unserved_share", "market", "all", rise(0.01, 0.2), "share")
    add("price_constant_quality", "market", "gpt-4-class", 60.0 * np.exp(-1.9 * t), "USD/Mtok")
    add("price_paid", "market", "api", 12.0 * np.exp(-0.9 * t), "USD/Mtok")
    for i, lab in enumerate(LABS):
        add("tokens_served", lab, "all", rise(4e11 / (i + 1), 2e15 * (1 + (lab == "google"))), "token/month")
        add("tokens_served", lab, "api", rise(1e11 / (i + 1), 7e14), "token/month")
        for tier, price in (("flagship", 60.0), ("standard", 15.0), ("light", 3.0)):
            add("price_list", lab, tier, (price / (1 + i)) * np.exp(-0.5 * np.floor(t * 1.5)), "USD/Mtok")
        add("utilisation", lab, "serving", np.clip(rise(0.3 + 0.05 * i, 0.9), 0.0, 1.0), "share")
        add("revenue_run_rate", lab, "all", rise(3e8 / (i + 1), 8e10 / (i + 1), 2.8), "USD/year")
        add("weekly_users", lab, "consumer", rise(2e7, 1.6e9 / (i + 1)), "user")
    add("utilisation", "market", "serving", np.clip(rise(0.35, 0.88), 0.0, 1.0), "share")
    for i, name in enumerate(("market", *HYPERSCALERS)):
        installed = rise(9e5 / (i + 1), 9e7 / (i + 1), 2.8, 1.2)
        add("installed_compute", name, "all", installed, "H100e")
        add("live_compute", name, "all", installed * rise(0.97, 0.8), "H100e")
        add("ordered_compute", name, "all", installed * 0.6, "H100e")
    for i, segment in enumerate(("all", *palette.PAYERS, "business-api", "subscription", "seat")):
        add("revenue_run_rate", "market", segment, rise(6e8 / (i + 1), 2e11 / (i + 1), 2.8), "USD/year")
    for segment, top in (("any", 0.9), ("daily", 0.62), ("agent", 0.4)):
        add("developer_tool_use", "market", segment, np.minimum(rise(0.08, top), 0.99), "share")
    for segment, top in (("any-use", 0.88), ("production", 0.6), ("three-functions", 0.55)):
        add("enterprise_adoption", "market", segment, np.minimum(rise(0.04, top), 0.99), "share")
    kinds = dict.fromkeys(("observable", "entity", "segment", "unit"), "category")
    return pd.concat(parts, ignore_index=True).astype(kinds)


def first(values: Any) -> float:
    """The first number of a line's data."""
    return float(np.asarray(values, dtype=float)[0])


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return synthetic_frame()


def test_every_figure_is_a_whole_png_and_global_settings_stay(frame: pd.DataFrame, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    files = write_figures(frame, load_targets(), tmp_path)
    assert [file.name for file in files] == [f"{name}.png" for name in FIGURES]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    for file in files:
        assert file.read_bytes().startswith(PNG)
        assert file.stat().st_size > 20_000
    assert dict(matplotlib.rcParams) == before


class Asked(Board):
    """A board that remembers which series a figure reads."""

    def series(self, observable: str, entity: str, segment: str) -> "pd.Series[float] | None":
        self.asked = getattr(self, "asked", set()) | {(observable, entity, segment)}
        return super().series(observable, entity, segment)


@pytest.mark.parametrize("name", list(FIGURES))
def test_a_figure_reads_declared_series_and_survives_the_loss_of_any_observable(name: str, frame: pd.DataFrame) -> None:
    board = Asked(frame, load_targets())
    assert FIGURES[name](board).axes
    assert board.asked <= declared_series().keys()
    for lost in {series[0] for series in board.asked}:
        figure = FIGURES[name](Board(frame[frame["observable"] != lost], load_targets()))
        assert figure.axes


@pytest.mark.parametrize("name", list(FIGURES))
def test_a_figure_of_a_run_without_series_says_so(name: str, frame: pd.DataFrame) -> None:
    figure = FIGURES[name](Board(frame.iloc[:0], load_targets()))
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts == ["nothing to show in this run"] * len(figure.axes)


@pytest.mark.parametrize("name", list(FIGURES))
@pytest.mark.parametrize("weeks", [1, 2, 60])
def test_a_figure_of_a_short_run_is_drawn(name: str, weeks: int, tmp_path: Path) -> None:
    figure = FIGURES[name](Board(synthetic_frame(weeks), load_targets()))
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(PNG)


def test_zeros_and_missing_values_do_not_spoil_a_log_axis(frame: pd.DataFrame) -> None:
    spoilt = frame.copy()
    spoilt.loc[spoilt["date"] < "2023-06-01", "value"] = 0.0
    spoilt.loc[spoilt["date"] == "2024-01-01", "value"] = np.nan
    axes = FIGURES["tokens"](Board(spoilt, load_targets())).axes[0]
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert 0.0 < low < high < 1e18


def test_actuals_lie_at_their_dates_and_values_over_the_line_of_their_series(frame: pd.DataFrame) -> None:
    late = [replace(t, published=date(2030, 1, 1)) if t.id == "T04" else t for t in load_targets()]
    right = FIGURES["tokens"](Board(frame, tuple(late))).axes[1]
    points = {
        (first(line.get_xdata()), first(line.get_ydata())): line
        for line in right.get_lines()
        if line.get_marker() in ("o", "s")
    }
    april_2024 = points[(day_number(date(2024, 4, 16)), 9.7e12)]
    september_2025 = points[(day_number(date(2025, 9, 16)), 1.3e15)]
    assert (april_2024.get_marker(), september_2025.get_marker()) == ("o", "s")
    assert to_hex(str(april_2024.get_color())) == palette.HEX["blue"].lower()


def test_a_year_total_belongs_to_mid_year_a_level_to_its_date_and_a_ratio_to_no_date() -> None:
    total, level = (
        next(target for target in load_targets() if target.series == series)
        for series in (("revenue", "openai", "all"), ("installed_compute", "market", "all"))
    )
    assert (total.statistic, level.statistic) == ("year_total", "level")
    assert middle_day(total) == day_number(date(total.start.year, 7, 2)) + 0.5
    assert middle_day(level) == day_number(level.end)
    quality = Curve("price_constant_quality", "market", "gpt-4-class", "", "ink")
    assert any(target.series == quality.series for target in load_targets())
    assert quality.actuals(load_targets()) == []


def test_actuals_after_the_run_are_left_out(frame: pd.DataFrame) -> None:
    early = frame[frame["date"] < "2025-01-01"]
    figure = FIGURES["tokens"](Board(early, load_targets()))
    drawn = {str(container.get_label()) for axes in figure.axes for container in axes.containers}
    assert drawn == {f"disclosed by {ORIGIN:%B %Y}"}
    assert not any(line.get_gid() == END_GID for axes in figure.axes for line in axes.get_lines())


def test_the_end_of_data_is_marked_in_every_panel(frame: pd.DataFrame) -> None:
    for build in FIGURES.values():
        for axes in build(Board(frame, load_targets())).axes:
            ends = [line for line in axes.get_lines() if line.get_gid() == END_GID]
            assert [first(line.get_xdata()) for line in ends] == [day_number(END_OF_DATA)]


def test_labels_at_line_ends_keep_their_order_and_distance() -> None:
    placed = _spread([0.1, 0.11, 0.115, 0.9, 0.99, 0.995], 0.06)
    assert placed == sorted(placed)
    assert min(b - a for a, b in pairwise(placed)) == pytest.approx(0.06)
    assert max(placed) <= 1.0


def test_titles_give_the_value_of_the_week_they_name_over_its_window(frame: pd.DataFrame) -> None:
    board = Board(frame, load_targets())
    market = frame[frame["entity"] == "market"].set_index("date")
    live = market.loc[market["observable"] == "live_compute", "value"].iloc[-1]
    unserved = market.loc[market["observable"] == "demand_unserved_share", "value"].iloc[-13:].mean()
    assert board.end("live_compute", "market", "all") == live
    assert board.end("demand_unserved_share", "market", "all") == pytest.approx(unserved)
    suptitle = FIGURES["capacity"](board).get_suptitle()
    assert suptitle.startswith(f"Compute: {short(live)} H100e live, ")
    assert suptitle.endswith("(25 December 2028)")
    assert f"{unserved:.0%} of demand turned away" in FIGURES["tokens"](board).get_suptitle()


def test_a_series_without_a_value_in_the_last_week_is_in_no_title(frame: pd.DataFrame) -> None:
    ended = frame[(frame["observable"] != "live_compute") | (frame["date"] < "2028-12-01")]
    assert Board(ended, load_targets()).end("live_compute", "market", "all") is None


def test_who_pays_is_drawn_in_colours_that_no_lab_has(frame: pd.DataFrame) -> None:
    labs, payers, _ = FIGURES["revenue"](Board(frame, load_targets())).axes
    drawn = [{to_hex(text.get_color()) for text in axes.texts} for axes in (labs, payers)]
    written = ["mid-market", "enterprises", "coders' employers", "vendors", "consumers", "all"]
    assert [text.get_text() for text in payers.texts] == written
    assert not drawn[0] & drawn[1]
    looks = {(line.get_color(), line.get_linestyle()) for line in payers.get_lines() if np.size(line.get_xdata()) > 2}
    assert len(looks) == len(written)


def test_every_lab_of_the_data_is_drawn_under_its_title_and_with_a_colour(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = Parameters.load()
    sixth = parameters.lab["meta"].model_copy(update={"title": "Sixth"})
    more = parameters.model_copy(update={"lab": {**parameters.lab, "sixth": sixth}})
    monkeypatch.setattr(palette, "Parameters", SimpleNamespace(load=lambda: more))
    palette.labs.cache_clear()
    try:
        extra = frame[frame["entity"] == "meta"].astype({"entity": str}).assign(entity="sixth")
        both = pd.concat([frame.astype({"entity": str}), extra])
        axes = FIGURES["adoption"](Board(both, load_targets())).axes[0]
        found = {text.get_text(): to_hex(text.get_color()) for text in axes.texts}
    finally:
        palette.labs.cache_clear()
    first_five = ["#009e73", "#d55e00", "#0072b2", "#56b4e9", "#cc79a7"]
    assert [found[profile.title] for profile in parameters.lab.values()] == first_five
    assert found["Sixth"] == palette.HEX["orange"].lower()


def test_hyperscalers_have_their_titles(frame: pd.DataFrame) -> None:
    figure = FIGURES["capacity"](Board(frame, load_targets()))
    titles = [profile.title for profile in Parameters.load().hyperscaler.values()]
    assert [axes.get_title() for axes in figure.axes[:-1]] == ["All providers", *titles]


def test_a_figure_is_saved_with_the_pixels_of_savefig(frame: pd.DataFrame, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.png", tmp_path / "theirs.png"
    with matplotlib.rc_context(shared_style()):
        FIGURES["adoption"](Board(frame, load_targets())).savefig(theirs)
        save_png(FIGURES["adoption"](Board(frame, load_targets())), ours)
    assert np.array_equal(imread(ours), imread(theirs))


def test_a_lab_and_a_cloud_that_a_scenario_adds_are_in_the_figures_behind_the_others(frame: pd.DataFrame) -> None:
    added = frame[frame["entity"].isin(["meta", "azure"])].astype({"entity": str})
    added = added.replace({"entity": {"meta": "deepseek", "azure": "high-flyer"}})
    board = Board(pd.concat([frame.astype({"entity": str}), added]), load_targets())
    assert list(board.labs)[-2:] == ["open", "deepseek"]
    assert list(board.hyperscalers)[-2:] == ["neocloud", "high-flyer"]
    for name, label in (("revenue", "deepseek"), ("adoption", "deepseek"), ("capacity", "high-flyer")):
        with matplotlib.rc_context(shared_style()):
            figure = FIGURES[name](board)
        texts = [text.get_text() for axes in figure.axes for text in axes.texts]
        texts += [axes.get_title(loc="left") for axes in figure.axes]
        assert any(label in text for text in texts), name
        assert "market" not in texts or name == "capacity"
