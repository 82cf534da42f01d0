"""Which uncertainties matter for an outcome: Morris's elementary effects, Sobol indices, or partial rank correlation.

The sampler of the sweep decides: `morris` and `saltelli` have an analysis of their own (SALib); any other sampler is
read by partial rank correlation, with confidence intervals from a bootstrap.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from runs.analysis.points import AnalysisError, Floats, Points, read_values
from runs.sweep.results import Results
from runs.sweep.samplers import MORRIS_LEVELS, draw, unit_problem

CONFIDENCE = 0.95
RESAMPLES = 500
# The measure by which parameters are ordered, and its name.
LEADING = {"mu_star": "mean absolute elementary effect", "ST": "total Sobol index", "prcc": "partial rank correlation"}
MEASURES = {
    "mu_star": f"{LEADING['mu_star']} (Morris), in units of the outcome over the whole range",
    "sigma": "spread of elementary effects (Morris): interaction or curvature",
    "S1": "first-order Sobol index: share of variance by itself",
    "ST": f"{LEADING['ST']}: share of variance with all interactions",
    "prcc": f"{LEADING['prcc']}, -1 to 1",
}


def sensitivity(results: Results, points: Points, outcome: str, policy: str) -> pd.DataFrame:
    """Return one row a parameter and measure: parameter, measure, value, low, high (95% interval), largest first.

    Raises `AnalysisError` where too few runs are finished, or where the outcome does not vary.
    """
    found = read_values(points, outcome, policy)
    sampler = str(results.record.document["sampler"])
    method: Callable[..., pd.DataFrame] = {"morris": _morris, "saltelli": _sobol}.get(sampler, _ranks)
    if np.nanmax(found) <= np.nanmin(found):
        same = f"outcome {outcome} under {policy} is the same in every finished run"
        raise AnalysisError(f"{same}: nothing to explain; name others with --outcome")
    frame = method(results, points, found)
    leading = frame[frame["measure"].isin(LEADING)].set_index("parameter")["value"]
    order = leading.abs().sort_values(ascending=False, kind="stable").index
    return frame.set_index("parameter").loc[order].reset_index()


def _unit(results: Results) -> tuple[Floats, list[str]]:
    """Return the points of the unit cube that the sampler drew, and what each dimension is."""
    document = results.record.document
    names = [*document["uncertainties"], *(["ensemble"] if document["ensemble"] else [])]
    return draw(document["sampler"], document["samples"], len(names), document["seed"]), names


def _complete(found: Floats, size: int) -> NDArray[np.bool_]:
    """Return which rows belong to groups of `size` rows that are complete: an effect needs its whole group."""
    whole = np.isfinite(found).reshape(-1, size).all(axis=1)
    if whole.sum() < 2:
        raise AnalysisError(f"{whole.sum()} complete groups of {size} samples are finished: at least 2 are needed")
    return np.repeat(whole, size)


def _morris(results: Results, _points: Points, found: Floats) -> pd.DataFrame:
    from SALib.analyze import morris

    unit, names = _unit(results)
    keep = _complete(found, len(names) + 1)
    answer = morris.analyze(
        unit_problem(len(names)), unit[keep], found[keep], num_levels=MORRIS_LEVELS, num_resamples=RESAMPLES,
        conf_level=CONFIDENCE, seed=1,
    )  # fmt: skip
    return _table(names, answer, ("mu_star", "sigma"))


def _sobol(results: Results, _points: Points, found: Floats) -> pd.DataFrame:
    from SALib.analyze import sobol

    names = _unit(results)[1]
    kept = found[_complete(found, len(names) + 2)]
    answer = sobol.analyze(
        unit_problem(len(names)), kept, calc_second_order=False, num_resamples=RESAMPLES, conf_level=CONFIDENCE, seed=1
    )
    return _table(names, answer, ("S1", "ST"))


def _table(names: list[str], answer: Any, measures: Sequence[str]) -> pd.DataFrame:
    """Return SALib's answer with a row a measure and parameter; the limits are NaN where it has no interval."""
    parts = []
    for measure in measures:
        value = np.asarray(answer[measure], np.float64)
        half = np.asarray(answer.get(f"{measure}_conf", np.nan), np.float64)
        part = {"parameter": names, "measure": measure, "value": value, "low": value - half, "high": value + half}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts)


def _ranks(_results: Results, points: Points, found: Floats) -> pd.DataFrame:
    keep = np.isfinite(found)
    values, outcome = points.values[keep], found[keep]
    varied = np.ptp(values, axis=0) > 0.0 if len(values) else np.zeros(len(points.names), dtype=np.bool_)
    names = [name for name, one in zip(points.names, varied, strict=True) if one]
    if len(outcome) < len(names) + 4:
        raise AnalysisError(
            f"{len(outcome)} finished samples for {len(names)} uncertainties: rank correlation needs at least "
            f"{len(names) + 4}; draw more samples, or screen with sampler = 'morris'"
        )
    value = partial_rank_correlation(values[:, varied], outcome)
    rng = np.random.default_rng(1)
    resampled = []
    for _ in range(RESAMPLES):
        rows = rng.integers(len(outcome), size=len(outcome))
        resampled.append(partial_rank_correlation(values[rows][:, varied], outcome[rows]))
    edge = 100.0 * (1.0 - CONFIDENCE) / 2.0
    low, high = np.nanpercentile(np.array(resampled), [edge, 100.0 - edge], axis=0)
    return pd.DataFrame({"parameter": names, "measure": "prcc", "value": value, "low": low, "high": high})


def partial_rank_correlation(values: Floats, outcome: Floats) -> Floats:
    """Return the correlation of ranks of each column (n, k) with the outcome (n,), the other columns held fixed (k,).

    From the inverse of the correlation matrix of ranks; a ridge of 1e-9 keeps resampled ties invertible.
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.column_stack([values, outcome]), axis=0)
    spread = ranks.std(axis=0)
    ranks = (ranks - ranks.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    inverse = np.linalg.inv(ranks.T @ ranks / len(ranks) + 1e-9 * np.eye(ranks.shape[1]))
    return np.asarray(-inverse[:-1, -1] / np.sqrt(np.diag(inverse)[:-1] * inverse[-1, -1]))
