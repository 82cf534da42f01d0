"""Decisions: the whole interval has to lie on one side, and every claim on the list can come out either way."""

import numpy as np
import pytest

from model import JevonsError
from runs.experiments.claim_entries import UNTESTABLE, entries
from runs.experiments.claims.claim import claim
from runs.experiments.registry import claims, pick
from runs.experiments.rules import (
    Measure,
    Region,
    Rule,
    above,
    below,
    between,
    combine,
    find,
    outside,
    read_region,
    stability,
)
from runs.experiments.shocks import fixed

DECIDING = [
    pytest.param(measure, id=f"{claim.id} {measure.name}")
    for claim in claims().values()
    for measure in claim.measures
    if measure.rule is not None
]


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


def test_a_claim_needs_every_measure_and_falls_with_one() -> None:
    assert combine(["supported", "supported"]) == "supported"
    assert combine(["supported", "undecided"]) == "undecided"
    assert combine(["supported", "undecided", "refuted"]) == "refuted"
    assert combine([]) == "undecided"


def test_an_effect_that_divides_by_nothing_is_not_defined() -> None:
    assert np.isnan(Measure("x", "x", lambda _: float("inf")).of({}))
    assert np.isnan(Measure("x", "x", lambda runs: 1.0 / len(runs)).of({}))


def test_a_verdict_on_the_edge_is_not_stable_and_a_clear_one_is() -> None:
    measure = Measure("x", "x", lambda _: 0.0, supported=above(0.0), refuted=below(0.0))
    clear = find(measure, [1.0] * 20)
    edge = find(measure, [-0.1] + [1.0] * 19)
    assert stability([clear], "supported") == 1.0
    assert 0.2 < stability([edge], "supported") < 0.9


@pytest.mark.parametrize("measure", DECIDING)
def test_every_rule_can_support_and_can_refute_and_never_both(measure: Measure) -> None:
    rule = measure.rule
    assert rule is not None
    if rule.supported is not None:
        assert rule.decide([inside(rule.supported)] * 20) == "supported"
    if rule.refuted is not None:
        assert rule.decide([inside(rule.refuted)] * 20) == "refuted"


@pytest.mark.parametrize("name", list(claims()))
def test_every_claim_has_a_measure_that_refutes_it(name: str) -> None:
    claim = claims()[name]
    assert any(measure.refuted is not None for measure in claim.measures)
    assert any(measure.supported is not None for measure in claim.measures)


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
