"""The page that one visitor sees. Solara runs `Page` once for every browser tab."""

from collections.abc import Callable
from typing import Any

from runs.view.address import read_address, read_choices, read_tab, tab_name, write_address
from runs.view.baseline_file import shipped_baseline
from runs.view.cards import Cards
from runs.view.controls import Controls, Message, Settings
from runs.view.glossary import glossary
from runs.view.headline import clock_state, headline
from runs.view.lever_panel import LeverPanel
from runs.view.live import Live
from runs.view.measures import measures
from runs.view.page_session import Session
from runs.view.scenario_ranges import ranges_of
from runs.view.tabs import STORY, TABS, Navigation, Tab
from runs.view.ui import button, html, lab, solara
from runs.view.widgets import STATIC, Tiles, TimeBar

ACCENT_LIGHT, ACCENT_DARK = "#0065a3", "#4da6e8"
TITLES = list(TABS)
TAGLINE = "The market for AI inference, simulated week by week"


@solara.component
def Layout(children: list[Any]) -> None:
    """Take the whole page: no bars of Solara's own."""
    html("div", "jv-page", *children)


@solara.component
def Page() -> None:
    """Show the market of this browser tab: built when the tab opens, freed when it closes."""
    _, set_version = solara.use_state(0)
    search = solara.use_router().search or ""

    def make() -> tuple[Session, str, list[str]]:
        setup, refused = read_address(search)
        first, no_tab = read_tab(search, TITLES)
        choices, no_choice = read_choices(search, measures())
        session = Session(setup, lambda: set_version(lambda version: version + 1), choices)
        return session, TITLES[first], [*refused, *no_tab, *no_choice]

    session, first, refused = solara.use_memo(make, [])

    def live() -> Callable[[], None]:
        session.open()
        close: Callable[[], None] = session.close
        return close

    solara.use_effect(live, [])
    solara.use_effect(_colour_controls, [])
    title, set_title = solara.use_state(first)
    shown: Any = solara.use_ref(first)
    sheet, set_sheet = solara.use_state(False)
    settings, set_settings = solara.use_state(False)

    def show(name: str) -> None:
        shown.current = name
        set_title(name)
        set_sheet(False)

    # The address names the tab, but only once the widgets of the old tab are gone.
    solara.use_effect(session.redraw, [title])

    solara.Style(STATIC / "style.css")
    solara.Title("jevons")
    with html("header", "jv-top"):
        html("h1", "", "jevons")
        with html("nav", "jv-nav", aria_label="Sections"):
            Navigation(title, show)
        html("span", "jv-tagline", TAGLINE)
        with html("div", "jv-set"):
            button("Run settings", lambda: set_settings(not settings), text=True,
                   attributes={"aria-expanded": str(settings).lower()})  # fmt: skip
        lab.ThemeToggle()
    with html("div", "jv-layout" + (" jv-on-story" if title == STORY else "")):
        Message(session, session.status.message, refused)
        with html("div", "jv-strip"):
            Controls(session, session.status, session.setup, lambda: Time(session, shown, show),
                     lambda: set_sheet(not sheet))  # fmt: skip
        with html("main", "jv-main"):
            Tab(session, session.status, title, show)
        with html("div", "jv-figures"):
            if title == STORY:
                Figures(session)
        _what_if(session, lambda: set_sheet(False), is_open=sheet)
    if settings:
        with html("section", "jv-settings jv-card", aria_label="Run settings"):
            Settings(session, session.setup, session.status)
    glossary()


def _what_if(session: Session, close: Callable[[], None], *, is_open: bool) -> None:
    """Show the cards and the levers, on a narrow screen as a sheet."""
    with html("aside", "jv-levers" + (" jv-open" if is_open else ""), aria_label="What if"):
        Cards(session, session.setup, close)
        LeverPanel(session, session.setup, session.status)
        with html("div", "jv-row jv-close"):
            button("Close", close, outlined=True)


@solara.component
def Time(session: Session, shown: Any, show: Callable[[str], None]) -> None:
    """Show the time bar, which writes the address and notices Back. shown: ref to the tab's title."""

    def go_back(returned: list[Any]) -> None:
        query, another, _ = returned
        show(TITLES[read_tab(query, TITLES)[0]])
        if another:
            session.start_over(read_address(query)[0])

    def draw(widget: TimeBar, of: Session) -> Callable[[], bool]:
        name = tab_name(shown.current) if shown.current != STORY else ""
        address = write_address(of.address_setup, name, of.choices)
        return widget.show(state=clock_state(of.shown, of.shown_weeks), address=address)

    def make() -> Any:
        return TimeBar.element(on_returned=go_back, on_asked=lambda asked: session.view(int(asked[0])))

    Live(session, make, draw)


@solara.component
def Figures(session: Session) -> None:
    """Show the five figures and the sentence."""

    def draw(widget: Tiles, of: Session) -> Callable[[], bool]:
        baseline = of.baseline if of.whole is not None else None
        ranges = ranges_of(of.setup, shipped_baseline() if of.whole is not None else None)
        return widget.show(state=headline(of.shown, baseline, of.shown_weeks, of.parted, ranges))

    Live(session, Tiles.element, draw)


def _colour_controls() -> None:
    """Give Vuetify's controls the accent of the style sheet."""
    themes = lab.theme.themes
    themes.light.primary, themes.dark.primary = ACCENT_LIGHT, ACCENT_DARK
