"""A run as a job, and what its key depends on."""

import math
from datetime import date
from pathlib import Path

import pytest

from calibration.member_run import simulate
from calibration.shapes import load_shapes
from calibration.store import code_fingerprint, jobs
from calibration.store.code_fingerprint import fingerprint, statements
from calibration.store.jobs import ROWS, UNTIL, Job, key_of
from calibration.targets import load_targets
from model import JevonsError, Parameters, Scenario, declared_observables

A, B = ("demand.steepness", 1.0), ("demand.value_slope", 2.0)


def test_a_run_answers_every_target_and_shape_and_says_nothing_of_what_it_does_not_reach() -> None:
    found = simulate(Job((("demand.steepness", 2.5),), 3, "small", "2024-01-07"))
    assert set(found) == {t.id for t in load_targets()} | {s.id for s in load_shapes()}
    assert found["T52"] > 0.0
    assert math.isnan(found["T04"])


def test_a_run_ends_with_the_last_target() -> None:
    assert max(target.end for target in load_targets()) == date.fromisoformat(UNTIL)


def test_a_job_sets_its_parameters_and_the_rows_of_its_scale() -> None:
    parameters = Job((("demand.steepness", 2.5),), 1, "medium").scenario().parameters
    assert parameters.demand.steepness == 2.5
    assert parameters.scale.users == ROWS["medium"]["scale.users"]
    assert Job((), 1, "default").scenario().parameters == Parameters.load()


def test_a_job_of_a_scenario_gives_that_scenario_back() -> None:
    changes = ((date(2024, 3, 4), {"demand.hurdle": 0.3}), (date(2024, 5, 6), {"labs.menu_cost": 0.4}))
    scenario = Scenario(
        scale="small", start=date(2023, 6, 5), until=date(2025, 6, 2), overrides=dict([A, B]), changes=changes
    )
    found = Job.of(scenario, 3, date(2024, 6, 3)).scenario()
    for field in ("scale", "start", "until", "overrides", "changes", "parameters"):
        assert getattr(found, field) == getattr(scenario, field)


def test_a_value_out_of_bounds_is_refused() -> None:
    with pytest.raises(JevonsError, match="steepness"):
        simulate(Job((("demand.steepness", -1.0),), 1))


def test_the_model_has_one_fingerprint_and_moving_a_default_that_the_job_sets_leaves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fingerprint.cache_clear()
    before, free = fingerprint(), fingerprint(frozenset(["demand.steepness"]))
    moved = Parameters.load().replace({"demand.steepness": 2.0})
    monkeypatch.setattr(Parameters, "load", classmethod(lambda _cls: moved))
    fingerprint.cache_clear()
    assert fingerprint() != before
    assert fingerprint(frozenset(["demand.steepness"])) == free
    fingerprint.cache_clear()


def test_what_is_said_of_an_observable_is_no_part_of_the_fingerprint_and_its_unit_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *rest = declared_observables()
    found = []
    for one in (first, first._replace(gloss="other words"), first._replace(unit="USD")):
        monkeypatch.setattr(code_fingerprint, "declared_observables", lambda one=one: (one, *rest))
        fingerprint.cache_clear()
        found.append(fingerprint())
    fingerprint.cache_clear()
    assert found[0] == found[1] != found[2]


def test_a_file_that_is_named_is_part_of_the_fingerprint() -> None:
    assert fingerprint(also=("runs/sweep/parts.py",)) != fingerprint()


def test_comments_docstrings_and_layout_are_no_part_of_the_model() -> None:
    plain = "class G:\n    '''Old.'''\n    x: float = 1.0\n    def f(self): return 1\n"
    other = plain.replace("Old", "New").replace("return 1", "return  (1)").replace("self", " self ")
    assert statements(plain) == statements(other + "# end\n")
    for old, new in (
        ("return 1", "return 2"),
        ("def f", "def g"),
        ("x: float", "x: int"),
        ("'''Old.'''", "y = 'Old.'"),
    ):
        assert statements(plain) != statements(plain.replace(old, new))


def test_the_key_of_a_run_depends_on_all_that_decides_it_but_not_on_the_order_of_parameters(tmp_path: Path) -> None:
    base = Job((A, B), 1)
    state, other = tmp_path / "state", tmp_path / "other"
    state.write_bytes(b"state")
    other.write_bytes(b"other")
    others = [
        Job((A,), 1), Job((A, ("demand.value_slope", 3.0)), 1), Job((A, B), 2), base._replace(scale="default"),
        base._replace(scale="small"), base._replace(until="2025-01-01"), base._replace(start="2024-01-01"),
        base._replace(end="2025-01-01"), base._replace(changes=(("2024-01-01", (A,)),)),
        base._replace(state=str(state)), base._replace(state=str(other)),
    ]  # fmt: skip
    assert len({key_of(job, "all") for job in [base, *others]}) == 1 + len(others)
    assert key_of(base, "some") != key_of(base, "all")
    assert key_of(Job((B, A), 1), "all") == key_of(base, "all")
    other.write_bytes(b"state")
    assert key_of(base._replace(state=str(other)), "all") == key_of(base._replace(state=str(state)), "all")


def test_the_key_of_a_run_depends_on_the_type_of_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bits are promised on the same type only, so runs of another are made again."""
    here = key_of(Job((A,), 1), "all")
    monkeypatch.setattr(jobs, "processor", lambda: "x86_64 baseline, BLAS Prescott, glibc-2.36")
    there = key_of(Job((A,), 1), "all")
    assert here != there
    assert key_of(Job((A,), 1), "all") == there
