"""Order books: what customers have ordered of makers, as far as it waits, is under way, is done or was cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.choice import Floats

MOST_WEEKS = 420
"""Weeks that works under way may take: bounds of build times and slips keep within."""
OTHERS = "others"
"""Name of the customers that are no hyperscalers."""


@dataclass
class OrderBook:
    """Orders of one trade (chips, shells or power); arrays (M, ...) of makers by customers (C).

    `waiting` (M, S, C) the queue in S stages, the last one next to be served: with several stages a newcomer waits
    behind those who came before, with one all are served alike; `coming` (M, C, weeks) works under way by the week in
    which they are done, going round (no weeks where what leaves the queue is done); `ordered`, `done`, `cancelled`
    (M, C) sums since the start, of which `ordered` holds what had been ordered before; `new` (M,) orders less
    cancellations since makers last looked.
    """

    STATE = ("waiting", "coming", "ordered", "done", "cancelled", "new")

    what: str
    unit: str
    makers: Sequence[str]
    customers: Sequence[str]
    waiting: Floats
    coming: Floats
    ordered: Floats
    done: Floats
    cancelled: Floats
    new: Floats

    @classmethod
    def opened(
        cls,
        what: str,
        unit: str,
        names: tuple[Sequence[str], Sequence[str]],
        queued: Floats,
        under_way: Floats,
        weeks: Sequence[int],
        *,
        stages: int = 1,
    ) -> "OrderBook":
        """Return a book with what makers had on it before: `queued` and `under_way` (M, C), done evenly over `weeks`.

        Where nobody has weeks to build, what leaves the queue is done.
        """
        makers, customers = names
        waiting = np.repeat(queued[:, None, :] / stages, stages, axis=1)
        coming = np.zeros((*queued.shape, MOST_WEEKS if max(weeks, default=0) > 0 else 0))
        for m, many in enumerate(weeks):
            coming[m, :, :many] = under_way[m][:, None] / max(many, 1)
        nothing = np.zeros(queued.shape)
        ordered = waiting.sum(axis=1) + coming.sum(axis=2)
        return cls(
            what, unit, makers, customers, waiting, coming, ordered, nothing, nothing.copy(), np.zeros(len(makers))
        )

    def queued(self) -> Floats:
        """Return what waits, by maker and customer (M, C)."""
        return np.asarray(self.waiting.sum(axis=1))

    def under_way(self) -> Floats:
        """Return what is under way, by maker and customer (M, C)."""
        return np.asarray(self.coming.sum(axis=2))

    def promised(self, week: int, customer: int, makers: Floats | None = None) -> Floats:
        """Return what comes to a customer until 0, 1, 2, ... weeks after `week` (weeks,), of all or some makers."""
        mine = self.coming[:, customer] if makers is None else self.coming[makers > 0.0, customer]
        by_week = mine.sum(axis=0)
        at = (week + 1) % len(by_week)
        return np.concatenate((by_week[at:], by_week[:at])).cumsum()

    def place(self, customer: int, amounts: Floats | Sequence[float]) -> None:
        """Add orders of one customer, by maker (M,), to the end of the queues."""
        self.waiting[:, 0, customer] += amounts
        self.ordered[:, customer] += amounts
        self.new += amounts

    def cancel(self, customer: int, amounts: Floats | Sequence[float]) -> None:
        """Take orders of one customer, by maker (M,), out of the queues: as far as they wait."""
        mine = self.waiting[:, :, customer]
        queued = mine.sum(axis=1)
        taken = np.minimum(amounts, queued)
        mine *= (1.0 - taken / np.maximum(queued, 1e-12))[:, None]
        self.cancelled[:, customer] += taken
        self.new -= taken

    def serve(self, capacity: Floats, rank: Floats | None = None) -> Floats:
        """Take out of the queues what makers can do (M,); return it by customer (M, C).

        Stages are levelled from the last one back, and served from the last one on while a maker can do more; from each
        the most pressing take more, by `rank` (M, C).
        """
        stages = self.waiting.shape[1]
        level = self.waiting.sum(axis=(1, 2)) / stages if stages > 1 else 0.0
        for stage in range(stages - 1, 0, -1):
            missing = np.maximum(level - self.waiting[:, stage].sum(axis=1), 0.0)
            moved = drawn(self.waiting[:, stage - 1], missing, rank)
            self.waiting[:, stage] += moved
            self.waiting[:, stage - 1] -= moved
        served = drawn(self.waiting[:, -1], capacity, rank)
        self.waiting[:, -1] -= served
        for stage in range(stages - 2, -1, -1):
            done = served.sum(axis=1)
            if not (done < capacity).any():
                break
            more = drawn(self.waiting[:, stage], np.maximum(capacity - done, 0.0), rank)
            self.waiting[:, stage] -= more
            served += more
        return served

    def begin(self, amounts: Floats, weeks: Sequence[int], week: int) -> None:
        """Put works (M, C) under way that take so many weeks (at least one) at each maker."""
        for m, many in enumerate(weeks):
            self.coming[m, :, (week + max(many, 1)) % self.coming.shape[2]] += amounts[m]

    def arrive(self, week: int) -> Floats:
        """Return the works that are done this week (M, C)."""
        place = week % self.coming.shape[2]
        arrived = self.coming[:, :, place].copy()
        self.coming[:, :, place] = 0.0
        self.done += arrived
        return arrived

    def look(self) -> Floats:
        """Return orders less cancellations since makers last looked (M,), and note that they did."""
        seen, self.new = self.new, np.zeros(len(self.makers))
        return seen

    def imbalance(self) -> Floats:
        """Return orders less what is in queue, under way, done and cancelled (M, C): zero where no order is lost."""
        return self.ordered - self.queued() - self.under_way() - self.done - self.cancelled


def drawn(source: Floats, amounts: Floats, rank: Floats | None = None) -> Floats:
    """Return what is taken out of `source` (M, C) for `amounts` (M,): pro rata to content times rank, at most all."""
    held = source.sum(axis=1)
    weights, pressing = (source, held) if rank is None else (weighted := source * rank, weighted.sum(axis=1))
    part = np.minimum(amounts, held) / np.maximum(pressing, 1e-12)
    return np.minimum(source, weights * part[:, None])
