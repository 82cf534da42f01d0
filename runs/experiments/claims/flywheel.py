"""Consulting flywheel (Q39, Q40, Q41): do publications bring adoption, and is the signal they carry real?"""

import math

from runs.experiments.claims.claim import claim
from runs.experiments.effects import difference, growth, level, log_ratio, mean
from runs.experiments.rules import Runs
from runs.experiments.run_series import Record
from runs.experiments.shocks import Treatment, both, changed, fixed, scaled

DAY = "2024-01-01"
AFTER_12, AFTER_24 = ("2024-12-02", "2024-12-30"), ("2025-12-01", "2025-12-29")
NO_FLYWHEEL = {"mechanisms.consulting_flywheel": False}
STAGE = ("enterprise_adoption", "market", "production")
ADOPTED = mean(AFTER_24, *STAGE)

PUBLICATION: dict[str, Treatment] = {
    "off": changed(DAY, NO_FLYWHEEL),
    "silent": changed(DAY, {"consultancies.urgency_weight": 0.0, "consultancies.return_weight": 0.0}),
    "no staff": changed(DAY, {"consultancies.staff_effect": 0.0}),
    "inflated": scaled(1.5, ("consultancies.inflation",), DAY),
    "sober": scaled(0.25, ("consultancies.inflation",), DAY),
}

Q39 = claim(
    "Q39",
    {
        "publication and staff": difference(ADOPTED, "control", "off"),
        "after 12 months": difference(mean(AFTER_12, *STAGE), "control", "off"),
        "publication alone": difference(ADOPTED, "control", "silent"),
        "staff alone": difference(ADOPTED, "control", "no staff"),
        "inflated and sober": difference(ADOPTED, "inflated", "sober"),
    },
    arms=PUBLICATION,
    until=AFTER_24[1],
    off=fixed(NO_FLYWHEEL),
)


def conversion(record: Record, first: str, last: str) -> float:
    """Return the weekly hazard of going from pilot to production between two days."""
    any_use, production = (
        record.window(record.series("enterprise_adoption", "market", stage), first, last)
        for stage in ("any-use", "production")
    )
    piloting = (any_use - production).sum()
    return float((production[-1] - production[0]) / piloting) if piloting > 0.0 else float("nan")


def _earlier(record: Record) -> float:
    return conversion(record, "2023-07-03", "2024-06-24")


def _later(record: Record) -> float:
    return conversion(record, "2025-01-06", "2025-12-29")


Q40 = claim(
    "Q40",
    {
        "rise": growth(_later, _earlier),
        "flywheel's part": log_ratio(_later, "control", "off"),
        "without publication": log_ratio(_later, "control", "silent"),
        "without staff": log_ratio(_later, "control", "no staff"),
    },
    arms=PUBLICATION,
    until="2025-12-29",
    off=fixed(NO_FLYWHEEL),
)

TOLD = ("2025-01-06", "2025-12-29")
# Leaders' growth to laggards' as surveys of 2025 found it.
ADVANTAGE = mean(TOLD, "leaders_advantage", "market", "enterprise")
ZERO = fixed({"enterprises.growth_per_gain": 0.0})


def _selection_part(runs: Runs) -> float:
    return math.log(ADVANTAGE(runs["zero effect"])) / math.log(ADVANTAGE(runs["control"]))


Q41 = claim(
    "Q41",
    {
        "selection's part": _selection_part,
        "advantage": level(ADVANTAGE),
        "pure selection": level(ADVANTAGE, "zero effect"),
        "pure effect": level(ADVANTAGE, "no selection"),
        "pure selection, doubled": level(ADVANTAGE, "strong selection, zero effect"),
    },
    arms={
        "zero effect": ZERO,
        "no selection": fixed({"consultancies.selection": 0.0}),
        "strong selection, zero effect": both(scaled(2.0, ("consultancies.selection",)), ZERO),
    },
    until=TOLD[1],
    off=ZERO,
)

CLAIMS = (Q39, Q40, Q41)
