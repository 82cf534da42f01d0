"""Runs that claims need: which ones, made once and kept, and what is measured on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from calibration.store.jobs import Engine
from model import JevonsError, parse_date
from runs.experiments.cache import Cache, Request
from runs.experiments.claims.claim import CONTROL, Claim
from runs.experiments.members import Pair
from runs.experiments.rules import Finding, Floats, Measure, measure_pairs
from runs.experiments.run_series import Record
from runs.experiments.runner import run
from runs.experiments.shocks import Treatment, both

RUNS_FOLDER = "runs"
# A claim that loses more than this share of its pairs is not judged.
LOST_SHARE = 0.1


def requests_of(
    claim: Claim, pair: Pair, arms: Sequence[str] | None = None, *, off: bool = False
) -> dict[str, Request]:
    """Return the runs that a claim needs for one pair, by arm: those of `arms`, or all.

    With `off` the claim's mechanism is off in all of them. Raises JevonsError where a treatment does not fit.
    """
    treatments: dict[str, Treatment] = {CONTROL: both(), **claim.arms}
    return {
        arm: Request(
            both(claim.off if off else None, treatments[arm])(pair.base), pair.seed, parse_date(claim.end(arm))
        )
        for arm in (treatments if arms is None else arms)
    }


def read_pair(arms: Mapping[str, Request], cache: Cache) -> dict[str, Record] | None:
    """Return the runs of a pair by arm; None where one is missing."""
    try:
        return {arm: cache.read(request.digest) for arm, request in arms.items()}
    except JevonsError:
        return None


@dataclass(frozen=True)
class Bench:
    """Where runs are made and kept: the cache, the engine, and the terminal, if any."""

    cache: Cache
    engine: Engine
    console: Console | None = None

    def run(self, wanted: Mapping[str, Sequence[Mapping[str, Request]]], *, strict: bool = True) -> None:
        """Run what is missing, once each, for every claim and pair, and warn of pairs whose runs failed.

        Raises JevonsError where (`strict`) a claim loses more than LOST_SHARE of its pairs: what finished is kept, and
        the same call goes on.
        """
        requests = [request for pairs in wanted.values() for arms in pairs for request in arms.values()]
        failures = run(requests, self.cache, self.engine, self.console)
        if not failures:
            return
        lost = {
            name: sum(not all(map(self.cache.holds, arms.values())) for arms in pairs) for name, pairs in wanted.items()
        }
        without = [name for name, count in lost.items() if count > LOST_SHARE * len(wanted[name])]
        if without and strict:
            raise JevonsError(
                f"{len(failures)} runs that {', '.join(without)} need failed, the first with: {failures[0]}; "
                "what finished is kept: name the other claims to have theirs"
            )
        if self.console is not None:
            named = (f"{name} lacks {count} of {len(wanted[name])} pairs" for name, count in lost.items() if count)
            said = f"warning: {', '.join(named)}, whose runs failed, the first with: {failures[0]}"
            self.console.print(said, style="yellow")

    def measure(
        self, claims: Sequence[Claim], pairs: Mapping[str, Sequence[Pair]], *, off: bool = False, strict: bool = True
    ) -> dict[str, Floats]:
        """Run what the claims' deciding measures need; by claim the effect in each of its pairs (pairs,)."""
        wanted = {
            claim.id: [requests_of(claim, pair, claim.deciding.arms, off=off) for pair in pairs[claim.id]]
            for claim in claims
        }
        self.run(wanted, strict=strict)
        return {claim.id: self._measured([claim.deciding], wanted[claim.id])[0].effects for claim in claims}

    def report(self, claims: Sequence[Claim], pairs: Sequence[Pair]) -> dict[str, tuple[Finding, ...]]:
        """Return by claim all its measures on some pairs, in which every arm runs."""
        wanted = {claim.id: [requests_of(claim, pair) for pair in pairs] for claim in claims}
        self.run(wanted, strict=False)
        return {claim.id: self._measured(claim.measures, wanted[claim.id]) for claim in claims}

    def _measured(self, measures: Sequence[Measure], pairs: Sequence[Mapping[str, Request]]) -> tuple[Finding, ...]:
        """Measure runs that were made; a pair whose runs failed has no effect."""
        return measure_pairs(measures, [read_pair(arms, self.cache) for arms in pairs])
