"""Planted effects: with a claim's mechanism off, its experiment must not support it.

This is a sample at two pairs; `jevons claims run --all --mechanism-off` does the whole list.
"""

from pathlib import Path

import numpy as np
import pytest

from runs.engines.engine import SerialEngine
from runs.experiments.cache import Cache
from runs.experiments.claim_runs import Bench
from runs.experiments.registry import claims
from runs.experiments.trial import weigh
from runs.experiments.weighing import Weighing
from tests.runs.experiments.small import small_pairs

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("planted")]
SAMPLE = ("Q03", "Q12", "Q16", "Q17", "Q24", "Q33", "Q36", "Q39", "Q41")


@pytest.fixture(scope="module", params=SAMPLE)
def weighed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Weighing]:
    folder: Path = tmp_path_factory.mktemp("off")
    members = [(pair,) for pair in small_pairs(2)]
    found = weigh([claims()[request.param]], members, Bench(Cache(folder), SerialEngine()), off=True)
    return request.param, found[request.param]


def test_without_its_mechanism_no_claim_is_supported(weighed: tuple[str, Weighing]) -> None:
    """Where the rule reads a difference between arms that differ by the mechanism alone, nothing is left of it."""
    name, weighing = weighed
    assert weighing.verdict != "supported", str(weighing)
    if name in ("Q03", "Q33", "Q36", "Q39"):
        assert np.array_equal(weighing.effects, np.zeros((2, 1)))
