"""Free parameters: every coordinate is a standard normal under the prior, and no value leaves the hard bounds."""

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from calibration.space import FREE_PATH, LEVERS, Free, Space, candidates, load_space
from calibration.store.sealed_files import SUMS, sums_of
from model import JevonsError, Parameters, Scenario

WIDE = Free("demand.steepness", "log", 1.5, 6.0, 0.5, 60.0, "choice", 3.0)
SHARE = Free("labs.priority_softness", "logit", 0.2, 0.5, 0.0, 1.0, "choice", 0.3)
SIGNED = Free("lab.openai.capability_at_start", "linear", -0.2, 0.2, -4.0, 2.0, "choice", 0.0)
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


def test_the_shipped_choice_keeps_15_to_30_parameters_each_with_a_reason() -> None:
    with FREE_PATH.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] for row in rows)
    assert 15 <= len(load_space()) <= 30
    assert load_space().paths == tuple(row["path"] for row in rows if row["kept"] == "yes")


def test_a_kept_parameter_that_the_model_no_longer_has_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "free.csv"
    path.write_text("path,kept,scale,low,high,value,source\nlabs.magic,yes,log,1,2,1.5,choice\n", encoding="utf-8")
    with pytest.raises(JevonsError, match=r"labs\.magic.*--screen"):
        load_space(path)
    with pytest.raises(JevonsError, match="--screen"):
        load_space(tmp_path / "none.csv")


def test_prior_and_value_of_a_screened_parameter_stay_when_its_default_moves(tmp_path: Path) -> None:
    path, default = tmp_path / "free.csv", Parameters.load().demand.steepness
    path.write_text(
        "path,kept,scale,low,high,value,source\n"
        "labs.research_weight,yes,log,1,2,1.5,choice\n"
        "demand.steepness,no,log,1.5,6,3.25,choice\n"
        f"demand.value_slope,no,log,1,2,{Parameters.load().demand.value_slope},choice\n",
        encoding="utf-8",
    )
    assert default != 3.25
    space = load_space(path)
    assert space.held == (("demand.steepness", 3.25),), "held where the baseline has another value"
    assert space.overrides(np.zeros((1, 1)))[0] == (("labs.research_weight", 1.414214), ("demand.steepness", 3.25))
    again = {free.path: free for free in candidates(path)}
    assert (again["demand.steepness"].low, again["demand.steepness"].value) == (1.5, 3.25)
    fresh = {free.path: free for free in candidates(tmp_path / "none.csv")}
    assert fresh["demand.steepness"].value == default
    assert again.keys() == fresh.keys()


def test_a_screening_that_was_damaged_is_refused(tmp_path: Path) -> None:
    file, text = tmp_path / "free.csv", FREE_PATH.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    file.with_name(SUMS).write_text(sums_of({file.name: text}), encoding="utf-8")
    assert load_space(file) == load_space()
    low = load_space().free[0].low
    file.write_text(text.replace(f"{low:.5g}", f"{2 * low:.5g}", 1), encoding="utf-8")
    with pytest.raises(JevonsError, match=r"free\.csv: is damaged: its checksum in SHA256SUMS"):
        load_space(file)
