"""Whether members say the same with more rows: the fit is made with fewer rows than a default run has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.ensemble import Ensemble
from calibration.information import on_scale
from calibration.member_run import simulate
from calibration.store.jobs import Engine
from calibration.store.run_store import RunStore, Watch, succeeded
from calibration.targets import Target


@dataclass(frozen=True, slots=True)
class Shift:
    """One row's change from the ensemble's scale to another, in decades: mean over members and its standard error."""

    target: str
    mean: float
    error: float


def shifts(
    ensemble: Ensemble,
    scale: str,
    members: int,
    targets: Sequence[Target],
    store: RunStore,
    engine: Engine,
    watch: Watch | None = None,
) -> list[Shift]:
    """Run the members of most weight again with other row counts, the same seeds, and compare row by row.

    A run with more rows has the draws of one with fewer and more after them, but decisions fork, so single members
    differ by the noise of both scales; the mean shows a bias. Rows without a value are left out. Raises JevonsError
    where a run fails.
    """
    chosen = np.argsort(-ensemble.weight, kind="stable")[:members].tolist()
    own = ensemble.jobs()
    jobs = [own[i]._replace(scale=scale) for i in chosen]
    runs = succeeded(store.ensure(jobs, engine, simulate, watch), f"members at scale {scale}")
    found = []
    for target in targets:
        here = [on_scale(target, float(ensemble.output(target.id)[i])) for i in chosen]
        there = [on_scale(target, run[target.id]) for run in runs]
        change = np.array(there) - np.array(here)
        change = change[np.isfinite(change)]
        if len(change) > 1:
            error = float(change.std(ddof=1) / np.sqrt(len(change)))
            found.append(Shift(target.id, float(change.mean()), error))
    return found
