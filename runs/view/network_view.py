"""A network on a canvas: laid out once, recoloured every week, with facts about the node at the pointer."""

from collections.abc import Callable
from typing import Any

import numpy as np

from runs.view.adoption_network import AdoptionNetwork
from runs.view.application_network import ApplicationGraph, Cascade, WithoutAI
from runs.view.live import Live
from runs.view.page_session import Session
from runs.view.ui import solara
from runs.view.widgets import NetworkCanvas

Network = AdoptionNetwork | ApplicationGraph | WithoutAI


@solara.component
def NetworkView(
    session: Session,
    network: Network,
    click: Any = None,
    cascade: Cascade | None = None,
    *,
    follows: bool = False,
    side: str = "",
    hops: int = 0,
) -> None:
    """Show a network. click: ref to what is called with a clicked node; cascade: a `Cascade` to play, if any.

    follows: whether it shows the hop of the network beside it; side: what is said of this one of the two; hops: those
    of the longer of the two cascades.
    """
    holder: Any = solara.use_ref(None)
    wanted: Any = solara.use_ref(None)
    wanted.current = (cascade, hops)

    def make() -> Any:
        return NetworkCanvas.element(
            positions=network.position.tobytes(),
            edges=np.stack((network.source, network.target), axis=1).astype(np.uint32).tobytes(),
            legend=list(network.legend),
            clickable=click is not None,
            edge_alpha=network.edge_alpha,
            label=network.label,
            follows=follows,
            side=side,
            looks=network.looks.tobytes(),
            sizes=network.sizes.tobytes(),
        )

    def draw(widget: NetworkCanvas, of: Session) -> Callable[[], bool]:
        if holder.current is not widget:
            holder.current = widget
            widget.observe(lambda change: tell(widget, change["new"]), "asked")
            _play(widget, *wanted.current)
            if click is not None:
                widget.observe(lambda change: click.current(int(change["new"][0])), "clicked")
        if of.market is None:
            return lambda: True
        network.follow(of.market)
        return widget.show(
            looks=network.looks.tobytes(),
            sizes=network.sizes.tobytes(),
            legend=list(network.legend),
            caption=network.caption,
        )

    def tell(widget: NetworkCanvas, node: int) -> None:
        if 0 <= node < network.count:
            widget.facts = network.facts(node)

    def play_cascade() -> None:
        if holder.current is not None:
            _play(holder.current, cascade, hops)

    Live(session, make, draw)
    solara.use_effect(play_cascade, [cascade])


def _play(widget: NetworkCanvas, cascade: Cascade | None, hops: int) -> None:
    """Send a cascade to the browser, which plays it; None clears the one that is shown."""
    if cascade is None:
        widget.cascade = {}
        return
    if widget.cascade.get("number") == id(cascade):
        return
    with widget.hold_sync():
        widget.hops, widget.edge_hops = cascade.hops.tobytes(), cascade.edge_hops.tobytes()
        widget.cascade = cascade.by_hop | {"number": id(cascade), "node": cascade.node, "longest": hops}
