"""What the structure says of a claim before any fit: how often draws from the prior alone support it.

The counts are kept in a small file, which the trial of the claims reads. A row of it counts only as long as the prior,
the model and the claim's own experiment are those it was made with.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from calibration.csv_table import csv_text
from calibration.space import load_space
from calibration.store.code_fingerprint import digest, fingerprint
from calibration.store.jobs import Engine
from model import JevonsError, Scenario, write_atomically
from runs.experiments.cache import Cache
from runs.experiments.claim_runs import read_pair, requests_of
from runs.experiments.claims.claim import Claim
from runs.experiments.members import FIRST_SEED, Pair
from runs.experiments.registry import claims as testable
from runs.experiments.runner import run
from runs.terminal.narrow_table import fitted_table

PAGE = Path(__file__).parent / "claims" / "prior_page.md"
SHIPPED = Path(__file__).resolve().parents[2] / "docs" / "claims-prior.csv"
PRIOR_FOLDER, FILE = "prior", "prior.csv"
HEAD = ("claim", "P(supports)", "supports", "refutes", "neither", "failed", "under the prior")
COUNTS = ("supports", "refutes", "neither", "failed")
DRAWS_SEED = 0
ASSUMED = 0.05
"""A claim that fewer of the draws than this support, or all but fewer, is decided by the structure, not by data."""
# The code of the experiments, whose changes make counts out of date.
EXPERIMENTS = tuple(f"runs/experiments/{name}" for name in ("claims", "effects.py", "probes.py", "shocks.py"))


@dataclass(frozen=True)
class Openness:
    """How draws from the prior decide a claim: how many support it, refute it, do neither, or could not be run."""

    claim: str
    supports: int
    refutes: int
    neither: int
    failed: int

    @property
    def ran(self) -> int:
        """Draws that could be run."""
        return self.supports + self.refutes + self.neither

    @property
    def share(self) -> float:
        """Share of the draws that could be run which support the claim; NaN without any."""
        return self.supports / self.ran if self.ran else float("nan")

    @property
    def reading(self) -> str:
        """`open`, `assumed` where the structure decides before the data can, `unknown` where no draw could be run."""
        if not self.ran:
            return "unknown"
        return "open" if ASSUMED <= self.share <= 1.0 - ASSUMED else "assumed"


def prior_pairs(count: int, scale: str) -> list[Pair]:
    """Return pairs whose parameters are drawn from the prior of every parameter that has one; seeds from 101."""
    base, space = Scenario.load("baseline", scale=scale), load_space()
    z = np.random.default_rng(DRAWS_SEED).standard_normal((count, len(space)))
    return [Pair(FIRST_SEED + i, base.replace(dict(draw))) for i, draw in enumerate(space.overrides(z))]


def weigh(
    claims: Sequence[Claim], pairs: Sequence[Pair], cache: Cache, engine: Engine, console: Console | None = None
) -> list[Openness]:
    """Run what is missing and say how each pair alone decides each claim; pairs with a run that failed are counted.

    A pair decides by the claim's deciding measure, as if its effect were all there is.
    """
    wanted = {claim.id: [requests_of(claim, pair, claim.deciding.arms) for pair in pairs] for claim in claims}
    run([one for arms in wanted.values() for pair in arms for one in pair.values()], cache, engine, console)
    found = []
    for claim in claims:
        measure = claim.deciding
        runs = [read_pair(arms, cache) for arms in wanted[claim.id]]
        effects = np.array([measure.of(one) for one in runs if one is not None])
        sides = (measure.supported, measure.refuted)
        supports, refutes = (0 if side is None or not len(effects) else side.count(effects) for side in sides)
        neither = len(effects) - supports - refutes
        found.append(Openness(claim.id, supports, refutes, neither, len(runs) - len(effects)))
    if not any(one.ran for one in found):
        raise JevonsError("every draw from the prior failed; `jevons run` says whether the shipped parameters work")
    return found


def keys(claim: Claim) -> dict[str, str]:
    """Return what counts of a claim rest on: hashes of the prior, and of the model with the claim's experiment."""
    free = load_space().free
    rule = claim.deciding.name, str(claim.deciding.rule)
    code = fingerprint(frozenset(one.path for one in free), EXPERIMENTS)
    return {"prior": digest([asdict(one) for one in free])[:16], "code": digest([code, rule])[:16]}


def known_openness(*files: Path) -> dict[str, Openness]:
    """Return by claim what the prior alone gives, from the first of the files that has it for today's model and prior.

    Raises JevonsError for a file that cannot be read.
    """
    found: dict[str, Openness] = {}
    for file in files:
        for row in _rows(file):
            claim = testable().get(row["claim"])
            if row["claim"] not in found and claim is not None and keys(claim).items() <= row.items():
                found[row["claim"]] = Openness(row["claim"], *(int(row[name]) for name in COUNTS))
    return found


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        return []
    try:
        table = pd.read_csv(file, dtype=str)
        columns = ["claim", *COUNTS, "prior", "code"]
        return [dict(zip(columns, row, strict=True)) for row in table[columns].to_numpy().tolist()]
    except (ValueError, KeyError) as error:
        raise JevonsError(f"{file}: is no table of `jevons claims prior` ({error}); remove it") from None


def print_openness(console: Console, found: Sequence[Openness]) -> None:
    """Print the table."""
    rows = [row.split(" | ") for row in map(_row, found)]
    console.print(fitted_table(None, HEAD, rows, console.width, words=(), spare=("failed", "neither")))


def openness_page(found: Sequence[Openness], scale: str) -> str:
    """Return the page `claims-prior.md`."""
    draws = sum((found[0].supports, found[0].refutes, found[0].neither, found[0].failed))
    rule = "|".join(["---"] * len(HEAD))
    lines = [f"| {' | '.join(HEAD)} |", f"|{rule}|", *(f"| {_row(one)} |" for one in found)]
    return PAGE.read_text(encoding="utf-8").format(draws=draws, scale=scale, table="\n".join(lines))


def _row(one: Openness) -> str:
    counts = (one.supports, one.refutes, one.neither, one.failed)
    return " | ".join([one.claim, f"{one.share:.0%}", *map(str, counts), one.reading])


def add(found: Sequence[Openness], file: Path) -> None:
    """Write the counts to a file; rows of other claims that it has for today's model and prior stay."""
    every = known_openness(file) | {one.claim: one for one in found}
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, openness_csv([every[name] for name in testable() if name in every]), overwrite=True)


def openness_csv(found: Sequence[Openness]) -> str:
    """Return the table as CSV text, with what each row rests on."""
    rows = [
        asdict(one) | {"p_supports": one.share, "reading": one.reading} | keys(testable()[one.claim]) for one in found
    ]
    return csv_text(pd.DataFrame(rows), {"p_supports": ".3f"})
