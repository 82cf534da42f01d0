"""That the benchmarks run at all: what they measure depends on the machine and is tested nowhere."""

from collections.abc import Callable

import pytest

from tests.benchmarks import measures as m


@pytest.mark.slow
@pytest.mark.parametrize(
    "measure",
    [
        lambda: m.cascade(m.graphs(5, 200.0)[0]),
        lambda: m.building(200, objects=True),
        lambda: m.labs_kernel(3),
        lambda: m.some_weeks(2),
        lambda: min(min(pair) for pair in m.agent_sets(200).values()),
    ],
)
def test_a_measure_gives_seconds(measure: Callable[[], float]) -> None:
    assert measure() > 0.0


def test_an_exponent_is_the_slope_of_logarithms() -> None:
    assert m.exponent((1.0, 2.0, 4.0), (3.0, 12.0, 48.0)) == pytest.approx(2.0)
