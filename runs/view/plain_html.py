"""Long tables and cards as one piece of HTML: hundreds of cells as widgets of their own take seconds to appear."""

from collections.abc import Iterable, Sequence
from html import escape

from runs.view.ui import scrolled, solara


def table_of(
    head: Sequence[object], rows: Iterable[Sequence[object]], figures: Iterable[int] = (), firsts: Sequence[str] = ()
) -> str:
    """Return a table; `figures`: the places of columns with numbers; `firsts`: CSS class of each row's first cell."""
    numeric = set(figures)

    def cells(values: Sequence[object], tag: str, first: str = "") -> str:
        told = []
        for place, value in enumerate(values):
            css = "jv-num" if place in numeric else "" if place else first
            told.append(f"<{tag}{f' class={css!r}' if css else ''}>{escape(str(value))}</{tag}>")
        return f"<tr>{''.join(told)}</tr>"

    body = [cells(one, "td", firsts[at] if at < len(firsts) else "") for at, one in enumerate(rows)]
    return f"<table class='jv-table'><thead>{cells(head, 'th')}</thead><tbody>{''.join(body)}</tbody></table>"


def show(markup: str, *classes: str) -> None:
    """Show HTML that this package has made."""
    solara.HTML(tag="div", unsafe_innerHTML=markup, classes=list(classes))


def show_table(name: str, markup: str) -> None:
    """Show a table in a box that scrolls sideways; `name` is for screen readers."""
    with scrolled(name):
        show(markup)
