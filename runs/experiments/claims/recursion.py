"""Coding recursion (Q36, Q37, Q38): does productivity from coding agents come back as demand?"""

import math
from functools import partial

import numpy as np

from runs.experiments.claims.claim import Claim
from runs.experiments.rules import Measure, Runs, above, below
from runs.experiments.run_series import Record, ln, smooth
from runs.experiments.shocks import Change, Set

DAY = "2025-01-06"
AFTER_24 = ("2026-11-02", "2026-12-28")
GAINS = (-0.19, 0.0, 0.26, 0.8)
MOST_DAILY = 0.5
NO_LOOP = Set({"mechanisms.coding_recursion": False})


def _gain(share: float) -> Change:
    """Return a productivity gain of all who use coding tools daily, with or without agents, from a date on."""
    return Change(
        DAY,
        {
            "developers.productivity_gain_daily": min(share, MOST_DAILY),
            "developers.productivity_gain_agent": share,
        },
    )


def arm(share: float) -> str:
    """Return the name of an arm."""
    return f"gain {share:+.0%}"


def difference(runs: Runs, share: float, segment: str = "all") -> float:
    """Return the log difference of tokens after 24 months with a productivity gain, to none."""
    return ln(runs[arm(share)].asked(*AFTER_24, segment), runs[arm(0.0)].asked(*AFTER_24, segment))


def _loop(runs: Runs) -> float:
    """Return d ln applications / d ln coding tokens between no gain and +80%."""
    apps = ("apps", "market", "developer")
    created = ln(runs[arm(0.8)].mean(*AFTER_24, *apps), runs[arm(0.0)].mean(*AFTER_24, *apps))
    return created / difference(runs, 0.8, "coding")


def curvature(record: Record) -> float:
    """Return the second difference of log tokens by half-years over the 24 months: positive is super-exponential."""
    total = smooth(record.asked_series(), 8)
    weeks = [record.week(DAY) + 26 * i for i in (1, 2, 3)]
    early, middle, late = (math.log(total[week]) for week in weeks)
    return (late - middle) - (middle - early)


def _curvature(runs: Runs, share: float) -> float:
    return curvature(runs[arm(share)])


Q36 = Claim(
    id="Q36",
    arms={arm(share): _gain(share) for share in GAINS},
    until=AFTER_24[1],
    measures=(
        Measure(
            "difference",
            f"log difference of all tokens 24 months after {DAY}: a productivity gain of 26%, to none",
            partial(difference, share=0.26),
            supported=above(math.log(1.05)),
            refuted=below(math.log(1.05)),
        ),
        Measure("difference -19%", "the same for a loss of 19%", partial(difference, share=-0.19)),
        Measure("difference +80%", "the same for a gain of 80% (daily use: 50%)", partial(difference, share=0.8)),
        Measure("loop gain", "d ln applications / d ln coding tokens, no gain to +80%", _loop),
        *(
            Measure(
                f"curvature {share:+.0%}",
                f"change of half-yearly log growth over the 24 months at {share:+.0%}: positive is super-exponential",
                partial(_curvature, share=share),
            )
            for share in GAINS
        ),
    ),
    off=NO_LOOP,
    depends="who uses agents by 2025, how much of demand comes from applications, and whether supply binds",
)


def _indirect(runs: Runs) -> float:
    """Return tokens that the recursion adds over those and coding tools' own tokens, 2026."""
    window = ("2026-01-05", "2026-12-28")
    added = runs["control"].asked(*window) - runs["cut"].asked(*window)
    return added / (abs(added) + runs["control"].asked(*window, "coding"))


Q37 = Claim(
    id="Q37",
    arms={"cut": NO_LOOP},
    until=AFTER_24[1],
    measures=(
        Measure(
            "indirect part",
            "tokens that the recursion adds (applications, enterprises' IT, research), as a part of those and coding's",
            _indirect,
            supported=above(0.1),
            refuted=below(0.1),
        ),
    ),
    off=NO_LOOP,
    depends="as Q36; access to enterprises by way of their developers is no channel of its own in the model",
)

STEP = "2026-01-05"
JUMP = Change(STEP, {"developers.productivity_gain_daily": 0.5, "developers.productivity_gain_agent": 1.0})
EARLY, LATE = ("2026-01-05", "2026-06-29"), ("2028-01-03", "2028-06-26")


def _enabling(record: Record, window: tuple[str, str]) -> float:
    """Return applications that enterprises enable from the first to the last week, as a share."""
    enabled = record.window(record.series("applications_enabled", "market", "enterprise"), *window)
    return float(enabled[-1] - enabled[0])


def _excess(runs: Runs, window: tuple[str, str]) -> float:
    return ln(_enabling(runs["jump"], window), _enabling(runs["control"], window))


def _transience(runs: Runs) -> float:
    early = _excess(runs, EARLY)
    return float(_excess(runs, LATE) / early) if not np.isclose(early, 0.0) else float("nan")


Q38 = Claim(
    id="Q38",
    arms={"jump": JUMP},
    until=LATE[1],
    measures=(
        Measure(
            "overshoot",
            f"log of applications enabled in the half-year after productivity jumped on {STEP}, to those without it",
            partial(_excess, window=EARLY),
            supported=above(0.02),
            refuted=below(0.005),
        ),
        Measure(
            "transience",
            "the same excess two years later, as a part of it: below one half the backlog has drained",
            _transience,
            supported=below(0.5),
            refuted=above(0.9),
        ),
    ),
    off=NO_LOOP,
    depends="the backlog is what is worth enabling and not yet enabled; the model has no queue of unbuilt applications",
)

CLAIMS = (Q36, Q37, Q38)
