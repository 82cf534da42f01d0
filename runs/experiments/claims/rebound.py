"""Rebound (Q14, Q15, Q16): what cheaper tokens do to volume, spending, kinds of task, and capital spending."""

import math
from functools import partial
from itertools import pairwise

from runs.experiments.claims.claim import Claim
from runs.experiments.rules import Measure, Runs, above, below
from runs.experiments.run_series import ln
from runs.experiments.shocks import METERED, EfficiencyJump, Hold, PriceCut, Set, Treatment, both

DATES = ("2024-07-01", "2025-07-07")
SPANS = {
    "2024-07-01": {"short": ("2024-07-01", "2024-07-29"), "year": ("2025-03-31", "2025-06-23")},
    "2025-07-07": {"short": ("2025-07-07", "2025-08-04"), "year": ("2026-04-06", "2026-06-29")},
}
CUT = 0.5
DEEPER = (0.5, 0.25, 0.125)


def setting(day: str, kind: str) -> Treatment:
    """Return what is held from a date: nothing, nothing but with slack supply, or all with supply slack or binding."""
    kinds: dict[str, Treatment] = {
        "free": both(),
        "held-slack": Hold(day, slack=True),
        "held-binding": Hold(day),
        "free-slack": Hold(day, capability=False, diffusion=False, prices=False, slack=True),
    }
    return kinds[kind]


SETTINGS = ("free", "free-slack", "held-slack", "held-binding")


def elasticity(runs: Runs, day: str, kind: str, span: str, *, spending: bool = False) -> float:
    """Return the arc elasticity of metered tokens asked for (or of spending, by tokens served) to the price.

    ln(treatment / control) / ln(price factor) for tokens, so that more tokens for a lower price is negative; spending
    as the log change of revenue itself.
    """
    first, last = SPANS[day][span]
    old, new = runs[f"{day} {kind}"], runs[f"{day} {kind} cut"]
    if spending:
        name = ("revenue", "market", "api")
        return ln(new.mean(first, last, *name), old.mean(first, last, *name))
    return ln(new.asked(first, last, "api"), old.asked(first, last, "api")) / math.log(CUT)


def size(runs: Runs, day: str) -> float:
    """Return |e| after twelve months, all held and supply slack."""
    return -elasticity(runs, day, "held-slack", "year")


def _measure(day: str, kind: str, span: str) -> Measure:
    gloss = f"arc elasticity of metered tokens to a halved price, cut of {day}, {kind}, {span}"
    return Measure(f"elasticity {day} {kind} {span}", gloss, partial(elasticity, day=day, kind=kind, span=span))


def _spending(day: str, kind: str) -> Measure:
    gloss = f"log change of spending on the API after a year, cut of {day}, {kind}"
    return Measure(f"spending {day} {kind}", gloss, partial(elasticity, day=day, kind=kind, span="year", spending=True))


ARMS = {
    f"{day} {kind}{suffix}": both(setting(day, kind), cut)
    for day in DATES
    for kind in SETTINGS
    for suffix, cut in (("", None), (" cut", PriceCut(day, CUT)))
}
ENDS = {arm: SPANS[arm[:10]]["year"][1] for arm in ARMS}

Q14 = Claim(
    id="Q14",
    arms=ARMS,
    ends=ENDS,
    until="2026-06-29",
    measures=(
        *(
            Measure(
                f"size {day}",
                f"|arc elasticity| of metered tokens to a price halved on {day}, months 10 to 12, "
                "capability, diffusion and list prices held, supply slack",
                partial(size, day=day),
                supported=above(1.0),
                refuted=below(1.0),
            )
            for day in DATES
        ),
        *(_measure(day, kind, span) for day in DATES for kind in SETTINGS for span in ("short", "year")),
        *(_spending(day, kind) for day in DATES for kind in SETTINGS),
    ),
    off=Set({"mechanisms.rebound": False}),
    depends="the spread of task values and difficulties (value_noise, value_slope, difficulty_sd) and the date",
)


def _kinds_step(runs: Runs) -> float:
    """Return the smallest number of kinds of task that one more halving of the price adds."""
    first, last = SPANS[DATES[0]]["short"]
    arms = ["priced 1", *(f"priced {factor}" for factor in DEEPER)]
    counts = [runs[arm].mean(first, last, "kinds_running", "market", "api") for arm in arms]
    return min(new - old for old, new in pairwise(counts))


def _extensive(runs: Runs) -> float:
    """Return the part of the log growth of metered tokens from an eighth of the price that is more requests."""
    first, last = SPANS[DATES[0]]["short"]
    old, new = runs["priced 1"], runs[f"priced {DEEPER[-1]}"]
    calls = ("requests", "market", "api")
    requests = ln(new.mean(first, last, *calls), old.mean(first, last, *calls))
    return requests / ln(new.asked(first, last, "api"), old.asked(first, last, "api"))


Q15 = Claim(
    id="Q15",
    arms={
        "priced 1": Hold(DATES[0], slack=True),
        **{f"priced {x}": both(Hold(DATES[0], slack=True), PriceCut(DATES[0], x)) for x in DEEPER},
    },
    until=SPANS[DATES[0]]["short"][1],
    measures=(
        Measure(
            "kinds a halving",
            "fewest kinds of metered task (of 224: workload, difficulty, value) that one of three halvings of the "
            "price adds within a month, all else held",
            _kinds_step,
            supported=above(0.5),
            refuted=below(0.5),
        ),
        Measure(
            "extensive part",
            "part of the log growth of metered tokens at an eighth of the price that comes from more requests",
            _extensive,
            supported=above(0.5),
            refuted=below(0.5),
        ),
    ),
    off=Set(
        {
            "demand.value_noise": 0.0,
            **{f"workload.{name}.difficulty_sd": 0.0 for name in METERED},
        }
    ),
    depends="the spread of values and difficulties over tasks; bins make entries look more punctuated than they are",
)

JUMP = "2025-01-06"


def _capex(runs: Runs, first: str, last: str) -> float:
    name = ("capex", "market", "big-4")
    return ln(runs["efficient"].mean(first, last, *name), runs["control"].mean(first, last, *name))


def _unit_cost(runs: Runs) -> float:
    name = ("serving_unit_cost", "openai", "all")
    first, last = "2025-07-07", "2026-12-28"
    return ln(runs["efficient"].mean(first, last, *name), runs["control"].mean(first, last, *name))


Q16 = Claim(
    id="Q16",
    arms={"efficient": EfficiencyJump(JUMP, 10.0)},
    until="2026-12-28",
    measures=(
        Measure(
            "capex",
            f"log change of big-4 capex, months 7 to 24 after serving became ten times as efficient on {JUMP}",
            partial(_capex, first="2025-07-07", last="2026-12-28"),
            supported=above(0.0),
            refuted=below(0.0),
        ),
        Measure("first half year", "the same, months 1 to 6", partial(_capex, first=JUMP, last="2025-06-30")),
        Measure("unit cost", "log change of OpenAI's unit cost, months 7 to 24", _unit_cost),
    ),
    off=Set({"mechanisms.rebound": False}),
    depends="how much of demand is price-elastic, and whether supply binds when the jump comes",
)

CLAIMS = (Q14, Q15, Q16)
