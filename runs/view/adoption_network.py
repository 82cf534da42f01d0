"""A sample of users and their contacts: laid out once, coloured by app and stage week by week."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import InferenceMarket, JevonsError
from runs.charts.palette import labs
from runs.view.network_layout import Ints, snowball

JUST_NOW_WEEKS = 4
LONG_AGO = -(10**6)
NOBODY, JUST_JOINED = 0, 1


def legend() -> list[dict[str, str]]:
    """Return what the colours of people mean, in the order of their looks."""
    apps = [{"label": name, "colour": colour} for name, colour in labs().values()]
    newcomers = {"label": "joined in the last four weeks", "colour": "yellow"}
    return [{"label": "no chat app", "colour": "off"}, newcomers, *apps]


class AdoptionNetwork:
    """`sample` users as arrays (n,), and the contacts among them (m,)."""

    def __init__(self, market: InferenceMarket, sample: int = 2000) -> None:
        graph = market.networks.adoption(sample)
        self.count = graph.number_of_nodes()
        self.rows: Ints = np.array([row for _, row in graph.nodes(data="row")], dtype=np.int64)
        edges = np.array(sorted((min(a, b), max(a, b)) for a, b in graph.edges()), dtype=np.int64).reshape(-1, 2)
        self.source, self.target = edges[:, 0], edges[:, 1]
        self.position = snowball(self.count, self.source, self.target)
        self.legend, self.label = legend(), f"{self.count:,} people"
        self.edge_alpha = min(0.28, 1100.0 / max(len(self.source), 1))
        self.degree = np.bincount(np.concatenate((self.source, self.target)), minlength=self.count)
        self._joined = np.full(self.count, LONG_AGO, dtype=np.int64)
        self._looks = np.array([2 + list(labs()).index(name) for name in market.world.lab_names], dtype=np.uint8)
        self._names = market.world.lab_names
        self.app: NDArray[np.int64] = np.full(self.count, -1, dtype=np.int64)
        self.paid = np.zeros(self.count, dtype=np.bool_)
        self.peers = np.zeros(self.count)
        self._week = self._since = LONG_AGO
        self.follow(market)

    def follow(self, market: InferenceMarket) -> None:
        """Update everybody in the sample to this week's app and stage.

        The model does not record when somebody joined, so only those seen to join count; a jump in time starts again.
        """
        columns, week = market.world.users.columns, market.clock.week
        app = columns.app[self.rows].astype(np.int64)
        if 0 <= week - self._week <= JUST_NOW_WEEKS:
            self._joined[(app >= 0) & (self.app < 0)] = week
        else:
            self._since = week
            self._joined[:] = LONG_AGO
        self._joined[app < 0] = LONG_AGO
        self.app, self._week = app, week
        self.paid = columns.paid[self.rows].astype(np.bool_)
        self.peers = columns.peers[self.rows] / np.maximum(columns.contacts[self.rows], 1)

    @property
    def looks(self) -> NDArray[np.uint8]:
        """The look of each node, an index of `legend`."""
        looks = np.where(self.app >= 0, self._looks[self.app], NOBODY)
        return np.where(self._week - self._joined < JUST_NOW_WEEKS, JUST_JOINED, looks).astype(np.uint8)

    @property
    def sizes(self) -> NDArray[np.float32]:
        """The diameter of each node in pixels: larger with more contacts, and larger still for payers."""
        return (3.6 + 0.55 * np.minimum(self.degree, 12) + 3.0 * self.paid).astype(np.float32)

    @property
    def caption(self) -> str:
        """The shares of users and payers; newcomers are counted once four weeks have been watched."""
        used, paid = float((self.app >= 0).mean()), float(self.paid.mean())
        text = f"{used:.0%} use chat, {paid:.1%} pay"
        if self._week - self._since < JUST_NOW_WEEKS:
            return text
        new = int((self._week - self._joined < JUST_NOW_WEEKS).sum())
        return f"{text}, {new:,} joined in the last four weeks"

    def facts(self, node: int) -> dict[str, Any]:
        """Return what the pointer shows of a user. Raises JevonsError for a node that is not there."""
        if not 0 <= node < self.count:
            raise JevonsError(f"user {node + 1}: no such user; this sample has {self.count}")
        app = int(self.app[node])
        stage = "none" if app < 0 else "subscription" if self.paid[node] else "free"
        rows = [
            ["App", "none" if app < 0 else labs()[self._names[app]][0]],
            ["Stage", stage],
            ["Contacts who use chat", f"{self.peers[node]:.0%}"],
            ["Contacts in this sample", str(self.degree[node])],
        ]
        return {"node": node, "title": f"User {node + 1}", "rows": rows}
