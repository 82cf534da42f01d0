"""The adoption network: who uses which app, and how it passes from contact to contact."""

from collections.abc import Callable
from typing import Any

import numpy as np

from model import InferenceMarket
from runs.view.adoption_network import AdoptionNetwork, legend
from runs.view.choice_group import ChoiceGroup
from runs.view.live import Live
from runs.view.page_session import Session
from runs.view.ui import lab, rv, solara
from runs.view.widgets import NetworkCanvas

LEAD = (
    "A sample of people and who knows whom. Grey ones use no chat app; a newcomer flashes yellow for four weeks, then "
    "takes the colour of the app. Large dots have many contacts, the largest pay. Play, and watch it spread."
)
SAMPLES = (500, 2000, 5000)


@solara.component
def AdoptionTab(session: Session, market: InferenceMarket | None) -> None:
    """Choose the size of the sample and show it."""
    sample, set_sample = solara.use_state(2000)
    rv.Html(tag="p", class_="jv-lead", children=[LEAD])
    if market is None:
        solara.Text("Building the market …")
        return
    with rv.Html(tag="div", class_="jv-row"):
        rv.Html(tag="span", class_="jv-caption", children=["People in the sample"])
        ChoiceGroup("People in the sample", SAMPLES, sample, set_sample)
    # Of the seed and the scale alone: a branch keeps the people, and where they stand on the page.
    Sample(session, market, sample).key(f"{session.setup.seed}-{session.setup.scale}-{sample}")


@solara.component
def Sample(session: Session, market: InferenceMarket, sample: int) -> None:
    """Lay the sample out and follow it."""

    def load() -> AdoptionNetwork:
        with session.lock:
            return AdoptionNetwork(market, sample)

    loading = lab.use_task(load, dependencies=[], prefer_threaded=True)
    if loading.error:
        rv.Html(tag="p", class_="jv-error", children=[str(loading.exception)])
    elif not loading.finished or loading.value is None:
        rv.Html(tag="div", class_="jv-card jv-network", children=["Laying the sample out …"])
    else:
        with rv.Html(tag="div", class_="jv-card"):
            _Canvas(session, loading.value)


@solara.component
def _Canvas(session: Session, network: AdoptionNetwork) -> None:
    holder: Any = solara.use_ref(None)

    def make() -> Any:
        return NetworkCanvas.element(
            positions=network.position.tobytes(),
            edges=np.stack((network.source, network.target), axis=1).astype(np.uint32).tobytes(),
            legend=legend(),
            edge_alpha=min(0.28, 1100.0 / max(len(network.source), 1)),
            label=f"{network.count:,} people",
            looks=network.looks.tobytes(),
            sizes=network.sizes.tobytes(),
        )

    def draw(widget: NetworkCanvas, of: Session) -> Callable[[], bool]:
        if holder.current is not widget:
            holder.current = widget
            widget.observe(lambda change: _tell(widget, network, change["new"]), "asked")
        if of.market is None:
            return lambda: True
        network.follow(of.market)
        return widget.show(looks=network.looks.tobytes(), sizes=network.sizes.tobytes(), caption=network.caption)

    Live(session, make, draw)


def _tell(widget: NetworkCanvas, network: AdoptionNetwork, node: int) -> None:
    if 0 <= node < network.count:
        widget.facts = network.facts(node)
