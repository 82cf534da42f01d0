"""The experiment of every claim that can be tested, by id."""

from functools import cache

from model import JevonsError
from runs.experiments.claim_entries import UNTESTABLE, entries
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

CLAIMS = (
    *decomposition.CLAIMS, *durability.CLAIMS, *flywheel.CLAIMS, *graph.CLAIMS, *market_claims.CLAIMS, *rebound.CLAIMS,
    *recursion.CLAIMS, *segments.CLAIMS, *supply_claims.CLAIMS, *thinking.CLAIMS,
)  # fmt: skip


@cache
def claims() -> dict[str, Claim]:
    """Return the experiments by id, in the order of the list."""
    found = {claim.id: claim for claim in CLAIMS}
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
