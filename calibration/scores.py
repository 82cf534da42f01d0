"""Forecast scores: every figure forecast at every origin before it was public, beside simple forecasts.

All scores are on the scale of log10. The weighted interval score (WIS, Bracher and others 2021) and the continuous
ranked probability score (CRPS) are distances between a density and the figure: the smaller, the better. PIT is the
share of a density below the figure: uniform where densities are right.

Figures count, not cells: what a figure scored at several origins within a horizon is averaged first. Figures of one
series share their luck, so uncertainty comes from drawing whole series anew.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import scoringrules
from numpy.typing import NDArray
from scipy.stats import t as student

from calibration.baselines import BASELINES, Densities
from calibration.discrepancy import Processes, processes_at, years_ahead
from calibration.ensemble import Ensemble
from calibration.families import family_of
from calibration.predictive import POINTS, predict
from calibration.targets import Target

Floats = NDArray[np.float64]

MARKET, POOL, REFERENCE = "market", "pool", "common growth"
ENTRANTS = (MARKET, *BASELINES, POOL)
# The quantiles of the forecast hubs, from which the WIS is made.
LEVELS = np.array([0.01, 0.025, *np.arange(0.05, 0.96, 0.05).round(2), 0.975, 0.99])
# Most quarters from the origin to the end of a figure's window; 0 is a window that was over, and 8 has all beyond.
AHEAD = (1, 2, 4, 8)
BOOTSTRAPS = 2000
# Of fewer series no interval is drawn: it would be too narrow.
LEAST_SERIES = 5
COLUMNS = ["origin", "id", "series", "family", "horizon", "anchored", "entrant", "truth", "low", "high"]


def horizon_of(target: Target, origin: Any) -> int:
    """The horizon of AHEAD to which a figure belongs, seen from an origin; 0 where its window was over."""
    quarters = 4.0 * years_ahead(target, origin)
    # Half a day in a quarter forgives leap years.
    return next((most for most in (0, 1, 2, 4) if quarters <= most + 0.02), 8)


def all_cells(ensembles: Sequence[Ensemble], targets: Sequence[Target]) -> pd.DataFrame:
    """One row for every figure, origin at which it was neither public nor fitted, and entrant.

    Columns: origin, id, series, family, horizon, anchored (an earlier figure of the series was public), entrant; truth,
    low, high (the band), median in decades; error, wis, crps, inside (the median in the band), in50, in90, width (of
    the 90% interval), pit.
    """
    rows: list[dict[str, Any]] = []
    densities: list[Floats] = []
    for ensemble in ensembles:
        processes, baselines = processes_at(ensembles, ensemble.origin, targets), Densities(ensemble.origin, targets)
        known = {row.series for row in baselines.known.targets if row.value > 0.0}
        for target in unseen(ensemble, targets):
            for entrant, density in _entries(target, ensemble, processes, baselines).items():
                rows.append(_cell(target, ensemble, entrant, anchored=target.series in known))
                densities.append(density)
    board = pd.DataFrame(rows, columns=COLUMNS)
    return _scored(board, np.array(densities).reshape(len(rows), POINTS))


def unseen(ensemble: Ensemble, targets: Sequence[Target]) -> list[Target]:
    """The figures that were neither public at an ensemble's origin nor fitted, and have a logarithm."""
    fitted = set(ensemble.provenance["fitted"])
    later = [row for row in targets if row.published > ensemble.origin and row.id not in fitted]
    return [row for row in later if row.id in ensemble.ids and row.value > 0.0]


def _entries(target: Target, ensemble: Ensemble, processes: Processes, baselines: Densities) -> dict[str, Floats]:
    found = {MARKET: predict(target, ensemble, processes, baselines.known.targets), **baselines.of(target)}
    if REFERENCE in found:
        both = np.sort(np.concatenate([found[MARKET], found[REFERENCE]]))
        found[POOL] = 0.5 * (both[::2] + both[1::2])
    return {name: density for name, density in found.items() if np.isfinite(density).all()}


def _cell(target: Target, ensemble: Ensemble, entrant: str, *, anchored: bool) -> dict[str, Any]:
    return {
        "origin": ensemble.origin.isoformat(),
        "id": target.id,
        "series": "/".join(target.series),
        "family": family_of(target.observable),
        "horizon": horizon_of(target, ensemble.origin),
        "anchored": anchored,
        "entrant": entrant,
        "truth": float(np.log10(target.value)),
        "low": float(np.log10(target.low)) if target.low > 0.0 else float("-inf"),
        "high": float(np.log10(target.high)),
    }


def _scored(board: pd.DataFrame, densities: Floats) -> pd.DataFrame:
    """Add the scores of densities (cells, POINTS) to their cells."""
    truth = board["truth"].to_numpy(dtype=np.float64)
    quantiles = np.quantile(densities, LEVELS, axis=1, method="hazen").T
    at = {round(float(level), 3): quantiles[:, i] for i, level in enumerate(LEVELS)}
    # WIS is twice the mean quantile score. scoringrules 0.10 has weighted_interval_score, but with NumPy the figure is
    # missing from its term of the median.
    wis = 2.0 * scoringrules.quantile_score(truth[:, None], quantiles, LEVELS, backend="numpy").mean(axis=1)
    return board.assign(
        median=at[0.5],
        error=at[0.5] - truth,
        wis=wis,
        crps=np.asarray(scoringrules.crps_ensemble(truth, densities, sorted_ensemble=True, backend="numpy")),
        # The margin forgives the rounding of logarithms at the edge of a band.
        inside=(board["low"] - 1e-9 <= at[0.5]) & (at[0.5] <= board["high"] + 1e-9),
        in50=(at[0.25] <= truth) & (truth <= at[0.75]),
        in90=(at[0.05] <= truth) & (truth <= at[0.95]),
        width=at[0.95] - at[0.05],
        pit=(densities <= truth[:, None]).mean(axis=1),
    )


def figures(board: pd.DataFrame, entrant: str = MARKET) -> pd.DataFrame:
    """One row a figure: the means over its origins of an entrant's scores, and of `absolute`, the |error|."""
    mine = board[board["entrant"] == entrant]
    mine = mine.assign(absolute=mine["error"].abs()).astype(dict.fromkeys(("inside", "in50", "in90"), np.float64))
    numbers = ["absolute", "wis", "crps", "inside", "in50", "in90", "width", "pit"]
    return mine.groupby(["id", "series"], sort=False)[numbers].mean().reset_index()


def summary(board: pd.DataFrame) -> dict[str, float]:
    """The market's scores in a part of the board.

    Figures, median |error|, medians inside the band, coverage of 50 and 90% intervals, mean width of the latter
    (decades), mean WIS and CRPS; then mean WIS relative to common growth's with a 90% interval (`ratio`, `ratio_low`,
    `ratio_high`) over `compared` figures.
    """
    mine = figures(board)
    found = {"figures": float(len(mine)), "median_abs": float(mine["absolute"].median())}
    found |= {name: float(mine[name].mean()) for name in ("inside", "in50", "in90", "width", "wis", "crps")}
    ratio, low, high, compared = relative_wis(board)
    return found | {"compared": float(compared), "ratio": ratio, "ratio_low": low, "ratio_high": high}


def relative_wis(board: pd.DataFrame, entrant: str = MARKET, other: str = REFERENCE) -> tuple[float, float, float, int]:
    """Mean WIS of an entrant over that of another, its 90% interval by drawing series anew, and how many figures.

    Only cells in which both have a forecast count; NaN where there is none. The interval is NaN for fewer than
    LEAST_SERIES series.
    """
    pairs = matched(board, entrant, other)
    if pairs.empty:
        return float("nan"), float("nan"), float("nan"), 0
    sums = pairs.groupby("series", sort=True)[["ours", "theirs"]].sum().to_numpy(dtype=np.float64)
    ratio = float(sums[:, 0].sum() / sums[:, 1].sum())
    if len(sums) < LEAST_SERIES:
        return ratio, float("nan"), float("nan"), len(pairs)
    generator = np.random.default_rng(20260630)
    drawn = sums[generator.integers(len(sums), size=(BOOTSTRAPS, len(sums)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.05, 0.95])
    return ratio, float(low), float(high), len(pairs)


def matched(board: pd.DataFrame, entrant: str = MARKET, other: str = REFERENCE) -> pd.DataFrame:
    """One row a figure: the mean WIS of two entrants over the cells in which both have a forecast (ours, theirs)."""
    return _pairs(board, entrant, other).groupby(["id", "series"], sort=False)[["ours", "theirs"]].mean().reset_index()


def _pairs(board: pd.DataFrame, entrant: str, other: str) -> pd.DataFrame:
    """One row a cell in which two entrants have a forecast."""
    keys = ["origin", "id", "series"]
    ours, theirs = (
        board[board["entrant"] == name].set_index(keys)["wis"].rename(column)
        for name, column in ((entrant, "ours"), (other, "theirs"))
    )
    return pd.concat([ours, theirs], axis=1, join="inner").reset_index()


def diebold_mariano(part: pd.DataFrame) -> tuple[float, int]:
    """Two-sided p-value that market and common growth are equally good at one horizon, and the number of origins.

    The mean difference of WIS at each origin is a series in time; errors overlap as many quarters as the horizon. The
    statistic of Diebold and Mariano with the correction of Harvey, Leybourne and Newbold (1997) for few origins; NaN
    for fewer origins than twice the horizon, or where the estimated variance is not positive.
    """
    pairs = _pairs(part, MARKET, REFERENCE)
    loss = (pairs["ours"] - pairs["theirs"]).groupby(pairs["origin"]).mean().sort_index().to_numpy(dtype=np.float64)
    return harvey(loss, max(int(part["horizon"].max()), 1)), len(loss)


def harvey(loss: Floats, horizon: int) -> float:
    """The p-value of `diebold_mariano` for differences of losses (n,) in order of time."""
    n = len(loss)
    if n < max(2 * horizon, 3):
        return float("nan")
    off = loss - loss.mean()
    covariance = [float(off[lag:] @ off[: n - lag]) / n for lag in range(horizon)]
    variance = (covariance[0] + 2.0 * sum(covariance[1:])) / n
    if variance <= 0.0:
        return float("nan")
    fewer = (n + 1.0 - 2.0 * horizon + horizon * (horizon - 1.0) / n) / n
    return float(2.0 * student.sf(abs(loss.mean()) / np.sqrt(variance) * np.sqrt(fewer), n - 1))


def by_horizon(board: pd.DataFrame) -> pd.DataFrame:
    """One row a horizon with `summary`, the `p` of `diebold_mariano` and its number of `origins`."""
    rows = []
    for horizon, part in board.groupby("horizon", sort=True):
        p, origins = diebold_mariano(part)
        rows.append({"horizon": horizon, **summary(part), "p": p, "origins": origins})
    return pd.DataFrame(rows)


def by_family(board: pd.DataFrame) -> pd.DataFrame:
    """One row a family and horizon ahead with `summary`."""
    ahead = board[board["horizon"] > 0]
    return pd.DataFrame([
        {"family": family, "horizon": horizon, **summary(part)}
        for (family, horizon), part in ahead.groupby(["family", "horizon"], sort=True)
    ])  # fmt: skip


def by_entrant(board: pd.DataFrame) -> pd.DataFrame:
    """One row a rival: the market's mean WIS over its own ahead of the origin, with interval and number of figures.

    The last row, *none*, counts the figures for which no baseline ever has a forecast.
    """
    ahead = board[board["horizon"] > 0]
    rows = []
    for rival in ENTRANTS[1:]:
        ratio, low, high, count = relative_wis(ahead, MARKET, rival)
        rows.append({"rival": rival, "figures": count, "ratio": ratio, "low": low, "high": high})
    alone = set(ahead["id"]) - set(ahead.loc[ahead["entrant"].isin(list(BASELINES)), "id"])
    return pd.DataFrame([*rows, {"rival": "none", "figures": len(alone)}])


def losing_figures(board: pd.DataFrame) -> pd.DataFrame:
    """Every figure and horizon at which a baseline scores better: id, series, horizon, and which.

    `better` is a dict by baseline of (its mean WIS, the market's in the same cells).
    """
    rows = []
    for horizon in AHEAD:
        part = board[board["horizon"] == horizon]
        lost: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
        for rival in BASELINES:
            for one in matched(part, MARKET, rival).to_dict("records"):
                if one["theirs"] < one["ours"]:
                    lost.setdefault((one["id"], one["series"]), {})[rival] = (one["theirs"], one["ours"])
        rows += [{"id": name, "series": series, "horizon": horizon, "better": better}
                 for (name, series), better in lost.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=["id", "series", "horizon", "better"])


def pit_table(board: pd.DataFrame) -> pd.DataFrame:
    """One row a horizon ahead: the share of the market's cells with a PIT in each fifth; right densities have 0.2."""
    rows = []
    for horizon in AHEAD:
        part = board[(board["horizon"] == horizon) & (board["entrant"] == MARKET)]
        if len(part):
            shares = np.histogram(part["pit"], bins=5, range=(0.0, 1.0))[0] / len(part)
            rows.append({"horizon": horizon, "cells": len(part), **{f"fifth{i + 1}": s for i, s in enumerate(shares)}})
    return pd.DataFrame(rows)


def by_anchor(board: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells one and two quarters ahead of series with an earlier figure, and those of series without one."""
    near = board[board["horizon"].isin(AHEAD[:2])]
    return near[near["anchored"]], near[~near["anchored"]]


def google_tokens(board: pd.DataFrame) -> pd.DataFrame:
    """The cells of Google's tokens."""
    return board[board["series"].str.startswith("tokens_served/google/")]
