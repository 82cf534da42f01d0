"""Long tables and cards as one piece of HTML: hundreds of cells as widgets of their own take seconds to appear."""

from collections.abc import Iterable, Sequence
from html import escape

from runs.view.ui import scrolled, solara


def table_of(
    head: Sequence[object],
    rows: Iterable[Sequence[object]],
    figures: Iterable[int] = (),
    firsts: Sequence[str] = (),
    *,
    stacked: bool = False,
) -> str:
    """Return a table; `figures`: the places of columns with numbers; `firsts`: CSS class of each row's first cell.

    `stacked`: in a narrow window each row is a few lines, in which figures have the column's name before them.
    """
    numeric = set(figures)

    def cells(values: Sequence[object], tag: str, first: str = "") -> str:
        told = []
        for place, value in enumerate(values):
            css = "jv-num" if place in numeric else "" if place else first
            label = f" data-label='{escape(str(head[place]))}'" if stacked and tag == "td" and place in numeric else ""
            told.append(f"<{tag}{f' class={css!r}' if css else ''}{label}>{escape(str(value))}</{tag}>")
        return f"<tr>{''.join(told)}</tr>"

    body = [cells(one, "td", firsts[at] if at < len(firsts) else "") for at, one in enumerate(rows)]
    look = "jv-table jv-stacked" if stacked else "jv-table"
    return f"<table class='{look}'><thead>{cells(head, 'th')}</thead><tbody>{''.join(body)}</tbody></table>"


def show(markup: str, *classes: str) -> None:
    """Show HTML that this package has made."""
    solara.HTML(tag="div", unsafe_innerHTML=markup, classes=list(classes))


def show_table(name: str, markup: str) -> None:
    """Show a table in a box that scrolls sideways; `name` is for screen readers."""
    with scrolled(name):
        show(markup)
