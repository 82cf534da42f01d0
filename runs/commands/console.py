"""Consoles that fit the terminal, or are wide enough for tables where there is none."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 120


def console(*, stderr: bool = False) -> "Console":
    """Return a console on standard output or standard error."""
    from rich.console import Console

    found = Console(stderr=stderr)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found = Console(stderr=stderr, width=WIDTH_WITHOUT_TERMINAL)
    return found
