"""Verdicts to look up: of the last run here, and those that come with the model, in docs/claims.md."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from runs.experiments.rules import HIGH, LOW
from runs.experiments.trial import EFFECTS, VERDICTS, number, read_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "claims.md"
REPORTED = "reported only"


@dataclass(frozen=True)
class Decided:
    """What was decided on a claim: the verdict, its stability, what came out in words and what it depends on.

    `measures` has a row a measure: meaning, median with interval, rule, verdict.
    """

    verdict: str
    stable: str
    reading: str
    depends: str
    measures: tuple[tuple[str, str, str, str], ...]


def kept(folder: Path) -> dict[str, Decided]:
    """Verdicts of a folder of runs by claim; raises JevonsError where a table is damaged."""
    verdicts, effects = read_table(folder / VERDICTS), read_table(folder / EFFECTS)
    if verdicts is None:
        return {}
    found = {}
    for row in verdicts.to_dict("records"):
        mine = effects[effects["id"] == row["id"]] if effects is not None else pd.DataFrame()
        stable = f"{row['stability']:.0%}"
        found[str(row["id"])] = Decided(row["verdict"], stable, row["reading"], row["depends"], _measures(mine))
    return found


def _measures(effects: pd.DataFrame) -> tuple[tuple[str, str, str, str], ...]:
    if effects.empty:
        return ()
    rows = []
    for _, part in effects.groupby("measure", sort=False):
        first: Any = part.iloc[0]
        values = part["effect"].to_numpy(dtype=float)
        known = values[np.isfinite(values)]
        text = "not defined"
        if len(known):
            low, median, high = (number(value) for value in np.quantile(known, [LOW, 0.5, HIGH]).tolist())
            text = f"{median} [{low}, {high}]"
        rows.append((str(first["gloss"]), text, str(first["rule"]) or REPORTED, str(first["verdict"])))
    return tuple(rows)


def shipped(page: Path = PAGE) -> dict[str, Decided]:
    """Verdicts by claim as `jevons claims run --docs` wrote them into the page; none where there is no page."""
    if not page.is_file():
        return {}
    text = page.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### (Q\d+): .*?\n(.*?)(?=^##|\Z)", text, flags=re.MULTILINE | re.DOTALL))
    found = {}
    for line in text.splitlines():
        if line.startswith("| **Q"):
            name, _, verdict, _, stable, depends = _cells(line)
            key = name.split("**")[1]
            section = sections.get(key, "")
            measures = [_cells(row) for row in section.splitlines() if row.startswith("| ")][1:]
            reading = re.search(r"of resamples\. (.*)", section)
            rows = tuple((gloss, effect, rule, one) for gloss, effect, rule, one in measures)
            found[key] = Decided(verdict, stable, reading[1] if reading else "", depends, rows)
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
