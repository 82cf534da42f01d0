"""What `jevons sensitivity` prints, draws and writes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from runs.analysis.discovery import FEWEST, Box, discover, read_condition
from runs.analysis.points import AnalysisError, Points, pick, read_points
from runs.analysis.sensitivity import MEASURES, sensitivity
from runs.sweep.results import Results

if TYPE_CHECKING:
    from rich.console import Console


FIGURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class SensitivityRequest:
    """What was asked for; no outcomes for all, no policy for the first."""

    folder: Path
    outcomes: tuple[str, ...]
    policy: str | None
    condition: str | None
    figure: Path | None
    top: int
    as_csv: bool


def _check(request: SensitivityRequest) -> None:
    """Refuse, before any work, what could not be written in the end."""
    figure = request.figure
    if figure is not None and figure.suffix not in FIGURES:
        raise AnalysisError(f"--figure {figure}: a figure's name ends in one of {', '.join(FIGURES)}")
    if figure is not None and figure.exists():
        raise AnalysisError(f"--figure {figure}: exists already; nothing is overwritten")
    if request.as_csv and request.condition is not None:
        raise AnalysisError("--where finds a region, which has no rows of CSV: leave --csv out")


def run_sensitivity(console: "Console", request: SensitivityRequest) -> str:
    """Print tables, or return them as CSV; draw the figure and the region where they are asked for."""
    _check(request)
    results = Results(request.folder)
    points = read_points(results)
    policy = pick(request.policy, points.policies, "scenario")
    chosen = [pick(name, results.outcomes, "outcome") for name in request.outcomes] or results.outcomes
    # Before what takes long and what stays: a threshold that splits nothing leaves neither tables nor a file.
    region = None if request.condition is None else find_region(points, policy, request.condition, results.outcomes)
    from rich.console import Console

    tables: dict[str, pd.DataFrame] = {}
    for outcome in chosen:
        try:
            tables[outcome] = sensitivity(results, points, outcome, policy)
        except AnalysisError as error:
            if request.outcomes or (outcome == chosen[-1] and not tables):
                raise
            beside = Console(stderr=True) if request.as_csv else console  # a CSV file holds nothing else
            beside.print(f"{outcome}: left out: {error}", highlight=False, markup=False, soft_wrap=True)
    if request.figure is not None:
        from runs.analysis.sweep_figures import save, tornado

        save(tornado(tables, policy, request.top), request.figure)
    if request.as_csv:
        parts = [table.assign(outcome=outcome, scenario=policy) for outcome, table in tables.items()]
        columns = ["outcome", "scenario", "parameter", "measure", "value", "low", "high"]
        return pd.concat(parts)[columns].to_csv(index=False)
    for outcome, table in tables.items():
        _print(console, outcome, policy, table, request.top)
    if request.condition is not None and region is not None:
        _print_box(console, region, str(read_condition(request.condition, results.outcomes)), policy)
    return ""


def find_region(points: Points, policy: str, text: str, outcomes: list[str]) -> Box:
    """Return the region of the uncertainties that leads to a condition, written as for `jevons sensitivity --where`.

    Raises `AnalysisError`, with a threshold that works where the one given puts all samples on one side.
    """
    condition = read_condition(text, outcomes)
    found = points.outcomes[condition.outcome, policy]
    keep = np.isfinite(found)
    cases = condition.of(found[keep])
    if len(cases) >= 2 * FEWEST and cases.all() == cases.any() and np.ptp(found[keep]) > 0.0:
        low, middle, high = np.quantile(found[keep], [0.0, 0.5, 1.0])
        raise AnalysisError(
            f"{condition}: {'every one' if cases.all() else 'none'} of {len(cases)} samples under {policy} is such a "
            f"case, they lie from {low:.3g} to {high:.3g}; the median splits them: "
            f"'{condition.outcome} {'>' if condition.above else '<'} {middle:.3g}'"
        )
    return discover(points.names, points.values[keep], cases)


def _print(console: "Console", outcome: str, policy: str, table: pd.DataFrame, top: int) -> None:
    from rich import box
    from rich.table import Table

    shown = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left", title=f"{outcome}, {policy}"
    )
    for name in ("parameter", "measure", "value", "95% interval"):
        shown.add_column(name, justify="left" if name in ("parameter", "measure") else "right")
    leading = list(dict.fromkeys(table["parameter"]))[:top]
    for row in table[table["parameter"].isin(leading)].to_dict("records"):
        interval = "" if np.isnan(row["low"]) else f"{row['low']:.3g} to {row['high']:.3g}"
        shown.add_row(str(row["parameter"]), str(row["measure"]), f"{row['value']:.3g}", interval)
    console.print(shown)
    for measure in dict.fromkeys(table["measure"]):
        console.print(f"{measure}: {MEASURES[str(measure)]}", highlight=False)
    console.print()


def _print_box(console: "Console", found: Box, condition: str, policy: str) -> None:
    console.print(
        f"{condition} under {policy}: the region below holds {found.mass:.0%} of the samples and {found.coverage:.0%} "
        f"of the cases; {found.density:.0%} of the samples in it are cases.",
        highlight=False,
        soft_wrap=True,
    )
    for name, limits in found.limits.items():
        console.print(f"  {words(name, limits)}  (by luck: {found.chance[name]:.2g})", highlight=False, soft_wrap=True)
    if not found.limits:
        console.print("  no limit helps: cases are spread over all uncertainties", highlight=False)


def words(name: str, limits: tuple[float | None, float | None]) -> str:
    """Return a limit in words."""
    low, high = limits
    if low is not None and high is not None:
        return f"{name} from {low:.4g} to {high:.4g}"
    return f"{name} at least {low:.4g}" if low is not None else f"{name} at most {high:.4g}"
