"""The market as a whole (Q01, Q02, Q19, Q30, Q31, Q42): compute, doubling times, margins, prices with rationing."""

import datetime as dt
import math
from functools import partial

import numpy as np

from calibration.scoreboard import Series, scoreboard
from calibration.targets import load_targets
from runs.experiments.claims.claim import Q4, claim
from runs.experiments.effects import growth, level, mean
from runs.experiments.rules import Effect, Runs
from runs.experiments.run_series import WEEKS_PER_MONTH, Record, smooth
from runs.experiments.shocks import fixed, scaled

SERVING = {year: mean(window, "compute_share_inference") for year, window in Q4.items()}
NO_SPLIT = fixed({"mechanisms.training_split": False})
NO_EFFICIENCY = fixed({"mechanisms.efficiency": False})


def _widening(record: Record) -> float:
    return SERVING[2026](record) - SERVING[2024](record)


Q01 = claim(
    "Q01",
    {
        "both": lambda runs: np.min([SERVING[2025](runs["control"]) - 0.5, _widening(runs["control"])]),
        "level": lambda runs: SERVING[2025](runs["control"]) - 0.5,
        "widening": level(_widening),
        "widening, dear training": level(_widening, "dear training"),
    },
    arms={"dear training": fixed({"labs.race_growth_per_year": 4.5})},
    until=Q4[2026][1],
    off=NO_SPLIT,
)

FEWER = {f"lab.{lab}.entry_date": "2034-01-02" for lab in ("anthropic", "meta", "open")}
USE = (
    "developers.api_tasks_per_user", "developers.rag_tasks_per_user", "developers.agent_tasks_per_user",
    "developers.assist_requests_some", "developers.assist_requests_daily", "developers.reviews_per_week",
    "enterprises.calls_per_event", "enterprises.seat_requests_per_week", "consumers.requests_per_day",
)  # fmt: skip


def _sensitivity(arm: str, factor: float) -> Effect:
    """Return |d share of compute that serves / d ln of what was changed|, late 2025."""
    return lambda runs: abs(SERVING[2025](runs[arm]) - SERVING[2025](runs["control"])) / abs(math.log(factor))


LABS, CADENCE, USAGE = (
    _sensitivity("two labs", 2.0 / 5.0),
    _sensitivity("twice the cadence", 2.0),
    _sensitivity("twice the use", 2.0),
)

Q02 = claim(
    "Q02",
    {
        "use less models": lambda runs: USAGE(runs) - max(LABS(runs), CADENCE(runs)),
        "labs": LABS,
        "cadence": CADENCE,
        "use": USAGE,
    },
    arms={
        "two labs": fixed(FEWER),
        "twice the cadence": scaled(0.5, ("labs.release_step",)),
        "twice the use": scaled(2.0, USE),
    },
    until=Q4[2025][1],
    off=NO_SPLIT,
)


def doubling_months(record: Record, first: str, last: str) -> float:
    """Return the doubling time of tokens asked for between the quarters that start on two days, months."""
    total = smooth(record.asked_series(), 13)
    begin, end = record.week(first), record.week(last)
    return (end - begin) / WEEKS_PER_MONTH / math.log2(total[end] / total[begin])


Q19 = claim(
    "Q19",
    {
        "doubling time": growth(
            partial(doubling_months, first="2025-07-07", last="2026-07-06"),
            partial(doubling_months, first="2024-07-01", last="2025-06-30"),
        )
    },
    until="2026-12-28",
    off=NO_EFFICIENCY,
)


def _tracking(runs: Runs) -> float:
    """Return the correlation of 13-week log growth: Anthropic's API revenue, enterprises' tokens asked for."""
    record = runs["control"]
    first, last = record.week("2024-07-01"), record.week("2026-12-28")
    revenue = np.log(smooth(record.series("revenue", "anthropic", "api"), 13)[first:last:13])
    wanted = np.log(smooth(record.asked_series("enterprise"), 13)[first:last:13])
    return float(np.corrcoef(np.diff(revenue), np.diff(wanted))[0, 1])


Q30 = claim("Q30", {"correlation": _tracking}, until="2027-06-28", off=fixed({"mechanisms.enterprise_adoption": False}))

YEAR = ("2025-01-06", "2025-12-29")


def margin_all(record: Record, lab: str) -> float:
    """Return one less serving cost of all traffic, free users included, over revenue, in 2025."""
    tokens, cost, revenue = (
        record.window(record.series(name, lab), *YEAR)
        for name in ("tokens_served", "serving_cost_per_token", "revenue")
    )
    return float(1.0 - (cost * (tokens / WEEKS_PER_MONTH)).sum() / 1e6 / revenue.sum())


Q31 = claim(
    "Q31",
    {
        "paid openai": level(mean(YEAR, "gross_margin_inference", "openai", "paid")),
        "paid anthropic": level(mean(YEAR, "gross_margin_inference", "anthropic", "paid")),
        "all openai": level(partial(margin_all, lab="openai")),
    },
    until=YEAR[1],
    off=fixed({"labs.perceived_substitution": 20.0, "labs.most_shadow_price": 1.0}),
)

GROUPS = {
    "prices": ("price_list", "price_constant_quality", "price_paid", "gross_margin_inference"),
    "tokens": ("tokens_served", "tokens_per_request", "requests", "requests_per_user_day"),
    "capacity": ("installed_compute", "compute_used", "compute_share_inference", "serving_capacity_doubling", "capex"),
}


def misses(record: Record) -> list[float]:
    """Return the median |log10 error| against disclosed figures of prices, tokens and capacity, the smallest first."""
    days = np.datetime64(record.start) + 7 * np.arange(record.weeks)
    series = {
        name[:3]: Series(days, record.values[:, place].astype(np.float64), name[3])
        for place, name in enumerate(record.names)
    }
    last = record.start + dt.timedelta(weeks=record.weeks)
    targets = [t for t in load_targets() if t.end <= min(last, dt.date(2025, 12, 31))]
    board = scoreboard(series, targets)
    errors = (board[board["observable"].isin(group)]["log10_error"].abs().median() for group in GROUPS.values())
    return sorted(float(error) for error in errors)


Q42 = claim(
    "Q42",
    {
        "worst": lambda runs: misses(runs["control"])[-1],
        "second": lambda runs: misses(runs["control"])[1],
        "worst, clearing": lambda runs: misses(runs["clearing"])[-1],
    },
    arms={"clearing": fixed({"mechanisms.sticky_prices": False})},
    until="2025-12-29",
    off=NO_EFFICIENCY,
)

CLAIMS = (Q01, Q02, Q19, Q30, Q31, Q42)
