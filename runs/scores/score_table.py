"""The table *model against actual*, one row for each target, and what else `jevons run` prints at its end."""

import math
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from calibration.targets import ROLES, Target
from runs.terminal.narrow_table import fitted_table
from runs.terminal.short_numbers import bare, duration

ROLE_NOTES = {"calibrate": "until Sep 2025", "validate": "later"}
# The figures that a fit saw, in a table of scores.
FITTED = "fitted"

HEAD = ("id", "what", "when", "target", "band", "model", "unit", "log10", "")
NUMBERS = ("target", "band", "model", "log10")
# Columns that a narrow terminal can do without, the first one first.
SPARE = ("unit", "band", "when")


def against_actuals(board: pd.DataFrame, targets: Sequence[Target], width: int) -> Table:
    """Make the table of the scoreboard for a terminal of `width` characters, with a section for each role.

    `board` is the table that `calibration.scoreboard.scoreboard` makes; `targets` give the dates.
    """
    periods = {target.id: period(target) for target in targets}
    rows: list[list[str | Text] | str] = []
    for role in ROLES:
        mine = board[board["role"] == role].to_dict("records")
        rows += [f"{role} ({ROLE_NOTES[role]})", *(_cells(row, periods[row["id"]]) for row in mine)] if mine else []
    return fitted_table("Model against actual", HEAD, rows, width, words=("what",), spare=SPARE, right=NUMBERS)


def _cells(row: dict[Any, Any], when: str) -> list[str | Text]:
    unit, model, error = row["unit"], row["model"], row["log10_error"]
    unknown = math.isnan(model)
    return [
        row["id"],
        series_title(row["entity"], row["observable"], row["segment"]),
        when,
        bare(row["target"], unit),
        span(row["low"], row["high"], unit),
        Text(bare(model, unit), style="dim" if unknown else "bold"),
        Text(unit, style="dim"),
        "-" if math.isnan(error) else f"{error:+.2f}",
        mark(inside=row["inside"], unknown=unknown),
    ]


def not_fitted(role: str) -> str:
    """Name the figures of a role that a fit did not see, in a table of scores."""
    return f"{role}, not fitted"


def series_title(entity: str, observable: str, segment: str) -> str:
    """Name a series in words; the whole market and all segments go without saying."""
    of = "" if segment == "all" else f", {segment}"
    return f"{'' if entity == 'market' else f'{entity} '}{observable.replace('_', ' ')}{of}"


def span(low: float, high: float, unit: str) -> str:
    """Write a range short, its unit's mark once."""
    return f"{bare(low, unit)}..{bare(high, unit).removeprefix('x')}"


def mark(*, inside: bool, unknown: bool) -> Text:
    """Say whether the model's value is in the accepted band: in a word, so that colour is not needed."""
    if unknown:
        return Text("-", style="dim")
    return Text("in", style="green") if inside else Text("OUT", style="bold red")


def period(target: Target) -> str:
    """Write the dates of a target short: 2024-05, 2025-07..09, 2023-12-31, 2025; of a ratio 2025-11/2024-11."""
    start, end = target.start, target.end
    if target.statistic == "level":
        return end.isoformat()
    if target.statistic == "ratio":
        return f"{end:%Y-%m}/{start:%Y-%m}"
    if not _whole_months(start, end):
        return f"{start}..{end}"
    if start.year != end.year:
        return f"{start:%Y-%m}..{end:%Y-%m}"
    if (start.month, end.month) == (1, 12):
        return f"{start:%Y}"
    return f"{start:%Y-%m}" if start.month == end.month else f"{start:%Y-%m}..{end:%m}"


def _whole_months(start: date, end: date) -> bool:
    return start.day == 1 and end.day == monthrange(end.year, end.month)[1]


def print_outcome(console: Console, table: Table, scores: list[str], note: str) -> None:
    """Print the table, the score lines and a closing note."""
    console.print(table)
    console.print()
    for line in scores:
        console.print(line, highlight=False, soft_wrap=True)
    console.print(note, highlight=False, markup=False, soft_wrap=True)


def folder_note(
    folder: Path, files: Sequence[Path], simulated_seconds: float, whole_seconds: float, peak_mib: float | None
) -> str:
    """Say where the run is, how long the simulation and the whole command took, and list its files with sizes."""
    memory = "" if peak_mib is None else f", {peak_mib:.0f} MiB at most"
    took = f"simulated in {duration(simulated_seconds)}, {duration(whole_seconds)} with loading, scores and files"
    lines = [f"\nRun folder: {folder}  ({took}{memory})"]
    lines += [f"  {path.name:<22} {path.stat().st_size / 1024:>8,.0f} KiB" for path in files]
    return "\n".join(lines)
