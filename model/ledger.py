"""The books: double entry between sectors, and the checks that every week of every run must pass."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats, Ints, any_of, split_at
from model.allocation import Allocation
from model.demand import Demand
from model.errors import ConservationError, OutgrownError
from model.fleet import Delivery
from model.order_books import OrderBook
from model.plans import Plans

SECTORS = ("consumers", "vendors", "employers", "enterprises", "firms",  # the customers of labs
           "consultancies", "tenants", "advertisers", "investors",
           "households", "utilities")  # fmt: skip
PREFIX = {"labs": "lab", "clouds": "cloud", "chip_makers": "chip", "power_suppliers": "power", "builders": "builder"}
"""What the names of accounts begin with, by group."""
RELATIVE = 1e-9
FIELDS = ("tokens", "tasks", "calls", "thinking")
MOST_TOKENS = 2.0**63
"""From here on counts of 64 bits go round."""


class Ledger:
    """Payments of the week between accounts (sectors, labs, hyperscalers, suppliers), and the cash of each (USD).

    Every payment has a payer and a payee, so cash sums to zero over all accounts for ever. Cash counts from zero: what
    an actor owns at the start is paid to it by the investors.
    """

    STATE = ("cash", "paid")

    def __init__(
        self, labs: Sequence[str], hyperscalers: Sequence[str], suppliers: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """`suppliers`: names by group, chip_makers, power_suppliers and builders."""
        groups, accounts = {"customers": slice(0, 5)}, [*SECTORS]
        members = {"labs": labs, "clouds": hyperscalers, **(suppliers or {})}
        for group, names in members.items():
            groups[group] = slice(len(accounts), len(accounts) + len(names))
            accounts += [f"{PREFIX[group]}.{name}" for name in names]
        self.accounts = tuple(accounts)
        self.of: Mapping[str, int] = {name: i for i, name in enumerate(self.accounts)}
        self._place = groups | {name: slice(i, i + 1) for name, i in self.of.items()}
        self.cash = np.zeros(len(self.accounts))
        self.paid = np.zeros((len(self.accounts), len(self.accounts)))

    def open_week(self) -> None:
        """Start the week's payments at nothing."""
        self.paid[:] = 0.0

    def pay(self, payer: str, payee: str, usd: float) -> None:
        """Book a payment (USD); a negative one goes the other way."""
        i, j = self.of[payer], self.of[payee]
        if usd < 0.0:
            i, j, usd = j, i, -usd
        self.paid[i, j] += usd

    def pay_each(self, payers: str, payees: str, usd: Floats) -> None:
        """Book payments (USD, none negative) between accounts or groups of them (see PREFIX, and customers).

        usd: (payers, payees), or (n,) where one side is a single account.
        """
        block = self.paid[self._place[payers], self._place[payees]]
        block += usd.reshape(block.shape)

    def received(self, account: str, payers: Sequence[str] | None = None) -> float:
        """Return what an account received this week, from everybody or from some."""
        column = self.paid[:, self.of[account]]
        return float(column.sum()) if payers is None else sum(float(column[self.of[name]]) for name in payers)

    def received_by_each(self, accounts: str, payers: Sequence[str]) -> Floats:
        """Return what each of a group of accounts received this week from some accounts or groups (n,)."""
        place = self._place[accounts]
        column = self.paid[:, place]
        received = np.zeros(column.shape[1])
        for payer in payers:
            received += column[self._place[payer]].sum(axis=0)
        return received

    def spent(self, account: str, payees: Sequence[str] | None = None) -> float:
        """Return what an account paid this week, to everybody or to some."""
        row = self.paid[self.of[account]]
        return float(row.sum()) if payees is None else sum(float(row[self.of[name]]) for name in payees)

    def balance(self, account: str) -> float:
        """Return the cash of an account as booked so far, this week's payments included."""
        return float(self.balances(account)[0])

    def balances(self, accounts: str) -> Floats:
        """Return the cash of a group of accounts (n,), or of one, as booked so far."""
        place = self._place[accounts]
        return self.cash[place] + self.paid[:, place].sum(axis=0) - self.paid[place].sum(axis=1)

    def net_received(self, accounts: str) -> Floats:
        """Return receipts less payments of the week so far of a group of accounts (n,)."""
        place = self._place[accounts]
        return np.asarray(self.paid[:, place].sum(axis=0) - self.paid[place].sum(axis=1))

    def close_week(self, week: int) -> None:
        """Move cash by the week's payments and check that it sums to zero over accounts."""
        received = self.paid.sum(axis=0)
        change = received - self.paid.sum(axis=1)
        self.cash += change
        scale = max(sum(received.tolist()), *map(abs, self.cash.tolist()), 1.0)
        sums = (("payments of the week", sum(change.tolist())), ("cash of all accounts", sum(self.cash.tolist())))
        for name, amount in sums:
            if not abs(amount) <= RELATIVE * scale:
                raise ConservationError(week, f"ledger, {name}", amount)


def check_countable(
    week: int, tasks: Ints, plans: Plans, work: Floats, least_work: float, names: tuple[Sequence[str], Sequence[str]]
) -> None:
    """Check that the tokens of a week's new tasks (L, W, B) are fewer than counts of 64 bits can hold.

    work: (L, W, T) Mtok that these tasks take, at least `least_work` a token; names: labs, workloads. Raises
    OutgrownError naming the largest cell.
    """
    if work.sum() < MOST_TOKENS * 1e-6 * least_work:
        return  # most weeks: what follows takes long
    run = split_at(tasks, plans.reached).swapaxes(2, 3).astype(np.float64)
    tokens = (run * plans.tokens.sum(axis=-1)).sum(axis=-1)
    if tokens.max() >= MOST_TOKENS:
        raise OutgrownError(week, _cell("tokens", tokens == tokens.max(), *names)[0])


def check_allocation(
    week: int, outcome: Allocation, opening: Demand, capacity: Floats, names: tuple[Sequence[str], Sequence[str]]
) -> None:
    """Check tokens and GPU-hours of the week; raises ConservationError naming week, cell and amount.

    asked = served + kept + lost exactly, nothing negative; GPU-hours used <= capacity (L,) per lab. `opening` is last
    week's backlog, of which every token is in `asked`; names: labs, workloads. Raises OutgrownError where all tokens
    together, or those of a cell with its backlog, which are negative then, passed the largest whole number.
    """
    labs, workloads = names
    asked = outcome.asked
    parts = asked.counts, outcome.served.counts, outcome.kept.counts, outcome.lost.counts
    if asked.tokens.sum(dtype=np.float64) >= MOST_TOKENS:
        raise OutgrownError(week, "tokens of all labs")
    imbalances = _imbalances(*parts, opening.counts)
    if any(amounts.any() for amounts in imbalances):
        _refuse_outgrown(week, asked, labs, workloads)
        for amounts in imbalances:
            _refuse_count(week, Demand(amounts, outcome.asked.work), labs, workloads)
    used = outcome.used_hours.sum(axis=(1, 2))
    over = used - capacity * (1.0 + RELATIVE)
    if any_of(over > 1e-6):
        lab = int(over.argmax())
        raise ConservationError(week, f"GPU-hours of {labs[lab]}", float(over[lab]))


def _imbalances(asked: Ints, served: Ints, kept: Ints, lost: Ints, opening: Ints) -> tuple[Ints, Ints]:
    """Return by how much counts do not add up, and what is negative of them: both zero in books that are in order."""
    least = np.minimum(np.minimum(served, kept), np.minimum(lost, asked - opening))
    return asked - served - kept - lost, np.minimum(least, 0)


def _refuse_count(week: int, amounts: Demand, labs: Sequence[str], workloads: Sequence[str]) -> None:
    """Raise ConservationError for the first count that is not zero."""
    for field in FIELDS:
        counts = getattr(amounts, field)
        if counts.any():
            where, cell = _cell(field, counts, labs, workloads)
            raise ConservationError(week, where, float(counts[cell]))


def _refuse_outgrown(week: int, asked: Demand, labs: Sequence[str], workloads: Sequence[str]) -> None:
    """Raise OutgrownError where something asked for is negative: no week asks for less than nothing."""
    for field in FIELDS:
        counts = getattr(asked, field)
        if (counts < 0).any():
            raise OutgrownError(week, _cell(field, counts < 0, labs, workloads)[0])


def _cell(
    field: str, wanted: NDArray[Any], labs: Sequence[str], workloads: Sequence[str]
) -> tuple[str, tuple[int, ...]]:
    """Return the name and the place of the first cell (L, W, T, ...) that is true, or not zero."""
    cell = tuple(int(i) for i in np.argwhere(wanted)[0])
    return f"{field} of {labs[cell[0]]}, {workloads[cell[1]]}, tier {cell[2]}", cell


def check_fleet(
    week: int,
    opening: Floats,
    closing: Floats,
    delivery: Delivery,
    contracts: Floats,
    live: Floats,
    names: Sequence[str],
) -> None:
    """Check capacity by hyperscaler: opening + delivered - retired = closing, and contracts within the live fleet."""
    gap = opening + delivery.chips.sum(axis=0) - delivery.retired - closing
    scale = np.maximum(closing, 1.0)
    for what, amounts in (
        ("capacity", np.abs(gap) - RELATIVE * scale),
        ("contracts", contracts - live * (1.0 + RELATIVE)),
    ):
        if any_of(amounts > 1e-6):
            h = int(amounts.argmax())
            raise ConservationError(week, f"{what} of {names[h]} (H100e)", float(amounts[h]))


def check_orders(week: int, book: OrderBook) -> None:
    """Check a book: orders = in queue + under way + done + cancelled by maker and customer, and nothing negative.

    Raises ConservationError naming week, cell and amount.
    """
    scale = RELATIVE * np.maximum(book.ordered, 1.0)
    least = np.minimum(book.waiting.min(axis=1), np.minimum(book.done, book.cancelled))
    lost, negative = np.abs(book.imbalance()), -least
    if (np.maximum(lost, negative) <= scale).all():
        return
    for what, amounts in (("orders", lost), ("negative orders", negative)):
        if not (amounts <= scale).all():
            m, c = (int(i) for i in np.argwhere(~(amounts <= scale))[0])
            where = f"{what} of {book.what} by {book.customers[c]} at {book.makers[m]} ({book.unit})"
            raise ConservationError(week, where, float(amounts[m, c]))
