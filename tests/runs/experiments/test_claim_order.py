"""The order in which a claim is settled, each step with members made by hand, and what the verdicts may cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from runs.engines.engine import SerialEngine
from runs.experiments import trial
from runs.experiments.cache import Cache
from runs.experiments.claim_report import examples, summary
from runs.experiments.claim_runs import Bench
from runs.experiments.claims.claim import Claim
from runs.experiments.disclosed_facts import Fact, Reading, rows
from runs.experiments.members import Pair
from runs.experiments.prior_openness import Openness
from runs.experiments.registry import claims
from runs.experiments.rules import Floats, above, below
from runs.experiments.trial import VARIANTS, Result, before_runs, by_runs, expected_wrong, in_variants, try_claims
from runs.experiments.weighing import Weighing
from tests.runs.experiments.small import small_pairs

T20 = rows()["T20"]
KNOWN = Reading("growth", {}, {"T20": 1.0}, 1.0, below(-1.0), above(1.0))
UNKNOWN = replace(KNOWN, supported=below(-90.0))
HIT = Fact(T20, T20.value / 2.0, T20.value, T20.value * 2.0)
MISS = Fact(T20, T20.value * 2.0, T20.value * 3.0, T20.value * 4.0)
ASSUMED, OPEN = Openness("Q29", 0, 40, 0, 0), Openness("Q29", 20, 20, 0, 0)


@pytest.fixture
def claim() -> Claim:
    """A claim by another's experiment, on which figures say nothing yet."""
    return replace(claims()["Q29"], facts=("T20",), figures=())


def weighed(claim: Claim, effects: Floats) -> Result:
    return by_runs(claim, Weighing(claim.deciding, effects))


def test_figures_that_settle_a_claim_go_before_a_miss_and_before_the_prior(claim: Claim) -> None:
    found = before_runs(replace(claim, figures=(KNOWN,)), [MISS], ASSUMED)
    assert found is not None
    assert (found.outcome, found.how) == ("supported", "disclosed figures")


def test_a_missed_fact_goes_before_the_prior(claim: Claim) -> None:
    found = before_runs(replace(claim, figures=(UNKNOWN,)), [HIT, MISS], ASSUMED)
    assert found is not None
    assert (found.outcome, found.how) == ("cannot judge", "the model misses the fact")
    assert "T20" in found.reading


def test_what_the_prior_alone_decides_is_assumed(claim: Claim) -> None:
    found = before_runs(claim, [HIT], ASSUMED)
    assert found is not None
    assert found.outcome == "assumed"
    assert "0% of 40 draws" in found.reading


def test_runs_decide_where_nothing_else_does(claim: Claim) -> None:
    assert before_runs(claim, [HIT], OPEN) is None
    assert before_runs(claim, [], None) is None
    assert weighed(claim, np.full((60, 2), 2.0)).outcome == "supported"
    assert weighed(claim, np.full((60, 2), 1.0)).outcome == "refuted"
    assert weighed(claim, np.full((60, 2), 1.5)).outcome == "undecided"


@dataclass(frozen=True)
class Made(Bench):
    """A bench whose runs are made up: the effect of a pair is the value that its market's variant has."""

    effects: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def measure(
        self, claims: Sequence[Claim], pairs: Mapping[str, Sequence[Pair]], *, off: bool = False, strict: bool = True
    ) -> dict[str, Floats]:
        def effect(pair: Pair) -> float:
            changed = [name for name, treat in VARIANTS.items() if treat(pair.base) == pair.base]
            return self.effects[changed[0] if changed else ""]

        self.asked.extend(claim.id for claim in claims)
        return {claim.id: np.array([effect(pair) for pair in pairs[claim.id]]) for claim in claims}


@pytest.fixture
def bench(tmp_path: Path) -> Made:
    return Made(Cache(tmp_path), SerialEngine())


def test_only_claims_that_nothing_else_settles_are_run_and_only_decided_ones_again_in_the_variants(
    claim: Claim, bench: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    variants = dict(zip(VARIANTS, (2.0, 1.0, 2.0), strict=True))
    bench.effects.update({"": 2.0, **variants})
    monkeypatch.setattr(trial, "predicted", lambda *_: HIT)
    settled, assumed = replace(claim, id="Q31", figures=(KNOWN,)), replace(claim, id="Q32")
    members = [(pair, replace(pair, seed=pair.seed + 9)) for pair in small_pairs(3)]
    found = try_claims([settled, assumed, claim], members, bench, None, {"Q32": replace(ASSUMED, claim="Q32")}, 2)
    assert [one.outcome for one in found] == ["supported", "assumed", "supported"]
    assert bench.asked == ["Q29"] * 4, "the members once, and three variants"
    last = found[-1]
    assert last.weighing is not None
    assert last.weighing.effects.shape == (3, 2)
    assert dict(last.variants) == {name: float(value == 2.0) for name, value in variants.items()}
    assert last.agreement == "2 of 3"
    assert [one.prior_known for one in found] == [False, True, False]
    bench.effects[""] = 1.5
    (undecided,) = try_claims([claim], members, bench, None, {}, 2)
    assert (undecided.outcome, undecided.agreement) == ("undecided", "")


def test_a_refuted_claim_holds_in_a_variant_where_it_is_refuted(claim: Claim, bench: Made) -> None:
    bench.effects.update(zip(VARIANTS, (1.0, 2.0, 1.5), strict=True))
    refuted = weighed(claim, np.full((4, 2), 1.0))
    shares = in_variants([refuted], small_pairs(2), bench)[claim.id]
    assert list(shares.values()) == [1.0, 0.0, 0.0]


def test_the_expected_number_of_wrong_verdicts_adds_up_the_other_side_of_decided_claims(claim: Claim) -> None:
    supported = weighed(claim, np.array([[2.0]] * 9 + [[1.0]]))
    refuted = weighed(claim, np.array([[1.0]] * 17 + [[2.0]] * 3))
    undecided = weighed(claim, np.array([[1.0], [2.0]]))
    figures = Result(claim, "supported", "disclosed figures", "", 0.02)
    assumed = Result(claim, "assumed", "the prior alone", "", 0.5)
    results = [supported, refuted, undecided, figures, assumed]
    assert expected_wrong(results) == pytest.approx(0.1 + 0.15 + 0.02)
    assert "Of the 3 claims that are decided, 0.27 verdicts are expected to be wrong." in summary(results)


def test_examples_for_readers_are_decided_core_claims_runs_first(claim: Claim) -> None:
    figures = Result(claims()["Q16"], "supported", "disclosed figures", "")
    runs, undecided = weighed(claim, np.full((4, 2), 1.0)), Result(claims()["Q14"], "undecided", "runs", "")
    lines = examples([figures, undecided, runs]).splitlines()
    assert len(lines) == 2
    assert "(Q29): *refuted* by runs, 0% support, 100% refute" in lines[0]
    assert "(Q16): *supported* by disclosed figures." in lines[1]
