"""How labs contract, and what moves on by itself."""

import functools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.choice import Floats
from agents.units import WEEKS_PER_YEAR
from model import InferenceMarket, Scenario
from model.capacity import _contract, fit_contracts
from model.exogenous_growth import ExogenousGrowth, GrowthRates
from tests.model.states import TINY

EXACT = 1e-12
SUMS = 1e-9  # relative error of sums and differences of a few amounts
OPENAI, ANTHROPIC, GOOGLE, META, OPEN = range(5)
AZURE, AWS, GOOGLE_CLOUD, META_DC, NEOCLOUD = range(5)
CLOUDS = ("azure", "aws", "google-cloud", "meta-dc", "neocloud")
CONTRACT_SHARE, PARENT_SHARE = 0.75, 0.6
LIVE = np.full(5, 1000.0)


def market(held: dict[tuple[int, int], float] | None = None, **changed: float | bool) -> InferenceMarket:
    """A small market in which labs hold so much (H100e by lab and cloud), and seek no more."""
    names: dict[str, float | bool] = {
        "hyperscalers.contract_share": CONTRACT_SHARE,
        "lab.google.parent_share": PARENT_SHARE,
        **{name.replace("__", "."): value for name, value in changed.items()},
    }
    made = InferenceMarket(Scenario.load("baseline").replace({**TINY, **names}), rng=7)
    table = np.zeros_like(made.world.contracts)
    for cell, amount in (held or {}).items():
        table[cell] = amount
    for lab in made.labs:
        lab.contracts, lab.sought_h100e = table[lab.index], 0.0
    return made


# labs' contracts ------------------------------------------------------------------------------------------------------


def contracted(made: InferenceMarket, lab: int, sought: float, live: Floats = LIVE) -> list[float]:
    """What a lab holds by cloud after it sought so much."""
    _contract(made.world, made.labs[lab], sought, live)
    assert made.labs[lab].held_h100e == pytest.approx(made.world.contracts[lab].sum(), rel=EXACT)
    return [float(amount) for amount in made.world.contracts[lab]]


def test_a_lab_takes_what_it_seeks_in_proportion_to_what_its_clouds_may_still_let() -> None:
    """Three quarters of 1,000 at AWS, less the 600 that Google holds at Google's: 750 and 150 for 450 sought."""
    made = market({(GOOGLE, GOOGLE_CLOUD): 600.0})
    assert contracted(made, ANTHROPIC, 450.0) == pytest.approx([0.0, 375.0, 75.0, 0.0, 0.0], rel=EXACT)


def test_a_lab_gets_no_more_than_the_share_that_clouds_let_to_labs() -> None:
    made = market({(GOOGLE, GOOGLE_CLOUD): 600.0})
    assert contracted(made, ANTHROPIC, 5000.0) == pytest.approx([0.0, 750.0, 150.0, 0.0, 0.0], rel=EXACT)
    assert contracted(made, ANTHROPIC, 6000.0) == pytest.approx([0.0, 750.0, 150.0, 0.0, 0.0], rel=EXACT)
    assert contracted(made, OPEN, 5000.0) == pytest.approx([0.0, 0.0, 0.0, 0.0, 750.0], rel=EXACT)  # AWS is let


@pytest.mark.parametrize(("tenant", "taken"), [(100.0, 600.0), (300.0, 600.0), (700.0, 300.0)])
def test_a_parent_s_lab_gets_its_own_share_as_far_as_others_left_it(tenant: float, taken: float) -> None:
    """600 of 1,000 whatever others hold, unless they hold more than 400."""
    made = market({(GOOGLE, GOOGLE_CLOUD): 50.0, (ANTHROPIC, GOOGLE_CLOUD): tenant})
    assert contracted(made, GOOGLE, 5000.0)[GOOGLE_CLOUD] == pytest.approx(taken, rel=EXACT)


def test_without_supply_limits_labs_may_hold_the_whole_fleet() -> None:
    made = market({(GOOGLE, GOOGLE_CLOUD): 600.0}, mechanisms__supply_limits=False)
    assert contracted(made, ANTHROPIC, 5000.0) == pytest.approx([0.0, 1000.0, 400.0, 0.0, 0.0], rel=EXACT)
    alone = market(mechanisms__supply_limits=False)
    assert contracted(alone, GOOGLE, 5000.0)[GOOGLE_CLOUD] == pytest.approx(1000.0, rel=EXACT)


def test_a_lab_that_seeks_less_gives_up_the_same_part_everywhere() -> None:
    made = market({(ANTHROPIC, AWS): 300.0, (ANTHROPIC, GOOGLE_CLOUD): 100.0, (GOOGLE, GOOGLE_CLOUD): 10.0})
    assert contracted(made, ANTHROPIC, 100.0) == pytest.approx([0.0, 75.0, 25.0, 0.0, 0.0], rel=EXACT)
    assert made.world.contracts[GOOGLE, GOOGLE_CLOUD] == 10.0


bounded = functools.cache(market)
AMOUNTS = st.lists(st.floats(0.0, 400.0), min_size=5, max_size=5)


@given(held=st.lists(AMOUNTS, min_size=5, max_size=5), sought=st.lists(st.floats(0.0, 3000.0), min_size=5, max_size=5))
def test_no_contract_passes_the_fleet_or_the_share_that_the_lab_may_hold(
    held: list[list[float]], sought: list[float]
) -> None:
    """What is let grows within `contract_share` of the live fleet, a parent's lab within `parent_share`; none shrinks.

    And nobody holds more than sought, or anything on a cloud that is not one of its own.
    """
    made = bounded()
    listed = made.world.constants.cloud_of > 0.0
    table = np.where(listed, np.array(held), 0.0)
    for lab in made.labs:
        lab.contracts = table[lab.index]
    fit_contracts(made.world, LIVE)
    for i, wish in enumerate(sought):
        before, let = made.world.contracts.copy(), made.world.contracts.sum(axis=0)
        contracted(made, i, wish)
        now, own = made.world.contracts, made.world.constants.own_cloud[i]
        share = float(made.labs[i].profile.parent_share)
        assert (now.sum(axis=0) <= LIVE * (1.0 + SUMS)).all()
        assert (now[i, own] <= np.maximum(before[i, own], share * LIVE[own]) * (1.0 + SUMS)).all()
        assert (now.sum(axis=0)[~own] <= np.maximum(let, CONTRACT_SHARE * LIVE)[~own] * (1.0 + SUMS)).all()
        assert now[i].sum() <= max(wish, 0.0) * (1.0 + SUMS) or now[i].sum() <= before[i].sum() * (1.0 + SUMS)
        assert (now[i] >= before[i]).all() if wish > before[i].sum() else now[i].sum() == pytest.approx(wish, rel=SUMS)
        assert (now[i, ~listed[i]] == 0.0).all()
        assert np.array_equal(np.delete(now, i, axis=0), np.delete(before, i, axis=0))


def test_where_the_fleet_shrinks_below_its_contracts_all_of_that_cloud_shrink_alike() -> None:
    """800 let of 400 live: halved; 300 of 300 and 100 of 900 stay; a fleet of nothing lets nothing."""
    made = market({(ANTHROPIC, GOOGLE_CLOUD): 200.0, (GOOGLE, GOOGLE_CLOUD): 600.0, (ANTHROPIC, AWS): 300.0,
                   (OPENAI, AZURE): 100.0, (OPENAI, NEOCLOUD): 70.0})  # fmt: skip
    fit_contracts(made.world, np.array([900.0, 300.0, 400.0, 50.0, 0.0]))
    assert made.world.contracts[ANTHROPIC] == pytest.approx([0.0, 300.0, 100.0, 0.0, 0.0], rel=EXACT)
    assert made.world.contracts[GOOGLE] == pytest.approx([0.0, 0.0, 300.0, 0.0, 0.0], rel=EXACT)
    assert made.world.contracts[OPENAI] == pytest.approx([100.0, 0.0, 0.0, 0.0, 0.0], rel=EXACT)
    assert [lab.held_h100e for lab in made.labs] == pytest.approx([100.0, 400.0, 300.0, 0.0, 0.0], rel=EXACT)


# over the weeks of a market -------------------------------------------------------------------------------------------


def test_week_by_week_labs_stay_within_their_shares_of_the_clouds() -> None:
    """What is held at the start may be more, and what a share allowed once may stay while a fleet shrinks."""
    shares = {"hyperscalers.contract_share": 0.2, "lab.google.parent_share": 0.35, "lab.meta.parent_share": 0.3}
    made = InferenceMarket(Scenario.load("baseline").replace({**TINY, **shares}), rng=7)
    own = made.world.constants.own_cloud
    start, of_parents = made.world.contracts.sum(axis=0), (made.world.contracts * own).sum(axis=0)
    most = np.array([lab.profile.parent_share for lab in made.labs]) @ own
    largest, full = np.zeros(len(start)), np.zeros(2, dtype=np.int64)
    for _ in range(70):
        largest = np.maximum(largest, made.world.fleet.live())
        made.step()
        let, parents = made.world.contracts.sum(axis=0), (made.world.contracts * own).sum(axis=0)
        assert (parents <= np.maximum(of_parents, most * largest) * (1.0 + SUMS)).all()
        assert (let - parents <= np.maximum(start, 0.2 * largest) * (1.0 + SUMS)).all()
        full += (let >= 0.199 * largest).any(), ((parents >= 0.99 * most * largest) & (most > 0.0)).any()
    assert full.min() > 5  # the bounds were reached


# what moves on by itself ----------------------------------------------------------------------------------------------

YEARLY: dict[str, float] = {
    "labs.algorithmic_progress_per_year": 4.0,
    "lab.google.training_skill": 0.25,
    "labs.software_growth_per_year": 3.0,
    "labs.software_decay_per_year": 0.5,
    "hyperscalers.price_performance_per_year": 1.4,
    "hyperscalers.density_growth_per_year": 1.2,
    "suppliers.wafer_growth_per_year": 1.3,
    "suppliers.technology_fade_years": 10.0,
    "hyperscalers.outside_growth_per_year": 4.0,
    "hyperscalers.outside_growth_floor_per_year": 1.5,
    "hyperscalers.outside_growth_decay_years": 2.0,
    "hyperscaler.aws.core_cash_growth_per_year": 0.2,
    "consumers.population_growth_per_year": 0.01,
    "developers.population_growth_per_year": 0.03,
}


def rates(**changed: bool) -> GrowthRates:
    """What a week adds under round numbers a year."""
    mechanisms = {f"mechanisms.{name}": value for name, value in changed.items()}
    return GrowthRates.of(Scenario.load("baseline").replace({**YEARLY, **mechanisms}).parameters)


def after(years: float, found: GrowthRates) -> ExogenousGrowth:
    """ExogenousGrowth after whole weeks of so many years of 365.25 days."""
    progress = ExogenousGrowth.start(5, 5)
    for _ in range(round(years * WEEKS_PER_YEAR)):
        progress.advance(found)
    return progress


def test_a_year_of_weeks_adds_a_year_of_growth() -> None:
    """28 years are whole weeks, 1,461 of them."""
    found = after(28.0, rates())
    assert found.years == pytest.approx(28.0, rel=SUMS)
    assert np.exp(found.people / 28.0) == pytest.approx(1.01, rel=SUMS)
    assert np.exp(found.developers / 28.0) == pytest.approx(1.03, rel=SUMS)
    assert np.exp(found.core_cash[AWS] / 28.0) == pytest.approx(1.2, rel=SUMS)
    assert 10.0 ** (found.algorithms[OPENAI] / 28.0) == pytest.approx(4.0, rel=SUMS)
    assert found.algorithms[GOOGLE] / 28.0 == pytest.approx(math.log10(4.0) + 0.25, rel=SUMS)


def test_progress_of_hardware_fades() -> None:
    """By e in ten years: in 2 years 10 (1 - exp(-0.2)) of the first year's; weeks are whole, half a per cent."""
    for years in (2.0, 28.0):
        found, whole = after(years, rates()), 10.0 * (1.0 - math.exp(-years / 10.0))
        for name, growth in (("hardware", 1.4), ("density", 1.2), ("wafers", 1.3)):
            assert getattr(found, name) == pytest.approx(math.log(growth) * whole, rel=5e-3)


def test_software_grows_at_a_pace_that_fades_by_its_decay() -> None:
    """ln 3 a year at first; ln 3 / 0.5 in all in the end; a week's steps make half a per cent more of it."""
    found = rates()
    assert found.software * WEEKS_PER_YEAR == pytest.approx(math.log(3.0), rel=EXACT)
    for years in (2.0, 28.0):
        whole = math.log(3.0) * (1.0 - math.exp(-0.5 * years)) / 0.5
        assert after(years, found).software == pytest.approx(whole, rel=0.01)


def test_other_tenants_growth_falls_from_its_first_to_its_last() -> None:
    """From ln 4 to ln 1.5 a year, e-folding in two years; a week's steps make half a per cent more of what fades."""
    found = rates()
    assert found.tenants_at_first * WEEKS_PER_YEAR == pytest.approx(math.log(4.0), rel=EXACT)
    assert found.tenants_at_last * WEEKS_PER_YEAR == pytest.approx(math.log(1.5), rel=EXACT)
    for years in (2.0, 28.0):
        whole = math.log(1.5) * years + math.log(4.0 / 1.5) * 2.0 * (1.0 - math.exp(-years / 2.0))
        assert after(years, found).tenants == pytest.approx(whole, rel=0.01)


def test_without_efficiency_software_and_hardware_stand_still_and_all_else_moves_on() -> None:
    on, off = rates(), rates(efficiency=False)
    assert (off.software, off.hardware, off.density, off.wafers) == (0.0, 0.0, 0.0, 0.0)
    for name in ("algorithms", "core_cash", "tenants_at_first", "tenants_at_last", "people", "developers"):
        assert np.all(getattr(on, name) == getattr(off, name)), name
