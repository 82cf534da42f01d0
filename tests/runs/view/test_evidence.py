"""The evidence that the page shows: scores, the forecast, and the claims as cards."""

import math
import re
import tomllib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from calibration.scoreboard import scoreboard
from calibration.targets import load_targets
from model import InferenceMarket, declared_observables
from runs.experiments.claim_entries import UNTESTABLE, entries
from runs.experiments.verdicts import Decided, shipped
from runs.scores.score_table import period
from runs.view.claims_tab import card_html, cards, in_words, shipped_figures
from runs.view.forecast_tab import FOLDER, current_forecast, forecast_rows, monthly
from runs.view.plain_html import table_of
from runs.view.score_tab import period_words, score_rows, series_words
from tests.conftest import SmallMarket


@pytest.fixture(scope="module")
def market(small_market: SmallMarket) -> InferenceMarket:
    return small_market("2025-06-30")


def test_scores_are_those_of_the_scoreboard_with_the_largest_miss_first(market: InferenceMarket) -> None:
    rows = score_rows(market)
    board = scoreboard(market.observables.frame(), load_targets()).set_index("id")
    assert {row["id"] for row in rows} == set(board.index[board["model"].notna()])
    for row in rows:
        assert row["model"] == board.loc[row["id"], "model"]
    met = [bool(row["inside"]) for row in rows]
    assert met == sorted(met)
    misses = [abs(row["log10_error"]) for row in rows if not row["inside"]]
    assert len(misses) > 1
    finite = [error for error in misses if math.isfinite(error)]
    assert finite == sorted(finite, reverse=True)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2025", "2025"),
        ("2025-07", "July 2025"),
        ("2025-07..09", "July 2025 to September 2025"),
        ("2024-11..2025-02", "November 2024 to February 2025"),
        ("2025-06-15..2025-07-31", "15 June 2025 to 31 July 2025"),
        ("2025-06-04", "4 June 2025"),
        ("2025-11/2024-11", "November 2025 against November 2024"),
    ],
)
def test_a_period_is_said_in_words(written: str, said: str) -> None:
    assert period_words(written) == said


def test_every_series_of_the_targets_and_of_the_forecast_has_a_name_in_words() -> None:
    forecast = current_forecast()
    assert forecast is not None
    rows = forecast.rows[["observable", "entity", "segment"]].drop_duplicates().itertuples(index=False, name=None)
    named = tomllib.loads(Path("runs/view/series_names.toml").read_text(encoding="utf-8"))
    series = {target.series for target in load_targets()} | set(rows)
    for observable, entity, segment in series:
        assert series_words(observable, entity, segment).endswith(named[observable][segment])
    assert {(one.name, part) for one in declared_observables() for part in one.segments} >= {
        (observable, segment) for observable, parts in named.items() for segment in parts
    }
    assert series_words("tokens_served", "openai", "api") == "OpenAI: tokens served on the API"
    assert series_words("no_such_series", "market", "chat") == "no such series, chat"


def test_every_period_of_the_targets_can_be_said() -> None:
    for target in load_targets():
        said = period_words(period(target))
        assert str(target.end.year) in said
        assert ".." not in said


def test_decided_claims_come_first_and_every_claim_has_a_card() -> None:
    found = cards(shipped())
    assert {card.entry.id for card in found} == set(entries())
    decided = [card.verdict in ("supported", "refuted") for card in found]
    assert any(decided)
    assert decided == sorted(decided, reverse=True)
    core = [card.entry.core for card in found if card.verdict == "refuted"]
    assert core == sorted(core, reverse=True)
    assert {card.entry.id for card in found if card.verdict == "not testable"} == set(UNTESTABLE)


def test_a_card_is_found_by_any_of_its_words() -> None:
    by_id = {card.entry.id: card for card in cards(shipped())}
    assert by_id["Q14"].tells("PRICES fall")
    assert by_id["Q14"].tells("value_tail")
    assert not by_id["Q14"].tells("prices consultancies")
    assert [key for key, card in by_id.items() if card.tells("q14")] == ["Q14"]


def test_a_card_says_verdict_claim_and_measures_and_nothing_in_it_is_markup() -> None:
    words = "<b>twice</b> & more"
    decided = Decided("refuted", "runs", words, "the price", ((words, "1 [0, 2]", "supported above 1"),))
    card = next(card for card in cards({"Q14": decided}) if card.entry.id == "Q14")
    told = card_html(card)
    assert "refuted" in told
    assert "Found by runs. Depends on the price." in told
    assert told.count("&lt;b&gt;twice&lt;/b&gt; &amp; more") == 2
    assert "<b>twice" not in told


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("log of it on 2025-07-07: 2 +- 0.5", "Log of it on 7 July 2025: 2 ± 0.5"),
        ("revenue of openai, of openness", "Revenue of OpenAI, of openness"),
        ("|arc elasticity| of an open model", "Arc elasticity of an open model"),
    ],
)
def test_a_measure_of_a_claim_is_said_with_dates_and_names_in_words(written: str, said: str) -> None:
    assert in_words(written) == said


def test_no_card_has_a_date_in_figures() -> None:
    told = "".join(card_html(card) for card in cards(shipped()))
    assert re.search(r"\d{4}-\d\d-\d\d", told) is None


def test_figures_of_the_claims_are_within_the_page(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(b"picture")
    page = tmp_path / "page.md"
    page.write_text("# Claims\n\n### One & two\n\nWhat it shows\n\n![One](one.png)\n", encoding="utf-8")
    told = shipped_figures(page)
    assert "One &amp; two" in told
    assert "data:image/png;base64,cGljdHVyZQ==" in told
    assert shipped_figures().count("<img") == 7
    assert shipped_figures(tmp_path / "none.md") == ""


def test_the_forecast_shown_is_the_current_one_of_the_list() -> None:
    forecast = current_forecast()
    assert forecast is not None
    assert forecast.name == max(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
    assert forecast.fitted == "2026-09-03"
    assert current_forecast(Path(__file__).parent) is None


def test_the_run_is_compared_with_the_interval_of_a_month_that_is_over(small_market: SmallMarket) -> None:
    market = small_market("2026-11-09")
    forecast = current_forecast()
    assert forecast is not None
    run = monthly(market, "2026-10")
    live = market.observables.frame()
    mine = live[(live["observable"] == "live_compute") & (live["entity"] == "market")]
    october = mine[pd.DatetimeIndex(mine["date"]).strftime("%Y-%m") == "2026-10"]["value"].mean()
    assert run["live_compute", "market", "all"] == pytest.approx(october)
    cells, firsts = forecast_rows(forecast, "2026-10", run)
    assert len(cells) == len(firsts) == forecast.rows["month"].eq("2026-10").sum()
    for cell, first in zip(cells, firsts, strict=True):
        assert first == {"inside": "jv-in", "outside": "jv-out", "": ""}[cell[0]]
    assert {"inside"} <= {cell[0] for cell in cells}


def test_a_share_next_to_nothing_is_shown_as_nought() -> None:
    forecast = current_forecast()
    assert forecast is not None
    cells, _ = forecast_rows(forecast, "2026-12", {("demand_unserved_share", "market", "all"): 3e-9})
    row = next(cell for cell in cells if cell[1] == "share of demand turned away")
    assert row[5] == "0%"
    assert not any("e-" in str(figure) for cell in cells for figure in cell[2:6])


def test_a_month_that_is_not_over_has_no_mean(market: InferenceMarket) -> None:
    assert market.clock.date_of(market.clock.week - 1) == date(2025, 6, 30)
    assert monthly(market, "2025-07") == {}
    assert monthly(market, "2025-06")
    assert monthly(market, "2030-01") == {}


def test_a_table_is_escaped_and_marks_its_numbers() -> None:
    told = table_of(("a", "<b>"), [("x & y", 1), ("z", 2)], figures=(1,), firsts=("jv-in",))
    assert "&lt;b&gt;" in told
    assert "<td class='jv-in'>x &amp; y</td><td class='jv-num'>1</td>" in told
    assert "<td>z</td>" in told
    stacked = table_of(("a", "<b>"), [("x", 1)], figures=(1,), stacked=True)
    assert (
        "<td>x</td><td class='jv-num' data-label='&lt;b&gt;'>1</td>" in stacked
    )  # its column's name goes with a figure
