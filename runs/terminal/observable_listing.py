"""What `jevons observables` prints, and the page docs/observables.md, both from the table of observables.

`python -m runs.terminal.observable_listing` writes the page.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from model import JevonsError, Observable, declared_observables

if TYPE_CHECKING:
    from rich.console import Console

PAGE = Path(__file__).parents[2] / "docs" / "observables.md"
HEAD = """\
# Observables

One value a week for each observable, entity and segment. Rates are stated per month or per year; `revenue` and
`capex` are what was paid in the week. Definitions that could be read otherwise: [model.md](model.md), section 15.
`jevons observables --search TEXT` searches this table, which is written from `model/data/observables.csv` by
`python -m runs.terminal.observable_listing`.

Entities are labs (openai, anthropic, google, meta, open), hyperscalers (azure, aws, google-cloud, meta-dc, neocloud)
and the whole market. Segments of work overlap: api is metered work; consumer, developer and enterprise say who asks;
chat is the chat apps; embedded is search and messengers, which consumer leaves out; coding and agent are kinds of task.

| observable | unit | of whom | segments | formula | meaning |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the text of docs/observables.md."""
    rows = (
        f"| `{row.name}` | {row.unit} | {', '.join(row.entities)} | {', '.join(row.segments)} "
        f"| {row.formula} | {row.gloss} |\n"
        for row in declared_observables()
    )
    return HEAD + "".join(rows)


def listed(search: str | None) -> list[Observable]:
    """Return the rows of the table that hold every word of `search` (all without it); JevonsError where none does."""
    words = (search or "").lower().split()
    texts = ((row, " ".join(map(str, row)).lower()) for row in declared_observables())
    found = [row for row, text in texts if all(word in text for word in words)]
    if not found:
        raise JevonsError(
            f"--search {search!r}: no observable's name, unit, formula or meaning holds all of these words"
        )
    return found


def print_observables(console: "Console", rows: Sequence[Observable]) -> None:
    """Print two lines a row: name, unit, of whom and segments; then what it means and how it is computed."""
    from rich.padding import Padding
    from rich.text import Text

    for row in rows:
        of = f"   {', '.join(row.entities)}: {', '.join(row.segments)}"
        console.print(Text.assemble((row.name, "bold"), f" {row.unit}", (of, "cyan")))
        console.print(Padding(Text.assemble(row.gloss, (f"  [{row.formula}]", "dim")), (0, 0, 0, 4)))
    console.print(Text(f"\n{len({row.name for row in rows})} observables", style="dim"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
