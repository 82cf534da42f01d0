"""The command `jevons docs`."""

from typing import TYPE_CHECKING

import click

from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8766, help="0 takes any free one.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--out", type=PLACE, metavar="DIR", help="Write the site there, a new or empty folder, and end.")
def docs(port: int, no_browser: bool, out: "Path | None") -> None:
    """Read the documentation in the browser.

    Builds the pages and serves them from this machine; nothing is fetched. The reference is written from the code as
    it is. A broken link or any other warning ends the build. Needs the extra 'docs'.

    \b
    Examples:
      jevons docs
      jevons docs --out site
    """
    from runs.site.site_builder import build_site, serve_site

    if out is not None:
        build_site(out)
        click.echo(f"the site: {out / 'index.html'}")
    else:
        serve_site(port, browser=not no_browser)
