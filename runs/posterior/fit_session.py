"""A calibration from the command line: its folder, the fit, the files it writes and what it prints."""

import importlib.util
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from calibration.calibrate import Calibration, calibrate, write_calibration
from calibration.information import Known, known_at
from calibration.screening import screen, screening_csv
from calibration.shapes import load_shapes
from calibration.shipped import FOLDER
from calibration.space import FREE_PATH, Space, candidates, load_space
from calibration.store.run_store import RunStore
from calibration.store.sealed_files import SUMS, read_json, sealed_json, sums_of
from calibration.targets import ORIGIN, load_targets
from calibration.waves import Plan, Runs
from model import JevonsError, write_atomically
from runs.engines.choose_engine import open_engine
from runs.places import RESULTS
from runs.terminal.fit_progress import FitProgress


@dataclass(frozen=True)
class FitRequest:
    """The options of a fit besides its plan: screening, processes, and where files go."""

    out: Path | None
    store: Path | None
    screen: bool
    trajectories: int
    keep: int
    workers: int | None
    ship: bool


def run_fit(request: FitRequest, plan: Plan, console: Console, err: Console) -> None:
    """Fit, write the results and print what came out; raises JevonsError for a folder begun with other options."""
    _check_extra()
    out = request.out or RESULTS / "calibration"
    chosen = None if request.store is None else RunStore(request.store)  # first: it may be refused
    _reserve(out, plan, request)
    targets, shapes = load_targets(), load_shapes()
    known = known_at(ORIGIN, targets, shapes)
    store = chosen or RunStore(out / "runs")
    with open_engine("processes", request.workers) as engine, FitProgress(err, known) as progress:
        runs = Runs(store, engine, progress.watch, stage=progress.stage, note=progress.note)
        space = _space(request, out, plan, known, runs)
        found = calibrate(space, plan, targets, shapes, runs)
        progress.note("checking the method on synthetic data")
        files = write_calibration(found, space, plan, out / "posterior", engine)
    if request.ship:
        FOLDER.mkdir(exist_ok=True)
        copies = [(file, FOLDER / file.name) for file in files]
        copies += [(out / "free.csv", FREE_PATH)] if request.screen else []
        files += [write_atomically(copy, file.read_bytes(), overwrite=True) for file, copy in copies]
    for line in (*_summary(found), *(f"  {file}" for file in files)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _check_extra() -> None:
    """Refuse in one line where the packages of the extra are missing."""
    missing = [name for name in ("emcee", "SALib") if importlib.util.find_spec(name) is None]
    if missing:
        raise JevonsError(
            f"{' and '.join(missing)} not installed: install the extra `calibrate` (pip install -e '.[calibrate]')"
        )


def _reserve(out: Path, plan: Plan, request: FitRequest) -> None:
    """Record the options in the folder; refuse a folder that was begun with others."""
    wanted = {**asdict(plan), "screen": request.screen, "trajectories": request.trajectories, "keep": request.keep}
    path = out / "plan.json"
    if path.is_file():
        try:
            begun = read_json(path, needs=("runs", "waves"))
        except JevonsError as error:
            raise JevonsError(
                f"{error}; move it away to go on with the same options, or give another --out "
                f"(--store {out / 'runs'} reuses its runs)"
            ) from None
        other = [f"{key} = {begun.get(key)}" for key in wanted if begun.get(key) != wanted[key]]
        if other:
            raise JevonsError(
                f"{out} was begun with {', '.join(other)}: give the same, or another --out "
                f"(--store {out / 'runs'} reuses its runs)"
            )
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JevonsError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error
    write_atomically(path, sealed_json(wanted))


def _space(request: FitRequest, out: Path, plan: Plan, known: Known, runs: Runs) -> Space:
    """Read the free parameters, after a screening where it was asked for and is not yet done."""
    if not request.screen:
        return load_space()
    path = out / "free.csv"
    if not path.is_file():
        able = candidates()
        runs.stage(f"screening {len(able)} parameters", request.trajectories * (len(able) + 1))
        found = screen(able, known, runs.store, runs.engine, trajectories=request.trajectories, keep=request.keep,
                       seed=plan.seed, scale=plan.scale, watch=runs.watch)  # fmt: skip
        text = screening_csv(found)
        write_atomically(out / SUMS, sums_of({path.name: text}), overwrite=True)
        write_atomically(path, text)
    return load_space(path)


def _summary(found: Calibration) -> list[str]:
    """Say how good the emulator and the sampler were."""
    last: Any = found.ensembles[-1].provenance
    skill = sorted(zip(found.emulator.skill.tolist(), found.known.ids, strict=True))
    worst = ", ".join(f"{name} {value:.2f}" for value, name in skill[:5])
    return [
        f"emulator: median R2 on points left out {skill[len(skill) // 2][0]:.2f}; worst {worst}",
        (
            f"posterior: {last['members']} members worth {last['effective_members']}, weights to the power "
            f"{last['weight_power']}; acceptance {last['acceptance']}, "
            f"autocorrelation {last['autocorrelation_steps']} steps"
        ),
    ]
