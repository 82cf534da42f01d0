"""Loops for Numba that look through columns for the few rows that matter, many rows at a time."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

U = np.uint64
PIECE = 2048
"""Rows that are looked at before any that matters is followed; a multiple of eight."""
loop = njit(cache=True, error_model="numpy")


def _trailing_zeros(_context, bits):
    """Return how many zeros there are below a number's lowest bit, which it must have."""

    def generate(_context, builder, _signature, numbers):
        return builder.cttz(numbers[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(bits), generate


trailing_zeros: Any = intrinsic(_trailing_zeros)


@loop
def below(numbers, limit, rows):
    """Write the rows whose number is below a limit, and return how many these are: few, or this takes long."""
    flags = np.zeros(PIECE, dtype=np.uint8)
    eights = flags.view(np.uint64)
    some = 0
    for first in range(0, len(numbers), PIECE):
        piece = numbers[first : first + PIECE]
        for i in range(len(piece)):
            flags[i] = piece[i] < limit
        flags[len(piece) :] = 0
        some = flagged(eights, first, rows, some)
    return some


@loop
def flagged(eights, first, rows, some):
    """Write rows, from `first` on, whose byte is one (others are zero), after `some`; return how many there are."""
    for block in range(len(eights)):
        bits = eights[block]
        while bits != 0:
            rows[some] = U(first + 8 * block) + (trailing_zeros(bits) >> U(3))
            some += 1
            bits &= bits - U(1)
    return some
