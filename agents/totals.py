"""How many rows hold each option at each level, and what they ask for, updated from week to week.

Users hold an app, free or paid; developers a lab's tool, at one of the stages of use.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents import kernels
from agents.choice import NO_LAB, QUANTA, Floats, Ints
from agents.columns import NotANumberError, Population

Held = tuple[NDArray[np.int8], NDArray[Any]]
"""The options of some rows (n,), and their levels (n,)."""


class Totals:
    """Rows, and sums of a fixed trait, by option and level: computed once, then updated with what agents change.

    Where other code can write the columns, all rows are added up again after every change.
    """

    _found: tuple[Floats, Ints] | None

    def __init__(self, columns: Population[Any], names: tuple[str, str], levels: int, trait: str, path: str) -> None:
        """Count by the columns `names`: an option (int8) and a level (of a byte, below `levels`).

        `path` leads from the market to the columns, for errors.
        """
        self.columns = columns
        self.path = f"{path}.{trait}"
        self.levels = levels
        self._option, self._level, self._trait = (getattr(columns.own, name) for name in (*names, trait))
        self._known = False
        self._reset(0)

    def changed(self, rows: Ints, before: Held, after: Held) -> None:
        """Update the totals: what `rows` (n,), each named once, held before and hold now."""
        if self.columns.externally_writable:
            self.forget()
        elif self._known:
            self._recount(rows, before, after)

    def forget(self) -> None:
        """Invalidate the totals: the next request adds up all rows."""
        self._known = False

    def of(self, options: int) -> tuple[Floats, Ints]:
        """Return sums of the trait, and numbers of rows, by option and level: both (options, levels).

        Excludes rows without an option. The totals describe the columns as of the last change. Raises NotANumberError
        where a sum is not finite.
        """
        if not self._known or len(self._rows) != 1 + options:
            self._reset(options)
            rows = (self._option != NO_LAB).nonzero()[0]
            option, level = self._option[rows], self._level[rows]
            self._recount(rows, (np.full_like(option, NO_LAB), np.zeros_like(level)), (option, level))
            self._known = True
        if self._found is None:
            sums = self._sums[1:] / QUANTA
            if not math.isfinite(sum(sums.ravel().tolist())):
                raise NotANumberError(self.path)
            self._found = sums, self._rows[1:].copy()
        return self._found

    def _recount(self, rows: Ints, before: Held, after: Held) -> None:
        kernels.recount(
            changed=rows,
            option_before=before[0],
            level_before=before[1],
            option=after[0],
            level=after[1],
            amounts=self._trait,
            total=self._sums,
            rows=self._rows,
        )
        self._found = None

    def _reset(self, options: int) -> None:
        shape = (1 + options, self.levels)
        self._sums, self._rows = np.zeros(shape), np.zeros(shape, dtype=np.int64)
        self._found = None
