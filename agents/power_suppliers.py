"""Ways to power: utilities that connect, makers of generation, and owners of sites that have power already."""

import math
from typing import Any, ClassVar

from agents.supplier_parameters import PowerSupplierProfile, SupplierParameters
from agents.suppliers import Supplier, expansion, moved_price
from agents.units import WEEKS_PER_YEAR

LEAST_TIGHTNESS = 0.5


class PowerSupplier(Supplier):
    """One way to power: its capacity is MW that leave its book in a week."""

    STATE: ClassVar[tuple[str, ...]] = (*Supplier.STATE, "pool_mw")

    def __init__(self, model: Any, index: int, name: str, profile: PowerSupplierProfile) -> None:
        super().__init__(model, index, name, profile, profile.capacity_mw_per_year / WEEKS_PER_YEAR, profile.usd_per_mw)
        self.pool_mw = profile.pool_mw  # what is left to be sold of a finite pool; 0 where there is none
        weeks = profile.expansion_weeks
        for week in range(1, weeks + 1):
            self.invest(0, profile.expanding_share * self.capacity / weeks, week)

    @property
    def is_finite(self) -> bool:
        """Whether there is a finite pool of sites, and not a maker who can expand."""
        return float(self.profile.pool_mw) > 0.0

    def output_mw(self) -> float:
        """Return what can leave the book in a week (MW); of a pool, less as what is left gets worse."""
        left = self.pool_mw / self.profile.pool_mw if self.is_finite else 1.0
        return float(self.capacity * left * self.profile.output_factor)

    def lead_weeks(self, book_mw: float) -> float:
        """Return the weeks from an order to power that the supplier promises: its book, and the time to build."""
        pace = (self.capacity + 0.5 * self.expanding) * self.profile.output_factor
        return float(min(book_mw / max(pace, 1e-9), 1e4) + self.profile.build_weeks)

    def tightness(self, book_mw: float) -> float:
        """Return the book in weeks of output, relative to the normal."""
        return float(book_mw / max(self.capacity * self.profile.normal_book_weeks, 1e-9))

    def others_order(self, p: SupplierParameters, years: float, book_mw: float, their_book_mw: float) -> float:
        """Return what other customers order this week (MW): what they need, and ahead as the book gets longer.

        They need less at a higher price. Who needs power in two years orders two years ahead: so a longer book makes
        them order sooner, which makes it longer.
        """
        profile = self.profile
        if profile.other_need_mw_per_year <= 0.0:
            return 0.0
        need = (
            profile.other_need_mw_per_year
            / WEEKS_PER_YEAR
            * math.exp(math.log1p(profile.other_need_growth_per_year) * years)
        )
        need *= (self.price_usd / profile.usd_per_mw) ** -profile.other_elasticity
        ahead = (need * book_mw / max(self.capacity, 1e-9) - their_book_mw) / p.others_ahead_weeks
        return float(max(need + ahead, 0.0))

    def review_capacity(self, week: int, p: SupplierParameters, book_mw: float) -> None:
        """Expand by a power law of how far the book is over normal, additions under way counted."""
        if self.is_finite:
            return
        gap = self.tightness(book_mw) * self.capacity / max(self.capacity + self.expanding, 1e-9) - 1.0
        added = self.capacity * expansion(self.profile.expansion, p.expansion_exponent, gap)
        self.invest(week, added, self.profile.expansion_weeks)

    def review_price(self, p: SupplierParameters, book_mw: float) -> None:
        """Let the price follow the book; that of a pool rises as it is used up."""
        if self.is_finite:
            used = 1.0 - self.pool_mw / self.profile.pool_mw
            self.price_usd = self.profile.usd_per_mw * (1.0 + self.profile.pool_premium * used)
            return
        tight = max(self.tightness(book_mw), LEAST_TIGHTNESS)
        goal = self.profile.usd_per_mw * tight**self.profile.price_elasticity
        self.price_usd = moved_price(self.price_usd, goal, p.power_price_memory_weeks)
