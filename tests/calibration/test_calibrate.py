"""A calibration of a toy market from the first run to the last file."""

import dataclasses
import pickle
import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.calibrate import Calibration, calibrate, write_calibration
from calibration.ensemble import is_current, read_ensemble, read_ensembles
from calibration.information import known_at, origins
from calibration.recovery import DRAWS, Recovery, recover
from calibration.screening import Moving
from calibration.shapes import load_shapes
from calibration.smoother import Fit, aim, begin
from calibration.store.run_store import RunStore
from calibration.targets import load_targets
from calibration.waves import Wave
from model import JevonsError, Scenario
from runs.engines.engine import SerialEngine
from tests.calibration import toy

TARGETS, SHAPES = load_targets(), load_shapes()
ORIGINS = origins(TARGETS)


@pytest.fixture
def folder(toy_fit: Path, tmp_path: Path) -> Path:
    """The toy's runs, to be added to."""
    shutil.copytree(toy_fit / "runs", tmp_path / "runs")
    return tmp_path


@pytest.fixture(scope="module")
def found(toy_fit: Path) -> Calibration:
    read: Calibration = pickle.loads((toy_fit / "found.pickle").read_bytes())
    return read


def test_parameters_that_are_known_are_found(found: Calibration) -> None:
    # The toy gives every disclosed value at coordinates zero.
    z = toy.space().coordinates(found.ensembles[-1].values)
    assert np.abs(z.mean(axis=0)).max() < 0.5
    assert z.std(axis=0).max() < 0.6
    last = found.ensembles[-1]
    errors = [np.median(last.output(t.id)) / t.value - 1.0 for t in TARGETS if t.value]
    assert np.median(np.abs(errors)) < 0.1


def test_an_earlier_origins_fit_does_not_change_with_what_became_known_later(found: Calibration, folder: Path) -> None:
    early = ORIGINS[0]
    poisoned = toy.poisoned(TARGETS, early)
    runs = toy.runs(RunStore(folder / "other-runs"))
    shapes = [dataclasses.replace(s, bound=1e9) if s.known > early else s for s in SHAPES]
    again = calibrate(toy.space(), toy.PLAN, poisoned, shapes, runs, (early, ORIGINS[1]))
    one, other = found.ensembles[0], again.ensembles[0]
    for field in ("values", "weight", "seed", "tau", "outputs"):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field
    assert one.provenance == other.provenance
    assert not np.array_equal(found.ensembles[1].values, again.ensembles[1].values)


def test_what_was_known_does_change_the_fit(found: Calibration, folder: Path) -> None:
    moved = [dataclasses.replace(t, value=1.25 * t.value, high=2.0 * t.high) for t in TARGETS]
    again = calibrate(toy.space(), toy.PLAN, moved, SHAPES, toy.runs(RunStore(folder / "runs")))
    assert not np.array_equal(found.ensembles[-1].values, again.ensembles[-1].values)


def test_files_read_back_as_they_were_and_are_the_same_bytes_each_time(found: Calibration, tmp_path: Path) -> None:
    once = write_calibration(found, TARGETS, tmp_path / "a", SerialEngine())
    twice = write_calibration(found, TARGETS, tmp_path / "b", SerialEngine())
    assert [file.read_bytes() for file in once] == [file.read_bytes() for file in twice]
    read = read_ensembles(tmp_path / "a")
    assert [one.origin for one in read] == sorted(ORIGINS)
    for one, other in zip(found.ensembles, read, strict=True):
        assert np.array_equal(one.values, other.values)
        assert np.array_equal(one.outputs, other.outputs, equal_nan=True)
        assert one.overrides() == other.overrides()
    told = tomllib.loads((tmp_path / "a" / "fit.toml").read_text(encoding="utf-8"))
    assert list(told) == [origin.isoformat() for origin in sorted(ORIGINS)]
    for one in read:
        of = told[one.origin.isoformat()]
        assert 1.0 <= of["effective_at_full_weight"] <= of["members"] == len(one)
        assert of.get("k_hat") == one.provenance["k_hat"]
    assert is_current(read[-1])
    stale = dataclasses.replace(read[-1], provenance={**read[-1].provenance, "model": "another"})
    assert not is_current(stale)
    scenario = Scenario.load(tmp_path / "a" / "representative.toml")
    assert scenario.overrides == dict(read[-1].overrides()[found.member])


def test_a_missing_or_damaged_ensemble_is_refused_in_one_line(found: Calibration, tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match="jevons calibrate"):
        read_ensembles(tmp_path)
    path = tmp_path / "ensemble-2025-09-30.parquet"
    path.write_bytes(b"no ensemble")
    with pytest.raises(JevonsError, match="damaged"):
        read_ensemble(path)


def test_the_weights_sum_to_one_and_every_member_ran_with_a_seed_of_its_own(found: Calibration) -> None:
    for one in found.ensembles:
        assert one.weight.sum() == pytest.approx(1.0)
        assert len(set(one.seed.tolist())) == len(one)


def ranks_of_truths(folder: Path) -> Recovery:
    """Recover 100 members at the prior from the first third of the figures."""
    plan = dataclasses.replace(toy.PLAN, members=200, replicates=100)
    space = toy.space()
    fit = Fit(space, Moving(np.arange(len(space)), len(space)), plan, toy.runs(RunStore(folder / "wave")))
    members, days = begin(fit), sorted(t.published for t in TARGETS)
    known = known_at(days[len(days) // 3], TARGETS)
    ahead = dataclasses.replace(known, targets=tuple(t for t in TARGETS if t not in known.targets))
    recovered = recover(fit, Wave(members.z[:0], ()), members, known, ahead, SerialEngine())
    assert recovered.ranks.shape == (100, len(toy.NAMES) + len(ahead.ids))
    assert recovered.ranks.min() >= 0
    assert recovered.ranks.max() <= DRAWS
    return recovered


# A right method gives each parameter a uniform probability of its ranks: that the least of five lies below this happens
# once in 10,000 trials, whatever the processor makes of the last bits of the draws.
FALSE_ALARM = 1e-4 / len(toy.NAMES)


@pytest.mark.slow
def test_ranks_of_known_parameters_are_uniform_where_the_method_is_right(tmp_path: Path) -> None:
    recovered = ranks_of_truths(tmp_path)
    assert recovered.p_values()[: len(toy.NAMES)].min() > FALSE_ALARM
    assert recovered.correlation[: len(toy.NAMES)].min() > 0.5
    # 100 truths: the standard error of a coverage of 90% is 3%.
    assert recovered.coverage()[: len(toy.NAMES)].min() > 0.78


@pytest.mark.slow
def test_ranks_of_known_parameters_are_uneven_where_the_method_is_too_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members that are half as far from their mean as they should be."""

    def half_as_wide(*arguments: Any) -> Any:
        z = aim(*arguments)
        return z.mean(axis=0) + 0.5 * (z - z.mean(axis=0))

    monkeypatch.setattr("calibration.recovery.aim", half_as_wide)
    recovered = ranks_of_truths(tmp_path)
    assert recovered.p_values()[: len(toy.NAMES)].max() < FALSE_ALARM
