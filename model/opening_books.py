"""The order books before the first week: what was ordered before, spread over hyperscalers by their fleets."""

import numpy as np

from agents.choice import Floats
from agents.units import WEEKS_PER_MONTH
from model.order_books import OTHERS, OrderBook
from model.parameters import Parameters

BOOK_AT_START = 1.2
"""Chip makers' books at the start, relative to the normal."""
POWER_STAGES = 4
"""Stages of the queues for power: close to first come, first served."""
NEARLY_NOTHING = 1e-12


def chip_book(p: Parameters) -> OrderBook:
    """Return chip makers' books: by what each hyperscaler orders of each line."""
    clouds, makers = tuple(p.hyperscaler), list(p.chip_maker.values())
    wanted = [[one.owner_standing if cloud == one.owner else one.standing for cloud in clouds] for one in makers]
    weights = _shares(p) * np.array(wanted) + NEARLY_NOTHING
    wafers = np.array([BOOK_AT_START * one.normal_book_weeks * one.wafers_per_month for one in makers])
    booked = wafers / WEEKS_PER_MONTH * p.suppliers.h100e_per_wafer
    queued = weights / weights.sum(axis=1, keepdims=True) * booked[:, None]
    names = (tuple(p.chip_maker), clouds)
    return OrderBook.opened("chips", "H100e", names, queued, np.zeros_like(queued), [0] * len(makers))


def shell_book(p: Parameters) -> OrderBook:
    """Return builders' books."""
    builders, share = list(p.builder.values()), _shares(p)
    return OrderBook.opened(
        "shells",
        "MW",
        (tuple(p.builder), tuple(p.hyperscaler)),
        np.outer([one.book_at_start_mw for one in builders], share),
        np.outer([one.under_way_at_start_mw for one in builders], share),
        [int(one.build_weeks * (1.0 + p.suppliers.slip)) for one in builders],
    )


def power_book(p: Parameters) -> OrderBook:
    """Return the books of suppliers of power; other customers come last."""
    ways, share = list(p.power_supplier.values()), _shares(p)
    mine = np.array([one.cloud_share_at_start for one in ways])

    def by_customer(mw: list[float]) -> Floats:
        return np.column_stack((np.outer(mw * mine, share), mw * (1.0 - mine)))

    return OrderBook.opened(
        "power",
        "MW",
        (tuple(p.power_supplier), (*p.hyperscaler, OTHERS)),
        by_customer([one.book_at_start_mw for one in ways]),
        by_customer([one.under_way_at_start_mw for one in ways]),
        [int(one.build_weeks * (1.0 + p.suppliers.slip)) for one in ways],
        stages=POWER_STAGES,
    )


def _shares(p: Parameters) -> Floats:
    """Return hyperscalers' shares of the fleet at the start (H,)."""
    stock = np.array([one.installed_at_start_h100e for one in p.hyperscaler.values()])
    return np.asarray(stock / max(float(stock.sum()), NEARLY_NOTHING))
