"""The generator of the random streams as a loop for Numba: the numbers of NumPy's Philox, in half of the time."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

U = np.uint64
LOW = U(0xFFFFFFFF)
# Philox 4x64: multipliers and increments of the key (Salmon, Moraes, Dror, Shaw 2011), with NumPy's ten rounds.
MULTIPLY = U(0xD2E7470EE14C6C93), U(0xCA5A826395121157)
INCREASE = U(0x9E3779B97F4A7C15), U(0xBB67AE8584CAA73B)
ROUNDS = 10


def _upper_half(_context, a, b):
    """Return the upper 64 of the 128 bits of a product."""

    def generate(_context, builder, _signature, factors):
        wide, narrow = ir.IntType(128), ir.IntType(64)
        a, b = (builder.zext(factor, wide) for factor in factors)
        return builder.trunc(builder.lshr(builder.mul(a, b), ir.Constant(wide, 64)), narrow)

    return types.uint64(a, b), generate


upper_half: Any = intrinsic(_upper_half)


@njit(cache=True, inline="always")  # a third less time than where the compiler decides
def random_words(step, place, key_a, key_b):
    """Return the four words of a step of the generator."""
    a, b, c, d = step, U(0), U(0), place
    for _ in range(ROUNDS):
        upper, lower = upper_half(MULTIPLY[0], a), MULTIPLY[0] * a
        a, b = upper_half(MULTIPLY[1], c) ^ b ^ key_a, MULTIPLY[1] * c
        c, d = upper ^ d ^ key_b, lower
        key_a += INCREASE[0]
        key_b += INCREASE[1]
    return a, b, c, d


@njit(cache=True)
def write_two(out, at, word):
    """Write the two numbers that NumPy's Generator makes of a word."""
    unit = np.float32(2.0**-24)
    out[at] = np.float32(np.int32((word & LOW) >> U(8))) * unit
    out[at + 1] = np.float32(np.int32(word >> U(40))) * unit


@njit(cache=True, inline="always")
def write_eight(out, at, step, place, key_a, key_b):
    """Write the numbers of a step of the generator."""
    a, b, c, d = random_words(step, place, key_a, key_b)
    write_two(out, at, a)
    write_two(out, at + 2, b)
    write_two(out, at + 4, c)
    write_two(out, at + 6, d)


@njit(cache=True)
def fill_uniform(out, first, key, place):
    """Fill `out` with the numbers of a stream from the one at `first`, a multiple of eight, on."""
    step, steps, place = U(first // 8 + 1), len(out) // 8, U(place)
    key_a, key_b = key[0], key[1]  # `out` might overlap with them, for all that the compiler knows
    for i in range(steps):
        write_eight(out, 8 * i, step + U(i), place, key_a, key_b)
    if 8 * steps < len(out):
        last = np.empty(8, dtype=np.float32)
        write_eight(last, 0, step + U(steps), place, key_a, key_b)
        out[8 * steps :] = last[: len(out) - 8 * steps]
