"""What `jevons scenarios`, `parameters`, `observables` and `phases` print."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from model import JevonsError
from runs.terminal.short_numbers import duration

if TYPE_CHECKING:
    from rich.table import Table

    from model import Observable, Phase

Row = TypeVar("Row", bound=tuple[Any, ...])


def matching_rows(rows: Iterable[Row], search: str | None, fields: Sequence[str]) -> list[Row]:
    """Return the named tuples with every word of `search` somewhere in `fields`; raises JevonsError if none has."""
    words = (search or "").lower().split()
    found = []
    for row in rows:
        text = " ".join(str(getattr(row, field)) for field in fields).lower()
        if all(word in text for word in words):
            found.append(row)
    if not found:
        raise JevonsError(f"--search {search!r}: no row has all of these words in {', '.join(fields)}; try fewer")
    return found


def print_scenarios(console: Console, outlines: Iterable[Any], baseline: Mapping[str, Any]) -> None:
    """Print each scenario (of `model.scenario_outlines`): name, title, description and what differs from the baseline.

    `baseline` adds the baseline's values by path; it may be empty.
    """
    for one in outlines:
        console.print(Text.assemble((one.name, "bold"), "  ", one.title))
        if one.description:
            console.print(_indented(" ".join(one.description.split())))
        stages = (("", one.overrides), *((f"from {day}: ", values) for day, values in one.changes))
        for since, values in stages:
            for path, value in values.items():
                was = f" (was {_value(baseline[path])})" if path in baseline else ""
                line = Text(f"    {since}{path} = {_value(value)}{was}", style="cyan")
                console.print(line, soft_wrap=True)  # to be copied whole
        console.print()


def rows_as_csv(rows: Sequence[Any]) -> str:
    """Write named tuples as CSV, with their fields as header; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0]._fields)
    writer.writerows(rows)
    return text.getvalue()


def print_parameters(console: Console, rows: Sequence[Any]) -> None:
    """Print two lines a parameter: name, default, unit, bounds and prior; then what it means and its source."""
    group = ""
    for row in rows:
        if row.name.partition(".")[0] != group:
            group = row.name.partition(".")[0]
            console.print(Text(f"\n{group}", style="bold underline"))
        notes = ", ".join(note for note in (_bounds(row.low, row.high), row.prior) if note)
        head = ((row.name, "bold"), " = ", (_value(row.default), "cyan"), f" {row.unit}", (f"   {notes}", "dim"))
        console.print(Text.assemble(*head))
        console.print(_indented(row.gloss, (f"  [{row.source}]", "dim")))
    console.print(Text(f"\n{len(rows)} parameters; change one with `jevons run --set NAME=VALUE`", style="dim"))


def print_observables(console: Console, rows: "Sequence[Observable]") -> None:
    """Print two lines a row: name, unit, of whom and segments; then what it means and how it is computed."""
    for row in rows:
        of = f"   {', '.join(row.entities)}: {', '.join(row.segments)}"
        console.print(Text.assemble((row.name, "bold"), f" {row.unit}", (of, "cyan")))
        console.print(_indented(row.gloss, (f"  [{row.formula}]", "dim")))
    count = len({row.name for row in rows})
    console.print(Text(f"\n{count} observable{'s' if count > 1 else ''}", style="dim"))


def _indented(*parts: str | tuple[str, str]) -> Padding:
    return Padding(Text.assemble(*parts), (0, 0, 0, 4))


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f"at most {_value(high)}"
    return f"at least {_value(low)}" if high is None else f"{_value(low)} .. {_value(high)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def phase_table(phases: "Sequence[Phase]", seconds: Mapping[str, float], weeks: int) -> "Table":
    """Make the table of the week: what each phase does, reads and writes, and its share of the time."""
    from rich import box
    from rich.table import Table

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


def time_phases(weeks: int, scale: str, err: Console) -> "tuple[Sequence[Phase], Mapping[str, float]]":
    """Return the phases of a week in order, and the wall seconds of each over the first `weeks` of the baseline.

    Progress is shown on `err`.
    """
    from model import InferenceMarket, Scenario, told_of_compiling
    from runs.terminal.run_progress import RunProgress

    with RunProgress(err) as progress, told_of_compiling(progress.compiles):
        market = InferenceMarket(Scenario.load("baseline", scale=scale), rng=7)
        for _ in range(weeks):
            market.step()
            progress.watch(market, weeks)
    return market.phases(), market.phase_seconds
