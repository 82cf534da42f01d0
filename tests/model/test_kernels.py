"""Kernels: compiled loops give what NumPy gives, bit for bit, on drawn arguments and in whole markets."""

import copy
import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import agents.kernels
from agents.choice import NO_HURDLE
from agents.kernels import KERNELS, Kernel, compiled, kernel, told_of_compiling, using
from agents.streams import Streams
from agents.workloads import BINS
from model import InferenceMarket, Scenario
from model.plans import Plans
from tests.golden.run import golden_frame
from tests.model.states import everything

pytest.importorskip("numba")

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
    return [app, rng.random(n, dtype=np.float32), rng.random(n) ** 3, leaves, float(rng.choice([0.0, 0.1])), reached]


def subscriptions_after(rng: Rng) -> list[Any]:
    n, app = people(rng)
    willing = rng.lognormal(2, 1, n).astype(np.float32)
    return [app, rng.random(n) < 0.3, willing, 5, 26, rng.random(LABS), np.array([20.0, 12.0])]


def recount(rng: Rng) -> list[Any]:
    n, app = people(rng)
    paid, before = rng.random(n) < 0.1, app.copy()
    amounts = rng.lognormal(3, 1, n).astype(np.float32)
    before[rng.random(n) < 0.1] = rng.integers(-1, LABS)
    paid_before = paid ^ (rng.random(n) < 0.02)
    return [app, paid, amounts, before, paid_before, np.zeros((1 + LABS, 2)), np.zeros((1 + LABS, 2), dtype=np.int64)]


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
    return [rng.random(n, dtype=np.float32), stage, tool, up, back, 0.1, choices(rng)]


def labs_after(rng: Rng) -> list[Any]:
    n, held = people(rng)
    return [rng.random(n, dtype=np.float32), held, 0.03, float(rng.choice([0.0, 0.1])), choices(rng)]


def move_apps(rng: Rng) -> list[Any]:
    n, lab = people(rng)
    return [rng.random(n, dtype=np.float32), lab, rng.lognormal(3, 1, n).astype(np.float32), 0.02, 0.05, choices(rng)]


def add_growth(rng: Rng) -> list[Any]:
    n, _ = people(rng)
    fading, born = rng.random(41).astype(np.float32), rng.integers(0, 41, n).astype(np.int16)
    return [rng.random(n, dtype=np.float32), np.float32(0.3), fading, born, 40]


def openings(rng: Rng) -> list[Any]:
    n, builder = people(rng)
    slots = rng.choice([-1, 0, 2], 2 * n, p=[0.1, 0.6, 0.3]).astype(np.int8)
    return [rng.random(n, dtype=np.float32), float(rng.choice([0.01, 0.4, 1.0])), builder, slots]


def audience_of(rng: Rng) -> list[Any]:
    n, lab = people(rng)
    kind, place = rng.integers(0, 3, n).astype(np.int8), rng.integers(0, BINS, n).astype(np.uint8)
    return [lab, kind, place, rng.lognormal(3, 1, n).astype(np.float32), LABS]


def count_developers(rng: Rng) -> list[Any]:
    n, tool = people(rng)
    stage = np.where(tool < 0, 0, rng.integers(1, 4, n)).astype(np.int8)
    accounts, builder = rng.integers(0, 1 << LABS, n), rng.permutation(tool)
    return [stage, tool, accounts, builder, rng.lognormal(2, 1, n).astype(np.float32), LABS]


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
        write_moves, tools_after, move_apps, audience_of, count_developers, spread_events, model_tasks, fractions,
        share_out, counts_of, write_plan, expected, worth_of_context, lengthen, shares_of, prices_seen, flows_of,
        raised, over_tiers, all_finite, rerouted, spread_over_bins, fill_slots, lit_of, balanced, billed,
        add_growth, openings, stages_after, seats_after, enabled_after,
    )
}  # fmt: skip


def same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    return bool(a == b)


@pytest.mark.parametrize("name", MAKERS)
def test_a_loop_gives_the_bits_that_numpy_gives(name: str) -> None:
    """Results, and arguments that are written in place; from no rows at all to more than fit a piece."""
    known = KERNELS[name]
    for seed in range(12):
        for_numpy = MAKERS[name](np.random.default_rng(seed))
        for_loop = copy.deepcopy(for_numpy)
        assert same(known.plain(*for_numpy), known.loop()(*for_loop)), seed
        assert same(for_numpy, for_loop), seed


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 1003, 70_001, (101, 3)])
def test_streams_have_the_same_numbers_compiled(size: int | tuple[int, int]) -> None:
    """Philox as a loop: whole streams of any length, and the set-up."""
    drawn = []
    for loops in (True, False):
        with using(loops):
            streams = Streams(11)
            drawn.append([streams.uniform("a", -1, size), streams.uniform("a", 300, size)])
    assert same(*drawn)


@pytest.mark.parametrize("value", [-2, 99])
@pytest.mark.parametrize(
    ("name", "argument"),
    [("recount", 0), ("audience_of", 0), ("audience_of", 1), ("count_developers", 0), ("count_developers", 1),
     ("add_growth", 3), ("seats_after", 1), ("seats_after", 2), ("enabled_after", 3), ("enabled_after", 4)],
)  # fmt: skip
def test_loops_look_nowhere_outside_their_tables(name: str, argument: int, value: int) -> None:
    """A column that somebody wrote nonsense to is refused, as NumPy refuses it in its own words."""
    drawn = (MAKERS[name](np.random.default_rng(seed)) for seed in range(99))
    arguments = next(arguments for arguments in drawn if len(arguments[argument]) > 3)
    arguments[argument][3] = value
    with pytest.raises(IndexError, match=r"there is not|no lab sells"):
        KERNELS[name].loop()(*arguments)


def test_every_kernel_is_compared() -> None:
    assert set(KERNELS) == set(MAKERS)


def test_every_loop_stands_for_its_function_as_it_is() -> None:
    """Whoever changes a function changes its loop likewise, sees the comparisons pass, and puts these digests down."""
    for module in {known.loops for known in KERNELS.values()}:
        now = {name: known.text() for name, known in KERNELS.items() if known.loops == module}
        assert now == importlib.import_module(module).STANDS_FOR


def test_a_compiled_market_is_the_same_market() -> None:
    """All that can be found by walking it, after two years with scarce compute."""
    scenario = Scenario.load("baseline", scale="small").replace({"scale.users": 1500, "hyperscalers.install_weeks": 20})
    walked = []
    for loops in (True, False):
        with using(loops):
            assert compiled() == loops
            market = InferenceMarket(scenario, rng=3)
            market.run(until="2024-12-30")
            assert (market.observables.values[: market.clock.week] != 0.0).any()
            walked.append(everything(market))
    assert walked[0] == walked[1]


def test_the_golden_run_is_the_same_compiled() -> None:
    with using(True):
        found = golden_frame()
    with using(False):
        assert found.equals(golden_frame())


TWO = 2


def twice(x: int) -> int:
    return TWO * x


def test_what_runs_is_settled_at_the_first_call_and_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that differs shows which one runs; the function does after a change in it, a constant or what it calls."""
    kernels: dict[str, Kernel] = {}
    loops = type(sys)("loops_of_this_test")
    monkeypatch.setattr(agents.kernels, "KERNELS", kernels)
    monkeypatch.setitem(sys.modules, loops.__name__, loops)
    loops.__dict__["double"] = lambda x: 2 * x + 1000

    @kernel(loops.__name__, twice)
    def double(x: int) -> int:
        return twice(x)

    loops.__dict__["STANDS_FOR"] = {"double": kernels["double"].text()}
    with using(False):
        assert double(4) == 8
    with using(True):
        assert double(4) == 1008
    assert double.__name__ == "double"

    def check_that_numpy_runs() -> None:
        with using(True), pytest.warns(UserWarning, match="double has changed and has no compiled loop any more"):
            assert double(4) == 4 * TWO
        with using(False):
            assert double(4) == 4 * TWO

    with monkeypatch.context() as changed:
        changed.setitem(globals(), "TWO", 3)
        check_that_numpy_runs()
    kernels["double"].calls = (same,)
    check_that_numpy_runs()


def test_numpy_runs_where_numba_is_not_installed_or_not_wanted() -> None:
    """In processes of their own: one where importing Numba fails, one with the switch, one with neither."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(sys.argv[1:])); from agents.kernels import compiled;"
        "from model import InferenceMarket, Scenario; print(compiled());"
        "InferenceMarket(Scenario.load('baseline', scale='small'), rng=1).step(); print('agents.loops' in sys.modules)"
    )
    for blocked, switch, runs in ((["numba"], "1", "False"), ([], "0", "False"), ([], "1", "True")):
        done = subprocess.run(
            [sys.executable, "-c", code, *blocked], env={**os.environ, "JEVONS_COMPILED": switch},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split() == [runs, runs]


def test_whoever_wants_to_know_is_told_what_is_compiled() -> None:
    """Once, before it is; nobody is where kernels run in NumPy."""
    from numba import njit

    told: list[str] = []
    for loops, names in ((False, []), (True, ["twice"])):
        fresh: Any = njit(twice)
        with using(loops), told_of_compiling(told.append):
            assert [fresh(4), fresh(5)] == [8, 10]
        assert told == names
