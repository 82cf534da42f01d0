"""Random numbers: one named stream per decision, addressed by (seed, decision, week).

The generator is counter-based (Philox 4x64): the seed and the decision's name make the key, the week is
the upper word of the counter. A stream is therefore computed, not carried along: there is nothing to save,
a decision that draws more or less leaves every other decision's draws alone, and row i gets the same
number however many rows follow it.
"""

import hashlib
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 15
"""Rows of a piece; a multiple of eight, since a step of the generator makes as many numbers."""
SETUP = -1
"""The week of draws made while the model is built."""

Stream = tuple[NDArray[np.uint64], int]
"""A stream's key and the upper word of its counter."""


def pieces(stream: Stream, size: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The numbers of a stream in pieces that stay in a processor's cache: each piece's first row and its numbers.

    The next piece overwrites the one before.
    """
    key, place = stream
    generator = np.random.Generator(np.random.Philox(key=key, counter=(0, 0, 0, place)))
    room = np.empty(min(size, CHUNK), dtype=np.float32)
    for first in range(0, max(size, 1), CHUNK):
        piece = room[: min(CHUNK, size - first)]
        generator.random(out=piece, dtype=np.float32)
        yield first, piece


class Streams:
    """The random streams of one run.

    The same (decision, week) always gives the same numbers, so a decision that needs two independent
    draws a row asks once with size (rows, 2), or uses two names. An instance belongs to one thread.
    """

    __slots__ = ("_fresh", "_generator", "_philox", "_starts", "seed")

    def __init__(self, seed: int) -> None:
        """Prepare the streams of `seed`, any non-negative integer; anything else raises ValueError."""
        self.seed = _seed(seed)
        self._starts: dict[str, Any] = {}  # the generator's state at the start of each decision's set-up stream
        self._philox = np.random.Philox(key=0)
        self._generator = np.random.Generator(self._philox)
        self._fresh: Any = dict(self._philox.state)  # at the start of a stream: nothing buffered

    def uniform(self, decision: str, week: int, size: int | tuple[int, ...]) -> NDArray[np.float32]:
        """Uniform numbers in [0, 1), shape `size`; the first rows do not depend on how many follow."""
        drawn = np.empty(size, dtype=np.float32)
        self._rewind(decision, week)
        self._generator.random(out=drawn, dtype=np.float32)
        return drawn

    def stream(self, decision: str, week: int) -> Stream:
        """What a kernel needs to draw the numbers of `uniform` itself: see `pieces`."""
        return self._start(decision)["state"]["key"], _place(week)

    def generator(self, decision: str, week: int) -> np.random.Generator:
        """A fresh generator at the start of the stream, for draws that are no plain array of uniforms."""
        return np.random.Generator(np.random.Philox(key=self._key(decision), counter=_counter(week)))

    def _rewind(self, decision: str, week: int) -> None:
        start = self._start(decision)
        start["state"]["counter"][3] = _place(week)
        self._philox.state = start

    def _start(self, decision: str) -> Any:
        """The generator's state at the start of a decision's set-up stream, made at the first draw."""
        start: Any = self._starts.get(decision)
        if start is None:
            words = {"key": self._key(decision), "counter": _counter(SETUP)}
            start = self._starts[decision] = {**self._fresh, "state": words}
        return start

    def _key(self, decision: str) -> NDArray[np.uint64]:
        digest = hashlib.blake2b(f"{self.seed}/{decision}".encode(), digest_size=16).digest()
        return np.frombuffer(digest, dtype="<u8").astype(np.uint64)


def _counter(week: int) -> NDArray[np.uint64]:
    return np.array((0, 0, 0, _place(week)), dtype=np.uint64)


def _place(week: int) -> int:
    """The upper word of a week's counter: the set-up takes 0, week w takes w + 1."""
    if week < SETUP:
        raise ValueError(f"week {week}: weeks are counted from 0, and {SETUP} is the set-up")
    return week + 1


def _seed(seed: object) -> int:
    message = f"seed {seed!r}: a seed is a non-negative integer"
    if isinstance(seed, bool | np.bool_):
        raise ValueError(message)
    try:
        value = operator.index(seed)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(message) from None
    if value < 0:
        raise ValueError(message)
    return value
