"""`jevons calibrate`: fit the market to figures of the time up to the origin."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from rich.console import Console

    from calibration.calibrate import Calibration
    from calibration.information import Known
    from calibration.space import Space
    from calibration.waves import Plan, Runs

RESULTS = Path(__file__).parent / "results" / "calibration"
INTERRUPTED = 130


@dataclass(frozen=True)
class Request:
    """What was asked for."""

    out: Path
    store: Path | None
    screen: bool
    trajectories: int
    keep: int
    workers: int | None
    ship: bool


@click.command()
@click.option("--runs", type=click.IntRange(32), default=4000, show_default=True, help="Runs of all waves together.")
@click.option(
    "--waves", type=click.IntRange(1, 9), default=3, show_default=True, help="Waves; the first has half the runs."
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 20),
    default=2,
    show_default=True,
    help="Runs a point, with seeds of a common pool in turn.",
)
@click.option("--members", type=click.IntRange(16), default=200, show_default=True, help="Members of the ensemble.")
@click.option("--steps", type=click.IntRange(200), default=3000, show_default=True, help="Steps of the sampler.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of designs and samplers.")
@click.option(
    "--scale",
    type=click.Choice(("small", "medium", "default")),
    default="medium",
    show_default=True,
    help="Rows of a run.",
)
@click.option("--screen", is_flag=True, help="Choose the free parameters first; else those written down are taken.")
@click.option(
    "--trajectories", type=click.IntRange(2), default=4, show_default=True, help="Trajectories of the screening."
)
@click.option(
    "--keep", type=click.IntRange(1, 60), default=24, show_default=True, help="Parameters the screening keeps."
)
@click.option(
    "--out",
    type=PLACE,
    default=RESULTS,
    metavar="DIR",
    help="Where results go; given again, it goes on.",
)
@click.option("--store", type=PLACE, metavar="DIR", help="Where runs are kept.  [default: OUT/runs]")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes.  [default: one a processor]")
@click.option("--ship", is_flag=True, help="Also put the results where `validate` and `forecast` look for them.")
def calibrate(
    runs: int, waves: int, seeds: int, members: int, steps: int, seed: int, scale: str, screen: bool,
    trajectories: int, keep: int, out: Path, store: Path | None, workers: int | None, ship: bool,
) -> int:  # fmt: skip
    """Fit the free parameters to figures of the time up to 2025-09-30.

    Every run is kept on disk and never made twice: interrupted (Ctrl-C) and started again with the same options, it
    goes on. Rows to validate and to forecast are not looked at.

    \b
    Examples:
      jevons calibrate --screen --ship           everything from scratch
      jevons calibrate --runs 400 --members 60   a quick look
    """
    from calibration.waves import Plan

    plan = Plan(runs, waves, seeds, members, seed, scale, steps)
    request = Request(out, store, screen, trajectories, keep, workers, ship)
    try:
        _calibrate(request, plan)
    except KeyboardInterrupt:
        click.echo("jevons: interrupted; what was run is kept: give the same command again to go on", err=True)
        return INTERRUPTED
    return 0


def _calibrate(request: Request, plan: "Plan") -> None:
    from rich.console import Console

    from calibration.calibrate import calibrate as fit
    from calibration.calibrate import write_calibration
    from calibration.information import ORIGIN, known_at
    from calibration.shapes import load_shapes
    from calibration.store.run_store import RunStore
    from calibration.targets import load_targets
    from calibration.waves import Runs
    from runs.engines.choose_engine import open_engine
    from runs.terminal.console import console
    from runs.terminal.fit_progress import FitProgress

    needs_extra()
    out, err = Console(highlight=False), console(stderr=True)
    _claim(request.out, plan, request)
    targets, shapes = load_targets(), load_shapes()
    known = known_at(ORIGIN, targets, shapes)
    store = RunStore(request.store or request.out / "runs")
    with open_engine("processes", request.workers) as engine, FitProgress(err, known) as progress:
        runs = Runs(store, engine, progress.watch, stage=progress.stage)
        space = _space(request, plan, known, runs)
        found = fit(space, plan, targets, shapes, runs)
        progress.note("checking the method on synthetic data")
        files = write_calibration(found, space, plan, request.out / "posterior", engine)
    if request.ship:
        files += _ship(request, files)
    _report(out, found, files)


def needs_extra() -> None:
    """Refuse in one line where the packages of the extra are missing."""
    from importlib.util import find_spec

    from model import JevonsError

    missing = [name for name in ("emcee", "SALib") if find_spec(name) is None]
    if missing:
        raise JevonsError(
            f"{' and '.join(missing)} not installed: install the extra `calibrate` (pip install -e '.[calibrate]')"
        )


def _claim(out: Path, plan: "Plan", request: Request) -> None:
    """Write down what a folder is for, and refuse one that was begun with other options."""
    import json

    from model import JevonsError

    wanted = {**asdict(plan), "screen": request.screen, "trajectories": request.trajectories, "keep": request.keep}
    path = out / "plan.json"
    if path.is_file():
        begun = json.loads(path.read_text(encoding="utf-8"))
        other = [f"{key} = {begun.get(key)}" for key in wanted if begun.get(key) != wanted[key]]
        if other:
            raise JevonsError(
                f"{out} was begun with {', '.join(other)}: give the same, or another --out "
                f"(--store {out / 'runs'} reuses its runs)"
            )
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise JevonsError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error


def _space(request: Request, plan: "Plan", known: "Known", runs: "Runs") -> "Space":
    from calibration.screening import screen, screening_csv
    from calibration.space import candidates, load_space

    if not request.screen:
        return load_space()
    path = request.out / "free.csv"
    if not path.is_file():
        able = candidates()
        runs.stage(f"screening {len(able)} parameters", request.trajectories * (len(able) + 1))
        found = screen(able, known, runs.store, runs.engine, trajectories=request.trajectories, keep=request.keep,
                       seed=plan.seed, scale=plan.scale, watch=runs.watch)  # fmt: skip
        path.write_text(screening_csv(found), encoding="utf-8")
    return load_space(path)


def _ship(request: Request, files: list[Path]) -> list[Path]:
    import shutil

    from calibration.shipped import FOLDER
    from calibration.space import FREE_PATH

    FOLDER.mkdir(exist_ok=True)
    shipped = [Path(shutil.copy(file, FOLDER / file.name)) for file in files]
    if request.screen:
        shipped.append(Path(shutil.copy(request.out / "free.csv", FREE_PATH)))
    return shipped


def _report(out: "Console", found: "Calibration", files: list[Path]) -> None:
    last: Any = found.ensembles[-1].provenance
    skill = sorted(zip(found.emulator.skill.tolist(), found.known.ids, strict=True))
    worst = ", ".join(f"{name} {value:.2f}" for value, name in skill[:5])
    out.print(f"emulator: median R2 on points left out {skill[len(skill) // 2][0]:.2f}; worst {worst}", soft_wrap=True)
    out.print(
        f"posterior: {last['members']} members worth {last['effective_members']}, weights to the power "
        f"{last['weight_power']}; acceptance {last['acceptance']}, autocorrelation "
        f"{last['autocorrelation_steps']} steps",
        soft_wrap=True,
    )
    for file in files:
        out.print(f"  {file}", markup=False, soft_wrap=True)
