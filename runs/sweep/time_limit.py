"""A limit of wall time for a stretch of Python, in any thread: a Dask worker does its jobs beside its main thread."""

import ctypes
import threading
import time
from typing import Any

# A run ends between two weeks where it can: what is interrupted elsewhere, such as compiling, may be left half done.
GRACE_SECONDS = 10.0
# Python loses what is raised in a callback of its garbage collector, so the end of the time is told again.
AGAIN_SECONDS = 1.0


class RunTimeout(BaseException):
    """The time of a run is over; no `Exception`, which the run itself may catch."""


class TimeLimit:
    """From `start` to `end`: `check` raises `RunTimeout` once `seconds` are over (None: never).

    Where it is not called for `GRACE_SECONDS` more, it is raised in the middle of what this thread does. A
    call that never returns to Python is not interrupted. `fired`: whether that was tried.
    """

    def __init__(self, seconds: float | None) -> None:
        self._thread, self._guard, self._over = threading.get_ident(), threading.Lock(), threading.Event()
        self._seconds, self._began = seconds, time.monotonic()
        self.fired = False

    def start(self) -> None:
        """Begin; what was begun has to be ended, also where this raises `RunTimeout` already."""
        if self._seconds is not None:
            threading.Thread(target=self._watch, args=(self._seconds + GRACE_SECONDS,), daemon=True).start()

    def check(self, _: Any = None) -> None:
        """Raise `RunTimeout` where the time is over."""
        if self._seconds is not None and time.monotonic() - self._began > self._seconds:
            raise RunTimeout

    def _watch(self, wait: float) -> None:
        while not self._over.wait(wait):
            wait = AGAIN_SECONDS
            with self._guard:
                if not self._over.is_set():
                    self.fired = True
                    self._raise(ctypes.py_object(RunTimeout))

    def _raise(self, kind: "ctypes.py_object[type[RunTimeout]] | None") -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), kind)

    def end(self) -> None:
        """Lift the limit; nothing is raised afterwards."""
        while True:
            try:
                with self._guard:
                    self._over.set()
                    self._raise(None)  # one that is on its way
                return
            except RunTimeout:
                continue
