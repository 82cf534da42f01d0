"""The kernels of users as loops for Numba, as in `agents.loops`, and what counts them and developers."""

import numpy as np
from numba import njit

from agents.choice import BELOW_ONE, QUANTA
from agents.philox import fill_uniform
from agents.scans import PIECE, flagged
from agents.users import ROOM

U = np.uint64
loop = njit(cache=True, error_model="numpy")


@loop
def movers(stream, app, peers, contacts, readiness, innovation, imitation, appeal, moves):
    # In single precision and rounded up, so that the exact hazard need be found for few; no branch and no division, so
    # that many rows are looked at together.
    key, place = stream
    always, most = np.float32(innovation * appeal * ROOM), np.float32(imitation * appeal * ROOM)
    least = np.float32(moves * ROOM)
    draw, maybe = np.empty(PIECE, dtype=np.float32), np.zeros(PIECE, dtype=np.uint8)
    eights, places = maybe.view(np.uint64), np.empty(PIECE, dtype=np.uint64)
    rows, held = np.empty(len(app), dtype=np.int64), np.empty(len(app), dtype=np.int8)
    draws, hazards = np.empty(len(app), dtype=np.float32), np.empty(len(app))
    found = 0
    for first in range(0, len(app), PIECE):
        size = min(PIECE, len(app) - first)
        fill_uniform(draw[:size], first, key, place)
        maybe[size:] = 0
        apps, using, known_to, ready = app[first:], peers[first:], contacts[first:], readiness[first:]
        for i in range(size):
            known = np.float32(known_to[i])
            adopts = (always * known + most * np.float32(using[i])) * ready[i]
            maybe[i] = not draw[i] * known > (adopts if apps[i] < 0 else least * known)
        for i in places[: flagged(eights, 0, places, 0)]:
            share = np.float64(using[i]) / np.float64(max(known_to[i], 1))
            hazard = (innovation + imitation * share) * ready[i] * appeal
            rows[found], held[found], draws[found], hazards[found] = first + i, apps[i], draw[i], hazard
            found += not draw[i] >= (hazard if apps[i] < 0 else moves)
    return rows[:found].copy(), held[:found].copy(), draws[:found].copy(), hazards[:found].copy()


@loop
def recount(changed, option_before, level_before, option, level, amounts, total, rows):
    if not len(changed) == len(option_before) == len(level_before) == len(option) == len(level):
        raise ValueError("columns of different lengths")
    options, levels = U(total.shape[0]), U(total.shape[1])
    levels_now, levels_then, asked = level.view(np.uint8), level_before.view(np.uint8), np.empty(len(changed))
    for j in range(len(changed)):  # these lie far apart in memory: many are fetched together
        if not 0 <= changed[j] < len(amounts):
            raise IndexError("a row that there is not")
        asked[j] = np.rint(np.float64(amounts[U(changed[j])]) * QUANTA)
    for j in range(len(changed)):
        was, now, old, new = U(option_before[j] + 1), U(option[j] + 1), U(levels_then[j]), U(levels_now[j])
        if was >= options or now >= options or old >= levels or new >= levels:
            raise IndexError("a row holds an option, or is at a level, that there is not")
        total[was, old] -= asked[j]
        rows[was, old] -= 1
        total[now, new] += asked[j]
        rows[now, new] += 1


@loop
def write_moves(app, paid, peers, starts, contacts, rows, apps):
    left, joined = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    held, paying, pays = np.empty_like(apps), np.empty(len(rows), dtype=np.bool_), np.empty(len(rows), dtype=np.bool_)
    joining, leaving = 0, 0
    for j in range(len(rows)):
        row = rows[j]
        held[j], paying[j] = app[row], paid[row]
        before, after = held[j] >= 0, apps[j] >= 0
        app[row] = apps[j]
        pays[j] = paid[row] = paying[j] & before & after
        joined[joining] = left[leaving] = row
        joining += after & ~before
        leaving += before & ~after
    if len(contacts):
        tell(peers, starts, contacts, joined[:joining], np.uint16(1))
        tell(peers, starts, contacts, left[:leaving], np.uint16(65535))  # one less: unsigned numbers go round
    return held, paying, pays


@loop
def tell(peers, starts, contacts, rows, change):
    """Add `change` to the peers of everybody whom `rows` know.

    Lists of contacts lie far apart in memory: both ends of many are fetched together before any is followed.
    """
    ends = np.empty((128, 2), dtype=contacts.dtype)
    for first in range(0, len(rows), len(ends)):
        block = rows[first : first + len(ends)]
        for j in range(len(block)):
            row = U(block[j])
            ends[j, 0] = contacts[min(starts[row], len(contacts) - 1)]
            ends[j, 1] = contacts[max(starts[row + U(1)] - 1, 0)]
        for row in block:
            for k in range(U(starts[row]), U(starts[row + 1])):
                peers[U(contacts[k])] += change


@loop
def apps_after(candidates, app, uniform, adopts, leaves, switches, reached):
    rows, after = np.empty(len(app), dtype=np.int64), np.empty(len(app), dtype=np.int8)
    found, last = 0, len(reached) - 1
    for i in range(len(app)):
        draw, held = np.float64(uniform[i]), app[i]
        gone = 0.0 if held < 0 else leaves[held]
        moves = adopts[i] if held < 0 else gone + switches
        if draw >= moves:
            continue
        option = 0
        threshold = min((draw - gone) / max(moves - gone, 1e-12), BELOW_ONE) * reached[last]
        for other in range(last):
            option += reached[other] <= threshold
        rows[found], after[found] = candidates[i], -1 if draw < gone else option
        found += 1
    return rows[:found], after[:found]


@loop
def subscriptions_after(app, paid, willingness, first, step, worth, prices):
    rows, pays = np.empty(len(app) // step + 1, dtype=np.int64), np.empty(len(app) // step + 1, dtype=np.bool_)
    found, strange = 0, np.float32(0.0)
    for i in range(first, len(app), step):
        rows[found], pays[found] = i, willingness[i] * worth[app[i]] > prices[np.int64(paid[i])]
        found += (app[i] >= 0) & (pays[found] != paid[i])  # a branch could not be foreseen
        strange += willingness[i] * np.float32(0.0)
    return rows[:found], pays[:found], strange == np.float32(0.0)


STANDS_FOR: dict[str, str] = {
    "recount": "c4b881ef",
    "movers": "7bc41087",
    "apps_after": "6fa92c45",
    "subscriptions_after": "864c8a25",
    "write_moves": "6d8ecc02",
}
"""Digests of the NumPy versions that these loops were written for."""
