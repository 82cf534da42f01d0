"""The supply network of a week for the flow diagram: columns of nodes, links, and facts about every lab."""

import math
from typing import Any

from model import InferenceMarket
from runs.charts.readings import shown_in
from runs.terminal.short_numbers import short

TIERS = ("flagship", "standard", "light")
COLUMNS = {
    **dict.fromkeys(("chip maker", "power supplier", "builder", "investors"), 0),
    "hyperscaler": 1,
    **dict.fromkeys(("lab", "tenants"), 2),
    "segment": 3,
}
SUPPLIERS = {
    "chip maker": ("wafers a month", "H100e"),
    "power supplier": ("GW a year", "GW"),
    "builder": ("GW a year", "GW"),
}
"""Units of capacity and of orders as shown, by kind of supplier."""
MW_PER_GW = shown_in("MW")[1]
SUPPLY = ("chips", "power", "shells")
OVERDRAWN = (
    "This lab has paid out more than it had. Nobody lends to it: it spends on compute what staff leave of its revenue "
    "and what investors add, pays back, and gives compute back that it cannot pay."
)
"""What is said of a lab whose cash is below zero."""
LATE_WEEKS = 104.0
"""Wait for a supplier that is shown as full scarcity."""
Rows = list[list[str]]


def supply_state(market: InferenceMarket | None) -> dict[str, Any]:
    """Return nodes, links and facts; links have a quantity (GW, GPU-hours, tokens), dollars, and scarcity from 0 to 1.

    Scarcity of tokens is the share of the GPU-hours asked for that were not served; of compute, the share of what the
    lab seeks that it does not hold; of chips, shells and power, the weeks that orders wait, up to two years.
    """
    if market is None or not market.clock.week:
        return {"nodes": [], "links": [], "facts": {}}
    graph = market.networks.supply()
    nodes = [
        {"id": name, "column": COLUMNS[data["kind"]], "kind": data["kind"], "title": data["title"]}
        for name, data in graph.nodes(data=True)
    ]
    links = [_link(market, a, b, data) for a, b, data in graph.edges(data=True)]
    facts = {name: _facts(market, graph, name, data) for name, data in graph.nodes(data=True)}
    return {"nodes": nodes, "links": links, "facts": facts}


def _facts(market: InferenceMarket, graph: Any, name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return what a node says of itself: title, badge and tables; every flow of its own is in one of them."""
    kind = data["kind"]
    if kind == "lab":
        return _lab_facts(market, graph, name)
    if kind == "hyperscaler":
        return _with_flows(_cloud_facts(data), graph, name)
    if kind in SUPPLIERS:
        return _with_flows(_supplier_facts(data), graph, name)
    return _with_flows({"title": data["title"], "tables": [], "badge": ""}, graph, name)


OUT = {"compute": "Lets to", "tokens": "Serves", "funding": "Puts money into"}
IN = {"compute": "Hires from", "tokens": "Served by", "funding": "Gets money from"}
"""Titles of the tables of flows out of a node and into it, by kind; others are deliveries."""


def _with_flows(told: dict[str, Any], graph: Any, name: str) -> dict[str, Any]:
    """Return facts with a table of the week's flows on each side."""
    out, into = graph.out_edges(name, data=True), graph.in_edges(name, data=True)
    for titles, usual, edges, end in ((OUT, "Delivers to", out, 1), (IN, "Gets from", into, 0)):
        by_title: dict[str, Rows] = {}
        for edge in edges:
            rows = by_title.setdefault(titles.get(edge[2]["kind"], usual), [["", "this week", "USD"]])
            rows.append([graph.nodes[edge[end]]["title"], _amount(edge[2]), short(edge[2]["usd"])])
        told["tables"] += [{"title": title, "rows": rows} for title, rows in by_title.items()]
    return told


def _amount(data: dict[str, Any]) -> str:
    kind = data["kind"]
    if kind == "compute":
        return f"{short(data['gpu_hours'])} GPU-hours"
    if kind == "tokens":
        return f"{short(float(data['tokens']))} tokens"
    return _gigawatts(data["mw"]) if kind in SUPPLY else ""


def _gigawatts(megawatts: float) -> str:
    return f"{short(megawatts / MW_PER_GW)} GW"


def _link(market: InferenceMarket, source: str, target: str, data: dict[str, Any]) -> dict[str, Any]:
    kind = data["kind"]
    link: dict[str, Any] = {"source": source, "target": target, "kind": kind, "dollars": data["usd"], "quantity": 0.0}
    if kind == "compute":
        held = data["h100e"]
        lab = target.removeprefix("lab.") if target.startswith("lab.") else ""
        link |= {"quantity": data["gpu_hours"], "scarcity": _wanting(market, lab) if lab else 0.0}
        link["text"] = f"{short(data['gpu_hours'])} GPU-hours ({short(held)} H100e), {short(data['usd'])} USD this week"
    elif kind in SUPPLY:
        link |= {"quantity": data["mw"] / MW_PER_GW, "scarcity": min(data["wait_weeks"] / LATE_WEEKS, 1.0)}
        queued = _gigawatts(data["queued"]) if data["unit"] == "MW" else f"{short(data['queued'])} {data['unit']}"
        delivered = f"{_gigawatts(data['mw'])} of {kind} this week"
        link["text"] = f"{delivered}, {queued} in the queue, {short(data['usd'])} USD"
    elif kind == "tokens":
        link |= {"quantity": float(data["tokens"]), "scarcity": data["congestion"]}
        link["text"] = (
            f"{short(float(data['tokens']))} tokens served, {short(float(data['unserved_tokens']))} turned away, "
            f"{short(data['usd'])} USD this week"
        )
    else:
        link |= {"scarcity": 0.0, "text": f"{short(data['usd'])} USD put in this week"}
    return link


def _wanting(market: InferenceMarket, lab: str) -> float:
    """Return the share of the compute a lab wants that it does not hold."""
    sought = market.observables.latest("compute_sought", lab)
    held = float(market.labs[market.world.lab_names.index(lab)].compute_h100e)
    return max(0.0, 1.0 - held / sought) if sought > 0.0 else 0.0


def _lab_facts(market: InferenceMarket, graph: Any, node: str) -> dict[str, Any]:
    data, name = graph.nodes[node], node.removeprefix("lab.")
    index, catalogue = market.world.lab_names.index(name), market.world.catalogue
    offers: Rows = [["", "USD", "capability", "effort"]]
    for tier, title in enumerate(TIERS):
        if catalogue.available[index, tier]:
            price, quality = float(market.world.charged_prices[index, tier]), float(catalogue.capability[index, tier])
            offers.append(
                [title, short(price), f"{quality:.2f}", f"×{short(float(catalogue.ceiling[index, tier]), 2)}"]
            )
    contracts: Rows = [
        [graph.nodes[a]["title"], f"{short(edge['h100e'])} H100e"]
        for a, _, edge in graph.in_edges(node, data=True)
        if edge["kind"] == "compute" and edge["h100e"] > 0.0
    ]
    wanting = _wanting(market, name)
    cash = float(data["cash_usd"])
    rows: Rows = [
        ["Generation", str(data["generation"])],
        ["Frontier in research", f"{data['frontier']:.2f}"],
        ["Compute held", f"{short(data['compute_h100e'])} H100e"],
        ["Sought and not held", f"{wanting:.0%}"],
        ["Serving, of compute", f"{data['serving_share']:.0%}"],
        ["Utilisation", f"{data['utilisation']:.0%}"],
        ["Revenue a year", f"{short(data['revenue_usd_per_year'])} USD"],
        ["Cash" if cash >= 0.0 else "Overdrawn by", f"{short(abs(cash))} USD"],
        ["Scarcity in its prices", f"×{math.exp(market.labs[index].shadow_price):.2f}"],
        ["Reputation by the token", f"×{math.exp(market.world.metered.reputation[index]):.2f}"],
        ["Weekly users", short(market.observables.latest("weekly_users", name, "consumer", default=math.nan))],
    ]
    tables = [{"title": "", "rows": rows}]
    if len(offers) > 1:
        tables.append({"title": "Catalogue: price of a million output tokens, most effort", "rows": offers})
    if contracts:
        tables.append({"title": "Contracts", "rows": contracts})
    served = _with_flows({"tables": []}, graph, node)["tables"]
    tables += [table for table in served if table["title"] == OUT["tokens"]]
    note = OVERDRAWN if cash < 0.0 else ""
    return {"title": data["title"], "tables": tables, "badge": f"{data['utilisation']:.0%} full", "note": note}


def _supplier_facts(data: dict[str, Any]) -> dict[str, Any]:
    capacity, unit = SUPPLIERS[data["kind"]]
    size = MW_PER_GW if unit == "GW" else 1.0
    rows: Rows = [
        ["Capacity", f"{short(data['capacity'] / size)} {capacity}"],
        ["Being added", f"{short(data['expanding'] / size)} {capacity}"],
        ["Orders in the queue", f"{short(data['queued'] / size)} {unit}"],
        ["Price", f"{short(data['price_usd'] * size)} USD a {'chip' if unit == 'H100e' else unit}"],
        ["New orders wait", f"{data['wait_weeks']:.0f} weeks"],
    ]
    return {"title": data["title"], "tables": [{"title": "", "rows": rows}], "badge": f"{data['wait_weeks']:.0f} weeks"}


def _cloud_facts(data: dict[str, Any]) -> dict[str, Any]:
    rows: Rows = [
        ["Live", f"{short(data['live_h100e'])} H100e"],
        ["Installed", f"{short(data['installed_h100e'])} H100e"],
        ["On order", f"{short(data['ordered_h100e'])} H100e"],
        ["Power", _gigawatts(data["power_mw"])],
        ["Shells", _gigawatts(data["shells_mw"])],
        ["Held down by", data["capacity_limit"]],
        ["Orders limited by", data["orders_limit"]],
        ["Net debt", f"{short(data['net_debt_usd'])} USD"],
        ["Let", f"{data['utilisation']:.0%} of what is live"],
        ["Cash", f"{short(data['cash_usd'])} USD"],
    ]
    return {"title": data["title"], "tables": [{"title": "", "rows": rows}], "badge": f"{data['utilisation']:.0%} let"}
