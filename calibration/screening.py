"""Which parameters the fit moves: those that the figures of the market depend on most, over the whole prior.

A wave of runs over the prior of every parameter is regressed on all of them at once. It sees where figures are
disclosed and never their values, so the choice is the same at every origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.emulator import fit_emulator
from calibration.store.jobs import Failure
from calibration.store.run_store import Result
from calibration.targets import Target

Floats = NDArray[np.float64]

# Outputs are cut at these quantiles, so that one strange run does not decide.
CUT = (0.02, 0.98)


def influence(z: Floats, runs: Sequence[Result], targets: Sequence[Target]) -> Floats:
    """Mean share (d,) of an output's variance over the prior that each parameter accounts for, linearly.

    z (n, d): coordinates in which the prior is standard normal. An output is the logarithm of what a run gives for a
    target; outputs that are missing or not positive in a run take the least that any run gave.
    """
    good = [i for i, run in enumerate(runs) if not isinstance(run, Failure)]
    table = np.array([[run[t.id] for t in targets] for run in runs if not isinstance(run, Failure)])
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(table > 0.0, np.log10(table), np.nan)
    logs = logs[:, np.isfinite(logs).mean(axis=0) > 0.5]
    logs = np.where(np.isfinite(logs), logs, np.nanmin(logs, axis=0))
    logs = np.clip(logs, *np.quantile(logs, CUT, axis=0))
    logs = logs[:, np.ptp(logs, axis=0) > 0.0]
    slopes = fit_emulator(z[good], logs).slopes
    return np.asarray(np.mean(slopes**2 / logs.var(axis=0), axis=1), dtype=np.float64)


@dataclass(frozen=True)
class Moving:
    """The parameters that move, by their `places` among `size`; others stay at the middle of their prior."""

    places: NDArray[np.int64]
    size: int

    def __len__(self) -> int:
        """How many move."""
        return len(self.places)

    def full(self, z: Floats) -> Floats:
        """Coordinates (n, size) of all parameters from those (n, d) of the ones that move."""
        found = np.zeros((len(z), self.size))
        found[:, self.places] = z
        return found


def most_influential(share: Floats, count: int) -> Moving:
    """The parameters of most influence, in their order in the table."""
    return Moving(np.sort(np.argsort(-share, kind="stable")[:count]), len(share))
