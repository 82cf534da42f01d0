"""The comparison between scales, on canned runs."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.ensemble import Ensemble
from calibration.scales import shifts
from calibration.store.jobs import Failure, Job
from calibration.store.run_store import RunStore
from calibration.targets import load_targets
from model import JevonsError

TARGETS = [target for target in load_targets() if target.id in ("T31", "T50")]


class Canned:
    """Answers each job with every value at a factor, or with an error."""

    def __init__(self, factor: float) -> None:
        self.factor, self.asked = factor, list[Job]()

    def map(self, work: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        for job in jobs:
            self.asked.append(job)
            values = {target.id: target.value * self.factor for target in TARGETS}
            yield job, (values if self.factor > 0.0 else Failure("ValueError: broke"))


def ensemble() -> Ensemble:
    outputs = np.array([[target.value for target in TARGETS]] * 4)
    weight = np.array([0.1, 0.4, 0.3, 0.2])
    values, seeds = np.full((4, 1), 2.5), np.arange(1, 5)
    ids = tuple(target.id for target in TARGETS)
    return Ensemble(
        date(2025, 9, 30),
        ("demand.steepness",),
        values,
        weight,
        seeds,
        np.full(4, 0.1),
        ids,
        outputs,
        {"scale": "medium"},
    )


def test_the_heaviest_members_run_at_the_other_scale_and_the_change_is_in_decades(tmp_path: Path) -> None:
    engine = Canned(2.0)
    found = shifts(ensemble(), "default", 2, TARGETS, RunStore(tmp_path), engine)
    assert [(job.seed, job.scale) for job in engine.asked] == [(2, "default"), (3, "default")]
    assert [one.target for one in found] == [target.id for target in TARGETS]
    for one in found:
        assert one.mean == pytest.approx(np.log10(2.0))
        assert one.error == pytest.approx(0.0)


def test_a_member_that_breaks_off_is_named_with_its_error(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match="broke"):
        shifts(ensemble(), "default", 2, TARGETS, RunStore(tmp_path), Canned(-1.0))


def test_a_row_without_values_is_left_out(tmp_path: Path) -> None:
    one = ensemble()
    blank = dataclasses.replace(one, outputs=np.where(np.arange(2) == 0, np.nan, one.outputs))
    found = shifts(blank, "default", 3, TARGETS, RunStore(tmp_path), Canned(1.0))
    assert [shift.target for shift in found] == [TARGETS[1].id]
