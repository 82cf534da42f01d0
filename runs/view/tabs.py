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

# A component is rendered anew only when its arguments change: what shows a market as it stood is given that market, its
# week and what it does. The others follow it week by week on their own, or show none.
TABS: dict[str, Callable[[Session], Any]] = {
    "Market": MarketTab,
    "Supply network": SupplyTab,
    "Applications": lambda session: ApplicationTab(session, session.market),
    "Adoption": lambda session: AdoptionTab(session, session.market),
    "Against actuals": lambda session: ScoreTab(session, session.market, session.week, session.status.activity),
    "Sweeps and claims": SweepTab,
    "Downloads": lambda session: DownloadTab(session, session.market, session.week),
}
