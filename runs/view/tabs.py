"""The tabs of the page in their sections, in order."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from runs.view.adoption_tab import AdoptionTab
from runs.view.application_tab import ApplicationTab
from runs.view.claims_tab import ClaimsTab
from runs.view.download_tab import DownloadTab
from runs.view.forecast_tab import ForecastTab
from runs.view.glossary import WordsTab
from runs.view.market_tab import MarketTab
from runs.view.page_session import Session, Status
from runs.view.score_tab import ScoreTab
from runs.view.story_tab import StoryTab
from runs.view.supply_tab import SupplyTab
from runs.view.sweep_tab import SweepTab
from runs.view.ui import html, lab, rv, solara

STORY = "Story"
Show = Callable[[Session], Any]

# A component is rendered again only when its arguments change. A tab that shows the market at one moment therefore gets
# the market, its week and its activity; the others follow the market themselves, or show none.
SECTIONS: dict[str, dict[str, Show]] = {
    STORY: {STORY: StoryTab},
    "Explore": {"Explore": MarketTab},
    "Networks": {
        "Supply network": SupplyTab,
        "Applications": lambda session: ApplicationTab(session, session.market),
        "Adoption": lambda session: AdoptionTab(session, session.market),
    },
    "Evidence": {
        "Against actuals": lambda session: ScoreTab(session, session.market, session.week, session.status.activity),
        "Forecasts": lambda session: ForecastTab(session, session.market, session.week, session.status.activity),
        "Claims": ClaimsTab,
        "Your results": SweepTab,
        "Words": WordsTab,
    },
    "Export": {"Export": lambda session: DownloadTab(session, session.market, session.week)},
}
TABS: dict[str, Show] = {title: show for tabs in SECTIONS.values() for title, show in tabs.items()}
# What is said while a tab that takes a while is made ready.
WAITING = {"Against actuals": "Scoring the run against what was disclosed …", "Your results": "Reading results …"}
# Long enough for the browser to paint that.
PAINT_SECONDS = 0.08


def section_of(title: str) -> str:
    """Return the section that a tab is in."""
    return next(section for section, tabs in SECTIONS.items() if title in tabs)


@solara.component
def Navigation(title: str, show: Callable[[str], None]) -> None:
    """Show the sections."""
    names = list(SECTIONS)
    with rv.Tabs(v_model=names.index(section_of(title)), on_v_model=lambda at: show(next(iter(SECTIONS[names[at]])))):
        for name in names:
            rv.Tab(children=[name])


@solara.component
def Tab(session: Session, status: Status, title: str, show: Callable[[str], None]) -> None:  # noqa: ARG001
    """Show a tab, with those beside it in its section; cleared first where it takes a while.

    Whenever `status` changes the tab is made anew, with the market of then.
    """
    within = list(SECTIONS[section_of(title)])
    if len(within) > 1:
        with rv.Tabs(v_model=within.index(title), on_v_model=lambda at: show(within[at]), class_="jv-within"):
            for name in within:
                rv.Tab(children=[name])
    if title in WAITING:
        Cleared(title, partial(TABS[title], session)).key(title)
    else:
        with html("div", "jv-tab").key(title):
            TABS[title](session)


@solara.component
def Cleared(title: str, show: Callable[[], Any]) -> None:
    """Say what is under way, let the browser paint it, then show the tab."""
    painted = lab.use_task(lambda: time.sleep(PAINT_SECONDS), dependencies=[], prefer_threaded=True)
    if painted.finished:
        show()
    else:
        html("p", "jv-lead", WAITING[title], role="status")
