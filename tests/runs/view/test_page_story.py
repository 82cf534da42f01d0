"""The first screen in a browser: the chart, its figures, the cards and the date."""

from typing import Any

import pytest

from runs.view.answer import answer
from runs.view.baseline_file import shipped_baseline
from runs.view.measures import measures
from tests.runs.view.conftest import Open, Served, colours

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser


def test_play_moves_the_date_and_pause_holds_it(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-01-02")
    assert tab.week == 1
    tab.button("Play").click()
    tab.reach(lambda at: at.week >= 4)
    tab.button("Pause").click()
    tab.ready()
    week = tab.week
    tab.page.wait_for_timeout(800)
    assert tab.week == week
    tab.button("Step a week").click()
    tab.reach(lambda at: at.week == week + 1)
    assert not tab.errors


def test_the_first_screen_needs_no_scrolling_and_its_chart_is_finished_before_the_market_is_built(
    open_page: Open,
) -> None:
    tab = open_page("", height=800, waits=False)
    tab.page.wait_for_function("window.jevonsStory > 0", timeout=120_000)
    shown = tab.page.locator(".jv-answer").inner_text()
    assert tab.page.evaluate("document.documentElement.scrollHeight") <= 800
    tab.ready()
    assert tab.page.evaluate("document.documentElement.scrollHeight") <= 800
    assert tab.page.locator(".jv-question").inner_text() == "When AI gets cheaper, who runs out of compute?"
    shipped = shipped_baseline()
    assert shipped is not None
    told = answer(measures()["tokens"], shipped.recording, shipped.recording.clock.week)
    assert shown == told
    assert colours(tab.page.locator(".jv-story-chart canvas")) > 20
    assert tab.page.locator(".jv-tile .jv-figure").count() == 5
    assert "December 2028" in tab.page.locator(".jv-sentence").inner_text()
    assert tab.page.locator(".jv-date").inner_text() == "25 December 2028"
    label = tab.page.locator(".jv-story-chart canvas").get_attribute("aria-label")
    assert "served" in label
    assert "asked for" in label
    assert not tab.errors


def test_a_card_draws_its_scenario_against_the_baseline_and_a_second_click_takes_it_back(open_page: Open) -> None:
    tab = open_page("?scale=small", height=800)
    alone = tab.page.locator(".jv-tile").all_inner_texts()
    tab.card("power-squeeze").click()
    tab.reach(lambda at: at.page.locator(".jv-sentence").inner_text().startswith("By December 2028: "))
    tab.ready()
    assert "scenario=power-squeeze" in tab.page.url
    assert tab.card("power-squeeze").get_attribute("aria-pressed") == "true"
    assert all("baseline" in tile for tile in tab.page.locator(".jv-tile").all_inner_texts())
    assert "Power squeeze" in tab.page.locator(".jv-story-chart canvas").get_attribute("aria-label")
    assert tab.page.locator(".jv-answer").inner_text().startswith("Power squeeze")
    assert tab.page.evaluate("document.documentElement.scrollHeight") <= 800  # the levers scroll in their column
    changed = tab.page.locator("aside [data-lever]")
    assert {one.get_attribute("data-lever") for one in changed.all()} == {
        f"power_supplier.{name}.output_factor" for name in ("turbines", "engines", "grid")
    }
    tab.card("power-squeeze").click()
    tab.reach(lambda at: at.page.locator(".jv-tile").all_inner_texts() == alone)
    tab.ready()
    assert changed.count() == 0
    assert not tab.errors


def test_another_measure_is_drawn_and_kept_in_the_address(open_page: Open) -> None:
    tab = open_page("?scale=small")
    canvas = tab.page.locator(".jv-story-chart canvas")
    tab.page.locator(".jv-story .v-select, .jv-main .v-select").first.click()
    tab.page.get_by_role("option", name="Rent of a chip for an hour").click()
    tab.reach(lambda at: "Rent of a chip" in (canvas.get_attribute("aria-label") or ""))
    tab.reach(lambda at: "measure=rent" in at.page.url)
    assert tab.page.locator(".jv-question").inner_text() == "What does scarce compute cost?"
    tab.page.reload()
    tab.ready()
    tab.reach(lambda at: "Rent of a chip" in (canvas.get_attribute("aria-label") or ""))


def test_the_scrubber_shows_an_earlier_week_in_tiles_chart_and_address(open_page: Open) -> None:
    tab = open_page("?scale=small")
    tiles = tab.page.locator(".jv-tile").all_inner_texts()
    before = tab.page.locator(".jv-story-chart canvas").screenshot()
    tab.scrub(131)
    assert tab.page.locator(".jv-date").inner_text() == "30 June 2025"
    assert tab.page.locator(".jv-tile").all_inner_texts() != tiles
    assert tab.page.locator(".jv-story-chart canvas").screenshot() != before
    assert "at=2025-06-30" in tab.page.url
    tab.page.locator(".jv-timeline").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.reach(lambda at: at.week == 132)


def test_a_term_is_explained_on_hover_focus_and_touch(open_page: Open) -> None:
    tab = open_page("?scale=small", has_touch=True)
    term = tab.page.locator(".jv-term[data-term='live']").first
    term.wait_for(timeout=120_000)
    meaning = tab.page.locator(".jv-meaning")
    term.hover()
    meaning.get_by_text("housed and powered").wait_for()
    tab.page.mouse.move(2, 300)
    meaning.wait_for(state="hidden")
    term.focus()
    meaning.wait_for()
    assert term.get_attribute("aria-describedby") == meaning.get_attribute("id")
    tab.page.keyboard.press("Escape")
    meaning.wait_for(state="hidden")
    tab.page.locator(".jv-question").click()
    term.tap()
    meaning.wait_for()
    # The words around a term stay as they are, before and after the figures change.
    labels = tab.page.locator(".jv-tile .jv-label").all_inner_texts()
    assert labels == ["Live compute", "Tokens served", "Turned away", "Price paid", "Revenue"]
    tab.scrub(100)
    tab.page.wait_for_timeout(800)
    assert tab.page.locator(".jv-tile .jv-label").all_inner_texts() == labels
    assert not tab.errors


def test_the_header_does_not_move_what_is_below_it(open_page: Open, browser: Any, served: Served) -> None:
    for width, height in ((1280, 800), (390, 844)):
        page = browser.new_context(viewport={"width": width, "height": height}).new_page()
        page.add_init_script("""window.moved = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
        }).observe({type: "layout-shift", buffered: true});""")
        page.goto(served.url)
        page.wait_for_function("[...document.querySelectorAll('.jv-play')].some((b) => !b.disabled)", timeout=120_000)
        page.wait_for_timeout(500)
        assert page.evaluate("window.moved") <= 0.1, width
        page.context.close()
