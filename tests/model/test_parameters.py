"""Parameters: addressed by path, replaced through validation, described in one table."""

import copy
import datetime as dt
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError, model_validator

from agents import parameter_groups
from agents.hyperscaler_parameters import HyperscalerProfile
from agents.lab_parameters import LabProfile
from agents.parameter_groups import Group, parameter
from agents.parameter_groups import rows as declaration_rows
from agents.supplier_parameters import BuilderProfile, ChipMakerProfile, PowerSupplierProfile
from agents.workload_parameters import Workload
from model.dotted import flatten
from model.errors import JevonsError
from model.parameters import Mechanisms, Parameters, parse_assignments
from model.tree import ParameterRow, Tree


class Inner(Group):
    """Toy parameters of every type."""

    speed: float = parameter(2.0, unit="m/s", low=0.5, high=10, prior="loguniform", source="E001", gloss="how fast")
    legs: int = parameter(4, unit="leg", low=0, high=8, prior="fixed", source="choice", gloss="how many")
    tame: bool = parameter(True, unit="flag", source="choice", gloss="whether tame")
    born: dt.date = parameter(dt.date(2020, 1, 1), unit="date", source="F001", gloss="when")
    died: dt.date | None = parameter(None, unit="date", source="F001", gloss="when")
    colour: Literal["brown", "black"] = parameter("brown", unit="kind", source="choice", gloss="which")
    call: str = parameter("", unit="text", source="choice", gloss="what it says")


class Range(Group):
    """A rule between fields."""

    low: float = parameter(1.0, unit="m", source="choice", gloss="low")
    high: float = parameter(2.0, unit="m", source="choice", gloss="high")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not exceed high")
        return self


class Profile(Group):
    """A row of a table."""

    weight: float = parameter(..., unit="kg", low=0, source="E002", gloss="weight")
    entry: dt.date | None = parameter(None, unit="date", source="E003", gloss="entry")
    legs: int = parameter(4, unit="leg", source="E004", gloss="legs")


TABLE = """name,weight,entry,legs,source
ox,700,2021-03-04,,F010
hen-1,2.5,,2,
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def toy(folder: Path) -> Tree:
    (folder / "animals.csv").write_text(TABLE)
    return make_tree(folder / "animals.csv").load()


def make_tree(file: Path) -> type[Tree]:
    class Toy(Tree):
        inner: Inner
        range: Range
        animal: dict[str, Profile]
        TABLES: ClassVar[Mapping[str, Path]] = {"animal": file}

    return Toy


class Plain(Tree):
    """Toy tree without tables, at module level so that it pickles."""

    inner: Inner


def refusal(tree: Tree, values: Mapping[str, Any]) -> str:
    with pytest.raises(JevonsError) as caught:
        tree.replace(values)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_every_value_is_addressed_by_its_dotted_path(toy: Tree) -> None:
    assert toy.get("inner.speed") == 2.0
    assert toy.get("animal.ox.entry") == dt.date(2021, 3, 4)
    assert toy.get("animal.hen-1") == Profile(weight=2.5, legs=2)
    assert set(toy.flat()) >= {"inner.speed", "range.low", "animal.ox.weight", "animal.hen-1.legs"}
    assert all(toy.get(path) == value for path, value in toy.flat().items())


def test_cells_of_a_table_are_read_by_type_and_empty_ones_are_none_or_the_default(toy: Tree) -> None:
    assert toy.get("animal.ox") == Profile(weight=700.0, entry=dt.date(2021, 3, 4), legs=4)
    assert toy.get("animal.hen-1.entry") is None
    assert type(toy.get("animal.ox.weight")) is float


@pytest.mark.parametrize(
    ("path", "given_", "expected"),
    [
        ("inner.speed", "3", 3.0),
        ("inner.speed", " 1e0 ", 1.0),
        ("inner.speed", 3, 3.0),
        ("inner.speed", np.float64(3.5), 3.5),
        ("inner.legs", "2", 2),
        ("inner.legs", np.int64(2), 2),
        ("inner.tame", "false", False),
        ("inner.tame", np.bool_(False), False),
        ("inner.born", "2024-02-29", dt.date(2024, 2, 29)),
        ("inner.died", dt.date(2024, 2, 29), dt.date(2024, 2, 29)),
        ("inner.died", "", None),
        ("inner.died", None, None),
        ("inner.colour", "black", "black"),
        ("inner.call", "64", "64"),
        ("animal.ox.entry", "2022-01-01", dt.date(2022, 1, 1)),
    ],
)
def test_text_and_typed_values_become_the_type_of_the_parameter(
    toy: Tree, path: str, given_: object, expected: object
) -> None:
    found = toy.replace({path: given_}).get(path)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("kind", "text", "taken"), [(bool, "yes", True), (bool, "1", True), (int, "2.0", 2), (float, "inf", float("inf"))]
)
def test_text_that_pydantic_would_read_is_refused(toy: Tree, kind: Any, text: str, taken: object) -> None:
    assert TypeAdapter(kind).validate_strings(text, strict=True) == taken  # so our own reading cannot go
    path = {bool: "inner.tame", int: "inner.legs", float: "inner.speed"}[kind]
    assert refusal(toy, {path: text}).startswith(f"{path} = {text!r} is not")


@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        ("inner.legs", 3.5, ["3.5", "whole number from 0 to 8", "(leg)"]),
        ("inner.legs", "3.5", ["'3.5'", "whole number from 0 to 8"]),
        ("inner.legs", 2.0, ["2.0", "whole number"]),
        ("inner.legs", True, ["true", "whole number"]),
        ("inner.legs", 9, ["out of bounds", "from 0 to 8"]),
        pytest.param("inner.legs", 10**5000, ["out of bounds"], id="a very long number"),
        ("inner.speed", True, ["true", "number from 0.5 to 10 (m/s)"]),
        ("inner.speed", np.bool_(True), ["true", "number from 0.5 to 10"]),
        ("inner.speed", "true", ["'true'", "number"]),
        ("inner.speed", "fast", ["'fast'", "number from 0.5 to 10 (m/s)"]),
        ("inner.speed", "64 m/s", ["'64 m/s'", "(m/s)"]),
        ("inner.speed", float("nan"), ["nan", "not finite"]),
        ("inner.speed", "inf", ["inf", "number from 0.5"]),
        ("inner.speed", "1e999", ["1e999", "not finite"]),
        ("inner.speed", 10.1, ["10.1", "out of bounds"]),
        ("inner.speed", 10**400, ["number from 0.5 to 10"]),
        ("inner.speed", [1.0], ["[1.0]", "number"]),
        ("inner.speed", None, ["None", "number"]),
        ("animal.ox.weight", -1, ["-1", "out of bounds", "number of at least 0 (kg)"]),
        ("inner.tame", 1, ["= 1 ", "true or false"]),
        ("inner.tame", "1", ["'1'", "true or false"]),
        ("inner.tame", "yes", ["'yes'", "true or false"]),
        ("inner.born", "2024-02-30", ["'2024-02-30'", "date YYYY-MM-DD"]),
        ("inner.born", "", ["''", "date YYYY-MM-DD"]),
        ("inner.born", dt.datetime(2024, 1, 1, 12), ["date YYYY-MM-DD"]),
        ("inner.died", "never", ["'never'", "or empty for none"]),
        ("inner.colour", "blak", ["'blak'", "one of 'brown', 'black'", "did you mean 'black'?"]),
        ("inner.colour", 1, ["one of 'brown', 'black'"]),
        ("inner.call", 1, ["a text"]),
    ],
)
def test_a_wrong_value_is_refused_with_key_value_and_what_is_allowed(
    toy: Tree, path: str, value: object, parts: list[str]
) -> None:
    message = refusal(toy, {path: value})
    assert message.startswith(f"{path} = ")
    assert [part for part in parts if part not in message] == []


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("inner.sped", "inner.speed"),
        ("speed", "inner.speed"),
        ("outer.colour", "inner.colour"),
        ("animal.ox.wieght", "animal.ox.weight"),
        ("inner.speed.x", "inner.speed"),
    ],
)
def test_an_unknown_path_is_refused_with_the_nearest_ones(toy: Tree, path: str, near: str) -> None:
    message = refusal(toy, {path: 1})
    assert message.startswith(f"{path} = 1: no such parameter; did you mean")
    assert f"'{near}'" in message
    with pytest.raises(JevonsError, match=f"no such parameter.*'{near}'"):
        toy.get(path)


@pytest.mark.parametrize("path", ["", "\n", "a\nb", ".", "inner.", "x" * 500, "'"])
def test_a_strange_path_is_refused_on_one_short_line(toy: Tree, path: str) -> None:
    assert len(refusal(toy, {path: 1})) < 400


def test_a_group_is_not_a_value(toy: Tree) -> None:
    assert "inner is a group of parameters; set one of inner.speed" in refusal(toy, {"inner": 1})
    assert "animal.ox.weight" in refusal(toy, {"animal": "ox"})
    assert "no such parameter" in refusal(toy, {"innr": {}})
    assert toy.replace({"inner": {}}) == toy


def test_a_rule_between_fields_is_checked_on_the_whole(toy: Tree) -> None:
    assert refusal(toy, {"range.low": 3}) == "range: low must not exceed high"
    assert toy.replace({"range.low": 3, "range.high": 4}).get("range.low") == 3.0


def test_nested_tables_and_dotted_keys_say_the_same_and_nothing_twice(toy: Tree) -> None:
    nested = {"inner": {"speed": 3.0}, "animal": {"ox": {"legs": 3}}}
    assert toy.replace(nested) == toy.replace({"inner.speed": 3.0, "animal.ox.legs": 3})
    with pytest.raises(JevonsError, match=r"inner\.speed is given twice"):
        flatten({"inner": {"speed": 3.0}, "inner.speed": 4.0})


def test_replacing_changes_these_values_only_and_leaves_the_original_alone(toy: Tree) -> None:
    values = {"inner.speed": 3.0, "animal.ox.legs": 3}
    changed = toy.replace(values)
    assert dict(changed.flat().items() - toy.flat().items()) == values
    assert changed != toy
    assert changed.replace({"inner.speed": 2.0, "animal.ox.legs": 4}) == toy


def test_nothing_in_a_tree_can_be_assigned(toy: Tree) -> None:
    changed = toy.replace({"inner.speed": 3.0})
    with pytest.raises(ValidationError):
        changed.get("inner").speed = 4.0
    with pytest.raises(TypeError, match="frozen"):
        changed.get("animal")["cat"] = changed.get("animal")["ox"]
    with pytest.raises(TypeError, match="frozen"):
        changed.get("animal").clear()


def test_a_tree_survives_copying_and_pickling() -> None:
    tree = Plain.load().replace({"inner.legs": 3})
    for twin in (copy.deepcopy(tree), pickle.loads(pickle.dumps(tree))):
        assert twin == tree
    real = Parameters.load()
    assert pickle.loads(pickle.dumps(real)).table().equals(real.table())


def test_the_table_has_one_described_row_a_parameter(toy: Tree) -> None:
    table = toy.table()
    assert tuple(table.columns) == ParameterRow._fields
    assert list(table["name"]) == list(toy.flat())
    row = table.set_index("name").loc["inner.speed"]
    assert tuple(row) == ("m/s", 2.0, 0.5, 10.0, "loguniform", "E001", "how fast")
    assert list(table.loc[table["name"].isin(["inner.tame", "inner.born", "inner.call"]), "prior"]) == ["fixed"] * 3


def test_a_source_in_a_row_takes_the_place_of_the_source_of_its_fields(toy: Tree) -> None:
    for tree in (toy, toy.replace({"inner.speed": 3})):
        sources = tree.table().set_index("name")["source"]
        assert (sources["animal.ox.weight"], sources["animal.ox.legs"]) == ("F010", "F010")
        assert (sources["animal.hen-1.weight"], sources["animal.hen-1.legs"]) == ("E002", "E004")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("name,wieght\nox,1\n", ["line 1", "no such column 'wieght'", "'weight'"]),
        ("name\nox\n", ["line 1", "column 'weight' is missing"]),
        ("weight\n1\n", ["line 1", "column 'name' is missing"]),
        ("name,weight,weight\nox,1,1\n", ["line 1", "given twice"]),
        ("name,weight\nox,1\nox,2\n", ["line 3", "'ox' is named twice"]),
        ("name,weight\nox,heavy\n", ["line 2", "animal.ox.weight = 'heavy'", "at least 0 (kg)"]),
        ("name,weight\nox,\n", ["line 2", "animal.ox.weight = ''"]),
        ("name,weight\nox,1,2\n", ["line 2", "3 cells where the header has 2"]),
        ("name,weight\na.b,1\n", ["line 2", "name = 'a.b'"]),
        ("", ["line 1", "missing"]),
    ],
)
def test_a_bad_table_is_refused_with_file_and_line(tmp_path: Path, text: str, parts: list[str]) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(JevonsError) as caught:
        make_tree(file).load()
    assert [part for part in ["bad.csv", *parts] if part not in str(caught.value)] == []


def test_a_missing_table_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match=r"none\.csv: cannot be read"):
        make_tree(tmp_path / "none.csv").load()


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none(), st.dates(), st.lists(st.integers())))
def test_any_value_is_either_taken_within_bounds_or_refused_on_one_line(value: object) -> None:
    tree = Plain.load()
    for path in tree.flat():
        try:
            found = tree.replace({path: value})
        except JevonsError as error:
            assert "\n" not in str(error)
        else:
            assert 0.5 <= found.get("inner.speed") <= 10
            assert 0 <= found.get("inner.legs") <= 8
            assert Plain.model_validate(found.model_dump(), strict=False) == found


def test_there_are_nineteen_mechanisms_all_on_and_each_is_a_switch() -> None:
    baseline = Parameters.load()
    assert len(Mechanisms.model_fields) == 19
    for name in Mechanisms.model_fields:
        path = f"mechanisms.{name}"
        assert baseline.get(path) is True
        assert baseline.replace({path: "false"}).flat() == {**baseline.flat(), path: False}


def test_every_parameter_of_the_market_is_described_and_lies_within_its_bounds() -> None:
    table = Parameters.load().table()
    assert table["name"].is_unique
    for column in ("unit", "prior", "source", "gloss"):
        empty = table.loc[table[column].isna() | (table[column] == ""), "name"]
        assert list(empty) == [], f"no {column}"
    bounded = table[table["low"].notna() | table["high"].notna()]
    assert len(bounded) > 0
    assert (bounded["default"].astype(float) >= bounded["low"].fillna(-np.inf)).all()
    assert (bounded["default"].astype(float) <= bounded["high"].fillna(np.inf)).all()


def test_the_whole_market_is_unchanged_by_replacing_every_value_with_itself() -> None:
    baseline = Parameters.load()
    assert baseline.replace(baseline.flat()) == baseline


def test_assignments_split_at_the_first_equals_sign() -> None:
    assert parse_assignments(["a.b=c", " c.d = x=y ", "e="]) == {"a.b": "c", "c.d": "x=y", "e": ""}


@pytest.mark.parametrize("text", ["a.b", "=c", "", " = "])
def test_what_is_not_an_assignment_is_refused(text: str) -> None:
    with pytest.raises(JevonsError, match=r"--lever .* is not PATH=VALUE"):
        parse_assignments([text], "--lever")


def test_a_path_that_is_given_twice_is_refused() -> None:
    with pytest.raises(JevonsError, match=r"--set: a\.b is given twice, as '1' and '2'"):
        parse_assignments(["a.b=1", "c=1", " a.b = 2"])


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        ("lab.openai.clouds", "azur", "no such hyperscaler; did you mean 'azure'?"),
        ("lab.openai.clouds", "azure, neocloud", "no such hyperscaler; did you mean 'azure'?"),
        ("lab.openai.clouds", " ", "a lab needs a hyperscaler; valid names are azure"),
        ("chip_maker.tpu.owner", "google-clod", "no such hyperscaler; did you mean 'google-cloud'?"),
        ("lab.google.parent", "google-clod", "no such hyperscaler; did you mean 'google-cloud'?"),
        ("lab.google.parent", "aws azure", "no such hyperscaler"),
        ("workload.ent-agent.task_class", "agents", "did you mean 'agent'?"),
        ("workload.ent-agent.segment", "developers", "did you mean 'developer'?"),
    ],
)
def test_names_of_what_does_not_exist_are_refused(path: str, value: str, hint: str) -> None:
    with pytest.raises(JevonsError) as refusal:
        Parameters.load().replace({path: value})
    assert str(refusal.value).startswith(f"{path} = {value!r}")
    assert hint in str(refusal.value)


def test_every_row_of_the_table_of_declarations_is_one_parameter() -> None:
    profiles: dict[str, type[Group]] = {
        "lab": LabProfile,
        "hyperscaler": HyperscalerProfile,
        "chip_maker": ChipMakerProfile,
        "power_supplier": PowerSupplierProfile,
        "builder": BuilderProfile,
        "workload": Workload,
    }
    assert set(profiles) == set(Parameters.TABLES)
    fields = {name for name in Parameters.load().flat() if name.partition(".")[0] not in profiles}
    fields |= {f"{table}.{name}" for table, kind in profiles.items() for name in kind.model_fields}
    assert fields == set(declaration_rows())


def test_a_row_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"metered.value_tail": declaration_rows()["metered.value_tail"] | {"default": "high"}}
    monkeypatch.setattr(parameter_groups, "rows", lambda: broken)
    with pytest.raises(ValueError, match=r"parameters\.csv, metered\.value_tail: could not convert string to float"):
        parameter_groups.declared("metered.value_tail")
