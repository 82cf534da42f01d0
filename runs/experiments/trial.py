"""Claims on trial: all runs that some claims need, then what is measured on each pair, and the verdicts."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
from rich.console import Console

from calibration.store.jobs import Engine
from calibration.store.sealed_files import table_bytes
from model import JevonsError, parse_date, write_atomically
from runs.experiments.cache import Cache, Request
from runs.experiments.claim_entries import entries
from runs.experiments.claims.claim import CONTROL, Claim
from runs.experiments.members import Pair
from runs.experiments.rules import INTERVAL, Finding, Verdict, combine, interval, measure_pairs, number, stability
from runs.experiments.run_series import Record
from runs.experiments.runner import run
from runs.experiments.shocks import Treatment, both
from runs.experiments.verdicts import EFFECTS, VERDICTS, read_table
from runs.one_run.run_folder import write_manifest
from runs.sweep.sweep_folder import locked

HISTORY = "history.jsonl"
RUNS_FOLDER = "runs"
# A claim that loses more than this share of its pairs is not judged.
LOST_SHARE = 0.1


@dataclass(frozen=True)
class Result:
    """A claim after its trial: its findings in the order of the measures, the verdict and how stable it is."""

    claim: Claim
    findings: tuple[Finding, ...]
    verdict: Verdict
    stability: float
    pairs: int

    @property
    def deciding(self) -> tuple[Finding, ...]:
        """The findings that have a rule."""
        return tuple(finding for finding in self.findings if finding.measure.rule is not None)

    @property
    def rule(self) -> str:
        """The decision rule in words, as it was fixed before the run."""
        return "; ".join(f"{f.measure.name}: {f.measure.rule}" for f in self.deciding)

    @property
    def head(self) -> Finding:
        """The finding that decided: the first that refutes, else the first that does not support, else the first."""
        order: dict[Verdict, int] = {"refuted": 0, "undecided": 1, "supported": 2}
        return min(self.deciding, key=lambda finding: order[finding.verdict or "supported"])

    @property
    def reading(self) -> str:
        """One sentence on what came out."""
        head = self.head
        words = {
            "refuted": "the whole interval is where the rule refutes",
            "undecided": "the interval is not wholly on either side, or the effect is not defined in every pair",
            "supported": "the whole interval is where the rule supports, and so it is for every other measure",
        }
        text = head.measure.gloss
        return f"{text[0].upper()}{text[1:]}: {interval(head)}; {words[head.verdict or 'supported']}."


def requests_of(claim: Claim, pair: Pair, *, off: bool = False) -> dict[str, Request]:
    """Return the runs that a claim needs for one pair, by arm, the control first.

    With `off` the claim's mechanism is off in all of them. Raises JevonsError where a treatment does not fit.
    """
    arms: dict[str, Treatment] = {CONTROL: both(), **claim.arms}
    return {
        arm: Request(both(claim.off if off else None, treatment)(pair.base), pair.seed, parse_date(claim.end(arm)))
        for arm, treatment in arms.items()
    }


def try_claims(
    claims: Sequence[Claim],
    pairs: Sequence[Pair],
    cache: Cache,
    engine: Engine,
    console: Console | None = None,
    *,
    off: bool = False,
) -> list[Result]:
    """Run what is missing, once each, and return the results in the order given.

    With `off` every claim's mechanism is off in all its arms. A claim is judged without the pairs whose runs failed, if
    these are no more than LOST_SHARE of all, and its result says on how many pairs it rests. Raises JevonsError where
    more failed: what finished is kept, and the same call goes on.
    """
    wanted = [[requests_of(claim, pair, off=off) for pair in pairs] for claim in claims]
    requests = [request for of_pairs in wanted for arms in of_pairs for request in arms.values()]
    failures = run(requests, cache, engine, console)
    if failures:
        lost = {
            claim.id: sum(not all(map(cache.holds, arms.values())) for arms in mine)
            for claim, mine in zip(claims, wanted, strict=True)
        }
        without = [name for name, pairs_lost in lost.items() if pairs_lost > LOST_SHARE * len(pairs)]
        if without:
            raise JevonsError(
                f"{len(failures)} runs that {', '.join(without)} need failed, the first with: {failures[0]}; "
                "what finished is kept: name the other claims to have theirs"
            )
        if console is not None:
            said = ", ".join(f"{name} lacks {count} of {len(pairs)} pairs" for name, count in lost.items() if count)
            console.print(f"warning: {said}, whose runs failed, the first with: {failures[0]}", style="yellow")
    return [judge(claim, of_pairs, cache) for claim, of_pairs in zip(claims, wanted, strict=True)]


def judge(claim: Claim, pairs: Sequence[Mapping[str, Request]], cache: Cache) -> Result:
    """Measure a claim on its pairs and decide."""
    ran = [runs for arms in pairs if (runs := read_pair(arms, cache)) is not None]
    findings = measure_pairs(claim.measures, ran)
    verdict = combine([finding.verdict for finding in findings if finding.verdict is not None])
    return Result(claim, findings, verdict, stability(findings, verdict), len(ran))


def read_pair(arms: Mapping[str, Request], cache: Cache) -> dict[str, Record] | None:
    """Return the runs of a pair by arm; None where one is missing."""
    try:
        return {arm: cache.read(request.digest) for arm, request in arms.items()}
    except JevonsError:
        return None


# the run folder -------------------------------------------------------------------------------------------------------


def verdict_table(results: Sequence[Result]) -> pd.DataFrame:
    """Return one row a claim: id, core, claim, verdict, the deciding effect with its interval, rule, reading."""
    return pd.DataFrame(
        {
            "id": entry.id,
            "core": entry.core,
            "theme": entry.theme,
            "claim": entry.claim,
            "verdict": result.verdict,
            "measure": head.measure.name,
            "effect": head.median,
            "low": head.low,
            "high": head.high,
            "rule": result.rule,
            "pairs": result.pairs,
            "stability": result.stability,
            "reading": result.reading,
            "depends": result.claim.depends,
        }
        for result in results
        for entry, head in [(entries()[result.claim.id], result.head)]
    )


def effect_table(results: Sequence[Result]) -> pd.DataFrame:
    """Return one row a claim, measure and pair: the effect; and the measure's meaning, rule and verdict."""
    return pd.DataFrame(
        {
            "id": result.claim.id,
            "measure": finding.measure.name,
            "gloss": finding.measure.gloss,
            "rule": str(finding.measure.rule or ""),
            "verdict": finding.verdict or "",
            "pair": pair,
            "effect": value,
        }
        for result in results
        for finding in result.findings
        for pair, value in enumerate(finding.effects.tolist())
    )


def keep(results: Sequence[Result], folder: Path, about: Mapping[str, object]) -> None:
    """Write verdicts and effects; those of other claims that the folder holds stay, and every verdict is logged.

    Of two commands that end at the same moment, one waits for the other. Raises JevonsError.
    """
    with locked(folder, wait=True):
        _keep(results, folder, about)


def _keep(results: Sequence[Result], folder: Path, about: Mapping[str, object]) -> None:
    _merge(verdict_table(results), folder / VERDICTS)
    _merge(effect_table(results), folder / EFFECTS)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    with (folder / HISTORY).open("a", encoding="utf-8") as stream:
        for result in results:
            head = result.head
            line = {"time": now, "id": result.claim.id, "verdict": result.verdict, "pairs": result.pairs}
            line |= {"measure": head.measure.name, "effect": number(head.median)}
            stream.write(json.dumps(line) + "\n")
    write_manifest({"created": now, "interval": INTERVAL, **about}, folder)


def _merge(table: pd.DataFrame, file: Path) -> None:
    """Write a table; rows of claims that it does not have stay."""
    old = read_table(file)
    rows = table
    if old is not None:
        rows = pd.concat([old[~old["id"].isin(table["id"])], table], ignore_index=True)
        rows = rows.sort_values("id", kind="stable", ignore_index=True)
    write_atomically(file, table_bytes(pa.Table.from_pandas(rows, preserve_index=False)), overwrite=True)
