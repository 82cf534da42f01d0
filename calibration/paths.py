"""Members' paths beyond the data: monthly means of the main observables, anchored to the last disclosed figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.discrepancy import DAYS_A_YEAR, Processes, anchor_of, decades
from calibration.ensemble import Ensemble
from calibration.families import family_of
from calibration.predictive import POINTS, anchor_to, forecast, mixture
from calibration.store.code_fingerprint import digest
from calibration.store.jobs import Job
from calibration.targets import Target
from model import InferenceMarket, Scenario

Floats = NDArray[np.float64]

UNTIL = "2028-12-31"
# Those a reader asks for; each is positive.
MAIN: tuple[tuple[str, str, str], ...] = (
    ("tokens_served", "market", "all"),
    ("tokens_served", "google", "all"),
    ("tokens_served", "openai", "api"),
    ("price_paid", "market", "api"),
    ("revenue_run_rate", "market", "all"),
    ("revenue_run_rate", "openai", "all"),
    ("revenue_run_rate", "anthropic", "all"),
    ("revenue_run_rate", "market", "coding"),
    ("weekly_users", "openai", "consumer"),
    ("enterprise_adoption", "market", "three-functions"),
    ("agent_commit_share", "market", "coding"),
    ("installed_compute", "market", "all"),
    ("live_compute", "market", "all"),
    ("compute_share_inference", "market", "all"),
    ("demand_unserved_share", "market", "all"),
)
# Series -> the one that it is a part of, which comes before it.
PART_OF: dict[tuple[str, str, str], tuple[str, str, str]] = {
    ("tokens_served", "google", "all"): ("tokens_served", "market", "all"),
    ("tokens_served", "openai", "api"): ("tokens_served", "market", "all"),
    ("revenue_run_rate", "openai", "all"): ("revenue_run_rate", "market", "all"),
    ("revenue_run_rate", "anthropic", "all"): ("revenue_run_rate", "market", "all"),
    ("revenue_run_rate", "market", "coding"): ("revenue_run_rate", "market", "all"),
    ("live_compute", "market", "all"): ("installed_compute", "market", "all"),
}


@dataclass(frozen=True)
class Fan:
    """Quantiles (months, shares) of one observable's monthly means, with the months (YYYY-MM) and its unit."""

    series: tuple[str, str, str]
    unit: str
    months: tuple[str, ...]
    quantiles: Floats


def trace(job: Job) -> dict[str, float]:
    """Run a job to its end and give monthly means as `observable|entity|segment|unit|YYYY-MM`."""
    market = InferenceMarket(job.scenario(), rng=job.seed).run(until=job.until)
    units = {name[:3]: name.unit for name in market.observables.names}
    found: dict[str, float] = {}
    for series in MAIN:
        means = monthly_means(market, market.observables.series(*series))
        found |= {"|".join((*series, units[series], month)): mean for month, mean in means.items()}
    return found


trace.reads = digest(MAIN)  # type: ignore[attr-defined]


def monthly_means(market: InferenceMarket, values: Floats) -> dict[str, float]:
    """Means of weekly values (weeks so far,) by the month, YYYY-MM, in which the week begins."""
    months = np.array([f"{market.clock.date_of(week):%Y-%m}" for week in range(market.clock.week)])
    return {month: float(values[months == month].mean()) for month in dict.fromkeys(months.tolist())}


def jobs_to(ensemble: Ensemble, until: str) -> list[Job]:
    """The members' runs to a later end."""
    return [job._replace(until=until) for job in ensemble.jobs()]


def fans(
    ensemble: Ensemble,
    runs: Sequence[Mapping[str, float]],
    processes: Processes,
    known: Sequence[Target],
    shares: Sequence[float],
) -> list[Fan]:
    """Quantiles of every main observable by month, as a disclosure of it would be.

    A member's path is off by its family's discrepancy, anchored to the `known` figure of the series that is nearest in
    time (see `calibration.discrepancy`), and by the error of a disclosure. People end at the population, shares at one,
    a part at its whole.
    """
    names = list(runs[0])
    found: list[Fan] = []
    quantiles_of: dict[tuple[str, str, str], Floats] = {}
    for series in MAIN:
        mine = [name for name in names if name.startswith("|".join(series) + "|")]
        months = tuple(name.rpartition("|")[2] for name in mine)
        unit = mine[0].split("|")[3]
        values = np.array([[run[name] for name in mine] for run in runs])
        most = np.log10(_most(unit, months, ensemble))
        process = processes[family_of(series[0])]
        quantiles = np.empty((len(months), len(shares)))
        for i, month in enumerate(months):
            when = _middle(month)
            anchor = anchor_to(anchor_of(series, when, known), ensemble)
            path, at = decades(values[:, i]), ((when, 1.0),)
            middle, scale, freedom = forecast(path, at, process, anchor, process.disclosure**2)
            density = mixture(middle, scale, freedom, ensemble.weight, most[:, i, None])
            quantiles[i] = 10.0 ** np.interp(shares, (np.arange(POINTS) + 0.5) / POINTS, density)
        if series in PART_OF:
            quantiles = np.minimum(quantiles, quantiles_of[PART_OF[series]])
        quantiles_of[series] = quantiles
        found.append(Fan(series, unit, months, quantiles))
    return found


def _most(unit: str, months: Sequence[str], ensemble: Ensemble) -> Floats:
    """The most that each member's path can be (members, months): one for a share, the population for people."""
    if unit == "user":
        return _people(months, ensemble)
    return np.full((len(ensemble), len(months)), 1.0 if unit == "share" else np.inf)


def _people(months: Sequence[str], ensemble: Ensemble) -> Floats:
    """People who could use a chat app at the end of each month, by each member's parameters (members, months)."""
    base = Scenario.load("baseline")
    years = np.array([(last_day(month) - date(base.start.year, 1, 1)).days for month in months]) / DAYS_A_YEAR
    names = ("consumers.population", "consumers.population_growth_per_year")
    default = base.parameters.flat()
    own: list[dict[str, Any]] = [dict(job.overrides) for job in ensemble.jobs()]
    people, growth = (np.array([[float(values.get(name, default[name]))] for values in own]) for name in names)
    return np.asarray(people * (1.0 + growth) ** years, dtype=np.float64)


def last_day(month: str) -> date:
    """The last day of a month (YYYY-MM)."""
    year, number = map(int, month.split("-"))
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _middle(month: str) -> float:
    """The middle of a month, as `calibration.discrepancy` counts years."""
    return (last_day(month).toordinal() - 15) / DAYS_A_YEAR
