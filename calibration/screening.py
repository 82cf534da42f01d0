"""Which parameters move what is known: Morris's elementary effects over every parameter that could be free."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.csv_table import csv_text
from calibration.information import Known
from calibration.member_run import simulate
from calibration.space import Free, Space
from calibration.store.jobs import Engine, Job
from calibration.store.run_store import RunStore, Watch, good

Floats = NDArray[np.float64]

LEVELS = 4
# An effect on a row counts from half a standard deviation of what can be observed of it, and to five at most: no single
# row decides.
NOTICEABLE, ENOUGH = 0.5, 5.0
# Any change makes the market's draws fork, so even a parameter that does nothing seems to move the noisier rows. What
# this share of all candidates stays below is taken for that noise.
NOISE_SHARE = 0.75


@dataclass(frozen=True)
class Screened:
    """The verdict on one parameter.

    `effect`: root mean square over rows of the mean absolute elementary effect above the noise, in standard deviations
    of the observation error, for a step from the lower to the upper third of the prior; `rows`: how many rows it moves
    noticeably; `largest`: the row it moves most; `reason`: why it is kept or left.
    """

    free: Free
    kept: bool
    reason: str
    effect: float
    rows: int
    largest: str


def screen(
    candidates: Sequence[Free],
    known: Known,
    store: RunStore,
    engine: Engine,
    *,
    trajectories: int = 4,
    keep: int = 24,
    seed: int = 1,
    scale: str = "medium",
    watch: Watch | None = None,
) -> list[Screened]:
    """Rank the candidates by their effect on the rows that were known, and keep the first `keep`.

    Morris's method (SALib's implementation, four levels over the central 80% of each prior): trajectories x
    (candidates + 1) runs. All runs share a seed, so that an elementary effect is not noise of the draws. Runs that
    failed take their elementary effects out. Two candidates that do the same to every row (the cosine of their
    signed effects beyond 0.97 in absolute value) are one direction: the weaker of them is left out.
    """
    from SALib.sample import morris

    space = Space(tuple(candidates))
    problem = {"num_vars": len(space), "names": list(space.paths), "bounds": [[-1.28, 1.28]] * len(space)}
    points = np.asarray(morris.sample(problem, trajectories, num_levels=LEVELS, seed=seed), dtype=np.float64)
    jobs = [Job(one, seed, scale) for one in space.overrides(points)]
    outputs = known.outputs(good(store.ensure(jobs, engine, simulate, watch))) / np.hypot(known.sd, 0.05)
    mean_abs, mean = elementary_effects(points, outputs, trajectories)
    return verdicts(candidates, known.ids, mean_abs, mean, keep)


def elementary_effects(points: Floats, outputs: Floats, trajectories: int) -> tuple[Floats, Floats]:
    """Mean absolute and mean signed elementary effects, each (parameters, rows), of a step of one trajectory.

    points: (trajectories x (parameters + 1), parameters), one parameter changed at a time; outputs: (points, rows).
    Morris (1991), Technometrics 33; the mean of absolute values after Campolongo et al. (2007).
    """
    count = points.shape[1]
    steps = np.diff(points.reshape(trajectories, count + 1, count), axis=1)
    rises = np.diff(outputs.reshape(trajectories, count + 1, -1), axis=1)
    which = np.argmax(np.abs(steps), axis=2)
    direction = np.sign(np.take_along_axis(steps, which[:, :, None], axis=2))
    effects = np.empty_like(rises)
    for path in range(trajectories):
        effects[path, which[path]] = rises[path] * direction[path]
    with np.errstate(invalid="ignore"):
        masked = np.ma.masked_invalid(effects)
        return np.abs(masked).mean(axis=0).filled(0.0), masked.mean(axis=0).filled(0.0)


def verdicts(
    candidates: Sequence[Free], rows: Sequence[str], mean_abs: Floats, mean: Floats, keep: int
) -> list[Screened]:
    """Say of every candidate, in order of its effect above the noise, whether it is kept and why."""
    noise = np.quantile(mean_abs, NOISE_SHARE, axis=0)
    mean_abs = np.clip(mean_abs - noise, 0.0, ENOUGH)
    mean = np.sign(mean) * np.maximum(np.abs(mean) - noise, 0.0)
    strength = np.sqrt(np.mean(mean_abs**2, axis=1))
    order = np.argsort(-strength, kind="stable").tolist()
    # Each row's strongest mover comes first, so that no row is left that nothing can reach.
    movers = {int(i): row for row, i in reversed(list(enumerate(np.argmax(mean_abs, axis=0).tolist())))
              if mean_abs[i, row] >= NOTICEABLE}  # fmt: skip
    kept: list[int] = []
    said: dict[int, str] = {}
    for i in [*(i for i in order if i in movers), *(i for i in order if i not in movers)]:
        twin = next((j for j in kept if abs(_cosine(mean[i], mean[j])) > 0.97), None)
        if twin is not None:
            said[i] = f"acts on every row as {candidates[twin].path} does"
        elif mean_abs[i].max() < NOTICEABLE:
            said[i] = "moves no row above the noise within its prior"
        elif len(kept) >= keep:
            said[i] = f"weaker than the {keep} that are kept"
        else:
            role = f", the strongest on {rows[movers[i]]}" if i in movers else ""
            said[i] = f"moves {_moved(mean_abs[i])} of {len(rows)} rows{role}"
            kept.append(i)
    found = []
    for i in order:
        largest = f"{rows[int(np.argmax(mean_abs[i]))]} by {mean_abs[i].max():.1f} sd"
        found.append(Screened(candidates[i], i in kept, said[i], float(strength[i]), _moved(mean_abs[i]), largest))
    return found


def screening_csv(found: Sequence[Screened]) -> str:
    """Return the screening as CSV text, one row a candidate, the strongest first."""
    table = pd.DataFrame([asdict(one) | asdict(one.free) for one in found])
    table["kept"] = table["kept"].map({True: "yes", False: "no"})
    columns = ["path", "kept", "reason", "effect", "rows", "largest", "scale", "low", "high", "value", "source"]
    return csv_text(table[columns], {"effect": ".3f", "low": ".5g", "high": ".5g", "value": ".7g"})


def _moved(effects: Floats) -> int:
    """How many rows a parameter moves noticeably."""
    return int(np.sum(effects >= NOTICEABLE))


def _cosine(left: Floats, right: Floats) -> float:
    norm = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / norm if norm else 0.0
