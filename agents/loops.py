"""The agents' kernels as loops for Numba: what each does is said where it is written in NumPy, under the same name.

Numbers must be the same bit for bit, so sums are added up in the same order, nothing is reassociated, and exponentials
stay with NumPy. Positions are unsigned: an index that may be negative costs a comparison each time.
"""

import numpy as np
from numba import njit

from agents.choice import BELOW_ONE
from agents.developers import ACCOUNT_BITS
from agents.enterprises import PILOT
from agents.scans import below
from agents.workloads import BINS

U = np.uint64
SIGNS = U(0x8080808080808080)
"""Of eight small numbers at a time, what says that they are negative."""
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
    rows = np.empty(len(uniform), dtype=np.int64)
    acting = below(uniform, np.float32((up + back).max() + looks + 1e-6), rows)
    stages, tools = np.empty(acting, dtype=np.int8), np.empty(acting, dtype=np.int8)
    found = 0
    for row in rows[:acting]:
        i = U(row)
        now, held, draw = stage[i], tool[i], np.float64(uniform[i])
        after, option = now, held
        rises, falls = up[now], back[now]
        if draw < rises:
            after = np.int8(now + 1)
            if now == 0:
                option = drawn_from(reached, draw / max(rises, 1e-12), held)
        elif draw < rises + falls:
            after = np.int8(now - 1)
        elif now > 0:
            rest = (draw - rises - falls) / max(1.0 - rises - falls, 1e-9)
            if rest < looks:
                option = drawn_from(reached, rest / max(looks, 1e-12), held)
        if after == 0:
            option = -1
        rows[found], stages[found], tools[found] = row, after, option
        found += (after != now) | (option != held)
    return rows[:found], stages[:found], tools[:found]


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
    rows = np.empty(len(uniform), dtype=np.int64)
    acting = below(uniform, np.float32(max(joins, looks) + 1e-6), rows)
    labs, found = np.empty(acting, dtype=np.int8), 0
    for row in rows[:acting]:
        i = U(row)
        chance, draw = joins if held[i] < 0 else looks, np.float64(uniform[i])
        if draw < chance:
            rows[found], labs[found] = row, drawn_from(reached, draw / chance, held[i])
            found += 1
    return rows[:found], labs[:found]


@loop
def write_uses(stage, tool, builder, accounts, rows, stages, tools, building, labs):
    tools_before, stages_before = np.empty_like(tools), np.empty_like(stages)
    change, opened, joined = np.zeros(4, dtype=np.int64), np.zeros(ACCOUNT_BITS, dtype=np.int64), 0
    for j in range(len(rows)):
        i = rows[j]
        was, now = U(stage[i]), U(stages[j])
        if was >= len(change) or now >= len(change):
            raise IndexError("a row is at a stage that there is not")
        tools_before[j], stages_before[j] = tool[i], stage[i]
        stage[i], tool[i] = stages[j], tools[j]
        change[now] += 1
        change[was] -= 1
    for j in range(len(building)):
        if not 0 <= labs[j] < ACCOUNT_BITS:
            raise IndexError("a row builds on a lab that there is not")
        i, bit = building[j], np.int64(1) << labs[j]
        joined += builder[i] < 0
        builder[i] = labs[j]
        opened[labs[j]] += accounts[i] & bit == 0
        accounts[i] |= bit
    return tools_before, stages_before, change, joined, opened


@loop
def move_apps(uniform, lab, audience, deaths, looks, reached):
    rows = np.empty(len(uniform), dtype=np.uint64)
    for i in rows[: below(uniform, deaths + looks, rows)]:
        draw = np.float64(uniform[i])
        if lab[i] < 0:
            continue
        if draw < deaths:
            lab[i], audience[i] = -1, 0.0
        else:
            lab[i] = drawn_from(reached, (draw - deaths) / max(looks, 1e-12), lab[i])


@loop
def slots_used(lab):
    used = len(lab)
    while used % 64 and lab[used - 1] < 0:
        used -= 1
    if used % 64 == 0:
        eights = lab[:used].view(np.int64)
        free = np.int64(-1)
        while used and free == -1:
            used -= 64
            for block in range(used // 8, used // 8 + 8):
                free &= eights[block]
        if free != -1:
            used += 64
        while used and lab[used - 1] < 0:
            used -= 1
    return used


@loop
def add_growth(uniform, noise, fading, born, week):
    oldest = U(0)
    for i in range(len(uniform)):
        age = U(week - born[i])
        oldest = max(oldest, age)
        uniform[i] = (uniform[i] - np.float32(0.5)) * noise + fading[min(age, U(len(fading) - 1))]
    if oldest >= len(fading):
        raise IndexError("an app was born in a week that there is not")


@loop
def openings(uniform, births, builder, lab):
    makers = np.empty(len(uniform), dtype=np.int64)
    found = 0
    for i in makers[: below(uniform, births, makers)]:
        makers[found] = i
        found += builder[U(i)] >= 0
    free, eights = np.empty(found, dtype=np.int64), lab[: len(lab) // 8 * 8].view(np.uint64)
    slots, slot = 0, 0
    while slots < found and slot < len(lab):
        if slot % 8 == 0 and slot // 8 < len(eights) and eights[slot // 8] & SIGNS == 0:
            slot += 8  # no slot of these is free
            continue
        free[slots] = slot
        slots += lab[slot] < 0
        slot += 1
    return makers[:found], free[:slots]


@loop
def turned(traits, slots, by):
    seen, place = np.empty((len(slots), 3)), np.empty(len(slots))
    for j in range(len(slots)):
        for trait in range(3):
            moved = np.float64(traits[slots[j], trait]) + by
            seen[j, trait] = moved - np.floor(moved)
        place[j] = min(max(seen[j, 2], 1e-6), 1.0 - 1e-6)
    return seen, place


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
def account_holders(accounts, labs):
    holders = np.empty(labs, np.int64)
    for lab in range(labs):
        count = np.int64(0)
        for i in range(len(accounts)):
            count += (accounts[U(i)] >> lab) & 1
        holders[lab] = count
    return holders


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
        if U(stage[i]) >= len(limits) or U(seat_lab[i] + 1) > len(success):
            raise IndexError("an organisation has a stage or a lab that there is not")
        limit = limits[stage[i]] * (success[seat_lab[i]] if seat_lab[i] >= 0 else 0.0) * employees[i]
        missing = max(1.0 - seats[i] / max(limit, 1e-9), -1.0)
        after[i] = max(seats[i] + (trial * limit + diffusion * seats[i]) * ability[i] * missing, 0.0)
    return after


@loop
def enabled_after(rows, enabled, applications, stage, lab, ability, runs, capacity):
    after = np.empty(len(rows))
    for j in range(len(rows)):
        i = rows[j]
        if U(stage[i]) >= len(capacity) or U(lab[i] + 1) > len(runs):
            raise IndexError("an organisation has a stage or a lab that there is not")
        worth = runs[lab[i]] if lab[i] >= 0 else 0.0
        target = max(worth * applications[i], enabled[i])
        after[j] = min(enabled[i] + capacity[stage[i]] * ability[i] * applications[i], target)
    return after


STANDS_FOR: dict[str, str] = {
    "labs_after": "0e48f999",
    "with_habit": "afbff838",
    "costs": "1d424953",
    "worth_of_context": "fa85da99",
    "lengthen": "4821c729",
    "shares_of": "b9d71a36",
    "best_effort": "6495026d",
    "tokens_of": "1d6e2743",
    "raised": "e9fb9050",
    "move_apps": "a9ad98d6",
    "slots_used": "19696728",
    "add_growth": "1fdee57c",
    "openings": "c649917b",
    "turned": "f8e209c5",
    "fill_slots": "51c6507f",
    "audience_of": "1b183d5c",
    "stages_after": "582a91a1",
    "seats_after": "0c4c4ccc",
    "enabled_after": "550c3177",
    "rerouted": "ab380fd5",
    "tools_after": "1897d44a",
    "write_uses": "a1f51c90",
    "account_holders": "972604d8",
}
"""Digests of the NumPy versions that these loops were written for."""
