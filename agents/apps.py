"""Apps that developers put into the world: their columns, and what a week does to many of them."""

import numpy as np
from numpy.typing import NDArray

from agents.choice import NO_LAB, Floats, Ints, drawn_from, sums_by
from agents.columns import Column, ColumnAgent
from agents.workloads import BINS

APP_KINDS = ("app-api", "app-rag", "app-agent")


class App(ColumnAgent):
    """A running app that developers built: a persistent endpoint with an audience of its own."""

    lab = Column("int8", unit="lab index", gloss="lab that serves it, -1 for an empty slot", initial=NO_LAB)
    kind = Column("int8", unit="kind", gloss="0 call, 1 retrieval chain, 2 agent")
    bin = Column("uint8", unit="bin", gloss="bin of task difficulty and value")
    born = Column("int16", unit="week", gloss="week in which it was put out")
    audience = Column("float32", unit="user", gloss="people who use it")


def move_apps(
    uniform: NDArray[np.float32],
    lab: NDArray[np.int8],
    audience: NDArray[np.float32],
    deaths: float,
    looks: float,
    reached: Floats,
) -> None:
    """Let apps die (an empty slot has no audience) or look at the labs again, in place.

    uniform, lab, audience: (slots,); deaths, looks: chances; reached: (L + 1, L), see `LabChoice`.
    """
    rows = (uniform < np.float64(deaths + looks)).nonzero()[0]
    rows = rows[lab[rows] >= 0]
    draw = uniform[rows].astype(np.float64)
    dies = draw < deaths
    looking, dead = rows[~dies], rows[dies]
    lab[looking] = drawn_from(reached, (draw[~dies] - deaths) / max(looks, 1e-12), lab[looking])
    lab[dead], audience[dead] = NO_LAB, 0.0


def openings(
    uniform: NDArray[np.float32], births: float, builder: NDArray[np.int8], lab: NDArray[np.int8]
) -> tuple[Ints, Ints]:
    """Return developers who put out an app this week, and as many free slots, or all that there are.

    uniform, builder: (developers,); births: chance; lab: (slots,) -1 for a free one.
    """
    makers = (uniform < np.float64(births)).nonzero()[0]  # a Python float would be rounded to single precision
    makers = makers[builder[makers] >= 0]
    return makers, (lab < 0).nonzero()[0][: len(makers)]


def fill_slots(
    slots: Ints,
    labs: NDArray[np.int8],
    traits: Floats,
    audiences: Floats,
    reached: Floats,
    week: int,
    lab: NDArray[np.int8],
    kind: NDArray[np.int8],
    bins: NDArray[np.uint8],
    born: NDArray[np.int16],
    audience: NDArray[np.float32],
) -> None:
    """Write new apps to the columns of `slots` (n,): by labs (n,), audiences (n,), and traits (n, 3) for kind and bin.

    reached: (3,) what kinds are worth, added up.
    """
    lab[slots], born[slots], audience[slots] = labs, week, audiences
    kind[slots] = drawn_from(reached, traits[:, 0])
    bins[slots] = (traits[:, 1] * BINS).astype(np.uint8)


def audience_of(
    lab: NDArray[np.int8], kind: NDArray[np.int8], bins: NDArray[np.uint8], audience: NDArray[np.float32], labs: int
) -> Floats:
    """Return the audience of all apps (slots,) added up by lab, kind and bin, (L, 3, BINS)."""
    cell = (lab + np.int16(1)) * np.int16(len(APP_KINDS) * BINS)  # the first ones for empty slots
    cell += kind * np.int16(BINS)
    cell += bins
    total = sums_by(cell, audience, (labs + 1) * len(APP_KINDS) * BINS)
    return total.reshape(labs + 1, len(APP_KINDS), BINS)[1:]
