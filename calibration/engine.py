"""Whoever runs jobs side by side: the interface that calibration asks for and `runs` provides."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

J = TypeVar("J")
R = TypeVar("R")


class Engine(Protocol):
    """Maps work over jobs in any order; an exception in `work` comes back as an object with `error` and `trace`."""

    def map(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Any]]:
        """Yield each job with its result, or with its failure, as they are done."""
        ...
