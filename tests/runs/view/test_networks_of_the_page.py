"""What the networks of the page say, held against the model's own networks."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from model import InferenceMarket, JevonsError, Scenario
from runs.terminal.short_numbers import short
from runs.view.address import SCALES
from runs.view.adoption_network import JUST_JOINED, NOBODY, AdoptionNetwork, legend
from runs.view.adoption_tab import SAMPLES
from runs.view.application_network import LEGEND, NEVER, ApplicationGraph, graph_key
from runs.view.application_tab import first_shown
from runs.view.network_layout import layered, snowball
from runs.view.supply_network import supply_state
from tests.conftest import SmallMarket


@pytest.fixture(scope="module")
def market(small_market: SmallMarket) -> InferenceMarket:
    return small_market("2025-06-30")


@pytest.fixture
def moving(small_market: SmallMarket) -> InferenceMarket:
    return small_market("2025-01-06")


@pytest.fixture(scope="module")
def graph(market: InferenceMarket) -> ApplicationGraph:
    return ApplicationGraph(market, 0)


def test_an_application_graph_has_the_nodes_edges_and_flags_of_the_model(
    market: InferenceMarket, graph: ApplicationGraph
) -> None:
    of = market.networks.applications(0)
    assert graph.count == of.number_of_nodes()
    assert set(zip(graph.source.tolist(), graph.target.tolist(), strict=True)) == set(of.edges())
    assert graph.enabled.tolist() == [on for _, on in of.nodes(data="enabled")]
    assert 0 < graph.enabled.sum() < graph.count


def test_following_week_by_week_gives_the_flags_that_a_new_graph_has(moving: InferenceMarket) -> None:
    graphs = [ApplicationGraph(moving, index) for index in range(6)]
    before = [(graph.about["stage"], graph.about["amplification"], graph.events.tolist()) for graph in graphs]
    for _ in range(70):
        moving.step()
        for graph in graphs:
            graph.follow(moving)
    for index, graph in enumerate(graphs):
        anew = ApplicationGraph(moving, index)
        assert graph.enabled.tolist() == anew.enabled.tolist()
        assert graph.events.tolist() == anew.events.tolist()
        told = ("stage", "lab", "amplification")
        assert [graph.about[name] for name in told] == [anew.about[name] for name in told]
    after = [(graph.about["stage"], graph.about["amplification"], graph.events.tolist()) for graph in graphs]
    for then, now in zip(zip(*before, strict=True), zip(*after, strict=True), strict=True):
        assert then != now  # something moved in each


def test_firms_have_a_graph_too_and_the_first_shown_is_a_large_organisation_with_ai(market: InferenceMarket) -> None:
    enterprises = market.world.enterprises
    last = len(enterprises.columns) - 1
    firm = ApplicationGraph(market, last)
    assert float(firm.about["employees"]) < 1000.0
    assert firm.count == market.networks.applications(last).number_of_nodes() < ApplicationGraph(market, 0).count
    before = firm.events.tolist()
    firm.follow(market)
    assert firm.events.tolist() == before
    first = first_shown(market)
    assert first < enterprises.large.stop <= last
    assert enterprises.columns.enabled[first] >= 1.0


def test_looks_tell_the_kind_of_what_runs_ai(graph: ApplicationGraph) -> None:
    for look, on, kind in zip(graph.looks.tolist(), graph.enabled.tolist(), graph.kind, strict=True):
        assert (look > 0) == on
        if on:
            assert {"api": "single call", "rag": "retrieval chain", "agent": "agent"}[kind] in LEGEND[look]["label"]


def test_a_cascade_follows_calls_only_and_each_hop_starts_where_the_last_one_came(graph: ApplicationGraph) -> None:
    node = int(np.argmax(graph.called))
    cascade = graph.set_off(node, 1000, seed=1)
    assert cascade.hops[node] == 0
    used = np.flatnonzero(cascade.edge_hops != NEVER)
    assert len(used) > 0
    for edge in used.tolist():
        assert cascade.hops[graph.source[edge]] < cascade.edge_hops[edge]
        assert cascade.hops[graph.target[edge]] <= cascade.edge_hops[edge]
    reached = np.flatnonzero((cascade.hops != NEVER) & (cascade.hops > 0))
    assert set(reached.tolist()) == set(graph.target[used].tolist()) - {node}
    assert sum(cascade.by_hop["applications"]) == len(reached) + 1


def test_the_same_seed_sets_off_the_same_cascade_and_another_one_another(graph: ApplicationGraph) -> None:
    node = int(np.argmax(graph.called))
    first, again, other = (graph.set_off(node, 100, seed=seed) for seed in (1, 1, 2))
    assert first.hops.tolist() == again.hops.tolist()
    assert first.by_hop["events"] == again.by_hop["events"]
    assert first.by_hop["events"] != other.by_hop["events"]


def test_the_mean_of_many_events_is_the_expected_amplification(graph: ApplicationGraph) -> None:
    node = int(np.argsort(graph.called)[-20])
    cascade = graph.set_off(node, 20_000, seed=3)
    # Twenty thousand independent events: the mean lies within a few per cent of the expectation.
    assert sum(cascade.by_hop["events"]) / 20_000 == pytest.approx(cascade.expected, rel=0.05)


def test_ai_amplifies_and_without_any_call_nothing_is_passed_on(graph: ApplicationGraph) -> None:
    node = int(np.argmax(graph.called))
    with_ai, without = (graph.set_off(node, 1, seed=1, with_ai=ai) for ai in (True, False))
    assert with_ai.expected > without.expected > 1.0
    assert sum(without.by_hop["with_ai"]) == sum(without.by_hop["tasks"]) == 0
    last = int(np.flatnonzero(graph.called == 0)[0])
    assert graph.set_off(last, 10, seed=1).expected == 1.0


def test_the_reach_of_every_node_is_that_of_following_its_events_forward(graph: ApplicationGraph) -> None:
    chance = np.where(graph.enabled, graph.chance_with_ai, graph.chance)[graph.source] * graph.calls
    reach = graph.reach()
    for node in (graph.largest, graph.typical, int(np.argmax(graph.called))):
        here, total = np.eye(graph.count)[node], 0.0
        while here.any():
            total += here.sum()
            here = np.bincount(graph.target, weights=here[graph.source] * chance, minlength=graph.count)
        assert reach[node] == pytest.approx(total)


def test_the_largest_and_a_typical_cascade_start_where_business_events_enter(graph: ApplicationGraph) -> None:
    outer = graph.reach()[graph.layer == 0]
    assert graph.layer[graph.largest] == graph.layer[graph.typical] == 0
    assert graph.reach()[graph.largest] == outer.max() > 1.0
    assert abs(graph.reach()[graph.typical] - np.median(outer)) < 0.5


def test_agents_switched_off_leave_no_dot_in_their_colour_and_it_is_said(market: InferenceMarket) -> None:
    off = market.branch(changes={"mechanisms.agents": False})
    off.step()
    graph = ApplicationGraph(off, first_shown(off))
    assert not [entry for entry in graph.legend if entry["colour"] == "orange"]
    idle = [n for n in range(graph.count) if graph.enabled[n] and graph.kind[n] == "agent"]
    assert idle
    assert not graph.looks[idle].any()
    assert f"{len(idle):,} applications built for them ask for nothing" in graph.caption
    assert ["AI", "on, but agents are switched off"] in graph.facts(idle[0])["rows"]
    assert "switched off" not in ApplicationGraph(market, graph.row).caption


def test_a_branch_keeps_the_graph_and_another_seed_does_not(market: InferenceMarket) -> None:
    assert graph_key(market.branch(changes={"mechanisms.agents": False})) == graph_key(market)
    assert graph_key(InferenceMarket(Scenario.load("baseline", scale="small"), rng=8)) != graph_key(market)


def test_with_cascades_off_an_event_stays_where_it_starts() -> None:
    scenario = Scenario.load("baseline", scale="small").replace({"mechanisms.cascades": False})
    graph = ApplicationGraph(InferenceMarket(scenario, rng=7).run(until="2023-02-06"), 0)
    assert graph.set_off(int(np.argmax(graph.called)), 100, seed=1).by_hop["applications"] == [1]


@pytest.mark.parametrize(("node", "events"), [(-1, 1), (10**7, 1), (0, 0), (0, 10**9)])
def test_a_cascade_from_nowhere_or_of_nothing_is_refused(graph: ApplicationGraph, node: int, events: int) -> None:
    with pytest.raises(JevonsError):
        graph.set_off(node, events, seed=1)


def test_layers_lie_as_rings_from_the_outside_in_and_no_two_nodes_coincide(graph: ApplicationGraph) -> None:
    radius = np.linalg.norm(graph.position, axis=1)
    assert radius.max() <= 1.0
    means = [radius[graph.layer == layer].mean() for layer in range(int(graph.layer.max()) + 1)]
    assert means == sorted(means, reverse=True)
    assert len(np.unique(graph.position, axis=0)) == graph.count


def test_a_layout_of_a_hand_drawn_graph_is_finite_and_ordered() -> None:
    position = layered(np.array([0, 0, 1]), np.array([0, 1]), np.array([2, 2]))
    assert np.isfinite(position).all()
    assert np.linalg.norm(position[2]) < np.linalg.norm(position[:2], axis=1).min()


def test_a_snowball_keeps_contacts_near_each_other(market: InferenceMarket) -> None:
    network = AdoptionNetwork(market, 400)
    assert np.linalg.norm(network.position, axis=1).max() == pytest.approx(1.0)
    draw = np.random.default_rng(1)
    strangers = draw.integers(0, 400, (2, 2000))
    between = np.linalg.norm(network.position[strangers[0]] - network.position[strangers[1]], axis=1).mean()
    contacts = np.linalg.norm(network.position[network.source] - network.position[network.target], axis=1).mean()
    assert contacts < 0.75 * between


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_of_every_size_fills_its_circle_evenly_and_nobody_hides_another(scale: str, sample: int) -> None:
    network = AdoptionNetwork(InferenceMarket(Scenario.load("baseline", scale=scale), rng=11), sample)
    radius = np.linalg.norm(network.position, axis=1)
    # Half of an even disc lies within 0.71 of its radius; contacts draw together, strays are few.
    assert 0.4 < np.median(radius) < 0.75
    nearest = np.asarray(cKDTree(network.position).query(network.position, k=2)[0])[:, 1]
    assert np.quantile(nearest, 0.05) > 0.2 / np.sqrt(network.count)


def test_a_snowball_of_two_is_laid_out() -> None:
    assert np.isfinite(snowball(2, np.array([0]), np.array([1]))).all()


def test_apps_of_the_sample_are_those_of_the_model_and_newcomers_flash(moving: InferenceMarket) -> None:
    network = AdoptionNetwork(moving, 1000)
    assert JUST_JOINED not in network.looks
    before = network.app.copy()
    for _ in range(3):
        moving.step()
        network.follow(moving)
    apps = [str(name) for _, name in moving.networks.adoption(1000).nodes(data="app")]
    assert [app == "none" for app in apps] == (network.app < 0).tolist()
    assert {name: moving.world.lab_names[app] for name, app in enumerate(network.app.tolist()) if app >= 0} == {
        name: app for name, app in enumerate(apps) if app != "none"
    }
    joined = (before < 0) & (network.app >= 0)
    assert joined.any()
    assert (network.looks[joined] == JUST_JOINED).all()
    assert (network.looks[network.app < 0] == NOBODY).all()
    assert int(network.looks.max()) < len(legend())


def test_newcomers_are_counted_only_once_four_weeks_were_watched(moving: InferenceMarket) -> None:
    network = AdoptionNetwork(moving, 1000)
    before = network.app
    for _ in range(4):
        assert "joined" not in network.caption
        before = network.app.copy()
        moving.step()
        network.follow(moving)
    assert f" {(network.looks == JUST_JOINED).sum()} joined in the last four weeks" in network.caption
    assert ((before < 0) & (network.app >= 0)).any()
    network.follow(moving.run(until="2025-06-30"))
    assert "joined" not in network.caption
    assert JUST_JOINED not in network.looks


def test_a_lab_that_has_paid_out_more_than_it_had_is_said_to_be_overdrawn(moving: InferenceMarket) -> None:
    ledger = moving.world.ledger
    ledger.cash[ledger.of["lab.openai"]] = -2.5e9
    ledger.cash[ledger.of["lab.anthropic"]] = 3e9
    facts = supply_state(moving)["facts"]
    rows, other = (dict(facts[lab]["tables"][0]["rows"]) for lab in ("lab.openai", "lab.anthropic"))
    assert rows["Overdrawn by"] == "2.5 B USD"
    assert "Cash" not in rows
    assert facts["lab.openai"]["note"].startswith("This lab has paid out more than it had. Nobody lends to it")
    assert other["Cash"] == "3 B USD"
    assert facts["lab.anthropic"]["note"] == ""


def test_the_supply_state_has_the_flows_of_the_model_and_scarcity_is_a_share(market: InferenceMarket) -> None:
    graph, state = market.networks.supply(), supply_state(market)
    assert {node["id"] for node in state["nodes"]} == set(graph)
    links = {(link["source"], link["target"]): link for link in state["links"]}
    assert set(links) == set(graph.edges())
    for a, b, data in graph.edges(data=True):
        assert links[a, b]["dollars"] == data["usd"]
        assert links[a, b]["quantity"] == data.get("gpu_hours", data.get("tokens", data.get("mw", 0) / 1000.0))
        assert 0.0 <= links[a, b]["scarcity"] <= 1.0
    power = next(data for *_, data in graph.edges(data=True) if data["kind"] == "power" and data["mw"] > 0.0)
    told = next(link["text"] for link in state["links"] if link["kind"] == "power" and link["quantity"] > 0.0)
    assert told.startswith(f"{short(power['mw'] / 1000.0)} GW of power this week")
    cloud = next(name for name, data in graph.nodes(data=True) if data["kind"] == "hyperscaler")
    rows = dict(state["facts"][cloud]["tables"][0]["rows"])
    assert rows["Power"] == f"{short(graph.nodes[cloud]['power_mw'] / 1000.0)} GW"  # as the story and Explore say it
    seller = next(name for name, data in graph.nodes(data=True) if data["kind"] == "power supplier")
    rows = dict(state["facts"][seller]["tables"][0]["rows"])
    assert rows["Price"] == f"{short(graph.nodes[seller]['price_usd'] * 1000.0)} USD a GW"
    assert set(state["facts"]) == set(graph)  # every bar tells its facts, to the keyboard too
    served = [table for table in state["facts"]["segment.consumer"]["tables"] if table["title"] == "Served by"]
    assert len(served[0]["rows"]) == graph.in_degree("segment.consumer") + 1
    facts = state["facts"]["lab.openai"]
    assert facts["title"] == "OpenAI"
    titles = [table["title"].partition(":")[0] for table in facts["tables"]]
    assert titles == ["", "Catalogue", "Contracts", "Serves"]
    rows, lab = dict(facts["tables"][0]["rows"]), market.labs[market.world.lab_names.index("openai")]
    assert rows["Scarcity in its prices"] == f"×{np.exp(lab.shadow_price):.2f}"
    assert rows["Reputation by the token"] == f"×{np.exp(market.world.metered.reputation[lab.index]):.2f}"


def test_before_the_first_week_nothing_flows() -> None:
    fresh = InferenceMarket(Scenario.load("baseline", scale="small"), rng=7)
    assert supply_state(fresh) == supply_state(None) == {"nodes": [], "links": [], "facts": {}}
