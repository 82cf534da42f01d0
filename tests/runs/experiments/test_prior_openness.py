"""Which claims the structure decides by itself: counted draw by draw, by each claim's own rules."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.space import Space, load_space
from model import JevonsError
from runs.cli import execute
from runs.engines.engine import SerialEngine
from runs.experiments import prior_openness
from runs.experiments.cache import Cache
from runs.experiments.claim_runs import read_pair, requests_of
from runs.experiments.claims.claim import Claim
from runs.experiments.members import Pair
from runs.experiments.prior_openness import (
    Openness,
    add,
    known_openness,
    openness_csv,
    openness_page,
    prior_pairs,
    weigh,
)
from runs.experiments.registry import claims
from runs.experiments.rules import above
from tests.runs.experiments.small import ROWS


def small_draws(count: int) -> list[Pair]:
    return [Pair(pair.seed, pair.base.replace(ROWS)) for pair in prior_pairs(count, "small")]


def test_draws_differ_in_every_parameter_with_a_prior() -> None:
    first, second = prior_pairs(2, "small")
    paths = set(load_space().paths)
    assert set(first.base.overrides) >= paths
    same = [path for path in paths if first.base.overrides[path] == second.base.overrides[path]]
    assert not same
    assert first.base.overrides == prior_pairs(3, "small")[0].base.overrides, "a draw does not depend on their number"


def test_a_claim_that_few_draws_decide_the_other_way_is_assumed() -> None:
    assert Openness("Q1", 19, 0, 1, 3).reading == "open"
    assert Openness("Q1", 20, 0, 0, 0).reading == "assumed"
    assert Openness("Q1", 0, 12, 8, 0).reading == "assumed"
    assert Openness("Q1", 10, 5, 5, 20).share == 0.5
    assert np.isnan(Openness("Q1", 0, 0, 0, 4).share)
    assert Openness("Q1", 0, 0, 0, 4).reading == "unknown"


@pytest.fixture(scope="module")
def claim() -> Claim:
    return claims()["Q14"]


def test_every_draw_decides_alone(tmp_path: Path, claim: Claim) -> None:
    draws, cache = small_draws(3), Cache(tmp_path / "runs")
    (found,) = weigh([claim], draws, cache, SerialEngine())
    assert (found.claim, found.supports + found.refutes + found.neither + found.failed) == ("Q14", 3)
    measure, by_hand = claim.deciding, {"supports": 0, "refutes": 0}
    assert measure.supported is not None
    assert measure.refuted is not None
    for draw in draws:
        runs = read_pair(requests_of(claim, draw, measure.arms), cache)
        if runs is not None:
            by_hand["supports"] += measure.of(runs) > measure.supported.low
            by_hand["refutes"] += measure.of(runs) < measure.refuted.high
    assert (found.supports, found.refutes) == tuple(by_hand.values())


def test_draws_that_fail_are_counted_and_one_that_ran_is_needed(
    tmp_path: Path, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws, cache = small_draws(2), Cache(tmp_path / "runs")
    weigh([claim], draws[:1], cache, SerialEngine())
    monkeypatch.setattr(prior_openness, "run", lambda *_: ["broke off"])
    (found,) = weigh([claim], draws, cache, SerialEngine())
    assert found.failed == 1
    assert found.supports + found.refutes + found.neither == 1
    with pytest.raises(JevonsError, match="every draw from the prior failed"):
        weigh([claim], draws[1:], cache, SerialEngine())


def test_the_page_and_the_table_have_every_claim(tmp_path: Path) -> None:
    found = [Openness("Q14", 3, 1, 0, 0), Openness("Q28", 4, 0, 0, 0)]
    page = openness_page(found, "small")
    assert "| Q14 | 75% | 3 | 1 | 0 | 0 | open |" in page
    assert "| Q28 | 100% | 4 | 0 | 0 | 0 | assumed |" in page
    assert "4 times" in page
    assert openness_csv(found).splitlines()[1].startswith("Q14,3,1,0,0,0.750,open,")


def test_counts_are_known_until_the_prior_or_the_claim_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, found = tmp_path / "new" / "prior.csv", [Openness("Q14", 3, 1, 0, 0), Openness("Q28", 4, 0, 0, 0)]
    assert known_openness(file) == {}
    add(found[:1], file)
    add(found[1:], file)
    assert known_openness(file) == {one.claim: one for one in found}
    newer = tmp_path / "newer.csv"
    add([Openness("Q14", 0, 9, 0, 0)], newer)
    assert known_openness(newer, file)["Q14"].refutes == 9
    changed = replace(claims()["Q14"].deciding, supported=above(7.0))
    other = replace(claims()["Q14"], measures=(changed,))
    monkeypatch.setattr(prior_openness, "testable", lambda: {**claims(), "Q14": other})
    assert set(known_openness(file)) == {"Q28"}
    monkeypatch.setattr(prior_openness, "load_space", lambda: Space(load_space().free[1:]))
    assert known_openness(file) == {}


def test_a_table_that_is_none_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "prior.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(JevonsError, match=r"prior.csv: is no table of `jevons claims prior`"):
        known_openness(file)


def test_a_claim_that_does_not_exist_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["claims", "prior", "Q99"]) == 2
    assert "no such claim" in capsys.readouterr().err
