"""What the data say about each parameter, and what they cannot tell apart."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.csv_table import csv_text
from calibration.ensemble import Ensemble, weighted_quantile
from calibration.information import Known
from calibration.space import Space

Floats = NDArray[np.float64]

# Share of the prior's variance that the data remove. Below NOTHING a parameter is not identified, below LITTLE weakly.
NOTHING, LITTLE = 0.15, 0.5
# Correlation in the posterior from which two parameters count as traded off against each other.
TRADED = 0.5


@dataclass(frozen=True)
class Identified:
    """One parameter's posterior beside its prior.

    `median`, `low`, `high`: the posterior's median and central 90% in the parameter's unit; `contraction`: 1 less
    posterior variance over prior variance, in the prior's coordinates; `shift`: posterior mean in prior standard
    deviations; `partner`, `correlation`: the parameter it is most correlated with in the posterior.
    """

    path: str
    median: float
    low: float
    high: float
    contraction: float
    shift: float
    partner: str
    correlation: float

    @property
    def verdict(self) -> str:
        """What the data can say, in words."""
        if self.contraction < NOTHING:
            said = "not identified"
        elif self.contraction < LITTLE:
            said = "weakly identified"
        else:
            said = "identified"
        return f"{said}, traded off against {self.partner}" if abs(self.correlation) >= TRADED else said


def identification(space: Space, ensemble: Ensemble, known: Known) -> list[Identified]:
    """Every free parameter, the best identified first. `known` must be what the ensemble was fitted to."""
    if tuple(ensemble.provenance["fitted"]) != known.ids:
        raise ValueError("the ensemble was fitted to other rows")
    z, weight = space.coordinates(ensemble.values), ensemble.weight
    mean = weight @ z
    covariance = (weight[:, None] * (z - mean)).T @ (z - mean)
    deviation = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    correlation = covariance / np.outer(deviation, deviation)
    np.fill_diagonal(correlation, 0.0)
    found = []
    for i, path in enumerate(space.paths):
        low, median, high = weighted_quantile(ensemble.values[:, i], weight, [0.05, 0.5, 0.95])
        j = int(np.argmax(np.abs(correlation[i])))
        contraction = 1.0 - float(deviation[i]) ** 2
        found.append(
            Identified(path, median, low, high, contraction, float(mean[i]), space.paths[j], float(correlation[i, j]))
        )
    return sorted(found, key=lambda one: -one.contraction)


def identification_csv(found: Sequence[Identified]) -> str:
    """Return the identification as CSV text, the best identified parameter first."""
    table = pd.DataFrame([asdict(one) | {"verdict": one.verdict} for one in found])
    table = table.rename(columns={"low": "low90", "high": "high90", "shift": "shift_sd"})
    formats = dict.fromkeys(("median", "low90", "high90"), ".5g")
    return csv_text(table, formats | {"contraction": ".2f", "shift_sd": "+.2f", "correlation": "+.2f"})
