"""A session of trials: the folder, the pairs, the engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.console import Console

from calibration.store.code_fingerprint import versions
from model import SCALES, JevonsError
from runs.engines.choose_engine import open_engine
from runs.experiments.cache import Cache
from runs.experiments.claims.claim import Claim
from runs.experiments.members import Pair, pairs, source
from runs.experiments.trial import RUNS_FOLDER, Result, keep, try_claims
from runs.experiments.verdicts import EFFECTS, VERDICTS, read_table
from runs.one_run.manifest import git_state


@dataclass(frozen=True)
class Session:
    """The folder of the runs, their scale, the number of pairs, and the engine that runs them."""

    folder: Path
    scale: str = "small"
    seeds: int = 20
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
    def pairs(self) -> list[Pair]:
        """The pairs."""
        return pairs(self.seeds, self.scale)

    def run(self, claims: Sequence[Claim], console: Console | None, *, off: bool = False) -> list[Result]:
        """Try some claims and keep what came out in the folder."""
        for name in (VERDICTS, EFFECTS):
            read_table(self.folder / name)  # a damaged table is refused before the runs, not after them
        with open_engine(self.engine, self.workers) as engine:
            results = try_claims(claims, self.pairs, self.cache, engine, console, off=off)
        keep(results, self.folder, self.about(off=off))
        return results

    def about(self, *, off: bool = False) -> dict[str, object]:
        """Return what the results rest on."""
        return {
            "parameters": source(),
            "scale": self.scale,
            "pairs": self.seeds,
            "mechanism_off": off,
            "versions": dict(versions()),
            "git": git_state(),
        }
