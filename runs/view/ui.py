"""Solara, its Vuetify widgets and Markdown, and the few elements that the page is made of.

Those packages come without type hints, so elements are `Any` here.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

solara: Any = import_module("solara")
lab: Any = import_module("solara.lab")
rv: Any = import_module("reacton.ipyvuetify")
markdown: Any = import_module("markdown")


def html(tag: str, css: str = "", *children: Any, **attributes: str) -> Any:
    """Return an element with a CSS class; use it with `with` to put more into it. `aria_label` sets aria-label."""
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return rv.Html(tag=tag, class_=css, children=list(children), attributes=named)


def fault(message: str) -> Any:
    """Return a message in red that screen readers read at once."""
    return html("div", "jv-error", message, role="alert")


def button(label: str, on_click: Callable[[], object], **style: Any) -> Any:
    """Return a small button; `style` goes to Solara's."""
    return solara.Button(label, on_click=on_click, small=True, **style)


def scrolled(name: str) -> Any:
    """Return a box, to be used with `with`, that scrolls sideways, by keyboard too; `name` is for screen readers."""
    return html("div", "jv-scroll", tabindex="0", role="region", aria_label=name)


def row(cells: Iterable[object], figures: Iterable[int] = (), tag: str = "td", first: str = "") -> None:
    """Add a row to a table; `figures`: the places of cells with numbers; `first`: the CSS class of the first cell."""
    numeric = set(figures)
    with html("tr"):
        for place, cell in enumerate(cells):
            html(tag, "jv-num" if place in numeric else "" if place else first, str(cell))


@solara.component
def ChoiceGroup(
    name: str,
    choices: Sequence[int],
    chosen: int,
    choose: Callable[[int], object],
    label: Callable[[int], str] = "{:,}".format,
) -> None:
    """Offer whole numbers as buttons of which one is pressed; `name` says to a screen reader what is chosen."""
    with html("div", "jv-group", role="group", aria_label=name):
        for number in choices:
            button(
                label(number),
                partial(choose, number),
                text=number != chosen,
                color="primary" if number == chosen else None,
                attributes={"aria-pressed": str(number == chosen).lower()},
            )


@solara.component
def Loaded(load: Callable[[], Any], waiting: tuple[str, str, str], show: Callable[[Any], object]) -> None:
    """Run `load` in a thread, show `waiting` (arguments of `html`) meanwhile, then call `show` with the result.

    An error is shown in its place. Give the component a key: it loads once.
    """
    loading = lab.use_task(load, dependencies=[], prefer_threaded=True, raise_error=False)
    if loading.error:
        html("p", "jv-error", str(loading.exception))
    elif not loading.finished:
        html(*waiting, role="status")
    else:
        show(loading.value)
