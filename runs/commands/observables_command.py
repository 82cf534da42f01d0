"""`jevons observables`: what a run records."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from model import JevonsError, Observable, declared_observables

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.option("--search", metavar="TEXT", help="Only those with every word in one of their columns.")
def observables(search: str | None) -> None:
    """Show what a run records, or search it.

    Prints name, unit, of whom and for which segments; then what it means and how it is computed.

    \b
    Examples:
      jevons observables --search "price token"
      jevons compare baseline power-squeeze --outcome price_paid:market:api
    """
    from runs.terminal.console import console

    print_observables(console(), find_observables(search or ""))


def find_observables(search: str) -> list[Observable]:
    """Return the rows of the table that hold every word of `search`; raises JevonsError where there is none."""
    texts = ((row, " ".join(map(str, row)).lower()) for row in declared_observables())
    found = [row for row, text in texts if all(word in text for word in search.lower().split())]
    if not found:
        raise JevonsError(f"--search {search!r}: no observable holds all of these words")
    return found


def print_observables(console: "Console", rows: Sequence[Observable]) -> None:
    """Print two lines a row: name, unit, of whom and segments; then what it means and how it is computed."""
    from rich.padding import Padding
    from rich.text import Text

    for row in rows:
        of = f"   {', '.join(row.entities)}: {', '.join(row.segments)}"
        console.print(Text.assemble((row.name, "bold"), f" {row.unit}", (of, "cyan")))
        console.print(Padding(Text.assemble(row.gloss, (f"  [{row.formula}]", "dim")), (0, 0, 0, 4)))
    count = len({row.name for row in rows})
    console.print(Text(f"\n{count} observable{'s' if count > 1 else ''}", style="dim"))
