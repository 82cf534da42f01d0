"""Settlement: who pays whom this week. Every payment is booked with payer and payee."""

import numpy as np

from agents.choice import Floats, Ints
from agents.consultancies import speedup
from agents.developers import DAILY
from agents.enterprises import PILOT, PRODUCTION
from agents.lognormal import share_above
from agents.metered_demand import moved_budget
from agents.plan_menu import sold_at
from agents.units import HOURS_PER_WEEK, WEEKS_PER_YEAR
from model.phases import phase
from model.products import kind_prices
from model.rent import rents_paid
from model.traffic import of_organisations
from model.uptake import completion_worth
from model.world import World

SHARE_MEMORY_WEEKS = 8.0
LEAST_BUDGET_USD_PER_EMPLOYEE = 0.05
LEAST_CODING_BUDGET_USD = 1e7
"""Budgets for trials that need no proof, a year."""
MONTHS_PER_WEEK = 12.0 / WEEKS_PER_YEAR


@phase(
    reads="served, prices",
    writes="ledger, cash, revenue; budgets",
    finite=("revenue", "enterprises.columns.budget", "metered.coding_budget", "metered.share"),
)
def settlement(world: World) -> None:
    """Customers pay labs, labs pay hyperscalers and staff, tenants pay hyperscalers, investors fund."""
    world.ledger.open_week()
    world.revenue = metered_revenue(world) + subscription_revenue(world)
    _customers_pay(world)
    _tenants_pay(world)
    _labs_pay(world)
    _labs_are_funded(world)
    _payers_grant_budgets(world)
    _labs_share_the_market(world)


def metered_revenue(world: World) -> Floats:
    """Return what metered tokens served bring in, by lab and workload (L, W), USD a week."""
    return (
        billed(world.outcome.served.counts, kind_prices(world))
        * (1.0 - world.constants.discount)
        * world.constants.metered
    )


def billed(counts: Ints, prices: Floats) -> Floats:
    """Return what the tokens among counts (L, W, T, 7) cost at prices (L, T, 4), by lab and workload (L, W)."""
    first, *others = (counts[..., k] * prices[:, None, :, k] for k in range(prices.shape[2]))
    return sum(others, first).sum(axis=-1)


def subscription_revenue(world: World) -> Floats:
    """Return subscriptions and seats, by lab and workload (L, W), USD a week."""
    p, menus, of, labs = world.parameters, world.menus, world.constants.index.of, len(world.labs)
    income = np.zeros((labs, len(world.constants.index.names)))
    payers = world.users.payer_counts(labs)
    income[:, of["chat-paid"]] = payers * world.people_per_row * menus.paid
    daily = world.developers.tool_users(labs)[:, DAILY:].sum(axis=1)
    paying = share_above(menus.completion_price, completion_worth(world), p.developers.assist_value_sd)
    income[:, of["code-assist"]] = daily * world.developers_per_row * paying * sold_at(menus.completion_price)
    income[:, of["seat"]] = world.enterprises.seats_by_lab(labs) * sold_at(menus.seat_price)
    return income * MONTHS_PER_WEEK


def _customers_pay(world: World) -> None:
    ledger = world.ledger
    ledger.pay_each("customers", "labs", paid_by_customers(world))
    fee = world.parameters.consultancies.fee_usd_per_organisation_year / WEEKS_PER_YEAR
    ledger.pay("enterprises", "consultancies", fee * sum(firm.staffed for firm in world.consultancies))


def paid_by_customers(world: World) -> Floats:
    """Return what consumers, vendors, employers, large organisations and firms pay each lab (payer, L), USD a week."""
    *others, organisations = world.constants.payer_table
    large = world.revenue * organisations * world.large_share
    small = world.revenue * organisations - large
    return np.array([*(world.revenue @ payer for payer in others), large.sum(axis=1), small.sum(axis=1)])


def _tenants_pay(world: World) -> None:
    core = np.array([cloud.core_cash_per_year for cloud in world.hyperscalers])
    world.ledger.pay_each("tenants", "clouds", rents_paid(world))
    world.ledger.pay_each("advertisers", "clouds", core / WEEKS_PER_YEAR)


def _labs_pay(world: World) -> None:
    """Let labs pay rents by contract, and staff by what they earned."""
    ledger, p = world.ledger, world.parameters.labs
    hourly = np.array([lab.rent for lab in world.labs])
    ledger.pay_each("labs", "clouds", world.contracts * (HOURS_PER_WEEK * hourly)[:, None])
    ledger.pay_each("labs", "households", p.staff_income_share * world.revenue.sum(axis=1))
    for lab in world.labs:
        lab.spent_per_year = lab.held_h100e * HOURS_PER_WEEK * lab.rent * WEEKS_PER_YEAR


def _labs_are_funded(world: World) -> None:
    """Let a parent settle what is missing or left, and investors pay in while cash is short of the runway."""
    ledger, p = world.ledger, world.parameters.labs
    if world.clock.week == 0:
        ledger.pay_each("investors", "labs", np.array([lab.profile.cash_at_start_usd for lab in world.labs]))
    for lab, balance in zip(world.labs, ledger.balances("labs").tolist(), strict=True):
        account, received = f"lab.{lab.name}", 0.0
        if lab.profile.parent:
            cloud = world.hyperscalers[world.constants.cloud_names.index(lab.profile.parent)]
            lab.support_per_year = p.parent_budget_share * cloud.core_cash_per_year
            received = -balance
            ledger.pay(f"cloud.{lab.profile.parent}", account, received)
        elif balance < p.runway_years * lab.spent_per_year:
            received = lab.funding_per_year(p) / WEEKS_PER_YEAR
            ledger.pay("investors", account, received)
        lab.cash = balance + received


def _payers_grant_budgets(world: World) -> None:
    """Let organisations, and coders' employers, grant next budgets by what the work that they bought was worth.

    Organisations that gain from it grow.
    """
    p, c, kinds = world.parameters.metered, world.enterprises.columns, world.constants.metered_of["applications"]
    served = world.outcome.fraction[:, world.constants.application_rows]
    usd, worth = world.metered.usd_per_task[kinds].T * served, world.metered.worth
    bill, value = (of_organisations(world, part) * WEEKS_PER_YEAR for part in (usd, usd * worth[kinds]))
    c.budget[:] = moved_budget(c.budget, value, p)
    least = LEAST_BUDGET_USD_PER_EMPLOYEE * c.employees
    c.budget[:] = np.maximum(c.budget, least)
    coding = world.constants.metered_of["coding"]
    paid = world.revenue[:, world.constants.metered_rows[coding]].sum(axis=0)
    budget = moved_budget(world.metered.coding_budget, float(worth[coding] @ paid) * WEEKS_PER_YEAR, p)
    world.metered.coding_budget = max(budget, LEAST_CODING_BUDGET_USD)

    world.enterprises.grow(value - bill)


def _labs_share_the_market(world: World) -> None:
    """Remember each lab's share of metered revenue."""
    paid = world.revenue[:, world.constants.metered_rows].sum(axis=1)
    if (total := float(paid.sum())) > 0.0:
        world.metered.share += (paid / total - world.metered.share) / SHARE_MEMORY_WEEKS


@phase(reads="populations", writes="published figures, urgency, implementers", finite=("urgency", "implementers"))
def publication(world: World) -> None:
    """Consultancies survey enterprises, publish with a lag, and staff implementations."""
    p, week, c = world.parameters.consultancies, world.clock.week, world.enterprises.columns
    asked = (c.stage, c.ability, c.weight, c.output)
    stage, ability, weight, output = (column[world.enterprises.large] for column in asked)
    wanted = float(weight[(stage == PILOT) | (stage == PRODUCTION)].sum())
    for firm in world.consultancies:
        if firm.surveys_now(p, week):
            found = firm.survey(p, world.streams, week, stage, ability, weight, output)
            firm.pending.append([float(week), found.any_use, found.three_functions, found.advantage])
        firm.publish(p, week)
        firm.staff(p, wanted if world.parameters.mechanisms.consulting_flywheel else 0.0)
    world.urgency = max(firm.urgency(p, week) for firm in world.consultancies)
    world.implementers = speedup(p, sum(firm.staffed for firm in world.consultancies), wanted)
