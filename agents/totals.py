"""How many rows hold each option at each level, and what they ask for, kept up from week to week.

Users hold an app, free or paid; developers a lab's tool, at one of the stages of use.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.choice import QUANTA, Floats, Ints, in_quanta, sums_by
from agents.columns import NotANumberError, Population
from agents.kernels import kernel

NOTHING = -1
"""The option of a row that holds none."""
BITS = 1 << 13
"""Sums of bits by which a changed column is noticed."""


class Totals:
    """Rows, and sums of a fixed trait, by option and level: added up once, then by what has changed since.

    Changes are found by comparing columns with what they were, so that whoever wrote them makes no difference.
    """

    def __init__(self, columns: Population[Any], names: tuple[str, str], levels: int, trait: str, path: str) -> None:
        """Count by the columns `names`: an option (int8) and a level (of a byte, below `levels`).

        `path` leads from the market to the columns, for errors.
        """
        self.columns = columns
        self.names = *names, trait
        self.levels = levels
        self.path = path
        self.stale = True
        """Whether rows may have changed since they were last looked at."""
        self._bits = b""
        self._reset(0)

    def of(self, options: int) -> tuple[Floats, Ints]:
        """Return sums of the trait by option and level (options, levels), those of no option left out; likewise rows.

        Raises NotANumberError where the sums are none.
        """
        if self.stale:
            self._look(options)
            self.stale = False
        return self._found

    def _look(self, options: int) -> None:
        option, level, trait = (self.columns.columns[name] for name in self.names)
        bits = _bits_of(trait)
        if bits != self._bits or len(self._rows) != 1 + options:
            self._reset(options)
            self._bits = bits
        recount(option, level, trait, self._option, self._level, self._sums, self._rows)
        sums, rows = self._sums[1:] / QUANTA, self._rows[1:].copy()
        if not math.isfinite(sum(sums.ravel().tolist())):
            raise NotANumberError(f"{self.path}.{self.names[2]}")
        self._found = sums, rows

    def _reset(self, options: int) -> None:
        """Forget everything: as if nobody held anything."""
        self._option = np.full(len(self.columns), NOTHING, dtype=np.int8)
        self._level = np.zeros(len(self.columns), dtype=self.columns.columns[self.names[1]].dtype)
        shape = (1 + options, self.levels)
        self._sums, self._rows = np.zeros(shape), np.zeros(shape, dtype=np.int64)


def _bits_of(column: NDArray[np.float32]) -> bytes:
    """Return sums of the bits of every `BITS`th value: others, whatever is written, but where two of one sum swap."""
    bits = column.view(np.uint32)
    whole = len(bits) // BITS * BITS
    sums = bits[:whole].reshape(-1, BITS).sum(axis=0, dtype=np.uint32).tobytes() if whole else b""
    return sums + bits[whole:].tobytes()


@kernel("agents.user_loops", sums_by, in_quanta)
def recount(
    option: NDArray[np.int8],
    level: NDArray[Any],
    amounts: NDArray[np.float32],
    option_before: NDArray[np.int8],
    level_before: NDArray[Any],
    total: Floats,
    rows: Ints,
) -> None:
    """Bring totals up to date, and what columns were before, in place.

    option, level (of a byte), amounts: (n,); total, rows: QUANTA of amounts, and rows, by option and level
    (1 + options, levels), of which the first are for rows that hold none and have no meaning.
    """
    changed = ((option != option_before) | (level != level_before)).nonzero()[0]
    amount, levels = in_quanta(amounts[changed]), np.int16(total.shape[1])
    for sign, held, at in ((-1, option_before, level_before), (1, option, level)):
        cell = (held[changed] + np.int16(1)) * levels + at[changed]
        total += sign * sums_by(cell, amount, total.size).reshape(total.shape)
        rows += sign * np.bincount(cell, minlength=rows.size).reshape(rows.shape)
    option_before[changed], level_before[changed] = option[changed], level[changed]
