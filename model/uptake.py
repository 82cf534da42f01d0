"""Uptake: what consumers, developers and enterprises see this week, and who adopts, switches and leaves."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats, any_of
from agents.developers import ToolMarket
from agents.enterprises import APPLICATION_KINDS, OfficeMarket
from agents.users import ChatMarket
from agents.workloads import raised_ambition
from model.applications import COHORTS
from model.phase import phase

if TYPE_CHECKING:
    from model.market import InferenceMarket

SURFACES = {"search": "search_date", "messenger": "messenger_date"}
"""Workloads that answer queries of a surface, and the field of a lab's profile that says since when."""


def chat_market(market: "InferenceMarket") -> ChatMarket:
    """Return what consumers see of chat apps."""
    free, paid = market.index.of["chat-free"], market.index.of["chat-paid"]
    return ChatMarket(
        open=market.open_since("chat_date"),
        reach=market.profile_array("reach"),
        success_free=market.plans.success[:, free],
        success_paid=market.plans.success[:, paid],
        congestion=market.congestion[:, free],
    )


def attention(market: "InferenceMarket") -> NDArray[np.bool_]:
    """Return which of the two labs with the most capable models have a flagship fresh enough to be tried (L,)."""
    age = market.clock.week - market.catalogue.released
    fresh = (market.catalogue.released >= 0) & (age < market.parameters.developers.attention_weeks)
    if not any_of(fresh):
        return fresh
    best = market.catalogue.best_capability()
    return fresh & (best >= sorted(best.tolist())[-2])


def tool_market(market: "InferenceMarket", fresh: NDArray[np.bool_]) -> ToolMarket:
    """Return what developers see of APIs and coding tools; `fresh` flagships (L,) draw their attention."""
    of, plans, m = market.index.of, market.plans, market.parameters.mechanisms
    api_open, coding_open = market.open_since("api_date"), market.open_since("coding_date")
    served = 1.0 - market.congestion
    call, chain = (plans.surplus[:, row] * served[:, row] for row in (of["app-api"], of["app-rag"]))
    runs = (plans.runs * api_open[:, None]).max(axis=0)[market.app_rows]
    p = market.parameters.developers
    kind_worth = np.array([1.0, p.rag_interest, p.agent_interest * m.agents]) * runs
    return ToolMarket(
        api_open=api_open,
        coding_open=coding_open,
        api_reach=market.profile_array("developer_reach"),
        coding_reach=market.profile_array("coding_reach"),
        api_surplus=0.5 * (call + chain),
        assist_success=plans.success[:, of["code-assist"]] * served[:, of["code-assist"]],
        agent_worth=plans.runs[:, of["code-agent"]] * served[:, of["code-agent"]],
        kind_worth=kind_worth,
        attention=fresh,
    )


def office_market(market: "InferenceMarket", fresh: NDArray[np.bool_]) -> OfficeMarket:
    """Return what enterprises see: quality and price of APIs and seats, urgency, implementers, developers' output.

    `fresh` flagships (L,) draw their attention.
    """
    of, plans, m = market.index.of, market.plans, market.parameters.mechanisms
    kinds = market.application_rows
    served = 1.0 - market.congestion
    flywheel = m.consulting_flywheel
    return OfficeMarket(
        api_open=market.open_since("api_date"),
        seat_open=market.open_since("chat_date") & (market.profile_array("enterprise_reach") > 0.0),
        reach=market.profile_array("enterprise_reach"),
        surplus=(plans.surplus[:, kinds] * served[:, kinds]).sum(axis=1) / len(APPLICATION_KINDS),
        seat_success=plans.success[:, of["seat"]] * served[:, of["seat"]],
        runs=0.5 * (plans.runs[:, of["ent-api"]] + plans.runs[:, of["ent-rag"]]),
        attention=fresh,
        urgency=market.urgency if flywheel else 0.0,
        implementers=market.implementers if flywheel else 1.0,
        productivity=market.productivity(),
    )


@phase(
    reads="capability, price, congestion, peers, published surveys, IT capacity",
    writes="who uses what; apps; AI-enabled applications",
    finite=(
        "apps.audience",
        "enterprises.columns.employees",
        "enterprises.columns.weight",
        "enterprises.columns.ability",
        "enterprises.columns.seats",
        "enterprises.columns.enabled",
        "graphs.tasks",
        "ambition",
    ),
)
def adoption(market: "InferenceMarket") -> None:
    """Consumers, developers and enterprises adopt, switch and leave; apps start and die; applications are enabled."""
    fresh = attention(market)
    _consumers(market)
    _developers(market, fresh)
    _enterprises(market, fresh)
    _surfaces(market)
    _ambition(market)


def _ambition(market: "InferenceMarket") -> None:
    """Let people and firms think of harder tasks where the best lab on sale does nearly all that they had in mind."""
    if not market.parameters.mechanisms.rebound:
        return
    sells = np.logical_or.reduce(market.catalogue.available, axis=1)
    done = (market.plans.success * market.plans.runs * sells[:, None]).max(axis=0)
    market.ambition = raised_ambition(market.ambition, done, market.parameters.demand)


def _consumers(market: "InferenceMarket") -> None:
    users, week = market.users, market.clock.week
    seen = chat_market(market)
    if market.parameters.mechanisms.consumer_adoption:
        users.commit_moves(users.decide_app(week, seen))
    rows, paid = users.decide_paid(week, seen, market.parameters.demand.consumer_value_factor)
    users.commit_paid(rows, paid)


def _developers(market: "InferenceMarket", fresh: NDArray[np.bool_]) -> None:
    developers, week = market.developers, market.clock.week
    m = market.parameters.mechanisms
    seen = tool_market(market, fresh)
    apis, tools = developers.apis(seen), developers.tools(seen)
    moves = developers.decide_stage(week, seen, tools, m.agents)
    developers.commit(moves, developers.decide_builder(week, seen, apis))
    market.app_routing, market.agent_routing = apis.split, tools.split
    developers.age_apps(week, apis)
    if m.developer_apps:
        market.apps_without_slot += developers.start_apps(week, seen, market.productivity())


def _enterprises(market: "InferenceMarket", fresh: NDArray[np.bool_]) -> None:
    enterprises, week, m = market.enterprises, market.clock.week, market.parameters.mechanisms
    columns = enterprises.columns
    seen = office_market(market, fresh)
    lab, seat_lab = enterprises.decide_labs(week, seen)
    stage = enterprises.decide_stage(week, seen) if m.enterprise_adoption else columns.stage
    columns.stage[:] = stage
    columns.lab[:] = lab
    columns.seat_lab[:] = seat_lab
    columns.seats[:] = enterprises.decide_seats(seen)
    cohort = week % COHORTS
    if cohort < len(market.graphs.cohorts):
        rows = market.graphs.cohorts[cohort].rows
        columns.enabled[rows] = enterprises.enable(rows, seen)
        p = market.parameters.enterprises
        market.graphs.commit(cohort, market.graphs.solve(cohort, columns.enabled[rows], p, m.cascades))


def _surfaces(market: "InferenceMarket") -> None:
    for name, field in SURFACES.items():
        w = market.index.of[name]
        for lab in market.open_since(field).nonzero()[0].tolist():
            runs, served = float(market.plans.runs[lab, w]), 1.0 - float(market.congestion[lab, w])
            age = market.clock.week - int(market.catalogue.released[lab])
            market.labs[lab].expand_surface(market.parameters.labs, runs, served, age)


def surface_queries(market: "InferenceMarket") -> Floats:
    """Return queries a week that a model may answer, (L, 2): search, messenger."""
    volume = market.profile_array("surface_queries_per_week") * np.array([lab.rollout for lab in market.labs])
    return np.array([market.open_since(field) * volume for field in SURFACES.values()]).T
