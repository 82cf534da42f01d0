"""What the data say about each parameter, and what they cannot tell apart."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.csv_table import csv_text
from calibration.ensemble import Ensemble
from calibration.information import Known
from calibration.smoother import Fit

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
    deviations; `partner`, `correlation`: the parameter it is most correlated with in the posterior; `influence`: its
    share of the variance of the outputs over the prior.
    """

    path: str
    median: float
    low: float
    high: float
    contraction: float
    shift: float
    partner: str
    correlation: float
    influence: float

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


def identification(fit: Fit, ensemble: Ensemble, known: Known, influence: Floats) -> list[Identified]:
    """Every parameter that moved, the best identified first. `known` must be what the ensemble was fitted to.

    influence (d,): of every parameter of the space, see `screening`.
    """
    if tuple(ensemble.provenance["fitted"]) != known.ids:
        raise ValueError("the ensemble was fitted to other rows")
    places = fit.moving.places
    z, paths = fit.space.coordinates(ensemble.values)[:, places], [fit.space.paths[i] for i in places]
    mean, deviation = z.mean(axis=0), z.std(axis=0)
    correlation = np.atleast_2d(np.corrcoef(z.T))
    np.fill_diagonal(correlation, 0.0)
    found = []
    for i, path in enumerate(paths):
        low, median, high = np.quantile(ensemble.values[:, places[i]], [0.05, 0.5, 0.95]).tolist()
        j = int(np.argmax(np.abs(correlation[i])))
        partner, with_it, share = paths[j], float(correlation[i, j]), float(influence[places[i]])
        contraction = 1.0 - float(deviation[i]) ** 2
        found.append(Identified(path, median, low, high, contraction, float(mean[i]), partner, with_it, share))
    return sorted(found, key=lambda one: -one.contraction)


def identification_csv(found: Sequence[Identified]) -> str:
    """Return the identification as CSV text, the best identified parameter first."""
    table = pd.DataFrame([asdict(one) | {"verdict": one.verdict} for one in found])
    table = table.rename(columns={"low": "low90", "high": "high90", "shift": "shift_sd"})
    formats = dict.fromkeys(("median", "low90", "high90"), ".5g")
    return csv_text(
        table, formats | {"contraction": ".2f", "shift_sd": "+.2f", "correlation": "+.2f", "influence": ".4f"}
    )
