"""What a trial leaves to read: a table in the terminal, figures in the run folder, and `claims.md`."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table

from model import write_atomically
from runs.experiments.claim_entries import UNTESTABLE, entries
from runs.experiments.claim_figures import QUESTIONS, Question, draw
from runs.experiments.claim_listing import STYLES
from runs.experiments.claim_session import Session
from runs.experiments.members import source
from runs.experiments.rules import FEWEST_PAIRS, interval
from runs.experiments.run_series import Record
from runs.experiments.trial import Result, read_pair, requests_of

HEAD = Path(__file__).parent / "claims" / "page_head.md"


def write_results(results: Sequence[Result], session: Session, docs: Path | None) -> None:
    """Draw the figures of the claims that were tried into the run folder; with `docs` write the page there too."""
    tried = {result.claim.id: result for result in results}

    def runs_of(name: str) -> list[dict[str, Record]]:
        found = (read_pair(requests_of(tried[name].claim, pair), session.cache) for pair in session.pairs)
        return [runs for runs in found if runs is not None]

    figures = {question: draw(question, tried, runs_of) for question in QUESTIONS if question.drawn(tried)}
    _save(figures, session.folder)
    if docs is not None:
        _save(figures, docs / "figures" / "claims")
        text = page(results, session, list(figures))
        write_atomically(docs / "claims.md", text, overwrite=True)


def _save(figures: Mapping[Question, Figure], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for question, figure in figures.items():
        write_atomically(folder / f"{question.name}.png", partial(_draw_png, figure), overwrite=True)


def _draw_png(figure: Figure, file: BinaryIO) -> None:
    """Write a figure; without the name of the software in it, the same figure is the same file."""
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})


def page(results: Sequence[Result], session: Session, questions: Sequence[Question]) -> str:
    """Return the page: the table of verdicts, the figures, every measure of every claim, and what is not testable."""
    counts = {name: sum(r.verdict == name for r in results) for name in ("supported", "refuted", "undecided")}
    core = [r for r in results if entries()[r.claim.id].core]
    text = "; ".join(f"{count} {name}" for name, count in counts.items())
    line = f"**{len(results)} claims tried: {text}.** {len(core)} of them are core."
    if session.seeds < FEWEST_PAIRS:
        line += f" With {session.seeds} pairs this is provisional: 5% and 95% of fewer than {FEWEST_PAIRS} say little."
    parts = [
        HEAD.read_text(encoding="utf-8").format(pairs=session.seeds, scale=session.scale, source=source(), counts=line),
        _verdicts(results),
        _figures(questions, results),
        _details(results, session.seeds),
        _untestable(),
    ]
    return "\n".join(parts)


def _verdicts(results: Sequence[Result]) -> str:
    lines = [
        "## Verdicts",
        "",
        "| claim | | verdict | deciding effect [90%] | stable | depends on |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        entry = entries()[result.claim.id]
        core = " (core)" if entry.core else ""
        head = f"{result.head.measure.name}: {interval(result.head)}"
        cells = (
            f"**{entry.id}**{core}",
            entry.claim,
            result.verdict,
            head,
            f"{result.stability:.0%}",
            result.claim.depends,
        )
        lines.append(_row(*cells))
    return "\n".join([*lines, ""])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _figures(questions: Sequence[Question], results: Sequence[Result]) -> str:
    verdicts = {result.claim.id: result.verdict for result in results}
    lines = ["## The questions that matter most", ""]
    for question in questions:
        ids = ", ".join(f"{name} {verdicts[name]}" for name in question.claims if name in verdicts)
        lines += [f"### {question.title}", "", f"{question.caption} ({ids})", ""]
        lines += [f"![{question.title}](figures/claims/{question.name}.png)", ""]
    return "\n".join(lines)


def _details(results: Sequence[Result], pairs: int) -> str:
    lines = ["## Every claim, with its rule", ""]
    for result in results:
        entry = entries()[result.claim.id]
        lines += [f"### {entry.id}: {entry.claim}", ""]
        lost = pairs - result.pairs
        rests = f" It rests on {result.pairs} pairs: runs of {lost} failed." if lost else ""
        lines += [f"*{result.verdict}*, in {result.stability:.0%} of resamples.{rests} {result.reading}", ""]
        lines += [f"Expected: {entry.signature}. Would refute: {entry.would_refute}.", ""]
        lines += ["| measure | median [90%] | rule | verdict |", "|---|---|---|---|"]
        for finding in result.findings:
            missing = int((~np.isfinite(finding.effects)).sum())
            note = f" (not defined in {missing} pairs)" if missing else ""
            rule = str(finding.measure.rule) if finding.measure.rule is not None else "reported only"
            cells = (finding.measure.gloss, interval(finding) + note, rule, finding.verdict or "")
            lines.append(_row(*cells))
        lines.append("")
    return "\n".join(lines)


def _untestable() -> str:
    lines = ["## Not testable here", ""]
    lines += [f"- **{name}** ({entries()[name].claim}): {why}." for name, why in UNTESTABLE.items()]
    return "\n".join([*lines, ""])


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
