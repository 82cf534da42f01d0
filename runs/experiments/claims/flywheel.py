"""Consulting flywheel (Q39, Q40, Q41): do publications bring adoption, and is the signal they carry real?"""

import math
from functools import partial

from runs.experiments.claims.claim import Claim
from runs.experiments.rules import Measure, Runs, above, below
from runs.experiments.run_series import Record, ln
from runs.experiments.shocks import Change, Scale, Set, Treatment, both

DAY = "2024-01-01"
AFTER_12, AFTER_24 = ("2024-12-02", "2024-12-30"), ("2025-12-01", "2025-12-29")
NO_FLYWHEEL = {"mechanisms.consulting_flywheel": False}
SILENT = {"consultancies.urgency_weight": 0.0, "consultancies.return_weight": 0.0}
STAGE = ("enterprise_adoption", "market", "production")

PUBLICATION: dict[str, Treatment] = {
    "off": Change(DAY, NO_FLYWHEEL),
    "silent": Change(DAY, SILENT),
    "no staff": Change(DAY, {"consultancies.staff_effect": 0.0}),
    "inflated": Scale(1.5, ("consultancies.inflation",), DAY),
    "sober": Scale(0.25, ("consultancies.inflation",), DAY),
}


def adopted(runs: Runs, arm: str, window: tuple[str, str] = AFTER_24) -> float:
    """Return the share of organisations in production or beyond."""
    return runs[arm].mean(*window, *STAGE)


def gain(runs: Runs, more: str, less: str, window: tuple[str, str] = AFTER_24) -> float:
    """Return the difference in adoption between two arms."""
    return adopted(runs, more, window) - adopted(runs, less, window)


Q39 = Claim(
    id="Q39",
    arms=PUBLICATION,
    until=AFTER_24[1],
    measures=(
        Measure(
            "publication and staff",
            f"organisations in production 24 months after {DAY}, with consultancies and without (share)",
            partial(gain, more="control", less="off"),
            supported=above(0.05),
            refuted=below(0.01),
        ),
        Measure(
            "after 12 months", "the same after 12 months", partial(gain, more="control", less="off", window=AFTER_12)
        ),
        Measure("publication alone", "publication on and off", partial(gain, more="control", less="silent")),
        Measure("staff alone", "implementers on and off", partial(gain, more="control", less="no staff")),
        Measure(
            "inflated and sober",
            "figures half too high against a quarter of the truth",
            partial(gain, more="inflated", less="sober"),
        ),
    ),
    off=Set(NO_FLYWHEEL),
    depends="urgency_weight and staff_effect, for both of which there is no independent evidence",
)


def conversion(record: Record, first: str, last: str) -> float:
    """Return the weekly hazard of going from pilot to production between two days."""
    enterprises = {
        stage: record.window(record.series("enterprise_adoption", "market", stage), first, last)
        for stage in ("any-use", "production")
    }
    moved = enterprises["production"][-1] - enterprises["production"][0]
    piloting = (enterprises["any-use"] - enterprises["production"]).sum()
    return float(moved / piloting) if piloting > 0.0 else float("nan")


EARLIER, LATER = ("2023-07-03", "2024-06-24"), ("2025-01-06", "2025-12-29")


def _rise(runs: Runs, arm: str) -> float:
    return ln(conversion(runs[arm], *LATER), conversion(runs[arm], *EARLIER))


def _link(runs: Runs, arm: str) -> float:
    return ln(conversion(runs["control"], *LATER), conversion(runs[arm], *LATER))


Q40 = Claim(
    id="Q40",
    arms=PUBLICATION,
    until=LATER[1],
    measures=(
        Measure(
            "rise",
            "log change of the hazard from pilot to production, mid-2023 to mid-2024 against 2025",
            partial(_rise, arm="control"),
            supported=above(0.1),
            refuted=below(0.0),
        ),
        Measure(
            "flywheel's part",
            f"log of that hazard in 2025 with consultancies, to without them from {DAY}",
            partial(_link, arm="off"),
            supported=above(0.1),
            refuted=below(0.0),
        ),
        Measure("without publication", "to without publications", partial(_link, arm="silent")),
        Measure("without staff", "to without implementers", partial(_link, arm="no staff")),
    ),
    off=Set(NO_FLYWHEEL),
    depends="as Q39; models that get better raise the hazard as well",
)

TOLD = ("2025-01-06", "2025-12-29")


def advantage(runs: Runs, arm: str) -> float:
    """Return leaders' growth to laggards' as surveys of 2025 found it."""
    return runs[arm].mean(*TOLD, "leaders_advantage", "market", "enterprise")


def _selection_part(runs: Runs) -> float:
    return math.log(advantage(runs, "zero effect")) / math.log(advantage(runs, "control"))


ZERO = {"consultancies.true_effect": 0.0}

Q41 = Claim(
    id="Q41",
    arms={
        "zero effect": Set(ZERO),
        "no selection": Set({"consultancies.selection": 0.0}),
        "strong selection, zero effect": both(Scale(2.0, ("consultancies.selection",)), Set(ZERO)),
    },
    until=TOLD[1],
    measures=(
        Measure(
            "selection's part",
            "log of leaders' measured advantage where adoption has no effect at all, over that with its effect",
            _selection_part,
            supported=below(0.25),
            refuted=above(0.5),
        ),
        Measure("advantage", "leaders' growth to laggards'", partial(advantage, arm="control")),
        Measure("pure selection", "the same with no effect of adoption", partial(advantage, arm="zero effect")),
        Measure("pure effect", "the same without selection", partial(advantage, arm="no selection")),
        Measure(
            "pure selection, doubled",
            "pure selection where ability counts twice",
            partial(advantage, arm="strong selection, zero effect"),
        ),
    ),
    off=Set(ZERO),
    depends="the ratio of true_effect to selection, which no published survey identifies",
)

CLAIMS = (Q39, Q40, Q41)
