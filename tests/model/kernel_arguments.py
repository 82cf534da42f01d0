"""Drawn arguments for every kernel: `MAKERS` by the kernel's name, each a function of a generator."""

from collections.abc import Callable
from typing import Any

import numpy as np

from agents.choice import NO_HURDLE
from agents.kernels import KERNELS
from agents.streams import Streams
from agents.workloads import BINS
from model import InferenceMarket, Scenario
from model.plans import Plans

Rng = np.random.Generator
LABS, WORKLOADS, TIERS = 5, 13, 3


def tasks_of(rng: Rng) -> list[Any]:
    """Value, input, cached share, output of tasks (W, B)."""
    shape = (WORKLOADS, BINS)
    return [rng.lognormal(0, 2, shape), rng.lognormal(7, 2, shape), rng.random(shape), rng.lognormal(6, 1, shape)]


def raised(rng: Rng) -> list[Any]:
    value, inputs, _, outputs = tasks_of(rng)
    return [value, rng.normal(0, 2, value.shape), inputs, outputs, *rng.random((3, WORKLOADS))]


def costs(rng: Rng) -> list[Any]:
    prices = [rng.lognormal(-10, 2, (WORKLOADS, TIERS)) for _ in range(3)]
    return [*tasks_of(rng), *prices, rng.lognormal(-9, 2, WORKLOADS)]


def best_effort(rng: Rng) -> list[Any]:
    shape = (WORKLOADS, BINS, TIERS)
    odds, inputs, outputs = (rng.lognormal(-1, 3, shape) for _ in range(3))
    outputs[3, :, 1] = np.nan  # a tier that has no price yet
    efforts = np.array([0.0, 2.0, 4.0, 8.0, 16.0])[: int(rng.integers(1, 6))]
    waiting = rng.lognormal(-5, 1, shape[:2])
    ceiling, hurdle = rng.choice([0.0, 3.0, 8.0, 99.0], TIERS), rng.choice([NO_HURDLE, 0.1], WORKLOADS)
    on_sale = np.array([True, False, bool(rng.integers(2))]) & bool(rng.integers(4))
    return [odds, inputs, outputs, waiting, efforts, (1.0 + efforts) ** -1.3, ceiling, on_sale, hurdle]


def tokens_of(rng: Rng) -> list[Any]:
    shape = (WORKLOADS, BINS, TIERS)
    return [*tasks_of(rng)[1:], 1.0 + rng.lognormal(0, 1, shape), rng.choice([0.0, 2.0, 64.0], shape)]


def worth_of_context(rng: Rng) -> list[Any]:
    shape, rows = (WORKLOADS, BINS, TIERS), rng.permutation(WORKLOADS)[: int(rng.integers(WORKLOADS))]
    odds, input_cost = rng.lognormal(-1, 3, shape), rng.choice([0.0, 1e-3, 1.0], shape)
    return [rows, odds, input_cost, *tasks_of(rng)[:2], rng.lognormal(9, 1, TIERS), 0.4]


def lengthen(rng: Rng) -> list[Any]:
    rows = rng.permutation(WORKLOADS)[: int(rng.integers(WORKLOADS))]
    return [rows, *rng.random((2, len(rows), BINS, TIERS)), *rng.random((2, WORKLOADS, BINS, TIERS))]


def prices_seen(rng: Rng) -> list[Any]:
    metered = rng.random(WORKLOADS) < 0.5
    return [*rng.lognormal(0, 2, (2, TIERS)), metered, rng.random(WORKLOADS), *rng.random((2, 2))]


def shares_of(rng: Rng) -> list[Any]:
    return [rng.lognormal(0, 9, (WORKLOADS, BINS, 1 + TIERS))]


def write_plan(rng: Rng) -> list[Any]:
    """A plan of all workloads, of which some are planned anew."""
    rows = rng.permutation(WORKLOADS)[: int(rng.integers(1, WORKLOADS))]
    shape = (len(rows), BINS, TIERS)
    share = rng.dirichlet(np.ones(TIERS + 1), shape[:2])[..., :TIERS] * rng.integers(0, 2, len(rows))[:, None, None]
    tokens, effort = rng.integers(0, 10**7, (*shape, 4)), rng.choice([0.0, 2.0], shape)
    calls, longer = 1.0 + rng.integers(0, 90, shape[:2]), rng.random(shape[:2])
    lengths = [calls, effort, 1.0 + rng.random(shape), longer]
    chosen = [share, rng.random(shape), rng.normal(0, 1, shape[:2]), tokens]
    return [Plans.empty(1, WORKLOADS).of(0), rows, *chosen, *lengths, np.array([2e-7, 3e-8, 1e-6, 1e-6])]


def expected(rng: Rng) -> list[Any]:
    plan = Plans.empty(1, WORKLOADS).of(0)
    plan.share[:] = rng.dirichlet(np.ones(TIERS + 1), plan.share.shape[:2])[..., :TIERS]
    plan.per_task[:], plan.work[:] = rng.integers(0, 10**7, plan.per_task.shape), rng.random(plan.work.shape)
    return [plan, rng.random((TIERS, 4)), rng.random(TIERS)]


def people(rng: Rng) -> tuple[int, Any]:
    """How many, and apps of that many."""
    n = int(rng.choice([0, 1, 7, 8, 1003, 70_001]))
    return n, rng.integers(-1, LABS, n).astype(np.int8)


def uniforms(rng: Rng, n: int, *chances: float) -> Any:
    """Draws, of which some lie where a chance lies as nearly as single precision allows."""
    drawn = rng.random(n, dtype=np.float32)
    for i, chance in enumerate(chances):
        drawn[i :: 3 * len(chances)] = np.float32(chance)
    return drawn


def movers(rng: Rng) -> list[Any]:
    n, app = people(rng)
    contacts = rng.integers(0, 30, n).astype(np.uint16)
    peers = np.minimum(rng.integers(0, 30, n), contacts).astype(np.uint16)
    readiness = rng.lognormal(0, 1, n).astype(np.float32)
    stream = Streams(int(rng.integers(99))).stream("users.app", int(rng.integers(300)))
    return [stream, app, peers, contacts, readiness, 0.01, 0.3, 0.7, 0.05]


def apps_after(rng: Rng) -> list[Any]:
    n, app = people(rng)
    leaves, reached = rng.choice([0.0, 0.02, 0.3], LABS), (rng.random(LABS) * (np.arange(LABS) != 1)).cumsum()
    rows, switches = np.arange(n) * 3, float(rng.choice([0.0, 0.1]))
    return [rows, app, uniforms(rng, n, 0.02, 0.1, 0.12), rng.random(n) ** 3, leaves, switches, reached]


def subscriptions_after(rng: Rng) -> list[Any]:
    n, app = people(rng)
    willing = rng.lognormal(2, 1, n).astype(np.float32)
    return [app, rng.random(n) < 0.3, willing, 5, 26, rng.random(LABS), np.array([20.0, 12.0])]


def recount(rng: Rng) -> list[Any]:
    """Plans of apps, or stages of use of tools."""
    n, _ = people(rng)
    kind, levels = (np.bool_, 2) if rng.random() < 0.5 else (np.int8, 4)
    rows = np.flatnonzero(rng.random(n) < 0.2)
    options = rng.integers(-1, LABS, (2, len(rows))).astype(np.int8)
    at: Any = rng.integers(0, levels, (2, len(rows))).astype(kind)
    tables = np.zeros((1 + LABS, levels)), np.zeros((1 + LABS, levels), dtype=np.int64)
    return [rows, options[0], at[0], options[1], at[1], rng.lognormal(3, 1, n).astype(np.float32), *tables]


def write_moves(rng: Rng) -> list[Any]:
    n = int(rng.integers(1, 2000))
    starts = np.concatenate(([0], np.cumsum(rng.integers(0, 9, n)))).astype(np.int32)
    contacts = rng.integers(0, n, starts[-1]).astype(np.int32)
    app, rows = rng.integers(-1, LABS, n).astype(np.int8), np.flatnonzero(rng.random(n) < 0.2)
    moves = rows, rng.integers(-1, LABS, len(rows)).astype(np.int8)
    return [app, rng.random(n) < 0.3, np.full(n, 3000, dtype=np.uint16), starts, contacts, *moves]


def with_habit(rng: Rng) -> list[Any]:
    return [rng.random(LABS) * (np.arange(LABS) != 2), 4.5]


def choices(rng: Rng) -> Any:
    """Weights of labs, one of them closed, added up as holders of each see them."""
    return KERNELS["with_habit"].plain(*with_habit(rng))


def rerouted(rng: Rng) -> list[Any]:
    kinds = int(rng.choice([1, 3 * BINS]))
    return [rng.lognormal(9, 5, (LABS, kinds)), rng.dirichlet(np.ones(LABS)), float(rng.choice([0.0, 0.5]))]


def tools_after(rng: Rng) -> list[Any]:
    n, tool = people(rng)
    stage = np.where(tool < 0, 0, rng.integers(1, 4, n)).astype(np.int8)
    up, back = np.array([0.1, 0.2, 0.05, 0.0]), np.array([0.0, 0.02, 0.02, 0.02])
    return [uniforms(rng, n, 0.1, 0.2, 0.05, 0.22, 0.3), stage, tool, up, back, 0.1, choices(rng)]


def write_uses(rng: Rng) -> list[Any]:
    n, tool = people(rng)
    stage = np.where(tool < 0, 0, rng.integers(1, 4, n)).astype(np.int8)
    builder, accounts = rng.integers(-1, LABS, n).astype(np.int8), rng.integers(0, 2**LABS, n)
    rows, building = np.flatnonzero((rng.random(n) < 0.2) | (np.arange(n) == 3)), np.flatnonzero(rng.random(n) < 0.1)
    stages, tools = rng.integers(0, 4, len(rows)).astype(np.int8), rng.integers(-1, LABS, len(rows)).astype(np.int8)
    labs = rng.integers(0, LABS, len(building)).astype(np.int8)
    return [stage, tool, builder, accounts, rows, stages, tools, building, labs]


def turned(rng: Rng) -> list[Any]:
    slots = rng.integers(0, 50, int(rng.integers(0, 90)))
    return [rng.random((50, 3), dtype=np.float32), slots, float(rng.integers(0, 300)) * 0.618]


def labs_after(rng: Rng) -> list[Any]:
    n, held = people(rng)
    return [uniforms(rng, n, 0.03, 0.1), held, 0.03, float(rng.choice([0.0, 0.1])), choices(rng)]


def move_apps(rng: Rng) -> list[Any]:
    n, lab = people(rng)
    return [uniforms(rng, n, 0.02, 0.07), lab, rng.lognormal(3, 1, n).astype(np.float32), 0.02, 0.05, choices(rng)]


def slots_used(rng: Rng) -> list[Any]:
    n, lab = people(rng)
    lab[int(rng.integers(0, n + 1)) :] = -1
    return [lab]


def add_growth(rng: Rng) -> list[Any]:
    n, _ = people(rng)
    fading, born = rng.random(41).astype(np.float32), rng.integers(0, 41, n).astype(np.int16)
    return [rng.random(n, dtype=np.float32), np.float32(0.3), fading, born, 40]


def openings(rng: Rng) -> list[Any]:
    n, builder = people(rng)
    slots = rng.choice([-1, 0, 2], 2 * n, p=[0.1, 0.6, 0.3]).astype(np.int8)
    births = float(rng.choice([0.01, 0.4, 1.0]))
    return [uniforms(rng, n, births), births, builder, slots]


def audience_of(rng: Rng) -> list[Any]:
    n, lab = people(rng)
    kind, place = rng.integers(0, 3, n).astype(np.int8), rng.integers(0, BINS, n).astype(np.uint8)
    return [lab, kind, place, rng.lognormal(3, 1, n).astype(np.float32), LABS]


def account_holders(rng: Rng) -> list[Any]:
    n, _ = people(rng)
    return [rng.integers(0, 1 << LABS, n), LABS]


def fill_slots(rng: Rng) -> list[Any]:
    slots = np.flatnonzero(rng.random(400) < 0.2)
    columns = [rng.integers(0, 3, 400).astype(kind) for kind in ("int8", "int8", "uint8", "int16", "float32")]
    labs, traits = rng.integers(0, LABS, len(slots)).astype(np.int8), rng.random((len(slots), 3))
    return [slots, labs, traits, rng.lognormal(3, 2, len(slots)), rng.random(3).cumsum(), 40, *columns]


def organisations(rng: Rng) -> tuple[int, dict[str, Any]]:
    """How many, and columns of that many."""
    n = int(rng.integers(0, 50))
    stage, lab = rng.integers(0, 4, n).astype(np.int8), rng.integers(-1, LABS, n).astype(np.int8)
    size, ability = rng.lognormal(8, 2, n).astype(np.float32), rng.lognormal(0, 1, n).astype(np.float32)
    return n, {"stage": stage, "lab": lab, "size": size, "ability": ability}


def stages_after(rng: Rng) -> list[Any]:
    n, c = organisations(rng)
    return [rng.random(n, dtype=np.float32), c["stage"] * (c["stage"] < 3), rng.random(n) * 0.5, 0.2]


def seats_after(rng: Rng) -> list[Any]:
    n, c = organisations(rng)
    columns = [rng.lognormal(5, 3, n), c["stage"], c["lab"], c["size"], c["ability"]]
    return [*columns, rng.random(LABS), np.array([0.0, 0.1, 0.4, 0.8]), 0.01, 0.3]


def enabled_after(rng: Rng) -> list[Any]:
    n, c = organisations(rng)
    applications = rng.integers(1, 5000, n).astype(np.int32)
    columns = [applications * rng.random(n), applications, c["stage"], c["lab"], c["ability"]]
    return [np.arange(0, n, 3), *columns, rng.random(LABS), np.array([0.0, 0.01, 0.1, 0.2])]


def lit_of(rng: Rng) -> list[Any]:
    lengths = rng.integers(1, 40, int(rng.integers(1, 30)))
    firms = rng.integers(0, 6, len(lengths))
    return [
        rng.integers(0, 50, lengths.sum()).astype(np.int32),
        rng.integers(0, 60, 6).astype(np.int32),
        firms,
        lengths,
    ]


def spread_events(rng: Rng) -> list[Any]:
    scenario = Scenario.load("baseline").replace(
        {"scale.users": 100, "scale.developers": 100, "scale.enterprises": 9, "scale.applications_mean": 200.0}
    )
    cohort = InferenceMarket(scenario, rng=int(rng.integers(100))).graphs.cohorts[0]
    limit = rng.choice([0.01, 1.0, 1e6], len(cohort.base)).astype(np.float32)
    chances = np.array([0.2, 0.1], dtype=np.float32)
    graph = cohort.layer_starts, cohort.bounds, cohort.called
    return [cohort.base, limit, rng.random(len(limit)) < 0.3, chances, *graph]


def model_tasks(rng: Rng) -> list[Any]:
    n = int(rng.integers(0, 5000))
    return [rng.random(n, dtype=np.float32), rng.random(n) < 0.4, rng.integers(0, 50, n), np.float32(0.02), 50]


def flows_of(rng: Rng) -> list[Any]:
    n = int(rng.integers(0, 40))
    tasks = rng.lognormal(0, 2, (n, 3 * BINS)) * (rng.random((n, 1)) < 0.9)
    return [tasks, rng.random(n), rng.integers(-1, LABS, n).astype(np.int8), rng.choice([0.0, 50.0, 1e9], n)]


def counts(rng: Rng) -> Any:
    """Counts (L, W, T, 7) from nothing to 10^17."""
    drawn = rng.lognormal(20, 12, (LABS, WORKLOADS, TIERS, 7)) * (rng.random((LABS, WORKLOADS, TIERS, 7)) < 0.8)
    return np.minimum(drawn, 1e17).astype(np.int64)


def over_tiers(rng: Rng) -> list[Any]:
    return [counts(rng)]


def billed(rng: Rng) -> list[Any]:
    return [counts(rng), rng.random((LABS, TIERS, 4))]


def fractions(rng: Rng) -> list[Any]:
    need = rng.lognormal(3, 2, (LABS, WORKLOADS)) * (rng.random((LABS, WORKLOADS)) < 0.8)
    capacity = need.sum(axis=1) * rng.choice([0.0, 0.5, 1.0, 2.0], LABS)
    return [need, capacity, rng.integers(0, int(rng.integers(1, 20)), need.shape), 0.2]


def share_out(rng: Rng) -> list[Any]:
    served = rng.choice([0.0, 0.25, 0.5, rng.random(), 1.0], (LABS, WORKLOADS))
    if rng.random() < 0.2:
        served[:] = 1.0
    asked = counts(rng)
    return [asked, rng.random(asked.shape[:3]), served, rng.choice([0.0, 0.3, 1.0], WORKLOADS)]


def balanced(rng: Rng) -> list[Any]:
    """Books that are in order, or off by one in one cell."""
    served, kept, lost = (counts(rng) for _ in range(3))
    parts = [served + kept + lost, served, kept, lost, kept // 2]
    parts[int(rng.integers(5))].ravel()[int(rng.integers(served.size))] -= int(rng.choice([0, 1, 10**9]))
    return parts


def spread_over_bins(rng: Rng) -> list[Any]:
    return [rng.lognormal(9, 9, (LABS, WORKLOADS)) * (rng.random((LABS, WORKLOADS)) < 0.7)]


def all_finite(rng: Rng) -> list[Any]:
    """Numbers and arrays of all shapes, among which may be one that is not finite."""
    values: list[Any] = [rng.random(), rng.random((3, 5)), rng.random(1003).astype(np.float32), rng.random((4, 6)).T]
    values[int(rng.integers(1, 4))].ravel("K")[1] = rng.choice([0.5, np.nan, np.inf, -np.inf])
    return values


def counts_of(rng: Rng) -> list[Any]:
    shares = rng.dirichlet(np.ones(TIERS + 1), (LABS, WORKLOADS, BINS))[..., :TIERS]
    tasks = rng.integers(0, 10**9, (LABS, WORKLOADS, BINS)) * (rng.random((LABS, WORKLOADS, BINS)) < 0.9)
    per_task = rng.integers(0, 10**5, (LABS, WORKLOADS, TIERS, BINS, 7))
    work = rng.lognormal(-9, 2, per_task.shape[:-1])
    return [tasks, shares.cumsum(axis=-1) * (1.0 + 2e-15), per_task, work]


MAKERS: dict[str, Callable[[Rng], list[Any]]] = {
    maker.__name__: maker
    for maker in (
        costs, best_effort, tokens_of, with_habit, labs_after, movers, apps_after, subscriptions_after, recount,
        write_moves, tools_after, move_apps, audience_of, account_holders, spread_events, model_tasks, fractions,
        share_out, counts_of, write_plan, expected, worth_of_context, lengthen, shares_of, prices_seen, flows_of,
        raised, over_tiers, all_finite, rerouted, spread_over_bins, fill_slots, lit_of, balanced, billed,
        add_growth, openings, slots_used, write_uses, turned, stages_after, seats_after, enabled_after,
    )
}  # fmt: skip
