"""The figures of the seven questions that matter most, from the runs and findings of their claims."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runs.charts.figure_style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, shared_style
from runs.experiments.claims import decomposition, durability, flywheel, graph, rebound, recursion, supply_claims
from runs.experiments.rules import HIGH, LOW, Finding
from runs.experiments.run_series import Floats, Record, smooth
from runs.experiments.shocks import SEGMENTS
from runs.experiments.trial import Result

Tried = Mapping[str, Result]
TEXTS = Path(__file__).parent / "claims" / "questions.toml"
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)


Runs = Callable[[str], list[dict[str, Record]]]
"""Returns the records of a claim's pairs, by arm."""
Panels = Callable[[Figure, Tried, Runs], None]


@dataclass(frozen=True)
class Question:
    """A question with its figure: file name, title, caption, the claims it draws on and what draws it."""

    name: str
    title: str
    caption: str
    claims: tuple[str, ...]
    panels: Panels

    def drawn(self, tried: Tried) -> bool:
        """Return whether all claims of the figure were tried with at least one pair whose arms all ran."""
        return all(
            name in tried and any(np.isfinite(finding.effects).any() for finding in tried[name].findings)
            for name in self.claims
        )


def draw(question: Question, tried: Tried, runs_of: Runs) -> Figure:
    """Draw the figure of a question."""
    with matplotlib.rc_context(shared_style()):
        figure = Figure(figsize=(9.6, 3.8), layout="constrained")
        question.panels(figure, tried, runs_of)
        return figure


def found(tried: Tried, claim: str) -> Callable[[str], Finding]:
    """Return what looks up a claim's findings by measure."""
    findings = {finding.measure.name: finding for finding in tried[claim].findings}
    return findings.__getitem__


def dots(axes: Axes, title: str, rows: Sequence[tuple[str, Finding, str]], mark: float) -> None:
    """Draw medians with their intervals, a row each: label, finding, colour; `mark` a line to compare with."""
    for place, (_, finding, colour) in enumerate(reversed(rows)):
        axes.plot([finding.low, finding.high], [place, place], color=colour, linewidth=2.2)
        axes.plot([finding.median], [place], "o", color=colour, markersize=5.0)
    axes.set_yticks(range(len(rows)), [label for label, _, _ in reversed(rows)], fontsize=8.0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.axvline(mark, color=GREY, linewidth=1.0, linestyle="--", zorder=1)
    axes.set_title(title)


def band(axes: Axes, x: Sequence[Any], table: Any, label: str, colour: str, style: str = "-") -> None:
    """Draw the median of some pairs' values (pairs, x) with the band from 5% to 95%."""
    low, middle, high = np.nanquantile(np.array(table), [LOW, 0.5, HIGH], axis=0)
    axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(x, middle, style, color=colour, label=label)


def by_week(
    axes: Axes,
    title: str,
    start: date,
    curves: Sequence[tuple[str, str, Sequence[Floats]]],
    begin: int = 0,
    fontsize: float | None = None,
) -> None:
    """Draw pairs' weekly series from week `begin` on as bands: label, colour, the series of all pairs."""
    for label, colour, series in curves:
        days = [np.datetime64(start + timedelta(weeks=week)) for week in range(begin, len(series[0]))]
        band(axes, days, [one[begin:] for one in series], label, colour)
    axes.set_title(title)
    axes.legend(fontsize=fontsize)
    axes.tick_params(axis="x", rotation=30)


def log_of(new: Floats, old: Floats, weeks: int = 4) -> Floats:
    """Return the log ratio of two weekly series, smoothed; early weeks, which are not shown, may have no value."""
    with np.errstate(all="ignore"):
        return np.log(smooth(new, weeks) / smooth(old[: len(new)], weeks))


def _rebound(figure: Figure, tried: Tried, _: Runs) -> None:
    left, right = figure.subplots(1, 2)
    names = {"free": "all free", "free-slack": "all free, slack", "held-slack": "held, slack", "held-binding": "held"}
    of = found(tried, "Q14")
    rows, money = [], []
    for day, colour in zip(rebound.DATES, (BLUE, VERMILLION), strict=True):
        for kind, label in names.items():
            for span, word in (("short", "month"), ("year", "year")):
                rows.append((f"{day[:4]} {label}, {word}", of(f"elasticity {day} {kind} {span}"), colour))
            money.append((f"{day[:4]} {label}", of(f"spending {day} {kind}"), colour))
    dots(left, "Arc elasticity of metered tokens\nto a halved price (-1: spending stays)", rows, -1.0)
    left.tick_params(axis="y", labelsize=7.0)
    money.append(("2025 efficiency x10: capex", found(tried, "Q16")("capex"), GREEN))
    dots(right, "Log change of spending after a year;\ncapex after a jump in efficiency", money, 0.0)


def _supply(figure: Figure, tried: Tried, runs_of: Runs) -> None:
    one, two, three = figure.subplots(1, 3)
    of = found(tried, "Q28")
    rows = [
        ("OpenAI alone", of("one lab"), BLUE),
        ("everybody", of("all labs"), VERMILLION),
        ("OpenAI, flexible prices", of("one lab, flexible prices"), SKY),
        ("everybody, flexible", of("all labs, flexible prices"), ORANGE),
        ("rivals of OpenAI (log)", of("rivals"), GREY),
    ]
    dots(one, "d ln revenue / d ln capacity,\nmonths 2 and 3 after doubling", rows, 1.0)
    runs = runs_of("Q20")
    curves = [
        (
            "baseline" if arm == "control" else arm,
            colour,
            [smooth(pair[arm].series("demand_unserved_share"), 13) for pair in runs],
        )
        for arm, colour in zip(("control", *supply_claims.SUPPLY), COLOURS, strict=False)
    ]
    title = "Demand that is not served\n(share, 13-week mean)"
    by_week(two, title, runs[0]["control"].start, curves, fontsize=7.0)
    years = list(range(2023, 2029))
    for limit, colour in zip(supply_claims.LIMITS, COLOURS, strict=False):
        means = [np.mean([supply_claims.binds(pair, limit, year=year) for pair in runs]) for year in years]
        three.plot(years, means, "o-", color=colour, label=limit)
    three.set_ylim(-0.03, 1.03)
    three.set_title("Part of the year in which\na limit binds, baseline")
    three.legend(fontsize=7.0, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.08))


def _decomposition(figure: Figure, tried: Tried, _: Runs) -> None:
    axes = figure.subplots()
    segments = ("all", *SEGMENTS, "api")
    left = np.zeros(len(segments))
    for factor, colour in zip(decomposition.FACTORS, COLOURS, strict=False):
        shares = [found(tried, "Q08")(f"{factor} {segment}") for segment in segments]
        width = np.array([finding.median for finding in shares])
        axes.barh(range(len(segments)), width, left=left, color=colour, label=factor, height=0.62)
        for place, (finding, at) in enumerate(zip(shares, left, strict=True)):
            if finding.median > 0.04:
                wide = finding.median > 0.12  # narrower bars have no room for an interval
                text = f"{finding.median:.0%}" + (f"\n[{finding.low:.0%}, {finding.high:.0%}]" if wide else "")
                axes.text(at + finding.median / 2, place, text, ha="center", va="center", fontsize=7.0, color="white")
        left = left + width
    axes.set_yticks(range(len(segments)), segments)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set_title("Shapley shares in the log growth of tokens that five mechanisms bring, late 2025 (median of pairs)")
    axes.legend(ncols=5, loc="upper center", bbox_to_anchor=(0.5, -0.08))


def _graph(figure: Figure, tried: Tried, runs_of: Runs) -> None:
    left, right = figure.subplots(1, 2)
    of = found(tried, "Q32")
    rows = [
        ("edges, nodes fixed", of("edges"), BLUE),
        ("edges, no limits", of("edges without limits"), SKY),
        ("nodes, edges fixed", of("nodes"), VERMILLION),
        ("both", of("both"), GREEN),
        ("even calls (log change)", of("even"), GREY),
    ]
    dots(left, "Exponent of enterprises' application tokens\nin edges and nodes of the same graphs", rows, 0.0)
    runs = runs_of("Q33")
    for suffix, label, colour in ((" gain 0", "no extra triggers by AI", GREY), ("", "as it is", BLUE)):
        table = [[graph.AMPLIFICATION(pair[f"trigger {x:g}{suffix}"]) for x in graph.TRIGGERS] for pair in runs]
        band(right, graph.TRIGGERS, table, label, colour, "o-")
    right.axvline(0.25, color=GREY, linestyle="--", linewidth=1.0)
    right.set_xlabel("trigger probability (0.25 x 4 calls: critical without layers)")
    right.set_title("Applications touched by a business event")
    right.legend()


def _recursion(figure: Figure, tried: Tried, runs_of: Runs) -> None:
    left, middle, right = figure.subplots(1, 3, width_ratios=(5, 2, 4))
    runs, none = runs_of("Q36"), recursion.arm(0.0)
    curves = [
        (arm, colour, [log_of(pair[arm].asked_series(), pair[none].asked_series()) for pair in runs])
        for arm, colour in zip(map(recursion.arm, recursion.GAINS), (VERMILLION, GREY, BLUE, GREEN), strict=True)
    ]
    first = runs[0][none]
    title = "Log difference of all tokens to no\nproductivity gain"
    by_week(left, title, first.start, curves, first.week(recursion.DAY) - 8)
    of = found(tried, "Q36")
    dots(middle, "Loop gain\n(d ln apps / d ln coding)", [("", of("loop gain"), BLACK)], 0.0)
    rows = [(f"gain {share:+.0%}", of(f"curvature {share:+.0%}"), BLUE) for share in recursion.GAINS]
    dots(right, "Change of half-yearly log growth\n(above 0: super-exponential)", rows, 0.0)


def _flywheel(figure: Figure, tried: Tried, runs_of: Runs) -> None:
    left, right = figure.subplots(1, 2)
    runs = runs_of("Q39")
    labels = {"control": "as published", **{arm: arm for arm in flywheel.PUBLICATION}}
    end = min(pair[arm].weeks for pair in runs for arm in labels)
    curves = [
        (label, colour, [pair[arm].series(*flywheel.STAGE)[:end] for pair in runs])
        for (arm, label), colour in zip(labels.items(), COLOURS, strict=False)
    ]
    first = runs[0]["control"]
    title = "Organisations in production (share)"
    by_week(left, title, first.start, curves, first.week(flywheel.DAY), fontsize=7.0)
    of = found(tried, "Q41")
    rows = [
        ("measured", of("advantage"), BLUE),
        ("pure selection", of("pure selection"), VERMILLION),
        ("pure effect", of("pure effect"), GREEN),
        ("pure selection, doubled", of("pure selection, doubled"), ORANGE),
    ]
    dots(right, "Leaders' growth to laggards' as surveys find it\n(dotted: the published 1.7)", rows, 1.0)
    right.axvline(1.7, color=GREY, linewidth=1.0, linestyle=":")


def _durability(figure: Figure, tried: Tried, runs_of: Runs) -> None:
    left, right = figure.subplots(1, 2)
    of, runs = found(tried, "Q24"), runs_of("Q24")
    rows, curves = [], []
    for segment, colour in zip(SEGMENTS, COLOURS, strict=False):
        rows.append((f"{segment}, tokens", of(f"tokens {segment}"), colour))
        rows.append((f"{segment}, revenue", of(f"revenue {segment}"), colour))
        name = ("revenue", "market", segment)
        series = [log_of(pair["downturn"].series(*name), pair["control"].series(*name)) for pair in runs]
        curves.append((segment, colour, series))
    rows.append(("API, tokens", of("downturn"), BLACK))
    rows.append(("API, apps die x4", of("mortality"), GREY))
    title = "Log change in the year after budgets fell by 30%\n(dashed: a fall by 30%)"
    dots(left, title, rows, float(np.log(0.7)))
    first = runs[0]["downturn"]
    by_week(right, "Log change of revenue", first.start, curves, first.week(durability.CUT) - 8)


PANELS: dict[str, Panels] = {
    "rebound": _rebound,
    "supply-limits": _supply,
    "decomposition": _decomposition,
    "graph": _graph,
    "recursion": _recursion,
    "flywheel": _flywheel,
    "durability": _durability,
}
QUESTIONS = tuple(
    Question(name, row["title"], row["caption"], tuple(row["claims"]), PANELS[name])
    for name, row in tomllib.loads(TEXTS.read_text(encoding="utf-8")).items()
)
