"""The server behind the page: what it asks of others, several visitors, errors, silence, memory and its end."""

import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from runs.commands import INTERRUPTED
from tests.runs.view.conftest import BREAKING_SEED, TABS, Open, Served, Tab, serving

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser

SHIPPED = Path(sys.prefix) / "share" / "solara" / "cdn"  # the scripts and fonts that come with solara-assets


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
