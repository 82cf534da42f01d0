"""Serving the page: only on this machine, with nothing fetched from the network."""

import errno
import logging
import os
import secrets
import socket
import threading
import time
import warnings
import webbrowser
from pathlib import Path
from typing import Any

from model import JevonsError, Scenario, chosen_backend
from runs.terminal.missing_extra import missing_extra
from runs.terminal.startup_line import early_line
from runs.view.address import SCENARIO_VARIABLE, Setup, write_address
from runs.view.shown_figures import choose_figures

# A tab that lost its connection (a sleeping laptop, say) keeps its market this long.
LOST_TAB = "10m"
# Nothing is fetched: files that Solara does not ship must fail to load.
NOWHERE = "http://127.0.0.1:9"
SETTINGS = {
    "SOLARA_APP": "runs.view.app",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_ASSETS_CDN": NOWHERE,
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_TITLE": "jevons",
    "SOLARA_SSG_ENABLED": "False",
    "SOLARA_SEARCH_ENABLED": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": LOST_TAB,
    "SOLARA_ASSETS_EXTRA_LOCATIONS": str(Path(__file__).parent / "assets"),
}
RESULTS_VARIABLE = "JEVONS_VIEW_RESULTS"


def serve(
    host: str, port: int, results: Path, scenario: str | None = None, figures: Path | None = None,
    *, only_figures: bool = False, browser: bool,
) -> None:  # fmt: skip
    """Serve the page until interrupted, with the result sets in `results`; open it in a browser if asked.

    `scenario`, by name or as a TOML file, is what the page begins with; a file can then be chosen on the page too.
    `figures` is a file of the user's own, shown beside the shipped ones, or alone with `only_figures`. Raises
    JevonsError for a bad scenario or file, and where the extra is missing, the port is taken or JEVONS_BACKEND is not
    one that is there.
    """
    # Solara reads its settings when it is first imported.
    os.environ.update({"SOLARA_SESSION_SECRET_KEY": secrets.token_hex(16)} | SETTINGS)
    os.environ[RESULTS_VARIABLE] = str(results.resolve())
    begin = "" if scenario is None else _open(scenario)
    choose_figures(figures, scenario, only=only_figures)
    chosen_backend()
    with early_line("jevons: loading the page"):
        _check_extra()
        listening = _bind(host, port)
        import uvicorn
        from solara.server.starlette import app

    logging.getLogger("solara").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="Cookies with samesite")  # the page is not embedded anywhere
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, ws_ping_interval=None))
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    address = url_of(listening) + begin
    threading.Thread(target=_greet, args=(server, address, browser), name="greeting", daemon=True).start()
    server.run(sockets=[listening])


def _open(scenario: str) -> str:
    """Check a scenario and let the page have it; returns the address that begins with it. Raises JevonsError."""
    Scenario.load(scenario)
    file = Path(scenario)
    os.environ[SCENARIO_VARIABLE] = str(file.resolve()) if file.suffix == ".toml" else ""
    return f"/{write_address(Setup(file.name))}"


def _greet(server: Any, url: str, browser: bool) -> None:
    """Print the address once the server is up, and open the browser."""
    import click

    while not server.started:
        time.sleep(0.02)
    click.echo(f"jevons: the market is at {url} (Ctrl-C ends it)")
    if browser:
        webbrowser.open(url)


def _check_extra() -> None:
    """Refuse where the packages of the extra are missing. Raises JevonsError."""
    try:
        import anywidget  # noqa: F401
        import solara  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise JevonsError(missing_extra(f"the page ({error.name} is missing)", "view")) from None


def _bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises JevonsError naming host and port."""
    listening: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        if listening is not None:
            listening.close()
        reason = (error.strerror or str(error)).lower()
        other = "--port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "--host"
        raise JevonsError(
            f"--host {host} --port {port}: cannot listen there ({reason}); give another {other}"
        ) from None
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address under which a browser on this machine reaches the page."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def warm_up() -> None:
    """Load what the first visitor would wait for."""
    from calibration.store.code_fingerprint import fingerprint
    from model import InferenceMarket, Scenario
    from runs.view.baseline_file import shipped_baseline

    shipped_baseline()
    fingerprint()  # whether that one is current
    InferenceMarket(Scenario.load("baseline", scale="small")).step()
