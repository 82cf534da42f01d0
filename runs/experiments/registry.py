"""The list of claims: what `calibration/data/claims.csv` says, the experiment of each, or why there is none."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from model import JevonsError
from runs.experiments.claims import (
    decomposition,
    durability,
    flywheel,
    graph,
    market_claims,
    rebound,
    recursion,
    segments,
    supply_claims,
    thinking,
)
from runs.experiments.claims.claim import Claim

PATH = Path(__file__).resolve().parents[2] / "calibration" / "data" / "claims.csv"
GROUPS = (
    rebound,
    supply_claims,
    decomposition,
    graph,
    recursion,
    flywheel,
    durability,
    thinking,
    segments,
    market_claims,
)

UNTESTABLE = {
    "Q10": "the number of calls in a chain is a fixed trait of a workload here, so it cannot shrink as models improve",
    "Q18": "software and hardware gains are inputs of the model; a run can only give back what was put in",
}
THEMES = {
    "0": "across",
    "1": "training and inference",
    "2": "thinking longer",
    "3": "chat",
    "4": "developers",
    "5": "agents",
    "6": "rebound",
    "7": "efficiency and supply",
    "8": "workloads",
    "9": "enterprises",
    "10": "revenue and supply",
    "11": "application graphs",
    "12": "coding recursion",
    "13": "consulting flywheel",
}


@dataclass(frozen=True)
class Entry:
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
        rows = list(csv.DictReader(file))
    return {
        row["id"]: Entry(
            row["id"],
            row["core"] == "yes",
            THEMES[row["section"]],
            row["claim"],
            row["measurable_signature"],
            row["would_refute"],
        )
        for row in rows
    }


@cache
def claims() -> dict[str, Claim]:
    """Return the experiments by id, in the order of the list."""
    found = {claim.id: claim for group in GROUPS for claim in group.CLAIMS}
    return {name: found[name] for name in entries() if name in found}


def pick(names: tuple[str, ...]) -> list[Claim]:
    """Return the claims of some ids; raises JevonsError for one that is not on the list or not testable here."""
    chosen = []
    for name in dict.fromkeys(name.upper() for name in names):
        if name in UNTESTABLE:
            raise JevonsError(f"{name} is not testable here: {UNTESTABLE[name]}")
        if name not in claims():
            raise JevonsError(f"{name}: no such claim; `jevons claims` lists them, {', '.join(claims())}")
        chosen.append(claims()[name])
    return chosen
