"""Whole runs, timed: `python -m tests.benchmarks [--quick]`. Seconds differ between machines; ratios tell more.

Every measurement is a fresh process, so that build, run and peak memory (as the operating system counts it) are those
of a user's run. Scales take turns, and the median of the rounds is printed with the spread.
"""

import argparse
import json
import statistics
import subprocess
import sys

from rich.console import Console
from rich.progress import track
from rich.table import Table

MEASURE = """
import json, resource, sys, time
started = time.perf_counter()
from model import InferenceMarket, Scenario
scenario = Scenario.load("baseline", scale=sys.argv[1])
imported = time.perf_counter()
market = InferenceMarket(scenario, rng=7)
built = time.perf_counter()
market.run()
done = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"import": imported - started, "build": built - imported, "run": done - built,
                  "weeks": market.clock.week, "peak_mib": peak / 1024, "phases": market.phase_seconds}))
"""


def measure(scale: str) -> dict[str, object]:
    """Run one scale in a fresh process and return its seconds, weeks and peak memory (MiB)."""
    command = [sys.executable, "-c", MEASURE, scale]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--quick", action="store_true", help="small and default scale, two rounds: under a minute")
    quick = parser.parse_args().quick
    scales = ("small", "default") if quick else ("small", "default", "large")
    rounds = 2 if quick else 5
    console = Console()
    order = [scale for _ in range(rounds) for scale in scales]
    results: dict[str, list[dict[str, object]]] = {scale: [] for scale in scales}
    for scale in track(order, description="measuring", console=Console(stderr=True), transient=True):
        results[scale].append(measure(scale))
    table = Table(title=f"six years, {rounds} rounds: median (least to most)")
    for heading in ("scale", "import s", "build s", "run s", "ms a week", "peak MiB"):
        table.add_column(heading, justify="left" if heading == "scale" else "right")
    for scale, runs in results.items():
        weeks = [1000.0 * float(str(r["run"])) / int(str(r["weeks"])) for r in runs]
        columns = [[float(str(r[key])) for r in runs] for key in ("import", "build", "run")]
        columns += [weeks, [float(str(r["peak_mib"])) for r in runs]]
        table.add_row(scale, *(f"{statistics.median(c):.3g} ({min(c):.3g} to {max(c):.3g})" for c in columns))
    console.print(table)


if __name__ == "__main__":
    main()
