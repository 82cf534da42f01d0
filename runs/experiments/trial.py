"""Claims on trial: all runs that some claims need, then what is measured on each pair, and the verdicts."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from model import JevonsError, Scenario, parse_date, write_atomically
from runs.engines.engine import Engine
from runs.experiments.cache import Cache, Request
from runs.experiments.claims.claim import CONTROL, Claim
from runs.experiments.members import Pair
from runs.experiments.registry import entries
from runs.experiments.rules import INTERVAL, Finding, Verdict, combine, find, stability
from runs.experiments.run_series import Record
from runs.experiments.runner import run
from runs.experiments.shocks import Treatment, both
from runs.one_run.run_folder import write_manifest

VERDICTS, EFFECTS, HISTORY = "verdicts.parquet", "effects.parquet", "history.jsonl"
RUNS_FOLDER = "runs"


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
            "refuted": "all of the interval lies where the rule refutes",
            "undecided": "the interval is not wholly on either side, or the effect is not defined in every pair",
            "supported": "all of the interval lies where the rule supports, as it does for every other measure",
        }
        text = head.measure.gloss
        return f"{text[0].upper()}{text[1:]}: {interval(head)}; {words[head.verdict or 'supported']}."


def interval(finding: Finding) -> str:
    """Return median and interval in short form."""
    if not np.isfinite(finding.median):
        return "not defined"
    return f"{number(finding.median)} [{number(finding.low)}, {number(finding.high)}]"


def number(value: float) -> str:
    """Return a number with three significant digits."""
    return f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


Made = dict[tuple[str, int, bool], dict[str, Scenario]]


def arms_of(claim: Claim, *, off: bool = False) -> dict[str, Treatment]:
    """Return the treatments of a claim by arm, the control first; with `off` its mechanism is off in all of them."""
    arms = {CONTROL: both(), **claim.arms}
    return {arm: both(claim.off, treatment) if off else treatment for arm, treatment in arms.items()}


def requests_of(claim: Claim, pair: Pair, made: Made | None = None, *, off: bool = False) -> dict[str, Request]:
    """Return the runs that a claim needs for one pair, by arm; raises JevonsError where a treatment does not fit.

    `made` remembers scenarios of bases that live on: checking their parameters takes longer than all the planning.
    """
    made = {} if made is None else made
    key = (claim.id, id(pair.base), off)
    if key not in made:
        made[key] = {arm: treatment(pair.base) for arm, treatment in arms_of(claim, off=off).items()}
    return {arm: Request(one, pair.seed, parse_date(claim.end(arm))) for arm, one in made[key].items()}


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

    With `off` every claim's mechanism is off in all its arms. Raises JevonsError where a run failed: what finished is
    kept, and the same call goes on.
    """
    made: Made = {}
    wanted = {(c.id, i): requests_of(c, pair, made, off=off) for c in claims for i, pair in enumerate(pairs)}
    failures = run([request for arms in wanted.values() for request in arms.values()], cache, engine, console)
    if failures:
        without = [c.id for c in claims if not all(map(cache.holds, _all_of(c, wanted, len(pairs))))]
        raise JevonsError(
            f"{len(failures)} runs that {', '.join(without)} need failed, the first with: {failures[0]}; "
            "what finished is kept: name the other claims to have theirs"
        )
    return [judge(claim, [wanted[claim.id, i] for i in range(len(pairs))], cache) for claim in claims]


def _all_of(claim: Claim, wanted: Mapping[tuple[str, int], Mapping[str, Request]], pairs: int) -> list[Request]:
    return [request for i in range(pairs) for request in wanted[claim.id, i].values()]


def judge(claim: Claim, pairs: Sequence[Mapping[str, Request]], cache: Cache) -> Result:
    """Measure a claim on its pairs and decide. A pair of which a run is missing has no effect (NaN)."""
    effects: dict[str, list[float]] = {measure.name: [] for measure in claim.measures}
    for arms in pairs:
        runs = _read(arms, cache)
        for measure in claim.measures:
            effects[measure.name].append(measure.of(runs) if runs is not None else float("nan"))
    findings = tuple(find(measure, effects[measure.name]) for measure in claim.measures)
    verdict = combine([finding.verdict for finding in findings if finding.verdict is not None])
    return Result(claim, findings, verdict, stability(findings, verdict), len(pairs))


def _read(arms: Mapping[str, Request], cache: Cache) -> dict[str, Record] | None:
    try:
        return {arm: cache.read(request.digest) for arm, request in arms.items()}
    except JevonsError:
        return None


# the run folder -------------------------------------------------------------------------------------------------------


def verdict_table(results: Sequence[Result]) -> pd.DataFrame:
    """Return one row a claim: id, core, claim, verdict, the deciding effect with its interval, rule, reading."""
    rows = []
    for result in results:
        entry, head = entries()[result.claim.id], result.head
        rows.append(
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
        )
    return pd.DataFrame(rows)


def effect_table(results: Sequence[Result]) -> pd.DataFrame:
    """Return one row a claim, measure and pair: the effect; and the measure's meaning, rule and verdict."""
    rows = []
    for result in results:
        for finding in result.findings:
            measure = finding.measure
            for pair, value in enumerate(finding.effects.tolist()):
                rows.append(
                    {
                        "id": result.claim.id,
                        "measure": measure.name,
                        "gloss": measure.gloss,
                        "rule": str(measure.rule) if measure.rule is not None else "",
                        "verdict": finding.verdict or "",
                        "pair": pair,
                        "effect": value,
                    }
                )
    return pd.DataFrame(rows)


def keep(results: Sequence[Result], folder: Path, about: Mapping[str, object]) -> None:
    """Write verdicts and effects; those of other claims that the folder holds stay, and every verdict is logged."""
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
    write_atomically(file, lambda stream: rows.to_parquet(stream, index=False), overwrite=True)


def read_table(file: Path) -> pd.DataFrame | None:
    """Read a table of the run folder; None where there is none. Raises JevonsError where it is damaged."""
    if not file.is_file():
        return None
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise JevonsError(f"{file}: cannot be read ({error}); move it away and run the claims again") from None
