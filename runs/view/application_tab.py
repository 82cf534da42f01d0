"""The application graph of an enterprise: which applications run AI, and cascades that start at any of them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from model import InferenceMarket
from runs.terminal.short_numbers import short
from runs.view.application_network import ApplicationGraph, Cascade, WithoutAI, graph_key
from runs.view.network_view import NetworkView
from runs.view.page_session import Session
from runs.view.ui import ChoiceGroup, Loaded, button, html, row, rv, solara

LEAD = (
    "Every dot is an application of one organisation; business events enter at the outer ring, calls lead inwards to "
    "core systems, which are large. An event sets off others, and more of them where applications run AI."
)
HINT = (
    "Or click any application to set events off there; by keyboard, brackets walk from dot to dot and Enter sets off."
)
EVENTS = (1, 10, 100, 1000)
# The first enterprise shown is at this place in the ranking of the large ones by size, from 0 to 1: some thousand
# applications at default scale.
FIRST_PLACE = 0.13


@dataclass(frozen=True)
class Start:
    """Where a cascade starts: `node` in the graph of organisation `row`, and which of the random ones it is."""

    row: int
    node: int
    number: int


@solara.component
def ApplicationTab(session: Session, market: InferenceMarket | None) -> None:
    """Choose an enterprise and show its graph."""
    chosen, set_row = solara.use_state(int(session.choices.get("enterprise", 0)) - 1)
    events, set_events = solara.use_state(10)
    start, set_start = solara.use_state(_start_of(session))
    first = solara.use_ref(-1)
    html("p", "jv-lead", LEAD)
    if market is None:
        solara.Text("Building the market …")
        return

    def choose(at: float) -> None:
        set_row(round(at))
        session.choices.pop("cascade", None)
        session.choose(enterprise=str(round(at) + 1))

    def begin(at: Start | None) -> None:
        set_start(at)
        session.choices.pop("cascade", None)
        session.choose(**({} if at is None else {"enterprise": str(at.row + 1), "cascade": str(at.node + 1)}))

    last = len(market.world.enterprises.columns) - 1
    if first.current < 0:  # kept from now on, whatever happens to the market
        first.current = first_shown(market)
    place = min(chosen if chosen >= 0 else first.current, last)
    with html("div", "jv-row"):
        name = f"Organisation {place + 1} of {last + 1}, by size"
        rv.Slider(
            v_model=place,
            on_v_model=choose,
            min=0,
            max=last,
            dense=True,
            hide_details=True,
            label=name,
            class_="jv-wide",
            attributes={"aria-label": name, "aria-valuetext": name},
        )
        ChoiceGroup("Events set off", EVENTS, events, set_events)
        html("span", "jv-caption", "events set off")

    def load() -> ApplicationGraph:
        with session.lock:
            return ApplicationGraph(market, place)

    def show(graph: ApplicationGraph) -> None:
        mine = start if start is not None and start.row == place and start.node < graph.count else None
        EnterpriseGraph(session, market, graph, events, mine, begin)

    waiting = ("div", "jv-card jv-network", "Laying the graph out …")
    # A branch has the same organisations with the same applications: graph, cascade and selection stay.
    Loaded(load, waiting, show).key(f"{graph_key(market)}-{place}")


def _start_of(session: Session) -> Start | None:
    """Return the cascade that the address names."""
    row, node = (int(session.choices.get(key, 0)) - 1 for key in ("enterprise", "cascade"))
    return Start(row, node, 1) if min(row, node) >= 0 else None


def first_shown(market: InferenceMarket) -> int:
    """Return the first enterprise to show: near `FIRST_PLACE`, and one that runs AI if any does."""
    enterprises = market.world.enterprises
    enabled = enterprises.columns.enabled[enterprises.large]
    place = round(FIRST_PLACE * (len(enabled) - 1))
    rows = np.flatnonzero(enabled >= 1.0)
    return int(rows[np.argmin(np.abs(rows - place))]) if len(rows) else place


@solara.component
def EnterpriseGraph(
    session: Session,
    market: InferenceMarket,
    graph: ApplicationGraph,
    events: int,
    start: Start | None,
    set_start: Callable[[Start | None], None],
) -> None:
    """Show one enterprise's graph, the cascade of `events` from `start` with and without AI, and what they did."""

    def set_off() -> tuple[Cascade, Cascade] | None:
        if start is None:
            return None
        with session.lock:
            graph.follow(market)
        with_ai, without = (graph.set_off(start.node, events, start.number, with_ai=ai) for ai in (True, False))
        return with_ai, without

    # Set off again after a branch, which has other rules, and for another number of events.
    cascades = solara.use_memo(set_off, [start, events, id(market)])

    def begin(node: int) -> None:
        set_start(Start(graph.row, node, start.number + 1 if start is not None else 1))

    clicked = solara.use_ref(begin)
    clicked.current = begin
    plain = solara.use_memo(lambda: WithoutAI(graph), [])
    with html("div", "jv-row"):
        button("Show the largest cascade", lambda: begin(graph.largest), color="primary")
        button("Show a typical cascade", lambda: begin(graph.typical), outlined=True)
        if start is not None:
            button("Once more", lambda: begin(start.node), text=True)
            button("Whole network", lambda: set_start(None), text=True)
    html("p", "jv-caption", HINT if graph.cascades_on else "Cascades are switched off: an event stays where it starts.")
    hops = max((len(one.by_hop["events"]) for one in cascades), default=0) if cascades else 0
    with html("div", "jv-sides"):
        with html("div", "jv-card"):
            NetworkView(session, graph, clicked, cascades[0] if cascades else None, side="With AI", hops=hops)
        if cascades:
            with html("div", "jv-card"):
                NetworkView(session, plain, None, cascades[1], follows=True, side="Without AI", hops=hops)
    with html("div", "jv-card jv-facts"):
        _About(graph, cascades)


@solara.component
def _About(graph: ApplicationGraph, cascades: tuple[Cascade, Cascade] | None) -> None:
    html("h3", "", f"Organisation {graph.row + 1}")
    employees = short(float(graph.about["employees"]))
    html("p", "", f"{employees} employees, {graph.count:,} applications, {len(graph.source):,} calls between them.")
    if cascades is None:
        return
    sums = [{name: sum(values) for name, values in one.by_hop.items()} for one in cascades]
    with html("div", "jv-cascade-facts"):
        with html("div"):
            first = cascades[0]
            html("h4", "", f"{first.started:,} events from application {first.node + 1}, this time")
            _table(
                ("", "with AI", "without AI"),
                ("Applications reached", *(f"{of['applications']:,}" for of in sums)),
                ("Events handled", *(f"{of['events']:,}" for of in sums)),
                ("Tasks for models", *(short(of["tasks"]) for of in sums)),
                ("Amplification: touched per event, on average", *(f"{one.expected:.1f}" for one in cascades)),
            )
        with html("div"):
            html("h4", "", "Hop by hop: applications first reached")
            by_hop = [one.by_hop["applications"] for one in cascades]
            rows = zip_longest(*by_hop, fillvalue=0)
            _table(
                ("", "with AI", "without AI"),
                *((f"hop {hop}", f"{with_ai:,}", f"{without:,}") for hop, (with_ai, without) in enumerate(rows)),
            )


def _table(head: tuple[str, ...], *rows: tuple[str, ...]) -> None:
    with html("table"):
        if head:
            row(head, figures=(1, 2), tag="th")
        for cells in rows:
            row(cells, figures=range(1, len(cells)))
