"""A calibration from the command line: its folder, the fit, the files it writes and what it prints."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from calibration.calibrate import Calibration, calibrate, write_calibration
from calibration.information import known_at, origins
from calibration.member_run import asking, simulate
from calibration.own_figures import read_figures
from calibration.posterior import LARGEST_K_HAT
from calibration.shapes import load_shapes
from calibration.shipped import FOLDER
from calibration.space import load_space
from calibration.store.run_store import RunStore
from calibration.store.sealed_files import read_json, sealed_json
from calibration.waves import Plan, Runs
from model import JevonsError, write_atomically
from runs.engines.choose_engine import open_engine
from runs.places import RESULTS
from runs.terminal.fit_progress import FitProgress


@dataclass(frozen=True)
class FitRequest:
    """The options of a fit besides its plan: processes, where files go, and a file of the user's own figures.

    `only_targets` takes those figures alone.
    """

    out: Path | None
    store: Path | None
    workers: int | None
    ship: bool
    targets: Path | None = None
    only_targets: bool = False


def run_fit(request: FitRequest, plan: Plan, console: Console, err: Console) -> None:
    """Fit, write the results and print what came out; raises JevonsError for a folder begun with other options."""
    figures = read_figures(request.targets, request.only_targets)
    if request.ship and figures.own:
        raise JevonsError("--ship is for the shipped figures: leave out --targets, or leave out --ship")
    out = request.out or RESULTS / "calibration"
    chosen = None if request.store is None else RunStore(request.store)  # first: it may be refused
    _reserve(out, plan)
    targets, shapes = figures.targets, load_shapes()
    known = known_at(origins(targets)[-1], targets, shapes)
    store = chosen or RunStore(out / "runs")
    with open_engine("processes", request.workers) as engine, FitProgress(err, known) as progress:
        work = asking(targets) if figures.own else simulate
        runs = Runs(store, engine, progress.watch, work, progress.stage, progress.note)
        space = load_space()
        found = calibrate(space, plan, targets, shapes, runs)
        progress.note("checking the method on synthetic data")
        files = write_calibration(found, targets, out / "posterior", engine)
    if request.ship:
        FOLDER.mkdir(exist_ok=True)
        files += [write_atomically(FOLDER / file.name, file.read_bytes(), overwrite=True) for file in files]
    for line in (*_summary(found), *(f"  {file}" for file in files)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _reserve(out: Path, plan: Plan) -> None:
    """Record the options in the folder; refuse a folder that was begun with others."""
    wanted = asdict(plan)
    path = out / "plan.json"
    if path.is_file():
        try:
            begun = read_json(path, needs=("members", "steps"))
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


def _summary(found: Calibration) -> list[str]:
    """Say how good the emulator was, and what the members are worth."""
    skill = sorted(zip(found.emulator.skill.tolist(), found.known.ids, strict=True))
    worst = ", ".join(f"{name} {value:.2f}" for value, name in skill[:5])
    return [
        f"emulator: median R2 on points left out {skill[len(skill) // 2][0]:.2f}; worst {worst}",
        *(_support(one.provenance) for one in found.ensembles),
    ]


def _support(of: Mapping[str, Any]) -> str:
    """Say how well the members' own runs bear out the emulator at one origin."""
    k_hat = "no k-hat, too few members" if of["k_hat"] is None else f"k-hat {of['k_hat']:.2f}"
    if of["k_hat"] is not None and of["k_hat"] > LARGEST_K_HAT:
        k_hat += f", above {LARGEST_K_HAT:g}: FAILED"
    return (
        f"{of['origin']}: {of['members']} members, worth {of['effective_at_full_weight']:.0f} at full importance "
        f"weight ({k_hat})"
    )
