"""The application graph of an enterprise: which applications run AI, and cascades that start at any of them."""

import numpy as np

from model import InferenceMarket, JevonsError
from runs.terminal.short_numbers import short
from runs.view.application_network import ApplicationGraph, Cascade
from runs.view.network_view import NetworkView
from runs.view.page_session import Session
from runs.view.ui import ChoiceGroup, Loaded, html, row, rv, solara

LEAD = (
    "Every dot is an application; business events enter at the outer ring, calls lead inwards to core systems, which "
    "are large. Click one to set events off there and watch what they trigger."
)
EVENTS = (1, 10, 100, 1000)
# The first enterprise shown is at this place in the ranking of the large ones by size, from 0 to 1: some thousand
# applications at default scale.
FIRST_PLACE = 0.13


@solara.component
def ApplicationTab(session: Session, market: InferenceMarket | None) -> None:
    """Choose an enterprise and show its graph."""
    chosen, set_row = solara.use_state(-1)
    events, set_events = solara.use_state(100)
    first = solara.use_memo(lambda: first_shown(market) if market is not None else 0, [id(market)])
    html("p", "jv-lead", LEAD)
    if market is None:
        solara.Text("Building the market …")
        return
    last = len(market.world.enterprises.columns) - 1
    place = min(chosen, last) if chosen >= 0 else first
    with html("div", "jv-row"):
        rv.Slider(
            v_model=place,
            on_v_model=lambda at: set_row(round(at)),
            min=0,
            max=last,
            dense=True,
            hide_details=True,
            label=f"Organisation {place + 1} of {last + 1}, by size",
            class_="jv-wide",
        )
        ChoiceGroup("Events set off", EVENTS, events, set_events)
        html("span", "jv-caption", "events set off by a click")

    def load() -> ApplicationGraph:
        with session.lock:
            return ApplicationGraph(market, place)

    waiting = ("div", "jv-card jv-network", "Laying the graph out …")
    Loaded(load, waiting, lambda graph: EnterpriseGraph(session, graph, events)).key(f"{id(market)}-{place}")


def first_shown(market: InferenceMarket) -> int:
    """Return the first enterprise to show: near `FIRST_PLACE`, and one that runs AI if any does."""
    enterprises = market.world.enterprises
    enabled = enterprises.columns.enabled[enterprises.large]
    place = round(FIRST_PLACE * (len(enabled) - 1))
    rows = np.flatnonzero(enabled >= 1.0)
    return int(rows[np.argmin(np.abs(rows - place))]) if len(rows) else place


@solara.component
def EnterpriseGraph(session: Session, graph: ApplicationGraph, events: int) -> None:
    """Show one enterprise's graph, with `events` set off by a click, and what they did."""
    cascade, set_cascade = solara.use_state(None)
    times = solara.use_ref(0)

    def set_off(node: int) -> None:
        times.current += 1
        try:
            set_cascade(graph.set_off(node, events, seed=times.current))
        except JevonsError as error:
            session.tell(str(error))

    latest = solara.use_ref(set_off)
    latest.current = set_off
    with html("div", "jv-split"):
        with html("div", "jv-card"):
            NetworkView(session, graph, latest, cascade)
        with html("div", "jv-card jv-facts"):
            _About(graph, cascade)


@solara.component
def _About(graph: ApplicationGraph, cascade: Cascade | None) -> None:
    html("h3", "", f"Organisation {graph.row + 1}")
    _table(
        ("Employees", short(float(graph.about["employees"]))),
        ("Applications", f"{graph.count:,}"),
        ("Calls between them", f"{len(graph.source):,}"),
    )
    if cascade is None:
        html("p", "jv-caption", "Click an application to set events off there.")
        return
    with_ai, without = cascade.expected
    applications, handled = cascade.by_hop["applications"], cascade.by_hop["events"]
    html("h4", "", f"Cascade from application {cascade.node + 1}")
    _table(
        ("Amplification", f"{with_ai:.1f} applications an event"),
        ("If none ran AI", f"{without:.1f}"),
        ("Reached this time", f"{sum(applications):,} applications"),
        ("Events handled", f"{sum(handled):,} from {cascade.started:,}"),
        ("Tasks of reference value", short(sum(cascade.by_hop["tasks"]))),
    )
    html("h4", "", "Hop by hop: applications, events")
    _table(
        *((f"hop {hop}", f"{new:,}, {of:,}") for hop, (new, of) in enumerate(zip(applications, handled, strict=True)))
    )


def _table(*rows: tuple[str, str]) -> None:
    with html("table"):
        for cells in rows:
            row(cells, figures=[1])
