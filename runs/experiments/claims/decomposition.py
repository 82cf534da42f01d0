"""Decomposition of demand growth (Q04, Q08, Q11, Q12, Q22): Shapley shares over switches, and agents' dimensions."""

import itertools
import math
from functools import partial

import numpy as np

from runs.experiments.claims.claim import claim
from runs.experiments.effects import asked, growth, log_ratio, mean
from runs.experiments.rules import Effect, Runs
from runs.experiments.run_series import Floats
from runs.experiments.shocks import AGENTS, SEGMENTS, Treatment, both, changed, fixed, scaled

EARLY, LATE = ("2023-10-02", "2023-12-25"), ("2025-10-06", "2025-12-29")

# What is frozen where a factor is off: from the first week on.
FACTORS: dict[str, dict[str, object]] = {
    "users": {"mechanisms.consumer_adoption": False},
    "requests": {"mechanisms.developer_apps": False, "mechanisms.enterprise_adoption": False},
    "context": {"demand.context_gain": 0.0, "demand.ambition_per_year": 0.0},
    "reasoning": {"mechanisms.thinking_effort": False},
    "agents": {"mechanisms.agents": False},
}


def corner(on: tuple[str, ...]) -> str:
    """Return the name of the arm in which exactly these factors are on."""
    return "on: " + " ".join(factor for factor in FACTORS if factor in on)


def shapley(runs: Runs, segment: str, names: tuple[str, ...] = tuple(FACTORS)) -> dict[str, float]:
    """Return each factor's part of the log growth of tokens that all of `names` bring, averaged over all orders.

    They sum to ln(all on / all off) at the end of 2025; factors not named stay on. A segment without tokens counts as
    one token a month.
    """
    others_on = tuple(name for name in FACTORS if name not in names)

    def value(on: tuple[str, ...]) -> float:
        return math.log(max(runs[corner((*others_on, *on))].asked(*LATE, segment), 1.0))

    parts = dict.fromkeys(names, 0.0)
    for factor in names:
        rest = [name for name in names if name != factor]
        for size in range(len(rest) + 1):
            weight = math.factorial(size) * math.factorial(len(rest) - size) / math.factorial(len(names))
            for others in itertools.combinations(rest, size):
                parts[factor] += weight * (value((*others, factor)) - value(others))
    return parts


def share(runs: Runs, segment: str, factor: str) -> float:
    """Return a factor's share of what all five bring."""
    parts = shapley(runs, segment)
    return parts[factor] / sum(parts.values())


def _largest(runs: Runs) -> float:
    parts = shapley(runs, "api", ("requests", "context", "agents"))
    return max(parts.values()) / sum(parts.values())


Q08 = claim(
    "Q08",
    {
        "largest": _largest,
        **{
            f"{factor} {segment}": partial(share, segment=segment, factor=factor)
            for segment in ("all", *SEGMENTS, "api")
            for factor in FACTORS
        },
    },
    arms={
        corner(on): both(*(fixed(values) for factor, values in FACTORS.items() if factor not in on))
        for size in range(len(FACTORS) + 1)
        for on in itertools.combinations(FACTORS, size)
    },
    until=LATE[1],
    off=fixed({**FACTORS["context"], **FACTORS["agents"]}),
)

FREEZE = fixed({**FACTORS["reasoning"], **FACTORS["context"], "demand.length_slope": 0.0})


def _effects(runs: Runs) -> Floats:
    return np.array([log_ratio(asked(LATE, segment), "control", "frozen")(runs) for segment in SEGMENTS])


def _concentration(runs: Runs) -> float:
    """Return the largest segment's part of the summed log differences: a third where all are equal."""
    effects = np.maximum(_effects(runs), 0.0)
    return float(effects.max() / effects.sum())


Q04 = claim(
    "Q04",
    {"effect": lambda runs: float(_effects(runs).mean()), "concentration": _concentration},
    arms={"frozen": FREEZE},
    until=LATE[1],
    off=FREEZE,
)

SHOCK = "2025-07-07"
SOON = ("2025-07-21", "2025-09-29")


def _of_agents(field: str) -> tuple[str, ...]:
    return tuple(f"workload.{name}.{field}" for name in AGENTS)


DIMENSIONS: dict[str, Treatment] = {
    "steps": scaled(0.5, _of_agents("steps"), SHOCK),
    "context": scaled(0.0, _of_agents("growth_tokens"), SHOCK),
    "thinking": changed(SHOCK, FACTORS["reasoning"]),
    "parallel": changed(SHOCK, {"developers.parallel_agents": 1.0}),
}
ABLATED = {name: log_ratio(asked(SOON, "agent"), name) for name in (*DIMENSIONS, "all four")}


def _additivity(runs: Runs) -> float:
    """Return the sum of the effects of single ablations over the effect of all four, in logs: one if they multiply."""
    return sum(ABLATED[name](runs) for name in DIMENSIONS) / ABLATED["all four"](runs)


Q11 = claim(
    "Q11",
    {"additivity": _additivity, **{f"without {name}": effect for name, effect in ABLATED.items()}},
    arms={**DIMENSIONS, "all four": both(*DIMENSIONS.values())},
    until=SOON[1],
    off=fixed(FACTORS["agents"]),
)

Q12 = claim(
    "Q12",
    {  # exponents: d ln(amount per agent task) / d ln(steps), between half and twice the steps
        name: log_ratio(mean(SOON, observable, "market", "agent"), "steps x2", "steps x0.5", per=math.log(4.0))
        for name, observable in (("cost", "usd_per_task"), ("tokens", "tokens_per_task"))
    },
    arms={f"steps x{x:g}": scaled(x, _of_agents("steps"), SHOCK) for x in (0.5, 2.0)},
    until=SOON[1],
    off=fixed(dict.fromkeys(_of_agents("growth_tokens"), 0.0)),
)


def _largest_term(segment: str, *users: str) -> Effect:
    """Return the largest part of users, requests a user and tokens a request in log growth, late 2023 to late 2025.

    `users` is a series: people in chat apps (one who also uses a messenger's assistant counts once), or applications.
    """

    def effect(runs: Runs) -> float:
        people, requests, tokens = (
            growth(mean(LATE, *name), mean(EARLY, *name))(runs)
            for name in (users, ("requests", "market", segment), ("tokens_per_request", "market", segment))
        )
        terms = (people, requests - people, tokens)
        return max(terms) / sum(terms)

    return effect


TERMS = {
    "consumer": _largest_term("consumer", "chat_users", "market", "consumer"),
    "api": _largest_term("api", "apps", "market", "developer"),
}

Q22 = claim(
    "Q22",
    {"larger": lambda runs: np.max([term(runs) for term in TERMS.values()]), **TERMS},
    until=LATE[1],
    off=both(FREEZE, fixed({**FACTORS["users"], **FACTORS["agents"]})),
)

CLAIMS = (Q04, Q08, Q11, Q12, Q22)
