"""Free parameters: every coordinate is a standard normal under the prior, and no value leaves the hard bounds."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from calibration import space
from calibration.space import LEVERS, PRIOR_PATH, Free, Space, candidates, load_space, prior_csv, renew
from calibration.store.sealed_files import SUMS, sums_of
from model import JevonsError, Parameters, Scenario

WIDE = Free("demand.steepness", "log", 1.5, 6.0, 0.5, 60.0, "choice")
SHARE = Free("labs.priority_softness", "logit", 0.2, 0.5, 0.0, 1.0, "choice")
SIGNED = Free("lab.openai.capability_at_start", "linear", -0.2, 0.2, -4.0, 2.0, "choice")
SPACE = Space((WIDE, SHARE, SIGNED))


def test_coordinates_and_values_are_inverse_to_each_other() -> None:
    z = np.random.default_rng(1).standard_normal((50, 3))
    assert SPACE.coordinates(SPACE.values(z)) == pytest.approx(z, abs=1e-9)


def test_the_interval_is_the_central_90_percent_of_the_prior() -> None:
    z = np.random.default_rng(2).standard_normal((100_000, 3))
    values = SPACE.values(z)
    for i, free in enumerate(SPACE.free):
        inside = np.mean((free.low <= values[:, i]) & (values[:, i] <= free.high))
        # The standard error of a share of 0.9 is 0.001; cutting at 3.5 sd moves it by less than that.
        assert inside == pytest.approx(0.9, abs=0.005)


def test_values_stay_within_hard_bounds_however_far_the_coordinates_go() -> None:
    tight = Space((dataclasses.replace(WIDE, roof=3.5),))
    values = tight.values(np.linspace(-40.0, 40.0, 201)[:, None])
    assert values.min() >= 0.5
    assert values.max() <= 3.5


def test_candidates_are_numbers_with_a_prior_inside_their_bounds_and_no_levers() -> None:
    flat = Parameters.load().flat()
    found = candidates()
    assert len(found) > 200
    for free in found:
        assert free.floor <= free.low < free.high <= free.roof, free.path
        assert isinstance(flat[free.path], float)
        assert free.path.rpartition(".")[2] not in LEVERS


def test_every_factor_that_is_a_lever_of_scenarios_is_one_in_the_baseline() -> None:
    flat = Parameters.load().flat()
    levers = {path: value for path, value in flat.items() if path.rpartition(".")[2] in LEVERS}
    assert {path.rpartition(".")[2] for path in levers} == set(LEVERS)
    del levers["labs.clearing_response"]  # no factor, and not read while prices are sticky
    assert {path: value for path, value in levers.items() if value != 1.0} == {}


def test_of_metered_work_sizes_and_prices_the_bounds_are_the_prior() -> None:
    found = {free.path: free for free in candidates()}
    table = Parameters.load().table().set_index("name")
    for path, scale in {
        "metered.value_tail": "linear",
        "metered.integration_weeks": "log",
        "workload.ent-agent.quality_weight": "log",
        "labs.menu_cost": "linear",
        "developers.entry_usd_per_app_year": "log",
        "enterprises.growth_per_gain": "linear",
    }.items():
        free = found[path]
        assert (free.low, free.high) == (free.floor, free.roof) == tuple(table.loc[path, ["low", "high"]])
        assert free.scale == scale
    assert {path for path in table.index if path.startswith("metered.")} <= found.keys()


def test_what_only_metered_workloads_read_is_no_candidate_of_the_others() -> None:
    found = {free.path for free in candidates()}
    assert "workload.app-api.top_value" in found
    assert "workload.app-api.wage_bill_usd_per_year" in found
    assert not found & {"workload.seat.top_value", "workload.chat-free.quality_weight"}
    assert "workload.seat.value_usd" in found


def test_the_model_accepts_every_draw_from_the_prior_of_all_candidates() -> None:
    space = Space(candidates())
    for overrides in space.overrides(2.0 * np.random.default_rng(3).standard_normal((5, len(space)))):
        Scenario.load("baseline", scale="small").replace(dict(overrides))


def test_the_shipped_prior_is_the_whole_one_and_contains_every_default() -> None:
    again = "write it again with `python -m calibration.space`"
    assert prior_csv(candidates()) == PRIOR_PATH.read_text(encoding="utf-8"), again
    flat = Parameters.load().flat()
    assert len(load_space()) > 400
    for free in load_space().free:
        value = flat[free.path]
        assert isinstance(value, float)
        assert free.low <= value <= free.high, free.path


def written(path: Path, *left_out: str, **changed: str) -> Path:
    """Write the shipped priors without some rows, and with others where `changed` has one by field."""
    head, *rows = PRIOR_PATH.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.partition(",")[0] not in left_out]
    new = {row.partition(",")[0]: row for row in changed.values()}
    path.write_text("\n".join([head, *(new.pop(row.partition(",")[0], row) for row in kept), *new.values(), ""]))
    return path


def test_priors_of_other_parameters_than_the_model_has_are_refused_and_renewed(tmp_path: Path) -> None:
    gone = written(tmp_path / "gone.csv", gone="labs.magic,log,1,2,choice")
    new = written(tmp_path / "new.csv", "demand.steepness")
    with pytest.raises(JevonsError, match=r"labs\.magic is not a parameter that may move.*calibration\.space"):
        load_space(gone)
    with pytest.raises(JevonsError, match=r"demand\.steepness has no prior there.*calibration\.space"):
        load_space(new)
    with pytest.raises(JevonsError, match=r"calibration\.space"):
        load_space(tmp_path / "none.csv")
    assert renew(gone) == ["removed labs.magic"]
    (said,) = renew(new)
    assert said.startswith("added demand.steepness: log ")
    default = Parameters.load().demand.steepness
    found = {free.path: free for free in load_space(new).free}
    fresh = found.pop("demand.steepness")
    assert fresh.low * fresh.high == pytest.approx(default**2, rel=1e-4), "around today's default"
    assert found == {free.path: free for free in load_space(gone).free if free.path != "demand.steepness"}
    assert renew(gone) == renew(new) == []


def test_a_prior_stays_where_it_is_and_widens_only_where_it_lacks_the_default(tmp_path: Path) -> None:
    default = Parameters.load().demand.steepness
    row = "demand.steepness,log,{:.6g},{:.6g},choice"
    near = written(tmp_path / "near.csv", near=row.format(0.9 * default, 2.0 * default))
    assert renew(near) == []
    far = written(tmp_path / "far.csv", far=row.format(1.1 * default, 1.3 * default))
    before = {free.path: free for free in load_space(far).free}["demand.steepness"]
    (said,) = renew(far)
    assert said.startswith("widened demand.steepness")
    after = {free.path: free for free in load_space(far).free}["demand.steepness"]
    assert after.middle == pytest.approx(before.middle, abs=1e-4)
    assert after.low == pytest.approx(default, rel=2e-3)
    assert after.low <= default
    assert renew(far) == []


def test_a_default_that_is_not_on_the_scale_of_its_prior_is_contained_all_the_same() -> None:
    found = space._containing(SHARE, 1.0, "log")
    assert (found.scale, found.high) == ("log", 1.0)
    assert found.middle == pytest.approx(np.log(0.2 * 0.5) / 2.0, abs=1e-3)
    assert np.isfinite(Space((found,)).values(np.array([[-3.0], [0.0], [3.0]]))).all()


def test_a_file_of_priors_that_was_damaged_is_refused(tmp_path: Path) -> None:
    file, text = tmp_path / "prior.csv", PRIOR_PATH.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    file.with_name(SUMS).write_text(sums_of({file.name: text}), encoding="utf-8")
    assert load_space(file) == load_space()
    low = load_space().free[0].low
    file.write_text(text.replace(f"{low:.5g}", f"{2 * low:.5g}", 1), encoding="utf-8")
    with pytest.raises(JevonsError, match=r"prior\.csv: is damaged: its checksum in SHA256SUMS"):
        load_space(file)
