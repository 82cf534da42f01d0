"""The oracle's second half: from rows to tasks, tokens and rationing, in loops and Python's own integers."""

import math
from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any

TIERS = 3
KINDS = 4
BINS = 32
Cells = dict[tuple[int, ...], int]


def spread(count: int) -> list[int]:
    """Spread a whole number evenly over bins by cumulative rounding down."""
    bounds = [count * i // BINS for i in range(BINS + 1)]
    return [later - earlier for earlier, later in pairwise(bounds)]


def people_tasks(world: Any, requests: list[list[float]], rollout: list[float], open_: dict[str, list[bool]]) -> Any:
    """Tasks (L, W, B) as nested lists: people's chat and queries of surfaces."""
    of, labs = world.constants.index.of, range(len(world.labs))
    tasks = [[[0] * BINS for _ in world.constants.index.names] for _ in labs]
    volume = world.constants.surface_queries_per_week.tolist()
    for lab in labs:
        for plan, name in enumerate(("chat-free", "chat-paid")):
            tasks[lab][of[name]] = spread(round(requests[lab][plan] * world.people_per_row))
        for name, is_open in open_.items():
            tasks[lab][of[name]] = spread(round(volume[lab] * rollout[lab] if is_open[lab] else 0.0))
    return tasks


def developer_tasks(world: Any, tasks: Any, rows: dict[str, list[Any]], apps: dict[str, list[Any]]) -> None:
    """Add code requests, coding agents and apps; rows: stage, tool and reviews."""
    p, of, labs = world.parameters.developers, world.constants.index.of, range(len(world.labs))
    weight = world.developers_per_row
    rate = (0.0, p.assist_requests_some, p.assist_requests_daily, p.assist_requests_daily)
    assist, agents = [0.0 for _ in labs], [0.0 for _ in labs]
    for row, (stage, tool) in enumerate(zip(rows["stage"], rows["tool"], strict=True)):
        if stage > 0:
            assist[tool] += rate[stage]
        if stage == 3:
            agents[tool] += float(rows["reviews"][row])
    for lab in labs:
        tasks[lab][of["code-assist"]] = spread(round(assist[lab] * weight))
        own, free = world.agent_routing[lab], p.multi_home_share * any(world.agent_routing)
        routed = (1.0 - free) * agents[lab] + free * own * sum(agents)
        tasks[lab][of["code-agent"]] = spread(round(routed * p.parallel_agents * weight))
    per_user = (p.api_tasks_per_user, p.rag_tasks_per_user, p.agent_tasks_per_user)
    asked: dict[tuple[int, ...], float] = {}
    for slot, lab in enumerate(apps["lab"]):
        if lab >= 0:
            kind = int(apps["kind"][slot])
            cell = (int(lab), kind, int(apps["bin"][slot]))
            asked[cell] = asked.get(cell, 0.0) + float(apps["audience"][slot])
    free = p.multi_home_share * any(world.app_routing)
    for lab, kind, task_bin in product(labs, range(3), range(BINS)):
        everywhere = sum(asked.get((other, kind, task_bin), 0.0) for other in labs)
        users = (1.0 - free) * asked.get((lab, kind, task_bin), 0.0) + free * world.app_routing[lab] * everywhere
        tasks[lab][of[("app-api", "app-rag", "app-agent")[kind]]][task_bin] = round(users * per_user[kind] * weight)


def enterprise_tasks(world: Any, tasks: Any, rows: dict[str, list[Any]], flows: list[list[float]]) -> None:
    """Add seats and applications; rows: lab, seat_lab, seats and weight."""
    p, of, labs = world.parameters.enterprises, world.constants.index.of, range(len(world.labs))
    seats = [0.0 for _ in labs]
    cells = [[0.0] * (3 * BINS) for _ in labs]
    for row, weight in enumerate(float(w) for w in rows["weight"]):
        if rows["seat_lab"][row] >= 0:
            asks = p.seat_requests_per_week * float(rows["seats"][row]) ** p.seat_concavity
            seats[rows["seat_lab"][row]] += asks * weight
        if rows["lab"][row] >= 0:
            for cell in range(3 * BINS):
                cells[rows["lab"][row]][cell] += weight * flows[row][cell]
    for lab in labs:
        tasks[lab][of["seat"]] = spread(round(seats[lab]))
        for kind, name in enumerate(("ent-api", "ent-rag", "ent-agent")):
            tasks[lab][of[name]] = [round(x) for x in cells[lab][kind * BINS : (kind + 1) * BINS]]


def every(world: Any) -> Iterator[tuple[int, int, int]]:
    """Every lab, workload and tier."""
    return product(range(len(world.labs)), range(len(world.constants.index.names)), range(TIERS))


def demanded(world: Any, tasks: Any) -> tuple[dict[str, Cells], dict[tuple[int, ...], float]]:
    """Split tasks over tiers as planned and count tasks, calls, tokens and work of what runs."""
    whole: dict[str, Cells] = {"tasks": {}, "calls": {}, "tokens": {}, "thinking": {}}
    work: dict[tuple[int, ...], float] = {}
    agents_run = world.parameters.mechanisms.agents
    for lab, w, tier in every(world):
        runs = calls = thinking = 0
        tokens = [0] * KINDS
        done = 0.0
        if agents_run or world.constants.index.task_class[w] != "agent":
            for b in range(BINS):
                run = runs_on_tier(tasks[lab][w][b], world.plans.share[lab, w, b].tolist(), tier)
                per_task = world.plans.tokens[lab, w, tier, b].tolist()
                runs += run
                calls += run * round(float(world.constants.tasks.calls[w, b]))
                tokens = [t + run * each for t, each in zip(tokens, per_task, strict=True)]
                thinking += run * sum(per_task) if per_task[3] > 0 else 0
                done += run * float(world.plans.work[lab, w, tier, b])
        whole["tasks"][lab, w, tier], whole["calls"][lab, w, tier] = runs, calls
        whole["thinking"][lab, w, tier], work[lab, w, tier] = thinking, done
        for kind in range(KINDS):
            whole["tokens"][lab, w, tier, kind] = tokens[kind]
    return whole, work


def runs_on_tier(count: int, shares: list[float], tier: int) -> int:
    """Cumulative rounding down of a count over shares, with room for the rounding of sums of shares."""

    def bound(options: int) -> int:
        reached = 0.0
        for share in shares[:options]:
            reached += share
        return min(math.floor(count * reached * (1.0 + 2e-15) + 1e-9), count)

    return bound(tier + 1) - bound(tier)


def ranks(world: Any, lab: int) -> list[int]:
    """The order in which a lab serves workloads when it is short: what an hour on their average task is worth."""
    index, plans, prices = world.constants.index, world.plans, world.catalogue.price[lab].tolist()
    p, worth = world.parameters, []
    factors = {
        "consumer": p.demand.consumer_value_factor,
        "developer": p.demand.developer_value_factor,
        "enterprise": p.demand.enterprise_value_factor,
    }
    input_ratio = p.labs.input_price_ratio
    ratios = (input_ratio, input_ratio * p.labs.cached_price_ratio, 1.0, 1.0)
    for w, workload in enumerate(p.workload.values()):
        hours = paid = run = 0.0
        for b, tier in product(range(BINS), range(TIERS)):
            share = float(plans.share[lab, w, b, tier])
            hours += share * float(plans.work[lab, w, tier, b]) * float(world.hours_per_mtok[lab, tier])
            tokens = plans.tokens[lab, w, tier, b].tolist()
            paid += share * sum(t * r for t, r in zip(tokens, ratios, strict=True)) * prices[tier] * 1e-6
            run += share
        kept = workload.value_usd * factors[workload.segment] * float(plans.success[lab, w]) * run
        earned = paid * (1.0 - workload.discount) if index.payer[w] == "metered" else kept
        worth.append(earned * workload.commitment / max(hours / BINS, 1e-12) / BINS)
    order = sorted(range(len(worth)), key=lambda w: -worth[w])
    return [order.index(w) for w in range(len(worth))]


def fractions(world: Any, work: dict[tuple[int, ...], float], capacity: list[float]) -> list[list[float]]:
    """The fraction of each lab's workloads that is served: a mixture of strict priority and everybody alike."""
    softness, workloads = world.parameters.labs.priority_softness, range(len(world.constants.index.names))
    found = []
    for lab in range(len(world.labs)):
        hours = world.hours_per_mtok[lab].tolist()
        need = [sum(work[lab, w, tier] * hours[tier] for tier in range(TIERS)) for w in workloads]
        if sum(need) <= capacity[lab]:
            found.append([1.0 for _ in workloads])
            continue
        left, strict = capacity[lab], [1.0 for _ in workloads]
        for w in sorted(workloads, key=world.ranks[lab].tolist().__getitem__):
            strict[w] = left / need[w] if need[w] > left else 1.0
            left = max(left - need[w], 0.0)
        found.append([softness * capacity[lab] / sum(need) + (1.0 - softness) * strict[w] for w in workloads])
    return found


def ration(counts: Cells, fraction: dict[tuple[int, ...], float]) -> Cells:
    """Take a fraction of every cell in whole units: round down, then the largest remainders up."""
    taken, remainder = {}, {}
    for cell, count in counts.items():
        exact = count * fraction[cell[:2]]
        taken[cell] = count if fraction[cell[:2]] >= 1.0 else min(math.floor(exact), count)
        if taken[cell] < count:
            remainder[cell] = exact - taken[cell]
    missing = math.floor(math.fsum(remainder.values()) + 1e-6)
    ranked = sorted((cell for cell in remainder if remainder[cell] > 0.0), key=lambda cell: -remainder[cell])
    for cell in ranked[:missing]:
        taken[cell] += 1
    return taken
