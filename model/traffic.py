"""Traffic: the week's tasks from everybody, turned into tokens, and served as far as capacity goes."""

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats, Ints, sums_by
from agents.enterprises import APPLICATION_KINDS
from agents.units import WEEKS_PER_YEAR
from agents.workloads import BINS
from model.allocation import allocate
from model.demand import demand_of, spread_over_bins
from model.ledger import check_allocation, check_countable
from model.phases import phase
from model.uptake import surface_queries
from model.world import World

KINDS = len(APPLICATION_KINDS)


@phase(reads="columns, plans", writes="demand by lab, workload and tier", finite=("demanded.work",))
def demand(world: World) -> None:
    """Requests of every row become tasks, calls and tokens by class: input, cached, visible, hidden."""
    tasks = spread_over_bins(people_tasks(world))
    _app_tasks(world, tasks)
    _application_tasks(world, tasks)
    for row, workload in enumerate(world.parameters.workload.values()):
        if workload.asked_with:
            bringing = tasks[:, world.constants.index.of[workload.asked_with]]
            tasks[:, row] = _whole(workload.asked_per_task * bringing)
    if not world.parameters.mechanisms.agents:
        tasks[:, [c == "agent" for c in world.constants.index.task_class]] = 0
    world.demanded = demand_of(tasks, world.plans)
    p, names = world.parameters.labs, (world.lab_names, world.constants.index.names)
    least_work = min(p.input_weight, p.cached_weight)
    check_countable(world.clock.week, tasks, world.plans, world.demanded.work, least_work, names)


def _whole(amounts: NDArray[np.floating]) -> Ints:
    return np.rint(amounts).astype(np.int64)


def people_tasks(world: World) -> Floats:
    """Return the tasks a week that people ask for themselves, by lab and workload (L, W); none of programs."""
    of, labs = world.constants.index.of, len(world.labs)
    developers, c = world.developers, world.enterprises.columns
    amounts = np.zeros((labs, len(world.constants.index.names)))
    chats = world.users.requests(world.plans.success[:, world.constants.chat_rows])
    amounts[:, world.constants.chat_rows] = chats * world.people_per_row
    amounts[:, world.constants.surface_rows] = surface_queries(world)
    amounts[:, of["code-assist"]] = developers.code_requests(labs) * world.developers_per_row
    agents = developers.routed(developers.agent_tasks(labs), world.agent_routing)
    amounts[:, of["code-agent"]] = agents * world.developers_per_row
    seats = world.enterprises.seat_requests() * c.weight
    amounts[:, of["seat"]] = sums_by(c.seat_lab + 1, seats, labs + 1)[1:]
    return amounts


def _app_tasks(world: World, tasks: Ints) -> None:
    by_lab = world.developers.routed(world.developers.app_tasks(len(world.labs)), world.app_routing)
    whole = _whole(by_lab * world.developers_per_row)
    tasks[:, world.constants.app_rows] = whole


def _application_tasks(world: World, tasks: Ints) -> None:
    """Add applications' model tasks, bounded by the organisation's budget and by people who approve agents."""
    labs, c = len(world.labs), world.enterprises.columns
    flows = application_tasks(world)
    world.application_flows = flows
    served_by = (c.lab[None, :] == np.arange(labs)[:, None]).astype(np.float64) * c.weight
    tasks[:, world.constants.application_rows] = _whole(served_by @ flows).reshape(labs, KINDS, BINS)


def application_tasks(world: World) -> Floats:
    """Return model tasks a week of one organisation of each row by kind and bin, (enterprises, KINDS * BINS)."""
    c, p = world.enterprises.columns, world.parameters.enterprises
    employees = c.employees.astype(np.float64)
    events = p.events_per_employee * employees * c.throttle
    approvals = p.approvals_per_employee * float(world.parameters.mechanisms.agents)
    flows = world.graphs.tasks * events[:, None]
    flows[c.lab < 0] = 0.0
    agents = flows[:, (KINDS - 1) * BINS :]
    asked = agents.cumsum(axis=1)[:, -1]  # in order: another order's last bits would change whole counts of tasks
    agents *= np.minimum(approvals * employees / np.maximum(asked, 1e-9), 1.0)[:, None]
    return flows


@phase(
    reads="live capacity under contract, demand, backlog",
    writes="served, unserved, backlog, congestion",
    finite=("congestion", "outcome.used_hours"),
)
def allocation(world: World) -> None:
    """Serve demand and backlog in GPU-hours by priority; what is left waits or is given up."""
    p = world.parameters.labs
    capacity = np.array([lab.serving_hours for lab in world.labs]) * p.target_utilisation
    opening = world.backlog
    outcome = allocate(
        world.demanded,
        opening,
        world.hours_per_mtok,
        capacity,
        world.ranks,
        world.constants.patience,
        p.priority_softness,
    )
    names = (world.lab_names, world.constants.index.names)
    check_allocation(world.clock.week, outcome, opening, capacity, names)
    world.outcome, world.backlog, world.capacity_hours = outcome, outcome.kept, capacity
    turned_away = (1.0 - outcome.fraction) * (outcome.need_hours.sum(axis=2) > 0.0)
    world.congestion += (turned_away - world.congestion) / p.congestion_memory_weeks


def application_bills(world: World, usd_per_task: Floats) -> Floats:
    """Return what one organisation of each row pays for application tasks, USD a year (enterprises,).

    usd_per_task: (L, KINDS * BINS) price of a task as planned, tasks that do not run included at nothing.
    """
    return of_organisations(world, usd_per_task) * WEEKS_PER_YEAR


def of_organisations(world: World, per_task: Floats) -> Floats:
    """Return what one organisation of each row's application tasks add up to in a week (enterprises,).

    per_task: (L, KINDS * BINS) amount of a task with each lab.
    """
    seen = per_task[np.maximum(world.enterprises.columns.lab, 0)]
    return np.einsum("ec,ec->e", world.application_flows, seen)
