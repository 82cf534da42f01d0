"""Segments and adoption (Q21, Q23, Q25, Q26, Q27, Q35): who leads, who grows fastest, who is large."""

from itertools import pairwise

import numpy as np

from runs.experiments.claims.claim import Q4, claim
from runs.experiments.effects import asked, growth, level, log_ratio, mean
from runs.experiments.rules import Effect, Runs
from runs.experiments.run_series import ln
from runs.experiments.shocks import SEGMENTS, changed, fixed

PILOTS_ONLY = fixed({"mechanisms.enterprise_adoption": False})


def _market_jump(runs: Runs) -> float:
    """Return new API calls in the three weeks from OpenAI's flagships of 2024 and 2025 on to the week before, mean."""
    record = runs["control"]
    calls, generation = record.series("calls_asked", "market", "api"), record.series("generation", "openai", "flagship")
    releases = np.flatnonzero(np.diff(generation)) + 1
    first, last = record.week("2024-01-01"), record.week("2025-12-08")
    jumps = [calls[week : week + 3].mean() / calls[week - 1] for week in releases if first <= week <= last]
    return float(np.mean(jumps)) if jumps else float("nan")


Q21 = claim(
    "Q21",
    {
        "jump": level(mean(("2024-01-01", "2025-12-29"), "requests_jump_at_release", "openai", "api")),
        "market": _market_jump,
    },
    until="2025-12-29",
    off=fixed(
        {
            "developers.release_attention_per_week": 0.0,
            "metered.rerouted_share": 0.2,
            "enterprises.release_attention": 0.0,
        }
    ),
)

PUSH = "2024-01-01"
TWO_MONTHS, A_YEAR = ("2024-02-05", "2024-03-04"), ("2024-12-02", "2024-12-30")


def _lag(runs: Runs) -> float:
    """Return the token response after two months as a part of that after a year, less the same of developers."""
    tokens, builders = (
        [log_ratio(reading, "push")(runs) for reading in readings]
        for readings in (
            [asked(window, "api") for window in (TWO_MONTHS, A_YEAR)],
            [mean(window, "developers", "market", "api") for window in (TWO_MONTHS, A_YEAR)],
        )
    )
    return tokens[0] / tokens[1] - builders[0] / builders[1]


Q23 = claim(
    "Q23",
    {"response": log_ratio(asked(A_YEAR, "api"), "push"), "lag": _lag},
    arms={"push": changed(PUSH, {"developers.builder_innovation_per_week": 0.02})},
    until=A_YEAR[1],
    off=fixed({"mechanisms.developer_apps": False}),
)


def _lead(year: int) -> Effect:
    """Return enterprises' log growth of tokens through a year less that of the next fastest segment."""

    def effect(runs: Runs) -> float:
        grown = {s: growth(asked(Q4[year], s), asked(Q4[year - 1], s))(runs) for s in SEGMENTS}
        return grown["enterprise"] - max(grown["consumer"], grown["developer"])

    return effect


def _share_of_revenue(runs: Runs) -> float:
    all_segments = runs["control"].mean(*Q4[2026], "revenue")
    return runs["control"].mean(*Q4[2026], "revenue", "market", "business") / all_segments


Q25 = claim(
    "Q25",
    {"lead 2025": _lead(2025), "lead 2026": _lead(2026), "share of revenue": _share_of_revenue},
    until=Q4[2026][1],
    off=PILOTS_ONLY,
)

EQUAL = fixed({"enterprises.events_sd": 0.0, "enterprises.size_exponent": 3.0})
DISCLOSED = 350.0
CUSTOMERS = mean(("2025-12-01", "2025-12-29"), "customers_over_100b_tokens", "google", "enterprise")


def _heterogeneity(runs: Runs) -> float:
    return abs(log_ratio(lambda record: 1.0 + CUSTOMERS(record), "control", "homogeneous")(runs))


Q26 = claim(
    "Q26",
    {"count": lambda runs: ln(CUSTOMERS(runs["control"]), DISCLOSED), "heterogeneity": _heterogeneity},
    arms={"homogeneous": EQUAL},
    until="2025-12-29",
    off=EQUAL,
)

HALVES = ("2023-07-03", "2024-01-01", "2024-07-01", "2025-01-06", "2025-07-07", "2026-01-05", "2026-07-06",
          "2027-01-04", "2027-07-05")  # fmt: skip


def _near_peak(stage: str) -> Effect:
    """Return the rise of adoption around March 2026 to that of the fastest half-year."""

    def effect(runs: Runs) -> float:
        record = runs["control"]
        adoption = record.series("enterprise_adoption", "market", stage)

        def rise(first: str, last: str) -> float:
            adopted = record.window(adoption, first, last)
            return float(adopted[-1] - adopted[0])

        return rise("2025-10-06", "2026-10-05") / 2.0 / max(rise(a, b) for a, b in pairwise(HALVES))

    return effect


Q27 = claim(
    "Q27",
    {
        "production": _near_peak("production"),
        "any use": _near_peak("any-use"),
        "three functions": _near_peak("three-functions"),
    },
    until=HALVES[-1],
    off=PILOTS_ONLY,
)

END = ("2028-07-03", "2028-12-25")


def _ahead(runs: Runs) -> float:
    tokens = {s: runs["control"].asked(*END, s) for s in (*SEGMENTS, "embedded")}
    return ln(tokens["enterprise"], max(tokens["developer"], tokens["consumer"] + tokens["embedded"]))


Q35 = claim("Q35", {"ahead": _ahead}, until=END[1], off=PILOTS_ONLY)

CLAIMS = (Q21, Q23, Q25, Q26, Q27, Q35)
