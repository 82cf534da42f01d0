"""What a series is called and over how many weeks it is averaged: the same on the page, in figures and in files."""

import numpy as np
from numpy.typing import NDArray

from runs.charts.palette import PAYERS, labs

# Weeks over which uneven series are averaged.
QUARTER = 13
# Observables that jump with releases and are shown as a mean over these weeks. All others are shown week by week.
WINDOWS = {"demand_unserved_share": QUARTER, "tokens_unserved": QUARTER}
# Units whose values the page shows in larger ones, and how many make one of those.
LARGER = {"MW": ("GW", 1000.0)}
# Observable -> segment -> name, where the segment alone would not say it.
NAMES = {
    "price_constant_quality": {"gpt-4-class": "GPT-4 quality"},
    "price_paid": {"api": "paid on the API"},
    "ordered_compute": {"all": "on order"},
    "installed_compute": {"all": "installed"},
    "live_compute": {"all": "live"},
    "power": {"all": "power"},
    "shells": {"all": "shells"},
    "rent": {"all": "rent"},
    "utilisation": {"serving": "utilisation"},
    "demand_unserved_share": {"all": "turned away"},
    "compute_share_inference": {"all": "inference share"},
    "developer_tool_use": {"any": "any tool", "daily": "developers, daily", "agent": "with agents"},
    "enterprise_adoption": {
        "any-use": "any use",
        "production": "enterprises",
        "three-functions": "three or more functions",
    },
    "applications_enabled": {"enterprise": "applications"},
    "reasoning_token_share": {"api": "thinking"},
    "revenue_run_rate": {name: label for name, (label, *_) in PAYERS.items()}
    | {"business-api": "of this, by the token", "subscription": "chat plans", "seat": "seats"},
}
# Segment that asks for tokens -> name.
ASKERS = {"consumer": "consumers", "developer": "developers", "enterprise": "enterprises", "embedded": "embedded"}


def series_name(observable: str, entity: str, segment: str) -> str:
    """Return what a series is called beside others of its observable, such as "consumers" or "Google, API"."""
    of_market = NAMES.get(observable, {}).get(segment) or ASKERS.get(segment, segment)
    if entity == "market":
        return of_market
    owner = labs().get(entity, (entity,))[0]
    match (observable, segment):
        case ("tokens_served", "all"):
            return f"{owner}, all"
        case ("tokens_served", "api"):
            return f"{owner}, API"
        case ("price_list", "light"):
            return f"{owner}, light"
        case ("revenue_run_rate", "coding"):
            return f"{owner}'s coding"
        case _:
            return owner


def shown_in(unit: str) -> tuple[str, float]:
    """Return the unit in which the page shows values that are in `unit`, and how many of these make one."""
    return LARGER.get(unit, (unit, 1.0))


def window(observable: str) -> int:
    """Return over how many weeks an observable is averaged wherever it is shown."""
    return WINDOWS.get(observable, 1)


def window_words(observable: str) -> str:
    """Return the window in words, nothing where weeks are shown as they are."""
    weeks = window(observable)
    return f"mean of {weeks} weeks" if weeks > 1 else ""


def smoothed(values: NDArray[np.float64], weeks: int) -> NDArray[np.float64]:
    """Return the mean of each value and those before it, `weeks` in all (fewer at the start)."""
    total = np.cumsum(values)
    total[weeks:] -= np.cumsum(values)[:-weeks]
    return total / np.minimum(np.arange(1, len(values) + 1), weeks) if weeks > 1 else values
