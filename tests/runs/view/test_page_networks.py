"""The three networks in a browser."""

from urllib.parse import urlsplit

import pytest

from tests.runs.view.conftest import Open, Tab, colours

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser


def test_the_supply_network_stays_within_its_drawing(open_page: Open) -> None:
    outside = """(svg) => [...svg.querySelectorAll("rect, text, path")].map((it) => [it.getBBox(), it.textContent])
        .filter(([box]) => box.x < 0 || box.x + box.width > svg.viewBox.baseVal.width
            || box.y < 0 || box.y + box.height > svg.viewBox.baseVal.height).map(([, text]) => text)"""
    for scenario in ("baseline", "power-squeeze"):
        tab = open_page(f"?scenario={scenario}&scale=small&at=2026-03-30&tab=supply-network")
        tab.page.locator(".jv-facts h3").wait_for(timeout=120_000)
        for measure in ("GW, GPU-hours and tokens", "Dollars"):
            tab.button(measure).click()
            assert tab.page.locator(".jv-flow svg").evaluate(outside) == [], (scenario, measure)


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
    tab.button("Run it").click()
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
