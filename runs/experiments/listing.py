"""Claims as tables for the terminal: the list with the last verdicts, and what a run decided."""

from collections.abc import Sequence

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from runs.experiments.registry import UNTESTABLE, entries
from runs.experiments.trial import Result, interval

STYLES = {"supported": "green", "refuted": "red", "undecided": "yellow"}


def print_claims(console: Console, verdicts: pd.DataFrame | None) -> None:
    """Print every claim with the verdict of its last run, or that it has none."""
    known = {} if verdicts is None else dict(zip(verdicts["id"], verdicts["verdict"], strict=True))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("id", "core", "theme", "claim", "verdict"):
        table.add_column(name, overflow="fold", no_wrap=name in ("id", "verdict"))
    for entry in entries().values():
        verdict = "not testable" if entry.id in UNTESTABLE else str(known.get(entry.id, "-"))
        style = STYLES.get(verdict, "")
        table.add_row(entry.id, "yes" if entry.core else "", entry.theme, entry.claim, verdict, style=style)
    console.print(table)


def print_results(console: Console, results: Sequence[Result]) -> None:
    """Print what was decided: a row a claim, and below it what was read and by which rule."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("id", "verdict", "effect [90%]", "stable", "rule fixed before the run", "reading"):
        table.add_column(name, overflow="fold", no_wrap=name in ("id", "verdict"))
    for result in results:
        table.add_row(
            result.claim.id,
            f"[{STYLES[result.verdict]}]{result.verdict}[/]",
            interval(result.head),
            f"{result.stability:.0%}",
            result.rule,
            result.reading,
        )
    console.print(table)
    counts = {verdict: sum(one.verdict == verdict for one in results) for verdict in STYLES}
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()), highlight=False)
