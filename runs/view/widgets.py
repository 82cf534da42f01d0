"""The page's own widgets: each has a JavaScript file in `static` and gets its data as binary traits."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

STATIC = Path(__file__).parent / "static"


@cache
def source(*names: str) -> str:
    """Return one ES module made of files of `static`, in order."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)


class Widget(anywidget.AnyWidget):
    """A widget of the page."""

    if TYPE_CHECKING:

        @classmethod
        def element(cls, **traits: Any) -> Any:
            """Return an element of the page with these traits (Solara adds this to every widget)."""


class Drawn(Widget):
    """A widget that counts frames: Python sets `frame`, the browser answers with `drawn` once it has painted."""

    frame = traitlets.Int(0).tag(sync=True)
    drawn = traitlets.Int(0).tag(sync=True)

    def show(self, **traits: object) -> Callable[[], bool]:
        """Send traits as one frame; the returned function says whether it has been painted."""
        number = self.frame + 1
        with self.hold_sync():
            for name, value in traits.items():
                setattr(self, name, value)
            self.frame = number
        return lambda: self.drawn >= number or self.comm is None


class TimeBar(Drawn):
    """The date shown and a scrubber; keeps the browser's address up to date and tells of a server that is silent.

    returned: the query that Back or Forward led to, whether it asks for another market, how often that happened.
    asked: the week that the scrubber was moved to, and how often it was. ping and pong: a sign of life each second.
    """

    _esm = source("common.js", "headline.js")
    state = traitlets.Dict().tag(sync=True)
    address = traitlets.Unicode().tag(sync=True)
    returned: Any = traitlets.List().tag(sync=True)
    asked: Any = traitlets.List([0, 0]).tag(sync=True)
    ping = traitlets.Int(0).tag(sync=True)
    pong = traitlets.Int(0).tag(sync=True)

    @traitlets.observe("ping")
    def _answer(self, change: Any) -> None:
        self.pong = change["new"]


class Tiles(Drawn):
    """The figures under the chart, and the sentence that says what they mean."""

    _esm = source("common.js", "tiles.js")
    state = traitlets.Dict().tag(sync=True)


class StoryChart(Drawn):
    """The large chart: `spec` of the measure, then `values` and `baseline` (lines, weeks) float32.

    `week`: weeks shown; what comes after them is faint. `names` of the run and of the baseline. `answer`: a sentence.
    """

    _esm = source("common.js", "story.js")
    spec = traitlets.Dict().tag(sync=True)
    answer = traitlets.Unicode("").tag(sync=True)
    values = traitlets.Bytes(b"").tag(sync=True)
    baseline = traitlets.Bytes(b"").tag(sync=True)
    week = traitlets.Int(0).tag(sync=True)
    branches: Any = traitlets.List().tag(sync=True)
    names: Any = traitlets.List().tag(sync=True)


class LiveCharts(Drawn):
    """Panels of curves: `spec` once, then `values` and `reference` (curves, weeks) float32; `week`: weeks shown."""

    _esm = source("common.js", "charts.js")
    spec = traitlets.Dict().tag(sync=True)
    values = traitlets.Bytes(b"").tag(sync=True)
    reference = traitlets.Bytes(b"").tag(sync=True)
    week = traitlets.Int(0).tag(sync=True)
    branches: Any = traitlets.List().tag(sync=True)


class FlowDiagram(Drawn):
    """The supply network: columns of nodes, links as wide as the flow."""

    _esm = source("common.js", "flow.js")
    _css = source("flow.css")
    state = traitlets.Dict().tag(sync=True)


class NetworkCanvas(Drawn):
    """Points and lines from buffers; positions and edges are sent once, then only colours and sizes.

    positions (n, 2) float32 in -1..1; edges (m, 2) uint32; looks (n,) uint8, each an index of `legend`; sizes (n,)
    float32 pixels; hops (n,) and edge_hops (m,) uint8, 255 where a cascade does not arrive. `follows`: shows the hop of
    the network beside it.
    """

    _esm = source("common.js", "network.js")
    _css = source("network.css")
    positions = traitlets.Bytes(b"").tag(sync=True)
    edges = traitlets.Bytes(b"").tag(sync=True)
    sizes = traitlets.Bytes(b"").tag(sync=True)
    looks = traitlets.Bytes(b"").tag(sync=True)
    legend: Any = traitlets.List().tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    hops = traitlets.Bytes(b"").tag(sync=True)
    edge_hops = traitlets.Bytes(b"").tag(sync=True)
    cascade = traitlets.Dict().tag(sync=True)
    asked = traitlets.Int(-1).tag(sync=True)
    facts = traitlets.Dict().tag(sync=True)
    clicked: Any = traitlets.List().tag(sync=True)
    clickable = traitlets.Bool(False).tag(sync=True)
    edge_alpha = traitlets.Float(0.06).tag(sync=True)
    label = traitlets.Unicode("Network").tag(sync=True)
    follows = traitlets.Bool(False).tag(sync=True)
    side = traitlets.Unicode("").tag(sync=True)
