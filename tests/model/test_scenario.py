"""Scenarios: files that say only what differs, checked as they are loaded."""

import datetime as dt
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import JevonsError
from model.parameters import Parameters
from model.scenario import SCALES, Scenario
from model.scenario_file import Outline, scenario_outlines

HEAVY = {"mesa", "networkx", "numba", "numpy", "pandas", "pydantic", "scipy"}

HEAD = 'title = "A test"\n'
CHANGES = """
[[change]]
date = 2026-07-06
[change.set]
mechanisms.agents = true
"mechanisms.cascades" = false

[[change]]
date = 2024-01-01
[change.set.mechanisms]
agents = false
"""


def load(folder: Path, text: str, **options: Any) -> Scenario:
    file = folder / "trial.toml"
    file.write_text(text, encoding="utf-8")
    return Scenario.load(file, **options)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(JevonsError) as caught:
        load(folder, text)
    message = str(caught.value)
    assert "trial.toml" in message
    assert "\n" not in message
    return message


def test_the_baseline_is_the_shipped_parameters_over_six_years() -> None:
    baseline = Scenario.load("baseline")
    assert baseline.parameters == Parameters.load()
    assert (baseline.start, baseline.until) == (dt.date(2023, 1, 2), dt.date(2028, 12, 31))
    assert (baseline.overrides, baseline.changes) == ({}, ())


@pytest.mark.parametrize("name", Scenario.names())
def test_every_shipped_scenario_loads_says_what_it_is_and_comes_back_from_its_own_file(
    name: str, tmp_path: Path
) -> None:
    scenario = Scenario.load(name)
    assert scenario.name == name
    assert scenario.title
    assert len(scenario.description) > 20
    assert load(tmp_path, scenario.as_toml()) == scenario


def test_every_other_shipped_scenario_differs_from_the_baseline() -> None:
    names = Scenario.names()
    assert names[0] == "baseline"
    assert {"unlimited-supply", "no-agents", "no-thinking"} <= set(names)
    base = Scenario.load("baseline")
    for name in names[1:]:
        scenario = Scenario.load(name)
        days = (base.start, *(day for day, _ in scenario.changes))
        assert any(scenario.parameters_at(day) != base.parameters_at(day) for day in days), name


def test_the_switched_off_scenarios_differ_in_one_mechanism() -> None:
    baseline = Parameters.load()
    for name, switch in {
        "no-agents": "agents",
        "no-thinking": "thinking_effort",
        "unlimited-supply": "supply_limits",
    }.items():
        assert Scenario.load(name).parameters.flat() == {**baseline.flat(), f"mechanisms.{switch}": False}


def test_an_outline_says_what_the_file_says_and_the_baseline_has_other_values() -> None:
    outlines = scenario_outlines()
    assert [one.name for one in outlines] == Scenario.names()
    baseline = Parameters.load()
    for one in outlines:
        scenario = Scenario.load(one.name)
        assert Outline(*(getattr(scenario, field) for field in Outline._fields)) == one
        assert [path for path, value in one.overrides.items() if baseline.get(path) == value] == []


def test_outlines_are_read_without_pydantic_and_parameters_without_numpy() -> None:
    code = f"import sys; from model import NAME; print(*sorted(sys.modules.keys() & {HEAVY!r}))"
    for name, loaded in {"scenario_outlines": [], "Scenario": ["pydantic"], "Parameters": ["pydantic"]}.items():
        command = [sys.executable, "-c", code.replace("NAME", name)]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == loaded


def test_a_file_without_keys_is_the_baseline_under_its_own_name(tmp_path: Path) -> None:
    scenario = load(tmp_path, "")
    assert scenario == Scenario(name="trial")
    assert scenario.parameters == Parameters.load()


def test_tables_and_quoted_dotted_keys_set_parameters(tmp_path: Path) -> None:
    scenario = load(tmp_path, HEAD + '"scale.users" = 600\n[mechanisms]\nagents = false\n')
    assert scenario.overrides == {"scale.users": 600, "mechanisms.agents": False}
    assert scenario.parameters.get("scale.users") == 600


def test_changes_accumulate_from_their_dates_on_in_order_of_date(tmp_path: Path) -> None:
    scenario = load(tmp_path, CHANGES)
    assert [day for day, _ in scenario.changes] == [dt.date(2024, 1, 1), dt.date(2026, 7, 6)]

    def state(day: str) -> tuple[bool, bool]:
        parameters = scenario.parameters_at(day)
        return parameters.get("mechanisms.agents"), parameters.get("mechanisms.cascades")

    assert state("2023-12-31") == (True, True)
    assert state("2024-01-01") == (False, True)
    assert state("2026-07-05") == (False, True)
    assert state("2026-07-06") == (True, False)
    assert state("2028-12-31") == (True, False)
    assert scenario.parameters_at(dt.date(2020, 1, 1)) == scenario.parameters


def test_a_scale_sets_row_counts_and_overrides_refine_it(tmp_path: Path) -> None:
    assert load(tmp_path, 'scale = "small"').parameters.get("scale.enterprises") == 30
    refined = load(tmp_path, '[scale]\npreset = "small"\nusers = 700\n')
    assert refined.parameters.get("scale.users") == 700
    assert refined.parameters.get("scale.enterprises") == 30
    assert load(tmp_path, refined.as_toml()) == refined
    assert load(tmp_path, 'scale = "small"', scale="large").scale == "large"
    assert Scenario.load("no-agents", scale="small").overrides == {"mechanisms.agents": False}
    assert Scenario.load().replace(scale="small").parameters.get("scale.users") == 3_000


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_holds_valid_parameters(scale: str) -> None:
    parameters = Scenario.load(scale=scale).parameters
    assert {path: parameters.get(path) for path in SCALES[scale]} == dict(SCALES[scale])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("title = \n", ["line 1", "is not TOML"]),
        ("title = 'x'\n\n[mechanisms\n", ["line 3", "is not TOML"]),
        ("title = 'x'\ntitle = 'y'\n", ["line 2"]),
        ("title = 'x'\n[mechanisms", ["is not TOML", "at end of document"]),
        ("until = 2026-02-30\n", ["line 1", "is not TOML"]),
        ("until = '2026-02-30'\n", ["until = '2026-02-30'", "YYYY-MM-DD"]),
        ("until = 2041-01-01\n", ["until = 2041-01-01", "2040-12-31"]),
        ("until = 2023-01-02\n", ["until = 2023-01-02 is not after the start"]),
        ("until = 2026-01-01T12:00:00\n", ["until = ", "YYYY-MM-DD"]),
        ("start = 2023-01-04\n", ["start = 2023-01-04 is a Wednesday", "2023-01-02"]),
        ("titel = 'x'\n", ["titel = 'x': no such key", "did you mean 'title'"]),
        ("title = 5\n", ["title = 5", "a text"]),
        ("agents = false\n", ["agents = false: no such key", "'mechanisms.agents'"]),
        ("[mechansims]\nagents = false\n", ["no such key", "'mechanisms'"]),
        ("[mechanisms]\nagent = false\n", ["mechanisms.agent = false: no such parameter", "'mechanisms.agents'"]),
        ("[mechanisms]\nagents = 1\n", ["mechanisms.agents = 1", "true or false"]),
        ("[mechanisms.agents]\nx = 1\n", ["mechanisms.agents.x = 1: no such parameter"]),
        ("mechanisms = 1\n", ["mechanisms is a group of parameters"]),
        ("[scale]\nusers = 1\n", ["scale.users = 1 is out of bounds", "from 100 to 5000000 (row)"]),
        ("[scale]\napplications_mean = nan\n", ["scale.applications_mean = nan is not finite"]),
        ('scale = "smal"\n', ["scale = 'smal': no such scale", "'small'"]),
        ("scale = 3\n", ["scale = 3", "a text"]),
        ("[scale]\npreset = 3\n", ["scale = 3", "a text"]),
        ("change = 3\n", ["change = 3", "[[change]]"]),
        ("[change]\ndate = 2024-01-01\n", ["[[change]]"]),
        ("[[change]]\ndate = 2024-01-01\n", ["change 1", "[change.set]"]),
        ("[[change]]\ndate = 2024-01-01\nset = {}\n", ["change 1", "not empty"]),
        ("[[change]]\nset = {mechanisms.agents = false}\n", ["change 1", "needs a date"]),
        ("[[change]]\ndat = 2024-01-01\n", ["change 1: dat: no such key", "'date'"]),
        (
            CHANGES.replace("2024-01-01", "2022-01-01"),
            ["date = 2022-01-01 is out of range", "2023-01-02 to 2028-12-25"],
        ),
        (CHANGES.replace("2024-01-01", "2029-01-01"), ["date = 2029-01-01 is out of range"]),
        (CHANGES.replace("agents = false", "agent = false"), ["change of 2024-01-01: mechanisms.agent = false"]),
        (CHANGES.replace("mechanisms.agents = true", "scale.users = 500"), ["change of 2026-07-06: scale.users = 500"]),
    ],
)
def test_a_bad_file_is_refused_on_one_line_that_says_what_is_allowed(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    message = refusal(tmp_path, text)
    assert [part for part in parts if part not in message] == [], message


@pytest.mark.parametrize("name", ["baselin", "", "../scenarios/baseline", "Baseline"])
def test_an_unknown_name_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(JevonsError, match=r"no such scenario.*baseline, .*unlimited-supply"):
        Scenario.load(name)
    with pytest.raises(JevonsError, match="did you mean 'no-agents'"):
        Scenario.load("no-agent")


def test_a_file_that_cannot_be_read_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match=r"none\.toml: cannot be read"):
        Scenario.load(tmp_path / "none.toml")
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(JevonsError, match=r"folder\.toml: cannot be read"):
        Scenario.load(str(folder))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(JevonsError, match=r"binary\.toml: is not UTF-8"):
        Scenario.load(binary)


def test_replacing_adds_overrides_checks_them_and_leaves_the_original_alone() -> None:
    scenario = Scenario.load("no-agents")
    changed = scenario.replace({"scale.users": "900", "mechanisms": {"cascades": False}}, until="2026-06-30")
    assert changed.overrides == {"mechanisms.agents": False, "mechanisms.cascades": False, "scale.users": 900}
    assert changed.until == dt.date(2026, 6, 30)
    assert scenario == Scenario.load("no-agents")
    with pytest.raises(JevonsError, match=r"scale.user = '9': no such parameter; did you mean 'scale.users'"):
        scenario.replace({"scale.user": "9"})
    with pytest.raises(JevonsError, match="utnil: no such field of a scenario; did you mean 'until'"):
        scenario.replace(utnil="2026-06-30")


def test_overrides_and_changes_of_a_scenario_cannot_be_edited(tmp_path: Path) -> None:
    scenario = load(tmp_path, CHANGES + "[mechanisms]\nrebound = false\n")
    for values in (scenario.overrides, scenario.changes[0][1]):
        with pytest.raises(TypeError, match="frozen"):
            values["scale.users"] = 5  # type: ignore[index]
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    assert pickle.loads(pickle.dumps(scenario)).parameters_at("2025-01-06").get("mechanisms.agents") is False


def test_a_written_scenario_says_only_what_differs() -> None:
    assert Scenario(name="bare").as_toml() == 'name = "bare"\ntitle = ""\ndescription = ""\n'
    text = Scenario(name="bare", scale="small", overrides={"mechanisms.agents": False}).as_toml()
    assert text == 'name = "bare"\ntitle = ""\ndescription = ""\nscale = "small"\n\n[mechanisms]\nagents = false\n'


titles = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values = st.fixed_dictionaries(
    {},
    optional={
        "mechanisms.agents": st.booleans(),
        "mechanisms.rebound": st.booleans(),
        "scale.users": st.integers(100, 5_000_000),
        "scale.applications_mean": st.floats(200, 20_000),
    },
)
switches = st.dictionaries(st.sampled_from(["mechanisms.agents", "mechanisms.cascades"]), st.booleans(), min_size=1)
days = st.dates(dt.date(2023, 1, 2), dt.date(2028, 12, 25))


@given(titles, titles, st.sampled_from(sorted(SCALES)), values, st.lists(st.tuples(days, switches), max_size=3))
def test_any_scenario_comes_back_equal_from_the_file_it_writes(
    tmp_path_factory: pytest.TempPathFactory,
    title: str,
    description: str,
    scale: str,
    overrides: dict[str, Any],
    changes: list[Any],
) -> None:
    scenario = Scenario("any", title, description, scale, overrides=overrides, changes=tuple(changes))
    folder = tmp_path_factory.mktemp("any")
    (folder / "any.toml").write_bytes(scenario.as_toml().encode())
    assert Scenario.load(folder / "any.toml") == scenario
