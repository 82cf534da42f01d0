"""Exogenous progress: the few indices that nobody in the market decides, moved on week by week.

They are carried along rather than computed from the date, so that a parameter that changes on a date changes what
comes after it, and not what came before.
"""

from dataclasses import dataclass, field

import numpy as np

from agents.choice import Floats
from agents.labs import WEEKS_PER_YEAR
from model.parameters import Parameters


@dataclass
class Progress:
    """Cumulative growth since the start, as natural logarithms (but `algorithms`: log10).

    `algorithms` (L,) effective training compute from better algorithms; `software` tokens per GPU-hour; `hardware`
    price-performance; `density` accelerators per MW; `power` connectable power a week; `tenants` demand of other
    tenants at equal rent; `people`, `developers` populations; `core_cash` (H,) hyperscalers' other cash flow.
    `years` since the start.
    """

    STATE = ("algorithms", "software", "hardware", "density", "power", "tenants", "people", "developers",
             "core_cash", "years")  # fmt: skip

    algorithms: Floats
    core_cash: Floats
    software: float = 0.0
    hardware: float = 0.0
    density: float = 0.0
    power: float = 0.0
    tenants: float = 0.0
    people: float = 0.0
    developers: float = 0.0
    years: float = field(default=0.0)

    @classmethod
    def start(cls, labs: int, hyperscalers: int) -> "Progress":
        """Return no progress yet."""
        return cls(np.zeros(labs), np.zeros(hyperscalers))

    def advance(self, p: Parameters) -> None:
        """Move on by one week at today's rates; software and hardware stand still where `efficiency` is off."""
        week = 1.0 / WEEKS_PER_YEAR
        skill = np.array([lab.training_skill for lab in p.lab.values()])
        growth = np.array([cloud.core_cash_growth_per_year for cloud in p.hyperscaler.values()])
        self.algorithms = self.algorithms + week * (np.log10(p.labs.algorithmic_progress_per_year) + skill)
        self.core_cash = self.core_cash + week * np.log1p(growth)
        if p.mechanisms.efficiency:
            fade = np.exp(-p.labs.software_decay_per_year * self.years)
            self.software += week * float(np.log(p.labs.software_growth_per_year) * fade)
            self.hardware += week * float(np.log(p.hyperscalers.price_performance_per_year))
            self.density += week * float(np.log(p.hyperscalers.density_growth_per_year))
        self.power += week * float(np.log(p.hyperscalers.power_growth_per_year))
        self.tenants += week * self._tenant_growth(p)
        self.people += week * float(np.log1p(p.consumers.population_growth_per_year))
        self.developers += week * float(np.log1p(p.developers.population_growth_per_year))
        self.years += week

    def _tenant_growth(self, p: Parameters) -> float:
        """Return the log growth a year of other tenants' demand: it falls from its first rate to the long-run one."""
        first = np.log(p.hyperscalers.outside_growth_per_year)
        floor = np.log(p.hyperscalers.outside_growth_floor_per_year)
        return float(floor + (first - floor) * np.exp(-self.years / p.hyperscalers.outside_growth_decay_years))
