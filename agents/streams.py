"""Random numbers: one named stream per decision, addressed by (seed, decision, week).

The generator is counter-based (Philox 4x64): the seed and the decision's name make the key, the week is
the upper word of the counter. A stream is therefore computed, not carried along: there is nothing to save,
a decision that draws more or less leaves every other decision's draws alone, and row i gets the same
number however many rows follow it.
"""

import hashlib
import operator

import numpy as np
from numpy.typing import NDArray

from agents import kernels

SETUP = -1
"""The week of draws made while the model is built."""


class Streams:
    """The random streams of one run.

    The same (decision, week) always gives the same numbers, so a decision that needs two independent
    draws a row asks once with size (rows, 2), or uses two names.
    """

    __slots__ = ("_keys", "seed")

    def __init__(self, seed: int) -> None:
        """Prepare the streams of `seed`, any non-negative integer; anything else raises ValueError."""
        self.seed = _seed(seed)
        self._keys: dict[str, NDArray[np.uint64]] = {}

    def uniform(self, decision: str, week: int, size: int | tuple[int, ...]) -> NDArray[np.float32]:
        """Uniform numbers in [0, 1), shape `size`; the first rows do not depend on how many follow."""
        drawn = np.empty(size, dtype=np.float32)
        kernels.fill_uniform(out=drawn.reshape(-1), key=self._key(decision), counter=_place(week))
        return drawn

    def generator(self, decision: str, week: int) -> np.random.Generator:
        """A fresh generator at the start of the stream, for draws that are no plain array of uniforms."""
        return np.random.Generator(np.random.Philox(key=self._key(decision), counter=(0, 0, 0, _place(week))))

    def _key(self, decision: str) -> NDArray[np.uint64]:
        if decision not in self._keys:
            digest = hashlib.blake2b(f"{self.seed}/{decision}".encode(), digest_size=16).digest()
            self._keys[decision] = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
        return self._keys[decision]


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
