"""How far off forecasts are beyond what was fitted: by how far they look ahead, and for series never seen.

A fit tells how far the structure is off where it was fitted (tau). It cannot tell how fast that grows, nor how far off
a series is of which no figure was known. Forecasts from earlier origins can, on figures that had become known by the
current origin, so nothing after an origin enters its intervals. But the priors are centred on values that were set
by hand on the same figures, so those forecasts look better than they could have been: they may widen what is
assumed in advance and never narrow it.
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

# Assumed in advance: a quarter of a decade for every year ahead and for a series never seen, a factor of 1.8.
ASSUMED = 0.25
# Half-normal prior of both when they are learnt.
PRIOR_SCALE = 0.3
GRID = np.linspace(0.0, 1.2, 61)
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Miss:
    """One forecast that could be judged: its error in decades, years ahead, a new series or not, foreseen variance."""

    target: str
    origin: date
    error: float
    years: float
    new: bool
    variance: float


@dataclass(frozen=True, slots=True)
class Reach:
    """Scales of the structural error beyond the fit: decades a year ahead, and decades for a series never seen."""

    growth: float
    novelty: float

    def variance(self, years: float, new: bool) -> float:
        """What is added to tau squared for a figure so far ahead, of a series that was new or not."""
        return (self.growth * years) ** 2 + (self.novelty**2 if new else 0.0)


def years_ahead(target: Target, origin: date) -> float:
    """Years from the origin to the end of a row's window, zero for a window before it."""
    return max((target.end - origin).days, 0) / DAYS_A_YEAR


def is_new(target: Target, known: Known) -> bool:
    """Whether no figure of a row's series was known; a ratio of a known series is not new."""
    return all(target.series != other.series for other in known.targets)


def misses(ensembles: Sequence[Ensemble], known: Known, targets: Sequence[Target]) -> list[Miss]:
    """Errors of the earlier origins' forecasts of rows that are known now and were not then."""
    found = []
    for ensemble in ensembles:
        if ensemble.origin >= known.origin:
            continue
        then = ensemble.saw(targets)
        for target in known.targets:
            if target.end <= ensemble.origin or target.id not in ensemble.ids:
                continue
            values = scaled(target, ensemble.output(target.id))
            there = np.isfinite(values)  # a ratio has no number where a member's series starts at zero
            if not there.any():
                continue
            values, weight = values[there], ensemble.weight[there] / ensemble.weight[there].sum()
            middle = float(weighted_quantile(values, weight, 0.5))
            spread = float(weight @ (values - weight @ values) ** 2)
            tau = float(ensemble.weight @ ensemble.tau**2)
            variance = spread + tau + sd_of(target) ** 2
            years = years_ahead(target, ensemble.origin)
            error = middle - centre_of(target)
            found.append(Miss(target.id, ensemble.origin, error, years, is_new(target, then), variance))
    return found


def learn(found: Sequence[Miss]) -> Reach:
    """Posterior means of growth and novelty from forecasts that could be judged, ASSUMED where those are less.

    Errors are Student's t with the foreseen variance plus (growth x years)^2 plus novelty^2 for a new series.
    """
    growth, novelty = np.meshgrid(GRID, GRID, indexing="ij")
    log_density = -0.5 * (growth**2 + novelty**2) / PRIOR_SCALE**2
    for miss in found:
        variance = miss.variance + (growth * miss.years) ** 2 + novelty**2 * miss.new
        log_density = log_density - 0.5 * np.log(variance)
        log_density = log_density - 0.5 * (FREEDOM + 1.0) * np.log1p(miss.error**2 / variance / FREEDOM)
    density = np.exp(log_density - log_density.max())
    density = density / density.sum()
    return Reach(max(float((growth * density).sum()), ASSUMED), max(float((novelty * density).sum()), ASSUMED))


def reach_at(ensembles: Sequence[Ensemble], origin: date, targets: Sequence[Target]) -> Reach:
    """The scales as they could be known on an origin."""
    return learn(misses(ensembles, known_at(origin, targets), targets))


def scaled(target: Target, values: Floats) -> Floats:
    """Members' values on the scale of the fit; one below a hundredth of the disclosed counts as a hundredth."""
    return np.array([on_scale(target, value) for value in values.tolist()])
