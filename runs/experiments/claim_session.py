"""A session of trials: the folder, the members and their seeds, the engine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from rich.console import Console

from calibration.store.code_fingerprint import versions
from model import SCALES, JevonsError
from runs.engines.choose_engine import open_engine
from runs.experiments.cache import Cache
from runs.experiments.claim_runs import RUNS_FOLDER, Bench
from runs.experiments.claims.claim import Claim
from runs.experiments.disclosed_facts import fitted
from runs.experiments.members import Pair, seeded, source
from runs.experiments.prior_openness import FILE, PRIOR_FOLDER, SHIPPED, known_openness
from runs.experiments.trial import Result, by_runs, keep, try_claims, weigh
from runs.experiments.verdicts import EFFECTS, VERDICTS, read_table
from runs.one_run.manifest import git_state

SEEDS = 2
"""Runs of each member: what differs between them is luck."""


@dataclass(frozen=True)
class Session:
    """The folder of the runs, their scale, how many members run, and the engine.

    `variants`: members whose runs are repeated in markets of another structure, where runs decided a claim.
    `reported`: members that also run the arms of measures which decide nothing, for tables and figures.
    """

    folder: Path
    scale: str = "small"
    members: int = 60
    variants: int = 12
    reported: int = 4
    engine: str = "processes"
    workers: int | None = None

    def __post_init__(self) -> None:
        """Check the scale; raises JevonsError."""
        if self.scale not in SCALES:
            raise JevonsError(f"--scale {self.scale}: no such scale; there are {', '.join(SCALES)}")

    @cached_property
    def cache(self) -> Cache:
        """The runs."""
        return Cache(self.folder / RUNS_FOLDER)

    @cached_property
    def pairs(self) -> list[tuple[Pair, ...]]:
        """The members, each with its seeds."""
        return seeded(self.members, SEEDS, self.scale)

    @property
    def shown(self) -> list[Pair]:
        """The pairs in which every arm runs."""
        return [seeds[0] for seeds in self.pairs[: self.reported]]

    def run(self, claims: Sequence[Claim], console: Console | None, *, off: bool = False) -> list[Result]:
        """Try some claims and keep what came out in the folder.

        With `off` every claim's mechanism is off in all its arms, and the runs alone decide.
        """
        for name in (VERDICTS, EFFECTS):
            read_table(self.folder / name)  # a damaged table is refused before the runs, not after them
        prior = known_openness(self.folder / PRIOR_FOLDER / FILE, SHIPPED)
        with open_engine(self.engine, self.workers) as engine:
            bench = Bench(self.cache, engine, console)
            if off:
                weighed = weigh(claims, self.pairs, bench, off=True)
                results = [by_runs(claim, weighed[claim.id]) for claim in claims]
            else:
                results = try_claims(claims, self.pairs, bench, fitted(), prior, self.variants)
                found = bench.report(claims, self.shown) if self.shown else {}
                results = [replace(one, findings=found.get(one.claim.id, ())) for one in results]
        keep(results, self.folder, self.about(off=off))
        return results

    def about(self, *, off: bool = False) -> dict[str, object]:
        """Return what the results rest on."""
        return {
            "parameters": source(),
            "scale": self.scale,
            "members": self.members,
            "seeds": SEEDS,
            "variants": self.variants,
            "reported": self.reported,
            "mechanism_off": off,
            "versions": dict(versions()),
            "git": git_state(),
        }
