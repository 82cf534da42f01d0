"""Distributions of uncertain parameters, as maps from the unit interval: what samplers draw becomes values."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import JevonsError

Floats = NDArray[np.float64]

PRIOR = "prior"
# What each distribution is described by; low and high cut (log)normal ones, by default at the parameter's bounds.
KEYS: Mapping[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "choice": ("values",),
}
# A lognormal prior has its median at the default and the nearer bound two standard deviations of the logarithm away.
PRIOR_SDS = 2.0
# No number of a design is as large; a whole number beyond it might not even fit a float.
HUGE = 1e300


class DesignError(JevonsError):
    """A design that cannot be run as it is."""


def check_choice(value: Any, what: str, allowed: Iterable[str]) -> None:
    """Check that `value` is one of the names `allowed`; raises `DesignError`."""
    names = tuple(allowed)
    if value not in names:  # not a look-up in a mapping: the value may be a list or a table
        raise DesignError(f"{what} = {value!r}: there are {', '.join(names)}")


@dataclass(frozen=True)
class Declared:
    """What the parameter table says of one parameter; `whole` for a whole number."""

    path: str
    default: float
    low: float | None
    high: float | None
    prior: str
    whole: bool


@dataclass(frozen=True)
class Distribution:
    """One uncertain parameter: `kind` and its numbers, cut off at `low` and `high`; for a choice the `values`."""

    path: str
    kind: str
    low: float
    high: float
    centre: float = math.nan
    spread: float = math.nan
    values: tuple[Any, ...] = ()
    whole: bool = False

    def at(self, unit: Floats) -> list[Any]:
        """Return the values at quantiles `unit` (n,), each in [0, 1]; whole numbers are rounded."""
        if self.kind == "choice":
            count = len(self.values)
            return [self.values[min(int(u * count), count - 1)] for u in unit.tolist()]
        values = np.clip(self._quantile(unit), self.low, self.high)
        found: list[Any] = np.rint(values).astype(np.int64).tolist() if self.whole else values.tolist()
        return found

    def _quantile(self, unit: Floats) -> Floats:
        if self.kind == "uniform":
            return self.low + unit * (self.high - self.low)
        if self.kind == "loguniform":
            return np.asarray(np.exp(np.log(self.low) + unit * (np.log(self.high) - np.log(self.low))))
        from scipy.special import ndtr, ndtri

        log = self.kind == "lognormal"
        ends = np.array([self.low, self.high])
        with np.errstate(divide="ignore"):
            first, last = ndtr(((np.log(ends) if log else ends) - self._middle()) / self.spread)
        normal = self._middle() + self.spread * ndtri(first + unit * (last - first))
        return np.asarray(np.exp(normal) if log else normal)

    def _middle(self) -> float:
        return math.log(self.centre) if self.kind == "lognormal" else self.centre

    def describe(self) -> dict[str, Any]:
        """Return the distribution as it could be written in a design, every number stated."""
        if self.kind == "choice":
            return {"distribution": self.kind, "values": list(self.values)}
        middle = {} if math.isnan(self.centre) else dict(zip(KEYS[self.kind], (self.centre, self.spread), strict=True))
        return {"distribution": self.kind, **middle, "low": self.low, "high": self.high}


def read_distribution(given: Any, declared: Declared) -> Distribution:
    """Read a distribution: "prior", [low, high] for a uniform one, or a table with the key `distribution`.

    Raises `DesignError`: one line with the parameter, what is wrong and what is allowed.
    """
    if given == PRIOR:
        return prior(declared)
    if isinstance(given, list):
        if len(given) != 2:
            raise DesignError(f"uncertainty {declared.path} = {given!r}: a range is [low, high]")
        given = {"distribution": "uniform", "low": given[0], "high": given[1]}
    if not isinstance(given, Mapping):
        raise DesignError(
            f'uncertainty {declared.path} = {given!r} is not allowed: write "prior", [low, high] or '
            f'{{ distribution = "...", ... }} with one of {", ".join(KEYS)}'
        )
    kind = given.get("distribution", "uniform")
    check_choice(kind, f"uncertainty {declared.path}: distribution", KEYS)
    return _read_kind(kind, dict(given), declared)


def prior(declared: Declared) -> Distribution:
    """Return the prior of the parameter table, within the parameter's bounds.

    Where a bound does not serve (zero, for a loguniform one) it is placed symmetrically about the default. Raises
    `DesignError` where the table has none.
    """
    path, kind, low, high = declared.path, declared.prior, declared.low, declared.high
    if kind == "fixed" or low is None or high is None:
        raise DesignError(f"uncertainty {path}: the parameter table has no prior for it; state a distribution")
    if kind == "loguniform" and low <= 0.0:
        low = declared.default**2 / high  # as far below the default as the upper bound is above it
    if kind == "normal":
        spread = (high - low) / (2.0 * PRIOR_SDS)
        return Distribution(path, kind, low, high, declared.default, spread, whole=declared.whole)
    if kind == "lognormal":
        ratios = [high / declared.default, *([declared.default / low] if low > 0.0 else [])]
        away = [math.log(ratio) for ratio in ratios if ratio > 1.0]
        spread = min(away) / PRIOR_SDS
        return Distribution(path, kind, low, high, declared.default, spread, whole=declared.whole)
    return Distribution(path, kind, low, high, whole=declared.whole)


def _read_kind(kind: str, given: dict[str, Any], declared: Declared) -> Distribution:
    path, needed = declared.path, KEYS[kind]
    _check_keys(kind, given, path)
    if kind == "choice":
        return _read_choice(given["values"], declared)
    number = {
        key: _number(value, f"uncertainty {path}: {key}") for key, value in given.items() if key != "distribution"
    }
    low, high = _range(number, declared)
    if kind in ("uniform", "loguniform"):
        if kind == "loguniform" and low <= 0.0:
            raise DesignError(f"uncertainty {path}: low = {low:g}: a {kind} distribution lies above zero")
        return Distribution(path, kind, low, high, whole=declared.whole)
    centre, spread = number[needed[0]], number[needed[1]]
    if spread <= 0.0:
        raise DesignError(f"uncertainty {path}: {needed[1]} = {spread:g}: it must be above zero")
    if not low <= centre <= high:
        raise DesignError(f"uncertainty {path}: {needed[0]} = {centre:g} lies outside {low:g} to {high:g}")
    if kind == "lognormal" and centre <= 0.0:
        raise DesignError(f"uncertainty {path}: median = {centre:g}: a lognormal distribution lies above zero")
    return Distribution(
        path, kind, max(low, 0.0) if kind == "lognormal" else low, high, centre, spread, (), declared.whole
    )


def _check_keys(kind: str, given: Mapping[str, Any], path: str) -> None:
    optional = ("low", "high") if kind in ("normal", "lognormal") else ()
    for key in given:
        if key not in ("distribution", *KEYS[kind], *optional):
            allowed = ", ".join((*KEYS[kind], *optional))
            raise DesignError(f"uncertainty {path}: {key}: a {kind} distribution has {allowed}")
    for key in KEYS[kind]:
        if key not in given:
            raise DesignError(f"uncertainty {path}: a {kind} distribution needs {', '.join(KEYS[kind])}")


def _range(number: Mapping[str, float], declared: Declared) -> tuple[float, float]:
    """Return the ends of a distribution, by default the parameter's bounds; refuses an empty range."""
    low, high = number.get("low", declared.low), number.get("high", declared.high)
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    if low >= high:
        raise DesignError(
            f"uncertainty {declared.path}: the range {low:g} to {high:g} is empty: low must be below high"
        )
    _check_inside(low, declared, "low")
    _check_inside(high, declared, "high")
    return low, high


def _read_choice(values: Any, declared: Declared) -> Distribution:
    if not isinstance(values, list) or not values:
        raise DesignError(
            f"uncertainty {declared.path}: values = {values!r}: a choice needs a list of at least one value"
        )
    return Distribution(declared.path, "choice", math.nan, math.nan, values=tuple(values), whole=declared.whole)


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < HUGE:
        raise DesignError(f"{what} = {value!r} is not a finite number")
    return float(value)


def _check_inside(value: float, declared: Declared, what: str) -> None:
    low = -math.inf if declared.low is None else declared.low
    high = math.inf if declared.high is None else declared.high
    if not low <= value <= high:
        raise DesignError(
            f"uncertainty {declared.path}: {what} = {value:g} lies outside the parameter's bounds, {low:g} to {high:g}"
        )
