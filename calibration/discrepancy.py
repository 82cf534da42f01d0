"""How far off forecasts were, by how far they looked ahead: the structural error of intervals beyond the data.

A fit tells how far the structure is off where it was fitted (tau); it cannot tell how fast that grows. Forecasts made
from earlier origins can: their errors on figures that had become known by a later origin set the growth for that
origin. So nothing after an origin enters its intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from calibration.ensemble import Ensemble, weighted_quantile
from calibration.information import Known, centre_of, known_at, on_scale, sd_of
from calibration.posterior import FREEDOM
from calibration.targets import Target

Floats = NDArray[np.float64]

# Half-normal prior of the growth, decades a year: forecasts of this market a year ahead are off by a factor of two
# as often as not.
GROWTH_SCALE = 0.3
GRID = np.linspace(0.0, 1.2, 121)
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Miss:
    """One forecast that could be judged: its error in decades, years ahead, and the variance that was foreseen."""

    target: str
    origin: date
    error: float
    years: float
    variance: float


def years_ahead(target: Target, origin: date) -> float:
    """Years from the origin to the end of a row's window, zero for a window that lies before it."""
    return max((target.end - origin).days, 0) / DAYS_A_YEAR


def misses(ensembles: Sequence[Ensemble], known: Known) -> list[Miss]:
    """Errors of the earlier origins' forecasts of rows that are known now and were not then."""
    found = []
    for ensemble in ensembles:
        if ensemble.origin >= known.origin:
            continue
        for target in known.targets:
            if target.end <= ensemble.origin or target.id not in ensemble.ids:
                continue
            values = scaled(target, ensemble.output(target.id))
            middle = float(weighted_quantile(values, ensemble.weight, 0.5))
            spread = float(ensemble.weight @ (values - ensemble.weight @ values) ** 2)
            tau = float(ensemble.weight @ ensemble.tau**2)
            variance = spread + tau + sd_of(target) ** 2
            years = years_ahead(target, ensemble.origin)
            found.append(Miss(target.id, ensemble.origin, middle - centre_of(target), years, variance))
    return found


def growth_of(found: Sequence[Miss]) -> float:
    """Posterior mean of the discrepancy's growth in decades a year, from forecasts that could be judged.

    Errors are Student's t with the foreseen variance plus (growth x years)^2; without any, the prior's mean.
    """
    log_density = -0.5 * (GRID / GROWTH_SCALE) ** 2
    for miss in found:
        variance = miss.variance + (GRID * miss.years) ** 2
        log_density = log_density - 0.5 * np.log(variance)
        log_density = log_density - 0.5 * (FREEDOM + 1.0) * np.log1p(miss.error**2 / variance / FREEDOM)
    density = np.exp(log_density - log_density.max())
    return float(GRID @ density / density.sum())


def growth_at(ensembles: Sequence[Ensemble], origin: date, targets: Sequence[Target]) -> float:
    """The discrepancy's growth as it could be known on an origin."""
    return growth_of(misses(ensembles, known_at(origin, targets)))


def scaled(target: Target, values: Floats) -> Floats:
    """Members' values on the scale of the fit; a value that has none is as far below as can be told."""
    return np.array([on_scale(target, value) for value in values.tolist()])
