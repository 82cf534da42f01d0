"""The oracle's third part: demand for metered work, its prices and the product line, in loops over scalars.

Written from the docstrings and from the equations of `docs/model.md`, one class of work, bin, lab and tier at a time.
Classes are the workloads that pay by the token, in the order of the table.
"""

import copy
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

WEEKS_PER_YEAR = 365.25 / 7.0
BINS = 8
TIERS = 3
EFFORTS = (0.0, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)  # of the longest
LEAST_EFFORT = 0.5
LEAST_ACTIVE = 1e-3
LARGEST_LAG = 0.5
LEAST_ELASTICITY = 1.25
LARGEST_MOVE = 3.0
NO_PRICE = 1e6
ABSENT = -60.0  # ln of the worth of an offer that does not exist
SHARE_MEMORY_WEEKS = 8.0
LEAST_BUDGET_USD_PER_EMPLOYEE = 0.05
LEAST_CODING_BUDGET_USD = 1e7
ASKERS = {"apps": ("app-api", "app-rag", "app-agent"), "coding": ("code-agent",),
          "applications": ("ent-api", "ent-rag", "ent-agent")}  # fmt: skip
SIZES = ((-1.0, 1.0), (-1.7, -0.4), (-3.0, -1.2))  # log10, relative to the best size
FIRST_SIZES = (-0.35, -1.0, -1.7)
CANDIDATES = 15
LEAST_STEP = 0.3  # between the sizes of two tiers, log10


@dataclass
class Before:
    """What the week starts from: what is remembered of metered work, what is sold and used, what labs know."""

    week: int
    metered: Any
    catalogue: Any
    used: Any
    ambition: list[float]
    budgets: list[float]
    outputs: list[float]
    wallets: list[list[float]]
    serving_hours: list[float]
    need_hours: list[float]
    shadow: list[float]
    rent: list[float]


def look(world: Any) -> Before:
    """Copy what the week starts from, before the market's step."""
    return Before(
        week=world.clock.week,
        metered=copy.deepcopy(world.metered),
        catalogue=copy.deepcopy(world.catalogue),
        used=copy.deepcopy(world.used),
        ambition=world.ambition.tolist(),
        budgets=world.enterprises.columns.budget.tolist(),
        outputs=world.enterprises.columns.output.tolist(),
        wallets=world.wallets.tolist(),
        serving_hours=[lab.serving_hours for lab in world.labs],
        need_hours=[lab.need_hours for lab in world.labs],
        shadow=[lab.shadow_price for lab in world.labs],
        rent=[lab.rent for lab in world.labs],
    )


def classes(world: Any) -> list[str]:
    """The workloads that pay by the token."""
    return [name for name, workload in world.parameters.workload.items() if workload.payer == "metered"]


def places(world: Any, asker: str) -> list[int]:
    """The classes that vendors' apps, developers' agents or organisations' applications ask for."""
    return [classes(world).index(name) for name in ASKERS[asker]]


def agentic(world: Any, c: int) -> bool:
    """Whether agents do the work of a class."""
    return bool(world.parameters.workload[classes(world)[c]].task_class == "agent")


def sells(world: Any, week: int, c: int, lab: int) -> bool:
    """Whether a lab sells to a class: it has a standing there and its API, or its coding tool, is out."""
    name, profile = classes(world)[c], world.labs[lab].profile
    day = profile.coding_date if name.startswith("code") else profile.api_date
    return standing(world, c, lab) > 0.0 and day is not None and day <= world.clock.date_of(week)


def standing(world: Any, c: int, lab: int) -> float:
    """A lab's standing with a class of work."""
    name = classes(world)[c]
    field = "coding_reach" if name.startswith("code") else f"{world.parameters.workload[name].segment}_reach"
    return float(getattr(world.labs[lab].profile, field))


# value of work --------------------------------------------------------------------------------------------------------


def active(cutoff: float, top: float, alpha: float) -> float:
    """Tasks above the cut-off relative to those above the reference: a power law without what lies above the top."""
    above = math.exp(-alpha * cutoff)
    return max(above - math.exp(-alpha * top), LEAST_ACTIVE * above)


def mean_to_least(cutoff: float, top: float, alpha: float) -> float:
    """Mean value of the tasks that run over that of the least of them: of a truncated Pareto distribution."""
    r = math.exp(min(cutoff - top, -0.05))
    return float(alpha / (alpha - 1.0) * (1.0 - r ** (alpha - 1.0)) / (1.0 - r**alpha))


def hours_at(world: Any, capability: float) -> float:
    """The horizon: hours of the tasks that models of a capability finish half of the time."""
    p = world.parameters.metered
    return float(p.horizon_hours * 10.0 ** (p.horizon_growth * (capability - p.horizon_capability)))


def reviews(world: Any, c: int, hours: float) -> float:
    """Cost of reviewing agents' work, relative to that of the work."""
    p = world.parameters.metered
    return float(p.review_burden * hours**-p.review_relief) if agentic(world, c) else 0.0


def top_of(world: Any, c: int) -> float:
    """ln of the most valuable task of a class."""
    return float(world.parameters.workload[classes(world)[c]].top_value)


# how one model does one task ------------------------------------------------------------------------------------------


class Model(NamedTuple):
    """One model as customers of a class have it; price: without discounts, in USD per million output tokens."""

    capability: float
    ceiling: float
    window: float
    price: float
    horizon: float  # hours of the tasks that the best models finish half of the time


class Done(NamedTuple):
    """How a task is done by a model: ln of quality, USD that it is billed, tokens by kind, Mtok of output-equivalents.

    `success`: how likely; `log_cost`: ln of the bill over the reference value of the task.
    """

    success: float
    quality: float
    bill: float
    log_cost: float
    tokens: list[int]
    work: float


def done_by(world: Any, before: Before, c: int, b: int, model: Model) -> Done:
    """Take the thinking effort with the largest surplus; context is as long as one more token is worth its price."""
    p, name = world.parameters, classes(world)[c]
    d, labs, workload = p.demand, p.labs, p.workload[name]
    w, tasks = world.constants.index.of[name], world.constants.tasks
    cutoff, ambition = float(before.metered.cutoff[c]), before.ambition[w]
    worth = math.exp(cutoff) * mean_to_least(cutoff, top_of(world, c), p.metered.value_tail)
    length = (model.horizon / p.metered.horizon_hours) ** p.metered.horizon_length if agentic(world, c) else 1.0
    longer = length * math.exp(d.length_slope * ambition)
    reference = float(tasks.value_usd[w, b]) * length
    value, difficulty = reference * worth, float(tasks.difficulty[w, b]) + ambition
    tokens_in, visible = float(tasks.input_tokens[w, b]) * longer, float(tasks.output_tokens[w, b]) * longer
    cached = float(tasks.cached_share[w, b]) * tokens_in
    calls = float(tasks.calls[w, b])
    out = model.price * (1.0 - workload.discount) * 1e-6
    fresh_usd = out * labs.input_price_ratio
    usd = (fresh_usd, fresh_usd * labs.cached_price_ratio, out, out)

    def success(effort: float, gain: float) -> float:
        ability = model.capability + d.thinking_gain * math.log10(1.0 + effort) + gain
        return 1.0 / (1.0 + math.exp(-d.steepness * (ability - difficulty)))

    input_cost = ((tokens_in - cached) * usd[0] + cached * usd[1]) / value
    multiple = 1.0
    if workload.flexible:
        s = success(0.0, 0.0)
        marginal = s * (1.0 - s) * d.steepness * d.context_gain / max(input_cost, 1e-15)
        longest = max(model.window / (tokens_in / calls), 1.0)
        multiple = min(max(marginal, 1.0) ** (1.0 / (1.0 + d.context_fade)), longest)
    gain = d.context_gain * (1.0 - multiple**-d.context_fade) / d.context_fade
    waiting = float(tasks.wait_usd_per_token[w]) * worth
    best, chosen = -math.inf, (0.0, 0.0)
    for part in EFFORTS:
        effort = part * model.ceiling
        if effort < LEAST_EFFORT:
            effort = 0.0
        cost = input_cost * multiple + visible * (out + effort * (out + waiting)) / value
        found = success(effort, gain)
        if found - cost > best + 1e-13:
            best, chosen = found - cost, (effort, found)
    effort, found = chosen
    tokens = [round((tokens_in - cached) * multiple), round(cached * multiple), round(visible), round(visible * effort)]
    bill = sum(t * price for t, price in zip(tokens, usd, strict=True))
    horizon = math.log(hours_at(world, model.capability) / p.metered.horizon_hours)
    quality = math.log(max(found, 1e-12)) + (p.metered.horizon_value * horizon if agentic(world, c) else 0.0)
    weights = (labs.input_weight, labs.cached_weight, 1.0, 1.0)
    work = 1e-6 * sum(t * weight for t, weight in zip(tokens, weights, strict=True))
    work *= 1.0 + multiple * tokens_in / (calls * labs.context_half)
    return Done(found, quality, bill, math.log(bill / reference), tokens, work)


def logsum(worths: list[float], scale: float) -> float:
    """ln(sum exp(scale u)) / scale."""
    top = max(worths)
    return top + math.log(sum(math.exp(scale * (u - top)) for u in worths)) / scale


def logit(worths: list[float], scale: float) -> list[float]:
    """Shares of options by their worth."""
    weights = [math.exp(scale * (u - max(worths))) for u in worths]
    return [w / sum(weights) for w in weights]


# labs' prices and what customers have ---------------------------------------------------------------------------------


def hours_per_mtok(world: Any, flop: float, software: float) -> float:
    """GPU-hours for a million output tokens of a model of a size."""
    p = world.parameters.labs
    return float(p.gpt4_gpu_hours_per_mtok * (flop + p.least_size) / math.exp(software))


def wish(world: Any, before: Before, lab: int, flop: float, software: float) -> float:
    """The profit-maximising price: cost with the shadow price, marked up by the elasticity that the lab perceives."""
    p, share = world.parameters.labs, float(before.metered.share[lab])
    substitution = p.perceived_substitution * world.parameters.metered.lab_substitution
    elasticity = max(substitution * (1.0 - share) + p.market_elasticity * share, LEAST_ELASTICITY)
    cost = hours_per_mtok(world, flop, software) * before.rent[lab] / p.target_utilisation
    return float(cost * math.exp(before.shadow[lab]) * elasticity / (elasticity - 1.0))


def asked_price(world: Any, old: float, wished: float, *, fresh: bool) -> float:
    """The list price: as it was within the menu cost, else nearer to the wish by at most a step."""
    p = world.parameters.labs
    if old >= NO_PRICE:
        return wished
    gap = math.log(wished / old)
    if abs(gap) <= p.menu_cost:
        return old
    step = math.log(LARGEST_MOVE) if fresh else p.price_step_limit
    return old * math.exp(max(min(gap, step), -step))


def list_prices(world: Any, before: Before, after: Any, software: float) -> list[list[float]]:
    """List prices by lab and tier: set anew at releases and at each lab's review; what is not sold has none."""
    found = []
    for lab in range(len(world.labs)):
        old = before.catalogue.price[lab].tolist()
        fresh = int(after.released[lab]) == before.week
        due = fresh or (before.week + 3 * lab) % world.parameters.labs.review_weeks == 0
        if due and after.available[lab].any():
            for tier, flop in enumerate(after.flop[lab].tolist()):
                was = old[tier] if before.used.available[lab, tier] else NO_PRICE
                now = asked_price(world, was, wish(world, before, lab, flop, software), fresh=fresh)
                old[tier] = now if after.available[lab, tier] else NO_PRICE
        found.append(old)
    return found


def shadow_price(world: Any, before: Before, lab: int) -> float:
    """ln of the shadow price of a GPU-hour over its cost: up while the lab is short, down while it is idle."""
    p = world.parameters.labs
    load = before.need_hours[lab] / max(before.serving_hours[lab] * p.target_utilisation, 1e-9)
    moved = before.shadow[lab] + p.shadow_speed * math.log(max(load, 0.1) / p.comfortable_load)
    return float(min(max(moved, 0.0), math.log(p.most_shadow_price)))


def used_models(world: Any, before: Before, after: Any) -> list[list[dict[str, float]]]:
    """What customers of each tier have on average a week on: a share of them moves to what is offered now.

    A review changes the price of the same models at once. after: the catalogue after the week's releases and reviews.
    """
    part = world.parameters.metered.upgrade_per_week
    found: list[list[dict[str, float]]] = [[] for _ in world.labs]
    for lab in range(len(world.labs)):
        fresh = int(after.released[lab]) == before.week
        for tier in range(TIERS):
            offered = {name: float(getattr(after, name)[lab, tier]) for name in
                       ("price", "flop", "capability", "window", "ceiling")}  # fmt: skip
            have = {name: float(getattr(before.used, name)[lab, tier]) for name in offered}
            if after.available[lab, tier] and not before.used.available[lab, tier]:
                have = dict(offered)
            elif not fresh and before.used.available[lab, tier]:
                have["price"] *= offered["price"] / float(before.catalogue.price[lab, tier])
            for name in ("price", "flop"):
                have[name] = have[name] ** (1.0 - part) * offered[name] ** part
            for name in ("capability", "window"):
                have[name] = (1.0 - part) * have[name] + part * offered[name]
            have["ceiling"] = (1.0 + have["ceiling"]) ** (1.0 - part) * (1.0 + offered["ceiling"]) ** part - 1.0
            found[lab].append(have)
    return found


# the offer ------------------------------------------------------------------------------------------------------------


@dataclass
class Offer:
    """What labs' models are worth to a class of work, by lab, bin and tier as the names say; ln unless a share."""

    done: list[list[list[Done]]]  # lab, bin, tier
    tier_share: list[list[list[float]]]  # lab, bin, tier
    bin_share: list[list[float]]  # lab, bin
    worth: list[float]
    lab_share: list[float]
    class_worth: float
    target: float
    usd_per_task: list[float]
    runs: list[float]


def offer(world: Any, before: Before, used: Any, c: int) -> Offer:
    """The nested logit: tiers within a lab and bin, bins within a lab as the power law adds them up, then labs."""
    p = world.parameters.metered
    within = p.lab_substitution * p.tier_substitution
    weight = float(world.parameters.workload[classes(world)[c]].quality_weight)
    labs, best = range(len(world.labs)), [ABSENT] * BINS
    hours = leading_horizon(world, before, used)
    done: list[list[list[Done]]] = []
    shares: list[list[list[float]]] = []
    bins: list[list[float]] = []
    worths, pulls, usd, runs = [], [], [], []
    for lab in labs:
        on_sale = [bool(world.used.available[lab, t]) and sells(world, before.week, c, lab) for t in range(TIERS)]
        done.append([])
        shares.append([])
        by_bin, able = [], []
        for b in range(BINS):
            charged = float(world.parameters.lab[world.lab_names[lab]].price_factor)
            models = [Model(m["capability"], m["ceiling"], m["window"], m["price"] * charged, hours) for m in used[lab]]
            ways = [done_by(world, before, c, b, model) for model in models]
            worth = [weight * d.quality - d.log_cost if s else ABSENT for d, s in zip(ways, on_sale, strict=True)]
            best[b] = max([best[b], *(d.quality for d, s in zip(ways, on_sale, strict=True) if s)])
            done[-1].append(ways)
            shares[-1].append(logit(worth, within))
            by_bin.append(logsum(worth, within))
            able.append(max([ways[t].success for t in range(TIERS) if world.used.available[lab, t]], default=0.0))
        bins.append(logit(by_bin, p.value_tail))
        worths.append(logsum(by_bin, p.value_tail) - math.log(BINS) / p.value_tail)  # the mean bin
        pulls.append(worths[-1] + float(before.metered.reputation[lab]) + math.log(max(standing(world, c, lab), 1e-9)))
        cells = [(b, t) for b in range(BINS) for t in range(TIERS)]
        usd.append(sum(bins[-1][b] * shares[-1][b][t] * done[-1][b][t].bill for b, t in cells))
        runs.append(sum(able) / BINS)
    class_worth = logsum(pulls, p.lab_substitution)
    progress = (weight - p.progress_weight) * common_quality(world, c, best)
    target = -class_worth + progress + math.log(1.0 + reviews(world, c, hours))
    by_lab = logit(pulls, p.lab_substitution)
    return Offer(done, shares, bins, worths, by_lab, class_worth, target, usd, runs)


def common_quality(world: Any, c: int, best: list[float]) -> float:
    """ln quality that the best offers of the bins give together, were all tasks as dear: bins count by their value."""
    name, alpha = classes(world)[c], world.parameters.metered.value_tail
    workload, w = world.parameters.workload[name], world.constants.index.of[name]
    value = [math.log(float(world.constants.tasks.value_usd[w, b]) / workload.value_usd) for b in range(BINS)]
    able = [workload.quality_weight * q + v for q, v in zip(best, value, strict=True)]
    return float((logsum(able, alpha) - logsum(value, alpha)) / workload.quality_weight)


def leading_horizon(world: Any, before: Before, used: Any) -> float:
    """The horizon of the labs' best models in use, weighted by the labs' shares of metered revenue."""
    mean = 0.0
    for lab, share in enumerate(before.metered.share.tolist()):
        sold = [used[lab][t]["capability"] for t in range(TIERS) if world.used.available[lab, t]]
        mean += share * max(sold, default=-9.0)
    return hours_at(world, mean)


def next_cutoff(world: Any, before: Before, c: int, target: float, hours: float) -> float:
    """The cut-off follows its target: slowly down, faster up; agents with a long horizon integrate themselves."""
    p = world.parameters.metered
    at = float(before.metered.cutoff[c]) if before.metered.integrating[c] else target + p.start_gap
    weeks = p.withdrawal_weeks
    if target < at:
        faster = max(hours, 1.0) ** -p.integration_gain if agentic(world, c) else 1.0
        weeks = max(p.integration_weeks * faster, p.least_integration_weeks)
    return float(at + (target - at) / weeks)


# what is asked for ----------------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """Metered work of a week: tasks by lab and class, flows of one organisation of each row by kind, and the rest."""

    tasks: list[list[float]]
    flows: list[list[float]]
    worth: list[float]  # of a dollar paid, by class
    share_of_reach: list[float]
    large_share: list[list[float]]  # by lab and kind: what large organisations ask for


def asked(world: Any, before: Before, rows: dict[str, dict[str, Any]], per_event: Any) -> Asked:
    """Tasks worth running, of the labs that customers are with or that suit best, within budgets and the wage bill.

    rows: columns of developers, apps and enterprises after the week's adoption; per_event: model tasks by kind.
    """
    p, m = world.parameters, world.metered
    labs, every = range(len(world.labs)), range(len(classes(world)))
    usd = m.usd_per_task.tolist()
    alpha = p.metered.value_tail
    wanted = [active(float(m.cutoff[c]), top_of(world, c), alpha) for c in every]
    tasks = [[0.0 for _ in every] for _ in labs]
    _apps(world, rows["apps"], wanted, tasks)
    of_coding = places(world, "coding")
    for stage, tool, time in zip(*(rows["developers"][name] for name in ("stage", "tool", "reviews")), strict=True):
        for c in of_coding if stage == 3 else ():
            tasks[tool][c] += float(time) * p.developers.parallel_agents * world.developers_per_row * wanted[c]
    flows, large = _applications(world, before, rows["enterprises"], per_event, tasks)
    tasks, large = rerouted(world, tasks), rerouted(world, large)
    spending = [sum(tasks[lab][c] * usd[c][lab] for lab in labs) * WEEKS_PER_YEAR for c in every]
    for c in of_coding:
        part = let_through(world, spending[c], float(before.metered.coding_budget))
        spending[c] *= part
        for lab in labs:
            tasks[lab][c] *= part
    worth, taken = [], []
    for c in every:
        burden = 1.0 + reviews(world, c, m.horizon)
        lag = math.exp(min(max(float(m.cutoff[c]) - float(m.cutoff_target[c]), 0.0), LARGEST_LAG))
        worth.append(mean_to_least(float(m.cutoff[c]), top_of(world, c), alpha) * burden * lag)
        reach = wages_in_reach(world, c, m.horizon)
        value = worth[c] * spending[c]
        part = 1.0 / (1.0 + value / reach)
        taken.append(part * value / reach)
        for lab in labs:
            tasks[lab][c] *= part
            large[lab][c] *= part
        if c in places(world, "applications"):
            kind = places(world, "applications").index(c)
            for flow in flows:
                flow[kind] *= part
    shares = [[large[i][c] / tasks[i][c] if tasks[i][c] else 1.0 for c in places(world, "applications")] for i in labs]
    return Asked(tasks, flows, worth, taken, shares)


def unbound_flows(world: Any, before: Before, rows: dict[str, Any], per_event: Any) -> list[list[float]]:
    """What one organisation of each row would ask for by kind, were there no budgets and wages to stay within."""
    p, kinds, m = world.parameters, places(world, "applications"), world.metered
    wanted = [active(float(m.cutoff[c]), top_of(world, c), p.metered.value_tail) for c in kinds]
    found = []
    for row, lab in enumerate(rows["lab"]):
        events = p.enterprises.events_per_employee * float(rows["employees"][row]) * before.outputs[row]
        found.append([float(x) * events * w if lab >= 0 else 0.0 for x, w in zip(per_event[row], wanted, strict=True)])
    return found


def wallet(world: Any, before: Before, row: int, lab: int) -> list[float]:
    """Parts of a row's work by lab: all with the first lab; of what is elsewhere a part moves to the one chosen."""
    pace, old = world.parameters.metered.upgrade_per_week, before.wallets[row]
    here = [1.0 if i == lab else 0.0 for i in range(len(old))]
    return [(1.0 - pace) * was + pace * now for was, now in zip(old, here, strict=True)] if sum(old) > 0.0 else here


def usd_of_tasks(world: Any, wallet: list[float], *, served: bool = False) -> list[float]:
    """What a task of an organisation costs by kind: with the labs that it is with, and partly with those that suit.

    Or what is paid for it, which is for the part that is `served`.
    """
    share, found = world.parameters.metered.rerouted_share, []
    for c in places(world, "applications"):
        usd = world.metered.usd_per_task[c].tolist()
        if served:
            fraction = world.outcome.fraction[:, world.constants.index.of[classes(world)[c]]].tolist()
            usd = [x * part for x, part in zip(usd, fraction, strict=True)]
        others = sum(part * x for part, x in zip(world.metered.offer.lab_share[c].tolist(), usd, strict=True))
        own = sum(part * x for part, x in zip(wallet, usd, strict=True))
        found.append((1.0 - share) * own + share * others * sum(wallet))
    return found


def let_through(world: Any, spending: float, budget: float) -> float:
    """The part of the spending that a budget lets through: the norm of fourth powers of spending and budget."""
    ratio = spending / (budget * world.parameters.enterprises.budget_factor)
    return float((1.0 + ratio**4) ** -0.25) if world.parameters.mechanisms.budgets else 1.0


def wages_in_reach(world: Any, c: int, hours: float) -> float:
    """The part of the wage bill of a class that models can do: by agents' horizon, half of it for others."""
    p, bill = world.parameters.metered, world.parameters.workload[classes(world)[c]].wage_bill_usd_per_year
    x = (hours / p.reach_hours) ** p.horizon_value
    return float(bill * (x / (1.0 + x) if agentic(world, c) else 0.5))


def rerouted(world: Any, tasks: list[list[float]]) -> list[list[float]]:
    """A part of the work of each class goes to the labs that suit best this week, the rest stays where it is."""
    share, by_lab = world.parameters.metered.rerouted_share, world.metered.offer.lab_share.tolist()
    everywhere = [sum(column) for column in zip(*tasks, strict=True)]
    return [
        [(1.0 - share) * own + share * by_lab[c][lab] * everywhere[c] for c, own in enumerate(row)]
        for lab, row in enumerate(tasks)
    ]


def _apps(world: Any, apps: dict[str, Any], wanted: list[float], tasks: list[list[float]]) -> None:
    """Add apps' tasks: of all audiences of a kind together to the power `crowding`, shared out by audience."""
    p, kinds = world.parameters.developers, places(world, "apps")
    audience = [[0.0 for _ in kinds] for _ in world.labs]
    for lab, kind, people in zip(apps["lab"], apps["kind"], apps["audience"], strict=True):
        if lab >= 0:
            audience[lab][kind] += float(people)
    per_user = (p.api_tasks_per_user, p.rag_tasks_per_user, p.agent_tasks_per_user)
    for kind, c in enumerate(kinds):
        total = sum(own[kind] for own in audience)
        per_row = max(total / world.parameters.scale.developers, 1e-9)
        in_all = per_row**p.crowding * world.parameters.scale.developers * per_user[kind] * world.developers_per_row
        for lab, own in enumerate(audience):
            tasks[lab][c] += in_all * wanted[c] * (own[kind] / total if total else 0.0)


def _applications(
    world: Any, before: Before, rows: dict[str, Any], per_event: Any, tasks: list[list[float]]
) -> tuple[list[list[float]], list[list[float]]]:
    """Add organisations' tasks, each within its budget; returns flows of one of each row, and what large ones ask."""
    p, kinds, flows = world.parameters, places(world, "applications"), []
    large = [[0.0 for _ in row] for row in tasks]
    for row, flow in enumerate(unbound_flows(world, before, rows, per_event)):
        held = wallet(world, before, row, rows["lab"][row])
        bill = sum(x * usd for x, usd in zip(flow, usd_of_tasks(world, held), strict=True)) * WEEKS_PER_YEAR
        part = let_through(world, bill, before.budgets[row])
        flows.append([x * part for x in flow])
        for i, c in enumerate(kinds):
            for lab, held_part in enumerate(held):
                amount = float(rows["weight"][row]) * flows[-1][i] * held_part
                tasks[lab][c] += amount
                if row < len(rows["lab"]) - p.scale.firms:
                    large[lab][c] += amount
    return flows, large


# after the week -------------------------------------------------------------------------------------------------------


def reputations(world: Any, before: Before) -> list[float]:
    """Reputations fade, gain by quality above the average sold, and lose by the share of metered work not served."""
    p, found = world.parameters.metered, []
    sold = [
        [float(world.used.capability[lab, t]) for t in range(TIERS) if world.used.available[lab, t]]
        for lab in range(len(world.labs))
    ]
    average = sum(s * max(q, default=-9.0) for s, q in zip(before.metered.share.tolist(), sold, strict=True))
    best = [max(q, default=average) for q in sold]  # who sells nothing yet is neither better nor worse
    of = world.constants.index.of
    for lab, old in enumerate(before.metered.reputation.tolist()):
        need = sum(float(x) for name in classes(world) for x in world.outcome.need_hours[lab, of[name]])
        used = sum(float(x) for name in classes(world) for x in world.outcome.used_hours[lab, of[name]])
        unserved = (need - used) / need if need > 0.0 else 0.0
        ahead = min(max(best[lab] - average, -0.6), 0.6)
        found.append((1.0 - p.reputation_fade) * old + p.reputation_gain * ahead - p.reputation_loss * unserved)
    return found


def market_shares(world: Any, before: Before) -> list[float]:
    """Labs' shares of metered revenue as remembered."""
    of = world.constants.index.of
    paid = [sum(float(world.revenue[lab, of[name]]) for name in classes(world)) for lab in range(len(world.labs))]
    old = before.metered.share.tolist()
    if sum(paid) <= 0.0:
        return list(old)
    return [was + (usd / sum(paid) - was) / SHARE_MEMORY_WEEKS for was, usd in zip(old, paid, strict=True)]


def granted(world: Any, before: Before, rows: dict[str, Any], found: Asked) -> tuple[list[float], float]:
    """Budgets of organisations by row, and of coders' employers: they follow a share of the value of what they got."""
    p, budgets = world.parameters.metered, []
    for row, old in enumerate(before.budgets):
        usd, value = usd_of_tasks(world, wallet(world, before, row, rows["lab"][row]), served=True), 0.0
        for kind, c in enumerate(places(world, "applications")):
            value += found.flows[row][kind] * usd[kind] * found.worth[c]
        moved = old + (p.budget_share * value * WEEKS_PER_YEAR - old) / p.budget_weeks
        budgets.append(max(moved, LEAST_BUDGET_USD_PER_EMPLOYEE * float(rows["employees"][row])))
    was, value = float(before.metered.coding_budget), 0.0
    for c in places(world, "coding"):
        paid = sum(world.revenue[:, world.constants.index.of[classes(world)[c]]].tolist())
        value += paid * WEEKS_PER_YEAR * found.worth[c]
    coding = was + (p.budget_share * value - was) / p.budget_weeks
    return budgets, max(coding, LEAST_CODING_BUDGET_USD)


def outputs(world: Any, before: Before, rows: dict[str, Any], found: Asked) -> list[float]:
    """Organisations grow by a part of what their applications bring above the bill, relative to wages."""
    p, grown = world.parameters.enterprises, []
    for row, old in enumerate(before.outputs):
        usd, gain = usd_of_tasks(world, wallet(world, before, row, rows["lab"][row]), served=True), 0.0
        for kind, c in enumerate(places(world, "applications")):
            gain += found.flows[row][kind] * usd[kind] * WEEKS_PER_YEAR * (found.worth[c] - 1.0)
        wages = p.wage_usd_per_year * float(rows["employees"][row]) * old
        grown.append(old * math.exp(p.growth_per_gain * gain / wages / WEEKS_PER_YEAR))
    return grown


# the product line -----------------------------------------------------------------------------------------------------


class Tier(NamedTuple):
    """A model of a product line: FLOP per token relative to GPT-4, capability (log10 E) and list price."""

    flop: float
    capability: float
    price: float


class Frontier(NamedTuple):
    """Where research and software stand in a week: log10 E that a lab could release, and ln of serving software."""

    capability: float
    software: float


def sized(world: Any, frontier: float, relative: float) -> tuple[float, float]:
    """FLOP per token and capability of a size relative to the best one (log10): a concave frontier."""
    p = world.parameters.labs
    best = math.log10(p.best_size_at_start) + p.size_growth * frontier
    return 10.0 ** (best + relative), frontier - p.size_curvature * relative**2


def considered(world: Any, before: Before, lab: int, line: list[Tier], tier: int, at: Frontier) -> list[Tier]:
    """The sizes that a lab considers for a tier of a line, at the prices that it would ask for them.

    Tiers stay in the order of their sizes: lower ones below the one above them, the flagship above standard.
    """
    low, high = SIZES[tier]
    best, _ = sized(world, at.capability, 0.0)
    if tier > 0:
        high = min(high, math.log10(line[tier - 1].flop / best) - LEAST_STEP)
        low = min(low, high - LEAST_STEP)
    else:
        low = min(max(low, math.log10(line[1].flop / best) + LEAST_STEP), high)
    found = []
    for i in range(CANDIDATES):
        flop, capability = sized(world, at.capability, low + (high - low) * i / (CANDIDATES - 1))
        wished = wish(world, before, lab, flop, at.software)
        old = float(before.catalogue.price[lab, tier])
        found.append(Tier(flop, capability, asked_price(world, old, wished, fresh=True)))
    return found


def profit(world: Any, before: Before, lab: int, line: list[Tier], software: float) -> float:
    """Profit of a line, USD a week: what the market would ask for, the lab's share of it, and what a task leaves.

    Rivals offer what they offer. Work grows with the worth of the whole offer, to the power of the tail of values.
    """
    p, now, total = world.parameters, before.metered, 0.0
    beta, alpha = p.metered.lab_substitution, p.metered.value_tail
    within = beta * p.metered.tier_substitution
    catalogue = before.catalogue
    for c, name in enumerate(classes(world)):
        if not sells(world, before.week, c, lab):
            continue
        by_bin, margins = [], []
        for b in range(BINS):
            worth, margin = [], []
            for t, tier in enumerate(line):
                limits = float(catalogue.ceiling[lab, t]), float(catalogue.window[lab, t])
                way = done_by(world, before, c, b, Model(tier.capability, *limits, tier.price, before.metered.horizon))
                hours = hours_per_mtok(world, tier.flop, software)
                cost = hours * before.rent[lab] / p.labs.target_utilisation * math.exp(before.shadow[lab])
                worth.append(p.workload[name].quality_weight * way.quality - way.log_cost)
                margin.append(way.bill - way.work * cost)
            by_bin.append(logsum(worth, within))
            margins.append(sum(s * x for s, x in zip(logit(worth, within), margin, strict=True)))
        mine = logsum(by_bin, alpha) - math.log(BINS) / alpha
        mine += float(now.reputation[lab]) + math.log(max(standing(world, c, lab), 1e-9))
        today = float(now.offer.class_worth[c])
        rivals = sum(float(s) for i, s in enumerate(now.offer.lab_share[c]) if i != lab) * math.exp(beta * today)
        all_ = math.exp(beta * mine) + rivals
        asked_for = float(now.tasks[c]) * math.exp(alpha * (math.log(all_) / beta - today))
        per_task = sum(s * x for s, x in zip(logit(by_bin, alpha), margins, strict=True))
        total += asked_for * math.exp(beta * mine) / all_ * per_task
    return total


def designed(world: Any, before: Before, lab: int, at: Frontier) -> list[Tier]:
    """The line that a lab brings out: flagship, standard, light and flagship again, each the best given the others."""
    catalogue = before.catalogue
    names = ("flop", "capability", "price")
    line = [Tier(*(float(getattr(catalogue, name)[lab, t]) for name in names)) for t in range(TIERS)]
    for tier in (0, 1, 2, 0):
        options = considered(world, before, lab, line, tier, at)
        gains = [profit(world, before, lab, [*line[:tier], o, *line[tier + 1 :]], at.software) for o in options]
        line[tier] = options[gains.index(max(gains))]
    return line
