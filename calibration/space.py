"""Free parameters: the interval each may move in, its prior, and coordinates in which every prior is a standard normal.

A parameter's interval is the central 90% of its prior on the parameter's own scale (logarithmic, logistic or linear),
cut at the hard bounds of the parameter table. Of RANGED parameters the bounds are the interval.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri

from calibration.store.jobs import Overrides
from calibration.store.sealed_files import check_sum
from model import JevonsError, Parameters

Floats = NDArray[np.float64]
Scale = Literal["log", "logit", "linear"]
# From a parameter's value to its scale, and back.
SCALES: Mapping[Scale, tuple[Any, Any]] = {
    "log": (np.log, np.exp),
    "logit": (logit, expit),
    "linear": (np.asarray, np.asarray),
}

FREE_PATH = Path(__file__).parent / "data" / "free.csv"
EVIDENCE_PATH = Path(__file__).parent / "data" / "evidence.csv"
# Half of a central 90% interval of a normal, in standard deviations.
HALF_90 = 1.6448536269514722
# Beyond this many standard deviations nothing is drawn.
REACH = 3.5

# How far a parameter may lie from its default, by the quality of its source: a factor, or for yearly growth ratios
# (whose effect compounds over six years) a factor of the ratio.
SPREADS = {"measured": 1.25, "reported": 1.4, "stated": 1.6, "choice": 2.0}
GROWTH_SPREADS = {"measured": 1.1, "reported": 1.15, "stated": 1.2, "choice": 1.25}
# Of a parameter that may be negative: the share of the width of its hard bounds.
LINEAR_SPREADS = {"measured": 0.02, "reported": 0.04, "stated": 0.06, "choice": 0.08}

# Levers of scenarios: one by definition in the baseline.
LEVERS = ("capacity_factor", "price_factor", "budget_factor", "consumer_value_factor", "developer_value_factor",
          "enterprise_value_factor", "clearing_response")  # fmt: skip
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
    """One parameter that may move: `low` to `high` is the central 90% of its prior, `floor` to `roof` hard bounds.

    `value` is what it is where it does not move.
    """

    path: str
    scale: Scale
    low: float
    high: float
    floor: float
    roof: float
    source: str
    value: float

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
    """The free parameters in order, and the values of those that are held at other values than the baseline's."""

    free: tuple[Free, ...]
    held: Overrides = ()

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
        free = [tuple((p, float(f"{v:.7g}")) for p, v in zip(self.paths, row, strict=True)) for row in rows]
        return [(*one, *self.held) for one in free]

    def coordinates(self, values: Floats) -> Floats:
        """Coordinates z (n, d) of parameter values (n, d); the inverse of `values`."""
        values = np.atleast_2d(values)
        return np.stack([_coordinate(one, values[:, i]) for i, one in enumerate(self.free)], axis=1)


def load_space(path: Path | None = None) -> Space:
    """The free parameters that the screening kept, and what the others were then.

    Intervals and values are read, not derived again: the prior stays what it was when the baseline's defaults are
    fitted to later figures. Raises JevonsError where the file is missing, damaged, or names a parameter that the model
    no longer has.
    """
    file = path or FREE_PATH
    if not file.is_file():
        raise JevonsError(f"{file} does not exist: make it with `jevons calibrate --screen`")
    check_sum(file)
    table = Parameters.load().table().set_index("name")
    frozen = _frozen(file, table)
    gone = sorted(frozen.keys() - set(table.index))
    if gone:
        raise JevonsError(f"{file}: the model has no {gone[0]}; screen again: `jevons calibrate --screen`")
    free = tuple(one for one, kept in frozen.values() if kept)
    if not free:
        raise JevonsError(f"{file} keeps no parameter: make it again with `jevons calibrate --screen`")
    left = (one for one, kept in frozen.values() if not kept)
    return Space(free, tuple((one.path, one.value) for one in left if one.value != table.loc[one.path, "default"]))


def _frozen(file: Path, table: pd.DataFrame) -> dict[str, tuple[Free, bool]]:
    """Return what a file says of each parameter: its prior, and whether it is kept; hard bounds are the table's."""
    found = {}
    with file.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            path = row["path"]
            known = path in table.index
            floor, roof = (float(cast(float, table.loc[path, name])) if known else np.nan for name in ("low", "high"))
            low, high, value = (float(row[name]) for name in ("low", "high", "value"))
            free = Free(path, cast(Scale, row["scale"]), low, high, floor, roof, row["source"], value)
            found[path] = free, row["kept"] == "yes"
    return found


def candidates(path: Path | None = None) -> tuple[Free, ...]:
    """Every parameter of the table that could move: not whole, not zero, with a prior, and no lever of scenarios.

    Of parameters in the file of an earlier screening, prior and value stay what they are there.
    """
    confidence, parameters, file = _confidence(), Parameters.load(), path or FREE_PATH
    table = parameters.table()
    unread = {
        f"workload.{name}.{field}"
        for name, workload in parameters.workload.items()
        for field in METERED_FIELDS
        if workload.payer != "metered"
    }
    frozen = _frozen(file, table.set_index("name")) if file.is_file() else {}
    rows = (row for row in table.itertuples(index=False) if row.name not in unread)
    able = (free for row in rows if (free := _candidate(row, confidence)) is not None)
    return tuple(frozen[one.path][0] if one.path in frozen else one for one in able)


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
        return Free(row.name, scale, low, high, low, high, row.source, value)
    grade = "choice" if field in CHOSEN else _grade(row.source, confidence)
    if low < 0.0 or value < 0.0:
        step = LINEAR_SPREADS[grade] * (high - low)
        return Free(row.name, "linear", max(value - step, low), min(value + step, high), low, high, row.source, value)
    if (low, high) == (0.0, 1.0) and 0.0 < value < 1.0:
        # On the logistic scale a factor of the odds.
        width = np.log(SPREADS[grade])
        near, far = expit(logit(value) + np.array([-width, width])).tolist()
        return Free(row.name, "logit", near, far, low, high, row.source, value)
    factor = (GROWTH_SPREADS if row.unit == "ratio/year" else SPREADS)[grade]
    return Free(row.name, "log", max(value / factor, low), min(value * factor, high), low, high, row.source, value)


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
