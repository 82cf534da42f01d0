"""Settlement: who pays whom this week. Every payment is booked with payer and payee."""

from typing import TYPE_CHECKING

import numpy as np

from agents.choice import Floats, Ints
from agents.consultancies import speedup
from agents.developers import DAILY
from agents.enterprises import PILOT, PRODUCTION
from agents.units import HOURS_PER_WEEK, WEEKS_PER_YEAR
from model.phase import phase
from model.products import kind_prices
from model.traffic import application_bills

if TYPE_CHECKING:
    from model.market import InferenceMarket

MONTHS_PER_WEEK = 12.0 / WEEKS_PER_YEAR


@phase(
    reads="served, prices", writes="ledger, cash, revenue; budgets", finite=("revenue", "enterprises.columns.throttle")
)
def settlement(market: "InferenceMarket") -> None:
    """Customers pay labs, labs pay hyperscalers and staff, tenants pay hyperscalers, investors fund."""
    market.ledger.open_week()
    market.revenue = metered_revenue(market) + subscription_revenue(market)
    _customers_pay(market)
    _tenants_pay(market)
    _labs_pay(market)
    _labs_are_funded(market)
    _organisations_watch_budgets(market)


def metered_revenue(market: "InferenceMarket") -> Floats:
    """Return what metered tokens served bring in, by lab and workload (L, W), USD a week."""
    return billed(market.outcome.served.counts, kind_prices(market)) * (1.0 - market.discount) * market.metered


def billed(counts: Ints, prices: Floats) -> Floats:
    """Return what the tokens among counts (L, W, T, 7) cost at prices (L, T, 4), by lab and workload (L, W)."""
    first, *others = (counts[..., k] * prices[:, None, :, k] for k in range(prices.shape[2]))
    return sum(others, first).sum(axis=-1)


def subscription_revenue(market: "InferenceMarket") -> Floats:
    """Return subscriptions and seats, by lab and workload (L, W), USD a week."""
    p, of, labs = market.parameters, market.index.of, len(market.labs)
    income = np.zeros((labs, len(market.index.names)))
    payers = market.users.payer_counts(labs)
    income[:, of["chat-paid"]] = payers * market.people_per_row * p.consumers.subscription_usd_per_month
    daily = market.developers.tool_users(labs)[:, DAILY:].sum(axis=1)
    paying = daily * market.developers_per_row * p.developers.assist_paid_share
    income[:, of["code-assist"]] = paying * p.labs.coding_usd_per_month
    income[:, of["seat"]] = market.enterprises.seats_by_lab(labs) * p.labs.seat_usd_per_month
    return income * MONTHS_PER_WEEK


def _customers_pay(market: "InferenceMarket") -> None:
    ledger = market.ledger
    ledger.pay_each("customers", "labs", market.segment_table @ market.revenue.T)
    fee = market.parameters.consultancies.fee_usd_per_organisation_year / WEEKS_PER_YEAR
    ledger.pay("enterprises", "consultancies", fee * sum(firm.staffed for firm in market.consultancies))


def _tenants_pay(market: "InferenceMarket") -> None:
    core = np.array([cloud.core_cash_per_year for cloud in market.hyperscalers])
    market.ledger.pay_each("tenants", "clouds", market.outside_used * (HOURS_PER_WEEK * market.rent))
    market.ledger.pay_each("advertisers", "clouds", core / WEEKS_PER_YEAR)


def _labs_pay(market: "InferenceMarket") -> None:
    """Let labs pay rents by contract, and staff by what they earned."""
    ledger, p = market.ledger, market.parameters.labs
    hourly = np.array([lab.rent for lab in market.labs])
    ledger.pay_each("labs", "clouds", market.contracts * (HOURS_PER_WEEK * hourly)[:, None])
    ledger.pay_each("labs", "households", p.staff_income_share * market.revenue.sum(axis=1))
    for lab in market.labs:
        lab.spent_per_year = lab.held_h100e * HOURS_PER_WEEK * lab.rent * WEEKS_PER_YEAR


def _labs_are_funded(market: "InferenceMarket") -> None:
    """Let a parent settle what is missing or left, and investors pay in while cash is short of the runway."""
    ledger, p = market.ledger, market.parameters.labs
    if market.clock.week == 0:
        ledger.pay_each("investors", "labs", np.array([lab.profile.cash_at_start_usd for lab in market.labs]))
    for lab, balance in zip(market.labs, ledger.balances("labs").tolist(), strict=True):
        account, received = f"lab.{lab.name}", 0.0
        if lab.profile.parent:
            cloud = market.hyperscalers[market.cloud_names.index(lab.profile.parent)]
            lab.support_per_year = p.parent_budget_share * cloud.core_cash_per_year
            received = -balance
            ledger.pay(f"cloud.{lab.profile.parent}", account, received)
        elif balance < p.runway_years * lab.spent_per_year:
            received = lab.funding_per_year(p) / WEEKS_PER_YEAR
            ledger.pay("investors", account, received)
        lab.cash = balance + received


def _organisations_watch_budgets(market: "InferenceMarket") -> None:
    """Let organisations throttle their calls where the bill passes the budget."""
    bills = application_bills(market, market.application_usd)
    market.enterprises.columns.throttle[:] = market.enterprises.throttles(bills)


@phase(reads="populations", writes="published figures, urgency, implementers", finite=("urgency", "implementers"))
def publication(market: "InferenceMarket") -> None:
    """Consultancies survey enterprises, publish with a lag, and staff implementations."""
    p, week, c = market.parameters.consultancies, market.clock.week, market.enterprises.columns
    deciding = (c.stage == PILOT) | (c.stage == PRODUCTION)
    wanted = float(c.weight[deciding].sum())
    for firm in market.consultancies:
        if firm.surveys_now(p, week):
            found = firm.survey(p, market.streams, week, c.stage, c.ability, c.weight)
            firm.pending.append([float(week), found.any_use, found.three_functions, found.advantage])
        firm.publish(p, week)
        firm.staff(p, wanted if market.parameters.mechanisms.consulting_flywheel else 0.0)
    market.urgency = max(firm.urgency(p, week) for firm in market.consultancies)
    market.implementers = speedup(p, sum(firm.staffed for firm in market.consultancies), wanted)
