"""Make the shipped baseline of the page: `python -m runs.view.make_baseline [--workers N]`, some minutes.

Runs the baseline at default scale, the fitted ensemble's members to the end of 2028 for the interval around it, and
some of them under every scenario.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
from rich.console import Console

from calibration.discrepancy import processes_at
from calibration.ensemble import Ensemble, read_ensembles
from calibration.information import known_at
from calibration.paths import UNTIL, Fan, fans, jobs_to, trace
from calibration.store.code_fingerprint import fingerprint
from calibration.store.jobs import Failure
from calibration.store.run_store import RunStore, good, succeeded
from calibration.targets import load_targets
from model import InferenceMarket, JevonsError, Scenario
from runs.posterior.current_members import MEMBERS, current, local_workers
from runs.view.answer import answer_series
from runs.view.baseline_file import FILE, SCALE, SEED, Band, Shipped, write_baseline
from runs.view.headline import told_series
from runs.view.measures import measures
from runs.view.panels import curves
from runs.view.recording import Recorded, Recording, Series
from runs.view.scenario_ranges import SHARES, middles, monthly, paired_jobs, ranges

# With fewer members that run to the end there is no interval worth the name.
LEAST_SHARE = 0.9


def shown_series() -> list[Series]:
    """Return every series that the first screen and the charts read, once."""
    drawn = [series for measure in measures().values() for line in measure.lines for series in line.series]
    return list(dict.fromkeys([*drawn, *told_series(), *answer_series(), *(curve.series for curve in curves())]))


def record(market: Recorded) -> Recording:
    """Return the recording of what the page shows of a run."""
    wanted, names = set(shown_series()), market.observables.names
    places = [place for place, name in enumerate(names) if name[:3] in wanted]
    clock = market.clock
    values = market.observables.values[: clock.week][:, places].astype(np.float32).astype(np.float64)
    return Recording.made(clock.start, clock.until, [names[place] for place in places], values)


def ensemble_bands(
    ensembles: Sequence[Ensemble], start: date, workers: int | None, err: Console
) -> tuple[dict[Series, Band], int]:
    """Run the newest ensemble's members; the interval of each main series, and how many members.

    Raises JevonsError where a member no longer runs.
    """
    newest = ensembles[-1]
    targets = load_targets()
    processes, known = processes_at(ensembles, newest.origin, targets), known_at(newest.origin, targets).targets
    jobs = jobs_to(newest, UNTIL)
    with local_workers(workers, err) as (engine, progress):
        progress.stage(f"members to {UNTIL}", len(jobs))
        results = RunStore(MEMBERS).ensure(jobs, engine, trace, progress.watch)
    kept = [place for place, result in enumerate(results) if not isinstance(result, Failure)]
    if len(kept) < LEAST_SHARE * len(newest):
        succeeded(results, f"members to {UNTIL}")
    err.print(f"{len(newest) - len(kept)} of {len(newest)} members broke off before {UNTIL} and are left out")
    drawn = fans(_only(newest, kept), good([results[place] for place in kept]), processes, known, SHARES)
    return {fan.series: _band(fan, start) for fan in drawn}, len(kept)


def scenario_ranges(newest: Ensemble, start: date, workers: int | None, err: Console) -> dict[str, dict[str, Band]]:
    """Run members under every scenario; the interval of each difference from the baseline. Raises JevonsError."""
    wanted = paired_jobs(newest)
    jobs = [job for one in wanted.values() for job in one]
    with local_workers(workers, err) as (engine, progress):
        progress.stage("members under every scenario", len(jobs))
        results = iter(RunStore(MEMBERS).ensure(jobs, engine, monthly, progress.watch))
    return ranges({name: list(islice(results, len(one))) for name, one in wanted.items()}, start)


def _only(ensemble: Ensemble, kept: list[int]) -> Ensemble:
    """Return the ensemble of some of its members."""
    weight = ensemble.weight[kept]
    return replace(
        ensemble, values=ensemble.values[kept], weight=weight / weight.sum(), seed=ensemble.seed[kept],
        tau=ensemble.tau[kept], outputs=ensemble.outputs[kept],
    )  # fmt: skip


def _band(fan: Fan, start: date) -> Band:
    low, high = fan.quantiles.T.tolist()
    return Band(middles(fan.months, start), tuple(low), tuple(high))


def main() -> None:
    """Make the file and say where it is."""
    parser = argparse.ArgumentParser(
        prog="python -m runs.view.make_baseline", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--workers", type=int, default=None, help="worker processes; by default one for each core")
    workers = parser.parse_args().workers
    err = Console(stderr=True)
    try:
        market = InferenceMarket(Scenario.load("baseline", scale=SCALE), rng=SEED).run()
        ensembles, start = current(read_ensembles(), None, workers, err), market.clock.start
        newest = ensembles[-1]
        bands, members = ensemble_bands(ensembles, start, workers, err)
        apart = scenario_ranges(newest, start, workers, err)
        shipped = Shipped(record(market), bands, apart, members, newest.origin, fingerprint())
        file: Path = write_baseline(shipped, FILE)
    except JevonsError as error:
        sys.exit(f"jevons: {error}")
    sys.stdout.write(f"{file} ({file.stat().st_size // 1024} KiB)\n")


if __name__ == "__main__":
    main()
