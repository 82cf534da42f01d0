"""The kernels as loops that Numba compiles: what each does is said in `numpy_kernels`, under the same name.

Results are the same bit for bit: sums are added up in the same order, and exponentials stay with NumPy. Positions are
unsigned in the inner loops: Numba checks at each access whether a signed one counts from the end.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from agents.choice import QUANTA
from agents.kernels.numpy_kernels import __all__ as __all__  # noqa: PLC0414 - the same names

U = np.uint64
# Philox 4x64: multipliers and increments of the key (Salmon, Moraes, Dror, Shaw 2011), with NumPy's ten rounds.
MULTIPLY = U(0xD2E7470EE14C6C93), U(0xCA5A826395121157)
INCREASE = U(0x9E3779B97F4A7C15), U(0xBB67AE8584CAA73B)
ROUNDS = 10
PIECE = 4096
"""Numbers drawn at a time, in the processor's cache; a multiple of eight."""
loop = njit(cache=True, error_model="numpy")


def _upper_half(_context, a, b):
    """Return the upper 64 of the 128 bits of a product."""

    def generate(_context, builder, _signature, factors):
        wide, narrow = ir.IntType(128), ir.IntType(64)
        a, b = (builder.zext(factor, wide) for factor in factors)
        return builder.trunc(builder.lshr(builder.mul(a, b), ir.Constant(wide, 64)), narrow)

    return types.uint64(a, b), generate


upper_half: Any = intrinsic(_upper_half)


@njit(cache=True, inline="always")
def philox(a, d, key_a, key_b):
    """Return the four words of a step of the generator; a, d: lowest and highest word of its counter."""
    b, c = U(0), U(0)
    for _ in range(ROUNDS):
        upper, lower = upper_half(MULTIPLY[0], a), MULTIPLY[0] * a
        a, b = upper_half(MULTIPLY[1], c) ^ b ^ key_a, MULTIPLY[1] * c
        c, d = upper ^ d ^ key_b, lower
        key_a += INCREASE[0]
        key_b += INCREASE[1]
    return a, b, c, d


@loop
def fill_uniform(out, key, counter):
    key_a, key_b, counter = key[0], key[1], U(counter)
    words = np.empty(PIECE // 2, dtype=np.uint64)
    halves = words.view(np.uint32)  # NumPy's Generator makes two numbers of a word, the lower half first
    for first in range(0, len(out), PIECE):
        piece = out[first : first + PIECE]
        for step in range((len(piece) + 7) // 8):
            four = philox(U(first // 8 + step + 1), counter, key_a, key_b)
            words[4 * step], words[4 * step + 1], words[4 * step + 2], words[4 * step + 3] = four
        for i in range(len(piece)):
            piece[i] = np.float32(np.int32(halves[i] >> np.uint32(8))) * np.float32(2.0**-24)


@loop
def movers(uniform, app, peers, contacts, readiness, innovation, imitation, appeal, moves):
    most, least = np.float32((innovation + imitation) * appeal * 1.000001), np.float32(moves * 1.000001)
    rows, held = np.empty(len(app), dtype=np.int64), np.empty(len(app), dtype=np.int8)
    draws, hazards = np.empty(len(app), dtype=np.float32), np.empty(len(app))
    found = 0
    for i in range(len(app)):
        draw = uniform[i]
        if draw >= readiness[i] * most and draw >= least:
            continue
        share = np.float64(peers[i]) / np.float64(max(contacts[i], 1))
        hazard = (innovation + imitation * share) * readiness[i] * appeal
        rows[found], held[found], draws[found], hazards[found] = i, app[i], draw, hazard
        found += not draw >= (hazard if app[i] < 0 else moves)
    return rows[:found].copy(), held[:found].copy(), draws[:found].copy(), hazards[:found].copy()


@loop
def write_moves(app, paid, peers, starts, contacts, rows, apps):
    held, paying, pays = np.empty_like(apps), np.empty(len(rows), dtype=np.bool_), np.empty(len(rows), dtype=np.bool_)
    change = np.empty(len(rows), dtype=np.uint16)
    for j in range(len(rows)):
        row = rows[j]
        held[j], paying[j] = app[row], paid[row]
        before, after = held[j] >= 0, apps[j] >= 0
        pays[j] = paying[j] and before and after
        app[row], paid[row] = apps[j], pays[j]
        change[j] = 65535 if before and not after else after and not before  # one less: unsigned numbers go round
    for j in range(len(rows)):
        if change[j]:
            for k in range(U(starts[U(rows[j])]), U(starts[U(rows[j]) + U(1)])):
                peers[U(contacts[k])] += change[j]
    return held, paying, pays


@loop
def recount(changed, option_before, level_before, option, level, amounts, total, rows):
    options, levels = total.shape
    for j in range(len(changed)):
        was, now, old, new = option_before[j] + 1, option[j] + 1, np.int64(level_before[j]), np.int64(level[j])
        known = 0 <= was < options and 0 <= now < options and 0 <= old < levels and 0 <= new < levels
        if not known or not 0 <= changed[j] < len(amounts):
            raise IndexError("a row, an option or a level that there is not")
        amount = np.rint(np.float64(amounts[changed[j]]) * QUANTA)
        total[was, old] -= amount
        rows[was, old] -= 1
        total[now, new] += amount
        rows[now, new] += 1


@loop
def ration(counts, fraction, together):
    cells, kinds = counts.shape
    taken = counts.copy()
    cell, kind = np.empty(counts.size, dtype=np.int64), np.empty(counts.size, dtype=np.int64)
    remainder = np.empty(counts.size)
    first, last = 0, max(together, 1)
    while first < kinds:
        found, total = 0, 0.0
        for i in range(cells):
            if fraction[i] >= 1.0:
                continue
            for k in range(first, last):
                exact = counts[i, k] * fraction[i]
                taken[i, k] = min(np.int64(exact), counts[i, k])
                if taken[i, k] < counts[i, k]:
                    cell[found], kind[found], remainder[found] = i, k, taken[i, k] - exact
                    total += remainder[found]
                    found += 1
        missing = np.int64(1e-6 - total)
        if missing > 0:  # of equal remainders the first cells come first
            bound = np.partition(remainder[:found], missing - 1)[missing - 1]
            equal = missing - (remainder[:found] < bound).sum()
            for j in range(found):
                takes = remainder[j] < bound or (remainder[j] == bound and equal > 0)
                equal -= takes and remainder[j] == bound
                taken[cell[j], kind[j]] += takes
        first, last = last, last + 1
    return taken


@loop
def spread_events(base, limit, enabled, chances, layer_starts, bounds, called):  # noqa: ARG001 - NumPy needs them
    events, callers, call = base.copy(), len(bounds) - 1, U(0)
    plain, boosted = chances[0], chances[0] + chances[1]
    for j in range(callers):
        events[j] = min(events[j], limit[j])
        sent, last = events[j] * (boosted if enabled[j] else plain), U(bounds[j + 1])
        if (last - call) % U(2):
            events[U(called[call])] += sent
            call += U(1)
        while call < last:  # two at a time: a tenth less time
            events[U(called[call])] += sent
            events[U(called[call + U(1)])] += sent
            call += U(2)
    for j in range(callers, len(events)):
        events[j] = min(events[j], limit[j])
    return events


@loop
def model_tasks(events, enabled, slot, calls_per_event, slots):
    tasks = np.zeros(slots)
    for i in range(len(events)):
        tasks[U(slot[i])] += np.float64(events[i] * calls_per_event) * enabled[i]  # quicker than a branch
    return tasks
