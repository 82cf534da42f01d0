"""Networks of the market as networkx graphs: who supplies whom, an enterprise's applications, who knows whom.

Every attribute is a text, a number or a flag, finite, and there on every node or edge of its kind, so that a graph can
be drawn or written to a file as it is.
"""

import operator
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from agents.capacity_plan import LIMITS
from agents.catalogue import TIERS
from agents.choice import Floats, Ints
from agents.enterprises import APPLICATION_KINDS
from agents.streams import SETUP
from agents.suppliers import Supplier
from agents.units import HOURS_PER_WEEK, WEEKS_PER_YEAR
from model.applications import Cohort
from model.errors import JevonsError, show
from model.order_books import OrderBook
from model.world import World

if TYPE_CHECKING:
    import networkx as nx

SEGMENTS = {
    "consumer": "Consumers",
    "developer": "Developers",
    "enterprise": "Enterprises",
    "embedded": "Search and messengers",
}
STAGES = ("none", "pilot", "production", "three functions")
TRADES = {"chip": ("chip maker", "chips"), "power": ("power supplier", "power"), "builder": ("builder", "shells")}
"""What suppliers are and deliver, by the prefix of their accounts."""
STANDARD = TIERS.index("standard")
KINDS = tuple(name.removeprefix("ent-") for name in APPLICATION_KINDS)
NOBODY = "none"
NO_CAPABILITY = -9.0
CONTACTS_FOLLOWED = 3


class Networks:
    """The networks of one market, as they stand after its latest week."""

    def __init__(self, world: World) -> None:
        self._world = world

    # supply -------------------------------------------------------------------------------------------------------

    def supply(self) -> "nx.DiGraph[str]":
        """Return who supplied whom in the latest week; there are no tokens and no payments before the first one.

        Nodes: `chip.NAME`, `power.NAME` and `builder.NAME` (makers of chips, suppliers of power, builders of shells),
        `cloud.NAME` (hyperscalers), `lab.NAME`, `segment.NAME` (consumer, developer, enterprise, and embedded:
        answers on surfaces that nobody pays for), `tenants` and `investors`; all have kind and title. Edges by kind:
        chips, power and shells, supplier to cloud (amount delivered this week and queued, in `unit`; mw, the same as
        power; wait_weeks of a new order; usd a week); compute, cloud to lab or tenants (h100e, gpu_hours a week, usd a
        week that the tenant paid, funding_usd a week that a parent put in); tokens, lab to segment (tokens,
        unserved_tokens, usd a week; congestion: the share of the GPU-hours asked for that were not served); funding,
        investors to anybody (usd a week).
        """
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph(kind="supply", date=self._world.clock.date.isoformat())
        for node, title in (("tenants", "Other tenants"), ("investors", "Investors")):
            graph.add_node(node, kind=node, title=title)
        self._add_suppliers(graph)
        self._add_clouds(graph)
        self._add_labs(graph)
        self._add_segments(graph)
        for account in [node for node in graph if node.startswith(("cloud.", "lab."))]:
            usd = self._paid("investors", account)
            if usd > 0.0:
                graph.add_edge("investors", account, kind="funding", usd=usd)
        return graph

    def _add_suppliers(self, graph: "nx.DiGraph[str]") -> None:
        world, moved = self._world, self._world.delivered
        for maker in world.chip_makers:
            output = maker.output_h100e(world.technology.h100e_per_wafer)
            waits = float(world.chip_book.waiting[maker.index].sum()) / max(output, 1e-9)
            self._add_supplier(graph, "chip", maker, world.chip_book, moved.chips, waits)
        for supplier in world.power_suppliers:
            weeks = supplier.lead_weeks(float(world.power_book.waiting[supplier.index].sum()))
            self._add_supplier(graph, "power", supplier, world.power_book, moved.connected, weeks)
        for builder in world.builders:
            weeks = builder.lead_weeks(float(world.shell_book.waiting[builder.index].sum()))
            self._add_supplier(graph, "builder", builder, world.shell_book, moved.finished, weeks)

    def _add_supplier(
        self, graph: "nx.DiGraph[str]", prefix: str, firm: Supplier, book: OrderBook, amounts: Floats, weeks: float
    ) -> None:
        """Add a supplier and what it delivered to each hyperscaler; weeks: how long a new order waits."""
        node, (kind, trade) = f"{prefix}.{firm.name}", TRADES[prefix]
        is_chip = prefix == "chip"
        scale = 1.0 if is_chip else WEEKS_PER_YEAR
        density = self._world.technology.density if is_chip else 1.0
        queued = book.waiting[firm.index].sum(axis=0)
        graph.add_node(
            node,
            kind=kind,
            title=firm.profile.title or firm.name,
            capacity=float(firm.capacity) * scale,
            expanding=float(firm.expanding) * scale,
            price_usd=float(firm.price_usd),
            queued=float(queued.sum()),
            wait_weeks=float(weeks),
            cash_usd=self._cash(node),
        )
        for h, cloud in enumerate(self._world.constants.cloud_names):
            amount, waits, usd = float(amounts[firm.index, h]), float(queued[h]), self._paid(f"cloud.{cloud}", node)
            if amount > 0.0 or waits > 0.0 or usd > 0.0:
                graph.add_edge(
                    node,
                    f"cloud.{cloud}",
                    kind=trade,
                    amount=amount,
                    queued=waits,
                    unit=book.unit,
                    mw=amount / density,
                    wait_weeks=float(weeks),
                    usd=usd,
                )

    def _add_clouds(self, graph: "nx.DiGraph[str]") -> None:
        world, fleet = self._world, self._world.fleet
        live = fleet.live(unlimited=not world.parameters.mechanisms.supply_limits)
        let = world.contracts.sum(axis=0) + world.outside_used
        for h, cloud in enumerate(world.hyperscalers):
            node = f"cloud.{cloud.name}"
            graph.add_node(
                node,
                kind="hyperscaler",
                title=cloud.profile.title or cloud.name,
                cash_usd=self._cash(node),
                live_h100e=float(live[h]),
                installed_h100e=float(fleet.installed[h]),
                ordered_h100e=float(world.chip_book.waiting[:, :, h].sum()),
                power_mw=float(fleet.connected_mw[h]),
                shells_mw=float(fleet.shells_mw[h]),
                net_debt_usd=float(cloud.net_debt_usd),
                capacity_limit=LIMITS[int(world.held_down_by[h])],
                orders_limit=LIMITS[cloud.orders_limited_by],
                utilisation=_ratio(let[h], live[h]),
            )
            self._add_compute(graph, node, "tenants", float(world.outside_used[h]))

    def _add_labs(self, graph: "nx.DiGraph[str]") -> None:
        world, catalogue = self._world, self._world.catalogue
        best = np.maximum(catalogue.best_capability(), NO_CAPABILITY)
        used = world.outcome.used_hours.sum(axis=(1, 2))
        for i, lab in enumerate(world.labs):
            node, sold = f"lab.{lab.name}", bool(catalogue.available[i, STANDARD])
            graph.add_node(
                node,
                kind="lab",
                title=lab.profile.title or lab.name,
                cash_usd=self._cash(node),
                on_sale=sold,
                capability=float(best[i]),
                frontier=float(lab.frontier),
                generation=int(catalogue.generation[i]),
                price_usd_per_mtok=float(world.charged_prices[i, STANDARD]) if sold else 0.0,
                compute_h100e=float(lab.compute_h100e),
                serving_share=float(lab.serving_share),
                utilisation=min(_ratio(used[i], world.capacity_hours[i]), 1.0),  # sums of what is used are rounded
                revenue_usd_per_year=float(world.revenue[i].sum()) * WEEKS_PER_YEAR,
            )
            for h, cloud in enumerate(world.constants.cloud_names):
                self._add_compute(graph, f"cloud.{cloud}", node, float(lab.contracts[h]))

    def _add_compute(self, graph: "nx.DiGraph[str]", cloud: str, tenant: str, h100e: float) -> None:
        usd, funding = self._paid(tenant, cloud), self._paid(cloud, tenant)
        if h100e > 0.0 or usd > 0.0 or funding > 0.0:
            hours = h100e * HOURS_PER_WEEK
            graph.add_edge(cloud, tenant, kind="compute", h100e=h100e, gpu_hours=hours, usd=usd, funding_usd=funding)

    def _add_segments(self, graph: "nx.DiGraph[str]") -> None:
        world, outcome = self._world, self._world.outcome
        for name, title in SEGMENTS.items():
            graph.add_node(f"segment.{name}", kind="segment", title=title)
            mask = world.constants.reporting_masks[name]
            asked = outcome.asked.tokens[:, mask].sum(axis=(1, 2, 3))
            served = outcome.served.tokens[:, mask].sum(axis=(1, 2, 3))
            need, used = (hours[:, mask].sum(axis=(1, 2)) for hours in (outcome.need_hours, outcome.used_hours))
            usd = world.revenue[:, mask].sum(axis=1)
            for i in np.flatnonzero((asked > 0) | (usd > 0.0)):
                graph.add_edge(
                    f"lab.{world.lab_names[i]}",
                    f"segment.{name}",
                    kind="tokens",
                    tokens=int(served[i]),
                    unserved_tokens=int(asked[i] - served[i]),
                    usd=float(usd[i]),
                    congestion=_ratio(need[i] - used[i], need[i]),
                )

    def _cash(self, account: str) -> float:
        ledger = self._world.ledger
        return float(ledger.cash[ledger.of[account]])

    def _paid(self, payer: str, payee: str) -> float:
        ledger = self._world.ledger
        return float(ledger.paid[ledger.of[payer], ledger.of[payee]])

    # applications -------------------------------------------------------------------------------------------------

    def applications(self, enterprise: int) -> "nx.DiGraph[int]":
        """Return the application graph of an enterprise row, as AI has changed it up to its latest change window.

        Nodes 0, 1, ... in the order of layers: layer, kind (api, rag, agent: the model task it would run), enabled
        (AI is on), events and tasks (model tasks) per business event of the enterprise. Edges: calls, how many lead
        from one application to the other, and the events they carry per business event. The graph's attributes
        describe the enterprise. Raises JevonsError for a row that does not exist.
        """
        import networkx as nx

        world = self._world
        count = len(world.enterprises.columns)
        row = _whole_number("enterprise", enterprise, 0, count - 1)
        index = next(i for i, cohort in enumerate(world.graphs.cohorts) if row in cohort.rows)
        cohort, p = world.graphs.cohorts[index], world.parameters
        enabled = world.enterprises.columns.enabled[cohort.rows]
        flow = world.graphs.solve(index, enabled, p.enterprises, p.mechanisms.cascades)
        mine = np.flatnonzero(cohort.enterprise == int(np.searchsorted(cohort.rows, row)))
        source, target, calls = _calls_of(cohort, mine)

        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.graph.update(self.enterprise(row))
        layer = np.searchsorted(cohort.layer_starts, mine, side="right") - 1
        kind = cohort.kind[mine]
        events, lit = flow.events[mine].astype(np.float64), flow.enabled[mine]
        tasks = np.where(lit, events * p.enterprises.calls_per_event, 0.0)
        rows = zip(layer.tolist(), kind.tolist(), lit.tolist(), events.tolist(), tasks.tolist(), strict=True)
        graph.add_nodes_from(
            (node, {"layer": at, "kind": KINDS[what], "enabled": on, "events": passed, "tasks": asked})
            for node, (at, what, on, passed, asked) in enumerate(rows)
        )
        trigger, gain = p.enterprises.trigger_probability, 1.0 + p.enterprises.ai_trigger_gain
        chance = np.where(lit, min(trigger * gain, 1.0), min(trigger, 1.0)) * p.mechanisms.cascades
        carried = calls * (events * chance)[source]
        edges = zip(source.tolist(), target.tolist(), calls.tolist(), carried.tolist(), strict=True)
        graph.add_edges_from((a, b, {"calls": many, "events": passed}) for a, b, many, passed in edges)
        return graph

    def enterprise(self, row: int) -> dict[str, str | int | float]:
        """Describe an enterprise row as it stands: the attributes of its graph of applications."""
        world, agent = self._world, self._world.enterprises.columns.row(row)
        events = world.parameters.enterprises.events_per_employee * agent.employees * agent.output
        return {
            "kind": "applications",
            "enterprise": row,
            "employees": agent.employees,
            "stage": STAGES[agent.stage],
            "lab": world.lab_names[agent.lab] if agent.lab >= 0 else NOBODY,
            "business_events_per_week": events,
            "amplification": float(world.graphs.amplification[row]),
        }

    # adoption -----------------------------------------------------------------------------------------------------

    def adoption(self, sample: int = 2000) -> "nx.Graph[int]":
        """Return a sample of users and who knows whom among them: a snowball, the same for the same seed and size.

        Starting at a random person, everybody in the sample brings in up to three more contacts; so it hangs together.
        sample: people, at least 2 (all of them where there are fewer). Nodes 0, 1, ... from the start outwards: row,
        app (a lab's name or none), stage (none, free, paid), paid, and peers: the share of all contacts who use chat.
        Raises JevonsError for a sample that is no such number.
        """
        import networkx as nx

        world, users = self._world, self._world.users.columns.own
        rows = self._snowball(min(_whole_number("sample", sample, 2), len(users.app)))
        app, paid = users.app[rows].tolist(), users.paid[rows].tolist()
        peers = (users.peers[rows] / np.maximum(users.contacts[rows], 1)).tolist()
        graph: nx.Graph[int] = nx.Graph(kind="adoption", date=world.clock.date.isoformat())
        graph.add_nodes_from(
            (node, {
                "row": row,
                "app": world.lab_names[app[node]] if app[node] >= 0 else NOBODY,
                "stage": NOBODY if app[node] < 0 else "paid" if paid[node] else "free",
                "paid": paid[node],
                "peers": peers[node],
            })
            for node, row in enumerate(rows.tolist())
        )  # fmt: skip
        among = world.users.network[rows][:, rows].tocoo()
        upper = among.row < among.col
        graph.add_edges_from(zip(among.row[upper].tolist(), among.col[upper].tolist(), strict=True))
        return graph

    def _snowball(self, size: int) -> Ints:
        """Return `size` rows of users, each met as a contact of an earlier one as far as there are any."""
        world = self._world
        network, draw = world.users.network, world.streams.generator("networks.adoption", SETUP)
        strangers = iter(draw.permutation(network.shape[0]).tolist())
        met: dict[int, None] = {}
        waiting: deque[int] = deque()
        while len(met) < size:
            if not waiting:
                waiting.append(next(row for row in strangers if row not in met))
                met[waiting[0]] = None
            row = waiting.popleft()
            contacts = dict.fromkeys(
                draw.permutation(network.indices[network.indptr[row] : network.indptr[row + 1]]).tolist()
            )
            new = [other for other in contacts if other not in met][: min(CONTACTS_FOLLOWED, size - len(met))]
            met.update(dict.fromkeys(new))
            waiting.extend(new)
        return np.fromiter(met, dtype=np.int64, count=size)


def _calls_of(cohort: Cohort, mine: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the calls between one enterprise's applications `mine` (positions in the cohort, ascending).

    Caller, called and how many calls, (pairs,); applications are numbered by their place in `mine`.
    """
    callers = mine[mine < len(cohort.bounds) - 1]
    calls = [cohort.called[cohort.bounds[j] : cohort.bounds[j + 1]] for j in callers.tolist()]
    starts = np.repeat(callers, [len(called) for called in calls])
    place = np.searchsorted(mine, np.stack((starts, np.concatenate((starts[:0], *calls)))))
    (source, target), many = np.unique(place, axis=1, return_counts=True)
    return source, target, many.astype(np.int64)


def _whole_number(name: str, value: object, low: int, high: int | None = None) -> int:
    """Return a whole number from `low` to `high`; raises JevonsError for anything else."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = low - 1
    if isinstance(value, bool) or number < low or (high is not None and number > high):
        allowed = f"a whole number from {low} to {high}" if high is not None else f"a whole number of at least {low}"
        raise JevonsError(f"{name} = {show(value)} is not allowed: allowed is {allowed}")
    return number


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0.0 else 0.0
