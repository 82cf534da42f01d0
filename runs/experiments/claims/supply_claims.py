"""Supply limits (Q17, Q20, Q28, Q29): who is short, what twice the compute brings, when the shortage ends."""

import math
from functools import partial

import numpy as np

from runs.experiments.claims.claim import Claim
from runs.experiments.claims.decomposition import FREEZE
from runs.experiments.rules import Measure, Runs, above, below
from runs.experiments.run_series import Record, ln, smooth
from runs.experiments.shocks import CapacityStep, Change, Like, Set, Treatment, both

DAY = "2025-10-06"
MONTHS_2_3 = ("2025-11-03", "2025-12-29")
FLEXIBLE = {"mechanisms.sticky_prices": False}
LABS = ("openai", "anthropic", "google")
SHORT = 0.05


def response(runs: Runs, treated: str, control: str, entity: str) -> float:
    """Return d ln revenue / d ln capacity in months 2 and 3 after capacity doubled."""
    name = ("revenue", entity, "all")
    return ln(runs[treated].mean(*MONTHS_2_3, *name), runs[control].mean(*MONTHS_2_3, *name)) / math.log(2.0)


def _ratio(runs: Runs, lab: str) -> float:
    return math.exp(response(runs, f"double {lab}", "control", lab) * math.log(2.0))


def _rivals(runs: Runs, lab: str) -> float:
    """Return the log change of the other labs' revenue after one lab's capacity doubled."""

    def others(record: Record) -> float:
        mine = record.mean(*MONTHS_2_3, "revenue", lab)
        return record.mean(*MONTHS_2_3, "revenue") - mine

    return ln(others(runs[f"double {lab}"]), others(runs["control"]))


STEPS: dict[str, Treatment] = {
    **{f"double {lab}": CapacityStep(DAY, 2.0, lab) for lab in LABS},
    "double all": CapacityStep(DAY, 2.0),
}
FLEXIBLE_STEPS: dict[str, Treatment] = {
    "flexible": Change(DAY, FLEXIBLE),
    "flexible double openai": both(CapacityStep(DAY, 2.0, "openai"), Change(DAY, FLEXIBLE)),
    "flexible double all": both(CapacityStep(DAY, 2.0), Change(DAY, FLEXIBLE)),
}
UNLIMITED = Set({"mechanisms.supply_limits": False})

Q28 = Claim(
    id="Q28",
    arms={**STEPS, **FLEXIBLE_STEPS},
    until=MONTHS_2_3[1],
    measures=(
        Measure(
            "one lab",
            f"d ln revenue / d ln capacity of OpenAI, months 2 and 3 after its compute doubled on {DAY}, sticky prices",
            partial(response, treated="double openai", control="control", entity="openai"),
            supported=above(0.7),
            refuted=below(0.3),
        ),
        Measure(
            "all labs",
            "the same of the market after everybody's compute doubled",
            partial(response, treated="double all", control="control", entity="market"),
            supported=below(0.9),
            refuted=above(0.9),
        ),
        Measure(
            "unserved",
            "share of demand that is not served in those months, without the step",
            lambda runs: runs["control"].mean(*MONTHS_2_3, "demand_unserved_share"),
            supported=above(0.02),
            refuted=below(0.01),
        ),
        Measure(
            "one lab, flexible prices",
            "as for one lab, with prices that clear every week",
            partial(response, treated="flexible double openai", control="flexible", entity="openai"),
        ),
        Measure(
            "all labs, flexible prices",
            "as for all labs, with prices that clear every week",
            partial(response, treated="flexible double all", control="flexible", entity="market"),
        ),
        Measure(
            "rivals",
            "log change of the other labs' revenue after OpenAI's compute doubled",
            partial(_rivals, lab="openai"),
        ),
    ),
    off=UNLIMITED,
    depends="how short labs are on the date, the order of rationing, and subscriptions, which compute does not "
    "limit; twice the compute also doubles research, so an earlier release can be in it",
)

Q29 = Claim(
    id="Q29",
    arms=STEPS,
    until=MONTHS_2_3[1],
    measures=tuple(
        Measure(
            lab,
            f"revenue of {lab} with twice the compute to revenue without, months 2 and 3 after {DAY}",
            partial(_ratio, lab=lab),
            supported=above(1.7) if lab == "openai" else None,
            refuted=below(1.3) if lab == "openai" else None,
        )
        for lab in LABS
    ),
    off=UNLIMITED,
    depends="as Q28; the claim was made of one lab in autumn 2025, so the rule reads OpenAI alone, whose API earns a "
    "third of what was disclosed",
)


def _unserved(record: Record) -> float:
    return record.mean("2025-07-07", "2026-12-28", "demand_unserved_share")


def shortage_end(record: Record) -> float:
    """Return the year in which the shortage ends: half-year means of unserved demand stay under 5% from then on."""
    short = smooth(record.series("demand_unserved_share"), 26) > SHORT
    last = int(np.flatnonzero(short)[-1]) + 26 if short.any() else 0
    return 2023.0 + last / 52.18


def _end(runs: Runs, arm: str) -> float:
    return shortage_end(runs[arm])


def binds(runs: Runs, limit: str, arm: str = "control", year: int = 2026) -> float:
    """Return the part of a year in which a limit of supply binds."""
    return runs[arm].mean(f"{year}-01-08", f"{year}-12-22", "limit_binds", "market", limit)


LIMITS = ("chips", "shells", "power", "capital")
SUPPLY: dict[str, Treatment] = {
    "chip-squeeze": Like("chip-squeeze"),
    "power-squeeze": Like("power-squeeze"),
    "unlimited": Change("2025-01-06", {"mechanisms.supply_limits": False}),
}

Q20 = Claim(
    id="Q20",
    arms=SUPPLY,
    until="2028-12-25",
    measures=(
        Measure(
            "unserved",
            "share of demand that is not served, mean from July 2025 to the end of 2026",
            lambda runs: _unserved(runs["control"]),
            supported=above(0.02),
            refuted=below(0.01),
        ),
        Measure(
            "instant supply",
            "the same with unlimited supply from January 2025, to that without",
            lambda runs: _unserved(runs["unlimited"]) / _unserved(runs["control"]),
            supported=below(0.5),
            refuted=above(0.8),
        ),
        *(
            Measure(f"end {arm}", f"year in which the shortage ends, {arm}", partial(_end, arm=arm))
            for arm in ("control", *SUPPLY)
        ),
        *(
            Measure(
                f"{limit} binds",
                f"part of 2026 in which {limit} bind (capital: of hyperscalers)",
                partial(binds, limit=limit),
            )
            for limit in LIMITS
        ),
    ),
    off=UNLIMITED,
    depends="lead times of chips, shells and power, and how fast hyperscalers extrapolate; that 5% find no capacity "
    "early in 2025 was fitted (shape S02); work that waits is counted again each week",
)


def _forecast_error(runs: Runs) -> float:
    """Return the mean log error of labs' forecasts of 26 weeks: positive where they needed more than they expected."""
    record = runs["control"]
    needed = record.series("hours_needed")
    expected = record.series("hours_expected")
    first, last = record.week("2024-01-01"), record.week("2025-06-30")
    return float(np.mean(np.log(needed[first + 26 : last + 26] / expected[first:last])))


# Neither more who ask nor longer tasks: demand that does not outgrow anybody's plans, of which none is capped.
NO_GROWTH: dict[str, object] = {
    "mechanisms.consumer_adoption": False,
    "mechanisms.developer_apps": False,
    "mechanisms.enterprise_adoption": False,
    "mechanisms.agents": False,
}

Q17 = Claim(
    id="Q17",
    until="2025-12-29",
    measures=(
        Measure(
            "forecast error",
            "mean log of GPU-hours that labs needed over what they expected 26 weeks before, January 2024 to June 2025",
            _forecast_error,
            supported=above(0.0),
            refuted=below(0.0),
        ),
    ),
    off=both(FREEZE, Set({**NO_GROWTH, "labs.growth_cap_per_year": 50.0})),
    depends="the largest growth that anybody plans for (growth_cap_per_year) and the memory of forecasts",
)

CLAIMS = (Q17, Q20, Q28, Q29)
