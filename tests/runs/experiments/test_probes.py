"""Probes, worked by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from runs.experiments.probes import _kinds


def world(target: float, tasks: tuple[float, float]) -> Any:
    """Return a world with two workloads of one lab, each of two bins: three quarters of tasks fall into the first."""
    bins = np.array([0.75, 0.25])
    rows = np.array([0, 1])
    return SimpleNamespace(
        constants=SimpleNamespace(
            metered_rows=rows, tasks=SimpleNamespace(difficulty=np.array([[1.0, 3.0], [2.0, 6.0]]))
        ),
        metered=SimpleNamespace(
            cutoff_target=np.array([target, 9.0]),
            offer=SimpleNamespace(lab_share=np.ones((2, 1)), bin_share=np.tile(bins, (2, 1, 1))),
        ),
        parameters=SimpleNamespace(metered=SimpleNamespace(value_tail=1.25)),
        ambition=np.zeros(2),
        demanded=SimpleNamespace(tasks=np.array(tasks)[None, :, None]),
        plans=SimpleNamespace(bins=np.tile(bins, (1, 2, 1))),
    )


@pytest.mark.parametrize(("target", "kinds"), [(0.4, 0.0), (0.2, 1.0), (-0.5, 1.0), (-0.6, 2.0)])
def test_a_kind_is_worth_running_from_where_its_reference_task_is(target: float, kinds: float) -> None:
    """Cut-offs of the bins lie ln(1.5) / 1.25 = 0.324 below and ln(2) / 1.25 = 0.555 above that of their workload."""
    found = {name[0]: value for name, value in _kinds(world(target, (100.0, 0.0)))}
    assert found["kinds_worth_running"] == kinds


def test_mean_difficulty_is_that_of_each_workload_that_is_asked_for() -> None:
    one, both, none = (dict(_kinds(world(0.0, tasks))) for tasks in ((100.0, 0.0), (100.0, 1.0), (0.0, 0.0)))
    name = ("difficulty_asked", "market", "api", "log10 E")
    assert (one[name], both[name], none[name]) == (1.5, 0.5 * (1.5 + 3.0), 0.0)
