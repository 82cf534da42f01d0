"""Recording: every week the books are closed and the week's facts are kept; observables follow from them."""

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats
from agents.developers import AGENT
from agents.workloads import BINS
from model.demand import over_tiers
from model.derive import LAB_FACTS, derive
from model.observables import Block
from model.phase import phase
from model.plans import TOKENS
from model.state import check_finite
from model.traffic import of_organisations

if TYPE_CHECKING:
    from model.market import InferenceMarket

_lab_facts = attrgetter(*LAB_FACTS)


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
        self._kept: dict[str, NDArray[Any]] = {}
        self._first = 0
        self._weeks = 0

    def keep(self, week: int, facts: dict[str, Any]) -> None:
        """Keep the facts of a week, which must follow the one kept before."""
        if self._weeks == self.WEEKS:
            self.settle()
        if not self._kept:
            arrays = {name: np.asarray(value) for name, value in facts.items()}
            self._kept = {name: np.empty((self.WEEKS, *a.shape), dtype=a.dtype) for name, a in arrays.items()}
        if not self._weeks:
            self._first = week
        for name, kept in self._kept.items():
            kept[self._weeks] = facts[name]
        self._weeks += 1

    def settle(self) -> None:
        """Derive and write the observables of the weeks that are kept."""
        if not self._weeks:
            return
        facts = {name: kept[: self._weeks] for name, kept in self._kept.items()}
        weeks = np.arange(self._first, self._first + self._weeks)
        self._weeks = 0
        block = Block()
        derive(self._market, weeks, facts, block)
        self._market.observables.write(int(weeks[0]), block)


def facts_of(market: "InferenceMarket") -> dict[str, Any]:
    """Return what is kept of a week: arrays over labs (L), tiers (T), workloads (W) or hyperscalers (H), and numbers.

    The names are those of the market's own attributes wherever there is one.
    """
    outcome, catalogue, fleet, labs = market.outcome, market.catalogue, market.fleet, len(market.labs)
    return {
        "asked": over_tiers(outcome.asked.counts),
        "served": over_tiers(outcome.served.counts),
        "waiting": over_tiers(outcome.kept.counts),
        "need_hours": outcome.need_hours,
        "used_hours": outcome.used_hours,
        "capacity_hours": market.capacity_hours,
        "hours_per_mtok": market.hours_per_mtok,
        "unit_cost": market.unit_cost,
        "revenue": market.revenue,
        "available": catalogue.available,
        "price": catalogue.price,
        "capability": catalogue.capability,
        "ceiling": catalogue.ceiling,
        "released": catalogue.released,
        "generation": catalogue.generation,
        "labs": [_lab_facts(lab) for lab in market.labs],
        "contracts": market.contracts,
        "installed": fleet.installed,
        "operating": fleet.operating,
        "on_order": fleet.on_order,
        "draw_mw": fleet.draw_mw,
        "live": fleet.live(unlimited=not market.parameters.mechanisms.supply_limits),
        "powered_mw": fleet.powered_mw,
        "waiting_mw": fleet.waiting_mw,
        "outside_used": market.outside_used,
        "capex_paid": market.capex_paid,
        "rent": market.rent,
        "people_per_row": market.people_per_row,
        "users": market.users.app_counts(labs),
        "payers": market.users.payer_counts(labs),
        "developers_per_row": market.developers_per_row,
        "accounts": market.developers.account_counts(labs),
        "builders": market.developers.builders(),
        "agent_users": market.developers.tool_users(labs)[:, AGENT],
        "tool_use": market.developers.stage_shares(),
        "productivity": market.productivity(),
        "apps": np.count_nonzero(market.apps.lab >= 0),
        "apps_without_slot": market.apps_without_slot,
        "adoption": market.enterprises.shares(),
        "enterprises": enterprise_facts(market),
        "organisation_tokens": organisation_tokens(market),
        "application_labs": market.enterprises.columns.lab,
        "seats": market.enterprises.seats_by_lab(labs),
        "ambition": market.ambition,
        "urgency": market.urgency,
        "implementers": market.implementers,
    }


def enterprise_facts(market: "InferenceMarket") -> tuple[float, float]:
    """Return the share of applications that are AI-enabled and the mean amplification over organisations."""
    c = market.enterprises.columns
    weight = c.weight.astype(np.float64)
    enabled = float(c.enabled @ weight) / float(c.applications @ weight)
    return enabled, float(market.graphs.amplification @ weight) / float(weight.sum())


def organisation_tokens(market: "InferenceMarket") -> Floats:
    """Return tokens a week that one organisation of each row is served for its applications (enterprises,).

    Work that had waited is served to those who ask now, in proportion to what they ask for.
    """
    parts = market.demanded.counts, market.outcome.served.counts
    new, served = (counts[:, market.application_rows, :, TOKENS].sum(axis=(2, 3)) for counts in parts)
    of_new = served / np.maximum(new, 1)
    planned = market.application_tokens.reshape(*new.shape, BINS) * of_new[:, :, None]
    return of_organisations(market, planned.reshape(len(new), -1))
