"""The table *model against actual*, one row for each target, and what else `jevons run` prints at its end."""

import math
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from calibration.scoreboard import WORDS
from calibration.shipped import PARTS
from calibration.targets import Target
from runs.terminal.narrow_table import fitted_table
from runs.terminal.short_numbers import bare, duration

# By target: the ends of a 90% interval.
Intervals = Mapping[str, tuple[float, float]]
# What a set of figures is called in tables of scores: those that the latest ensemble saw, and by horizon.
FITTED = "fitted"
HORIZONS = {0: "window over", 1: "1 quarter", 2: "2 quarters", 4: "3 to 4 quarters", 8: "5 or more quarters"}

HEAD = ("id", "what", "when", "target", "band", "model", "unit", "log10", "", "ensemble 90%")
NUMBERS = ("target", "band", "model", "log10", "ensemble 90%")
# Columns that a narrow terminal can do without, the first one first.
SPARE = ("unit", "band", "when", "ensemble 90%")


def against_actuals(
    board: pd.DataFrame, targets: Sequence[Target], width: int, intervals: Intervals | None = None
) -> Table:
    """Make the table of the scoreboard for a terminal of `width` characters.

    Figures that the shipped ensemble saw come first, then later ones.

    `board` is the table that `calibration.scoreboard.scoreboard` makes; `targets` give the dates,
    `intervals` what the shipped ensemble says of each figure.
    """
    periods = {target.id: period(target) for target in targets}
    rows: list[list[str | Text] | str] = []
    for part in PARTS:
        mine = board[board["part"] == part].to_dict("records")
        rows += [WORDS[part], *(_cells(row, periods[row["id"]], intervals) for row in mine)] if mine else []
    head = HEAD if intervals is not None else HEAD[:-1]
    return fitted_table("Model against actual", head, rows, width, words=("what",), spare=SPARE, right=NUMBERS)


def _cells(row: dict[Any, Any], when: str, intervals: Intervals | None) -> list[str | Text]:
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
        *([] if intervals is None else [_interval(intervals.get(row["id"]), unit)]),
    ]


def _interval(ends: tuple[float, float] | None, unit: str) -> str:
    return "-" if ends is None or math.isnan(ends[0]) else span(*ends, unit)


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
