"""The page in a real browser: what a visitor does, and what must hold."""

import io
import signal
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
from PIL import Image

from model import InferenceMarket, Scenario
from runs.commands import INTERRUPTED
from runs.view.panels import panels
from tests.runs.view.conftest import BREAKING_SEED, TABS, Open, Served, Tab, serving

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser

SHIPPED = Path(sys.prefix) / "share" / "solara" / "cdn"  # the scripts and fonts that come with solara-assets


def colours(place: Any) -> int:
    """How many colours a part of the page shows, up to some thousands; a blank one shows one."""
    with Image.open(io.BytesIO(place.screenshot())) as picture:
        found = picture.convert("RGB").getcolors(2**20)
    return len(found or ())


def download(tab: Tab, kind: str) -> tuple[str, bytes]:
    with tab.page.expect_download(timeout=120_000) as waited:
        tab.page.locator(f"[data-file={kind}]").click()
    return waited.value.suggested_filename, Path(waited.value.path()).read_bytes()


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
    tab.ready()
    assert tab.page.evaluate("document.documentElement.scrollHeight") <= 800
    assert tab.page.locator(".jv-question").inner_text() == "When AI gets cheaper, who runs out of compute?"
    assert colours(tab.page.locator(".jv-story-chart canvas")) > 20
    assert tab.page.locator(".jv-tile .jv-figure").count() == 5
    assert "December 2028" in tab.page.locator(".jv-sentence").inner_text()
    assert tab.page.locator(".jv-date").inner_text() == "25 December 2028"
    label = tab.page.locator(".jv-story-chart canvas").get_attribute("aria-label")
    assert "served" in label
    assert "asked for" in label
    assert not tab.errors


def test_a_card_draws_its_scenario_against_the_baseline_and_a_second_click_takes_it_back(open_page: Open) -> None:
    tab = open_page("?scale=small")
    alone = tab.page.locator(".jv-tile").all_inner_texts()
    tab.card("power-squeeze").click()
    tab.reach(lambda at: at.page.locator(".jv-sentence").inner_text().startswith("By December 2028: "))
    tab.ready()
    assert "scenario=power-squeeze" in tab.page.url
    assert tab.card("power-squeeze").get_attribute("aria-pressed") == "true"
    assert all("baseline" in tile for tile in tab.page.locator(".jv-tile").all_inner_texts())
    assert "Power squeeze" in tab.page.locator(".jv-story-chart canvas").get_attribute("aria-label")
    changed = tab.page.locator("aside [data-lever]")
    assert {one.get_attribute("data-lever") for one in changed.all()} == {
        f"power_supplier.{name}.output_factor" for name in ("turbines", "engines", "grid")
    }
    tab.card("power-squeeze").click()
    tab.reach(lambda at: at.page.locator(".jv-tile").all_inner_texts() == alone)
    tab.ready()
    assert changed.count() == 0
    assert not tab.errors


def test_a_changed_lever_is_edited_at_the_scenario_s_own_date(open_page: Open) -> None:
    tab = open_page("?scale=small&scenario=power-squeeze")
    before = tab.page.locator(".jv-sentence").inner_text()
    lever = tab.page.locator("[data-lever='power_supplier.grid.output_factor'] input[type=text]")
    lever.fill("0.1")
    lever.press("Enter")
    tab.button("Draw this path").click()
    tab.reach(lambda at: "lever=power_supplier.grid.output_factor@2026-01-05=0.1" in at.page.url)
    tab.ready()
    tab.reach(lambda at: at.page.locator(".jv-sentence").inner_text() != before)
    assert lever.input_value() == "0.1"
    assert "Power squeeze and your levers" in tab.page.locator(".jv-running").inner_text()


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


def test_every_chart_is_drawn_and_says_its_values_to_a_screen_reader(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-06-02&tab=explore")
    canvases = tab.page.locator(".jv-panel canvas")
    tab.reach(lambda at: canvases.count() == len(panels()))
    for canvas in canvases.all():  # each is drawn once it is in sight
        for _ in range(100):
            if colours(canvas) > 20:
                break
            tab.page.wait_for_timeout(100)
        assert colours(canvas) > 20
    assert "token" in canvases.nth(0).get_attribute("aria-label")
    assert "OpenAI" in canvases.nth(1).get_attribute("aria-label")


def test_small_charts_stand_in_three_columns_at_most_and_one_can_be_enlarged(open_page: Open) -> None:
    tab = open_page("?scale=small&tab=explore", width=1920, height=1080)
    cards = tab.page.locator(".jv-panel")
    tab.reach(lambda at: cards.count() == len(panels()))
    lefts = {round(cards.nth(place).bounding_box()["x"]) for place in range(len(panels()))}
    assert len(lefts) == 3
    narrow = cards.nth(4).bounding_box()["width"]
    larger = cards.nth(4).get_by_role("button", name="Enlarge")
    larger.focus()
    tab.page.keyboard.press("Enter")
    tab.reach(lambda at: cards.nth(4).bounding_box()["width"] > 2.5 * narrow)
    cards.nth(4).locator("canvas").click()
    tab.reach(lambda at: cards.nth(4).bounding_box()["width"] == narrow)


def test_a_moved_lever_branches_from_the_week_after_the_one_shown(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2024-12-30")
    tab.levers()
    lever = tab.page.locator("[data-lever='demand.thinking_ceiling'] input[type=text]")
    lever.fill("8")
    lever.press("Enter")
    tab.page.locator(".jv-pending").get_by_text("from 6 January 2025").wait_for()
    tab.button("Draw this path").click()
    tab.reach(lambda at: "lever=demand.thinking_ceiling@2025-01-06=8.0" in at.page.url)
    tab.ready()
    assert "at=2024-12-30" in tab.page.url  # the week shown stays
    assert "Until 6 January 2025" in tab.page.locator(".jv-sentence").inner_text()
    assert tab.page.locator("[data-lever='demand.thinking_ceiling'] input[type=text]").first.input_value() == "8"
    tab.button("Back to the baseline").click()
    tab.reach(lambda at: "lever" not in at.page.url)
    assert not tab.errors


def test_back_undoes_a_branch_a_scenario_and_a_seed_and_forward_does_them_again(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05&tab=export")
    tab.button("What if …").click()
    tab.card("no-agents").click()
    tab.reach(lambda at: "scenario=no-agents" in at.page.url)
    tab.ready()
    tab.settings()
    seed = tab.page.get_by_label("Seed")
    seed.fill("4")
    seed.press("Enter")
    tab.reach(lambda at: "seed=4" in at.page.url)
    tab.ready()
    tab.page.go_back()
    tab.reach(lambda at: seed.input_value() == "7" and "seed=7" in at.page.url)
    tab.ready()
    assert "scenario=no-agents" in tab.page.url
    assert "at=2023-06-05&tab=export" in tab.page.url
    tab.page.go_back()
    tab.reach(lambda at: at.card("no-agents").get_attribute("aria-pressed") == "false")
    tab.ready()
    assert "scenario=baseline" in tab.page.url
    tab.page.go_forward()
    tab.reach(lambda at: at.card("no-agents").get_attribute("aria-pressed") == "true")
    tab.page.go_forward()
    tab.reach(lambda at: seed.input_value() == "4")
    assert not tab.errors


def test_a_reload_comes_back_to_the_same_tab(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05&tab=adoption")
    tab.page.locator(".jv-hud").get_by_text("use chat").wait_for(timeout=120_000)
    tab.open_tab("Supply network")
    tab.reach(lambda at: "tab=supply-network" in at.page.url)
    tab.page.reload()
    tab.ready()
    tab.page.locator(".jv-flow svg").wait_for(timeout=120_000)


def test_the_supply_network_stays_within_its_drawing(open_page: Open) -> None:
    outside = """(svg) => [...svg.querySelectorAll("rect, text, path")].map((it) => [it.getBBox(), it.textContent])
        .filter(([box]) => box.x < 0 || box.x + box.width > svg.viewBox.baseVal.width
            || box.y < 0 || box.y + box.height > svg.viewBox.baseVal.height).map(([, text]) => text)"""
    for scenario in ("baseline", "power-squeeze"):
        tab = open_page(f"?scenario={scenario}&scale=small&at=2026-03-30&tab=supply-network")
        tab.page.locator(".jv-facts h3").wait_for(timeout=120_000)
        for measure in ("MW, GPU-hours and tokens", "Dollars"):
            tab.button(measure).click()
            assert tab.page.locator(".jv-flow svg").evaluate(outside) == [], (scenario, measure)


def test_a_mechanism_is_switched_off_from_the_coming_week_on(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2024-12-30")
    tab.levers()
    tab.page.get_by_text("Agents", exact=True).click()
    tab.button("Draw this path").click()
    tab.reach(lambda at: "lever=mechanisms.agents@2025-01-06=false" in at.page.url)


def test_a_bad_lever_is_refused_in_place_with_a_message(open_page: Open) -> None:
    tab = open_page()
    tab.levers()
    place = tab.page.locator("[data-lever='demand.thinking_ceiling']")
    place.locator("input[type=text]").fill("99999")
    place.locator("input[type=text]").press("Enter")
    alert = place.get_by_role("alert")
    alert.wait_for(timeout=120_000)
    assert "99999" in alert.inner_text()
    assert "1024" in alert.inner_text()
    assert tab.button("Draw this path").is_disabled()


def test_a_lab_of_the_supply_network_shows_its_facts(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-06-02")
    tab.open_tab("Supply network")
    tab.page.locator(".jv-facts h3").wait_for(timeout=120_000)
    tab.page.locator("[data-node='lab.anthropic']").focus()
    tab.page.keyboard.press("Enter")
    facts = tab.page.locator(".jv-facts").inner_text()
    for word in ("Anthropic", "Catalogue", "flagship", "capability", "effort", "Cash", "Contracts"):
        assert word in facts
    links = tab.page.locator(".jv-flow path")
    compute = links.evaluate_all("paths => paths.map(path => path.outerHTML)")
    assert len(compute) > 10
    tab.button("Dollars").click()
    assert links.evaluate_all("paths => paths.map(path => path.outerHTML)") != compute
    assert not tab.errors


def test_a_cascade_is_set_off_and_watched_hop_by_hop(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-06-02")
    tab.open_tab("Applications")
    canvas = tab.page.locator(".jv-network canvas[tabindex]")
    canvas.wait_for(timeout=120_000)
    tab.page.locator(".jv-hud").get_by_text("run AI").wait_for(timeout=120_000)
    assert colours(canvas) > 20
    canvas.focus()
    for _ in range(3):
        tab.page.keyboard.press("]")
    tab.page.locator(".jv-node-facts").get_by_text("Called by").wait_for(timeout=120_000)
    tab.page.keyboard.press("Enter")
    tab.page.locator(".jv-facts").get_by_text("Amplification").wait_for(timeout=120_000)
    hops = tab.page.locator(".jv-hopbar input")
    hops.wait_for(timeout=120_000)
    last = int(hops.get_attribute("max"))
    assert last >= 1
    for hop in (0, 1, last):
        hops.fill(str(hop))
        wanted = [f"{side}: hop {hop} of {last}" for side in ("With AI", "Without AI")]  # both show the same hop
        for words in wanted:
            tab.page.locator(".jv-hud b").get_by_text(words).wait_for(timeout=120_000)
    covered = """() => [...document.querySelectorAll(".jv-network")].some((stage) => {
        const box = stage.getBoundingClientRect();
        return [0.1, 0.5, 0.9].some((x) => [0.05, 0.5, 0.95].some((y) =>
          document.elementFromPoint(box.x + x * box.width, box.y + y * box.height)?.tagName !== "CANVAS")); })"""

    def free(at: Tab) -> bool:
        canvas.first.evaluate("node => node.scrollIntoView({block: 'center'})")  # not under the time bar
        return not at.page.evaluate(covered)

    tab.reach(free, 20.0)
    canvas.first.focus()
    for key in ("+", "ArrowLeft", "-", "0", "Escape"):
        tab.page.keyboard.press(key)
    assert not tab.errors


def test_a_branch_keeps_the_organisation_and_the_cascade_and_the_address_has_them(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-06-02&tab=applications&enterprise=4")
    tab.page.get_by_text("Organisation 4 of").first.wait_for(timeout=120_000)
    tab.button("Show the largest cascade").click()
    tab.page.locator(".jv-facts").get_by_text("Amplification").wait_for(timeout=120_000)
    started = tab.page.locator(".jv-facts h4").first.inner_text()
    tab.reach(lambda at: "enterprise=4" in at.page.url and "cascade=" in at.page.url)
    tab.button("What if …").click()
    tab.levers()
    tab.page.locator("[data-lever='mechanisms.agents'] label").click()
    tab.button("Draw this path").click()
    tab.reach(lambda at: "lever=mechanisms.agents" in at.page.url)
    tab.ready()
    tab.page.locator(".jv-facts").get_by_text("Amplification").wait_for(timeout=120_000)
    assert tab.page.locator(".jv-facts h4").first.inner_text() == started
    assert "Organisation 4" in tab.page.locator(".jv-facts h3").inner_text()
    other = open_page("?" + urlsplit(tab.page.url).query)
    other.page.locator(".jv-facts").get_by_text("Amplification").wait_for(timeout=120_000)
    assert other.page.locator(".jv-facts h4").first.inner_text() == started


def test_a_click_with_the_pointer_sets_a_cascade_off_too(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-06-02")
    tab.open_tab("Applications")
    canvas = tab.page.locator(".jv-network canvas[tabindex]")
    tab.page.locator(".jv-hud").get_by_text("run AI").wait_for(timeout=120_000)
    box = canvas.bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.mouse.wheel(0, -200)
    tab.reach(lambda at: at.page.locator("canvas.jv-over").count() > 0 or bool(at.page.mouse.move(
        box["x"] + box["width"] / 2 + at.page.evaluate("Math.random() * 60"),
        box["y"] + box["height"] / 2 + at.page.evaluate("Math.random() * 60"),
    )))  # fmt: skip
    tab.page.mouse.down()
    tab.page.mouse.up()
    tab.page.locator(".jv-hopbar input").wait_for(timeout=120_000)
    assert not tab.errors


def test_adoption_spreads_while_it_plays(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05")
    tab.open_tab("Adoption")
    hud = tab.page.locator(".jv-hud span")
    hud.get_by_text("use chat").wait_for(timeout=120_000)
    before = hud.inner_text()
    tab.button("Play").click()
    tab.reach(lambda at: "use chat" in hud.inner_text() and hud.inner_text() != before and at.week > 30)
    tab.button("Pause").click()
    assert colours(tab.page.locator(".jv-network canvas[tabindex]")) > 20
    assert not tab.errors


def test_scores_of_the_weeks_so_far_are_shown(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-12-29")
    tab.open_tab("Against actuals")
    tab.page.get_by_text("inside the band so far").first.wait_for(timeout=120_000)
    words = tab.page.locator(".jv-table td").all_inner_texts()
    assert {"met", "missed"} <= set(words)


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


def test_a_term_is_explained_on_hover_focus_and_touch(open_page: Open) -> None:
    tab = open_page("?scale=small", has_touch=True)
    term = tab.page.locator(".jv-term[data-term='GPT-4 quality']").first
    term.wait_for(timeout=120_000)
    meaning = tab.page.locator(".jv-meaning")
    term.hover()
    meaning.get_by_text("GPT-4 did in 2023").wait_for()
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
    assert labels == ["Live compute", "Tokens served", "Turned away", "Price of GPT-4 quality", "Revenue"]
    tab.scrub(100)
    tab.page.wait_for_timeout(800)
    assert tab.page.locator(".jv-tile .jv-label").all_inner_texts() == labels
    assert not tab.errors


def test_files_follow_the_week_shown(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05&tab=downloads")  # the tab's former name
    before = pd.read_csv(io.BytesIO(download(tab, "csv")[1]))
    tab.button("Step a week").click()
    tab.reach(lambda at: "at=2023-06-12" in at.page.url)
    after = pd.read_csv(io.BytesIO(download(tab, "csv")[1]))
    assert len(after) == len(before) + 1


def test_files_hold_both_paths_and_the_scenario(open_page: Open) -> None:
    tab = open_page("?scale=small&seed=5&lever=mechanisms.agents=false&at=2023-06-05")
    tab.open_tab("Export")
    tab.page.get_by_text("From the start: Agents on → off").wait_for(timeout=120_000)
    name, content = download(tab, "parquet")
    assert name == "jevons-baseline-small-seed5-levers.parquet"
    base = Scenario.load("baseline", scale="small")
    market, other = (
        InferenceMarket(scenario, rng=5).run(until="2023-06-05")
        for scenario in (base.replace({"mechanisms.agents": False}), base)
    )
    table = pd.read_parquet(io.BytesIO(content))
    for path, of in (("scenario", market), ("baseline", other)):
        expected = of.observables.frame()["value"].to_numpy()
        assert table.loc[table["path"] == path, "value"].to_numpy().tolist() == expected.tolist()
    wide = pd.read_csv(io.BytesIO(download(tab, "csv")[1]))
    assert len(wide) == market.clock.week
    served_tokens = market.observables.series("tokens_served")[-1]
    assert wide["Tokens asked for and served: served (token/month), scenario"].iloc[-1] == pytest.approx(served_tokens)
    scenario = download(tab, "toml")[1].decode()
    assert tomllib.loads(scenario)["mechanisms"] == {"agents": False}
    assert Scenario.parse(scenario).parameters == market.parameters
    name, picture = download(tab, "png")
    assert name == "jevons-baseline-small-seed5-levers-measure-tokens.png"
    assert picture.startswith(b"\x89PNG")
    drawing = download(tab, "svg")[1].decode()
    assert "From the start: Agents on → off" in drawing


def test_an_address_reloads_to_the_same_view(open_page: Open) -> None:
    tab = open_page("?scale=small&seed=11&lever=demand.thinking_ceiling@2024-06-03=8&at=2024-12-30")
    tiles = tab.page.locator(".jv-tile").all_inner_texts()
    assert all("baseline" in tile for tile in tiles)
    tab.page.goto(tab.page.url)
    tab.ready()
    tab.reach(lambda at: at.page.locator(".jv-tile").all_inner_texts() == tiles)
    other = open_page("?" + urlsplit(tab.page.url).query)
    other.reach(lambda at: at.page.locator(".jv-tile").all_inner_texts() == tiles)


def test_an_address_with_nonsense_opens_with_a_message(open_page: Open) -> None:
    tab = open_page("?scale=small&seed=x")
    assert "seed" in tab.page.get_by_role("alert").inner_text()


def test_nothing_is_asked_of_any_other_address(open_page: Open, served: Served) -> None:
    tab = open_page("?scale=small&at=2025-06-02")
    for name in TABS:
        tab.open_tab(name)
        tab.page.wait_for_timeout(1500)
    home = urlsplit(served.url).netloc
    asked = [url for url in tab.requests if not url.startswith(("data:", "blob:"))]
    assert len(asked) > 10
    assert any(url.startswith("ws:") for url in asked)
    assert {urlsplit(url).netloc for url in asked} == {home}
    # The server passes on what it does not hold: what a page asks of its CDN must have come with the packages.
    passed_on = [url.partition("/_solara/cdn/")[2].partition("?")[0] for url in asked if "/_solara/cdn/" in url]
    assert [name for name in passed_on if not (SHIPPED / name).is_file()] == []
    assert not tab.refused
    assert not tab.errors


def test_two_visitors_do_not_share_state(open_page: Open) -> None:
    one, other = open_page("?scale=small&seed=1"), open_page("?scale=small&seed=1")
    one.scrub(20)
    other.page.wait_for_timeout(500)
    assert other.week == 313
    one.card("power-squeeze").click()
    one.reach(lambda at: "power-squeeze" in at.page.url)
    assert "scenario=baseline" in other.page.url
    assert other.card("power-squeeze").get_attribute("aria-pressed") == "false"


def test_an_error_in_a_run_is_a_message_and_the_page_goes_on(open_page: Open) -> None:
    tab = open_page(f"?scale=small&seed={BREAKING_SEED}", waits=False)
    alert = tab.page.get_by_role("alert")
    alert.wait_for(timeout=120_000)
    assert "the books were lost" in alert.inner_text()
    assert "start over" in alert.inner_text()
    assert tab.week == 2  # what there is of the run is shown
    tab.settings()
    tab.page.get_by_label("Seed").fill("4")
    tab.page.get_by_label("Seed").press("Enter")
    tab.reach(lambda at: "seed=4" in at.page.url)
    tab.ready()
    assert tab.page.get_by_role("alert").count() == 0


def test_a_server_that_is_silent_is_told_of_after_three_seconds(open_page: Open, served: Served) -> None:
    tab = open_page("?scale=small")
    notice = tab.page.locator(".jv-stalled")
    tab.page.wait_for_timeout(1500)
    assert not notice.is_visible()
    served.process.send_signal(signal.SIGSTOP)
    try:
        tab.page.get_by_text("has not answered for three seconds").wait_for(timeout=20_000)
    finally:
        served.process.send_signal(signal.SIGCONT)
    tab.reach(lambda at: not notice.is_visible())


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


def resident_mib(served: Served) -> float:
    for line in Path(f"/proc/{served.process.pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024.0
    raise AssertionError("no VmRSS")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory of the server is read from /proc")
def test_fifty_tabs_opened_and_closed_leave_memory_flat(open_page: Open, served: Served) -> None:
    first = open_page("?scale=small")  # stays open: the other tabs need not fetch the page's code again

    def visits(count: int) -> float:
        for _ in range(count):
            tab = open_page("?scale=small", beside=first)
            tab.scrub(2)
            tab.page.close()
        return resident_mib(served)

    after_five = visits(5)
    after_fifty = visits(45)
    # A market of this size takes some 25 MiB with its observables: forty-five that stayed would be over a gigabyte.
    assert after_fifty - after_five < 60.0


def test_a_file_of_a_user_s_own_is_opened_and_ctrl_c_ends_the_server_while_its_tab_plays(
    browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "my.toml"
    file.write_text('title = "Mine"\nscale = "small"\n[demand]\nhurdle = 0.3\n', encoding="utf-8")
    with serving("from runs.start import main; main()", tmp_path, "--scenario", str(file)) as server:
        assert "?scenario=my.toml" in server.url
        tab = Tab(browser.new_page())
        tab.page.goto(f"{server.url}&scale=small")
        tab.ready()
        assert "Mine (my.toml), compared with the baseline" in tab.page.locator(".jv-running").inner_text()
        tab.button("Play").click()
        tab.reach(lambda at: 2 <= at.week < 300)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=60) == INTERRUPTED
        tab.page.close()
    assert [line for line in server.said[1:] if line.strip()] == ["jevons: interrupted\n"]
