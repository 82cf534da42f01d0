"""Planted effects: with a claim's mechanism off, its experiment must not support it.

This is a sample at two pairs; `jevons claims run --all --mechanism-off` does the whole list.
"""

from pathlib import Path

import numpy as np
import pytest

from runs.engines.engine import SerialEngine
from runs.experiments.cache import Cache
from runs.experiments.registry import claims
from runs.experiments.trial import Result, try_claims
from tests.runs.experiments.small import small_pairs

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("planted")]  # one trial a claim for both tests
SAMPLE = ("Q03", "Q12", "Q16", "Q17", "Q24", "Q33", "Q36", "Q39", "Q41")


@pytest.fixture(scope="module", params=SAMPLE)
def result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder: Path = tmp_path_factory.mktemp("off")
    (found,) = try_claims([claims()[request.param]], small_pairs(2), Cache(folder), SerialEngine(), off=True)
    return found


def test_without_its_mechanism_no_claim_is_supported(result: Result) -> None:
    assert result.verdict != "supported", result.reading


def test_an_effect_of_the_mechanism_is_gone_with_it(result: Result) -> None:
    """Where the rule reads a difference between arms that differ by the mechanism alone, nothing is left of it."""
    exact = {"Q03": "tokens per request", "Q33": "lift by AI", "Q36": "difference", "Q39": "publication and staff"}
    if result.claim.id in exact:
        finding = next(f for f in result.findings if f.measure.name == exact[result.claim.id])
        assert np.array_equal(finding.effects, np.zeros(2))
    else:
        assert any(finding.verdict != "supported" for finding in result.deciding)
