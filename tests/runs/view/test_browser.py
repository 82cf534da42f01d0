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


def download(tab: Tab, label: str, row: int = 0) -> tuple[str, bytes]:
    with tab.page.expect_download(timeout=120_000) as waited:
        tab.page.get_by_role("button", name=label, exact=True).nth(row).click()
    return waited.value.suggested_filename, Path(waited.value.path()).read_bytes()


def test_play_moves_the_date_and_pause_holds_it(open_page: Open) -> None:
    tab = open_page()
    assert tab.week == 0
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


def test_every_chart_is_drawn_and_says_its_values_to_a_screen_reader(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-06-02")
    canvases = tab.page.locator(".jv-panel canvas")
    assert canvases.count() == len(panels())
    for place in range(len(panels())):
        assert colours(canvases.nth(place)) > 20
        assert "token" in canvases.nth(0).get_attribute("aria-label")
    assert "OpenAI" in canvases.nth(1).get_attribute("aria-label")


def test_a_moved_lever_branches_and_the_old_path_stays_grey(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2024-12-30")
    lever = tab.page.locator("[data-lever='demand.thinking_ceiling'] input[type=text]")
    lever.fill("8")
    lever.press("Enter")
    tab.page.get_by_role("button", name="Branch from 2025-01-06").click()
    tab.page.get_by_role("button", name="Drop the grey path").wait_for(timeout=120_000)
    tab.reach(lambda at: "lever=demand.thinking_ceiling@2025-01-06=8.0" in at.page.url)
    tab.ready()
    before = tab.page.locator(".jv-panel canvas").nth(0).screenshot()
    tab.to_june_2026()
    assert tab.page.locator(".jv-panel canvas").nth(0).screenshot() != before
    assert "grey path:" in tab.page.locator(".jv-tile").nth(0).inner_text()
    assert not tab.errors


def test_after_branching_a_lever_shows_the_value_that_holds_from_the_coming_week(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05")
    place = tab.page.locator("[data-lever='demand.thinking_ceiling']")
    lever = place.locator("input[type=text]")
    lever.fill("8")
    lever.press("Enter")
    slider = place.get_by_role("slider")
    tab.page.get_by_role("button", name="Branch from 2023-06-12").click()
    tab.page.get_by_role("button", name="Drop the grey path").wait_for(timeout=120_000)
    tab.page.wait_for_timeout(500)
    branched = (lever.input_value(), slider.get_attribute("aria-valuenow"))
    tab.button("Step a week").click()
    tab.reach(lambda at: "at=2023-06-12" in at.page.url)
    assert branched == (lever.input_value(), slider.get_attribute("aria-valuenow"))
    assert branched[0] == "8"


def test_back_undoes_a_branch_a_scenario_and_a_seed_and_forward_does_them_again(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05")
    tab.open_tab("Downloads")
    tab.reach(lambda at: "tab=downloads" in at.page.url)
    tab.page.get_by_text("Agents", exact=True).click()
    tab.page.get_by_role("button", name="Branch from 2023-06-12").click()
    tab.reach(lambda at: "lever=mechanisms.agents@2023-06-12=false" in at.page.url)
    tab.button("Step a week").click()
    tab.reach(lambda at: "at=2023-06-12" in at.page.url)
    seed = tab.page.get_by_label("Seed")
    seed.fill("4")
    seed.press("Enter")
    tab.reach(lambda at: "seed=4" in at.page.url)
    tab.ready()
    tab.page.go_back()
    tab.reach(lambda at: seed.input_value() == "7" and at.button("Drop the grey path").count() == 1)
    tab.ready()
    assert "lever=mechanisms.agents@2023-06-12=false&at=2023-06-12&tab=downloads" in tab.page.url
    assert tab.page.get_by_role("tab", selected=True).inner_text() == "Downloads"
    tab.page.go_back()
    tab.reach(lambda at: at.button("Drop the grey path").count() == 0)
    tab.ready()
    assert "lever" not in tab.page.url
    assert "at=2023-06-05" in tab.page.url
    tab.page.go_forward()
    tab.reach(lambda at: at.button("Drop the grey path").count() == 1)
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
    tab.page.get_by_text("Agents", exact=True).click()
    tab.page.get_by_role("button", name="Branch from 2025-01-06").click()
    tab.page.get_by_role("button", name="Drop the grey path").wait_for(timeout=120_000)
    tab.reach(lambda at: "lever=mechanisms.agents@2025-01-06=false" in at.page.url)


def test_a_bad_lever_is_refused_in_place_with_a_message(open_page: Open) -> None:
    tab = open_page()
    place = tab.page.locator("[data-lever='demand.thinking_ceiling']")
    place.locator("input[type=text]").fill("99999")
    place.locator("input[type=text]").press("Enter")
    alert = place.get_by_role("alert")
    alert.wait_for(timeout=120_000)
    assert "99999" in alert.inner_text()
    assert "1024" in alert.inner_text()
    assert tab.page.locator(".jv-pending .v-btn").first.is_disabled()


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
    tab.page.locator(".jv-tip").get_by_text("Called by").wait_for(timeout=120_000)
    tab.page.keyboard.press("Enter")
    tab.page.locator(".jv-facts").get_by_text("Amplification").wait_for(timeout=120_000)
    hops = tab.page.locator(".jv-hopbar input")
    hops.wait_for(timeout=120_000)
    last = int(hops.get_attribute("max"))
    assert last >= 1
    for hop in (0, 1, last):
        hops.fill(str(hop))
        tab.page.locator(".jv-hud b").get_by_text(f"Hop {hop} of {last}").wait_for(timeout=120_000)
    for key in ("+", "ArrowLeft", "-", "0", "Escape"):
        tab.page.keyboard.press(key)
    assert not tab.errors


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
    tab.button("max").click()
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


def test_scores_and_downloads_follow_a_step_and_a_new_market(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05&tab=downloads")
    with tab.page.expect_download() as waited:
        tab.page.get_by_role("button", name="CSV").click()
    before = pd.read_csv(waited.value.path())
    tab.button("Step a week").click()
    tab.reach(lambda at: "at=2023-06-12" in at.page.url)
    tab.page.wait_for_timeout(500)
    with tab.page.expect_download() as waited:
        tab.page.get_by_role("button", name="CSV").click()
    assert len(pd.read_csv(waited.value.path())) > len(before)
    tab.button("Start over").click()
    tab.page.get_by_text("Nothing has been simulated yet").wait_for()


def test_downloads_hold_the_run_and_the_scenario(open_page: Open, tmp_path: Path) -> None:
    tab = open_page("?scale=small&seed=5&lever=mechanisms.agents=false&at=2023-06-05")
    tab.open_tab("Downloads")
    name, content = download(tab, "Parquet")
    assert name == "jevons-baseline-small-seed5-levers.parquet"
    market = InferenceMarket(Scenario.load("baseline", scale="small").replace({"mechanisms.agents": False}), rng=5).run(
        until="2023-06-05"
    )
    expected = market.observables.frame().to_parquet(None, index=False)
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(content)), pd.read_parquet(io.BytesIO(expected)))
    _, text = download(tab, "CSV")
    assert len(pd.read_csv(io.BytesIO(text))) == len(market.observables.frame())
    _, scenario = download(tab, "Scenario (TOML)")
    assert tomllib.loads(scenario.decode())["mechanisms"] == {"agents": False}
    assert Scenario.parse(scenario.decode()).parameters == market.parameters
    _, picture = download(tab, "PNG")
    assert picture.startswith(b"\x89PNG")
    _, drawing = download(tab, "SVG")
    assert b"<svg" in drawing


def test_an_address_reloads_to_the_same_view(open_page: Open) -> None:
    tab = open_page("?scale=small&seed=11&lever=demand.thinking_ceiling@2024-06-03=8&at=2024-12-30")
    tiles = tab.page.locator(".jv-tile").all_inner_texts()
    assert all("grey path" in tile for tile in tiles)
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
    one, other = open_page("?scale=small&seed=1"), open_page("?scale=small&seed=2")
    one.button("Step a week").click()
    one.reach(lambda at: at.week == 1)
    other.page.wait_for_timeout(500)
    assert other.week == 0
    assert "seed=1" in one.page.url
    assert "seed=2" in other.page.url


def test_an_error_in_a_run_is_a_message_and_the_page_goes_on(open_page: Open) -> None:
    tab = open_page(f"?scale=small&seed={BREAKING_SEED}")
    tab.button("Play").click()
    alert = tab.page.get_by_role("alert")
    alert.wait_for(timeout=120_000)
    assert "the books were lost" in alert.inner_text()
    assert "start over" in alert.inner_text()
    tab.page.get_by_label("Seed").fill("4")
    tab.page.get_by_label("Seed").press("Enter")
    tab.reach(lambda at: "seed=4" in at.page.url)
    tab.ready()
    tab.button("Step a week").click()
    tab.reach(lambda at: at.week == 1)


def test_result_sets_are_compared(open_page: Open, served: Served) -> None:
    for scenario in ("baseline", "no-thinking"):
        market = InferenceMarket(Scenario.load(scenario, scale="small"), rng=2).run(until="2023-09-30")
        folder = served.results / f"{scenario}-2"
        folder.mkdir(exist_ok=True)
        market.observables.frame().to_parquet(folder / "observables.parquet")
        (folder / "manifest.json").write_text(f'{{"scenario": "{scenario}", "seed": 2}}', encoding="utf-8")
    tab = open_page()
    tab.open_tab("Sweeps and claims")
    tab.page.get_by_text("Scenarios compared").wait_for(timeout=120_000)
    assert {"baseline", "no-thinking"} <= set(tab.page.locator(".jv-table td").all_inner_texts())
    assert tab.page.locator(".jv-picture img").count() == 1
    assert "Q14: When prices fall" in tab.page.locator(".jv-main").inner_text()  # docs/claims.md: none was run here
    assert tab.page.locator("img[src^='data:image/png']").count() >= 7
    claim = tab.page.locator("details", has_text="Q14: When prices fall")
    assert not claim.locator("table").is_visible()
    claim.locator("summary").click()
    assert claim.locator("table").is_visible()


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
            tab.button("Step a week").click()
            tab.reach(lambda at: at.week == 1)
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
        assert tab.page.locator("aside").get_by_text("Mine (my.toml)").count()
        tab.button("Play").click()
        tab.reach(lambda at: at.week >= 2)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=60) == INTERRUPTED
        tab.page.close()
    assert [line for line in server.said[1:] if line.strip()] == ["jevons: interrupted\n"]
