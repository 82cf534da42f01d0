"""What a trial leaves to read: a table in the terminal, figures in the run folder, and `claims.md`."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from model import write_atomically
from runs.experiments.claim_entries import UNTESTABLE, entries
from runs.experiments.claim_figures import QUESTIONS, Question, draw
from runs.experiments.claim_listing import STYLES
from runs.experiments.claim_runs import read_pair, requests_of
from runs.experiments.claim_session import SEEDS, Session
from runs.experiments.disclosed_facts import described, fit_scale, rows
from runs.experiments.members import source
from runs.experiments.readme_findings import renew_findings
from runs.experiments.rules import Floats, Measure, find, interval
from runs.experiments.run_series import Record
from runs.experiments.trial import VARIANTS, Result, expected_wrong
from runs.experiments.verdicts import REPORTED
from runs.experiments.weighing import DECIDED

HEAD = Path(__file__).parent / "claims" / "page_head.md"


def write_results(results: Sequence[Result], session: Session, docs: Path | None) -> None:
    """Draw the figures of the claims that were tried into the run folder; with `docs` also write the page."""
    tried = {result.claim.id: result for result in results}

    def runs_of(name: str) -> list[dict[str, Record]]:
        found = (read_pair(requests_of(tried[name].claim, pair), session.cache) for pair in session.shown)
        return [runs for runs in found if runs is not None]

    figures = {one: draw(one, tried, runs_of) for one in QUESTIONS if session.shown and one.drawn(tried)}
    _save(figures, session.folder)
    if docs is not None:
        _save(figures, docs / "figures" / "claims")
        text = page(results, session, list(figures))
        write_atomically(docs / "claims.md", text, overwrite=True)
        renew_findings(docs)


def _save(figures: Mapping[Question, Figure], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for question, figure in figures.items():
        write_atomically(folder / f"{question.name}.png", partial(_draw_png, figure), overwrite=True)


def _draw_png(figure: Figure, file: BinaryIO) -> None:
    """Write a figure; without the name of the software in it, the same figure is the same file."""
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})


def page(results: Sequence[Result], session: Session, questions: Sequence[Question]) -> str:
    """Return the page: the table of verdicts, the figures, every claim with its rule, and what is not testable."""
    head = HEAD.read_text(encoding="utf-8").format(
        members=session.members,
        seeds=SEEDS,
        scale=session.scale,
        source=source(),
        fit_scale=fit_scale(session.scale),
        decided=f"{DECIDED:.0%}",
        variants=", ".join(VARIANTS),
        variant_members=session.variants,
        reported=len(session.shown),
        counts=summary(results),
    )
    short = f"## In short\n\nCore claims that are decided, those by runs first:\n\n{examples(results)}\n"
    parts = [head, short, _verdicts(results), _figures(questions, results), _details(results), _untestable()]
    return "\n".join(parts)


def summary(results: Sequence[Result]) -> str:
    """Return what came out in a few sentences: how many claims ended how, and how many errors are expected."""
    core = [one for one in results if entries()[one.claim.id].core]
    still = [one for one in core if one.outcome not in ("cannot judge", "assumed")]
    lines = [f"**{len(results)} claims tried: {_counts(results)}.** Of {len(core)} core claims {_counts(core)}."]
    lines.append(
        f"{len(still)} of the {len(core)} core claims are open: neither assumed nor impossible to judge. "
        f"The others: {_named(one for one in core if one not in still)}."
    )
    decided = sum(one.decided for one in results)
    lines.append(
        f"Of the {decided} claims that are decided, {expected_wrong(results):.2g} verdicts are expected to be wrong."
    )
    if unknown := [one.claim.id for one in results if not one.prior_known]:
        lines.append(f"What the prior alone gives is not known (`jevons claims prior`): {', '.join(unknown)}.")
    return "\n".join(lines)


def _counts(results: Sequence[Result]) -> str:
    counts = {name: sum(one.outcome == name for one in results) for name in STYLES}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"


def _named(results: Iterable[Result]) -> str:
    return "; ".join(f"{one.claim.id} ({one.outcome}: {one.how})" for one in results) or "none"


def examples(results: Sequence[Result]) -> str:
    """Return the core claims that are decided as a Markdown list (README's examples): by runs first, surest first."""
    core = [one for one in results if one.decided and entries()[one.claim.id].core]
    core.sort(key=lambda one: (one.how == "disclosed figures", one.wrong))
    return "\n".join(
        f"- {entries()[one.claim.id].claim} ({one.claim.id}): *{one.outcome}* by {one.how}{_chances(one)}."
        for one in core
    )


def _chances(result: Result) -> str:
    return f", {_shares(result)}" if result.weighing is not None else ""


def _shares(result: Result) -> str:
    """Return how many of the runs support and refute a claim, in short form."""
    runs = result.weighing
    if runs is None:
        return ""
    text = f"{runs.supports:.0%} support, {runs.refutes:.0%} refute, {runs.between:.0%} neither"
    return f"{text}; holds in {result.agreement} variants" if result.variants else text


def _verdicts(results: Sequence[Result]) -> str:
    lines = ["## Verdicts", "", "| claim | | verdict | how | of the runs | depends on |", "|---|---|---|---|---|---|"]
    for result in results:
        entry = entries()[result.claim.id]
        name = f"**{entry.id}**{' (core)' if entry.core else ''}"
        cells = (name, entry.claim, result.outcome, result.how, _shares(result), result.claim.depends)
        lines.append(_row(*cells))
    return "\n".join([*lines, ""])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _figures(questions: Sequence[Question], results: Sequence[Result]) -> str:
    verdicts = {result.claim.id: result.outcome for result in results}
    lines = ["## The questions that matter most", ""]
    for question in questions:
        ids = ", ".join(f"{name} {verdicts[name]}" for name in question.claims if name in verdicts)
        lines += [f"### {question.title}", "", f"{question.caption} ({ids})", ""]
        lines += [f"![{question.title}](figures/claims/{question.name}.png)", ""]
    return "\n".join(lines)


def _details(results: Sequence[Result]) -> str:
    lines = ["## Every claim, with its rule", ""]
    for result in results:
        entry = entries()[result.claim.id]
        lines += [f"### {entry.id}: {entry.claim}", "", f"*{result.outcome}: {result.how}*. {result.reading}.", ""]
        lines += [f"Expected: {entry.signature}. Would refute: {entry.would_refute}.", ""]
        lines += [f"- {line}" for line in _background(result)] + [""]
        if measured := result.measured():
            lines += ["| measure | median [90%] | rule |", "|---|---|---|"]
            lines += [_measure_row(measure, effects) for measure, effects in measured] + [""]
    return "\n".join(lines)


def _background(result: Result) -> list[str]:
    """Return what stands behind a verdict, a line each."""
    deciding, runs = result.claim.deciding, result.weighing
    lines = [f"Deciding measure: {deciding.gloss}; {deciding.rule}."]
    lines += [f"Fact: {fact}{' (missed)' if fact.missed else ''}." for fact in result.facts]
    if result.claim.figures and result.how != "disclosed figures":
        lines.append(f"Disclosed figures alone do not settle it: {described(result.claim.figures, rows())}.")
    if not result.prior_known:
        lines.append("What the prior alone gives is not known.")
    if runs is not None:
        part = runs.split.share
        lines.append(f"Of {len(runs.effects)} members with {runs.effects.shape[1]} runs each: {_shares(result)}.")
        if np.isfinite(part):
            lines.append(f"Of the variance over runs, parameters make {part:.0%} and luck {1.0 - part:.0%}.")
    lines += [
        f"Where {name}: {share:.0%} of the runs on the verdict's side." for name, share in result.variants.items()
    ]
    return lines


def _measure_row(measure: Measure, effects: Floats) -> str:
    finding = find(measure, effects.ravel().tolist())
    missing = int((~np.isfinite(effects)).sum())
    note = f" (not defined in {missing} runs)" if missing else ""
    return _row(measure.gloss, interval(finding) + note, str(measure.rule or REPORTED))


def _untestable() -> str:
    lines = ["## Not testable here", ""]
    lines += [f"- **{name}** ({entries()[name].claim}): {why}." for name, why in UNTESTABLE.items()]
    return "\n".join([*lines, ""])


def print_results(console: Console, results: Sequence[Result]) -> None:
    """Print what was decided, a row a claim, how often the runs support and refute it, and the expected errors."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("id", "verdict", "how", "supports", "refutes", "luck", "variants", "why"):
        table.add_column(name, overflow="fold", no_wrap=name in ("id", "supports", "refutes", "luck"))
    for result in results:
        runs, verdict = result.weighing, f"[{STYLES[result.outcome]}]{result.outcome}[/]"
        numbers = (runs.supports, runs.refutes, 1.0 - runs.split.share) if runs is not None else ()
        shown = [f"{one:.0%}" if np.isfinite(one) else "-" for one in numbers] or [""] * 3
        table.add_row(result.claim.id, verdict, result.how, *shown, result.agreement, Text(result.reading))
    console.print(table)
    console.print(summary(results).replace("*", ""), highlight=False)
