"""One enterprise's application graph: laid out once, AI shown week by week, and cascades of events hop by hop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import InferenceMarket, JevonsError
from runs.charts.palette import labs
from runs.terminal.short_numbers import short
from runs.view.network_layout import Ints, layered

NEVER = 255
AGENT = "agent"
KINDS = {"api": "single call", "rag": "retrieval chain", "agent": "agent"}
LEGEND = (
    {"label": "no AI yet", "colour": "off"},
    {"label": "AI: single call", "colour": "blue"},
    {"label": "AI: retrieval chain", "colour": "green"},
    {"label": "AI: agent", "colour": "orange"},
)
AGENTS_OFF = (*LEGEND[:3], {"label": "AI: agent (switched off: shown grey)", "colour": "off"})
LARGEST_EVENTS = 100_000


@dataclass(frozen=True)
class Cascade:
    """What a node's business events set off. hops (n,), edge_hops (m,): first hop reached, `NEVER` for none.

    by_hop: `applications` newly reached, `events` handled, `with_ai` of the newly reached, model `tasks` that are worth
    the reference value or more.
    `expected`: applications touched per event on average.
    """

    node: int
    started: int
    hops: NDArray[np.uint8]
    edge_hops: NDArray[np.uint8]
    by_hop: dict[str, list[float]]
    expected: float


class ApplicationGraph:
    """The applications of enterprise `row` as arrays: nodes (n,), calls (m,)."""

    def __init__(self, market: InferenceMarket, row: int) -> None:
        graph = market.networks.applications(row)
        self.row = row
        self.about: dict[str, Any] = dict(graph.graph)
        self.count = graph.number_of_nodes()
        nodes = [data for _, data in graph.nodes(data=True)]
        edges = np.array([(a, b, data["calls"]) for a, b, data in graph.edges(data=True)], dtype=np.int64).reshape(
            -1, 3
        )
        self.source, self.target, self.calls = edges[:, 0], edges[:, 1], edges[:, 2]
        self.layer: Ints = np.array([data["layer"] for data in nodes], dtype=np.int64)
        self.kind = [str(data["kind"]) for data in nodes]
        self._of_agents = np.array([kind == AGENT for kind in self.kind], dtype=np.bool_)
        self._kind_look = np.array([1 + list(KINDS).index(kind) for kind in self.kind], dtype=np.uint8)
        self.enabled = np.array([data["enabled"] for data in nodes], dtype=np.bool_)
        self.events = np.array([data["events"] for data in nodes])
        self.position = layered(self.layer, self.source, self.target)
        self.label = f"{self.count:,} applications"
        self.edge_alpha = min(0.22, 900.0 / max(len(self.source), 1))
        self.callers = np.bincount(self.target, minlength=self.count)
        self.called = np.bincount(self.source, minlength=self.count)
        self._cohort, self._mine = _places(market, row)
        self._settings(market)

    def _settings(self, market: InferenceMarket) -> None:
        p = market.parameters.enterprises
        on = float(market.parameters.mechanisms.cascades)
        self.chance = min(p.trigger_probability, 1.0) * on
        self.chance_with_ai = min(p.trigger_probability * (1.0 + p.ai_trigger_gain), 1.0) * on
        self.tasks_per_event = float(p.calls_per_event)
        self.agents_on = bool(market.parameters.mechanisms.agents)
        self.cascades_on = bool(market.parameters.mechanisms.cascades)

    def follow(self, market: InferenceMarket) -> None:
        """Update which applications run AI, the events that reach them, and the enterprise's stage."""
        p, graphs = market.parameters, market.world.graphs
        if len(market.world.enterprises.columns) <= self.row:  # a smaller market, whose own graph is about to be shown
            return
        enabled = market.world.enterprises.columns.enabled[graphs.cohorts[self._cohort].rows]
        flow = graphs.solve(self._cohort, enabled, p.enterprises, p.mechanisms.cascades)
        self.enabled, self.events = flow.enabled[self._mine], flow.events[self._mine].astype(np.float64)
        self.about = dict(market.networks.enterprise(self.row))
        self._settings(market)

    @property
    def legend(self) -> Sequence[dict[str, str]]:
        """What the looks of nodes mean; with agents switched off no dot has the agents' colour."""
        return LEGEND if self.agents_on else AGENTS_OFF

    @property
    def working(self) -> NDArray[np.bool_]:
        """Which applications run AI that asks for something (n,): with agents switched off, theirs ask for nothing."""
        return self.enabled & (self.agents_on | ~self._of_agents)

    @property
    def looks(self) -> NDArray[np.uint8]:
        """The look of each node, an index of `legend`."""
        return np.where(self.working, self._kind_look, 0).astype(np.uint8)

    @property
    def sizes(self) -> NDArray[np.float32]:
        """The diameter of each node in pixels: core systems, which many call, are large."""
        most = np.sqrt(np.maximum(self.callers, 1))
        return (1.7 + 1.1 * np.minimum(most, 12.0) + 1.6 * self.working).astype(np.float32)

    @property
    def caption(self) -> str:
        """How far AI has come in the enterprise."""
        about, supplier = self.about, labs().get(str(self.about["lab"]), ("",))[0]
        known = [name for name in (str(about["stage"]), supplier) if name not in ("none", "")]
        stage = " with ".join(known) or "not begun"
        touched = f"a business event touches {about['amplification']:.1f} applications"
        idle = int((self.enabled & ~self.working).sum())
        off = f" Agents are switched off: {idle:,} applications built for them ask for nothing." if idle else ""
        return f"Stage: {stage}. {int(self.working.sum()):,} run AI; {touched}.{off}"

    def facts(self, node: int) -> dict[str, Any]:
        """Return what the pointer shows of an application. Raises JevonsError for a node that is not there."""
        self._check(node)
        rows = [
            ["Layer", f"{self.layer[node] + 1} of {int(self.layer.max()) + 1}"],
            ["Would run", KINDS[self.kind[node]]],
            ["AI", self._ai_words(node)],
            ["Called by", f"{self.callers[node]} applications"],
            ["Calls", f"{self.called[node]} applications"],
            ["Events", f"{short(float(self.events[node]))} per business event"],
        ]
        return {"node": node, "title": f"Application {node + 1}", "rows": rows}

    def _ai_words(self, node: int) -> str:
        if self.working[node]:
            return "on"
        return "on, but agents are switched off" if self.enabled[node] else "not yet"

    def set_off(self, node: int, events: int, seed: int, *, with_ai: bool = True) -> Cascade:
        """Let `events` enter at a node and follow one random cascade hop by hop; the same for the same seed.

        Every call passes an event on with the trigger probability, which is higher where the caller runs AI; without
        `with_ai` none is taken to. Raises JevonsError for a node that is not there or events outside 1 to 100,000.
        """
        self._check(node)
        if not 1 <= events <= LARGEST_EVENTS:
            raise JevonsError(f"events = {events} is not allowed: allowed is a whole number from 1 to {LARGEST_EVENTS}")
        draw = np.random.default_rng((seed, self.row, node))
        chance, lit = self._chances(with_ai=with_ai), self.working & with_ai
        hops, edge_hops = np.full(self.count, NEVER, np.uint8), np.full(len(self.source), NEVER, np.uint8)
        here = np.zeros(self.count, dtype=np.int64)
        here[node] = events
        by_hop: dict[str, list[float]] = {"applications": [], "events": [], "with_ai": [], "tasks": []}
        for hop in range(int(self.layer.max()) + 2):
            new = (here > 0) & (hops == NEVER)
            hops[new] = hop
            by_hop["applications"].append(int(new.sum()))
            by_hop["events"].append(int(here.sum()))
            by_hop["with_ai"].append(int((new & lit).sum()))
            by_hop["tasks"].append(float(here[lit].sum()) * self.tasks_per_event)
            active = np.flatnonzero(here[self.source])
            passed = draw.binomial(here[self.source[active]] * self.calls[active], chance[active])
            used = active[(passed > 0)]
            edge_hops[used] = np.minimum(edge_hops[used], hop + 1)
            here = np.bincount(self.target[active], weights=passed, minlength=self.count).astype(np.int64)
            if not here.any():
                break
        return Cascade(node, events, hops, edge_hops, by_hop, float(self.reach(with_ai=with_ai)[node]))

    def reach(self, *, with_ai: bool = True) -> NDArray[np.float64]:
        """Return how often applications are touched per event that enters at each node, itself included (n,)."""
        passed = self._chances(with_ai=with_ai) * self.calls
        touched: NDArray[np.float64] = np.ones(self.count)
        for _ in range(int(self.layer.max()) + 1):
            onward = np.bincount(self.source, weights=passed * touched[self.target], minlength=self.count)
            touched = 1.0 + onward.astype(np.float64)
        return touched

    @property
    def largest(self) -> int:
        """The node in the outer ring, where business events enter, whose events touch most applications on average."""
        outer = np.flatnonzero(self.layer == 0)
        return int(outer[np.argmax(self.reach()[outer])])

    @property
    def typical(self) -> int:
        """The node in the outer ring whose events touch as many applications as the median of that ring."""
        outer = np.flatnonzero(self.layer == 0)
        return int(outer[np.argsort(self.reach()[outer], kind="stable")[len(outer) // 2]])

    def _chances(self, *, with_ai: bool) -> NDArray[np.float64]:
        """Return the chance that each call passes an event on (m,)."""
        return np.where(self.enabled & with_ai, self.chance_with_ai, self.chance)[self.source]

    def _check(self, node: int) -> None:
        if not 0 <= node < self.count:
            raise JevonsError(f"application {node + 1}: no such application; this enterprise has {self.count}")


class WithoutAI:
    """The same graph as if no application ran AI: every dot in its place, none lit."""

    def __init__(self, graph: ApplicationGraph) -> None:
        self._graph = graph
        self.count, self.position = graph.count, graph.position
        self.source, self.target, self.edge_alpha = graph.source, graph.target, graph.edge_alpha
        self.legend, self.label = LEGEND[:1], "Without AI"
        self.sizes = (1.7 + 1.1 * np.minimum(np.sqrt(np.maximum(graph.callers, 1)), 12.0)).astype(np.float32)
        self.looks = np.zeros(graph.count, dtype=np.uint8)

    @property
    def caption(self) -> str:
        """What this drawing shows."""
        return "The same applications and calls, and the same event, if none of them ran AI."

    def follow(self, market: InferenceMarket) -> None:
        """Nothing changes from week to week here."""

    def facts(self, node: int) -> dict[str, Any]:
        """Return the facts of an application. Raises JevonsError for a node that is not there."""
        return self._graph.facts(node)


def graph_key(market: InferenceMarket) -> tuple[int, ...]:
    """Return what two markets share whose organisations have the same applications: a branch keeps the graph."""
    cohorts = market.world.graphs.cohorts
    sizes = [size for cohort in cohorts for size in (len(cohort.kind), cohort.edges)]
    return (market.seed, len(market.world.enterprises.columns), *sizes)


def _places(market: InferenceMarket, row: int) -> tuple[int, Ints]:
    """Return an enterprise's cohort, and where in it its applications (n,) are."""
    for index, cohort in enumerate(market.world.graphs.cohorts):
        if row in cohort.rows:
            return index, np.flatnonzero(cohort.enterprise == int(np.searchsorted(cohort.rows, row)))
    raise JevonsError(f"enterprise {row + 1}: no such enterprise")
