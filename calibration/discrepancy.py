"""How far a member's path is off what is disclosed: a process that returns to zero, by family of series.

On the scale of log10, with x a member's value for figure i and y the disclosed one,

    y_i = x_i + d(t_i) + e_i,    e_i ~ N(0, b_i^2),    cov(d(t), d(u)) = s^2 exp(-|t - u| / L):

d is an Ornstein-Uhlenbeck process of its own for every series, b_i the error of the disclosure. A ratio between two
dates has d(end) - d(start) instead of d. Scale s (decades) and length L (years) belong to a family. The spread k is one
for all, since members differ by one prior: their values x_i are drawn towards their median, or away from it, by this
factor before they enter (Gneiting and others 2005, on ensemble model output statistics).

A forecast is anchored to the known figure a of the same series that is nearest in time, as a rule the last one. With
K = cov + b^2 for the pair (a, i) and m = y_a - x_a the member's own miss there,

    y_i = x_i + w m + r T,    w = K_ai / K_aa,    r^2 = (K_ii - w K_ai) (F + m^2 / K_aa) / (F + 1),

where T is Student's t with F + 1 degrees of freedom. These are the conditional moments of a multivariate t with F
degrees (Shah, Wilson and Ghahramani 2014). A series without a known figure has w = 0, r^2 = K_ii and F degrees: it is
off by the stationary scale.

s, L and k are learnt from forecasts that could be judged: every ensemble of an earlier origin forecast, by the same
rule, figures that had become public by the current origin. Each figure counts once, however many origins forecast it.
The prior of s is log-normal around what the fit itself found on the rows that it saw (the root mean square of `tau`),
a factor of two either way; that of L around a year and that of k around one, as wide. Nothing published after an
origin enters its processes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import gamma

from calibration.ensemble import Ensemble
from calibration.families import FAMILIES, OTHER, family_of
from calibration.information import BAND_SD, centre_of, is_linear, known_at, sd_of
from calibration.targets import Target

Floats = NDArray[np.float64]
Times = tuple[tuple[float, float], ...]

DAYS_A_YEAR = 365.25
# Degrees of freedom: one figure in twenty is off by more than 2.8 scales.
FREEDOM = 4.0
# Priors: log-normal, this standard deviation of the natural logarithm; length in years.
PRIOR_SPREAD = float(np.log(2.0))
LENGTH = 1.0
SCALES = np.geomspace(0.005, 2.0, 31)
LENGTHS = np.array([0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
SPREADS = np.geomspace(0.125, 8.0, 19)
# Precisions of the normals that make up Student's t (right to six digits within six scales), and the least density.
PRECISIONS = np.exp(np.arange(-8.0, 2.6, 0.5))
TINY = 1e-300
# Standard deviation of a disclosure's error where no figure of the family is known: a tenth either way in 90%.
DISCLOSURE = 0.025
# A member's value counts as at least this share of the ensemble's median: nothing at all has no logarithm.
LEAST_SHARE, LEAST = 0.01, 1e-9


@dataclass(frozen=True, slots=True)
class Process:
    """Of a family: scale (decades) and length (years) of its discrepancy, the error of its disclosures (decades).

    `spread` is the factor by which members' distances from their median count, in decades; families share it.
    """

    scale: float
    length: float
    disclosure: float
    spread: float = 1.0

    def drawn(self, values: Floats) -> Floats:
        """Members' values (n,), in decades, with their distances from the median times `spread`; NaN stays."""
        middle = np.nanmedian(values)
        return np.asarray(middle + self.spread * (values - middle), dtype=np.float64)

    def covariance(self, one: Times, other: Times) -> float:
        """Covariance of the discrepancies of two figures."""
        return float(_covariance(one, other, np.asarray(self.scale), np.asarray(self.length)))


Processes = Mapping[str, Process]


@dataclass(frozen=True, slots=True)
class Miss:
    """A forecast that could be judged: the moments (mean, variance) of members' misses at the figure and the anchor.

    `error`, `variance` are those of y - x at the figure; with an `anchor`, `anchor_error`, `anchor_variance` those at
    it and `covariance` the one between the two. `noise`, `anchor_noise` are variances of the disclosures.
    """

    target: str
    family: str
    times: Times
    error: float
    variance: float
    noise: float
    anchor: Times = ()
    anchor_error: float = 0.0
    anchor_variance: float = 0.0
    covariance: float = 0.0
    anchor_noise: float = 0.0


def years_ahead(target: Target, origin: date) -> float:
    """Years from the origin to the end of a row's window; negative for a window that was over."""
    return (target.end - origin).days / DAYS_A_YEAR


def times_of(target: Target) -> Times:
    """When the discrepancy counts: (year, sign) of the middle of the window, or of both dates of a ratio."""
    days = [day.toordinal() / DAYS_A_YEAR for day in (target.start, target.end)]
    if target.statistic == "ratio":
        return ((days[1], 1.0), (days[0], -1.0))
    return ((days[1] if target.statistic == "level" else sum(days) / 2.0, 1.0),)


def anchor_of(series: tuple[str, str, str], when: float, known: Sequence[Target]) -> Target | None:
    """The known figure of a series that is nearest to a time (years), the later of two; None where there is none."""
    mine = [row for row in known if row.series == series and row.value > 0.0]
    return min(mine, key=lambda row: (abs(times_of(row)[0][0] - when), -row.end.toordinal()), default=None)


def decades(values: Floats) -> Floats:
    """log10 of members' values (n,), each at least a hundredth of their median; NaN stays."""
    positive = values[values > 0.0]
    least = LEAST_SHARE * float(np.median(positive)) if len(positive) else LEAST
    return np.asarray(np.log10(np.maximum(values, max(least, LEAST))), dtype=np.float64)


def noise_of(target: Target) -> float:
    """Variance of the error of a known figure's disclosure, in decades squared: its band is a central 90%."""
    if is_linear(target):  # the band reaches zero: its upper half tells
        return float((2.0 * np.log10(target.high / target.value) / BAND_SD) ** 2)
    return sd_of(target) ** 2


def disclosed(target: Target) -> float:
    """What a figure says, in decades: its value, or the middle of a band that it only bounds."""
    return float(np.log10(target.value)) if is_linear(target) else centre_of(target)


def processes_at(ensembles: Sequence[Ensemble], day: date, targets: Sequence[Target]) -> Processes:
    """The process of every family as it could be known on a day not before the first origin."""
    now = max((one for one in ensembles if one.origin <= day), key=lambda one: one.origin)
    known = [row for row in known_at(day, targets).targets if row.value > 0.0]
    prior = float(np.sqrt(np.average(now.tau**2, weights=now.weight)))
    found = misses([one for one in ensembles if one.origin < day], known)
    families = (*FAMILIES, OTHER)
    by_family = {family: [miss for miss in found if miss.family == family] for family in families}
    return learn(by_family, prior, {family: _disclosure(family, known) for family in families})


def misses(earlier: Sequence[Ensemble], known: Sequence[Target]) -> list[Miss]:
    """What earlier ensembles got wrong in figures that were not public then and are known now."""
    found = []
    for ensemble in earlier:
        then = known_at(ensemble.origin, known).targets
        for target in known:
            if target not in then and target.id in ensemble.ids and target.id not in ensemble.provenance["fitted"]:
                found += _miss(target, ensemble, then)
    return found


def _miss(target: Target, ensemble: Ensemble, then: Sequence[Target]) -> list[Miss]:
    off = _off(target, ensemble)
    times = times_of(target)
    anchor = anchor_of(target.series, times[0][0], then)
    at = np.zeros(len(off)) if anchor is None else _off(anchor, ensemble)
    there = np.isfinite(off) & np.isfinite(at)
    if not there.any():
        return []
    off, at, weight = off[there], at[there], ensemble.weight[there] / ensemble.weight[there].sum()
    error, anchor_error = float(weight @ off), float(weight @ at)
    first = Miss(target.id, family_of(target.observable), times, error, float(weight @ (off - error) ** 2),
                 noise_of(target))  # fmt: skip
    if anchor is None:
        return [first]
    both = float(weight @ ((off - error) * (at - anchor_error)))
    spread = float(weight @ (at - anchor_error) ** 2)
    return [Miss(first.target, first.family, times, error, first.variance, first.noise, times_of(anchor),
                 anchor_error, spread, both, noise_of(anchor))]  # fmt: skip


def _off(target: Target, ensemble: Ensemble) -> Floats:
    """What a known figure is above the members' values, (n,) decades."""
    return disclosed(target) - decades(ensemble.output(target.id))


def learn(found: Mapping[str, Sequence[Miss]], prior: float, disclosures: Mapping[str, float]) -> Processes:
    """The process of every family from its misses: posterior means of logarithms on a grid; the spread is one for all.

    disclosures: the error of a disclosure by family, in decades.
    """
    densities = {family: _log_posterior(mine, prior) for family, mine in found.items()}
    # What a family says of the spread, whatever its scale and length.
    told = {family: logsumexp(density, axis=(0, 1)) for family, density in densities.items()}
    of_spread = -0.5 * (np.log(SPREADS) / PRIOR_SPREAD) ** 2 + np.sum(list(told.values()), axis=0)
    spread = _middle(SPREADS, np.exp(of_spread - of_spread.max()))
    learnt = {}
    for family, density in densities.items():
        weight = np.exp(density - told[family] + of_spread - of_spread.max())
        scale, length = _middle(SCALES, weight.sum(axis=(1, 2))), _middle(LENGTHS, weight.sum(axis=(0, 2)))
        learnt[family] = Process(scale, length, disclosures[family], spread)
    return learnt


def _log_posterior(found: Sequence[Miss], prior: float) -> Floats:
    """Log density over (SCALES, LENGTHS, SPREADS) of a family's misses, with the priors of scale and length."""
    axes = np.meshgrid(SCALES, LENGTHS, SPREADS, indexing="ij")
    density: Floats = np.zeros(axes[0].shape)
    for axis, middle in zip(axes[:2], (max(prior, SCALES[0]), LENGTH), strict=True):
        density = density - 0.5 * (np.log(axis / middle) / PRIOR_SPREAD) ** 2
    times = Counter(miss.target for miss in found)
    for miss in found:
        density = density + log_density(miss, *axes) / times[miss.target]
    return density


def _middle(grid: Floats, weight: Floats) -> float:
    """Return the mean of the logarithm over a grid, as a value."""
    return float(np.exp((weight * np.log(grid)).sum() / weight.sum()))


def log_density(miss: Miss, scale: Floats, length: Floats, spread: Floats) -> Floats:
    """Log density of a miss under processes: Student's t of each member's forecast, and the members' normal spread."""
    ahead = _covariance(miss.times, miss.times, scale, length) + miss.noise
    error, members, freedom = np.asarray(miss.error), np.asarray(miss.variance), FREEDOM
    if miss.anchor:
        here = _covariance(miss.anchor, miss.anchor, scale, length) + miss.anchor_noise
        both = _covariance(miss.anchor, miss.times, scale, length)
        w = both / here
        error = miss.error - w * miss.anchor_error
        members = np.maximum(miss.variance - 2.0 * w * miss.covariance + w**2 * miss.anchor_variance, 0.0)
        squared = miss.anchor_error**2 + spread**2 * miss.anchor_variance
        ahead, freedom = (ahead - w * both) * (FREEDOM + squared / here) / (FREEDOM + 1.0), FREEDOM + 1.0
    # Student's t is a normal whose precision is gamma distributed: the normal of the members' spread adds to each.
    total: Floats = np.zeros(np.broadcast_shapes(np.shape(ahead), np.shape(spread)))
    for node, weight in zip(*_precisions(freedom), strict=True):
        variance = ahead / node + spread**2 * members
        total += weight * np.exp(-0.5 * error**2 / variance) / np.sqrt(variance)
    return np.asarray(np.log(np.maximum(total, TINY)))


@cache
def _precisions(freedom: float) -> tuple[list[float], list[float]]:
    """Precisions of normals, and their weights, that are Student's t together: a sum over the logarithm."""
    weights = gamma.pdf(PRECISIONS, 0.5 * freedom, scale=2.0 / freedom) * PRECISIONS
    return PRECISIONS.tolist(), (weights / weights.sum()).tolist()


def _covariance(one: Times, other: Times, scale: Floats, length: Floats) -> Floats:
    """Covariance of the discrepancies of two figures: s^2 exp(-|t - u| / L), over all pairs of their times."""
    parts = [a * b * scale**2 * np.exp(-abs(t - u) / length) for t, a in one for u, b in other]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def _disclosure(family: str, known: Sequence[Target]) -> float:
    """The median error of known disclosures of a family (decades), of all known ones where it has none."""
    mine = [row for row in known if family_of(row.observable) == family] or known
    return float(np.median([np.sqrt(noise_of(row)) for row in mine])) if mine else DISCLOSURE
