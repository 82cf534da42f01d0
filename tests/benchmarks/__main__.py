"""Benchmarks: `python -m tests.benchmarks [--quick]`; of the page, `python -m tests.benchmarks page`.

Seconds differ between machines; ratios within one run tell more.
Measurements of different things take turns, round by round, and the median is printed with its spread. Whole runs are
fresh processes, so that build, run and peak memory (as the operating system counts it) are those of a user's run.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.benchmarks import measures as m

Rows = list[tuple[str, ...]]


def spread(values: Sequence[float], unit: float = 1.0) -> str:
    """Show the median, the least and the most."""
    scaled = [value * unit for value in values]
    return f"{statistics.median(scaled):.3g} ({min(scaled):.3g} to {max(scaled):.3g})"


def steps(sizes: Sequence[int], rounds: int) -> Rows:
    """(a) The weekly step per row, against plain Mesa and against its own draws."""
    markets = {size: m.population(size) for size in sizes}
    plain: list[float] = []
    found: dict[tuple[int, str], list[tuple[float, float, float]]] = {
        (size, backend): [] for size in sizes for backend in m.backends()
    }
    agrees = True
    for _ in range(rounds):
        seconds, same = m.plain_week()
        plain.append(seconds)
        agrees = agrees and same
        for (size, backend), measured in found.items():
            m.use(backend)
            measured.append(m.weekly_step(markets[size], 5))
    rows: Rows = [("plain Mesa, ns a row", spread(plain, 1e9), f"same week as the market's: {agrees}")]
    for (size, backend), measured in found.items():
        step, people, own = zip(*measured, strict=True)
        rows.append((f"step at {size:,} users, {backend}, ns a row", spread(step, 1e9), f"draws {spread(own, 1e9)}"))
        times = [p / s for p, s in zip(plain, step, strict=True)]
        ratio = [s / f for s, f in zip(step, own, strict=True)]
        note = f"adoption and demand alone: {spread(people, 1e9)} ns a row"
        rows.append(("  plain Mesa / step", spread(times), note))
        rows.append(("  step / its draws", spread(ratio), ""))
    return rows


def cascades(rounds: int) -> Rows:
    """(b) One pass over a million nodes and four million edges against memory bandwidth."""
    drawn, _ = m.graphs(300, 3333.0)
    passes: dict[str, list[float]] = {backend: [] for backend in m.backends()}
    speed: dict[str, list[float]] = {backend: [] for backend in passes}
    for backend in [*passes] * rounds:
        m.use(backend)
        m.cascade(drawn)  # loads the kernel; what it left in cache is gone after the copy
        speed[backend].append(m.bandwidth())
        passes[backend].append(m.cascade(drawn))
    rows: Rows = []
    for backend, seconds in passes.items():
        floor = [m.cascade_bytes(drawn) / each for each in speed[backend]]
        what = f"{drawn.nodes:,} nodes, {drawn.edges:,} edges, {backend}: ns an edge"
        rows.append((what, spread(seconds, 1e9 / drawn.edges), f"bandwidth, GB/s: {spread(speed[backend], 1e-9)}"))
        ratio = [p / f for p, f in zip(seconds, floor, strict=True)]
        rows.append(("  pass / floor", spread(ratio), f"floor, ns an edge: {spread(floor, 1e9 / drawn.edges)}"))
    return rows


def objects(users: int, rounds: int) -> Rows:
    """(c) Building with and without row objects, and (d) AgentSet operations on columns against Mesa's."""
    bare, full, sets = [], [], []
    for _ in range(rounds):
        bare.append(m.building(users, objects=False))
        full.append(m.building(users, objects=True))
        sets.append(m.agent_sets(users // 10))
    rows: Rows = [(f"build, {users:,} users, s", spread(bare), f"with their row objects {spread(full)}")]
    for name in sets[0]:
        ratio = [each[name][1] / each[name][0] for each in sets]
        rows.append((f"AgentSet.{name} of {users // 10:,}: Mesa / columns", spread(ratio), ""))
    return rows


def runs(scales: Sequence[str], rounds: int) -> Rows:
    """(e) Whole runs: six years from a fresh process."""
    results: dict[tuple[str, str], list[dict[str, object]]] = {(s, b): [] for s in scales for b in m.backends()}
    for _ in range(rounds):
        for (scale, backend), found in results.items():
            found.append(m.whole_run(scale, backend))
    rows: Rows = []
    for (scale, backend), found in results.items():
        columns = {key: [float(str(r[key])) for r in found] for key in ("import", "build", "run", "again", "peak_mib")}
        note = (
            f"build {spread(columns['build'])}, import {spread(columns['import'])}, {spread(columns['peak_mib'])} MiB"
        )
        rows.append((f"six years, {scale}, {backend}, s", spread(columns["run"]), note))
        rows.append(("  again in the same process, s", spread(columns["again"]), ""))
        phases: dict[str, float] = found[-1]["phases"]  # type: ignore[assignment] # pyright: ignore[reportAssignmentType]
        slowest = sorted(phases.items(), key=lambda item: -item[1])[:4]
        weeks = int(str(found[-1]["weeks"]))
        text = ", ".join(f"{name} {1000.0 * seconds / weeks:.2f}" for name, seconds in slowest)
        rows.append(("  ms a week", spread(columns["run"], 1000.0 / weeks), f"most in {text}"))
    return rows


def growth(rounds: int) -> Rows:
    """(f) Growth exponents of time: 1 is linear."""
    kinds: dict[str, tuple[tuple[float, ...], Callable[[float], float]]] = {
        "users": ((100_000, 300_000, 1_000_000), lambda n: m.weekly_step(m.population(int(n)), 3)[0] * n),
        "enterprises": ((100, 200, 400), lambda n: m.cascade(m.graphs(int(n), 2000.0)[0])),
        "edges": ((2.0, 4.0, 8.0), lambda n: m.cascade(m.graphs(150, 3000.0, n)[0])),
        "labs": ((5, 20, 80), lambda n: m.labs_kernel(int(n))),
        "weeks": ((40, 80, 160), lambda n: m.some_weeks(int(n))),
    }
    rows: Rows = []
    for name, (sizes, measure) in kinds.items():
        found = [m.exponent(sizes, [measure(size) for size in sizes]) for _ in range(rounds)]
        rows.append((f"exponent in {name}", spread(found), " to ".join(f"{size:,}" for size in (sizes[0], sizes[-1]))))
    return rows


def sweeps(runs: int, rounds: int) -> Rows:
    """(g) What a sweep adds to its runs, and how it scales to two workers beside what the machine itself does."""
    alone, both, one, two, own = [], [], [], [], []
    for _ in range(rounds):
        alone.append(m.plain_runs(1, runs))
        both.append(m.plain_runs(2, runs))
        one.append(m.sweep(1, runs)[0])
        each, beside = m.sweep(2, 2 * runs)
        two.append(each)
        own.append(beside)
    return [
        ("a small run alone, s", spread(alone), f"two processes at once {spread(both)}"),
        ("a run in a sweep, s of a worker", spread(one), f"two workers {spread(two)}"),
        ("  not the market's, ms a run", spread(own, 1e3), "files, parts, collection, messages"),
        ("  efficiency of two workers", spread([a / b for a, b in zip(one, two, strict=True)]), "one worker / two"),
        ("  beside what the machine gives", spread([a / b for a, b in zip(both, two, strict=True)]), ""),
    ]


def main() -> None:
    """Measure and print; `page` measures the page."""
    if sys.argv[1:2] == ["page"]:
        from tests.benchmarks import page

        page.main(sys.argv[2:])
        return
    summary = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=summary)
    parser.add_argument("--quick", action="store_true", help="smaller, two rounds: under a minute")
    quick = parser.parse_args().quick
    rounds, console = (2, Console()) if quick else (5, Console())
    sizes = (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000)
    parts: dict[str, Callable[[], Rows]] = {
        "cascade": lambda: cascades(rounds),  # first, while memory is as a run of its own would find it
        "weekly step": lambda: steps(sizes, rounds),
        "objects": lambda: objects(100_000 if quick else 1_000_000, min(rounds, 3)),
        "whole runs": lambda: runs(("small", "default") if quick else ("small", "default", "large"), min(rounds, 3)),
    }
    if not quick:
        parts["growth"] = lambda: growth(3)
        parts["sweeps"] = lambda: sweeps(12, 3)
    table = Table("measure", "median (least to most)", "beside it", title=f"{rounds} rounds")
    for name in track(parts, description="measuring", console=Console(stderr=True), transient=True):
        table.add_section()
        for row in parts[name]():
            table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    main()
