"""What the README says of the claims: five of them in plain words, with the numbers of docs/claims.md."""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from runs.experiments.verdicts import Decided, shipped
from runs.marked_blocks import renew_block

BLOCK = "findings"
OUTCOMES = ("supported", "refuted", "undecided", "assumed", "cannot judge")
FIVE = "Five of them, with the median over runs and, in brackets, the range of nine runs in ten:"
EFFECT = re.compile(r"(\S+) \[(\S+), (\S+)\]")


def _percent(value: float) -> str:
    return f"{100.0 * value:.0f}%"


def _change(value: float) -> str:
    """Tell the change of a logarithm."""
    return f"{100.0 * math.expm1(value):+.0f}%"


class Told(NamedTuple):
    """How one claim is told: `words` around its first measure, each number of which is written by `number`."""

    words: str
    number: Callable[[float], str] = "{:.2f}".format


TOLD: Mapping[str, Told] = {
    "Q33": Told(
        "Does one AI application set others to work? Where those with AI trigger others more, the number of "
        "applications that a business event touches changes by {effect}. The claim that they do",
        _change,
    ),
    "Q14": Told(
        "Do cheaper tokens raise spending? If prices halve in July 2024, all else held and compute ample, tokens grow "
        "with an elasticity of {effect} within a year; above 1, spending rises. The claim that it does"
    ),
    "Q20": Told(
        "Does supply stay behind demand? From July 2025 to the end of 2026, {effect} of demand finds no capacity. The "
        "claim that supply stays behind",
        _percent,
    ),
    "Q29": Told(
        "Would twice the compute bring twice the revenue? OpenAI's revenue of late 2025 would be {effect} times as "
        "large within three months. The claim"
    ),
    "Q36": Told(
        "Do coding agents feed on themselves? If they make coders 26% more productive, all tokens change by {effect} "
        "in two years. The claim that they do",
        _change,
    ),
}


def findings(decided: Mapping[str, Decided]) -> str:
    """Return the block: how many claims came out how, and a bullet for each claim of `TOLD` that was decided."""
    counts = Counter(one.verdict for one in decided.values())
    counted = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
    rules = "tried by written rules, changed once after a first trial"
    lines = [f"{sum(counts.values())} claims about this market were {rules}: {counted}. {FIVE}", ""]
    lines += [_bullet(told, decided[name]) for name, told in TOLD.items() if name in decided]
    return "\n".join(lines)


def _bullet(told: Told, one: Decided) -> str:
    found = EFFECT.match(one.measures[0][1])
    effect = "no number"
    if found is not None:
        middle, low, high = (told.number(float(value)) for value in found.groups())
        effect = f"{middle} ({low} to {high})"
    return f"- {told.words.format(effect=effect)} is **{one.verdict}**."


def renew_findings(docs: Path) -> None:
    """Write the block into the README beside the folder `docs`, where there is one; raises JevonsError."""
    readme = docs.resolve().parent / "README.md"
    if readme.is_file():
        renew_block(readme, BLOCK, findings(shipped(docs / "claims.md")))
