"""Addresses of the page, reload, Back and Forward in a browser."""

from urllib.parse import urlsplit

import pytest

from tests.runs.view.conftest import Open

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser


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
