"""Every series that the program names is one that the market records."""

from datetime import date

import pytest

from calibration.paths import MAIN, PART_OF
from model import declared_observables, declared_series
from runs.analysis.sweep_report import FANS
from runs.experiments.cache import kept
from runs.sweep.outcomes import default_outcomes
from runs.view.make_baseline import shown_series
from runs.view.panels import curves

NAMED = {
    "forecasts": [*MAIN, *PART_OF, *PART_OF.values()],
    "outcomes of a sweep": [(o.observable, o.entity, o.segment) for o in default_outcomes(date(2028, 12, 31))],
    "fans of a report": [fan[:3] for fan in FANS],
    "first screen of the page": shown_series(),
    "curves of the page": [curve.series for curve in curves()],
}


@pytest.mark.parametrize("where", NAMED)
def test_a_named_series_is_declared(where: str) -> None:
    assert NAMED[where]
    assert set(NAMED[where]) <= declared_series().keys()


def test_what_is_kept_for_claims_is_declared() -> None:
    assert kept() <= {row.name for row in declared_observables()}
