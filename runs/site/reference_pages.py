"""The pages of the reference: commands, Python, parameters, files, glossary, from the code's tables."""

import dataclasses
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any

import click

import model
from model import Parameters, Scenario, scenario_outlines
from runs.places import ROOT
from runs.sweep.design import DEFAULTS, KEY_GLOSSES
from runs.sweep.distributions import KEYS
from runs.sweep.outcomes import STATISTICS
from runs.sweep.samplers import SAMPLERS

# Terms in the same format, of every room of `runs` that has some.
GLOSSARIES = sorted((ROOT / "runs").glob("*/glossary.toml"))
# What a script of one's own uses besides the public names of `model`.
PYTHON = (
    ("runs", "Sweeps", ("runs.sweep.sweep.Sweep", "runs.sweep.results.Results")),
    (
        "agents",
        "Behaviour to subclass",
        (
            "agents.users.Users", "agents.developers.Developers", "agents.enterprises.Enterprises", "agents.labs.Lab",
            "agents.hyperscalers.Hyperscaler", "agents.chip_makers.ChipMaker",
            "agents.power_suppliers.PowerSupplier", "agents.builders.Builder", "agents.consultancies.Consultancy",
        ),
    ),
    ("calibration", "Figures and scores", ("calibration.targets", "calibration.scoreboard")),
)  # fmt: skip


def pages(program: click.Group) -> dict[str, str]:
    """Return the text of every generated page by its path on the site; `program` is the command line."""
    return {
        "reference/commands.md": commands_page(program),
        "reference/python.md": python_page(),
        "reference/parameters.md": parameters_page(),
        "reference/scenario-files.md": scenarios_page(),
        "reference/design-files.md": designs_page(),
        "glossary.md": glossary_page(),
    }


def commands_page(program: click.Group) -> str:
    """Every command with its help and options, from the parsers."""
    parts = [
        "# Commands",
        (
            "Written from the program's own parsers: `jevons COMMAND --help` prints the same. Exit status 0 is "
            "success, 1 a sweep or trial in which every run failed, 2 a mistake that the message names, 130 Ctrl-C."
        ),
    ]
    context = click.Context(program, info_name="jevons")
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        if command is not None:
            parts += _command(command, click.Context(command, info_name=name, parent=context), depth=2)
    return _joined(parts)


def _command(command: click.Command, context: click.Context, depth: int) -> list[str]:
    parts = [f"{'#' * depth} {context.command_path}", _help(command), f"```text\n{command.get_usage(context)}\n```"]
    rows = [_option(one, context) for one in command.get_params(context) if isinstance(one, click.Option)]
    parts.append(_table(("option", "meaning", "default"), [row for row in rows if row[0] != "`-h`, `--help`"]))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                parts += _command(inner, click.Context(inner, info_name=name, parent=context), depth + 1)
    return parts


def _help(command: click.Command) -> str:
    """The help of a command; a paragraph that click does not wrap becomes a block of code."""
    parts = []
    for paragraph in (command.help or "").split("\n\n"):
        head, _, lines = paragraph.partition("\b\n")
        block = lines.splitlines()
        if not lines:
            parts.append(" ".join(head.split()))
        elif block[0].endswith(":"):
            parts.append(f"{block[0]}\n\n```sh\n" + "\n".join(line.strip() for line in block[1:]) + "\n```")
        else:
            parts.append("```text\n" + lines + "\n```")
    return "\n\n".join(parts)


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    kind = "" if option.is_flag else f" `{option.make_metavar(context).strip('[]').replace('|', ' or ')}`"
    text, _, stated = (option.help or "").partition("  [default: ")
    default = stated.rstrip("]")
    if not default and not option.is_flag and not callable(option.default) and isinstance(option.default, str | int):
        default = f"`{option.default}`"
    return names + kind, text, default


def python_page() -> str:
    """The public classes and functions, which mkdocstrings fills in from their docstrings."""
    homes = {name: home for home, names in model._NAMES.items() for name in names.split()}
    parts = [
        "# Python",
        (
            "Written from the docstrings. `from model import NAME` gives every name of the first part; the others are "
            "imported from the module that they are shown with."
        ),
        "## model",
    ]
    parts += [f"::: {homes[name]}.{name}" for name in sorted(model.__all__, key=str.lower)]
    for package, title, names in PYTHON:
        parts += [f"## {package}: {title}", *(f"::: {name}" for name in names)]
    return _joined(parts)


def parameters_page() -> str:
    """Every parameter with its default, bounds, prior, source and meaning."""
    groups: dict[str, list[Any]] = {}
    for row in Parameters.load().rows():
        groups.setdefault(row.name.partition(".")[0], []).append(row)
    parts = [
        "# Parameters",
        (
            f"All {sum(map(len, groups.values()))} parameters, written from `agents/data/`. Change one with "
            "`jevons run --set NAME=VALUE`, in a [scenario file](scenario-files.md) or in a [design](design-files.md). "
            "A source E... is a row of `calibration/data/evidence.csv`, F... one of `facts.csv`, *brief N* a line of "
            "the collection of figures that the model was built from, and *choice* a value without a source."
        ),
    ]
    for group, rows in groups.items():
        cells = [
            (f"`{row.name}`", f"`{_value(row.default)}` {row.unit}{_range(row)}", f"{row.gloss} [{row.source}]")
            for row in rows
        ]
        parts += [f"## {group}", _table(("name", "default, unit, bounds, prior", "meaning and source"), cells)]
    return _joined(parts)


def _range(row: Any) -> str:
    """Write bounds and prior on a second line; nothing for a parameter without both."""
    bounds = "" if row.low is None and row.high is None else f"{_value(row.low)} to {_value(row.high)}"
    told = ", ".join(word for word in (bounds, "" if row.prior == "fixed" else row.prior) if word)
    return f"<br>{told}" if told else ""


def _value(value: object) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def scenarios_page() -> str:
    """The keys of a scenario file, and the scenarios that come with the model."""
    defaults = {field.name: field.default for field in dataclasses.fields(Scenario)}
    fields = [(f"`{name}`", words, _value(defaults[name])) for name, words in SCENARIO_KEYS.items()]
    parts = [
        "# Scenario files",
        (
            "A scenario is a TOML file that says only what differs from the baseline. `jevons run --scenario "
            "FILE.toml` runs it; the command refuses what it does not know, and names the nearest."
        ),
        _table(("key", "meaning", "default"), fields),
        (
            "Every other table is a group of [parameters](parameters.md). `[[change]]` has a `date` and a table "
            "`[change.set]` of the same groups, which holds from the first week on or after that date."
        ),
        "## Add a lab, a supplier or a workload",
        "A new name in one of these tables adds one. It needs the fields that every shipped one states:",
    ]
    shipped = Parameters.load()
    for name in ("lab", "hyperscaler", "chip_maker", "power_supplier", "builder", "workload"):
        rows = list(getattr(shipped, name).values())
        stated = frozenset.intersection(*(frozenset(row.model_fields_set) for row in rows))
        fields_of = type(rows[0]).model_fields
        needed = ", ".join(f"`{key}`" for key in fields_of if key in stated)
        others = ", ".join(f"`{key}`" for key in fields_of if key not in stated)
        parts.append(f"- `[{name}.NAME]` needs {needed}; may have {others or 'nothing else'}.")
    parts.append("## The scenarios that come with the model")
    for one in scenario_outlines():
        text = (ROOT / "model" / "scenarios" / f"{one.name}.toml").read_text(encoding="utf-8").strip()
        parts += [f"### {one.name}", f"*{one.title}.* {' '.join(one.description.split())}", f"```toml\n{text}\n```"]
    return _joined(parts)


SCENARIO_KEYS = {
    "name": "what the scenario is called",
    "title": "its name in figures and lists",
    "description": "one sentence on what happens",
    "scale": "how many rows represent the world: small, default or large",
    "start": "the first week",
    "until": "the last date to simulate",
}


def designs_page() -> str:
    """The keys of a design with their defaults."""
    keys = [(f"`{name}`", words, _design_default(DEFAULTS[name])) for name, words in KEY_GLOSSES.items()]
    kinds = [(f"`{kind}`", ", ".join(f"`{key}`" for key in names)) for kind, names in KEYS.items()]
    return _joined(
        [
            "# Design files",
            "A design is the TOML file of a [sweep](../sweeps.md). Every key has a default.",
            _table(("key", "meaning", "default"), keys),
            f"Samplers: {_names(SAMPLERS)}. Statistics of an outcome: {_names(STATISTICS)}.",
            "## Distributions",
            (
                'In `[uncertainties]` a parameter gets `"prior"`, a list of two bounds (uniform), or a table with '
                "`distribution` and the keys below. `low` and `high` may cut off the last two kinds of numbers."
            ),
            _table(("distribution", "keys"), kinds),
        ]
    )


def _design_default(value: object) -> str:
    return "none" if value in (None, {}, []) else f"`{value}`"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def glossary_page() -> str:
    """The terms of every `glossary.toml`: those of the page in the browser and those of this site."""
    rows = [row for file in GLOSSARIES for row in tomllib.loads(file.read_text(encoding="utf-8"))["term"]]
    terms = {row["name"]: row for row in rows}
    parts = ["# Glossary", "The page in the browser explains the same words where they appear."]
    for name in sorted(terms, key=lambda name: (not terms[name].get("after_number", False), name.lower())):
        row = terms[name]
        also = ", ".join(spelling for spelling in row.get("also", ()) if spelling.removesuffix("s") != name)
        place = " (after a number)" if row.get("after_number") else f" ({also})" if also else ""
        parts.append(f"**{name}**{place}\n:   {row['meaning']}")
    return _joined(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body]) if body else ""


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
