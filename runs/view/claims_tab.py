"""Claims on trial as cards: what the model says of each, the most telling first."""

import base64
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from pathlib import Path

from runs.charts.palette import labs
from runs.experiments.claim_entries import UNTESTABLE, Entry, entries
from runs.experiments.verdicts import PAGE, Decided, shipped
from runs.view.dates import day_words
from runs.view.page_session import Session
from runs.view.plain_html import show, table_of
from runs.view.result_sets import find_claims
from runs.view.serve import RESULTS_VARIABLE
from runs.view.ui import ChoiceGroup, Loaded, html, solara
from runs.view.widgets import STATIC

LEAD = (
    "Forty of 42 claims about this market were tried by written rules: by disclosed figures, by the prior, or by pairs "
    "of runs that differ in one thing. A verdict by runs says what the model does, not what the world does. Brackets "
    "hold the 90% interval. Decided claims come first."
)
HEAD = ("what was measured", "median [90%]", "rule")
VERDICTS = ("all", "supported", "refuted", "undecided", "assumed", "cannot judge", "not testable")
MARKS = {
    "supported": "✓", "refuted": "✗", "undecided": "?", "assumed": "=", "cannot judge": "∅", "not testable": "-",
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """A claim with what was decided on it; nothing where it cannot be tested or was not."""

    entry: Entry
    decided: Decided | None

    @property
    def verdict(self) -> str:
        """The verdict in one word or two."""
        if self.entry.id in UNTESTABLE:
            return "not testable"
        return self.decided.verdict if self.decided is not None else "undecided"

    @property
    def place(self) -> tuple[bool, bool, str]:
        """Where it is among the cards: decided ones first, core ones first, then in their order."""
        return (self.verdict not in ("supported", "refuted"), not self.entry.core, self.entry.id)

    def tells(self, words: str) -> bool:
        """Say whether every word is somewhere in the claim, its theme or what it depends on."""
        depends = self.decided.depends if self.decided is not None else ""
        text = f"{self.entry.id} {self.entry.claim} {self.entry.theme} {depends}".lower()
        return all(word in text for word in words.lower().split())


def cards(decided: Mapping[str, Decided]) -> list[Card]:
    """Return a card for every claim, the most telling first."""
    return sorted((Card(entry, decided.get(entry.id)) for entry in entries().values()), key=lambda card: card.place)


@solara.component
def ClaimsTab(session: Session) -> None:  # noqa: ARG001 - every tab takes the session
    """Show the claims: of the last run here, else those that come with the model."""
    solara.Style(STATIC / "evidence.css")
    html("p", "jv-lead", LEAD)
    root = Path(os.environ.get(RESULTS_VARIABLE, "runs/results"))

    def load() -> tuple[list[Card], list[Path], bool]:
        mine, pictures = find_claims(root)
        return cards(mine or shipped()), pictures, bool(mine)

    Loaded(load, ("p", "jv-lead", "Reading the claims' verdicts …"), lambda read: Cards(*read))


@solara.component
def Cards(all_cards: Sequence[Card], pictures: Sequence[Path], mine: bool) -> None:
    """Show the cards that are wanted, and the figures. mine: whether the verdicts are of a run here."""
    verdict, set_verdict = solara.use_state(0)
    core, set_core = solara.use_state(0)
    words, set_words = solara.use_state("")
    wanted = [card for card in all_cards if VERDICTS[verdict] in ("all", card.verdict) and card.tells(words)]
    wanted = [card for card in wanted if card.entry.core or not core]
    counts = {name: sum(card.verdict == name for card in all_cards) for name in VERDICTS}
    labels = [f"{name.capitalize()} {counts[name] or ''}".rstrip() for name in VERDICTS]
    with html("div", "jv-row"):
        ChoiceGroup("Verdict", range(len(VERDICTS)), verdict, set_verdict, label=labels.__getitem__)
        ChoiceGroup("Which claims", (0, 1), core, set_core, label=("Every claim", "Core claims").__getitem__)
        solara.InputText("Search", value=words, on_value=set_words, continuous_update=True, dense=True)
    source = "Verdicts of your last run." if mine else "Verdicts that come with the model."
    html("p", "jv-caption", f"{len(wanted)} of {len(all_cards)} claims. {source}", role="status")
    show("".join(card_html(card) for card in wanted), "jv-claims")
    with html("details", "jv-how"):
        html("summary", "", "The questions that matter most, as figures")
        show(_pictures(tuple(pictures)) if mine else shipped_figures(), "jv-claim-figures")


def card_html(card: Card) -> str:
    """Return a claim as a card: verdict, claim, what came out, and the measures folded up."""
    entry, decided = card.entry, card.decided
    name = card.verdict.replace(" ", "-")
    about = f"{entry.id}, {escape(entry.theme)}{', core' if entry.core else ''}"
    told = [f"<article class='jv-claim jv-{name}' data-claim='{entry.id}'>"]
    told.append(f"<p class='jv-verdict'><b aria-hidden='true'>{MARKS[card.verdict]}</b> {card.verdict}")
    told.append(f"<span>{about}</span></p><h3>{escape(entry.claim)}</h3>")
    if entry.id in UNTESTABLE:
        told.append(f"<p>Not testable here: {escape(UNTESTABLE[entry.id])}.</p>")
    elif decided is None:
        told.append("<p>Not tried yet.</p>")
    else:
        told.append(f"<p>{escape(in_words(decided.reading))}</p>")
        told.append(_how(entry, decided))
    return "".join((*told, "</article>"))


def _how(entry: Entry, decided: Decided) -> str:
    """Return how a claim was decided, folded up."""
    how, depends, signature, against = map(escape, (decided.how, decided.depends, entry.signature, entry.would_refute))
    return (
        "<details><summary>How it was decided</summary>"
        f"<p>Found by {how}.{f' Depends on {depends}.' if depends else ''}</p>"
        f"<p>Expected: {signature}. Would refute: {against}.</p>"
        f"<div class='jv-scroll' tabindex='0' role='region' aria-label='Measures of {entry.id}'>"
        f"{table_of(HEAD, [[in_words(cell) for cell in row] for row in decided.measures])}</div></details>"
    )


def in_words(text: str) -> str:
    """Return a measure's text with dates in words, labs by name, and a capital at its beginning."""
    text = re.sub(r"\b\d{4}-\d\d-\d\d\b", lambda day: day_words(date.fromisoformat(day[0])), text)
    for lab, (title, _) in labs().items():
        if lab == title.lower():
            text = re.sub(rf"\b{lab}\b", title, text)
    text = text.replace(" +- ", " ± ").replace("|arc elasticity|", "arc elasticity")
    return text[:1].upper() + text[1:]


@cache
def shipped_figures(page: Path = PAGE) -> str:
    """Return the figures of the page of verdicts, each under its question; nothing where there is no page."""
    if not page.is_file():
        return ""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^### (.+?)\n\n(.+?)\n\n!\[.*?\]\((.+?\.png)\)", text, flags=re.MULTILINE)
    return "".join(
        f"<section><h3>{escape(title)}</h3><p>{escape(words)}</p>{_picture(page.parent / file, title)}</section>"
        for title, words, file in found
    )


def _pictures(files: Sequence[Path]) -> str:
    return "".join(f"<section>{_picture(file, file.stem)}</section>" for file in files)


def _picture(file: Path, title: str) -> str:
    """Return a picture within the page: a browser cannot ask for files beside it."""
    if not file.is_file():
        return ""
    data = base64.b64encode(file.read_bytes()).decode()
    return f"<img alt='{escape(title)}' src='data:image/png;base64,{data}'>"
