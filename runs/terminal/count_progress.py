"""Progress of many runs: how many are done, the time left, and a note."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from runs.terminal.short_numbers import duration

LINE_SECONDS = 30.0


class CountProgress(Progress):
    """Bars on a terminal, one a stage; elsewhere a line every half minute and at the end; nothing without a console."""

    def __init__(self, console: Console | None) -> None:
        self._lines = console is not None and not console.is_terminal
        self._line_at = time.monotonic()
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.total:.0f} runs"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=console is None or self._lines,
            expand=True,
        )

    def stage(self, name: str, runs: int, done: int = 0, note: str = "") -> None:
        """Begin a stage of so many runs."""
        self.add_task(name, total=runs, completed=done, note=note)

    def count(self, note: str) -> None:
        """Count a run of the latest stage, and show a note."""
        task = self.tasks[-1]
        self.update(task.id, advance=1, note=note)
        if self._lines and (task.finished or time.monotonic() - self._line_at >= LINE_SECONDS):
            self._line_at = time.monotonic()
            left = f"{duration(task.time_remaining)} left" if task.time_remaining else ""
            parts = (f"{task.completed:.0f}/{task.total:.0f} runs", note, left)
            name = f"{task.description}: " if task.description else ""
            self.note(name + ", ".join(part for part in parts if part))

    def note(self, text: str) -> None:
        """Print a line, above the bars if there are any."""
        self.console.print(text, highlight=False, soft_wrap=True)
