"""Forecast scores: intervals, coverage, CRPS, and skill against simple baselines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.baselines import BASELINES, forecasts
from calibration.discrepancy import Reach, is_new, reach_at, scaled, years_ahead
from calibration.ensemble import Ensemble, weighted_quantile
from calibration.information import is_linear, off_scale, on_scale, sd_of
from calibration.posterior import FREEDOM
from calibration.targets import ROLES, Target

Floats = NDArray[np.float64]

# Draws of the discrepancy and the observation error a member.
DRAWS = 40
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Predictive:
    """What an ensemble says a disclosed figure will be: draws (n x DRAWS,) with weights, on the scale of the fit."""

    draws: Floats
    weight: Floats
    middle: float

    def quantiles(self) -> Floats:
        """The quantiles of SHARES."""
        return np.asarray(weighted_quantile(self.draws, self.weight, list(SHARES)), dtype=np.float64)

    def crps(self, value: float) -> float:
        """Continuous ranked probability score of a value, in decades (Gneiting and Raftery 2007, equation 21)."""
        order = np.argsort(self.draws, kind="stable")
        x, w = self.draws[order], self.weight[order] / self.weight.sum()
        below = np.cumsum(w)
        spread = float(np.sum(w * x * (2.0 * below - w - 1.0)))
        return float(np.sum(w * np.abs(x - value)) - spread)


def predict(target: Target, ensemble: Ensemble, reach: Reach, *, new: bool = False) -> Predictive:
    """The ensemble's forecast of a row's disclosed value.

    Members' values, plus Student's t with the structural discrepancy (tau, and what reaches beyond the fit: years
    ahead, a series that was `new`), plus the error of the disclosure. A share ends at one, and so do its draws. They
    are fixed, so that a scoreboard is the same every time.
    """
    values = scaled(target, ensemble.output(target.id))
    finite = np.isfinite(values)
    values, weight, tau = values[finite], ensemble.weight[finite], ensemble.tau[finite]
    generator = np.random.default_rng(20250930)
    noise = generator.standard_t(FREEDOM, (len(values), DRAWS))
    error = generator.standard_normal((len(values), DRAWS))
    scale = np.sqrt(tau**2 + reach.variance(years_ahead(target, ensemble.origin), new))
    draws = values[:, None] + scale[:, None] * noise + sd_of(target) * error
    if target.unit == "share":
        draws = np.minimum(draws, on_scale(target, 1.0))
    middle = float(weighted_quantile(values, weight, 0.5)) if finite.any() else float("nan")
    return Predictive(draws.ravel(), np.repeat(weight / DRAWS, DRAWS), middle)


def cells(ensemble: Ensemble, targets: Sequence[Target], reach: Reach) -> pd.DataFrame:
    """One row a target: value, band, median, intervals, errors, and each baseline's.

    Columns: id, origin, role, fitted, years (ahead), target, low, high, median, q05, q25, q75, q95 (in the target's
    unit), error (median less target, decades or the linear rows' equivalent), inside (the median in the band),
    in50, in90 (the target in the interval), crps, and for every baseline its error, NaN where it cannot say.
    """
    known = ensemble.saw(targets)
    rows = []
    for target in targets:
        if target.id not in ensemble.ids:
            continue
        prediction = predict(target, ensemble, reach, new=is_new(target, known))
        rows.append(
            _cell(target, ensemble, prediction, target in known.targets)
            | _baseline_errors(target, forecasts(target, known))
        )
    return pd.DataFrame(rows)


def _cell(target: Target, ensemble: Ensemble, prediction: Predictive, fitted: bool) -> dict[str, Any]:
    truth = on_scale(target, target.value)
    quantiles = prediction.quantiles()
    shown = off_scale(target, quantiles)
    median = float(off_scale(target, np.array([prediction.middle]))[0])
    return {
        "id": target.id,
        "origin": ensemble.origin.isoformat(),
        "role": target.role,
        "fitted": fitted,
        "years": years_ahead(target, ensemble.origin),
        "target": target.value,
        "low": target.low,
        "high": target.high,
        "median": median,
        **dict(zip(("q05", "q25", "q75", "q95"), shown[[0, 1, 3, 4]].tolist(), strict=True)),
        "error": prediction.middle - truth,
        "linear": is_linear(target),
        "inside": target.low <= median <= target.high,
        "in50": bool(quantiles[1] <= truth <= quantiles[3]),
        "in90": bool(quantiles[0] <= truth <= quantiles[4]),
        "crps": prediction.crps(truth),
    }


def _baseline_errors(target: Target, found: dict[str, float]) -> dict[str, float]:
    truth = on_scale(target, target.value)
    return {name: on_scale(target, found[name]) - truth if name in found else float("nan") for name in BASELINES}


def score_table(board: pd.DataFrame) -> pd.DataFrame:
    """One row a role: rows, median inside the band, median |error|, RMSE, CRPS, coverage of 50 and 90% intervals."""
    rows = []
    for role in ROLES:
        part = board[board["role"] == role]
        if part.empty:
            continue
        error = part["error"].to_numpy(dtype=np.float64)
        rows.append(
            {
                "role": role,
                "rows": len(part),
                "inside": int(part["inside"].sum()),
                "median_abs": float(np.nanmedian(np.abs(error))),
                "rmse": float(np.sqrt(np.nanmean(error**2))),
                "crps": float(part["crps"].mean()),
                "cover50": float(part["in50"].mean()),
                "cover90": float(part["in90"].mean()),
            }
        )
    return pd.DataFrame(rows)


def skill_table(board: pd.DataFrame) -> pd.DataFrame:
    """The market against each baseline on the rows beyond the origin for which that baseline has a forecast.

    Columns: baseline, cells, rmse_market, rmse_baseline, ratio (below one: the market is better), crps_market,
    crps_baseline (a point forecast's CRPS is its absolute error), losses (cells where the market's median is farther
    off). *best in hindsight* takes, of each cell, the baseline that is nearest: nobody could have chosen it. The last
    row, *none*, has the cells for which no baseline has a forecast: what they are compared with is NaN.
    """
    ahead = board[(board["years"] > 0.0) & ~board["fitted"] & board["error"].notna()]
    best = ahead[list(BASELINES)].abs().min(axis=1)
    compared = {name: ahead[name].dropna() for name in BASELINES}
    compared |= {"best in hindsight": best.dropna(), "none": best[best.isna()]}
    rows = []
    for name, theirs in compared.items():
        if theirs.empty:
            continue
        part = ahead.loc[theirs.index]
        ours, other = part["error"].to_numpy(float), theirs.to_numpy(float)
        market, baseline = float(np.sqrt(np.mean(ours**2))), float(np.sqrt(np.mean(other**2)))
        rows.append(
            {
                "baseline": name,
                "cells": len(ours),
                "rmse_market": market,
                "rmse_baseline": baseline,
                "ratio": float("inf") if baseline == 0.0 else market / baseline,
                "crps_market": float(part["crps"].mean()),
                "crps_baseline": float(np.mean(np.abs(other))),
                "losses": int(np.sum(np.abs(ours) > np.abs(other))),
            }
        )
    return pd.DataFrame(rows)


def losing_cells(board: pd.DataFrame) -> pd.DataFrame:
    """Every cell beyond the origin where some baseline is nearer than the market's median, and which."""
    rows = []
    for cell in board[(board["years"] > 0.0) & ~board["fitted"]].to_dict("records"):
        better = {name: float(cell[name]) for name in BASELINES if abs(cell[name]) < abs(cell["error"])}
        if better:
            rows.append({key: cell[key] for key in ("id", "origin", "role", "error")} | {"better": better})
    return pd.DataFrame(rows, columns=["id", "origin", "role", "error", "better"])


def all_cells(ensembles: Sequence[Ensemble], targets: Sequence[Target]) -> pd.DataFrame:
    """The cells of every origin, each with the structural error as it could be known then."""
    boards = [cells(one, targets, reach_at(ensembles, one.origin, targets)) for one in ensembles]
    return pd.concat(boards, ignore_index=True)
