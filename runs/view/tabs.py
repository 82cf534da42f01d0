"""The tabs of the page, in order."""

from collections.abc import Callable
from typing import Any

from runs.view.adoption_tab import AdoptionTab
from runs.view.application_tab import ApplicationTab
from runs.view.download_tab import DownloadTab
from runs.view.market_tab import MarketTab
from runs.view.page_session import Session
from runs.view.score_tab import ScoreTab
from runs.view.supply_tab import SupplyTab
from runs.view.sweep_tab import SweepTab

# A component is rendered again only when its arguments change. A tab that shows the market at one moment therefore gets
# the market, its week and its activity; the others follow the market themselves, or show none.
TABS: dict[str, Callable[[Session], Any]] = {
    "Market": MarketTab,
    "Supply network": SupplyTab,
    "Applications": lambda session: ApplicationTab(session, session.market),
    "Adoption": lambda session: AdoptionTab(session, session.market),
    "Against actuals": lambda session: ScoreTab(session, session.market, session.week, session.status.activity),
    "Sweeps and claims": SweepTab,
    "Downloads": lambda session: DownloadTab(session, session.market, session.week),
}
