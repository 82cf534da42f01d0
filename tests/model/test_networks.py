"""The networks are the market's own numbers as graphs that can be drawn and written to a file."""

import functools
import io
import math
from typing import Any

import networkx as nx
import numpy as np
import pytest

from agents.capacity_plan import LIMITS
from agents.enterprises import APPLICATION_KINDS
from agents.units import HOURS_PER_WEEK
from model import InferenceMarket, JevonsError, Scenario
from tests.model.states import TINY

ROWS = int(TINY["scale.enterprises"]) + int(TINY["scale.firms"])


@functools.cache
def market() -> InferenceMarket:
    """A market after a year and a half, which tests only read."""
    return InferenceMarket(Scenario.load("baseline").replace(TINY), rng=5).run("2024-06-30")


def of_kind(graph: "nx.DiGraph[str]", kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The edges of a kind."""
    return [edge for edge in graph.edges(data=True) if edge[2]["kind"] == kind]


def check_drawable(graph: "nx.Graph[Any]") -> None:
    """Attributes are texts, flags and finite numbers of Python, alike for all nodes of a kind; GraphML takes them."""
    shapes: dict[str, set[str]] = {}
    for _, data in graph.nodes(data=True):
        kind = data["kind"] if graph.graph["kind"] == "supply" else "any"
        assert shapes.setdefault(kind, set(data)) == set(data)
    everything = [data for _, data in graph.nodes(data=True)] + [data for *_, data in graph.edges(data=True)]
    for data in [graph.graph, *everything]:
        for name, value in data.items():
            assert type(value) in (str, bool, int, float), name
            assert not isinstance(value, float) or math.isfinite(value), name
    nx.write_graphml(graph, io.BytesIO())


def test_all_networks_can_be_drawn_and_written_to_a_file() -> None:
    networks = market().networks
    for graph in (networks.supply(), networks.applications(3), networks.adoption(100)):
        check_drawable(graph)
    check_drawable(InferenceMarket(Scenario.load("baseline").replace(TINY)).networks.supply())


# supply ---------------------------------------------------------------------------------------------------------------


def test_supply_has_every_actor_before_the_first_week_and_no_tokens() -> None:
    fresh = InferenceMarket(Scenario.load("baseline").replace(TINY))
    graph = fresh.networks.supply()
    names = [*(f"cloud.{n}" for n in fresh.world.constants.cloud_names), *(f"lab.{n}" for n in fresh.world.lab_names)]
    made = fresh.parameters
    names += [*(f"chip.{n}" for n in made.chip_maker), *(f"power.{n}" for n in made.power_supplier)]
    names += [f"builder.{n}" for n in made.builder]
    segments = [f"segment.{n}" for n in ("consumer", "developer", "enterprise", "embedded")]
    assert set(graph) == {*names, *segments, "tenants", "investors"}
    assert of_kind(graph, "tokens") == []
    assert sum(data["h100e"] for *_, data in of_kind(graph, "compute")) == pytest.approx(fresh.world.contracts.sum())


def test_tokens_over_all_edges_are_the_tokens_of_the_week() -> None:
    outcome, edges = market().world.outcome, of_kind(market().networks.supply(), "tokens")
    assert sum(data["tokens"] for *_, data in edges) == outcome.served.tokens.sum()
    asked = outcome.asked.tokens.sum()
    assert sum(data["tokens"] + data["unserved_tokens"] for *_, data in edges) == asked
    assert sum(data["usd"] for *_, data in edges) == pytest.approx(market().world.revenue.sum())
    assert all(0.0 <= data["congestion"] <= 1.0 for *_, data in edges)


def test_compute_edges_are_contracts_and_what_was_paid_for_them() -> None:
    m, graph = market(), market().networks.supply()
    for i, lab in enumerate(m.world.lab_names):
        for h, cloud in enumerate(m.world.constants.cloud_names):
            held = float(m.world.contracts[i, h])
            if held > 0.0:
                data = graph.edges[f"cloud.{cloud}", f"lab.{lab}"]
                assert data["h100e"] == held
                assert data["gpu_hours"] == held * HOURS_PER_WEEK
                assert (
                    data["usd"]
                    == m.world.ledger.paid[m.world.ledger.of[f"lab.{lab}"], m.world.ledger.of[f"cloud.{cloud}"]]
                )
    rented = sum(data["h100e"] for *_, data in graph.in_edges("tenants", data=True))
    assert rented == pytest.approx(m.world.outside_used.sum())


def test_a_hyperscaler_is_used_as_far_as_its_live_capacity_is_let() -> None:
    graph = market().networks.supply()
    for node, data in graph.nodes(data=True):
        if data["kind"] == "hyperscaler":
            let = sum(edge["h100e"] for *_, edge in graph.out_edges(node, data=True))
            assert data["utilisation"] == pytest.approx(let / data["live_h100e"])
            assert data["utilisation"] <= 1.0 + 1e-9
            assert data["live_h100e"] <= data["installed_h100e"]


def test_labs_carry_what_they_sell_and_own() -> None:
    m, graph = market(), market().networks.supply()
    data = graph.nodes["lab.openai"]
    assert data["title"] == "OpenAI"
    assert data["capability"] == m.world.catalogue.capability[0].max()
    assert data["price_usd_per_mtok"] == m.world.catalogue.price[0, 1]
    assert data["cash_usd"] == pytest.approx(m.labs[0].cash)
    assert 0.0 < data["utilisation"] <= 1.0


def test_suppliers_carry_what_they_deliver_and_are_paid_and_what_waits() -> None:
    m, graph = market(), market().networks.supply()
    moved = m.world.delivered
    for kind, amounts in (("chips", moved.chips), ("power", moved.connected), ("shells", moved.finished)):
        edges = of_kind(graph, kind)
        assert sum(data["amount"] for *_, data in edges) == pytest.approx(amounts.sum(), abs=1e-9)
    assert sum(data["queued"] for *_, data in of_kind(graph, "chips")) == pytest.approx(m.world.chip_book.waiting.sum())
    assert sum(data["usd"] for *_, data in of_kind(graph, "chips")) == pytest.approx(moved.chip_cost.sum())
    leader = graph.nodes["chip.merchant"]
    assert leader["capacity"] == m.world.chip_makers[0].capacity
    assert leader["wait_weeks"] > 0.0
    assert graph.nodes["cloud.azure"]["capacity_limit"] in LIMITS


# applications ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", range(ROWS))
def test_an_application_graph_is_the_enterprise_s_own(row: int) -> None:
    m, graph = market(), market().networks.applications(row)
    columns = m.world.enterprises.columns
    assert sorted(graph) == list(range(int(columns.applications[row])))
    assert sum(data["enabled"] for _, data in graph.nodes(data=True)) == math.ceil(columns.enabled[row])
    events = sum(data["events"] for _, data in graph.nodes(data=True))
    assert events == pytest.approx(m.world.graphs.amplification[row], rel=1e-5)  # summed in float32 and in float64
    assert graph.graph["amplification"] == m.world.graphs.amplification[row]
    tasks = sum(data["tasks"] for _, data in graph.nodes(data=True))
    assert tasks == pytest.approx(m.world.graphs.tasks[row].sum(), rel=1e-5)


def test_application_graphs_partition_all_calls() -> None:
    m = market()
    graphs = [m.networks.applications(row) for row in range(ROWS)]
    assert sum(data["calls"] for graph in graphs for *_, data in graph.edges(data=True)) == m.world.graphs.edges
    assert sum(len(graph) for graph in graphs) == m.world.graphs.nodes


def test_calls_lead_to_one_of_the_next_two_layers_and_carry_what_arrives() -> None:
    m = market()
    graph = m.networks.applications(0)
    layer, events = nx.get_node_attributes(graph, "layer"), nx.get_node_attributes(graph, "events")
    assert {layer[b] - layer[a] for a, b in graph.edges} == {1, 2}
    assert set(layer.values()) == set(range(m.parameters.enterprises.layers))
    limit = m.parameters.enterprises.rate_limit / len(graph)
    for node in graph:
        if layer[node] > 0 and events[node] < 0.99 * limit:
            arriving = sum(data["events"] for *_, data in graph.in_edges(node, data=True))
            assert events[node] == pytest.approx(arriving, rel=1e-4, abs=1e-9)  # float32


def test_model_tasks_are_those_of_enabled_applications_by_kind() -> None:
    m = market()
    graph = m.networks.applications(2)
    for name, expected in zip(APPLICATION_KINDS, m.world.graphs.tasks[2], strict=True):
        mine = [data for _, data in graph.nodes(data=True) if f"ent-{data['kind']}" == name]
        assert sum(data["tasks"] for data in mine) == pytest.approx(expected, rel=1e-5)
        assert all(data["tasks"] == 0.0 for data in mine if not data["enabled"])


@pytest.mark.parametrize("row", [0, ROWS - 1])
def test_business_events_follow_employees_and_output(row: int) -> None:
    """Large organisations' first and firms' last row alike: half as much again is half as many events again."""
    m = market().branch()
    columns = m.world.enterprises.columns
    before = m.networks.enterprise(row)["business_events_per_week"]
    per_employee = m.parameters.enterprises.events_per_employee
    assert before == pytest.approx(per_employee * columns.employees[row] * columns.output[row], rel=1e-6)  # float32
    columns.output[row] *= 1.5
    assert m.networks.enterprise(row)["business_events_per_week"] == pytest.approx(1.5 * float(before), rel=1e-6)


def test_without_cascades_events_stay_where_they_enter() -> None:
    scenario = Scenario.load("baseline").replace({**TINY, "mechanisms.cascades": False})
    graph = InferenceMarket(scenario, rng=5).networks.applications(1)
    assert sum(data["events"] for _, data in graph.nodes(data=True)) == pytest.approx(1.0, rel=1e-5)
    assert {data["events"] for *_, data in graph.edges(data=True)} == {0.0}


# adoption -------------------------------------------------------------------------------------------------------------


def test_the_sample_hangs_together_and_its_edges_are_contacts() -> None:
    m, graph = market(), market().networks.adoption(200)
    assert len(graph) == 200
    assert nx.number_connected_components(graph) == 1
    rows = nx.get_node_attributes(graph, "row")
    assert len(set(rows.values())) == 200
    known = m.world.users.network
    assert all(known[rows[a], rows[b]] for a, b in graph.edges)
    inside = known[list(rows.values())][:, list(rows.values())]
    assert graph.number_of_edges() == inside.nnz // 2


def test_people_carry_their_app_and_plan() -> None:
    m, graph = market(), market().networks.adoption(800)
    columns = m.world.users.columns
    for _, data in graph.nodes(data=True):
        app = int(columns.app[data["row"]])
        assert data["app"] == ("none" if app < 0 else m.world.lab_names[app])
        assert data["stage"] == ("none" if app < 0 else "paid" if columns.paid[data["row"]] else "free")
        assert data["peers"] == columns.peers[data["row"]] / columns.contacts[data["row"]]
    assert {data["stage"] for _, data in graph.nodes(data=True)} >= {"none", "free"}


def test_a_sample_depends_on_the_seed_and_not_on_the_week() -> None:
    def rows(m: InferenceMarket) -> list[int]:
        return list(nx.get_node_attributes(m.networks.adoption(50), "row").values())

    fresh = InferenceMarket(Scenario.load("baseline").replace(TINY), rng=5)
    assert rows(fresh) == rows(market()) == rows(market())
    assert rows(InferenceMarket(Scenario.load("baseline").replace(TINY), rng=6)) != rows(fresh)


def test_a_sample_larger_than_the_population_is_everybody() -> None:
    assert len(market().networks.adoption(sample=5000)) == 800


def test_looking_at_networks_changes_nothing() -> None:
    scenario = Scenario.load("baseline").replace(TINY)
    watched, left_alone = InferenceMarket(scenario, rng=5), InferenceMarket(scenario, rng=5)
    for _ in range(6):
        watched.step()
        left_alone.step()
        watched.networks.supply()
        watched.networks.applications(0)
        watched.networks.adoption(20)
    assert np.array_equal(watched.observables.values[:6], left_alone.observables.values[:6])


@pytest.mark.parametrize("row", [-1, ROWS, 1.0, "0", None, True])
def test_an_enterprise_that_does_not_exist_is_refused_in_one_line(row: Any) -> None:
    with pytest.raises(
        JevonsError, match=f"enterprise = .* is not allowed: allowed is a whole number from 0 to {ROWS - 1}"
    ):
        market().networks.applications(row)


@pytest.mark.parametrize("sample", [1, 0, -3, 20.0, "all", None, True])
def test_a_sample_that_is_no_number_of_people_is_refused_in_one_line(sample: Any) -> None:
    with pytest.raises(JevonsError, match=r"sample = .* is not allowed: allowed is a whole number of at least 2"):
        market().networks.adoption(sample)
