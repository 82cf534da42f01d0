"""Settlement: who pays whom this week. Every payment is booked with payer and payee."""

from typing import TYPE_CHECKING

import numpy as np

from agents.choice import Floats
from agents.consultancies import speedup
from agents.enterprises import APPLICATION_KINDS, PILOT, PRODUCTION
from agents.hyperscalers import HOURS_PER_WEEK
from model.clock import WEEKS_PER_YEAR
from model.phase import phase
from model.traffic import application_bills

if TYPE_CHECKING:
    from model.market import InferenceMarket

PAYERS = {"consumer": "consumers", "developer": "developers", "enterprise": "enterprises"}
MONTHS_PER_WEEK = 12.0 / WEEKS_PER_YEAR


@phase(reads="served, prices", writes="ledger, cash, revenue; budgets", finite=("revenue", "enterprises.columns.throttle"))
def settlement(market: "InferenceMarket") -> None:
    """Customers pay labs, labs pay hyperscalers and staff, tenants pay hyperscalers, investors fund."""
    market.ledger.open_week()
    market.revenue = metered_revenue(market) + subscription_revenue(market)
    _customers_pay(market)
    _tenants_pay(market)
    for lab in market.labs:
        _lab_pays(market, lab.index)
    _organisations_watch_budgets(market)


def kind_prices(market: "InferenceMarket") -> Floats:
    """Return list prices by lab, tier and token kind (L, T, 4), USD per token."""
    p = market.parameters.labs
    ratios = np.array([p.input_price_ratio, p.input_price_ratio * p.cached_price_ratio, 1.0, 1.0])
    return market.catalogue.price[:, :, None] * ratios * 1e-6


def metered_revenue(market: "InferenceMarket") -> Floats:
    """Return what metered tokens served bring in, by lab and workload (L, W), USD a week."""
    billed = np.einsum("lwtk,ltk->lw", market.outcome.served.tokens.astype(np.float64), kind_prices(market))
    return billed * (1.0 - market.discount) * market.metered


def subscription_revenue(market: "InferenceMarket") -> Floats:
    """Return subscriptions and seats, by lab and workload (L, W), USD a week."""
    p, of, labs = market.parameters, market.index.of, len(market.labs)
    income = np.zeros((labs, len(market.index.names)))
    c = market.enterprises.columns
    payers = market.users.payer_counts(labs)
    income[:, of["chat-paid"]] = payers * market.people_per_row * p.consumers.subscription_usd_per_month
    _, daily, _ = market.developers.counts(labs)
    paying = daily * market.developers_per_row * p.developers.assist_paid_share
    income[:, of["code-assist"]] = paying * p.labs.coding_usd_per_month
    seated = np.flatnonzero(c.seat_lab >= 0)
    seats = np.bincount(c.seat_lab[seated], weights=(c.seats * c.weight)[seated], minlength=labs)
    income[:, of["seat"]] = seats * p.labs.seat_usd_per_month
    return income * MONTHS_PER_WEEK


def _customers_pay(market: "InferenceMarket") -> None:
    for segment, payer in PAYERS.items():
        mask = market.segment_masks[segment]
        for name, usd in zip(market.lab_names, market.revenue[:, mask].sum(axis=1).tolist(), strict=True):
            market.ledger.pay(payer, f"lab.{name}", usd)
    fee = market.parameters.consultancies.fee_usd_per_organisation_year / WEEKS_PER_YEAR
    market.ledger.pay("enterprises", "consultancies", fee * sum(firm.staffed for firm in market.consultancies))


def _tenants_pay(market: "InferenceMarket") -> None:
    for h, name in enumerate(market.cloud_names):
        market.ledger.pay("tenants", f"cloud.{name}", market.outside_used[h] * HOURS_PER_WEEK * market.rent)
        core = market.hyperscalers[h].core_cash_per_year
        market.ledger.pay("advertisers", f"cloud.{name}", core / WEEKS_PER_YEAR)


def _lab_pays(market: "InferenceMarket", i: int) -> None:
    """Pay rents by contract and staff; a parent or investors cover what is missing."""
    lab, ledger, p = market.labs[i], market.ledger, market.parameters.labs
    account = f"lab.{lab.name}"
    earned = float(market.revenue[i].sum())
    for h, name in enumerate(market.cloud_names):
        ledger.pay(account, f"cloud.{name}", float(lab.contracts[h]) * HOURS_PER_WEEK * lab.rent)
    ledger.pay(account, "households", p.staff_income_share * earned)
    lab.spent_per_year = lab.held_h100e * HOURS_PER_WEEK * lab.rent * WEEKS_PER_YEAR
    if market.clock.week == 0:
        ledger.pay("investors", account, lab.profile.cash_at_start_usd)
    short = -ledger.balance(account)
    if lab.profile.parent:
        cloud = market.hyperscalers[market.cloud_names.index(lab.profile.parent)]
        lab.support_per_year = p.parent_budget_share * cloud.core_cash_per_year
        ledger.pay(f"cloud.{lab.profile.parent}", account, short)
    else:
        offered = lab.funding_per_year(p, 1.0) / WEEKS_PER_YEAR
        runway = p.runway_years * lab.spent_per_year
        if -short < runway:
            ledger.pay("investors", account, offered)
    lab.cash = ledger.balance(account)


def _organisations_watch_budgets(market: "InferenceMarket") -> None:
    """Let organisations throttle their calls where the bill passes the budget."""
    prices = kind_prices(market)
    index = [market.index.of[name] for name in APPLICATION_KINDS]
    paid = 1.0 - market.discount[index]
    per_task = np.einsum("lwbt,lwbtk,ltk->lwb", market.plans.share[:, index], market.plans.tokens[:, index], prices)
    per_task *= paid[None, :, None]
    bills = application_bills(market, per_task.reshape(len(market.labs), -1))
    market.enterprises.columns.throttle[:] = market.enterprises.throttles(bills)


@phase(reads="populations", writes="published figures, urgency, implementers", finite=("urgency", "implementers"))
def publication(market: "InferenceMarket") -> None:
    """Consultancies survey enterprises, publish with a lag, and staff implementations."""
    p, week, c = market.parameters.consultancies, market.clock.week, market.enterprises.columns
    deciding = (c.stage == PILOT) | (c.stage == PRODUCTION)
    wanted = float((c.weight * deciding).sum())
    for firm in market.consultancies:
        if firm.surveys_now(p, week):
            found = firm.survey(p, market.streams, week, c.stage, c.ability, c.weight)
            firm.pending.append([float(week), found.any_use, found.three_functions, found.advantage])
        firm.publish(p, week)
        firm.staff(p, wanted if market.parameters.mechanisms.consulting_flywheel else 0.0)
    market.urgency = max(firm.urgency(p, week) for firm in market.consultancies)
    market.implementers = speedup(p, sum(firm.staffed for firm in market.consultancies), wanted)
