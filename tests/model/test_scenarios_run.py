"""Every scenario that comes with the model runs, takes its changes up, and keeps the accounts closed every week."""

import datetime as dt

import numpy as np
import pytest

from model import InferenceMarket, Scenario
from tests.model.states import TINY

HALF_YEAR = dt.date(2023, 7, 3)
EXPECTED = {
    "baseline", "unlimited-supply", "chip-squeeze", "power-squeeze", "price-war", "capability-plateau", "no-agents",
    "no-thinking", "recession",
}  # fmt: skip


def early(name: str) -> Scenario:
    """A scenario at tiny scale whose dated changes come after half a year, in their order."""
    shipped = Scenario.load(name)
    changes = tuple((HALF_YEAR + dt.timedelta(weeks=i), values) for i, (_, values) in enumerate(shipped.changes))
    return shipped.replace(TINY, changes=changes)


def check_accounts(market: InferenceMarket) -> None:
    """Check the latest week: tokens, GPU-hours, capacity and money."""
    outcome = market.world.outcome
    for field in ("tokens", "tasks", "calls"):
        parts = (outcome.asked, outcome.served, outcome.kept, outcome.lost)
        asked, served, kept, lost = (getattr(part, field) for part in parts)
        assert np.array_equal(asked, served + kept + lost)
        assert min(asked.min(), served.min(), kept.min(), lost.min()) >= 0
    assert (outcome.used_hours.sum(axis=(1, 2)) <= market.world.capacity_hours * (1.0 + 1e-9) + 1e-6).all()
    unlimited = not market.parameters.mechanisms.supply_limits
    live = market.world.fleet.live(unlimited=unlimited)
    assert (market.world.contracts.sum(axis=0) <= live * (1.0 + 1e-9) + 1e-6).all()
    assert (live <= market.world.fleet.operating + 1e-6).all()
    for book in (market.world.chip_book, market.world.shell_book, market.world.power_book):
        accounted = book.queued() + book.under_way() + book.done + book.cancelled
        assert book.ordered == pytest.approx(accounted, rel=1e-9, abs=1e-6)
        assert min(book.waiting.min(), book.under_way().min(), book.cancelled.min()) >= -1e-6
    cash = market.world.ledger.cash
    assert abs(cash.sum()) <= 1e-9 * max(np.abs(cash).max(), market.world.ledger.paid.sum())


def test_the_promised_scenarios_are_there() -> None:
    assert set(Scenario.names()) >= EXPECTED


@pytest.mark.parametrize("name", Scenario.names())
def test_a_scenario_runs_a_year_with_its_accounts_closed_and_its_changes_in_force(name: str) -> None:
    scenario = early(name)
    market = InferenceMarket(scenario, rng=3).run("2023-12-31", progress=check_accounts)
    assert market.clock.week == 52
    frame = market.observables.frame()
    assert np.isfinite(frame.value).all()
    served = frame[(frame.observable == "tokens_served") & (frame.entity == "market") & (frame.segment == "all")]
    assert (served.value > 0.0).all()
    expected = dict(scenario.overrides)
    for _, values in scenario.changes:
        expected |= values
    flat = market.parameters.flat()
    assert {path: flat[path] for path in expected} == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", Scenario.names())
def test_a_scenario_runs_to_its_end_with_its_accounts_closed(name: str) -> None:
    market = InferenceMarket(Scenario.load(name).replace(TINY), rng=3).run(progress=check_accounts)
    assert market.clock.finished
    assert (market.observables.series("tokens_served") > 0.0).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in Scenario.names() if name != "unlimited-supply"])
def test_no_lab_owes_more_than_weeks_of_its_bill_for_compute(name: str) -> None:
    """Nobody lends to labs: a tenth of the largest yearly bill at most.

    In the price war a third: nine tenths of revenue are lost, and a tenth of contracts ends every four weeks.
    """
    bill: dict[str, float] = {}
    most = 1.0 / 3.0 if name == "price-war" else 0.1

    def check_debts(market: InferenceMarket) -> None:
        for lab in market.labs:
            bill[lab.name] = max(bill.get(lab.name, 0.0), lab.spent_per_year)
            assert lab.cash >= -most * bill[lab.name]

    InferenceMarket(Scenario.load(name).replace(TINY), rng=3).run(progress=check_debts)
