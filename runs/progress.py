"""Progress of a run: date, weeks done, time left and a few live figures."""

import math
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from model import InferenceMarket
from runs.bar import Bar
from runs.shortform import short

# Week by week is too often for a reader: figures refresh about every month.
REFRESH_WEEKS = 4


class RunProgress(Bar):
    """A progress bar on `console`; where that is no terminal, a plain line for each simulated year."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console, self._quiet = console, quiet
        self._told = False
        self._task: TaskID | None = None
        self._bar = Progress(
            TextColumn("{task.fields[day]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.total:.0f} weeks"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[figures]}"),
            console=console,
            disable=quiet or not console.is_terminal,
            expand=True,
        )

    def watch(self, market: InferenceMarket, weeks: int) -> None:
        """Show where `market` stands of `weeks` weeks in all."""
        if self._quiet:
            return
        week = market.clock.week
        last = market.clock.date - timedelta(days=7 if week else 0)
        if not self._console.is_terminal:
            self._write_line(market, weeks, last.year)
        elif self._task is None:
            self._task = self._bar.add_task("", total=weeks, completed=week, day=last.isoformat(), figures="")
        elif week % REFRESH_WEEKS == 0 or week == weeks:
            figures = live_figures(market)
            self._bar.update(self._task, completed=week, day=last.isoformat(), figures=figures)

    def compiles(self, name: str) -> None:
        """Say that a loop is being compiled, so that nobody takes the seconds for a stop."""
        if self._task is not None:
            self._bar.update(self._task, figures=f"compiling {name}, once on this machine")
        elif not self._quiet and not self._told:
            self._console.print("compiling loops, once on this machine: half a minute", highlight=False)
        self._told = True

    def _write_line(self, market: InferenceMarket, weeks: int, year: int) -> None:
        week = market.clock.week
        if week and (week == weeks or market.clock.date.year != year):
            self._console.print(f"{year}: {week}/{weeks} weeks, {live_figures(market)}", highlight=False)


def live_figures(market: InferenceMarket) -> str:
    """Tokens a month, unserved share, live compute and revenue run rate of the latest week; "-" for one unknown."""
    names = ("tokens_served", "demand_unserved_share", "live_compute", "revenue_run_rate")
    tokens, unserved, compute, revenue = (market.observables.latest(name, default=math.nan) for name in names)
    return ", ".join(
        (
            f"{short(tokens)} token/month",
            "-" if math.isnan(unserved) else f"{unserved:.0%} unserved",
            f"{short(compute)} H100e",
            f"{short(revenue)} USD/year",
        )
    )
