"""The agents' kernels as loops for Numba: what each does is said where it is written in NumPy, under the same name.

Numbers must be the same bit for bit, so sums are added up in the same order, nothing is reassociated, and exponentials
stay with NumPy. Positions are unsigned: an index that may be negative costs a comparison each time.
"""

import numpy as np
from numba import njit

from agents.choice import BELOW_ONE
from agents.developers import AGENT
from agents.enterprises import PILOT
from agents.streams import CHUNK
from agents.users import LANES, ROOM
from agents.workloads import BINS

U = np.uint64
loop = njit(cache=True, error_model="numpy")


@loop
def raised(value_usd, difficulty, input_tokens, output_tokens, by, longer, dearer):
    value, harder = np.empty_like(value_usd), np.empty_like(value_usd)
    inputs, outputs = np.empty_like(value_usd), np.empty_like(value_usd)
    for w in range(len(by)):
        for b in range(value_usd.shape[1]):
            value[w, b], harder[w, b] = value_usd[w, b] * dearer[w], difficulty[w, b] + by[w]
            inputs[w, b], outputs[w, b] = input_tokens[w, b] * longer[w], output_tokens[w, b] * longer[w]
    return value, harder, inputs, outputs


@loop
def costs(value_usd, input_tokens, cached_share, output_tokens, input_price, cached_price, output_price, wait):
    workloads, bins = value_usd.shape
    tiers = input_price.shape[1]
    waiting = np.empty((workloads, bins))
    input_cost, output_cost = np.empty((workloads, bins, tiers)), np.empty((workloads, bins, tiers))
    for w in range(workloads):
        for b in range(bins):
            value = value_usd[w, b]
            cached = cached_share[w, b] * input_tokens[w, b]
            fresh = (input_tokens[w, b] - cached) / value
            again = cached / value
            visible = output_tokens[w, b] / value
            waiting[w, b] = visible * wait[w]
            for t in range(tiers):
                input_cost[w, b, t] = fresh * input_price[w, t] + again * cached_price[w, t]
                output_cost[w, b, t] = visible * output_price[w, t]
    return input_cost, output_cost, waiting


@loop
def best_effort(odds, input_cost, output_cost, waiting, efforts, easier, ceiling, available, hurdle):
    surplus, success, effort = np.empty_like(odds), np.empty_like(odds), np.empty_like(odds)
    workloads, bins, tiers = odds.shape
    best, short = np.empty((workloads, bins)), np.empty((workloads, bins, 1 + tiers))
    within = [max(np.searchsorted(efforts, most, side="right"), 1) for most in ceiling]
    for w in range(workloads):
        for b in range(bins):
            best[w, b] = -np.inf
            for t in range(tiers):
                thinking = output_cost[w, b, t] + waiting[w, b]
                answering = input_cost[w, b, t] + output_cost[w, b, t]
                succeeds = 1.0 / (odds[w, b, t] * easier[0] + 1.0)
                top, chosen = succeeds - thinking * efforts[0] - answering, 0
                for e in range(1, within[t]):  # without a branch, since none could be foreseen
                    chance = 1.0 / (odds[w, b, t] * easier[e] + 1.0)
                    gained = chance - thinking * efforts[e] - answering
                    better = gained > top
                    top, succeeds = gained if better else top, chance if better else succeeds
                    chosen = e if better else chosen
                surplus[w, b, t], success[w, b, t], effort[w, b, t] = top, succeeds, efforts[chosen]
                if available[t]:
                    best[w, b] = max(best[w, b], top)
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
def worth_of_context(rows, odds, input_cost, input_tokens, calls, window, gain):
    bins, tiers = odds.shape[1:]
    worth, largest = np.empty((len(rows), bins, tiers)), np.empty((len(rows), bins, tiers))
    for f in range(len(rows)):
        w = rows[f]
        for b in range(bins):
            per_call = input_tokens[w, b] / calls[w, b]
            for t in range(tiers):
                success = 1.0 / (1.0 + odds[w, b, t])
                gained = (success - success * success) * gain / max(input_cost[w, b, t], 1e-15)
                worth[f, b, t], largest[f, b, t] = max(gained, 1.0), max(window[t] / per_call, 1.0)
    return worth, largest


@loop
def lengthen(rows, multiple, easier, input_cost, odds):
    bins, tiers = odds.shape[1:]
    context = np.ones_like(odds)
    for f in range(len(rows)):
        w = rows[f]
        for b in range(bins):
            for t in range(tiers):
                context[w, b, t] = multiple[f, b, t]
                input_cost[w, b, t] *= multiple[f, b, t]
                odds[w, b, t] *= easier[f, b, t]
    return context


@loop
def shares_of(weights):
    workloads, bins, options = weights.shape
    share = np.empty((workloads, bins, options - 1))
    for w in range(workloads):
        for b in range(bins):
            total = 0.0
            for option in range(options):
                total += weights[w, b, option]
            for option in range(1, options):
                share[w, b, option - 1] = weights[w, b, option] / total
    return share


@loop
def movers(draw, app, peers, contacts, readiness, innovation, imitation, appeal, moves):
    # In single precision and rounded up, so that the exact hazard need be found for few; no branch and no division, so
    # that many rows are looked at together.
    always, most = np.float32(innovation * appeal * ROOM), np.float32(imitation * appeal * ROOM)
    least = np.float32(moves * ROOM)
    maybe = np.zeros((len(draw) + 7) // 8 * 8, dtype=np.uint8)
    for i in range(len(draw)):
        known, none = np.float32(contacts[i]), np.uint8(app[i] < 0)
        joins = draw[i] * known <= (always * known + most * np.float32(peers[i])) * readiness[i]
        maybe[i] = (np.uint8(joins) & none) | (np.uint8(draw[i] < least) & ~none)
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
def rerouted(tasks, split, share):
    labs, kinds = tasks.shape
    after = np.empty((labs, kinds))
    for kind in range(kinds):
        total = 0.0
        for lab in range(labs):
            total += tasks[lab, kind]
        for lab in range(labs):
            after[lab, kind] = (1.0 - share) * tasks[lab, kind] + share * split[lab] * total
    return after


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
def with_habit(weights, habit):
    options = len(weights)
    reached = np.empty((options + 1, options))
    for held in range(options + 1):
        total = 0.0
        for option in range(options):
            total += weights[option] * habit if option == held else weights[option]
            reached[held, option] = total
    return reached


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
def add_growth(uniform, noise, fading, born, week):
    for i in range(len(uniform)):
        uniform[i] = (uniform[i] - np.float32(0.5)) * noise + fading[week - born[i]]


@loop
def openings(uniform, births, builder, lab):
    makers = np.empty(len(uniform), dtype=np.int64)
    found = 0
    for i in range(len(uniform)):
        makers[found] = i
        found += (uniform[i] < births) & (builder[i] >= 0)
    free = np.empty(found, dtype=np.int64)
    slots, slot = 0, 0
    while slots < found and slot < len(lab):
        free[slots] = slot
        slots += lab[slot] < 0
        slot += 1
    return makers[:found], free[:slots]


@loop
def fill_slots(slots, labs, traits, audiences, reached, week, lab, kind, bins, born, audience):
    last = len(reached) - 1
    for i in range(len(slots)):
        slot, threshold = slots[i], min(traits[i, 0], BELOW_ONE) * reached[last]
        lab[slot], born[slot], audience[slot] = labs[i], week, audiences[i]
        option = 0
        for other in range(last):
            option += reached[other] <= threshold
        kind[slot], bins[slot] = option, np.uint8(traits[i, 1] * BINS)


@loop
def audience_of(lab, kind, bins, audience, labs):
    total = np.zeros((labs + 1, 3, BINS))
    for i in range(len(lab)):
        if U(lab[i] + 1) > labs or U(kind[i]) >= 3 or bins[i] >= BINS:
            raise IndexError("an app has a lab, a kind or a bin that there is not")
        total[U(lab[i] + 1), U(kind[i]), U(bins[i])] += audience[i]
    return total[1:]


@loop
def count_developers(stage, tool, accounts, builder, reviews, labs):
    users, builders, agents = np.zeros((2, labs + 1, 4), np.int64), np.zeros(labs, np.int64), np.zeros(labs + 1)
    building = np.int64(0)
    for i in range(len(stage)):
        if U(tool[i] + 1) > labs or U(stage[i]) > AGENT or (stage[i] == AGENT and tool[i] < 0):
            raise IndexError("a developer has a tool or a stage that there is not")
        users[U(i & 1), U(tool[i] + 1), U(stage[i])] += 1  # in turns, so that no sum waits for the one before
        agents[U(tool[i] + 1)] += reviews[i] if stage[i] == AGENT else np.float32(0.0)
        building += builder[i] >= 0
    for lab in range(labs):
        held = np.int64(0)
        for i in range(len(accounts)):
            held += (accounts[U(i)] >> lab) & 1
        builders[lab] = held
    return users[0, 1:] + users[1, 1:], builders, agents[1:].copy(), building


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


@loop
def stages_after(uniform, stage, chance, abandon):
    after = stage.copy()
    for i in range(len(stage)):
        if uniform[i] < chance[i]:
            after[i] += 1
        elif stage[i] == PILOT and uniform[i] < chance[i] + abandon:
            after[i] -= 1
    return after


@loop
def seats_after(seats, stage, seat_lab, employees, ability, success, limits, trial, diffusion):
    after = np.empty_like(seats)
    for i in range(len(seats)):
        limit = limits[stage[i]] * (success[seat_lab[i]] if seat_lab[i] >= 0 else 0.0) * employees[i]
        missing = max(1.0 - seats[i] / max(limit, 1e-9), -1.0)
        after[i] = max(seats[i] + (trial * limit + diffusion * seats[i]) * ability[i] * missing, 0.0)
    return after


@loop
def enabled_after(rows, enabled, applications, stage, lab, ability, runs, capacity):
    after = np.empty(len(rows))
    for j in range(len(rows)):
        i = rows[j]
        worth = runs[lab[i]] if lab[i] >= 0 else 0.0
        target = max(worth * applications[i], enabled[i])
        after[j] = min(enabled[i] + capacity[stage[i]] * ability[i] * applications[i], target)
    return after


STANDS_FOR: dict[str, str] = {
    "labs_after": "3f66eba9",
    "with_habit": "d52fc0f5",
    "costs": "6b0bb504",
    "worth_of_context": "ca3bf554",
    "lengthen": "44cada69",
    "shares_of": "361eaa0a",
    "best_effort": "8707a69c",
    "tokens_of": "127a255f",
    "raised": "6b64ab7c",
    "rerouted": "ab225692",
    "tools_after": "5f7dddb1",
    "move_apps": "65d3d019",
    "add_growth": "2a13fcb7",
    "openings": "662075c0",
    "fill_slots": "35f643f5",
    "audience_of": "29e04806",
    "count_developers": "496cfc07",
    "stages_after": "8d7718a9",
    "seats_after": "5874ce9c",
    "enabled_after": "43afe699",
    "movers": "1999416a",
    "apps_after": "c5536567",
    "subscriptions_after": "aa69c3ff",
    "totals_by_app": "f50b8598",
    "tell_contacts": "eb49c817",
}
"""Digests of the NumPy versions that these loops were written for."""
