"""Two scenarios compared pair by pair, by chosen outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from model import SCALES, JevonsError, Scenario, nearest, parse_date
from runs.engines.choose_engine import open_engine
from runs.experiments.experiment import Experiment, run_experiment
from runs.experiments.members import Pair, pairs, source
from runs.experiments.rules import Finding, interval
from runs.experiments.shocks import Treatment
from runs.one_run.simulate import span
from runs.sweep.outcomes import STATISTICS, Outcome, check_series

FEWEST_PAIRS = 10  # with fewer, "clear" would often be luck


@dataclass(frozen=True)
class Comparison:
    """The options of `jevons compare`."""

    first: str
    second: str
    outcomes: tuple[str, ...]
    start: str | None
    end: str | None
    seeds: int
    scale: str
    difference: bool
    out: Path | None
    workers: int | None


def read_outcome(text: str, start: str | None, end: str | None) -> Outcome:
    """Read OBSERVABLE[:ENTITY[:SEGMENT[:STATISTIC]]]; raises JevonsError."""
    parts = [part.strip() for part in text.split(":")]
    if not parts[0] or len(parts) > 4:
        raise JevonsError(f"--outcome {text!r} is not OBSERVABLE[:ENTITY[:SEGMENT[:STATISTIC]]]")
    defaults = ("", "market", "all", "mean")
    observable, entity, segment, statistic = (*parts, *defaults[len(parts) :])
    if statistic not in STATISTICS:
        raise JevonsError(f"--outcome {text!r}: no statistic {statistic!r}; {nearest(statistic, STATISTICS)}")
    return Outcome(text, observable, entity, segment, statistic, start, end)


def compare_scenarios(asked: Comparison, console: Console | None) -> list[Finding]:
    """Run both scenarios with the same seeds and return a finding an outcome; raises JevonsError."""
    if asked.scale not in SCALES:
        raise JevonsError(f"--scale {asked.scale}: no such scale; {nearest(asked.scale, SCALES)}")
    scenarios = [_scenario(name, asked) for name in (asked.first, asked.second)]
    _check_window(asked, scenarios)
    outcomes = tuple(read_outcome(text, asked.start, asked.end) for text in dict.fromkeys(asked.outcomes))
    check_series(scenarios, outcomes)
    experiment = Experiment(
        control=_in_place_of(scenarios[0]),
        treatment=_in_place_of(scenarios[1]),
        outcomes=outcomes,
        comparison="difference" if asked.difference else "log-ratio",
    )
    with open_engine("processes", asked.workers) as engine:
        drawn: Sequence[Pair] = pairs(asked.seeds, asked.scale)
        return run_experiment(experiment, drawn, scale=asked.scale, folder=asked.out, engine=engine, console=console)


def _check_window(asked: Comparison, scenarios: Sequence[Scenario]) -> None:
    """See that the outcomes' days are dates with a week of every run between them; raises JevonsError."""
    first = max(scenario.start for scenario in scenarios)
    if asked.start is not None:
        first = max(first, parse_date(asked.start, "--from"))
    last = min(scenario.until for scenario in scenarios)
    if asked.end is not None:
        last = min(last, parse_date(asked.end, "--until"))
    monday = first + timedelta(days=-first.weekday() % 7)
    if monday > last:
        raise JevonsError(f"{first} to {last}: no week of the runs begins in between; give other --from or --until")


def _scenario(name: str, asked: Comparison) -> Scenario:
    scenario = Scenario.load(name, scale=asked.scale)
    if asked.end is None:
        return scenario
    until = span(scenario, asked.end).scenario.until
    return scenario.replace(until=until) if until > scenario.until else scenario


def _in_place_of(named: Scenario) -> Treatment:
    """Return the treatment that puts a scenario on top of a pair's parameters: its overrides and changes win."""
    return lambda base: base.replace(dict(named.overrides), changes=named.changes, start=named.start, until=named.until)


def print_comparison(console: Console, asked: Comparison, findings: Sequence[Finding]) -> None:
    """Print a row an outcome: the effect of the second scenario against the first, and whether zero is outside."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    kind = "difference" if asked.difference else "ln(B / A)"
    for name in ("outcome", f"{kind} [90%]", "" if asked.difference else "B / A", "sign"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        ratio = "" if asked.difference else f"{np.exp(finding.median):.3g}"
        beyond = np.isfinite(finding.effects).all() and (finding.low > 0.0 or finding.high < 0.0)
        sign = "undecided" if not beyond else "clear" if asked.seeds >= FEWEST_PAIRS else "too few pairs"
        table.add_row(finding.measure.name, interval(finding), ratio, sign)
    console.print(table)
    rule = f"clear: the 90% interval of at least {FEWEST_PAIRS} pairs does not hold zero; undecided: it does"
    console.print(rule, highlight=False)
    console.print(f"A: {asked.first}, B: {asked.second}; {asked.seeds} pairs, {source()}", highlight=False)
