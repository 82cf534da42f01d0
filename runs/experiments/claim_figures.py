"""The figures of the seven questions that matter most, from the runs and findings of their claims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runs.charts.figure_style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RC, SKY, VERMILLION
from runs.experiments.claims import (
    decomposition,
    durability,
    flywheel,
    graph,
    rebound,
    recursion,
    supply_claims,
)
from runs.experiments.rules import HIGH, LOW, Finding
from runs.experiments.run_series import Record, smooth
from runs.experiments.shocks import SEGMENTS
from runs.experiments.trial import Result

Tried = Mapping[str, Result]
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)


class Reader(Protocol):
    """What reads a claim's runs."""

    def of(self, name: str) -> list[dict[str, Any]]:
        """Return the records of each pair, by arm."""
        ...


Panels = Callable[[Figure, Tried, Reader], None]


@dataclass(frozen=True)
class Question:
    """A question with its figure: file name, title, caption, the claims it draws on and what draws it."""

    name: str
    title: str
    caption: str
    claims: tuple[str, ...]
    panels: Panels

    def drawn(self, tried: Tried) -> bool:
        """Say whether all that the figure needs was tried, in at least one pair whose runs all ended."""
        return all(name in tried and tried[name].pairs for name in self.claims)


def draw(question: Question, tried: Tried, reader: Reader) -> Figure:
    """Draw the figure of a question."""
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(9.6, 3.8), layout="constrained")
        question.panels(figure, tried, reader)
        return figure


def found(tried: Tried, claim: str, measure: str) -> Finding:
    """Return a finding by claim and measure."""
    return next(finding for finding in tried[claim].findings if finding.measure.name == measure)


def dots(axes: Axes, rows: Sequence[tuple[str, Finding, str]], mark: float | None = None) -> None:
    """Draw medians with their intervals, a row each: label, finding, colour; `mark` a line to compare with."""
    for place, (_, finding, colour) in enumerate(reversed(rows)):
        axes.plot([finding.low, finding.high], [place, place], color=colour, linewidth=2.2)
        axes.plot([finding.median], [place], "o", color=colour, markersize=5.0)
    axes.set_yticks(range(len(rows)), [label for label, _, _ in reversed(rows)], fontsize=8.0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    if mark is not None:
        axes.axvline(mark, color=GREY, linewidth=1.0, linestyle="--", zorder=1)


def band(axes: Axes, series: Sequence[np.ndarray[Any, Any]], days: Sequence[Any], label: str, colour: str) -> None:
    """Draw the median of some runs' series with the band from 5% to 95%."""
    table = np.array(series)
    low, middle, high = np.nanquantile(table, [LOW, 0.5, HIGH], axis=0)
    axes.fill_between(list(days), low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(list(days), middle, color=colour, label=label)


def days_of(record: Record, weeks: int) -> list[Any]:
    """Return the first days of a record's weeks as NumPy dates."""
    return [np.datetime64(record.start + timedelta(weeks=week)) for week in range(weeks)]


def _rebound(figure: Figure, tried: Tried, _: Reader) -> None:
    left, right = figure.subplots(1, 2)
    names = {"free": "all free", "free-slack": "all free, slack", "held-slack": "held, slack", "held-binding": "held"}
    rows, money = [], []
    for day, colour in zip(rebound.DATES, (BLUE, VERMILLION), strict=True):
        for kind, label in names.items():
            for span in ("short", "year"):
                finding = found(tried, "Q14", f"elasticity {day} {kind} {span}")
                rows.append((f"{day[:4]} {label}, {'month' if span == 'short' else 'year'}", finding, colour))
            money.append((f"{day[:4]} {label}", found(tried, "Q14", f"spending {day} {kind}"), colour))
    dots(left, rows, -1.0)
    left.set_title("Arc elasticity of metered tokens\nto a halved price (-1: spending stays)")
    left.tick_params(axis="y", labelsize=7.0)
    money.append(("2025 efficiency x10: capex", found(tried, "Q16", "capex"), GREEN))
    dots(right, money, 0.0)
    right.set_title("Log change of spending after a year;\ncapex after a jump in efficiency")


def _supply(figure: Figure, tried: Tried, reader: Reader) -> None:
    one, two, three = figure.subplots(1, 3)
    rows = [
        ("OpenAI alone", found(tried, "Q28", "one lab"), BLUE),
        ("everybody", found(tried, "Q28", "all labs"), VERMILLION),
        ("OpenAI, flexible prices", found(tried, "Q28", "one lab, flexible prices"), SKY),
        ("everybody, flexible", found(tried, "Q28", "all labs, flexible prices"), ORANGE),
        ("rivals of OpenAI (log)", found(tried, "Q28", "rivals"), GREY),
    ]
    dots(one, rows, 1.0)
    one.set_title("d ln revenue / d ln capacity,\nmonths 2 and 3 after doubling")
    runs = reader.of("Q20")
    for arm, colour in zip(("control", *supply_claims.SUPPLY), COLOURS, strict=False):
        series = [smooth(pair[arm].series("demand_unserved_share"), 13) for pair in runs]
        band(two, series, days_of(runs[0][arm], len(series[0])), "baseline" if arm == "control" else arm, colour)
    two.set_title("Demand that is not served\n(share, 13-week mean)")
    two.legend(fontsize=7.0)
    two.tick_params(axis="x", rotation=30)
    years = list(range(2023, 2029))
    for limit, colour in zip(supply_claims.LIMITS, COLOURS, strict=False):
        means = [np.mean([supply_claims.binds(pair, limit, year=year) for pair in runs]) for year in years]
        three.plot(years, means, "o-", color=colour, label=limit)
    three.set_ylim(-0.03, 1.03)
    three.set_title("Part of the year in which\na limit binds, baseline")
    three.legend(fontsize=7.0, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.08))


def _decomposition(figure: Figure, tried: Tried, _: Reader) -> None:
    axes = figure.subplots()
    segments = ("all", *SEGMENTS, "api")
    left = np.zeros(len(segments))
    for factor, colour in zip(decomposition.FACTORS, COLOURS, strict=False):
        shares = [found(tried, "Q08", f"{factor} {segment}") for segment in segments]
        width = np.array([finding.median for finding in shares])
        axes.barh(range(len(segments)), width, left=left, color=colour, label=factor, height=0.62)
        for place, (finding, at) in enumerate(zip(shares, left, strict=True)):
            if abs(finding.median) > 0.06:
                text = f"{finding.median:.0%}\n[{finding.low:.0%}, {finding.high:.0%}]"
                axes.text(at + finding.median / 2, place, text, ha="center", va="center", fontsize=7.0, color="white")
        left = left + width
    axes.set_yticks(range(len(segments)), segments)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set_title("Shapley shares in the log growth of tokens that five mechanisms bring, late 2025 (median of pairs)")
    axes.legend(ncols=5, loc="upper center", bbox_to_anchor=(0.5, -0.08))


def _graph(figure: Figure, tried: Tried, reader: Reader) -> None:
    left, right = figure.subplots(1, 2)
    rows = [
        ("edges, nodes fixed", found(tried, "Q32", "edges"), BLUE),
        ("edges, no limits", found(tried, "Q32", "edges without limits"), SKY),
        ("nodes, edges fixed", found(tried, "Q32", "nodes"), VERMILLION),
        ("both", found(tried, "Q32", "both"), GREEN),
        ("even calls (log change)", found(tried, "Q32", "even"), GREY),
    ]
    dots(left, rows, 0.0)
    left.set_title("Exponent of enterprises' application tokens\nin edges and nodes of the same graphs")
    runs = reader.of("Q33")
    for suffix, label, colour in ((" gain 0", "no extra triggers by AI", GREY), ("", "as it is", BLUE)):
        table = np.array(
            [[graph.AMPLIFICATION(pair[f"trigger {x:g}{suffix}"]) for x in graph.TRIGGERS] for pair in runs]
        )
        low, middle, high = np.quantile(table, [LOW, 0.5, HIGH], axis=0)
        right.fill_between(graph.TRIGGERS, low, high, color=colour, alpha=0.15, linewidth=0)
        right.plot(graph.TRIGGERS, middle, "o-", color=colour, label=label)
    right.axvline(0.25, color=GREY, linestyle="--", linewidth=1.0)
    right.set_xlabel("trigger probability (0.25 x 4 calls: critical without layers)")
    right.set_title("Applications touched by a business event")
    right.legend()


def _recursion(figure: Figure, tried: Tried, reader: Reader) -> None:
    left, middle, right = figure.subplots(1, 3, width_ratios=(5, 2, 4))
    runs = reader.of("Q36")
    for share, colour in zip(recursion.GAINS, (VERMILLION, GREY, BLUE, GREEN), strict=True):
        arm = recursion.arm(share)
        series = [
            np.log(smooth(pair[arm].asked_series(), 4) / smooth(pair[recursion.arm(0.0)].asked_series(), 4))
            for pair in runs
        ]
        days = days_of(runs[0][arm], len(series[0]))
        begin = runs[0][arm].week(recursion.DAY) - 8
        band(left, [one[begin:] for one in series], days[begin:], arm, colour)
    left.set_title("Log difference of all tokens to no\nproductivity gain")
    left.legend()
    left.tick_params(axis="x", rotation=30)
    dots(middle, [("", found(tried, "Q36", "loop gain"), BLACK)], 0.0)
    middle.set_title("Loop gain\n(d ln apps / d ln coding)")
    rows = [(f"gain {share:+.0%}", found(tried, "Q36", f"curvature {share:+.0%}"), BLUE) for share in recursion.GAINS]
    dots(right, rows, 0.0)
    right.set_title("Change of half-yearly log growth\n(above 0: super-exponential)")


def _flywheel(figure: Figure, tried: Tried, reader: Reader) -> None:
    left, right = figure.subplots(1, 2)
    runs = reader.of("Q39")
    labels = {"control": "as published", **{arm: arm for arm in flywheel.PUBLICATION}}
    end = min(pair[arm].weeks for pair in runs for arm in labels)
    for (arm, label), colour in zip(labels.items(), COLOURS, strict=False):
        series = [pair[arm].series(*flywheel.STAGE) for pair in runs]
        begin = runs[0][arm].week(flywheel.DAY)
        band(left, [one[begin:end] for one in series], days_of(runs[0][arm], end)[begin:], label, colour)
    left.set_title("Organisations in production (share)")
    left.legend(fontsize=7.0)
    left.tick_params(axis="x", rotation=30)
    rows = [
        ("measured", found(tried, "Q41", "advantage"), BLUE),
        ("pure selection", found(tried, "Q41", "pure selection"), VERMILLION),
        ("pure effect", found(tried, "Q41", "pure effect"), GREEN),
        ("pure selection, doubled", found(tried, "Q41", "pure selection, doubled"), ORANGE),
    ]
    dots(right, rows, 1.0)
    right.axvline(1.7, color=GREY, linewidth=1.0, linestyle=":")
    right.set_title("Leaders' growth to laggards' as surveys find it\n(dotted: the published 1.7)")


def _durability(figure: Figure, tried: Tried, reader: Reader) -> None:
    left, right = figure.subplots(1, 2)
    rows = []
    for segment, colour in zip(SEGMENTS, COLOURS, strict=False):
        rows.append((f"{segment}, tokens", found(tried, "Q24", f"tokens {segment}"), colour))
        rows.append((f"{segment}, revenue", found(tried, "Q24", f"revenue {segment}"), colour))
    rows.append(("API, tokens", found(tried, "Q24", "downturn"), BLACK))
    rows.append(("API, apps die x4", found(tried, "Q24", "mortality"), GREY))
    dots(left, rows, float(np.log(0.7)))
    left.set_title("Log change in the year after budgets fell by 30%\n(dashed: a fall by 30%)")
    runs = reader.of("Q24")
    for segment, colour in zip(SEGMENTS, COLOURS, strict=False):
        with np.errstate(all="ignore"):  # the first weeks, which are not shown, have no revenue in some segments
            series = [
                np.log(
                    smooth(pair["downturn"].series("revenue", "market", segment), 4)
                    / smooth(pair["control"].series("revenue", "market", segment)[: pair["downturn"].weeks], 4)
                )
                for pair in runs
            ]
        begin = runs[0]["downturn"].week(durability.CUT) - 8
        days = days_of(runs[0]["downturn"], len(series[0]))
        band(right, [one[begin:] for one in series], days[begin:], segment, colour)
    right.set_title("Log change of revenue")
    right.legend()
    right.tick_params(axis="x", rotation=30)


QUESTIONS = (
    Question(
        "rebound", "Rebound", "Volume, spending and capital spending after prices fall, with capability, diffusion and "
        "list prices held or free and supply binding or slack", ("Q14", "Q15", "Q16"), _rebound,
    ),
    Question(
        "supply-limits", "Supply limits", "What twice the compute brings, when the shortage ends under each supply "
        "scenario, and which limit binds", ("Q20", "Q28", "Q29"), _supply,
    ),
    Question(
        "decomposition", "What makes demand grow", "Shapley shares over all 32 combinations of five mechanisms: users, "
        "requests (applications and enterprises), context, hidden reasoning, agents", ("Q04", "Q08", "Q11", "Q22"),
        _decomposition,
    ),
    Question(
        "graph", "Links or nodes", "Same applications with more calls, more applications with the same calls, and how "
        "amplification rises towards criticality", ("Q32", "Q33"), _graph,
    ),
    Question(
        "recursion", "Coding recursion", "Productivity gains from -19% to +80% from January 2025: tokens after, loop "
        "gain, and whether growth accelerates", ("Q36", "Q38"), _recursion,
    ),
    Question(
        "flywheel", "Consulting flywheel", "Publication on, off, inflated and sober; and what pure selection alone "
        "would let surveys find", ("Q39", "Q41"), _flywheel,
    ),
    Question(
        "durability", "Durability", "A 30% cut of budgets in January 2026 by segment, and applications dying four "
        "times as fast", ("Q07", "Q24", "Q34"), _durability,
    ),
)  # fmt: skip
