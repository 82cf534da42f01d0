"""A frozen forecast: fans of the members, and the folder with page, table and figure."""

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from calibration.discrepancy import Processes, processes_at
from calibration.ensemble import Ensemble, read_ensembles, without
from calibration.information import known_at
from calibration.own_figures import read_figures
from calibration.paths import Fan, fans, jobs_to, last_day, trace
from calibration.shipped import FOLDER
from calibration.store.run_store import RunStore, succeeded
from calibration.store.sealed_files import SUMS, sums_of
from calibration.targets import Target
from model import JevonsError, parse_date, reason_of, write_atomically
from runs.charts.fan_figure import fan_figure
from runs.one_run.simulate import interrupts
from runs.places import DOCS
from runs.posterior.current_members import MEMBERS, current, local_workers, with_own
from runs.terminal.short_numbers import bare
from runs.terminal.startup_line import early_line

FORECASTS = DOCS / "forecasts"
# The quantiles of the forecast hubs.
LEVELS = (0.01, 0.025, *(round(0.05 * i, 2) for i in range(1, 20)), 0.975, 0.99)
EDGES = (0.05, 0.5, 0.95)
# Ends the head of the table in docs/forecasts/README.md, newest first.
RULE = "|---|---|---|---|\n"
TABLE_MONTHS = ("2025-12", "2026-06", "2026-12", "2027-12", "2028-12", "2030-12")


@dataclass(frozen=True)
class Forecast:
    """Fans of an ensemble's members, anchored to those of the figures `targets` that were public on `day`."""

    fans: list[Fan]
    ensemble: Ensemble
    processes: Processes
    day: date
    targets: Sequence[Target]


def make_forecast(
    until: str,
    posterior: Path | None,
    out: Path | None,
    store: Path | None,
    workers: int | None,
    why: str,
    targets: Path | None,
    err: Console,
    *,
    only_targets: bool,
) -> list[Path]:
    """Run the members to `until` and write the forecast; its files. Raises JevonsError, before any run if it can.

    `targets` is a file of the user's own figures, which the paths are anchored to beside the shipped ones, or with
    `only_targets` alone. With them the forecast is that of the day on which the last figure was published.
    """
    figures = read_figures(targets, only_targets)
    if targets is not None and out is None:
        raise JevonsError("--targets needs --out: the list in docs/forecasts is for the shipped figures")
    folder = out or FORECASTS / dt.date.today().isoformat()
    if folder.exists():
        raise JevonsError(f"{folder} exists, and a forecast is frozen once written: give another --out")
    last = parse_date(until, "--until")
    until = last.isoformat()
    ensembles = read_ensembles(posterior or FOLDER)
    if last <= ensembles[-1].origin:
        raise JevonsError(f"--until {last} is not after the origin {ensembles[-1].origin}: give a later date")
    ensembles = current(ensembles, store, workers, err)
    if targets is not None:  # the latest members alone are run for them: earlier ones say how far off forecasts are
        mine = {row.id for row in figures.own}
        earlier = [without(one, mine) for one in ensembles[:-1]]
        ensembles = (*earlier, *with_own(ensembles[-1:], figures, store, workers, err))
    newest = ensembles[-1]
    day = max([newest.origin, *(row.published for row in figures.own)])
    processes = processes_at(ensembles, day, read_figures(targets).targets)  # learnt from all, whichever anchor
    known = known_at(day, figures.targets).targets
    jobs = jobs_to(newest, until)
    with local_workers(workers, err) as (engine, progress):
        progress.stage(f"members to {until}", len(jobs))
        results = RunStore(store or MEMBERS).ensure(jobs, engine, trace, progress.watch)
    with early_line("jevons: writing the forecast"):
        drawn = fans(newest, succeeded(results, f"members to {until}"), processes, known, LEVELS)
        return freeze(Forecast(drawn, newest, processes, day, figures.targets), folder, why)


def freeze(made: Forecast, folder: Path, why: str) -> list[Path]:
    """Write a forecast beside its place, then let it appear whole and list it; its files.

    Ctrl-C before that leaves nothing, so a forecast that was interrupted is not a frozen one.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
            files = write_forecast(made, Path(beside) / "forecast")
            with interrupts():
                (Path(beside) / "forecast").rename(folder)
                return [*(folder / file.name for file in files), *enter(folder, made.ensemble, why)]
    except OSError as error:
        raise JevonsError(f"{folder}: cannot be written: {reason_of(error)}; the members' runs are kept") from None


def write_forecast(made: Forecast, folder: Path) -> list[Path]:
    """Write page, table, their checksums and figure into a new folder; return their paths."""
    folder.mkdir(parents=True)
    figure = fan_figure(made.fans, LEVELS, made.day, made.targets)
    texts = {"README.md": _page(made), "forecast.csv": _csv(made.fans, made.day)}
    texts[SUMS] = sums_of(texts)
    return [
        *(write_atomically(folder / name, text) for name, text in texts.items()),
        write_atomically(folder / "fans.png", lambda stream: figure.savefig(stream, format="png")),
    ]


def enter(folder: Path, ensemble: Ensemble, why: str) -> list[Path]:
    """Put a forecast on top of the list of forecasts in README.md beside its folder; the list, where there is one."""
    listed = folder.resolve().parent / "README.md"
    if not listed.is_file() or RULE not in listed.read_text(encoding="utf-8"):
        return []
    p = ensemble.provenance
    posterior = f"{p['members']} members, model `{p['model']}`"
    cells = (f"[{folder.name}]({folder.name}/README.md)", ensemble.origin.isoformat(), posterior, why or "-")
    row = "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |\n"
    text = listed.read_text(encoding="utf-8")
    write_atomically(listed, text.replace(RULE, RULE + row, 1), overwrite=True)
    return [listed]


def _csv(fans: list[Fan], origin: date) -> str:
    """Return the quantiles of the months after a day in the model-output format of the forecast hubs (hubverse).

    One row a quantile; the task is named by target, entity, segment and unit, and `horizon` counts months.
    """
    lines = ["origin_date,target,entity,segment,unit,horizon,target_end_date,output_type,output_type_id,value"]
    for fan in fans:
        for month, row in zip(fan.months, fan.quantiles.tolist(), strict=True):
            end = last_day(month)
            if end > origin:
                horizon = 12 * (end.year - origin.year) + end.month - origin.month
                task = ",".join([origin.isoformat(), *fan.series, fan.unit, str(horizon), end.isoformat()])
                lines += [f"{task},quantile,{level},{value:.5g}" for level, value in zip(LEVELS, row, strict=True)]
    return "\n".join(lines) + "\n"


def _page(made: Forecast) -> str:
    fans, ensemble, day, p = made.fans, made.ensemble, made.day, made.ensemble.provenance
    later = "no later one was used" if day == ensemble.origin else f"anchored to figures published by {day.isoformat()}"
    told, drawn = (
        ", ".join(f"{family} {getattr(one, name):.2f}" for family, one in made.processes.items())
        for name in ("scale", "spread")
    )
    intro = (
        f"Fitted to figures published by {ensemble.origin.isoformat()}; {later}. {len(ensemble)} members "
        f"of the posterior, model {p['model']}, data {p['data']}, prior {p['prior']}. Median and central 90% interval "
        "of monthly means as a disclosure would give them, anchored to the last disclosed figure of the same series. "
        f"Away from figures the structure is off by these scales (decades): {told}; members' distances from their "
        f"median count by these factors: {drawn}. People end at the population, "
        "shares at one and a part at its whole. This page is not changed once written; `forecast.csv` has 23 quantiles "
        "of every month after the origin, in the format of the forecast hubs."
    )
    shown = [month for month in TABLE_MONTHS if month in fans[0].months]
    lines = [
        f"# Forecast of {dt.date.today().isoformat()}",
        "",
        intro,
        "",
        "![Fan charts](fans.png)",
        "",
        "| observable | unit | " + " | ".join(shown) + " |",
        "|---|---|" + "---|" * len(shown),
    ]
    for fan in fans:
        cells = []
        for month in shown:
            low, median, high = (fan.quantiles[fan.months.index(month), LEVELS.index(level)] for level in EDGES)
            cells.append(f"{bare(median, fan.unit)} ({bare(low, fan.unit)} to {bare(high, fan.unit)})")
        name = " ".join(fan.series).replace("_", " ")
        lines.append(f"| {name} | {fan.unit} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
