"""Builders of data centres' shells: how many they start, how they expand, and what they charge."""

from typing import Any, ClassVar

from agents.supplier_parameters import BuilderProfile, SupplierParameters
from agents.suppliers import Supplier, expansion
from agents.units import WEEKS_PER_YEAR

LEAST_LOAD = 0.6
SLACK_LOAD = 0.5
SHRINKING = 0.03
"""Part of its crews that a builder lets go at a review while its load is below SLACK_LOAD."""


class Builder(Supplier):
    """Builders of shells: their capacity is MW started in a week."""

    STATE: ClassVar[tuple[str, ...]] = (*Supplier.STATE, "load")

    def __init__(self, model: Any, index: int, name: str, profile: BuilderProfile) -> None:
        super().__init__(model, index, name, profile, profile.capacity_mw_per_year / WEEKS_PER_YEAR, profile.usd_per_mw)
        self.load = 1.0

    def starts_mw(self) -> float:
        """Return how much the builder can start in a week (MW)."""
        return float(self.capacity * self.profile.output_factor)

    def lead_weeks(self, book_mw: float) -> float:
        """Return the weeks from an order to a finished shell that the builder promises."""
        return float(min(book_mw / max(self.starts_mw(), 1e-9), 1e4) + self.profile.build_weeks)

    def observe(self, started_mw: float, book_mw: float) -> None:
        """Note how busy crews are: shells started, and the queue in weeks of work relative to the normal one."""
        queue = book_mw / max(self.capacity * self.profile.normal_book_weeks, 1e-9)
        self.load = started_mw / max(self.capacity, 1e-9) + queue

    def review_capacity(self, week: int, p: SupplierParameters) -> None:
        """Take on crews by a power law of the load above one; let some go where half of them are idle."""
        if self.load < SLACK_LOAD:
            self.capacity *= 1.0 - SHRINKING
        gap = self.load * self.capacity / max(self.capacity + self.expanding, 1e-9) - 1.0
        added = self.capacity * expansion(self.profile.expansion, p.expansion_exponent, gap)
        self.invest(week, added, self.profile.expansion_weeks)

    def review_price(self) -> None:
        """Charge more where crews are busy."""
        self.price_usd = self.profile.usd_per_mw * max(self.load, LEAST_LOAD) ** self.profile.price_elasticity

    def appeal(self) -> float:
        """Return the weight of this builder when a hyperscaler splits its orders: crews, less where they are dear."""
        return float(self.starts_mw() * self.profile.usd_per_mw / self.price_usd)
