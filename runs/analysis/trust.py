"""How far to trust a sweep: the scores that come with the model, and the frozen forecast with the model's error."""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from calibration.store.sealed_files import check_sum
from runs.scores.score_table import FITTED, HORIZONS
from runs.terminal.short_numbers import short

DOCS = Path(__file__).resolve().parents[2] / "docs"


@dataclass(frozen=True)
class Score:
    """Scores of one set of figures: how many, medians in their band, figures in the 90% interval, typical factor."""

    name: str
    rows: int
    inside: int
    within90: int
    factor: str


@dataclass(frozen=True)
class Scores:
    """A short scoreboard by sets of figures, with the fingerprint of the code (`model`)."""

    origin: str
    model: str
    sets: tuple[Score, ...]


def read_scores(page: Path = DOCS / "calibration.md") -> Scores | None:
    """Read the table that `jevons validate --docs` wrote; None where it cannot be read.

    A report never runs the market again, so it shows the scores that were shipped with the model.
    """
    try:
        text = page.read_text(encoding="utf-8")
        head = re.search(r"^Origin (\S+): .*?Model (\w+),", text, re.MULTILINE)
        table = text.split("### Scores", 1)[1].split("###", 1)[0]
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if "|" in line]
        rows = {line[0]: dict(zip(lines[0], line, strict=True)) for line in lines[2:]}
        names = (FITTED, *HORIZONS.values())
        sets = tuple(_score(name, rows[name]) for name in names if name in rows)
        if head is None or not sets:
            return None
        return Scores(head[1], head[2], sets)
    except (OSError, LookupError, ValueError):
        return None


def _score(name: str, row: dict[str, str]) -> Score:
    count = int(row["number"])
    inside, within = (
        round(count * float(row[share].rstrip("%")) / 100.0) for share in ("median in band", "90% covers")
    )
    return Score(name, count, inside, within, short(10.0 ** float(row["median error"]), 2))


@dataclass(frozen=True)
class Frozen:
    """A frozen forecast: its name, and (5%, median, 95%) by (observable, entity, segment) in one month."""

    name: str
    month: str
    values: dict[tuple[str, str, str], tuple[float, float, float]]


def read_frozen(month: str, folder: Path = DOCS / "forecasts") -> Frozen | None:
    """Read the newest frozen forecast in a month (YYYY-MM); None where no forecast covers it. Raises JevonsError."""
    files = sorted(
        folder.glob("*/forecast.csv"), key=lambda file: [int(part) for part in re.findall(r"\d+", file.parent.name)]
    )
    if not files:
        return None
    check_sum(files[-1])
    table = by_month(pd.read_csv(files[-1]))
    rows = table.loc[table["month"] == month, ["observable", "entity", "segment", "q05", "q50", "q95"]]
    values = {row[:3]: row[3:] for row in rows.itertuples(index=False, name=None)}
    return Frozen(files[-1].parent.name, month, values) if values else None


def by_month(table: pd.DataFrame) -> pd.DataFrame:
    """Return a forecast with one row a month, which the first frozen ones have, from the format of the hubs."""
    if "output_type_id" not in table:
        return table
    names = {0.05: "q05", 0.5: "q50", 0.95: "q95"}
    chosen = table[table["output_type_id"].isin(list(names))].assign(month=table["target_end_date"].str[:7])
    keys = ["target", "entity", "segment", "unit", "month"]
    wide = chosen.pivot_table("value", keys, "output_type_id").rename(columns=names).reset_index()
    return wide.rename(columns={"target": "observable"})
