"""The page, timed in a headless Chromium: `python -m tests.benchmarks page [--rounds N] [--networks] [--tabs N]`.

Prints what a visitor waits for, each beside what is wanted: first paint, the finished first chart, a scenario card's
answer and its whole path, a week with its redraw, a PNG and a CSV, and how far the layout moves. `--networks` adds
weeks a second with each network in WebGL2 and in Canvas2D (in software where there is no graphics card), `--tabs N` the
server's memory over N tabs opened and closed. Other work on the machine lengthens all of it.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SERVE = "from runs.cli import main; main()"
PATIENCE = 300_000

# Everything that this script knows of the page's insides: selectors, names of buttons, names of widgets.
PAGE = {
    "chart": "story",  # the large chart's name in window.jevonsDrawn
    "card": "[data-card=power-squeeze]",
    "play": "[...document.querySelectorAll('.jv-play')].some((b) => !b.disabled && b.innerText === 'Play')",
    "time line": ".jv-timeline",
    "play button": "Play",
    "pause button": "Pause",
    "run settings": "Run settings",
    "fastest": "max",
    "export": "Export",
    "file": "[data-file={kind}]",
    "networks": "Networks",
    "facts of a network": ".jv-hud span",
    "canvas": ".jv-network",
}
# Runs in the page from its first moment: layout shift, and when the chart first showed a path to the last week.
WATCH = """window.moved = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
}).observe({type: "layout-shift", buffered: true});
const look = () => {
  const line = document.querySelector("TIMELINE"), chart = (window.jevonsDrawn || {})["CHART"];
  const whole = line && line.max > 1 && line.value === line.max;
  if (whole && chart && chart.frame > 0) window.finished ??= performance.now();
  else requestAnimationFrame(look);
};
look();""".replace("TIMELINE", PAGE["time line"]).replace("CHART", PAGE["chart"])
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
# Clicks a card; the milliseconds to the first frame of the chart after it, and to a path that has reached the end.
CARD = """(selector) => new Promise((done) => {
  const began = performance.now(), before = window.jevonsDrawn["CHART"].frame;
  let answered = null, left = false;
  document.querySelector(selector).click();
  const look = () => {
    const now = performance.now(), chart = window.jevonsDrawn["CHART"];
    if (answered === null && chart.frame > before) answered = now - began;
    const ready = PLAY;
    if (!ready) left = true;
    if (answered !== null && left && ready) done([answered, now - began]);
    else requestAnimationFrame(look);
  };
  look();
})""".replace("CHART", PAGE["chart"]).replace("PLAY", PAGE["play"])
# Times between two weeks on the time line, in milliseconds, over some seconds of playing.
INTERVALS = """(seconds) => new Promise((done) => {
  const line = document.querySelector("TIMELINE"), times = [];
  const watch = new MutationObserver(() => times.push(performance.now()));
  watch.observe(line, { attributes: true, attributeFilter: ["aria-valuenow"] });
  setTimeout(() => { watch.disconnect(); done(times.slice(1).map((t, i) => t - times[i])); }, 1000 * seconds);
})""".replace("TIMELINE", PAGE["time line"])
SECONDS = 8.0
# Measure -> what is wanted at most, and its unit.
WANTED: dict[str, tuple[float, str]] = {
    "first contentful paint": (1.5, "s"),
    "finished first chart": (3.0, "s"),
    "a card's first answer": (1.0, "s"),
    "a card's whole path": (10.0, "s"),
    "a week with its redraw": (0.15, "s"),
    "a PNG": (3.0, "s"),
    "a CSV": (3.0, "s"),
    "layout shift": (0.1, ""),
}
Found = dict[str, list[float]]


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """Serve the page on a free port; its address and its process."""
    command = [sys.executable, "-c", SERVE, "view", "--port", "0", "--no-browser"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    found = next(match[0] for line in process.stdout if (match := re.search(r"http://\S+", line)))
    threading.Thread(target=process.stdout.read, daemon=True).start()
    try:
        yield found, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def opened(browser: Any, address: str, renderer: str = "webgl2") -> Any:
    """Open the page in a context of its own and wait until its run is finished."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(f"window.jevonsRenderer = {renderer!r}; {WATCH}")
    page.goto(address)
    page.wait_for_function(PAGE["play"])
    return page


def visit(browser: Any, address: str) -> dict[str, float]:
    """Open the first screen; seconds to its first paint and to the finished chart, and how far the layout moved."""
    page = opened(browser, address)
    page.wait_for_function("window.finished !== undefined")
    paint, chart, moved = page.evaluate(f"[{PAINT}, window.finished, window.moved]")
    page.context.close()
    return {"first contentful paint": paint / 1e3, "finished first chart": chart / 1e3, "layout shift": moved}


def visitor(browser: Any, address: str) -> dict[str, float]:
    """Draw a scenario and take files away; seconds for each."""
    page = opened(browser, address)
    answer, whole = (value / 1e3 for value in page.evaluate(CARD, PAGE["card"]))
    page.get_by_role("tab", name=PAGE["export"], exact=True).click()
    page.locator(PAGE["file"].format(kind="png")).wait_for()
    png, csv = (saved(page, kind) for kind in ("png", "csv"))
    page.context.close()
    return {"a card's first answer": answer, "a card's whole path": whole, "a PNG": png, "a CSV": csv}


def saved(page: Any, kind: str) -> float:
    """Take a file away and return the seconds until the browser has it."""
    began = time.perf_counter()
    with page.expect_download() as waited:
        page.locator(PAGE["file"].format(kind=kind)).click()
    waited.value.path()
    return time.perf_counter() - began


def weeks(page: Any) -> list[float]:
    """Play as fast as it goes and return the seconds of each week, step and redraw together."""
    page.get_by_role("button", name=PAGE["run settings"], exact=True).click()
    page.get_by_role("button", name=PAGE["fastest"], exact=True).click()
    page.get_by_role("button", name=PAGE["run settings"], exact=True).click()
    page.get_by_role("button", name=PAGE["play button"], exact=True).click()
    page.wait_for_timeout(1000)
    found: list[float] = page.evaluate(INTERVALS, SECONDS)
    page.get_by_role("button", name=PAGE["pause button"], exact=True).click()
    return [value / 1e3 for value in found]


def processor_seconds(process: int) -> float:
    """Return the processor time of a process, which other work on the machine does not lengthen."""
    import psutil

    times = psutil.Process(process).cpu_times()
    return float(times.user + times.system)


def played(browser: Any, address: str, process: int, tab: str, renderer: str) -> str:
    """Play with a network's tab open and say how long a week takes, on the page and of the server's processor."""
    page = opened(browser, address, renderer)
    page.get_by_role("tab", name=PAGE["networks"], exact=True).click()
    page.get_by_role("tab", name=tab, exact=True).click()
    page.wait_for_timeout(1500)
    if tab == "Adoption":
        page.get_by_role("button", name="5,000", exact=True).click()
    if tab in ("Adoption", "Applications"):
        page.locator(PAGE["facts of a network"]).get_by_text(re.compile("run AI|use chat")).first.wait_for()
        assert page.locator(PAGE["canvas"]).first.get_attribute("data-renderer") == renderer
    began, week = processor_seconds(process), _week(page)
    found = weeks(page)
    page.wait_for_timeout(500)
    spent = (processor_seconds(process) - began) / max(_week(page) - week, 1)
    page.context.close()
    return (
        f"{tab}, {renderer}: a week with redraw {1e3 * statistics.median(found):.0f} ms at the median, "
        f"{1.0 / statistics.mean(found):.1f} weeks a second; the server's processor {1e3 * spent:.0f} ms a week"
    )


def _week(page: Any) -> int:
    return int(page.locator(PAGE["time line"]).get_attribute("aria-valuenow") or 0)


def resident_mib(process: int) -> float:
    """Return the memory of a process."""
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS"))) / 1024.0


def memory(browser: Any, address: str, process: int, tabs: int) -> str:
    """Open and close tabs and say how much memory the server has after the first, the tenth and the last."""
    found = []
    for _ in range(tabs):
        opened(browser, address + "/?scale=small").context.close()
        found.append(resident_mib(process))
    return (
        f"memory: {found[0]:.0f} MiB after 1 tab, {found[min(9, tabs - 1)]:.0f} after 10, {found[-1]:.0f} after {tabs}"
    )


def measured(browser: Any, address: str, rounds: int) -> Found:
    """Measure everything that is wanted, `rounds` times each."""
    found: Found = {name: [] for name in WANTED}
    steps: tuple[Callable[[Any, str], dict[str, float]], ...] = (visit, visitor)
    for _ in range(rounds):
        for step in steps:
            for name, value in step(browser, address).items():
                found[name].append(value)
    page = opened(browser, address)
    found["a week with its redraw"] = weeks(page)
    page.context.close()
    return found


def table_of(found: Found) -> Table:
    """Return the measures beside what is wanted."""
    table = Table("measure", "median", "most", "wanted at most", "")
    for name, values in found.items():
        most, unit = WANTED[name]
        met = statistics.median(values) <= most
        shown = [f"{value:.3g} {unit}".rstrip() for value in (statistics.median(values), max(values), most)]
        table.add_row(name, *shown, "met" if met else "missed")
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks page", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="visits of each kind")
    parser.add_argument("--networks", action="store_true", help="also weeks a second with each network")
    parser.add_argument("--tabs", type=int, default=0, help="tabs opened and closed to watch memory")
    given = parser.parse_args(arguments)
    console = Console()
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if path is None:
        sys.exit("no Chromium on this machine: install the system's package")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, server() as (address, process):
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader"]
        )
        console.print("opening the page once, so that nothing is measured cold", style="dim")
        opened(browser, address).context.close()
        console.print(table_of(measured(browser, address, max(given.rounds, 1))))
        console.print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", style="dim")
        if given.networks:
            for tab in ("Supply network", "Adoption", "Applications"):
                for renderer in ("webgl2", "canvas2d")[: 1 if tab == "Supply network" else 2]:
                    console.print(played(browser, address, process, tab, renderer))
        if given.tabs:
            console.print(memory(browser, address, process, given.tabs))
        browser.close()


if __name__ == "__main__":
    main()
