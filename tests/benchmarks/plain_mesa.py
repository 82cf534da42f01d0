"""The population side of a week as a plain Mesa model: one object a user, developer and app, one step method each.

The behaviours are those of the kernel, rule by rule and from the same uniforms, so that the two can be compared: after
a week `PlainMarket.agrees_with` holds for the kernel's columns. What labs offer is read from the market it copies.
"""

import math
from typing import Any

import mesa
import numpy as np

from model import InferenceMarket
from model.uptake import attention, chat_market, tool_market


def chance(hazard: float) -> float:
    """Return the chance of an event within a week."""
    return -math.expm1(-hazard)


def draw(weights: list[float], uniform: float) -> int:
    """Draw by inverse transform."""
    threshold, reached = min(uniform, 1.0 - 2.0**-53) * sum(weights), 0.0
    for option, weight in enumerate(weights[:-1]):
        reached += weight
        if reached > threshold:
            return option
    return len(weights) - 1


class PlainUser(mesa.Agent):
    """A person who could use chat."""

    model: Any  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        c = model.columns["users"]
        self.row = row
        self.app = self.next_app = int(c.app[row])
        self.paid = bool(c.paid[row])
        self.peers, self.contacts = int(c.peers[row]), int(c.contacts[row])
        self.readiness = float(c.innovativeness[row])
        self.bound, self.willingness = float(c.requests_bound[row]), float(c.willingness[row])
        network = model.market.world.users.network
        self.known = network.indices[network.indptr[row] : network.indptr[row + 1]].tolist()

    def decide(self) -> None:
        """Adopt, leave or switch."""
        m, p = self.model, self.model.p.consumers
        uniform = m.uniforms["users.app"][self.row]
        if self.app < 0:
            hazard = (
                p.innovation_per_week + p.imitation_per_week * self.peers / max(self.contacts, 1)
            ) * self.readiness
            adopts = chance(hazard * m.appeal)
            if uniform < adopts:
                self.next_app = draw(m.app_weights, uniform / adopts)
        else:
            leaves = chance(p.leave_per_week + p.congestion_leave_per_week * m.chat.congestion[self.app])
            if uniform < leaves:
                self.next_app = -1
            elif uniform < leaves + p.switch_per_week:
                self.next_app = draw(m.app_weights, (uniform - leaves) / p.switch_per_week)

    def commit(self) -> None:
        """Tell the contacts."""
        change = (self.next_app >= 0) - (self.app >= 0)
        self.paid = self.paid and self.app >= 0 and self.next_app >= 0
        self.app = self.next_app
        if change:
            for other in self.known:
                self.model.users[other].peers += change

    def ask(self) -> None:
        """Review the subscription, and ask."""
        m, p = self.model, self.model.p.consumers
        if self.app < 0:
            return
        if self.row % p.review_weeks == m.week % p.review_weeks:
            added = m.chat.success_paid[self.app] - m.chat.success_free[self.app] * (1.0 - m.chat.congestion[self.app])
            price = m.chat.entry_price[self.app] * (1.0 - p.subscription_inertia if self.paid else 1.0)
            self.paid = bool(self.willingness * (p.subscription_perk + max(added, 0.0)) > price)
        success = (m.chat.success_paid if self.paid else m.chat.success_free)[self.app]
        m.requests[self.app][self.paid] += self.bound * (p.engagement_floor + (1.0 - p.engagement_floor) * success)


class PlainDeveloper(mesa.Agent):
    """A software developer."""

    model: Any  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        c = model.columns["developers"]
        self.row, self.stage, self.tool = row, int(c.stage[row]), int(c.tool[row])
        self.builder, self.reviews = int(c.builder[row]), float(c.reviews[row])

    def step(self) -> None:
        """Step up or back, choose tools, start to build or look at other labs, and use the tool."""
        m = self.model
        now, u = self.stage, m.uniforms["developers.tool"][self.row]
        rise, back = m.up[now], m.p.developers.tool_leave_per_week if now else 0.0
        rest = (u - rise - back) / (1.0 - rise - back)
        if u < rise:
            self.stage = now + 1
            if now == 0:
                self.tool = draw(m.tool_weights, u / rise)
        elif u < rise + back:
            self.stage = now - 1
        elif now and rest < m.looks:
            self.tool = draw(m.tool_weights, rest / m.looks)
        if self.stage == 0:
            self.tool = -1
        u, likely = m.uniforms["developers.build"][self.row], m.joins if self.builder < 0 else m.api_looks
        if u < likely:
            self.builder = draw(m.api_weights, u / likely)
        if self.stage > 0:
            m.code_requests[self.tool] += m.rates[self.stage]
        if self.stage == 3:
            m.agent_tasks[self.tool] += self.reviews * m.p.developers.parallel_agents


class PlainApp(mesa.Agent):
    """A running app."""

    model: Any  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        a = model.columns["apps"]
        self.row, self.lab, self.kind = row, int(a.lab[row]), int(a.kind[row])
        self.audience = float(a.audience[row])

    def step(self) -> None:
        """Die, or move, and gain or lose audience."""
        m, p = self.model, self.model.p.developers
        if self.lab < 0:
            return
        fate = m.uniforms["apps.fate"][self.row]
        if fate < p.deaths_per_week:
            self.lab, self.audience = -1, 0.0
            return
        if fate < p.deaths_per_week + m.api_looks:
            self.lab = draw(m.api_weights, (fate - p.deaths_per_week) / m.api_looks)
        noise = (m.uniforms["apps.growth"][self.row] - 0.5) * math.sqrt(12.0) * p.audience_noise
        self.audience *= math.exp(noise)
        m.audiences[self.lab][self.kind] += self.audience


class PlainMarket(mesa.Model):
    """What every object reads in a week, and the week itself."""

    def __init__(self, market: InferenceMarket) -> None:
        """Copy the rows of a market between two weeks."""
        super().__init__(rng=1)
        self.market, self.p, self.week = market, market.parameters, market.clock.week
        self.columns = {
            "users": market.world.users.columns,
            "developers": market.world.developers.columns,
            "apps": market.world.apps,
        }
        self.users = [PlainUser(self, row) for row in range(len(market.world.users.columns))]
        self.developers = [PlainDeveloper(self, row) for row in range(len(market.world.developers.columns))]
        slots = int(np.flatnonzero(market.world.apps.lab >= 0)[-1]) + 1
        self.apps = [PlainApp(self, row) for row in range(slots)]
        sizes = {"users.app": len(self.users), "developers.tool": len(self.developers),
                 "developers.build": len(self.developers), "apps.fate": slots, "apps.growth": slots}  # fmt: skip
        self.uniforms = {name: market.world.streams.uniform(name, self.week, n).tolist() for name, n in sizes.items()}
        self._see(market)

    def _see(self, market: InferenceMarket) -> None:
        """Work out what everybody sees of the labs; the week's releases must be out."""
        p, d, labs = self.p.consumers, self.p.developers, len(market.labs)
        self.chat, tools = chat_market(market.world), tool_market(market.world, attention(market.world))
        served = np.where(self.chat.open, self.chat.success_free * (1.0 - self.chat.congestion), 0.0)
        self.appeal = float(served.max()) ** p.appeal_power
        shares = market.world.users.app_counts(labs) + 1.0
        quality = np.exp(p.quality_weight * self.chat.success_free * (1.0 - self.chat.congestion))
        weights = self.chat.reach * (shares / shares.sum()) ** p.brand_weight * quality
        self.app_weights = np.where(self.chat.open, weights, 0.0).tolist()
        stages = market.world.developers.stage_shares()
        best = float(np.where(tools.coding_open, tools.assist_success, 0.0).max())
        worth = float(np.where(tools.coding_open, tools.agent_success, 0.0).max())
        self.up = [
            chance((d.tool_innovation_per_week + d.tool_imitation_per_week * stages[0]) * best),
            chance(d.daily_per_week * best),
            chance((d.agent_innovation_per_week + d.agent_imitation_per_week * stages[2]) * worth),
            0.0,
        ]
        fresh = d.release_attention_per_week
        self.looks = chance(d.switch_per_week + fresh * bool(tools.attention[tools.coding_open].any()))
        self.api_looks = chance(d.switch_per_week + fresh * bool(tools.attention[tools.api_open].any()))
        success = float(np.where(tools.api_open, tools.api_success, 0.0).max())
        building = 1.0 - sum(x.builder < 0 for x in self.developers) / len(self.developers)
        self.joins = chance((d.builder_innovation_per_week + d.builder_imitation_per_week * building) * success)
        self.tool_weights = (tools.coding_open * tools.coding_weights).tolist()
        self.api_weights = (tools.api_open * tools.api_weights).tolist()
        self.rates = (0.0, d.assist_requests_some, d.assist_requests_daily, d.assist_requests_daily)
        self.requests = [[0.0, 0.0] for _ in range(labs)]
        self.code_requests, self.agent_tasks = [0.0] * labs, [0.0] * labs
        self.audiences = [[0.0, 0.0, 0.0] for _ in range(labs)]
        self.app_tasks: list[list[float]] = []

    def step(self) -> None:
        """One week of everybody, as a Mesa model would: agent sets do what each of their agents does."""
        users = self.agents_by_type[PlainUser]
        for method in ("decide", "commit", "ask"):
            users.do(method)
        self.agents_by_type[PlainDeveloper].do("step")
        self.agents_by_type[PlainApp].do("step")
        self.app_tasks = self._shared_out()

    def _shared_out(self) -> list[list[float]]:
        """Return the tasks of apps by lab and kind: apps of a kind share their customers' work."""
        d, rows = self.p.developers, len(self.developers)
        rates = (d.api_tasks_per_user, d.rag_tasks_per_user, d.agent_tasks_per_user)
        of_kind = [max(sum(kind) / rows, 1e-9) for kind in zip(*self.audiences, strict=True)]
        each = [rate * per_row ** (d.crowding - 1.0) for rate, per_row in zip(rates, of_kind, strict=True)]
        return [[users * tasks for users, tasks in zip(kinds, each, strict=True)] for kinds in self.audiences]

    def agrees_with(self, market: InferenceMarket) -> bool:
        """Say whether the kernel's week ended with the same rows; market: the one copied, a week later."""
        c, d, a = market.world.users.columns, market.world.developers.columns, market.world.apps
        return (
            [x.app for x in self.users] == c.app.tolist()
            and [x.peers for x in self.users] == c.peers.tolist()
            and [x.stage for x in self.developers] == d.stage.tolist()
            and [x.builder for x in self.developers] == d.builder.tolist()
            and all(x.lab < 0 or x.lab == int(a.lab[x.row]) for x in self.apps)
            and np.allclose(
                [x.audience for x in self.apps if x.lab >= 0],
                [a.audience[x.row] for x in self.apps if x.lab >= 0],
                rtol=1e-5,
            )
        )
