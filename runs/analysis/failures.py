"""Failed runs of a sweep: how many, of what, and what their draws have in common."""

from dataclasses import dataclass

import numpy as np

from runs.analysis.points import Points
from runs.sweep.parts import FAILED, OK
from runs.sweep.results import Results


@dataclass(frozen=True)
class Failures:
    """Runs that failed: how many, each error with its runs and the first of them, and a word on their draws."""

    count: int
    errors: list[tuple[str, int, int]]
    kind: str
    of_kind: int
    example: str
    draws: str


def read_failures(results: Results, points: Points | None) -> Failures | None:
    """Return what failed; None where nothing did."""
    found: dict[str, list[int]] = {}
    kinds: dict[str, int] = {}
    for row in results.run_table.select(["run", "status", "error"]).to_pylist():
        if row["status"] == FAILED:
            found.setdefault(row["error"], []).append(row["run"])
            kind = row["error"].partition(":")[0]
            kinds[kind] = kinds.get(kind, 0) + 1
    if not found:
        return None
    errors = [(error, len(runs), runs[0]) for error, runs in sorted(found.items(), key=lambda item: -len(item[1]))]
    kind = max(kinds, key=lambda name: kinds[name])
    example = next(error for error, _, _ in errors if error.partition(":")[0] == kind).partition(": ")[2]
    return Failures(sum(kinds.values()), errors, kind, kinds[kind], example or kind, shared_range(results, points))


def shared_range(results: Results, points: Points | None) -> str:
    """Say which parameter tells the draws with a failed run from the finished ones best, and how well luck would.

    By Mann and Whitney's rank test; luck is the test's probability times the number of parameters (Bonferroni).
    """
    if points is None:
        return ""
    table = results.run_table
    sample = table["sample"].to_numpy()
    status = np.array(table["status"].to_pylist(), dtype=object)
    failed = np.bincount(sample, status == FAILED, len(points.values)) > 0
    finished = (np.bincount(sample, status == OK, len(points.values)) > 0) & ~failed
    if failed.sum() < 2 or finished.sum() < 2:
        return ""
    from scipy.stats import mannwhitneyu

    varied = [i for i in range(len(points.names)) if np.ptp(points.values[:, i]) > 0.0]
    if not varied:
        return ""
    chance = {i: float(mannwhitneyu(points.values[failed, i], points.values[finished, i]).pvalue) for i in varied}
    best = min(varied, key=lambda i: chance[i])
    luck = min(1.0, chance[best] * len(varied))
    there, others = points.values[failed, best], points.values[finished, best]
    told = (
        f"{points.names[best]} tells the {failed.sum()} draws with a failed run from the others best: "
        f"{there.min():.3g} to {there.max():.3g} against {others.min():.3g} to {others.max():.3g}"
    )
    if luck > 0.05:
        return f"{told}; among {len(varied)} parameters one does as well by luck, so no cause is known"
    return f"{told} (as well by luck in {luck:.1%} of cases at most)"
