"""A linear emulator of the market: what a run would give, and how far off that guess usually is.

One ridge regression an output on the parameters' coordinates; the penalty of each output has the least leave-one-out
error (Allen's PRESS, in closed form from one singular value decomposition; Golub, Heath and Wahba 1979). That error is
the emulator's variance, which the likelihood adds to the others. Where the market is not linear, waves of runs ever
nearer to the posterior make it so.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PENALTIES = np.logspace(-1.0, 5.0, 19)


@dataclass(frozen=True)
class Emulator:
    """Slopes (d, outputs) around `centre` (d,), and by output: intercept, variance and R2.

    `variance` is that of the leave-one-out error, seed noise included; `skill` is 1 - variance / variance of the
    outputs, the R2 on points left out.
    """

    centre: Floats
    slopes: Floats
    intercept: Floats
    variance: Floats
    skill: Floats

    @property
    def dimensions(self) -> int:
        """How many coordinates go in."""
        return len(self.centre)

    def of_rows(self, rows: slice) -> "Emulator":
        """The emulator of some of the outputs."""
        return Emulator(self.centre, self.slopes[:, rows], self.intercept[rows], self.variance[rows], self.skill[rows])

    def predict(self, z: Floats) -> Floats:
        """Expected outputs (n, outputs) at coordinates z (n, d)."""
        return np.asarray((z - self.centre) @ self.slopes + self.intercept, dtype=np.float64)


def fit_emulator(z: Floats, outputs: Floats, weights: Floats | None = None) -> Emulator:
    """Fit to points z (n, d) with outputs (n, k), finite all of them; weights (n,) count some points more.

    The leave-one-out variance is weighted in the same way, so it holds where the weights are large. Raises
    ValueError with fewer than eight points.
    """
    if len(z) < 8:
        raise ValueError(f"an emulator needs eight points at least, got {len(z)}")
    share = np.ones(len(z)) if weights is None else weights
    share = share / share.sum()
    centre, intercept = share @ z, share @ outputs
    root = np.sqrt(share * len(z))[:, None]
    slopes, variance = _ridge(z - centre, outputs - intercept, root)
    total = np.mean((root * (outputs - intercept)) ** 2, axis=0)
    skill = 1.0 - variance / np.where(total > 0.0, total, 1.0)
    return Emulator(centre, slopes, intercept, variance, np.where(total > 0.0, skill, 1.0))


def _ridge(basis: Floats, outputs: Floats, root: Floats) -> tuple[Floats, Floats]:
    """Slopes (d, k) and leave-one-out variances (k,) at each output's best penalty.

    basis (n, d) and outputs (n, k) are centred, root (n, 1) are the roots of the weights.
    """
    left, singular, right = np.linalg.svd(root * basis, full_matrices=False)
    rise = root * outputs
    seen = left.T @ rise
    errors = [_left_out(left, singular, seen, rise, root, penalty) for penalty in PENALTIES]
    variances = np.stack([np.mean(error**2, axis=0) for error in errors])
    best = np.argmin(variances, axis=0)
    shrunk = singular[:, None] / (singular[:, None] ** 2 + PENALTIES[best][None, :]) * seen
    return right.T @ shrunk, np.take_along_axis(variances, best[None, :], axis=0)[0]


def _left_out(left: Floats, singular: Floats, seen: Floats, rise: Floats, root: Floats, penalty: float) -> Floats:
    """Weighted leave-one-out errors (n, k) at one penalty; the intercept counts as one more fitted direction."""
    kept = singular**2 / (singular**2 + penalty)
    leverage = (left**2) @ kept + root[:, 0] ** 2 / len(rise)
    error = rise - left @ (kept[:, None] * seen)
    return np.asarray(error / np.maximum(1.0 - leverage, 1e-9)[:, None], dtype=np.float64)
