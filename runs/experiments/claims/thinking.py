"""Depth of use (Q03, Q05, Q06, Q09, Q13): thinking, harder tasks, quality ladders, human time."""

import math

import numpy as np

from runs.experiments.claims.claim import Q4, claim
from runs.experiments.effects import Reading, difference, growth, level, log_ratio, mean
from runs.experiments.rules import Effect, Runs
from runs.experiments.run_series import Record, ln
from runs.experiments.shocks import METERED, changed, fixed, release_jump

SHOCK = "2025-07-07"
WEEKS_3_13 = ("2025-07-21", "2025-09-29")
NO_THINKING = {"mechanisms.thinking_effort": False}
NO_AMBITION = {"demand.ambition_per_year": 0.0}
PER_REQUEST, PAID = ("tokens_per_request", "market", "api"), ("price_paid", "market", "api")
PER_CHAT = ("tokens_per_request", "market", "consumer")
QUALITY = ("price_constant_quality", "market", "gpt-4-class")


def _effort(year: int) -> Reading:
    return lambda record: 1.0 + record.mean(*Q4[year], "thinking_effort", "market", "api")


Q03 = claim(
    "Q03",
    {
        "tokens per request": log_ratio(mean(WEEKS_3_13, *PER_REQUEST), "control", "capped"),
        "chat": log_ratio(mean(WEEKS_3_13, *PER_CHAT), "control", "capped"),
        "escalation": growth(_effort(2025), _effort(2024)),
    },
    arms={"capped": changed(SHOCK, NO_THINKING)},
    ends={"capped": WEEKS_3_13[1]},
    until="2025-12-29",
    off=fixed(NO_THINKING),
)


def _fall(name: tuple[str, str, str]) -> Effect:
    """Return the log fall a year of a price from late 2023 to late 2025."""
    rise = growth(mean(Q4[2025], *name), mean(Q4[2023], *name))
    return lambda runs: -rise(runs) / 2.0


def _request_usd(year: int) -> Reading:
    """Return the reading of the mean price of an API request late in a year."""

    def reading(record: Record) -> float:
        return float(record.window(record.series(*PAID) * record.series(*PER_REQUEST), *Q4[year]).mean())

    return reading


DEARER = growth(_request_usd(2025), _request_usd(2023))

Q05 = claim(
    "Q05",
    {
        "both": lambda runs: np.min([DEARER(runs), _fall(QUALITY)(runs)]),
        "ratio of falls": lambda runs: _fall(PAID)(runs) / _fall(QUALITY)(runs),
        "constant quality": _fall(QUALITY),
        "dearer": DEARER,
    },
    until=Q4[2025][1],
    off=fixed({"mechanisms.product_line": False, "labs.release_step": 2.0, **NO_AMBITION, **NO_THINKING}),
)

REQUESTS = level(mean(Q4[2025], "requests_per_user_day", "openai", "consumer"))
LONGER = growth(mean(Q4[2025], *PER_CHAT), mean(Q4[2023], *PER_CHAT))
MOST_REQUESTS = 5.0

Q06 = claim(
    "Q06",
    {
        "both": lambda runs: np.min([ln(MOST_REQUESTS, REQUESTS(runs)), LONGER(runs)]),
        "requests": REQUESTS,
        "tokens": LONGER,
    },
    until=Q4[2025][1],
    off=fixed({**NO_THINKING, "demand.context_gain": 0.0, **NO_AMBITION}),
)

LATER = ("2025-10-06", "2026-03-30")


def _per_request(runs: Runs) -> float:
    """Return the log change of metered tokens a request, less what the price moved would explain at elasticity one."""
    grown, dearer = (log_ratio(mean(LATER, *name), "jump")(runs) for name in (PER_REQUEST, PAID))
    return grown - max(-dearer, 0.0)


Q09 = claim(
    "Q09",
    {
        "difficulty": difference(mean(LATER, "difficulty_asked", "market", "api"), "jump", "control"),
        "tokens per request": _per_request,
    },
    arms={"jump": release_jump(SHOCK)},
    until=LATER[1],
    off=fixed(
        {**NO_AMBITION, "demand.length_slope": 0.0, **{f"workload.{name}.difficulty_sd": 0.0 for name in METERED}}
    ),
)

SHORT, LONG = 0.75, 3.0
"""Cost of reviewing agents' work to the cost of the work, at a horizon of an hour."""

Q13 = claim(
    "Q13",
    {
        "elasticity": log_ratio(
            mean(Q4[2025], "tokens_asked", "market", "code-agent"), "short", "long", per=math.log(LONG / SHORT)
        )
    },
    arms={arm: fixed({"metered.review_burden": cost}) for arm, cost in (("short", SHORT), ("long", LONG))},
    until=Q4[2025][1],
    # Agents' horizon hardly grows, so that their work does not come to need fewer reviews, and no budget binds before.
    off=fixed(
        {
            "metered.review_relief": 0.2,
            "metered.horizon_growth": 0.45,
            "metered.horizon_hours": 0.2,
            "mechanisms.budgets": False,
        }
    ),
)

CLAIMS = (Q03, Q05, Q06, Q09, Q13)
