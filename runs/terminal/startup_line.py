"""A word where a command takes long before it can show anything: imports alone can take seconds on a slow machine."""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# How long nothing may be shown on a terminal, and in a log that somebody reads later.
PATIENCE_SECONDS, LOG_PATIENCE_SECONDS = 2.0, 10.0
ERASE_LINE = "\r\033[K"


@contextmanager
def early_line(
    text: str, *, quiet: bool = False, patience_seconds: float | None = None
) -> Iterator[Callable[[], None]]:
    """Show `text` on standard error once the block has taken long; a terminal loses it at the end of the block.

    The block gets a function that ends the line sooner: to be called before the block prints anything itself.
    """
    stream = sys.stderr
    if quiet or stream is None:  # None where it was closed
        yield lambda: None
        return
    terminal, shown = stream.isatty(), threading.Event()

    def write(words: str) -> None:
        with contextlib.suppress(OSError):
            stream.write(words)
            stream.flush()

    def show() -> None:
        shown.set()
        write(f"{text} ..." if terminal else f"{text} ...\n")

    if patience_seconds is None:
        patience_seconds = PATIENCE_SECONDS if terminal else LOG_PATIENCE_SECONDS
    timer = threading.Timer(patience_seconds, show)

    def end() -> None:
        timer.cancel()
        timer.join()
        if shown.is_set() and terminal:
            shown.clear()
            write(ERASE_LINE)

    timer.daemon = True
    timer.start()
    try:
        yield end
    finally:
        end()
