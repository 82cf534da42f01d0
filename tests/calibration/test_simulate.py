"""A run as a job, and what its name depends on."""

import math

import pytest

from calibration import member_run as module
from calibration.member_run import ROWS, Job, fingerprint, key_of, scenario_of, simulate
from calibration.shapes import load_shapes
from calibration.targets import load_targets
from model import JevonsError, Parameters


def test_a_run_answers_every_target_and_shape_and_says_nothing_of_what_it_does_not_reach() -> None:
    found = simulate(Job((("demand.steepness", 2.5),), 3, "small", "2024-01-07"))
    assert set(found) == {t.id for t in load_targets()} | {s.id for s in load_shapes()}
    assert found["T52"] > 0.0
    assert math.isnan(found["T04"])


def test_a_job_sets_its_parameters_and_the_rows_of_its_scale() -> None:
    parameters = scenario_of(Job((("demand.steepness", 2.5),), 1, "medium")).parameters
    assert parameters.demand.steepness == 2.5
    assert parameters.scale.users == ROWS["medium"]["scale.users"]
    assert scenario_of(Job((), 1, "default")).parameters == Parameters.load()


def test_a_value_out_of_bounds_is_refused() -> None:
    with pytest.raises(JevonsError, match="steepness"):
        simulate(Job((("demand.steepness", -1.0),), 1))


def test_the_model_has_one_fingerprint_and_moving_a_default_that_the_job_sets_leaves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fingerprint.cache_clear()
    before, free = fingerprint(), fingerprint(("demand.steepness",))
    moved = Parameters.load().replace({"demand.steepness": 2.0})
    monkeypatch.setattr(Parameters, "load", classmethod(lambda _cls: moved))
    fingerprint.cache_clear()
    assert fingerprint() != before
    assert fingerprint(("demand.steepness",)) == free
    fingerprint.cache_clear()


def test_comments_docstrings_glosses_and_bounds_are_no_part_of_the_model() -> None:
    import ast

    def bare(text: str) -> str:
        return ast.dump(module._Bare().visit(ast.parse(text)))

    plain = "class G:\n    '''Old.'''\n    x: float = parameter(1.0, gloss='old', low=0)\n    def f(self): return 1\n"
    assert bare(plain) == bare(plain.replace("Old", "New").replace("1.0", "2.0").replace("low=0", "low=-1") + "# end\n")
    assert bare(plain) != bare(plain.replace("return 1", "return 2"))


def test_the_scale_of_a_run_is_part_of_its_name() -> None:
    assert len({key_of(Job((), 1, scale)) for scale in ("small", "medium", "default")}) == 3
