"""Progress of a run: date, weeks done, time left and a few live figures; then the figures that are drawn."""

import math
from datetime import timedelta
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column

from model import InferenceMarket
from runs.terminal.progress_bar import Bar
from runs.terminal.short_numbers import short

# Week by week is too often for a reader: figures refresh about every month.
REFRESH_WEEKS = 4
# Characters of the date and of the shortest bar, and of all that is beside live figures.
DATE, SHORTEST_BAR, REST = 10, 6, 42


class RunProgress(Bar):
    """A progress bar on `console`; where that is no terminal, a plain line for each simulated year."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console, self._quiet = console, quiet
        self._told = False
        self._bar = Progress(
            TextColumn("{task.fields[day]}", table_column=Column(min_width=DATE, no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=SHORTEST_BAR)),
            TextColumn("{task.fields[done]}", table_column=Column(no_wrap=True)),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[figures]}", table_column=Column(no_wrap=True)),
            console=console,
            disable=quiet or not console.is_terminal,
            expand=True,
        )
        self._task = self._bar.add_task("", total=None, day="", done="", figures="building the market")
        self._after: TaskID | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last line of the run only."""
        if self._after is not None:
            self._bar.remove_task(self._after)
        super().__exit__(kind, error, trace)

    def watch(self, market: InferenceMarket, weeks: int) -> None:
        """Show where `market` stands of `weeks` weeks in all."""
        if self._quiet:
            return
        week = market.clock.week
        last = market.clock.date - timedelta(days=7 if week else 0)
        if not self._console.is_terminal:
            self._write_line(market, weeks, last.year)
        elif week % REFRESH_WEEKS == 0 or week == weeks:
            figures = live_figures(market, self._console.width - REST) if week else ""
            self._bar.update(
                self._task,
                total=weeks,
                completed=week,
                day=last.isoformat(),
                done=f"{week:>{len(str(weeks))}}/{weeks} weeks",
                figures=figures,
            )

    def writes(self) -> None:
        """Show that the run is over and its folder is being filled."""
        if self._after is None:
            self._after = self._bar.add_task("", total=None, day="writing", done="", figures="table and scores")

    def draws(self, number: int, figures: int) -> None:
        """Show which of the run's figures is being drawn."""
        self.writes()
        if self._after is not None:
            done = f"{number}/{figures} figures"
            self._bar.update(self._after, total=figures, completed=number - 1, day="drawing", done=done, figures="")

    def compiles(self, name: str) -> None:
        """Say that a loop is being compiled, so that nobody takes the seconds for a stop."""
        if self._console.is_terminal:
            self._bar.update(self._task, figures=f"compiling {name}, once on this machine")
        elif not self._quiet and not self._told:
            self._console.print("compiling loops, once on this machine: half a minute", highlight=False)
        self._told = True

    def _write_line(self, market: InferenceMarket, weeks: int, year: int) -> None:
        week = market.clock.week
        if week and (week == weeks or market.clock.date.year != year):
            self._console.print(f"{year}: {week}/{weeks} weeks, {live_figures(market)}", highlight=False)


def live_figures(market: InferenceMarket, width: int | None = None) -> str:
    """Tokens a month, unserved share, live compute and revenue run rate of the latest week; "-" for one unknown.

    As many of them, in this order, as `width` characters have room for, or all.
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
