"""Durability (Q07, Q24, Q34): what chat keeps, what applications' mortality and a budget shock take away."""

import math
from functools import partial

from runs.experiments.claims.claim import Claim
from runs.experiments.rules import Measure, Runs, above, below
from runs.experiments.run_series import ln, smooth
from runs.experiments.shocks import SEGMENTS, BudgetCut, Change, ReleaseJump, Scale, Set, Treatment, both

FROZEN_FROM, JUMPED = "2025-01-06", "2025-07-07"
FREEZE = Change(
    FROZEN_FROM,
    {
        "mechanisms.agents": False,
        "mechanisms.developer_apps": False,
        "mechanisms.enterprise_adoption": False,
        "developers.builder_innovation_per_week": 0.0,
        "developers.builder_imitation_per_week": 0.0,
    },
)
AFTER_JUMP = ("2025-10-06", "2026-03-30")


def _floor(runs: Runs) -> float:
    """Return the log of the lowest 13-week mean of chat tokens after the freeze, to the 13 weeks before it."""
    record = runs["frozen"]
    chat, start = record.asked_series("chat"), record.week(FROZEN_FROM)
    means = smooth(chat[start : record.week("2026-12-28")], 13)
    return ln(float(means.min()), float(chat[start - 13 : start].mean()))


def _lift(runs: Runs) -> float:
    return ln(runs["frozen, release"].asked(*AFTER_JUMP, "chat"), runs["frozen"].asked(*AFTER_JUMP, "chat"))


Q07 = Claim(
    id="Q07",
    arms={"frozen": FREEZE, "frozen, release": both(FREEZE, ReleaseJump(JUMPED))},
    ends={"frozen, release": AFTER_JUMP[1], "control": FROZEN_FROM},
    until="2026-12-28",
    measures=(
        Measure(
            "floor",
            f"log of the lowest quarter of chat tokens after agents and applications froze on {FROZEN_FROM}, to before",
            _floor,
            supported=above(-0.05),
            refuted=below(-0.2),
        ),
        Measure(
            "lift",
            f"log change of chat tokens, months 4 to 9 after models jumped ahead on {JUMPED}",
            _lift,
            supported=above(0.0),
            refuted=below(0.0),
        ),
    ),
    off=Set({"consumers.leave_per_week": 0.1, "consumers.imitation_per_week": 0.0}),
    depends="that people hardly give chat up (leave_per_week) and that everybody moves to the new model at once",
)

CUT = "2026-01-05"
YEAR = ("2026-01-05", "2026-12-28")
SHOCK = BudgetCut(CUT, 0.3)


def drop(runs: Runs, arm: str, segment: str, *, revenue: bool = False) -> float:
    """Return the log change of tokens asked for, or of revenue, in the year after the shock."""
    new, old = runs[arm], runs["control"]
    if revenue:
        return ln(*(one.mean(*YEAR, "revenue", "market", segment) for one in (new, old)))
    return ln(new.asked(*YEAR, segment), old.asked(*YEAR, segment))


DURABILITY: dict[str, Treatment] = {
    "downturn": SHOCK,
    "mortal": Scale(4.0, ("developers.deaths_per_week",), CUT),
}
BY_SEGMENT = (
    *(
        Measure(f"tokens {segment}", f"log change of tokens in the year after budgets fell by 30%, {segment}",
                partial(drop, arm="downturn", segment=segment))
        for segment in SEGMENTS
    ),
    *(
        Measure(f"revenue {segment}", f"log change of revenue in that year, {segment}",
                partial(drop, arm="downturn", segment=segment, revenue=True))
        for segment in SEGMENTS
    ),
)  # fmt: skip

Q24 = Claim(
    id="Q24",
    arms=DURABILITY,
    until=YEAR[1],
    measures=(
        Measure(
            "downturn",
            f"log change of API tokens in the year after budgets fell by 30% on {CUT}",
            partial(drop, arm="downturn", segment="api"),
            supported=above(math.log(0.7)),
            refuted=below(math.log(0.7)),
        ),
        Measure(
            "mortality",
            "log change of API tokens in a year in which applications die four times as fast",
            partial(drop, arm="mortal", segment="api"),
            supported=below(-0.05),
            refuted=above(-0.01),
        ),
        *BY_SEGMENT,
    ),
    off=Set({"developers.deaths_per_week": 0.2}),
    depends="the hazard of applications being given up, and how much of developers' tokens come from agents instead",
)


def _sturdier(runs: Runs) -> float:
    """Return the log drawdown of consumers' revenue less that of enterprises': positive where enterprises hold."""
    return drop(runs, "downturn", "enterprise", revenue=True) - drop(runs, "downturn", "consumer", revenue=True)


Q34 = Claim(
    id="Q34",
    arms={"downturn": SHOCK},
    until=YEAR[1],
    measures=(
        Measure(
            "enterprise less consumer",
            f"log change of enterprises' revenue less that of consumers', year after budgets fell by 30% on {CUT}",
            _sturdier,
            supported=above(0.02),
            refuted=below(0.0),
        ),
        *BY_SEGMENT,
    ),
    off=Set(
        {
            "enterprises.ai_budget_usd_per_employee": 20.0,
            "enterprises.seat_diffusion_per_week": 0.3,
            "consumers.subscription_inertia": 1.0,
        }
    ),
    depends="whether AI budgets bind, and consumers' inertia; the model has no stock of private data",
)

CLAIMS = (Q07, Q24, Q34)
