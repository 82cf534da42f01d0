"""Progress of a run: date, weeks done, time left and a few live figures; then the figures that are drawn."""

import math
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column

from model import InferenceMarket
from runs.terminal.short_numbers import short

# Week by week is too often for a reader: figures refresh about every month.
REFRESH_WEEKS = 4
# Characters of the date and of the shortest bar, and of everything beside the live figures.
DATE, SHORTEST_BAR, REST = 10, 6, 42


class RunProgress(Progress):
    """A bar on a terminal; elsewhere a plain line for each simulated year; nothing when `quiet`."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._quiet, self._told = quiet, False
        super().__init__(
            TextColumn("{task.description}", table_column=Column(min_width=DATE, no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=SHORTEST_BAR)),
            TextColumn("{task.fields[done]}", table_column=Column(no_wrap=True)),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[figures]}", table_column=Column(no_wrap=True)),
            console=console,
            disable=quiet or not console.is_terminal,
            expand=True,
        )
        self._run = self.add_task("", total=None, done="", figures="building the market")
        self._after: TaskID | None = None

    def stop(self) -> None:
        """Leave the last line of the run only."""
        if self._after is not None:
            self.remove_task(self._after)
            self._after = None
        super().stop()

    def watch(self, market: InferenceMarket, weeks: int) -> None:
        """Show the week of `market`, of `weeks` weeks in all."""
        if self._quiet:
            return
        week = market.clock.week
        last = market.clock.date - timedelta(days=7 if week else 0)
        if not self.console.is_terminal:
            self._write_line(market, weeks, last.year)
        elif week % REFRESH_WEEKS == 0 or week == weeks:
            figures = live_figures(market, self.console.width - REST) if week else ""
            self.update(
                self._run,
                total=weeks,
                completed=week,
                description=last.isoformat(),
                done=f"{week:>{len(str(weeks))}}/{weeks} weeks",
                figures=figures,
            )

    def writes(self) -> None:
        """Show that the run is over and its folder is being filled."""
        if self._after is None:
            self._after = self.add_task("writing", total=None, done="", figures="table and scores")

    def draws(self, number: int, figures: int) -> None:
        """Show which of the run's figures is being drawn."""
        self.writes()
        if self._after is not None:
            done = f"{number}/{figures} figures"
            self.update(self._after, total=figures, completed=number - 1, description="drawing", done=done, figures="")

    def compiles(self, name: str) -> None:
        """Say that a loop is being compiled, which takes seconds without a new week."""
        if self.console.is_terminal:
            self.update(self._run, figures=f"compiling {name}, once on this machine")
        elif not self._quiet and not self._told:
            self.console.print("compiling loops, once on this machine: about ten seconds", highlight=False)
        self._told = True

    def _write_line(self, market: InferenceMarket, weeks: int, year: int) -> None:
        week = market.clock.week
        if week and (week == weeks or market.clock.date.year != year):
            self.console.print(f"{year}: {week}/{weeks} weeks, {live_figures(market)}", highlight=False)


def live_figures(market: InferenceMarket, width: int | None = None) -> str:
    """Return tokens a month, unserved share, live compute and revenue run rate of the latest week; "-" if unknown.

    Only the first of them that fit in `width` characters, or all.
    """
    names = ("tokens_served", "demand_unserved_share", "live_compute", "revenue_run_rate")
    tokens, unserved, compute, revenue = (market.observables.latest(name, default=math.nan) for name in names)
    figures = [
        f"{short(tokens)} token/month",
        "-" if math.isnan(unserved) else f"{unserved:.0%} unserved",
        f"{short(compute)} H100e",
        f"{short(revenue)} USD/year",
    ]
    while width is not None and figures and len(", ".join(figures)) > width:
        figures.pop()
    return ", ".join(figures)
