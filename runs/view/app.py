"""The page: what one visitor sees. Solara runs `Page` anew for every tab."""

from collections.abc import Callable
from typing import Any

from runs.view.address import read_address, write_address
from runs.view.controls import Controls, Message
from runs.view.headline import headline
from runs.view.lever_panel import LeverPanel
from runs.view.live import Live
from runs.view.session import Session
from runs.view.tabs import TABS
from runs.view.ui import lab, rv, solara
from runs.view.widgets import STATIC, HeadlineStrip

ACCENT_LIGHT, ACCENT_DARK = "#0065a3", "#4da6e8"
INTRODUCTION = "The market for AI inference, week by week: who asks for tokens, who serves them, what they cost."


@solara.component
def Layout(children: list[Any]) -> None:
    """Take the whole page: no bars of Solara's own."""
    rv.Html(tag="div", class_="jv-page", children=children)


@solara.component
def Page() -> None:
    """Show the market of this tab; it is built for it, and freed with it."""
    _, set_version = solara.use_state(0)
    search = solara.use_router().search or ""

    def make() -> tuple[Session, list[str]]:
        setup, refused = read_address(search)
        return Session(setup, lambda: set_version(lambda version: version + 1)), refused

    session, refused = solara.use_memo(make, [])

    def live() -> Callable[[], None]:
        session.open()
        close: Callable[[], None] = session.close
        return close

    solara.use_effect(live, [])
    solara.use_effect(_colour_controls, [])
    known = solara.use_ref(False)
    known.current = known.current or session.market is not None
    tab, set_tab = solara.use_state(0)
    opened, set_opened = solara.use_state(False)

    solara.Style(STATIC / "style.css")
    solara.Title("jevons")
    with rv.Html(tag="header", class_="jv-top"):
        rv.Html(tag="h1", children=["jevons"])
        rv.Html(tag="p", children=[INTRODUCTION])
        lab.ThemeToggle()
    with rv.Html(tag="div", class_="jv-strip"):
        Live(session, HeadlineStrip.element, _draw_headline)
        Controls(session, session.status, session.setup, lambda: set_opened(not opened))
    Message(session, session.status.message, refused)
    with rv.Html(tag="div", class_="jv-body"):
        with rv.Html(tag="aside", class_="jv-levers" + (" jv-open" if opened else "")):
            if known.current:  # two hundred controls: they must not hold up the first paint
                LeverPanel(session, session.market, session.setup, session.status.activity)
        with rv.Html(tag="main", class_="jv-main"):
            with rv.Tabs(v_model=tab, on_v_model=set_tab, show_arrows=True):
                for title in TABS:
                    rv.Tab(children=[title])
            list(TABS.values())[tab](session)


def _colour_controls() -> None:
    """Give Vuetify's controls the accent of the style sheet."""
    themes = lab.theme.themes
    themes.light.primary, themes.dark.primary = ACCENT_LIGHT, ACCENT_DARK


def _draw_headline(widget: HeadlineStrip, session: Session) -> Callable[[], bool]:
    state = headline(session.market, session.reference)
    address = write_address(session.address_setup) if session.market is not None else ""
    return widget.show(state=state, address=address)
