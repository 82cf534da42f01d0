"""`jevons forecast`: fan charts and a table to 2028, dated and frozen."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runs.commands.validate_command import MEMBERS
from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from calibration.discrepancy import Reach
    from calibration.ensemble import Ensemble
    from calibration.paths import Fan

FORECASTS = Path(__file__).resolve().parent.parent / "docs" / "forecasts"
INTERRUPTED = 130
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Ends the head of the table in docs/forecasts/README.md, newest first.
RULE = "|---|---|---|---|\n"
TABLE_MONTHS = ("2025-12", "2026-06", "2026-12", "2027-12", "2028-12")


@click.command()
@click.option("--until", default="2028-12-31", show_default=True, metavar="DATE", help="Last date, YYYY-MM-DD.")
@click.option(
    "--posterior",
    type=PLACE,
    metavar="DIR",
    help="Folder of ensembles.  [default: the shipped ones]",
)
@click.option("--out", type=PLACE, metavar="DIR", help="A new folder.  [default: docs/forecasts/TODAY]")
@click.option(
    "--store",
    type=PLACE,
    default=MEMBERS,
    metavar="DIR",
    help="Where runs are kept, to go on from.",
)
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes.  [default: one a processor]")
@click.option("--why", default="", metavar="TEXT", help="Why it replaces the one before, for docs/forecasts/README.md.")
def forecast(until: str, posterior: Path | None, out: Path | None, store: Path, workers: int | None, why: str) -> int:
    """Forecast the main observables from the posterior, and freeze the forecast.

    Writes fan charts (50 and 90%), every quantile by month as CSV and a page with a table into a folder named by
    today's date, so that what is disclosed later can judge it. A folder that exists is never written to again. The
    list of forecasts beside the folder, if there is one, has it as the first and current from then on.
    """
    from rich.console import Console

    from calibration.ensemble import read_ensembles
    from calibration.shipped import FOLDER
    from model import JevonsError, parse_date

    folder = out or FORECASTS / dt.date.today().isoformat()
    if folder.exists():
        raise JevonsError(f"{folder} exists, and a forecast is frozen once written: give another --out")
    last = parse_date(until, "--until")
    ensembles = read_ensembles(posterior or FOLDER)
    if last <= ensembles[-1].origin:
        raise JevonsError(f"--until {last} is not after the origin {ensembles[-1].origin}: give a later date")
    try:
        fans, reach = _fans(ensembles, until, store, workers)
    except KeyboardInterrupt:
        click.echo("jevons: interrupted; what was run is kept: give the same command again to go on", err=True)
        return INTERRUPTED
    for file in [*write_forecast(fans, ensembles[-1], reach, folder), *enter(folder, ensembles[-1], why)]:
        Console(highlight=False).print(f"  {file}", soft_wrap=True)
    return 0


def _fans(ensembles: "tuple[Ensemble, ...]", until: str, store: Path, workers: int | None) -> "tuple[list[Fan], Reach]":
    from calibration.discrepancy import reach_at
    from calibration.paths import fans, jobs_to, trace
    from calibration.store.run_store import RunStore, succeeded
    from calibration.targets import load_targets
    from runs.commands.validate_command import current
    from runs.engines.choose_engine import open_engine
    from runs.terminal.console import console
    from runs.terminal.fit_progress import FitProgress

    err = console(stderr=True)
    ensembles = current(ensembles, store, workers, err)
    last = ensembles[-1]
    reach = reach_at(ensembles, last.origin, load_targets())
    jobs = jobs_to(last, until)
    with open_engine("processes", workers) as engine, FitProgress(err) as progress:
        progress.stage(f"members to {until}", len(jobs))
        results = RunStore(store).ensure(jobs, engine, trace, progress.watch)
    return fans(last, succeeded(results, f"members to {until}"), reach, SHARES), reach


def write_forecast(fans: "list[Fan]", ensemble: "Ensemble", reach: "Reach", folder: Path) -> list[Path]:
    """Write page, table and figure into a new folder; their paths."""
    from runs.charts.fan_figure import fan_figure

    folder.mkdir(parents=True)
    table, page, figure = folder / "forecast.csv", folder / "README.md", folder / "fans.png"
    table.write_text(_csv(fans), encoding="utf-8")
    fan_figure(fans, ensemble.origin).savefig(figure)
    page.write_text(_page(fans, ensemble, reach), encoding="utf-8")
    return [page, table, figure]


def enter(folder: Path, ensemble: "Ensemble", why: str) -> list[Path]:
    """Put a forecast on top of the list of forecasts in README.md beside its folder; the list, where there is one."""
    from model import write_atomically

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


def _csv(fans: "list[Fan]") -> str:
    lines = ["observable,entity,segment,unit,month," + ",".join(f"q{round(100 * share):02d}" for share in SHARES)]
    for fan in fans:
        for month, row in zip(fan.months, fan.quantiles.tolist(), strict=True):
            lines.append(",".join([*fan.series, fan.unit, month, *(f"{value:.5g}" for value in row)]))
    return "\n".join(lines) + "\n"


def _page(fans: "list[Fan]", ensemble: "Ensemble", reach: "Reach") -> str:
    from runs.terminal.short_numbers import bare

    p = ensemble.provenance
    intro = (
        f"Fitted to figures of the time up to {ensemble.origin.isoformat()}; no later one was. {p['members']} members "
        f"of the posterior, model {p['model']}, data {p['data']}, prior {p['prior']}. Median and central 90% interval "
        f"of monthly means; the structural error grows by {reach.growth:.2f} decades a year and is {reach.novelty:.2f} "
        "for a series never seen; it ends people at the population, shares at one and a part at its whole. This page "
        "is not changed once written; `forecast.csv` has every month and the 50% interval."
    )
    lines = [
        f"# Forecast of {dt.date.today().isoformat()}",
        "",
        intro,
        "",
        "![Fan charts](fans.png)",
        "",
        "| observable | unit | " + " | ".join(TABLE_MONTHS) + " |",
        "|---|---|" + "---|" * len(TABLE_MONTHS),
    ]
    for fan in fans:
        cells = []
        for month in TABLE_MONTHS:
            if month not in fan.months:
                cells.append("-")
                continue
            low, _, median, _, high = fan.quantiles[fan.months.index(month)]
            cells.append(f"{bare(median, fan.unit)} ({bare(low, fan.unit)} to {bare(high, fan.unit)})")
        name = " ".join(fan.series).replace("_", " ")
        lines.append(f"| {name} | {fan.unit} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
