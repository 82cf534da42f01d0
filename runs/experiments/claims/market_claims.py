"""The market as a whole (Q01, Q02, Q19, Q30, Q31, Q42): compute, doubling times, margins, prices with rationing."""

import datetime as dt
import math
from functools import partial

import numpy as np

from calibration.scoreboard import Series, scoreboard
from calibration.targets import load_targets
from runs.experiments.claims.claim import Q4, Claim
from runs.experiments.rules import Measure, Runs, above, below
from runs.experiments.run_series import WEEKS_PER_MONTH, Record, ln, smooth
from runs.experiments.shocks import Scale, Set

SHARE = ("compute_share_inference", "market", "all")


def _serving(runs: Runs, arm: str, year: int) -> float:
    return runs[arm].mean(*Q4[year], *SHARE)


def _widening(runs: Runs, arm: str) -> float:
    return _serving(runs, arm, 2026) - _serving(runs, arm, 2024)


Q01 = Claim(
    id="Q01",
    arms={"dear training": Set({"labs.race_growth_per_year": 4.5})},
    until=Q4[2026][1],
    measures=(
        Measure(
            "level",
            "share of compute that serves, late 2025, less one half",
            lambda runs: _serving(runs, "control", 2025) - 0.5,
            supported=above(0.0),
            refuted=below(0.0),
        ),
        Measure(
            "widening",
            "change of that share from late 2024 to late 2026",
            partial(_widening, arm="control"),
            supported=above(0.0),
            refuted=below(0.0),
        ),
        Measure(
            "widening, dear training",
            "the same where labs let training compute grow 4.5-fold a year",
            partial(_widening, arm="dear training"),
            supported=above(0.0),
            refuted=below(0.0),
        ),
    ),
    off=Set({"mechanisms.training_split": False}),
    depends="the worth of research compute to that of income (research_weight), and other tenants' mix, a constant "
    "from the same figure as target T57 (outside_inference_share, E083); the model's share of 2025 misses target T58",
)

FEWER = {f"lab.{lab}.entry_date": "2034-01-02" for lab in ("anthropic", "meta", "open")}
USE = (
    "developers.api_tasks_per_user", "developers.rag_tasks_per_user", "developers.agent_tasks_per_user",
    "developers.assist_requests_some", "developers.assist_requests_daily", "developers.reviews_per_week",
    "enterprises.calls_per_event", "enterprises.seat_requests_per_week", "consumers.requests_per_day",
)  # fmt: skip


def _sensitivity(runs: Runs, arm: str, factor: float) -> float:
    """Return |d share of compute that serves / d ln of what was changed|, late 2025."""
    return abs(_serving(runs, arm, 2025) - _serving(runs, "control", 2025)) / abs(math.log(factor))


def _usage_leads(runs: Runs) -> float:
    models = max(_sensitivity(runs, "two labs", 2.0 / 5.0), _sensitivity(runs, "twice the cadence", 2.0))
    return _sensitivity(runs, "twice the use", 2.0) - models


Q02 = Claim(
    id="Q02",
    arms={
        "two labs": Set(FEWER),
        "twice the cadence": Scale(0.5, ("labs.release_step",)),
        "twice the use": Scale(2.0, USE),
    },
    until=Q4[2025][1],
    measures=(
        Measure(
            "use less models",
            "sensitivity of the serving share to use, less the larger of those to the number of labs and their cadence",
            _usage_leads,
            supported=above(0.0),
            refuted=below(0.0),
        ),
        Measure("labs", "|change of the share| per log of the number of labs",
                partial(_sensitivity, arm="two labs", factor=0.4)),
        Measure("cadence", "the same per log of cadence", partial(_sensitivity, arm="twice the cadence", factor=2.0)),
        Measure("use", "the same per log of use", partial(_sensitivity, arm="twice the use", factor=2.0)),
    ),
    off=Set({"mechanisms.training_split": False}),
    depends="a lab that never enters leaves its customers to the others, so demand is not quite fixed",
)  # fmt: skip


def doubling_months(record: Record, first: str, last: str) -> float:
    """Return the doubling time of tokens asked for between the quarters that start on two days, months."""
    total = smooth(record.asked_series(), 13)
    begin, end = record.week(first), record.week(last)
    return (end - begin) / WEEKS_PER_MONTH / math.log2(total[end] / total[begin])


Q19 = Claim(
    id="Q19",
    until="2026-12-28",
    measures=(
        Measure(
            "doubling time",
            "log of the doubling time of tokens from mid-2025 to mid-2026, to that from mid-2024 to mid-2025",
            lambda runs: ln(
                doubling_months(runs["control"], "2025-07-07", "2026-07-06"),
                doubling_months(runs["control"], "2024-07-01", "2025-06-30"),
            ),
            supported=below(0.0),
            refuted=above(0.0),
        ),
    ),
    off=Set({"mechanisms.efficiency": False}),
    depends="nothing in particular: every mechanism that saturates lengthens it",
)


def _tracking(runs: Runs) -> float:
    """Return the correlation of 13-week log growth: Anthropic's API revenue, enterprises' tokens asked for."""
    record = runs["control"]
    first, last = record.week("2024-07-01"), record.week("2026-12-28")
    revenue = np.log(smooth(record.series("revenue", "anthropic", "api"), 13)[first:last:13])
    wanted = np.log(smooth(record.asked_series("enterprise"), 13)[first:last:13])
    return float(np.corrcoef(np.diff(revenue), np.diff(wanted))[0, 1])


Q30 = Claim(
    id="Q30",
    until="2027-06-28",
    measures=(
        Measure(
            "correlation",
            "correlation of quarterly growth of Anthropic's API revenue and of enterprises' tokens asked for, to 2026",
            _tracking,
            supported=above(0.7),
            refuted=below(0.3),
        ),
    ),
    off=Set({"mechanisms.enterprise_adoption": False}),
    depends="ten quarters a run; releases move customers between labs and prices move revenue alone",
)

YEAR = ("2025-01-06", "2025-12-29")


def margin_all(record: Record, lab: str) -> float:
    """Return one less serving cost of all traffic, free users included, over revenue, in 2025."""
    first, last = (record.week(day) for day in YEAR)
    tokens = record.series("tokens_served", lab)[first : last + 1] / WEEKS_PER_MONTH
    cost = (record.series("serving_cost_per_token", lab)[first : last + 1] * tokens).sum() / 1e6
    return float(1.0 - cost / record.series("revenue", lab)[first : last + 1].sum())


def _margin_paid(runs: Runs, lab: str) -> float:
    return runs["control"].mean(*YEAR, "gross_margin_inference", lab, "paid")


Q31 = Claim(
    id="Q31",
    until=YEAR[1],
    measures=(
        *(
            Measure(
                f"paid {lab}",
                f"gross margin of {lab} on paid inference, 2025",
                partial(_margin_paid, lab=lab),
                supported=above(0.0),
                refuted=below(0.0),
            )
            for lab in ("openai", "anthropic")
        ),
        Measure(
            "all openai",
            "gross margin of OpenAI with free users' cost, 2025",
            lambda runs: margin_all(runs["control"], "openai"),
            supported=above(0.0),
            refuted=below(0.0),
        ),
    ),
    off=Set({"labs.markup_settled": 0.7, "labs.markup_high": 0.7, "labs.markup_at_entry": 0.7}),
    depends="the markup that competition settles at (markup_settled) and how many chat users pay; that OpenAI's "
    "margin on paid use is not negative in mid-2025 was fitted (shape S03)",
)

GROUPS = {
    "prices": ("price_list", "price_constant_quality", "price_paid", "gross_margin_inference"),
    "tokens": ("tokens_served", "tokens_per_request", "requests", "requests_per_user_day"),
    "capacity": ("installed_compute", "compute_used", "compute_share_inference", "serving_capacity_doubling", "capex"),
}
FACTOR_TWO = math.log10(2.0)


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


Q42 = Claim(
    id="Q42",
    arms={"clearing": Set({"mechanisms.sticky_prices": False})},
    until="2025-12-29",
    measures=(
        Measure(
            "worst",
            "largest of the median |log10 errors| on prices, tokens and capacity, sticky prices with rationing",
            lambda runs: misses(runs["control"])[-1],
            supported=below(FACTOR_TWO),
        ),
        Measure(
            "second",
            "second largest of them: above a factor of two (0.301) only one of three fits",
            lambda runs: misses(runs["control"])[1],
            supported=below(FACTOR_TWO),
            refuted=above(FACTOR_TWO),
        ),
        Measure("worst, clearing", "largest of them where prices clear every week",
                lambda runs: misses(runs["clearing"])[-1]),
    ),
    off=Set({"mechanisms.efficiency": False}),
    depends="these targets were used in the calibration, so that fit is in part by construction",
)  # fmt: skip

CLAIMS = (Q01, Q02, Q19, Q30, Q31, Q42)
