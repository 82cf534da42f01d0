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
from calibration.discrepancy import reach_at
from calibration.ensemble import is_current, read_ensemble, read_ensembles
from calibration.information import ORIGINS
from calibration.posterior import Sample, sample_posterior
from calibration.recovery import DRAWS, Recovery, recover
from calibration.scores import all_cells, score_table
from calibration.shapes import load_shapes
from calibration.store.run_store import RunStore
from calibration.targets import ORIGIN, load_targets
from calibration.waves import first_wave
from model import JevonsError, Scenario
from runs.engines.engine import SerialEngine
from tests.calibration import toy

TARGETS, SHAPES = load_targets(), load_shapes()


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
    assert np.abs(found.sample.z.mean(axis=0)).max() < 0.5
    assert found.sample.z.std(axis=0).max() < 0.6
    table = score_table(all_cells(found.ensembles, TARGETS)).set_index("role")
    assert (table["median_abs"] < 0.1).all()


def test_nothing_disclosed_after_the_origin_changes_a_bit_of_any_fit(found: Calibration, folder: Path) -> None:
    poisoned = toy.poisoned(TARGETS, ORIGIN)
    assert poisoned != TARGETS
    shapes = [dataclasses.replace(s, bound=1e9) if s.known > ORIGIN else s for s in SHAPES]
    assert shapes != list(SHAPES)
    again = calibrate(toy.space(), toy.PLAN, poisoned, shapes, toy.runs(RunStore(folder / "runs")))
    for one, other in zip(found.ensembles, again.ensembles, strict=True):
        for field in ("values", "weight", "seed", "tau", "outputs"):
            assert np.array_equal(getattr(one, field), getattr(other, field)), (one.origin, field)
        assert one.provenance == other.provenance
    assert reach_at(found.ensembles, ORIGIN, TARGETS) == reach_at(again.ensembles, ORIGIN, poisoned)


def test_an_earlier_origins_fit_does_not_change_with_what_became_known_later(found: Calibration, folder: Path) -> None:
    early = ORIGINS[0]
    poisoned = toy.poisoned(TARGETS, early)
    runs = toy.runs(RunStore(folder / "other-runs"))
    again = calibrate(toy.space(), toy.PLAN, poisoned, (), runs, origins=(early, ORIGINS[1]))
    assert np.array_equal(found.ensembles[0].values, again.ensembles[0].values)
    assert np.array_equal(found.ensembles[0].weight, again.ensembles[0].weight)


def test_what_was_known_does_change_the_fit(found: Calibration, folder: Path) -> None:
    moved = [dataclasses.replace(t, value=1.25 * t.value, high=2.0 * t.high) for t in TARGETS]
    again = calibrate(toy.space(), toy.PLAN, moved, SHAPES, toy.runs(RunStore(folder / "runs")))
    assert not np.array_equal(found.ensembles[-1].values, again.ensembles[-1].values)


def test_files_read_back_as_they_were_and_are_the_same_bytes_each_time(found: Calibration, tmp_path: Path) -> None:
    once = write_calibration(found, toy.space(), toy.PLAN, tmp_path / "a", SerialEngine(), replicates=3)
    twice = write_calibration(found, toy.space(), toy.PLAN, tmp_path / "b", SerialEngine(), replicates=3)
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
        assert 1.0 <= of["effective_at_full_weight"] <= of["effective_members"] <= of["members"] == len(one)
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


def ranks_of_truths(found: Calibration, folder: Path) -> Recovery:
    """Recover the 75 points of a first wave."""
    wave = first_wave(toy.space(), dataclasses.replace(toy.PLAN, first=75), toy.runs(RunStore(folder / "wave")))
    recovered = recover(toy.space(), found.known, wave, SerialEngine(), replicates=len(wave.z))
    assert recovered.ranks.shape == (75, len(toy.NAMES))
    assert recovered.ranks.min() >= 0
    assert recovered.ranks.max() <= DRAWS
    return recovered


# A right method gives each of the five parameters a uniform probability of its ranks: that the least of them lies
# below this happens once in 10,000 trials, whatever the processor makes of the last bits of the draws.
FALSE_ALARM = 1e-4 / len(toy.NAMES)


@pytest.mark.slow
def test_ranks_of_known_parameters_are_uniform_where_the_method_is_right(found: Calibration, tmp_path: Path) -> None:
    recovered = ranks_of_truths(found, tmp_path)
    assert recovered.p_values().min() > FALSE_ALARM
    assert recovered.correlation.min() > 0.5


@pytest.mark.slow
def test_ranks_of_known_parameters_are_uneven_where_the_method_is_too_sure(
    found: Calibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A posterior that is half as wide as it should be: draws half as far from their mean."""

    def half_as_wide(*arguments: Any, **options: Any) -> Sample:
        sample = sample_posterior(*arguments, **options)
        middle = sample.z.mean(axis=0)
        return dataclasses.replace(sample, z=middle + 0.5 * (sample.z - middle))

    monkeypatch.setattr("calibration.recovery.sample_posterior", half_as_wide)
    recovered = ranks_of_truths(found, tmp_path)
    assert recovered.p_values().max() < FALSE_ALARM
