"""Several hundred bad or extreme inputs: each costs one line that names its cause, and status 2; none a traceback."""

import os
import re
import shutil
from pathlib import Path

import pytest

from model import JevonsError
from runs.cli import execute
from runs.sweep.sweep import Sweep
from tests.runs.bad_inputs import calls, command_lines
from tests.runs.sweep.tiny import TINY


@pytest.fixture
def places(whole_sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which commands run: a sweep, one whose runs all failed, and what is none."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(whole_sweep, "SWEEP")
    for folder in ("EMPTY", "DIR"):
        Path(folder).mkdir()
    Path("DIR", "thesis.tex").write_text("mine")
    Path("FILE").write_text("mine")
    with monkeypatch.context() as planted:

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("planted")

        planted.setattr("model.market.InferenceMarket.run", fail)
        Sweep({**TINY, "samples": 1}, "FAILED").run(engine="serial")
    return tmp_path


@pytest.mark.slow
def test_no_bad_command_line_costs_a_traceback_and_each_message_names_its_cause(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = list(command_lines(places))
    before = sorted(os.walk(places))
    wrong = []
    for number, (given, words) in enumerate(cases):
        arguments = [word.replace("NEW", f"NEW{number}") for word in given]
        try:
            status = execute(list(arguments))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it would be a traceback
            status, problem = -1, f"{type(error).__name__}: {error}"
        else:
            problem = ""
        out, err = capsys.readouterr()
        last = err.splitlines()[-1] if err else ""
        named = all(re.search(word.replace(".", r"\."), err) if "|" in word else word in err for word in words)
        if not problem and (status != 2 or not last.startswith("jevons: ") or not named or "Traceback" in err):
            problem = f"status {status}, {err!r}, {out[:80]!r}, not named: {words}"
        if not problem and (left := [name for name in os.listdir() if name.startswith("NEW")]):
            problem = f"leaves {left}"
        for name in os.listdir():
            if name.startswith("NEW"):
                shutil.rmtree(name) if Path(name).is_dir() else Path(name).unlink()
        if problem:
            wrong.append(f"{' '.join(arguments)[:150]!r}: {problem[:600]}")
    assert len(cases) >= 300
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong)
    assert sorted(os.walk(places)) == before, "a refused command leaves no file"


@pytest.mark.slow
@pytest.mark.usefixtures("places")
def test_each_bad_call_of_the_python_api_raises_one_line_about_its_cause() -> None:
    wrong, count = [], 0
    for name, call, word in calls():
        count += 1
        try:
            wrong.append(f"{name}: gives {str(call())[:80]!r}")
        except JevonsError as error:
            if not re.search(word if "|" in word else re.escape(word), str(error)) or "\n" in str(error):
                wrong.append(f"{name}: {error}, not named: {word}")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is not ours
            wrong.append(f"{name}: {type(error).__name__}: {error}")
        assert not os.path.lexists("NEW"), name
    assert count >= 100
    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n".join(wrong)
