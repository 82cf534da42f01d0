"""What labs sell: one option for each lab and tier, as columns (L, T)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.choice import Floats

TIERS = ("flagship", "standard", "light")


@dataclass
class Catalogue:
    """The options on offer; arrays (L, T) unless noted.

    `available` is on sale; `capability` log10 effective training compute relative to GPT-4; `flop` FLOP per token
    relative to GPT-4; `ceiling` largest thinking effort (hidden/visible token); `window` context window (token);
    `price` list price of a million output tokens (USD), `entry_price` the first one, NaN before it; `released` (L,)
    week of the latest generation, -1 for none; `generation` (L,) flagships so far.
    """

    STATE = (
        "available", "capability", "flop", "ceiling", "window", "price", "entry_price", "released", "generation",
    )  # fmt: skip

    available: NDArray[np.bool_]
    capability: Floats
    flop: Floats
    ceiling: Floats
    window: Floats
    price: Floats
    entry_price: Floats
    released: NDArray[np.int64]
    generation: NDArray[np.int64]

    @classmethod
    def empty(cls, labs: int) -> "Catalogue":
        """Return a catalogue in which nothing is on sale."""
        shape = (labs, len(TIERS))
        return cls(
            available=np.zeros(shape, dtype=np.bool_),
            capability=np.full(shape, -9.0),
            flop=np.ones(shape),
            ceiling=np.zeros(shape),
            window=np.full(shape, 4096.0),
            price=np.full(shape, 1e6),
            entry_price=np.full(shape, np.nan),
            released=np.full(labs, -1, dtype=np.int64),
            generation=np.zeros(labs, dtype=np.int64),
        )

    def best_capability(self) -> Floats:
        """Return the capability of each lab's best tier on sale (L,), -inf for none."""
        return np.where(self.available, self.capability, -np.inf).max(axis=1)


@dataclass(frozen=True)
class Release:
    """A new generation of one lab, an entry a tier (T,): see `Catalogue`."""

    available: NDArray[np.bool_]
    capability: Floats
    flop: Floats
    ceiling: Floats
    window: Floats

    def commit(self, catalogue: Catalogue, lab: int, week: int) -> None:
        """Put the generation on sale."""
        catalogue.available[lab] = self.available
        for name in ("capability", "flop", "ceiling", "window"):
            getattr(catalogue, name)[lab] = getattr(self, name)
        catalogue.released[lab] = week
        catalogue.generation[lab] += 1
