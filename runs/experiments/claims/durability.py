"""Durability (Q07, Q24, Q34): what chat keeps, what applications' mortality and a budget shock take away."""

from runs.experiments.claims.claim import claim
from runs.experiments.effects import asked, log_ratio, mean
from runs.experiments.rules import Effect, Runs
from runs.experiments.run_series import ln, smooth
from runs.experiments.shocks import SEGMENTS, Treatment, both, budget_cut, changed, fixed, release_jump, scaled

FROZEN_FROM, JUMPED = "2025-01-06", "2025-07-07"
_OFF = ("mechanisms.agents", "mechanisms.developer_apps", "mechanisms.enterprise_adoption")
_STILL = ("developers.builder_innovation_per_week", "developers.builder_imitation_per_week")
FREEZE = changed(FROZEN_FROM, {**dict.fromkeys(_OFF, False), **dict.fromkeys(_STILL, 0.0)})
AFTER_JUMP = ("2025-10-06", "2026-03-30")


def _floor(runs: Runs) -> float:
    """Return the log of the lowest 13-week mean of chat tokens after the freeze, to the 13 weeks before it."""
    record = runs["frozen"]
    chat, start = record.asked_series("chat"), record.week(FROZEN_FROM)
    means = smooth(chat[start : record.week("2026-12-28")], 13)
    return ln(float(means.min()), float(chat[start - 13 : start].mean()))


Q07 = claim(
    "Q07",
    {"floor": _floor, "lift": log_ratio(asked(AFTER_JUMP, "chat"), "frozen, release", "frozen")},
    arms={"frozen": FREEZE, "frozen, release": both(FREEZE, release_jump(JUMPED))},
    ends={"frozen, release": AFTER_JUMP[1], "control": FROZEN_FROM},
    until="2026-12-28",
    off=fixed({"consumers.leave_per_week": 0.1, "consumers.imitation_per_week": 0.0}),
)

CUT = "2026-01-05"
YEAR = (CUT, "2026-12-28")
DOWNTURN: dict[str, Treatment] = {"downturn": budget_cut(CUT, 0.3)}
# The log change in the year after the shock: of tokens asked for, and of revenue.
BY_SEGMENT: dict[str, Effect] = {
    **{f"tokens {segment}": log_ratio(asked(YEAR, segment), "downturn") for segment in SEGMENTS},
    **{f"revenue {segment}": log_ratio(mean(YEAR, "revenue", "market", segment), "downturn") for segment in SEGMENTS},
}

Q24 = claim(
    "Q24",
    {
        "downturn": log_ratio(asked(YEAR, "api"), "downturn"),
        "mortality": log_ratio(asked(YEAR, "api"), "mortal"),
        **BY_SEGMENT,
    },
    arms={**DOWNTURN, "mortal": scaled(4.0, ("developers.deaths_per_week",), CUT)},
    until=YEAR[1],
    off=fixed({"developers.deaths_per_week": 0.2}),
)

Q34 = claim(
    "Q34",
    {
        "enterprise less consumer": lambda runs: (
            BY_SEGMENT["revenue enterprise"](runs) - BY_SEGMENT["revenue consumer"](runs)
        ),
        **BY_SEGMENT,
    },
    arms=DOWNTURN,
    until=YEAR[1],
    off=fixed(
        {"metered.budget_share": 0.2, "enterprises.seat_diffusion_per_week": 0.3, "consumers.subscription_inertia": 1.0}
    ),
)

CLAIMS = (Q07, Q24, Q34)
