"""Enterprises: stages of adoption, choice of lab, seats, IT capacity, budgets and approvals."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from agents.choice import NO_LAB, Floats, any_of, best_of, chance_of, labs_after, probability, sums_by, with_habit
from agents.columns import Column, ColumnAgent, Population
from agents.parameter_groups import Group, parameter
from agents.streams import SETUP, Streams

NO_USE, PILOT, PRODUCTION, THREE_FUNCTIONS = 0, 1, 2, 3
APPLICATION_KINDS = ("ent-api", "ent-rag", "ent-agent")


# fmt: off
class EnterpriseParameters(Group):
    """Adoption by large organisations, their applications and what bounds their use."""

    organisations: float = parameter(
        20000.0, unit="organisation", low=500.0, high=1e6, source="choice: organisations above 1,000 employees",
        gloss="large organisations in the world",
    )
    smallest_employees: float = parameter(
        1000.0, unit="employee", low=50.0, high=1e5, source="E120", gloss="size of the smallest of them"
    )
    size_exponent: float = parameter(
        1.221, unit="exponent", low=0.6, high=3.0, source="choice: Zipf's law of firm sizes",
        gloss="Pareto tail of sizes"
    )
    initial_pilot_share: float = parameter(
        0.1908, unit="share", low=0.0, high=1.0, source="F159",
        gloss="organisations that try generative AI at the start"
    )
    initial_three_functions_share: float = parameter(
        0.08, unit="share", low=0.0, high=1.0, source="F161",
        gloss="organisations that already use AI of any kind in three functions and add generative AI at once",
    )
    pilot_per_week: float = parameter(
        0.004, unit="1/week", low=0.0, high=0.1, prior="lognormal", source="F159 F160", gloss="hazard of a first pilot"
    )
    peer_pilot_per_week: float = parameter(
        0.015, unit="1/week", low=0.0, high=0.2, prior="lognormal", source="F160",
        gloss="hazard added when all peers use generative AI",
    )
    abandon_per_week: float = parameter(
        0.003, unit="1/week", low=0.0, high=0.05, source="E113", gloss="chance of giving a pilot up within a week"
    )
    production_per_week: float = parameter(
        0.014, unit="1/week", low=0.0, high=0.2, prior="lognormal", source="F162",
        gloss="hazard from pilot to production"
    )
    spread_per_week: float = parameter(
        0.019, unit="1/week", low=0.0, high=0.2, prior="lognormal", source="F162",
        gloss="hazard from production in one function to three",
    )
    ability_sd: float = parameter(
        0.5, unit="sd of ln", low=0.0, high=2.0, source="F165", gloss="spread of organisations' ability to use AI"
    )
    switch_per_week: float = parameter(
        0.004, unit="1/week", low=0.0, high=0.2, source="E014", gloss="hazard of looking at other labs"
    )
    quality_weight: float = parameter(
        6.0, unit="1/surplus", low=0.0, high=60.0, source="E014", gloss="weight of surplus in the choice of lab"
    )
    habit_weight: float = parameter(
        3.0, unit="utility", low=0.0, high=10.0, source="E014", gloss="weight of the present lab: switching costs"
    )
    pilot_seats: float = parameter(
        0.15, unit="share", low=0.0, high=1.0, source="choice",
        gloss="seats worth having in a pilot, to three functions"
    )
    production_seats: float = parameter(
        0.6, unit="share", low=0.0, high=1.0, source="choice", gloss="the same in production in one function"
    )
    release_attention: float = parameter(
        9.0, unit="ratio", low=0.0, high=50.0, source="E014",
        gloss="rise of the switching hazard while a flagship is fresh"
    )
    seats_limit: float = parameter(
        0.6, unit="seat/employee", low=0.0, high=1.0, source="F089", gloss="seats when answers always succeed"
    )
    seat_trial_per_week: float = parameter(
        3e-5, unit="1/week", low=0.0, high=0.01, prior="loguniform", source="F087",
        gloss="seats bought without seeing any, as a share of the seats that would be worth having",
    )
    seat_diffusion_per_week: float = parameter(
        0.0381, unit="1/week", low=0.0, high=0.3, source="F087", gloss="growth of seats from colleague to colleague"
    )
    seat_requests_per_week: float = parameter(
        25.0, unit="request/seat/week", low=0.5, high=500.0, source="F088", gloss="requests of the keenest seats"
    )
    seat_concavity: float = parameter(
        0.95, unit="exponent", low=0.5, high=1.0, source="F088",
        gloss="requests grow as seats to this power: later seats ask less",
    )
    applications_slope: float = parameter(
        0.45, unit="exponent", low=0.0, high=1.0, source="F123 E120", gloss="applications grow as size to this power"
    )
    events_per_employee: float = parameter(
        49.1, unit="event/employee/week", low=0.1, high=1e5, prior="loguniform", source="F106",
        gloss="business events that enter the application graph",
    )
    events_sd: float = parameter(
        2.0, unit="sd of ln", low=0.0, high=3.0, source="E038 brief 60",
        gloss="spread of events per employee among organisations of a size: some businesses consist of transactions",
    )
    enabling_per_window: float = parameter(
        0.00273, unit="share", low=0.0, high=0.2, source="choice",
        gloss="applications that an organisation in production can AI-enable in a four-week change window",
    )
    pilot_capacity: float = parameter(
        0.15, unit="share", low=0.0, high=1.0, source="choice",
        gloss="enabling capacity of a pilot to that of production"
    )
    spread_capacity: float = parameter(
        2.0, unit="ratio", low=1.0, high=10.0, source="choice",
        gloss="enabling capacity of three functions to that of one"
    )
    out_degree: float = parameter(
        4.0, unit="edge/application", low=0.0, high=32.0, source="choice", gloss="mean calls from one application"
    )
    out_degree_exponent: float = parameter(
        2.0, unit="exponent", low=1.2, high=6.0, source="choice",
        gloss="exponent of the Pareto tail (of numbers above) of the calls from applications",
    )
    hub_exponent: float = parameter(
        3.0, unit="exponent", low=1.0, high=8.0, source="choice",
        gloss="concentration of calls on core systems: 1 even, larger heavier-tailed; calls fall as rank^(1/x - 1)",
    )
    layers: int = parameter(
        10, unit="layer", low=2, high=30, source="E125 upper end", gloss="layers of applications from entry to leaf"
    )
    entry_share: float = parameter(
        0.13, unit="share", low=0.01, high=0.9, source="E123", gloss="applications where business events enter"
    )
    trigger_probability: float = parameter(
        0.2, unit="probability", low=0.0, high=1.0, source="F126", gloss="chance that an event passes along a call"
    )
    ai_trigger_gain: float = parameter(
        0.3, unit="share", low=0.0, high=3.0, source="F126 brief 58",
        gloss="rise of that chance where the calling application is AI-enabled",
    )
    rate_limit: float = parameter(
        200.0, unit="ratio", low=1.0, high=1e6, source="choice",
        gloss="most events that an application takes for a business event, times the organisation's applications",
    )
    calls_per_event: float = parameter(
        0.0448, unit="task/event", low=1e-5, high=10.0, prior="loguniform", source="F106",
        gloss="model tasks that an AI-enabled application spends on an event",
    )
    api_share: float = parameter(0.5, unit="share", low=0.0, high=1.0, source="E121", gloss="applications that call")
    rag_share: float = parameter(
        0.45, unit="share", low=0.0, high=1.0, source="E121", gloss="applications that retrieve (the rest are agents)"
    )
    approvals_per_employee: float = parameter(
        0.5, unit="task/employee/week", low=0.0, high=100.0, source="brief 25",
        gloss="agent tasks that people have time to approve",
    )
    ai_budget_usd_per_employee: float = parameter(
        900.0, unit="USD/employee/year", low=0.0, high=1e5, source="F151", gloss="most that is spent on model calls"
    )
    budget_factor: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="scales budgets: 0.7 is a 30% cut"
    )
# fmt: on


class Enterprise(ColumnAgent):
    """A large organisation; one row stands for `weight` organisations of about its size."""

    employees = Column("float32", unit="employee", gloss="size")
    weight = Column("float32", unit="organisation", gloss="organisations that the row stands for")
    ability = Column("float32", unit="ratio", gloss="ability to make use of AI, mean 1")
    stage = Column("int8", unit="stage", gloss="0 none, 1 pilot, 2 production, 3 three or more functions")
    lab = Column("int8", unit="lab index", gloss="lab that serves its applications, -1 for none", initial=NO_LAB)
    seat_lab = Column("int8", unit="lab index", gloss="lab whose chat seats it buys, -1 for none", initial=NO_LAB)
    seats = Column("float64", unit="seat", gloss="paid chat seats")
    applications = Column("int32", unit="application", gloss="applications in its graph")
    enabled = Column("float64", unit="application", gloss="applications that are AI-enabled")
    throttle = Column("float64", unit="share", gloss="share of model calls that the budget lets through", initial=1.0)


class OfficeMarket(NamedTuple):
    """What an enterprise sees this week; arrays (L,) but for scalars.

    `api_open`, `seat_open` on sale; `reach`; `surplus` of application tasks; `seat_success`; `runs` share of
    application tasks worth running; `urgency` from published surveys; `implementers` speed-up from consultants;
    `productivity` of software developers; `attention` labs with a fresh flagship.
    """

    api_open: NDArray[np.bool_]
    seat_open: NDArray[np.bool_]
    reach: Floats
    surplus: Floats
    seat_success: Floats
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
    ) -> None:
        self.columns = columns
        self.parameters = parameters
        self.streams = streams
        self._settle(mean_applications)

    def _settle(self, mean_applications: float) -> None:
        """Lay rows out over the size ranking and draw abilities and first stages.

        Row i covers the organisations of rank n (i/N)^2 to n ((i+1)/N)^2: the largest nearly one by one, the small
        ones in bulk. Employees at rank r follow Pareto: smallest (r/n)^(-1/exponent).
        """
        p, c, n = self.parameters, self.columns, len(self.columns)
        edges = p.organisations * (np.arange(n + 1) / n) ** 2
        c.weight[:] = np.diff(edges)
        middle = (edges[1:] + edges[:-1]) / 2.0
        c.employees[:] = p.smallest_employees * (middle / p.organisations) ** (-1.0 / p.size_exponent)
        c.applications[:] = _graph_sizes(c.employees.astype(np.float64) ** p.applications_slope, mean_applications)

        draw = self.streams.uniform("enterprises.traits", SETUP, (n, 2)).astype(np.float64)
        z = ndtri(np.clip(draw[:, 0], 1e-7, 1.0 - 1e-7))
        c.ability[:] = np.exp(p.ability_sd * z - 0.5 * p.ability_sd**2)
        order = _spread(draw[:, 1], c.weight)
        c.stage[:] = np.where(order < p.initial_pilot_share + p.initial_three_functions_share, PILOT, NO_USE)
        c.stage[order < p.initial_three_functions_share] = PRODUCTION

    def shares(self) -> Floats:
        """Return the share of organisations at each stage or beyond it: (any use, production, three functions)."""
        c = self.columns
        none, pilot, production, three = np.bincount(c.stage, weights=c.weight, minlength=4).tolist()
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
        return stages_after(uniform, c.stage, chance, p.abandon_per_week)

    def decide_labs(self, week: int, market: OfficeMarket) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Choose the labs behind applications and seats: at the first use, then whenever the firm looks around."""
        p, c = self.parameters, self.columns
        draw = self.streams.uniform("enterprises.lab", week, (len(c), 2)).T.copy()
        draw[:, c.stage == NO_USE] = 2.0  # no chance is as large
        looks = chance_of(p.switch_per_week * (1.0 + p.release_attention * float(any_of(market.attention))))
        lab = self._choose(draw[0], c.lab, looks, market.api_open, market.reach, market.surplus)
        seat = self._choose(draw[1], c.seat_lab, looks, market.seat_open, market.reach, market.seat_success)
        return lab, seat

    def _choose(
        self,
        uniform: NDArray[np.float32],
        held: NDArray[np.int8],
        looks: float,
        open_: NDArray[np.bool_],
        reach: Floats,
        worth: Floats,
    ) -> NDArray[np.int8]:
        """Return the labs after the week's choices (n,): who holds none takes one as soon as one is open."""
        p = self.parameters
        if not any_of(open_):
            return held
        utility = open_ * reach * np.exp(p.quality_weight * worth)
        rows, labs = labs_after(uniform, held, 1.0, looks, with_habit(utility, math.exp(p.habit_weight)))
        after = held.copy()
        after[rows] = labs
        return after

    def decide_seats(self, market: OfficeMarket) -> Floats:
        """Buy seats towards what answers are worth: directly and from colleague to colleague."""
        p, c = self.parameters, self.columns
        most = p.seats_limit * min(p.budget_factor, 1.0)
        limits = np.array([0.0, most * p.pilot_seats, most * p.production_seats, most])
        speed = p.seat_trial_per_week, p.seat_diffusion_per_week
        return seats_after(c.seats, c.stage, c.seat_lab, c.employees, c.ability, market.seat_success, limits, *speed)

    def above(self, tokens: Floats, threshold: float) -> Floats:
        """Return how many organisations of each row take more than `threshold` tokens, if theirs average `tokens`.

        tokens: (..., n) of one organisation. Events per employee are lognormal among the organisations of a row, of
        mean one and `events_sd`, and tokens follow them.
        """
        p, c = self.parameters, self.columns
        missing = math.log(threshold) - np.log(np.maximum(tokens, 1e-9))
        if p.events_sd == 0.0:
            return np.where(missing <= 0.0, c.weight, 0.0)
        return c.weight * ndtr(-(missing + 0.5 * p.events_sd**2) / p.events_sd)

    def seat_requests(self) -> Floats:
        """Return requests a week of all seats in each row's organisation: concave in seats."""
        p, c = self.parameters, self.columns
        return p.seat_requests_per_week * np.maximum(c.seats, 0.0) ** p.seat_concavity

    def enable(self, rows: NDArray[np.int64], market: OfficeMarket) -> Floats:
        """Return AI-enabled applications of `rows` after this change window.

        Capacity = applications x rate x stage x developers' productivity x implementers; applications are taken in
        the order of their return, no further than tasks are worth running.
        """
        p, c = self.parameters, self.columns
        speed = p.enabling_per_window * market.productivity * market.implementers
        capacity = np.array([0.0, speed * p.pilot_capacity, speed, speed * p.spread_capacity])
        return enabled_after(rows, c.enabled, c.applications, c.stage, c.lab, c.ability, market.runs, capacity)

    def throttles(self, bill_usd_per_year: Floats) -> Floats:
        """Return the share of calls let through, moved so that the bill (USD/year, (n,)) stays within the budget."""
        p, c = self.parameters, self.columns
        budget = p.ai_budget_usd_per_employee * p.budget_factor * c.employees
        ratio = budget / np.maximum(bill_usd_per_year, 1e-9)
        moved = c.throttle * np.minimum(np.maximum(ratio, 0.5), 1.1)
        return np.minimum(np.maximum(moved, 0.01), 1.0)


def stages_after(
    uniform: NDArray[np.float32], stage: NDArray[np.int8], chance: Floats, abandon: float
) -> NDArray[np.int8]:
    """Return stages a week later (n,): up at `chance` (n,), or, for pilots, back at `abandon`."""
    rises = uniform < chance
    falls = ~rises & (stage == PILOT) & (uniform < chance + abandon)
    return (stage + rises - falls).astype(np.int8)


def seats_after(
    seats: Floats,
    stage: NDArray[np.int8],
    seat_lab: NDArray[np.int8],
    employees: NDArray[np.float32],
    ability: NDArray[np.float32],
    success: Floats,
    limits: Floats,
    trial: float,
    diffusion: float,
) -> Floats:
    """Return seats a week later (n,), as columns are: they grow towards a limit, and shrink where it is passed.

    success: (L,) of an answer; limits: (4,) seats for each employee by stage, were all answers right; trial and
    diffusion: per week, of the limit and of seats, at an ability of one while all is still to be done.
    """
    limit = limits[stage] * np.where(seat_lab >= 0, success[seat_lab], 0.0) * employees
    missing = np.maximum(1.0 - seats / np.maximum(limit, 1e-9), -1.0)
    return np.maximum(seats + (trial * limit + diffusion * seats) * ability * missing, 0.0)


def enabled_after(
    rows: NDArray[np.int64],
    enabled: Floats,
    applications: NDArray[np.int32],
    stage: NDArray[np.int8],
    lab: NDArray[np.int8],
    ability: NDArray[np.float32],
    runs: Floats,
    capacity: Floats,
) -> Floats:
    """Return AI-enabled applications of `rows` after a change window: never fewer, nor more than are worth running.

    runs: (L,) share of tasks that run; capacity: (4,) share of applications by stage at an ability of one.
    """
    worth = np.where(lab[rows] >= 0, runs[lab[rows]], 0.0)
    target = np.maximum(worth * applications[rows], enabled[rows])
    return np.minimum(enabled[rows] + capacity[stage[rows]] * ability[rows] * applications[rows], target)


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
    place[order] = (total - 0.5 * weight[order]) / total[-1]
    return place
