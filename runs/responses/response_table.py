"""The responses that are measured, with the evidence they are put beside."""

from datetime import timedelta
from functools import cache

from model import JevonsError, Scenario, nearest
from runs.experiments.shocks import SEGMENTS, SLACK, Treatment, both, capacity_step, changed, monday, price_cut, scaled
from runs.responses.response import ASKED, CUT, Capacity, Kind, Reading, Response

LABS = {"openai": "OpenAI", "anthropic": "Anthropic", "google": "Google"}
YEAR = 52
FREE_WEEKS_BEFORE = 26
"""Weeks before a change from which capacity is free, so that customers turned away before are back."""
SPARE = 20.0
"""Free capacity of a lab over what its contracts yield."""
PAYERS = (
    *(f"demand.{segment}_value_factor" for segment in SEGMENTS),
    "enterprises.budget_factor",
    "hyperscalers.outside_value_factor",
)
LARGEST_FALL = (0.0, 15.0)
LARGE_FALL = (-100.0, -100.0 / 3.0)


def free_capacity(day: str) -> Treatment:
    """Return the treatment that lets no compute bind, neither supply nor contracts, from half a year before a day."""
    first = (monday(day) - timedelta(weeks=FREE_WEEKS_BEFORE)).isoformat()
    return both(changed(first, SLACK), capacity_step(first, SPARE))


def slump(day: str) -> Treatment:
    """Return the year in which tasks are worth 45% less to everybody, and enterprises' budgets are as much smaller."""

    def treat(scenario: Scenario) -> Scenario:
        old = scenario.parameters_at(monday(day)).flat()
        after = (monday(day) + timedelta(weeks=YEAR)).isoformat()
        return both(scaled(0.55, PAYERS, day), changed(after, {path: old[path] for path in PAYERS}))(scenario)

    return treat


def _asked(horizon: int, entity: str = "market", *, expected: tuple[float, float] | None, evidence: str) -> Reading:
    what = f"metered tokens asked after {horizon} weeks"
    return Reading(what, "elasticity", ASKED, horizon, entity, "api", expected=expected, evidence=evidence)


def _revenue(horizon: int, entity: str = "market", *, evidence: str = "none") -> Reading:
    what = f"metered revenue after {horizon} weeks"
    expected = (2.0, 2.0) if evidence == "brief 54" else None
    return Reading(what, "ratio", ("revenue",), horizon, entity, "api", expected=expected, evidence=evidence)


def _one_price(lab: str, title: str) -> Response:
    month = _asked(4, lab, expected=(-1.55, -0.67), evidence="E208; against: E209")
    year = _asked(YEAR, lab, expected=None, evidence="none")
    done, day = f"{title}'s list prices cut by a fifth", "2025-03-03"
    return Response(
        f"price-{lab}", done, day, "free", lambda day: price_cut(day, CUT, lab), (month, year), replayed=True
    )


def _all_prices(capacity: Capacity) -> Response:
    free = capacity == "free"
    month = _asked(4, expected=(-0.6, -0.2) if free else None, evidence="prior" if free else "none")
    long = [
        _asked(weeks, expected=(-1.6, -0.8) if free else None, evidence="prior" if free else "none")
        for weeks in (YEAR, 2 * YEAR)
    ]
    revenue = [_revenue(weeks) for weeks in (4, YEAR, 2 * YEAR)]
    done = "all labs' list prices cut by a fifth"
    return Response(
        f"prices-{capacity}",
        done,
        "2025-03-03",
        capacity,
        lambda day: price_cut(day, CUT),
        (month, *long, *revenue),
        replayed=True,
    )


def _doubled(lab: str, title: str) -> Response:
    short = "GPU-hours turned away before"
    before = Reading(short, "level", ("demand_unserved_share",), 0, lab, over=13)
    after = [_revenue(weeks, lab, evidence="brief 54") for weeks in (13, 26, YEAR)]
    done = f"{title}'s capacity doubled"
    return Response(
        f"capacity-{lab}", done, "2025-10-06", "binding", lambda day: capacity_step(day, 2.0, lab), (before, *after)
    )


def _no_limits() -> Response:
    years = [
        Reading(f"metered revenue of year {n}", "ratio", ("revenue",), n * YEAR, segment="api", over=YEAR)
        for n in (1, 2, 3)
    ]
    done = "no limits of supply since then"
    return Response("no-limits", done, "2025-10-06", "binding", lambda day: changed(day, SLACK), tuple(years))


def _willingness() -> Response:
    years = [
        Reading(
            f"connected power after {n} years", "percent", ("power",), n * YEAR, expected=expected,
            evidence="prior; E218, E219: years",
        )
        for n, expected in ((2, (5.0, 20.0)), (4, (15.0, 35.0)))
    ]  # fmt: skip
    done = "every payer's values and budgets half as large again"
    return Response("willingness", done, "2026-01-05", "binding", lambda day: scaled(1.5, PAYERS, day), tuple(years))


def _slump() -> Response:
    def rent(horizon: int, when: str, expected: tuple[float, float] | None = None) -> Reading:
        evidence = "prior" if expected else "none"
        return Reading(f"rent, {when}", "percent", ("rent",), horizon, expected=expected, evidence=evidence)

    orders = Reading("chips on order, end of the slump", "percent", ("ordered_compute",), YEAR)
    short = "GPU-hours turned away, two years on"
    shortage = Reading(short, "points", ("demand_unserved_share",), 3 * YEAR, over=13)
    readings = (rent(YEAR, "end of the slump", LARGE_FALL), orders, rent(3 * YEAR, "two years on"), shortage)
    done = "everybody's values and budgets 45% smaller for a year"
    return Response("slump", done, "2026-01-05", "binding", slump, readings)


def _weekly_fall() -> Response:
    def fall(what: str, kind: Kind = "largest fall", entity: str = "market", segment: str = "api") -> Reading:
        return Reading(what, kind, ("revenue",), None, entity, segment, expected=LARGEST_FALL, evidence="prior")

    labs = [fall(f"metered revenue of {title}", entity=lab) for lab, title in LABS.items()]
    readings = (fall("revenue of the market", segment="all"), fall("metered revenue of the market"), *labs)
    done = "nothing; largest fall in a week since then"
    return Response("weekly-fall", done, "2024-01-01", "binding", None, readings)


@cache
def responses() -> dict[str, Response]:
    """Return all responses by name, in the order of the table."""
    found = (
        *(_one_price(lab, title) for lab, title in LABS.items()),
        _all_prices("free"),
        _all_prices("binding"),
        *(_doubled(lab, title) for lab, title in LABS.items()),
        _no_limits(),
        _willingness(),
        _slump(),
        _weekly_fall(),
    )
    return {response.name: response for response in found}


def pick(names: tuple[str, ...]) -> list[Response]:
    """Return the responses of some names, all without names; raises JevonsError for a name that is none."""
    for name in names:
        if name not in responses():
            raise JevonsError(f"{name}: no such response; {nearest(name, responses())}")
    return [responses()[name] for name in dict.fromkeys(names or responses())]
