"""How a hyperscaler plans: what it wants at each date, what is promised by then, and so what it orders and cancels."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from agents.choice import Floats
from agents.hyperscaler_parameters import HyperscalerParameters
from agents.units import WEEKS_PER_YEAR

LIMITS = ("power", "shells", "chips", "capital", "demand")
"""What holds capacity or orders down. Demand: the hyperscaler wants no more."""
POWER, SHELLS, CHIPS, CAPITAL, DEMAND = range(len(LIMITS))
UNLIMITED_WEEKS = 8
"""Weeks to build and power a shell where supply is unlimited."""
DEAR_ELECTRICITY_YEARS = 3.0
"""Years of dearer electricity that count in the cost of a way to power."""
MOST_YEARS_WON = 3.0
TOLERANCE = 0.06
"""Excess over what is wanted below which nothing is cancelled."""
LARGEST_CUT = 0.12
"""Part of what is on order that may be cancelled at once."""
HOURS_PER_YEAR = 8766.0


class Way(NamedTuple):
    """A way to power as it is offered this week: promised weeks, USD per MW and per MWh, MW a week, what is left."""

    weeks: float  # from an order made now to power
    build_weeks: float  # of these from the book to power
    usd_per_mw: float
    usd_per_mwh: float
    pace_mw: float
    left_mw: float  # infinite where there is no finite pool
    brings_shell: bool


class Offers(NamedTuple):
    """What suppliers offer this week, and what technology has reached."""

    chip_usd: float  # with its server and network, USD per H100e, at this hyperscaler's mix of makers
    chip_weeks: float  # from an order to operation
    chip_pace: float  # its part of what makers will ship in a week, H100e
    shell_usd_per_mw: float
    shell_weeks: float
    power_usd_per_mw: float  # mean over ways by their pace
    ways: tuple[Way, ...]
    density: float  # H100e per MW of new chips
    density_growth: float  # a year, in logarithms
    price_fall: float  # of chips a year, in logarithms


@dataclass(slots=True)
class Holdings:
    """What one hyperscaler has and is promised. Arrays count what comes or goes within 0, 1, 2, ... weeks."""

    chips: float  # H100e installed or in transit
    draw_mw: float  # that these draw
    chips_retiring: Floats
    draw_retiring: Floats
    chips_on_order: float
    power_mw: float
    power_coming: Floats
    power_queued: list[float]  # by way
    shells_mw: float
    shells_coming: Floats
    shells_queued: float


@dataclass(slots=True)
class Plan:
    """Orders and cancellations: chips (H100e), shells (MW), power (MW by way), and what limited the orders."""

    chips: float
    shells: float
    power: list[float]
    cancelled_chips: float
    cancelled_shells: float
    cancelled_power: list[float]
    limited_by: int


class Outlook(NamedTuple):
    """What a hyperscaler expects of demand: money that tenants offer, and its growth."""

    value: float  # demand at a rent of 1 USD per H100e-hour, H100e
    growth: float  # a year, in logarithms, this year
    long_run: float
    fade_years: float
    elasticity: float

    def log_growth(self, years: float) -> float:
        """Return the expected growth over some years, in logarithms: today's trend fades to the long run."""
        fading = self.fade_years * (1.0 - math.exp(-years / self.fade_years))
        return self.long_run * years + (self.growth - self.long_run) * fading


def hurdle(p: HyperscalerParameters, offers: Offers, years: float) -> float:
    """Return the rent (USD per H100e-hour) that new capacity must earn: its capital charge and its electricity."""
    chip = offers.chip_usd * math.exp(-offers.price_fall * years)
    site = offers.shell_usd_per_mw + offers.power_usd_per_mw
    density = offers.density * math.exp(offers.density_growth * years)
    return (chip + site / density) * p.capital_charge_per_year / HOURS_PER_YEAR + p.power_usd_per_mwh / density


def worth_of_power(p: HyperscalerParameters, offers: Offers, rent: float, idle: float) -> float:
    """Return what a MW more is worth now (USD a year): the margin on the chips that it would run.

    `idle`: part of the chips that wait for power: for these only electricity is still to be paid.
    """
    margin = max(rent - hurdle(p, offers, 0.0), 0.0)
    waiting = idle * offers.chip_usd * p.capital_charge_per_year / HOURS_PER_YEAR
    return offers.density * HOURS_PER_YEAR * (margin + waiting)


class Planner:
    """One hyperscaler's plan in one week."""

    def __init__(self, p: HyperscalerParameters, outlook: Outlook, offers: Offers, own: Holdings, slip: float) -> None:
        self.p, self.outlook, self.offers, self.own, self.slip = p, outlook, offers, own, slip

    def chips_wanted(self, weeks: float) -> float:
        """Return the chips (H100e) wanted in some weeks: as many as earn the hurdle then, and a reserve."""
        years = weeks / WEEKS_PER_YEAR
        demand = self.outlook.value * math.exp(self.outlook.log_growth(years))
        return self.p.reserve * demand * hurdle(self.p, self.offers, years) ** -self.outlook.elasticity

    def chips_left(self, weeks: float) -> tuple[float, float]:
        """Return what is left in some weeks of today's chips (H100e), and what they draw (MW)."""
        own, i = self.own, min(int(weeks), len(self.own.chips_retiring) - 1)
        return own.chips - float(own.chips_retiring[i]), own.draw_mw - float(own.draw_retiring[i])

    def power_for_chips(self, weeks: float) -> float:
        """Return the power (MW) that the chips wanted in some weeks will draw, older ones with what they draw now."""
        return self._power_for(weeks, *self.chips_left(weeks), self._density(weeks))

    def _power_for(self, weeks: float, left: float, draw: float, density: float) -> float:
        return max(draw + (self.chips_wanted(weeks) - left) / density, 0.0)

    def power_wanted(self, weeks: float) -> float:
        """Return the power (MW) wanted in some weeks.

        For the chips wanted then, as far as they can be had: power that would wait for chips earns nothing. Makers
        are expected to grow with demand.
        """
        growth = self.outlook.log_growth(weeks / WEEKS_PER_YEAR)
        mean = math.expm1(growth) / growth if abs(growth) > 1e-9 else 1.0  # of what grows evenly to exp(growth)
        density, (left, draw) = self._density(weeks), self.chips_left(weeks)
        to_be_had = self.offers.chip_pace * mean * max(weeks - self.p.install_weeks, 0.0) / density
        most = self.p.power_ahead * (draw + to_be_had)
        return max(min(self._power_for(weeks, left, draw, density), most), 0.0)

    def _density(self, weeks: float) -> float:
        """Return the mean H100e per MW of the chips that come within some weeks."""
        return self.offers.density * math.exp(self.offers.density_growth * weeks / 2.0 / WEEKS_PER_YEAR)

    def _promised(self, coming: Floats, weeks: float) -> float:
        """Return what is promised within some weeks. It comes later by `slip`, and planners go by promises."""
        return float(coming[min(int(weeks * (1.0 + self.slip)) + 2, len(coming) - 1)])

    def power_covered(self, weeks: float, ordered: list[float]) -> float:
        """Return the power (MW) promised by a date: connected, under way, due from queues, and `ordered` just now."""
        due = sum(
            queue * part_due(way, weeks) + new * (way.weeks <= weeks)
            for way, queue, new in zip(self.offers.ways, self.own.power_queued, ordered, strict=True)
        )
        return self.own.power_mw + self._promised(self.own.power_coming, weeks) + due

    def power_orders(self, worth: float) -> tuple[list[float], list[float]]:
        """Return orders and cancellations by way (MW): cheap ways first, each for what is not covered by its date.

        A dearer way is taken in part: the more, the more the years that it wins over cheaper ones are worth, and at
        most as much as it can deliver before them. A date beyond the planning horizon is worth little: nobody orders
        for what is wanted after it, but nobody cancels that either.
        """
        p, ways = self.p, self.offers.ways
        base = min(way.usd_per_mwh for way in ways)
        cost = [way.usd_per_mw + (way.usd_per_mwh - base) * HOURS_PER_YEAR * DEAR_ELECTRICITY_YEARS for way in ways]
        ordered, cancelled = [0.0] * len(ways), [0.0] * len(ways)
        cheapest, at_horizon = min(cost), self.power_wanted(p.plan_weeks)
        soonest = math.inf  # of the cheaper ways
        for j in sorted(range(len(ways)), key=cost.__getitem__):
            way = ways[j]
            covered = self.power_covered(way.weeks, ordered)
            wanted = self.power_wanted(way.weeks)
            soon = wanted if way.weeks <= p.plan_weeks else min(wanted, at_horizon)
            gap = soon - covered
            if gap > 0.0:
                won = min(max(soonest - way.weeks, 0.0) / WEEKS_PER_YEAR, MOST_YEARS_WON)
                share = taken_share(cost[j] - cheapest, worth * won) * min(1.0, p.plan_weeks / way.weeks) ** 2
                sooner = max(soonest - way.weeks, 0.0) * way.pace_mw
                ordered[j] = min(p.catch_up * gap * share, sooner, way.left_mw)
            else:
                excess = max(covered - wanted - TOLERANCE * covered, 0.0)
                cancelled[j] = min(excess * p.cancelled_per_order, LARGEST_CUT * self.own.power_queued[j])
            soonest = min(soonest, way.weeks)
        return ordered, cancelled

    def shell_orders(self, ordered_power: list[float], share: float) -> tuple[float, float, bool]:
        """Return the shells ordered and cancelled (MW), and whether power to come and not demand set them.

        As many as are wanted by the time that they are finished, within what power is promised by then or can still be
        had (`share`: this hyperscaler's part of what suppliers can still deliver).
        """
        p, offers, own = self.p, self.offers, self.own
        wanted = self.power_wanted(min(offers.shell_weeks, p.shell_plan_weeks))
        soon = sum(max(offers.shell_weeks - way.weeks, 0.0) * min(way.pace_mw, way.left_mw) for way in offers.ways)
        power = p.shells_ahead * (self.power_covered(offers.shell_weeks, ordered_power) + share * soon)
        brought = sum(
            queue + new
            for way, queue, new in zip(offers.ways, own.power_queued, ordered_power, strict=True)
            if way.brings_shell
        )
        covered = own.shells_mw + float(own.shells_coming[-1]) + own.shells_queued + brought
        gap = min(wanted, power) - covered
        if gap > 0.0:
            return p.catch_up * gap, 0.0, wanted > power
        excess = max(-gap - TOLERANCE * covered, 0.0) * p.cancelled_per_order
        return 0.0, min(excess, LARGEST_CUT * own.shells_queued), wanted > power

    def chip_orders(self) -> tuple[float, float, int]:
        """Return the chips ordered and cancelled (H100e), and what limited them.

        As many as are wanted when they would run, within what power and shells are promised by then. Nobody orders
        less than `chip_least_weeks` ahead, and nobody looks beyond `chip_plan_weeks`.
        """
        p, offers, own = self.p, self.offers, self.own
        weeks = min(max(offers.chip_weeks, p.chip_least_weeks), p.chip_plan_weeks)
        wanted = self.chips_wanted(weeks)
        left, draw = self.chips_left(weeks)
        power = own.power_mw + self._promised(own.power_coming, weeks)
        shells = own.shells_mw + self._promised(own.shells_coming, weeks)
        fits = left + max(min(power, shells) * p.chips_ahead - draw, 0.0) * offers.density
        gap = min(wanted, fits) - left - own.chips_on_order
        limit = (
            (POWER if power <= shells else SHELLS)
            if wanted > 1.02 * fits
            else CHIPS
            if offers.chip_weeks > p.chip_plan_weeks
            else DEMAND
        )
        if gap > 0.0:
            return min(1.4 * p.catch_up, 1.0) * gap, 0.0, limit
        excess = max(-gap - TOLERANCE * own.chips, 0.0) * p.cancelled_per_order
        return 0.0, min(excess, LARGEST_CUT * own.chips_on_order), limit

    def cost(self, plan: Plan) -> float:
        """Return what the orders of a plan will cost (USD)."""
        power = sum(mw * way.usd_per_mw for mw, way in zip(plan.power, self.offers.ways, strict=True))
        return plan.chips * self.offers.chip_usd + plan.shells * self.offers.shell_usd_per_mw + power

    def plan(self, worth: float, share: float, room: float) -> Plan:
        """Return the plan: what is wanted, scaled to what there is money for (`room`, USD)."""
        power, cut_power = self.power_orders(worth)
        shells, cut_shells, follows_power = self.shell_orders(power, share)
        chips, cut_chips, limit = self.chip_orders()
        limit = POWER if limit == SHELLS and follows_power else limit
        plan = Plan(chips, shells, power, cut_chips, cut_shells, cut_power, limit)
        cost = self.cost(plan)
        part = min(max(room, 0.0) / cost, 1.0) if cost > 0.0 else 1.0
        if part < 0.95:
            plan.limited_by = CAPITAL
        plan.chips, plan.shells, plan.power = chips * part, shells * part, [mw * part for mw in power]
        return plan

    def unlimited_plan(self, cheapest: int) -> Plan:
        """Return the plan where everything arrives at once: all that is wanted then, with power in the cheapest way."""
        own, ways = self.own, range(len(self.offers.ways))
        chips = self.chips_wanted(self.p.install_weeks) - self.chips_left(self.p.install_weeks)[0] - own.chips_on_order
        mw = self.power_for_chips(UNLIMITED_WEEKS)
        power = max(mw - own.power_mw - float(own.power_coming[-1]) - sum(own.power_queued), 0.0)
        shells = max(mw - own.shells_mw - float(own.shells_coming[-1]) - own.shells_queued, 0.0)
        nothing = [0.0 for _ in ways]
        return Plan(max(chips, 0.0), shells, [power * (j == cheapest) for j in ways], 0.0, 0.0, nothing, DEMAND)


def part_due(way: Way, weeks: float) -> float:
    """Return the part of the orders queued on a way that is promised within some weeks.

    A queue is served evenly: what is next comes after the time to build, what came last with the lead of a new order.
    So of orders years long a part comes early, and shells and chips have to be ready for it.
    """
    if weeks >= way.weeks:
        return 1.0
    if weeks <= way.build_weeks:
        return 0.0
    return (weeks - way.build_weeks) / (way.weeks - way.build_weeks)


def taken_share(extra_usd: float, worth_usd: float) -> float:
    """Return the part of a gap for which a way is taken that costs more per MW, and wins time worth so much.

    Half where both are equal; sites and buyers differ, so that nobody takes all or nothing.
    """
    if extra_usd <= 0.0:
        return 1.0
    if worth_usd <= 0.0:
        return 0.0
    ratio = extra_usd / worth_usd
    return 1.0 / (1.0 + ratio * ratio)  # a power would raise an error where this is infinite
