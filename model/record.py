"""Recording: the week's observables, under the names that targets and figures use."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import TIERS
from agents.choice import Floats, Ints
from agents.hyperscalers import HOURS_PER_WEEK
from agents.workloads import BINS
from model.clock import WEEKS_PER_MONTH, WEEKS_PER_YEAR
from model.observables import Row
from model.phase import phase
from model.state import check_finite

if TYPE_CHECKING:
    from model.market import InferenceMarket

TOKEN_RATE = "token/month"
USD_RATE = "USD/year"
LARGE_CUSTOMER_TOKENS = 1e11
CLASS_TOLERANCE = 0.05
DOUBLING_WEEKS = 26


@phase(reads="everything", writes="one row of observables")
def record(market: "InferenceMarket") -> None:
    """Close the books of the week and write its observables."""
    market.ledger.close_week(market.clock.week)
    row = market.observables.row()
    _record_tokens(market, row)
    _record_requests(market, row)
    cost = serving_cost(market)
    _record_prices(market, row, cost)
    _record_revenue(market, row, cost)
    _record_compute(market, row)
    _record_adoption(market, row)
    _record_enterprises(market, row)
    market.observables.record(market.clock.week, row)
    check_finite(market)


def _ratio(a: float, b: float) -> float:
    return a / b if b else 0.0


def _both(row: Row, observable: str, market: "InferenceMarket", segment: str, unit: str, values: NDArray[Any]) -> None:
    """Add a series for each lab and their sum for the market."""
    row.add_each(observable, market.lab_names, segment, unit, values)
    row.add(observable, "market", segment, unit, float(values.sum()))


def _table(
    row: Row, observable: str, market: "InferenceMarket", segments: Iterable[str], unit: str, values: Floats
) -> None:
    """Add a series for each lab and their sum for the market, for each segment; values (segments, L)."""
    table = np.empty((len(values), len(market.lab_names) + 1))
    table[:, :-1] = values
    np.add.reduce(values, axis=1, out=table[:, -1])
    row.add_table(observable, (*market.lab_names, "market"), segments, unit, table)


def _by_segment(market: "InferenceMarket", amounts: Floats | Ints) -> dict[str, Any]:
    """Sum amounts over the workloads of each reporting segment: (..., W) to (...,) by segment."""
    return dict(zip(market.reporting_masks, market.reporting_table @ amounts.T, strict=True))


def _record_tokens(market: "InferenceMarket", row: Row) -> None:
    served = market.outcome.served.tokens.sum(axis=(2, 3))
    asked = market.outcome.asked.tokens.sum(axis=(2, 3))
    for name, tokens in (("tokens_served", served), ("tokens_unserved", asked - served)):
        sums = (market.reporting_table @ tokens.T) * WEEKS_PER_MONTH
        _table(row, name, market, market.reporting_masks, TOKEN_RATE, sums)
    kinds = market.outcome.served.tokens.sum(axis=(0, 1, 2))
    for kind, tokens in zip(("input", "cached", "visible", "hidden"), kinds.tolist(), strict=True):
        row.add("tokens_by_kind", "market", kind, TOKEN_RATE, tokens * WEEKS_PER_MONTH)
    need = market.outcome.need_hours.sum(axis=(1, 2))
    used = market.outcome.used_hours.sum(axis=(1, 2))
    row.add_each("demand_unserved_share", market.lab_names, "all", "share", 1.0 - used / np.maximum(need, 1e-9))
    row.add("demand_unserved_share", "market", "all", "share", 1.0 - _ratio(used.sum(), need.sum()))
    backlog = market.backlog.tokens.sum(axis=(1, 2, 3)).astype(np.float64)
    _both(row, "tokens_waiting", market, "all", "token", backlog)


def _record_requests(market: "InferenceMarket", row: Row) -> None:
    served = market.outcome.served
    calls = _by_segment(market, market.outcome.asked.calls.sum(axis=2))
    segments = ("api", "consumer")
    _table(row, "requests", market, segments, "request/week", np.array([calls[s] for s in segments], dtype=np.float64))
    kinds = served.tokens.sum(axis=(0, 2)).T
    others = [getattr(served, name).sum(axis=(0, 2)) for name in ("tasks", "calls", "thinking")]
    amounts = np.array((kinds[2], kinds[3], kinds[0] + kinds[1] + kinds[2] + kinds[3], *others))
    names = ("visible", "hidden", "tokens", "tasks", "calls", "thinking")
    sums = (market.reporting_table @ amounts.T).astype(np.float64).tolist()
    totals = {s: dict(zip(names, total, strict=True)) for s, total in zip(market.reporting_masks, sums, strict=True)}
    api, chat, agent, everything = (totals[segment] for segment in ("api", "chat", "agent", "all"))
    for name, total in (("api", api), ("consumer", chat)):
        row.add("tokens_per_request", "market", name, "token/request", _ratio(total["tokens"], total["calls"]))
    row.add("tokens_per_task", "market", "agent", "token/task", _ratio(agent["tokens"], agent["tasks"]))
    for name, total in (("api", api), ("all", everything)):
        row.add("reasoning_token_share", "market", name, "share", _ratio(total["thinking"], total["tokens"]))
    for name in ("api", "chat"):
        row.add("ambition", "market", name, "log10 E", float(market.ambition[market.reporting_masks[name]].mean()))
    row.add("thinking_effort", "market", "api", "hidden/visible", _ratio(api["hidden"], api["visible"]))
    row.add_each("requests_jump_at_release", market.lab_names, "api", "ratio", release_jumps(market, calls["api"]))


def release_jumps(market: "InferenceMarket", api: Ints) -> Floats:
    """Return, by lab, API calls asked for (L,) in three weeks after its latest flagship over the week before (L,)."""
    market.recent_calls[:, :-1] = market.recent_calls[:, 1:]
    market.recent_calls[:, -1] = api
    age = market.clock.week - market.catalogue.released
    ready = (age == 2) & (market.recent_calls[:, 0] > 0.0) & (market.catalogue.released > 0)
    ratio = market.recent_calls[:, 1:].sum(axis=1) / 3 / np.maximum(market.recent_calls[:, 0], 1e-9)
    market.release_jump = np.where(ready, ratio, market.release_jump)
    return market.release_jump


def _record_prices(market: "InferenceMarket", row: Row, cost: Floats) -> None:
    catalogue = market.catalogue
    listed = np.where(catalogue.available & market.open_since("api_date")[:, None], catalogue.price, 0.0)
    for tier, name in enumerate(TIERS):
        row.add_each("price_list", market.lab_names, name, "USD/Mtok", listed[:, tier])
    row.add("price_constant_quality", "market", "gpt-4-class", "USD/Mtok", price_of_quality(market, 0.0))
    api = market.reporting_masks["api"]
    tokens = market.outcome.served.tokens[:, api].sum()
    row.add("price_paid", "market", "api", "USD/Mtok", _ratio(market.revenue[:, api].sum() * 1e6, tokens))
    row.add_each("serving_unit_cost", market.lab_names, "all", "USD/Mtok", market.unit_cost[:, 1])
    tokens_of = np.maximum(market.outcome.served.tokens.sum(axis=(1, 2, 3)), 1)
    per_mtok = cost.sum(axis=1) * 1e6 / tokens_of
    row.add_each("serving_cost_per_token", market.lab_names, "all", "USD/Mtok", per_mtok)
    row.add_each("capability", market.lab_names, "flagship", "log10 E", np.maximum(catalogue.best_capability(), -9.0))
    row.add_each("frontier", market.lab_names, "research", "log10 E", np.array([x.frontier for x in market.labs]))
    row.add_each("generation", market.lab_names, "flagship", "count", catalogue.generation.astype(np.float64))
    row.add("rent", "market", "all", "USD/GPU-hour", market.rent)


def price_of_quality(market: "InferenceMarket", quality: float) -> float:
    """Return the lowest list price (USD per million visible output tokens) that buys a capability.

    A weaker model may think: effort r with q + b log10(1 + r) = quality multiplies the tokens. Where no model on sale
    reaches the quality within its ceiling, the weaker ones are priced as if they could think that long.
    """
    c, gain = market.catalogue, max(market.parameters.demand.thinking_gain, 1e-6)
    sold = c.available & market.open_since("api_date")[:, None]
    if not sold.any():
        return 0.0
    missing = np.maximum(quality - CLASS_TOLERANCE - c.capability[sold], 0.0)
    factor = 10.0 ** np.minimum(missing / gain, 6.0)
    price = c.price[sold] * factor
    reachable = factor - 1.0 <= c.ceiling[sold]
    return float(price[reachable].min() if reachable.any() else price.min())


def serving_cost(market: "InferenceMarket") -> Floats:
    """Return the cost of what was served, idle part included, by lab and workload (L, W), USD a week."""
    rents = np.array([lab.rent for lab in market.labs])
    hours = market.outcome.used_hours.sum(axis=2) / market.parameters.labs.target_utilisation
    return hours * rents[:, None]


def _record_revenue(market: "InferenceMarket", row: Row, cost: Floats) -> None:
    sums = _by_segment(market, market.revenue)
    segments = ("all", "api", "coding", "consumer", "developer", "enterprise")
    weekly = np.array([sums[segment] for segment in segments])
    _table(row, "revenue", market, segments, "USD", weekly)
    _table(row, "revenue_run_rate", market, segments, USD_RATE, weekly * WEEKS_PER_YEAR)
    total = sums["all"]
    row.add_each("revenue_share_api", market.lab_names, "api", "share", sums["api"] / np.maximum(total, 1e-9))
    paid_cost = cost[:, market.paid_mask].sum(axis=1)
    margin = np.where(total > 0.0, 1.0 - paid_cost / np.maximum(total, 1e-9), 0.0)
    row.add_each("gross_margin_inference", market.lab_names, "paid", "share", np.maximum(margin, -9.0))
    density = market.fleet.operating.sum() / max(market.fleet.draw_mw.sum(), 1e-9)
    gigawatts = np.array([lab.compute_h100e for lab in market.labs]) / density / 1000.0
    per_gw = total * WEEKS_PER_YEAR / np.maximum(gigawatts, 1e-9)
    row.add_each("revenue_run_rate_per_gw", market.lab_names, "all", "USD/year/GW", per_gw)
    row.add_each("cash", market.lab_names, "all", "USD", np.array([lab.cash for lab in market.labs]))


def _record_compute(market: "InferenceMarket", row: Row) -> None:
    fleet, unlimited = market.fleet, not market.parameters.mechanisms.supply_limits
    live = fleet.live(unlimited=unlimited)
    for name, values in (
        ("installed_compute", fleet.installed),
        ("live_compute", live),
        ("ordered_compute", fleet.on_order),
    ):
        row.add_each(name, market.cloud_names, "all", "H100e", values)
        row.add(name, "market", "all", "H100e", float(values.sum()))
    row.add("power", "market", "all", "MW", float(fleet.powered_mw.sum()))
    row.add("power_waiting", "market", "all", "MW", float(fleet.waiting_mw.sum()))
    row.add("chips_without_power", "market", "all", "H100e", float((fleet.operating - live).sum()))
    held = np.array([lab.compute_h100e for lab in market.labs])
    serving = np.array([lab.serving_share for lab in market.labs])
    row.add_each("compute_used", market.lab_names, "all", "H100e", held)
    row.add_each(
        "compute_sought", market.lab_names, "all", "H100e", np.array([lab.sought_h100e for lab in market.labs])
    )
    row.add_each("compute_share_inference", market.lab_names, "all", "share", serving)
    outside = float(market.outside_used.sum())
    inference = float((held * serving).sum()) + outside * market.parameters.hyperscalers.outside_inference_share
    row.add("compute_share_inference", "market", "all", "share", _ratio(inference, float(held.sum()) + outside))
    used = market.outcome.used_hours.sum(axis=(1, 2))
    row.add_each("utilisation", market.lab_names, "serving", "share", used / np.maximum(market.capacity_hours, 1e-9))
    row.add("utilisation", "market", "serving", "share", _ratio(used.sum(), market.capacity_hours.sum()))
    row.add("utilisation", "market", "fleet", "share", _ratio(float(held.sum()) + outside, float(live.sum())))
    row.add_each("serving_capacity", market.lab_names, "all", "H100e", held * serving)
    row.add_each("serving_throughput", market.lab_names, "all", "Mtok/week", serving_throughput(market))
    row.add_each("serving_capacity_doubling", market.lab_names, "all", "month", doubling_months(market))
    weekly = (
        market.capex_paid + np.array([h.profile.other_capex_usd_per_year for h in market.hyperscalers]) / WEEKS_PER_YEAR
    )
    row.add_each("capex", market.cloud_names, "all", "USD", weekly)
    row.add("capex", "market", "big-4", "USD", float(weekly[market.big_four].sum()))


def serving_throughput(market: "InferenceMarket") -> Floats:
    """Return what each lab could serve of its standard tier (L,), million output tokens a week."""
    return market.capacity_hours / np.maximum(market.hours_per_mtok[:, 1], 1e-12)


def doubling_months(market: "InferenceMarket") -> Floats:
    """Return the doubling time of compute that serves over the last half year (L,), months; 99 for none."""
    now = np.array([lab.compute_h100e * lab.serving_share for lab in market.labs])
    market.recent_capacity[:, :-1] = market.recent_capacity[:, 1:]
    market.recent_capacity[:, -1] = now
    then = market.recent_capacity[:, 0]
    grown = np.log2(np.maximum(now, 1e-9) / np.maximum(then, 1e-9))
    months = (DOUBLING_WEEKS / WEEKS_PER_MONTH) / np.where(grown > 0.01, grown, 1.0)
    return np.where((grown > 0.01) & (then > 0.0), np.minimum(months, 99.0), 99.0)


def _record_adoption(market: "InferenceMarket", row: Row) -> None:
    labs = len(market.labs)
    users = market.users.app_counts(labs) * market.people_per_row
    assisted = market.profile_array("surface_reach_people") * np.array([lab.assisted for lab in market.labs])
    everyone = users + np.where(market.open_since("messenger_date"), assisted, 0.0)
    _both(row, "weekly_users", market, "consumer", "user", everyone)
    paid = market.users.payer_counts(labs) * market.people_per_row
    _both(row, "subscribers", market, "consumer", "user", paid)
    chat = market.outcome.asked.tasks.sum(axis=2)[:, market.reporting_masks["chat"]].sum(axis=1)
    row.add_each(
        "requests_per_user_day", market.lab_names, "consumer", "request/user/day", chat / np.maximum(7.0 * users, 1.0)
    )
    weight = market.developers_per_row
    builders, _, agent = market.developers.counts(labs)
    _both(row, "developers", market, "api", "developer", builders * weight)
    _both(row, "developers", market, "agents", "developer", agent * weight)
    for name, share in zip(("any", "daily", "agent"), market.developers.stage_shares().tolist(), strict=True):
        row.add("developer_tool_use", "market", name, "share", share)
    row.add("agent_commit_share", "market", "coding", "share", commit_share(market))
    row.add("productivity", "market", "developer", "ratio", market.productivity())
    row.add("apps", "market", "developer", "app", np.count_nonzero(market.apps.lab >= 0) * weight)
    row.add("apps_without_slot", "market", "developer", "app", market.apps_without_slot * weight)


def commit_share(market: "InferenceMarket") -> float:
    """Return the share of all commits that coding agents write."""
    p, weight = market.parameters.developers, market.developers_per_row
    tasks = float(market.outcome.served.tasks[:, market.index.of["code-agent"]].sum())
    by_agents = tasks * p.commits_per_task
    by_people = len(market.developers.columns) * weight * p.commits_per_week
    return _ratio(by_agents, by_agents + by_people)


def _record_enterprises(market: "InferenceMarket", row: Row) -> None:
    c, labs, of = market.enterprises.columns, len(market.labs), market.index.of
    for name, share in zip(
        ("any-use", "production", "three-functions"), market.enterprises.shares().tolist(), strict=True
    ):
        row.add("enterprise_adoption", "market", name, "share", share)
    seated = np.flatnonzero(c.seat_lab >= 0)
    seats = np.bincount(c.seat_lab[seated], weights=(c.seats * c.weight)[seated], minlength=labs)
    _both(row, "enterprise_seats", market, "enterprise", "seat", seats)
    asked = market.outcome.asked.tasks[:, of["seat"]].sum(axis=1).astype(np.float64)
    _both(row, "enterprise_requests", market, "enterprise", "request/week", asked)
    large = market.enterprises.above(organisation_tokens(market) * WEEKS_PER_MONTH, LARGE_CUSTOMER_TOKENS)
    counts = np.bincount(c.lab + 1, weights=large, minlength=labs + 1)[1:]
    _both(row, "customers_over_100b_tokens", market, "enterprise", "customer", counts)
    weight = c.weight.astype(np.float64)
    share_enabled = _ratio(float((c.enabled * weight).sum()), float((c.applications * weight).sum()))
    row.add("applications_enabled", "market", "enterprise", "share", share_enabled)
    row.add(
        "amplification",
        "market",
        "enterprise",
        "ratio",
        float((market.graphs.amplification * weight).sum() / weight.sum()),
    )
    row.add("urgency", "market", "enterprise", "ratio", market.urgency)
    row.add("implementers", "market", "enterprise", "ratio", market.implementers)
    business = market.revenue[:, market.metered].sum(axis=1) + market.revenue[:, of["seat"]]
    row.add_each("revenue_ai_cloud", market.lab_names, "enterprise", USD_RATE, business * WEEKS_PER_YEAR)
    row.add_each("backlog", market.lab_names, "enterprise", "USD", contract_backlog(market, business))


def organisation_tokens(market: "InferenceMarket") -> Floats:
    """Return tokens a week that one organisation of each row is served for its applications (enterprises,)."""
    c = market.enterprises.columns
    served = np.repeat(market.outcome.fraction[:, market.application_rows], BINS, axis=1)
    planned = market.application_tokens * served
    return np.einsum("ec,ec->e", market.application_flows, planned[np.maximum(c.lab, 0)])


def contract_backlog(market: "InferenceMarket", business: Floats) -> Floats:
    """Return contracted future revenue (L,), USD: other labs' compute contracts with a lab's parent, its own customers.

    Contracts are on average half-way through their term.
    """
    rents = np.array([lab.rent for lab in market.labs])
    tenants = market.contracts * rents[:, None] * HOURS_PER_WEEK
    others = tenants.sum(axis=0) - tenants  # (L, H): of all labs but one
    weekly = business + (others * market.own_cloud).sum(axis=1)
    return weekly * WEEKS_PER_YEAR * market.parameters.hyperscalers.contract_years / 2.0
