"""The table *model against actual*, one row a target."""

import math
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from calibration.targets import ROLES, Target
from runs.terminal.narrow_table import left_out
from runs.terminal.short_numbers import bare, duration

ROLE_NOTES = {
    "calibrate": "may be fitted",
    "validate": "scored, never fitted",
    "forecast": "scored, never fitted; after the data",
}

# Characters of each column but "what", which takes the rest.
WIDTHS = {"id": 4, "when": 15, "target": 8, "band": 16, "model": 8, "unit": 13, "log10": 6, "": 3}
# Characters that "what" needs, columns that make room for it in a narrow terminal (in this order), and its most.
LEAST, SPARE, MOST = 24, ("unit", "band", "when"), 44


def against_actuals(board: pd.DataFrame, targets: Sequence[Target], width: int) -> list[Table]:
    """One table a role from the scoreboard, all with the same columns, to fit `width` characters.

    `board` is the table that `calibration.scoreboard.scoreboard` makes; `targets` give the dates.
    """
    periods = {target.id: period(target) for target in targets}
    columns = columns_for(width)
    tables = []
    for role in ROLES:
        rows = board[board["role"] == role]
        if not rows.empty:
            tables.append(_role_table(role, rows, periods, columns))
    if tables:
        tables[-1].caption = left_out([name for name in SPARE if name not in columns])
    return tables


def columns_for(width: int) -> dict[str, int]:
    """Characters of every column that `width` characters have room for, in the order of the table."""
    columns = {"id": WIDTHS["id"], "what": LEAST, **WIDTHS}
    for name in SPARE:
        if sum(columns.values()) + len(columns) - 1 <= width:
            break
        del columns[name]
    columns["what"] = min(max(LEAST + width - sum(columns.values()) - len(columns) + 1, LEAST), MOST)
    return columns


def _role_table(role: str, rows: pd.DataFrame, periods: dict[str, str], columns: dict[str, int]) -> Table:
    table = Table(
        title=f"Model against actual: {role} ({ROLE_NOTES[role]})",
        title_justify="left",
        title_style="bold",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=0,
    )
    for name, characters in columns.items():
        right = name in ("target", "band", "model", "log10")
        table.add_column(name, width=characters, justify="right" if right else "left", overflow="fold")
    for row in rows.to_dict("records"):
        cells = _cells(row, periods)
        table.add_row(*(cells[name] for name in columns))
    return table


def _cells(row: dict[Any, Any], periods: dict[str, str]) -> dict[str, str | Text]:
    """What a row says in each column."""
    unit, model, error = str(row["unit"]), float(row["model"]), float(row["log10_error"])
    who = "" if row["entity"] == "market" else f"{row['entity']} "
    of = "" if row["segment"] == "all" else f", {row['segment']}"
    unknown = math.isnan(model)
    return {
        "id": str(row["id"]),
        "what": f"{who}{str(row['observable']).replace('_', ' ')}{of}",
        "when": periods[str(row["id"])],
        "target": bare(float(row["target"]), unit),
        "band": f"{bare(float(row['low']), unit)}..{bare(float(row['high']), unit).removeprefix('x')}",
        "model": Text(bare(model, unit), style="dim" if unknown else "bold"),
        "unit": Text(unit, style="dim"),
        "log10": "-" if math.isnan(error) else f"{error:+.2f}",
        "": mark(inside=bool(row["inside"]), unknown=unknown),
    }


def mark(*, inside: bool, unknown: bool) -> Text:
    """Whether the model's value lies in the accepted band: a word first, so that it does not rest on colour."""
    if unknown:
        return Text("-", style="dim")
    return Text("in", style="green") if inside else Text("OUT", style="bold red")


def period(target: Target) -> str:
    """The dates of a target written short: 2024-05, 2025-07..09, 2023-12-31, 2025; of a ratio 2025-11/2024-11."""
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


def print_outcome(console: Console, tables: list[Table], scores: list[str], note: str) -> None:
    """Print the tables, the score lines and a closing note."""
    for table in tables:
        console.print(table)
        console.print()
    for line in scores:
        console.print(line, highlight=False, soft_wrap=True)
    console.print(note, highlight=False, markup=False, soft_wrap=True)


def folder_note(
    folder: Path, files: Sequence[Path], simulated_seconds: float, whole_seconds: float, peak_mib: float | None
) -> str:
    """Where the run is, what the simulation and the whole command took, and its files with sizes."""
    memory = "" if peak_mib is None else f", {peak_mib:.0f} MiB at most"
    took = f"simulated in {duration(simulated_seconds)}, {duration(whole_seconds)} with loading, scores and files"
    lines = [f"\nRun folder: {folder}  ({took}{memory})"]
    lines += [f"  {path.name:<22} {path.stat().st_size / 1024:>8,.0f} KiB" for path in files]
    return "\n".join(lines)
