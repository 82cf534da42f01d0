"""Rebound (Q14, Q15, Q16): what cheaper tokens do to volume, spending, kinds of task, and capital spending."""

import math
from collections.abc import Callable
from itertools import pairwise

from runs.experiments.claims.claim import claim
from runs.experiments.effects import asked, log_ratio, mean
from runs.experiments.rules import Effect, Runs
from runs.experiments.shocks import METERED, Treatment, both, efficiency_jump, fixed, held, price_cut

SPANS = {
    "2024-07-01": {"short": ("2024-07-01", "2024-07-29"), "year": ("2025-03-31", "2025-06-23")},
    "2025-07-07": {"short": ("2025-07-07", "2025-08-04"), "year": ("2026-04-06", "2026-06-29")},
}
DATES = tuple(SPANS)
CUT = 0.5
DEEPER = (0.5, 0.25, 0.125)
# What is held from a date: nothing, nothing but with slack supply, or all with supply slack or binding.
SETTINGS: dict[str, Callable[[str], Treatment]] = {
    "free": lambda _: both(),
    "free-slack": lambda day: held(day, capability=False, diffusion=False, prices=False, slack=True),
    "held-slack": lambda day: held(day, slack=True),
    "held-binding": held,
}
NO_REBOUND = fixed({"mechanisms.rebound": False})


def elasticity(day: str, kind: str, span: str) -> Effect:
    """Return the arc elasticity of metered tokens asked for to the price: negative where a lower price brings more."""
    return log_ratio(asked(SPANS[day][span], "api"), f"{day} {kind} cut", f"{day} {kind}", per=math.log(CUT))


def spending(day: str, kind: str) -> Effect:
    """Return the log change of spending on tokens served after a year."""
    return log_ratio(mean(SPANS[day]["year"], "revenue", "market", "api"), f"{day} {kind} cut", f"{day} {kind}")


def _size(day: str) -> Effect:
    """Return |elasticity| after twelve months, all held and supply slack."""
    signed = elasticity(day, "held-slack", "year")
    return lambda runs: -signed(runs)


ARMS = {
    f"{day} {kind}{suffix}": both(hold(day), cut)
    for day in DATES
    for kind, hold in SETTINGS.items()
    for suffix, cut in (("", None), (" cut", price_cut(day, CUT)))
}

Q14 = claim(
    "Q14",
    {
        **{f"size {day}": _size(day) for day in DATES},
        **{
            f"elasticity {day} {kind} {span}": elasticity(day, kind, span)
            for day in DATES
            for kind in SETTINGS
            for span in ("short", "year")
        },
        **{f"spending {day} {kind}": spending(day, kind) for day in DATES for kind in SETTINGS},
    },
    arms=ARMS,
    ends={arm: SPANS[arm[:10]]["year"][1] for arm in ARMS},
    until="2026-06-29",
    off=NO_REBOUND,
)

A_YEAR_ON = SPANS[DATES[0]]["year"]


def _kinds_step(runs: Runs) -> float:
    """Return the smallest number of kinds of task that one more halving of the price makes worth running."""
    counts = [runs[f"priced {x}"].mean(*A_YEAR_ON, "kinds_worth_running", "market", "api") for x in (1, *DEEPER)]
    return min(new - old for old, new in pairwise(counts))


def _extensive(runs: Runs) -> float:
    """Return the part of the log growth of metered tokens from an eighth of the price that is more requests."""
    arms = f"priced {DEEPER[-1]}", "priced 1"
    requests = log_ratio(mean(A_YEAR_ON, "requests", "market", "api"), *arms)(runs)
    return requests / log_ratio(asked(A_YEAR_ON, "api"), *arms)(runs)


Q15 = claim(
    "Q15",
    {"kinds a halving": _kinds_step, "extensive part": _extensive},
    arms={
        "priced 1": held(DATES[0], slack=True),
        **{f"priced {x}": both(held(DATES[0], slack=True), price_cut(DATES[0], x)) for x in DEEPER},
    },
    until=A_YEAR_ON[1],
    off=fixed({f"workload.{name}.difficulty_sd": 0.0 for name in METERED}),
)

JUMP = "2025-01-06"
MONTHS_7_24 = ("2025-07-07", "2026-12-28")

Q16 = claim(
    "Q16",
    {
        "capex": log_ratio(mean(MONTHS_7_24, "capex", "market", "big-4"), "efficient"),
        "first half year": log_ratio(mean((JUMP, "2025-06-30"), "capex", "market", "big-4"), "efficient"),
        "unit cost": log_ratio(mean(MONTHS_7_24, "serving_unit_cost", "openai"), "efficient"),
    },
    arms={"efficient": efficiency_jump(JUMP, 10.0)},
    until=MONTHS_7_24[1],
    off=NO_REBOUND,
)

CLAIMS = (Q14, Q15, Q16)
