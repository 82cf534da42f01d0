"""The application graph of an enterprise: AI lights up, and a cascade can be set off anywhere."""

from collections.abc import Callable
from typing import Any

import numpy as np

from model import InferenceMarket, JevonsError
from runs.charts.palette import labs
from runs.terminal.short_numbers import short
from runs.view.application_network import LEGEND, ApplicationGraph, Cascade
from runs.view.choice_group import ChoiceGroup
from runs.view.live import Live
from runs.view.page_session import Session
from runs.view.ui import lab, rv, solara
from runs.view.widgets import NetworkCanvas

LEAD = (
    "Every dot is an application; business events enter at the outer ring, calls lead inwards to core systems, which "
    "are large. Click one to set events off there and watch what they trigger."
)
EVENTS = (1, 10, 100, 1000)
# The one shown first stands here in the ranking by size, from 0 to 1: some thousand applications at default scale.
FIRST_PLACE = 0.13


@solara.component
def ApplicationTab(session: Session, market: InferenceMarket | None) -> None:
    """Choose an enterprise and show its graph."""
    chosen, set_row = solara.use_state(-1)
    events, set_events = solara.use_state(100)
    first = solara.use_memo(lambda: first_shown(market) if market is not None else 0, [id(market)])
    rv.Html(tag="p", class_="jv-lead", children=[LEAD])
    if market is None:
        solara.Text("Building the market …")
        return
    last = market.parameters.scale.enterprises - 1
    row = min(chosen, last) if chosen >= 0 else first
    with rv.Html(tag="div", class_="jv-row"):
        rv.Slider(
            v_model=row,
            on_v_model=lambda at: set_row(round(at)),
            min=0,
            max=last,
            dense=True,
            hide_details=True,
            label=f"Enterprise {row + 1} of {last + 1}, by size",
            class_="jv-wide",
        )
        ChoiceGroup("Events set off", EVENTS, events, set_events)
        rv.Html(tag="span", class_="jv-caption", children=["events set off by a click"])
    EnterpriseGraph(session, market, row, events).key(f"{id(market)}-{row}")


def first_shown(market: InferenceMarket) -> int:
    """Return the enterprise to begin with: near `FIRST_PLACE`, and one that runs AI where there is any."""
    enabled = market.world.enterprises.columns.enabled
    place = round(FIRST_PLACE * (len(enabled) - 1))
    rows = np.flatnonzero(enabled >= 1.0)
    return int(rows[np.argmin(np.abs(rows - place))]) if len(rows) else place


@solara.component
def EnterpriseGraph(session: Session, market: InferenceMarket, row: int, events: int) -> None:
    """Show one enterprise's graph; laid out when it is opened, only lit anew every week."""

    def load() -> ApplicationGraph:
        with session.lock:
            return ApplicationGraph(market, row)

    loading = lab.use_task(load, dependencies=[id(market), row], prefer_threaded=True)
    if loading.error:
        rv.Html(tag="p", class_="jv-error", children=[str(loading.exception)])
    elif not loading.finished or loading.value is None:
        rv.Html(tag="div", class_="jv-card jv-network", children=["Laying the graph out …"])
    else:
        _Watched(session, loading.value, events)


@solara.component
def _Watched(session: Session, graph: ApplicationGraph, events: int) -> None:
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
    with rv.Html(tag="div", class_="jv-split"):
        with rv.Html(tag="div", class_="jv-card"):
            GraphCanvas(session, graph, cascade, latest)
        with rv.Html(tag="div", class_="jv-card jv-facts"):
            _About(graph, cascade)


@solara.component
def GraphCanvas(session: Session, graph: ApplicationGraph, cascade: Cascade | None, set_off: Any) -> None:
    """Show the canvas: topology once, looks every week, a cascade when one is set off."""
    holder: Any = solara.use_ref(None)

    def make() -> Any:
        return NetworkCanvas.element(
            positions=graph.position.tobytes(),
            edges=np.stack((graph.source, graph.target), axis=1).astype(np.uint32).tobytes(),
            legend=list(LEGEND),
            clickable=True,
            edge_alpha=min(0.22, 900.0 / max(len(graph.source), 1)),
            label=f"{graph.count:,} applications",
            looks=graph.looks.tobytes(),
            sizes=graph.sizes.tobytes(),
        )

    def draw(widget: NetworkCanvas, of: Session) -> Callable[[], bool]:
        if holder.current is not widget:
            holder.current = widget
            widget.observe(lambda change: _tell(widget, graph, change["new"]), "asked")
            widget.observe(lambda change: set_off.current(int(change["new"][0])), "clicked")
        if of.market is None or of.market.parameters.scale.enterprises <= graph.row:
            return lambda: True
        graph.follow(of.market)
        return widget.show(looks=graph.looks.tobytes(), sizes=graph.sizes.tobytes(), caption=caption(graph))

    def show_cascade() -> None:
        widget = holder.current
        if widget is None or cascade is None:
            return
        with widget.hold_sync():
            widget.hops = cascade.hops.tobytes()
            widget.edge_hops = cascade.edge_hops.tobytes()
            widget.cascade = {
                "applications": cascade.applications,
                "events": cascade.events,
                "lit": cascade.lit,
                "tasks": cascade.tasks,
                "number": id(cascade),
            }

    Live(session, make, draw)
    solara.use_effect(show_cascade, [cascade])


def caption(graph: ApplicationGraph) -> str:
    """Say how far AI has come in an enterprise."""
    about, lit = graph.about, int(graph.enabled.sum())
    supplier = labs().get(str(about["lab"]), ("",))[0]
    stands = " with ".join(name for name in (str(about["stage"]), supplier) if name not in ("none", "")) or "not begun"
    return f"Stage: {stands}. {lit:,} run AI; a business event touches {about['amplification']:.1f} applications"


def _tell(widget: NetworkCanvas, graph: ApplicationGraph, node: int) -> None:
    if 0 <= node < graph.count:
        widget.facts = graph.facts(node)


@solara.component
def _About(graph: ApplicationGraph, cascade: Cascade | None) -> None:
    about = graph.about
    rv.Html(tag="h3", children=[f"Enterprise {graph.row + 1}"])
    rows = [
        ("Employees", short(float(about["employees"]))),
        ("Applications", f"{graph.count:,}"),
        ("Calls between them", f"{len(graph.source):,}"),
    ]
    _table(rows)
    if cascade is None:
        rv.Html(tag="p", class_="jv-caption", children=["Click an application to set events off there."])
        return
    with_ai, without = cascade.expected
    rv.Html(tag="h4", children=[f"Cascade from application {cascade.node + 1}"])
    _table(
        [
            ("Amplification", f"{with_ai:.1f} applications an event"),
            ("Were no AI on", f"{without:.1f}"),
            ("Reached this time", f"{sum(cascade.applications):,} applications"),
            ("Events handled", f"{sum(cascade.events):,} from {cascade.started:,}"),
            ("Model tasks", short(sum(cascade.tasks))),
        ]
    )
    rv.Html(tag="h4", children=["Hop by hop: applications, events"])
    _table(
        [
            (f"hop {hop}", f"{new:,}, {of:,}")
            for hop, (new, of) in enumerate(zip(cascade.applications, cascade.events, strict=True))
        ]
    )


def _table(rows: list[tuple[str, str]]) -> None:
    with rv.Html(tag="table"):
        for name, value in rows:
            with rv.Html(tag="tr"):
                rv.Html(tag="td", children=[name])
                rv.Html(tag="td", class_="jv-num", children=[value])
