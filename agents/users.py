"""Consumers: who takes up chat, which app they use, who pays, and how often they ask."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import ndtri

from agents import kernels
from agents.choice import NO_LAB, Floats, Ints, best_of, drawn_from, probability
from agents.columns import Column, ColumnAgent, NotANumberError, Population
from agents.consumer_parameters import ConsumerParameters
from agents.streams import SETUP, Streams
from agents.totals import Totals


class User(ColumnAgent):
    """A person who could use chat; one row represents `people_per_row` people."""

    app = Column("int8", unit="lab index", gloss="chat app used, -1 for none", initial=NO_LAB)
    paid = Column("bool", unit="flag", gloss="has a subscription")
    peers = Column("uint16", unit="contact", gloss="contacts who use chat now")
    contacts = Column("uint16", unit="contact", gloss="contacts, named by either side")
    innovativeness = Column("float32", unit="ratio", gloss="readiness to adopt, mean 1")
    requests_bound = Column("float32", unit="request/week", gloss="requests that the person's time allows")
    willingness = Column("float32", unit="USD/month", gloss="value of a subscription that always succeeds")


class ChatMarket(NamedTuple):
    """What a person sees of chat this week: arrays over labs (L,).

    `open` the app exists; `reach` distribution; `success_free`, `success_paid` of an average task; `congestion` share
    of free requests turned away; `entry_price` the least price of a plan, USD a month for what all usual use is worth.
    """

    open: NDArray[np.bool_]
    reach: Floats
    success_free: Floats
    success_paid: Floats
    congestion: Floats
    entry_price: Floats


class ChatMoves(NamedTuple):
    """Rows that changed their app this week and what they changed to (NO_LAB: left)."""

    rows: Ints
    apps: NDArray[np.int8]


class Users:
    """The consumers: their columns, their contact network and their weekly decisions."""

    def __init__(
        self, columns: Population[User], parameters: ConsumerParameters, streams: Streams, first_lab: int
    ) -> None:
        self.columns = columns
        self.parameters = parameters
        self.streams = streams
        self.network = contact_network(len(columns), parameters, streams)
        self._totals = Totals(columns, ("app", "paid"), 2, "requests_bound", "users.columns")
        self._settle(first_lab)

    def _settle(self, first_lab: int) -> None:
        """Draw the fixed traits and the users of the only app there is at the start."""
        p, c, n = self.parameters, self.columns.own, len(self.columns)
        draw = self.streams.uniform("users.traits", SETUP, (n, 4)).astype(np.float64)
        z = ndtri(np.clip(draw, 1e-7, 1.0 - 1e-7))
        c.innovativeness[:] = _lognormal(z[:, 0], p.innovativeness_sd)
        c.requests_bound[:] = 7.0 * p.requests_per_day * _lognormal(z[:, 1], p.requests_sd)
        c.willingness[:] = p.willingness_usd_per_month * np.exp(p.willingness_sd * z[:, 2])
        c.contacts[:] = np.minimum(np.diff(self.network.indptr), 65535)
        early = np.flatnonzero(draw[:, 3] < p.initial_share)
        self.commit_moves(ChatMoves(early, np.full(len(early), first_lab, dtype=np.int8)))

    def people_per_row(self, growth: float) -> float:
        """Return the people that one row represents after the population's log growth since the start."""
        return self.parameters.population * math.exp(growth) / len(self.columns)

    def forget_counts(self) -> None:
        """Invalidate cached counts: the columns have changed."""
        self._totals.forget()

    def app_counts(self, labs: int) -> Ints:
        """Return rows by app (L,), as they were when rows last moved."""
        return self._totals.of(labs)[1].sum(axis=1)

    def payer_counts(self, labs: int) -> Ints:
        """Return rows with a subscription by app (L,), as they were when rows last moved or reviewed theirs."""
        return self._totals.of(labs)[1][:, 1]

    def decide_app(self, week: int, market: ChatMarket) -> ChatMoves:
        """Adopt, leave or switch: one uniform a row, reused (rescaled) where it leads to a choice of app.

        Adoption hazard = (innovation + imitation x share of contacts who use chat) x appeal; a user leaves when
        requests are turned away, and looks around at a fixed chance.
        """
        p = self.parameters
        leave = probability(p.leave_per_week + p.congestion_leave_per_week * market.congestion)
        quality = market.success_free * (1.0 - market.congestion)
        appeal = best_of(quality, market.open) ** p.appeal_power
        rows, held, uniform, hazard = self._candidates(week, appeal, max(leave.tolist()) + p.switch_per_week)
        reached = self._app_weights(market, quality).cumsum()
        gone = np.append(leave, 0.0)[held]  # the last one for -1
        moves = np.where(held < 0, probability(hazard), gone + p.switch_per_week)
        acts = (uniform < moves).nonzero()[0]
        draw, gone = uniform[acts], gone[acts]
        chosen = drawn_from(reached, (draw - gone) / np.maximum(moves[acts] - gone, 1e-12)).astype(np.int8)
        return ChatMoves(rows[acts], np.where(draw < gone, np.int8(NO_LAB), chosen))

    def _candidates(
        self, week: int, appeal: float, moves: float
    ) -> tuple[Ints, NDArray[np.int8], NDArray[np.float32], Floats]:
        """Return the rows that may move this week, their apps, uniforms and hazards of adoption: all (n,).

        Rows with a larger draw cannot move: no user moves at more than `moves`, and no chance exceeds its hazard.
        """
        p, c = self.parameters, self.columns.own
        rows, apps, draws, hazards = kernels.movers(
            uniform=self.streams.uniform("users.app", week, len(self.columns)),
            app=c.app,
            peers=c.peers,
            contacts=c.contacts,
            readiness=c.innovativeness,
            innovation=p.innovation_per_week,
            imitation=p.imitation_per_week,
            appeal=appeal,
            moves=moves,
        )
        if not np.isfinite(hazards).all():
            raise NotANumberError("users.columns.innovativeness")
        return rows, apps, draws, hazards

    def _app_weights(self, market: ChatMarket, quality: Floats) -> Floats:
        """Return the weight of each app (L,) in a choice of one: by reach, present share and quality (logit)."""
        p = self.parameters
        counts = self.app_counts(len(market.open)) + 1.0
        weights = market.reach * (counts / sum(counts.tolist())) ** p.brand_weight * np.exp(p.quality_weight * quality)
        return weights * market.open

    def commit_moves(self, moves: ChatMoves) -> None:
        """Write changed apps, and update the peers of contacts of everybody who started or left chat."""
        c, network = self.columns.own, self.network
        app, paid, pays = kernels.write_moves(
            app=c.app,
            paid=c.paid,
            peers=c.peers,
            starts=network.indptr,
            contacts=network.indices,
            rows=moves.rows,
            apps=moves.apps,
        )
        self._totals.changed(moves.rows, (app, paid), (moves.apps, pays))

    def decide_paid(self, week: int, market: ChatMarket, value_factor: float) -> tuple[Ints, NDArray[np.bool_]]:
        """Review subscriptions, each row every `review_weeks`: pay if some plan's worth exceeds its price.

        Returns the rows that begin or end one, and whether they pay from now on: both (n,).
        """
        p, c = self.parameters, self.columns.own
        worth = value_factor * self.added(market)
        prices = market.entry_price * np.array([[1.0], [1.0 - p.subscription_inertia]])
        first, step = week % p.review_weeks, p.review_weeks
        turn = slice(first, None, step)
        held, willing = c.app[turn].copy(), c.willingness[turn].copy()
        if not np.isfinite(willing).all():
            raise NotANumberError("users.columns.willingness")
        using = (held >= 0).nonzero()[0]
        paying = c.paid[turn][using]
        labs = held[using]
        pays = willing[using] * worth[labs] > prices[paying.astype(np.int8), labs]
        changes = pays != paying
        return using[changes] * step + first, pays[changes]

    def added(self, market: ChatMarket) -> Floats:
        """Return what all usual use as a subscriber adds to use for nothing with each lab (L,), as if to success."""
        added = market.success_paid - market.success_free * (1.0 - market.congestion)
        return self.parameters.subscription_perk + np.maximum(added, 0.0)

    def commit_paid(self, rows: Ints, paid: NDArray[np.bool_]) -> None:
        """Write who pays for a subscription from now on."""
        c = self.columns.own
        app, before = c.app[rows], c.paid[rows]
        c.paid[rows] = paid
        self._totals.changed(rows, (app, before), (app, paid))

    def requests(self, success: Floats, by_subscribers: Floats) -> Floats:
        """Return this week's requests of row users by app and grade, (L, 2): free, paid.

        success: (L, 2) of a task; by_subscribers: (L, 2) what a subscriber asks for per request that time allows.
        """
        asked = self._totals.of(len(success))[0]
        by_grade = asked[:, 1:] * by_subscribers
        by_grade[:, 0] += asked[:, 0]
        return by_grade * self._engagement(success)

    def usual_requests(self, success: Floats) -> Floats:
        """Return the requests a week of a user of average time, at any success of a task."""
        return 7.0 * self.parameters.requests_per_day * self._engagement(success)

    def _engagement(self, success: Floats) -> Floats:
        """Return the part of the requests that time allows that is made."""
        p = self.parameters
        return p.engagement_floor + (1.0 - p.engagement_floor) * success


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
    draw = streams.uniform("users.contacts", SETUP, (rows * k, 2))
    far = (draw[:, 0] < parameters.distant_contacts).nonzero()[0]
    place = draw[:, 1].astype(np.float64)
    person = np.repeat(np.arange(rows, dtype=np.int32), k)
    named = person - 1 - (3.0 * k * place * place).astype(np.int32)
    place = place[far]
    named[far] = (person[far] * place * np.sqrt(place)).astype(np.int32)
    named[named >= person] = -1
    named = named.reshape(rows, k)
    named.sort(axis=1)
    once = named >= 0
    once[:, 1:] &= named[:, 1:] != named[:, :-1]
    starts = np.zeros(rows + 1, dtype=np.int32)
    once.sum(axis=1).cumsum(out=starts[1:])
    earlier = csr_matrix((np.ones(starts[-1], dtype=np.int8), named[once], starts), shape=(rows, rows))
    return earlier + earlier.T.tocsr()  # joining sorted lists takes half of the time that pairs in any order take
