"""Claims for the terminal: the list with the last verdicts, and one claim in full."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from runs.experiments.claim_entries import UNTESTABLE, Entry, entries
from runs.experiments.verdicts import Decided
from runs.terminal.narrow_table import fitted_table

SHIPPED = "docs/claims.md"
STYLES = {"supported": "green", "refuted": "red", "undecided": "yellow", "cannot judge": "magenta", "assumed": "cyan"}


def print_claims(console: Console, here: Mapping[str, Decided], come: Mapping[str, Decided]) -> None:
    """Print every claim with its verdict: of the last run `here`, else of those that `come` with the model."""
    head, rows, styles = ["id", "core", "theme", "claim", "verdict"], [], []
    mark = "*" if here else ""
    for entry in entries().values():
        verdict, star = "-", ""
        if entry.id in UNTESTABLE:
            verdict = "not testable"
        elif entry.id in here:
            verdict = here[entry.id].verdict
        elif entry.id in come:
            verdict, star = come[entry.id].verdict, mark
        styles.append(STYLES.get(verdict, ""))
        rows.append([entry.id, "yes" if entry.core else "", entry.theme, entry.claim, verdict + star])
    console.print(
        fitted_table(None, head, rows, console.width, words=("theme", "claim"), spare=("core",), styles=styles)
    )
    if set(come) - set(here):
        which = "* not tried here: " if here else "Nothing was tried here: "
        console.print(f"{which}verdicts of {SHIPPED}, which come with the model", highlight=False, soft_wrap=True)
    console.print("`jevons claims show Q29` prints one claim in full", style="dim", highlight=False, soft_wrap=True)


def print_claim(console: Console, entry: Entry, decided: Decided | None, where: str) -> None:
    """Print a claim: its words, its test, the verdict with its source (`where`), and the figures."""
    core = ", core" if entry.core else ""
    console.print(Text(f"{entry.id}: {entry.claim}", style="bold"))
    console.print(Text(f"{entry.theme}{core}", style="dim"))
    console.print(Text(f"\nExpected: {entry.signature}.\nWould refute: {entry.would_refute}."))
    if entry.id in UNTESTABLE:
        console.print(Text(f"\nNot testable here: {UNTESTABLE[entry.id]}."))
        return
    if decided is None:
        console.print(Text(f"\nNo verdict yet: `jevons claims run {entry.id}` tries it."))
        return
    found = f": {decided.how} ({where})"
    console.print(Text.assemble("\n", (decided.verdict, STYLES.get(decided.verdict, "")), found))
    console.print(Text(f"{decided.reading}\nDepends on: {decided.depends}.\n"))
    head = ["measure", "median [90%]", "rule"]
    if rows := [list(row) for row in decided.measures]:
        console.print(fitted_table(None, head, rows, console.width, words=("measure", "rule"), spare=()))
