"""Supply limits (Q17, Q20, Q28, Q29): who is short, what twice the compute brings, when the shortage ends."""

import math
from functools import partial

import numpy as np

from runs.experiments.claims.claim import claim
from runs.experiments.claims.decomposition import FREEZE
from runs.experiments.effects import level, log_ratio, mean
from runs.experiments.rules import Effect, Runs
from runs.experiments.run_series import Record, smooth
from runs.experiments.shocks import Treatment, both, capacity_step, changed, fixed, like

DAY = "2025-10-06"
MONTHS_2_3 = ("2025-11-03", "2025-12-29")
LABS = ("openai", "anthropic", "google")
SHORT = 0.05
UNLIMITED = fixed({"mechanisms.supply_limits": False})
FLEXIBLE = changed(DAY, {"mechanisms.sticky_prices": False})


def _response(entity: str, treated: str, control: str = "control") -> Effect:
    """Return d ln revenue / d ln capacity in months 2 and 3 after capacity doubled."""
    return log_ratio(mean(MONTHS_2_3, "revenue", entity), treated, control, per=math.log(2.0))


def _ratio(lab: str) -> Effect:
    response = _response(lab, f"double {lab}")
    return lambda runs: math.exp(response(runs) * math.log(2.0))


def _rivals(record: Record) -> float:
    """Return the revenue of all labs but OpenAI."""
    return record.mean(*MONTHS_2_3, "revenue") - record.mean(*MONTHS_2_3, "revenue", "openai")


STEPS: dict[str, Treatment] = {
    **{f"double {lab}": capacity_step(DAY, 2.0, lab) for lab in LABS},
    "double all": capacity_step(DAY, 2.0),
}

Q28 = claim(
    "Q28",
    {
        "one lab": _response("openai", "double openai"),
        "all labs": _response("market", "double all"),
        "unserved": level(mean(MONTHS_2_3, "demand_unserved_share")),
        "one lab, flexible prices": _response("openai", "flexible double openai", "flexible"),
        "all labs, flexible prices": _response("market", "flexible double all", "flexible"),
        "rivals": log_ratio(_rivals, "double openai"),
    },
    arms={
        **STEPS,
        "flexible": FLEXIBLE,
        "flexible double openai": both(STEPS["double openai"], FLEXIBLE),
        "flexible double all": both(STEPS["double all"], FLEXIBLE),
    },
    until=MONTHS_2_3[1],
    off=UNLIMITED,
)

Q29 = claim("Q29", {lab: _ratio(lab) for lab in LABS}, arms=STEPS, until=MONTHS_2_3[1], off=UNLIMITED)

UNSERVED = mean(("2025-07-07", "2026-12-28"), "demand_unserved_share")


def shortage_end(record: Record) -> float:
    """Return the year in which the shortage ends: half-year means of unserved demand stay under 5% from then on."""
    short = smooth(record.series("demand_unserved_share"), 26) > SHORT
    last = int(np.flatnonzero(short)[-1]) + 26 if short.any() else 0
    return 2023.0 + last / 52.18


def binds(runs: Runs, limit: str, year: int) -> float:
    """Return the part of a year in which a limit of supply binds."""
    return runs["control"].mean(f"{year}-01-08", f"{year}-12-22", "limit_binds", "market", limit)


LIMITS = ("chips", "shells", "power", "capital")
SUPPLY: dict[str, Treatment] = {
    "chip-squeeze": like("chip-squeeze"),
    "power-squeeze": like("power-squeeze"),
    "unlimited": changed("2025-01-06", {"mechanisms.supply_limits": False}),
}

Q20 = claim(
    "Q20",
    {
        "unserved": level(UNSERVED),
        "instant supply": lambda runs: UNSERVED(runs["unlimited"]) / UNSERVED(runs["control"]),
        **{f"end {arm}": level(shortage_end, arm) for arm in ("control", *SUPPLY)},
        **{f"{limit} binds": partial(binds, limit=limit, year=2026) for limit in LIMITS},
    },
    arms=SUPPLY,
    until="2028-12-25",
    off=UNLIMITED,
)


def _forecast_error(runs: Runs) -> float:
    """Return the mean log error of labs' forecasts of 26 weeks: positive where they needed more than they expected."""
    record = runs["control"]
    needed, expected = record.series("hours_needed"), record.series("hours_expected")
    first, last = record.week("2024-01-01"), record.week("2025-06-30")
    return float(np.mean(np.log(needed[first + 26 : last + 26] / expected[first:last])))


# Neither more users nor longer tasks: demand stays within everybody's plans, and no plan is capped.
NO_GROWTH = fixed(
    {
        "mechanisms.consumer_adoption": False,
        "mechanisms.developer_apps": False,
        "mechanisms.enterprise_adoption": False,
        "mechanisms.agents": False,
        "labs.growth_cap_per_year": 50.0,
    }
)

Q17 = claim("Q17", {"forecast error": _forecast_error}, until="2025-12-29", off=both(FREEZE, NO_GROWTH))

CLAIMS = (Q17, Q20, Q28, Q29)
