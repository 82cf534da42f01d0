"""Developers: coding tools, agents that code, API builders, and the apps they put into the world."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from agents.apps import APP_KINDS, App
from agents.choice import NO_LAB, Floats, Ints, any_of, best_of, chance_of, clamp, drawn_from, labs_after, sums_by
from agents.columns import Column, ColumnAgent, Population
from agents.developer_parameters import DeveloperParameters
from agents.lognormal import spread_of_mean
from agents.streams import SETUP, Streams
from agents.totals import Totals

NONE, ANY, DAILY, AGENT = 0, 1, 2, 3
GOLDEN = 0.6180339887498949
ACCOUNT_BITS = 64
LEAST_ENTRY, MOST_ENTRY = 0.2, 4.0
"""Least and most that profits multiply the pace at which apps start: some builders try whatever others earn."""


class Developer(ColumnAgent):
    """A software developer; one row stands for `people_per_row` of them."""

    stage = Column("int8", unit="stage", gloss="0 no AI tool, 1 some use, 2 daily, 3 hands tasks to agents")
    tool = Column("int8", unit="lab index", gloss="lab behind the coding tool, -1 for none", initial=NO_LAB)
    builder = Column(
        "int8", unit="lab index", gloss="lab whose API the developer builds on, -1 for none", initial=NO_LAB
    )
    accounts = Column("int64", unit="bits", gloss="labs on whose API the developer has ever built: bit l for lab l")
    reviews = Column("float32", unit="task/week", gloss="agent tasks that the developer has time to review")


class ToolMarket(NamedTuple):
    """What developers see this week; arrays (L,) but for `kind_worth` (3,).

    `api_open`, `coding_open` labs on sale; `api_weights`, `coding_weights` in the choice of one; `api_success` of app
    tasks; `assist_success`; `agent_success` of coding tasks; `kind_worth` worth of building each kind of app;
    `worthwhile_apps` rows of apps that vendors' sales would keep up; `attention` labs with a flagship fresh enough to
    be tried.
    """

    api_open: NDArray[np.bool_]
    coding_open: NDArray[np.bool_]
    api_weights: Floats
    coding_weights: Floats
    api_success: Floats
    assist_success: Floats
    agent_success: Floats
    kind_worth: Floats
    worthwhile_apps: float
    attention: NDArray[np.bool_]


class LabChoice(NamedTuple):
    """How developers choose among labs that sell an API, or a coding tool, this week.

    `looks` chance of looking at all of them again; `reached` (L,) weights added up lab by lab.
    """

    looks: float
    reached: Floats


class ToolMoves(NamedTuple):
    """Rows that changed their tool or how much they use it this week, and to what (NO_LAB: gave it up)."""

    rows: Ints
    stages: NDArray[np.int8]
    tools: NDArray[np.int8]


class BuilderMoves(NamedTuple):
    """Rows that chose a lab to build on this week, and which."""

    rows: Ints
    labs: NDArray[np.int8]


class Developers:
    """The developers and their apps: columns and weekly decisions."""

    def __init__(
        self,
        columns: Population[Developer],
        apps: Population[App],
        parameters: DeveloperParameters,
        streams: Streams,
        first: tuple[int, int],
    ) -> None:
        """Settle the first tool users and builders on the labs that were `first` with coding tools and an API."""
        self.columns = columns
        self.apps = apps
        self.parameters = parameters
        self.streams = streams
        self._totals = Totals(columns, ("tool", "stage"), 1 + AGENT, "reviews", "developers.columns")
        self.forget_counts()
        self.slot_traits = streams.uniform("apps.traits", SETUP, (len(apps), 3))
        self._settle(*first)

    def _settle(self, first_tool: int, first_api: int) -> None:
        p, c = self.parameters, self.columns.own
        draw = self.streams.uniform("developers.traits", SETUP, (len(self.columns), 3)).astype(np.float64)
        z = ndtri(np.clip(draw[:, 0], 1e-7, 1.0 - 1e-7))
        c.reviews[:] = p.reviews_per_week * np.exp(p.reviews_sd * z - 0.5 * p.reviews_sd**2)
        c.stage[:] = np.where(draw[:, 1] < p.initial_tool_share, ANY, NONE)
        c.stage[draw[:, 1] < p.initial_daily_share * p.initial_tool_share] = DAILY
        c.tool[:] = np.where(c.stage > NONE, first_tool, NO_LAB)
        c.builder[:] = np.where(draw[:, 2] < p.initial_builder_share, first_api, NO_LAB)
        c.accounts[:] = (c.builder >= 0) << first_api
        early = np.flatnonzero(draw[:, 2] < p.initial_app_share * p.initial_builder_share)
        self._put_out(np.arange(len(early)), early, 0, np.array([1.0, 0.0, 0.0]))

    def people_per_row(self, growth: float) -> float:
        """Return the developers whom one row stands for after the population's log growth since the start."""
        return self.parameters.population * math.exp(growth) / len(self.columns)

    def forget_counts(self) -> None:
        """Invalidate cached counts: the columns have changed, or may have."""
        self._totals.forget()
        self._stages: Ints | None = None
        self._shares: tuple[float, ...] | None = None
        self._builders: int | None = None
        self._accounts: Ints | None = None

    def commit(self, tools: ToolMoves, builders: BuilderMoves) -> None:
        """Write what developers use and build on."""
        c, rows, building, labs = self.columns.own, tools.rows, builders.rows, builders.labs
        tool, stage = c.tool[rows], c.stage[rows]
        c.stage[rows], c.tool[rows] = tools.stages, tools.tools
        joined = int(np.count_nonzero(c.builder[building] < 0))
        c.builder[building] = labs
        bit, held = np.int64(1) << labs, c.accounts[building]
        c.accounts[building] = held | bit
        self._totals.changed(rows, (tool, stage), (tools.tools, tools.stages))
        if self.columns.externally_writable:
            self.forget_counts()
        self._shares = None
        if self._stages is not None:
            self._stages += np.bincount(tools.stages, minlength=1 + AGENT) - np.bincount(stage, minlength=1 + AGENT)
        if self._builders is not None:
            self._builders += joined
        if self._accounts is not None:
            opened = np.bincount(labs[held & bit == 0], minlength=ACCOUNT_BITS)
            self._accounts += opened[: len(self._accounts)]

    def stage_shares(self) -> tuple[float, ...]:
        """Return the share of developers at each stage or beyond it (any, daily, agent), as when rows last decided."""
        if self._shares is None:
            if self._stages is None:
                self._stages = np.bincount(self.columns.own.stage, minlength=1 + AGENT)
            stages = self._stages.tolist()
            self._shares = tuple(sum(stages[least:]) / len(self.columns) for least in (ANY, DAILY, AGENT))
        return self._shares

    def productivity(self) -> float:
        """Return output per developer relative to one without AI tools."""
        p = self.parameters
        _, daily, agent = self.stage_shares()
        return 1.0 + p.productivity_gain_daily * (daily - agent) + p.productivity_gain_agent * agent

    def apis(self, market: ToolMarket) -> LabChoice:
        """Return how builders and apps choose a lab: by what its API is worth to them."""
        return self._choice(market, market.api_open, market.api_weights)

    def tools(self, market: ToolMarket) -> LabChoice:
        """Return how users of coding tools choose a lab: by what its agent is worth to them."""
        return self._choice(market, market.coding_open, market.coding_weights)

    def _choice(self, market: ToolMarket, open_: NDArray[np.bool_], weights: Floats) -> LabChoice:
        """Return the choice among labs by weight; looks rise while a flagship is fresh."""
        p = self.parameters
        weights = open_ * weights
        total = sum(weights.tolist())
        fresh = float(any_of(open_ & market.attention))
        looks = chance_of(p.switch_per_week + fresh * p.release_attention_per_week) if total > 0.0 else 0.0
        return LabChoice(looks, weights.cumsum())

    # tools ----------------------------------------------------------------------------------------------------------

    def decide_stage(self, week: int, market: ToolMarket, choice: LabChoice, agents: bool) -> ToolMoves:
        """Take up tools, step up to daily use and to agents, or step back. One uniform a row."""
        p, c = self.parameters, self.columns.own
        uniform = self.streams.uniform("developers.tool", week, len(self.columns))
        anyone, _, agent = self.stage_shares()
        best = best_of(market.assist_success, market.coding_open)
        worth = best_of(market.agent_success, market.coding_open) if agents else 0.0
        hazards = (
            (p.tool_innovation_per_week + p.tool_imitation_per_week * anyone) * best,
            p.daily_per_week * best,
            (p.agent_innovation_per_week + p.agent_imitation_per_week * agent) * worth,
            0.0,
        )
        up = np.array([chance_of(hazard) for hazard in hazards])
        back = np.array([0.0, *(3 * [p.tool_leave_per_week])])
        # A larger draw leads to nothing.
        acting = (uniform < np.float32((up + back).max() + choice.looks + 1e-6)).nonzero()[0]
        draw, present, held = uniform[acting], c.stage[acting], c.tool[acting]
        up, back = up[present], back[present]
        rises = draw < up
        falls = ~rises & (draw < up + back)
        rest = (draw - up - back) / np.maximum(1.0 - up - back, 1e-9)
        looking = ~rises & ~falls & (present > NONE) & (rest < choice.looks)
        first = rises & (present == NONE)
        again = np.where(first, draw / np.maximum(up, 1e-12), rest / max(choice.looks, 1e-12))
        choosing = first | looking
        stages, tools = present + rises - falls, held.copy()
        tools[choosing] = drawn_from(choice.reached, again[choosing])
        tools[stages == NONE] = NO_LAB
        changed = (stages != present) | (tools != held)
        return ToolMoves(acting[changed], stages[changed], tools[changed])

    def decide_builder(self, week: int, market: ToolMarket, choice: LabChoice) -> BuilderMoves:
        """Start to build on an API, or look at other labs: one uniform a row."""
        p, c = self.parameters, self.columns.own
        uniform = self.streams.uniform("developers.build", week, len(self.columns))
        worth = best_of(market.api_success, market.api_open)
        share = self.builders() / len(self.columns)
        joins = chance_of((p.builder_innovation_per_week + p.builder_imitation_per_week * share) * worth)
        return BuilderMoves(*labs_after(uniform, c.builder, joins, choice.looks, choice.reached))

    # apps -----------------------------------------------------------------------------------------------------------

    def age_apps(self, week: int, choice: LabChoice) -> None:
        """Let apps die, move to another lab, and gain or lose audience.

        Each app of a row grows in proportion and by itself. The row holds their mean, of which most is in few apps: of
        the variance of one app's growth a part d s_n^2 / d s^2 = e / (n + e - 1) is left, e = exp(s^2), s_n as in
        `_put_out`. The mean itself grows as that of lognormals does.
        """
        p, a = self.parameters, self.apps
        slots = self.slots_in_use()
        lab, audience = a.lab[:slots], a.audience[:slots]
        uniform = self.streams.uniform("apps.fate", week, slots)
        deaths, looks = p.deaths_per_week, choice.looks
        rows = (uniform < np.float64(deaths + looks)).nonzero()[0]
        rows = rows[lab[rows] >= 0]
        draw = uniform[rows].astype(np.float64)
        dies = draw < deaths
        looking, dead = rows[~dies], rows[dies]
        lab[looking] = drawn_from(choice.reached, (draw[~dies] - deaths) / max(looks, 1e-12))
        lab[dead], audience[dead] = NO_LAB, 0.0

        heavy = math.exp(p.audience_sd**2)
        left = heavy / (self._apps_per_row() + heavy - 1.0)
        growth = self.streams.uniform("apps.growth", week, slots)
        growth -= np.float32(0.5)
        growth *= np.float32(math.sqrt(12.0 * left) * p.audience_noise)
        growth += np.float32(0.5 * (1.0 - left) * p.audience_noise**2)
        audience *= np.exp(growth, out=growth)

    def _apps_per_row(self) -> float:
        """Return how many apps a row of apps stands for: one of each developer of a row."""
        return max(self.people_per_row(0.0), 1.0)

    def slots_in_use(self) -> int:
        """Return how many slots, from the first one on, hold all the apps."""
        return (self.apps.lab >= 0).tobytes().rfind(b"\x01") + 1  # faster than searching backwards in NumPy

    def start_apps(self, week: int, market: ToolMarket, productivity: float, free_entry: bool) -> int:
        """Put out new apps in free slots; returns how many found none. One uniform a builder row.

        Entry is free: more apps start where vendors' sales would keep up more apps than there are.

        A slot's traits come from its own draws, turned by the golden ratio every week, so that a slot used again
        holds a different app; kinds are chosen in proportion to what they are worth today.
        """
        p, a, c = self.parameters, self.apps, self.columns.own
        uniform = self.streams.uniform("apps.birth", week, len(self.columns))
        running = max(int(np.count_nonzero(a.lab >= 0)), 1)
        room = clamp(market.worthwhile_apps / running, LEAST_ENTRY, MOST_ENTRY) if free_entry else 1.0
        births = np.float64(p.births_per_week * productivity * room)  # a Python float would be rounded
        makers = (uniform < births).nonzero()[0]
        makers = makers[c.builder[makers] >= 0]
        free = (a.lab < 0).nonzero()[0][: len(makers)]
        self._put_out(free, makers[: len(free)], week, np.maximum(market.kind_worth, 1e-9))
        return len(makers) - len(free)

    def _put_out(self, slots: Ints, makers: Ints, week: int, kind_worth: Floats) -> None:
        """Fill slots (n,) with new apps of the builder rows `makers` (n,): the mean audience of the apps of a row.

        Audiences of single apps are lognormal with spread `audience_sd`. Their mean over a row has the same mean and
        the spread s_n of a mean, so that no row with one app's luck stands for thousands of large apps.
        """
        p, a = self.parameters, self.apps
        traits = (self.slot_traits[slots].astype(np.float64) + week * GOLDEN) % 1.0
        spread = ndtri(np.minimum(np.maximum(traits[:, 2], 1e-6), 1.0 - 1e-6))
        sd = spread_of_mean(p.audience_sd, self._apps_per_row())
        a.audience[slots] = p.audience_median * np.exp(0.5 * (p.audience_sd**2 - sd**2) + sd * spread)
        a.lab[slots], a.born[slots] = self.columns.own.builder[makers], week
        a.kind[slots] = drawn_from(kind_worth.cumsum(), traits[:, 0])

    # what they ask ----------------------------------------------------------------------------------------------

    def app_tasks(self, labs: int) -> Floats:
        """Return the tasks above the reference value of row apps this week, by lab and kind (L, 3).

        Apps share their customers' work: it grows with all audiences of a kind together to the power `crowding`.
        """
        p, a, slots, kinds = self.parameters, self.apps, self.slots_in_use(), len(APP_KINDS)
        cell = (a.lab[:slots] + np.int16(1)) * np.int16(kinds)  # the first ones for empty slots
        cell += a.kind[:slots]
        audience = sums_by(cell, a.audience[:slots], (labs + 1) * kinds).reshape(labs + 1, kinds)[1:]
        per_row = audience.sum(axis=0) / len(self.columns)
        shared = np.maximum(per_row, 1e-9) ** (p.crowding - 1.0)
        return audience * shared * np.array([p.api_tasks_per_user, p.rag_tasks_per_user, p.agent_tasks_per_user])

    def app_counts(self, labs: int) -> Ints:
        """Return the rows of apps by lab and kind (L, 3)."""
        slots, kinds = self.slots_in_use(), len(APP_KINDS)
        cell = (self.apps.lab[:slots] + np.int16(1)) * np.int16(kinds) + self.apps.kind[:slots]
        return np.bincount(cell, minlength=(labs + 1) * kinds).reshape(labs + 1, kinds)[1:]

    def app_spread(self, week: int) -> float:
        """Return the spread of apps' audiences (sd of ln): of their first ones, and of growth since then."""
        p, a = self.parameters, self.apps
        born = a.born[a.lab >= 0]
        age = week - float(born.mean()) if len(born) else 0.0
        return math.sqrt(p.audience_sd**2 + p.audience_noise**2 * age)

    def code_requests(self, labs: int) -> Floats:
        """Return this week's code-assistant requests of row developers by lab (L,)."""
        p = self.parameters
        rates = np.array([0.0, p.assist_requests_some, p.assist_requests_daily, p.assist_requests_daily])
        return self.tool_users(labs).astype(np.float64) @ rates

    def agent_tasks(self, labs: int) -> Floats:
        """Return the coding-agent tasks above the reference value of row developers by lab (L,)."""
        return self._totals.of(labs)[0][:, AGENT] * self.parameters.parallel_agents

    def tool_users(self, labs: int) -> Ints:
        """Return rows by the lab behind the tool and stage, (L, 4), as they were when rows last decided."""
        return self._totals.of(labs)[1]

    def account_counts(self, labs: int) -> Ints:
        """Return rows that have ever built on each lab's API (L,)."""
        if self._accounts is None or len(self._accounts) != labs:
            accounts = self.columns.own.accounts
            self._accounts = np.array([np.count_nonzero(accounts & (1 << lab)) for lab in range(labs)], dtype=np.int64)
        return self._accounts.copy()

    def builders(self) -> int:
        """Return the rows that build on an API, as they were when rows last decided."""
        if self._builders is None:
            self._builders = int(np.count_nonzero(self.columns.own.builder >= 0))
        return self._builders
