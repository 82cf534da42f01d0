"""The page for everybody: by keyboard, read aloud, in both colour schemes, at any width."""

import pytest

from tests.runs.view.conftest import SECTIONS, TABS, Open

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser


def test_the_page_names_its_language_and_everything_that_can_be_operated(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05")
    assert tab.page.locator("html").get_attribute("lang") == "en"
    nameless = """() => [...document.querySelectorAll("button, input:not([type=hidden]), [role=slider], [tabindex]")]
        .filter((it) => it.checkVisibility() && it.getAttribute("aria-hidden") !== "true")
        .filter((it) => !(it.ariaLabel || it.textContent.trim() || it.labels?.[0]?.textContent.trim()))
        .map((it) => it.outerHTML.slice(0, 200))"""
    for name in TABS:
        tab.open_tab(name)
        tab.page.wait_for_timeout(700)
        tab.reach(lambda at: at.page.evaluate(nameless) == [])  # a canvas is named once it is drawn


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pressed_buttons_and_verdicts_stand_out_from_their_ground(open_page: Open, scheme: str) -> None:
    tab = open_page("?scale=small&at=2025-06-02", color_scheme=scheme)
    tab.open_tab("Against actuals")
    tab.settings()
    tab.page.locator(".jv-out").first.wait_for(timeout=120_000)
    contrast = """(it) => {
        const light = (text) => { const [r, g, b] = text.match(/[0-9.]+/g).map((c) => c / 255)
            .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        let ground = it;
        while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
        const pair = [getComputedStyle(it).color, getComputedStyle(ground).backgroundColor].map(light);
        return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05); }"""
    for place in (".jv-play", ".jv-group [aria-pressed=true]", ".jv-in", ".jv-out", ".v-tab--active"):
        assert tab.page.locator(place).first.evaluate(contrast) >= 4.5, place  # WCAG AA


def test_a_slider_can_be_moved_with_the_keyboard(open_page: Open) -> None:
    tab = open_page()
    tab.levers()
    place = tab.page.locator("[data-lever='labs.menu_cost']")
    assert "Cost of changing a price" in place.get_by_role("slider").get_attribute("aria-label")
    place.locator("[role=slider]").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.get_by_role("button", name="Undo").wait_for(timeout=120_000)
    assert "Cost of changing a price" in tab.page.locator(".jv-pending").inner_text()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_fits_the_width_in_light_and_dark(open_page: Open, width: int, scheme: str) -> None:
    tab = open_page("?scale=small&at=2024-12-30", width=width, height=844, color_scheme=scheme)
    ground = tab.page.locator(".jv-page").evaluate("(page) => getComputedStyle(page).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 200) == (scheme == "dark")
    for name in TABS:
        tab.open_tab(name)
        tab.page.wait_for_timeout(700)
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_on_a_phone_what_can_be_changed_comes_up_as_a_sheet_and_the_chart_is_in_sight(open_page: Open) -> None:
    tab = open_page("?scale=small", width=390, height=844)
    card, chart = tab.card("power-squeeze"), tab.page.locator(".jv-story-chart canvas")
    assert not card.is_visible()
    box, bar = chart.bounding_box(), tab.page.locator(".jv-strip").bounding_box()
    assert box["y"] + box["height"] < bar["y"]
    assert bar["y"] + bar["height"] <= 844
    tab.button("What if …").click()
    card.wait_for(state="visible", timeout=120_000)
    sheet = tab.page.locator("aside").bounding_box()
    assert sheet["y"] + sheet["height"] == 844
    assert chart.bounding_box() == box  # nothing was pushed down
    tab.button("Close").click()
    card.wait_for(state="hidden", timeout=120_000)


def test_on_a_phone_a_card_or_another_tab_closes_the_sheet_and_the_result_is_in_sight(open_page: Open) -> None:
    tab = open_page("?scale=small", width=390, height=844)
    card, sentence = tab.card("power-squeeze"), tab.page.locator(".jv-sentence")
    tab.button("What if …").click()
    card.click()
    card.wait_for(state="hidden", timeout=120_000)
    tab.reach(lambda at: sentence.inner_text().startswith("By December 2028: "))
    tab.ready()
    box, bar = sentence.bounding_box(), tab.page.locator(".jv-strip").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= bar["y"]
    tab.button("What if …").click()
    card.wait_for(state="visible", timeout=120_000)
    tab.open_tab("Explore")
    card.wait_for(state="hidden", timeout=120_000)
    assert not tab.errors


def test_the_keyboard_alone_reaches_every_section_a_card_and_play(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-01-02")
    assert tab.page.get_by_role("tab").all_inner_texts() == list(SECTIONS)
    for place in range(len(SECTIONS)):
        assert tab.page.get_by_role("tab").nth(place).get_attribute("tabindex") in ("0", None)
    reached = []
    for _ in range(40):
        tab.page.keyboard.press("Tab")
        reached.append(tab.page.evaluate("document.activeElement.textContent.trim()"))
    assert any(text.startswith("power is short?") for text in reached)
    assert "Play" in reached
    tab.button("Play").focus()
    tab.page.keyboard.press("Enter")
    tab.reach(lambda at: at.week >= 3)


def test_every_tab_shows_its_name_at_any_width(open_page: Open) -> None:
    tab = open_page()
    for width in (1280, 768, 390):
        tab.page.set_viewport_size({"width": width, "height": 844})
        for name in TABS:
            tab.open_tab(name)
            tab.page.wait_for_timeout(200)
            box = tab.page.get_by_role("tab", name=name, exact=True).bounding_box()
            assert box["x"] >= 0, (width, name)
            assert box["x"] + box["width"] <= width, (width, name)
            assert box["height"] <= 52, (width, name)


def test_what_scrolls_sideways_can_be_reached_by_keyboard(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2025-06-02&tab=supply-network", width=390, height=844)
    place = tab.page.get_by_role("region", name="Drawing of the flows")
    place.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.reach(lambda at: place.evaluate("(it) => it.scrollLeft") > 0, 10.0)
    assert tab.page.get_by_text("Scroll sideways").is_visible()
