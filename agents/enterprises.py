"""Enterprises: stages of adoption, choice of lab, seats, IT capacity, and budgets."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from agents.choice import NO_LAB, Floats, any_of, best_of, chance_of, labs_after, probability, sums_by, with_habit
from agents.columns import Column, ColumnAgent, Population
from agents.enterprise_parameters import EnterpriseParameters
from agents.lognormal import median_of, share_above
from agents.streams import SETUP, Streams
from agents.units import WEEKS_PER_MONTH, WEEKS_PER_YEAR

NO_USE, PILOT, PRODUCTION, THREE_FUNCTIONS = 0, 1, 2, 3
APPLICATION_KINDS = ("ent-api", "ent-rag", "ent-agent")

WINDOW_WEEKS = 4
"""Applications are AI-enabled in change windows of four weeks."""


class Enterprise(ColumnAgent):
    """An organisation; one row stands for `weight` organisations of about its size."""

    employees = Column("float32", unit="employee", gloss="size")
    weight = Column("float32", unit="organisation", gloss="organisations that the row stands for")
    ability = Column("float32", unit="ratio", gloss="ability to make use of AI, mean 1")
    stage = Column("int8", unit="stage", gloss="0 none, 1 pilot, 2 production, 3 three or more functions")
    lab = Column("int8", unit="lab index", gloss="lab that serves its applications, -1 for none", initial=NO_LAB)
    seat_lab = Column("int8", unit="lab index", gloss="lab whose chat seats it buys, -1 for none", initial=NO_LAB)
    seats = Column("float64", unit="seat", gloss="paid chat seats")
    output = Column("float64", unit="ratio", gloss="output, relative to the start", initial=1.0)
    applications = Column("int32", unit="application", gloss="applications in its graph")
    enabled = Column("float64", unit="application", gloss="applications that are AI-enabled")
    it_backlog = Column("float64", unit="month", gloss="time that IT needs for what waits to be AI-enabled")
    budget = Column("float64", unit="USD/year", gloss="granted for model calls of one organisation")


class OfficeMarket(NamedTuple):
    """What an enterprise sees this week; arrays (L,) but for scalars.

    `api_open`, `seat_open` on sale; `reach` of seats; `api_weights` in the choice of a lab for applications;
    `seat_success`; `seat_wanted` share of employees to whom a seat is worth its price;
    `runs` share of application tasks that models can do; `urgency` from published surveys;
    `implementers` speed-up from consultants;
    `productivity` of software developers; `attention` labs with a fresh flagship.
    """

    api_open: NDArray[np.bool_]
    seat_open: NDArray[np.bool_]
    reach: Floats
    api_weights: Floats
    seat_success: Floats
    seat_wanted: Floats
    runs: Floats
    attention: NDArray[np.bool_]
    urgency: float
    implementers: float
    productivity: float


class Enterprises:
    """The enterprises: their columns and weekly decisions."""

    def __init__(
        self,
        columns: Population[Enterprise],
        parameters: EnterpriseParameters,
        mean_applications: float,
        streams: Streams,
        firms: int,
    ) -> None:
        """Settle the large organisations, and after them `firms` rows of smaller ones."""
        self.large = slice(0, len(columns) - firms)
        self.columns = columns
        self.parameters = parameters
        self.streams = streams
        self._settle(mean_applications)

    def _settle(self, mean_applications: float) -> None:
        """Lay rows out over the size ranking and draw abilities and first stages.

        Of the large, row i covers the organisations of rank n (i/N)^2 to n ((i+1)/N)^2: the largest nearly one by one,
        the small ones in bulk. Smaller firms go on from there, in rows of equal ratios of rank. Employees at rank r
        follow Pareto: smallest (r/n)^(-1/exponent).
        """
        p, c, n, large = self.parameters, self.columns, len(self.columns), self.large.stop
        firms = (p.smallest_employees / p.smallest_firm_employees) ** p.size_exponent
        edges = p.organisations * np.concatenate(
            ((np.arange(large + 1) / large) ** 2, firms ** (np.arange(1, n - large + 1) / max(n - large, 1)))
        )
        c.weight[:] = np.diff(edges)
        middle = (edges[1:] + edges[:-1]) / 2.0
        c.employees[:] = p.smallest_employees * (middle / p.organisations) ** (-1.0 / p.size_exponent)
        c.budget[:] = p.budget_at_start_usd_per_employee * c.employees
        relative = c.employees.astype(np.float64) ** p.applications_slope
        sizes = _graph_sizes(relative[:large], mean_applications)
        c.applications[:large] = sizes
        c.applications[large:] = np.rint(np.maximum(sizes[-1] * relative[large:] / relative[large - 1], p.layers))

        draw = self.streams.uniform("enterprises.traits", SETUP, (n, 2)).astype(np.float64)
        z = ndtri(np.clip(draw[:, 0], 1e-7, 1.0 - 1e-7))
        c.ability[:] = np.exp(p.ability_sd * z - 0.5 * p.ability_sd**2)
        order = np.empty(n)
        for some in (self.large, slice(large, n)):  # apart: one row of firms weighs more than all large organisations
            order[some] = _spread(draw[some, 1], c.weight[some])
        c.stage[:] = np.where(order < p.initial_pilot_share + p.initial_three_functions_share, PILOT, NO_USE)
        c.stage[order < p.initial_three_functions_share] = PRODUCTION

    def shares(self) -> Floats:
        """Return the share of large organisations at or beyond each stage: (any use, production, three functions)."""
        c, some = self.columns, self.large
        none, pilot, production, three = np.bincount(c.stage[some], weights=c.weight[some], minlength=4).tolist()
        beyond = np.array([three + production + pilot, three + production, three])
        return beyond / (none + pilot + production + three)

    def seats_by_lab(self, labs: int) -> Floats:
        """Return seats of all organisations by the lab that serves them (L,)."""
        c = self.columns
        return sums_by(c.seat_lab + 1, c.seats * c.weight, labs + 1)[1:]

    def decide_stage(self, week: int, market: OfficeMarket) -> NDArray[np.int8]:
        """Move between stages: one uniform a row. Returns the new stages.

        hazard = base x ability x success x (1 + urgency): peers add to the base of a pilot, implementers multiply that
        of production and of three functions. Neither size nor what an organisation has gained enters.
        """
        p, c = self.parameters, self.columns
        uniform = self.streams.uniform("enterprises.stage", week, len(c))
        success = best_of(market.seat_success, market.seat_open | market.api_open)
        anyone = self.shares()[0]
        pull = success * (1.0 + market.urgency)
        up = np.array(
            [
                (p.pilot_per_week + p.peer_pilot_per_week * anyone) * pull,
                p.production_per_week * pull * market.implementers,
                p.spread_per_week * pull * market.implementers,
                0.0,
            ]
        )
        chance = probability(up[c.stage] * c.ability)
        rises = uniform < chance
        falls = ~rises & (c.stage == PILOT) & (uniform < chance + p.abandon_per_week)
        return (c.stage + rises - falls).astype(np.int8)

    def decide_labs(self, week: int, market: OfficeMarket) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Choose the labs behind applications and seats: at the first use, then whenever the firm looks around."""
        p, c = self.parameters, self.columns
        draw = self.streams.uniform("enterprises.lab", week, (len(c), 2)).T.copy()
        draw[:, c.stage == NO_USE] = 2.0  # no chance is as large
        looks = chance_of(p.switch_per_week * (1.0 + p.release_attention * float(any_of(market.attention))))
        seat_weights = with_habit(
            market.reach * np.exp(p.quality_weight * market.seat_success) * market.seat_open, math.exp(p.habit_weight)
        )
        lab = self._choose(draw[0], c.lab, looks, market.api_open, (market.api_weights * market.api_open).cumsum())
        seat = self._choose(draw[1], c.seat_lab, looks, market.seat_open, seat_weights)
        return lab, seat

    def _choose(
        self,
        uniform: NDArray[np.float32],
        held: NDArray[np.int8],
        looks: float,
        open_: NDArray[np.bool_],
        reached: Floats,
    ) -> NDArray[np.int8]:
        """Return the labs after the week's choices (n,): who holds none takes one as soon as one is open."""
        if not any_of(open_):
            return held
        rows, labs = labs_after(uniform, held, 1.0, looks, reached)
        after = held.copy()
        after[rows] = labs
        return after

    def decide_seats(self, week: int, market: OfficeMarket) -> Floats:
        """Buy seats: a block of employees by a company-wide deal, and from colleague to colleague.

        The hazard of a deal rises with the part of all seats worth having that others hold. One uniform a row: of the
        organisations that it stands for, a whole number sign, as many as expected on average.
        """
        p, c = self.parameters, self.columns
        most = min(p.budget_factor, 1.0)
        by_stage = np.array([0.0, most * p.pilot_seats, most * p.production_seats, most])
        wanted = np.where(c.seat_lab >= 0, market.seat_wanted[c.seat_lab], 0.0)
        limit = by_stage[c.stage] * wanted * c.employees * c.output
        missing = np.maximum(1.0 - c.seats / np.maximum(limit, 1e-9), -1.0)
        grown = c.seats + p.seat_diffusion_per_week * c.seats * c.ability * missing
        uniform = self.streams.uniform("enterprises.deal", week, len(c)).astype(np.float64)
        held = float((c.seats * c.weight).sum()) / max(float((limit * c.weight).sum()), 1e-9)
        hazard = p.seat_deal_per_week + p.peer_seat_deal_per_week * min(held, 1.0)
        signing = probability(hazard * c.ability * (1.0 + market.urgency))
        signed = np.minimum(np.floor(c.weight * signing + uniform) / c.weight, 1.0)
        return np.maximum(grown + p.seat_deal_share * signed * np.maximum(limit - c.seats, 0.0), 0.0)

    def above(self, tokens: Floats, threshold: float) -> Floats:
        """Return how many organisations of each row take more than `threshold` tokens, if theirs average `tokens`.

        tokens: (..., n) of one organisation. Events per employee are lognormal among the organisations of a row, of
        mean one and `events_sd`, and tokens follow them.
        """
        spread = self.parameters.events_sd
        return self.columns.weight * share_above(threshold, median_of(tokens, spread), spread)

    def seat_requests(self) -> Floats:
        """Return requests a week of all seats in each row's organisation: concave in seats."""
        p, c = self.parameters, self.columns
        return p.seat_requests_per_week * np.maximum(c.seats, 0.0) ** p.seat_concavity

    def grow(self, gain_usd_per_year: Floats) -> None:
        """Let organisations grow by a part of what they gain (n,), relative to what they pay in wages."""
        p, c = self.parameters, self.columns
        wages = p.wage_usd_per_year * c.employees * c.output
        c.output[:] *= np.exp(p.growth_per_gain * gain_usd_per_year / wages / WEEKS_PER_YEAR)

    def enable(self, rows: NDArray[np.int64], market: OfficeMarket) -> tuple[Floats, Floats]:
        """Return AI-enabled applications of `rows` after this change window, and the months that IT then has work for.

        Capacity = applications x rate x stage x developers' productivity x implementers; applications are taken in
        the order of their return, no further than tasks are worth running. What is worth it and not yet done waits.
        """
        p, c = self.parameters, self.columns
        speed = p.enabling_per_window * market.productivity * market.implementers
        capacity = np.array([0.0, speed * p.pilot_capacity, speed, speed * p.spread_capacity])
        enabled, applications, lab = c.enabled[rows], c.applications[rows], c.lab[rows]
        worth = np.where(lab >= 0, market.runs[lab], 0.0)
        target = np.maximum(worth * applications, enabled)  # never fewer than before
        pace = capacity[c.stage[rows]] * c.ability[rows] * applications
        after = np.minimum(enabled + pace, target)
        a_month = pace * (WEEKS_PER_MONTH / WINDOW_WEEKS)
        return after, np.divide(target - after, a_month, out=np.zeros(len(rows)), where=a_month > 0.0)


def _graph_sizes(relative: Floats, mean: float) -> Floats:
    """Scale relative sizes (n,) to graphs of 0.31 to 4 times the mean number of applications, and of that mean."""
    low, high = 0.31 * mean, 4.0 * mean
    sizes = relative * (mean / relative.mean())
    scale = 1.0
    for _ in range(20):
        clipped = np.clip(scale * sizes, low, high)
        scale *= mean / clipped.mean()
    return np.rint(np.clip(scale * sizes, low, high))


def _spread(uniform: Floats, weight: NDArray[np.floating]) -> Floats:
    """Return each row's place (0..1) in a random order in which rows take up room in proportion to their weight."""
    order = np.argsort(uniform, kind="stable")
    place = np.empty(len(uniform))
    total = np.cumsum(weight[order].astype(np.float64))
    place[order] = (total - 0.5 * weight[order]) / total[-1:]  # no rows have no places
    return place
