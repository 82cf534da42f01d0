"""Rows and ensembles made by hand, for tests of forecasts."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from calibration.ensemble import Ensemble
from calibration.targets import Target


def level(
    name: str, end: date, value: float, published: date | None = None, band: float = 1.2, observable: str = "revenue"
) -> Target:
    """A level of one series, with a band of a factor either way; public at its end unless another day is given."""
    edges = (value / band, value * band)
    return Target(name, observable, "lab", "all", "level", end, end, value, *edges, "USD", published or end, "hand")


def ensemble(
    origin: date, outputs: Mapping[str, Sequence[float]], tau: float = 0.1, fitted: Sequence[str] = ()
) -> Ensemble:
    """Members of equal weight with these outputs by target."""
    table = np.array(list(outputs.values()), dtype=np.float64).T
    n = len(table)
    return Ensemble(
        origin, ("a",), np.ones((n, 1)), np.full(n, 1.0 / n), np.arange(n), np.full(n, tau), tuple(outputs), table,
        {"fitted": list(fitted), "origin": origin.isoformat()},
    )  # fmt: skip
