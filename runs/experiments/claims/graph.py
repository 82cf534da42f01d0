"""Application graphs (Q32, Q33): links or nodes, and how far one AI-enabled application moves the others."""

import math

from runs.experiments.claims.claim import claim
from runs.experiments.effects import level, log_ratio, mean
from runs.experiments.run_series import Record
from runs.experiments.shocks import Treatment, both, changed, fixed, scaled

LATE = ("2025-10-06", "2025-12-29")
TASKS = ("ent-api", "ent-rag", "ent-agent")
NO_CASCADES = fixed({"mechanisms.cascades": False})
NO_LIMITS = fixed({"enterprises.rate_limit": 1e6, "mechanisms.budgets": False})


def tokens(record: Record) -> float:
    """Return tokens that enterprises' applications ask for, late 2025."""
    return sum(record.mean(*LATE, "tokens_asked", "market", name) for name in TASKS)


EDGES, NODES = ("enterprises.out_degree",), ("scale.applications_mean",)
STRUCTURE: dict[str, Treatment] = {
    "edges x2": scaled(2.0, EDGES),
    "nodes x2": both(scaled(2.0, NODES), scaled(0.5, EDGES)),
    "nodes and edges x2": scaled(2.0, NODES),
    "rewired evenly": fixed({"enterprises.hub_exponent": 1.0, "enterprises.out_degree_exponent": 6.0}),
    "no limits": NO_LIMITS,
    "no limits, edges x2": both(NO_LIMITS, scaled(2.0, EDGES)),
}
# Exponents: d ln tokens / d ln of what was doubled.
IN_EDGES, IN_NODES, IN_BOTH = (
    log_ratio(tokens, arm, per=math.log(2.0)) for arm in ("edges x2", "nodes x2", "nodes and edges x2")
)

Q32 = claim(
    "Q32",
    {
        "edges less nodes": lambda runs: IN_EDGES(runs) - IN_NODES(runs),
        "edges": IN_EDGES,
        "nodes": IN_NODES,
        "both": IN_BOTH,
        "edges without limits": log_ratio(tokens, "no limits, edges x2", "no limits", per=math.log(2.0)),
        "even": log_ratio(tokens, "rewired evenly"),
    },
    arms=STRUCTURE,
    until=LATE[1],
    off=NO_CASCADES,
)

DAY, SOON = "2025-10-06", ("2025-11-03", "2025-12-29")
TRIGGERS = (0.05, 0.1, 0.15, 0.2, 0.225, 0.25)
NO_GAIN = {"enterprises.ai_trigger_gain": 0.0}
# Applications touched by a business event, late 2025.
AMPLIFICATION = mean(SOON, "amplification", "market", "enterprise")

Q33 = claim(
    "Q33",
    {
        "amplification": level(AMPLIFICATION),
        "lift by AI": log_ratio(AMPLIFICATION, "control", "gain 0"),
        "lift near criticality": log_ratio(AMPLIFICATION, "trigger 0.25", "trigger 0.25 gain 0"),
        "lift far from it": log_ratio(AMPLIFICATION, "trigger 0.05", "trigger 0.05 gain 0"),
    },
    arms={
        "gain 0": changed(DAY, NO_GAIN),
        "gain 1": changed(DAY, {"enterprises.ai_trigger_gain": 1.0}),
        **{
            f"trigger {x:g}{suffix}": changed(DAY, {"enterprises.trigger_probability": x, **gain})
            for x in TRIGGERS
            for suffix, gain in (("", {}), (" gain 0", NO_GAIN))
        },
    },
    until=SOON[1],
    off=NO_CASCADES,
)

CLAIMS = (Q32, Q33)
