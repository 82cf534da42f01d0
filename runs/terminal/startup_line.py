"""A word where a command takes long before it can show anything: imports alone can take seconds on a slow machine."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 2.0
ERASE_LINE = "\r\033[K"


@contextmanager
def early_line(text: str, *, quiet: bool = False, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """On a terminal, show `text` on standard error once the block has taken so long, and take it off at its end."""
    stream = sys.stderr
    if quiet or stream is None or not stream.isatty():  # None where it was closed
        yield
        return
    shown = threading.Event()

    def show() -> None:
        shown.set()
        stream.write(f"{text} ...")
        stream.flush()

    timer = threading.Timer(patience_seconds, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if shown.is_set():
            stream.write(ERASE_LINE)
            stream.flush()
