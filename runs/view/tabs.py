"""The tabs of the page, in order."""

from collections.abc import Callable
from typing import Any

from runs.view.adoption_tab import AdoptionTab
from runs.view.application_tab import ApplicationTab
from runs.view.download_tab import DownloadTab
from runs.view.market_tab import MarketTab
from runs.view.score_tab import ScoreTab
from runs.view.supply_tab import SupplyTab
from runs.view.sweep_tab import SweepTab

TABS: dict[str, Callable[..., Any]] = {
    "Market": MarketTab,
    "Supply network": SupplyTab,
    "Applications": ApplicationTab,
    "Adoption": AdoptionTab,
    "Against actuals": ScoreTab,
    "Sweeps and claims": SweepTab,
    "Downloads": DownloadTab,
}
