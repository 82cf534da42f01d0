"""The page, timed in a headless Chromium: `python -m tests.benchmarks.page [--tabs N]`.

Prints the first paint, weeks a second, a week with the redraw of a network of about 5,000 nodes in WebGL2 and in
Canvas2D, what the same charts would take in matplotlib, and memory over opened and closed tabs. WebGL runs in software
where there is no graphics card.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SERVE = "from runs.cli import main; main()"
# Times between two weeks on the time line, in milliseconds, over some seconds of playing.
INTERVALS = """(seconds) => new Promise((done) => {
  const line = document.querySelector(".jv-timeline"), times = [];
  const watch = new MutationObserver(() => times.push(performance.now()));
  watch.observe(line, { attributes: true, attributeFilter: ["aria-valuenow"] });
  setTimeout(() => { watch.disconnect(); done(times.slice(1).map((t, i) => t - times[i])); }, 1000 * seconds);
})"""
SECONDS = 8.0


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
    """Open the page in a context of its own and wait until its market stands."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(f"window.jevonsRenderer = {renderer!r}")
    page.goto(address)
    page.wait_for_function(
        "[...document.querySelectorAll('.jv-play')].some((b) => !b.disabled && b.innerText === 'Play')", timeout=90_000
    )
    return page


def first_paint(browser: Any, address: str) -> tuple[float, float]:
    """Return seconds from asking for the page to its strip and controls, and to the finished market's figures."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(".jv-date").wait_for(timeout=60_000)
    painted = time.perf_counter() - began
    page.wait_for_function("document.querySelector('.jv-tile') !== null", timeout=90_000)
    known = time.perf_counter() - began
    page.context.close()
    return painted, known


def weeks(page: Any) -> list[float]:
    """Play as fast as it goes and return the milliseconds of each week, step and redraw together."""
    page.get_by_role("button", name="max", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(1000)
    found: list[float] = page.evaluate(INTERVALS, SECONDS)
    page.get_by_role("button", name="Pause", exact=True).click()
    return found


def processor_seconds(process: int) -> float:
    """Return the processor time of a process, which other work on the machine does not lengthen."""
    import psutil

    times = psutil.Process(process).cpu_times()
    return float(times.user + times.system)


def played(
    browser: Any, address: str, process: int, tab: str, renderer: str
) -> tuple[list[float], dict[str, Any], float]:
    """Play with a tab open.

    Milliseconds of each week; what the browser's drawing took of the last one; the server's processor time a week.
    """
    page = opened(browser, address, renderer)
    page.get_by_role("tab", name=tab, exact=True).click()
    page.wait_for_timeout(1500)
    if tab == "Adoption":
        page.get_by_role("button", name="5,000", exact=True).click()
    if tab in ("Adoption", "Applications"):
        page.locator(".jv-hud span").get_by_text(re.compile("run AI|use chat")).wait_for(timeout=60_000)
        assert page.locator(".jv-network").get_attribute("data-renderer") == renderer
    began, week = processor_seconds(process), _week(page)
    found = weeks(page)
    page.wait_for_timeout(500)
    spent = 1000.0 * (processor_seconds(process) - began) / max(_week(page) - week, 1)
    drawn: dict[str, Any] = page.evaluate("window.jevonsDrawn")
    page.context.close()
    return found, drawn, spent


def _week(page: Any) -> int:
    return int(page.locator(".jv-timeline").get_attribute("aria-valuenow") or 0)


def matplotlib_milliseconds() -> float:
    """Return what nine panels of the same curves take in matplotlib, as Mesa's plot components draw them."""
    import io

    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from model import InferenceMarket, Scenario
    from runs.view.panels import curves, pack, panels

    market = InferenceMarket(Scenario.load("baseline", scale="small"), rng=7).run(until="2025-12-29")
    times = []
    for _ in range(5):
        began = time.perf_counter()
        block = iter(np.frombuffer(pack(market), dtype=np.float32).reshape(len(curves()), -1))
        for panel in panels():
            figure = Figure(figsize=(3.0, 2.4))
            FigureCanvasAgg(figure)
            axes = figure.subplots()
            for _curve in panel.curves:
                axes.plot(next(block))
            axes.set_yscale("log" if panel.scale == "log" else "linear")
            figure.savefig(io.BytesIO(), format="png")
        times.append(1000.0 * (time.perf_counter() - began))
    return statistics.median(times)


def resident_mib(process: int) -> float:
    """Return the memory of a process."""
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS"))) / 1024.0


def memory(browser: Any, address: str, process: int, tabs: int) -> list[float]:
    """Open and close tabs, each with a week simulated; the server's memory after each (MiB)."""
    found = []
    for _ in range(tabs):
        page = opened(browser, address + "/?scale=small")
        page.get_by_role("button", name="Step a week", exact=True).click()
        page.wait_for_function("document.querySelector('.jv-timeline').getAttribute('aria-valuenow') === '1'")
        page.context.close()
        found.append(resident_mib(process))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.page", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tabs", type=int, default=50, help="tabs opened and closed to watch memory; 0 leaves it out")
    tabs = parser.parse_args().tabs
    console = Console()
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if path is None:
        sys.exit("no Chromium on this machine: install the system's package")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, server() as (address, process):
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader"]
        )
        opened(browser, address).context.close()
        pairs = [first_paint(browser, address) for _ in range(5)]
        console.print(f"first paint: median {statistics.median(a for a, _ in pairs):.2f} s, "
                      f"market ready {statistics.median(b for _, b in pairs):.2f} s")  # fmt: skip
        for tab, renderer in (
            ("Market", "webgl2"), ("Supply network", "webgl2"), ("Adoption", "webgl2"), ("Adoption", "canvas2d"),
            ("Applications", "webgl2"), ("Applications", "canvas2d"),
        ):  # fmt: skip
            found, drawn, spent = played(browser, address, process, tab, renderer)
            milliseconds = {name: round(of["milliseconds"], 1) for name, of in drawn.items()}
            console.print(
                f"{tab}, {renderer}: a week with redraw {statistics.median(found):.0f} ms at the median, "
                f"{1000.0 / statistics.mean(found):.1f} weeks a second over {len(found)}; "
                f"the server's processor {spent:.0f} ms a week; drawing {milliseconds} ms"
            )
        console.print(f"the same charts in matplotlib: {matplotlib_milliseconds():.0f} ms a frame, before it is sent")
        if tabs:
            sizes = memory(browser, address, process, tabs)
            console.print(f"memory: {sizes[0]:.0f} MiB after 1 tab, {sizes[min(9, tabs - 1)]:.0f} after 10, "
                          f"{sizes[-1]:.0f} after {tabs}")  # fmt: skip
        browser.close()


if __name__ == "__main__":
    main()
