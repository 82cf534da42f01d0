"""Levers in a browser: edited, moved, switched off, refused."""

import pytest

from tests.runs.view.conftest import Open

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser


def test_a_changed_lever_is_edited_at_the_scenario_s_own_date(open_page: Open) -> None:
    tab = open_page("?scale=small&scenario=power-squeeze")
    before = tab.page.locator(".jv-sentence").inner_text()
    lever = tab.page.locator("[data-lever='power_supplier.grid.output_factor'] input[type=text]")
    lever.fill("0.1")
    lever.press("Enter")
    tab.button("Run it").click()
    tab.reach(lambda at: "lever=power_supplier.grid.output_factor@2026-01-05=0.1" in at.page.url)
    tab.ready()
    tab.reach(lambda at: at.page.locator(".jv-sentence").inner_text() != before)
    assert lever.input_value() == "0.1"
    assert "Power squeeze and your levers" in tab.page.locator(".jv-running").inner_text()


def test_a_moved_lever_branches_from_the_week_after_the_one_shown(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2024-12-30")
    tab.levers()
    lever = tab.page.locator("[data-lever='demand.thinking_ceiling'] input[type=text]")
    lever.fill("8")
    lever.press("Enter")
    tab.page.locator(".jv-pending").get_by_text("from 6 January 2025").wait_for()
    tab.button("Run it").click()
    tab.reach(lambda at: "lever=demand.thinking_ceiling@2025-01-06=8.0" in at.page.url)
    tab.ready()
    assert "at=2024-12-30" in tab.page.url  # the week shown stays
    assert "Until 6 January 2025" in tab.page.locator(".jv-sentence").inner_text()
    assert tab.page.locator("[data-lever='demand.thinking_ceiling'] input[type=text]").first.input_value() == "8"
    tab.button("Back to the baseline").click()
    tab.reach(lambda at: "lever" not in at.page.url)
    assert not tab.errors


def test_a_mechanism_is_switched_off_from_the_coming_week_on(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2024-12-30")
    tab.levers()
    tab.page.get_by_text("Agents", exact=True).click()
    tab.button("Run it").click()
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
    assert tab.button("Run it").is_disabled()
