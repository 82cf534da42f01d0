"""A calibration from the first run to the last file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import tomli_w
from numpy.typing import NDArray

from calibration.csv_table import csv_text
from calibration.emulator import Emulator
from calibration.ensemble import Ensemble, build_ensemble, representative, representative_toml, write_ensemble
from calibration.identify import identification, identification_csv
from calibration.information import Known, known_at, origins
from calibration.recovery import recover, recovery_csv
from calibration.screening import influence, most_influential
from calibration.shapes import Shape
from calibration.smoother import Fit, Members, assimilate, begin
from calibration.space import Space
from calibration.store.jobs import Engine
from calibration.store.sealed_files import SUMS, sums_of
from calibration.targets import Target
from calibration.waves import POOL, Plan, Runs, Wave, prior_design
from model import write_atomically

Floats = NDArray[np.float64]

# What `fit.toml` says of each origin.
SUPPORT = ("members", "members_failed", "k_hat", "effective_at_full_weight")


@dataclass(frozen=True)
class Calibration:
    """What a calibration yields.

    fit: what was fitted and how. ensembles: by origin in order. began: the members at the prior. known, emulator: those
    of the last origin. first: the runs over the prior, of both kinds. influence (d,): each parameter's share of the
    variance of outputs. member: the number of the last ensemble's representative member.
    """

    fit: Fit
    ensembles: tuple[Ensemble, ...]
    began: Members
    known: Known
    first: Wave
    emulator: Emulator
    influence: Floats
    member: int

    def prior(self) -> Ensemble:
        """The members at the prior, fitted to nothing."""
        return build_ensemble(self.fit, Known(date.min, (), ()), self.began, None)


def calibrate(
    space: Space,
    plan: Plan,
    targets: Sequence[Target],
    shapes: Sequence[Shape],
    runs: Runs,
    days: Sequence[date] | None = None,
) -> Calibration:
    """Fit every origin to what was public then, one after another; `days` are those of `origins` where none are given.

    The runs over the prior depend on no data and serve all origins: first every parameter moves, then those alone that
    matter, which leaves the emulator less to learn. The members of an origin begin where those of the
    origin before ended, and the emulator learns from runs made so far, so nothing that became known after an origin
    enters its fit, not even through where runs were made.
    """
    z = prior_design(len(space), plan.first, plan.seed)
    first = runs.make(space, z, np.arange(plan.first) % POOL + 1, plan, "the prior")
    runs.note("choosing the parameters that move")
    share = influence(first.z, first.runs, targets)
    fit = Fit(space, most_influential(share, plan.moving), plan, runs)
    z, second = z[:, fit.moving.places], prior_design(len(fit.moving), plan.second, plan.seed + 1)
    made = fit.make(second, np.arange(plan.second) % POOL + 1, "the prior of those that move")
    first = Wave(np.concatenate((z, second)), (*first.runs, *made.runs))
    began = members = begin(fit)
    past, ensembles = [first, Wave(members.z, members.runs)], []
    *earlier, last = sorted(days or origins(targets))
    for day in earlier:
        known = known_at(day, targets, shapes)
        members, emulator = assimilate(members, past, known, fit, plan.steps)
        ensembles.append(build_ensemble(fit, known, members, emulator))
    known = known_at(last, targets, shapes)
    members, emulator = assimilate(members, past, known, fit, plan.last_steps)
    ensembles.append(build_ensemble(fit, known, members, emulator))
    member = representative(ensembles[-1], known, runs)
    return Calibration(fit, tuple(ensembles), began, known, first, emulator, share, member)


def write_calibration(found: Calibration, targets: Sequence[Target], folder: Path, engine: Engine) -> list[Path]:
    """Write ensembles, representative, identification and recovery, with checksums; the paths."""
    files = [write_ensemble(one, folder) for one in found.ensembles]
    files.append(write_ensemble(found.prior(), folder, "prior.parquet"))
    last, fit = found.ensembles[-1], found.fit
    middle = known_at(sorted(t.published for t in targets)[len(targets) // 3], targets)
    ahead = replace(middle, targets=tuple(t for t in targets if t not in middle.targets))
    recovered = recover(fit, found.first, found.began, middle, ahead, engine)
    texts = {
        "representative.toml": representative_toml(last, found.member),
        "fit.toml": _fit_toml(found.ensembles),
        "identified.csv": identification_csv(identification(fit, last, found.known, found.influence)),
        "emulator.csv": _emulator_csv(found.known, found.emulator),
        "recovery.csv": recovery_csv(recovered),
    }
    texts[SUMS] = sums_of(texts)
    return files + [write_atomically(folder / name, text, overwrite=True) for name, text in texts.items()]


def _fit_toml(ensembles: Sequence[Ensemble]) -> str:
    """Return by origin how many members there are, and how well their runs bear out the emulator, as TOML text."""
    found = {one.origin.isoformat(): {name: one.provenance[name] for name in SUPPORT} for one in ensembles}
    known = {day: {name: value for name, value in one.items() if value is not None} for day, one in found.items()}
    return tomli_w.dumps(known)


def _emulator_csv(known: Known, emulator: Emulator) -> str:
    """Return R2 on points left out and the error's standard deviation in decades, by row, as CSV text."""
    columns = {
        "r2_left_out": emulator.skill,
        "error_sd_decades": np.sqrt(emulator.variance),
        "band_sd_decades": known.sd,
    }
    formats = {"r2_left_out": ".3f", "error_sd_decades": ".4f", "band_sd_decades": ".4f"}
    return csv_text(pd.DataFrame({"id": known.ids} | columns), formats)
