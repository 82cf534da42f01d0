"""The command line: help is quick, mistakes cost one line and status 2, and a small run does the whole job."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import model
from model import Parameters, Scenario
from runs.cli import execute

ROOT = Path(__file__).resolve().parents[2]
SHORT = ["run", "--scale", "small", "--until", "2023-03-31"]


MARKET = ("pandas", "matplotlib", "mesa", "numpy", "scipy", "networkx", "pyarrow")


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], (*MARKET, "pydantic", "rich", "dataclasses")),
        (["run", "--help"], (*MARKET, "pydantic", "rich")),
        (["rum"], (*MARKET, "pydantic", "rich")),
        (["scenarios"], (*MARKET, "pydantic")),
        (["observables"], (*MARKET, "pydantic")),
        (["claims", "--out", "nowhere"], (*MARKET, "pydantic")),
        (["claims", "show", "Q29", "--out", "nowhere"], ("pandas", "mesa", "numpy")),
        (["parameters"], MARKET),
        (["scenarios", "--baseline"], MARKET),
    ],
    ids=" ".join,
)
def test_help_and_lists_import_nothing_heavy(arguments: list[str], unwanted: tuple[str, ...]) -> None:
    code = f"""
import sys
from runs.cli import execute
execute({arguments!r})
loaded = [name for name in {unwanted!r} if name in sys.modules]
sys.exit(f"imported: {{loaded}}" if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert arguments == ["rum"] or done.stdout


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_front_page_lists_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(arguments) == 0
    out = capsys.readouterr().out
    commands = ("run", "scenarios", "parameters", "phases", "calibrate", "validate", "forecast", "sweep", "query")
    for command in (*commands, "observables", "sensitivity", "report", "view"):
        assert f"\n  {command} " in out


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["--version"]) == 0
    assert capsys.readouterr().out.startswith("jevons ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rum"], ["'rum'", "'run'"]),
        (["run", "--sead", "3"], ["--sead", "--seed"]),
        (["run", "--seed", "x"], ["--seed", "'x'"]),
        (["run", "--seed=-1"], ["--seed", "-1"]),
        (["run", "--scale", "smal"], ["smal", "small"]),
        (["run", "--scenario", "base-line"], ["base-line", "did you mean 'baseline'"]),
        (["run", "--scenario", "missing.toml"], ["missing.toml", "cannot be read"]),
        (["run", "--set", "scale.users"], ["scale.users", "PATH=VALUE"]),
        (["run", "--set", "scale.user=500"], ["scale.user", "did you mean 'scale.users'"]),
        (["run", "--set", "scale.users=2.5"], ["scale.users", "2.5", "whole number"]),
        (["run", "--set", "mechanisms.agents=maybe"], ["mechanisms.agents", "maybe", "true or false"]),
        (["run", "--users", "3"], ["scale.users", "3", "from 100"]),
        (["run", "--users", "500", "--set", "scale.users=600"], ["scale.users", "twice"]),
        (["run", "--until", "2023-13-01"], ["until", "2023-13-01", "YYYY-MM-DD"]),
        (["run", "--until", "2020-01-01"], ["until", "2020-01-01", "after the start"]),
        (["run", "--out", str(Path(__file__))], ["--out", "is a file"]),
        (["run", "--out", str(Path(__file__).parent)], ["--out", "not empty"]),
        (["run", "surplus"], ["surplus"]),
        (["parameters", "--search", "xyzzy"], ["xyzzy"]),
        (["phases", "--weeks", "0"], ["--weeks", "0"]),
    ],
)
def test_a_mistake_costs_one_line_and_status_2(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("jevons: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "o\udcff3"])
@pytest.mark.parametrize(
    "command",
    [
        ["run", "--out"], ["sweep", "--out"], ["sweep"], ["query"], ["report"], ["report", ".", "--out"],
        ["sensitivity"], ["sensitivity", ".", "--figure"], ["compare", "baseline", "baseline", "--out"],
        ["validate", "--posterior"], ["validate", "--csv"], ["forecast", "--out"], ["forecast", "--posterior"],
        ["calibrate", "--out"], ["claims", "--out"], ["claims", "run", "--docs"], ["view", "--results"],
    ],
)  # fmt: skip
def test_a_path_that_cannot_be_used_is_refused_before_any_work(
    command: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute([*command, name]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "cannot be used" in err


def test_a_folder_that_may_not_be_entered_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look = os.stat

    def refuse(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
        if "private" in str(path):  # a superuser may enter any: the system says no in his place
            raise PermissionError(13, "Permission denied", str(path))
        return look(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", refuse)
    assert execute(["run", "--out", str(tmp_path / "private" / "run")]) == 2
    assert "cannot be used: permission denied; give another place" in capsys.readouterr().err


def test_what_the_system_refuses_unforeseen_costs_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise PermissionError(13, "Permission denied", "/private/file")

    monkeypatch.setattr(model, "scenario_outlines", fail)
    assert execute(["scenarios"]) == 2
    assert capsys.readouterr().err.startswith("jevons: /private/file: permission denied; ")


def jevons(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """What a shell makes of a command line, with its exit status as the last line."""
    code = "from runs.cli import main; main()"
    script = f'jevons() {{ "{sys.executable}" -c "{code}" "$@"; echo "status $?" >&3; }}\n{command}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", f"exec 3>status\n{script}"], cwd=folder, env=environment, check=False,
                          capture_output=True, text=True)  # fmt: skip


@pytest.mark.parametrize("command", ["parameters", "--help"])
def test_a_full_disk_behind_the_output_costs_one_line_and_status_2(command: str, tmp_path: Path) -> None:
    done = jevons(f"jevons {command} > /dev/full", tmp_path)
    assert (tmp_path / "status").read_text() == "status 2\n"
    assert done.stderr.count("\n") == 1
    assert "no space left on device" in done.stderr


@pytest.mark.parametrize("command", ["parameters", "parameters --csv"])
def test_a_reader_that_leaves_is_no_error(command: str, tmp_path: Path) -> None:
    done = jevons(f"jevons {command} | head -n 1", tmp_path)
    assert (tmp_path / "status").read_text() == "status 0\n"
    assert done.stderr == ""


@pytest.mark.parametrize("end", ["2>&1 | true", "2> /dev/full > /dev/null"])
def test_a_run_is_kept_though_nobody_reads_its_progress(end: str, tmp_path: Path) -> None:
    jevons(f"jevons {' '.join(SHORT)} --no-figures --out kept {end}", tmp_path)
    assert (tmp_path / "status").read_text() == "status 0\n"
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"observables.parquet", "manifest.json"}


def test_an_error_of_the_program_itself_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(model, "scenario_outlines", fail)
    with pytest.raises(ZeroDivisionError):
        execute(["scenarios"])


def test_every_scenario_is_described_with_what_it_changes(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["scenarios"]) == 0
    out = capsys.readouterr().out
    for name in Scenario.names():
        scenario = Scenario.load(name)
        assert f"{name}  {scenario.title}" in out
        for path in [*scenario.overrides, *(path for _, values in scenario.changes for path in values)]:
            assert f"{path} = " in out
    assert "(was " not in out


def test_scenarios_are_shown_beside_the_values_of_the_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["scenarios", "--baseline"]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    known = Parameters.load().flat()
    changed = [line for line in lines if " = " in line]
    assert changed
    for line in changed:
        assert line.endswith(")")
        path = line.partition(" = ")[0].split()[-1]
        was = line.rpartition("(was ")[2].removesuffix(")")
        assert was == str(known[path]).lower() or float(was) == pytest.approx(float(known[path]), rel=1e-5)


def test_every_parameter_is_listed_and_csv_matches_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["parameters"]) == 0
    out = capsys.readouterr().out
    names = list(Parameters.load().flat())
    assert [name for name in names if f"{name} = " not in out] == []
    assert execute(["parameters", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == ["name", "unit", "default", "low", "high", "prior", "source", "gloss"]
    assert [row["name"] for row in rows] == names


def test_search_keeps_the_rows_that_hold_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["parameters", "--csv", "--search", "ROWS consumers"]) == 0
    assert [row["name"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == ["scale.users"]


def test_phases_are_listed_in_order_with_timings(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["phases", "--weeks", "2"]) == 0
    out = capsys.readouterr().out
    order = ["research", "pricing", "adoption", "demand", "allocation", "settlement", "investment", "delivery"]
    places = [out.index(f" {name} ") for name in [*order, "publication", "record"]]
    assert places == sorted(places)
    assert "over 2 weeks" in out


def test_a_small_run_prints_the_table_and_fills_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    assert execute([*SHORT, "--out", str(folder), "--seed", "3"]) == 0
    out, err = capsys.readouterr()
    assert "Model against actual" in out
    assert "\npublished by 2026-09-03: 0 of 119 inside the band" in out
    assert str(folder) in out
    assert "2023: 13/13 weeks" in err
    figures = {f"{name}.png" for name in ("tokens", "prices", "capacity", "revenue", "adoption")}
    assert {path.name for path in folder.iterdir()} == {"observables.parquet", "manifest.json"} | figures
    frame = pd.read_parquet(folder / "observables.parquet")
    assert list(frame) == ["date", "observable", "entity", "segment", "value", "unit"]
    assert frame["date"].nunique() == 13
    record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (record["status"], record["seed"], record["weeks"]) == ("complete", 3, 13)
    assert sum(record["phase_seconds"].values()) <= record["wall_seconds"]


def test_quiet_prints_the_folder_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    assert execute([*SHORT, "--quiet", "--no-figures", "--out", str(folder)]) == 0
    assert capsys.readouterr() == (f"{folder}\n", "")
    assert {path.name for path in folder.iterdir()} == {"observables.parquet", "manifest.json"}
