"""A market of a few hundred rows, for experiments that are about mechanics and not about figures."""

from pathlib import Path

from runs.experiments.members import Pair, pairs

ROWS = {"scale.users": 400, "scale.developers": 300, "scale.enterprises": 8, "scale.applications_mean": 200.0}


def small_pairs(count: int) -> list[Pair]:
    """Return pairs of a small market at the shipped parameters."""
    return [Pair(pair.seed, pair.base.replace(ROWS)) for pair in pairs(count, "small", Path("no ensemble"))]
