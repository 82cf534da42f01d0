"""A limit of wall time for a block of Python, in any thread: a Dask worker does its jobs beside its main thread."""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class RunTimeout(BaseException):
    """The time of a run is over."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `RunTimeout` inside the block once it has taken so long; None sets no limit.

    A call that never returns to Python is not interrupted.
    """
    if seconds is None:
        yield
        return
    thread, guard, over, fired = threading.get_ident(), threading.Lock(), False, False

    def fire() -> None:
        nonlocal fired
        with guard:
            if not over:
                fired = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(RunTimeout))

    timer = threading.Timer(seconds, fire)
    timer.daemon = True
    timer.start()
    try:
        yield
    except RunTimeout:
        fired = False  # it has arrived
        raise
    finally:
        with guard:
            over = True
        timer.cancel()
        while fired:  # it is on its way, and must not arrive after the block
            time.sleep(0.001)
