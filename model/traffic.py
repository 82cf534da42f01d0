"""Traffic: the week's tasks from everybody, turned into tokens, and served as far as capacity goes."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats, Ints, sums_by
from agents.developers import APP_KINDS
from agents.enterprises import APPLICATION_KINDS
from agents.workloads import BINS
from model.allocation import allocate
from model.clock import WEEKS_PER_YEAR
from model.demand import demand_of, spread_over_bins
from model.ledger import check_allocation
from model.phase import phase
from model.uptake import chat_market, surface_queries

if TYPE_CHECKING:
    from model.market import InferenceMarket

KINDS = len(APPLICATION_KINDS)


@phase(reads="columns, plans", writes="demand by lab, workload and tier", finite=("demanded.work",))
def demand(market: "InferenceMarket") -> None:
    """Requests of every row become tasks, calls and tokens by class: input, cached, visible, hidden."""
    tasks = spread_over_bins(_whole(people_tasks(market)))
    _app_tasks(market, tasks)
    _application_tasks(market, tasks)
    if not market.parameters.mechanisms.agents:
        tasks[:, [c == "agent" for c in market.index.task_class]] = 0
    market.demanded = demand_of(tasks, market.plans)


def _whole(amounts: NDArray[np.floating]) -> Ints:
    return np.rint(amounts).astype(np.int64)


def people_tasks(market: "InferenceMarket") -> Floats:
    """Return the tasks a week that people ask for themselves, by lab and workload (L, W); none of programs."""
    of, labs = market.index.of, len(market.labs)
    developers, c = market.developers, market.enterprises.columns
    amounts = np.zeros((labs, len(market.index.names)))
    chats = market.users.requests(chat_market(market)) * market.people_per_row
    amounts[:, (of["chat-free"], of["chat-paid"])] = chats
    amounts[:, (of["search"], of["messenger"])] = surface_queries(market).T
    amounts[:, of["code-assist"]] = developers.code_requests(labs) * market.developers_per_row
    agents = developers.routed(developers.agent_tasks(labs), market.agent_routing)
    amounts[:, of["code-agent"]] = agents * market.developers_per_row
    seats = market.enterprises.seat_requests() * c.weight
    amounts[:, of["seat"]] = sums_by(c.seat_lab + 1, seats, labs + 1)[1:]
    return amounts


def _app_tasks(market: "InferenceMarket", tasks: Ints) -> None:
    by_lab = market.developers.routed(market.developers.app_tasks(len(market.labs)), market.app_routing)
    whole = _whole(by_lab * market.developers_per_row)
    for kind, name in enumerate(APP_KINDS):
        tasks[:, market.index.of[name]] = whole[:, kind]


def _application_tasks(market: "InferenceMarket", tasks: Ints) -> None:
    """Add applications' model tasks, bounded by the organisation's budget and by people who approve agents."""
    of, labs, c = market.index.of, len(market.labs), market.enterprises.columns
    flows = application_tasks(market)
    market.application_flows = flows
    served_by = (c.lab[None, :] == np.arange(labs)[:, None]).astype(np.float64) * c.weight
    total = _whole(served_by @ flows).reshape(labs, KINDS, BINS)
    for kind, name in enumerate(APPLICATION_KINDS):
        tasks[:, of[name]] = total[:, kind]


def application_tasks(market: "InferenceMarket") -> Floats:
    """Return model tasks a week of one organisation of each row by kind and bin, (enterprises, KINDS * BINS)."""
    c, p = market.enterprises.columns, market.parameters.enterprises
    events = p.events_per_employee * c.employees.astype(np.float64) * c.throttle
    flows = market.graphs.tasks * events[:, None]
    flows[c.lab < 0] = 0.0
    agents = flows[:, (KINDS - 1) * BINS :]
    if not market.parameters.mechanisms.agents:
        agents[:] = 0.0
    approved = p.approvals_per_employee * c.employees / np.maximum(agents.sum(axis=1), 1e-9)
    agents *= np.minimum(approved, 1.0)[:, None]
    return flows


@phase(
    reads="live capacity under contract, demand, backlog",
    writes="served, unserved, backlog, congestion",
    finite=("congestion", "outcome.used_hours"),
)
def allocation(market: "InferenceMarket") -> None:
    """Serve demand and backlog in GPU-hours by priority; what is left waits or is given up."""
    p = market.parameters.labs
    capacity = np.array([lab.serving_hours for lab in market.labs]) * p.target_utilisation
    opening = market.backlog
    outcome = allocate(
        market.demanded, opening, market.hours_per_mtok, capacity, market.ranks, market.patience, p.priority_softness
    )
    names = (market.lab_names, market.index.names)
    check_allocation(market.clock.week, outcome, opening, capacity, names)
    market.outcome, market.backlog, market.capacity_hours = outcome, outcome.kept, capacity
    turned_away = (1.0 - outcome.fraction) * (outcome.need_hours.sum(axis=2) > 0.0)
    market.congestion += (turned_away - market.congestion) / p.congestion_memory_weeks


def application_bills(market: "InferenceMarket", usd_per_task: Floats) -> Floats:
    """Return what one organisation of each row pays for application tasks, USD a year (enterprises,).

    usd_per_task: (L, KINDS * BINS) price of a task as planned, tasks that do not run included at nothing.
    """
    c = market.enterprises.columns
    lab = np.maximum(c.lab, 0)
    return np.einsum("ec,ec->e", market.application_flows, usd_per_task[lab]) * WEEKS_PER_YEAR
