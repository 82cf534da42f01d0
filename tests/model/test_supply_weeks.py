"""Supply over years of a whole market: no order is lost, every limit is a decision, shocks act as they should."""

from functools import cache

import numpy as np
import pytest

from agents.capacity_plan import LIMITS
from model import InferenceMarket, Scenario
from tests.model.states import TINY

PAYERS = (
    "demand.consumer_value_factor", "demand.developer_value_factor", "demand.enterprise_value_factor",
    "enterprises.budget_factor", "hyperscalers.outside_value_factor",
)  # fmt: skip
UNTIL = "2029-12-31"
RICHER, SLUMP, RECOVERY = "2026-01-05", "2027-01-04", "2028-01-03"


def paying(factor: float) -> dict[str, float]:
    """What everybody's work is worth, and organisations' budgets, times a factor."""
    flat = Scenario.load("baseline").parameters.flat()
    return {path: flat[path] * factor for path in PAYERS}


CASES: dict[str, tuple[tuple[str, dict[str, float]], ...]] = {
    "control": (),
    "richer": ((RICHER, paying(1.5)),),
    "slump": ((SLUMP, paying(0.55)), (RECOVERY, paying(1.0))),
    "plant out": (
        (RICHER, {"chip_maker.merchant.output_factor": 0.3}),
        ("2026-07-06", {"chip_maker.merchant.output_factor": 1.0}),
    ),
    "queues": (
        (RICHER, {"power_supplier.grid.output_factor": 0.5, "power_supplier.turbines.expansion": 0.0}),
        ("2026-01-12", {"power_supplier.engines.expansion": 0.0, "power_supplier.sites.output_factor": 0.5}),
    ),
}


@cache
def run(case: str) -> InferenceMarket:
    """A small market to the end of 2029."""
    scenario = Scenario.load("baseline").replace(TINY, changes=CASES[case]).replace(until=UNTIL)
    return InferenceMarket(scenario, rng=3).run()


def at(case: str, observable: str, day: str, entity: str = "market") -> float:
    """A series on a day."""
    market = run(case)
    return float(market.observables.series(observable, entity)[market.clock.week_of(day)])


@pytest.mark.parametrize("case", CASES)
def test_no_order_is_lost_and_nothing_is_negative_or_explodes(case: str) -> None:
    """The books are checked every week; here against what came in the end."""
    world = run(case).world
    chips = world.chip_book
    assert chips.ordered == pytest.approx(chips.queued() + chips.done + chips.cancelled, rel=1e-9, abs=1e-3)
    connected = world.power_book.done[:, :-1].sum(axis=0)
    opening = world.fleet.connected_mw - connected
    assert (opening > 0.0).all()  # what was there before the first week, and nothing else
    assert opening == pytest.approx(1.25 * np.array([100.0] * 5), rel=3.0)
    for name in ("rent", "power", "shells", "live_compute", "installed_compute", "ordered_compute"):
        values = run(case).observables.series(name)
        assert (values >= 0.0).all()
        assert np.isfinite(values).all()
    assert run(case).observables.series("rent").max() < 20.0
    assert run(case).observables.series("power").max() < 2e6


def test_what_holds_capacity_down_is_always_one_of_the_decisions() -> None:
    """Each week and hyperscaler has one limit; chips and power or shells each bind somebody, and so does capital."""
    market = run("control")
    seen: dict[str, set[str]] = {}
    for name in ("capacity_limit", "orders_limit"):
        for cloud in market.world.constants.cloud_names:
            shares = np.array([market.observables.series(name, cloud, limit) for limit in LIMITS])
            assert (shares.sum(axis=0) == 1.0).all()
            assert set(np.unique(shares)) <= {0.0, 1.0}
        whole = np.array([market.observables.series(name, "market", limit) for limit in LIMITS])
        assert whole.sum(axis=0) == pytest.approx(1.0)
        seen[name] = {limit for limit, share in zip(LIMITS, whole, strict=True) if share.max() > 0.0}
    assert {"chips", "shells"} <= seen["capacity_limit"]
    assert {"power", "shells", "chips", "capital"} <= seen["capacity_limit"] | seen["orders_limit"]


def test_more_willingness_to_pay_brings_rents_at_once_and_power_after_years() -> None:
    """Half as much again: rents jump within months; power hardly moves in one, and does in two and four years."""
    ratios = [at("richer", "power", day) / at("control", "power", day) for day in ("2026-12-28", "2027-12-27", UNTIL)]
    assert at("richer", "rent", "2026-07-06") > 1.2 * at("control", "rent", "2026-07-06")
    assert 0.99 < ratios[0] < 1.05 < ratios[2] < 1.6
    assert ratios[0] < ratios[1]


def test_a_slump_of_a_year_lowers_rents_cancels_orders_and_leaves_less_power() -> None:
    """Rents fall by a third or more; orders go; two years on there is less power than without."""
    assert at("slump", "rent", "2027-12-27") < 2.0 / 3.0 * at("control", "rent", "2027-12-27")
    slump, control = (run(case).observables for case in ("slump", "control"))
    week = run("slump").clock.week_of(RECOVERY)
    booked = [each.series("ordered_compute")[week : week + 78].mean() for each in (slump, control)]
    assert booked[0] < 0.67 * booked[1]
    cancelled = [run(case).world.power_book.cancelled.sum() for case in ("slump", "control")]
    assert cancelled[0] > 3.0 * cancelled[1]
    assert slump.series("power")[-1] < control.series("power")[-1]


def test_while_a_plant_is_out_fewer_chips_come_and_buyers_wait() -> None:
    """Half a year at 30% of the leader's output: fewer chips installed at its end, a longer book, a dearer chip."""
    assert at("plant out", "installed_compute", "2026-06-29") < 0.9 * at("control", "installed_compute", "2026-06-29")
    for observable in ("chip_book", "chip_price"):
        now = [at(case, observable, "2026-07-06", "merchant") for case in ("plant out", "control")]
        assert now[0] > 1.02 * now[1]


def test_makers_that_do_not_expand_and_utilities_that_connect_half_as_much_leave_less_power() -> None:
    assert at("queues", "power", "2026-06-29") <= at("control", "power", "2026-06-29")
    assert at("queues", "power", UNTIL) < 0.9 * at("control", "power", UNTIL)
    # A year after power falls short; later fewer chips are ordered too, and a market as small as this has its own luck.
    first, last = (run("queues").clock.week_of(day) for day in ("2026-12-28", "2027-06-28"))
    rents = [run(case).observables.series("rent")[first:last].mean() for case in ("queues", "control")]
    assert rents[0] > 1.05 * rents[1]


def test_the_horizon_may_be_the_end_of_2030() -> None:
    scenario = Scenario.load("baseline").replace(TINY, until="2030-12-31")
    market = InferenceMarket(scenario, rng=1).run()
    assert market.clock.weeks_total == 418
    assert np.isfinite(market.observables.frame().value).all()
