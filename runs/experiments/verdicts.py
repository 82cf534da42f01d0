"""Verdicts to look up: of the last run here, and those that come with the model, in docs/claims.md.

Only the verdicts of a run here need pandas; a listing without one loads nothing heavy.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model import JevonsError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "claims.md"
VERDICTS, EFFECTS = "verdicts.parquet", "effects.parquet"
COLUMNS = {
    VERDICTS: ("id", "verdict", "how", "reading", "depends"),
    EFFECTS: ("id", "measure", "gloss", "rule", "effect"),
}
REPORTED = "reported only"


@dataclass(frozen=True)
class Decided:
    """What was decided on a claim: the verdict, how it was found, why in words and what it depends on.

    `measures` has a row a measure: meaning, median with interval, rule.
    """

    verdict: str
    how: str
    reading: str
    depends: str
    measures: tuple[tuple[str, str, str], ...]


def kept(folder: Path) -> dict[str, Decided]:
    """Verdicts of a folder of runs by claim; raises JevonsError where a table is damaged."""
    verdicts, effects = read_table(folder / VERDICTS), read_table(folder / EFFECTS)
    if verdicts is None:
        return {}
    found = {}
    for row in verdicts.to_dict("records"):
        measures = () if effects is None else _measures(effects[effects["id"] == row["id"]])
        found[row["id"]] = Decided(row["verdict"], row["how"], row["reading"], row["depends"], measures)
    return found


def read_table(file: Path) -> Any:
    """Read a table (a data frame) of the run folder; None if there is none. Raises JevonsError if it is damaged."""
    if not file.is_file():
        return None
    from calibration.store import sealed_files

    try:
        return sealed_files.read_table(file, needs=COLUMNS[file.name]).to_pandas()
    except JevonsError as error:
        raise JevonsError(f"{error}; move it away and run the claims again: their runs are kept") from None


def _measures(effects: Any) -> tuple[tuple[str, str, str], ...]:
    from runs.experiments.rules import Measure, find, interval

    rows = []
    for name, part in effects.groupby("measure", sort=False):
        first = part.iloc[0]
        finding = find(Measure(name, first["gloss"], lambda _: float("nan")), part["effect"])
        rows.append((first["gloss"], interval(finding), first["rule"] or REPORTED))
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
            name, _, verdict, how, _, depends = _cells(line)
            key = name.split("**")[1]
            section = sections.get(key, "")
            measures = [_cells(row) for row in section.splitlines() if row.startswith("| ")][1:]
            reading = re.search(r"^\*[^*]+\*\. (.*)", section, flags=re.MULTILINE)
            rows = tuple((row[0], row[1], row[2]) for row in measures)
            found[key] = Decided(verdict, how, reading[1] if reading else "", depends, rows)
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
