"""Traffic: the week's tasks from everybody, turned into tokens, and served as far as capacity goes."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats, Ints, sums_by
from agents.enterprises import APPLICATION_KINDS
from agents.units import WEEKS_PER_YEAR
from agents.workloads import BINS
from model.allocation import allocate
from model.demand import demand_of, spread_over_bins
from model.ledger import check_allocation, check_countable
from model.phase import phase
from model.uptake import surface_queries

if TYPE_CHECKING:
    from model.market import InferenceMarket

KINDS = len(APPLICATION_KINDS)


@phase(reads="columns, plans", writes="demand by lab, workload and tier", finite=("demanded.work",))
def demand(market: "InferenceMarket") -> None:
    """Requests of every row become tasks, calls and tokens by class: input, cached, visible, hidden."""
    tasks = spread_over_bins(people_tasks(market))
    _app_tasks(market, tasks)
    _application_tasks(market, tasks)
    if not market.parameters.mechanisms.agents:
        tasks[:, [c == "agent" for c in market.index.task_class]] = 0
    market.demanded = demand_of(tasks, market.plans)
    p, names = market.parameters.labs, (market.lab_names, market.index.names)
    least_work = min(p.input_weight, p.cached_weight)
    check_countable(market.clock.week, tasks, market.plans, market.demanded.work, least_work, names)


def _whole(amounts: NDArray[np.floating]) -> Ints:
    return np.rint(amounts).astype(np.int64)


def people_tasks(market: "InferenceMarket") -> Floats:
    """Return the tasks a week that people ask for themselves, by lab and workload (L, W); none of programs."""
    of, labs = market.index.of, len(market.labs)
    developers, c = market.developers, market.enterprises.columns
    amounts = np.zeros((labs, len(market.index.names)))
    chats = market.users.requests(market.plans.success[:, market.chat_rows])
    amounts[:, market.chat_rows] = chats * market.people_per_row
    amounts[:, market.surface_rows] = surface_queries(market)
    amounts[:, of["code-assist"]] = developers.code_requests(labs) * market.developers_per_row
    agents = developers.routed(developers.agent_tasks(labs), market.agent_routing)
    amounts[:, of["code-agent"]] = agents * market.developers_per_row
    seats = market.enterprises.seat_requests() * c.weight
    amounts[:, of["seat"]] = sums_by(c.seat_lab + 1, seats, labs + 1)[1:]
    return amounts


def _app_tasks(market: "InferenceMarket", tasks: Ints) -> None:
    by_lab = market.developers.routed(market.developers.app_tasks(len(market.labs)), market.app_routing)
    whole = _whole(by_lab * market.developers_per_row)
    tasks[:, market.app_rows] = whole


def _application_tasks(market: "InferenceMarket", tasks: Ints) -> None:
    """Add applications' model tasks, bounded by the organisation's budget and by people who approve agents."""
    labs, c = len(market.labs), market.enterprises.columns
    flows = application_tasks(market)
    market.application_flows = flows
    served_by = (c.lab[None, :] == np.arange(labs)[:, None]).astype(np.float64) * c.weight
    tasks[:, market.application_rows] = _whole(served_by @ flows).reshape(labs, KINDS, BINS)


def application_tasks(market: "InferenceMarket") -> Floats:
    """Return model tasks a week of one organisation of each row by kind and bin, (enterprises, KINDS * BINS)."""
    c, p = market.enterprises.columns, market.parameters.enterprises
    employees = c.employees.astype(np.float64)
    events = p.events_per_employee * employees * c.throttle
    approvals = p.approvals_per_employee * float(market.parameters.mechanisms.agents)
    return flows_of(market.graphs.tasks, events, c.lab, approvals * employees)


def flows_of(tasks: Floats, events: Floats, lab: NDArray[np.int8], approvals: Floats) -> Floats:
    """Return model tasks a week by organisation, kind and bin, (n, KINDS * BINS): none where no lab is chosen.

    tasks: (n, KINDS * BINS) of one business event; events, lab, approvals: (n,), the last of agents' tasks at most.
    """
    flows = tasks * events[:, None]
    flows[lab < 0] = 0.0
    agents = flows[:, (KINDS - 1) * BINS :]
    asked = agents.cumsum(axis=1)[:, -1]  # one by one, as a loop adds up
    agents *= np.minimum(approvals / np.maximum(asked, 1e-9), 1.0)[:, None]
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
    return of_organisations(market, usd_per_task) * WEEKS_PER_YEAR


def of_organisations(market: "InferenceMarket", per_task: Floats) -> Floats:
    """Return what one organisation of each row's application tasks add up to in a week (enterprises,).

    per_task: (L, KINDS * BINS) amount of a task with each lab.
    """
    seen = per_task[np.maximum(market.enterprises.columns.lab, 0)]
    return np.einsum("ec,ec->e", market.application_flows, seen)
