"""One week of the population side as loops over rows in plain Python: the oracle that the kernel must equal.

Written from the documented rules, one row and one scalar at a time, from the same uniforms. It shares no code with the
kernel but the parameters, the random streams and the drawn graphs. Numbers are Python's (float64); `F` marks the few
places where a column of float32 decides a whole number, so that the decision is the same.
"""

import copy
import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

F = np.float32
APPS = ("app-api", "app-rag", "app-agent")
CODING = ("code-agent",)
APPLICATIONS = ("ent-api", "ent-rag", "ent-agent")
WEEKS_PER_YEAR = 365.25 / 7.0
LEAST_ENTRY, MOST_ENTRY = 0.2, 4.0  # least and most that profits multiply the pace at which apps start
Table = dict[str, list[Any]]


@dataclass
class Before:
    """What the week starts from: every column as a list of scalars, and what the market remembers."""

    week: int
    users: Table
    developers: Table
    apps: Table
    enterprises: Table
    congestion: list[list[float]]
    backlog: Any
    rollout: list[float]
    serving_hours: list[float]
    urgency: float
    implementers: float
    revenue: list[list[float]]
    committed_hours: list[list[float]]
    menus: Any


@dataclass
class Seen:
    """What everybody sees of the labs this week, a list entry a lab."""

    chat_open: list[bool]
    api_open: list[bool]
    coding_open: list[bool]
    attention: list[bool]

    def success(self, world: Any, workload: str, lab: int) -> float:
        """Mean success of a workload's tasks with a lab, congestion aside."""
        return float(world.plans.success[lab, world.constants.index.of[workload]])


def rows_of(population: Any) -> Table:
    """Every column as a list; float32 stays float32."""
    return {name: list(array.copy()) for name, array in population.columns.items()}


def look(world: Any) -> Before:
    """Copy what the week starts from, before the market's step."""
    return Before(
        week=world.clock.week,
        users=rows_of(world.users.columns),
        developers=rows_of(world.developers.columns),
        apps=rows_of(world.apps),
        enterprises=rows_of(world.enterprises.columns),
        congestion=world.congestion.tolist(),
        backlog=copy.deepcopy(world.backlog),
        rollout=[lab.rollout for lab in world.labs],
        serving_hours=[lab.serving_hours for lab in world.labs],
        urgency=world.urgency,
        implementers=world.implementers,
        revenue=world.revenue.tolist(),
        committed_hours=world.committed_hours.tolist(),
        menus=copy.deepcopy(world.menus),
    )


def see(world: Any, week: int) -> Seen:
    """Say which products are open on the week's Monday and which labs have the talked-about flagship."""
    today = world.clock.date_of(week)
    labs = range(len(world.labs))
    sells = [any(world.catalogue.available[lab]) for lab in labs]

    def is_open(field: str) -> list[bool]:
        days = [getattr(world.labs[lab].profile, field) for lab in labs]
        return [sells[lab] and days[lab] is not None and days[lab] <= today for lab in labs]

    best = []
    for lab in labs:
        sold = [t for t in range(3) if world.catalogue.available[lab, t]]
        best.append(max([float(world.catalogue.capability[lab, t]) for t in sold], default=-math.inf))
    second = sorted(best)[-2]
    released = world.catalogue.released.tolist()
    weeks = world.parameters.developers.attention_weeks
    fresh = [released[lab] >= 0 and week - released[lab] < weeks and best[lab] >= second for lab in labs]
    return Seen(is_open("chat_date"), is_open("api_date"), is_open("coding_date"), fresh)


def draw(weights: list[float], uniform: float) -> int:
    """Draw by inverse transform: the first option whose cumulative weight passes the uniform."""
    threshold = min(uniform, 1.0 - 2.0**-53) * sum(weights)
    reached = 0.0
    for option, weight in enumerate(weights[:-1]):
        reached += weight
        if reached > threshold:
            return option
    return len(weights) - 1


def chance(hazard: float) -> float:
    """The chance of an event within a week."""
    return -math.expm1(-hazard)


def choose_lab(uniform: float, held: int, open_: list[bool], reach: Any, worth: list[float], p: Any) -> int:
    """Choose a lab by standing, quality and habit; stay where nothing is open."""
    if not any(open_):
        return held
    weights = [float(reach[i]) * math.exp(p.quality_weight * worth[i]) if open_[i] else 0.0 for i in range(len(open_))]
    if held >= 0:
        weights[held] *= math.exp(p.habit_weight)
    return draw(weights, uniform)


def offer_weights(world: Any, names: tuple[str, ...], open_: list[bool]) -> list[float]:
    """How a lab is chosen for metered work: by the mean of its shares of the classes asked for, where it is open."""
    metered = [name for name, w in world.parameters.workload.items() if w.payer == "metered"]
    found = []
    for lab, is_open in enumerate(open_):
        shares = [float(world.metered.offer.lab_share[metered.index(name), lab]) for name in names]
        found.append(sum(shares) / len(shares) if is_open else 0.0)
    return found


# consumers ------------------------------------------------------------------------------------------------------------


def consumers(world: Any, before: Before, seen: Seen, entry_price: list[float]) -> Table:
    """Adopt, leave, switch; then count peers from scratch; then review subscriptions.

    entry_price: of each lab, the least price of a plan for what all usual use is worth.
    """
    p, users, week = world.parameters.consumers, before.users, before.week
    labs, free = range(len(world.labs)), world.constants.index.of["chat-free"]
    uniform = world.streams.uniform("users.app", week, len(users["app"])).tolist()
    kept = [1.0 - before.congestion[lab][free] for lab in labs]
    quality = [seen.success(world, "chat-free", lab) * kept[lab] for lab in labs]
    appeal = max([quality[lab] for lab in labs if seen.chat_open[lab]], default=0.0) ** p.appeal_power
    counts = [1.0 + users["app"].count(lab) for lab in labs]
    reach = world.constants.reach.tolist()
    weights = [
        reach[lab] * (counts[lab] / sum(counts)) ** p.brand_weight * math.exp(p.quality_weight * quality[lab])
        if seen.chat_open[lab]
        else 0.0
        for lab in labs
    ]
    app, paid = list(users["app"]), list(users["paid"])
    for row, present in enumerate(users["app"] if world.parameters.mechanisms.consumer_adoption else ()):
        if present < 0:
            share = int(users["peers"][row]) / max(int(users["contacts"][row]), 1)
            hazard = (p.innovation_per_week + p.imitation_per_week * share) * float(users["innovativeness"][row])
            adopts = chance(hazard * appeal)
            if uniform[row] < adopts:
                app[row] = draw(weights, uniform[row] / adopts)
        else:
            leaves = chance(p.leave_per_week + p.congestion_leave_per_week * before.congestion[present][free])
            if uniform[row] < leaves:
                app[row], paid[row] = -1, False
            elif uniform[row] < leaves + p.switch_per_week:
                app[row] = draw(weights, (uniform[row] - leaves) / p.switch_per_week)
    network = world.users.network
    peers = []
    for row in range(len(app)):
        contacts = network.indices[network.indptr[row] : network.indptr[row + 1]]
        peers.append(sum(app[other] >= 0 for other in contacts))
    factor = world.parameters.demand.consumer_value_factor
    for row, lab in enumerate(app):
        if lab >= 0 and row % p.review_weeks == week % p.review_weeks:
            gain = p.subscription_perk + max(seen.success(world, "chat-paid", lab) - quality[lab], 0.0)
            price = entry_price[lab] * (1.0 - p.subscription_inertia if paid[row] else 1.0)
            paid[row] = float(F(factor) * users["willingness"][row]) * gain > price
    return {"app": app, "paid": paid, "peers": peers}


def chat_requests(
    world: Any, before: Before, seen: Seen, rows: Table, grades: list[tuple[float, float]]
) -> list[list[float]]:
    """Requests of rows by lab and grade (free, paid).

    rows: users' app and paid; grades: of each lab, what a subscriber asks for per request that time allows.
    """
    p = world.parameters.consumers
    asked = [[0.0, 0.0] for _ in world.labs]
    for row, lab in enumerate(rows["app"]):
        if lab >= 0:
            for grade, name in enumerate(("chat-free", "chat-paid")):
                part = grades[lab][grade] if rows["paid"][row] else (1.0, 0.0)[grade]
                engagement = p.engagement_floor + (1.0 - p.engagement_floor) * seen.success(world, name, lab)
                asked[lab][grade] += float(before.users["requests_bound"][row]) * part * engagement
    return asked


# developers -----------------------------------------------------------------------------------------------------------


def output(world: Any, stage: list[int]) -> float:
    """Output of a developer relative to one without tools."""
    if not world.parameters.mechanisms.coding_recursion:
        return 1.0
    p, agent = world.parameters.developers, stage.count(3) / len(stage)
    daily = (stage.count(2) + stage.count(3)) / len(stage)
    return float(1.0 + p.productivity_gain_daily * (daily - agent) + p.productivity_gain_agent * agent)


def developers(world: Any, before: Before, seen: Seen) -> Table:
    """Step up and back, choose tools, start to build or look at other labs."""
    p, rows, week = world.parameters.developers, before.developers, before.week
    labs, of = range(len(world.labs)), world.constants.index.of
    stages = [int(s) for s in rows["stage"]]
    n = len(stages)
    any_use, agent = sum(s > 0 for s in stages) / n, stages.count(3) / n
    served = [[1.0 - c for c in before.congestion[lab]] for lab in labs]
    assist = [seen.success(world, "code-assist", lab) * served[lab][of["code-assist"]] for lab in labs]
    worth = [float(world.plans.runs[lab, of["code-agent"]]) * served[lab][of["code-agent"]] for lab in labs]
    best = max([assist[lab] for lab in labs if seen.coding_open[lab]], default=0.0)
    agents = max([worth[lab] for lab in labs if seen.coding_open[lab]], default=0.0)
    agents *= world.parameters.mechanisms.agents
    up = [
        chance((p.tool_innovation_per_week + p.tool_imitation_per_week * any_use) * best),
        chance(p.daily_per_week * best),
        chance((p.agent_innovation_per_week + p.agent_imitation_per_week * agent) * agents),
        0.0,
    ]
    weights = offer_weights(world, CODING, seen.coding_open)
    looks = looks_of(world, seen, seen.coding_open, weights)
    uniform = world.streams.uniform("developers.tool", week, n).tolist()
    stage, tool = list(stages), [int(t) for t in rows["tool"]]
    for row, now in enumerate(stages):
        u, rise, back = uniform[row], up[now], p.tool_leave_per_week if now else 0.0
        rest = (u - rise - back) / (1.0 - rise - back)
        if u < rise:
            stage[row] = now + 1
            if now == 0:
                tool[row] = draw(weights, u / rise)
        elif u < rise + back:
            stage[row] = now - 1
        elif now and rest < looks:
            tool[row] = draw(weights, rest / looks)
        if stage[row] == 0:
            tool[row] = -1
    return {"stage": stage, "tool": tool, "builder": builders(world, before, seen)}


def looks_of(world: Any, seen: Seen, open_: list[bool], weights: list[float]) -> float:
    """How likely somebody is to look at other labs: more so while a flagship is fresh, never where nothing is sold."""
    p = world.parameters.developers
    fresh = any(a and o for a, o in zip(seen.attention, open_, strict=True))
    return chance(p.switch_per_week + fresh * p.release_attention_per_week) if sum(weights) > 0.0 else 0.0


def builders(world: Any, before: Before, seen: Seen) -> list[int]:
    """The lab whose API each developer builds on."""
    p, of, held = world.parameters.developers, world.constants.index.of, [int(b) for b in before.developers["builder"]]
    best = 0.0
    for lab in [lab for lab in range(len(world.labs)) if seen.api_open[lab]]:
        does = [float(world.plans.runs[lab, of[a]]) * (1.0 - before.congestion[lab][of[a]]) for a in APPS[:2]]
        best = max(best, sum(does) / 2.0)
    share = 1.0 - held.count(-1) / len(held)
    joins = chance((p.builder_innovation_per_week + p.builder_imitation_per_week * share) * best)
    weights = offer_weights(world, APPS, seen.api_open)
    looks = looks_of(world, seen, seen.api_open, weights)
    uniform = world.streams.uniform("developers.build", before.week, len(held)).tolist()
    found = list(held)
    for row, lab in enumerate(held):
        likely = joins if lab < 0 else looks
        if uniform[row] < likely:
            found[row] = draw(weights, uniform[row] / likely)
    return found


def apps(world: Any, before: Before, seen: Seen, builder: list[int], productivity: float) -> Table:
    """Let apps die, move and win or lose audience; then let builders start new ones in free slots."""
    p, week, rows = world.parameters.developers, before.week, copy.deepcopy(before.apps)
    slots = len(rows["lab"])
    fate = world.streams.uniform("apps.fate", week, slots).tolist()
    growth = world.streams.uniform("apps.growth", week, slots)
    weights = offer_weights(world, APPS, seen.api_open)
    looks = looks_of(world, seen, seen.api_open, weights)
    for slot in range(slots):
        if int(rows["lab"][slot]) < 0:
            continue
        if fate[slot] < p.deaths_per_week:
            rows["lab"][slot], rows["audience"][slot] = -1, F(0.0)
            continue
        if fate[slot] < p.deaths_per_week + looks:
            rows["lab"][slot] = draw(weights, (fate[slot] - p.deaths_per_week) / looks)
        most = math.exp(p.audience_sd**2)
        left = most / (apps_per_row(world) + most - 1.0)
        noise = float(growth[slot] - F(0.5)) * math.sqrt(12.0 * left) * p.audience_noise
        noise += (1.0 - left) * p.audience_noise**2 / 2.0
        rows["audience"][slot] = rows["audience"][slot] * F(math.exp(noise))
    if world.parameters.mechanisms.developer_apps:
        start_apps(world, before, seen, rows, builder, productivity)
    return rows


def apps_per_row(world: Any) -> float:
    """Apps that a row of apps stands for."""
    return float(max(world.parameters.developers.population / len(world.developers.columns), 1.0))


def worthwhile_apps(world: Any, before: Before) -> float:
    """Rows of apps that vendors' sales would keep up: last week's bills for tokens are a part of their cost."""
    p, of = world.parameters.developers, world.constants.index.of
    bills = sum(revenue[of[app]] for revenue in before.revenue for app in APPS)
    sales = bills * p.vendor_sales_per_token_usd * WEEKS_PER_YEAR
    return float(sales / p.entry_usd_per_app_year / world.developers_per_row)


def start_apps(world: Any, before: Before, seen: Seen, rows: Table, builder: list[int], productivity: float) -> None:
    """Builders in the order of their rows take free slots in the order of theirs, while there are any."""
    p, week, of = world.parameters.developers, before.week, world.constants.index.of
    sold = [lab for lab in range(len(world.labs)) if seen.api_open[lab]]
    interest = (1.0, p.rag_interest, p.agent_interest * world.parameters.mechanisms.agents)
    runs = [max([float(world.plans.runs[lab, of[a]]) for lab in sold], default=0.0) for a in APPS]
    kinds = [max(i * r, 1e-9) for i, r in zip(interest, runs, strict=True)]
    uniform = world.streams.uniform("apps.birth", week, len(builder)).tolist()
    traits = world.streams.uniform("apps.traits", -1, (len(rows["lab"]), 3)).tolist()
    free = [slot for slot, lab in enumerate(rows["lab"]) if lab < 0]
    running = max(len(rows["lab"]) - len(free), 1)
    room = min(max(worthwhile_apps(world, before) / running, LEAST_ENTRY), MOST_ENTRY)
    births = p.births_per_week * productivity * (room if world.parameters.mechanisms.free_entry else 1.0)
    for row, lab in enumerate(builder):
        if lab >= 0 and uniform[row] < births and free:
            slot = free.pop(0)
            kind, _, size = ((t + week * 0.6180339887498949) % 1.0 for t in traits[slot])
            z = NormalDist().inv_cdf(min(max(size, 1e-6), 1.0 - 1e-6))
            rows["lab"][slot], rows["born"][slot], rows["kind"][slot] = lab, week, draw(kinds, kind)
            variance = math.log(1.0 + (math.exp(p.audience_sd**2) - 1.0) / apps_per_row(world))
            mean = math.log(p.audience_median) + p.audience_sd**2 / 2.0
            rows["audience"][slot] = F(math.exp(mean - variance / 2.0 + math.sqrt(variance) * z))


# enterprises ----------------------------------------------------------------------------------------------------------


def enterprises(world: Any, before: Before, seen: Seen, productivity: float, wanted: list[float]) -> Table:
    """Choose labs, change stage, buy seats, and let this week's cohort enable applications.

    wanted: of each lab, the part of employees to whom a seat is worth its price.
    """
    p, rows, week, of = world.parameters.enterprises, before.enterprises, before.week, world.constants.index.of
    labs, n = range(len(world.labs)), len(rows["stage"])
    on = world.parameters.mechanisms.consulting_flywheel
    urgency, implementers = (before.urgency, before.implementers) if on else (0.0, 1.0)
    reach = world.constants.enterprise_reach.tolist()
    seat_open = [seen.chat_open[lab] and reach[lab] > 0.0 for lab in labs]
    served = [[1.0 - c for c in before.congestion[lab]] for lab in labs]
    seat = [seen.success(world, "seat", lab) * served[lab][of["seat"]] for lab in labs]
    api_weights = offer_weights(world, APPLICATIONS, seen.api_open)
    runs = [sum(float(world.plans.runs[lab, of[a]]) for a in APPLICATIONS[:2]) / 2.0 for lab in labs]
    best = max([seat[lab] for lab in labs if seat_open[lab] or seen.api_open[lab]], default=0.0)
    large = range(n - world.parameters.scale.firms)  # surveys ask, and peers are, large organisations
    weight = [float(w) for w in rows["weight"]]
    anyone = sum(weight[row] for row in large if rows["stage"][row] > 0) / sum(weight[row] for row in large)
    pull = best * (1.0 + urgency)
    up = [
        (p.pilot_per_week + p.peer_pilot_per_week * anyone) * pull,
        p.production_per_week * pull * implementers,
        p.spread_per_week * pull * implementers,
        0.0,
    ]
    looks = chance(p.switch_per_week * (1.0 + p.release_attention * any(seen.attention)))
    depth, speed = (0.0, p.pilot_seats, p.production_seats, 1.0), (0.0, p.pilot_capacity, 1.0, p.spread_capacity)
    moves = world.streams.uniform("enterprises.stage", week, n).tolist()
    picks = world.streams.uniform("enterprises.lab", week, (n, 2)).tolist()
    found: Table = {name: list(rows[name]) for name in ("stage", "lab", "seat_lab", "enabled")}
    limits: list[float] = []
    for row in range(n):
        stage, ability = int(rows["stage"][row]), float(rows["ability"][row])
        for name, u, sold in (("lab", picks[row][0], seen.api_open), ("seat_lab", picks[row][1], seat_open)):
            held = int(rows[name][row])
            likely = 1.0 if held < 0 else looks
            if any(sold) and stage > 0 and u < likely:
                again, by_habit = u / likely, name == "seat_lab"  # an API is chosen without habit
                lab = choose_lab(again, held, sold, reach, seat, p) if by_habit else draw(api_weights, again)
                found[name][row] = lab
        if world.parameters.mechanisms.enterprise_adoption:
            rises = chance(up[stage] * ability)
            if moves[row] < rises:
                found["stage"][row] = stage + 1
            elif stage == 1 and moves[row] < rises + p.abandon_per_week:
                found["stage"][row] = 0
        stage, lab, seat_lab = int(found["stage"][row]), int(found["lab"][row]), int(found["seat_lab"][row])
        size = float(rows["employees"][row]) * float(rows["output"][row])
        worth_having = depth[stage] * (wanted[seat_lab] if seat_lab >= 0 else 0.0) * size * min(p.budget_factor, 1.0)
        limits.append(worth_having)
        if row % 4 == week % 4:
            able = p.enabling_per_window * speed[stage] * productivity * implementers * ability
            count, enabled = int(rows["applications"][row]), float(rows["enabled"][row])
            target = max((runs[lab] if lab >= 0 else 0.0) * count, enabled)
            found["enabled"][row] = min(enabled + able * count, target)
    found["seats"] = seats_after(world, before, limits, urgency)
    return found


def seats_after(world: Any, before: Before, limits: list[float], urgency: float) -> list[float]:
    """Seats of every row after company-wide deals and growth from colleague to colleague; limits: worth having."""
    p, rows = world.parameters.enterprises, before.enterprises
    held = sum(float(s) * float(w) for s, w in zip(rows["seats"], rows["weight"], strict=True))
    most = sum(limit * float(w) for limit, w in zip(limits, rows["weight"], strict=True))
    hazard = p.seat_deal_per_week + p.peer_seat_deal_per_week * min(held / max(most, 1e-9), 1.0)
    uniform = world.streams.uniform("enterprises.deal", before.week, len(limits)).tolist()
    found = []
    for row, limit in enumerate(limits):
        seats, ability, weight = (float(rows[name][row]) for name in ("seats", "ability", "weight"))
        signs = math.floor(weight * chance(hazard * ability * (1.0 + urgency)) + uniform[row])
        block = min(signs / weight, 1.0) * p.seat_deal_share * max(limit - seats, 0.0)
        grown = p.seat_diffusion_per_week * seats * ability * max(1.0 - seats / max(limit, 1e-9), -1.0)
        found.append(max(seats + grown + block, 0.0))
    return found


def enabled_tasks(world: Any, index: int, enabled: list[float]) -> dict[int, list[float]]:
    """Model tasks by kind per business event of the enterprises of a cohort, following every call one by one."""
    p, cohort = world.parameters.enterprises, world.graphs.cohorts[index]
    cascade, events = world.parameters.mechanisms.cascades, [float(x) for x in cohort.base]
    found = {int(row): [0.0] * len(APPLICATIONS) for row in cohort.rows}
    for layer in range(len(cohort.layer_starts) - 1):
        first, last = int(cohort.layer_starts[layer]), int(cohort.layer_starts[layer + 1])
        for app in range(first, last):
            firm = int(cohort.enterprise[app])
            row = int(cohort.rows[firm])
            lit = int(cohort.place[app]) < enabled[row]
            if cascade:
                events[app] = min(events[app], float(cohort.limit[firm]))
            if lit:
                found[row][int(cohort.kind[app])] += events[app] * p.calls_per_event
            if cascade and app + 1 < len(cohort.bounds):
                passed = min(p.trigger_probability * (1.0 + p.ai_trigger_gain * lit), 1.0) * events[app]
                for called in cohort.called[cohort.bounds[app] : cohort.bounds[app + 1]].tolist():
                    events[called] += passed
    return found
