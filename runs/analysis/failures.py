"""Failed runs of a sweep: how many, with which errors, and what their draws have in common."""

from dataclasses import dataclass

import numpy as np

from runs.analysis.points import Points
from runs.sweep.parts import FAILED, OK
from runs.sweep.results import Results


@dataclass(frozen=True)
class Failures:
    """Failed runs: how many, each error with its runs and the first of them, and a sentence on their draws."""

    count: int
    errors: list[tuple[str, int, int]]
    kind: str
    of_kind: int
    example: str
    draws: str


def read_failures(results: Results, points: Points | None) -> Failures | None:
    """Return what failed; None where no run did."""
    table = results.run_table.select(["run", "status", "error"]).to_pandas()
    failed = table[table["status"] == FAILED]
    if failed.empty:
        return None
    by_error = failed.groupby("error", sort=False)["run"].agg(["size", "first"])
    by_error = by_error.sort_values("size", ascending=False, kind="stable")
    errors = list(by_error.itertuples(name=None))
    kinds = failed["error"].str.partition(":")[0]
    by_kind = kinds.groupby(kinds, sort=False).size()
    kind = str(by_kind.idxmax())
    example = next(error for error, _, _ in errors if error.partition(":")[0] == kind).partition(": ")[2]
    return Failures(len(failed), errors, kind, int(by_kind.max()), example or kind, shared_range(results, points))


def shared_range(results: Results, points: Points | None) -> str:
    """Say which parameter best separates draws with a failed run from the finished ones, and whether luck would too.

    By Mann and Whitney's rank test; luck is the test's probability times the number of parameters (Bonferroni).
    """
    if points is None:
        return ""
    from scipy.stats import mannwhitneyu

    table = results.run_table.select(["sample", "status"]).to_pandas()
    failed = (table["status"] == FAILED).groupby(table["sample"]).any().to_numpy()
    finished = (table["status"] == OK).groupby(table["sample"]).any().to_numpy() & ~failed
    varied = np.flatnonzero(np.ptp(points.values, axis=0) > 0.0).tolist()
    if failed.sum() < 2 or finished.sum() < 2 or not varied:
        return ""
    chance = {i: float(mannwhitneyu(points.values[failed, i], points.values[finished, i]).pvalue) for i in varied}
    best = min(varied, key=chance.__getitem__)
    luck = min(1.0, chance[best] * len(varied))
    there, others = points.values[failed, best], points.values[finished, best]
    told = (
        f"{points.names[best]} tells the {failed.sum()} draws with a failed run from the others best: "
        f"{there.min():.3g} to {there.max():.3g} against {others.min():.3g} to {others.max():.3g}"
    )
    if luck > 0.05:
        return f"{told}; among {len(varied)} parameters one does as well by luck, so no cause is known"
    return f"{told} (as well by luck in {luck:.1%} of cases at most)"
