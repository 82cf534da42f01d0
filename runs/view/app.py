"""The page that one visitor sees. Solara runs `Page` once for every browser tab."""

from collections.abc import Callable
from typing import Any

from runs.view.address import read_address, read_tab, tab_name, write_address
from runs.view.controls import Controls, Message
from runs.view.headline import headline
from runs.view.lever_panel import LeverPanel
from runs.view.live import Live
from runs.view.page_session import Session
from runs.view.tabs import TABS
from runs.view.ui import html, lab, rv, solara
from runs.view.widgets import STATIC, HeadlineStrip

ACCENT_LIGHT, ACCENT_DARK = "#0065a3", "#4da6e8"
INTRODUCTION = "The market for AI inference, week by week: who asks for tokens, who serves them, what they cost."


@solara.component
def Layout(children: list[Any]) -> None:
    """Take the whole page: no bars of Solara's own."""
    html("div", "jv-page", *children)


@solara.component
def Page() -> None:
    """Show the market of this browser tab: built when the tab opens, freed when it closes."""
    _, set_version = solara.use_state(0)
    search = solara.use_router().search or ""

    def make() -> tuple[Session, int, list[str]]:
        setup, refused = read_address(search)
        first, no_tab = read_tab(search, list(TABS))
        return Session(setup, lambda: set_version(lambda version: version + 1)), first, refused + no_tab

    session, first, refused = solara.use_memo(make, [])

    def live() -> Callable[[], None]:
        session.open()
        close: Callable[[], None] = session.close
        return close

    solara.use_effect(live, [])
    solara.use_effect(_colour_controls, [])
    known = solara.use_ref(False)
    known.current = known.current or session.market is not None
    tab, set_tab = solara.use_state(first)
    shown: Any = solara.use_ref(first)
    opened, set_opened = solara.use_state(False)

    def show_tab(place: int) -> None:
        shown.current = place
        set_tab(place)

    # The address names the tab, but only once the widgets of the old tab are gone.
    solara.use_effect(session.redraw, [tab])

    solara.Style(STATIC / "style.css")
    solara.Title("jevons")
    with html("header", "jv-top"):
        html("h1", "", "jevons")
        html("p", "", INTRODUCTION)
        lab.ThemeToggle()
    with html("div", "jv-strip"):
        Headline(session, shown, show_tab)
        Controls(session, session.status, session.setup, lambda: set_opened(not opened))
    Message(session, session.status.message, refused)
    with html("div", "jv-body"):
        with html("aside", "jv-levers" + (" jv-open" if opened else "")):
            if known.current:  # two hundred controls: they must not hold up the first paint
                LeverPanel(session, session.market, session.setup, session.status)
        with html("main", "jv-main"):
            with rv.Tabs(v_model=tab, on_v_model=show_tab):
                for title in TABS:
                    rv.Tab(children=[title])
            list(TABS.values())[tab](session)


@solara.component
def Headline(session: Session, shown: Any, show_tab: Callable[[int], None]) -> None:
    """Show the strip with the figures, which writes the address and notices Back. shown: ref to the tab's place."""

    def go_back(returned: list[Any]) -> None:
        query, another, _ = returned
        show_tab(read_tab(query, list(TABS))[0])
        if another:
            session.start_over(read_address(query)[0])

    def draw(widget: HeadlineStrip, of: Session) -> Callable[[], bool]:
        name = tab_name(list(TABS)[shown.current]) if shown.current else ""
        address = write_address(of.address_setup, name) if of.market is not None else ""
        return widget.show(state=headline(of.market, of.reference), address=address)

    Live(session, lambda: HeadlineStrip.element(on_returned=go_back), draw)


def _colour_controls() -> None:
    """Give Vuetify's controls the accent of the style sheet."""
    themes = lab.theme.themes
    themes.light.primary, themes.dark.primary = ACCENT_LIGHT, ACCENT_DARK
