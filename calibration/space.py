"""Free parameters: the interval each may move in, its prior, and coordinates in which every prior is a standard normal.

A parameter's interval is the central 90% of its prior on the parameter's own scale (logarithmic, logistic or linear),
cut at the hard bounds of the parameter table. Of RANGED parameters the bounds are the interval.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri

from calibration.csv_table import csv_text
from calibration.store.jobs import Overrides
from calibration.store.sealed_files import check_sum
from model import JevonsError, Parameters, write_atomically

Floats = NDArray[np.float64]
Scale = Literal["log", "logit", "linear"]
# From a parameter's value to its scale, and back.
SCALES: Mapping[Scale, tuple[Any, Any]] = {
    "log": (np.log, np.exp),
    "logit": (logit, expit),
    "linear": (np.asarray, np.asarray),
}

PRIOR_PATH = Path(__file__).parent / "data" / "prior.csv"
EVIDENCE_PATH = Path(__file__).parent / "data" / "evidence.csv"
# Half of a central 90% interval of a normal, in standard deviations.
HALF_90 = 1.6448536269514722
# Beyond this many standard deviations nothing is drawn.
REACH = 3.5
# A widened interval reaches beyond the default by this share of its half width, so that rounding cannot leave it out.
MARGIN = 1e-3

# How far a parameter may lie from its default, by the quality of its source: a factor, or for yearly growth ratios
# (whose effect compounds over six years) a factor of the ratio.
SPREADS = {"measured": 1.25, "reported": 1.4, "stated": 1.6, "choice": 2.0}
GROWTH_SPREADS = {"measured": 1.1, "reported": 1.15, "stated": 1.2, "choice": 1.25}
# Of a parameter that may be negative: the share of the width of its hard bounds.
LINEAR_SPREADS = {"measured": 0.02, "reported": 0.04, "stated": 0.06, "choice": 0.08}

# Levers of scenarios: nothing that is known of the past tells them. All factors are one in the baseline.
LEVERS = ("capacity_factor", "price_factor", "budget_factor", "consumer_value_factor", "developer_value_factor",
          "enterprise_value_factor", "clearing_response", "output_factor", "outside_value_factor",
          "credit")  # fmt: skip
# Fields of profiles that are choices, though the profile's source measures others of its fields.
CHOSEN = ("reach", "developer_reach", "coding_reach", "enterprise_reach", "value_usd", "difficulty_mean",
          "serving_share_at_start", "capability_at_start", "surface_queries_per_week", "parent_share")  # fmt: skip
# Parameters of metered work, sizes and prices whose bounds in the table are the range of their prior, on the scale that
# its column `prior` names (docs/model.md has their tables): a group, a field of every workload, or one parameter.
RANGED = (
    "metered",
    "workload.top_value", "workload.quality_weight",
    "labs.best_size_at_start", "labs.size_growth", "labs.size_curvature", "labs.least_size",
    "labs.gpt4_gpu_hours_per_mtok", "labs.software_growth_per_year", "labs.perceived_substitution",
    "labs.market_elasticity", "labs.comfortable_load", "labs.shadow_speed", "labs.menu_cost",
    "developers.vendor_sales_per_token_usd", "developers.entry_usd_per_app_year", "developers.crowding",
    "enterprises.budget_at_start_usd_per_employee", "enterprises.growth_per_gain", "enterprises.wage_usd_per_year",
)  # fmt: skip
# Fields of workloads that only those paid by the token read.
METERED_FIELDS = ("top_value", "quality_weight", "wage_bill_usd_per_year", "committed_share")


@dataclass(frozen=True, slots=True)
class Free:
    """One parameter that may move: `low` to `high` is the central 90% of its prior, `floor` to `roof` hard bounds."""

    path: str
    scale: Scale
    low: float
    high: float
    floor: float
    roof: float
    source: str

    def to_scale(self, value: Any) -> Any:
        """Return values on the parameter's scale."""
        return SCALES[self.scale][0](value)

    def from_scale(self, value: Any) -> Any:
        """Return values of the parameter from those on its scale."""
        return SCALES[self.scale][1](value)

    @property
    def middle(self) -> float:
        """Mean of the prior on the parameter's scale, before it is cut."""
        return 0.5 * float(self.to_scale(self.low) + self.to_scale(self.high))

    @property
    def spread(self) -> float:
        """Standard deviation of the prior on the parameter's scale, before it is cut."""
        return 0.5 * float(self.to_scale(self.high) - self.to_scale(self.low)) / HALF_90


@dataclass(frozen=True)
class Space:
    """The free parameters in order."""

    free: tuple[Free, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(one.path for one in self.free)

    def __len__(self) -> int:
        """How many parameters are free."""
        return len(self.free)

    def values(self, z: Floats) -> Floats:
        """Parameter values (n, d) at coordinates z (n, d); the coordinates' prior is the standard normal."""
        z = np.atleast_2d(z)
        columns = [_value(one, z[:, i]) for i, one in enumerate(self.free)]
        return np.stack(columns, axis=1) if columns else np.empty((len(z), 0))

    def overrides(self, z: Floats) -> list[Overrides]:
        """One set of overrides a row of z (n, d), rounded to seven digits so that text holds them exactly."""
        rows = self.values(z).tolist()
        return [tuple((p, float(f"{v:.7g}")) for p, v in zip(self.paths, row, strict=True)) for row in rows]

    def coordinates(self, values: Floats) -> Floats:
        """Coordinates z (n, d) of parameter values (n, d); the inverse of `values`."""
        values = np.atleast_2d(values)
        return np.stack([_coordinate(one, values[:, i]) for i, one in enumerate(self.free)], axis=1)


def load_space(path: Path | None = None) -> Space:
    """Every parameter with a prior, as the file of priors has it.

    Intervals are read, not derived again: the prior stays what it was when the baseline's defaults are fitted. Raises
    JevonsError where the file is missing or damaged, or where it and the model do not have the same parameters.
    """
    file = path or PRIOR_PATH
    again = "write it again with `python -m calibration.space`"
    if not file.is_file():
        raise JevonsError(f"{file} does not exist: {again}")
    check_sum(file)
    written, able = _written(file), {one.path: one for one in candidates(file)}
    if odd := sorted(written.keys() ^ able.keys()):
        why = "is not a parameter that may move" if odd[0] in written else "has no prior there"
        raise JevonsError(f"{file}: {odd[0]} {why}; {again}, which keeps the priors of all others")
    return Space(tuple(replace(able[name], **prior) for name, prior in written.items()))


def candidates(path: Path | None = None) -> tuple[Free, ...]:
    """Every parameter of the table that could move: not whole, not zero, with a prior, and no lever of scenarios.

    The prior of a parameter that is in the file of priors stays what it is there, but for its width: where today's
    default lies outside the interval, the interval is widened on both sides until it contains the default.
    """
    confidence, parameters, file = _confidence(), Parameters.load(), path or PRIOR_PATH
    unread = {
        f"workload.{name}.{field}"
        for name, workload in parameters.workload.items()
        for field in METERED_FIELDS
        if workload.payer != "metered"
    }
    written = _written(file) if file.is_file() else {}
    rows = (row for row in parameters.table().itertuples(index=False) if row.name not in unread)
    able = ((free, cast(float, row.default)) for row in rows if (free := _candidate(row, confidence)) is not None)
    return tuple(_containing(replace(one, **written.get(one.path, {})), default, one.scale) for one, default in able)


def _written(file: Path) -> dict[str, dict[str, Any]]:
    """Return scale, low, high and source of each parameter in a file of priors."""
    with file.open(newline="", encoding="utf-8") as handle:
        return {
            row["path"]: {
                "scale": row["scale"],
                "low": float(row["low"]),
                "high": float(row["high"]),
                "source": row["source"],
            }
            for row in csv.DictReader(handle)
        }


def _containing(free: Free, default: float, other: Scale) -> Free:
    """Return the same prior, its interval widened around its middle where it does not contain the default.

    A default that is not on the prior's scale, such as a share of one, takes the prior to the scale `other`.
    """
    if free.low <= default <= free.high:
        return free
    if (free.scale == "logit" and default >= 1.0) or (free.scale != "linear" and default <= 0.0):
        free = replace(free, scale=other)
    half = (1.0 + MARGIN) * abs(float(free.to_scale(default)) - free.middle)
    low, high = (float(free.from_scale(free.middle + step)) for step in (-half, half))
    return replace(free, low=max(low, free.floor), high=min(high, free.roof))


def prior_csv(space: Sequence[Free]) -> str:
    """Return priors as CSV text, one row a parameter."""
    table = pd.DataFrame([asdict(one) for one in space])[["path", "scale", "low", "high", "source"]]
    return csv_text(table, {"low": ".5g", "high": ".5g"})


def _candidate(row: Any, confidence: Mapping[str, str]) -> Free | None:
    value, field = row.default, row.name.rpartition(".")[2]
    ends = [float("nan") if end is None else float(end) for end in (row.low, row.high)]
    bounded = bool(np.isfinite(ends).all())
    lever = field in LEVERS
    if row.prior == "fixed" or not isinstance(value, float) or value == 0.0 or lever or not bounded:
        return None
    low, high = ends
    group = row.name.partition(".")[0]
    if group in RANGED or f"{group}.{field}" in RANGED:
        scale: Scale = "linear" if row.prior == "uniform" else "log"
        return Free(row.name, scale, low, high, low, high, row.source)
    grade = "choice" if field in CHOSEN else _grade(row.source, confidence)
    if low < 0.0 or value < 0.0:
        step = LINEAR_SPREADS[grade] * (high - low)
        return Free(row.name, "linear", max(value - step, low), min(value + step, high), low, high, row.source)
    if (low, high) == (0.0, 1.0) and 0.0 < value < 1.0:
        # On the logistic scale a factor of the odds.
        width = np.log(SPREADS[grade])
        near, far = expit(logit(value) + np.array([-width, width])).tolist()
        return Free(row.name, "logit", near, far, low, high, row.source)
    factor = (GROWTH_SPREADS if row.unit == "ratio/year" else SPREADS)[grade]
    return Free(row.name, "log", max(value / factor, low), min(value * factor, high), low, high, row.source)


def _grade(source: str, confidence: Mapping[str, str]) -> str:
    """How well a source knows a value: the best of the evidence it cites, a figure of the brief, or a choice."""
    grades = [confidence.get(name, "") for name in re.findall(r"E\d+", source)]
    if "high" in grades:
        return "measured"
    if grades:
        return "reported"
    return "stated" if re.search(r"F\d+|brief|docs", source) else "choice"


def _confidence() -> dict[str, str]:
    with EVIDENCE_PATH.open(newline="", encoding="utf-8") as handle:
        return {row["id"]: row["confidence"] for row in csv.DictReader(handle)}


def _cut(free: Free) -> tuple[float, float]:
    """Probabilities of the uncut prior at the hard bounds."""
    with np.errstate(divide="ignore"):
        edges = (free.to_scale(np.array([free.floor, free.roof])) - free.middle) / free.spread
    return float(ndtr(max(edges[0], -REACH))), float(ndtr(min(edges[1], REACH)))


def _value(free: Free, z: Floats) -> Floats:
    below, above = _cut(free)
    inner = ndtri(below + (above - below) * ndtr(z))
    value = free.from_scale(free.middle + free.spread * inner)
    return np.asarray(np.clip(value, free.floor, free.roof), dtype=np.float64)


def _coordinate(free: Free, value: Floats) -> Floats:
    below, above = _cut(free)
    with np.errstate(divide="ignore"):
        inner = ndtr((free.to_scale(value) - free.middle) / free.spread)
    share = np.clip((inner - below) / (above - below), ndtr(-8.0), ndtr(8.0))
    return np.asarray(ndtri(share), dtype=np.float64)


def renew(path: Path | None = None) -> list[str]:
    """Write the file of priors again and say what changed, a line a parameter.

    Rows of new parameters are added around their defaults, those of parameters that went are removed, and intervals
    without the default are widened. Other rows stay as they are: to derive a prior anew, delete its row first.
    """
    file = path or PRIOR_PATH
    before, after = (_written(file) if file.is_file() else {}), candidates(file)
    said = [f"removed {name}" for name in before if name not in {one.path for one in after}]
    for one in after:
        was, now = before.get(one.path), f"{one.scale} {one.low:.5g} to {one.high:.5g}"
        if was is None:
            said.append(f"added {one.path}: {now}")
        elif (was["low"], was["high"]) != (one.low, one.high):
            said.append(f"widened {one.path}: {was['scale']} {was['low']:.5g} to {was['high']:.5g} is now {now}")
    write_atomically(file, prior_csv(after), overwrite=True)
    return said


if __name__ == "__main__":
    print("\n".join(renew()) or "nothing changed")  # noqa: T201 - the module is run to say it
