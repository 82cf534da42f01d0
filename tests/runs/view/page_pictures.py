"""Pictures of the page for the README: `python -m tests.runs.view.page_pictures [--url URL]` while the page is served.

Needs a Chromium of the system's packages and Playwright (extra `dev`). Writes small PNG files to docs/figures.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from tests.runs.conftest import chromium
from tests.runs.view.conftest import ROOT

FOLDER = ROOT / "docs" / "figures"
VIEW = "/?scenario=power-squeeze&seed=7"
COLOURS = 128
# Milliseconds: a scenario at default scale runs to its end before the page is ready.
PATIENCE = 300_000


def take(url: str, folder: Path) -> list[Path]:
    """Take the pictures into a folder; the files. The page must be served under `url`."""
    path = chromium()
    if path is None:
        sys.exit("no Chromium on this machine: install the system's package")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = _open(browser, url + VIEW)
        files = [_market(page, folder), _supply(page, folder), _cascade(page, folder)]
        browser.close()
    return files


def _open(browser: Any, address: str) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 920}, color_scheme="light").new_page()
    page.goto(address, timeout=PATIENCE)
    page.wait_for_function("document.querySelector('.jv-tile') !== null", timeout=PATIENCE)
    page.wait_for_function("[...document.querySelectorAll('.jv-play')].some((b) => !b.disabled)", timeout=PATIENCE)
    page.wait_for_timeout(1500)
    return page


def _market(page: Any, folder: Path) -> Path:
    return _save(page, folder / "page-market.png")


def _supply(page: Any, folder: Path) -> Path:
    page.emulate_media(color_scheme="dark")
    page.get_by_role("tab", name="Networks", exact=True).click()
    page.get_by_role("tab", name="Supply network", exact=True).click()
    page.locator(".jv-facts h3").wait_for()
    page.wait_for_timeout(800)
    return _save(page, folder / "page-supply.png")


def _cascade(page: Any, folder: Path) -> Path:
    page.emulate_media(color_scheme="light")
    page.get_by_role("tab", name="Networks", exact=True).click()
    page.get_by_role("tab", name="Applications", exact=True).click()
    page.get_by_role("button", name="Show a typical cascade").click(timeout=60_000)
    page.locator(".jv-hopbar input").wait_for()
    page.wait_for_timeout(7000)
    page.mouse.move(5, 5)
    return _save(page.locator(".jv-sides"), folder / "page-cascade.png")


def _save(seen: Any, file: Path) -> Path:
    """Save what is seen, in few colours: a picture in a repository should be small.

    The palette covers the colours there are rather than the most frequent ones, or a small green dot would turn blue.
    """
    seen.screenshot(path=str(file))
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(file, optimize=True)
    return file


def main() -> None:
    """Take the pictures and say where they are."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.runs.view.page_pictures", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--url", default="http://127.0.0.1:8765", help="where `jevons view` serves the page")
    for file in take(parser.parse_args().url, FOLDER):
        sys.stdout.write(f"{file} ({file.stat().st_size // 1024} KiB)\n")


if __name__ == "__main__":
    main()
