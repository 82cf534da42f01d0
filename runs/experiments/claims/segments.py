"""Segments and adoption (Q21, Q23, Q25, Q26, Q27, Q35): who leads, who grows fastest, who is large."""

from functools import partial
from itertools import pairwise

import numpy as np

from runs.experiments.claims.claim import Q4, Claim
from runs.experiments.rules import Measure, Runs, above, below, outside
from runs.experiments.run_series import Record, ln
from runs.experiments.shocks import SEGMENTS, Change, Set

PILOTS_ONLY = {"mechanisms.enterprise_adoption": False}


def _market_jump(runs: Runs) -> float:
    """Return new API calls in the three weeks from OpenAI's flagships of 2024 and 2025 on to the week before, mean."""
    record = runs["control"]
    calls, generation = record.series("calls_asked", "market", "api"), record.series("generation", "openai", "flagship")
    releases = np.flatnonzero(np.diff(generation)) + 1
    first, last = record.week("2024-01-01"), record.week("2025-12-08")
    jumps = [calls[week : week + 3].mean() / calls[week - 1] for week in releases if first <= week <= last]
    return float(np.mean(jumps)) if jumps else float("nan")


Q21 = Claim(
    id="Q21",
    until="2025-12-29",
    measures=(
        Measure(
            "jump",
            "OpenAI's API requests in the three weeks after a flagship to the week before, mean of 2024 and 2025",
            lambda runs: runs["control"].mean("2024-01-01", "2025-12-29", "requests_jump_at_release", "openai", "api"),
            supported=above(1.5),
            refuted=below(1.2),
        ),
        Measure(
            "market",
            "the same of all labs' new API calls, without what only moved between labs and what waits to be served",
            _market_jump,
        ),
    ),
    off=Set(
        {
            "developers.release_attention_per_week": 0.0,
            "developers.multi_home_share": 0.0,
            "enterprises.release_attention": 0.0,
        }
    ),
    depends="how many look around at a release, and how many products route to several labs: most of the jump comes "
    "from other labs; time runs in weeks",
)

PUSH = "2024-01-01"


def _push() -> Change:
    return Change(PUSH, {"developers.builder_innovation_per_week": 0.02})


def _tokens(runs: Runs, first: str, last: str) -> float:
    return ln(runs["push"].asked(first, last, "api"), runs["control"].asked(first, last, "api"))


def _builders(runs: Runs, first: str, last: str) -> float:
    name = ("developers", "market", "api")
    return ln(runs["push"].mean(first, last, *name), runs["control"].mean(first, last, *name))


def _lag(runs: Runs) -> float:
    """Return the token response after two months as a part of that after a year, less the same of developers."""
    soon, later = ("2024-02-05", "2024-03-04"), ("2024-12-02", "2024-12-30")
    return _tokens(runs, *soon) / _tokens(runs, *later) - _builders(runs, *soon) / _builders(runs, *later)


Q23 = Claim(
    id="Q23",
    arms={"push": _push()},
    until="2024-12-30",
    measures=(
        Measure(
            "response",
            f"log change of API tokens a year after developers took APIs up faster from {PUSH}",
            partial(_tokens, first="2024-12-02", last="2024-12-30"),
            supported=above(0.02),
            refuted=below(0.005),
        ),
        Measure(
            "lag",
            "part of that response there after two months, less the part of developers' own: negative where tokens lag",
            _lag,
            supported=below(0.0),
            refuted=above(0.0),
        ),
    ),
    off=Set({"mechanisms.developer_apps": False}),
    depends="how long an application takes to find its audience (audience_growth_per_week)",
)


def growth(record: Record, segment: str, before: int = 2024, after: int = 2025) -> float:
    """Return the log growth of tokens asked for between the last quarters of two years."""
    return ln(record.asked(*Q4[after], segment), record.asked(*Q4[before], segment))


def _lead(runs: Runs, after: int) -> float:
    grown = {segment: growth(runs["control"], segment, after - 1, after) for segment in SEGMENTS}
    return grown["enterprise"] - max(grown["consumer"], grown["developer"])


Q25 = Claim(
    id="Q25",
    until=Q4[2026][1],
    measures=(
        Measure(
            "lead 2025",
            "log growth of enterprises' tokens through 2025 less that of the next fastest segment",
            partial(_lead, after=2025),
            supported=above(0.0),
            refuted=below(0.0),
        ),
        Measure("lead 2026", "the same through 2026", partial(_lead, after=2026)),
        Measure(
            "share of revenue",
            "enterprises' share of revenue, late 2026",
            lambda runs: (
                runs["control"].mean(*Q4[2026], "revenue", "market", "enterprise")
                / runs["control"].mean(*Q4[2026], "revenue")
            ),
        ),
    ),
    off=Set(PILOTS_ONLY),
    depends="how fast applications are enabled, against agents among developers; enterprises have some 3% of revenue "
    "here, where the claim's source has them near parity at OpenAI",
)

HOMOGENEOUS = {"enterprises.events_sd": 0.0, "enterprises.size_exponent": 3.0}
ACTUAL = 350.0


def _customers(runs: Runs, arm: str) -> float:
    return runs[arm].mean("2025-12-01", "2025-12-29", "customers_over_100b_tokens", "google", "enterprise")


Q26 = Claim(
    id="Q26",
    arms={"homogeneous": Set(HOMOGENEOUS)},
    until="2025-12-29",
    measures=(
        Measure(
            "count",
            "log of Google's customers above 100 billion tokens at the end of 2025, to the disclosed 350",
            lambda runs: ln(_customers(runs, "control"), ACTUAL),
            supported=None,
            refuted=outside(-np.log(5.0), np.log(5.0)),
        ),
        Measure(
            "heterogeneity",
            "|log| of their number with unequal organisations to that with equal ones (one customer added to both)",
            lambda runs: abs(ln(1.0 + _customers(runs, "control"), 1.0 + _customers(runs, "homogeneous"))),
            supported=above(np.log(2.0)),
            refuted=below(np.log(1.25)),
        ),
    ),
    off=Set(HOMOGENEOUS),
    depends="the spread of events per employee (events_sd, chosen with E038 in mind) and Zipf's law of sizes; apps, "
    "which are customers too, are not counted (target T85)",
)

HALVES = ("2023-07-03", "2024-01-01", "2024-07-01", "2025-01-06", "2025-07-07", "2026-01-05", "2026-07-06",
          "2027-01-04", "2027-07-05")  # fmt: skip


def speed(record: Record, stage: str, first: str, last: str) -> float:
    """Return the rise of enterprise adoption between two days (share)."""
    adopted = record.window(record.series("enterprise_adoption", "market", stage), first, last)
    return float(adopted[-1] - adopted[0])


def _near_peak(runs: Runs, stage: str) -> float:
    rises = [speed(runs["control"], stage, a, b) for a, b in pairwise(HALVES)]
    around = speed(runs["control"], stage, "2025-10-06", "2026-10-05") / 2.0
    return around / max(rises)


Q27 = Claim(
    id="Q27",
    until=HALVES[-1],
    measures=(
        Measure(
            "production",
            "speed of enterprises' move to production around March 2026, to the fastest half-year of 2023 to 2027",
            partial(_near_peak, stage="production"),
            supported=above(0.8),
            refuted=below(0.7),
        ),
        Measure("any use", "the same for any use", partial(_near_peak, stage="any-use")),
        Measure("three functions", "the same for three functions", partial(_near_peak, stage="three-functions")),
    ),
    off=Set(PILOTS_ONLY),
    depends="hazards of the stages, fitted to surveys up to 2025",
)


def _ahead(runs: Runs) -> float:
    window = ("2028-07-03", "2028-12-25")
    record = runs["control"]
    others = max(
        record.asked(*window, "developer"), record.asked(*window, "consumer") + record.asked(*window, "embedded")
    )
    return ln(record.asked(*window, "enterprise"), others)


Q35 = Claim(
    id="Q35",
    until="2028-12-25",
    measures=(
        Measure(
            "ahead",
            "log of enterprises' tokens to those of the larger of developers and consumers (with surfaces), late 2028",
            _ahead,
            supported=above(0.0),
            refuted=below(0.0),
        ),
    ),
    off=Set(PILOTS_ONLY),
    depends="the horizon: the model ends in 2028, the claim gives no date",
)

CLAIMS = (Q21, Q23, Q25, Q26, Q27, Q35)
