"""Progress of a sweep on the terminal, and the log of what each run took."""

import contextlib
import importlib.util
import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from runs.terminal.count_progress import CountProgress


class SweepProgress(CountProgress):
    """Runs done and failed, and the time left, on `console`; nothing where it is None."""

    def __init__(self, console: Console | None, total: int, done: int, failed: int) -> None:
        super().__init__(console)
        self._failed = failed
        waiting = starting() if done < total else ""
        self.stage("", total, done, waiting)
        if self._lines and waiting:
            self.note(waiting)

    def step(self, *, ok: bool) -> None:
        """Count a run that has ended."""
        self._failed += not ok
        self.count(f"{self._failed} failed")


def starting() -> str:
    """Say what happens before the first run ends. Numba is looked for, not imported, which would cost half a second."""
    if importlib.util.find_spec("numba") is None:
        return "starting workers"
    return "starting workers; a fresh machine compiles loops first, about ten seconds"


class Log:
    """Lines of JSON with times, beside the result set. It never stops a sweep: on a full disk lines are lost."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, event: str, **fields: Any) -> None:
        """Write one line: when, what, and the fields."""
        line = json.dumps({"time": round(time.time(), 3), "event": event, **fields})
        with contextlib.suppress(OSError), self._file.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
