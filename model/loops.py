"""The market's kernels as loops for Numba: what each does is said where it is written in NumPy, under the same name.

Numbers must be the same bit for bit, so sums are added up in the same order, nothing is reassociated, and exponentials
stay with NumPy. Positions are unsigned: an index that may be negative costs a comparison each time.
"""

import numpy as np
from numba import literal_unroll, njit

from agents.choice import ROUNDING
from agents.workloads import BINS
from model.plans import CALLS, TASKS, THINKING

U = np.uint64
loop = njit(cache=True, error_model="numpy")


@loop
def lit_of(place, first, firm_of_block, lengths):
    lit = np.empty(len(place), dtype=np.bool_)
    start = 0
    for block in range(len(lengths)):
        end, limit = start + lengths[block], first[firm_of_block[block]]
        ranks, here = place[start:end], lit[start:end]
        for i in range(len(ranks)):
            here[i] = ranks[i] < limit
        start = end
    return lit


@loop
def spread_events(base, limit, enabled, chances, _layer_starts, bounds, called):
    events = base.copy()
    plain, boosted = chances[0], chances[0] + chances[1]
    call = U(0)
    callers = len(bounds) - 1
    for j in range(callers):
        here = min(events[j], limit[j])
        events[j] = here
        sent = here * boosted if enabled[j] else here * plain
        last = U(bounds[j + 1])
        if (last - call) % U(2):
            events[U(called[call])] += sent
            call += U(1)
        while call < last:  # two at a time: a twelfth less time
            events[U(called[call])] += sent
            events[U(called[call + U(1)])] += sent
            call += U(2)
    for i in range(callers, len(events)):
        events[i] = min(events[i], limit[i])
    return events


@loop
def model_tasks(events, enabled, slot, calls_per_event, slots):
    tasks = np.zeros(slots)
    for i in range(len(events)):
        tasks[U(slot[i])] += np.float64(events[i] * calls_per_event) * enabled[i]  # no branch: none could be foreseen
    return tasks


@loop
def over_tiers(counts):
    labs, workloads, tiers, kinds = counts.shape
    total = np.zeros((labs, workloads, kinds), dtype=np.int64)
    for lab in range(labs):
        for w in range(workloads):
            for t in range(tiers):
                for k in range(kinds):
                    total[lab, w, k] += counts[lab, w, t, k]
    return total


@loop
def spread_over_bins(amounts):
    labs, workloads = amounts.shape
    tasks = np.empty((labs, workloads, BINS), dtype=np.int64)
    for lab in range(labs):
        for w in range(workloads):
            count, before = np.int64(np.rint(amounts[lab, w])), np.int64(0)
            for b in range(BINS):
                reached = count * (b + 1) // BINS
                tasks[lab, w, b], before = reached - before, reached
    return tasks


@loop
def counts_of(tasks, reached, per_task, work):
    labs, workloads, bins, tiers = reached.shape
    kinds = per_task.shape[-1]
    counts = np.zeros((labs, workloads, tiers, kinds), dtype=np.int64)
    worked = np.zeros((labs, workloads, tiers))
    for lab in range(labs):
        for w in range(workloads):
            for b in range(bins):
                count, before = tasks[lab, w, b], np.int64(0)
                if count == 0:
                    continue
                for t in range(tiers):
                    bound = min(np.int64(count * reached[lab, w, b, t] + 1e-9), count)
                    run, before = bound - before, bound
                    worked[lab, w, t] += run * work[lab, w, t, b]
                    for k in range(kinds):
                        counts[lab, w, t, k] += run * per_task[lab, w, t, b, k]
    return counts, worked


@loop
def fractions(need, capacity, priority, softness):
    served = np.ones_like(need)
    for lab in range(len(need)):
        total = 0.0
        for amount in need[lab]:
            total += amount
        if total <= capacity[lab]:
            continue
        alike = capacity[lab] / total
        for w in range(need.shape[1]):
            ahead, alongside = 0.0, 0.0
            for other in range(need.shape[1]):
                ahead += need[lab, other] * (priority[lab, other] < priority[lab, w])
                alongside += need[lab, other] * (priority[lab, other] == priority[lab, w])
            left = max(capacity[lab] - ahead, 0.0)
            strict = left / alongside if alongside > left else 1.0
            served[lab, w] = min(softness * alike + (1.0 - softness) * strict, 1.0)
    return served


@loop
def share_out(counts, work, served, patience):
    if served.min() >= 1.0:
        return counts, work, np.zeros_like(counts), np.zeros_like(work)
    taken, waiting = counts.copy(), counts.copy()
    done, later = np.empty_like(work), np.empty_like(work)
    labs, workloads, tiers, kinds = counts.shape
    part, waits = np.empty((labs, workloads, tiers)), np.empty((labs, workloads, tiers))
    for lab in range(labs):
        for w in range(workloads):
            for t in range(tiers):
                part[lab, w, t], waits[lab, w, t] = served[lab, w], patience[w]
                done[lab, w, t] = work[lab, w, t] * served[lab, w]
                later[lab, w, t] = (work[lab, w, t] - done[lab, w, t]) * patience[w]
    amounts, share = taken.ravel(), part.ravel()
    for waits_now in (False, True):
        if waits_now:
            before, amounts, share = amounts, waiting.ravel(), waits.ravel()
            for place in range(len(amounts)):
                amounts[place] -= before[place]
        for first in (0, TASKS, CALLS, THINKING):  # tokens of all kinds together, the others each by itself
            ration(amounts, share, kinds, first, max(first + 1, TASKS))
    return taken, done, waiting, later


@loop
def ration(amounts, part, kinds, first, last):
    """Take a part (n,) of the kinds `first` to `last` of whole amounts (n * kinds,), in place: by largest remainder."""
    cell = np.empty(len(part) * (last - first), dtype=np.int64)
    remainder = np.empty(len(cell))
    found = 0
    total = 0.0
    for i in range(len(part)):
        fraction = part[i]
        if fraction >= 1.0:
            continue
        for place in range(i * kinds + first, i * kinds + last):
            amount = amounts[place]
            if amount == 0:
                continue
            exact = amount * fraction
            whole = min(np.int64(exact), amount)
            if whole < amount:
                cell[found], remainder[found] = place, whole - exact
                total += remainder[found]
                found += 1
            amounts[place] = whole
    missing = np.int64(1e-6 - total)
    if missing <= 0:
        return
    largest = smallest(remainder[:found].copy(), missing - 1)  # the most negative
    for j in range(found):  # no branch: none could be foreseen
        more = remainder[j] < largest
        amounts[cell[j]] += more
        missing -= more
    for j in range(found):
        if missing > 0 and remainder[j] == largest:
            amounts[cell[j]] += 1
            missing -= 1


@loop
def smallest(values, k):
    """Return the value that k others precede in order; reorders the values (quickselect: Hoare 1961)."""
    low, high = 0, len(values)
    while True:
        pivot, less = values[(low + high) // 2], low
        for i in range(low, high):  # no branch either
            value = values[i]
            values[i], values[less] = values[less], value
            less += value < pivot
        if k < less:
            high = less
            continue
        alike = less
        for i in range(less, high):
            value = values[i]
            values[i], values[alike] = values[alike], value
            alike += value == pivot
        if k < alike or alike == low:  # the latter where some are no numbers
            return pivot
        low = alike


@loop
def billed(counts, prices):
    labs, workloads, tiers = counts.shape[:3]
    usd = np.zeros((labs, workloads))
    for lab in range(labs):
        for w in range(workloads):
            for t in range(tiers):
                paid = 0.0
                for k in range(prices.shape[2]):
                    paid += counts[lab, w, t, k] * prices[lab, t, k]
                usd[lab, w] += paid
    return usd


@loop
def balanced(asked, served, kept, lost, opening):
    a, s, k, n, o = asked.ravel(), served.ravel(), kept.ravel(), lost.ravel(), opening.ravel()
    wrong = False  # no way out half-way: several cells are looked at together
    for i in range(len(a)):
        wrong |= (a[i] != s[i] + k[i] + n[i]) | (s[i] < 0) | (k[i] < 0) | (n[i] < 0) | (a[i] < o[i])
    return not wrong


@loop
def prices_seen(list_price, unit_cost, metered, discount, paid, used):
    shape = (len(metered), len(list_price))
    inputs, cached, output = np.empty(shape), np.empty(shape), np.empty(shape)
    for w in range(shape[0]):
        part = paid if metered[w] else used
        for t in range(shape[1]):
            price = (list_price[t] * (1.0 - discount[w]) if metered[w] else unit_cost[t]) * 1e-6
            inputs[w, t], cached[w, t], output[w, t] = price * part[0], price * part[1], price
    return inputs, cached, output


@loop
def write_plan(plan, rows, share, success, best, tokens, calls, effort, context, longer, weights):
    bins, tiers, kinds = tokens.shape[1:]
    for w in range(len(rows)):
        row, run, succeeds, surplus = rows[w], 0.0, 0.0, 0.0
        for b in range(bins):
            called, before = np.int64(np.rint(calls[w, b])), 0.0
            surplus += max(best[w, b], 0.0)
            for t in range(tiers):
                part = share[w, b, t]
                before += part
                run += part
                succeeds += part * success[w, b, t]
                plan.share[row, b, t], plan.reached[row, b, t] = part, before * (1.0 + ROUNDING)
                equivalent, total = 0.0, np.int64(0)
                for k in range(kinds):
                    plan.per_task[row, t, b, k] = tokens[w, b, t, k]
                    total += tokens[w, b, t, k]
                    equivalent += tokens[w, b, t, k] * weights[k]
                plan.per_task[row, t, b, TASKS], plan.per_task[row, t, b, CALLS] = 1, called
                plan.per_task[row, t, b, THINKING] = total if effort[w, b, t] > 0.0 else 0
                plan.work[row, t, b] = equivalent * (longer[w, b] * context[w, b, t] + 1.0)
        plan.success[row] = succeeds / (run if run > 0.0 else 1.0)
        plan.surplus[row], plan.runs[row] = surplus / bins, run / bins


@loop
def expected(plan, prices, rates):
    workloads, bins, tiers = plan.share.shape
    tokens, usd, hours = np.zeros((workloads, bins)), np.zeros((workloads, bins)), np.zeros(workloads)
    for w in range(workloads):
        for t in range(tiers):
            for b in range(bins):
                share, total, paid = plan.share[w, b, t], np.int64(0), 0.0
                for k in range(prices.shape[1]):
                    total += plan.per_task[w, t, b, k]
                    paid += plan.per_task[w, t, b, k] * prices[t, k]
                tokens[w, b] += share * total
                usd[w, b] += share * paid
                hours[w] += share * (plan.work[w, t, b] * rates[t])
    return tokens, usd, hours / bins


@loop
def flows_of(tasks, events, lab, approvals):
    flows = np.zeros_like(tasks)
    organisations, cells = tasks.shape
    agents = cells - BINS
    for i in range(organisations):
        if lab[i] < 0:
            continue
        asked = 0.0
        for cell in range(cells):
            flows[i, cell] = tasks[i, cell] * events[i]
            if cell >= agents:
                asked += flows[i, cell]
        part = min(approvals[i] / max(asked, 1e-9), 1.0)
        for cell in range(agents, cells):
            flows[i, cell] *= part
    return flows


@loop
def not_finite(value):
    """Count numbers that are not finite."""
    flat, wrong = np.asarray(value).ravel(), 0
    for i in range(flat.size):
        wrong += not np.isfinite(flat[i])
    return wrong


@loop
def all_finite(*values):
    wrong = 0
    for value in literal_unroll(values):
        wrong += not_finite(value)
    return wrong == 0


STANDS_FOR: dict[str, str] = {
    "write_plan": "7f597bb5",
    "expected": "169111fd",
    "prices_seen": "d4632bfd",
    "over_tiers": "e379eb1e",
    "spread_over_bins": "445cf73d",
    "counts_of": "7ee9b868",
    "fractions": "f3c0895a",
    "share_out": "896643c4",
    "lit_of": "51289b5d",
    "spread_events": "1f09c8a5",
    "model_tasks": "ee17083c",
    "balanced": "0af58130",
    "all_finite": "c6935c63",
    "flows_of": "8327a96a",
    "billed": "c00e4076",
}
"""Digests of the NumPy versions that these loops were written for."""
