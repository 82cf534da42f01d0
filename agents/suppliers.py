"""What every supplier has: capacity, additions to it under way, and a price; how a gap becomes an expansion."""

from typing import Any, ClassVar

import mesa

from agents.units import WEEKS_PER_YEAR

MOST_EXPANSION_WEEKS = 261
"""Weeks that the list of additions under way holds: leads are shorter."""


class Supplier(mesa.Agent):
    """A firm that sells to hyperscalers. Books hold its orders; this object holds its capacity, price and beliefs."""

    STATE: ClassVar[tuple[str, ...]] = ("capacity", "expanding", "expansions", "price_usd")

    def __init__(self, model: Any, index: int, name: str, profile: Any, capacity: float, price_usd: float) -> None:
        super().__init__(model)
        self.index = index
        self.name = name
        self.profile = profile
        self.capacity = capacity
        self.expanding = 0.0  # sum of the additions under way
        self.expansions = [0.0] * MOST_EXPANSION_WEEKS  # by the week in which they are ready, going round
        self.price_usd = price_usd

    def invest(self, week: int, amount: float, lead_weeks: float) -> None:
        """Begin an addition to capacity that is ready after its lead."""
        ready = (week + max(int(lead_weeks), 1)) % MOST_EXPANSION_WEEKS
        self.expansions[ready] += amount
        self.expanding += amount

    def open_week(self, week: int, scrapped_per_year: float) -> None:
        """Take what is ready into use and scrap what is worn out."""
        place = week % MOST_EXPANSION_WEEKS
        added, self.expansions[place] = self.expansions[place], 0.0
        self.expanding = max(self.expanding - added, 0.0)
        self.capacity += added - self.capacity * scrapped_per_year / WEEKS_PER_YEAR


def expansion(rate: float, exponent: float, gap: float) -> float:
    """Return the part of its capacity that a supplier adds for a relative gap: a power law without any bound.

    The marginal cost of adding x is (x / rate)^(1 / exponent): convex where the exponent is below one, so a gap twice
    as large brings less than twice the addition, and no gap brings as much as the supplier can do.
    """
    return rate * gap**exponent if gap > 0.0 else 0.0


def moved_price(price: float, goal: float, memory_weeks: float) -> float:
    """Return a price that goes its part of the way to its goal in a week, in logarithms."""
    return float(price * (goal / price) ** (1.0 / memory_weeks))
