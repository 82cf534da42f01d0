"""What the structure says of a claim before any fit: how often draws from the prior alone support it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from calibration.csv_table import csv_text
from calibration.space import Space, candidates
from calibration.store.jobs import Engine
from model import JevonsError, Scenario
from runs.experiments.cache import Cache
from runs.experiments.claims.claim import Claim
from runs.experiments.members import FIRST_SEED, Pair
from runs.experiments.rules import combine
from runs.experiments.runner import run
from runs.experiments.trial import read_pair, requests_of
from runs.terminal.narrow_table import fitted_table

PAGE = Path(__file__).parent / "claims" / "prior_page.md"
HEAD = ("claim", "P(supports)", "supports", "refutes", "neither", "failed", "under the prior")
DRAWS_SEED = 0
ASSUMED = 0.05
"""A claim that fewer of the draws than this decide the other way is decided by the structure, not by data."""


@dataclass(frozen=True)
class Openness:
    """How draws from the prior decide a claim: how many support it, refute it, do neither, or could not be run."""

    claim: str
    supports: int
    refutes: int
    neither: int
    failed: int

    @property
    def share(self) -> float:
        """Share of the draws that could be run which support the claim; NaN without any."""
        ran = self.supports + self.refutes + self.neither
        return self.supports / ran if ran else float("nan")

    @property
    def reading(self) -> str:
        """`open`, or `assumed` where the structure decides before the data can."""
        return "open" if ASSUMED <= self.share <= 1.0 - ASSUMED else "assumed"


def prior_pairs(count: int, scale: str) -> list[Pair]:
    """Return pairs whose parameters are drawn from the prior of every parameter that has one; seeds from 101."""
    base, space = Scenario.load("baseline", scale=scale), Space(candidates())
    z = np.random.default_rng(DRAWS_SEED).standard_normal((count, len(space)))
    return [Pair(FIRST_SEED + i, base.replace(dict(draw))) for i, draw in enumerate(space.overrides(z))]


def weigh(
    claims: Sequence[Claim], pairs: Sequence[Pair], cache: Cache, engine: Engine, console: Console | None = None
) -> list[Openness]:
    """Run what is missing and say how each pair alone decides each claim; pairs with a run that failed are counted.

    A pair decides by the claim's own rules, as if its effects were all there is.
    """
    wanted = {claim.id: [requests_of(claim, pair) for pair in pairs] for claim in claims}
    run([one for arms in wanted.values() for pair in arms for one in pair.values()], cache, engine, console)
    found = []
    for claim in claims:
        rules = [(measure, measure.rule) for measure in claim.measures if measure.rule is not None]
        runs = [read_pair(arms, cache) for arms in wanted[claim.id]]
        ran = [one for one in runs if one is not None]
        verdicts = [combine([rule.decide([measure.of(one)]) for measure, rule in rules]) for one in ran]
        supports, refutes, neither = (verdicts.count(name) for name in ("supported", "refuted", "undecided"))
        found.append(Openness(claim.id, supports, refutes, neither, len(runs) - len(verdicts)))
    if not any(one.supports + one.refutes + one.neither for one in found):
        raise JevonsError("every draw from the prior failed; `jevons run` says whether the shipped parameters work")
    return found


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


def openness_csv(found: Sequence[Openness]) -> str:
    """Return the table as CSV text."""
    table = pd.DataFrame([asdict(one) | {"p_supports": one.share, "reading": one.reading} for one in found])
    return csv_text(table, {"p_supports": ".3f"})
