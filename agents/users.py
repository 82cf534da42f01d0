"""Consumers: who takes up chat, which app they use, who pays, and how often they ask."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import ndtri

from agents.choice import Floats, Ints, categorical, probability
from agents.columns import Column, ColumnAgent, Population
from agents.parameters import Group, parameter
from agents.streams import Streams

NO_APP = -1


# fmt: off
class ConsumerParameters(Group):
    """Adoption of chat, competition between apps, subscriptions and the pace of requests."""

    population: float = parameter(
        4.2e9, unit="person", low=1e8, high=9e9, source="choice: online adults in early 2023",
        gloss="people who could use a chat app when the model starts",
    )
    population_growth_per_year: float = parameter(
        0.02, unit="1/year", low=-0.05, high=0.1, source="choice", gloss="growth of the online population"
    )
    initial_share: float = parameter(
        0.008, unit="share", low=0.0, high=0.5, source="choice: about a month after the first chat app",
        gloss="people who use chat weekly at the start",
    )
    innovation_per_week: float = parameter(
        0.0009, unit="1/week", low=0.0, high=0.02, prior="lognormal", source="E053",
        gloss="hazard of taking up chat without seeing anybody use it",
    )
    imitation_per_week: float = parameter(
        0.0585, unit="1/week", low=0.0, high=0.5, prior="lognormal", source="E053",
        gloss="hazard added when all contacts use chat",
    )
    innovativeness_sd: float = parameter(
        1.0, unit="sd of ln", low=0.0, high=3.0, source="choice", gloss="spread of people's readiness to adopt"
    )
    appeal_power: float = parameter(
        1.86, unit="exponent", low=0.0, high=5.0, source="choice",
        gloss="how strongly the success of the best free answer speeds adoption",
    )
    leave_per_week: float = parameter(
        0.004, unit="1/week", low=0.0, high=0.1, source="choice", gloss="hazard of giving chat up when served well"
    )
    congestion_leave_per_week: float = parameter(
        0.0112, unit="1/week", low=0.0, high=1.0, source="choice",
        gloss="hazard added when every request is turned away"
    )
    switch_per_week: float = parameter(
        0.01, unit="1/week", low=0.0, high=0.3, source="E015", gloss="hazard of looking at other apps"
    )
    quality_weight: float = parameter(
        4.51, unit="1/success", low=0.0, high=30.0, source="E015", gloss="weight of answer quality in the choice of app"
    )
    brand_weight: float = parameter(
        0.503, unit="exponent", low=0.0, high=1.5, source="choice",
        gloss="weight of an app's present share in its choice"
    )
    contacts: int = parameter(
        8, unit="contact/person", low=1, high=64, source="choice", gloss="contacts that each person names"
    )
    distant_contacts: float = parameter(
        0.3, unit="share", low=0.0, high=1.0, source="choice", gloss="contacts outside the neighbourhood"
    )
    requests_per_day: float = parameter(
        3.5, unit="request/user/day", low=0.5, high=20.0, source="E050",
        gloss="requests that human time allows when every answer succeeds (mean)",
    )
    requests_sd: float = parameter(
        1.0, unit="sd of ln", low=0.0, high=2.5, source="E050", gloss="spread of requests over people"
    )
    engagement_floor: float = parameter(
        0.4, unit="share", low=0.0, high=1.0, source="choice", gloss="share of requests made even if answers fail"
    )
    subscription_usd_per_month: float = parameter(
        20.0, unit="USD/month", low=0.0, high=200.0, source="docs/model.md section 16",
        gloss="price of a chat subscription"
    )
    willingness_usd_per_month: float = parameter(
        9.7, unit="USD/month", low=0.0, high=100.0, source="docs/model.md section 16",
        gloss="median user's value of the answers that a subscription adds, were it the whole of success",
    )
    willingness_sd: float = parameter(
        1.43, unit="sd of ln", low=0.0, high=4.0, source="choice", gloss="spread of willingness to pay"
    )
    subscription_perk: float = parameter(
        0.3, unit="success", low=0.0, high=1.0, source="choice",
        gloss="what priority, limits and features of a subscription are worth, beside better answers",
    )
    subscription_inertia: float = parameter(
        0.4, unit="share", low=0.0, high=1.0, source="choice",
        gloss="how far worth may fall below the price before a user cancels"
    )
    review_weeks: int = parameter(
        26, unit="week", low=1, high=52, source="choice", gloss="weeks between a user's reviews of the subscription"
    )
# fmt: on


class User(ColumnAgent):
    """A person who could use chat; one row stands for `weight` people."""

    app = Column("int8", unit="lab index", gloss="chat app used, -1 for none", initial=NO_APP)
    paid = Column("bool", unit="flag", gloss="has a subscription")
    peers = Column("uint16", unit="contact", gloss="contacts who use chat now")
    contacts = Column("uint16", unit="contact", gloss="contacts, named by either side")
    innovativeness = Column("float32", unit="ratio", gloss="readiness to adopt, mean 1")
    requests_bound = Column("float32", unit="request/week", gloss="requests that the person's time allows")
    willingness = Column("float32", unit="USD/month", gloss="value of a subscription that always succeeds")


@dataclass(frozen=True)
class ChatMarket:
    """What a person sees of chat this week: arrays over labs (L,).

    `open` the app exists; `reach` distribution; `success_free`, `success_paid` of an average task; `congestion` share
    of free requests turned away.
    """

    open: NDArray[np.bool_]
    reach: Floats
    success_free: Floats
    success_paid: Floats
    congestion: Floats


@dataclass(frozen=True)
class ChatMoves:
    """Rows that changed their app this week and what they changed to (NO_APP: left)."""

    rows: Ints
    apps: NDArray[np.int8]


class Users:
    """The consumers: their columns, their contact network and their weekly decisions."""

    STATE = ("columns",)

    def __init__(
        self, columns: Population[User], parameters: ConsumerParameters, streams: Streams, first_lab: int
    ) -> None:
        self.columns = columns
        self.parameters = parameters
        self.streams = streams
        self.network = contact_network(len(columns), parameters, streams)
        self._settle(first_lab)

    def _settle(self, first_lab: int) -> None:
        """Draw the fixed traits and the users of the only app there is at the start."""
        p, c, n = self.parameters, self.columns, len(self.columns)
        draw = self.streams.uniform("users.traits", -1, (n, 4)).astype(np.float64)
        z = ndtri(np.clip(draw, 1e-7, 1.0 - 1e-7))
        c.innovativeness[:] = _lognormal(z[:, 0], p.innovativeness_sd)
        c.requests_bound[:] = 7.0 * p.requests_per_day * _lognormal(z[:, 1], p.requests_sd)
        c.willingness[:] = p.willingness_usd_per_month * np.exp(p.willingness_sd * z[:, 2])
        c.contacts[:] = np.minimum(np.diff(self.network.indptr), 65535)
        early = np.flatnonzero(draw[:, 3] < p.initial_share)
        self.commit_moves(ChatMoves(early, np.full(len(early), first_lab, dtype=np.int8)))

    def people_per_row(self, growth: float) -> float:
        """Return the people whom one row stands for after the population's log growth since the start."""
        return self.parameters.population * float(np.exp(growth)) / len(self.columns)

    def app_counts(self, labs: int) -> Ints:
        """Return rows by app (L,)."""
        return np.bincount(self.columns.app + 1, minlength=labs + 1)[1:]

    def payer_counts(self, labs: int) -> Ints:
        """Return rows with a subscription by app (L,)."""
        c = self.columns
        return np.bincount((c.app + 1) * c.paid, minlength=labs + 1)[1:]

    def decide_app(self, week: int, market: ChatMarket) -> ChatMoves:
        """Adopt, leave or switch: one uniform a row, reused (rescaled) where it leads to a choice of app.

        Adoption hazard = (innovation + imitation x share of contacts who use chat) x appeal; a user leaves when
        requests are turned away, and looks around at the switching hazard.
        """
        p, c = self.parameters, self.columns
        uniform = self.streams.uniform("users.app", week, len(c))
        idle = np.flatnonzero(c.app < 0)
        chance = self._adoption_chance(idle, market)
        adopts = uniform[idle] < chance
        joining = idle[adopts]

        leave = probability(p.leave_per_week + p.congestion_leave_per_week * market.congestion)
        using = np.flatnonzero((c.app >= 0) & (uniform < leave.max() + p.switch_per_week))
        draw, leave = uniform[using], leave[c.app[using]]
        leaves = draw < leave
        looks = ~leaves & (draw < leave + p.switch_per_week)
        leaving, looking = using[leaves], using[looks]
        again = (draw[looks] - leave[looks]) / max(p.switch_per_week, 1e-12)
        chosen = self._choose_app(np.concatenate((uniform[joining] / chance[adopts], again)), market)
        return ChatMoves(
            np.concatenate((leaving, joining, looking)),
            np.concatenate((np.full(len(leaving), NO_APP, dtype=np.int8), chosen)),
        )

    def _adoption_chance(self, rows: Ints, market: ChatMarket) -> NDArray[np.floating]:
        p, c = self.parameters, self.columns
        served = np.where(market.open, market.success_free * (1.0 - market.congestion), 0.0)
        appeal = float(served.max(initial=0.0)) ** p.appeal_power
        share = c.peers[rows] / np.maximum(c.contacts[rows], 1)
        hazard = (p.innovation_per_week + p.imitation_per_week * share) * c.innovativeness[rows] * appeal
        return probability(hazard)

    def _choose_app(self, uniform: NDArray[np.floating], market: ChatMarket) -> NDArray[np.int8]:
        """Choose among open apps by reach, present share and quality (logit)."""
        p = self.parameters
        counts = self.app_counts(len(market.open)) + 1.0
        quality = market.success_free * (1.0 - market.congestion)
        weights = market.reach * (counts / counts.sum()) ** p.brand_weight * np.exp(p.quality_weight * quality)
        return categorical(np.where(market.open, weights, 0.0), uniform).astype(np.int8)

    def commit_moves(self, moves: ChatMoves) -> None:
        """Write changed apps and tell the contacts of everybody who took chat up or gave it up."""
        c = self.columns
        before = c.app[moves.rows] >= 0
        after = moves.apps >= 0
        c.app[moves.rows] = moves.apps
        c.paid[moves.rows] &= after & before
        for rows, change in ((moves.rows[after & ~before], np.add), (moves.rows[before & ~after], np.subtract)):
            if len(rows):
                change.at(c.peers, _neighbours(self.network, rows), 1)

    def decide_paid(self, week: int, market: ChatMarket, value_factor: float) -> tuple[Ints, NDArray[np.bool_]]:
        """Review subscriptions, each row every `review_weeks`: pay if what better answers add is worth the price."""
        p, c = self.parameters, self.columns
        rows = np.arange(week % p.review_weeks, len(c), p.review_weeks)
        rows = rows[c.app[rows] >= 0]
        added = market.success_paid - market.success_free * (1.0 - market.congestion)
        gain = (p.subscription_perk + np.maximum(added, 0.0))[c.app[rows]]
        price = p.subscription_usd_per_month * np.where(c.paid[rows], 1.0 - p.subscription_inertia, 1.0)
        return rows, value_factor * c.willingness[rows] * gain > price

    def requests(self, week: int, market: ChatMarket) -> Ints:
        """Return this week's requests of row users by app and plan, (L, 2): free, paid."""
        p, c = self.parameters, self.columns
        labs = len(market.open)
        uniform = self.streams.uniform("users.requests", week, len(c))
        success = np.zeros((labs + 1, 2))  # the first row for people without an app
        success[1:, 0], success[1:, 1] = market.success_free, market.success_paid
        engagement = (p.engagement_floor + (1.0 - p.engagement_floor) * success).astype(np.float32)
        cell = (c.app.astype(np.int64) + 1) * 2 + c.paid
        count = c.requests_bound * engagement.ravel()[cell]
        count += uniform
        np.floor(count, out=count)
        by_cell = np.bincount(cell, weights=count, minlength=2 * (labs + 1)).astype(np.int64)
        return by_cell.reshape(labs + 1, 2)[1:]


def _lognormal(z: Floats, sd: float) -> Floats:
    """Return lognormal values of mean one from standard normal ones."""
    return np.exp(sd * z - 0.5 * sd * sd)


def contact_network(rows: int, parameters: ConsumerParameters, streams: Streams) -> csr_matrix:
    """Draw the undirected contact network as a CSR matrix (n, n) without self-loops; its values have no meaning.

    Every person names `contacts` people who were there before: most in the neighbourhood (close row numbers), the
    others anywhere, the earlier the likelier; so degrees are heavy-tailed, and adding a person changes nobody else's
    contacts.
    """
    k = parameters.contacts
    draw = streams.uniform("users.contacts", -1, (rows * k, 2))
    far = np.flatnonzero(draw[:, 0].astype(np.float64) < parameters.distant_contacts)
    place = draw[:, 1].astype(np.float64)
    person = np.repeat(np.arange(rows, dtype=np.int32), k)
    named = person - 1 - np.floor(3.0 * k * place**2)
    named[far] = np.floor(person[far] * place[far] ** 1.5)
    valid = np.flatnonzero((named >= 0.0) & (named < person))
    source, target = person[valid], named[valid].astype(np.int32)
    ones = np.ones(2 * len(source), dtype=np.int8)
    ends = (np.concatenate((source, target)), np.concatenate((target, source)))
    return csr_matrix((ones, ends), shape=(rows, rows))


def _neighbours(network: csr_matrix, rows: Ints) -> NDArray[np.int32]:
    """Return the contacts of `rows`, one after another."""
    starts, ends = network.indptr[rows], network.indptr[rows + 1]
    lengths = ends - starts
    ends_here = lengths.cumsum()
    offsets = np.repeat(starts - (ends_here - lengths), lengths)
    return network.indices[offsets + np.arange(len(offsets))]
