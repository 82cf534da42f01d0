"""What is compared with real data: each formula worked out by hand, and what a small market reports against itself."""

import functools
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.catalogue import TIERS
from agents.units import DAYS_PER_YEAR
from model import InferenceMarket, Scenario, World
from model.derive import (
    LARGE_CUSTOMER_TOKENS,
    LARGE_CUSTOMER_USD_PER_YEAR,
    REVENUE_SEGMENTS,
    TRILLION_CUSTOMER_TOKENS,
    Traffic,
    _revenue,
    commit_share,
    contract_backlog,
    doubling_months,
    large_apps,
    large_organisations,
    per_app,
    price_of_quality,
    release_jumps,
    revenue_by_segment,
    serving_cost,
    sums_of_year,
)
from model.facts import LAB_FACTS, Facts
from model.plans import COUNTS, TASKS, TOKENS
from model.record import organisation_tokens
from model.world import YEAR_WEEKS
from tests.conftest import SmallMarket
from tests.model.states import TINY

EXACT = 1e-12
SUMS = 1e-9  # relative error of sums over some hundred cells
OPENAI, ANTHROPIC, GOOGLE, META, OPEN = range(5)
AZURE, AWS, GOOGLE_CLOUD, META_DC, NEOCLOUD = range(5)
LABS = 5
FIRMS = int(TINY["scale.firms"])
MONTH_DAYS = 365.25 / 12
HALF_YEAR_MONTHS = 26 * 7 / MONTH_DAYS
"""26 weeks in months of 30.4375 days: 5.979."""

Numbers = NDArray[Any]


def market_before_its_first_week(**changed: float) -> InferenceMarket:
    """A small market that has not begun."""
    names = {name.replace("__", "."): value for name, value in changed.items()}
    return InferenceMarket(Scenario.load("baseline").replace({**TINY, **names}), rng=7)


def world(**changed: float) -> World:
    """The world of such a market."""
    return market_before_its_first_week(**changed).world


def of_lab(values: list[Any], lab: int = OPENAI, others: float = 0.0) -> Numbers:
    """Values of one lab by week (n, L), where all other labs have the same every week."""
    table = np.full((len(values), LABS), others, dtype=np.asarray(values).dtype)
    table[:, lab] = values
    return table


def facts_with(**some: Numbers) -> Facts:
    """Facts of which a formula reads only these."""
    return Facts(**{name: some.get(name, np.empty(0)) for name in Facts._fields})


def lab_facts(weeks: int = 1, **numbers: Any) -> Numbers:
    """The numbers kept of each lab (n, L, names), zero where nothing is said."""
    facts = np.zeros((weeks, LABS, len(LAB_FACTS)))
    for name, values in numbers.items():
        facts[..., LAB_FACTS.index(name)] = values
    return facts


# the jump of requests at a release ------------------------------------------------------------------------------------

CALLS = [40, 100, 150, 210, 270, 30, 20, 10, 80, 50, 20, 5]
FIRST, SECOND = 2.1, 0.625
"""(150 + 210 + 270) / 3 over 100 for a release in week 2; (80 + 50 + 20) / 3 over 10, then over 80, as below."""


def jumps_of(calls: list[int], released: list[int], pieces: tuple[int, ...] = ()) -> list[float]:
    """What one lab's series reads week by week, derived in pieces that end at the weeks given."""
    made, weeks = world(), np.arange(len(calls))
    api, week_of = of_lab(calls), of_lab(released, others=-1)
    found = [release_jumps(made, part, week_of[part], api[part]) for part in np.split(weeks, list(pieces))]
    table = np.concatenate(found)
    assert (table[:, 1:] == 1.0).all()  # who brought out nothing
    return [float(value) for value in table[:, OPENAI]]


def test_a_release_is_judged_by_three_weeks_of_calls_over_the_week_before() -> None:
    """Week 2 and the two after it, on average, over week 1; known from week 4 on, one before any release is."""
    found = jumps_of(CALLS, [-1, -1] + 10 * [2])
    assert found == pytest.approx(4 * [1.0] + 8 * [FIRST], rel=EXACT)


def test_the_latest_release_counts() -> None:
    """The second one in week 8: 80, 50 and 20 over the 10 of week 7."""
    found = jumps_of(CALLS, [-1, -1] + 6 * [2] + 4 * [8])
    assert found == pytest.approx(4 * [1.0] + 6 * [FIRST] + 2 * [5.0], rel=EXACT)


def test_a_release_before_which_nobody_called_makes_no_jump() -> None:
    assert jumps_of([0, 0, 5, 6, 7, 8], [-1, -1, 2, 2, 2, 2]) == 6 * [1.0]
    assert jumps_of([7, 8, 9, 10], 4 * [0]) == 4 * [1.0]  # what was there at the start


@pytest.mark.parametrize("pieces", [(1,), (2,), (3, 4), (3, 9), tuple(range(1, 12))])
def test_jumps_do_not_depend_on_how_many_weeks_are_derived_at_once(pieces: tuple[int, ...]) -> None:
    released = [-1, -1] + 6 * [2] + 4 * [8]
    assert jumps_of(CALLS, released, pieces) == jumps_of(CALLS, released)


# doubling of serving capacity -----------------------------------------------------------------------------------------


def months_of(capacity: list[float], pieces: tuple[int, ...] = ()) -> list[float]:
    """What one lab's series reads week by week; other labs have nothing."""
    made, table = world(), of_lab(capacity)
    found = np.concatenate([doubling_months(made, part) for part in np.split(table, list(pieces))])
    assert (found[:, 1:] == 99.0).all()
    return [float(value) for value in found[:, OPENAI]]


def test_what_doubles_in_26_weeks_reads_182_days_in_months() -> None:
    """5.979 months, not six: a month has 365.25 / 12 days. Twice the pace reads half as much."""
    assert pytest.approx(5.979, abs=5e-4) == HALF_YEAR_MONTHS
    for doublings, months in ((1.0, HALF_YEAR_MONTHS), (2.0, HALF_YEAR_MONTHS / 2), (0.25, 4 * HALF_YEAR_MONTHS)):
        found = months_of([1000.0 * 2.0 ** (doublings * week / 26) for week in range(60)])
        assert found[:26] == 26 * [99.0]  # nothing was there half a year ago
        assert found[26:] == pytest.approx(34 * [months], rel=SUMS)


def test_growth_is_counted_over_exactly_26_weeks() -> None:
    """100 until week 4, 200 from week 5 on: doubled until week 30, when week 4 is 26 weeks ago, and still after it."""
    found = months_of(5 * [100.0] + 30 * [200.0])
    assert found[26:31] == pytest.approx(5 * [HALF_YEAR_MONTHS], rel=EXACT)
    assert found[31:] == 4 * [99.0]


def test_what_shrinks_stands_or_takes_a_century_reads_99_months() -> None:
    for later in (50.0, 100.0, 100.0 * 2.0**0.009, 100.0 * 2.0**0.06):  # the last doubles in 99.6 months
        assert months_of(26 * [100.0] + [later])[26] == 99.0
    assert months_of(26 * [100.0] + [100.0 * 2.0**0.07])[26] == pytest.approx(HALF_YEAR_MONTHS / 0.07, rel=SUMS)


@pytest.mark.parametrize("pieces", [(1,), (25,), (26,), (27, 30), tuple(range(1, 40))])
def test_doubling_does_not_depend_on_how_many_weeks_are_derived_at_once(pieces: tuple[int, ...]) -> None:
    capacity = [100.0 * 1.03**week + week % 3 for week in range(40)]
    assert months_of(capacity, pieces) == months_of(capacity)


# the price of constant quality ----------------------------------------------------------------------------------------


class Option(NamedTuple):
    """A model on sale, or not: list price (USD/Mtok), capability (log10 E), ceiling of effort."""

    price: float
    capability: float
    ceiling: float = 0.0
    sold: bool = True


@functools.cache
def thinking() -> World:
    """The world of a market in which ten times the tokens stand in for half a unit of capability."""
    return world(demand__thinking_gain=0.5)


def price_of(*options: Option, quality: float = 0.0) -> float:
    """The price of a quality where such options are on sale."""
    shape = (1, LABS, len(TIERS))
    facts = facts_with(price=np.full(shape, 1e6), capability=np.full(shape, -9.0), ceiling=np.zeros(shape))
    sold = np.zeros(shape, dtype=np.bool_)
    for i, option in enumerate(options):
        cell = 0, i % LABS, i // LABS
        sold[cell] = option.sold
        facts.price[cell], facts.capability[cell], facts.ceiling[cell] = option[:3]
    (found,) = price_of_quality(thinking(), sold, facts, quality).tolist()
    return float(found)


def test_the_cheapest_model_that_is_good_enough_sets_the_price() -> None:
    """A twentieth of a unit below the class still belongs to it; what is not sold does not count."""
    assert price_of(Option(60.0, 0.0), Option(40.0, 1.0), Option(30.0, -0.05)) == pytest.approx(30.0, rel=EXACT)
    assert price_of(Option(60.0, 0.0), Option(1.0, 0.0, sold=False)) == pytest.approx(60.0, rel=EXACT)
    assert price_of(Option(60.0, 0.5), Option(50.0, 0.96), Option(9.0, 0.9), quality=1.0) == pytest.approx(
        50.0, rel=EXACT
    )


def test_a_weaker_model_thinks_as_long_as_it_takes_and_is_paid_for_every_token() -> None:
    """Half a unit short of the class: log10(1 + r) = 1, so nine hidden tokens a visible one, ten times the price."""
    weak = Option(2.0, -0.55, ceiling=9.5)
    assert price_of(Option(60.0, 0.0), weak) == pytest.approx(20.0, rel=EXACT)
    assert price_of(Option(15.0, 0.0), weak) == pytest.approx(15.0, rel=EXACT)
    assert price_of(Option(60.0, 0.0), weak._replace(ceiling=8.5)) == pytest.approx(60.0, rel=EXACT)


def test_where_nothing_reaches_the_class_the_weaker_are_priced_as_if_they_could() -> None:
    assert price_of(Option(2.0, -0.55), Option(1.0, -1.05)) == pytest.approx(20.0, rel=EXACT)
    assert price_of(Option(2.0, -0.55, sold=False)) == 0.0


# costs, commits, customers, contracts ---------------------------------------------------------------------------------


def test_what_was_served_costs_its_hours_with_their_idle_part_at_the_contract_rent() -> None:
    """70 hours over three tiers at half use are 140 paid for; at 2 USD 280, at 3 USD 420."""
    made = world(labs__target_utilisation=0.5)
    used = np.zeros((2, LABS, len(made.constants.index.names), len(TIERS)))
    used[0, OPENAI, 3], used[1, GOOGLE, 7] = (40.0, 20.0, 10.0), (10.0, 20.0, 40.0)
    rent = [[2.0, 9.0, 9.0, 9.0, 9.0], [9.0, 9.0, 3.0, 9.0, 9.0]]
    cost = serving_cost(made, facts_with(used_hours=used, labs=lab_facts(2, rent=rent)))
    assert cost[0, OPENAI, 3] == pytest.approx(280.0, rel=EXACT)
    assert cost[1, GOOGLE, 7] == pytest.approx(420.0, rel=EXACT)
    assert cost.sum() == pytest.approx(700.0, rel=EXACT)


def test_agents_share_of_commits_is_of_their_commits_and_everybody_s() -> None:
    """300 rows of 1,000 developers write 10 commits each, 3 million; 2 million tasks at half a commit one million."""
    made = world(developers__commits_per_week=10.0, developers__commits_per_task=0.5)
    counts = np.zeros((2, LABS, len(made.constants.index.names), len(COUNTS)), dtype=np.int64)
    served = counts.copy()
    agent, other = made.constants.index.of["code-agent"], made.constants.index.of["app-agent"]
    served[1, [OPENAI, ANTHROPIC], agent, TASKS] = 500_000, 1_500_000
    served[1, OPENAI, other, TASKS] = 9_000_000
    counts[1, OPENAI, agent, TASKS] = 9_000_000  # asked for, and not served
    traffic = Traffic.of(facts_with(asked=counts, served=served))
    found = commit_share(made, facts_with(developers_per_row=np.full(2, 1000.0)), traffic)
    assert found == pytest.approx([0.0, 0.25], rel=EXACT)


def test_large_customers_are_served_a_hundred_billion_tokens_a_month() -> None:
    """Organisations alike: 22.99 billion tokens a week are 99.96 a month of 4.348 weeks, 23.01 are 100.05."""
    made = world(enterprises__events_sd=0.0)
    weight = made.enterprises.columns.weight
    tokens = np.array([[22.99e9, 23.01e9, 23.01e9, 23.01e9, 0.0, 0.0, 0.0, 500e9, *FIRMS * [0.0]]])
    labs = np.array([[GOOGLE, GOOGLE, GOOGLE, OPENAI, OPENAI, META, META, -1, *FIRMS * [META]]])
    found = large_organisations(made, facts_with(application_labs=labs), tokens, LARGE_CUSTOMER_TOKENS)
    assert found == pytest.approx(of_lab([weight[1:3].sum()], GOOGLE) + of_lab([weight[3]], OPENAI), rel=EXACT)


def test_customers_of_a_million_dollars_a_year_are_counted_with_their_lab_firms_too() -> None:
    made = world(enterprises__events_sd=0.0)
    weight = made.enterprises.columns.weight.astype(np.float64)
    usd = np.array([[999_999.0, 1e6, 3e6, 2e6, *4 * [0.0], 5e6, *(FIRMS - 1) * [10.0]]])
    labs = np.array([[OPENAI, OPENAI, -1, GOOGLE, *4 * [OPENAI], GOOGLE, *(FIRMS - 1) * [OPENAI]]])
    found = large_organisations(made, facts_with(application_labs=labs), usd, LARGE_CUSTOMER_USD_PER_YEAR)
    assert found == pytest.approx(of_lab([weight[1]]) + of_lab([weight[3] + weight[8]], GOOGLE), rel=EXACT)


def test_a_year_s_tokens_are_those_of_52_weeks_however_many_are_read_at_once() -> None:
    """One token in the first week, ten in the third: eleven until the first is 52 weeks old, then ten, then none."""
    weekly = np.zeros((60, 1))
    weekly[0], weekly[2] = 1.0, 10.0
    before = np.zeros((YEAR_WEEKS - 1, 1))
    at_once, rest = sums_of_year(before, weekly)
    assert at_once[:, 0].tolist() == [1.0, 1.0, *50 * [11.0], 10.0, 10.0, *6 * [0.0]]
    first, kept = sums_of_year(before, weekly[:7])
    second, kept = sums_of_year(kept, weekly[7:])
    assert np.concatenate((first, second)).tolist() == at_once.tolist()
    assert kept.tolist() == rest.tolist() == weekly[-(YEAR_WEEKS - 1) :].tolist()


def test_customers_of_a_trillion_took_it_in_the_last_year_not_at_the_week_s_rate() -> None:
    """19.9 billion a week are more than a trillion after 51 weeks; 1.1 trillion at once are so in the same week."""
    made = world(enterprises__events_sd=0.0)
    weight = made.enterprises.columns.weight
    tokens = np.zeros((51, len(made.enterprises.columns)))
    tokens[:, 0], tokens[-1, 1] = 1.99e10, 1.1e12
    year, _ = sums_of_year(np.zeros((YEAR_WEEKS - 1, tokens.shape[1])), tokens)
    facts = facts_with(application_labs=np.full(tokens.shape, GOOGLE))
    found = large_organisations(made, facts, year, TRILLION_CUSTOMER_TOKENS)[:, GOOGLE]
    assert found.tolist() == [*50 * [0.0], weight[:2].sum()]


def test_where_organisations_differ_half_are_above_what_the_median_takes() -> None:
    """At sd 2 the median takes exp(-2) of the mean."""
    made = world(enterprises__events_sd=2.0)
    weekly = 1e11 * 12 * 7 / DAYS_PER_YEAR * np.exp(2.0)
    shape = 1, len(made.enterprises.columns)
    facts = facts_with(application_labs=np.full(shape, GOOGLE))
    half = made.enterprises.columns.weight.sum() / 2
    found = large_organisations(made, facts, np.full(shape, weekly), LARGE_CUSTOMER_TOKENS)
    assert found == pytest.approx(of_lab([half], GOOGLE), rel=1e-6)  # weights are float32


def test_vendors_apps_are_large_customers_too_as_audiences_are_spread() -> None:
    """Two rows of 100 apps that take 3e9 together: 1.5e7 each; at sd 2 the median app takes exp(-2) of that."""
    made = world()
    row = made.constants.index.of["app-rag"]
    amount = np.zeros((1, len(made.labs), len(made.constants.index.names)))
    apps = np.zeros((1, len(made.labs), 3), int)
    amount[0, GOOGLE, row], apps[0, GOOGLE, 1] = 3e9, 2
    facts = facts_with(apps=apps, app_spread=np.array([2.0]), developers_per_row=np.array([100.0]))
    mean = per_app(made, facts, amount)
    assert mean[0, GOOGLE].tolist() == [0.0, 1.5e7, 0.0]
    assert large_apps(facts, mean, 1.5e7 * np.exp(-2.0)) == pytest.approx(of_lab([100.0], GOOGLE), rel=EXACT)
    alike = facts_with(apps=apps, app_spread=np.array([0.0]), developers_per_row=np.array([100.0]))
    assert large_apps(alike, mean, 1.5e7) == pytest.approx(of_lab([200.0], GOOGLE), rel=EXACT)
    assert large_apps(alike, mean, 1.51e7).max() == 0.0


def test_organisations_are_served_what_labs_serve_for_their_applications(small_market: SmallMarket) -> None:
    """By their own labs and by those to which work is rerouted, work that had waited included."""
    made = small_market("2025-12-29").world
    columns, rows = made.enterprises.columns, made.constants.application_rows
    served = int(made.outcome.served.counts[:, rows, :, TOKENS].sum())
    assert columns.weight.astype(np.float64) @ organisation_tokens(made) == pytest.approx(served, rel=1e-4)
    asked = [demand.counts[:, rows, :, TASKS].sum(axis=(1, 2)) for demand in (made.outcome.asked, made.demanded)]
    assert (asked[0] > asked[1]).sum() >= 2


# revenue by payer -----------------------------------------------------------------------------------------------------

PAID = {
    "chat-paid": 10.0, "seat": 20.0, "app-api": 3.0, "app-agent": 4.0, "code-assist": 5.0, "code-agent": 6.0,
    "ent-api": 7.0, "ent-agent": 8.0,
}  # fmt: skip
"""What OpenAI is paid in a week, 63 in all; large organisations pay parts of it (LARGE)."""
LARGE = {"seat": 0.75, "ent-api": 0.5, "ent-agent": 0.25}


def paid_facts(made: World) -> Facts:
    """A week in which Google is paid 12 for retrieval by firms, and OpenAI what PAID says."""
    of = made.constants.index.of
    revenue = np.zeros((1, LABS, len(of)))
    large = np.ones_like(revenue)
    for name, usd in PAID.items():
        revenue[0, OPENAI, of[name]], large[0, OPENAI, of[name]] = usd, LARGE.get(name, 1.0)
    revenue[0, GOOGLE, of["ent-rag"]], large[0, GOOGLE, of["ent-rag"]] = 12.0, 0.0
    clouds = np.ones((1, len(made.constants.cloud_names)))
    return facts_with(revenue=revenue, large_share=large, labs=lab_facts(), operating=clouds, draw_mw=clouds)


def test_revenue_is_split_by_payer_and_by_what_is_paid_for() -> None:
    """Large: 15 of seats, 3.5 of calls, 2 of agents; mid-market: the other 5, 3.5 and 6. Coders' employers pay 11."""
    made = world()
    found = dict(zip(REVENUE_SEGMENTS, revenue_by_segment(made, paid_facts(made))[0, :, OPENAI].tolist(), strict=True))
    by_payer = {"consumer": 10.0, "vendor": 7.0, "enterprise": 20.5, "mid-market": 14.5}
    paid_for = {"api": 28.0, "business-api": 28.0, "coding": 11.0, "subscription": 10.0, "seat": 20.0}
    expected = {"all": 63.0, "business": 53.0, "developer": 18.0, **by_payer, **paid_for}
    assert found == pytest.approx(expected, rel=EXACT)
    assert sum(by_payer.values()) + found["coding"] == pytest.approx(63.0, rel=EXACT)


def test_shares_of_revenue_are_of_the_lab_s_own_and_of_what_all_labs_earn_by_calls() -> None:
    """Businesses pay 53 of OpenAI's 63, and all of Google's; of 40 for calls of models OpenAI gets 28."""
    made = world()
    block = made.observables.block()
    _revenue(made, paid_facts(made), np.zeros((1, LABS, len(made.constants.index.names))), block)
    values = dict(zip((name[:3] for name in block.names), np.concatenate(block.columns, axis=1)[0], strict=True))
    found = {
        segment: [values["revenue_share", made.lab_names[lab], segment] for lab in (OPENAI, GOOGLE, META)]
        for segment in ("business", "business-api")
    }
    assert found["business"] == pytest.approx([53.0 / 63.0, 1.0, 0.0], rel=EXACT)
    assert found["business-api"] == pytest.approx([0.7, 0.3, 0.0], rel=EXACT)
    assert values["revenue", "market", "mid-market"] == pytest.approx(26.5, rel=EXACT)


def test_the_backlog_is_half_the_term_of_customers_and_of_other_labs_contracts() -> None:
    """Two years of 100,000 USD a week, and of what 1,000 H100e of Anthropic's cost at 2 USD an hour: 336,000.

    What Google holds itself is no revenue of its cloud, and OpenAI owns no cloud.
    """
    made = world(hyperscalers__contract_years=4.0)
    contracts = np.zeros((1, LABS, len(made.constants.cloud_names)))
    contracts[0, ANTHROPIC, GOOGLE_CLOUD], contracts[0, GOOGLE, GOOGLE_CLOUD] = 1000.0, 7000.0
    contracts[0, ANTHROPIC, AWS], contracts[0, OPENAI, AZURE], contracts[0, OPEN, META_DC] = 50.0, 60.0, 10.0
    facts = facts_with(contracts=contracts, labs=lab_facts(rent=[3.0, 2.0, 5.0, 7.0, 1.0]))
    found = contract_backlog(made, facts, of_lab([100_000.0], GOOGLE))
    years = 2.0 * DAYS_PER_YEAR / 7.0
    assert found[0, GOOGLE] == pytest.approx(436_000.0 * years, rel=EXACT)
    assert found[0, META] == pytest.approx(10.0 * 168.0 * years, rel=EXACT)
    assert found[0, [OPENAI, ANTHROPIC, OPEN]].tolist() == [0.0, 0.0, 0.0]


# what a small market reports ------------------------------------------------------------------------------------------


class Seen(NamedTuple):
    """A market after its run, and what was noted after each week: arrays (weeks, L, ...)."""

    market: InferenceMarket
    released: Numbers
    rent: Numbers
    contracts: Numbers
    used_hours: Numbers
    revenue: Numbers
    served_tokens: Numbers

    def series(self, observable: str, segment: str = "all") -> Numbers:
        """An observable of all labs (weeks, L)."""
        return np.array(
            [self.market.observables.series(observable, lab, segment) for lab in self.market.world.lab_names]
        ).T


@functools.cache
def seen() -> Seen:
    """Seventy weeks, in which every lab brings something out."""
    made, notes = market_before_its_first_week(), []

    def look(now: InferenceMarket) -> None:
        tokens = now.world.outcome.served.counts[..., TOKENS].sum(axis=(2, 3))
        rent = np.array([lab.rent for lab in now.labs])
        kept = (
            now.world.catalogue.released,
            rent,
            now.world.contracts,
            now.world.outcome.used_hours,
            now.world.revenue,
            tokens,
        )
        notes.append([array.copy() for array in kept])

    made.run(made.clock.date_of(69), progress=look)
    return Seen(made, *(np.array(column) for column in zip(*notes, strict=True)))


def test_reported_jumps_are_those_of_reported_requests() -> None:
    run = seen()
    calls, jumps = run.series("requests", "api"), run.series("requests_jump_at_release", "api")
    checked = 0
    for lab in range(LABS):
        for week in np.unique(run.released[:, lab]):
            if 0 < week < len(calls) - 2 and calls[week - 1, lab] > 0.0:
                expected = calls[week : week + 3, lab].mean() / calls[week - 1, lab]
                assert jumps[week + 2, lab] == pytest.approx(expected, rel=SUMS)
                checked += 1
    assert checked >= 3


def test_reported_doubling_is_that_of_reported_capacity() -> None:
    run = seen()
    capacity, months = run.series("serving_capacity"), run.series("serving_capacity_doubling")
    doublings = np.log2(capacity[26:] / capacity[:-26])
    fast = doublings > 0.1
    assert fast.any()
    assert months[26:][fast] == pytest.approx(HALF_YEAR_MONTHS / doublings[fast], rel=SUMS)
    assert (months[:26] == 99.0).all()


def test_reported_cost_of_a_token_is_what_its_hours_cost() -> None:
    run = seen()
    hours = run.used_hours.sum(axis=(2, 3)) / run.market.parameters.labs.target_utilisation
    tokens = run.served_tokens.sum(axis=2)
    some = tokens > 0
    expected = hours[some] * run.rent[some] / (tokens[some] / 1e6)
    assert run.series("serving_cost_per_token")[some] == pytest.approx(expected, rel=SUMS)


def test_reported_backlog_is_that_of_google_s_customers_and_tenants() -> None:
    run = seen()
    made = run.market.world
    paying = made.constants.metered | (np.arange(len(made.constants.metered)) == made.constants.index.of["seat"])
    customers = run.revenue[:, GOOGLE][:, paying].sum(axis=1)
    tenant = run.contracts[:, ANTHROPIC, GOOGLE_CLOUD] * run.rent[:, ANTHROPIC] * 168.0
    years = made.parameters.hyperscalers.contract_years / 2.0 * DAYS_PER_YEAR / 7.0
    assert tenant.min() > 0.0
    assert run.series("backlog", "enterprise")[:, GOOGLE] == pytest.approx((customers + tenant) * years, rel=SUMS)


def test_reported_revenue_is_the_week_s_and_its_run_rate_a_year_of_such_weeks() -> None:
    run = seen()
    assert run.series("revenue") == pytest.approx(run.revenue.sum(axis=2), rel=SUMS)
    assert run.series("revenue_run_rate") == pytest.approx(run.revenue.sum(axis=2) * DAYS_PER_YEAR / 7.0, rel=SUMS)


def test_reported_tokens_are_those_of_a_month_of_such_weeks() -> None:
    run = seen()
    monthly = run.served_tokens.sum(axis=2) * (MONTH_DAYS / 7.0)
    assert run.series("tokens_served") == pytest.approx(monthly, rel=SUMS)
