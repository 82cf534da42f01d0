"""Who pays whom: bills worked out by hand, and a small market's books against what was sold and held."""

import functools
import itertools
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.developers import AGENT, ANY, DAILY, NONE
from agents.plan_menu import NOT_SOLD
from agents.units import DAYS_PER_YEAR
from model import InferenceMarket, Scenario
from model.plans import CALLS, TASKS, THINKING
from model.settlement import (
    _labs_are_funded,
    _labs_share_the_market,
    _payers_grant_budgets,
    metered_revenue,
    paid_by_customers,
    subscription_revenue,
)

EXACT = 1e-12
PAYING = 1.0 - Scenario.load("baseline").parameters.hyperscalers.own_use_share
SUMS = 1e-9  # relative error of sums over some hundred cells
TINY = {
    "scale.users": 800,
    "scale.developers": 300,
    "scale.enterprises": 8,
    "scale.firms": 6,
    "scale.applications_mean": 300.0,
}
CUSTOMERS = ("consumers", "vendors", "employers", "enterprises", "firms")
OPENAI, ANTHROPIC, GOOGLE, META, OPEN = range(5)
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7
MILLION = 1_000_000


def market(weeks: int = 0, **changed: float) -> InferenceMarket:
    """A small market after some weeks."""
    names = {name.replace("__", "."): value for name, value in changed.items()}
    made = InferenceMarket(Scenario.load("baseline").replace({**TINY, **names}), rng=7)
    for _ in range(weeks):
        made.step()
    return made


# what customers pay ---------------------------------------------------------------------------------------------------

PRICES = {"labs__input_price_ratio": 0.25, "labs__cached_price_ratio": 0.1, "workload__ent-api__discount": 0.4}


def billed(
    counts: dict[tuple[int, str, int, int], int], price: float, **changed: float
) -> dict[tuple[int, str], float]:
    """What is billed for counts served, by lab, workload, tier and kind, at one price of what is used (USD/Mtok)."""
    free = {"workload__app-api__discount": 0.0, "workload__chat-free__discount": 0.0}
    made = market(1, **{**PRICES, **free, **changed})
    made.world.catalogue.price[:] = 1e6  # of new models: what customers have is billed
    served = np.zeros_like(made.world.outcome.served.counts)
    for (lab, workload, tier, kind), amount in counts.items():
        served[lab, made.world.constants.index.of[workload], tier, kind] = amount
        made.world.used.price[lab, tier] = price
    made.world.outcome = made.world.outcome._replace(served=made.world.outcome.served._replace(counts=served))
    found = metered_revenue(made.world)
    return {
        (int(lab), made.world.constants.index.names[row]): float(found[lab, row]) for lab, row in np.argwhere(found)
    }


def test_a_million_tokens_of_each_kind_are_billed_by_their_kind() -> None:
    """At 8 USD: input 2, cached input 0.2, visible and hidden output 8 each; 40% off for an enterprise."""
    for kind, usd in enumerate((2.0, 0.2, 8.0, 8.0)):
        found = billed({(OPENAI, "app-api", 1, kind): MILLION, (GOOGLE, "ent-api", 2, kind): MILLION}, 8.0)
        assert found == pytest.approx({(OPENAI, "app-api"): usd, (GOOGLE, "ent-api"): 0.6 * usd}, rel=EXACT)


def test_a_workload_s_bill_is_the_sum_over_tiers_and_kinds() -> None:
    cells = {(OPENAI, "app-api", tier, kind): MILLION for tier in range(3) for kind in range(4)}
    assert billed(cells, 8.0) == pytest.approx({(OPENAI, "app-api"): 3 * 18.2}, rel=EXACT)


def test_a_lab_that_charges_half_of_its_list_prices_bills_half() -> None:
    """At 8 USD a Mtok and a factor of a half."""
    cells = {(OPENAI, "app-api", 1, 2): MILLION, (GOOGLE, "app-api", 1, 2): MILLION}
    found = billed(cells, 8.0, lab__google__price_factor=0.5)
    assert found == pytest.approx({(OPENAI, "app-api"): 8.0, (GOOGLE, "app-api"): 4.0}, rel=EXACT)


def test_every_dollar_is_paid_by_those_who_ask_for_the_work() -> None:
    """OpenAI and Google earn a power of two from each workload that brings in money; half of it or none from large."""
    made = market(1)
    of, world = made.world.constants.index.of, made.world
    world.revenue[:], world.large_share[:] = 0.0, 1.0
    paid = ("chat-paid", "app-api", "app-rag", "app-agent", "code-assist", "code-agent", "seat", "ent-api", "ent-rag",
            "ent-agent")  # fmt: skip
    for power, name in enumerate(paid):
        world.revenue[OPENAI, of[name]], world.revenue[GOOGLE, of[name]] = 2.0**power, 2.0 ** (10 + power)
    for name, part in (("seat", 0.5), ("ent-api", 0.25), ("ent-rag", 0.0)):
        world.large_share[[OPENAI, GOOGLE], of[name]] = part
    vendors, employers = 2.0 + 4.0 + 8.0, 16.0 + 32.0
    large = 0.5 * 64.0 + 0.25 * 128.0 + 512.0
    firms = 0.5 * 64.0 + 0.75 * 128.0 + 256.0
    found = paid_by_customers(world)
    assert found[:, OPENAI].tolist() == [1.0, vendors, employers, large, firms]
    assert found[:, GOOGLE].tolist() == [1024.0 * usd for usd in (1.0, vendors, employers, large, firms)]
    assert found.sum() == world.revenue.sum()


def test_only_tokens_are_billed_and_only_on_metered_work() -> None:
    counted = {(OPENAI, "app-api", 0, kind): MILLION for kind in (TASKS, CALLS, THINKING)}
    flat = {(OPENAI, name, 0, 2): MILLION for name in ("chat-free", "chat-paid", "seat", "search", "code-assist")}
    assert billed({**counted, **flat}, 8.0) == {}


def test_subscriptions_are_paid_by_the_month_and_twelve_of_them_make_a_year_of_weeks() -> None:
    """OpenAI has 3 rows of a million who pay 14 USD on average for the month that runs, whatever a plan costs today.

    Code completion costs 12 USD and is worth as much to the median of 5 rows of 1,000 daily developers: half of them
    pay. Google has an organisation in a row of 30, with 200 seats at 25 USD.
    """
    made = market(developers__assist_value_usd_per_month=30.0)
    menus, assist = made.world.menus, made.world.constants.index.of["code-assist"]
    menus.price[OPENAI], menus.share[OPENAI] = [8.0, 100.0, NOT_SOLD], [0.5, 0.5, 0.0]
    menus.paid[OPENAI] = 14.0
    menus.completion_price[:], menus.seat_price[:] = 12.0, 25.0
    made.world.plans.success[OPENAI, assist], made.world.congestion[OPENAI, assist] = 0.5, 0.2
    made.world.people_per_row, made.world.developers_per_row = 1e6, 1e3
    users, developers, offices = made.world.users.columns, made.world.developers.columns, made.world.enterprises.columns
    users.app[:], users.paid[:] = -1, False
    users.app[:10], users.paid[:3] = OPENAI, True
    developers.tool[:], developers.stage[:] = -1, NONE
    developers.tool[:8], developers.stage[:8] = OPENAI, [ANY, ANY, ANY, DAILY, DAILY, DAILY, AGENT, AGENT]
    offices.seat_lab[:], offices.seats[:] = -1, 0.0
    offices.seat_lab[2], offices.seats[2], offices.weight[2] = GOOGLE, 200.0, 30.0
    made.world.users.forget_counts()
    made.world.developers.forget_counts()
    monthly = subscription_revenue(made.world) * WEEKS_PER_YEAR / 12.0
    of = made.world.constants.index.of
    assert monthly[OPENAI, of["chat-paid"]] == pytest.approx(42e6, rel=EXACT)
    assert monthly[OPENAI, of["code-assist"]] == pytest.approx(30e3, rel=EXACT)
    assert monthly[GOOGLE, of["seat"]] == pytest.approx(150e3, rel=EXACT)
    assert monthly.sum() == pytest.approx(42e6 + 30e3 + 150e3, rel=EXACT)


# what payers grant next, and what labs remember ---------------------------------------------------------------------


def test_an_organisation_s_budget_follows_the_value_of_its_work_and_its_output_the_gain() -> None:
    """Of 20 calls a week Google serves half, and two agents' tasks, at 0.5 and 20 USD. They are worth 4 and 3 times it.

    So it pays 45 for 140 a week. Others buy nothing: their budgets fade, but never below a trial's.
    """
    made = market(1, metered__budget_share=0.4, metered__budget_weeks=20.0, enterprises__growth_per_gain=0.5,
                  enterprises__wage_usd_per_year=10_000.0, metered__rerouted_share=0.2)  # fmt: skip
    world, c = made.world, made.world.enterprises.columns
    kinds = world.constants.metered_of["applications"]
    world.application_flows[:] = 0.0
    world.application_flows[2] = [20.0, 0.0, 2.0]
    world.wallets[2] = [0.0, 0.0, 1.0, 0.0, 0.0]
    c.budget[:], c.output[:] = 100.0, 1.0
    c.employees[:] = [1e6] + [10.0] * (len(c) - 1)
    world.metered.offer.lab_share[kinds] = [0.0, 0.0, 1.0, 0.0, 0.0]  # what is rerouted goes to Google, too
    world.metered.usd_per_task[kinds, GOOGLE] = [0.5, 7.0, 20.0]
    world.metered.worth[kinds] = [4.0, 9.0, 3.0]
    world.outcome.fraction[:] = 1.0
    world.outcome.fraction[GOOGLE, world.constants.application_rows] = [0.5, 1.0, 1.0]
    _payers_grant_budgets(world)
    assert c.budget[2] == pytest.approx(100.0 + (0.4 * 140.0 * WEEKS_PER_YEAR - 100.0) / 20.0, rel=EXACT)
    assert c.budget[1] == pytest.approx(95.0, rel=EXACT)
    assert c.budget[0] == pytest.approx(0.05 * 1e6, rel=EXACT)
    assert c.output[2] == pytest.approx(np.exp(0.5 * 95.0 / (10.0 * 10_000.0)), rel=EXACT)
    assert c.output[1] == 1.0


@pytest.mark.parametrize(("budget", "paid", "granted"), [(1e9, 1e9, 1.05e9), (1.02e7, 0.0, 1e7)])
def test_employers_budget_for_coding_follows_the_value_of_what_they_paid_for_down_to_that_of_trials(
    budget: float, paid: float, granted: float
) -> None:
    """A dollar brings five: 1e9 + (0.4 x 5e9 - 1e9) / 20; a twentieth less than 1.02e7 would be less than 1e7."""
    made = market(1, metered__budget_share=0.4, metered__budget_weeks=20.0)
    world, row = made.world, made.world.constants.index.of["code-agent"]
    world.revenue[:], world.metered.coding_budget = 0.0, budget
    world.revenue[[OPENAI, GOOGLE], row] = np.array([0.75, 0.25]) * paid / WEEKS_PER_YEAR
    world.metered.worth[world.constants.metered_of["coding"]] = 5.0
    _payers_grant_budgets(world)
    assert world.metered.coding_budget == pytest.approx(granted, rel=EXACT)


def test_shares_of_the_market_are_those_of_metered_revenue_over_eight_weeks() -> None:
    """OpenAI earns three quarters of what is metered: from 0.2 an eighth of the way; subscriptions do not count."""
    made = market(1)
    world, of = made.world, made.world.constants.index.of
    world.metered.share[:] = [0.2, 0.2, 0.6, 0.0, 0.0]
    world.revenue[:] = 0.0
    _labs_share_the_market(world)
    assert world.metered.share.tolist() == [0.2, 0.2, 0.6, 0.0, 0.0]  # nobody bought anything
    world.revenue[OPENAI, of["app-api"]], world.revenue[GOOGLE, of["ent-agent"]] = 3.0, 1.0
    world.revenue[ANTHROPIC, of["seat"]] = 100.0
    _labs_share_the_market(world)
    assert world.metered.share == pytest.approx([0.2 + 0.55 / 8, 0.2 * 7 / 8, 0.6 - 0.35 / 8, 0.0, 0.0], rel=EXACT)


# who covers what is missing -------------------------------------------------------------------------------------------


def funded(cash: dict[str, float]) -> InferenceMarket:
    """A market whose labs have so much before they are funded; each spends 2 billion a year, of which two are runway.

    Investors offer OpenAI 3 billion a year: seed money of one, and a quarter of a run rate of 8 without growth.
    """
    made = market(1, labs__runway_years=2.0, labs__funding_multiple=1.0, lab__openai__seed_funding_usd_per_year=1e9)
    made.world.ledger.open_week()
    for name, usd in cash.items():
        made.world.ledger.cash[made.world.ledger.of[name]] = usd
    for lab in made.labs:
        lab.spent_per_year, lab.revenue_per_year, lab.need_growth = 2e9, 8e9, 0.0
    _labs_are_funded(made.world)
    return made


@pytest.mark.parametrize("cash", [-7e8, 0.0, 7e8])
def test_an_owned_lab_ends_the_week_at_zero_cash_whatever_it_earned(cash: float) -> None:
    """Its parent covers a loss and takes a gain."""
    made = funded({"lab.google": cash, "cloud.google-cloud": 1e9, "lab.meta": -1.0, "cloud.meta-dc": 0.0})
    assert made.labs[GOOGLE].cash == made.labs[META].cash == 0.0
    assert made.world.ledger.balance("lab.google") == 0.0
    assert made.world.ledger.balance("cloud.google-cloud") == pytest.approx(1e9 + cash, rel=EXACT)
    assert made.world.ledger.balance("cloud.meta-dc") == -1.0
    assert made.world.ledger.received("lab.google", ["investors"]) == 0.0


@pytest.mark.parametrize(("cash", "offers"), [(4.1e9, 0), (3.9e9, 1), (0.0, 1), (-1e9, 1)])
def test_investors_pay_a_week_of_their_offer_to_a_lab_whose_cash_is_less_than_its_runway(
    cash: float, offers: int
) -> None:
    """Neither more nor less for one in debt."""
    made = funded({"lab.openai": cash})
    weekly = offers * 3e9 / WEEKS_PER_YEAR
    assert made.world.ledger.received("lab.openai") == pytest.approx(weekly, rel=EXACT)
    assert made.world.ledger.received("lab.openai", ["investors"]) == made.world.ledger.received("lab.openai")
    assert made.labs[OPENAI].cash == pytest.approx(cash + weekly, rel=EXACT)


def test_a_parent_s_support_is_a_share_of_its_core_cash_flow_and_others_have_none() -> None:
    made = funded({})
    core = made.hyperscalers[made.world.constants.cloud_names.index("google-cloud")].core_cash_per_year
    assert made.labs[GOOGLE].support_per_year == made.parameters.labs.parent_budget_share * core > 0.0
    assert made.labs[OPENAI].support_per_year == made.labs[ANTHROPIC].support_per_year == 0.0


def test_cash_at_the_start_is_paid_in_once() -> None:
    made = market(1, lab__openai__cash_at_start_usd=9e9)
    assert made.world.ledger.received("lab.openai", ["investors"]) == pytest.approx(9e9, rel=EXACT)
    made.step()
    assert made.world.ledger.received("lab.openai", ["investors"]) == 0.0


# the books of a small market ------------------------------------------------------------------------------------------


class Week(NamedTuple):
    """What stands after a week, and was paid in it (USD): by lab (L,), cloud (H,), or both."""

    cash: NDArray[np.float64]
    lab_cash: NDArray[np.float64]
    revenue: NDArray[np.float64]
    rents_due: NDArray[np.float64]
    tenants_due: NDArray[np.float64]
    rents: NDArray[np.float64]
    tenants: NDArray[np.float64]
    customers: NDArray[np.float64]
    by_workload: NDArray[np.float64]
    large_share: NDArray[np.float64]
    staff: NDArray[np.float64]
    investors: NDArray[np.float64]
    spent_per_year: NDArray[np.float64]


@functools.cache
def weeks() -> tuple[InferenceMarket, list[Week]]:
    """Forty weeks, and what was noted after each."""
    made, notes = market(), []

    def look(now: InferenceMarket) -> None:
        books, of = now.world.ledger, now.world.ledger.of
        labs, clouds = (
            [f"lab.{name}" for name in now.world.lab_names],
            [f"cloud.{name}" for name in now.world.constants.cloud_names],
        )
        hourly = np.array([lab.rent for lab in now.labs])
        noted: dict[str, Any] = {
            "cash": [books.cash[of[name]] for name in labs],
            "lab_cash": [lab.cash for lab in now.labs],
            "revenue": now.world.revenue.sum(axis=1),
            "rents_due": now.world.contracts * hourly[:, None] * 168.0,
            "tenants_due": now.world.outside_used * now.world.outside_rent * 168.0 * PAYING,
            "rents": [[books.spent(lab, [cloud]) for cloud in clouds] for lab in labs],
            "tenants": [books.spent("tenants", [cloud]) for cloud in clouds],
            "customers": [[books.spent(payer, [lab]) for lab in labs] for payer in CUSTOMERS],
            "by_workload": now.world.revenue.copy(),
            "large_share": now.world.large_share.copy(),
            "staff": [books.spent(lab, ["households"]) for lab in labs],
            "investors": [books.received(lab, ["investors"]) for lab in labs],
            "spent_per_year": [lab.spent_per_year for lab in now.labs],
        }
        notes.append(Week(**{name: np.array(value) for name, value in noted.items()}))

    made.run(made.clock.date_of(39), progress=look)
    return made, notes


def test_what_customers_pay_is_what_labs_earn() -> None:
    made, notes = weeks()
    for week in notes:
        assert week.customers.sum(axis=0) == pytest.approx(week.revenue, rel=SUMS)
    earned = np.array([made.observables.series("revenue", lab) for lab in made.world.lab_names])
    assert earned == pytest.approx(np.array([week.customers.sum(axis=0) for week in notes]).T, rel=SUMS)


def test_each_kind_of_customer_pays_for_its_own_work_every_week() -> None:
    """By the payer in the table of workloads; organisations' bills split into large ones' and firms'."""
    made, notes = weeks()
    kinds = ("consumers", "vendors", "employers", "organisations")
    columns = {kind: [w.paid_by == kind for w in made.parameters.workload.values()] for kind in kinds}
    for week in notes:
        for place, kind in enumerate(kinds[:3]):
            assert week.customers[place] == pytest.approx(week.by_workload[:, columns[kind]].sum(axis=1), rel=SUMS)
        bills = week.by_workload * np.array(columns["organisations"])
        assert week.customers[3] == pytest.approx((bills * week.large_share).sum(axis=1), rel=SUMS)
        assert week.customers[4] == pytest.approx((bills * (1.0 - week.large_share)).sum(axis=1), rel=SUMS, abs=1e-6)
        assert ((week.large_share >= 0.0) & (week.large_share <= 1.0 + SUMS)).all()
    assert (notes[-1].customers.sum(axis=1) > 0.0).all()


def test_labs_and_other_tenants_pay_for_what_they_came_to_hold_the_week_before() -> None:
    """168 hours of every H100e: labs at contract rents, others at the mean of theirs; clouds' own teams pay nobody."""
    _, notes = weeks()
    for before, week in itertools.pairwise(notes):
        assert week.rents == pytest.approx(before.rents_due, rel=SUMS)
        assert week.tenants == pytest.approx(before.tenants_due, rel=SUMS)
        assert week.spent_per_year == pytest.approx(before.rents_due.sum(axis=1) * WEEKS_PER_YEAR, rel=SUMS)
    assert notes[-1].rents.sum() > 0.0 < notes[-1].tenants.sum()


def test_a_lab_s_cash_moves_by_what_it_earned_and_was_given_less_rents_and_staff() -> None:
    """Labs without a parent; every week from the second, and from nothing in the first."""
    made, notes = weeks()
    free = np.array([not lab.profile.parent for lab in made.labs])
    cash = np.zeros(len(made.labs))
    for week in notes:
        assert week.staff == pytest.approx(made.parameters.labs.staff_income_share * week.revenue, rel=SUMS)
        cash = cash + week.revenue + week.investors - week.rents.sum(axis=1) - week.staff
        assert week.lab_cash[free] == pytest.approx(cash[free], rel=SUMS, abs=1.0)  # a USD of billions
        assert week.cash[free] == pytest.approx(cash[free], rel=SUMS, abs=1.0)


def test_owned_labs_have_no_cash_at_the_end_of_any_week() -> None:
    made, notes = weeks()
    owned = np.array([bool(lab.profile.parent) for lab in made.labs])
    assert owned.sum() == 2
    for week in notes:
        assert (week.lab_cash[owned] == 0.0).all()
        assert week.cash[owned] == pytest.approx(np.zeros(2), abs=1.0)  # the rounding of hundreds of millions
        assert (week.investors[owned] == 0.0).all()
        assert (week.rents[owned].sum(axis=1) > 0.0).all()
