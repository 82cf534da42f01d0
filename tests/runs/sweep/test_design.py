"""Designs: what they mean, and one clear line for one that cannot be run, before anything starts."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from calibration.ensemble import read_ensemble
from calibration.shipped import ENSEMBLE
from model import JevonsError
from runs.cli import execute
from runs.sweep.design import declared_parameters, read_design
from runs.sweep.distributions import DesignError, prior, read_distribution
from runs.sweep.outcomes import Outcome
from runs.sweep.plan import build_plan, uncertain_paths
from runs.sweep.samplers import SAMPLERS, draw
from runs.sweep.sweep import Sweep
from tests.model.test_new_rows import FILE

SMALLEST = """
scale = "small"
until = "2024-06-30"
replications = 3
scenarios = ["baseline", "unlimited-supply"]
"""
MARKUP = "chip_maker.merchant.markup"
CEILING = "demand.thinking_ceiling"


def test_the_smallest_design_runs_each_scenario_with_each_seed(tmp_path: Path) -> None:
    file = tmp_path / "design.toml"
    file.write_text(SMALLEST)
    plan = build_plan(read_design(file))
    assert plan["run"].to_pylist() == list(range(6))
    assert plan["scenario"].to_pylist() == ["baseline"] * 3 + ["unlimited-supply"] * 3
    seeds = plan["seed"].to_pylist()
    assert seeds[:3] == seeds[3:], "scenarios meet the same luck"
    assert len(set(seeds)) == 3, "replications do not"


def test_seeds_differ_between_samples_and_replications_and_runs_are_numbered_by_sample() -> None:
    design = {"samples": 10, "replications": 2, "uncertainties": [CEILING], "scenarios": ["baseline", "no-agents"]}
    plan = build_plan(read_design(design))
    assert plan.num_rows == 40
    assert len(set(plan["seed"].to_pylist())) == 20
    assert plan["sample"].to_pylist() == sorted(plan["sample"].to_pylist())
    assert uncertain_paths(plan) == [CEILING]
    assert plan.equals(build_plan(read_design(design)))
    assert not plan.equals(build_plan(read_design({**design, "seed": 8})))


def test_a_draw_that_a_scenario_does_not_take_is_not_in_its_runs(tmp_path: Path) -> None:
    (tmp_path / "low.toml").write_text("[demand]\nthinking_ceiling = 2.0\n")
    design = {"samples": 3, "uncertainties": [CEILING], "scenarios": ["baseline", str(tmp_path / "low.toml")]}
    plan = build_plan(read_design(design))
    drawn = plan[CEILING].to_pylist()
    assert all(value is not None for value in drawn[::2])
    assert drawn[1::2] == [None] * 3
    alone = build_plan(read_design({**design, "scenarios": [str(tmp_path / "low.toml")]}))
    assert uncertain_paths(alone) == []


def test_levers_are_combined_in_full_and_typed_by_their_parameter() -> None:
    levers = {"mechanisms": {"agents": [True, "false"]}, "scale.users": ["100", 200, 300]}
    plan = build_plan(read_design({"levers": levers}))
    pairs = list(zip(plan["mechanisms.agents"].to_pylist(), plan["scale.users"].to_pylist(), strict=True))
    assert pairs == [(True, 100), (True, 200), (True, 300), (False, 100), (False, 200), (False, 300)]


def test_every_prior_of_the_table_stays_within_its_bounds_and_rises_with_the_quantile() -> None:
    unit = np.linspace(0.0, 1.0, 41)
    with_prior = [one for one in declared_parameters().values() if one.prior != "fixed"]
    assert len(with_prior) > 400
    for one in with_prior:
        values = np.array(prior(one).at(unit))
        assert one.low is not None
        assert one.high is not None
        assert (values >= one.low).all(), one.path
        assert (values <= one.high).all(), one.path
        assert (np.diff(values) >= 0).all(), one.path
        assert values[-1] > values[0], one.path


def test_distributions_have_the_quantiles_that_they_state() -> None:
    one = declared_parameters()[MARKUP]
    half = np.array([0.0, 0.5, 1.0])
    assert read_distribution([2.0, 4.0], one).at(half) == [2.0, 3.0, 4.0]
    wide = read_distribution({"distribution": "loguniform", "low": 1.0, "high": 9.0}, one).at(half)
    assert wide == pytest.approx([1.0, 3.0, 9.0])
    normal = {"distribution": "normal", "mean": 3.0, "sd": 0.1}
    assert read_distribution(normal, one).at(np.array([0.5, 0.975])) == pytest.approx([3.0, 3.196], abs=1e-3)
    log = {"distribution": "lognormal", "median": 3.0, "sigma": 0.1}
    assert read_distribution(log, one).at(np.array([0.5])) == pytest.approx([3.0])
    cut = {"distribution": "normal", "mean": 3.0, "sd": 1.0, "low": 2.5, "high": 3.5}
    assert read_distribution(cut, one).at(half) == pytest.approx([2.5, 3.0, 3.5])
    assert read_distribution({"distribution": "choice", "values": [2, 3]}, one).at(half) == [2, 3, 3]


@pytest.mark.parametrize("sampler", [*SAMPLERS])
def test_samplers_fill_the_unit_cube_and_repeat_themselves(sampler: str) -> None:
    if sampler in ("morris", "saltelli"):
        pytest.importorskip("SALib")
    points = draw(sampler, 32, 3, 5)
    rows = {"morris": 32 * 4, "saltelli": 32 * 5}.get(sampler, 32)
    assert points.shape == (rows, 3)
    assert points.min() >= 0.0
    assert points.max() <= 1.0
    assert np.array_equal(points, draw(sampler, 32, 3, 5))
    assert not np.array_equal(points, draw(sampler, 32, 3, 6))
    assert points.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.15)
    if sampler in ("latin-hypercube", "sobol"):
        assert (np.sort((points * 32).astype(int), axis=0) == np.arange(32)[:, None]).all(), "one point in each slice"


def test_structured_samplers_have_one_seed_a_replication_so_that_differences_are_effects() -> None:
    pytest.importorskip("SALib")
    design = {"sampler": "morris", "samples": 4, "replications": 2, "uncertainties": [CEILING, MARKUP]}
    plan = build_plan(read_design(design))
    assert plan.num_rows == 4 * 3 * 2
    assert len(set(plan["seed"].to_pylist())) == 2


def test_the_shipped_posterior_is_drawn_by_its_name() -> None:
    """Its weights, seeds and outputs are no parameters; each draw is a member."""
    plan = build_plan(read_design({"ensemble": "posterior", "samples": 5, "scale": "small"}))
    members = read_ensemble(ENSEMBLE)
    rows = plan["ensemble_row"].to_pylist()
    for i, path in enumerate(members.paths):
        assert plan[path].to_pylist() == pytest.approx(members.values[rows, i])
    assert {"seed", "tau", "out:T01"} & set(plan.column_names) <= {"seed"}


def test_an_ensemble_is_drawn_jointly_and_by_weight(tmp_path: Path) -> None:
    file = tmp_path / "ensemble.parquet"
    columns = {CEILING: [4.0, 8.0, 16.0], "hyperscalers.install_weeks": [3.0, 4.0, 5.0], "weight": [1.0, 0.0, 3.0]}
    pq.write_table(pa.table(columns), file)
    plan = build_plan(read_design({"ensemble": str(file), "samples": 400, "uncertainties": [MARKUP]}))
    rows = plan["ensemble_row"].to_pylist()
    assert plan[CEILING].to_pylist() == [columns[CEILING][row] for row in rows]
    assert plan["hyperscalers.install_weeks"].to_pylist() == [3 + row for row in rows]
    assert rows.count(1) == 0
    assert rows.count(2) == pytest.approx(300, abs=2)
    other = read_design({"ensemble": str(file)}).digest
    pq.write_table(pa.table({CEILING: [4.0]}), file)
    assert read_design({"ensemble": str(file)}).digest != other, "the content counts, not the name"


def test_what_a_scenario_sets_itself_is_not_drawn_over() -> None:
    from runs.sweep.plan import scenario_of

    design = read_design({"scenarios": ["no-thinking"]})
    base = design.policies[0].run.scenario
    (path,) = base.overrides
    drawn = scenario_of(base, {path: True, CEILING: 5.0})
    assert drawn.parameters.get(path) is False
    assert drawn.parameters.get(CEILING) == 5.0


@pytest.mark.parametrize(
    ("statistic", "value"), [("mean", 3.0), ("last", 4.0), ("max", 4.0), ("min", 2.0), ("sum", 9.0), ("growth", 2.0)]
)
def test_an_outcome_is_its_statistic_over_its_window(statistic: str, value: float) -> None:
    dates = np.array(["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29"], dtype="datetime64[D]")
    series = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    outcome = Outcome("x", "y", statistic=statistic, start="2024-01-08", end="2024-01-28")
    assert outcome.of(dates, series) == value
    assert np.isnan(Outcome("x", "y", statistic=statistic, start="2025-01-01").of(dates, series))


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"scenarois": ["baseline"]}, ["scenarois", "scenarios"]),
    ({"scenarios": []}, ["scenarios", "at least one"]),
    ({"scenarios": ["base-line"]}, ["base-line", "did you mean 'baseline'"]),
    ({"scenarios": ["baseline", "baseline"]}, ["named twice"]),
    ({"scale": "smal"}, ["smal", "small"]),
    ({"until": "2020-01-01"}, ["until", "2020-01-01"]),
    ({"replications": 0}, ["replications = 0", "from 1"]),
    ({"replications": 2.5}, ["replications = 2.5"]),
    ({"samples": 0, "uncertainties": [CEILING]}, ["samples = 0", "from 1"]),
    ({"samples": 5}, ["nothing is uncertain"]),
    ({"samples": 2_000_000, "uncertainties": [CEILING]}, ["2,000,000", "1,000,000"]),
    ({"sampler": "sobel", "uncertainties": [CEILING]}, ["sobel", "sobol"]),
    ({"uncertainties": ["demand.thinking_cieling"]}, ["thinking_cieling", "did you mean 'demand.thinking_ceiling'"]),
    ({"uncertainties": ["deman.*"]}, ["deman.*", "matches"]),
    ({"uncertainties": ["mechanisms.agents"]}, ["mechanisms.agents", "only a number"]),
    ({"uncertainties": {MARKUP: [2.0, 2.0]}}, [MARKUP, "empty", "2 to 2"]),
    ({"uncertainties": {MARKUP: [3.0, 2.0]}}, [MARKUP, "empty"]),
    ({"uncertainties": {MARKUP: [0.5, 2.0]}}, [MARKUP, "low = 0.5", "outside the parameter's bounds, 1 to 10"]),
    ({"uncertainties": {MARKUP: [2.0, 20.0]}}, [MARKUP, "high = 20", "1 to 10"]),
    ({"uncertainties": {MARKUP: {"distribution": "gamma"}}}, ["gamma", "lognormal"]),
    ({"uncertainties": {MARKUP: {"distribution": "normal", "mean": 2.0}}}, ["normal", "mean, sd"]),
    ({"uncertainties": {MARKUP: {"distribution": "normal", "mean": 2.0, "sd": 0}}}, ["sd = 0", "above zero"]),
    ({"uncertainties": {MARKUP: {"distribution": "normal", "mean": 50.0, "sd": 1}}}, ["mean = 50", "1 to 10"]),
    ({"uncertainties": {MARKUP: {"distribution": "uniform", "low": "1", "high": 2}}}, ["low = '1'", "number"]),
    ({"uncertainties": {MARKUP: {"distribution": "choice", "values": []}}}, ["choice", "at least one"]),
    ({"uncertainties": {MARKUP: {"distribution": "choice", "values": [0.5]}}}, [MARKUP, "0.5", "from 1 to 10"]),
    ({"uncertainties": {MARKUP: {"distribution": "uniform", "low": 1, "hgih": 2}}}, ["hgih", "low, high"]),
    ({"uncertainties": {"scale.users": "prior"}}, ["scale.users", "no prior"]),
    ({"uncertainties": [MARKUP], "levers": {MARKUP: [1.5, 2.0]}}, [MARKUP, "a lever and an uncertainty"]),
    ({"constants": {MARKUP: 1.5}, "levers": {MARKUP: [1.5, 2.0]}}, [MARKUP, "a constant and a lever"]),
    ({"constants": {"scale.users": 3}}, ["scale.users", "from 100"]),
    ({"levers": {MARKUP: []}}, [MARKUP, "at least one value"]),
    ({"levers": {MARKUP: [1.5, 1.5]}}, [MARKUP, "twice"]),
    ({"levers": {MARKUP: [2, 2.0]}}, [MARKUP, "twice"]),
    ({"levers": {MARKUP: [1.5, 99.0]}}, [MARKUP, "99", "from 1 to 10"]),
    ({"ensemble": "missing.parquet"}, ["missing.parquet", "no such file"]),
    ({"ensemble": __file__, "samples": 3}, ["not a Parquet table"]),
    ({"outcomes": {}}, ["outcomes", "table"]),
    ({"outcomes": {"x": {"observable": "tokens_server"}}}, ["tokens_server", "tokens_served"]),
    ({"outcomes": {"x": {"observable": "price_paid"}}}, ["price_paid", "no segment 'all'; valid names are api"]),
    ({"outcomes": {"x": {"observable": "rent", "statistic": "median"}}}, ["median", "mean"]),
    ({"outcomes": {"x": {"observable": "rent", "start": "2024"}}}, ["start", "2024", "YYYY-MM-DD"]),
    ({"outcomes": {"x y": {"observable": "rent"}}}, ["'x y'", "letters"]),
    ({"outcomes": {"weeks": {"observable": "rent"}}}, ["outcome weeks", "column of this name"]),
    ({"outcomes": {"Status": {"observable": "rent"}}}, ["outcome Status", "column of this name"]),
    ({"outcomes": {"x": {"observable": "rent", "start": "2035-01-01"}}}, ["outcome x", "no week", "2035-01-01"]),
    ({"outcomes": {"x": {"observable": "rent", "end": "2022-12-31"}}}, ["outcome x", "no week", "2022-12-31"]),
    ({"scale": []}, ["scale = []", "small"]),
    ({"sampler": {}}, ["sampler = {}", "sobol"]),
    ({"uncertainties": {MARKUP: {"distribution": []}}}, ["distribution = []", "lognormal"]),
    ({"uncertainties": {MARKUP: [1.5, 10**400]}}, ["high = 1000", "not a finite number"]),
    ({"name": 3}, ["name = 3", "letters"]),
    ({"name": "../../evil"}, ["'../../evil'", "letters"]),
    ({"name": ".hidden"}, ["'.hidden'", "not '.' first"]),
    ({"name": "a\0b"}, ["name", "letters"]),
    ({"scenarios": ["a\0.toml"]}, ["scenarios", "at least one name"]),
    ({"scenarios": ["a\udcff.toml"]}, ["scenarios", "at least one name"]),
    ({"ensemble": "a\0"}, ["ensemble", "no such file"]),
    ({"ensemble": "x" * 300}, ["ensemble", "no such file"]),
    ({"observables": ["tokens_server"]}, ["tokens_server", "tokens_served"]),
    ({"observables": []}, ["observables", "at least one"]),
    ({"seed": -1}, ["seed = -1", "from 0"]),
    ({"sampler": "saltelli", "samples": 12, "uncertainties": [MARKUP]}, ["samples = 12", "power of two"]),
]


@pytest.mark.parametrize(("design", "words"), BAD)
def test_a_bad_design_costs_one_line_before_anything_starts(
    design: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    with pytest.raises(DesignError) as refusal:
        Sweep(design, tmp_path / "sweep")
    assert "\n" not in str(refusal.value)
    for word in words:
        assert word in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('name = "baseline"\n[mechanisms]\nagents = false\n')
    with pytest.raises(DesignError, match="both called 'baseline'"):
        read_design({"scenarios": ["baseline", str(other)]})


@pytest.mark.parametrize(
    ("flag", "first", "second"), [("--set", "=1", "=2"), ("--lever", "=1,2", "=3"), ("--uncertainty", "", "=1..2")]
)
def test_a_flag_that_names_a_path_twice_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flag: str, first: str, second: str
) -> None:
    command = ["sweep", "--out", str(tmp_path / "out"), flag, MARKUP + first, flag, MARKUP + second]
    assert execute(command) == 2
    error = capsys.readouterr().err
    assert f"{flag}: {MARKUP} is given twice" in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_command_names_file_and_key_and_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "design.toml"
    file.write_text("replications = 0")
    assert execute(["sweep", str(file), "--out", str(tmp_path / "out")]) == 2
    file.write_text("replications 0")
    assert execute(["sweep", str(file)]) == 2
    assert execute(["sweep", str(tmp_path / "none.toml")]) == 2
    assert execute(["sweep"]) == 2
    assert execute(["sweep", "--uncertainty", f"{MARKUP}=1-2"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 5
    for line, words in zip(
        lines, ["replications = 0", "is not TOML", "cannot be read", "needs a design", "LOW..HIGH"], strict=True
    ):
        assert line.startswith("jevons: ")
        assert words in line
    assert not (tmp_path / "out").exists()


def test_a_sweep_of_a_scenario_that_adds_a_lab_has_its_levers_outcomes_and_series(tmp_path: Path) -> None:
    (tmp_path / "newcomer.toml").write_text(FILE)
    users = {"observable": "weekly_users", "entity": "deepseek", "segment": "consumer", "statistic": "last"}
    design = {
        "scenarios": [str(tmp_path / "newcomer.toml")],
        "scale": "small",
        "until": "2024-03-24",
        "levers": {"lab.deepseek.reach": [2.0, 9.0]},
        "outcomes": {"users": users},
    }
    results = Sweep(design, tmp_path / "sweep").run(engine="serial")
    few, many = results.runs["users"]
    assert 0.0 < few < many
    assert set(results.frame("weekly_users")["entity"]) > {"deepseek"}
    with pytest.raises(JevonsError, match="scenarios: some have other labs or other firms"):
        Sweep({**design, "scenarios": [*design["scenarios"], "baseline"], "levers": {}}, tmp_path / "mixed")
    with pytest.raises(JevonsError, match=r"outcome users: weekly_users has no entity 'deepseek'"):
        Sweep({"scale": "small", "outcomes": {"users": users}}, tmp_path / "without")


def test_a_sweep_that_ends_before_a_scenario_changes_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match="until = 2024-06-30 is before all changes of price-war"):
        Sweep({"scenarios": ["baseline", "price-war"], "until": "2024-06-30"}, tmp_path / "sweep")
