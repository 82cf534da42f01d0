"""Treatments: small callables that turn a scenario into the one to compare it with, each with explicit timing.

A treatment sees the scenario that it changes, so relative shocks ("halve the price") hold for any parameters. Dates are
moved to the Monday on or after them, when changes take effect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from model import JevonsError, Parameters, Scenario, parse_date

Treatment = Callable[[Scenario], Scenario]

METERED = ("app-api", "app-rag", "app-agent", "code-agent", "ent-api", "ent-rag", "ent-agent")
SEGMENTS = ("consumer", "developer", "enterprise")
AGENTS = ("app-agent", "code-agent", "ent-agent")
FASTEST_PROGRESS, MOST_SKILL = 10.0, 1.0


def monday(day: date | str) -> date:
    """Return the Monday on or after a day; raises JevonsError for what is no date."""
    read = parse_date(day)
    return read + timedelta(days=-read.weekday() % 7)


def changed(scenario: Scenario, day: date | str, values: Mapping[str, Any]) -> Scenario:
    """Return the scenario with values that hold from a day on; raises JevonsError."""
    return scenario.replace(changes=(*scenario.changes, (monday(day), dict(values))))


def at(scenario: Scenario, day: date | str) -> Mapping[str, Any]:
    """Return the parameters in force on a day, by dotted path."""
    return scenario.parameters_at(monday(day)).flat()


def both(*treatments: Treatment | None) -> Treatment:
    """Return the treatment that does one after the other."""
    return Both(tuple(one for one in treatments if one is not None))


@dataclass(frozen=True)
class Both:
    """Several treatments, one after the other."""

    treatments: tuple[Treatment, ...] = ()

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        for treatment in self.treatments:
            scenario = treatment(scenario)
        return scenario


@dataclass(frozen=True)
class Set:
    """Values from the first week on, by dotted path: parameters or `mechanisms.*`."""

    values: Mapping[str, Any]

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        return scenario.replace(dict(self.values))


@dataclass(frozen=True)
class Change:
    """Values from a date on."""

    day: str
    values: Mapping[str, Any]

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        return changed(scenario, self.day, self.values)


@dataclass(frozen=True)
class Scale:
    """Parameters times a factor, within their bounds: from a date on, or from the first week where `day` is None."""

    factor: float
    paths: tuple[str, ...]
    day: str | None = None

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        old = scenario.parameters.flat() if self.day is None else at(scenario, self.day)
        values = {path: bounded(path, old[path] * self.factor) for path in self.paths}
        return scenario.replace(values) if self.day is None else changed(scenario, self.day, values)


def bounded(path: str, value: float) -> float | int:
    """Return a value within the bounds of its parameter, whole where that is whole."""
    bounds = _bounds()
    low, high, whole = bounds[path]
    inside = min(max(value, low), high)
    return round(inside) if whole else inside


@cache
def _bounds() -> dict[str, tuple[float, float, bool]]:
    table = Parameters.load().table()[["name", "default", "low", "high"]]
    found = {}
    for name, default, low, high in table.itertuples(index=False, name=None):
        bounds = (low, high) if np.isfinite(low) and np.isfinite(high) else (-np.inf, np.inf)
        found[str(name)] = (*bounds, type(default) is int)
    return found


@dataclass(frozen=True)
class Like:
    """The overrides and dated changes of a scenario that comes with the model."""

    name: str

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        other = Scenario.load(self.name, scale=scenario.scale)
        return scenario.replace(dict(other.overrides), changes=(*scenario.changes, *other.changes))


@dataclass(frozen=True)
class PriceCut:
    """Metered customers pay `factor` times what they would: larger rebates on whatever list prices labs set.

    Raises JevonsError for a rise beyond list prices or a cut below the largest rebate.
    """

    day: str
    factor: float

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        old = at(scenario, self.day)
        values = {}
        for name in METERED:
            path = f"workload.{name}.discount"
            values[path] = 1.0 - (1.0 - old[path]) * self.factor
        return changed(scenario, self.day, values)


@dataclass(frozen=True)
class CapacityStep:
    """`factor` times the compute of one lab, or of all, from a date on; it comes beside the fleet and costs nothing."""

    day: str
    factor: float = 2.0
    lab: str | None = None

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        old = at(scenario, self.day)
        labs = [self.lab] if self.lab is not None else list(scenario.parameters.lab)
        for lab in labs:
            if f"lab.{lab}.capacity_factor" not in old:
                raise JevonsError(f"lab = {lab}: no such lab; there are {', '.join(scenario.parameters.lab)}")
        paths = [f"lab.{lab}.capacity_factor" for lab in labs]
        return changed(scenario, self.day, {path: old[path] * self.factor for path in paths})


@dataclass(frozen=True)
class ReleaseJump:
    """Research runs at its fastest for some weeks (every lab's, or one's): a generation comes out ahead of its time.

    Thirteen weeks add about 0.4 to every frontier, in log10 of effective training compute.
    """

    day: str
    weeks: int = 13
    lab: str | None = None

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        old = at(scenario, self.day)
        labs = [self.lab] if self.lab is not None else list(scenario.parameters.lab)
        fast = {f"lab.{lab}.training_skill": MOST_SKILL for lab in labs}
        if self.lab is None:
            fast["labs.algorithmic_progress_per_year"] = FASTEST_PROGRESS
        after = monday(self.day) + timedelta(weeks=self.weeks)
        return changed(changed(scenario, self.day, fast), after, {path: old[path] for path in fast})


@dataclass(frozen=True)
class ChipEmbargo:
    """Chip makers' output cannot grow from a date on."""

    day: str

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        still = ("hyperscalers.chip_growth_at_start_per_year", "hyperscalers.chip_growth_floor_per_year")
        return changed(scenario, self.day, dict.fromkeys(still, 1.0))


@dataclass(frozen=True)
class BudgetCut:
    """Tasks are worth `share` less to everybody and enterprises' budgets fall by as much, from a date on."""

    day: str
    share: float = 0.3

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        old = at(scenario, self.day)
        paths = [f"demand.{who}_value_factor" for who in SEGMENTS]
        paths.append("enterprises.budget_factor")
        return changed(scenario, self.day, {path: old[path] * (1.0 - self.share) for path in paths})


@dataclass(frozen=True)
class EfficiencyJump:
    """A GPU-hour serves `factor` times the tokens, from a date on."""

    day: str
    factor: float = 10.0

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        path = "labs.gpt4_gpu_hours_per_mtok"
        return changed(scenario, self.day, {path: bounded(path, at(scenario, self.day)[path] / self.factor)})


# What keeps capability, diffusion and list prices where they are on a date.
CAPABILITY = {
    "labs.algorithmic_progress_per_year": 1.0,
    "labs.race_growth_per_year": 1.0,
    "labs.release_step": 2.0,
}
DIFFUSION = {
    "mechanisms.consumer_adoption": False,
    "mechanisms.developer_apps": False,
    "mechanisms.enterprise_adoption": False,
    "mechanisms.coding_recursion": False,
    "developers.tool_innovation_per_week": 0.0,
    "developers.tool_imitation_per_week": 0.0,
    "developers.daily_per_week": 0.0,
    "developers.agent_innovation_per_week": 0.0,
    "developers.agent_imitation_per_week": 0.0,
    "developers.builder_innovation_per_week": 0.0,
    "developers.builder_imitation_per_week": 0.0,
    "developers.audience_growth_per_week": 0.0,
    "developers.audience_noise": 0.0,
    "developers.deaths_per_week": 0.0,
    "developers.tool_leave_per_week": 0.0,
    "enterprises.enabling_per_window": 0.0,
    "enterprises.seat_diffusion_per_week": 0.0,
    "enterprises.seat_trial_per_week": 0.0,
    "labs.surface_expansion_per_week": 0.0,
    "demand.ambition_per_year": 0.0,
}
PRICES = {"labs.price_step_limit": 0.01, "labs.price_speed": 0.05, "labs.review_weeks": 104}
SLACK = {"mechanisms.supply_limits": False}


@dataclass(frozen=True)
class Hold:
    """Hold capability, diffusion and list prices where they are; with `slack`, supply never binds after the date."""

    day: str
    capability: bool = True
    diffusion: bool = True
    prices: bool = True
    slack: bool = False

    def __call__(self, scenario: Scenario) -> Scenario:
        """Change a scenario."""
        parts = ((self.capability, CAPABILITY), (self.diffusion, DIFFUSION), (self.prices, PRICES), (self.slack, SLACK))
        values: dict[str, Any] = {}
        for wanted, part in parts:
            values |= part if wanted else {}
        return changed(scenario, self.day, values)
