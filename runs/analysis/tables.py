"""What `jevons sensitivity` prints, draws and writes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import pandas as pd

from runs.analysis.discovery import FEWEST, Box, discover, read_condition
from runs.analysis.points import AnalysisError, Points, pick, read_points, read_values
from runs.analysis.sensitivity import MEASURES, sensitivity
from runs.sweep.results import Results

if TYPE_CHECKING:
    from rich.console import Console


FIGURES = (".png", ".svg", ".pdf")


def run_sensitivity(
    folder: Path,
    *,
    outcomes: Sequence[str] = (),
    policy: str | None = None,
    condition: str | None = None,
    figure: Path | None = None,
    top: int,
    as_csv: bool,
) -> "Callable[[Console], None]":
    """Compute tables and return what prints them; draw the figure and find the region where they are asked for.

    No `outcomes` means all, no `policy` the first. Raises `JevonsError`.
    """
    _check(condition, figure, as_csv=as_csv)
    results = Results(folder)
    points = read_points(results)
    policy = pick(policy, points.policies, "scenario")
    chosen = [pick(name, results.outcomes, "outcome") for name in outcomes] or results.outcomes
    # First, because it may be refused: then neither tables nor a file are left.
    region = None if condition is None else find_region(points, policy, condition, results.outcomes)
    tables: dict[str, pd.DataFrame] = {}
    left_out: list[str] = []
    for outcome in chosen:
        try:
            tables[outcome] = sensitivity(results, points, outcome, policy)
        except AnalysisError as error:
            if outcomes or (outcome == chosen[-1] and not tables):
                raise
            left_out.append(f"{outcome}: left out: {error}")
    if figure is not None:
        from runs.analysis.sweep_figures import save, tornado

        save(tornado(tables, policy, top), figure)

    def show(console: "Console") -> None:
        from runs.terminal.console import console as aside

        beside = aside(stderr=True) if as_csv else console  # a CSV file holds nothing else
        for line in left_out:
            beside.print(line, highlight=False, markup=False, soft_wrap=True)
        if as_csv:
            parts = [table.assign(outcome=outcome, scenario=policy) for outcome, table in tables.items()]
            columns = ["outcome", "scenario", "parameter", "measure", "value", "low", "high"]
            click.echo(pd.concat(parts)[columns].to_csv(index=False), nl=False)
            return
        for outcome, table in tables.items():
            _print(console, outcome, policy, table, top)
        if condition is not None and region is not None:
            _print_box(console, region, str(read_condition(condition, results.outcomes)), policy)

    return show


def _check(condition: str | None, figure: Path | None, *, as_csv: bool) -> None:
    """Refuse first what could not be written at the end."""
    if figure is not None and figure.suffix not in FIGURES:
        raise AnalysisError(f"--figure {figure}: a figure's name ends in one of {', '.join(FIGURES)}")
    if figure is not None and figure.exists():
        raise AnalysisError(f"--figure {figure}: exists already; nothing is overwritten")
    if as_csv and condition is not None:
        raise AnalysisError("--where finds a region, which has no rows of CSV: leave --csv out")


def find_region(points: Points, policy: str, text: str, outcomes: list[str]) -> Box:
    """Return the region of the uncertainties that leads to a condition, written as for `jevons sensitivity --where`.

    Raises `AnalysisError`, with a threshold that works where the one given puts all samples on one side.
    """
    condition = read_condition(text, outcomes)
    found = read_values(points, condition.outcome, policy)
    keep = np.isfinite(found)
    cases = condition.of(found[keep])
    if len(cases) >= 2 * FEWEST and cases.all() == cases.any() and np.ptp(found[keep]) > 0.0:
        low, middle, high = np.quantile(found[keep], [0.0, 0.5, 1.0])
        raise AnalysisError(
            f"{condition}: {'every one' if cases.all() else 'none'} of {len(cases)} samples under {policy} is such a "
            f"case, they lie from {low:.3g} to {high:.3g}; the median splits them: "
            f"'{condition.outcome} {condition.sign} {middle:.3g}'"
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
    for name, limit in found.limits.items():
        console.print(f"  {name} {limit}  (by luck: {limit.chance:.2g})", highlight=False, soft_wrap=True)
    if not found.limits:
        console.print("  no limit helps: cases are spread over all uncertainties", highlight=False)
