"""A network on a canvas: laid out once, recoloured every week, with facts about the node at the pointer."""

from collections.abc import Callable
from typing import Any

import numpy as np

from runs.view.adoption_network import AdoptionNetwork
from runs.view.application_network import ApplicationGraph, Cascade
from runs.view.live import Live
from runs.view.page_session import Session
from runs.view.ui import solara
from runs.view.widgets import NetworkCanvas

Network = AdoptionNetwork | ApplicationGraph


@solara.component
def NetworkView(session: Session, network: Network, click: Any = None, cascade: Cascade | None = None) -> None:
    """Show a network. click: ref to what is called with a clicked node; cascade: a `Cascade` to play, if any."""
    holder: Any = solara.use_ref(None)

    def make() -> Any:
        return NetworkCanvas.element(
            positions=network.position.tobytes(),
            edges=np.stack((network.source, network.target), axis=1).astype(np.uint32).tobytes(),
            legend=list(network.legend),
            clickable=click is not None,
            edge_alpha=network.edge_alpha,
            label=network.label,
            looks=network.looks.tobytes(),
            sizes=network.sizes.tobytes(),
        )

    def draw(widget: NetworkCanvas, of: Session) -> Callable[[], bool]:
        if holder.current is not widget:
            holder.current = widget
            widget.observe(lambda change: tell(widget, change["new"]), "asked")
            if click is not None:
                widget.observe(lambda change: click.current(int(change["new"][0])), "clicked")
        if of.market is None:
            return lambda: True
        network.follow(of.market)
        return widget.show(looks=network.looks.tobytes(), sizes=network.sizes.tobytes(), caption=network.caption)

    def tell(widget: NetworkCanvas, node: int) -> None:
        if 0 <= node < network.count:
            widget.facts = network.facts(node)

    def play_cascade() -> None:
        widget = holder.current
        if widget is not None and cascade is not None:
            with widget.hold_sync():
                widget.hops, widget.edge_hops = cascade.hops.tobytes(), cascade.edge_hops.tobytes()
                widget.cascade = cascade.by_hop | {"number": id(cascade)}

    Live(session, make, draw)
    solara.use_effect(play_cascade, [cascade])
