"""A calibration from the first run to the last file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import tomli_w

from calibration.csv_table import csv_text
from calibration.emulator import Emulator
from calibration.ensemble import Ensemble, build_ensemble, representative, representative_toml, write_ensemble
from calibration.identify import identification, identification_csv
from calibration.information import ORIGINS, Known, known_at
from calibration.posterior import Sample
from calibration.recovery import recover, recovery_csv
from calibration.shapes import Shape
from calibration.space import Space
from calibration.store.jobs import Engine
from calibration.store.sealed_files import SUMS, sums_of
from calibration.targets import Target
from calibration.waves import Plan, Runs, Wave, first_wave, later_waves
from model import write_atomically

# Earlier origins are only there to be scored: fewer members do.
EARLIER_MEMBERS = 0.4
# What `fit.toml` says of each origin.
SUPPORT = ("members", "members_failed", "k_hat", "effective_at_full_weight", "weight_power", "effective_members")


@dataclass(frozen=True)
class Calibration:
    """What a calibration yields: ensembles by origin in order; the last one's waves, emulator, sample, and `member`.

    `member` is the number of the last ensemble's representative member.
    """

    ensembles: tuple[Ensemble, ...]
    known: Known
    waves: tuple[Wave, ...]
    emulator: Emulator
    sample: Sample
    member: int


def calibrate(
    space: Space,
    plan: Plan,
    targets: Sequence[Target],
    shapes: Sequence[Shape],
    runs: Runs,
    origins: Sequence[date] = ORIGINS,
) -> Calibration:
    """Fit every origin to what was known then.

    The runs over the prior depend on no data and serve all origins; each then has waves of its own, so nothing that
    became known after an origin enters its fit, not even through where runs were made.
    """
    first = first_wave(space, plan, runs)
    ensembles = []
    *earlier, last = sorted(origins)
    for origin in earlier:
        known = known_at(origin, targets, shapes)
        _, emulator, sample = later_waves(space, plan, known, first, runs)
        count = max(round(plan.members * EARLIER_MEMBERS), 8)
        ensembles.append(build_ensemble(space, plan, known, emulator, sample, runs, count))
    known = known_at(last, targets, shapes)
    waves, emulator, sample = later_waves(space, plan, known, first, runs)
    ensembles.append(build_ensemble(space, plan, known, emulator, sample, runs, plan.members))
    member = representative(ensembles[-1], known, runs)
    return Calibration(tuple(ensembles), known, tuple(waves), emulator, sample, member)


def write_calibration(
    found: Calibration, space: Space, plan: Plan, folder: Path, engine: Engine, replicates: int = 60
) -> list[Path]:
    """Write ensembles, representative, identification and recovery (of so many runs), with checksums; the paths."""
    files = [write_ensemble(one, folder) for one in found.ensembles]
    last = found.ensembles[-1]
    texts = {
        "representative.toml": representative_toml(last, found.member),
        "fit.toml": _fit_toml(found.ensembles),
        "identified.csv": identification_csv(identification(space, last, found.known)),
        "emulator.csv": _emulator_csv(found.known, found.emulator),
        "recovery.csv": recovery_csv(
            space, recover(space, found.known, found.waves[0], engine, seed=plan.seed, replicates=replicates)
        ),
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
