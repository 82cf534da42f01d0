"""Recording: every week the books are closed and the week's facts are kept; observables follow from them."""

from typing import TYPE_CHECKING

import numpy as np

from model.derive import derive
from model.facts import Facts, Table, facts_of
from model.observables import Block
from model.phase import phase
from model.state import check_finite

if TYPE_CHECKING:
    from model.market import InferenceMarket


@phase(reads="everything", writes="the week's facts")
def record(market: "InferenceMarket") -> None:
    """Close the books of the week and keep its facts, from which the observables are derived when somebody looks."""
    market.ledger.close_week(market.clock.week)
    check_finite(market)
    market.recorder.keep(market.clock.week, facts_of(market))


class Recorder:
    """The facts of the weeks whose observables are still to be derived, an array a fact (weeks, ...).

    Deriving many weeks at once costs little more than deriving one: so facts wait until somebody looks at the
    observables, until parameters change, or until there are as many as fit.
    """

    WEEKS = 320

    def __init__(self, market: "InferenceMarket") -> None:
        self._market = market
        self._kept: tuple[Table, ...] = ()
        self._first = 0
        self._weeks = 0

    def keep(self, week: int, facts: Facts) -> None:
        """Keep the facts of a week, which must follow the one kept before."""
        if self._weeks == self.WEEKS:
            self.settle()
        if not self._kept:
            arrays = map(np.asarray, facts)
            self._kept = tuple(np.empty((self.WEEKS, *array.shape), dtype=array.dtype) for array in arrays)
        if not self._weeks:
            self._first = week
        for kept, fact in zip(self._kept, facts, strict=True):
            kept[self._weeks] = fact
        self._weeks += 1

    def settle(self) -> None:
        """Derive and write the observables of the weeks that are kept."""
        if not self._weeks:
            return
        facts = Facts(*(kept[: self._weeks] for kept in self._kept))
        weeks = np.arange(self._first, self._first + self._weeks)
        self._weeks = 0
        block = Block()
        derive(self._market, weeks, facts, block)
        self._market.observables.write(int(weeks[0]), block)
