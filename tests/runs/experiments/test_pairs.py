"""The laws of pairs: a seed each, and parameters from the posterior."""

from pathlib import Path

from calibration.ensemble import read_ensemble
from calibration.shipped import ENSEMBLE
from runs.experiments.members import FIRST_SEED, members, pairs, seeded, source


def test_pairs_take_members_of_the_shipped_posterior() -> None:
    found = pairs(4, "small")
    known = read_ensemble(ENSEMBLE)
    values = {tuple(row) for row in known.values.tolist()}
    assert [pair.seed for pair in found] == [FIRST_SEED + i for i in range(4)]
    for pair in found:
        assert set(pair.base.overrides) == set(known.paths)
        assert tuple(pair.base.overrides[path] for path in known.paths) in values
    assert source() == f"the posterior ensemble ({len(known)} members)"


def test_members_stand_as_often_as_they_weigh() -> None:
    known = read_ensemble(ENSEMBLE)
    heaviest = dict(zip(known.paths, known.values[known.weight.argmax()].tolist(), strict=True))
    times = sum(member == heaviest for member in members(ENSEMBLE))
    assert abs(times - len(known) * known.weight.max()) <= 1.0


def test_each_member_has_seeds_of_its_own_and_the_first_are_those_of_pairs() -> None:
    found = seeded(3, 2, "small")
    assert [seeds[0] for seeds in found] == pairs(3, "small")
    assert all(one.base == other.base for one, other in found)
    assert len({pair.seed for seeds in found for pair in seeds}) == 6


def test_without_an_ensemble_pairs_run_at_the_shipped_parameters(tmp_path: Path) -> None:
    found = pairs(2, "small", tmp_path / "none.parquet")
    assert found[0].base == found[1].base
    assert not found[0].base.overrides
    assert "shipped parameters" in source(tmp_path / "none.parquet")
