"""Progress of a sweep: runs done and failed, rate and time left; and the log of what each run took."""

import contextlib
import importlib.util
import json
import time
from collections import deque
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from runs.terminal.progress_bar import Bar
from runs.terminal.short_numbers import duration

# Without a terminal a line is written this often.
LINE_SECONDS = 30.0
RECENT = 50


class SweepProgress(Bar):
    """A progress bar on `console`, or a line now and then where that is no terminal; nothing where it is None."""

    def __init__(self, console: Console | None, total: int, done: int, failed: int) -> None:
        self._console, self._total, self._done, self._failed = console, total, done, failed
        self._times: deque[float] = deque([time.monotonic()], maxlen=RECENT)
        self._line_at = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.completed:.0f}/{task.total:.0f} runs"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=console is None or not console.is_terminal,
            expand=True,
        )
        self._waiting = starting() if done < total else ""
        self._task = self._bar.add_task("", total=total, completed=done, note=self._waiting)

    def __enter__(self) -> Self:
        """Show the bar, or say in a line that the first run takes a while."""
        if self._console is not None and not self._console.is_terminal and self._waiting:
            self._console.print(self._waiting, highlight=False, soft_wrap=True)
        return super().__enter__()

    def step(self, *, ok: bool) -> None:
        """Count a run that has ended."""
        self._done += 1
        self._failed += not ok
        self._times.append(time.monotonic())
        self._bar.update(self._task, completed=self._done, note=self.note())
        console = self._console
        if console is None or console.is_terminal:
            return
        if self._times[-1] - self._line_at >= LINE_SECONDS or self._done == self._total:
            self._line_at = self._times[-1]
            console.print(f"{self._done}/{self._total} runs, {self.note()}", highlight=False)

    def note(self) -> str:
        """Return failures, rate and time left, in words."""
        took = self._times[-1] - self._times[0]
        failed = f"{self._failed} failed"
        if took <= 0.0:
            return failed
        rate = (len(self._times) - 1) / took
        left = duration((self._total - self._done) / rate) if self._done < self._total else "none"
        return f"{failed}, {rate:.3g} runs/s, time left {left}"


def starting() -> str:
    """Say what happens before the first run ends. Numba is looked for, not imported, which would cost half a second."""
    if importlib.util.find_spec("numba") is None:
        return "starting workers"
    return "starting workers; a fresh machine compiles loops first, half a minute"


class Log:
    """Lines of JSON with times, beside the result set. It never stops a sweep: on a full disk lines are lost."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, event: str, **fields: Any) -> None:
        """Write one line: when, what, and the fields."""
        line = json.dumps({"time": round(time.time(), 3), "event": event, **fields})
        with contextlib.suppress(OSError), self._file.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
