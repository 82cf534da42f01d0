"""Depth of use (Q03, Q05, Q06, Q09, Q13): thinking, harder tasks, quality ladders, human time."""

import math
from functools import partial

from runs.experiments.claims.claim import Q4, Claim
from runs.experiments.rules import Measure, Runs, above, below, between, outside
from runs.experiments.run_series import ln
from runs.experiments.shocks import METERED, Change, ReleaseJump, Scale, Set

SHOCK = "2025-07-07"
WEEKS_3_13 = ("2025-07-21", "2025-09-29")
NO_THINKING = Set({"mechanisms.thinking_effort": False})


def _thinking(runs: Runs, segment: str) -> float:
    name = ("tokens_per_request", "market", segment)
    return ln(runs["control"].mean(*WEEKS_3_13, *name), runs["capped"].mean(*WEEKS_3_13, *name))


Q03 = Claim(
    id="Q03",
    arms={"capped": Change(SHOCK, {"mechanisms.thinking_effort": False})},
    ends={"capped": WEEKS_3_13[1]},
    until="2025-12-29",
    measures=(
        Measure(
            "tokens per request",
            f"log of metered tokens a request with thinking optional and priced, to none allowed from {SHOCK}",
            partial(_thinking, segment="api"),
            supported=above(math.log(1.1)),
            refuted=below(math.log(1.1)),
        ),
        Measure("chat", "the same for chat, where labs choose", partial(_thinking, segment="consumer")),
        Measure(
            "escalation",
            "log of metered thinking effort (hidden to visible tokens, plus one), late 2025 to late 2024",
            lambda runs: ln(
                1.0 + runs["control"].mean(*Q4[2025], "thinking_effort", "market", "api"),
                1.0 + runs["control"].mean(*Q4[2024], "thinking_effort", "market", "api"),
            ),
            supported=above(0.0),
            refuted=below(0.0),
        ),
    ),
    off=NO_THINKING,
    depends="what a tenfold effort adds to capability (thinking_gain) against the price of output tokens",
)


def _fall(runs: Runs, name: tuple[str, str, str]) -> float:
    """Return the log fall a year of a price from late 2023 to late 2025."""
    return -ln(runs["control"].mean(*Q4[2025], *name), runs["control"].mean(*Q4[2023], *name)) / 2.0


def _dearer(runs: Runs) -> float:
    """Return the log change from late 2023 to late 2025 of the mean USD of an API request."""
    record = runs["control"]
    usd = record.series(*PAID) * record.series("tokens_per_request", "market", "api")
    before, after = (float(record.window(usd, *Q4[year]).mean()) for year in (2023, 2025))
    return ln(after, before)


QUALITY, PAID = ("price_constant_quality", "market", "gpt-4-class"), ("price_paid", "market", "api")

Q05 = Claim(
    id="Q05",
    until=Q4[2025][1],
    measures=(
        Measure(
            "ratio of falls",
            "log fall of the price paid a token to that of the price of GPT-4-class quality, late 2023 to late 2025",
            lambda runs: _fall(runs, PAID) / _fall(runs, QUALITY),
            supported=below(0.5),
            refuted=above(0.8),
        ),
        Measure(
            "constant quality",
            "log fall a year of the price of GPT-4-class quality (five-fold is 1.61)",
            partial(_fall, name=QUALITY),
            supported=above(math.log(5.0)),
            refuted=below(math.log(2.0)),
        ),
        Measure(
            "dearer",
            "log change of what an API request costs, price paid a token times tokens, late 2023 to late 2025",
            _dearer,
            supported=above(0.0),
            refuted=below(0.0),
        ),
    ),
    off=Set(
        {
            "labs.standard_gap": 0.0,
            "labs.light_gap": 0.0,
            "labs.standard_flop": 1.0,
            "labs.light_flop": 1.0,
            "labs.release_step": 2.0,
            "demand.ambition_per_year": 0.0,
            "mechanisms.thinking_effort": False,
        }
    ),
    depends="who turns to better models as they come out, how long contexts grow, and cheap cached input",
)

Q06 = Claim(
    id="Q06",
    until=Q4[2025][1],
    measures=(
        Measure(
            "requests",
            "chat requests of a user of OpenAI's a day, late 2025",
            lambda runs: runs["control"].mean(*Q4[2025], "requests_per_user_day", "openai", "consumer"),
            supported=between(2.0, 5.0),
            refuted=outside(2.0, 5.0),
        ),
        Measure(
            "tokens",
            "log growth of tokens a chat request, late 2023 to late 2025",
            lambda runs: ln(
                runs["control"].mean(*Q4[2025], "tokens_per_request", "market", "consumer"),
                runs["control"].mean(*Q4[2023], "tokens_per_request", "market", "consumer"),
            ),
            supported=above(math.log(1.2)),
            refuted=below(0.05),
        ),
    ),
    off=Set({"mechanisms.thinking_effort": False, "demand.context_gain": 0.0, "demand.ambition_per_year": 0.0}),
    depends="thinking in chat and longer contexts; that time bounds requests is an assumption of the model, "
    "and requests a day were fitted (target T15)",
)

LATER = ("2025-10-06", "2026-03-30")


def _difficulty(runs: Runs) -> float:
    name = ("difficulty_running", "market", "api")
    return runs["jump"].mean(*LATER, *name) - runs["control"].mean(*LATER, *name)


def _per_request(runs: Runs) -> float:
    """Return the log change of metered tokens a request, less what the price moved would explain at elasticity one."""
    tokens, price = ("tokens_per_request", "market", "api"), PAID
    grown = ln(runs["jump"].mean(*LATER, *tokens), runs["control"].mean(*LATER, *tokens))
    cheaper = -ln(runs["jump"].mean(*LATER, *price), runs["control"].mean(*LATER, *price))
    return grown - max(cheaper, 0.0)


Q09 = Claim(
    id="Q09",
    arms={"jump": ReleaseJump(SHOCK)},
    until=LATER[1],
    measures=(
        Measure(
            "difficulty",
            f"change of the mean difficulty of metered tasks that run (log10 E), months 4 to 9 after a jump on {SHOCK}",
            _difficulty,
            supported=above(0.02),
            refuted=below(0.02),
        ),
        Measure(
            "tokens per request",
            "log change of metered tokens a request, less the log fall of the price paid",
            _per_request,
            supported=above(0.0),
            refuted=below(0.0),
        ),
    ),
    off=Set(
        {
            "demand.ambition_per_year": 0.0,
            "demand.length_slope": 0.0,
            **{f"workload.{name}.difficulty_sd": 0.0 for name in METERED},
        }
    ),
    depends="how many tasks wait above the frontier, and that longer tasks are the harder ones (length_slope)",
)


def _review(runs: Runs) -> float:
    name = ("tokens_asked", "market", "code-agent")
    window = Q4[2025]
    return ln(runs["time x2"].mean(*window, *name), runs["time x0.5"].mean(*window, *name)) / math.log(4.0)


Q13 = Claim(
    id="Q13",
    arms={f"time x{x:g}": Scale(x, ("developers.reviews_per_week",)) for x in (0.5, 2.0)},
    until=Q4[2025][1],
    measures=(
        Measure(
            "elasticity",
            "elasticity of coding agents' tokens to the time that people have to review them, late 2025",
            _review,
            supported=below(0.5),
            refuted=above(0.5),
        ),
    ),
    off=Set({"developers.parallel_agents": 1.0}),
    depends="parallel agents and review time: the model lets people approve what agents do",
)

CLAIMS = (Q03, Q05, Q06, Q09, Q13)
