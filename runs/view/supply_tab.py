"""The supply network: what was delivered to whom this week, and facts about every lab."""

from collections.abc import Callable

from runs.view.live import Live
from runs.view.page_session import Session
from runs.view.supply_network import supply_state
from runs.view.ui import html, solara
from runs.view.widgets import FlowDiagram

LEAD = (
    "Compute flows from hyperscalers to labs, tokens from labs to customers. Blue links are served in full; the "
    "redder a link, the more of what was asked for finds no capacity."
)


@solara.component
def SupplyTab(session: Session) -> None:
    """Show the flow diagram."""
    html("p", "jv-lead", LEAD)
    with html("div", "jv-card"):
        Live(session, FlowDiagram.element, _draw)


def _draw(widget: FlowDiagram, session: Session) -> Callable[[], bool]:
    return widget.show(state=supply_state(session.market))
