"""What the benchmarks measure: each function returns plain numbers, times in seconds unless it says otherwise."""

import gc
import importlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from agents import kernels
from agents.streams import Streams
from model import InferenceMarket, Scenario
from model.allocation import allocate
from model.applications import ApplicationGraphs
from model.demand import Demand, demand_of
from model.plans import Plans
from model.week import PHASES
from runs import Sweep
from tests.benchmarks.plain_mesa import PlainMarket

FEW_GRAPHS: dict[str, object] = {"scale.enterprises": 5, "scale.firms": 5, "scale.applications_mean": 200.0}
WARM_WEEKS = 150  # late in 2025: every stage of every row occurs

WHOLE_RUN = """
import json, sys, time
from pathlib import Path
started = time.perf_counter()
from model import InferenceMarket, Scenario
scenario = Scenario.load("baseline", scale=sys.argv[1])
imported = time.perf_counter()
market = InferenceMarket(scenario, rng=7)
built = time.perf_counter()
market.run()
market.observables.values
done = time.perf_counter()
status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
peak = int(status["VmHWM"].split()[0])  # what resource tells begins at the peak of the process that started this one
second = InferenceMarket(scenario, rng=7)
begun = time.perf_counter()
second.run()
second.observables.values
again = time.perf_counter() - begun
print(json.dumps({"import": imported - started, "build": built - imported, "run": done - built, "again": again,
                  "weeks": market.clock.week, "peak_mib": peak / 1024, "phases": market.phase_seconds}))
"""

# Small runs in a process of its own: what a sweep's runs would take without the sweep. Waits for a line to start.
PLAIN_RUNS = """
import gc, sys, time
from model import InferenceMarket, Scenario
scenario, runs = Scenario.load("baseline", scale="small"), int(sys.argv[1])
def one(seed):
    InferenceMarket(scenario, rng=seed).run().observables.values
    gc.collect()
one(0)
gc.collect()
gc.freeze()
print("ready", flush=True)
sys.stdin.readline()
started = time.perf_counter()
for seed in range(runs):
    one(seed)
print((time.perf_counter() - started) / runs, flush=True)
"""


def timed(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    gc.collect()
    return _seconds(work)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def backends() -> tuple[str, ...]:
    """Return the backends that can run here."""
    return ("numpy", "numba") if find_spec("numba") else ("numpy",)


def use(backend: str) -> None:
    """Run the kernels of one backend from now on."""
    module: Any = importlib.import_module(f"agents.kernels.{backend}_kernels")
    for name in module.__all__:
        setattr(kernels, name, getattr(module, name))


def whole_run(scale: str, backend: str) -> dict[str, object]:
    """Run one scale in a fresh process: seconds to import, build, run, and run again; peak memory (MiB) of the first.

    Also returns the number of weeks, and the seconds of each phase in the first run.
    """
    command, chosen = [sys.executable, "-c", WHOLE_RUN, scale], {"JEVONS_BACKEND": backend}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | chosen)
    return dict(json.loads(done.stdout))


def population(users: int) -> InferenceMarket:
    """Build a market of that many users and a tenth as many developers, with hardly any graphs, and let it warm up."""
    rows: dict[str, object] = {"scale.users": users, "scale.developers": max(users // 10, 100)}
    market = InferenceMarket(Scenario.load("baseline").replace(rows | FEW_GRAPHS), rng=7)
    for _ in range(WARM_WEEKS):
        market.step()
    return market


def rows_of(market: InferenceMarket) -> int:
    """Return users, developers and app slots in use: the rows that a week decides for."""
    return (
        len(market.world.users.columns) + len(market.world.developers.columns) + market.world.developers.slots_in_use()
    )


def plain_week() -> tuple[float, bool]:
    """Return seconds per row of a week of plain Mesa objects (2,000 users), and whether it equals the kernel's week."""
    market = population(2000)
    research, pricing, *others = PHASES
    market._begin_week()
    research(market.world)
    pricing(market.world)
    plain = PlainMarket(market)
    seconds = timed(plain.step)
    for phase in others:
        phase(market.world)
    return seconds / (len(plain.users) + len(plain.developers) + len(plain.apps)), plain.agrees_with(market)


def weekly_step(market: InferenceMarket, weeks: int) -> tuple[float, float, float]:
    """Return seconds per row of a whole step, of its population phases, and of the week's random draws alone.

    Weeks follow one another as in a run, after one that is not measured.
    """
    rows = rows_of(market)
    timed(market.step)
    before = dict(market.phase_seconds)
    step = statistics.median(_seconds(market.step) for _ in range(weeks)) / rows
    spent = sum(market.phase_seconds[name] - before[name] for name in ("adoption", "demand"))
    users, developers, slots = (
        len(market.world.users.columns), len(market.world.developers.columns), market.world.developers.slots_in_use()
    )  # fmt: skip
    sizes = {"users.app": users, "developers.tool": developers, "developers.build": developers,
             "apps.birth": developers, "apps.fate": slots, "apps.growth": slots}  # fmt: skip
    own = statistics.median(_seconds(lambda: draws(market.world.streams, sizes)) for _ in range(weeks))
    return step, spent / weeks / rows, own / rows


def draws(streams: Streams, sizes: dict[str, int]) -> None:
    """Draw a week's uniforms and do nothing with them."""
    for name, size in sizes.items():
        streams.uniform(name, 1, size)


def graphs(enterprises: int, mean: float, out_degree: float = 4.0) -> tuple[ApplicationGraphs, InferenceMarket]:
    """Draw application graphs and return them with their market."""
    values = {"scale.users": 100, "scale.developers": 100, "scale.enterprises": enterprises, "scale.firms": 5,
              "scale.applications_mean": mean, "enterprises.out_degree": out_degree}  # fmt: skip
    market = InferenceMarket(Scenario.load("baseline").replace(values), rng=7)
    return market.world.graphs, market


def cascade(drawn: ApplicationGraphs) -> float:
    """Return the seconds of one pass of events over all graphs."""
    # Written, since zeros that were never touched have no memory yet.
    lit = [np.full(len(cohort.base), fill_value=False) for cohort in drawn.cohorts]

    def one_pass() -> None:
        for cohort, enabled in zip(drawn.cohorts, lit, strict=True):
            cohort.events(enabled, 0.2, 0.3)

    return timed(one_pass)


def bandwidth() -> float:
    """Return memory bandwidth in bytes a second: 160 MB read, as much written, by NumPy on one core."""
    source = np.ones(40_000_000, dtype=np.float32)
    target = np.zeros_like(source)
    return 2.0 * source.nbytes / timed(lambda: np.copyto(target, source))


def cascade_bytes(drawn: ApplicationGraphs) -> float:
    """Return the bytes that a pass over a sparse matrix must move at least once: 8 an edge, 28 a node.

    An edge's are where to and how many (which the Numba loop does without), a node's its entry share, limit, events
    (written, read), what it passes on, its column's start and its place.
    """
    return 8.0 * drawn.edges + 28.0 * drawn.nodes


def building(users: int, *, objects: bool) -> float:
    """Return the seconds to build a market of that many users, and all its users as Mesa agents if `objects`."""
    scenario = Scenario.load("baseline").replace({"scale.users": users})

    def work() -> None:
        market = InferenceMarket(scenario, rng=7)
        if objects:
            list(market.world.users.columns.agents())

    return timed(work)


def agent_sets(users: int) -> dict[str, tuple[float, float]]:
    """Return seconds of AgentSet operations: on columns, and on Mesa's own set of the same agents."""
    market = InferenceMarket(Scenario.load("baseline").replace({"scale.users": users} | FEW_GRAPHS), rng=7)
    columns = market.world.users.columns.agents()
    objects = columns.select(lambda _: True)  # Mesa's own AgentSet of all rows
    operations: dict[str, Callable[[Any], object]] = {
        "get": lambda agents: agents.get("app"),
        "agg": lambda agents: agents.agg("requests_bound", np.mean),
        "set": lambda agents: agents.set("paid", False),
    }

    def seconds(work: Callable[[Any], object], agents: Any) -> float:
        return timed(lambda: work(agents))

    return {name: (seconds(work, columns), seconds(work, objects)) for name, work in operations.items()}


def labs_kernel(labs: int) -> float:
    """Return the seconds of a week's demand and rationing for that many labs."""
    workloads, rng = 13, np.random.default_rng(1)
    plans = Plans.empty(labs, workloads)
    plans.reached[:] = rng.uniform(0.0, 0.33, plans.reached.shape).cumsum(axis=-1)
    plans.per_task[:] = rng.integers(1, 10_000, plans.per_task.shape)
    plans.work[:] = 1e-3
    tasks = rng.integers(0, 10**9, plans.share.shape[:3])
    hours, capacity = np.ones((labs, 3)), np.full(labs, 1e8)
    priority, patience = np.tile(np.arange(workloads) % 5, (labs, 1)), np.full(workloads, 0.3)
    committed = np.full((labs, workloads), 1e6)

    def week() -> None:
        asked = demand_of(tasks, plans)
        none = Demand.zeros(labs, workloads, 3)
        allocate(asked, none, hours, capacity, priority, patience, 0.5, committed)

    return min(timed(week) for _ in range(5))


def some_weeks(weeks: int) -> float:
    """Return the seconds of the first weeks of the small scale."""
    market = InferenceMarket(Scenario.load("baseline", scale="small"), rng=7)

    def run() -> None:
        for _ in range(weeks):
            market.step()

    return timed(run)


def plain_runs(processes: int, runs: int) -> float:
    """Return the seconds of a small run where that many processes do nothing but such runs, at the same time."""
    command = [sys.executable, "-c", PLAIN_RUNS, str(runs)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(command, **pipes) for _ in range(processes)]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return statistics.mean(float(process.communicate()[0]) for process in started)


def sweep(workers: int, runs: int) -> tuple[float, float]:
    """Sweep small runs; seconds of a worker's time for each, all told, and what of them the market did not take.

    The start of the workers is left out, as in a long sweep; packing is in.
    """
    with tempfile.TemporaryDirectory() as folder:
        design = {"scale": "small", "replications": runs, "runs_per_part": runs}
        Sweep(design, Path(folder) / "sweep").run(workers=workers)
        lines = (Path(folder) / "sweep" / "log" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    ran = [event for event in events if event["event"] == "run"]
    packed = sum(event["seconds"] for event in events if event["event"] == "packed") / runs
    later = ran[workers:]
    each = workers * (later[-1]["time"] - ran[workers - 1]["time"]) / len(later) + packed
    return each, statistics.median(event["seconds"] - event["market_seconds"] for event in later) + packed


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the growth exponent: the slope of log seconds on log size."""
    x, y = np.log(sizes), np.log(seconds)
    slope = float(np.polyfit(x, y, 1)[0])
    assert math.isfinite(slope)
    return slope
