"""The commands of the pages: which of them are run and how, and whether their options exist."""

import fnmatch
import shlex
import tomllib
from pathlib import Path
from typing import Any

import click

TABLE: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("shortened.toml").read_text(encoding="utf-8"))


def bare(words: list[str]) -> list[str]:
    """Return a command without `uv run` and its options before it."""
    if words[:2] != ["uv", "run"]:
        return words
    words = words[2:]
    while words and words[0] in ("--extra", "--with"):
        words = words[2:]
    return words


def reason_not_to_run(words: list[str]) -> str | None:
    """Return why the tests do not run a command; None where they do."""
    text = shlex.join(words)
    return next((why for pattern, why in TABLE["not_run"].items() if fnmatch.fnmatchcase(text, pattern)), None)


def shortened(words: list[str]) -> list[str]:
    """Return the command as the tests run it."""
    instead = TABLE["instead"].get(" ".join(words))
    if instead is not None:
        return shlex.split(instead)
    for beginning, options in TABLE["add"].items():
        if words[: len(beginning.split())] == beginning.split():
            return [*words, *options]  # of an option that is given twice, the last one counts
    return words


def fault(words: list[str]) -> str | None:
    """Say which part of a `jevons` or `dask` command does not exist; None where all do."""
    words = bare(words)
    if words[:2] == ["python", "-m"]:
        words = words[2:]
    if words[0] == "jevons":
        from runs.cli import jevons

        return _fault(jevons, words[1:])
    if words[0] == "dask" and len(words) > 1:
        from distributed.cli import dask_scheduler, dask_worker

        known: dict[str, Any] = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
        return _fault(known[words[1]], words[2:]) if words[1] in known else f"dask has no command {words[1]!r}"
    return None


def _fault(command: click.Command, words: list[str]) -> str | None:
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = command.get_command(context, words[0])
        if inner is None:
            return None if words[0] == "..." else f"{command.name} has no command {words[0]!r}"
        command, words = inner, words[1:]
        context = click.Context(command, parent=context)
    known = {name for parameter in command.get_params(context) for name in (*parameter.opts, *parameter.secondary_opts)}
    known |= set(command.get_help_option_names(context)) | {"--help", "-h"}
    wrong = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    return f"{command.name} has no option {wrong[0]}" if wrong else None


def first_command(text: str) -> list[str]:
    """Return the words of a text up to the first pipe, redirection or next command; placeholders stay as they are."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    for word in lexer:
        if word and set(word) <= set("|&;>"):
            break
        words.append(word)
    return words
