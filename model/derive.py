"""From facts to observables: many weeks at once, under the names that targets and figures use.

Facts are arrays whose first axis is weeks (n): see `model.facts`. Everything else that is read (names, masks,
parameters) is the same in all of these weeks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.capacity_plan import LIMITS
from agents.catalogue import TIERS
from agents.choice import Floats, Ints
from agents.lognormal import median_of, share_above
from agents.plan_menu import PLANS
from agents.units import HOURS_PER_WEEK, WEEKS_PER_MONTH, WEEKS_PER_YEAR
from agents.workloads import PAYERS
from model.facts import Facts
from model.observables import Block
from model.plans import CALLS, TASKS, THINKING, TOKENS
from model.world import DOUBLING_WEEKS, YEAR_WEEKS, World

CLASS_TOLERANCE = 0.05
# Large customers of APIs: tokens a week, tokens in the last YEAR_WEEKS, and USD a year.
LARGE_CUSTOMER_TOKENS = 1e11 / WEEKS_PER_MONTH
TRILLION_CUSTOMER_TOKENS = 1e12
LARGE_CUSTOMER_USD_PER_YEAR = 1e6


@dataclass(frozen=True)
class Traffic:
    """What was asked and served in some weeks: sums over tiers (n, L, W), and over labs and tiers by kind (n, W, 4)."""

    asked_tokens: Ints
    served_tokens: Ints
    asked_tasks: Ints
    asked_calls: Ints
    served_by_kind: Ints
    served_tasks: Ints
    served_calls: Ints
    served_thinking: Ints

    @classmethod
    def of(cls, facts: Facts) -> "Traffic":
        """Sum the counts of the week's demands."""
        asked, served = facts.asked, facts.served
        return cls(
            asked_tokens=asked[..., TOKENS].sum(axis=-1),
            served_tokens=served[..., TOKENS].sum(axis=-1),
            asked_tasks=asked[..., TASKS],
            asked_calls=asked[..., CALLS],
            served_by_kind=served[..., TOKENS].sum(axis=1),
            served_tasks=served[..., TASKS],
            served_calls=served[..., CALLS],
            served_thinking=served[..., THINKING],
        )


def derive(world: World, weeks: Ints, facts: Facts, block: Block) -> None:
    """Add the observables of `weeks` (n,) to the block."""
    traffic = Traffic.of(facts)
    cost = serving_cost(world, facts)
    _tokens(world, facts, traffic, block)
    _requests(world, weeks, facts, traffic, block)
    _prices(world, weeks, facts, traffic, cost, block)
    _revenue(world, facts, cost, block)
    _menus(world, facts, block)
    _compute(world, facts, block)
    _adoption(world, weeks, facts, traffic, block)
    _enterprises(world, facts, traffic, block)


def _ratio(a: NDArray[Any], b: NDArray[Any]) -> Floats:
    """Return a / b, zero where b is."""
    return np.divide(a, b, out=np.zeros(np.broadcast(a, b).shape), where=b != 0)


def _both(block: Block, observable: str, labs: tuple[str, ...], segment: str, values: NDArray[Any]) -> None:
    """Add a series for each lab and their sum for the market; values (n, L)."""
    _table(block, observable, labs, (segment,), values[:, None, :])


def _table(block: Block, observable: str, labs: tuple[str, ...], segments: Iterable[str], values: NDArray[Any]) -> None:
    """Add a series for each lab and their sum for the market, for each segment; values (n, segments, L)."""
    total = values.sum(axis=2, keepdims=True)
    block.add_table(observable, (*labs, "market"), segments, np.concatenate((values, total), axis=2))


def _by_segment(world: World, amounts: NDArray[Any]) -> NDArray[Any]:
    """Sum amounts (n, L, W) over the workloads of each reporting segment (n, segments, L)."""
    return np.asarray(world.constants.reporting_table @ amounts.swapaxes(1, 2))


def _open(world: World, weeks: Ints, facts: Facts, field: str) -> NDArray[np.bool_]:
    """Return which labs sell something and have passed the date in a field of their profile (n, L)."""
    return facts.available.any(axis=2) & (world.constants.opening_weeks[field] <= weeks[:, None])


def _tokens(world: World, facts: Facts, traffic: Traffic, block: Block) -> None:
    labs = world.lab_names
    unserved = traffic.asked_tokens - traffic.served_tokens
    for name, tokens in (("tokens_served", traffic.served_tokens), ("tokens_unserved", unserved)):
        sums = _by_segment(world, tokens) * WEEKS_PER_MONTH
        _table(block, name, labs, world.constants.reporting_masks, sums)
    kinds = traffic.served_by_kind.sum(axis=1) * WEEKS_PER_MONTH
    block.add_table("tokens_by_kind", ("market",), ("input", "cached", "visible", "hidden"), kinds)
    need, used = facts.need_hours.sum(axis=(2, 3)), facts.used_hours.sum(axis=(2, 3))
    short, asked = need - used, need.sum(axis=1)
    block.add_each("demand_unserved_share", labs, "all", _ratio(short, need))
    block.add("demand_unserved_share", "market", "all", _ratio(short.sum(axis=1), asked))
    _both(block, "tokens_waiting", labs, "all", facts.waiting[..., TOKENS].sum(axis=(2, 3)).astype(np.float64))


def _requests(world: World, weeks: Ints, facts: Facts, traffic: Traffic, block: Block) -> None:
    order = list(world.constants.reporting_masks)
    calls = _by_segment(world, traffic.asked_calls)[:, [order.index(s) for s in ("api", "consumer")]]
    _table(block, "requests", world.lab_names, ("api", "consumer"), calls.astype(np.float64))
    totals = _served_totals(world, traffic)
    for name, segment in (("api", "api"), ("consumer", "chat")):
        per_call = _ratio(totals[segment]["tokens"], totals[segment]["calls"])
        block.add("tokens_per_request", "market", name, per_call)
    agent, api = totals["agent"], totals["api"]
    block.add("tokens_per_task", "market", "agent", _ratio(agent["tokens"], agent["tasks"]))
    for name in ("api", "all"):
        share = _ratio(totals[name]["thinking"], totals[name]["tokens"])
        block.add("reasoning_token_share", "market", name, share)
    for name in ("api", "chat"):
        ambition = facts.ambition[:, world.constants.reporting_masks[name]]
        block.add("ambition", "market", name, ambition.mean(axis=1))
    block.add("thinking_effort", "market", "api", _ratio(api["hidden"], api["visible"]))
    jumps = release_jumps(world, weeks, facts.released, calls[:, 0])
    block.add_each("requests_jump_at_release", world.lab_names, "api", jumps)


def _served_totals(world: World, traffic: Traffic) -> dict[str, dict[str, Floats]]:
    """Return what all labs served by reporting segment: visible, hidden and all tokens, tasks, calls, thinking (n,)."""
    kinds = traffic.served_by_kind
    amounts = {
        "visible": kinds[..., 2],
        "hidden": kinds[..., 3],
        "tokens": kinds.sum(axis=2),
        "tasks": traffic.served_tasks.sum(axis=1),
        "calls": traffic.served_calls.sum(axis=1),
        "thinking": traffic.served_thinking.sum(axis=1),
    }
    sums = {name: (amount @ world.constants.reporting_table.T).astype(np.float64) for name, amount in amounts.items()}
    return {
        s: {name: total[:, i] for name, total in sums.items()} for i, s in enumerate(world.constants.reporting_masks)
    }


def release_jumps(world: World, weeks: Ints, released: Ints, api: Ints) -> Floats:
    """Return API calls asked for in three weeks after each lab's latest flagship over the week before (n, L).

    weeks (n,); released (n, L) week of the latest flagship; api (n, L). The calls of the three weeks before are what
    the market remembers.
    """
    calls = np.concatenate((world.recent_calls, api))
    world.recent_calls = calls[-3:]
    before, after = calls[:-3], calls[1:-2] + calls[2:-1] + calls[3:]
    ready = (weeks[:, None] - released == 2) & (before > 0.0) & (released > 0)
    jumps = np.concatenate((world.release_jump[None], after / 3 / np.maximum(before, 1e-9)))
    latest = np.maximum.accumulate(np.where(ready, np.arange(1, len(jumps))[:, None], 0))  # the row that holds
    jumps = np.take_along_axis(jumps, latest, axis=0)
    world.release_jump = jumps[-1].copy()
    return jumps


def _prices(world: World, weeks: Ints, facts: Facts, traffic: Traffic, cost: Floats, block: Block) -> None:
    labs = world.lab_names
    sold = facts.available & _open(world, weeks, facts, "api_date")[:, :, None]
    block.add_table("price_list", labs, TIERS, np.where(sold, facts.price, 0.0).swapaxes(1, 2))
    quality = price_of_quality(world, sold, facts, 0.0)
    block.add("price_constant_quality", "market", "gpt-4-class", quality)
    api = world.constants.reporting_masks["api"]
    tokens = traffic.served_tokens[:, :, api].sum(axis=(1, 2))
    paid = facts.revenue[:, :, api].sum(axis=(1, 2)) * 1e6
    block.add("price_paid", "market", "api", _ratio(paid, tokens))
    block.add_each("serving_unit_cost", labs, "all", facts.unit_cost[:, :, 1])
    per_mtok = cost.sum(axis=2) * 1e6 / np.maximum(traffic.served_tokens.sum(axis=2), 1)
    block.add_each("serving_cost_per_token", labs, "all", per_mtok)
    best = np.where(facts.available, facts.capability, -9.0).max(axis=2)
    block.add_each("capability", labs, "flagship", np.maximum(best, -9.0))
    block.add_each("frontier", labs, "research", facts.lab("frontier"))
    block.add_each("generation", labs, "flagship", facts.generation.astype(np.float64))
    block.add("rent", "market", "all", facts.rent)


def price_of_quality(world: World, sold: NDArray[np.bool_], facts: Facts, quality: float) -> Floats:
    """Return the lowest list price (USD per million visible output tokens) that buys a capability (n,).

    A weaker model may think: effort r with q + b log10(1 + r) = quality multiplies the tokens. Where no model on sale
    reaches the quality within its ceiling, the weaker ones are priced as if they could think that long. `sold`
    (n, L, T) says what is on sale; zero where nothing is.
    """
    gain = max(world.parameters.demand.thinking_gain, 1e-6)
    missing = np.maximum(quality - CLASS_TOLERANCE - facts.capability, 0.0)
    factor = 10.0 ** np.minimum(missing / gain, 6.0)
    price = np.where(sold, facts.price * factor, np.inf)
    reachable = np.where(factor - 1.0 <= facts.ceiling, price, np.inf).min(axis=(1, 2))
    cheapest = np.where(np.isfinite(reachable), reachable, price.min(axis=(1, 2)))
    return np.where(np.isfinite(cheapest), cheapest, 0.0)


def serving_cost(world: World, facts: Facts) -> Floats:
    """Return the cost of what was served, idle part included, by lab and workload (n, L, W), USD a week."""
    hours = facts.used_hours.sum(axis=3) / world.parameters.labs.target_utilisation
    return hours * facts.lab("rent")[:, :, None]


REVENUE_SEGMENTS = (
    "all", "api", "coding", "consumer", "developer", "enterprise", "mid-market", "vendor", "business", "business-api",
    "subscription", "seat",
)  # fmt: skip


def revenue_by_segment(world: World, facts: Facts) -> Floats:
    """Return what each segment paid each lab in a week (n, segment, L), USD, in the order of REVENUE_SEGMENTS.

    Segments overlap: payers are consumer, vendor, enterprise and mid-market; business is all but consumers; api,
    coding, business-api, subscription and seat are what is paid for.
    """
    k, order = world.constants, list(world.constants.reporting_masks)
    by_mask = _by_segment(world, facts.revenue)
    everything, api, coding, consumer, developer = (
        by_mask[:, order.index(name)] for name in ("all", "api", "coding", "consumer", "developer")
    )
    payers = {name: facts.revenue * k.payer_table[PAYERS.index(name)] for name in ("vendors", "organisations")}
    large = (payers["organisations"] * facts.large_share).sum(axis=2)
    small = payers["organisations"].sum(axis=2) - large
    vendor, business = payers["vendors"].sum(axis=2), everything - consumer
    paid_for = (facts.revenue[:, :, k.index.of[name]] for name in ("chat-paid", "seat"))
    parts = (everything, api, coding, consumer, developer, large, small, vendor, business, api, *paid_for)
    return np.stack(parts, axis=1)


def _revenue(world: World, facts: Facts, cost: Floats, block: Block) -> None:
    labs = world.lab_names
    weekly = revenue_by_segment(world, facts)
    _table(block, "revenue", labs, REVENUE_SEGMENTS, weekly)
    _table(block, "revenue_run_rate", labs, REVENUE_SEGMENTS, weekly * WEEKS_PER_YEAR)
    business, bought = (weekly[:, REVENUE_SEGMENTS.index(name)] for name in ("business", "business-api"))
    block.add_each("revenue_share", labs, "business", _ratio(business, weekly[:, 0]))
    block.add_each("revenue_share", labs, "business-api", _ratio(bought, bought.sum(axis=1, keepdims=True)))
    total = weekly[:, 0]
    block.add_each("revenue_share_api", labs, "api", weekly[:, 1] / np.maximum(total, 1e-9))
    paid_cost = cost[:, :, world.constants.paid_mask].sum(axis=2)
    margin = np.where(total > 0.0, 1.0 - paid_cost / np.maximum(total, 1e-9), 0.0)
    block.add_each("gross_margin_inference", labs, "paid", np.maximum(margin, -9.0))
    density = facts.operating.sum(axis=1) / np.maximum(facts.draw_mw.sum(axis=1), 1e-9)
    gigawatts = facts.lab("compute_h100e") / density[:, None] / 1000.0
    per_gw = total * WEEKS_PER_YEAR / np.maximum(gigawatts, 1e-9)
    block.add_each("revenue_run_rate_per_gw", labs, "all", per_gw)
    block.add_each("cash", labs, "all", facts.lab("cash"))


def _menus(world: World, facts: Facts, block: Block) -> None:
    labs, people = world.lab_names, facts.people_per_row[:, None, None]
    block.add_table("plan_price", labs, PLANS, facts.plan_price.swapaxes(1, 2))
    for name, prices in (("seat", facts.seat_price), ("completion", facts.completion_price)):
        block.add_each("plan_price", labs, name, prices)
    block.add_table("plan_allowance", labs, PLANS, facts.plan_allowance.swapaxes(1, 2))
    subscribers = facts.payers[:, :, None] * facts.plan_share * people
    _table(block, "plan_subscribers", labs, PLANS, subscribers.swapaxes(1, 2))
    decided = facts.revenue if world.parameters.mechanisms.menus else facts.revenue * world.constants.metered
    share = _ratio(decided.sum(axis=(1, 2)), facts.revenue.sum(axis=(1, 2)))
    block.add("revenue_share_decided", "market", "all", share)


def _compute(world: World, facts: Facts, block: Block) -> None:
    labs, clouds = world.lab_names, world.constants.cloud_names
    stocks = ("installed_compute", facts.installed), ("live_compute", facts.live), ("ordered_compute", facts.on_order)
    for name, chips in stocks:
        block.add_each(name, clouds, "all", chips)
        block.add(name, "market", "all", chips.sum(axis=1))
    waiting = np.maximum(facts.shells_mw - facts.connected_mw, 0.0)
    for name, mw in (("power", facts.connected_mw), ("shells", facts.shells_mw), ("shells_without_power", waiting)):
        block.add_each(name, clouds, "all", mw)
        block.add(name, "market", "all", mw.sum(axis=1))
    block.add("chips_without_power", "market", "all", (facts.operating - facts.live).sum(axis=1))
    for place, name in enumerate(("chips_cancelled", "shells_cancelled", "power_cancelled")):
        block.add_each(name, clouds, "all", facts.cancelled[:, place])
        block.add(name, "market", "all", facts.cancelled[:, place].sum(axis=1))
    held, serving = facts.lab("compute_h100e"), facts.lab("serving_share")
    block.add_each("compute_used", labs, "all", held)
    yields = np.array([lab.profile.capacity_factor for lab in world.labs])
    block.add_each("compute_sought", labs, "all", facts.lab("sought_h100e") * yields)
    block.add_each("compute_share_inference", labs, "all", serving)
    outside = facts.outside_used.sum(axis=1)
    everything = held.sum(axis=1) + outside
    inference = (held * serving).sum(axis=1) + outside * facts.outside_serving_share
    block.add("compute_share_inference", "market", "all", _ratio(inference, everything))
    used, capacity = facts.used_hours.sum(axis=(2, 3)), facts.capacity_hours
    block.add_each("utilisation", labs, "serving", used / np.maximum(capacity, 1e-9))
    block.add("utilisation", "market", "serving", _ratio(used.sum(axis=1), capacity.sum(axis=1)))
    block.add("utilisation", "market", "fleet", _ratio(everything, facts.live.sum(axis=1)))
    block.add_each("serving_capacity", labs, "all", held * serving)
    throughput = capacity / np.maximum(facts.hours_per_mtok[:, :, 1], 1e-12)
    block.add_each("serving_throughput", labs, "all", throughput)
    block.add_each("serving_capacity_doubling", labs, "all", doubling_months(world, held * serving))
    capex, big = facts.capex_paid + facts.other_capex, world.constants.big_four
    block.add_each("capex", clouds, "all", capex)
    block.add("capex", "market", "big-4", capex[:, big].sum(axis=1))
    block.add("capex", "market", "big-4-ai", facts.capex_paid[:, big].sum(axis=1))
    _limits(world, facts, block)
    _suppliers(world, facts, block)


def _limits(world: World, facts: Facts, block: Block) -> None:
    """Add what holds each hyperscaler's capacity down, and what limited its orders: one of the limits is 1, others 0.

    For the market: the part of the live fleet of those whom each limit binds.
    """
    part = facts.live / np.maximum(facts.live.sum(axis=1, keepdims=True), 1e-9)
    for name, which in (("capacity_limit", facts.held_down_by), ("orders_limit", facts.orders_limited_by)):
        binds = (which[:, None, :] == np.arange(len(LIMITS))[:, None]).astype(np.float64)  # (n, limit, H)
        whole = (binds * part[:, None, :]).sum(axis=2, keepdims=True)
        entities = (*world.constants.cloud_names, "market")
        block.add_table(name, entities, LIMITS, np.concatenate((binds, whole), axis=2))


def _suppliers(world: World, facts: Facts, block: Block) -> None:
    """Add capacity, price and book of every supplier, in the units of its trade."""
    p, first = world.parameters, 0
    for trade, names, scale in (
        ("chip", p.chip_maker, 1.0),
        ("power", p.power_supplier, WEEKS_PER_YEAR),
        ("shell", p.builder, WEEKS_PER_YEAR),
    ):
        rows = facts.suppliers[:, first : first + len(names)]
        first += len(names)
        for place, (what, factor) in enumerate((("capacity", scale), ("price", 1.0), ("book", 1.0))):
            block.add_each(f"{trade}_{what}", tuple(names), "all", rows[:, :, place] * factor)


def doubling_months(world: World, capacity: Floats) -> Floats:
    """Return the doubling time of compute that serves over the last half year (n, L), months; 99 for none.

    capacity (n, L) H100e; what came before is what the market remembers.
    """
    history = np.concatenate((world.recent_capacity, capacity))
    world.recent_capacity = history[-DOUBLING_WEEKS:]
    then = history[:-DOUBLING_WEEKS]
    grown = np.log2(np.maximum(capacity, 1e-9) / np.maximum(then, 1e-9))
    months = (DOUBLING_WEEKS / WEEKS_PER_MONTH) / np.where(grown > 0.01, grown, 1.0)
    return np.where((grown > 0.01) & (then > 0.0), np.minimum(months, 99.0), 99.0)


def _adoption(world: World, weeks: Ints, facts: Facts, traffic: Traffic, block: Block) -> None:
    labs, people = world.lab_names, facts.people_per_row[:, None]
    users = facts.users * people
    assisted = world.constants.surface_reach_people * facts.lab("assisted")
    everyone = users + np.where(_open(world, weeks, facts, "messenger_date"), assisted, 0.0)
    _both(block, "weekly_users", labs, "consumer", everyone)
    _both(block, "subscribers", labs, "consumer", facts.payers * people)
    chat = traffic.asked_tasks[:, :, world.constants.reporting_masks["chat"]].sum(axis=2)
    per_day = chat / np.maximum(7.0 * users, 1.0)
    block.add_each("requests_per_user_day", labs, "consumer", per_day)
    weight = facts.developers_per_row
    block.add_each("developers", labs, "api", facts.accounts * weight[:, None])
    block.add("developers", "market", "api", facts.builders * weight)
    _both(block, "developers", labs, "agents", facts.agent_users * weight[:, None])
    block.add_table("developer_tool_use", ("market",), ("any", "daily", "agent"), facts.tool_use)
    block.add("agent_commit_share", "market", "coding", commit_share(world, facts, traffic))
    block.add("productivity", "market", "developer", facts.productivity)
    block.add("apps", "market", "developer", facts.apps.sum(axis=(1, 2)) * weight)
    block.add("apps_without_slot", "market", "developer", facts.apps_without_slot * weight)


def commit_share(world: World, facts: Facts, traffic: Traffic) -> Floats:
    """Return the share of all commits that coding agents write (n,)."""
    p = world.parameters.developers
    tasks = traffic.served_tasks[:, :, world.constants.index.of["code-agent"]].sum(axis=1)
    by_agents = tasks * p.commits_per_task
    by_people = len(world.developers.columns) * facts.developers_per_row * p.commits_per_week
    return _ratio(by_agents, by_agents + by_people)


def _enterprises(world: World, facts: Facts, traffic: Traffic, block: Block) -> None:
    labs, seat, one = world.lab_names, world.constants.index.of["seat"], "enterprise"
    stages = ("any-use", "production", "three-functions")
    block.add_table("enterprise_adoption", ("market",), stages, facts.adoption)
    _both(block, "enterprise_seats", labs, one, facts.seats)
    _both(block, "enterprise_requests", labs, one, traffic.asked_tasks[:, :, seat].astype(np.float64))
    _large_customers(world, facts, traffic, block)
    block.add("applications_enabled", "market", one, facts.enterprises[:, 0])
    block.add("amplification", "market", one, facts.enterprises[:, 1])
    block.add("it_backlog", "market", one, facts.enterprises[:, 2])
    block.add("urgency", "market", one, facts.urgency)
    block.add("implementers", "market", one, facts.implementers)
    business = facts.revenue[:, :, world.constants.metered].sum(axis=2) + facts.revenue[:, :, seat]
    block.add_each("revenue_ai_cloud", labs, one, business * WEEKS_PER_YEAR)
    block.add_each("backlog", labs, one, contract_backlog(world, facts, business))


def _large_customers(world: World, facts: Facts, traffic: Traffic, block: Block) -> None:
    """Count organisations and vendors' apps that take many tokens in a week or a year, or pay much in a week."""
    by_organisation, by_app = facts.organisation_tokens, per_app(world, facts, traffic.served_tokens)
    year, world.recent_organisation_tokens = sums_of_year(world.recent_organisation_tokens, by_organisation)
    year_of_apps, world.recent_app_tokens = sums_of_year(world.recent_app_tokens, by_app)
    usd = per_app(world, facts, facts.revenue * WEEKS_PER_YEAR)
    for name, segment, of_organisations, of_apps, threshold in (
        ("customers_over_100b_tokens", "enterprise", by_organisation, by_app, LARGE_CUSTOMER_TOKENS),
        ("customers_over_1t_tokens_per_year", "business", year, year_of_apps, TRILLION_CUSTOMER_TOKENS),
        ("customers_over_1m_usd_per_year", "business", facts.organisation_usd, usd, LARGE_CUSTOMER_USD_PER_YEAR),
    ):
        organisations = large_organisations(world, facts, of_organisations, threshold)
        _both(block, name, world.lab_names, segment, organisations + large_apps(facts, of_apps, threshold))


def sums_of_year(before: Floats, now: Floats) -> tuple[Floats, Floats]:
    """Return the sum over YEAR_WEEKS up to each week of `now` (n, ...), and the weeks that the next sums need.

    before (YEAR_WEEKS - 1, ...) are the weeks before `now`. They are added in turn, so that sums do not depend on n.
    """
    weeks, total = np.concatenate((before, now)), np.zeros_like(now)
    for first in range(YEAR_WEEKS):
        total += weeks[first : first + len(now)]
    return total, weeks[len(now) :]


def large_organisations(world: World, facts: Facts, amount: Floats, threshold: float) -> Floats:
    """Return organisations (n, L) by the lab of their applications whose amount (n, E) is above the threshold."""
    served_by = facts.application_labs[:, None, :] == np.arange(len(world.labs))[:, None]
    return (world.enterprises.above(amount, threshold)[:, None, :] * served_by).sum(axis=2)


def per_app(world: World, facts: Facts, amount: Floats | Ints) -> Floats:
    """Return the mean over a lab's vendors' apps of a kind (n, L, kinds) of its amount (n, L, W)."""
    return _ratio(amount[:, :, world.constants.app_rows], facts.apps * facts.developers_per_row[:, None, None])


def large_apps(facts: Facts, mean: Floats, threshold: float) -> Floats:
    """Return vendors' apps (n, L) above the threshold, by size of audience; mean (n, L, kinds) of one."""
    apps, spread = facts.apps * facts.developers_per_row[:, None, None], facts.app_spread[:, None, None]
    return (apps * share_above(threshold, median_of(mean, spread), spread)).sum(axis=2)


def contract_backlog(world: World, facts: Facts, business: Floats) -> Floats:
    """Return contracted future revenue (n, L), USD: other labs' compute contracts with a lab's parent, its customers.

    business (n, L) USD a week. Contracts are on average half-way through their term.
    """
    tenants = facts.contracts * facts.lab("rent")[:, :, None] * HOURS_PER_WEEK
    others = tenants.sum(axis=1, keepdims=True) - tenants  # (n, L, H): of all labs but one
    weekly = business + (others * world.constants.own_cloud).sum(axis=2)
    return weekly * WEEKS_PER_YEAR * world.parameters.hyperscalers.contract_years / 2.0
