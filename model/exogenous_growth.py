"""Exogenous progress: the few indices that nobody in the market decides, moved on week by week.

They are carried along rather than computed from the date, so that a parameter that changes on a date changes what
comes after it, and not what came before.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from agents.choice import Floats
from agents.units import WEEKS_PER_YEAR
from model.parameters import Parameters


@dataclass
class ExogenousGrowth:
    """Cumulative growth since the start, as natural logarithms (but `algorithms`: log10).

    `algorithms` (L,) effective training compute from better algorithms; `software` tokens per GPU-hour; `hardware`
    cost of a chip; `density` accelerators per MW; `wafers` accelerators per wafer; `tenants` other tenants' demand
    for training at equal rent; `people`, `developers` populations; `core_cash` (H,) hyperscalers' other cash flow.
    `years` since the start.
    """

    STATE = ("algorithms", "software", "hardware", "density", "wafers", "tenants", "people", "developers",
             "core_cash", "years")  # fmt: skip

    algorithms: Floats
    core_cash: Floats
    software: float = 0.0
    hardware: float = 0.0
    density: float = 0.0
    wafers: float = 0.0
    tenants: float = 0.0
    people: float = 0.0
    developers: float = 0.0
    years: float = field(default=0.0)

    @classmethod
    def start(cls, labs: int, hyperscalers: int) -> "ExogenousGrowth":
        """Return no progress yet."""
        return cls(np.zeros(labs), np.zeros(hyperscalers))

    def advance(self, rates: "GrowthRates") -> None:
        """Move on by one week at today's rates."""
        week = 1.0 / WEEKS_PER_YEAR
        self.algorithms = self.algorithms + rates.algorithms
        self.core_cash = self.core_cash + rates.core_cash
        self.software += rates.software * math.exp(-rates.software_decay_per_year * self.years)
        still = math.exp(-self.years / rates.technology_fade_years)
        self.hardware += rates.hardware * still
        self.density += rates.density * still
        self.wafers += rates.wafers * still
        fading = math.exp(-self.years / rates.tenants_decay_years)
        self.tenants += rates.tenants_at_last + (rates.tenants_at_first - rates.tenants_at_last) * fading
        self.people += rates.people
        self.developers += rates.developers
        self.years += week


@dataclass(frozen=True)
class GrowthRates:
    """What a week adds to the indices of `ExogenousGrowth` under given parameters.

    Software, hardware and tenants' training fade; software and hardware stand still where `efficiency` is off.
    """

    algorithms: Floats
    core_cash: Floats
    software: float
    software_decay_per_year: float
    hardware: float
    density: float
    wafers: float
    technology_fade_years: float
    tenants_at_first: float
    tenants_at_last: float
    tenants_decay_years: float
    people: float
    developers: float

    @classmethod
    def of(cls, p: Parameters) -> "GrowthRates":
        """Return the rates of some parameters."""
        week, h = 1.0 / WEEKS_PER_YEAR, p.hyperscalers
        skill = np.array([lab.training_skill for lab in p.lab.values()])
        growth = np.array([cloud.core_cash_growth_per_year for cloud in p.hyperscaler.values()])
        moving = week if p.mechanisms.efficiency else 0.0
        return cls(
            algorithms=week * (np.log10(p.labs.algorithmic_progress_per_year) + skill),
            core_cash=week * np.log1p(growth),
            software=moving * math.log(p.labs.software_growth_per_year),
            software_decay_per_year=p.labs.software_decay_per_year,
            hardware=moving * math.log(h.price_performance_per_year),
            density=moving * math.log(h.density_growth_per_year),
            wafers=moving * math.log(p.suppliers.wafer_growth_per_year),
            technology_fade_years=p.suppliers.technology_fade_years,
            tenants_at_first=week * math.log(h.outside_growth_per_year),
            tenants_at_last=week * math.log(h.outside_growth_floor_per_year),
            tenants_decay_years=h.outside_growth_decay_years,
            people=week * math.log1p(p.consumers.population_growth_per_year),
            developers=week * math.log1p(p.developers.population_growth_per_year),
        )
