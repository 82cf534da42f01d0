"""Consoles that fit the terminal, or are wide enough for tables where there is none."""

import contextlib
import os
import shutil
import sys
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 120
# Less is no line to read: what does not fit is wrapped by the terminal.
NARROWEST = 20


class _Aside:
    """Standard error for progress and notes: what cannot be written (nobody reads, a full disk) is left out.

    Rich would end the process, and with it the work that is told of.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def console(*, stderr: bool = False, width: int = WIDTH_WITHOUT_TERMINAL, highlight: bool = True) -> "Console":
    """Return a console on standard output, or one on standard error that never stops the work.

    It is as wide as the terminal, or where there is none of the width given. Without a terminal it is plain: notebooks
    set FORCE_COLOR, and colours and redrawn bars would fill their cells and the files that a command is sent to.
    """
    from rich.console import Console

    aside = cast(IO[str], _Aside(sys.stderr)) if stderr and sys.stderr is not None else None
    stream = sys.stderr if stderr else sys.stdout
    terminal = stream is not None and stream.isatty()
    found = Console(stderr=stderr, file=aside, highlight=highlight, force_terminal=None if terminal else False)
    if "COLUMNS" in os.environ:  # one that is no width (0, -5, wide) counts as not given
        found.width = max(NARROWEST, shutil.get_terminal_size((width, 0)).columns)
    elif not found.is_terminal:
        found.width = width
    return found
