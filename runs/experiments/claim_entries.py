"""The list of claims in words: `calibration/data/claims.csv`, and why some cannot be tested. Loads nothing heavy."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

PATH = Path(__file__).resolve().parents[2] / "calibration" / "data" / "claims.csv"

UNTESTABLE = {
    "Q10": "the number of calls in a chain is a fixed trait of a workload here, so it cannot shrink as models improve",
    "Q18": "software and hardware gains are inputs of the model; a run can only give back what was put in",
}
# By section of the list.
THEMES = (
    "across", "training and inference", "thinking longer", "chat", "developers", "agents", "rebound",
    "efficiency and supply", "workloads", "enterprises", "revenue and supply", "application graphs", "coding recursion",
    "consulting flywheel",
)  # fmt: skip


class Entry(NamedTuple):
    """A row of the list: id, whether it is core, theme, the claim in words, signature and what would refute it."""

    id: str
    core: bool
    theme: str
    claim: str
    signature: str
    would_refute: str


@cache
def entries() -> dict[str, Entry]:
    """Return the list by id, in its order."""
    with PATH.open(encoding="utf-8", newline="") as file:
        rows = [
            Entry(
                row["id"],
                row["core"] == "yes",
                THEMES[int(row["section"])],
                row["claim"],
                row["measurable_signature"],
                row["would_refute"],
            )
            for row in csv.DictReader(file)
        ]
    return {entry.id: entry for entry in rows}
