"""How the spot market clears over contracts, what other tenants take and pay, and what clouds see of it."""

import math

import numpy as np
import pytest

from model import InferenceMarket, Scenario
from model.rent import MOST_CONTRACTED, MOST_OVER_CONTRACTS, clear_rent, follow_need, outside_demand, value_of_clouds
from tests.model.states import TINY

EXACT = 1e-12
SUMS = 1e-9
OPENAI, ANTHROPIC = 0, 1
AZURE, AWS, GOOGLE_CLOUD, META_DC, NEOCLOUD = range(5)
CLOUDS = ("azure", "aws", "google-cloud", "meta-dc", "neocloud")
LIVE = np.full(5, 1000.0)


def market(
    held: dict[tuple[int, int], float] | None = None, sought: float = 0.0, rent: float = 2.0, **changed: float
) -> InferenceMarket:
    """A fleet of 5,000 whose other tenants want 5,000 at the rent of the start, 2 USD, a fifth of them by the week.

    Elasticity one, all the way to the clearing rent in a week, contract rents that follow it by a tenth.
    """
    values = {
        **{f"hyperscaler.{name}.installed_at_start_h100e": 1000.0 for name in CLOUDS},
        "hyperscalers.outside_share_at_start": 1.0, "hyperscalers.outside_serving_at_start": 0.25,
        "hyperscalers.outside_value_factor": 1.0,
        "hyperscalers.outside_serving_follows": 0.5,
        "hyperscalers.outside_serving_memory_weeks": 13.0, "hyperscalers.outside_elasticity": 1.0,
        "hyperscalers.rent_at_start": 2.0, "hyperscalers.spot_share": 0.2, "hyperscalers.rent_speed": 1.0,
        "hyperscalers.rent_floor": 0.1, "hyperscalers.contract_rent_memory_weeks": 10.0,
        **{name.replace("__", "."): value for name, value in changed.items()},
    }  # fmt: skip
    made = InferenceMarket(Scenario.load("baseline").replace({**TINY, **values}), rng=7)
    table = np.zeros_like(made.world.contracts)
    for cell, amount in (held or {}).items():
        table[cell] = amount
    for lab in made.labs:
        lab.contracts, lab.sought_h100e = table[lab.index], 0.0
    made.labs[OPENAI].sought_h100e = sought
    made.world.rent = rent
    return made


def test_a_market_in_balance_keeps_its_rent() -> None:
    """4,000 under contract and 1,000 by the week, of 5,000: all have what they want at 2 USD."""
    made = market()
    clear_rent(made.world, LIVE)
    assert made.world.rent == pytest.approx(2.0, rel=EXACT)
    assert made.world.outside_used == pytest.approx(LIVE, rel=EXACT)
    assert made.world.outside_rent == pytest.approx(2.0, rel=EXACT)


def test_the_spot_rent_makes_up_for_what_contracts_do_not() -> None:
    """6,000 live: 4,000 stay under contract, and 2,000 are let by the week at half the rent."""
    made = market()
    clear_rent(made.world, 1.2 * LIVE)
    assert made.world.rent == pytest.approx(1.0, rel=EXACT)
    assert made.world.contract_rent == pytest.approx(1.9, rel=EXACT)
    assert made.world.outside_wanted == pytest.approx(6000.0, rel=EXACT)


def test_the_smaller_the_spot_share_the_larger_the_swing() -> None:
    """A tenth more of the fleet is a quarter of a market of 2,000, and half of one of 1,000."""
    rents = []
    for share, rent in ((0.4, 2.0 / 1.25), (0.2, 2.0 / 1.5)):
        made = market(hyperscalers__spot_share=share)
        clear_rent(made.world, 1.1 * LIVE)
        assert made.world.rent == pytest.approx(rent, rel=EXACT)
        rents.append(made.world.rent)
    assert rents[1] < rents[0]


def test_the_rent_goes_a_part_of_the_way_in_logarithms() -> None:
    made = market(hyperscalers__rent_speed=0.25)
    clear_rent(made.world, 1.2 * LIVE)
    assert made.world.rent == pytest.approx(2.0 * 0.5**0.25, rel=EXACT)


def test_what_labs_hold_is_not_there_for_others_and_what_they_seek_beyond_bids_for_the_rest() -> None:
    """Labs hold 600 and seek 500 more: others contract 88% of 4,400, and 1,000 + 500 bid for 528 at 2 USD."""
    made = market({(OPENAI, AZURE): 600.0}, sought=1100.0)
    clear_rent(made.world, LIVE)
    free = 4400.0 * (1.0 - MOST_CONTRACTED)
    assert made.world.rent == pytest.approx(2.0 * 1500.0 / free, rel=EXACT)
    assert made.world.outside_used.sum() <= 4400.0 * (1.0 + SUMS)


def test_the_rent_stays_over_running_costs_and_within_what_tenants_can_switch_off() -> None:
    glut, famine = market(hyperscalers__rent_floor=0.8), market()
    clear_rent(glut.world, 9.0 * LIVE)
    assert glut.world.rent == pytest.approx(0.8, rel=EXACT)
    clear_rent(famine.world, 0.01 * LIVE)
    assert famine.world.rent == pytest.approx(2.0 * MOST_OVER_CONTRACTS, rel=EXACT)


def test_training_grows_by_itself_and_what_is_served_with_what_labs_customers_ask_for() -> None:
    """3,750 train, three times as many after growth of ln 3; 1,250 serve, twice as many after a fourfold need."""
    made = market()
    made.world.exogenous.tenants = math.log(3.0)
    made.world.served_need_at_start, made.world.served_need = 10.0, 40.0
    assert outside_demand(made.world) == pytest.approx((3.0 * 3750.0, 2.0 * 1250.0), rel=EXACT)
    clear_rent(made.world, LIVE)
    assert made.world.outside_serving_share == pytest.approx(2500.0 / 13_750.0, rel=EXACT)


def test_compute_that_is_worth_half_as_much_again_is_wanted_by_as_much_more() -> None:
    made = market(hyperscalers__outside_value_factor=1.5)
    assert sum(outside_demand(made.world)) == pytest.approx(7500.0, rel=EXACT)


def test_the_need_of_labs_customers_is_remembered_from_the_first_that_there_is() -> None:
    made = market()
    for need, expected in ((0.0, 0.0), (130.0, 130.0), (260.0, 140.0)):
        made.labs[OPENAI].need_hours = need
        follow_need(made.world)
        assert made.world.served_need == pytest.approx(expected, rel=EXACT)
    assert made.world.served_need_at_start == 130.0


def test_what_clouds_see_is_contracts_unmet_wishes_where_labs_may_go_and_other_tenants() -> None:
    """All at a rent of 1 USD. OpenAI lacks 900: to Azure (1,000 live) and a neocloud (500) as two to one; x 2 USD.

    Others' 5,000 at 2 USD are 10,000 at 1, as live fleets, of 3,500. Anthropic seeks less than it holds.
    """
    made = market({(OPENAI, AZURE): 100.0, (ANTHROPIC, AWS): 300.0}, sought=1000.0)
    made.world.outside_value = 10_000.0
    live = np.array([1000.0, 1000.0, 600.0, 400.0, 500.0])
    labs = np.array([100.0 + 600.0, 300.0, 0.0, 0.0, 300.0])
    assert value_of_clouds(made.world, live) == pytest.approx(2.0 * labs + 10_000.0 * live / 3500.0, rel=EXACT)


def test_week_by_week_others_take_what_labs_leave_and_no_more() -> None:
    made = InferenceMarket(Scenario.load("baseline").replace(TINY), rng=7)
    for _ in range(70):
        live = made.world.fleet.live()
        made.step()
        left = live - made.world.contracts.sum(axis=0)
        assert (made.world.outside_used <= np.maximum(left, 0.0) * (1.0 + SUMS) + 1e-6).all()
        assert made.world.outside_used.sum() <= made.world.outside_wanted * (1.0 + SUMS)
        assert 0.1 < made.world.rent < 20.0
