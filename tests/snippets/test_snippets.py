"""Every command and every piece of code in README, CONTRIBUTING and docs works as it is printed there.

`shortened.toml` says how long commands are shortened, and names what cannot be run, with the reason.
"""

import dataclasses
import os
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from calibration.ensemble import read_ensembles, write_ensemble
from model import JevonsError, Scenario
from runs.sweep.design import read_design
from tests.snippets.blocks import ROOT, SHELL, SHOWN, Block, blocks, inline_commands, pages
from tests.snippets.commands import TABLE, fault, first_command

FILES = Path(__file__).with_name("files")
PROGRAMS = (
    "jevons",
    "uv",
    "pip",
    "pytest",
    "python",
    "dask",
    "git",
    "sbatch",
    "squeue",
    "jupytext",
    "bash",
    "mkdocs",
    "ruff",
    "mypy",
)
# Members that the ensembles of the copy keep.
MEMBERS = 3


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the checkout with small ensembles, the files that pages speak of, and stand-ins for programs."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    folder = tmp_path / "clone"
    for name in listing.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    posterior = folder / "calibration" / "posterior"
    for one in read_ensembles(posterior):
        few = {name: getattr(one, name)[:MEMBERS] for name in ("values", "weight", "seed", "tau", "outputs")}
        few["weight"] = few["weight"] / few["weight"].sum()
        write_ensemble(dataclasses.replace(one, **few), posterior)
    for file in FILES.iterdir():
        shutil.copy2(file, folder / file.name)
    (tmp_path / "bin").mkdir()
    for program in PROGRAMS:
        script = tmp_path / "bin" / program
        script.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -m tests.snippets.stand_in {program} "$@"\n', encoding="utf-8"
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return folder


def run(block: Block, folder: Path) -> None:
    """Run a block of commands or of Python in the copy of the checkout; fails with what it printed."""
    text = block.text
    for old, new in TABLE["replace"].items():
        text = text.replace(old, new)
    shell = block.language in SHELL
    environment = {
        **os.environ,
        "PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}" if shell else os.environ["PATH"],
        "PYTHONPATH": str(folder),
        "LOG": str(folder.parent / "log"),
        "JEVONS_BACKEND": "numpy",
        "SLURM_ARRAY_TASK_ID": "1",
        "SLURM_ARRAY_TASK_COUNT": "1",
    }
    command = ["/bin/bash", "-euo", "pipefail", "-c"] if shell else [sys.executable, "-c"]
    done = subprocess.run(
        [*command, text], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=3600
    )
    assert done.returncode == 0, (
        f"{block.name} ends with {done.returncode}\n{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    )


def check_toml(block: Block) -> None:
    """See that a block is a scenario, a design, or a part of one."""
    document = tomllib.loads(block.text)
    problems = []
    for read in (lambda: Scenario.parse(block.text), lambda: read_design(document)):
        try:
            read()
        except JevonsError as error:
            problems.append(str(error))
        else:
            return
    raise AssertionError(f"{block.name} is neither a scenario ({problems[0]}) nor a design ({problems[1]})")


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in pages() if blocks(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_what_a_page_says_to_type_works(page: Path, clone: Path) -> None:
    """Blocks run in the order of the page and in one folder, so a block may use what one above it made."""
    for block in blocks(page):
        if block.file is not None:
            (clone / block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python" or block.language in SHELL:
            run(block, clone)
    log = clone.parent / "log"
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        print(line)


def test_no_block_is_of_a_language_that_is_neither_run_nor_checked() -> None:
    languages = {block.language: block.name for page in pages() for block in blocks(page)}
    assert languages.keys() <= {"python", "toml", "csv", *SHELL, *SHOWN}, languages


@pytest.mark.parametrize(
    "block",
    [block for page in pages() for block in blocks(page) if block.language == "toml"],
    ids=lambda block: block.name,
)
def test_a_scenario_or_a_design_on_a_page_is_valid(block: Block) -> None:
    check_toml(block)


@pytest.mark.parametrize("page", pages(notebooks=True), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_the_prose_of_a_page_exists_with_its_options(page: Path) -> None:
    assert [problem for text in inline_commands(page) if (problem := fault(first_command(text))) is not None] == []


def test_a_wrong_command_or_option_is_found() -> None:
    assert fault(["jevons", "rum"]) is not None
    assert fault(["jevons", "run", "--sead", "3"]) == "run has no option --sead"
    assert fault(["uv", "run", "--extra", "view", "jevons", "view", "--port", "1"]) is None
    assert fault(["jevons", "claims", "run", "Q14", "--members", "2"]) is None
    assert fault(["python", "-m", "dask", "worker", "--nthreads", "1", "--scheduler-file", "FILE"]) is None
    assert fault(["dask", "worker", "--threads", "1"]) is not None
