"""Coding recursion (Q36, Q37, Q38): does productivity from coding agents come back as demand?"""

import math

import numpy as np

from runs.experiments.claims.claim import claim
from runs.experiments.effects import Window, asked, level, log_ratio, mean
from runs.experiments.rules import Effect, Runs
from runs.experiments.run_series import Record, smooth
from runs.experiments.shocks import Treatment, changed, fixed

DAY = "2025-01-06"
AFTER_24 = ("2026-11-02", "2026-12-28")
GAINS = (-0.19, 0.0, 0.26, 0.8)
MOST_DAILY = 0.5
NO_LOOP = fixed({"mechanisms.coding_recursion": False})


def _gain(share: float, day: str = DAY) -> Treatment:
    """Return a productivity gain of all who use coding tools daily, with or without agents, from a date on."""
    daily = min(share, MOST_DAILY)
    return changed(day, {"developers.productivity_gain_daily": daily, "developers.productivity_gain_agent": share})


def arm(share: float) -> str:
    """Return the name of an arm."""
    return f"gain {share:+.0%}"


def _difference(share: float, segment: str = "all") -> Effect:
    """Return the log difference of tokens after 24 months with a productivity gain, to none."""
    return log_ratio(asked(AFTER_24, segment), arm(share), arm(0.0))


def _loop(runs: Runs) -> float:
    """Return d ln applications / d ln coding tokens between no gain and +80%."""
    apps = log_ratio(mean(AFTER_24, "apps", "market", "developer"), arm(0.8), arm(0.0))
    return apps(runs) / _difference(0.8, "coding")(runs)


def curvature(record: Record) -> float:
    """Return the second difference of log tokens by half-years over the 24 months: positive is super-exponential."""
    total = smooth(record.asked_series(), 8)
    weeks = [record.week(DAY) + 26 * i for i in (1, 2, 3)]
    early, middle, late = (math.log(total[week]) for week in weeks)
    return (late - middle) - (middle - early)


Q36 = claim(
    "Q36",
    {
        "difference": _difference(0.26),
        "difference -19%": _difference(-0.19),
        "difference +80%": _difference(0.8),
        "loop gain": _loop,
        **{f"curvature {share:+.0%}": level(curvature, arm(share)) for share in GAINS},
    },
    arms={arm(share): _gain(share) for share in GAINS},
    until=AFTER_24[1],
    off=NO_LOOP,
)


def _indirect(runs: Runs) -> float:
    """Return tokens that the recursion adds over those and coding tools' own tokens, 2026."""
    window = ("2026-01-05", "2026-12-28")
    added = runs["control"].asked(*window) - runs["cut"].asked(*window)
    return added / (abs(added) + runs["control"].asked(*window, "coding"))


Q37 = claim("Q37", {"indirect part": _indirect}, arms={"cut": NO_LOOP}, until=AFTER_24[1], off=NO_LOOP)

STEP = "2026-01-05"
EARLY, LATE = ("2026-01-05", "2026-06-29"), ("2028-01-03", "2028-06-26")


def _excess(window: Window) -> Effect:
    """Return the log of the applications that enterprises enable in a window, to those without the jump."""

    def enabling(record: Record) -> float:
        enabled = record.window(record.series("applications_enabled", "market", "enterprise"), *window)
        return float(enabled[-1] - enabled[0])

    return log_ratio(enabling, "jump")


def _transience(runs: Runs) -> float:
    early = _excess(EARLY)(runs)
    return float(_excess(LATE)(runs) / early) if not np.isclose(early, 0.0) else float("nan")


Q38 = claim(
    "Q38",
    {"overshoot": _excess(EARLY), "transience": _transience},
    arms={"jump": _gain(1.0, STEP)},
    until=LATE[1],
    off=NO_LOOP,
)

CLAIMS = (Q36, Q37, Q38)
