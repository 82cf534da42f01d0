"""The oracle's second part: from rows to tasks, tokens and rationing, in loops and Python's own integers."""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

TIERS = 3
KINDS = 4
BINS = 8
Cells = dict[tuple[int, ...], int]
Amounts = list[list[float]]


def people_tasks(
    world: Any, requests: Amounts, rollout: list[float], open_: dict[str, list[bool]], rows: dict[str, dict[str, Any]]
) -> Amounts:
    """Tasks by lab and workload that nobody pays for by the token: chat, surfaces, code completion, seats.

    rows: columns of developers and enterprises.
    """
    p, of, labs = world.parameters, world.constants.index.of, range(len(world.labs))
    asked = [[0.0] * len(of) for _ in labs]
    volume = world.constants.surface_queries_per_week.tolist()
    for lab in labs:
        for plan, name in enumerate(("chat-free", "chat-paid")):
            asked[lab][of[name]] = requests[lab][plan] * world.people_per_row
        for name, is_open in open_.items():
            asked[lab][of[name]] = volume[lab] * rollout[lab] if is_open[lab] else 0.0
    rate = (0.0, p.developers.assist_requests_some, p.developers.assist_requests_daily)
    for stage, tool in zip(rows["developers"]["stage"], rows["developers"]["tool"], strict=True):
        if stage > 0:
            asked[tool][of["code-assist"]] += rate[min(stage, 2)] * world.developers_per_row
    firms = rows["enterprises"]
    for row, weight in enumerate(float(w) for w in firms["weight"]):
        if firms["seat_lab"][row] >= 0:
            asks = p.enterprises.seat_requests_per_week * float(firms["seats"][row]) ** p.enterprises.seat_concavity
            asked[firms["seat_lab"][row]][of["seat"]] += asks * weight
    return asked


def counted(world: Any, asked: Amounts) -> list[list[int]]:
    """Amounts as whole tasks: as the market counted them where it is off by rounding, else as they are by hand."""
    found = []
    for lab, amounts in enumerate(asked):
        counts = [sum(world.demanded.tasks[lab, w].tolist()) for w in range(len(amounts))]
        pairs = zip(amounts, counts, strict=True)
        found.append([count if abs(x - count) <= 0.5 + 1e-9 * x else round(x) for x, count in pairs])
    return found


def in_bins(count: int, shares: list[float]) -> list[int]:
    """Spread tasks over bins by cumulative rounding; all of them are somewhere."""
    reached, before, found = 0.0, 0, []
    for place, share in enumerate(shares):
        reached += share
        bound = count if place == len(shares) - 1 else min(round(count * reached), count)
        found.append(bound - before)
        before = bound
    return found


def every(world: Any) -> Iterator[tuple[int, int, int]]:
    """Every lab, workload and tier."""
    return product(range(len(world.labs)), range(len(world.constants.index.names)), range(TIERS))


def demanded(world: Any, tasks: list[list[int]]) -> tuple[dict[str, Cells], dict[tuple[int, ...], float]]:
    """Split tasks over bins and tiers as planned, and count tasks, calls, tokens and work of what runs."""
    whole: dict[str, Cells] = {"tasks": {}, "calls": {}, "tokens": {}, "thinking": {}}
    work: dict[tuple[int, ...], float] = {}
    for lab, w, tier in every(world):
        runs = calls = thinking = 0
        tokens = [0] * KINDS
        done = 0.0
        for b, count in enumerate(in_bins(tasks[lab][w], world.plans.bins[lab, w].tolist())):
            run = runs_on_tier(count, world.plans.share[lab, w, b].tolist(), tier)
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
    plans, p, worth = world.plans, world.parameters, []
    factors = {
        "consumer": p.demand.consumer_value_factor,
        "developer": p.demand.developer_value_factor,
        "enterprise": p.demand.enterprise_value_factor,
    }
    metered = [name for name, w in p.workload.items() if w.payer == "metered"]
    for w, (name, workload) in enumerate(p.workload.items()):
        hours = run = 0.0
        for b, tier in product(range(BINS), range(TIERS)):
            share = float(plans.bins[lab, w, b]) * float(plans.share[lab, w, b, tier])
            hours += share * float(plans.work[lab, w, tier, b]) * float(world.hours_per_mtok[lab, tier])
            run += share
        if name in metered:
            gain = float(world.metered.usd_per_task[metered.index(name), lab])
        else:
            gain = workload.value_usd * factors[workload.segment] * float(plans.success[lab, w]) * run
        worth.append(gain * workload.commitment / max(hours, 1e-12))
    order = sorted(range(len(worth)), key=lambda w: -worth[w])
    return [order.index(w) for w in range(len(worth))]


def fractions(world: Any, need: list[float], capacity: float, ranks: list[int]) -> list[float]:
    """The fraction of a lab's workloads that is served: a mixture of strict priority and everybody alike."""
    softness = world.parameters.labs.priority_softness
    if sum(need) <= capacity:
        return [1.0 for _ in need]
    left, strict = capacity, [1.0 for _ in need]
    for w in sorted(range(len(need)), key=ranks.__getitem__):
        strict[w] = left / need[w] if need[w] > left else 1.0
        left = max(left - need[w], 0.0)
    return [softness * capacity / sum(need) + (1.0 - softness) * s for s in strict]


def served_shares(
    world: Any, work: dict[tuple[int, ...], float], capacity: list[float], committed: Amounts
) -> list[list[float]]:
    """The fraction of the GPU-hours needed for each lab's workloads that is served: what contracts reserve first."""
    workloads, found = range(len(world.constants.index.names)), []
    for lab in range(len(world.labs)):
        hours = world.hours_per_mtok[lab].tolist()
        need = [sum(work[lab, w, tier] * hours[tier] for tier in range(TIERS)) for w in workloads]
        promised = [min(need[w], committed[lab][w]) for w in workloads]
        kept = min(capacity[lab] / sum(promised), 1.0) if sum(promised) > 0.0 else 1.0
        open_ = [need[w] - promised[w] for w in workloads]
        left = max(capacity[lab] - sum(promised), 0.0)
        others = fractions(world, open_, left, world.ranks[lab].tolist())
        served = [promised[w] * kept + open_[w] * others[w] for w in workloads]
        found.append([served[w] / need[w] if need[w] > 0.0 else 1.0 for w in workloads])
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
