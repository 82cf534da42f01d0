"""Makers of AI chips: what they ship, what they expect to be ordered, how they expand and set prices."""

import math
from typing import Any, ClassVar

from agents.choice import clamp
from agents.supplier_parameters import ChipMakerProfile, SupplierParameters
from agents.suppliers import Supplier, expansion, moved_price
from agents.units import WEEKS_PER_MONTH, WEEKS_PER_YEAR

FIRST_GROWTH = 0.75
"""Yearly log growth of orders that makers have seen before the start."""
TREND = (-0.5, 1.2)
"""Yearly log growth of orders that makers take for a trend: what is beyond is taken for a blip."""
LEAST_TIGHTNESS = 0.3


class ChipMaker(Supplier):
    """One line of chips: its capacity is packaged wafers a month."""

    STATE: ClassVar[tuple[str, ...]] = (*Supplier.STATE, "orders_per_week", "orders_growth", "markup")

    def __init__(
        self, model: Any, index: int, name: str, profile: ChipMakerProfile, p: SupplierParameters, booked_weeks: float
    ) -> None:
        """`booked_weeks`: output that the book holds at the start."""
        tight = booked_weeks / profile.normal_book_weeks
        markup = profile.markup * max(tight, LEAST_TIGHTNESS) ** profile.price_elasticity
        super().__init__(
            model, index, name, profile, profile.wafers_per_month, markup * p.chip_cost_usd * profile.cost_ratio
        )
        self.markup = markup
        self.orders_per_week = self.output_h100e(p.h100e_per_wafer)
        self.orders_growth = FIRST_GROWTH
        weeks = profile.expansion_weeks
        for week in range(1, weeks):  # additions begun before the start come ready evenly
            self.invest(0, profile.expanding_share * profile.wafers_per_month / (weeks - 1), week)

    def output_h100e(self, h100e_per_wafer: float) -> float:
        """Return what the maker can ship in a week (H100e)."""
        return float(self.capacity / WEEKS_PER_MONTH * h100e_per_wafer * self.profile.output_factor)

    def observe_orders(self, p: SupplierParameters, orders_h100e: float) -> None:
        """Learn from the week's orders less cancellations (H100e): their level and their trend."""
        before = self.orders_per_week
        self.orders_per_week += (max(orders_h100e, 0.0) - before) / p.order_memory_weeks
        growth = math.log(max(self.orders_per_week, 1.0) / max(before, 1.0)) * WEEKS_PER_YEAR
        self.orders_growth += (growth - self.orders_growth) / p.trend_memory_weeks

    def lead_weeks(self) -> float:
        """Return how long an addition takes: longer while many are under way."""
        strain = min(self.expanding / max(self.capacity, 1e-9), 1.0)
        return float(self.profile.expansion_weeks + self.profile.strain_weeks * strain)

    def expected_orders(self, p: SupplierParameters, weeks: float, book_h100e: float) -> float:
        """Return orders a week (H100e) that the maker wants to be able to fill in some weeks.

        Of the trend it believes a part, `caution`; a book longer than normal is to be worked off.
        """
        profile = self.profile
        trend = profile.caution * clamp(self.orders_growth, *TREND) * weeks / WEEKS_PER_YEAR
        late = (book_h100e - self.orders_per_week * profile.normal_book_weeks) / p.book_correction_weeks
        return float(self.orders_per_week * math.exp(trend) + late)

    def review_capacity(self, week: int, p: SupplierParameters, book_h100e: float, h100e_per_wafer: float) -> None:
        """Expand by a power law of the gap between expected orders and capacity, additions under way included.

        h100e_per_wafer: what a wafer will hold when the addition is ready.
        """
        lead, exponent = self.lead_weeks(), p.expansion_exponent
        wanted = self.expected_orders(p, lead, book_h100e) * WEEKS_PER_MONTH / h100e_per_wafer
        gap = (wanted - self.capacity - self.expanding) / max(self.capacity, 1e-9)
        self.invest(week, self.capacity * expansion(self.profile.expansion, exponent, gap), lead)

    def review_price(self, p: SupplierParameters, book_h100e: float, output_h100e: float, unit_cost_usd: float) -> None:
        """Let the markup follow the length of the book, and the price the cost of a chip."""
        tight = max(book_h100e / max(output_h100e * self.profile.normal_book_weeks, 1e-9), LEAST_TIGHTNESS)
        goal = self.profile.markup * tight**self.profile.price_elasticity
        self.markup = moved_price(self.markup, goal, p.chip_price_memory_weeks)
        self.price_usd = self.markup * unit_cost_usd * self.profile.cost_ratio

    def appeal(self, cloud: str, p: SupplierParameters) -> float:
        """Return the weight of this line when a hyperscaler splits its orders: standing, less where margins are up."""
        standing = self.profile.owner_standing if cloud == self.profile.owner else self.profile.standing
        return float(standing * (self.markup / self.profile.markup) ** -p.chip_substitution)
