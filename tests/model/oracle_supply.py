"""The oracle's fourth part: one week of rents, beliefs, orders, deliveries and reviews, number by number.

Written from the documented rules (docs/model.md, section 11) in plain Python; it shares no code with the model but the
parameters and the random streams. Arrays are read once, as lists.
"""

import copy
import math
from statistics import NormalDist
from types import SimpleNamespace as Names
from typing import Any

WY = 365.25 / 7.0
WM = 365.25 / 12.0 / 7.0
HY = 8766.0
POWER, SHELLS, CHIPS, CAPITAL, DEMAND = range(5)
CLOUD = ("value", "growth", "error", "cash_per_year", "rents_per_year", "net_debt_usd", "lent_usd", "worth_of_power",
         "orders_limited_by")  # fmt: skip
MAKER = ("capacity", "expanding", "price_usd", "orders_per_week", "orders_growth", "markup")
WAY = ("capacity", "expanding", "price_usd", "pool_mw")
BUILDER = ("capacity", "expanding", "price_usd", "load")
FLEET = ("installed", "operating", "draw_mw", "shells_mw", "connected_mw")
MARKET = ("rent", "contract_rent", "served_need", "served_need_at_start", "market_value", "common_error")


def firms(agents: Any, names: tuple[str, ...]) -> list[Names]:
    """Numbers of each firm."""
    return [
        Names(**{name: getattr(one, name) for name in names}, ready=list(getattr(one, "expansions", ())))
        for one in agents
    ]


def book(of: Any) -> Names:
    """An order book as nested lists: waiting[m][s][c], coming[m][c][week], and sums [m][c]."""
    return Names(**{name: getattr(of, name).tolist() for name in ("waiting", "coming", "ordered", "done", "cancelled")})


def look(world: Any) -> Names:
    """Copy what a week of supply starts from, before the market's step."""
    fleet = world.fleet
    return Names(
        week=world.clock.week,
        **{name: getattr(world, name) for name in MARKET},
        technology=tuple(world.technology),
        clouds=firms(world.hyperscalers, CLOUD),
        makers=firms(world.chip_makers, MAKER),
        ways=firms(world.power_suppliers, WAY),
        builders=firms(world.builders, BUILDER),
        chips=book(world.chip_book),
        power=book(world.power_book),
        shells=book(world.shell_book),
        fleet={name: getattr(fleet, name).tolist() for name in FLEET},
        rings={name: getattr(fleet, name).tolist() for name in ("transit", "transit_mw", "vintages", "vintage_mw")},
    )


def note(world: Any) -> Names:
    """Copy what a week of supply left behind, and what other parts of the week gave it."""
    found = look(world)
    books = world.ledger
    found.exogenous = Names(
        **{n: getattr(world.exogenous, n) for n in ("hardware", "density", "wafers", "tenants", "years")}
    )
    found.need = [lab.need_hours for lab in world.labs]
    found.sought = [lab.sought_h100e for lab in world.labs]
    found.contracts = world.contracts.tolist()
    found.paid_rents = [
        books.received(f"cloud.{cloud.name}", ["tenants", *(f"lab.{n}" for n in world.lab_names)])
        for cloud in world.hyperscalers
    ]
    found.outside = (world.outside_wanted, world.outside_rent, world.outside_serving_share)
    found.outside_used = world.outside_used.tolist()
    of, paid = books.of, books.paid
    names = [f"cloud.{cloud.name}" for cloud in world.hyperscalers]
    found.to_labs = [sum(float(paid[of[name], of[f"lab.{lab}"]]) for lab in world.lab_names) for name in names]
    change = paid.sum(axis=0) - paid.sum(axis=1)
    found.cash_before = [float(books.cash[of[name]] - change[of[name]]) for name in names]
    found.core = [cloud.core_cash_per_year for cloud in world.hyperscalers]
    found.capex = world.capex_paid.tolist()
    found.held_down_by = world.held_down_by.tolist()
    return found


def technology(p: Any, moved: Names) -> tuple[float, float, float]:
    """Cost of the leader's chip, H100e a MW and a wafer."""
    s, h = p.suppliers, p.hyperscalers
    return (
        s.chip_cost_usd * math.exp(-moved.hardware),
        h.density_at_start * math.exp(moved.density),
        s.h100e_per_wafer * math.exp(moved.wafers),
    )


def live_of(fleet: dict[str, list[float]]) -> list[float]:
    """Chips in operation as far as shells and power hold them."""
    parts = zip(fleet["operating"], fleet["draw_mw"], fleet["shells_mw"], fleet["connected_mw"], strict=True)
    return [min(op, min(shell, power) * op / max(draw, 1e-9)) for op, draw, shell, power in parts]


def move(price: float, goal: float, weeks: float) -> float:
    """A price that goes its part of the way in logarithms."""
    return math.exp(math.log(price) + (math.log(goal) - math.log(price)) / weeks)


def add(firm: Names, week: int, amount: float, lead: float) -> None:
    """Begin an addition."""
    firm.ready[(week + max(int(lead), 1)) % len(firm.ready)] += amount
    firm.expanding += amount


def open_week(firm: Names, week: int, scrapped: float) -> None:
    """Take additions into use."""
    place = week % len(firm.ready)
    ready, firm.ready[place] = firm.ready[place], 0.0
    firm.expanding = max(firm.expanding - ready, 0.0)
    firm.capacity += ready - firm.capacity * scrapped / WY


class Week:
    """One week of supply by hand: `state` moves from what was before to what should be after."""

    def __init__(self, world: Any, before: Names, after: Names) -> None:
        self.p, self.world, self.after = world.parameters, world, after
        self.state = copy.deepcopy(before)
        self.week = before.week
        self.live = live_of(before.fleet)
        profiles = (self.p.hyperscaler, self.p.chip_maker, self.p.power_supplier, self.p.builder)
        self.clouds, self.makers, self.ways, self.builders = (list(table.values()) for table in profiles)
        self.names = list(self.p.hyperscaler)

    # rents and beliefs

    def rents(self) -> None:
        s, a, h = self.state, self.after, self.p.hyperscalers
        need = sum(a.need)
        if s.served_need <= 0.0:
            s.served_need = s.served_need_at_start = need
        s.served_need += (need - s.served_need) / h.outside_serving_memory_weeks
        stock = sum(cloud.installed_at_start_h100e for cloud in self.clouds)
        start = h.outside_share_at_start * stock * h.outside_value_factor**h.outside_elasticity
        training = (1.0 - h.outside_serving_at_start) * start * math.exp(a.exogenous.tenants)
        ratio = s.served_need / s.served_need_at_start if s.served_need_at_start > 0.0 else 1.0
        serving = h.outside_serving_at_start * start * ratio**h.outside_serving_follows
        e = h.outside_elasticity
        self.value = (training + serving) * h.rent_at_start**e
        clouds = range(len(self.clouds))
        left = [max(self.live[c] - sum(row[c] for row in a.contracts), 0.0) for c in clouds]
        free = max(sum(left), 1e-9)
        held = min((1.0 - h.spot_share) * self.value / s.contract_rent**e, 0.88 * free)
        unmet = sum(max(want - sum(row), 0.0) for want, row in zip(a.sought, a.contracts, strict=True))
        clearing = ((h.spot_share * self.value + unmet * s.contract_rent**e) / (free - held)) ** (1.0 / e)
        clearing = min(max(clearing, h.rent_floor), 3.0 * s.contract_rent)
        s.rent = s.rent * (clearing / s.rent) ** h.rent_speed
        s.contract_rent += (s.rent - s.contract_rent) / h.contract_rent_memory_weeks
        spot = min(h.spot_share * self.value / s.rent**e, free - held)
        s.outside = (
            held + spot,
            (held * s.contract_rent + spot * s.rent) / (held + spot),
            serving / (training + serving),
        )
        s.outside_used = [mw * min((held + spot) / free, 1.0) for mw in left]

    def beliefs(self) -> None:
        s, a, h, world = self.state, self.after, self.p.hyperscalers, self.world
        clouds, labs = range(len(self.clouds)), range(len(a.sought))
        listed = [[name in lab.clouds.split() for name in self.names] for lab in self.p.lab.values()]
        total = max(sum(self.live), 1e-9)
        values = []
        for c in clouds:
            wanted = sum(a.contracts[i][c] for i in labs)
            for i in labs:
                open_to = sum(self.live[k] for k in clouds if listed[i][k])
                if listed[i][c]:
                    wanted += max(a.sought[i] - sum(a.contracts[i]), 0.0) * self.live[c] / max(open_to, 1e-9)
            values.append(wanted * s.contract_rent**h.outside_elasticity + self.value * self.live[c] / total)
        old = s.market_value
        s.market_value = sum(values) if old <= 0.0 else old + (sum(values) - old) / 8.0
        own = world.streams.uniform("hyperscalers.error", self.week, len(self.clouds)).tolist()
        (common,) = world.streams.uniform("hyperscalers.common_error", self.week, 1).tolist()
        spread = h.error_sd * math.sqrt(2.0 / h.error_memory_weeks)
        for cloud, value, uniform in zip(s.clouds, values, own, strict=True):
            if old > 0.0:
                cloud.growth += (math.log(s.market_value / old) * WY - cloud.growth) / h.forecast_memory_weeks
            cloud.value = value if cloud.value <= 0.0 else cloud.value + (value - cloud.value) / 8.0
            cloud.error = cloud.error * (1.0 - 1.0 / h.error_memory_weeks) + spread * NormalDist().inv_cdf(uniform)
        s.common_error *= 1.0 - 1.0 / h.error_memory_weeks
        s.common_error += spread * NormalDist().inv_cdf(common)

    # orders

    def orders(self) -> None:
        for c in range(len(self.clouds)):
            if (self.week + c) % self.p.hyperscalers.order_weeks == 0:
                self.order(c)

    def outputs(self, per_wafer: float) -> list[float]:
        """H100e a week of each maker."""
        return [
            m.capacity / WM * per_wafer * one.output_factor
            for m, one in zip(self.state.makers, self.makers, strict=True)
        ]

    def mix(self, c: int) -> list[float]:
        """Part of an order that goes to each maker."""
        sigma = self.p.suppliers.chip_substitution
        weights = [
            (one.owner_standing if one.owner == self.names[c] else one.standing) * (m.markup / one.markup) ** -sigma
            for m, one in zip(self.state.makers, self.makers, strict=True)
        ]
        return [w / sum(weights) for w in weights]

    def offered(self) -> None:
        """What all suppliers offer this week; queues are those before anybody orders."""
        s = self.state
        per_wafer = s.technology[2]
        queued = [sum(map(sum, stages)) for stages in s.chips.waiting]
        least = self.p.suppliers.chip_production_weeks
        self.booked = [max(book / out, least) for book, out in zip(queued, self.outputs(per_wafer), strict=True)]
        grown = zip(self.outputs(per_wafer), s.makers, strict=True)
        self.pace = sum(out * (1.0 + m.expanding / m.capacity) for out, m in grown)

    def order(self, c: int) -> None:
        """Plan, cut to the money there is, and put orders and cancellations into the books."""
        self.offered()
        plan = Plan(self, c)
        ordered, cancelled = plan.power()
        shells, cut_shells, follows_power = plan.shells(ordered)
        chips, cut_chips, limit = plan.chips()
        room = self.room(c, plan.grown(1.0), plan.chip_usd, plan.shell_usd)
        price = chips * plan.chip_usd + shells * plan.shell_usd
        price += sum(x * w.usd for x, w in zip(ordered, plan.ways, strict=True))
        part = min(max(room, 0.0) / price, 1.0) if price > 0.0 else 1.0
        limit = POWER if limit == SHELLS and follows_power else limit
        s = self.state
        s.clouds[c].orders_limited_by = CAPITAL if part < 0.95 else limit
        self.cancel(s.chips, c, cut_chips)
        self.cancel(s.shells, c, cut_shells)
        for j, mw in enumerate(ordered):
            self.cancel(s.power, c, cancelled[j], j)
            self.put(s.power, j, c, mw * part)
        for m, share in enumerate(plan.mix):
            self.put(s.chips, m, c, share * chips * part)
        for m, share in enumerate(plan.split):
            self.put(s.shells, m, c, share * shells * part)

    def room(self, c: int, growth: float, chip_usd: float, shell_usd: float) -> float:
        """Money for new orders."""
        s, h, mine = self.state, self.p.hyperscalers, self.state.clouds[c]
        earned = self.after.core[c]
        earned += (1.0 - h.operating_cost_share) * mine.rents_per_year * math.exp(min(max(growth, -0.5), 0.8))
        debt = max(h.credit * self.clouds[c].leverage * earned - mine.net_debt_usd, 0.0)
        rest = 1.0 - self.p.suppliers.deposit
        due = 0.0
        for stages, m in zip(s.chips.waiting, s.makers, strict=True):
            due += sum(stage[c] for stage in stages) * m.price_usd * h.server_ratio
        for stages, rows in zip(s.shells.waiting, s.shells.coming, strict=True):
            soon = sum(rows[c][(self.week + 1 + i) % len(rows[c])] for i in range(79))
            due += (sum(stage[c] for stage in stages) + rest * soon) * shell_usd
        for rows, way in zip(s.power.coming, s.ways, strict=True):
            due += rest * sum(rows[c][(self.week + 1 + i) % len(rows[c])] for i in range(78)) * way.price_usd
        return float(1.5 * (max(mine.cash_per_year, 0.0) + h.borrowing_per_year * debt) - due)

    @staticmethod
    def put(of: Names, m: int, c: int, amount: float) -> None:
        of.waiting[m][0][c] += amount
        of.ordered[m][c] += amount

    @staticmethod
    def cancel(of: Names, c: int, amount: float, only: int | None = None) -> None:
        """Take orders out of the queue, from all makers alike or from one."""
        rows = range(len(of.waiting)) if only is None else [only]
        total = sum(stage[c] for m in rows for stage in of.waiting[m])
        part = min(amount / total, 1.0) if total > 0.0 else 0.0
        for m in rows:
            of.cancelled[m][c] += part * sum(stage[c] for stage in of.waiting[m])
            for stage in of.waiting[m]:
                stage[c] *= 1.0 - part

    # deliveries

    @property
    def ways_offered(self) -> list[Names]:
        """The ways to power as they are offered this week."""
        found = []
        for stages, way, one in zip(self.state.power.waiting, self.state.ways, self.ways, strict=True):
            total = sum(map(sum, stages))
            pool = way.pool_mw / one.pool_mw if one.pool_mw > 0.0 else 1.0
            found.append(
                Names(
                    weeks=total / ((way.capacity + 0.5 * way.expanding) * one.output_factor) + one.build_weeks,
                    build=one.build_weeks,
                    usd=way.price_usd,
                    mwh=one.usd_per_mwh,
                    pace=way.capacity * pool * one.output_factor,
                    left=max(way.pool_mw - total, 0.0) if one.pool_mw > 0.0 else math.inf,
                )
            )
        return found

    @staticmethod
    def draw(source: list[float], amount: float, rank: list[float]) -> list[float]:
        """Take an amount out of a stage, pro rata to content times rank."""
        weights = [x * r for x, r in zip(source, rank, strict=True)]
        take = min(amount, sum(source)) / max(sum(weights), 1e-12)
        taken = [min(x, w * take) for x, w in zip(source, weights, strict=True)]
        for i, x in enumerate(taken):
            source[i] -= x
        return taken

    def serve(self, stages: list[list[float]], capacity: float, rank: list[float]) -> list[float]:
        """Level the stages of a queue from the last one back, then serve from the last one on."""
        level = sum(map(sum, stages)) / len(stages)
        for i in range(len(stages) - 1, 0, -1):
            moved = self.draw(stages[i - 1], max(level - sum(stages[i]), 0.0), rank)
            stages[i] = [x + y for x, y in zip(stages[i], moved, strict=True)]
        served = [0.0 for _ in rank]
        for stage in reversed(stages):
            more = self.draw(stage, max(capacity - sum(served), 0.0), rank)
            served = [x + y for x, y in zip(served, more, strict=True)]
        return served

    def deliveries(self) -> None:
        s, h, p = self.state, self.p.hyperscalers, self.p.suppliers
        clouds = range(len(self.clouds))
        self.tech = technology(self.p, self.after.exogenous)
        _, density, per_wafer = self.tech
        capex = [0.0 for _ in clouds]
        alike = [1.0 for _ in clouds]
        shipped = [0.0 for _ in clouds]
        for stages, done, out, m in zip(s.chips.waiting, s.chips.done, self.outputs(per_wafer), s.makers, strict=True):
            finished = sum(map(sum, stages)) / p.chip_production_weeks
            for c, chips in enumerate(self.serve(stages, min(out, finished), alike)):
                done[c] += chips
                shipped[c] += chips
                capex[c] += chips * m.price_usd * h.server_ratio
        for c in clouds:
            self.install(c, shipped[c], density)
        self.started = []
        for m, one in enumerate(self.builders):
            begun = self.serve(s.shells.waiting[m], s.builders[m].capacity * one.output_factor, alike)
            self.started.append(sum(begun))
            come = self.work(s.shells, m, begun, one.build_weeks)
            for c in clouds:
                s.fleet["shells_mw"][c] += come[c]
                capex[c] += (p.deposit * begun[c] + (1.0 - p.deposit) * come[c]) * s.builders[m].price_usd
        for j, one in enumerate(self.ways):
            way, total = s.ways[j], sum(map(sum, s.power.waiting[j]))
            theirs = sum(stage[-1] for stage in s.power.waiting[j])
            if one.other_need_mw_per_year > 0.0:
                need = (
                    one.other_need_mw_per_year
                    / WY
                    * (1.0 + one.other_need_growth_per_year) ** self.after.exogenous.years
                )
                need *= (way.price_usd / one.usd_per_mw) ** -one.other_elasticity
                ahead = (need * total / way.capacity - theirs) / p.others_ahead_weeks
                self.put(s.power, j, len(self.clouds), max(need + ahead, 0.0))
            rank = [1.0 + p.slot_premium * cloud.worth_of_power / way.price_usd for cloud in s.clouds]
            pool = way.pool_mw / one.pool_mw if one.pool_mw > 0.0 else 1.0
            begun = self.serve(s.power.waiting[j], way.capacity * pool * one.output_factor, [*rank, 1.0])
            come = self.work(s.power, j, begun, one.build_weeks)
            way.pool_mw = max(way.pool_mw - sum(begun), 0.0) if one.pool_mw > 0.0 else way.pool_mw
            for c in clouds:
                s.fleet["connected_mw"][c] += come[c]
                s.fleet["shells_mw"][c] += come[c] if one.brings_shell else 0.0
                capex[c] += (p.deposit * begun[c] + (1.0 - p.deposit) * come[c]) * way.price_usd
        s.capex = capex

    def work(self, of: Names, m: int, begun: list[float], weeks: int) -> list[float]:
        """Put works under way, late by the slip; return what is done this week."""
        late = max(int(weeks * (1.0 + self.p.suppliers.slip)), 1)
        come = []
        for c, amount in enumerate(begun):
            ring = of.coming[m][c]
            ring[(self.week + late) % len(ring)] += amount
            come.append(ring[self.week % len(ring)])
            ring[self.week % len(ring)] = 0.0
            of.done[m][c] += come[-1]
        return come

    def install(self, c: int, shipped: float, density: float) -> None:
        """Run what is installed, retire what is old."""
        fleet, rings = self.state.fleet, self.state.rings
        slot, age = self.week % len(rings["transit"][c]), self.week % len(rings["vintages"][c])
        old, old_mw = rings["vintages"][c][age], rings["vintage_mw"][c][age]
        fleet["operating"][c] += rings["transit"][c][slot] - old
        fleet["draw_mw"][c] += rings["transit_mw"][c][slot] - old_mw
        fleet["installed"][c] += shipped - old
        for name, amount, place in (("transit", shipped, slot), ("transit_mw", shipped / density, slot),
                                    ("vintages", shipped, age), ("vintage_mw", shipped / density, age)):  # fmt: skip
            rings[name][c][place] = amount

    # what binds, and reviews

    def limits(self) -> None:
        s = self.state
        queued = [sum(map(sum, stages)) for stages in s.chips.waiting]
        parts = zip(queued, self.outputs(self.tech[2]), self.makers, strict=True)
        late = [book / out > 1.15 * one.normal_book_weeks for book, out, one in parts]
        s.held_down_by = []
        for c, cloud in enumerate(s.clouds):
            draw, power, shells = (s.fleet[name][c] for name in ("draw_mw", "connected_mw", "shells_mw"))
            if min(power, shells) < 0.985 * draw:
                s.held_down_by.append(POWER if power <= shells else SHELLS)
            else:
                some = sum(part for part, waits in zip(self.mix(c), late, strict=True) if waits)
                s.held_down_by.append(CHIPS if some > 0.5 else cloud.orders_limited_by)

    def money(self) -> None:
        """Receipts and payments of each hyperscaler, from the week's facts; net debt moves by what is left."""
        s, a, h = self.state, self.after, self.p.hyperscalers
        for c, (cloud, profile) in enumerate(zip(s.clouds, self.clouds, strict=True)):
            rents, core, debt = a.paid_rents[c], a.core[c], cloud.net_debt_usd
            powered = min(s.fleet["draw_mw"][c], s.fleet["connected_mw"][c], s.fleet["shells_mw"][c])
            costs = powered * 168.0 * h.power_usd_per_mwh + h.operating_cost_share * rents
            costs += profile.other_capex_usd_per_year * (1.0 + h.other_capex_growth_per_year) ** a.exogenous.years / WY
            costs += (h.payout_share * core + h.interest_per_year * max(debt, 0.0)) / WY
            left = rents + core / WY - costs - a.to_labs[c]
            cloud.rents_per_year += (rents * WY - cloud.rents_per_year) / 13.0
            cloud.cash_per_year += (left * WY - cloud.cash_per_year) / 13.0
            cash = a.cash_before[c] + left - s.capex[c]
            debt += s.capex[c] - left
            paid_out = min(max(-h.cash_kept * core - debt, 0.0), max(cash, 0.0))
            cloud.lent_usd += max(-cash, 0.0) - min(cloud.lent_usd, max(cash - paid_out, 0.0))
            cloud.net_debt_usd = debt + paid_out

    def reviews(self) -> None:
        s, p = self.state, self.p.suppliers
        cost, _, per_wafer = self.tech
        for i, (m, one) in enumerate(zip(s.makers, self.makers, strict=True)):
            book = sum(map(sum, s.chips.waiting[i]))
            new = self.news[i]
            open_week(m, self.week, one.scrapped_per_year)
            old = m.orders_per_week
            m.orders_per_week += (max(new, 0.0) - old) / p.order_memory_weeks
            m.orders_growth += (
                math.log(max(m.orders_per_week, 1.0) / max(old, 1.0)) * WY - m.orders_growth
            ) / p.trend_memory_weeks
            if (self.week + i) % p.review_weeks == 0:
                lead = one.expansion_weeks + one.strain_weeks * min(m.expanding / m.capacity, 1.0)
                wanted = m.orders_per_week * math.exp(one.caution * min(max(m.orders_growth, -0.5), 1.2) * lead / WY)
                wanted += (book - m.orders_per_week * one.normal_book_weeks) / p.book_correction_weeks
                wafers = wanted * WM / (per_wafer * p.wafer_growth_per_year ** (lead / WY))
                gap = (wafers - m.capacity - m.expanding) / m.capacity
                add(m, self.week, m.capacity * one.expansion * max(gap, 0.0) ** p.expansion_exponent, lead)
            out = m.capacity / WM * per_wafer * one.output_factor
            tight = max(book / (out * one.normal_book_weeks), 0.3)
            m.markup = move(m.markup, one.markup * tight**one.price_elasticity, p.chip_price_memory_weeks)
            m.price_usd = m.markup * cost * one.cost_ratio
        for i, (b, one) in enumerate(zip(s.builders, self.builders, strict=True)):
            book = sum(map(sum, s.shells.waiting[i]))
            open_week(b, self.week, 0.0)
            b.load = self.started[i] / b.capacity + book / (b.capacity * one.normal_book_weeks)
            if (self.week + i) % p.review_weeks == 0:
                b.capacity *= 0.97 if b.load < 0.5 else 1.0
                gap = b.load * b.capacity / (b.capacity + b.expanding) - 1.0
                add(
                    b,
                    self.week,
                    b.capacity * one.expansion * max(gap, 0.0) ** p.expansion_exponent,
                    one.expansion_weeks,
                )
            b.price_usd = one.usd_per_mw * max(b.load, 0.6) ** one.price_elasticity
        for i, (w, one) in enumerate(zip(s.ways, self.ways, strict=True)):
            book = sum(map(sum, s.power.waiting[i]))
            open_week(w, self.week, one.scrapped_per_year)
            if one.pool_mw > 0.0:
                w.price_usd = one.usd_per_mw * (1.0 + one.pool_premium * (1.0 - w.pool_mw / one.pool_mw))
                continue
            tight = book / (w.capacity * one.normal_book_weeks)
            if (self.week + i) % p.review_weeks == 0:
                gap = tight * w.capacity / (w.capacity + w.expanding) - 1.0
                add(
                    w,
                    self.week,
                    w.capacity * one.expansion * max(gap, 0.0) ** p.expansion_exponent,
                    one.expansion_weeks,
                )
            tight = book / (w.capacity * one.normal_book_weeks)
            w.price_usd = move(
                w.price_usd, one.usd_per_mw * max(tight, 0.5) ** one.price_elasticity, p.power_price_memory_weeks
            )

    def run(self) -> Names:
        """Do the week; return what it should have left behind."""
        before = [sum(row) for row in self.state.chips.ordered], [sum(row) for row in self.state.chips.cancelled]
        self.rents()
        self.beliefs()
        self.orders()
        orders = [sum(row) - old for row, old in zip(self.state.chips.ordered, before[0], strict=True)]
        cuts = [sum(row) - old for row, old in zip(self.state.chips.cancelled, before[1], strict=True)]
        self.news = [new - cut for new, cut in zip(orders, cuts, strict=True)]
        self.deliveries()
        self.limits()
        self.money()
        self.reviews()
        return self.state


class Plan:
    """What one hyperscaler sees and wants in a week."""

    def __init__(self, week: Week, c: int) -> None:
        s, p = week.state, week.p
        self.h, self.slip, self.mine, self.c, self.now = p.hyperscalers, p.suppliers.slip, s.clouds[c], c, week.week
        self.mix, self.ways, self.sells = week.mix(c), week.ways_offered, week.ways
        _, self.density, _ = s.technology
        fade = math.exp(-week.after.exogenous.years / p.suppliers.technology_fade_years)
        self.fall = fade * math.log(self.h.price_performance_per_year)
        self.denser = fade * math.log(self.h.density_growth_per_year)
        prices = [m.price_usd * self.h.server_ratio for m in s.makers]
        self.chip_usd = sum(part * usd for part, usd in zip(self.mix, prices, strict=True))
        self.chip_weeks = self.h.install_weeks + sum(x * y for x, y in zip(self.mix, week.booked, strict=True))
        crews = [b.capacity * one.output_factor for b, one in zip(s.builders, week.builders, strict=True)]
        cheap = [one.usd_per_mw / b.price_usd for b, one in zip(s.builders, week.builders, strict=True)]
        appeal = [crew * x for crew, x in zip(crews, cheap, strict=True)]
        self.split = [x / sum(appeal) for x in appeal]
        queues = [sum(map(sum, stages)) for stages in s.shells.waiting]
        leads = [q / crew + one.build_weeks for q, crew, one in zip(queues, crews, week.builders, strict=True)]
        self.shell_usd = sum(x * b.price_usd for x, b in zip(self.split, s.builders, strict=True))
        self.shell_weeks = sum(x * lead for x, lead in zip(self.split, leads, strict=True))
        self.power_usd = sum(w.usd * w.pace for w in self.ways) / sum(w.pace for w in self.ways)
        self.share = week.live[c] / max(sum(week.live), 1e-9)
        self.pace = self.share * week.pace
        seen = self.mine.growth * (1.0 + week.clouds[c].optimism) + self.mine.error + s.common_error
        self.growth = min(max(seen, -1.0), 2.0)
        self.there, self.draw = s.fleet["installed"][c], s.fleet["draw_mw"][c] + sum(s.rings["transit_mw"][c])
        self.retires, self.retires_mw = s.rings["vintages"][c], s.rings["vintage_mw"][c]
        self.connected, self.built = s.fleet["connected_mw"][c], s.fleet["shells_mw"][c]
        self.power_rings = [rows[c] for rows in s.power.coming]
        brought = [rows[c] for rows, one in zip(s.power.coming, self.sells, strict=True) if one.brings_shell]
        self.shell_rings = [rows[c] for rows in s.shells.coming] + brought
        self.power_queue = [sum(stage[c] for stage in stages) for stages in s.power.waiting]
        self.shell_queue = sum(stage[c] for stages in s.shells.waiting for stage in stages)
        self.on_order = sum(stage[c] for stages in s.chips.waiting for stage in stages)
        self.rent = 0.5 * (s.rent + self.mine.rents_per_year / max(week.live[c] * 168.0 * WY, 1e-9))

    def grown(self, years: float) -> float:
        """Expected growth in logarithms."""
        run, last = self.h.growth_fade_years, self.h.long_run_growth_per_year
        return float(last * years + (self.growth - last) * run * (1.0 - math.exp(-years / run)))

    def hurdle(self, years: float) -> float:
        """Rent that new capacity must earn."""
        per_mw = self.density * math.exp(self.denser * years)
        capital = self.chip_usd * math.exp(-self.fall * years) + (self.shell_usd + self.power_usd) / per_mw
        return float(capital * self.h.capital_charge_per_year / HY + self.h.power_usd_per_mwh / per_mw)

    def wanted(self, weeks: float) -> float:
        """Chips wanted."""
        y = weeks / WY
        return float(
            self.h.reserve * self.mine.value * math.exp(self.grown(y)) / self.hurdle(y) ** self.h.outside_elasticity
        )

    def left(self, weeks: float) -> tuple[float, float]:
        """Chips of today's that are left, and what they draw."""
        age = len(self.retires)
        gone = [(self.now + 1 + i) % age for i in range(min(int(weeks), age - 1) + 1)]
        return self.there - sum(self.retires[i] for i in gone), self.draw - sum(self.retires_mw[i] for i in gone)

    def mw_wanted(self, weeks: float) -> float:
        """Power wanted."""
        per_mw = self.density * math.exp(self.denser * weeks / 2.0 / WY)
        there, drawn = self.left(weeks)
        g = self.grown(weeks / WY)
        had = self.pace * math.expm1(g) / g * max(weeks - self.h.install_weeks, 0.0) / per_mw
        most = self.h.power_ahead * (drawn + had)
        return float(max(min(max(drawn + (self.wanted(weeks) - there) / per_mw, 0.0), most), 0.0))

    def promised(self, rings: list[list[float]], weeks: float) -> float:
        """What is promised within some weeks."""
        ring = len(rings[0])
        reach = min(int(weeks * (1.0 + self.slip)) + 2, ring - 1)
        return float(sum(one[(self.now + 1 + i) % ring] for one in rings for i in range(reach + 1)))

    def covered(self, weeks: float, ordered: list[float]) -> float:
        """Power promised by a date."""
        due = 0.0
        for queue, new, way in zip(self.power_queue, ordered, self.ways, strict=True):
            if way.weeks <= weeks:
                due += queue + new
            elif weeks > way.build:
                due += queue * (weeks - way.build) / (way.weeks - way.build)
        return float(self.connected + self.promised(self.power_rings, weeks) + due)

    def power(self) -> tuple[list[float], list[float]]:
        """Orders and cancellations by way."""
        h, ways = self.h, self.ways
        idle = max(1.0 - min(self.connected, self.built) / max(self.draw, 1e-9), 0.0)
        margin = max(self.rent - self.hurdle(0.0), 0.0) + idle * self.chip_usd * h.capital_charge_per_year / HY
        self.mine.worth_of_power = self.density * HY * margin
        least_mwh = min(w.mwh for w in ways)
        cost_of = [w.usd + (w.mwh - least_mwh) * HY * 3.0 for w in ways]
        ordered, cancelled, soonest = [0.0] * len(ways), [0.0] * len(ways), math.inf
        for j in sorted(range(len(ways)), key=lambda j: cost_of[j]):
            w = ways[j]
            covered = self.covered(w.weeks, ordered)
            wanted = self.mw_wanted(w.weeks)
            gap = min(wanted, self.mw_wanted(min(w.weeks, h.plan_weeks))) - covered
            won = max(soonest - w.weeks, 0.0)
            if gap > 0.0:
                extra, worth = cost_of[j] - min(cost_of), self.mine.worth_of_power * min(won / WY, 3.0)
                part = 1.0 if extra <= 0.0 else worth**2 / (worth**2 + extra**2)
                amount = h.catch_up * gap * part * min(1.0, h.plan_weeks / w.weeks) ** 2
                ordered[j] = min(amount, won * w.pace, w.left)
            else:
                over = max(covered - wanted - 0.06 * covered, 0.0)
                cancelled[j] = min(over * h.cancelled_per_order, 0.12 * self.power_queue[j])
            soonest = min(soonest, w.weeks)
        return ordered, cancelled

    def shells(self, ordered: list[float]) -> tuple[float, float, bool]:
        """Orders and cancellations, and whether power set them."""
        h = self.h
        wanted = self.mw_wanted(min(self.shell_weeks, h.shell_plan_weeks))
        soon = sum(max(self.shell_weeks - w.weeks, 0.0) * min(w.pace, w.left) for w in self.ways)
        power = h.shells_ahead * (self.covered(self.shell_weeks, ordered) + self.share * soon)
        parts = zip(self.power_queue, ordered, self.sells, strict=True)
        have = self.built + self.promised(self.shell_rings, 1e9) + self.shell_queue
        have += sum(q + x for q, x, one in parts if one.brings_shell)
        gap = min(wanted, power) - have
        if gap > 0.0:
            return h.catch_up * gap, 0.0, wanted > power
        over = max(-gap - 0.06 * have, 0.0)
        return 0.0, min(over * h.cancelled_per_order, 0.12 * self.shell_queue), wanted > power

    def chips(self) -> tuple[float, float, int]:
        """Orders and cancellations, and what limited them."""
        h = self.h
        weeks = min(max(self.chip_weeks, h.chip_least_weeks), h.chip_plan_weeks)
        there, drawn = self.left(weeks)
        power = self.connected + self.promised(self.power_rings, weeks)
        shells = self.built + self.promised(self.shell_rings, weeks)
        fits = there + max(min(power, shells) * h.chips_ahead - drawn, 0.0) * self.density
        wanted = self.wanted(weeks)
        limit = CHIPS if self.chip_weeks > h.chip_plan_weeks else DEMAND
        if wanted > 1.02 * fits:
            limit = POWER if power <= shells else SHELLS
        gap = min(wanted, fits) - there - self.on_order
        if gap > 0.0:
            return min(1.4 * h.catch_up, 1.0) * gap, 0.0, limit
        over = max(-gap - 0.06 * self.there, 0.0)
        return 0.0, min(over * h.cancelled_per_order, 0.12 * self.on_order), limit
