"""Uptake: what consumers, developers and enterprises see this week, and who adopts, switches and leaves."""

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats, any_of
from agents.developers import ToolMarket
from agents.enterprises import OfficeMarket
from agents.lognormal import share_above
from agents.units import WEEKS_PER_YEAR
from agents.users import ChatMarket
from agents.workloads import raised_ambition
from model.applications import COHORTS
from model.constants import SURFACES
from model.phases import phase
from model.world import World


def chat_market(world: World) -> ChatMarket:
    """Return what consumers see of chat apps."""
    free, paid = world.constants.index.of["chat-free"], world.constants.index.of["chat-paid"]
    return ChatMarket(
        open=world.open_since("chat_date"),
        reach=world.constants.reach,
        success_free=world.plans.success[:, free],
        success_paid=world.plans.success[:, paid],
        congestion=world.congestion[:, free],
        entry_price=world.menus.entry_price,
    )


def attention(world: World) -> NDArray[np.bool_]:
    """Return which of the two labs with the most capable models have a flagship fresh enough to be tried (L,)."""
    age = world.clock.week - world.catalogue.released
    fresh = (world.catalogue.released >= 0) & (age < world.parameters.developers.attention_weeks)
    if not any_of(fresh):
        return fresh
    best = world.catalogue.best_capability()
    return fresh & (best >= sorted(best.tolist())[-2])


def tool_market(world: World, fresh: NDArray[np.bool_]) -> ToolMarket:
    """Return what developers see of APIs and coding tools; `fresh` flagships (L,) draw their attention."""
    of, plans, m = world.constants.index.of, world.plans, world.parameters.mechanisms
    api_open, coding_open = world.open_since("api_date"), world.open_since("coding_date")
    served = 1.0 - world.congestion
    k, success = world.constants, plans.runs * served
    runs = (plans.runs * api_open[:, None]).max(axis=0)[k.app_rows]
    p = world.parameters.developers
    kind_worth = np.array([1.0, p.rag_interest, p.agent_interest * m.agents]) * runs
    return ToolMarket(
        api_open=api_open,
        coding_open=coding_open,
        api_weights=lab_weights(world, "apps"),
        coding_weights=lab_weights(world, "coding"),
        api_success=0.5 * (success[:, of["app-api"]] + success[:, of["app-rag"]]),
        assist_success=plans.success[:, of["code-assist"]] * served[:, of["code-assist"]],
        agent_success=success[:, of["code-agent"]],
        kind_worth=kind_worth,
        worthwhile_apps=worthwhile_apps(world),
        attention=fresh,
    )


def lab_weights(world: World, asker: str) -> Floats:
    """Return the weights of labs (L,) in the choice of one for several kinds of metered work: the means over kinds."""
    return world.metered.offer.lab_share[world.constants.metered_of[asker]].mean(axis=0)


def worthwhile_apps(world: World) -> float:
    """Return the rows of apps that vendors' sales would keep up: tokens are a part of their cost."""
    p, rows = world.parameters.developers, world.constants.app_rows
    sales = p.vendor_sales_per_token_usd * float(world.revenue[:, rows].sum()) * WEEKS_PER_YEAR
    return sales / p.entry_usd_per_app_year / world.developers_per_row


def seat_worth(world: World) -> Floats:
    """Return what a seat with each lab is worth to the median employee (L,), USD a month."""
    p, seat = world.parameters, world.constants.index.of["seat"]
    success = world.plans.success[:, seat] * (1.0 - world.congestion[:, seat])
    return p.enterprises.seat_value_usd_per_month * p.demand.enterprise_value_factor * success


def completion_worth(world: World) -> Floats:
    """Return what code completion of each lab is worth to the median daily user (L,), USD a month."""
    p, assist = world.parameters, world.constants.index.of["code-assist"]
    success = world.plans.success[:, assist] * (1.0 - world.congestion[:, assist])
    return p.developers.assist_value_usd_per_month * p.demand.developer_value_factor * success


def office_market(world: World, fresh: NDArray[np.bool_]) -> OfficeMarket:
    """Return what enterprises see: quality and price of APIs and seats, urgency, implementers, developers' output.

    `fresh` flagships (L,) draw their attention.
    """
    of, plans, m = world.constants.index.of, world.plans, world.parameters.mechanisms
    served, p = 1.0 - world.congestion, world.parameters.enterprises
    flywheel = m.consulting_flywheel
    return OfficeMarket(
        api_open=world.open_since("api_date"),
        seat_open=world.open_since("chat_date") & (world.constants.enterprise_reach > 0.0),
        reach=world.constants.enterprise_reach,
        api_weights=lab_weights(world, "applications"),
        seat_success=plans.success[:, of["seat"]] * served[:, of["seat"]],
        seat_wanted=share_above(world.menus.seat_price, seat_worth(world), p.seat_value_sd),
        runs=0.5 * (plans.runs[:, of["ent-api"]] + plans.runs[:, of["ent-rag"]]),
        attention=fresh,
        urgency=world.urgency if flywheel else 0.0,
        implementers=world.implementers if flywheel else 1.0,
        productivity=world.productivity(),
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
def adoption(world: World) -> None:
    """Consumers, developers and enterprises adopt, switch and leave; apps start and die; applications are enabled."""
    fresh = attention(world)
    _consumers(world)
    _developers(world, fresh)
    _enterprises(world, fresh)
    _surfaces(world)
    _ambition(world)


def _ambition(world: World) -> None:
    """Let people and firms think of harder tasks where the best lab on sale does nearly all that they had in mind."""
    if not world.parameters.mechanisms.rebound:
        return
    sells = np.logical_or.reduce(world.catalogue.available, axis=1)
    done = (world.plans.success * world.plans.runs * sells[:, None]).max(axis=0)
    done[world.constants.metered_rows] = 0.0  # among tasks that pay by the token there are always harder ones
    world.ambition = raised_ambition(world.ambition, done, world.parameters.demand)


def _consumers(world: World) -> None:
    users, week = world.users, world.clock.week
    seen = chat_market(world)
    if world.parameters.mechanisms.consumer_adoption:
        users.commit_moves(users.decide_app(week, seen))
    rows, paid = users.decide_paid(week, seen, world.parameters.demand.consumer_value_factor)
    users.commit_paid(rows, paid)


def _developers(world: World, fresh: NDArray[np.bool_]) -> None:
    developers, week = world.developers, world.clock.week
    m = world.parameters.mechanisms
    seen = tool_market(world, fresh)
    apis, tools = developers.apis(seen), developers.tools(seen)
    moves = developers.decide_stage(week, seen, tools, m.agents)
    developers.commit(moves, developers.decide_builder(week, seen, apis))
    developers.age_apps(week, apis)
    if m.developer_apps:
        world.apps_without_slot += developers.start_apps(week, seen, world.productivity(), m.free_entry)


def _enterprises(world: World, fresh: NDArray[np.bool_]) -> None:
    enterprises, week, m = world.enterprises, world.clock.week, world.parameters.mechanisms
    columns = enterprises.columns
    seen = office_market(world, fresh)
    lab, seat_lab = enterprises.decide_labs(week, seen)
    stage = enterprises.decide_stage(week, seen) if m.enterprise_adoption else columns.stage
    columns.stage[:] = stage
    columns.lab[:] = lab
    columns.seat_lab[:] = seat_lab
    world.wallets = moved_wallets(world.wallets, lab, world.parameters.metered.upgrade_per_week)
    columns.seats[:] = enterprises.decide_seats(week, seen)
    cohort = week % COHORTS
    if cohort < len(world.graphs.cohorts):
        rows = world.graphs.cohorts[cohort].rows
        columns.enabled[rows], columns.it_backlog[rows] = enterprises.enable(rows, seen)
        p = world.parameters.enterprises
        world.graphs.commit(cohort, world.graphs.solve(cohort, columns.enabled[rows], p, m.cascades))


def moved_wallets(wallets: Floats, lab: NDArray[np.int8], pace: float) -> Floats:
    """Return the parts of the work of each row's organisations that are with each lab (n, L), a week later.

    w' = w + pace (1 for the lab chosen, else 0 - w). Who starts has all work with its first lab. Who changes moves it
    bit by bit, as customers move to new models (E014, E127), and buys of several labs meanwhile (E213). So the many
    organisations of a row do not move all work in one week.
    """
    chosen = (lab[:, None] == np.arange(wallets.shape[1])).astype(np.float64)
    begins = ~wallets.any(axis=1, keepdims=True)
    return np.where(begins, chosen, wallets + pace * (chosen - wallets))


def _surfaces(world: World) -> None:
    for name, field in SURFACES.items():
        w = world.constants.index.of[name]
        for lab in world.open_since(field).nonzero()[0].tolist():
            runs, served = float(world.plans.runs[lab, w]), 1.0 - float(world.congestion[lab, w])
            age = world.clock.week - int(world.catalogue.released[lab])
            world.labs[lab].expand_surface(world.parameters.labs, runs, served, age)


def surface_queries(world: World) -> Floats:
    """Return queries a week that a model may answer, (L, 2): search, messenger."""
    volume = world.constants.surface_queries_per_week * np.array([lab.rollout for lab in world.labs])
    return np.array([world.open_since(field) * volume for field in SURFACES.values()]).T
