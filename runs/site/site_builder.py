"""Build the documentation site with mkdocs, and serve it from this machine."""

import contextlib
import functools
import logging
import tempfile
import webbrowser
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

from model import JevonsError
from runs.places import ROOT
from runs.terminal.missing_extra import missing_extra
from runs.terminal.startup_line import early_line

SETTINGS = ROOT / "mkdocs.yml"


def build_site(folder: Path) -> None:
    """Write the site into a new or empty folder.

    Raises JevonsError where the extra or the checkout's pages are missing, the folder holds anything, or a page has a
    broken link or another fault.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise JevonsError(f"--out {folder}: is not empty; give a new or empty folder (nothing is overwritten)")
    with early_line("jevons: building the site"):
        _build(folder)


def _build(folder: Path) -> None:
    if not SETTINGS.is_file():
        raise JevonsError(f"{SETTINGS} is missing: the pages come with a checkout of the project, not with a package")
    with _extra():
        import material  # noqa: F401
        import mkdocstrings_handlers.python  # noqa: F401
        from mkdocs.commands.build import build
        from mkdocs.config import load_config
        from mkdocs.exceptions import Abort, MkDocsException

    told = _Told()
    logging.getLogger("mkdocs").addHandler(told)
    try:
        build(load_config(str(SETTINGS), site_dir=str(folder.resolve()), strict=True))
    except (Abort, MkDocsException) as error:
        raise JevonsError(f"the site has faults: {'; '.join(told.lines) or error}") from None
    finally:
        logging.getLogger("mkdocs").removeHandler(told)


@contextlib.contextmanager
def _extra() -> Iterator[None]:
    """Refuse where the packages of the extra are missing. Raises JevonsError."""
    try:
        yield
    except ImportError as error:
        raise JevonsError(missing_extra(f"the site ({error.name} is missing)", "docs")) from None


class _Told(logging.Handler):
    """Keeps what a build warns of: in a strict build each of these is a fault."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.lines.append(" ".join(record.getMessage().split()))


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the name that it overrides
        """Say nothing."""


def serve_site(port: int, *, browser: bool) -> None:
    """Build the site and serve it on this machine until interrupted. Raises JevonsError as `build_site` does."""
    with tempfile.TemporaryDirectory() as folder:
        handler = functools.partial(_Quiet, directory=folder)
        try:
            server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise JevonsError(f"--port {port}: cannot listen there ({reason}); give another --port") from None
        with server:
            with early_line("jevons: building the site"):
                _build(Path(folder))
            url = f"http://127.0.0.1:{server.server_address[1]}/"
            click.echo(f"jevons: the documentation is at {url} (Ctrl-C ends it)")
            if browser:
                webbrowser.open(url)
            server.serve_forever()
