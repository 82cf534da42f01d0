"""Decomposition of demand growth (Q04, Q08, Q11, Q12, Q22): Shapley shares over switches, and agents' dimensions."""

import itertools
import math
from functools import partial

import numpy as np

from runs.experiments.claims.claim import Claim
from runs.experiments.rules import Measure, Runs, above, below, between, outside
from runs.experiments.run_series import Floats, Record, ln
from runs.experiments.shocks import AGENTS, SEGMENTS, Change, Scale, Set, Treatment, both

END = ("2025-10-06", "2025-12-29")

# What is frozen where a factor is off: from the first week on.
FACTORS: dict[str, dict[str, object]] = {
    "users": {"mechanisms.consumer_adoption": False},
    "requests": {"mechanisms.developer_apps": False, "mechanisms.enterprise_adoption": False},
    "context": {"demand.context_gain": 0.0, "demand.ambition_per_year": 0.0},
    "reasoning": {"mechanisms.thinking_effort": False},
    "agents": {"mechanisms.agents": False},
}


def corner(on: tuple[str, ...]) -> str:
    """Return the name of the arm in which just these factors are on."""
    return "on: " + " ".join(factor for factor in FACTORS if factor in on)


def _corners() -> dict[str, Treatment]:
    arms: dict[str, Treatment] = {}
    for size in range(len(FACTORS) + 1):
        for on in itertools.combinations(FACTORS, size):
            frozen = [Set(values) for factor, values in FACTORS.items() if factor not in on]
            arms[corner(on)] = both(*frozen)
    return arms


CORNERS = _corners()


def shapley(runs: Runs, segment: str) -> dict[str, float]:
    """Return each factor's part of the log growth of tokens that all five bring, averaged over all orders.

    They sum to ln(all on / all off) at the end of 2025. A segment without tokens counts as one token a month.
    """
    names = tuple(FACTORS)

    def value(on: tuple[str, ...]) -> float:
        return math.log(max(runs[corner(on)].asked(*END, segment), 1.0))

    parts = dict.fromkeys(names, 0.0)
    for factor in names:
        rest = [name for name in names if name != factor]
        for size in range(len(rest) + 1):
            weight = math.factorial(size) * math.factorial(len(rest) - size) / math.factorial(len(names))
            for others in itertools.combinations(rest, size):
                parts[factor] += weight * (value((*others, factor)) - value(others))
    return parts


def share(runs: Runs, segment: str, factor: str, among: tuple[str, ...] = tuple(FACTORS)) -> float:
    """Return a factor's share of what `among` bring."""
    parts = shapley(runs, segment)
    return parts[factor] / sum(parts[name] for name in among)


def _largest(runs: Runs) -> float:
    among = ("requests", "context", "agents")
    return max(share(runs, "api", factor, among) for factor in among)


SHARES = tuple(
    Measure(
        f"{factor} {segment}",
        f"Shapley share of {factor} in the log growth of tokens, {segment}",
        partial(share, segment=segment, factor=factor),
    )
    for segment in ("all", *SEGMENTS, "api")
    for factor in FACTORS
)

Q08 = Claim(
    id="Q08",
    arms=CORNERS,
    until=END[1],
    measures=(
        Measure(
            "largest",
            "largest of three Shapley shares of API tokens in late 2025: volume (applications and their users), "
            "context length, chaining of calls by agents",
            _largest,
            supported=below(0.9),
            refuted=above(0.9),
        ),
        *SHARES,
    ),
    off=Set({"demand.context_gain": 0.0, "demand.ambition_per_year": 0.0, "mechanisms.agents": False}),
    depends="the gain of context, and how many tasks are worth an agent",
)

FREEZE = Set(
    {
        "mechanisms.thinking_effort": False,
        "demand.context_gain": 0.0,
        "demand.ambition_per_year": 0.0,
        "demand.length_slope": 0.0,
    }
)


def _effects(runs: Runs) -> Floats:
    return np.array([ln(runs["control"].asked(*END, s), runs["frozen"].asked(*END, s)) for s in SEGMENTS])


def _concentration(runs: Runs) -> float:
    """Return the largest segment's part of the summed log differences: a third where all are equal."""
    effects = np.maximum(_effects(runs), 0.0)
    return float(effects.max() / effects.sum())


Q04 = Claim(
    id="Q04",
    arms={"frozen": FREEZE},
    until=END[1],
    measures=(
        Measure(
            "effect",
            "log difference of tokens in late 2025 with tokens per request free and frozen, mean of three segments",
            lambda runs: float(_effects(runs).mean()),
            supported=above(0.1),
            refuted=below(0.1),
        ),
        Measure(
            "concentration",
            "part of the largest of three segments in the sum of their log differences (a third: the same everywhere)",
            _concentration,
            supported=below(0.45),
            refuted=above(0.6),
        ),
    ),
    off=FREEZE,
    depends="who has tasks on which thinking pays: context and thinking gain, the ceiling of effort",
)

SHOCK = "2025-07-07"
SOON = ("2025-07-21", "2025-09-29")
DIMENSIONS: dict[str, Treatment] = {
    "steps": Scale(0.5, tuple(f"workload.{name}.steps" for name in AGENTS), SHOCK),
    "context": Scale(0.0, tuple(f"workload.{name}.growth_tokens" for name in AGENTS), SHOCK),
    "thinking": Change(SHOCK, {"mechanisms.thinking_effort": False}),
    "parallel": Change(SHOCK, {"developers.parallel_agents": 1.0}),
}


def _agent_tokens(record: Record) -> float:
    return record.asked(*SOON, "agent")


def _dimension(runs: Runs, arm: str) -> float:
    return ln(_agent_tokens(runs[arm]), _agent_tokens(runs["control"]))


def _additivity(runs: Runs) -> float:
    """Return the sum of the effects of single ablations over the effect of all four, in logs: one if they multiply."""
    return sum(_dimension(runs, name) for name in DIMENSIONS) / _dimension(runs, "all four")


Q11 = Claim(
    id="Q11",
    arms={**DIMENSIONS, "all four": both(*DIMENSIONS.values())},
    until=SOON[1],
    measures=(
        Measure(
            "additivity",
            f"log effects on agents' tokens of four single ablations on {SHOCK}, summed, over that of all four at once",
            _additivity,
            supported=between(0.8, 1.25),
            refuted=outside(0.8, 1.25),
        ),
        *(
            Measure(f"without {name}", f"log change of agents' tokens, {name} ablated", partial(_dimension, arm=name))
            for name in (*DIMENSIONS, "all four")
        ),
    ),
    off=Set({"mechanisms.agents": False}),
    depends="whether a cheaper task is run more often, and caching, which makes context cheap but not short",
)


def _exponent(runs: Runs, observable: str) -> float:
    """Return d ln(amount per agent task) / d ln(steps), between half and twice the steps."""
    name = (observable, "market", "agent")
    return ln(runs["steps x2"].mean(*SOON, *name), runs["steps x0.5"].mean(*SOON, *name)) / math.log(4.0)


Q12 = Claim(
    id="Q12",
    arms={f"steps x{x:g}": Scale(x, tuple(f"workload.{name}.steps" for name in AGENTS), SHOCK) for x in (0.5, 2.0)},
    until=SOON[1],
    measures=(
        Measure(
            "cost",
            "exponent of what an agent task costs (USD) in its number of steps: one where every step costs the same",
            partial(_exponent, observable="usd_per_task"),
            supported=above(1.0),
            refuted=below(1.0),
        ),
        Measure(
            "tokens",
            "exponent of tokens per agent task in its number of steps",
            partial(_exponent, observable="tokens_per_task"),
            supported=above(1.3),
            refuted=below(1.1),
        ),
    ),
    off=Set({f"workload.{name}.growth_tokens": 0.0 for name in AGENTS}),
    depends="the context that a step adds (growth_tokens), the price of cached tokens, and thinking, which falls where "
    "steps are many",
)

EARLY, LATE = ("2023-10-02", "2023-12-25"), ("2025-10-06", "2025-12-29")


def terms(record: Record, segment: str) -> dict[str, float]:
    """Return the log growth from late 2023 to late 2025 of users, requests a user, and tokens a request.

    Users are those of chat apps for "consumer" (who also uses a messenger's assistant counts once), applications for
    "api".
    """
    people = ("chat_users", "market", "consumer") if segment == "consumer" else ("apps", "market", "developer")
    names = {
        "users": people,
        "requests": ("requests", "market", segment),
        "tokens": ("tokens_per_request", "market", segment),
    }
    grown = {key: ln(record.mean(*LATE, *name), record.mean(*EARLY, *name)) for key, name in names.items()}
    return {"users": grown["users"], "requests": grown["requests"] - grown["users"], "tokens": grown["tokens"]}


def _largest_term(runs: Runs, segment: str) -> float:
    grown = terms(runs["control"], segment)
    return max(grown.values()) / sum(grown.values())


Q22 = Claim(
    id="Q22",
    until=LATE[1],
    measures=tuple(
        Measure(
            segment,
            "largest part of users, requests a user and tokens a request in the log growth of tokens from late 2023 to "
            f"late 2025, {segment}",
            partial(_largest_term, segment=segment),
            supported=below(0.9),
            refuted=above(0.9),
        )
        for segment in ("consumer", "api")
    ),
    off=both(FREEZE, Set({"mechanisms.consumer_adoption": False, "mechanisms.agents": False})),
    depends="how long models come to think and how far contexts grow",
)

CLAIMS = (Q04, Q08, Q11, Q12, Q22)
