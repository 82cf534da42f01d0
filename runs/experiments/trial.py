"""Claims on trial: what settles each of them in order, the runs that are still needed, and the verdicts."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa

from calibration.ensemble import Ensemble
from calibration.store.sealed_files import table_bytes
from model import write_atomically
from runs.experiments.claim_entries import entries
from runs.experiments.claim_runs import Bench
from runs.experiments.claims.claim import Claim
from runs.experiments.disclosed_facts import Fact, predicted, rows, settle
from runs.experiments.members import Pair
from runs.experiments.prior_openness import Openness
from runs.experiments.rules import Finding, Floats, Measure
from runs.experiments.shocks import Treatment, fixed
from runs.experiments.verdicts import EFFECTS, VERDICTS, read_table
from runs.experiments.weighing import DECIDED, Weighing
from runs.one_run.run_folder import write_manifest
from runs.sweep.sweep_folder import locked

HISTORY = "history.jsonl"
# Markets of another structure, the same for all claims: how prices form, what limits organisations, how apps appear.
VARIANTS: Mapping[str, Treatment] = {
    "prices clear every week": fixed({"mechanisms.sticky_prices": False}),
    "no budgets bind": fixed({"mechanisms.budgets": False}),
    "apps start at a steady pace": fixed({"mechanisms.free_entry": False}),
}
Outcome = Literal["supported", "refuted", "undecided", "cannot judge", "assumed"]
Members = Sequence[Sequence[Pair]]
"""Pairs by member of the ensemble and seed."""
OUTCOMES: tuple[Outcome, ...] = ("supported", "refuted", "undecided", "cannot judge", "assumed")


@dataclass(frozen=True)
class Result:
    """A claim after its trial: the outcome, `how` it was found, why in words, and the probability of the other side.

    `weighing` has the runs where they decided, `variants` the share of runs on the verdict's side in each variant,
    `facts` the figures the claim is about beside the members' predictions, `findings` all measures on the first pairs.
    `prior_known`: whether it is known what the prior alone gives.
    """

    claim: Claim
    outcome: Outcome
    how: str
    reading: str
    wrong: float = 0.0
    weighing: Weighing | None = None
    variants: Mapping[str, float] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    prior_known: bool = True

    @property
    def decided(self) -> bool:
        """Whether the claim is supported or refuted."""
        return self.outcome in ("supported", "refuted")

    @property
    def agreement(self) -> str:
        """In how many variants runs give the same verdict, in words; nothing where it was not tried there."""
        holds = sum(share >= DECIDED for share in self.variants.values())
        return f"{holds} of {len(self.variants)}" if self.variants else ""

    def measured(self) -> list[tuple[Measure, Floats]]:
        """Return what was measured, the deciding measure first: each with its effects (members, seeds)."""
        shown = [(finding.measure, finding.effects[:, None]) for finding in self.findings]
        if self.weighing is None:
            return shown
        rest = [one for one in shown if one[0] is not self.weighing.measure]
        return [(self.weighing.measure, self.weighing.effects), *rest]


def before_runs(claim: Claim, facts: Sequence[Fact], prior: Openness | None) -> Result | None:
    """Return what is known of a claim without a run of it: None where runs have to decide.

    In this order: disclosed figures settle it; the model misses a figure it is about; the prior alone decides it.
    """
    settled = settle(claim.figures, rows())
    if settled is not None:
        return Result(claim, settled.verdict, "disclosed figures", settled.words, settled.wrong)
    if missed := [fact for fact in facts if fact.missed]:
        return Result(claim, "cannot judge", "the model misses the fact", "; ".join(map(str, missed)))
    if prior is not None and prior.reading == "assumed":
        words = f"{prior.share:.0%} of {prior.ran} draws from the prior support it, before any fit"
        return Result(claim, "assumed", "the prior alone", words)
    return None


def by_runs(claim: Claim, weighing: Weighing) -> Result:
    """Return what the runs say of a claim."""
    gloss = claim.deciding.gloss
    words = f"{gloss[0].upper()}{gloss[1:]}: {weighing}"
    return Result(claim, weighing.verdict, "runs", words, weighing.wrong, weighing)


def weigh(claims: Sequence[Claim], members: Members, bench: Bench, *, off: bool = False) -> dict[str, Weighing]:
    """Weigh claims on the members, each with its seeds; with `off` every claim's mechanism is off in all its arms."""
    pairs = {claim.id: [pair for seeds in members[: claim.members] for pair in seeds] for claim in claims}
    found = bench.measure(claims, pairs, off=off)
    seeds = len(members[0])
    return {claim.id: Weighing(claim.deciding, found[claim.id].reshape(-1, seeds)) for claim in claims}


def in_variants(results: Sequence[Result], pairs: Sequence[Pair], bench: Bench) -> dict[str, dict[str, float]]:
    """Return by claim and variant the share of the pairs that lie on the verdict's side in a market so changed."""
    shares: dict[str, dict[str, float]] = {result.claim.id: {} for result in results}
    for name, treatment in VARIANTS.items():
        changed = [Pair(pair.seed, treatment(pair.base)) for pair in pairs]
        claims = [result.claim for result in results]
        found = bench.measure(claims, {claim.id: changed[: claim.members] for claim in claims}, strict=False)
        for result in results:
            rule = result.claim.deciding
            side = rule.supported if result.outcome == "supported" else rule.refuted
            shares[result.claim.id][name] = side.share(found[result.claim.id]) if side is not None else 0.0
    return shares


def try_claims(
    claims: Sequence[Claim],
    members: Members,
    bench: Bench,
    ensemble: Ensemble | None,
    prior: Mapping[str, Openness],
    variant_members: int,
) -> list[Result]:
    """Settle what needs no run, weigh the rest on the members, and return results in the order given.

    What runs decided is tried again in the variants, on the first seed of so many members.
    """
    facts = {
        claim.id: () if ensemble is None else tuple(predicted(rows()[name], ensemble) for name in claim.facts)
        for claim in claims
    }
    found = {claim.id: before_runs(claim, facts[claim.id], prior.get(claim.id)) for claim in claims}
    left = [claim for claim in claims if found[claim.id] is None]
    if left:
        weighed = weigh(left, members, bench)
        found |= {claim.id: by_runs(claim, weighed[claim.id]) for claim in left}
    results = [replace(one, facts=facts[one.claim.id]) for one in found.values() if one is not None]
    firsts = [seeds[0] for seeds in members[:variant_members]]
    ran = [result for result in results if result.weighing is not None and result.decided]
    shares = in_variants(ran, firsts, bench) if ran and firsts else {}
    known = {name: one.ran > 0 for name, one in prior.items()}
    return [
        replace(one, variants=shares.get(one.claim.id, {}), prior_known=known.get(one.claim.id, False))
        for one in results
    ]


def expected_wrong(results: Sequence[Result]) -> float:
    """Return the expected number of wrong verdicts: the sum, over decided claims, of the other side's probability."""
    return sum(result.wrong for result in results if result.decided)


# the run folder -------------------------------------------------------------------------------------------------------


def verdict_table(results: Sequence[Result]) -> pd.DataFrame:
    """Return one row a claim: its words, outcome and how it was found, shares of the runs, and why in words."""
    return pd.DataFrame(
        {
            "id": entry.id,
            "core": entry.core,
            "theme": entry.theme,
            "claim": entry.claim,
            "verdict": result.outcome,
            "how": result.how,
            "supports": runs.supports if runs else float("nan"),
            "refutes": runs.refutes if runs else float("nan"),
            "between": runs.between if runs else float("nan"),
            "parameters_share": runs.split.share if runs else float("nan"),
            "runs": runs.effects.size if runs else 0,
            "wrong": result.wrong,
            "variants": result.agreement,
            "rule": str(result.claim.deciding.rule),
            "reading": result.reading,
            "depends": result.claim.depends,
        }
        for result in results
        for entry, runs in [(entries()[result.claim.id], result.weighing)]
    )


def effect_table(results: Sequence[Result]) -> pd.DataFrame:
    """Return one row a claim, measure, member and seed: the effect; and the measure's meaning and rule.

    All but the deciding measure have one seed.
    """
    rows = [
        (result.claim.id, measure.name, measure.gloss, str(measure.rule or ""), member, seed, value)
        for result in results
        for measure, effects in result.measured()
        for member, seeds in enumerate(effects.tolist())
        for seed, value in enumerate(seeds)
    ]
    return pd.DataFrame(rows, columns=["id", "measure", "gloss", "rule", "member", "seed", "effect"])


def keep(results: Sequence[Result], folder: Path, about: Mapping[str, object]) -> None:
    """Write verdicts and effects; those of other claims that the folder holds stay, and every verdict is logged.

    Of two commands that end at the same moment, one waits for the other. Raises JevonsError.
    """
    with locked(folder, wait=True):
        _keep(results, folder, about)


def _keep(results: Sequence[Result], folder: Path, about: Mapping[str, object]) -> None:
    verdicts = verdict_table(results)
    for table, name in ((verdicts, VERDICTS), (effect_table(results), EFFECTS)):
        _merge(table, folder / name, verdicts["id"])
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    with (folder / HISTORY).open("a", encoding="utf-8") as stream:
        for row in verdicts[["id", "verdict", "how", "runs"]].to_dict("records"):
            stream.write(json.dumps({"time": now, **row}) + "\n")
    write_manifest({"created": now, **about}, folder)


def _merge(table: pd.DataFrame, file: Path, tried: pd.Series) -> None:
    """Write a table; rows of claims that were not tried stay."""
    old = read_table(file)
    rows = table
    if old is not None:
        rows = pd.concat([old[~old["id"].isin(tried)], table], ignore_index=True)
        rows = rows.sort_values("id", kind="stable", ignore_index=True)
    write_atomically(file, table_bytes(pa.Table.from_pandas(rows, preserve_index=False)), overwrite=True)
