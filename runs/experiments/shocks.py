"""Treatments: functions that turn a scenario into the one to compare it with, each with explicit timing.

A treatment sees the scenario that it changes, so relative shocks ("halve the price") hold for any parameters. Dates are
moved to the Monday on or after them, when changes take effect.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from model import JevonsError, Parameters, Scenario, parse_date

Values = Mapping[str, Any]
"""Parameters or `mechanisms.*` by dotted path."""
Treatment = Callable[[Scenario], Scenario]

METERED = ("app-api", "app-rag", "app-agent", "code-agent", "ent-api", "ent-rag", "ent-agent")
SEGMENTS = ("consumer", "developer", "enterprise")
AGENTS = ("app-agent", "code-agent", "ent-agent")
FASTEST_PROGRESS, MOST_SKILL = 10.0, 1.0


def monday(day: date | str) -> date:
    """Return the Monday on or after a day; raises JevonsError for what is no date."""
    read = parse_date(day)
    return read + timedelta(days=-read.weekday() % 7)


def both(*treatments: Treatment | None) -> Treatment:
    """Return the treatment that does one after the other; None does nothing."""

    def treat(scenario: Scenario) -> Scenario:
        for treatment in treatments:
            scenario = treatment(scenario) if treatment is not None else scenario
        return scenario

    return treat


def fixed(values: Values) -> Treatment:
    """Set values from the first week on."""
    return lambda scenario: scenario.replace(dict(values))


def changed(day: date | str, values: Values | Callable[[Values], Values]) -> Treatment:
    """Set values from a date on: `values`, or what a function makes of the parameters in force on that date.

    Raises JevonsError for what is no date.
    """
    first = monday(day)

    def treat(scenario: Scenario) -> Scenario:
        new = values(scenario.parameters_at(first).flat()) if callable(values) else values
        return scenario.replace(changes=(*scenario.changes, (first, dict(new))))

    return treat


def scaled(factor: float, paths: tuple[str, ...], day: str | None = None) -> Treatment:
    """Multiply parameters, within their bounds: from a date on, or from the first week where `day` is None."""

    def values(old: Values) -> Values:
        return {path: bounded(path, old[path] * factor) for path in paths}

    if day is not None:
        return changed(day, values)
    return lambda scenario: scenario.replace(dict(values(scenario.parameters.flat())))


def bounded(path: str, value: float) -> float | int:
    """Return a value within the bounds of its parameter, whole where that is whole."""
    row = _rows()[path]
    inside = value if row.low is None or row.high is None else min(max(value, row.low), row.high)
    return round(inside) if type(row.default) is int else inside


@cache
def _rows() -> dict[str, Any]:
    return {row.name: row for row in Parameters.load().rows()}


def like(name: str) -> Treatment:
    """Take over the overrides and dated changes of a scenario that comes with the model."""

    def treat(scenario: Scenario) -> Scenario:
        other = Scenario.load(name, scale=scenario.scale)
        return scenario.replace(dict(other.overrides), changes=(*scenario.changes, *other.changes))

    return treat


def price_cut(day: str, factor: float, lab: str | None = None) -> Treatment:
    """Let metered customers of one lab, or of all, pay `factor` times what they would, from a date on.

    Labs charge less than their list prices, which no review of theirs takes notice of. The treatment raises
    JevonsError for a lab that does not exist, and for a factor beyond bounds.
    """
    return _lever("price_factor", day, factor, lab)


def capacity_step(day: str, factor: float = 2.0, lab: str | None = None) -> Treatment:
    """Multiply the compute of one lab, or of all, from a date on; the added compute costs nothing.

    The treatment raises JevonsError for a lab that does not exist.
    """
    return _lever("capacity_factor", day, factor, lab)


def _lever(field: str, day: str, factor: float, lab: str | None) -> Treatment:
    """Multiply a field of the profile of one lab, or of all labs, from a date on."""

    def values(old: Values) -> Values:
        labs = [path.split(".")[1] for path in old if path.startswith("lab.") and path.endswith(f".{field}")]
        if lab is not None and lab not in labs:
            raise JevonsError(f"lab = {lab}: no such lab; there are {', '.join(labs)}")
        paths = [f"lab.{name}.{field}" for name in (labs if lab is None else [lab])]
        return {path: old[path] * factor for path in paths}

    return changed(day, values)


def release_jump(day: str, weeks: int = 13) -> Treatment:
    """Run every lab's research at its fastest for some weeks: a generation comes out ahead of its time.

    Thirteen weeks add about 0.4 to every frontier, in log10 of effective training compute.
    """

    def treat(scenario: Scenario) -> Scenario:
        old = scenario.parameters_at(monday(day)).flat()
        fast: dict[str, Any] = {f"lab.{name}.training_skill": MOST_SKILL for name in scenario.parameters.lab}
        fast["labs.algorithmic_progress_per_year"] = FASTEST_PROGRESS
        after = monday(day) + timedelta(weeks=weeks)
        return both(changed(day, fast), changed(after, {path: old[path] for path in fast}))(scenario)

    return treat


def budget_cut(day: str, share: float = 0.3) -> Treatment:
    """Make tasks worth `share` less to everybody and cut enterprises' budgets by as much, from a date on."""
    paths = (*(f"demand.{segment}_value_factor" for segment in SEGMENTS), "enterprises.budget_factor")
    return changed(day, lambda old: {path: old[path] * (1.0 - share) for path in paths})


def efficiency_jump(day: str, factor: float = 10.0) -> Treatment:
    """Let a GPU-hour serve `factor` times the tokens, from a date on."""
    path = "labs.gpt4_gpu_hours_per_mtok"
    return changed(day, lambda old: {path: bounded(path, old[path] / factor)})


# What keeps capability, diffusion and list prices where they are on a date.
CAPABILITY: Values = {
    "labs.algorithmic_progress_per_year": 1.0,
    "labs.race_growth_per_year": 1.0,
    "labs.release_step": 2.0,
}
DIFFUSION: Values = {
    **dict.fromkeys((
        "mechanisms.consumer_adoption", "mechanisms.developer_apps", "mechanisms.enterprise_adoption",
        "mechanisms.coding_recursion",
    ), False),
    **dict.fromkeys((
        "developers.tool_innovation_per_week", "developers.tool_imitation_per_week",
        "developers.daily_per_week", "developers.agent_innovation_per_week",
        "developers.agent_imitation_per_week", "developers.builder_innovation_per_week",
        "developers.builder_imitation_per_week", "developers.audience_noise",
        "developers.deaths_per_week", "developers.tool_leave_per_week",
        "enterprises.enabling_per_window", "enterprises.seat_diffusion_per_week",
        "enterprises.seat_deal_per_week", "enterprises.peer_seat_deal_per_week",
        "labs.surface_expansion_per_week", "demand.ambition_per_year",
    ), 0.0),
}  # fmt: skip
PRICES: Values = {"labs.price_reviews": False}
SLACK: Values = {"mechanisms.supply_limits": False}


def held(
    day: str, *, capability: bool = True, diffusion: bool = True, prices: bool = True, slack: bool = False
) -> Treatment:
    """Hold capability, diffusion and list prices where they are; with `slack`, supply never binds after the date."""
    parts = ((capability, CAPABILITY), (diffusion, DIFFUSION), (prices, PRICES), (slack, SLACK))
    return changed(day, {path: value for wanted, part in parts if wanted for path, value in part.items()})
