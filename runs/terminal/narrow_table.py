"""Tables for terminals of any width: rich sizes the columns; those without room are left out, and no figure is cut."""

from collections.abc import Collection, Sequence
from itertools import zip_longest

from rich import box
from rich.table import Table
from rich.text import Text

# Characters between columns, with room to spare and without.
WIDE, TIGHT = 3, 1
# Characters of a wrapped column that read well.
EASY = 24

Cell = str | Text


def fitted_table(
    title: str | None,
    head: Sequence[str],
    rows: Sequence[Sequence[Cell] | str],
    width: int,
    *,
    words: Sequence[str],
    spare: Sequence[str],
    right: Collection[str] = (),
    styles: Sequence[str] = (),
) -> Table:
    """Make a table of at most `width` characters, its rows in `styles`.

    Columns named in `words` may wrap between words; every other cell stays on one line, and only the header wraps
    there. Columns that do not fit are left out in the order of `spare`; a caption names them. A row that is one text
    is the heading of a section, in the first column of words.
    """
    columns = {name: [row[place] for row in rows if not isinstance(row, str)] for place, name in enumerate(head)}
    least = {name: _least(name, cells, name in words) for name, cells in columns.items()}
    full = {name: max(map(len, [name, *cells])) for name, cells in columns.items()}
    easy = {name: min(full[name], max(least[name], EASY)) for name in head}
    gap = WIDE if sum(easy.values()) + WIDE * (len(head) - 1) <= width else TIGHT
    easy |= {name: least[name] for name in head if name not in words}  # their headers may wrap
    kept = list(head)
    for name in spare:
        if sum(easy[kept_name] for kept_name in kept) + gap * (len(kept) - 1) <= width:
            break
        if name in kept:
            kept.remove(name)
    left_out = [name for name in head if name not in kept]
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1) if gap == WIDE else 0,
        caption=f"left out in a narrow terminal: {', '.join(left_out)}" if left_out else None,
        caption_justify="left",
    )
    for name in kept:
        wraps = name in words
        header = name if wraps or gap == WIDE else name.replace(" ", "\n")
        table.add_column(
            header,
            no_wrap=not wraps,
            overflow="fold",
            min_width=least[name],
            justify="right" if name in right else "left",
        )
    for row, style in zip_longest(rows, styles[: len(rows)]):
        if isinstance(row, str):
            table.add_section()
            table.add_row(*(Text(row, "bold") if name == words[0] else "" for name in kept))
            continue
        cells = (cell if isinstance(cell, Text) else Text(cell) for cell in row)
        table.add_row(*(cell for name, cell in zip(head, cells, strict=True) if name in kept), style=style)
    return table


def _least(head: str, cells: Sequence[Cell], words: bool) -> int:
    """Return the narrowest width of a column: its longest word, or its longest cell where cells stay whole."""
    texts = [head, *map(str, cells)] if words else [head]
    longest = max((len(word) for text in texts for word in text.split()), default=0)
    return longest if words else max([longest, *map(len, cells)])
