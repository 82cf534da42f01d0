"""The documentation site: its reference has what the code has, it builds without a warning, and fetches nothing."""

import builtins
import functools
import re
import socket
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import model
from model import JevonsError, Parameters, Scenario, scenario_outlines
from runs.cli import COMMANDS, execute, jevons
from runs.site.reference_pages import commands_page, designs_page, parameters_page, python_page, scenarios_page
from runs.sweep.design import DEFAULTS

WIDTHS = (1280, 390)


def test_the_reference_has_every_command_and_option() -> None:
    page = commands_page(jevons)
    for name in COMMANDS:
        assert f"\n## jevons {name}\n" in page
    for words in ("### jevons claims run", "| `--seed` `INTEGER RANGE` |", "| `--port`", "jevons run --scale small"):
        assert words in page
    assert "\b" not in page


def test_the_reference_has_every_parameter_scenario_and_key_of_a_design() -> None:
    page = parameters_page()
    assert page.count("\n| `") == len(list(Parameters.load().rows()))
    scenarios = scenarios_page()
    for outline in scenario_outlines():
        assert f"### {outline.name}\n" in scenarios
    for table in ("lab", "hyperscaler", "chip_maker", "power_supplier", "builder", "workload"):
        assert f"`[{table}.NAME]`" in scenarios
    for key in DEFAULTS:
        assert f"| `{key}` |" in designs_page()


@pytest.mark.parametrize("table", ["lab", "hyperscaler", "chip_maker", "power_supplier", "builder", "workload"])
def test_the_reference_says_what_a_new_row_needs_as_the_model_asks_for_it(table: str) -> None:
    with pytest.raises(JevonsError) as refused:
        Scenario.load("baseline").replace({f"{table}.mine.none": 1})
    missing = str(refused.value).partition("also needs ")[2].split(", ")
    (line,) = [line for line in scenarios_page().splitlines() if line.startswith(f"- `[{table}.NAME]`")]
    needed = line.partition(";")[0]
    assert missing != [""]
    assert all(f"`{name}`" in needed for name in missing)
    assert needed.count("`") // 2 - 1 == len(missing)


def test_the_reference_of_python_has_every_public_name() -> None:
    page = python_page()
    for name in model.__all__:
        assert re.search(rf"^::: [\w.]+\.{name}$", page, re.MULTILINE), name


def test_mistakes_cost_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").write_text("mine")
    assert execute(["docs", "--out", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert (tmp_path / "kept").read_text() == "mine"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert execute(["docs", "--no-browser", "--port", str(taken.getsockname()[1])]) == 2
    assert "give another --port" in capsys.readouterr().err
    found = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name == "material":
            raise ModuleNotFoundError("No module named 'material'", name="material")
        return found(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    assert execute(["docs", "--out", str(tmp_path / "site")]) == 2
    assert (
        "the site (material is missing) needs the extra 'docs'; in the clone: uv sync --inexact --extra docs"
        in capsys.readouterr().err
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built strictly: a warning ends the build."""
    pytest.importorskip("material")
    folder = tmp_path_factory.mktemp("site") / "site"
    assert execute(["docs", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """The site served from this machine."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.slow
def test_no_page_loads_anything_from_outside(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|img|link|iframe)[^>]+(?:src|href)="(?:https?:)?//[^"]+', text), page.name


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_screen_and_ask_only_this_machine(site: Path, address: str, width: int, browser: Any) -> None:
    asked, faults = set(), []
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    page.on("pageerror", lambda error: faults.append(str(error)))
    for file in sorted(site.rglob("*.html")):
        page.goto(f"{address}/{file.relative_to(site)}", wait_until="load")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{file.name} is {wide} pixels wider than the screen"
    page.goto(f"{address}/index.html")
    if width > 1000:
        page.locator("input.md-search__input").fill("reputation")
        page.locator(".md-search-result__item").first.wait_for(timeout=20_000)
    page.close()
    assert asked == {address.split("/")[2]}
    assert not faults
