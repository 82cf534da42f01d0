"""Kernels: the functions that take most of a run, each in NumPy and once more as a loop that Numba compiles.

The NumPy version is the definition. Where Numba is installed (the extra `fast`), the loop of the same name in the
package's `loops` stands in for it; it gives the same numbers, bit for bit, so nothing else depends on which one runs.
"""

import functools
import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

SWITCH = "JEVONS_COMPILED"
"""Set to 0, this variable of the environment keeps to NumPy where Numba is installed."""

P = ParamSpec("P")
R = TypeVar("R")


class Kernel:
    """A function in NumPy (`plain`), its loop, and which of the two runs: none before the first call."""

    wanted = os.environ.get(SWITCH) != "0"
    """Whether kernels run compiled where they can."""

    def __init__(self, plain: Callable[..., Any], loops: str) -> None:
        self.plain = plain
        self.loops = loops
        self.chosen: Callable[..., Any] | None = None

    def loop(self) -> Callable[..., Any]:
        """Return the compiled loop. Raises ImportError where Numba is not installed."""
        loop: Callable[..., Any] = getattr(importlib.import_module(self.loops), self.plain.__name__)
        return loop

    def choose(self) -> Callable[..., Any]:
        """Settle which of the two runs, and return it."""
        self.chosen = self.loop() if compiled() else self.plain
        return self.chosen


KERNELS: dict[str, Kernel] = {}
"""By name, those of the modules imported so far."""


def kernel(loops: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let the decorated function's namesake in the module `loops` stand in for it where Numba is installed."""

    def decorate(plain: Callable[P, R]) -> Callable[P, R]:
        known = KERNELS[plain.__name__] = Kernel(plain, loops)

        @functools.wraps(plain)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            result: R = (known.chosen or known.choose())(*args, **kwargs)
            return result

        return run

    return decorate


def compiled() -> bool:
    """Say whether kernels run compiled: where Numba is installed, works with this NumPy, and is not switched off."""
    return Kernel.wanted and _numba_works()


@contextmanager
def using(compiled: bool) -> Iterator[None]:
    """Run kernels compiled (where Numba is installed) or in NumPy for a while."""
    before = Kernel.wanted
    try:
        _want(compiled)
        yield
    finally:
        _want(before)


def _want(compiled: bool) -> None:
    Kernel.wanted = compiled
    for known in KERNELS.values():
        known.chosen = None


@functools.cache
def _numba_works() -> bool:
    try:
        importlib.import_module("numba")
    except ImportError:  # not installed, or made for another NumPy
        return False
    return True
