"""What holds for the project as a whole: pins, commands, the direction of imports and the public face."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agents", "model", "calibration", "runs")
PUBLIC = (
    "SCALES",
    "chosen_backend",
    "Clock",
    "ConservationError",
    "InferenceMarket",
    "JevonsError",
    "Networks",
    "NotFiniteError",
    "Observable",
    "Observables",
    "Parameters",
    "Phase",
    "Scenario",
    "UnknownSeriesError",
    "World",
    "declared_observables",
    "declared_series",
    "insert_phase",
    "nearest",
    "phase",
    "parse_assignments",
    "parse_date",
    "scenario_outlines",
    "reason_of",
    "told_of_compiling",
    "unknown_series",
    "version",
    "write_atomically",
)
HEAVY = ("matplotlib", "mesa", "networkx", "numba", "numpy", "pandas", "pyarrow", "pydantic", "rich", "scipy")
# Addresses and machine paths, written so that this file does not hold them itself.
BANNED = re.compile(
    r"/simple\b|/(?:root|work)/|python[h]osted|pypi[.]org|registry[.]npm|index[-_]url\s*=", re.IGNORECASE
)
TOKENS_OF_TEXT = {".py", ".md", ".toml", ".txt", ".csv", ".json", ".cfg", ".svg", ".html", ".yml", ".yaml", ""}


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def constraints() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def requirements() -> list[Requirement]:
    """What is asked for anywhere: to build, to run and to test."""
    found = pyproject()
    extras = found["project"]["optional-dependencies"].values()
    asked = [
        *found["build-system"]["requires"],
        *found["project"]["dependencies"],
        *(name for e in extras for name in e),
    ]
    return [Requirement(text) for text in asked]


def files() -> list[Path]:
    """Every file that git tracks or would add."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def imports(path: Path) -> list[str]:
    """The modules a file imports, anywhere in it; `from model import x` as "model"."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            found.append(node.module or "")
    return found


def sources(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, f"{package} has no code"
    return found


def readme_command(name: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^<!-- command: {name} -->\n```\w*\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, f"README.md marks {len(blocks)} commands as {name!r}"
    return str(blocks[0]).splitlines()


def test_uv_and_pip_install_the_same_versions() -> None:
    uv = pyproject()["tool"]["uv"]
    assert [Requirement(text) for text in uv["constraint-dependencies"]] == constraints()
    assert {Requirement(text) for text in uv["build-constraint-dependencies"]} <= set(constraints())


def test_every_constraint_is_one_exact_version_without_an_address() -> None:
    for pin in constraints():
        assert re.fullmatch(r"==[0-9][0-9a-z.]*", str(pin.specifier)), pin
        assert pin.url is None, pin


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_requirement_is_pinned_once_for_each_python_within_its_range(python: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    here = [pin for pin in constraints() if pin.marker is None or pin.marker.evaluate(environment)]
    names = [canonicalize_name(pin.name) for pin in here]
    assert len(names) == len(set(names))
    version = {name: str(pin.specifier).removeprefix("==") for name, pin in zip(names, here, strict=True)}
    for requirement in requirements():
        name = canonicalize_name(requirement.name)
        assert name in version, f"constraints.txt does not pin {name} for Python {python}"
        assert requirement.specifier.contains(version[name]), f"{requirement} excludes the pinned {version[name]}"


def test_the_readme_names_the_commands_that_set_up_run_and_test() -> None:
    scripts, extras = pyproject()["project"]["scripts"], pyproject()["project"]["optional-dependencies"]
    assert scripts == {"jevons": "runs.start:main"}
    assert readme_command("run") == ["pip install uv && uv run jevons run"]
    (test,) = readme_command("test")
    assert test == "pip install uv && uv run --extra dev pytest"
    assert "dev" in extras


def test_nothing_that_is_committed_names_a_package_index_or_a_path_of_one_machine() -> None:
    for path in files():
        assert path.name != "uv.lock", "a lock file records download addresses"
        if path.suffix in TOKENS_OF_TEXT and path != Path(__file__).resolve():
            text = path.read_text(encoding="utf-8", errors="replace")
            found = BANNED.search(text)
            assert found is None, f"{path.relative_to(ROOT)}: {found}"


def test_every_data_file_is_installed_with_its_package() -> None:
    patterns = pyproject()["tool"]["setuptools"]["package-data"]
    homes = [(ROOT / package.replace(".", "/"), pattern) for package, some in patterns.items() for pattern in some]
    installed = {path for home, pattern in homes for path in home.glob(pattern)}
    for package in PACKAGES:
        needed = {path for path in files() if path.is_relative_to(ROOT / package) and path.suffix in {".csv", ".toml"}}
        assert needed == installed & needed, sorted(map(str, needed - installed))


def test_imports_go_down_and_form_no_circle() -> None:
    """Type-only imports included: the contracts are in pyproject.toml."""
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_logo=True, no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "4 kept, 0 broken" in done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_the_tests(package: str) -> None:
    for path in sources(package):
        assert not [module for module in imports(path) if module.split(".")[0] == "tests"], path


def test_no_two_modules_share_a_name() -> None:
    names = [path.stem for package in PACKAGES for path in sources(package) if path.stem != "__init__"]
    assert sorted(names) == sorted(set(names))


def test_at_most_six_modules_are_at_the_root_of_runs() -> None:
    assert len(list((ROOT / "runs").glob("*.py"))) <= 6


@pytest.mark.parametrize("package", ["calibration", "runs"])
def test_calibration_and_runs_see_only_the_public_face_of_the_model(package: str) -> None:
    for path in sources(package):
        for module in imports(path):
            assert not module.startswith("model."), f"{path.relative_to(ROOT)} imports {module}"


def test_the_public_names_of_the_model_are_these() -> None:
    import model

    assert sorted(model.__all__) == sorted(PUBLIC)
    for name in PUBLIC:
        assert getattr(model, name) is not None
        assert name in dir(model)
    with pytest.raises(AttributeError, match="no attribute 'Market'"):
        _ = model.Market


@pytest.mark.parametrize("package", ["agents", "model", "calibration", "runs", "runs.cli"])
def test_importing_a_package_imports_nothing_heavy(package: str) -> None:
    code = f"import sys, {package}; print(*sorted(set({HEAVY!r}) & sys.modules.keys()))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []
