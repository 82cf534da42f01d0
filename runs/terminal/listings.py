"""What `jevons scenarios`, `parameters` and `phases` print."""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from model import JevonsError, Parameters, Phase, Scenario
from runs.terminal.short_numbers import duration


def print_scenarios(console: Console, scenarios: Iterable[Scenario]) -> None:
    """Each scenario: name, title, description and what differs from the baseline."""
    for scenario in scenarios:
        console.print(Text.assemble((scenario.name, "bold"), "  ", scenario.title))
        if scenario.description:
            console.print(Padding(Text(" ".join(scenario.description.split())), (0, 0, 0, 4)))
        for line in differences(scenario):
            console.print(Padding(Text(line, style="cyan"), (0, 0, 0, 4)))
        console.print()


def differences(scenario: Scenario) -> list[str]:
    """What a scenario changes, one line a value: `path = value (was value)`, with the date of a later change."""
    base, after = Parameters.load().flat(), scenario.parameters.flat()
    lines = [f"{path} = {_value(after[path])} (was {_value(base[path])})" for path in scenario.overrides]
    for day, values in scenario.changes:
        lines += [f"from {day}: {path} = {_value(value)}" for path, value in values.items()]
    return lines


def find_parameters(search: str | None) -> pd.DataFrame:
    """The parameter table, or its rows that hold every word of `search` in name, unit, source or gloss.

    Raises JevonsError where none does.
    """
    table = Parameters.load().table()
    if not search:
        return table
    text = table[["name", "unit", "source", "gloss"]].astype(str).agg(" ".join, axis=1).str.lower()
    found = pd.Series(True, index=table.index)
    for word in search.lower().split():
        found &= text.str.contains(word, regex=False)
    if not found.any():
        raise JevonsError(f"--search {search!r}: no parameter's name, unit, source or gloss holds all of these words")
    return table[found]


def parameters_csv(table: pd.DataFrame) -> str:
    """The parameter table as CSV text."""
    text = io.StringIO()
    table.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue()


def print_parameters(console: Console, table: pd.DataFrame) -> None:
    """Two lines a parameter: name, default, unit, bounds and prior; then what it means and its source."""
    group = ""
    for row in table.to_dict("records"):
        name = str(row["name"])
        if name.partition(".")[0] != group:
            group = name.partition(".")[0]
            console.print(Text(f"\n{group}", style="bold underline"))
        limits = _bounds(row)
        head = Text.assemble((name, "bold"), " = ", (_value(row["default"]), "cyan"), f" {row['unit']}")
        head.append(f"   {limits}{', ' if limits and row['prior'] else ''}{row['prior']}", style="dim")
        console.print(head)
        console.print(Padding(Text.assemble(str(row["gloss"]), (f"  [{row['source']}]", "dim")), (0, 0, 0, 4)))
    console.print(Text(f"\n{len(table)} parameters; change one with `jevons run --set NAME=VALUE`", style="dim"))


def _bounds(row: Mapping[Any, Any]) -> str:
    low, high = float(row["low"]), float(row["high"])
    if math.isnan(low) and math.isnan(high):
        return ""
    if math.isnan(high):
        return f"at least {_value(low)}"
    return f"at most {_value(high)}" if math.isnan(low) else f"{_value(low)} .. {_value(high)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def phase_table(phases: Sequence[Phase], seconds: Mapping[str, float], weeks: int) -> Table:
    """The order of the week: what each phase does, reads and writes, and its share of the time of `weeks` weeks."""
    total = sum(seconds.values()) or 1.0
    table = Table(title=f"One week, in order (timed over {weeks} weeks)", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("phase", "what happens", "reads", "writes"):
        table.add_column(name, overflow="fold", style="bold" if name == "phase" else None, no_wrap=name == "phase")
    table.add_column("a week", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    for phase in phases:
        spent = seconds.get(phase.name, 0.0)
        words = (Text(text) for text in (phase.name, phase.summary, phase.reads, phase.writes))
        table.add_row(*words, duration(spent / weeks), f"{spent / total:.0%}")
    table.add_section()
    table.add_row("all", "", "", "", duration(total / weeks), "100%")
    return table


def time_phases(weeks: int, scale: str) -> tuple[Sequence[Phase], dict[str, float]]:
    """The phases of a week in order, and the wall seconds that each took over the first `weeks` of the baseline."""
    from model import InferenceMarket

    market = InferenceMarket(Scenario.load("baseline", scale=scale), rng=7)
    weeks = min(weeks, market.clock.weeks_total)
    for _ in range(weeks):
        market.step()
    return market.phases(), dict(market.phase_seconds)
