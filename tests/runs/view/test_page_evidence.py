"""The tabs of Evidence in a browser."""

import pytest

from model import InferenceMarket, Scenario
from tests.runs.view.conftest import Open, Served

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser


def test_scores_of_the_weeks_so_far_are_shown(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-12-29")
    tab.open_tab("Against actuals")
    tab.page.get_by_text("inside the band so far").first.wait_for(timeout=120_000)
    words = tab.page.locator(".jv-table td").all_inner_texts()
    assert {"met", "missed"} <= set(words)


def test_a_slow_tab_is_cleared_while_it_loads(open_page: Open) -> None:
    tab = open_page("?scale=small&tab=adoption")
    tab.page.locator(".jv-hud").get_by_text("use chat").wait_for(timeout=120_000)
    tab.page.evaluate("""() => { window.seen = []; new MutationObserver(() => {
        const text = document.querySelector(".jv-main").innerText;
        window.seen.push([text.includes("Scoring the run"), text.includes("A sample of people")]);
    }).observe(document.body, {childList: true, subtree: true, characterData: true}); }""")
    tab.open_tab("Against actuals")
    tab.page.get_by_text("inside the band so far").first.wait_for(timeout=120_000)
    seen = tab.page.evaluate("window.seen")
    assert [True, False] in seen  # it said what is under way, and nothing of the former tab was left


def test_the_forecast_stands_beside_the_run(open_page: Open) -> None:
    tab = open_page("?scale=small")
    tab.open_tab("Forecasts")
    tab.button("December 2027").click()
    tab.page.locator(".jv-table td.jv-in").first.wait_for(timeout=120_000)
    assert "3 September 2026" in tab.page.locator(".jv-card h2").first.inner_text()


def test_claims_are_cards_that_can_be_filtered_the_decided_first(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05")
    tab.open_tab("Claims")
    cards = tab.page.locator(".jv-claim")
    cards.first.wait_for(timeout=120_000)
    assert cards.count() == 42
    assert cards.first.get_attribute("class") in ("jv-claim jv-refuted", "jv-claim jv-supported")
    tab.page.get_by_role("button", name="Refuted").click()
    tab.reach(lambda at: at.page.locator(".jv-claim").count() < 42)
    assert set(cards.evaluate_all("all => all.map((it) => it.className)")) == {"jv-claim jv-refuted"}
    card = cards.first
    assert not card.locator("table").is_visible()
    card.locator("summary").click()
    assert card.locator("table").is_visible()
    tab.page.get_by_role("button", name="All", exact=True).click()
    tab.page.get_by_label("Search").fill("consultancies")
    tab.reach(lambda at: at.page.locator(".jv-claim").count() == 1)
    assert tab.page.locator(".jv-claim-figures img").count() == 7


def test_results_of_one_s_own_are_compared_once_there_are_any(open_page: Open, served: Served) -> None:
    tab = open_page()
    tab.open_tab("Your results")
    tab.page.get_by_text("of your own appear here").wait_for(timeout=120_000)
    assert "jevons sweep" not in tab.page.locator(".jv-main").inner_text()  # no command before it is asked for
    tab.page.locator(".jv-how summary").click()
    assert "jevons sweep" in tab.page.locator(".jv-main").inner_text()
    for scenario in ("baseline", "no-thinking"):
        market = InferenceMarket(Scenario.load(scenario, scale="small"), rng=2).run(until="2023-09-30")
        folder = served.results / f"{scenario}-2"
        folder.mkdir(exist_ok=True)
        market.observables.frame().to_parquet(folder / "observables.parquet")
        (folder / "manifest.json").write_text(f'{{"scenario": "{scenario}", "seed": 2}}', encoding="utf-8")
    tab.button("Look again").click()
    tab.page.get_by_text("Scenarios compared").wait_for(timeout=120_000)
    for shown in (".jv-table td >> text=baseline", ".jv-table td >> text=no-thinking", ".jv-picture img"):
        tab.page.locator(shown).first.wait_for(timeout=120_000)
    assert tab.page.locator(".jv-picture img").count() == 1
