"""Kernels: the few functions that take most of a run, in NumPy and, where Numba is installed, compiled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def told_of_compiling(tell: Callable[[str], None]) -> Iterator[None]:
    """Call `tell` with the name of each kernel that is about to be compiled."""
    del tell
    yield
