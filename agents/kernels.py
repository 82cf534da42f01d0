"""Kernels: the functions that take most of a run, each in NumPy and once more as a loop that Numba compiles.

The NumPy version is the definition. Where Numba is installed (the extra `fast`), the loop of the same name in the
package's `loops` stands in for it; it gives the same numbers, bit for bit, so nothing else depends on which one runs.
A loop stands for one text of its function only: whoever changes the function gets what it says, in NumPy.
"""

import functools
import hashlib
import importlib
import linecache
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any, ParamSpec, TypeVar, cast

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
        """Return a digest of the NumPy version and what it calls: the code, and the constants that it reads."""
        functions = (self.plain, *self.calls)
        texts = [_source(function) + str(sorted(_constants(function).items())) for function in functions]
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


def _source(function: Callable[..., Any]) -> str:
    """Return a function's text but for its docstring, from its decorators to the line before one indented as its head.

    `inspect.getsource` would read it as Python does, which takes ten times as long. Comments end nothing.
    """
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)[code.co_firstlineno - 1 :]
    if not lines:
        return ""  # no loop stands for a function without a text
    margin = len(lines[0]) - len(lines[0].lstrip())
    head = next(i for i, line in enumerate(lines) if line.lstrip().startswith("def "))
    within = (" ", ")", "#")
    after = (i for i, line in enumerate(lines) if i > head and line.strip() and not line[margin:].startswith(within))
    body = lines[: next(after, None)]
    if function.__doc__:
        first = next(i for i, line in enumerate(body) if i > head and line.lstrip().startswith('"""'))
        inside = [body[first].lstrip()[3:], *body[first + 1 :]]
        length = next(i for i, line in enumerate(inside, 1) if line.rstrip().endswith('"""'))
        del body[first : first + length]
    return "".join(body).rstrip()


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

    From then on it takes its arguments by position only, as they stand in its head.

    calls: functions that it calls, and that the loop does without.
    """

    def decorate(plain: Callable[P, R]) -> Callable[P, R]:
        known = KERNELS[plain.__name__] = Kernel(plain, loops, calls)

        @functools.wraps(plain)
        def run(*args: Any) -> Any:
            return (known.chosen or known.choose())(*args)

        return cast("Callable[P, R]", run)

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


@contextmanager
def told_of_compiling(tell: Callable[[str], None]) -> Iterator[None]:
    """Call `tell` with the name of each loop that Numba is about to compile, which it does once on a machine."""
    if not compiled():
        yield
        return
    events: Any = importlib.import_module("numba.core.event")

    class Teller(events.Listener):  # type: ignore[misc,unused-ignore]
        def on_start(self, event: Any) -> None:
            function = event.data["dispatcher"].py_func
            if not function.__module__.startswith("numba."):  # which has parts of its own to compile
                tell(function.__name__)

        def on_end(self, event: Any) -> None:
            pass

    with events.install_listener("numba:compile", Teller()):
        yield


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
