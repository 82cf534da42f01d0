"""The market's kernels as loops for Numba: what each does is said where it is written in NumPy, under the same name.

Numbers must be the same bit for bit, so sums are added up in the same order, nothing is reassociated, and exponentials
stay with NumPy. Positions are unsigned: an index that may be negative costs a comparison each time.
"""

import numpy as np
from numba import njit

U = np.uint64
loop = njit(cache=True, error_model="numpy")


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
                if priority[lab, other] < priority[lab, w]:
                    ahead += need[lab, other]
                elif priority[lab, other] == priority[lab, w]:
                    alongside += need[lab, other]
            left = max(capacity[lab] - ahead, 0.0)
            strict = left / alongside if alongside > left else 1.0
            served[lab, w] = min(softness * alike + (1.0 - softness) * strict, 1.0)
    return served


@loop
def take_counts(counts, fraction):
    taken = counts.copy()
    labs, workloads, tiers, kinds = counts.shape
    part = fraction.ravel()
    size = labs * workloads * tiers
    amounts = taken.reshape(size, kinds)
    ration(amounts[:, :4], part, tiers)
    for kind in range(4, kinds):
        ration(amounts[:, kind : kind + 1], part, tiers)
    return taken


@loop
def ration(amounts, part, tiers):
    """Take a part of whole amounts (n, k), all kinds together, in place: by largest remainder."""
    cell = np.empty(amounts.size, dtype=np.int64)
    remainder = np.empty(amounts.size)
    found = 0
    total = 0.0
    kinds = amounts.shape[1]
    for i in range(len(amounts)):
        fraction = part[i // tiers]
        if fraction >= 1.0:
            continue
        for k in range(kinds):
            amount = amounts[i, k]
            if amount == 0:
                continue
            exact = amount * fraction
            whole = min(np.int64(exact), amount)
            if whole < amount:
                cell[found] = i * kinds + k
                remainder[found] = whole - exact
                total += remainder[found]
                found += 1
            amounts[i, k] = whole
    add_to_largest(amounts, cell[:found], remainder[:found], np.int64(1e-6 - total))


@loop
def add_to_largest(amounts, cell, remainder, missing):
    """Add one to the amounts at the `missing` cells of the largest remainders (the most negative), first come first."""
    if missing <= 0:
        return
    kinds = amounts.shape[1]
    largest = np.partition(remainder, missing - 1)[missing - 1]
    for equal in (False, True):
        for j in range(len(cell)):
            if missing > 0 and (remainder[j] == largest if equal else remainder[j] < largest):
                amounts[cell[j] // kinds, cell[j] % kinds] += 1
                missing -= 1


@loop
def per_task_of(tokens, calls, effort, context, longer, weights):
    workloads, bins, tiers, kinds = tokens.shape
    counts = np.empty((workloads, tiers, bins, 7), dtype=np.int64)
    work = np.empty((workloads, tiers, bins))
    for w in range(workloads):
        for b in range(bins):
            called = np.int64(np.rint(calls[w, b]))
            for t in range(tiers):
                equivalent, total = 0.0, np.int64(0)
                for k in range(kinds):
                    counts[w, t, b, k] = tokens[w, b, t, k]
                    total += tokens[w, b, t, k]
                    equivalent += tokens[w, b, t, k] * weights[k]
                counts[w, t, b, 4], counts[w, t, b, 5] = 1, called
                counts[w, t, b, 6] = total if effort[w, b, t] > 0.0 else 0
                work[w, t, b] = equivalent * (longer[w, b] * context[w, b, t] + 1.0)
    return counts, work


STANDS_FOR: dict[str, str] = {
    "per_task_of": "a8339e65",
    "counts_of": "7c864e44",
    "fractions": "78566443",
    "take_counts": "cdd64cc2",
    "spread_events": "a5b62781",
    "model_tasks": "3f266105",
}
"""Digests of the NumPy versions that these loops were written for."""
