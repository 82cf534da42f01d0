"""Decisions: the whole interval has to lie on one side, and every claim on the list can come out either way."""

import numpy as np
import pytest
from scipy.stats import norm

from model import JevonsError
from runs.experiments.claim_entries import UNTESTABLE, entries
from runs.experiments.claims.claim import Claim, claim
from runs.experiments.registry import claims, pick
from runs.experiments.rules import Measure, Region, Rule, above, below, between, outside, read_region
from runs.experiments.shocks import fixed
from runs.experiments.weighing import Weighing

DECIDING = [pytest.param(claim, id=claim.id) for claim in claims().values()]


def inside(region: Region) -> float:
    """Return a value well inside a region."""
    if region.inverse:
        return region.high + 1.0
    if np.isinf(region.low):
        return region.high - 1.0
    return region.low + 1.0 if np.isinf(region.high) else (region.low + region.high) / 2.0


def test_an_interval_across_the_threshold_decides_nothing() -> None:
    rule = Rule("x", supported=above(1.0), refuted=below(1.0))
    assert rule.decide([1.1, 1.2, 1.3]) == "supported"
    assert rule.decide([0.7, 0.8, 0.9]) == "refuted"
    assert rule.decide([0.9, 1.0, 1.1]) == "undecided"


def test_one_pair_in_twenty_may_lie_on_the_other_side_and_two_may_not() -> None:
    rule = Rule("x", supported=above(0.0), refuted=below(0.0))
    assert rule.decide([-1e-9] + [1.0] * 20) == "supported"
    assert rule.decide([-1.0, -1.0] + [1.0] * 18) == "undecided"


def test_an_effect_that_is_not_defined_in_some_pair_decides_nothing() -> None:
    assert Rule("x", supported=above(0.0)).decide([1.0, float("nan"), 1.0]) == "undecided"


def test_a_rule_whose_regions_overlap_is_refused() -> None:
    with pytest.raises(JevonsError, match=r"rule of 'x': supported above -0\.05, refuted below 0\.05 overlap"):
        Rule("x", supported=above(-0.05), refuted=below(0.05))


def test_regions_hold_intervals_that_lie_wholly_in_them() -> None:
    assert between(0.8, 1.25).holds(0.9, 1.0)
    assert not between(0.8, 1.25).holds(0.7, 1.0)
    assert outside(0.8, 1.25).holds(1.3, 9.0)
    assert outside(0.8, 1.25).holds(0.1, 0.7)
    assert not outside(0.8, 1.25).holds(0.7, 1.3)


def test_regions_are_read_from_words() -> None:
    assert read_region("above -0.05") == above(-0.05)
    assert read_region("below ln(2)") == below(np.log(2.0))
    assert read_region("below log10(2)") == below(np.log10(2.0))
    assert read_region("between 0.8 1.25") == between(0.8, 1.25)
    assert read_region("outside -ln(5) ln(5)") == outside(-np.log(5.0), np.log(5.0))
    assert read_region(None) is None


@pytest.mark.parametrize("text", ["over 1", "above", "above 1 2", "between 1", "above one", "above sqrt(2)"])
def test_words_that_are_no_region_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a region"):
        read_region(text)


def test_a_claim_whose_formulas_and_rules_name_different_measures_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Q19: decision_rules.toml and the formulas differ: .*lag"):
        claim("Q19", {"doubling time": lambda _: 0.0, "lag": lambda _: 0.0}, until="2026-12-28", off=fixed({}))


def test_an_effect_that_divides_by_nothing_is_not_defined() -> None:
    assert np.isnan(Measure("x", "x", lambda _: float("inf")).of({}))
    assert np.isnan(Measure("x", "x", lambda runs: 1.0 / len(runs)).of({}))


@pytest.mark.parametrize("claim", DECIDING)
def test_every_claim_has_one_rule_that_can_support_and_can_refute_with_a_gap(claim: Claim) -> None:
    assert [measure.rule is not None for measure in claim.measures].count(True) == 1
    measure = claim.deciding
    assert measure.supported is not None
    assert measure.refuted is not None
    for effect, verdict in ((inside(measure.supported), "supported"), (inside(measure.refuted), "refuted")):
        assert Weighing(measure, np.full((3, 2), effect)).verdict == verdict
    ends = [end for end in (measure.supported.low, measure.supported.high) if np.isfinite(end)]
    others = [end for end in (measure.refuted.low, measure.refuted.high) if np.isfinite(end)]
    for end, other in zip(ends, others, strict=True):
        assert Weighing(measure, np.full((1, 1), (end + other) / 2.0)).between == 1.0


def test_shares_of_effects_in_a_region_leave_out_what_is_not_defined() -> None:
    effects = np.array([0.5, 2.0, 3.0, np.nan])
    assert above(1.0).share(effects) == 0.5
    assert outside(1.0, 2.5).share(effects) == 0.5
    assert between(1.0, 2.5).share(effects) == 0.25


def test_probabilities_of_regions_are_those_of_a_normal() -> None:
    assert above(1.0).probability(0.0, 1.0) == pytest.approx(norm.sf(1.0))
    assert below(1.0).probability(3.0, 2.0) == pytest.approx(norm.cdf(-1.0))
    assert between(-1.0, 1.0).probability(0.0, 1.0) == pytest.approx(norm.cdf(1.0) - norm.cdf(-1.0))
    assert outside(-1.0, 1.0).probability(0.0, 1.0) == pytest.approx(2.0 * norm.sf(1.0))


def test_every_row_of_the_list_is_on_trial_or_says_why_not_and_core_rows_all_are() -> None:
    assert {*claims(), *UNTESTABLE} == {*entries()}
    assert not {*claims()} & {*UNTESTABLE}
    assert {entry.id for entry in entries().values() if entry.core} <= {*claims()}
    assert len(entries()) == 42


def test_a_claim_that_cannot_be_tried_says_why() -> None:
    with pytest.raises(JevonsError, match="no such claim"):
        pick(("Q99",))
    with pytest.raises(JevonsError, match="not testable here: the number of calls"):
        pick(("q10",))
