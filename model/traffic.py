"""Traffic: the week's tasks from everybody, turned into tokens, and served as far as capacity goes."""

import numpy as np

from agents.choice import Floats, sums_by
from agents.metered_demand import moved_reputation, within_budget
from agents.units import WEEKS_PER_YEAR
from model.allocation import allocate
from model.demand import demand_of, spread_over_bins
from model.errors import NotFiniteError
from model.ledger import check_allocation, check_countable
from model.metered import bound_by_wages, wanted
from model.phases import phase
from model.uptake import surface_queries
from model.world import World

NO_CAPABILITY = -9.0
"""Stands for the capability of a lab that sells nothing."""


@phase(reads="columns, plans, offers", writes="demand by lab, workload and tier", finite=("demanded.work",))
def demand(world: World) -> None:
    """Requests of every row become tasks, calls and tokens by class: input, cached, visible, hidden."""
    k = world.constants
    amounts = people_tasks(world)
    amounts[:, k.metered_rows] += metered_tasks(world)
    for row, workload in enumerate(world.parameters.workload.values()):
        if workload.asked_with:
            source = k.index.of[workload.asked_with]
            amounts[:, row] = workload.asked_per_task * np.rint(amounts[:, source])
            world.large_share[:, row] = world.large_share[:, source]
    if not world.parameters.mechanisms.agents:
        amounts[:, [c == "agent" for c in k.index.task_class]] = 0.0
    if not np.isfinite(amounts).all():  # as whole numbers they would only look too large
        raise NotFiniteError(world.clock.week, "demand", "tasks asked for")
    tasks = spread_over_bins(amounts, world.plans.bins)
    world.demanded = demand_of(tasks, world.plans)
    p, names = world.parameters.labs, (world.lab_names, k.index.names)
    least_work = min(p.input_weight, p.cached_weight)
    check_countable(world.clock.week, tasks, world.plans, world.demanded.work, least_work, names)


def people_tasks(world: World) -> Floats:
    """Return the tasks a week that people ask for and pay by the month or not at all, by lab and workload (L, W)."""
    of, labs = world.constants.index.of, len(world.labs)
    developers, c = world.developers, world.enterprises.columns
    amounts = np.zeros((labs, len(world.constants.index.names)))
    chats = world.users.requests(world.plans.success[:, world.constants.chat_rows], world.menus.asked)
    amounts[:, world.constants.chat_rows] = chats * world.people_per_row
    amounts[:, world.constants.surface_rows] = surface_queries(world)
    amounts[:, of["code-assist"]] = developers.code_requests(labs) * world.developers_per_row
    seats = world.enterprises.seat_requests() * c.weight
    amounts[:, of["seat"]] = sums_by(c.seat_lab + 1, seats, labs + 1)[1:]
    large = world.enterprises.large
    theirs = sums_by(c.seat_lab[large] + 1, (c.seats * c.weight)[large], labs + 1)[1:]
    world.large_share[:, of["seat"]] = _part(theirs, world.enterprises.seats_by_lab(labs))
    return amounts


def metered_tasks(world: World) -> Floats:
    """Return the metered tasks asked for this week by lab and class (L, class): what is worth it and can be paid.

    Vendors' apps, developers' agents and organisations' applications ask for tasks of the lab they are with;
    `rerouted_share` of these goes to the labs that suit best this week. Budgets bind first (of each organisation, and
    of coders' employers), then the wage bill in reach of each class.
    """
    k, of, labs = world.constants, world.constants.metered_of, len(world.labs)
    tasks = np.zeros((labs, len(k.metered_rows)))
    tasks[:, of["apps"]] = world.developers.app_tasks(labs) * world.developers_per_row
    tasks[:, of["coding"]] = (world.developers.agent_tasks(labs) * world.developers_per_row)[:, None]
    running = wanted(world)
    tasks *= running
    large = np.zeros_like(tasks)
    tasks[:, of["applications"]], large[:, of["applications"]] = _application_tasks(world, running[of["applications"]])
    tasks, large = _rerouted(world, tasks), _rerouted(world, large)
    rows = k.application_rows
    world.large_share[:, rows] = _part(large[:, of["applications"]], tasks[:, of["applications"]])
    spending = (tasks * world.metered.usd_per_task.T).sum(axis=0) * WEEKS_PER_YEAR
    coding = _let_through(world, spending[of["coding"]], world.metered.coding_budget)
    tasks[:, of["coding"]] *= coding
    spending[of["coding"]] *= coding
    part, worth = bound_by_wages(world, spending)
    world.metered.worth = worth
    world.application_flows *= part[of["applications"]]
    world.metered.tasks = (tasks * part).sum(axis=0)
    return tasks * part


def _let_through(world: World, spending: Floats, budget: Floats | float) -> Floats:
    """Return the part of the spending (USD a year) that budgets let through: all of it where they are switched off."""
    if not world.parameters.mechanisms.budgets:
        return np.ones_like(spending)
    return within_budget(spending, budget * world.parameters.enterprises.budget_factor)


def _part(some: Floats, all_: Floats) -> Floats:
    """Return some / all, one where there is nothing."""
    return np.divide(some, all_, out=np.ones_like(all_), where=all_ > 0.0)


def _rerouted(world: World, tasks: Floats) -> Floats:
    """Return tasks (L, class) after a part of them was routed over labs by what these are worth this week."""
    share, by_lab = world.parameters.metered.rerouted_share, world.metered.offer.lab_share.T
    return (1.0 - share) * tasks + share * by_lab * tasks.sum(axis=0)


def _application_tasks(world: World, running: Floats) -> tuple[Floats, Floats]:
    """Return the model tasks of all organisations' applications by lab and kind (L, KINDS), and of the large ones.

    running: tasks of each kind that are worth it, as in `wanted`. Budgets are seen to.
    """
    c, p = world.enterprises.columns, world.parameters.enterprises
    kinds = world.constants.metered_of["applications"]
    events = p.events_per_employee * c.employees.astype(np.float64) * c.output
    flows = world.graphs.tasks * events[:, None] * running
    flows[c.lab < 0] = 0.0
    world.application_flows = flows
    bills = of_organisations(world, world.metered.usd_per_task[kinds].T) * WEEKS_PER_YEAR
    flows *= _let_through(world, bills, c.budget)[:, None]
    served_by = world.wallets.T * c.weight
    large = world.enterprises.large
    return served_by @ flows, served_by[:, large] @ flows[large]


@phase(
    reads="live capacity under contract, demand, backlog",
    writes="served, unserved, backlog, congestion",
    finite=("congestion", "outcome.used_hours", "committed_hours", "metered.reputation"),
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
        world.committed_hours * float(world.parameters.mechanisms.commitments),
    )
    used = world.constants.committed_share * outcome.used_hours.sum(axis=2)
    world.committed_hours = world.committed_hours + (used - world.committed_hours) / WEEKS_PER_YEAR
    names = (world.lab_names, world.constants.index.names)
    check_allocation(world.clock.week, outcome, opening, capacity, names)
    world.outcome, world.backlog, world.capacity_hours = outcome, outcome.kept, capacity
    turned_away = (1.0 - outcome.fraction) * (outcome.need_hours.sum(axis=2) > 0.0)
    world.congestion += (turned_away - world.congestion) / p.congestion_memory_weeks
    if world.parameters.mechanisms.reputation:
        _labs_are_judged(world)


def _labs_are_judged(world: World) -> None:
    """Move labs' reputations with customers who pay by the token: by quality, and by what was not served."""
    need, used = (
        h[:, world.constants.metered_rows].sum(axis=(1, 2))
        for h in (world.outcome.need_hours, world.outcome.used_hours)
    )
    unserved = np.divide(need - used, need, out=np.zeros_like(need), where=need > 0.0)
    best = np.where(world.used.available, world.used.capability, -np.inf).max(axis=1)
    best = np.where(np.isfinite(best), best, world.metered.share @ np.maximum(best, NO_CAPABILITY))  # not there yet
    world.metered.reputation = moved_reputation(
        world.metered.reputation, best, world.metered.share, unserved, world.parameters.metered
    )


def of_organisations(world: World, per_task: Floats) -> Floats:
    """Return what one organisation of each row's application tasks add up to in a week (enterprises,).

    per_task: (L, KINDS) amount of a task with each lab. Of its tasks, some are routed to other labs than its own ones.
    """
    kinds, share = world.constants.metered_of["applications"], world.parameters.metered.rerouted_share
    elsewhere = (world.metered.offer.lab_share[kinds].T * per_task).sum(axis=0)
    by_own = (1.0 - share) * per_task + share * elsewhere
    return np.einsum("ec,ec->e", world.application_flows, world.wallets @ by_own)
