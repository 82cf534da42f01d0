"""The small charts in a browser."""

import pytest

from runs.view.panels import panels
from tests.runs.view.conftest import Open, colours

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser


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
