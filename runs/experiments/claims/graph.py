"""Application graphs (Q32, Q33): links or nodes, and how far one AI-enabled application moves the others."""

import math
from functools import partial

from runs.experiments.claims.claim import Claim
from runs.experiments.rules import Measure, Runs, above, below
from runs.experiments.run_series import ln
from runs.experiments.shocks import Change, Scale, Set, Treatment, both

LATE = ("2025-10-06", "2025-12-29")
TASKS = ("ent-api", "ent-rag", "ent-agent")
NO_CASCADES = Set({"mechanisms.cascades": False})


def tokens(runs: Runs, arm: str) -> float:
    """Return tokens that enterprises' applications ask for, late 2025."""
    return sum(runs[arm].mean(*LATE, "tokens_asked", "market", name) for name in TASKS)


def exponent(runs: Runs, more: str, less: str) -> float:
    """Return d ln tokens / d ln of what was doubled."""
    return ln(tokens(runs, more), tokens(runs, less)) / math.log(2.0)


EDGES, NODES = ("enterprises.out_degree",), ("scale.applications_mean",)
STRUCTURE: dict[str, Treatment] = {
    "edges x2": Scale(2.0, EDGES),
    "nodes x2": both(Scale(2.0, NODES), Scale(0.5, EDGES)),
    "nodes and edges x2": Scale(2.0, NODES),
    "rewired evenly": Set({"enterprises.hub_exponent": 1.0, "enterprises.out_degree_exponent": 6.0}),
    "no limits": Set({"enterprises.rate_limit": 1e6, "enterprises.ai_budget_usd_per_employee": 1e5}),
    "no limits, edges x2": both(
        Set({"enterprises.rate_limit": 1e6, "enterprises.ai_budget_usd_per_employee": 1e5}), Scale(2.0, EDGES)
    ),
}

Q32 = Claim(
    id="Q32",
    arms=STRUCTURE,
    until=LATE[1],
    measures=(
        Measure(
            "edges less nodes",
            "exponent of enterprises' application tokens in edges at fixed nodes, less that in nodes at fixed edges",
            lambda runs: exponent(runs, "edges x2", "control") - exponent(runs, "nodes x2", "control"),
            supported=above(0.25),
            refuted=below(0.0),
        ),
        Measure(
            "edges",
            "exponent in edges: applications the same, calls between them doubled",
            partial(exponent, more="edges x2", less="control"),
            supported=above(0.5),
            refuted=below(0.1),
        ),
        Measure(
            "nodes",
            "exponent in nodes: applications doubled, calls in all the same",
            partial(exponent, more="nodes x2", less="control"),
        ),
        Measure("both", "exponent where both double", partial(exponent, more="nodes and edges x2", less="control")),
        Measure(
            "edges without limits",
            "exponent in edges where neither budgets nor rate limits bind",
            partial(exponent, more="no limits, edges x2", less="no limits"),
        ),
        Measure(
            "even",
            "log change of tokens where calls are spread evenly over applications",
            lambda runs: ln(tokens(runs, "rewired evenly"), tokens(runs, "control")),
        ),
    ),
    off=NO_CASCADES,
    depends="how near the graph is to critical (trigger_probability x out_degree), budgets and rate limits",
)

DAY, SOON = "2025-10-06", ("2025-11-03", "2025-12-29")
TRIGGERS = (0.05, 0.1, 0.15, 0.2, 0.225, 0.25)
GAINS = {
    "gain 0": Change(DAY, {"enterprises.ai_trigger_gain": 0.0}),
    "gain 1": Change(DAY, {"enterprises.ai_trigger_gain": 1.0}),
}
CRITICALITY = {
    f"trigger {x:g}{suffix}": Change(
        DAY, {"enterprises.trigger_probability": x, **({"enterprises.ai_trigger_gain": 0.0} if suffix else {})}
    )
    for x in TRIGGERS
    for suffix in ("", " gain 0")
}


def amplification(runs: Runs, arm: str) -> float:
    """Return applications touched by a business event, late 2025."""
    return runs[arm].mean(*SOON, "amplification", "market", "enterprise")


def _lift(runs: Runs, arm: str, without: str) -> float:
    return ln(amplification(runs, arm), amplification(runs, without))


Q33 = Claim(
    id="Q33",
    arms={**GAINS, **CRITICALITY},
    until=SOON[1],
    measures=(
        Measure(
            "amplification",
            "applications touched by a business event, late 2025",
            partial(amplification, arm="control"),
            supported=above(1.5),
            refuted=below(1.1),
        ),
        Measure(
            "lift by AI",
            f"log of it with AI-enabled applications triggering more, to none doing so from {DAY}",
            partial(_lift, arm="control", without="gain 0"),
            supported=above(0.05),
            refuted=below(0.01),
        ),
        Measure(
            "lift near criticality",
            "the same lift at a trigger probability of 0.25 (one call in expectation)",
            partial(_lift, arm="trigger 0.25", without="trigger 0.25 gain 0"),
        ),
        Measure("lift far from it", "and at 0.05", partial(_lift, arm="trigger 0.05", without="trigger 0.05 gain 0")),
    ),
    off=NO_CASCADES,
    depends="the share of applications that are AI-enabled by then, and the ten layers, which cut cascades off",
)

CLAIMS = (Q32, Q33)
