"""A limit of wall time for a stretch of Python, in any thread: a Dask worker does its jobs beside its main thread."""

import ctypes
import threading

# Python loses what is raised in a callback of its garbage collector, so the end of the time is told again.
AGAIN_SECONDS = 1.0


class RunTimeout(BaseException):
    """The time of a run is over; no `Exception`, which the run itself may catch."""


class TimeLimit:
    """From `start` to `end`, raises `RunTimeout` in the thread that made it once `seconds` are over (None: never).

    A call that never returns to Python is not interrupted.
    """

    def __init__(self, seconds: float | None) -> None:
        self._thread, self._guard, self._over = threading.get_ident(), threading.Lock(), threading.Event()
        self._seconds = seconds

    def start(self) -> None:
        """Begin; what was begun has to be ended, also where this raises `RunTimeout` already."""
        if self._seconds is not None:
            threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._over.wait(self._seconds):
            self._seconds = AGAIN_SECONDS
            with self._guard:
                if not self._over.is_set():
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
