"""The agents' kernels as loops for Numba: what each does is said where it is written in NumPy, under the same name.

Numbers must be the same bit for bit, so sums are added up in the same order, nothing is reassociated, and exponentials
stay with NumPy. Positions are unsigned: an index that may be negative costs a comparison each time.
"""

import numpy as np
from numba import njit

from agents.choice import BELOW_ONE
from agents.developers import AGENT
from agents.streams import CHUNK
from agents.users import LANES, ROOM
from agents.workloads import BINS

U = np.uint64
loop = njit(cache=True, error_model="numpy")


@loop
def costs(value_usd, input_tokens, cached_share, output_tokens, input_price, cached_price, output_price):
    workloads, bins = value_usd.shape
    tiers = input_price.shape[1]
    input_cost, output_cost = np.empty((workloads, bins, tiers)), np.empty((workloads, bins, tiers))
    for w in range(workloads):
        for b in range(bins):
            value = value_usd[w, b]
            cached = cached_share[w, b] * input_tokens[w, b]
            fresh = (input_tokens[w, b] - cached) / value
            again = cached / value
            visible = output_tokens[w, b] / value
            for t in range(tiers):
                input_cost[w, b, t] = fresh * input_price[w, t] + again * cached_price[w, t]
                output_cost[w, b, t] = visible * output_price[w, t]
    return input_cost, output_cost


@loop
def best_effort(odds, input_cost, output_cost, waiting, efforts, easier, ceiling, available, hurdle):
    surplus, success, effort = np.empty_like(odds), np.empty_like(odds), np.empty_like(odds)
    workloads, bins, tiers = odds.shape
    best, short = np.empty((workloads, bins)), np.empty((workloads, bins, 1 + tiers))
    for w in range(workloads):
        for b in range(bins):
            best[w, b] = -np.inf
            for t in range(tiers):
                thinking = output_cost[w, b, t] + waiting[w, b]
                answering = input_cost[w, b, t] + output_cost[w, b, t]
                for e in range(len(efforts)):
                    if e > 0 and efforts[e] > ceiling[t]:
                        break
                    succeeds = 1.0 / (odds[w, b, t] * easier[e] + 1.0)
                    gained = succeeds - thinking * efforts[e] - answering
                    if e == 0 or gained > surplus[w, b, t]:
                        surplus[w, b, t], success[w, b, t], effort[w, b, t] = gained, succeeds, efforts[e]
                if available[t]:
                    best[w, b] = max(best[w, b], surplus[w, b, t])
            top = max(best[w, b], hurdle[w])
            short[w, b, 0] = hurdle[w] - top
            for t in range(tiers):
                short[w, b, 1 + t] = surplus[w, b, t] - top if available[t] else -np.inf
    return surplus, success, effort, best, short


@loop
def tokens_of(input_tokens, cached_share, output_tokens, context, effort):
    workloads, bins, tiers = context.shape
    tokens = np.empty((workloads, bins, tiers, 4), dtype=np.int64)
    for w in range(workloads):
        for b in range(bins):
            cached = cached_share[w, b] * input_tokens[w, b]
            fresh, visible = input_tokens[w, b] - cached, output_tokens[w, b]
            for t in range(tiers):
                tokens[w, b, t, 0] = np.rint(fresh * context[w, b, t])
                tokens[w, b, t, 1] = np.rint(cached * context[w, b, t])
                tokens[w, b, t, 2] = np.rint(visible)
                tokens[w, b, t, 3] = np.rint(visible * effort[w, b, t])
    return tokens


@loop
def movers(draw, app, peers, contacts, readiness, innovation, imitation, appeal, moves):
    # In single precision and rounded up, so that the exact hazard need be found for few.
    always, most, least = np.float32(innovation * ROOM), np.float32(imitation * ROOM), np.float32(moves * ROOM)
    eager = np.float32(appeal)
    maybe = np.zeros((len(draw) + 7) // 8 * 8, dtype=np.bool_)
    for i in range(len(draw)):
        known = np.float32(max(contacts[i], np.uint16(1)))
        bound = (always + most * (np.float32(peers[i]) / known)) * readiness[i] * eager
        maybe[i] = draw[i] < (bound if app[i] < 0 else least)
    room = np.count_nonzero(maybe)
    rows, hazards = np.empty(room, dtype=np.int64), np.empty(room)
    found = 0
    eights = maybe.view(np.uint64)  # most are nobody at all
    for block in range(len(eights)):
        if eights[block] == 0:
            continue
        for i in range(8 * block, 8 * block + 8):
            if maybe[i]:
                share = np.float64(peers[i]) / np.float64(max(contacts[i], 1))
                hazard = (innovation + imitation * share) * readiness[i] * appeal
                if draw[i] < (hazard if app[i] < 0 else moves):
                    rows[found], hazards[found] = i, hazard
                    found += 1
    return rows[:found], hazards[:found]


@loop
def add_row(total, rows, lane, app, paid, amounts, i):
    """Add a row to its app and plan."""
    cell = U(2 * (app[U(i)] + 1) + paid[U(i)])
    if cell >= total.shape[1]:
        raise IndexError("a row has an app that no lab sells")
    total[U(lane), cell] += amounts[U(i)]
    rows[U(lane), cell] += 1


@loop
def totals_by_app(app, paid, amounts, labs):
    cells = 2 * (labs + 1)
    total, part, rows = np.zeros((LANES, cells)), np.zeros((LANES, cells)), np.zeros((LANES, cells), dtype=np.int64)
    for first in range(0, len(app), CHUNK):
        part[:] = 0.0
        last = min(first + CHUNK, len(app))
        whole = last - (last - first) % LANES
        for start in range(first, whole, LANES):
            for lane in range(LANES):
                add_row(part, rows, lane, app, paid, amounts, start + lane)
        for i in range(whole, last):
            add_row(part, rows, i - whole, app, paid, amounts, i)
        total += part
    for lane in range(1, LANES):
        total[0] += total[lane]
        rows[0] += rows[lane]
    return total[0, 2:].copy().reshape(labs, 2), rows[0, 2:].copy().reshape(labs, 2)


@loop
def tell_contacts(peers, starts, contacts, joined, left):
    if len(contacts):
        tell(peers, starts, contacts, joined, np.uint16(1))
        tell(peers, starts, contacts, left, np.uint16(65535))  # one less: unsigned numbers go round


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
def drawn_from(reached, uniform, held):
    """Draw one option from weights added up option by option, by holder (k + 1, k); -1 holds none."""
    table = reached[held]
    last = len(table) - 1
    threshold = min(uniform, BELOW_ONE) * table[last]
    option = 0
    for other in range(last):
        option += table[other] <= threshold
    return option


@loop
def tools_after(uniform, stage, tool, up, back, looks, reached):
    limit = np.float32((up + back).max() + looks + 1e-6)
    stage, tool = stage.copy(), tool.copy()
    for i in range(len(uniform)):
        if uniform[i] >= limit:
            continue
        now, draw = stage[i], np.float64(uniform[i])
        rises, falls = up[now], back[now]
        if draw < rises:
            stage[i] = now + 1
            if now == 0:
                tool[i] = drawn_from(reached, draw / max(rises, 1e-12), tool[i])
        elif draw < rises + falls:
            stage[i] = now - 1
        elif now > 0:
            rest = (draw - rises - falls) / max(1.0 - rises - falls, 1e-9)
            if rest < looks:
                tool[i] = drawn_from(reached, rest / max(looks, 1e-12), tool[i])
        if stage[i] == 0:
            tool[i] = -1
    return stage, tool


@loop
def labs_after(uniform, held, joins, looks, reached):
    limit = np.float32(max(joins, looks) + 1e-6)
    after = held.copy()
    for i in range(len(uniform)):
        if uniform[i] < limit:
            chance, draw = joins if held[i] < 0 else looks, np.float64(uniform[i])
            if draw < chance:
                after[i] = drawn_from(reached, draw / chance, held[i])
    return after


@loop
def move_apps(uniform, lab, audience, deaths, looks, reached):
    for i in range(len(uniform)):
        draw = np.float64(uniform[i])
        if draw >= deaths + looks or lab[i] < 0:
            continue
        if draw < deaths:
            lab[i], audience[i] = -1, 0.0
        else:
            lab[i] = drawn_from(reached, (draw - deaths) / max(looks, 1e-12), lab[i])


@loop
def audience_of(lab, kind, bins, audience, labs):
    total = np.zeros((labs + 1, 3, BINS))
    for i in range(len(lab)):
        if U(lab[i] + 1) > labs or U(kind[i]) >= 3 or bins[i] >= BINS:
            raise IndexError("an app has a lab, a kind or a bin that there is not")
        total[U(lab[i] + 1), U(kind[i]), U(bins[i])] += audience[i]
    return total[1:]


@loop
def count_developers(stage, tool, accounts, reviews, labs):
    users, builders, agents = np.zeros((2, labs + 1, 4), np.int64), np.zeros(labs, np.int64), np.zeros(labs + 1)
    for i in range(len(stage)):
        if U(tool[i] + 1) > labs or U(stage[i]) > AGENT or (stage[i] == AGENT and tool[i] < 0):
            raise IndexError("a developer has a tool or a stage that there is not")
        users[U(i & 1), U(tool[i] + 1), U(stage[i])] += 1  # in turns, so that no sum waits for the one before
        if stage[i] == AGENT:
            agents[U(tool[i])] += reviews[i]
    for lab in range(labs):
        for held in accounts:
            builders[lab] += (held >> lab) & 1
    return users[0, 1:] + users[1, 1:], builders, agents[:labs]


@loop
def apps_after(app, uniform, adopts, leaves, switches, reached):
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
        rows[found], after[found] = i, -1 if draw < gone else option
        found += 1
    return rows[:found], after[:found]


@loop
def subscriptions_after(app, paid, willingness, first, step, worth, prices):
    rows, pays = np.empty(len(app) // step + 1, dtype=np.int64), np.empty(len(app) // step + 1, dtype=np.bool_)
    found = 0
    for i in range(first, len(app), step):
        rows[found], pays[found] = i, willingness[i] * worth[app[i]] > prices[np.int64(paid[i])]
        found += app[i] >= 0  # a branch could not be foreseen
    return rows[:found], pays[:found]


STANDS_FOR: dict[str, str] = {
    "labs_after": "b2f57ef0",
    "costs": "8a01a257",
    "best_effort": "58242540",
    "tokens_of": "ceefacb0",
    "tools_after": "82f765a2",
    "move_apps": "ee8d5dd2",
    "audience_of": "da72a9b8",
    "count_developers": "aa59aef5",
    "movers": "d222ca71",
    "apps_after": "acd91be0",
    "subscriptions_after": "a755a51f",
    "totals_by_app": "a6e10b55",
    "tell_contacts": "020c236f",
}
"""Digests of the NumPy versions that these loops were written for."""
