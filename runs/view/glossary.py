"""The words of the page with their short meanings: read once, shown wherever a term appears, and listed in a tab."""

import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import traitlets

from runs.view.page_session import Session
from runs.view.plain_html import show
from runs.view.ui import html
from runs.view.widgets import Widget, source

FILE = Path(__file__).with_name("glossary.toml")


@dataclass(frozen=True)
class Term:
    """A term, its other spellings and its meaning. after_number: a letter that counts only behind a number (13 Q)."""

    name: str
    meaning: str
    also: tuple[str, ...] = ()
    after_number: bool = False


@cache
def terms(file: Path = FILE) -> tuple[Term, ...]:
    """Return the terms in the order of the file."""
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["term"]
    return tuple(Term(**row | {"also": tuple(row.get("also", ()))}) for row in rows)


class Glossary(Widget):
    """Marks the terms on the page and shows their meaning on hover, focus and touch."""

    _esm = source("common.js", "glossary.js")
    _css = source("glossary.css")
    terms: Any = traitlets.List().tag(sync=True)


def glossary() -> Any:
    """Return the element that explains the terms of the whole page; one is enough."""
    return Glossary.element(terms=[vars(term) | {"also": list(term.also)} for term in terms()])


def WordsTab(session: Session) -> None:  # noqa: ARG001, N802 - a tab, which takes the session
    """List all terms."""
    html("p", "jv-lead", "The words and units of this page. On the other tabs, point at a dotted word or tap it.")
    rows = sorted(terms(), key=lambda term: (not term.after_number, term.name.lower()))
    told = "".join(f"<dt>{escape(term.name)}</dt><dd>{escape(term.meaning)}</dd>" for term in rows)
    show(f"<dl>{told}</dl>", "jv-card", "jv-words")
