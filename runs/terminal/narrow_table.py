"""Tables for terminals of any width: where there is little room columns are left out, and no figure is ever split."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich import box
from rich.table import Table
from rich.text import Text

# Characters between columns, with room to spare and without.
WIDE, TIGHT = 3, 1
# Characters of a wrapped column that read well.
EASY = 24


@dataclass(frozen=True)
class Fit:
    """Which columns a table keeps, by place, how wide each is, and how many characters lie between two."""

    widths: dict[int, int]
    gap: int


def fit(
    head: Sequence[str], rows: Sequence[Sequence[str]], width: int, words: Collection[str], spare: Sequence[str]
) -> Fit:
    """Fit a table into `width` characters.

    Columns named in `words` may be wrapped between words, all others keep each cell on one line, and of headers only
    words stay whole. What does not fit then is left out in the order of `spare`. Room that is left goes to the columns
    of words, the narrowest first, then to the headers.
    """
    columns = list(zip(head, *rows, strict=True))
    full = [max(map(len, column)) for column in columns]
    least = [_least(column, column[0] in words) for column in columns]
    easy = [min(most, max(few, EASY)) for most, few in zip(full, least, strict=True)]
    gap = WIDE if _total(easy, WIDE) <= width else TIGHT
    kept = list(range(len(head)))
    for name in spare:
        if _total([least[place] for place in kept], gap) <= width:
            break
        kept = [place for place in kept if head[place] != name]
    widths = {place: least[place] for place in kept}
    room = width - _total(list(widths.values()), gap)
    for wanted in ([place for place in kept if head[place] in words], kept):
        growing = [place for place in wanted if widths[place] < full[place]]
        while room > 0 and growing:
            narrowest = min(growing, key=widths.__getitem__)
            widths[narrowest] += 1
            room -= 1
            growing = [place for place in growing if widths[place] < full[place]]
    return Fit(widths, gap)


def fitted_table(
    title: str | None,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    words: Collection[str],
    spare: Sequence[str],
    styles: Sequence[str] = (),
) -> Table:
    """A table that fits `width` characters as `fit` says, its rows in `styles`; below it, what was left out."""
    found = fit(head, rows, width, words, spare)
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1) if found.gap == WIDE else 0,
        caption=left_out([name for place, name in enumerate(head) if place not in found.widths]),
        caption_justify="left",
    )
    for place, characters in found.widths.items():
        table.add_column(head[place], width=characters, overflow="fold")
    for row, style in zip_longest(rows, styles[: len(rows)]):
        table.add_row(*(Text(row[place]) for place in found.widths), style=style)
    return table


def left_out(names: Sequence[str]) -> str | None:
    """The line that says which columns a narrow terminal has no room for; None where it has room for all."""
    return f"left out in a narrow terminal: {', '.join(names)}" if names else None


def _least(column: Sequence[str], words: bool) -> int:
    head, *cells = column
    parts = [head, *cells] if words else [head]
    longest = max((len(word) for part in parts for word in part.split()), default=0)
    return longest if words else max([longest, *map(len, cells)])


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)
