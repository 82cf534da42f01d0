"""Kernels: the functions that take most of a run, each in NumPy and once more as a loop that Numba compiles.

The NumPy version is the definition. Where Numba is installed (the extra `fast`), the loop of the same name in the
package's `loops` stands in for it; it gives the same numbers, bit for bit, so nothing else depends on which one runs.
A loop stands for one text of its function only: whoever changes the function gets what it says, in NumPy.
"""

import functools
import hashlib
import importlib
import inspect
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any, ParamSpec, TypeVar

SWITCH = "JEVONS_COMPILED"
"""Set to 0, this variable of the environment keeps to NumPy where Numba is installed."""

P = ParamSpec("P")
R = TypeVar("R")


class Kernel:
    """A function in NumPy (`plain`), its loop, and which of the two runs: none before the first call."""

    wanted = os.environ.get(SWITCH) != "0"
    """Whether kernels run compiled where they can."""

    def __init__(self, plain: Callable[..., Any], loops: str, calls: tuple[Callable[..., Any], ...]) -> None:
        self.plain = plain
        self.loops = loops
        self.calls = calls
        self.chosen: Callable[..., Any] | None = None

    def loop(self) -> Callable[..., Any]:
        """Return the compiled loop. Raises ImportError where Numba is not installed."""
        loop: Callable[..., Any] = getattr(importlib.import_module(self.loops), self.plain.__name__)
        return loop

    def text(self) -> str:
        """Return a digest of the NumPy version and what it calls: the texts, and the constants that they read."""
        functions = (self.plain, *self.calls)
        texts = [inspect.getsource(function) + str(sorted(_constants(function).items())) for function in functions]
        return hashlib.blake2b("".join(texts).encode(), digest_size=4).hexdigest()

    def stands(self) -> bool:
        """Say whether the loop was written for the NumPy version as it is."""
        known: dict[str, str] = importlib.import_module(self.loops).STANDS_FOR
        return known.get(self.plain.__name__) == self.text()

    def choose(self) -> Callable[..., Any]:
        """Settle which of the two runs, and return it; warns where a loop no longer stands for its function."""
        self.chosen = self.plain
        if compiled():
            if self.stands():
                self.chosen = self.loop()
            else:
                name = f"{self.plain.__module__}.{self.plain.__name__}"
                warnings.warn(f"{name} has changed and has no compiled loop any more: it runs in NumPy", stacklevel=4)
        return self.chosen


def _constants(function: Callable[..., Any]) -> dict[str, str]:
    """Return the numbers and texts of its module that a function reads, by name."""
    codes: list[CodeType] = [function.__code__]
    for code in codes:
        codes += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    names = {name for code in codes for name in code.co_names}
    values = {name: value for name, value in function.__globals__.items() if name in names}
    return {name: str(value) for name, value in values.items() if isinstance(value, int | float | str | tuple)}


KERNELS: dict[str, Kernel] = {}
"""By name, those of the modules imported so far."""


def kernel(loops: str, *calls: Callable[..., Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let the decorated function's namesake in the module `loops` stand in for it where Numba is installed.

    calls: functions that it calls, and that the loop does without.
    """

    def decorate(plain: Callable[P, R]) -> Callable[P, R]:
        known = KERNELS[plain.__name__] = Kernel(plain, loops, calls)

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
