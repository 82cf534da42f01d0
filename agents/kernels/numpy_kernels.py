"""The kernels in NumPy: written to be read, and the definition of what `numba_kernels` computes.

Populations have n rows. Arguments are changed only where the docstring says so.
"""

import threading
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse._sparsetools import csc_matvec

from agents.choice import Floats, Ints, in_quanta, sums_by

__all__ = ["fill_uniform", "model_tasks", "movers", "ration", "recount", "spread_events", "write_moves"]

Mask = NDArray[np.bool_]
Lab = NDArray[np.int8]
Singles = NDArray[np.float32]


class _Philox(threading.local):
    """A generator for each thread: to set its state takes a fraction of the time to make one."""

    def __init__(self) -> None:
        self.generator = np.random.Generator(np.random.Philox(key=0))
        self.fresh: dict[str, Any] = dict(self.generator.bit_generator.state)  # nothing buffered


_PHILOX = _Philox()


def fill_uniform(out: Singles, key: NDArray[np.uint64], counter: int) -> None:
    """Fill `out` (n,) with uniform numbers of a Philox stream: its key (2,) and the upper word of its counter."""
    words = {"key": key, "counter": np.array((0, 0, 0, counter), dtype=np.uint64)}
    _PHILOX.generator.bit_generator.state = {**_PHILOX.fresh, "state": words}
    _PHILOX.generator.random(out=out, dtype=np.float32)


def movers(
    uniform: Singles,
    app: Lab,
    peers: NDArray[np.uint16],
    contacts: NDArray[np.uint16],
    readiness: Singles,
    innovation: float,
    imitation: float,
    appeal: float,
    moves: float,
) -> tuple[Ints, Lab, Singles, Floats]:
    """Return the rows whose draw may lead to something, with their apps, draws and hazards of adoption: all (m,).

    A user's draw does below `moves`, anybody else's below the hazard of adoption: (innovation + imitation x share of
    contacts who use chat) x readiness x appeal. A hazard that is not a number counts as reached. All columns are (n,).
    """
    # First a bound that needs no gather: the hazard of a row whose contacts all use chat, rounded up.
    idle = uniform >= readiness * np.float32((innovation + imitation) * appeal * 1.000001)
    idle &= uniform >= np.float32(moves * 1.000001)
    rows = (~idle).nonzero()[0]
    draws, held = uniform[rows], app[rows]
    share = peers[rows] / np.maximum(contacts[rows], 1)
    hazards = (innovation + imitation * share) * readiness[rows] * appeal
    acts = (~(draws >= np.where(held < 0, hazards, moves))).nonzero()[0]
    return rows[acts], held[acts], draws[acts], hazards[acts]


def write_moves(
    app: Lab,
    paid: Mask,
    peers: NDArray[np.uint16],
    starts: NDArray[np.int32],
    contacts: NDArray[np.int32],
    rows: Ints,
    apps: Lab,
) -> tuple[Lab, Mask, Mask]:
    """Write the new apps (m,) of some rows (m,), each named once, and count them among their contacts' peers.

    `app`, `paid` and `peers` (n,) change in place; a subscription ends unless its holder switches. Row i's contacts are
    `contacts[starts[i]:starts[i + 1]]`. Returns what app and paid were, and what paid is now: all (m,).
    """
    held, paying = app[rows], paid[rows]
    before, after = held >= 0, apps >= 0
    pays = paying & after & before
    app[rows], paid[rows] = apps, pays
    one = np.uint16(1)  # of the column's own type: with a Python number `ufunc.at` is thirty times slower
    for moved, change in ((rows[after & ~before], np.add), (rows[before & ~after], np.subtract)):
        if len(moved):
            change.at(peers, contacts.take(_ranges(starts[moved], starts[moved + 1])), one)
    return held, paying, pays


def _ranges(starts: NDArray[np.int32], ends: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the whole numbers from each start up to, and without, its end: range after range."""
    some = ends > starts
    first, last = starts[some], ends[some]
    lengths = (last - first).cumsum()
    steps = np.ones(lengths[-1:].sum(), dtype=np.int32)
    steps[:1], steps[lengths[:-1]] = first[:1], first[1:] - last[:-1] + 1
    return steps.cumsum(dtype=np.int32)


def recount(
    changed: Ints,
    option_before: Lab,
    level_before: NDArray[Any],
    option: Lab,
    level: NDArray[Any],
    amounts: Singles,
    total: Floats,
    rows: Ints,
) -> None:
    """Bring totals up to date, in place, after some rows (m,), each named once, changed option or level (m,).

    amounts: (n,) of all rows. `total` and `rows` (1 + options, levels) hold sums of amounts in `QUANTA`, and rows; the
    first line is for rows that hold no option (-1) and has no meaning. Raises ValueError or IndexError for an option
    or a level that the totals have no place for.
    """
    amount, levels = in_quanta(amounts[changed]), np.int16(total.shape[1])
    for sign, held, at in ((-1, option_before, level_before), (1, option, level)):
        cell = (held + np.int16(1)) * levels + at
        total += sign * sums_by(cell, amount, total.size).reshape(total.shape)
        rows += sign * np.bincount(cell, minlength=rows.size).reshape(rows.shape)


def ration(counts: Ints, fraction: Floats, together: int) -> Ints:
    """Take a fraction of whole counts, each rounded down or up by one, by largest remainder over all cells.

    counts: (n, k) of n cells; fraction: (n,). The first `together` of the k kinds are rationed together, the others
    each by itself. The total taken is the floor of the exact total, and no cell exceeds its count.
    """
    taken = np.empty_like(counts)
    first = counts[:, :together]
    taken[:, :together] = _ration_each(first.reshape(-1, 1), fraction.repeat(together)).reshape(first.shape)
    taken[:, together:] = _ration_each(counts[:, together:], fraction)
    return taken


def _ration_each(counts: Ints, fraction: Floats) -> Ints:
    """Ration every kind by itself: as `ration` with none together."""
    taken = counts.copy()
    cells = ((fraction < 1.0) & counts.any(axis=1)).nonzero()[0]
    some = counts[cells]
    exact = some * fraction[cells, None]
    whole = np.minimum(exact.astype(np.int64), some)
    remainder = (whole - exact) * (whole < some)  # at most zero, so that the largest comes first
    units = (1e-6 - remainder.sum(axis=0)).astype(np.int64).tolist()
    order = remainder.argsort(axis=0, kind="stable")
    for kind, missing in enumerate(units):
        whole[order[:missing, kind], kind] += 1
    taken[cells] = whole
    return taken


def spread_events(
    base: Singles,
    limit: Singles,
    enabled: Mask,
    chances: Singles,
    layer_starts: Ints,
    bounds: NDArray[np.int32],
    called: NDArray[np.int32],
) -> Singles:
    """Return the events that reach every application per business event of its enterprise: one pass over the layers.

    base, limit, enabled: (n,); chances: (2,) of a call for each event, and what AI adds to it; the rest as in a
    `Cohort`.
    """
    events, starts, ones = base.copy(), layer_starts.tolist(), _ones(len(called).bit_length())
    passed = enabled.astype(np.float32)
    passed *= chances[1]
    passed += chances[0]
    for first, last in pairwise(starts[:-1]):
        np.minimum(events[first:last], limit[first:last], out=events[first:last])
        sent = np.multiply(passed[first:last], events[first:last], out=passed[first:last])
        # A sparse product without the matrix: columns are callers, rows what they call, anywhere in the cohort.
        csc_matvec(len(events), last - first, bounds[first : last + 1], called, ones, sent, events)
    np.minimum(events[starts[-2] :], limit[starts[-2] :], out=events[starts[-2] :])
    return events


@cache
def _ones(bits: int) -> Singles:
    """Return more than enough ones for numbers of `bits` bits: to make them takes a fifth of a pass over the calls."""
    return np.ones(1 << bits, dtype=np.float32)


def model_tasks(events: Singles, enabled: Mask, slot: Ints, calls_per_event: np.float32, slots: int) -> Floats:
    """Return the model tasks of AI-enabled applications added up by `slot`, (slots,); the others are (n,)."""
    ai = enabled.nonzero()[0]
    return sums_by(slot[ai], events[ai] * calls_per_event, slots)
