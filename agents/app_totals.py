"""What users ask for and how many they are, by app and plan, kept up from week to week."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.choice import QUANTA, Floats, Ints, in_quanta, sums_by
from agents.columns import NotANumberError, Population
from agents.kernels import kernel

NOBODY = -1
"""The app of a row that uses none."""
BITS = 1 << 13
"""Sums of bits by which a changed column is noticed."""


class AppTotals:
    """What users ask for, and how many they are, by app and plan: added up once, then by what has changed since.

    Changes are found by comparing columns with what they were, so that whoever wrote them makes no difference.
    """

    def __init__(self, columns: Population[Any]) -> None:
        self.columns = columns
        self.stale = True
        """Whether rows may have changed since they were last looked at."""
        self._requests = b""
        self._reset(0)

    def of(self, labs: int) -> tuple[Floats, Ints]:
        """Return requests that the rows' time allows by app and plan (L, 2), free and paid; likewise rows.

        Raises NotANumberError where requests are none.
        """
        if self.stale:
            self._look(labs)
            self.stale = False
        return self._found

    def _look(self, labs: int) -> None:
        c, requests = self.columns, _bits(self.columns.requests_bound)
        if requests != self._requests or len(self._rows) != 1 + labs:
            self._reset(labs)
            self._requests = requests
        recount(c.app, c.paid, c.requests_bound, self._app, self._paid, self._asked, self._rows)
        asked, rows = self._asked[1:] / QUANTA, self._rows[1:].copy()
        if not math.isfinite(asked.sum()):
            raise NotANumberError("users.columns.requests_bound")
        self._found = asked, rows

    def _reset(self, labs: int) -> None:
        """Forget everything: as if nobody used any app."""
        self._app = np.full(len(self.columns), NOBODY, dtype=np.int8)
        self._paid = np.zeros(len(self.columns), dtype=np.bool_)
        self._asked, self._rows = np.zeros((1 + labs, 2)), np.zeros((1 + labs, 2), dtype=np.int64)


def _bits(column: NDArray[np.float32]) -> bytes:
    """Return sums of the bits of every `BITS`th value: others, whatever is written, but where two of one sum swap."""
    bits = column.view(np.uint32)
    whole = len(bits) // BITS * BITS
    sums = bits[:whole].reshape(-1, BITS).sum(axis=0, dtype=np.uint32).tobytes() if whole else b""
    return sums + bits[whole:].tobytes()


@kernel("agents.user_loops", sums_by, in_quanta)
def recount(
    app: NDArray[np.int8],
    paid: NDArray[np.bool_],
    amounts: NDArray[np.float32],
    app_before: NDArray[np.int8],
    paid_before: NDArray[np.bool_],
    total: Floats,
    rows: Ints,
) -> None:
    """Bring totals up to date, and what columns were before, in place.

    app, paid, amounts: (n,); total, rows: QUANTA of amounts, and rows, by app and plan (1 + L, 2), free and paid; the
    first two are for rows without an app and have no meaning.
    """
    changed = ((app != app_before) | (paid != paid_before)).nonzero()[0]
    amount = in_quanta(amounts[changed])
    for sign, held, pays in ((-1, app_before, paid_before), (1, app, paid)):
        cell = (held[changed] + np.int16(1)) * np.int16(2) + pays[changed]
        total += sign * sums_by(cell, amount, total.size).reshape(total.shape)
        rows += sign * np.bincount(cell, minlength=rows.size).reshape(rows.shape)
    app_before[changed], paid_before[changed] = app[changed], paid[changed]
