"""How far a scenario is from the baseline in fitted runs: the interval of the difference of every tile, by month.

A member of the fitted ensemble is run twice with the same seed, as the baseline and under the scenario. Its difference
is a ratio of monthly means, or for a share what is added to it.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from calibration.ensemble import Ensemble
from calibration.paths import UNTIL, last_day, monthly_means
from calibration.store.code_fingerprint import digest
from calibration.store.jobs import Failure, Job, changes_of
from calibration.store.run_store import Result
from model import InferenceMarket, JevonsError, Scenario, declared_series
from runs.charts.readings import smoothed, window
from runs.view.address import BASELINE, Setup
from runs.view.baseline_file import Band, Shipped
from runs.view.measures import TILES
from runs.view.number_words import range_words

Floats = NDArray[np.float64]

# So many members are run under every scenario; with fewer pairs that run to the end there is no interval.
PAIRED, LEAST_PAIRS = 40, 30
SHARES = (0.05, 0.95)


def monthly(job: Job) -> dict[str, float]:
    """Run a job to its end; the monthly means of what the tiles show, as `label|YYYY-MM`."""
    market = InferenceMarket(job.scenario(), rng=job.seed).run(until=job.until)
    found: dict[str, float] = {}
    for label, series in TILES.items():
        means = monthly_means(market, smoothed(market.observables.series(*series), window(series[0])))
        found |= {f"{label}|{month}": mean for month, mean in means.items()}
    return found


monthly.reads = digest(list(TILES.items()))  # type: ignore[attr-defined]


def paired_jobs(ensemble: Ensemble) -> dict[str, list[Job]]:
    """The first members' runs to UNTIL under every scenario that comes with the model, by its name."""
    members, found = ensemble.jobs()[:PAIRED], {}
    for name in Scenario.names():
        scenario = Scenario.load(name)
        own, changes = tuple(scenario.overrides.items()), changes_of(scenario)
        found[name] = [job._replace(overrides=(*job.overrides, *own), changes=changes, until=UNTIL) for job in members]
    return found


def ranges(results: Mapping[str, Sequence[Result]], start: date) -> dict[str, dict[str, Band]]:
    """The interval of every difference from the baseline, by scenario and tile; `results` by scenario, in pairs.

    Pairs of which a run failed are left out. Raises JevonsError where fewer than LEAST_PAIRS are left.
    """
    return {
        name: _of_scenario(name, list(zip(runs, results[BASELINE], strict=True)), start)
        for name, runs in results.items() if name != BASELINE
    }  # fmt: skip


def _of_scenario(name: str, pairs: Sequence[tuple[Result, Result]], start: date) -> dict[str, Band]:
    both = [(a, b) for a, b in pairs if not isinstance(a, Failure) and not isinstance(b, Failure)]
    if len(both) < LEAST_PAIRS:
        raise JevonsError(f"{name}: {len(both)} of {len(pairs)} pairs of runs came to their end, {LEAST_PAIRS} must")
    found = {}
    for label, series in TILES.items():
        keys = [key for key in both[0][0] if key.startswith(f"{label}|")]
        here, there = (np.array([[run[key] for key in keys] for run in runs]) for runs in zip(*both, strict=True))
        months = [key.rpartition("|")[2] for key in keys]
        found[label] = _interval(here, there, months, start, unit=declared_series()[series].unit)
    return found


def _interval(here: Floats, there: Floats, months: Sequence[str], start: date, unit: str) -> Band:
    """Return the interval of the difference of runs (pairs, months) where there is one and it can be said."""
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = here - there if unit == "share" else np.where(here > 0.0, here / there, np.nan)
    told = np.isfinite(apart).all(axis=0) & (here != there).any(axis=0)
    low, high = np.quantile(apart[:, told], SHARES, axis=0).tolist()
    kept = [month for month, one in zip(months, told, strict=True) if one]
    return Band(middles(kept, start), tuple(low), tuple(high))


def middles(months: Sequence[str], start: date) -> tuple[int, ...]:
    """The middle of each month (YYYY-MM), in days from the start of the run."""
    return tuple((last_day(month).replace(day=15) - start).days for month in months)


def ranges_of(setup: Setup, shipped: Shipped | None) -> Mapping[str, Band]:
    """The shipped intervals for what is on screen, by tile; none for levers of one's own or another model.

    Those of the baseline are of its figures, those of a scenario of the differences from the baseline.
    """
    if shipped is None or not shipped.current or setup.levers:
        return {}
    if setup.is_baseline:
        return {label: shipped.bands[series] for label, series in TILES.items() if series in shipped.bands}
    return shipped.ranges.get(setup.scenario, {})


def on_day(band: Band, days: int) -> tuple[float, float] | None:
    """The interval of the month that is nearest to a day, counted from the start; None more than a month away."""
    place = int(np.argmin(np.abs(np.array(band.days) - days))) if band.days else 0
    return (band.low[place], band.high[place]) if band.days and abs(band.days[place] - days) <= 31 else None


def range_sentence(bands: Mapping[str, Band], days: int) -> str:
    """Say the intervals of a scenario's differences in the month nearest to a day; nothing where there is none."""
    ends = {label: on_day(band, days) for label, band in bands.items()}
    told = [
        f"{label.lower()} {range_words(*pair, declared_series()[TILES[label]].unit)}"
        for label, pair in ends.items() if pair is not None
    ]  # fmt: skip
    return f"In nine of ten fitted runs the scenario changes: {', '.join(told)}." if told else ""
