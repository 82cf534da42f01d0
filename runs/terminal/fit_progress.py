"""Progress of many runs: what is being done, how many are done, time left, and the best distance so far."""

import math
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from calibration.information import Known
from runs.terminal.progress_bar import Bar
from runs.terminal.short_numbers import duration

LINE_SECONDS = 30.0


class FitProgress(Bar):
    """A progress bar on `console`; where that is no terminal, a plain line every half a minute.

    With `known`, the distance of each run from the figures known then is followed: root mean square over rows, in
    standard deviations of the disclosure.
    """

    def __init__(self, console: Console, known: Known | None = None) -> None:
        self._console, self._known = console, known
        self._best = math.inf
        self._name, self._done, self._total, self._found, self._failed = "", 0, 0, 0, 0
        self._began = self._told = time.monotonic()
        self._task: TaskID | None = None
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.total:.0f} runs"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[best]}"),
            console=console,
            disable=not console.is_terminal,
            expand=True,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_stage()
        super().__exit__(kind, error, trace)

    def stage(self, name: str, runs: int) -> None:
        """Begin a part of the work of so many runs."""
        self._close_stage()
        self._name, self._done, self._total, self._found, self._failed = name, 0, runs, 0, 0
        self._began = self._told = time.monotonic()
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(name, total=runs, best=self._best_text())

    def watch(self, _job: Any, outputs: Mapping[str, float] | None, found: bool) -> None:
        """Count one run."""
        self._done += 1
        self._found += found
        self._failed += outputs is None
        if outputs is not None and self._known is not None:
            self._best = min(self._best, float(self._known.distance(self._known.outputs([outputs]))[0]))
        if self._task is not None:
            self._bar.update(self._task, completed=self._done, best=self._best_text())
        now = time.monotonic()
        if not self._console.is_terminal and now - self._told >= LINE_SECONDS:
            self._told = now
            made = max(self._done - self._found, 1)
            left = (now - self._began) / made * (self._total - self._done)
            self._say(f"{self._name}: {self._done}/{self._total} runs, {duration(left)} left{self._best_text(', ')}")

    def note(self, text: str) -> None:
        """Say what is being done where no runs are made."""
        self._close_stage()
        self._say(text)

    def _close_stage(self) -> None:
        if not self._name:
            return
        made = self._done - self._found
        took = duration(time.monotonic() - self._began)
        failed = f", {self._failed} failed" if self._failed else ""
        known = f", {self._found} taken from disk" if self._found else ""
        self._say(f"{self._name}: {made} runs made in {took}{known}{failed}{self._best_text(', ')}")
        self._name = ""

    def _best_text(self, lead: str = "") -> str:
        return f"{lead}best distance {self._best:.2f} sd" if math.isfinite(self._best) else ""

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)
