"""One server and one real browser for all tests of the page that ask for them."""

import contextlib
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
# Section of the page -> its tabs.
SECTIONS = {
    "Story": (), "Explore": (), "Networks": ("Supply network", "Applications", "Adoption"),
    "Evidence": ("Against actuals", "Forecasts", "Claims", "Your results", "Words"), "Export": (),
}  # fmt: skip
TABS = tuple(name for section, tabs in SECTIONS.items() for name in (tabs or (section,)))
# A seed under which the server of the tests breaks off in its third week: what does the page do then?
BREAKING_SEED = 13
BREAKING = f"""
from model import InferenceMarket, insert_phase, phase

@phase(reads="nothing", writes="nothing")
def breaking(world):
    if world.streams.seed == {BREAKING_SEED} and world.clock.week == 2:
        raise RuntimeError("the books were lost")

InferenceMarket.week = insert_phase(InferenceMarket.week, breaking, before="settlement")
from runs.cli import main
main()
"""


@dataclass
class Served:
    """A running server: its address, its process, where it looks for result sets, and the lines that it printed."""

    url: str
    process: "subprocess.Popen[str]"
    results: Path
    said: list[str]


@contextlib.contextmanager
def serving(code: str, results: Path, *options: str) -> Iterator[Served]:
    """Serve the page with `code`, and end the server, if it still runs, afterwards."""
    command = [sys.executable, "-c", code, "view", "--port", "0", "--no-browser", "--results", str(results), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"http://\S+", line):
            # Whatever is printed later must not fill the pipe.
            reader = threading.Thread(target=said.extend, args=(process.stdout,), daemon=True)
            reader.start()
            yield Served(found[0], process, results, said)
            break
    else:
        pytest.fail("the server ended: " + "".join(said))
    process.terminate()
    process.wait(timeout=60)
    reader.join(timeout=20)
    process.stdout.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(BREAKING, tmp_path_factory.mktemp("results")) as server:
        yield server


@dataclass
class Tab:
    """A page with what it asked the network for and what went wrong in it."""

    page: Any
    requests: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def ready(self) -> None:
        """Wait until the run is simulated to its end and stands still."""
        self.page.get_by_role("button", name="Play", exact=True).wait_for(timeout=120_000)
        self.page.wait_for_function(
            "[...document.querySelectorAll('.jv-play')].some((b) => !b.disabled && b.innerText === 'Play')",
            timeout=120_000,
        )

    @property
    def week(self) -> int:
        return int(self.page.locator(".jv-timeline").get_attribute("aria-valuenow"))

    def reach(self, holds: Callable[["Tab"], bool], seconds: float = 120.0) -> None:
        """Wait until something holds."""
        for _ in range(int(seconds / 0.1)):
            if holds(self):
                return
            self.page.wait_for_timeout(100)
        entries = self.page.evaluate("history.length")
        pytest.fail(f"it did not come about in time at {self.page.url}, {entries} entries in the history")

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def open_tab(self, name: str) -> None:
        """Open a tab, by way of its section."""
        section = next(of for of, tabs in SECTIONS.items() if name in (of, *tabs))
        self.page.get_by_role("tab", name=section, exact=True).click()
        if name != section:
            self.page.get_by_role("tab", name=name, exact=True).click()

    def scrub(self, week: int) -> None:
        """Move the scrubber to show so many weeks, and wait until the market is there."""
        self.page.locator(".jv-timeline").evaluate(
            "(line, week) => { line.value = week; line.dispatchEvent(new Event('input')); }", week
        )
        self.reach(lambda at: at.week == week)
        self.page.wait_for_timeout(600)
        self.ready()

    def card(self, scenario: str) -> Any:
        return self.page.locator(f"[data-card={scenario}]")

    def levers(self) -> None:
        """Unfold all levers."""
        self.button("All levers").click()
        self.page.locator("[data-lever='demand.thinking_ceiling']").wait_for(timeout=120_000)

    def settings(self) -> None:
        """Open the run's settings."""
        self.button("Run settings").click()
        self.page.get_by_label("Seed").wait_for(timeout=120_000)


def colours(place: Any) -> int:
    """How many colours a part of the page shows, up to some thousands; a blank one shows one."""
    with Image.open(io.BytesIO(place.screenshot())) as picture:
        found = picture.convert("RGB").getcolors(2**20)
    return len(found or ())


def download(tab: Tab, kind: str) -> tuple[str, bytes]:
    """Take a file of a kind from the Export tab: its name and content."""
    with tab.page.expect_download(timeout=120_000) as waited:
        tab.page.locator(f"[data-file={kind}]").click()
    return waited.value.suggested_filename, Path(waited.value.path()).read_bytes()


Open = Callable[..., Tab]


@pytest.fixture
def open_page(browser: Any, served: Served) -> Iterator[Callable[..., Tab]]:
    contexts: list[Any] = []

    def visitor(width: int, height: int, settings: dict[str, Any]) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **settings)
        context.set_default_timeout(120_000)  # a busy machine takes its time; a quiet one does not wait
        contexts.append(context)
        return context

    def opened(
        query: str = "?scale=small",
        width: int = 1280,
        height: int = 900,
        beside: Tab | None = None,
        waits: bool = True,
        **settings: Any,
    ) -> Tab:
        context = visitor(width, height, settings) if beside is None else beside.page.context
        tab = Tab(context.new_page())
        tab.page.on("request", lambda request: tab.requests.append(request.url))
        tab.page.on("websocket", lambda socket: tab.requests.append(socket.url))
        tab.page.on("response", lambda answer: tab.refused.append(answer.url) if answer.status >= 400 else None)
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.goto(served.url + "/" + query)
        if waits:
            tab.ready()
        return tab

    yield opened
    for context in contexts:
        context.close()
