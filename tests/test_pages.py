"""README and the pages: short, easy to read, without contradictions, and with the numbers that commands wrote."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from calibration.shipped import FOLDER
from model import InferenceMarket, Parameters, Scenario, scenario_outlines
from runs.analysis.paired import FEWEST_PAIRS, ONE_SIDE
from runs.experiments.readme_findings import BLOCK, findings
from runs.experiments.verdicts import shipped
from runs.marked_blocks import block_of, renew_block
from runs.site.reference_pages import glossary_page
from runs.sweep.design import DEFAULTS, KEY_GLOSSES
from tests.reading import DOCS, ROOT, by_hand, grade, prose, words, written_pages

README = ROOT / "README.md"
# A name in code, then what a sentence says of its value: `consumers.willingness_sd` is 1.4, `x` (0.75), `x` near 2.
STATED = re.compile(r"`([a-z_]+(?:\.[a-z_-]+)*)`(?: is| \(| near| stands at)+ ?(\d[\d.,e+-]*\d|\d)\b(?! to)")


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def flat(page: Path) -> str:
    return " ".join(page.read_text(encoding="utf-8").split())


def names(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_the_readme_has_at_most_120_lines() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 120


def test_the_pages_have_at_most_20_000_words_beside_what_commands_write() -> None:
    pages = [page for page in written_pages() if page.is_relative_to(DOCS)]
    assert len(pages) > 10
    assert sum(words(page.read_text(encoding="utf-8")) for page in pages) <= 20_000


@pytest.mark.parametrize("page", written_pages(), ids=names)
def test_a_page_is_readable_at_grade_10(page: Path) -> None:
    pytest.importorskip("textstat")
    assert grade(page.read_text(encoding="utf-8")) <= 10.0


def test_the_measure_sees_long_sentences_and_leaves_out_code_tables_equations_and_blocks() -> None:
    pytest.importorskip("textstat")
    hard = "Notwithstanding considerable methodological heterogeneity, institutional investors' anticipations of " * 3
    assert grade(f"{hard}diminish substantially.") > 10.0
    easy = "The cat sat on the mat and looked at the dog. " * 4
    page = f"{easy}\n\n| a | b |\n|---|---|\n| {hard} | x |\n\n    {hard}\n\n```sh\n{hard}\n```\n"
    page += f"\n<!-- t: begin -->\n{hard}\n<!-- t: end -->\n"
    assert grade(page) == grade(easy) < 5.0
    assert "Notwithstanding" not in prose(page)
    assert words(page) > words(easy)
    assert "begin" not in by_hand(page)


def wrong_values(text: str) -> list[tuple[str, float]]:
    """What a text says of a parameter's value that is no parameter's default of this name."""
    defaults: dict[str, set[float]] = {}
    for name, value in Parameters.load().flat().items():
        if isinstance(value, int | float):
            for known in (name, name.rpartition(".")[2]):
                defaults.setdefault(known, set()).add(float(value))
    sentences = re.sub(r"^    .*$", "", by_hand(text), flags=re.MULTILINE)
    said = ((name, float(value.replace(",", ""))) for name, value in STATED.findall(" ".join(sentences.split())))
    return [(name, value) for name, value in said if value not in defaults.get(name, {value})]


def test_defaults_in_prose_are_those_of_the_code() -> None:
    share = Parameters.load().flat()["labs.price_step_limit"]
    for name in ("labs.price_step_limit", "price_step_limit"):
        assert wrong_values(f"`{name}` is {share + 0.1:.4f} here.") == [(name, round(share + 0.1, 4))]
        assert not wrong_values(f"The part `{name}` ({share}) of it, and `{name}` from 8 to 9.")
    assert not [(names(page), *wrong) for page in written_pages() for wrong in wrong_values(page.read_text("utf-8"))]


def test_numbers_that_pages_state_are_those_of_the_code() -> None:
    compare, responses = options(commands()["compare"]), options(commands()["responses"])
    clock = InferenceMarket(Scenario.load("baseline", scale="small"), rng=0).clock
    found = {
        ("faq.md", r"and (\d+) are the default of `compare`"): str(compare["--seeds"].default),
        ("responses.md", r"all of them, (\d+) pairs"): str(responses["--seeds"].default),
        ("responses.md", r"all of them, \d+ pairs, scale (\w+)"): responses["--scale"].default,
        ("model.md", r"A run has (\d+) of them"): str(clock.weeks_total),
        ("model.md", r"Time runs in weeks from Monday ([\d-]+)\."): clock.start.isoformat(),
        ("model.md", r"runs (\w+) phases in this order"): NUMBERS[len(InferenceMarket.week)],
        ("sweeps.md", r"at least (\d+)% of at least \w+ pairs"): f"{100 * ONE_SIDE:.0f}",
        ("sweeps.md", r"at least \d+% of at least (\w+) pairs"): NUMBERS[FEWEST_PAIRS],
    }
    stated = {(page, pattern): re.findall(pattern, flat(DOCS / page)) for page, pattern in found}
    assert stated == {key: [value] for key, value in found.items()}


def test_the_glossary_is_readable_and_has_each_term_once() -> None:
    pytest.importorskip("textstat")
    page = glossary_page()
    terms = re.findall(r"^\*\*(.+?)\*\*", page, re.MULTILINE)
    assert len(terms) == len(set(terms)) > 40
    assert grade(page) <= 10.0


def test_every_link_of_the_files_at_the_root_leads_to_a_file() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / name).read_text(encoding="utf-8"))
        assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def options(command: Any) -> dict[str, Any]:
    return {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}


def commands() -> dict[str, Any]:
    import click

    from runs.cli import jevons

    context = click.Context(jevons)
    found: dict[str, Any] = {}
    for name in jevons.list_commands(context):
        command = jevons.get_command(context, name)
        assert command is not None
        found[name] = command
        for inner, one in getattr(command, "commands", {}).items():
            found[f"{name} {inner}"] = one
    return found


def test_every_parameter_mechanism_and_file_that_a_page_names_exists() -> None:
    tree = Parameters.load()
    groups = {name.partition(".")[0] for name in tree.flat()}
    rows = {row.name for row in tree.rows()} | set(tree.flat())
    wrong = []
    for page in written_pages():
        text = by_hand(page.read_text(encoding="utf-8"))
        for name in re.findall(r"`([a-z_]+\.[a-z_]+(?:\.[a-z_-]+)*)`", text):
            if name.partition(".")[0] in groups and name not in rows and not name.endswith(".csv"):
                wrong.append((names(page), name))
        for path in re.findall(r"`((?:agents|model|calibration|runs|tests|docs|\.ci)/[\w./-]+)`", text):
            if not (ROOT / path).exists() and not path.startswith("runs/results"):
                wrong.append((names(page), path))
    assert not wrong


def test_the_readme_counts_the_scenarios_and_the_pages_name_python_versions_as_the_project_does() -> None:
    numbers = (
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    )
    assert f"{numbers[len(scenario_outlines())]} scenarios" in README.read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = [one.rsplit(" ", 1)[1] for one in project["classifiers"] if re.search(r":: 3\.\d+$", one)]
    assert f"Python {', '.join(versions[:-1])} or {versions[-1]}" in (DOCS / "get-started.md").read_text(
        encoding="utf-8"
    )
    assert project["version"] in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_what_the_fast_extra_saves_is_said_once() -> None:
    table = (DOCS / "performance.md").read_text(encoding="utf-8")
    ratios = [float(b) / float(a) for a, b in re.findall(r"years? \| ([\d.]+) \| ([\d.]+) \|", table)]
    assert ratios
    assert all(0.7 < ratio < 0.8 for ratio in ratios), "the sentence below it says: about a quarter"
    assert "saves about a quarter" in " ".join(table.split())
    others = [page for page in written_pages() if page.name != "performance.md"]
    pattern = re.compile(r"(half|quarters?|thirds?|\d+%) (of )?the time")
    assert not [page for page in others if "`fast`" in (t := page.read_text(encoding="utf-8")) and pattern.search(t)]


def test_the_command_that_the_page_says_made_the_ensembles_is_theirs() -> None:
    from calibration.ensemble import read_ensembles
    from runs.posterior.shown_scores import fit_block

    assert block_of(DOCS / "calibration.md", "fit") == fit_block(read_ensembles(FOLDER))


def test_readme_and_pages_show_the_same_scores_and_verdicts() -> None:
    assert block_of(README, BLOCK) == findings(shipped())
    assert block_of(README, "scores") == block_of(DOCS / "calibration.md", "scores")


def test_a_block_is_renewed_between_its_marks_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n", encoding="utf-8")
    renew_block(page, "x", "new")
    assert page.read_text(encoding="utf-8") == "a\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\nb\n"
    assert block_of(page, "x") == "new"
    with pytest.raises(Exception, match="y: begin"):
        renew_block(page, "y", "new")


def test_the_reference_explains_every_key_of_a_design() -> None:
    assert KEY_GLOSSES.keys() == DEFAULTS.keys()
