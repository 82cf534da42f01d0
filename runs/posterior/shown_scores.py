"""What README and docs/calibration.md say of the scores: blocks that `jevons validate --docs` writes."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from calibration.csv_table import csv_text
from calibration.ensemble import Ensemble
from calibration.member_run import simulate
from calibration.store.jobs import UNTIL, Job
from calibration.store.run_store import RunStore, succeeded
from calibration.targets import Target
from model import Scenario, write_atomically
from runs.marked_blocks import renew_block
from runs.places import DOCS, ROOT
from runs.posterior.current_members import MEMBERS, local_workers
from runs.scores.score_table import period, series_title, span
from runs.terminal.short_numbers import bare

# Seeds that the baseline was fitted with, and seeds that its fit never saw.
FITTED_SEEDS, NEW_SEEDS = (1, 2, 3, 4, 5), (6, 7, 8, 9, 10)
FAR_LOG10 = math.log10(4.0)
TWICE_LOG10 = math.log10(2.0) + 1e-12

DEFAULT = (
    "The default parameters, which `jevons run` uses, were fitted to all {rows} figures. Of the medians over the five "
    "seeds of the fit, {fitted[0]} are in their band and {fitted[1]} within a factor of two; over five new seeds, "
    "{new[0]} and {new[1]}. A single run is noisier. More than a factor of four off over new seeds: {far}. That is a "
    "fit, not a test."
)


def renew_shown(
    ensembles: Sequence[Ensemble], targets: Sequence[Target], store: Path | None, err: Console
) -> list[Path]:
    """Write what is said of the baseline and of the fit's command, and return the files; raises JevonsError.

    The baseline is run with ten seeds, and its runs are kept in `store`.
    """
    medians = baseline_medians(targets, store, err)
    readme, page, table = ROOT / "README.md", DOCS / "calibration.md", DOCS / "calibration-baseline.csv"
    for file in (readme, page):
        renew_block(file, "baseline", baseline_block(medians, targets))
    renew_block(page, "fit", fit_block(ensembles))
    write_atomically(table, baseline_csv(medians, targets), overwrite=True)
    return [readme, page, table]


def baseline_medians(targets: Sequence[Target], store: Path | None, err: Console) -> dict[str, tuple[float, float]]:
    """Run the baseline; the median of each figure over the seeds of its fit, and over new ones. Raises JevonsError."""
    seeds = FITTED_SEEDS + NEW_SEEDS
    jobs = [Job.of(Scenario.load("baseline"), seed, date.fromisoformat(UNTIL)) for seed in seeds]
    with local_workers(None, err) as (engine, progress):
        progress.stage(f"the baseline with {len(jobs)} seeds", len(jobs))
        runs = succeeded(RunStore(store or MEMBERS).ensure(jobs, engine, simulate, progress.watch), "the baseline")
    fitted, new = runs[: len(FITTED_SEEDS)], runs[len(FITTED_SEEDS) :]
    return {
        target.id: (
            float(np.median([run[target.id] for run in fitted])),
            float(np.median([run[target.id] for run in new])),
        )
        for target in targets
    }


def _counted(medians: Mapping[str, tuple[float, float]], targets: Sequence[Target], place: int) -> tuple[int, int]:
    inside = sum(target.low <= medians[target.id][place] <= target.high for target in targets)
    near = sum(abs(_error(target, medians[target.id][place])) <= TWICE_LOG10 for target in targets)
    return inside, near


def _error(target: Target, value: float) -> float:
    """Return log10(value / target); infinite where one of them is not positive."""
    return math.log10(value / target.value) if value > 0.0 and target.value > 0.0 else math.inf


def fit_block(ensembles: Sequence[Ensemble]) -> str:
    """The command that made the shipped ensembles, from what they say of themselves."""
    last: Any = ensembles[-1].provenance
    plan = last["plan"]
    options = " ".join(
        f"--{name.replace('_', '-')} {plan[name]}"
        for name in ("first", "moving", "second", "members", "steps", "last_steps", "replicates", "seed", "scale")
    )
    return f"The shipped ensembles come from this command:\n\n```sh\njevons calibrate --ship {options}\n```"


def baseline_block(medians: Mapping[str, tuple[float, float]], targets: Sequence[Target]) -> str:
    """Return how near the baseline comes, and which figures it misses by far with seeds that its fit never saw."""
    fitted, new = (_counted(medians, targets, place) for place in (0, 1))
    far = [target.id for target in targets if abs(_error(target, medians[target.id][1])) > FAR_LOG10]
    return DEFAULT.format(rows=len(targets), fitted=fitted, new=new, far=", ".join(far) or "none")


def baseline_csv(medians: Mapping[str, tuple[float, float]], targets: Sequence[Target]) -> str:
    """Return every figure with the baseline's medians over both sets of seeds; a star marks one in its band."""
    rows = []
    for target in targets:
        values = [
            bare(value, target.unit) + ("*" if target.low <= value <= target.high else "")
            for value in medians[target.id]
        ]
        what = series_title(target.entity, target.observable, target.segment)
        band = span(target.low, target.high, target.unit)
        rows.append((target.id, what, period(target), bare(target.value, target.unit), band, *values))
    head = ["id", "what", "when", "target", "band", "seeds of the fit", "new seeds"]
    return csv_text(pd.DataFrame(rows, columns=head), {})
