"""The market over time: live charts with the disclosed actuals, and the score so far."""

from collections.abc import Callable

from calibration.targets import load_targets
from runs.view.live import Live
from runs.view.page_session import Session
from runs.view.panels import pack, specification
from runs.view.ui import html, solara
from runs.view.widgets import LiveCharts

KEYS = (
    ("●", "disclosed by September 2025"),
    ("□", "disclosed later"),
    ("grey", "the path before the branch"),
    ("┆", "end of the data, branches"),
)


@solara.component
def MarketTab(session: Session) -> None:
    """Show the charts."""
    Live(session, LiveCharts.element, _draw)
    with html("div", "jv-legend"):
        for sign, meaning in KEYS:
            with html("span"):
                html("b", "", sign)
                solara.Text(f" {meaning}")


def _draw(widget: LiveCharts, session: Session) -> Callable[[], bool]:
    market = session.market
    if market is None:
        return lambda: True
    clock = market.clock
    if not widget.spec or (widget.spec["start"], widget.spec["weeks"]) != (clock.start.isoformat(), clock.weeks_total):
        widget.spec = specification(load_targets(), clock.start, clock.weeks_total)
    since = {lever.since for lever in session.setup.levers if lever.since is not None}
    return widget.show(
        values=pack(market),
        reference=pack(session.reference),
        branches=sorted((day - clock.start).days / 7.0 for day in since),
    )
